/* The folder of a certificate authority: made, opened, its keys read with a passphrase that is
 * asked for once, and sectors added. Seats are request.c's, the directory is publish.c's. */
#include "certs/authority.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "certs/crl.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KEY_FILE_BYTES_MAX    (8u * SH_KIB)
#define PARTNERSHIP_BYTES_MAX 64 /* X.520: an organizationName */

struct ca {
    struct ca_setup setup;
    char *dir;
    struct ca_register *reg;
    struct secret passphrases[CA_ROLES]; /* those that were asked for already */
};

void ca_close(struct ca **ca_p)
{
    struct ca *ca = *ca_p;
    if (!ca) {
        return;
    }
    for (size_t i = 0; i < CA_ROLES; i++) {
        secret_wipe(&ca->passphrases[i]);
    }
    register_close(&ca->reg);
    free(ca->dir);
    free(ca);
    *ca_p = NULL;
}

static sh_err make_ca(const struct ca_setup *setup, struct ca **out)
{
    SH_DEFER(ca_close) struct ca *ca = calloc(1, sizeof *ca);
    SH_CHECK(ca, SH_E_NOMEM);
    ca->setup = *setup;
    ca->dir = strdup(setup->dir);
    SH_CHECK(ca->dir, SH_E_NOMEM);
    ca->setup.dir = ca->dir;
    *out = ca;
    ca = NULL;
    return SH_OK;
}

struct ca_register *ca_register(struct ca *ca)
{
    return ca->reg;
}

int64_t ca_now_ms(const struct ca *ca)
{
    return ca->setup.now_ms;
}

sh_err ca_commit(struct ca *ca, struct sh_why *why)
{
    return register_commit(ca->reg, why);
}

sh_err ca_check_text(const char *text, size_t bytes_max)
{
    const size_t len = strlen(text);
    SH_CHECK(len > 0 && len <= bytes_max, SH_E_BAD_TEXT);
    for (const char *p = text; *p; p++) {
        SH_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f, SH_E_BAD_TEXT);
    }
    json_t *utf8 = json_string(text); /* NULL for what is not UTF-8 */
    SH_CHECK(utf8, SH_E_BAD_TEXT);
    json_decref(utf8);
    return SH_OK;
}

/* ---- keys ---- */

static sh_err passphrase_for(struct ca *ca, enum ca_role role, bool is_new,
                             const struct secret **out, struct sh_why *why)
{
    struct secret *held = &ca->passphrases[role];
    if (!held->data) {
        SH_TRY(ca->setup.ask(ca->setup.ask_ctx, role, is_new, held, why));
    }
    *out = held;
    return SH_OK;
}

static sh_err key_path(const struct ca *ca, enum certificate_profile profile, const char *sector,
                       char *out, size_t out_len)
{
    int n = profile == PROFILE_AUTHORITY
                ? snprintf(out, out_len, "%s/keys/authority-%s.pem", ca->dir, sector)
                : snprintf(out, out_len, "%s/keys/%s.pem", ca->dir,
                           profile == PROFILE_ROOT ? "root" : "directory");
    SH_CHECK(n > 0 && (size_t)n < out_len, SH_E_TOO_BIG);
    return SH_OK;
}

static enum ca_role role_of(enum certificate_profile profile)
{
    return profile == PROFILE_ROOT ? CA_ROLE_ROOT : CA_ROLE_ISSUING;
}

static sh_err save_key(struct ca *ca, enum certificate_profile profile, const char *sector,
                       const struct key *key, struct sh_why *why)
{
    char path[PATH_MAX];
    const struct secret *passphrase = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_FILE_BYTES_MAX);
    SH_TRY(key_path(ca, profile, sector, path, sizeof path));
    SH_TRY(passphrase_for(ca, role_of(profile), true, &passphrase, why));
    SH_TRY(key_to_pem(key, passphrase, ca->setup.scrypt_p, &pem));
    return file_write_atomic(path, bytes_buf(&pem), 0600, why);
}

static sh_err open_key(struct ca *ca, enum certificate_profile profile, const char *sector,
                       struct key **out, struct sh_why *why)
{
    char path[PATH_MAX];
    const struct secret *passphrase = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_FILE_BYTES_MAX);
    SH_TRY(key_path(ca, profile, sector, path, sizeof path));
    SH_TRY(file_read(path, &pem, why));
    SH_TRY(passphrase_for(ca, role_of(profile), false, &passphrase, why));
    sh_err err = key_from_pem(bytes_buf(&pem), passphrase, out);
    return err == SH_OK ? SH_OK : sh_fail(why, err, "%s: %s", path, sh_err_sentence(err));
}

