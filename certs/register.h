/* The register of a certificate authority: one SQLite file that knows every certificate ever
 * issued, who holds each seat, what was revoked, and what the next directory will say. No private
 * key is in it. Keys, CURVE keys and serials are unique over all sectors and for ever, revoked ones
 * included. One command of safehand-ca is one transaction: register_open() begins it,
 * register_commit() makes it last, and register_close() without a commit leaves everything as it
 * was. One thread. Errors: SH_E_LOCKED (another safehand-ca works here), SH_E_STORE, SH_E_CORRUPT,
 * SH_E_NOMEM; text in *why. */
#pragma once

#include "certs/issue.h"
#include "certs/links.h"
#include "wire/directory.h"

struct ca_register; /* opaque */

/* What stands once. */
struct register_partnership {
    const char *name, *origin; /* borrowed from the register, until it is closed */
    uint64_t serial;           /* of the last directory; 0: none yet */
};

/* SH_E_EXISTS if the file is there. Gives *out: register_close(). */
SH_MUST_USE sh_err register_create(const char *path, const char *partnership, const char *origin,
                                   struct ca_register **out, struct sh_why *why);
/* SH_E_NOT_FOUND; SH_E_BAD_VERSION for the file of another version. Gives *out: register_close().
 */
SH_MUST_USE sh_err register_open(const char *path, struct ca_register **out, struct sh_why *why);
SH_MUST_USE sh_err register_commit(struct ca_register *r, struct sh_why *why);
void register_close(struct ca_register **r); /* a destructor */

/* Another log took up the partnership's, which was lost. */
SH_MUST_USE sh_err register_set_origin(struct ca_register *r, const char *origin,
                                       struct sh_why *why);
const struct register_partnership *register_partnership(const struct ca_register *r);
/* Takes the next serial of the directory. */
SH_MUST_USE sh_err register_next_serial(struct ca_register *r, uint64_t *out, struct sh_why *why);

/* ---- certificates ---- */

/* sector: of the issuing authority, "" for the root. SH_E_DUPLICATE_KEY, with what it is in *why,
 * if the key, the CURVE key or the serial was ever registered. */
SH_MUST_USE sh_err register_add_certificate(struct ca_register *r, const struct certificate *cert,
                                            enum certificate_profile profile, const char *sector,
                                            int64_t now_ms, struct sh_why *why);
/* SH_E_DUPLICATE_KEY as above, before anything is signed. curve_key: 32 bytes or NULL. */
SH_MUST_USE sh_err register_check_new(struct ca_register *r, const struct sh_hash *key_sha256,
                                      const uint8_t *curve_key, struct sh_why *why);
/* The newest certificate of a profile that names this sector (an authority's own), "" for root and
 * directory key. SH_E_NOT_FOUND. Gives *out: certificate_free(). */
SH_MUST_USE sh_err register_find_certificate(struct ca_register *r,
                                             enum certificate_profile profile, const char *sector,
                                             struct certificate **out, struct sh_why *why);

struct register_seat {
    struct address address;
    const char *holder; /* in a callback: until it returns */
    struct sh_hash hash;
    struct bytes sign, seal;             /* DER */
    int64_t issued_at_ms, revoked_at_ms; /* 0: not revoked */
};

SH_MUST_USE sh_err register_add_seat(struct ca_register *r, const struct certificate *sign,
                                     const struct certificate *seal, const struct address *address,
                                     const char *holder, int64_t now_ms, struct sh_why *why);

/* ---- revocation ---- */

/* SH_E_NOT_FOUND if there is no such certificate, SH_E_EXISTS if it is revoked already. */
SH_MUST_USE sh_err register_revoke_serial(struct ca_register *r,
                                          const uint8_t serial[ISSUE_SERIAL_BYTES], int64_t at_ms,
                                          enum revoked_reason reason, struct sh_why *why);
/* Both certificates of a seat. hash_prefix: hexadecimal, at least 8 digits. SH_E_NOT_FOUND,
 * SH_E_AMBIGUOUS, SH_E_EXISTS. */
SH_MUST_USE sh_err register_revoke_seat(struct ca_register *r, const char *address,
                                        const char *hash_prefix, int64_t at_ms,
                                        enum revoked_reason reason, struct sh_why *why);

/* ---- lists: in the order of the directory file; a callback's pointers last until it returns; what
 * it returns other than SH_OK ends the walk and is returned ---- */

