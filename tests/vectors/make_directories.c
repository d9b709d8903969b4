/* Signed directories that are wrong in one thing alone. To keep them small they hold three seats of
 * the partnership; the directory that everything else is judged by is pki/directory.bin. */
#include "base/cleanup.h"
#include "certs/issue.h"
#include "crypto/der.h"
#include "crypto/sign.h"
#include "studio.h"

#define SEATS 3
#define DESKS 3

/* The file opened, its lists ours to change. */
struct draft {
    struct pki *pki;
    struct directory_file file;
    struct directory_seat seats[SEATS];
    struct directory_desk desks[DESKS];
    struct directory_authority authorities[PKI_AUTHORITIES_MAX];
    struct bytes crls[PKI_AUTHORITIES_MAX + 1];
    struct directory_relay relay;
    struct directory_key key;
    const struct key *signer;
    struct certificate *made[2];
    struct buf crl; /* or other bytes that were made for one change */
};

/* In the order of their addresses, which is that of a directory. */
static void keep_seats(struct draft *d, const struct directory_file *all)
{
    static const int kept[SEATS] = {PRIMARY, POLICE, MASH};
    size_t seats = 0, desks = 0;
    for (size_t i = 0; i < SEATS; i++) {
        const struct pki_seat *seat = &d->pki->seats[kept[i]];
        for (size_t k = 0; k < all->desks_len; k++) {
            if (address_equal(&all->desks[k].address, &seat->address)) {
                d->desks[desks++] = all->desks[k];
            }
        }
        for (size_t k = 0; k < all->seats_len; k++) {
            if (bytes_equal(all->seats[k].sign_certificate, certificate_der(seat->sign_cert))) {
                d->seats[seats++] = all->seats[k];
            }
        }
    }
    MUST_HOLD(seats == SEATS && desks == DESKS);
}

static void draft_open(struct studio *s, struct draft *d)
{
    struct signed_directory whole;
    struct directory_file all;
    memset(d, 0, sizeof *d);
    d->pki = &s->post.pki;
    d->signer = d->pki->directory_key;
    d->crl = (struct buf)BUF_INIT(SH_CRL_BYTES_MAX);
    MUST(signed_directory_decode(bytes_buf(&d->pki->directory), s->post.arena, &whole));
    MUST(directory_file_decode(whole.directory, s->post.arena, &all));
    keep_seats(d, &all);
    memcpy(d->authorities, all.authorities, all.authorities_len * sizeof d->authorities[0]);
    memcpy(d->crls, all.crls, all.crls_len * sizeof d->crls[0]);
    d->relay = all.relays[0];
    d->key = all.keys[0];
    d->file = all;
    d->file.seats = d->seats, d->file.seats_len = SEATS;
    d->file.desks = d->desks, d->file.desks_len = DESKS;
    d->file.authorities = d->authorities;
    d->file.crls = d->crls;
    d->file.relays = &d->relay;
    d->file.keys = &d->key;
}

static void draft_wipe(struct draft *d)
{
    certificate_free(&d->made[0]);
    certificate_free(&d->made[1]);
    buf_wipe(&d->crl);
}

static struct bytes hold(struct draft *d, size_t place, struct certificate *made)
{
    d->made[place] = made;
    return certificate_der(made);
}

/* A sign certificate for the seat at this place, by another authority or with another's keys. */
static struct certificate *make_sign(struct draft *d, const char *sector, enum post_seat keys,
                                     const uint8_t *curve_key, const char *address)
{
    return pki_certificate(pki_authority(d->pki, sector), PROFILE_SIGN, address,
                           d->pki->seats[keys].sign, curve_key, PKI_NOW_MS - ISSUE_BACKDATE_MS,
                           PKI_NOW_MS + ISSUE_SEAT_MS);
}

/* ---- one change each ---- */

typedef void (*change_fn)(struct draft *d);

