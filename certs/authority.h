/* A certificate authority's folder, and what a partnership's officer does with it. One struct ca is
 * one command: it locks the register when it is opened, and nothing of it stays unless ca_commit()
 * says so. DIR/register.db              who holds what (register.h) DIR/root.pem the root's
 * certificate, to hand out DIR/keys/root.pem            the root's key; may be carried away when no
 * sector is to be added DIR/keys/directory.pem       the key that signs the directory
 *     DIR/keys/authority-SECTOR.pem
 * Keys are encrypted PKCS#8, mode 0600, in folders of mode 0700. One thread. */
#pragma once

#include "certs/register.h"
#include "crypto/csr.h"

struct ca; /* opaque */

/* Whose passphrase is asked for. */
enum ca_role {
    CA_ROLE_ROOT,
    CA_ROLE_ISSUING,  /* the directory's key and the sectors' */
    CA_ROLE_RECOVERY, /* a desk's recovery key, which the organisation takes away */
};
#define CA_ROLES 3

/* is_new: a key will be encrypted with it, so a person is asked twice. Gives *out: secret_wipe().
 */
typedef sh_err (*ca_ask)(void *ctx, enum ca_role role, bool is_new, struct secret *out,
                         struct sh_why *why);

struct ca_setup {
    const char *dir;
    int64_t now_ms;    /* the moment of the whole command */
    unsigned scrypt_p; /* 1 to 8, for keys made now */
    ca_ask ask;
    void *ask_ctx;
};

/* Makes the folder, root, directory key and the root's first CRL, and commits. partnership: at most
 * 64 bytes; origin: the name of the relay's log. SH_E_EXISTS if there is an authority already.
 * Gives *out: ca_close(). */
SH_MUST_USE sh_err ca_init(const struct ca_setup *setup, const char *partnership,
                           const char *origin, struct ca **out, struct sh_why *why);
/* SH_E_NOT_FOUND, SH_E_LOCKED. Gives *out: ca_close(). */
SH_MUST_USE sh_err ca_open(const struct ca_setup *setup, struct ca **out, struct sh_why *why);
SH_MUST_USE sh_err ca_commit(struct ca *ca, struct sh_why *why);
void ca_close(struct ca **ca); /* a destructor; what was not committed is undone */

struct ca_register *ca_register(struct ca *ca);
int64_t ca_now_ms(const struct ca *ca);
/* The newest root certificate. Gives *out: certificate_free(). */
SH_MUST_USE sh_err ca_root(struct ca *ca, struct certificate **out, struct sh_why *why);

/* A key and its certificate, opened with the role's passphrase. */
struct held_issuer {
    struct key *key;
    struct certificate *cert;
};
void held_issuer_wipe(struct held_issuer *held); /* a destructor */
static inline void held_issuer_move(struct held_issuer *from, struct held_issuer *to)
{
    *to = *from;
    *from = (struct held_issuer){0};
}
static inline struct issuer held_issuer_view(const struct held_issuer *held)
{
    return (struct issuer){.key = held->key, .cert = held->cert};
}
/* profile: ROOT, DIRECTORY (sector "") or AUTHORITY. SH_E_NOT_FOUND if the certificate or the key's
 * file is not there, SH_E_PASSPHRASE. Gives *out: held_issuer_wipe(). */
SH_MUST_USE sh_err ca_issuer(struct ca *ca, enum certificate_profile profile, const char *sector,
                             struct held_issuer *out, struct sh_why *why);
/* False if keys/root.pem was carried away. */
bool ca_has_root_key(const struct ca *ca);

/* A new issuing authority under the root. SH_E_BAD_ADDRESS outside the grammar, SH_E_EXISTS. */
SH_MUST_USE sh_err ca_add_sector(struct ca *ca, const char *sector, struct sh_why *why);

/* A seat's two certificates. */
struct issued_seat {
    struct certificate *sign, *seal;
};
void issued_seat_wipe(struct issued_seat *seat); /* a destructor */
/* From a request that csr_pair_parse() gave. holder: "Name, role", for the register alone.
 * SH_E_WRONG_SECTOR if there is no authority for the address, SH_E_DUPLICATE_KEY if a key was ever
 * registered, SH_E_BAD_TEXT for the holder. Gives *out: issued_seat_wipe(). */
SH_MUST_USE sh_err ca_issue_seat(struct ca *ca, const struct csr_pair *request, const char *holder,
                                 struct issued_seat *out, struct sh_why *why);

/* What the organisation takes away: the key as encrypted PEM, and the certificate, which the
 * directory shows. An earlier one of the desk is replaced, not revoked. Appends the PEM. Gives
 * *out_cert: certificate_free(). */
SH_MUST_USE sh_err ca_issue_recovery(struct ca *ca, const struct address *address,
                                     struct buf *out_key_pem, struct certificate **out_cert,
                                     struct sh_why *why);

/* SH_E_BAD_TEXT unless text is UTF-8 without control characters, of 1 to bytes_max bytes. */
SH_MUST_USE sh_err ca_check_text(const char *text, size_t bytes_max);
#define CA_TEXT_BYTES_MAX 200
