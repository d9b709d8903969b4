#include "office.h"

#include "crypto/ossl.h"
#include "index.h"

#include <stdlib.h>

static const struct {
    const char *name, *address;
} seats[OFFICE_SEATS] = {
    [SCHOOL] = {"school", "dsl@999001.school"},
    [DEPUTY] = {"deputy", "dsl@999001.school"},
    [MASH] = {"mash", "mash@999.social-care"},
    [MANAGERS] = {"managers", "managers@999.social-care"},
    [NURSE] = {"nurse", "nurse@ex1.health"},
    [POLICE] = {"police", "encompass@exampleshire.police"},
    [LADO] = {"lado", "lado@999.social-care"},
    [PRIMARY] = {"primary", "dsl@999002.school"},
    [AUDITOR] = {"auditor", "reviews@999.audit"},
    [STARTING] = {"starting", "office@999003.school"},
    [LAPSED] = {"lapsed", "dsl@999003.school"},
    [LEFT] = {"left", "head@999001.school"},
    [GONE] = {"gone", "mash@999.social-care"},
};

const char *office_seat_name(size_t seat)
{
    return seats[seat].name;
}

int office_seat_find(const char *name)
{
    for (int i = 0; i < OFFICE_SEATS; i++) {
        if (strcmp(seats[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- making ---- */

static void recertify(struct pki *pki, size_t position, int64_t from_ms, int64_t to_ms)
{
    struct pki_seat *seat = &pki->seats[position];
    const struct pki_authority *by = pki_authority(pki, address_sector(&seat->address));
    certificate_free(&seat->sign_cert);
    certificate_free(&seat->seal_cert);
    seat->sign_cert = pki_certificate(by, PROFILE_SIGN, seat->address.text, seat->sign,
                                      seat->curve_public, from_ms, to_ms);
    seat->seal_cert =
        pki_certificate(by, PROFILE_SEAL, seat->address.text, seat->seal, NULL, from_ms, to_ms);
    seat->hash = *certificate_sha256(seat->sign_cert);
}

static void load_directory(struct post *post)
{
    struct sh_why why = {""};
    vectors_must(directory_load(bytes_buf(&post->pki.directory), post->pki.root, post->pki.now_ms,
                                0, OFFICE_GRACE_MS, &post->directory, &why) == SH_OK,
                 why.text);
}

void office_make(struct post *post)
{
    const char *addresses[OFFICE_SEATS];
    struct pki *pki = &post->pki;
    for (size_t i = 0; i < OFFICE_SEATS; i++) {
        addresses[i] = seats[i].address;
    }
    memset(post, 0, sizeof *post);
    pki_make(pki, addresses, OFFICE_SEATS);
    MUST(arena_new(64 * SH_MIB, 1000000, &post->arena));
    recertify(pki, STARTING, pki->now_ms + SH_DAY_MS, pki->now_ms + ISSUE_SEAT_MS);
    recertify(pki, LAPSED, pki->now_ms - ISSUE_YEAR_MS, pki->now_ms - 20 * SH_DAY_MS);
    pki->seats[LEFT].revoked = pki->seats[GONE].revoked = true;
    pki_publish(pki);
    load_directory(post);
}

/* ---- saving ---- */

static const char KEY_NOTE[] =
    "A key for tests only: it is published, and opens nothing but the vectors beside it.\n";

static void save_text(const char *dir, const char *folder, const char *name, struct bytes content)
{
    char path[128];
    (void)snprintf(path, sizeof path, "pki/%s%s%s", folder, folder[0] ? "/" : "", name);
    vector_file_write(dir, path, content);
}

/* Plain PKCS#8, which the product itself never writes. */
static void save_key(const char *dir, const char *folder, const char *name, const struct key *key)
{
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    struct buf pem = BUF_INIT(SH_CERTIFICATE_BYTES_MAX);
    MUST(buf_append_str(&pem, KEY_NOTE));
    MUST_HOLD(PEM_write_bio_PKCS8PrivateKey(memory, key_evp(key), NULL, NULL, 0, NULL, NULL) == 1);
    MUST(ossl_drain(memory, &pem));
    save_text(dir, folder, name, bytes_buf(&pem));
    buf_wipe(&pem);
}

static void save_certificate(const char *dir, const char *folder, const char *name,
                             const struct certificate *cert)
{
    struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    MUST(certificate_to_pem(cert, &pem));
    save_text(dir, folder, name, bytes_buf(&pem));
    buf_wipe(&pem);
}

void office_save(const struct post *post, const char *dir)
{
    const struct pki *pki = &post->pki;
    for (size_t i = 0; i < OFFICE_SEATS; i++) {
        const struct pki_seat *seat = &pki->seats[i];
        save_key(dir, seats[i].name, "sign.key.pem", seat->sign);
        save_key(dir, seats[i].name, "seal.key.pem", seat->seal);
        save_key(dir, seats[i].name, "curve.key.pem", seat->curve);
        save_certificate(dir, seats[i].name, "sign.cert.pem", seat->sign_cert);
        save_certificate(dir, seats[i].name, "seal.cert.pem", seat->seal_cert);
    }
    for (size_t i = 0; i < pki->desks_len; i++) {
        char name[SH_ADDRESS_BYTES_MAX + 16];
        (void)snprintf(name, sizeof name, "%s.key.pem", pki->desks[i].address.text);
        save_key(dir, "recovery", name, pki->desks[i].recovery);
        (void)snprintf(name, sizeof name, "%s.cert.pem", pki->desks[i].address.text);
        save_certificate(dir, "recovery", name, pki->desks[i].recovery_cert);
    }
    save_certificate(dir, "", "root.cert.pem", pki->root);
    save_key(dir, "", "log.key.pem", pki->log_key);
    save_key(dir, "", "relay.curve.key.pem", pki->relay_curve);
    save_text(dir, "", "log.vkey", bytes_str(pki->vkey));
    save_text(dir, "", "directory.bin", bytes_buf(&pki->directory));
}

/* ---- loading ---- */

static void load_text(const char *dir, const char *folder, const char *name, struct buf *out)
{
    char path[128];
    (void)snprintf(path, sizeof path, "pki/%s%s%s", folder, folder[0] ? "/" : "", name);
    vector_file_read(dir, path, out);
}

static struct key *load_key(const char *dir, const char *folder, const char *name)
{
    struct buf pem;
    struct key *key = NULL;
    load_text(dir, folder, name, &pem);
    SH_DEFER(BIO_free_allp) BIO *memory = NULL;
    MUST(ossl_reader(bytes_buf(&pem), &memory));
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *evp = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    MUST(key_from_evp(&evp, &key));
    buf_wipe(&pem);
    return key;
}

static struct certificate *load_certificate(const char *dir, const char *folder, const char *name)
{
    struct buf pem;
    struct certificate *cert = NULL;
    load_text(dir, folder, name, &pem);
    MUST(certificate_from_pem(bytes_buf(&pem), &cert));
    buf_wipe(&pem);
    return cert;
}

static void load_seat(const char *dir, size_t position, struct pki_seat *seat)
{
    const char *name = seats[position].name;
    MUST(address_from(seats[position].address, &seat->address));
    seat->sign = load_key(dir, name, "sign.key.pem");
    seat->seal = load_key(dir, name, "seal.key.pem");
    seat->curve = load_key(dir, name, "curve.key.pem");
    seat->sign_cert = load_certificate(dir, name, "sign.cert.pem");
    seat->seal_cert = load_certificate(dir, name, "seal.cert.pem");
    seat->hash = *certificate_sha256(seat->sign_cert);
    seat->revoked = position == LEFT || position == GONE;
    MUST(key_raw_public(seat->curve, seat->curve_public));
}

void office_load(struct post *post, const char *dir)
{
    struct buf vkey;
    struct pki *pki = &post->pki;
    memset(post, 0, sizeof *post);
    pki->now_ms = PKI_NOW_MS;
    pki->root = load_certificate(dir, "", "root.cert.pem");
    pki->log_key = load_key(dir, "", "log.key.pem");
    pki->relay_curve = load_key(dir, "", "relay.curve.key.pem");
    MUST(key_raw_public(pki->relay_curve, pki->relay_curve_public));
    load_text(dir, "", "log.vkey", &vkey);
    MUST_HOLD(vkey.len < sizeof pki->vkey);
    memcpy(pki->vkey, vkey.data, vkey.len);
    buf_wipe(&vkey);
    load_text(dir, "", "directory.bin", &pki->directory);
    pki->seats = calloc(OFFICE_SEATS, sizeof *pki->seats);
    MUST_HOLD(pki->seats);
    pki->seats_len = OFFICE_SEATS;
    for (size_t i = 0; i < OFFICE_SEATS; i++) {
        load_seat(dir, i, &pki->seats[i]);
    }
    MUST(arena_new(64 * SH_MIB, 1000000, &post->arena));
    load_directory(post);
}
