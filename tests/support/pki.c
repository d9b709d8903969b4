/* Everything here ends the test at the first failure: a test that has no PKI has nothing to say. */
#include "support/pki.h"

#include "base/cleanup.h"
#include "certs/publish.h"
#include "tlog/note.h"

#include <stdio.h>
#include <stdlib.h>

static void must(sh_err err, const char *what)
{
    if (err != SH_OK) {
        (void)fprintf(stderr, "pki: %s: %s\n", what, sh_err_word(err));
        abort();
    }
}

static void *must_array(void *old, size_t n, size_t size)
{
    void *grown = reallocarray(old, n ? n : 1, size);
    if (!grown) {
        abort();
    }
    return grown;
}

#define MUST(call) must((call), #call)

static struct issuer root_of(const struct pki *pki)
{
    return (struct issuer){.key = pki->root_key, .cert = pki->root};
}

static void make_root(struct pki *pki)
{
    MUST(key_generate(KEY_TYPE_P256, &pki->root_key));
    struct issue_order order = {
        .profile = PROFILE_ROOT,
        .subject_key = pki->root_key,
        .partnership = PKI_PARTNERSHIP,
        .not_before_ms = pki->now_ms - ISSUE_BACKDATE_MS,
        .not_after_ms = pki->now_ms + ISSUE_ROOT_MS,
    };
    MUST(issue_certificate(NULL, &order, &pki->root));
}

static void make_directory_key(struct pki *pki)
{
    MUST(key_generate(KEY_TYPE_P256, &pki->directory_key));
    struct issue_order order = {
        .profile = PROFILE_DIRECTORY,
        .subject_key = pki->directory_key,
        .partnership = PKI_PARTNERSHIP,
        .not_before_ms = pki->now_ms - ISSUE_BACKDATE_MS,
        .not_after_ms = pki->now_ms + ISSUE_DIRECTORY_KEY_MS,
    };
    struct issuer root = root_of(pki);
    MUST(issue_certificate(&root, &order, &pki->directory_cert));
}

static void make_relay(struct pki *pki)
{
    MUST(key_generate(KEY_TYPE_ED25519, &pki->log_key));
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(sizeof pki->vkey - 1);
    MUST(note_vkey(PKI_ORIGIN, pki->log_key, &vkey));
    memcpy(pki->vkey, vkey.data, vkey.len);
    MUST(key_generate(KEY_TYPE_X25519, &pki->relay_curve));
    MUST(key_raw_public(pki->relay_curve, pki->relay_curve_public));
    (void)snprintf(pki->endpoint, sizeof pki->endpoint, "%s", PKI_ENDPOINT);
}

const struct pki_authority *pki_authority(struct pki *pki, const char *sector)
{
    for (size_t i = 0; i < pki->authorities_len; i++) {
        if (strcmp(pki->authorities[i].sector, sector) == 0) {
            return &pki->authorities[i];
        }
    }
    if (pki->authorities_len == PKI_AUTHORITIES_MAX) {
        abort();
    }
    struct pki_authority *made = &pki->authorities[pki->authorities_len++];
    (void)snprintf(made->sector, sizeof made->sector, "%s", sector);
    MUST(key_generate(KEY_TYPE_P256, &made->key));
    struct issue_order order = {
        .profile = PROFILE_AUTHORITY,
        .subject_key = made->key,
        .partnership = PKI_PARTNERSHIP,
        .sector = sector,
        .not_before_ms = pki->now_ms - ISSUE_BACKDATE_MS,
        .not_after_ms = pki->now_ms + ISSUE_AUTHORITY_MS,
    };
    struct issuer root = root_of(pki);
    MUST(issue_certificate(&root, &order, &made->cert));
    return made;
}