typedef sh_err (*register_on_revoked)(void *ctx, const struct revoked *revoked);
typedef sh_err (*register_on_seat)(void *ctx, const struct register_seat *seat);
typedef sh_err (*register_on_desk)(void *ctx, const struct directory_desk *desk);
typedef sh_err (*register_on_organisation)(void *ctx,
                                           const struct directory_organisation *organisation);
typedef sh_err (*register_on_authority)(void *ctx, const struct directory_authority *authority);
typedef sh_err (*register_on_relay)(void *ctx, const struct directory_relay *relay);
typedef sh_err (*register_on_key)(void *ctx, const struct directory_key *key);
typedef sh_err (*register_on_text)(void *ctx, const char *text);

SH_MUST_USE sh_err register_each_revoked(struct ca_register *r, const char *sector,
                                         register_on_revoked each, void *ctx, struct sh_why *why);
/* address: NULL for all. */
SH_MUST_USE sh_err register_each_seat(struct ca_register *r, const char *address,
                                      register_on_seat each, void *ctx, struct sh_why *why);
SH_MUST_USE sh_err register_each_desk(struct ca_register *r, const char *address,
                                      register_on_desk each, void *ctx, struct sh_why *why);
SH_MUST_USE sh_err register_each_cover(struct ca_register *r, const char *address,
                                       register_on_text each, void *ctx, struct sh_why *why);
/* code: NULL for all. */
SH_MUST_USE sh_err register_each_organisation(struct ca_register *r, const char *code,
                                              register_on_organisation each, void *ctx,
                                              struct sh_why *why);
/* What the directory is to say: as above, and besides the schools of the file of links that became
 * one of these, with all that became of them. */
SH_MUST_USE sh_err register_each_published(struct ca_register *r, register_on_organisation each,
                                           void *ctx, struct sh_why *why);
/* As said by hand; if nothing was, as the file of links says. */
SH_MUST_USE sh_err register_each_successor(struct ca_register *r, const char *code,
                                           register_on_text each, void *ctx, struct sh_why *why);
SH_MUST_USE sh_err register_each_authority(struct ca_register *r, register_on_authority each,
                                           void *ctx, struct sh_why *why);
SH_MUST_USE sh_err register_each_relay(struct ca_register *r, register_on_relay each, void *ctx,
                                       struct sh_why *why);
SH_MUST_USE sh_err register_each_key(struct ca_register *r, register_on_key each, void *ctx,
                                     struct sh_why *why);

/* ---- what the directory says beside certificates ---- */

/* Text fields: NULL leaves what stands, "" takes it away. Lists (cover, successors) with a length
 * of SIZE_MAX leave what stands. Makes the entry if there is none. */
SH_MUST_USE sh_err register_set_desk(struct ca_register *r, const struct directory_desk *desk,
                                     struct sh_why *why);
SH_MUST_USE sh_err register_set_recovery(struct ca_register *r, const struct address *address,
                                         const struct certificate *recovery, struct sh_why *why);
/* SH_E_FORMAT if a new organisation has no name. */
SH_MUST_USE sh_err register_set_organisation(struct ca_register *r,
                                             const struct directory_organisation *organisation,
                                             struct sh_why *why);
/* In place of any entry with this endpoint or this key. */
SH_MUST_USE sh_err register_set_relay(struct ca_register *r, const struct directory_relay *relay,
                                      struct sh_why *why);
/* SH_E_EXISTS. */
SH_MUST_USE sh_err register_add_key(struct ca_register *r, const struct directory_key *key,
                                    struct sh_why *why);

/* In place of all links that were imported before. */
SH_MUST_USE sh_err register_set_links(struct ca_register *r, const struct links *links,
                                      struct sh_why *why);

/* ---- revocation lists, kept so that the root's can be published while its key is off line ---- */

SH_MUST_USE sh_err register_next_crl_number(struct ca_register *r, const char *sector,
                                            uint64_t *out, struct sh_why *why);
SH_MUST_USE sh_err register_put_crl(struct ca_register *r, const char *sector, struct bytes der,
                                    int64_t next_update_ms, struct sh_why *why);
/* Appends it. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err register_get_crl(struct ca_register *r, const char *sector, struct buf *out,
                                    int64_t *out_next_update_ms, struct sh_why *why);