static void nothing(struct draft *d)
{
    (void)d;
}
static void police_in_a_school(struct draft *d)
{
    d->seats[0].sign_certificate =
        hold(d, 0,
             make_sign(d, "police", (enum post_seat)PRIMARY, d->pki->seats[PRIMARY].curve_public,
                       "dsl@999002.school"));
}
static void authority_of_another_sector(struct draft *d)
{
    d->authorities[0].sector = "a-sector";
}
static void another_address(struct draft *d)
{
    MUST(address_from("dsl@999001.school", &d->seats[0].address));
}
static void a_desk_less(struct draft *d)
{
    d->file.desks_len--;
}
static void sign_and_seal_exchanged(struct draft *d)
{
    const struct bytes sign = d->seats[0].sign_certificate;
    d->seats[0].sign_certificate = d->seats[0].seal_certificate;
    d->seats[0].seal_certificate = sign;
}
static void recovery_of_another(struct draft *d)
{
    d->desks[0].recovery = d->desks[1].recovery;
}
static void seal_as_recovery(struct draft *d)
{
    d->desks[0].recovery = d->seats[0].seal_certificate;
}
static void key_twice(struct draft *d)
{
    d->seats[0].sign_certificate =
        hold(d, 0,
             make_sign(d, "school", (enum post_seat)POLICE, d->pki->seats[PRIMARY].curve_public,
                       "dsl@999002.school"));
}
static void curve_key_twice(struct draft *d)
{
    d->seats[0].sign_certificate =
        hold(d, 0,
             make_sign(d, "school", (enum post_seat)PRIMARY, d->pki->seats[POLICE].curve_public,
                       "dsl@999002.school"));
}
static void relay_has_a_seats_key(struct draft *d)
{
    memcpy(d->relay.curve_key, d->pki->seats[POLICE].curve_public, sizeof d->relay.curve_key);
}
static void no_log_key(struct draft *d)
{
    d->key.vkey = "safehand.example/test+00000000+AAAA";
}
static void a_crl_less(struct draft *d)
{
    d->file.crls_len--;
}
static void a_crl_twice(struct draft *d)
{
    d->crls[1] = d->crls[0];
}
static void no_crl(struct draft *d)
{
    d->crls[0] = bytes_str("not a list");
}
static void not_a_certificate(struct draft *d)
{
    d->seats[0].seal_certificate = bytes_str("not a certificate");
}
/* One certificate in two forms would be one seat with two names. */
static void unused_bits(struct draft *d)
{
    const struct bytes good = d->seats[0].sign_certificate;
    struct bytes whole = good, inside, element, value;
    MUST(buf_append(&d->crl, good));
    MUST(der_take_any(&whole, &element, &inside));
    MUST(der_take_any(&inside, &element, &value));
    MUST(der_take_any(&inside, &element, &value));
    d->crl.data[(size_t)(inside.data - good.data) + 2] = 1;
    d->seats[0].sign_certificate = bytes_buf(&d->crl);
}
static void signed_by_another(struct draft *d)
{
    d->signer = d->pki->seats[SCHOOL].sign;
}
static void signer_revoked(struct draft *d)
{
    const struct issuer root = {.key = d->pki->root_key, .cert = d->pki->root};
    struct revoked revoked = {.at_ms = PKI_NOW_MS - SH_DAY_MS, .reason = REVOKED_KEY_COMPROMISE};
    MUST(issue_serial(d->pki->directory_cert, revoked.serial));
    const struct crl_order order = {.number = 9,
                                    .this_update_ms = PKI_NOW_MS - ISSUE_BACKDATE_MS,
                                    .next_update_ms = PKI_NOW_MS + ISSUE_ROOT_CRL_MS,
                                    .revoked = &revoked,
                                    .revoked_len = 1};
    MUST(issue_crl(&root, &order, &d->crl));
    d->crls[d->file.crls_len - 1] = bytes_buf(&d->crl);
}