bool ca_has_root_key(const struct ca *ca)
{
    char path[PATH_MAX];
    struct stat info;
    return key_path(ca, PROFILE_ROOT, "", path, sizeof path) == SH_OK && stat(path, &info) == 0;
}

void held_issuer_wipe(struct held_issuer *held)
{
    key_free(&held->key);
    certificate_free(&held->cert);
}

sh_err ca_issuer(struct ca *ca, enum certificate_profile profile, const char *sector,
                 struct held_issuer *out, struct sh_why *why)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer held = {0};
    sh_err err = register_find_certificate(ca->reg, profile, sector, &held.cert, why);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(why, err, "there is no authority for the sector '%s'", sector);
    }
    SH_TRY(err);
    SH_TRY(open_key(ca, profile, sector, &held.key, why));
    held_issuer_move(&held, out);
    return SH_OK;
}

sh_err ca_root(struct ca *ca, struct certificate **out, struct sh_why *why)
{
    return register_find_certificate(ca->reg, PROFILE_ROOT, "", out, why);
}

/* ---- init and open ---- */

/* A key, its file, its certificate, its row. issuer: NULL for the root. Gives *out. */
static sh_err establish(struct ca *ca, const struct issuer *issuer, struct issue_order *order,
                        struct held_issuer *out, struct sh_why *why)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer held = {0};
    SH_TRY(key_generate(KEY_TYPE_P256, &held.key));
    order->subject_key = held.key;
    order->partnership = register_partnership(ca->reg)->name;
    order->not_before_ms = ca->setup.now_ms - ISSUE_BACKDATE_MS;
    SH_TRY(issue_certificate(issuer, order, &held.cert));
    SH_TRY(register_add_certificate(ca->reg, held.cert, order->profile, "", ca->setup.now_ms, why));
    SH_TRY(save_key(ca, order->profile, order->sector, held.key, why));
    held_issuer_move(&held, out);
    return SH_OK;
}

static sh_err establish_root(struct ca *ca, struct sh_why *why)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer root = {0};
    SH_DEFER(held_issuer_wipe) struct held_issuer directory = {0};
    struct issue_order root_order = {.profile = PROFILE_ROOT,
                                     .not_after_ms = ca->setup.now_ms + ISSUE_ROOT_MS};
    SH_TRY(establish(ca, NULL, &root_order, &root, why));
    struct issuer issuer = held_issuer_view(&root);
    struct issue_order directory_order = {
        .profile = PROFILE_DIRECTORY, .not_after_ms = ca->setup.now_ms + ISSUE_DIRECTORY_KEY_MS};
    SH_TRY(establish(ca, &issuer, &directory_order, &directory, why));
    SH_TRY(crl_renew(ca, &issuer, "", why));
    char path[PATH_MAX];
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_CERTIFICATE_BYTES_MAX * 2);
    SH_TRY(certificate_to_pem(root.cert, &pem));
    SH_TRY(path_join(path, sizeof path, ca->dir, "root.pem"));
    return file_write_atomic(path, bytes_buf(&pem), 0644, why);
}

static sh_err make_folders(const struct ca *ca, struct sh_why *why)
{
    char keys[PATH_MAX];
    SH_TRY(path_join(keys, sizeof keys, ca->dir, "keys"));
    SH_TRY(dir_make(ca->dir, 0700, why));
    return dir_make(keys, 0700, why);
}

static sh_err fill_new(struct ca *ca, struct sh_why *why)
{
    SH_TRY(establish_root(ca, why));
    return ca_commit(ca, why);
}

