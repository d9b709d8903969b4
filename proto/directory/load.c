/* From a signed file to a loaded directory: signature, trust, freshness, then seats and desks
 * (seats.c), then the rule that no key, CURVE key or serial stands twice. Does not fetch, does not
 * store, and does not judge whether a seat may do something today: that is asked where it is used.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "crypto/sign.h"
#include "directory/loaded.h"

#include <stdlib.h>

/* Structs of ours and of the decoder, pointers and text: measured at 3 to 5 times the file for
 * 4,000 organisations and 2,000 seats. The signature has been verified before most of it is taken.
 */
#define ARENA_FACTOR 16u
#define ARENA_FREE   (1u * SH_MIB)

/* ---- life ---- */

static void free_directory(struct directory **d_p)
{
    struct directory *d = *d_p;
    if (!d) {
        return;
    }
    for (size_t i = 0; i < d->certificates_len; i++) {
        certificate_free(&d->certificates[i]);
    }
    trust_free(&d->trust);
    arena_free(&d->arena);
    free(d);
    *d_p = NULL;
}

void directory_free(struct directory **d_p)
{
    struct directory *d = *d_p;
    *d_p = NULL;
    if (d && atomic_fetch_sub_explicit(&d->owners, 1, memory_order_acq_rel) == 1) {
        free_directory(&d);
    }
}

struct directory *directory_ref(struct directory *d)
{
    (void)atomic_fetch_add_explicit(&d->owners, 1, memory_order_relaxed);
    return d;
}

static sh_err make_empty(struct bytes signed_file, struct directory **out)
{
    SH_DEFER(free_directory) struct directory *d = calloc(1, sizeof *d);
    SH_CHECK(d, SH_E_NOMEM);
    atomic_init(&d->owners, 1);
    size_t budget = 0;
    SH_TRY(size_mul(signed_file.len, ARENA_FACTOR, &budget));
    SH_TRY(size_add(budget, ARENA_FREE, &budget));
    SH_TRY(arena_new(budget, SH_DIRECTORY_ARENA_COUNT, &d->arena));
    SH_TRY(arena_copy(d->arena, signed_file, &d->signed_bytes));
    *out = d;
    d = NULL;
    return SH_OK;
}

/* ---- steps ---- */

sh_err load_certificate(struct load *load, struct bytes der, enum certificate_profile profile,
                        const char *owner, struct certificate **out)
{
    struct directory *d = load->d;
    SH_CHECK(d->certificates_len < d->certificates_max, SH_E_BUG);
    struct certificate *cert = NULL;
    sh_err err = certificate_parse(der, &cert);
    if (err != SH_OK) {
        return sh_fail(load->why, err, "%s: not a certificate of ours", owner);
    }
    d->certificates[d->certificates_len++] = cert;
    struct sh_why detail = {{0}};
    err = certificate_check_profile(cert, profile, &detail);
    if (err != SH_OK) {
        return sh_fail(load->why, err, "%s: %.300s", owner, detail.text);
    }
    SH_TRY(index_add(&d->keys, certificate_key_sha256(cert)->b, owner));
    SH_TRY(index_add(&d->serials, certificate_serial_sha256(cert)->b, owner));
    *out = cert;
    return SH_OK;
}

/* The signature is checked before the file is decoded; whether its key is the root's to give,
 * after. */
static sh_err open_signed(struct load *load, struct bytes *out_file, struct certificate **out_cert)
{
    struct signed_directory envelope = {0};
    sh_err err = signed_directory_decode(load->d->signed_bytes, load->d->arena, &envelope);
    if (err != SH_OK) {
        return sh_fail(load->why, err, "this is not a signed directory");
    }
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_TRY(certificate_parse(envelope.certificate, &cert));
    err = sign_verify_p256(cert, SIGN_LABEL_DIRECTORY, envelope.directory, envelope.signature);
    if (err != SH_OK) {
        return sh_fail(load->why, err, "the directory's signature does not verify");
    }
    *out_file = envelope.directory;
    *out_cert = cert;
    cert = NULL;
    return SH_OK;
}

static sh_err make_room(struct directory *d)
{
    const struct directory_file *file = &d->file;
    /* The root, the directory's own, each authority, two for a seat, one for a desk's recovery. */
    size_t most = 2 + file->authorities_len + 2 * file->seats_len + file->desks_len;
    d->certificates = arena_array(d->arena, most, sizeof(struct certificate *));
    SH_CHECK(d->certificates, SH_E_NOMEM);
    d->certificates_max = most;
    SH_TRY(index_init(&d->keys, d->arena, most));
    SH_TRY(index_init(&d->serials, d->arena, most));
    SH_TRY(index_init(&d->curve_keys, d->arena, file->seats_len + file->relays_len));
    SH_TRY(index_init(&d->seats_by_hash, d->arena, file->seats_len));
    SH_TRY(index_init(&d->seats_by_curve, d->arena, file->seats_len));
    return index_init(&d->certificates_by_hash, d->arena, file->seats_len);
}

