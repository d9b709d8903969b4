/* The first step of enrolment: keys, and the request for certificates. The second is
 * enrol_install.c. */
#include "client/enrol.h"

#include "base/files.h"
#include "client/entry.h"
#include "crypto/csr.h"

#include <sys/stat.h>

#define SCRYPT_P_MAX 8u

struct new_keys {
    struct key *sign, *seal, *curve;
};

static void new_keys_wipe(struct new_keys *keys)
{
    key_free(&keys->sign);
    key_free(&keys->seal);
    key_free(&keys->curve);
}

static bool home_has(const char *home, const char *name)
{
    char path[KEYRING_PATH_BYTES];
    struct stat found;
    return path_join(path, sizeof path, home, name) == SH_OK && stat(path, &found) == 0;
}

static sh_err write_in(const char *dir, const char *name, struct bytes content, unsigned mode,
                       struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, dir, name));
    return file_write_atomic(path, content, mode, why);
}

static sh_err write_key(const struct sh_client_enrol *enrol, const char *name,
                        const struct key *key, const struct secret *passphrase, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(16 * SH_KIB);
    unsigned scrypt_p = enrol->scrypt_p ? enrol->scrypt_p : SCRYPT_P_MAX;
    SH_TRY(key_to_pem(key, passphrase, scrypt_p, &pem));
    return write_in(enrol->home, name, bytes_buf(&pem), 0600, why);
}

static sh_err make_keys(const struct sh_client_enrol *enrol, const struct secret *passphrase,
                        struct new_keys *keys, struct sh_why *why)
{
    SH_TRY(key_generate(KEY_TYPE_P256, &keys->sign));
    SH_TRY(key_generate(KEY_TYPE_P256, &keys->seal));
    SH_TRY(key_generate(KEY_TYPE_X25519, &keys->curve));
    SH_TRY(write_key(enrol, HOME_SIGN_KEY, keys->sign, passphrase, why));
    SH_TRY(write_key(enrol, HOME_SEAL_KEY, keys->seal, passphrase, why));
    /* Last, so that its presence means that all three are there. */
    return write_key(enrol, HOME_CURVE_KEY, keys->curve, passphrase, why);
}

static sh_err read_keys(const struct sh_client_enrol *enrol, const struct secret *passphrase,
                        struct new_keys *keys, struct sh_why *why)
{
    SH_TRY(keyring_read_key(enrol->home, HOME_SIGN_KEY, passphrase, &keys->sign, why));
    SH_TRY(keyring_read_key(enrol->home, HOME_SEAL_KEY, passphrase, &keys->seal, why));
    return keyring_read_key(enrol->home, HOME_CURVE_KEY, passphrase, &keys->curve, why);
}

static sh_err check_order(const struct sh_client_enrol *enrol, struct address *out,
                          struct sh_why *why)
{
    if (!enrol->home || !enrol->dir || !enrol->address) {
        return sh_fail(why, SH_E_USAGE,
                       "a request needs a home, an address and a folder to write to");
    }
    if (address_from(enrol->address, out) != SH_OK) {
        return sh_fail(why, SH_E_BAD_ADDRESS,
                       "an address has the form desk@organisation.sector, in lower case");
    }
    if (enrol->scrypt_p > SCRYPT_P_MAX) {
        return sh_fail(why, SH_E_USAGE, "the cost of opening a key is from 1 to %u", SCRYPT_P_MAX);
    }
    if (home_has(enrol->home, HOME_SIGN_PEM)) {
        return sh_fail(why, SH_E_EXISTS, "%s is the home of an enrolled seat already", enrol->home);
    }
    return SH_OK;
}

static sh_err write_request(const struct sh_client_enrol *enrol, const struct address *address,
                            const struct new_keys *keys, uint8_t curve_key[32], struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(SH_ADDRESS_BYTES_MAX + 1);
    SH_TRY(key_raw_public(keys->curve, curve_key));
    SH_TRY(csr_pair_make(address, keys->sign, keys->seal, curve_key, &pem));
    SH_TRY(buf_printf(&line, "%s\n", address->text));
    SH_TRY(write_in(enrol->home, HOME_ADDRESS, bytes_buf(&line), 0600, why));
    SH_TRY(dir_make(enrol->dir, 0755, why));
    return write_in(enrol->dir, "request.pem", bytes_buf(&pem), 0644, why);
}

static sh_err tell(const struct sh_client_enrol *enrol, const struct address *address,
                   const uint8_t curve_key[32], json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    char path[KEYRING_PATH_BYTES];
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(path_join(path, sizeof path, enrol->dir, "request.pem"));
    SH_TRY(entry_put(json, "address", json_string(address->text)));
    SH_TRY(entry_put(json, "home", json_string(enrol->home)));
    SH_TRY(entry_put(json, "request", json_string(path)));
    SH_TRY(entry_put_hex(json, "curve_key", bytes_of(curve_key, 32)));
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err enrol_request(const struct sh_client_enrol *enrol, json_t **out, struct sh_why *why)
{
    struct address address;
    uint8_t curve_key[32];
    SH_DEFER(new_keys_wipe) struct new_keys keys = {NULL, NULL, NULL};
    SH_DEFER(secret_wipe) struct secret passphrase = {NULL, 0};
    const struct keyring_asker asker = {enrol->passphrase, enrol->passphrase_ctx};
    SH_TRY(check_order(enrol, &address, why));
    SH_TRY(dir_make(enrol->home, 0700, why));
    SH_TRY(keyring_ask(&asker, &passphrase, why));
    SH_CHECK(passphrase.len > 0, sh_fail(why, SH_E_PASSPHRASE, "the passphrase is empty"));
    bool has_keys = home_has(enrol->home, HOME_CURVE_KEY);
    SH_TRY(has_keys ? read_keys(enrol, &passphrase, &keys, why)
                    : make_keys(enrol, &passphrase, &keys, why));
    SH_TRY(write_request(enrol, &address, &keys, curve_key, why));
    return tell(enrol, &address, curve_key, out);
}