sh_err ca_init(const struct ca_setup *setup, const char *partnership, const char *origin,
               struct ca **out, struct sh_why *why)
{
    if (ca_check_text(partnership, PARTNERSHIP_BYTES_MAX) != SH_OK) {
        return sh_fail(why, SH_E_BAD_TEXT, "a partnership's name has 1 to %d bytes of plain text",
                       PARTNERSHIP_BYTES_MAX);
    }
    if (ca_check_text(origin, SH_ORIGIN_BYTES_MAX) != SH_OK || strpbrk(origin, " +")) {
        return sh_fail(why, SH_E_BAD_TEXT,
                       "an origin is a name such as relay.example.org/log, without spaces or +");
    }
    SH_DEFER(ca_close) struct ca *ca = NULL;
    char path[PATH_MAX];
    SH_TRY(make_ca(setup, &ca));
    SH_TRY(path_join(path, sizeof path, ca->dir, "register.db"));
    SH_TRY(make_folders(ca, why));
    SH_TRY(register_create(path, partnership, origin, &ca->reg, why));
    sh_err err = fill_new(ca, why);
    if (err != SH_OK) {
        (void)unlink(path); /* ours, and empty: the next try must not take it for an authority */
        return err;
    }
    *out = ca;
    ca = NULL;
    return SH_OK;
}

sh_err ca_open(const struct ca_setup *setup, struct ca **out, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    char path[PATH_MAX];
    SH_TRY(make_ca(setup, &ca));
    SH_TRY(path_join(path, sizeof path, ca->dir, "register.db"));
    SH_TRY(register_open(path, &ca->reg, why));
    *out = ca;
    ca = NULL;
    return SH_OK;
}

/* ---- sectors ---- */

static sh_err check_sector_grammar(const char *sector)
{
    char text[SH_ADDRESS_BYTES_MAX + 1];
    struct address address;
    int n = snprintf(text, sizeof text, "desk@x.%s", sector);
    SH_CHECK(n > 0 && (size_t)n < sizeof text, SH_E_BAD_ADDRESS);
    SH_TRY(address_from(text, &address));
    return strcmp(address_sector(&address), sector) == 0 ? SH_OK : SH_E_BAD_ADDRESS;
}

sh_err ca_add_sector(struct ca *ca, const char *sector, struct sh_why *why)
{
    if (check_sector_grammar(sector) != SH_OK) {
        return sh_fail(why, SH_E_BAD_ADDRESS, "a sector has lower-case letters and hyphens only");
    }
    SH_DEFER(certificate_free) struct certificate *old = NULL;
    sh_err err = register_find_certificate(ca->reg, PROFILE_AUTHORITY, sector, &old, why);
    if (err == SH_OK) {
        return sh_fail(why, SH_E_EXISTS, "there is an authority for %s already", sector);
    }
    SH_CHECK(err == SH_E_NOT_FOUND, err);
    SH_DEFER(held_issuer_wipe) struct held_issuer root = {0};
    SH_DEFER(held_issuer_wipe) struct held_issuer made = {0};
    SH_TRY(ca_issuer(ca, PROFILE_ROOT, "", &root, why));
    struct issuer issuer = held_issuer_view(&root);
    struct issue_order order = {.profile = PROFILE_AUTHORITY,
                                .sector = sector,
                                .not_after_ms = ca->setup.now_ms + ISSUE_AUTHORITY_MS};
    return establish(ca, &issuer, &order, &made, why);
}

sh_err ca_issue_recovery(struct ca *ca, const struct address *address, struct buf *out_key_pem,
                         struct certificate **out_cert, struct sh_why *why)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer authority = {0};
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    const struct secret *passphrase = NULL;
    const char *sector = address_sector(address);
    SH_TRY(ca_issuer(ca, PROFILE_AUTHORITY, sector, &authority, why));
    SH_TRY(key_generate(KEY_TYPE_P256, &key));
    struct issuer issuer = held_issuer_view(&authority);
    struct issue_order order = {.profile = PROFILE_RECOVERY,
                                .subject_key = key,
                                .address = address,
                                .not_before_ms = ca->setup.now_ms - ISSUE_BACKDATE_MS,
                                .not_after_ms = ca->setup.now_ms + ISSUE_RECOVERY_MS};
    SH_TRY(issue_certificate(&issuer, &order, &cert));
    SH_TRY(
        register_add_certificate(ca->reg, cert, PROFILE_RECOVERY, sector, ca->setup.now_ms, why));
    SH_TRY(register_set_recovery(ca->reg, address, cert, why));
    SH_TRY(passphrase_for(ca, CA_ROLE_RECOVERY, true, &passphrase, why));
    SH_TRY(key_to_pem(key, passphrase, ca->setup.scrypt_p, out_key_pem));
    *out_cert = cert;
    cert = NULL;
    return SH_OK;
}