static sh_err load_authorities(struct load *load, struct certificate ***out)
{
    struct directory *d = load->d;
    struct certificate **authorities =
        arena_array(d->arena, d->file.authorities_len, sizeof(struct certificate *));
    SH_CHECK(authorities, SH_E_NOMEM);
    for (size_t i = 0; i < d->file.authorities_len; i++) {
        const struct directory_authority *entry = &d->file.authorities[i];
        SH_TRY(load_certificate(load, entry->certificate, PROFILE_AUTHORITY, entry->sector,
                                &authorities[i]));
        char sector[SH_ADDRESS_BYTES_MAX + 1];
        SH_TRY(certificate_sector(authorities[i], sector, sizeof sector));
        if (strcmp(sector, entry->sector) != 0) {
            return sh_fail(load->why, SH_E_WRONG_SECTOR,
                           "the authority listed for %s is one for %s", entry->sector, sector);
        }
    }
    *out = authorities;
    return SH_OK;
}

/* Root, authorities and CRLs; then the directory's own key under them. */
static sh_err load_trust(struct load *load, const struct certificate *directory_cert)
{
    struct directory *d = load->d;
    SH_TRY(index_add(&d->keys, certificate_key_sha256(load->root)->b, "the root"));
    SH_TRY(index_add(&d->serials, certificate_serial_sha256(load->root)->b, "the root"));
    struct certificate *kept = NULL;
    SH_TRY(load_certificate(load, certificate_der(directory_cert), PROFILE_DIRECTORY,
                            "the directory's key", &kept));
    struct certificate **authorities = NULL;
    SH_TRY(load_authorities(load, &authorities));
    SH_TRY(trust_new(load->root, authorities, d->file.authorities_len, d->file.crls,
                     d->file.crls_len, &d->trust, load->why));
    SH_TRY(trust_verify(d->trust, kept, load->now_ms, load->grace_ms, load->why));
    if (trust_is_listed(d->trust, kept)) {
        return sh_fail(load->why, SH_E_REVOKED, "the directory's key was revoked");
    }
    return SH_OK;
}

static sh_err check_fresh(const struct load *load, uint64_t serial_min)
{
    const struct directory_file *file = &load->d->file;
    if (file->serial < serial_min) {
        return sh_fail(load->why, SH_E_ROLLBACK,
                       "directory %llu is older than %llu, which is known",
                       (unsigned long long)file->serial, (unsigned long long)serial_min);
    }
    if (load->now_ms > file->expires_at_ms && load->now_ms - file->expires_at_ms > load->grace_ms) {
        char when[SH_TIME_TEXT_BYTES];
        time_to_rfc3339(file->expires_at_ms, when);
        return sh_fail(load->why, SH_E_EXPIRED, "the directory expired at %s", when);
    }
    return SH_OK;
}

static sh_err check_nothing_twice(struct load *load)
{
    struct directory *d = load->d;
    for (size_t i = 0; i < d->file.relays_len; i++) {
        const struct directory_relay *relay = &d->file.relays[i];
        SH_TRY(index_add(&d->curve_keys, relay->curve_key, relay->endpoint));
    }
    const struct {
        struct index *index;
        const char *what;
    } once[] = {
        {&d->keys, "certificate key"}, {&d->serials, "serial"}, {&d->curve_keys, "CURVE key"}};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        const void *owner = NULL;
        sh_err err = index_sort(once[i].index, &owner);
        if (err != SH_OK) {
            return sh_fail(load->why, err, "a %s of %s appears twice", once[i].what,
                           (const char *)owner);
        }
    }
    return SH_OK;
}

static sh_err check_keys(const struct load *load)
{
    const struct directory_file *file = &load->d->file;
    for (size_t i = 0; i < file->keys_len; i++) {
        struct note_verifier verifier;
        /* A witness's key may be of an algorithm that this version does not know: it is passed
         * over. */
        if (file->keys[i].use == KEY_LOG &&
            note_verifier_parse(file->keys[i].vkey, &verifier) != SH_OK) {
            return sh_fail(load->why, SH_E_FORMAT, "log key %zu is not a verifier key", i + 1);
        }
    }
    return SH_OK;
}

static sh_err fill(struct load *load, uint64_t serial_min)
{
    struct directory *d = load->d;
    struct bytes file = {0};
    SH_DEFER(certificate_free) struct certificate *directory_cert = NULL;
    SH_TRY(open_signed(load, &file, &directory_cert));
    sh_err err = directory_file_decode(file, d->arena, &d->file);
    if (err != SH_OK) {
        return sh_fail(load->why, err, "the directory is signed, but not well formed");
    }
    SH_TRY(make_room(d));
    SH_TRY(load_trust(load, directory_cert));
    SH_TRY(check_fresh(load, serial_min));
    SH_TRY(check_keys(load));
    SH_TRY(load_seats(load));
    SH_TRY(load_desks(load));
    return check_nothing_twice(load);
}

sh_err directory_load(struct bytes signed_file, struct certificate *root, int64_t now_ms,
                      uint64_t serial_min, int64_t grace_ms, struct directory **out,
                      struct sh_why *why)
{
    if (signed_file.len > SH_DIRECTORY_BYTES_MAX) {
        return sh_fail(why, SH_E_TOO_BIG, "a directory has at most %u bytes",
                       SH_DIRECTORY_BYTES_MAX);
    }
    SH_DEFER(free_directory) struct directory *d = NULL;
    SH_TRY(make_empty(signed_file, &d));
    struct load load = {.d = d, .root = root, .now_ms = now_ms, .grace_ms = grace_ms, .why = why};
    SH_TRY(fill(&load, serial_min));
    *out = d;
    d = NULL;
    return SH_OK;
}