struct certificate *pki_certificate(const struct pki_authority *by,
                                    enum certificate_profile profile, const char *address,
                                    const struct key *key, const uint8_t *curve_key,
                                    int64_t not_before_ms, int64_t not_after_ms)
{
    struct address parsed;
    MUST(address_from(address, &parsed));
    struct issue_order order = {
        .profile = profile,
        .subject_key = key,
        .address = &parsed,
        .curve_key = curve_key,
        .not_before_ms = not_before_ms,
        .not_after_ms = not_after_ms,
    };
    struct issuer issuer = {.key = by->key, .cert = by->cert};
    struct certificate *made = NULL;
    MUST(issue_certificate(&issuer, &order, &made));
    return made;
}

static void find_or_add_desk(struct pki *pki, const struct pki_authority *by,
                             const struct address *address)
{
    for (size_t i = 0; i < pki->desks_len; i++) {
        if (address_equal(&pki->desks[i].address, address)) {
            return;
        }
    }
    pki->desks = must_array(pki->desks, pki->desks_len + 1, sizeof *pki->desks);
    struct pki_desk *desk = &pki->desks[pki->desks_len++];
    *desk = (struct pki_desk){.address = *address, .has_recovery = true};
    MUST(key_generate(KEY_TYPE_P256, &desk->recovery));
    desk->recovery_cert =
        pki_certificate(by, PROFILE_RECOVERY, address->text, desk->recovery, NULL,
                        pki->now_ms - ISSUE_BACKDATE_MS, pki->now_ms + ISSUE_RECOVERY_MS);
}

size_t pki_add_seat(struct pki *pki, const char *address)
{
    struct pki_seat seat = {0};
    MUST(address_from(address, &seat.address));
    const struct pki_authority *by = pki_authority(pki, address_sector(&seat.address));
    find_or_add_desk(pki, by, &seat.address);
    MUST(key_generate(KEY_TYPE_P256, &seat.sign));
    MUST(key_generate(KEY_TYPE_P256, &seat.seal));
    MUST(key_generate(KEY_TYPE_X25519, &seat.curve));
    MUST(key_raw_public(seat.curve, seat.curve_public));
    int64_t from_ms = pki->now_ms - ISSUE_BACKDATE_MS;
    int64_t to_ms = pki->now_ms + ISSUE_SEAT_MS;
    seat.sign_cert =
        pki_certificate(by, PROFILE_SIGN, address, seat.sign, seat.curve_public, from_ms, to_ms);
    seat.seal_cert = pki_certificate(by, PROFILE_SEAL, address, seat.seal, NULL, from_ms, to_ms);
    seat.hash = *certificate_sha256(seat.sign_cert);
    pki->seats = must_array(pki->seats, pki->seats_len + 1, sizeof *pki->seats);
    pki->seats[pki->seats_len] = seat;
    return pki->seats_len++;
}

/* ---- the directory ---- */

/* The lists of one directory_file while it is put together, and the text that they point at. */
struct lists {
    struct directory_authority authorities[PKI_AUTHORITIES_MAX];
    struct buf crl_bytes[PKI_AUTHORITIES_MAX + 1];
    struct bytes crls[PKI_AUTHORITIES_MAX + 1];
    struct directory_organisation *organisations;
    size_t organisations_len;
    struct directory_desk *desks;
    struct directory_seat *seats;
};

static void lists_wipe(struct lists *lists)
{
    for (size_t i = 0; i <= PKI_AUTHORITIES_MAX; i++) {
        buf_wipe(&lists->crl_bytes[i]);
    }
    free(lists->organisations);
    free(lists->desks);
    free(lists->seats);
}

static int compare_authorities(const void *a, const void *b)
{
    const struct directory_authority *x = a;
    const struct directory_authority *y = b;
    return strcmp(x->sector, y->sector);
}

static int compare_organisations(const void *a, const void *b)
{
    const struct directory_organisation *x = a;
    const struct directory_organisation *y = b;
    return strcmp(x->code, y->code);
}

static int compare_desks(const void *a, const void *b)
{
    const struct directory_desk *x = a;
    const struct directory_desk *y = b;
    return strcmp(x->address.text, y->address.text);
}

