/* The directory, loaded: signature, versions and certificates checked once, then looked up by
 * address, seat and CURVE key. Immutable; any number of threads may read one; counted references,
 * so that a message keeps the directory that it was judged by. */
#pragma once

#include "crypto/trust.h"
#include "directory/succession.h"
#include "tlog/note.h"
#include "wire/directory.h"

struct directory; /* opaque */

/* One live seat: in the directory, not revoked. Expiry is judged where it is used. */
struct seat {
    struct address address;
    struct sh_hash hash; /* SHA-256 of sign: how headers name it */
    uint8_t curve_key[32];
    struct certificate *sign, *seal;
};

struct desk {
    struct address address;
    const char *name, *telephone,
        *hours; /* NULL if not given; a desk falls back to its organisation's */
    const char *organisation_name;
    const struct address *cover;
    size_t cover_len;
    struct certificate *recovery;    /* NULL: none */
    const struct seat *const *seats; /* live ones, ascending by hash */
    size_t seats_len;
};

/* Verifies the signed file against the pinned root at now_ms and indexes it. Refuses: a bad
 * signature or directory key (SH_E_BAD_SIGNATURE, SH_E_BAD_CHAIN), a serial below serial_min
 * (SH_E_ROLLBACK), a seat whose address is outside its authority's sector (SH_E_WRONG_SECTOR), a
 * CURVE key, certificate key or serial that appears twice (SH_E_DUPLICATE_KEY), a certificate off
 * its profile (SH_E_BAD_CERTIFICATE), and more than grace_ms past its expiry (SH_E_EXPIRED).
 * Revoked seats are left out. Gives *out: directory_free(). Detail in *why. */
SH_MUST_USE sh_err directory_load(struct bytes signed_file, struct certificate *root,
                                  int64_t now_ms, uint64_t serial_min, int64_t grace_ms,
                                  struct directory **out, struct sh_why *why);
struct directory *directory_ref(struct directory *d);
void directory_free(struct directory **d);

uint64_t directory_serial(const struct directory *d);
const char *directory_partnership(const struct directory *d);
int64_t directory_created_ms(const struct directory *d);
int64_t directory_expires_ms(const struct directory *d);
const struct trust *directory_trust(const struct directory *d);
struct bytes directory_signed_bytes(const struct directory *d); /* as loaded, to pass on */

/* NULL if there is none. What they give belongs to the directory. */
const struct seat *directory_seat_by_hash(const struct directory *d, const struct sh_hash *hash);
const struct seat *directory_seat_by_curve(const struct directory *d, const uint8_t key[32]);
const struct desk *directory_desk(const struct directory *d, const char *address);
const struct directory_organisation *directory_organisation(const struct directory *d,
                                                            const char *code);
/* What became of an organisation; code must live as long as *out. */
void directory_succession(const struct directory *d, const char *code, struct succession *out);
/* A sign certificate by hash, also of a seat that is revoked or gone expired: for verifying what it
 * once signed. */
const struct certificate *directory_certificate(const struct directory *d,
                                                const struct sh_hash *hash);

/* Every live seat, every desk, every relay and key, by position. */
size_t directory_seats_len(const struct directory *d);
const struct seat *directory_seat_at(const struct directory *d, size_t i);
size_t directory_desks_len(const struct directory *d);
const struct desk *directory_desk_at(const struct directory *d, size_t i);
size_t directory_relays_len(const struct directory *d);
const struct directory_relay *directory_relay_at(const struct directory *d, size_t i);
/* The log's verifier key in force at at_ms. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err directory_log_key(const struct directory *d, int64_t at_ms,
                                     struct note_verifier *out);

/* Every log key by position, whenever it is in force. SH_E_NOT_FOUND: of an algorithm that this
 * version does not know. */
size_t directory_log_keys_len(const struct directory *d);
SH_MUST_USE sh_err directory_log_key_at(const struct directory *d, size_t i,
                                        struct note_verifier *out);

/* Every witness key by position. SH_E_NOT_FOUND: not yet in force at at_ms. */
size_t directory_witnesses_len(const struct directory *d);
SH_MUST_USE sh_err directory_witness_at(const struct directory *d, size_t i, int64_t at_ms,
                                        struct note_verifier *out);

/* Organisations and desks whose name, code or address contains `text` (ASCII case folded), desks
 * first; calls `found` for each until it returns false. */
typedef bool (*directory_found)(void *ctx, const struct directory_organisation *organisation,
                                const struct desk *desk);
void directory_search(const struct directory *d, const char *text, directory_found found,
                      void *ctx);