static const struct {
    struct entry e;
    change_fn change;
} rows[] = {
    {{.name = "good", .what = "a directory of three seats"}, nothing},
    {{.name = "wrong-sector",
      .expected = SH_E_WRONG_SECTOR,
      .what = "a school's seat, certified by the police's authority"},
     police_in_a_school},
    {{.name = "wrong-sector-authority",
      .expected = SH_E_WRONG_SECTOR,
      .what = "an authority listed for another sector than its own"},
     authority_of_another_sector},
    {{.name = "wrong-desk",
      .expected = SH_E_WRONG_DESK,
      .what = "a seat listed under another address than its certificate's"},
     another_address},
    {{.name = "unknown-desk",
      .expected = SH_E_UNKNOWN_DESK,
      .what = "a seat of a desk that is not listed"},
     a_desk_less},
    {{.name = "sign-and-seal-exchanged",
      .expected = SH_E_BAD_CERTIFICATE,
      .what = "sign and seal certificates in each other's place"},
     sign_and_seal_exchanged},
    {{.name = "recovery-of-another-desk",
      .expected = SH_E_WRONG_DESK,
      .what = "a recovery certificate of another desk"},
     recovery_of_another},
    {{.name = "seal-as-recovery",
      .expected = SH_E_BAD_CERTIFICATE,
      .what = "a seal certificate as recovery certificate"},
     seal_as_recovery},
    {{.name = "key-in-two-sectors",
      .expected = SH_E_DUPLICATE_KEY,
      .what = "one sign key in two sectors"},
     key_twice},
    {{.name = "curve-key-in-two-sectors",
      .expected = SH_E_DUPLICATE_KEY,
      .what = "one CURVE key in two sectors"},
     curve_key_twice},
    {{.name = "relay-with-a-seats-key",
      .expected = SH_E_DUPLICATE_KEY,
      .what = "the relay's CURVE key is a seat's"},
     relay_has_a_seats_key},
    {{.name = "log-key-is-none",
      .expected = SH_E_FORMAT,
      .what = "a verifier key whose id does not fit"},
     no_log_key},
    {{.name = "stale-crl-missing",
      .expected = SH_E_STALE_CRL,
      .what = "one list of revoked certificates is missing"},
     a_crl_less},
    {{.name = "crl-twice", .expected = SH_E_FORMAT, .what = "one list twice"}, a_crl_twice},
    {{.name = "crl-is-none", .expected = SH_E_FORMAT, .what = "text instead of a list"}, no_crl},
    {{.name = "certificate-is-none",
      .expected = SH_E_BAD_CERTIFICATE,
      .what = "text instead of a certificate"},
     not_a_certificate},
    {{.name = "certificate-with-unused-bits",
      .expected = SH_E_BAD_CERTIFICATE,
      .what = "a certificate whose signature says that its last bit is not used"},
     unused_bits},
    {{.name = "wrong-signer",
      .expected = SH_E_BAD_SIGNATURE,
      .what = "signed by a seat's key under the directory's certificate"},
     signed_by_another},
    {{.name = "signer-revoked",
      .expected = SH_E_REVOKED,
      .what = "the directory's key was revoked"},
     signer_revoked},
};

static void sign(struct draft *d, struct buf *out)
{
    struct signed_directory whole = {.certificate = certificate_der(d->pki->directory_cert)};
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    MUST(directory_file_encode(&d->file, &file));
    MUST(sign_p256(d->signer, SIGN_LABEL_DIRECTORY, bytes_buf(&file), &signature));
    whole.directory = bytes_buf(&file);
    whole.signature = bytes_buf(&signature);
    MUST(signed_directory_encode(&whole, out));
}

static void add_bytes(struct studio *s, const char *name, sh_err expected, const char *what,
                      struct bytes bytes)
{
    const struct entry e = {
        .reader = "directory", .name = name, .expected = expected, .what = what};
    studio_add(s, &e, bytes);
}

static void bytes_of_it(struct studio *s)
{
    SH_DEFER(draft_wipe) struct draft d;
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    draft_open(s, &d);
    sign(&d, &good);
    add_bytes(s, "cut", SH_E_FORMAT, "without its last byte", bytes_of(good.data, good.len - 1));
    MUST(buf_append(&good, bytes_of("\x20\x01", 2)));
    add_bytes(s, "unknown-field", SH_E_NOT_CANONICAL, "a field that version 1 does not have",
              bytes_buf(&good));
    good.len -= 2;
    good.data[200] ^= 1;
    add_bytes(s, "altered", SH_E_BAD_SIGNATURE, "one bit of it is another", bytes_buf(&good));
    good.data[200] ^= 1;
    const struct {
        const char *what;
        int64_t days;
        sh_err expected;
    } times[] = {
        {"in the grace after it expired", 14 + 13, SH_OK},
        {"after the grace", 14 + 15, SH_E_EXPIRED},
        {"before the directory's key began", -1, SH_E_EXPIRED},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const struct entry e = {.reader = "directory",
                                .expected = times[i].expected,
                                .at_ms = PKI_NOW_MS + times[i].days * SH_DAY_MS,
                                .what = times[i].what};
        studio_list(s, &e, "directory/good.bin");
    }
}

void make_directories(struct studio *s)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(draft_wipe) struct draft d;
        SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
        struct entry e = rows[i].e;
        e.reader = "directory";
        draft_open(s, &d);
        rows[i].change(&d);
        sign(&d, &bytes);
        studio_add(s, &e, bytes_buf(&bytes));
    }
    bytes_of_it(s);
}