static int compare_seats(const void *a, const void *b)
{
    const struct directory_seat *x = a;
    const struct directory_seat *y = b;
    int order = strcmp(x->address.text, y->address.text);
    return order ? order : bytes_compare(x->sign_certificate, y->sign_certificate);
}

/* Of one authority, or of the root (by = NULL), which has revoked nothing. */
static void make_crl(const struct pki *pki, const struct pki_authority *by, struct buf *out)
{
    struct revoked *revoked = must_array(NULL, 2 * pki->seats_len, sizeof *revoked);
    struct crl_order order = {
        .number = pki->serial,
        .this_update_ms = pki->now_ms - ISSUE_BACKDATE_MS,
        .next_update_ms = pki->now_ms + (by ? ISSUE_CRL_MS : ISSUE_ROOT_CRL_MS),
        .revoked = revoked,
    };
    for (size_t i = 0; by && i < pki->seats_len; i++) {
        const struct pki_seat *seat = &pki->seats[i];
        if (!seat->revoked || strcmp(address_sector(&seat->address), by->sector) != 0) {
            continue;
        }
        const struct certificate *const pair[2] = {seat->sign_cert, seat->seal_cert};
        for (size_t c = 0; c < 2; c++) {
            struct revoked *entry = &revoked[order.revoked_len++];
            *entry = (struct revoked){.at_ms = pki->now_ms, .reason = REVOKED_KEY_COMPROMISE};
            MUST(issue_serial(pair[c], entry->serial));
        }
    }
    struct issuer issuer = by ? (struct issuer){.key = by->key, .cert = by->cert} : root_of(pki);
    *out = (struct buf)BUF_INIT(SH_CRL_BYTES_MAX);
    MUST(issue_crl(&issuer, &order, out));
    free(revoked);
}

static void list_authorities(const struct pki *pki, struct lists *lists)
{
    for (size_t i = 0; i < pki->authorities_len; i++) {
        const struct pki_authority *a = &pki->authorities[i];
        lists->authorities[i] = (struct directory_authority){a->sector, certificate_der(a->cert)};
        make_crl(pki, a, &lists->crl_bytes[i]);
        lists->crls[i] = bytes_buf(&lists->crl_bytes[i]);
    }
    make_crl(pki, NULL, &lists->crl_bytes[pki->authorities_len]);
    lists->crls[pki->authorities_len] = bytes_buf(&lists->crl_bytes[pki->authorities_len]);
    qsort(lists->authorities, pki->authorities_len, sizeof *lists->authorities,
          compare_authorities);
}

static void list_organisation(struct lists *lists, const struct address *address)
{
    const char *code = address_organisation(address);
    for (size_t i = 0; i < lists->organisations_len; i++) {
        if (strcmp(lists->organisations[i].code, code) == 0) {
            return;
        }
    }
    lists->organisations[lists->organisations_len++] = (struct directory_organisation){
        .code = code, .name = code, .telephone = "01632 960001", .hours = "Mon-Fri 08:00-16:00"};
}

static void list_desks(const struct pki *pki, struct lists *lists)
{
    lists->organisations = must_array(NULL, pki->desks_len, sizeof *lists->organisations);
    lists->desks = must_array(NULL, pki->desks_len, sizeof *lists->desks);
    for (size_t i = 0; i < pki->desks_len; i++) {
        const struct pki_desk *desk = &pki->desks[i];
        list_organisation(lists, &desk->address);
        lists->desks[i] = (struct directory_desk){
            .address = desk->address,
            .cover = desk->cover.text[0] ? &desk->cover : NULL,
            .cover_len = desk->cover.text[0] ? 1 : 0,
        };
        if (desk->has_recovery) {
            lists->desks[i].recovery = certificate_der(desk->recovery_cert);
        }
    }
    qsort(lists->organisations, lists->organisations_len, sizeof *lists->organisations,
          compare_organisations);
    qsort(lists->desks, pki->desks_len, sizeof *lists->desks, compare_desks);
}

