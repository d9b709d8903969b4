#include "make_keys.h"

#include "base/cleanup.h"
#include "keys/keyfile.h"
#include "tlog/note.h"

static sh_err make_or_load(const char *path, const struct secret *passphrase, enum key_type type,
                           unsigned scrypt_p, struct key **out, struct sh_why *why)
{
    sh_err err = keyfile_make(path, passphrase, type, scrypt_p, why);
    if (err != SH_OK && err != SH_E_EXISTS) {
        return err;
    }
    return keyfile_load(path, passphrase, type, out, why);
}

sh_err make_keys(const struct config *config, unsigned scrypt_p, FILE *to, struct sh_why *why)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_TRY(keyfile_passphrase(config->passphrase_file, &passphrase, why));
    SH_DEFER(key_free) struct key *curve = NULL;
    SH_DEFER(key_free) struct key *log = NULL;
    SH_TRY(
        make_or_load(config->curve_key_file, &passphrase, KEY_TYPE_X25519, scrypt_p, &curve, why));
    SH_TRY(make_or_load(config->log_key_file, &passphrase, KEY_TYPE_ED25519, scrypt_p, &log, why));
    uint8_t curve_public[32];
    char curve_text[2 * sizeof curve_public + 1];
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(1024);
    SH_TRY(key_raw_public(curve, curve_public));
    hex_encode(bytes_of(curve_public, sizeof curve_public), curve_text);
    SH_TRY(note_vkey(config->log_origin, log, &vkey));
    bool printed = fprintf(to, "curve-key %s\nlog-vkey %.*s\n", curve_text, (int)vkey.len,
                           (const char *)vkey.data) > 0 &&
                   fflush(to) == 0;
    return printed ? SH_OK : sh_fail(why, SH_E_IO, "cannot print the public keys");
}
