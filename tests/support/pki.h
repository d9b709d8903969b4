/* A whole partnership in memory, for tests: root, directory key, an authority for each sector,
 * seats with their private keys, recovery certificates, CRLs, a log key, a relay's CURVE key, and
 * the signed directory over all of it. Made afresh by each test; about 2 ms a seat. Everything
 * aborts the test if it cannot do its work.
 *
 *     static const char *const desks[] = {"dsl@999001.school", "dsl@999001.school",
 * "mash@999.social-care"}; SH_DEFER(pki_free) struct pki pki; pki_make(&pki, desks, 3);
 *     ... directory_load(bytes_buf(&pki.directory), pki.root, pki.now_ms, 0, 0, &directory, &why)
 * ...
 *
 * The same address twice gives two seats of one desk. seats[i] belongs to desks[i] of the list, in
 * its order. To change something: change the struct, then pki_publish(). */
#pragma once

#include "certs/issue.h"
#include "crypto/key.h"
#include "wire/directory.h"

/* Fri 20 Nov 2026, 10:00 UTC: "now" of pki_make(), and a working day. */
#define PKI_NOW_MS          INT64_C(1795168800000)
#define PKI_ORIGIN          "safehand.example/test"
#define PKI_PARTNERSHIP     "Exampleshire"
#define PKI_ENDPOINT        "tcp://127.0.0.1:7443"
#define PKI_AUTHORITIES_MAX 16

struct pki_authority {
    char sector[SH_ADDRESS_BYTES_MAX];
    struct key *key;
    struct certificate *cert;
};

struct pki_seat {
    struct address address;
    struct key *sign, *seal;
    struct certificate *sign_cert, *seal_cert;
    struct sh_hash hash; /* SHA-256 of sign_cert: the seat's name */
    struct key *curve;   /* X25519: key_raw_private() gives the CURVE secret key */
    uint8_t curve_public[32];
    bool revoked; /* its certificates stand in the CRL of the next pki_publish() */
};

struct pki_desk {
    struct address address;
    struct key *recovery;
    struct certificate *recovery_cert;
    struct address cover; /* "": none */
    bool has_recovery;    /* false leaves the certificate out of the next pki_publish() */
};

struct pki {
    int64_t now_ms;  /* when it was all issued (validities begin 5 minutes earlier) */
    uint64_t serial; /* of the directory; pki_publish() adds one */
    struct key *root_key, *directory_key;
    struct certificate *root, *directory_cert;
    struct pki_authority authorities[PKI_AUTHORITIES_MAX];
    size_t authorities_len;
    struct pki_seat *seats; /* moves when seats are added */
    size_t seats_len;
    struct pki_desk *desks; /* in order of first mention */
    size_t desks_len;
    struct key *log_key; /* Ed25519 */
    char vkey[SH_ORIGIN_BYTES_MAX + 128];
    /* A second log key, in force a millisecond later; "": none. */
    char second_vkey[SH_ORIGIN_BYTES_MAX + 128];
    char endpoint[128]; /* PKI_ENDPOINT unless the test changes it before pki_publish() */
    struct key *relay_curve;
    uint8_t relay_curve_public[32];
    struct buf directory; /* the SignedDirectory */
};

/* At PKI_NOW_MS, or at another time (real processes need clock_now_ms(&clock_system)). */
void pki_make(struct pki *pki, const char *const *addresses, size_t addresses_len);
void pki_make_at(struct pki *pki, const char *const *addresses, size_t addresses_len,
                 int64_t now_ms);
void pki_free(struct pki *pki); /* a destructor */

/* One more seat, at a new or an old desk; gives its position. In the directory after pki_publish().
 */
size_t pki_add_seat(struct pki *pki, const char *address);
/* Makes pki->directory anew from what the struct says now, with fresh CRLs, at pki->now_ms. */
void pki_publish(struct pki *pki);
/* The same bytes for an altered file: sorts nothing, adds nothing, signs. Replaces pki->directory.
 */
void pki_sign_directory(struct pki *pki, const struct directory_file *file);

/* Position of an authority, made if there is none. */
const struct pki_authority *pki_authority(struct pki *pki, const char *sector);
/* A certificate outside the rules if the test wants one: any authority, any address, any times.
 * Gives the certificate: certificate_free(). */
struct certificate *pki_certificate(const struct pki_authority *by,
                                    enum certificate_profile profile, const char *address,
                                    const struct key *key, const uint8_t *curve_key,
                                    int64_t not_before_ms, int64_t not_after_ms);