static void list_seats(const struct pki *pki, struct lists *lists)
{
    lists->seats = must_array(NULL, pki->seats_len, sizeof *lists->seats);
    for (size_t i = 0; i < pki->seats_len; i++) {
        const struct pki_seat *seat = &pki->seats[i];
        lists->seats[i] = (struct directory_seat){seat->address, certificate_der(seat->sign_cert),
                                                  certificate_der(seat->seal_cert)};
    }
    qsort(lists->seats, pki->seats_len, sizeof *lists->seats, compare_seats);
}

void pki_sign_directory(struct pki *pki, const struct directory_file *file)
{
    struct issuer directory_key = {.key = pki->directory_key, .cert = pki->directory_cert};
    buf_reset(&pki->directory);
    MUST(publish_sign(file, &directory_key, &pki->directory));
}

void pki_publish(struct pki *pki)
{
    pki->serial++;
    SH_DEFER(lists_wipe) struct lists lists = {0};
    list_authorities(pki, &lists);
    list_desks(pki, &lists);
    list_seats(pki, &lists);
    struct directory_relay relay = {.endpoint = pki->endpoint};
    memcpy(relay.curve_key, pki->relay_curve_public, sizeof relay.curve_key);
    int64_t in_force_ms = pki->now_ms - ISSUE_BACKDATE_MS;
    struct directory_key keys[] = {
        {.use = KEY_LOG, .vkey = pki->vkey, .not_before_ms = in_force_ms},
        {.use = KEY_LOG, .vkey = pki->second_vkey, .not_before_ms = in_force_ms + 1},
    };
    struct directory_file file = {
        .serial = pki->serial,
        .partnership = PKI_PARTNERSHIP,
        .created_at_ms = pki->now_ms,
        .expires_at_ms = pki->now_ms + ISSUE_DIRECTORY_MS,
        .authorities = lists.authorities,
        .authorities_len = pki->authorities_len,
        .crls = lists.crls,
        .crls_len = pki->authorities_len + 1,
        .organisations = lists.organisations,
        .organisations_len = lists.organisations_len,
        .desks = lists.desks,
        .desks_len = pki->desks_len,
        .seats = lists.seats,
        .seats_len = pki->seats_len,
        .relays = &relay,
        .relays_len = 1,
        .keys = keys,
        .keys_len = pki->second_vkey[0] ? 2 : 1,
    };
    pki_sign_directory(pki, &file);
}

void pki_make_at(struct pki *pki, const char *const *addresses, size_t addresses_len,
                 int64_t now_ms)
{
    *pki = (struct pki){.now_ms = now_ms, .directory = BUF_INIT(SH_DIRECTORY_BYTES_MAX)};
    make_root(pki);
    make_directory_key(pki);
    make_relay(pki);
    for (size_t i = 0; i < addresses_len; i++) {
        (void)pki_add_seat(pki, addresses[i]);
    }
    pki_publish(pki);
}

void pki_make(struct pki *pki, const char *const *addresses, size_t addresses_len)
{
    pki_make_at(pki, addresses, addresses_len, PKI_NOW_MS);
}

void pki_free(struct pki *pki)
{
    for (size_t i = 0; i < pki->authorities_len; i++) {
        key_free(&pki->authorities[i].key);
        certificate_free(&pki->authorities[i].cert);
    }
    for (size_t i = 0; i < pki->seats_len; i++) {
        struct pki_seat *seat = &pki->seats[i];
        key_free(&seat->sign);
        key_free(&seat->seal);
        key_free(&seat->curve);
        certificate_free(&seat->sign_cert);
        certificate_free(&seat->seal_cert);
    }
    for (size_t i = 0; i < pki->desks_len; i++) {
        key_free(&pki->desks[i].recovery);
        certificate_free(&pki->desks[i].recovery_cert);
    }
    free(pki->seats);
    free(pki->desks);
    key_free(&pki->root_key);
    key_free(&pki->directory_key);
    key_free(&pki->log_key);
    key_free(&pki->relay_curve);
    certificate_free(&pki->root);
    certificate_free(&pki->directory_cert);
    buf_wipe(&pki->directory);
    *pki = (struct pki){0};
}
