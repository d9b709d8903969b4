/* Questions to a loaded directory. Nothing here changes it. */
#include "directory/loaded.h"
#include "tlog/cosign.h"

#include <stdlib.h>

uint64_t directory_serial(const struct directory *d)
{
    return d->file.serial;
}

const char *directory_partnership(const struct directory *d)
{
    return d->file.partnership;
}

int64_t directory_created_ms(const struct directory *d)
{
    return d->file.created_at_ms;
}

int64_t directory_expires_ms(const struct directory *d)
{
    return d->file.expires_at_ms;
}

const struct trust *directory_trust(const struct directory *d)
{
    return d->trust;
}

struct bytes directory_signed_bytes(const struct directory *d)
{
    return d->signed_bytes;
}

const struct seat *directory_seat_by_hash(const struct directory *d, const struct sh_hash *hash)
{
    return index_find(&d->seats_by_hash, hash->b);
}

const struct seat *directory_seat_by_curve(const struct directory *d, const uint8_t key[32])
{
    return index_find(&d->seats_by_curve, key);
}

const struct certificate *directory_certificate(const struct directory *d,
                                                const struct sh_hash *hash)
{
    return index_find(&d->certificates_by_hash, hash->b);
}

static int compare_address_to_desk(const void *address, const void *desk)
{
    const struct desk *d = desk;
    return strcmp(address, d->address.text);
}

const struct desk *directory_desk(const struct directory *d, const char *address)
{
    return d->desks_len
               ? bsearch(address, d->desks, d->desks_len, sizeof *d->desks, compare_address_to_desk)
               : NULL;
}

const struct directory_organisation *directory_organisation(const struct directory *d,
                                                            const char *code)
{
    return succession_organisation(d->file.organisations, d->file.organisations_len, code);
}

void directory_succession(const struct directory *d, const char *code, struct succession *out)
{
    succession_find(d->file.organisations, d->file.organisations_len, code, out);
}

size_t directory_seats_len(const struct directory *d)
{
    return d->seats_len;
}

const struct seat *directory_seat_at(const struct directory *d, size_t i)
{
    return i < d->seats_len ? &d->seats[i] : NULL;
}

size_t directory_desks_len(const struct directory *d)
{
    return d->desks_len;
}

const struct desk *directory_desk_at(const struct directory *d, size_t i)
{
    return i < d->desks_len ? &d->desks[i] : NULL;
}

size_t directory_relays_len(const struct directory *d)
{
    return d->file.relays_len;
}

const struct directory_relay *directory_relay_at(const struct directory *d, size_t i)
{
    return i < d->file.relays_len ? &d->file.relays[i] : NULL;
}

sh_err directory_log_key(const struct directory *d, int64_t at_ms, struct note_verifier *out)
{
    const struct directory_key *newest = NULL;
    for (size_t i = 0; i < d->file.keys_len; i++) {
        const struct directory_key *key = &d->file.keys[i];
        if (key->use == KEY_LOG && key->not_before_ms <= at_ms &&
            (!newest || key->not_before_ms >= newest->not_before_ms)) {
            newest = key;
        }
    }
    SH_CHECK(newest, SH_E_NOT_FOUND);
    return note_verifier_parse(newest->vkey, out);
}

static const struct directory_key *key_at(const struct directory *d, enum key_use use, size_t i)
{
    for (size_t at = 0; at < d->file.keys_len; at++) {
        if (d->file.keys[at].use == use && i-- == 0) {
            return &d->file.keys[at];
        }
    }
    return NULL;
}

static size_t keys_len(const struct directory *d, enum key_use use)
{
    size_t len = 0;
    for (size_t i = 0; i < d->file.keys_len; i++) {
        len += d->file.keys[i].use == use;
    }
    return len;
}

size_t directory_log_keys_len(const struct directory *d)
{
    return keys_len(d, KEY_LOG);
}

sh_err directory_log_key_at(const struct directory *d, size_t i, struct note_verifier *out)
{
    const struct directory_key *key = key_at(d, KEY_LOG, i);
    SH_CHECK(key && note_verifier_parse(key->vkey, out) == SH_OK, SH_E_NOT_FOUND);
    return SH_OK;
}

size_t directory_witnesses_len(const struct directory *d)
{
    return keys_len(d, KEY_WITNESS);
}

sh_err directory_witness_at(const struct directory *d, size_t i, int64_t at_ms,
                            struct note_verifier *out)
{
    const struct directory_key *key = key_at(d, KEY_WITNESS, i);
    SH_CHECK(key && key->not_before_ms <= at_ms, SH_E_NOT_FOUND);
    /* One of an algorithm that this version does not know is none. */
    SH_CHECK(cosign_verifier_parse(key->vkey, out) == SH_OK, SH_E_NOT_FOUND);
    return SH_OK;
}

/* strcasecmp's folding depends on the locale outside ASCII; names may hold any letter, so fold A-Z
 * alone. */
static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(const char *haystack, const char *needle)
{
    for (; haystack && *haystack; haystack++) {
        size_t i = 0;
        while (needle[i] && fold(haystack[i]) == fold(needle[i])) {
            i++;
        }
        if (!needle[i]) {
            return true;
        }
    }
    return false;
}

void directory_search(const struct directory *d, const char *text, directory_found found, void *ctx)
{
    for (size_t i = 0; i < d->desks_len; i++) {
        const struct desk *desk = &d->desks[i];
        if (contains(desk->address.text, text) || contains(desk->name, text) ||
            contains(desk->organisation_name, text)) {
            const char *code = address_organisation(&desk->address);
            if (!found(ctx, directory_organisation(d, code), desk)) {
                return;
            }
        }
    }
    for (size_t i = 0; i < d->file.organisations_len; i++) {
        const struct directory_organisation *organisation = &d->file.organisations[i];
        if (contains(organisation->name, text) || contains(organisation->code, text)) {
            if (!found(ctx, organisation, NULL)) {
                return;
            }
        }
    }
}
