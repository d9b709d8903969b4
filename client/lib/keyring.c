/* Reads a home. See keyring.h. It does not write one but for the directory file, which the relay
 * renews. */
#include "client/keyring.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "crypto/digest.h"

#define KEY_FILE_BYTES_MAX (16u * SH_KIB)
/* Far enough that a directory of any age loads when it is only to lead us to a relay. */
#define ANY_AGE_MS (100 * 365 * SH_DAY_MS)

struct keyring {
    char home[KEYRING_PATH_BYTES];
    char endpoint[KEYRING_ENDPOINT_BYTES];
    struct keyring_asker asker;
    struct secret passphrase; /* empty until asked for */
    struct address address;
    struct certificate *sign_cert, *seal_cert, *root;
    struct key *sign, *seal; /* NULL until needed */
    uint8_t curve_public[32];
    struct secret curve_private; /* empty until needed */
    struct directory *directory; /* NULL until needed */
    bool directory_stale;
};

static sh_err read_in(const char *dir, const char *name, struct buf *out, struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, dir, name));
    return file_read(path, out, why);
}

sh_err keyring_read_certificate(const char *dir, const char *name, struct certificate **out,
                                struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    SH_TRY(read_in(dir, name, &pem, why));
    sh_err result = certificate_from_pem(bytes_buf(&pem), out);
    if (result != SH_OK) {
        return sh_fail(why, result, "%s/%s is no certificate of ours", dir, name);
    }
    return SH_OK;
}

sh_err keyring_read_key(const char *dir, const char *name, const struct secret *passphrase,
                        struct key **out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_FILE_BYTES_MAX);
    SH_TRY(read_in(dir, name, &pem, why));
    sh_err result = key_from_pem(bytes_buf(&pem), passphrase, out);
    if (result == SH_E_PASSPHRASE) {
        return sh_fail(why, result, "the passphrase does not open %s/%s", dir, name);
    }
    if (result != SH_OK) {
        return sh_fail(why, result, "%s/%s is no key of ours", dir, name);
    }
    return SH_OK;
}

sh_err keyring_ask(const struct keyring_asker *asker, struct secret *out, struct sh_why *why)
{
    char text[KEYRING_PASSPHRASE_BYTES] = "";
    sh_err result = SH_E_PASSPHRASE;
    if (asker->ask && asker->ask(asker->ctx, text, sizeof text) == 0) {
        text[sizeof text - 1] = '\0';
        result = secret_copy(bytes_str(text), out);
    } else {
        (void)sh_fail(why, result, "no passphrase was given");
    }
    sh_cleanse(text, sizeof text);
    return result;
}

/* One line of a small text file, without the newline. */
static sh_err read_line(const char *dir, const char *name, char *out, size_t out_len,
                        struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SH_KIB);
    SH_TRY(read_in(dir, name, &text, why));
    SH_TRY(buf_terminate(&text));
    size_t len = strcspn((const char *)text.data, "\r\n");
    SH_CHECK(len < out_len, SH_E_TOO_BIG);
    memcpy(out, text.data, len);
    out[len] = '\0';
    return SH_OK;
}

static sh_err read_endpoint(struct keyring *keyring, struct sh_why *why)
{
    sh_err result =
        read_line(keyring->home, HOME_ENDPOINT, keyring->endpoint, sizeof keyring->endpoint, NULL);
    if (result == SH_OK || result == SH_E_NOT_FOUND) {
        return SH_OK;
    }
    return sh_fail(why, result, "cannot read %s/%s", keyring->home, HOME_ENDPOINT);
}

static sh_err read_identity(struct keyring *keyring, struct sh_why *why)
{
    char address[SH_ADDRESS_BYTES_MAX + 1];
    sh_err result = read_line(keyring->home, HOME_ADDRESS, address, sizeof address, NULL);
    if (result != SH_OK) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "there is no seat in %s; make one with 'safehand enrol request', or name "
                       "its folder with --home",
                       keyring->home);
    }
    SH_TRY(address_from(address, &keyring->address));
    result = keyring_read_certificate(keyring->home, HOME_SIGN_PEM, &keyring->sign_cert, why);
    if (result == SH_E_NOT_FOUND) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "the seat in %s has asked for its certificates and does not have them yet; "
                       "install them with "
                       "'safehand enrol install'",
                       keyring->home);
    }
    SH_TRY(result);
    SH_TRY(keyring_read_certificate(keyring->home, HOME_SEAL_PEM, &keyring->seal_cert, why));
    return keyring_read_certificate(keyring->home, HOME_ROOT_PEM, &keyring->root, why);
}

sh_err keyring_open(const char *home, const struct keyring_asker *asker, struct keyring **out,
                    struct sh_why *why)
{
    SH_DEFER(keyring_close) struct keyring *keyring = calloc(1, sizeof *keyring);
    SH_CHECK(keyring, SH_E_NOMEM);
    SH_CHECK(strlen(home) < sizeof keyring->home, SH_E_TOO_BIG);
    memcpy(keyring->home, home, strlen(home) + 1);
    keyring->asker = *asker;
    SH_TRY(read_identity(keyring, why));
    SH_TRY(read_endpoint(keyring, why));
    *out = keyring;
    keyring = NULL;
    return SH_OK;
}

void keyring_close(struct keyring **keyring)
{
    struct keyring *k = *keyring;
    if (!k) {
        return;
    }
    certificate_free(&k->sign_cert);
    certificate_free(&k->seal_cert);
    certificate_free(&k->root);
    key_free(&k->sign);
    key_free(&k->seal);
    secret_wipe(&k->curve_private);
    secret_wipe(&k->passphrase);
    directory_free(&k->directory);
    free(k);
    *keyring = NULL;
}

const struct address *keyring_address(const struct keyring *keyring)
{
    return &keyring->address;
}

const struct sh_hash *keyring_seat(const struct keyring *keyring)
{
    return certificate_sha256(keyring->sign_cert);
}

const struct certificate *keyring_sign_cert(const struct keyring *keyring)
{
    return keyring->sign_cert;
}

const struct certificate *keyring_seal_cert(const struct keyring *keyring)
{
    return keyring->seal_cert;
}

struct certificate *keyring_root(const struct keyring *keyring)
{
    return keyring->root;
}

const char *keyring_home(const struct keyring *keyring)
{
    return keyring->home;
}

const char *keyring_endpoint(const struct keyring *keyring)
{
    return keyring->endpoint;
}

static sh_err open_key(struct keyring *keyring, const char *name, struct key **out,
                       struct sh_why *why)
{
    if (keyring->passphrase.len == 0) {
        SH_TRY(keyring_ask(&keyring->asker, &keyring->passphrase, why));
    }
    return keyring_read_key(keyring->home, name, &keyring->passphrase, out, why);
}

sh_err keyring_sign_key(struct keyring *keyring, const struct key **out, struct sh_why *why)
{
    if (!keyring->sign) {
        SH_TRY(open_key(keyring, HOME_SIGN_KEY, &keyring->sign, why));
    }
    *out = keyring->sign;
    return SH_OK;
}

sh_err keyring_seal_key(struct keyring *keyring, const struct key **out, struct sh_why *why)
{
    if (!keyring->seal) {
        SH_TRY(open_key(keyring, HOME_SEAL_KEY, &keyring->seal, why));
    }
    *out = keyring->seal;
    return SH_OK;
}

sh_err keyring_curve(struct keyring *keyring, uint8_t out_public[32],
                     const struct secret **out_private, struct sh_why *why)
{
    if (keyring->curve_private.len == 0) {
        SH_DEFER(key_free) struct key *key = NULL;
        SH_TRY(open_key(keyring, HOME_CURVE_KEY, &key, why));
        SH_CHECK(key_type_of(key) == KEY_TYPE_X25519, SH_E_FORMAT);
        SH_TRY(key_raw_public(key, keyring->curve_public));
        SH_TRY(key_raw_private(key, &keyring->curve_private));
    }
    memcpy(out_public, keyring->curve_public, sizeof keyring->curve_public);
    *out_private = &keyring->curve_private;
    return SH_OK;
}

sh_err keyring_vault_key(struct keyring *keyring, struct sh_hash *out, struct sh_why *why)
{
    uint8_t public_key[32];
    const struct secret *private_key = NULL;
    SH_TRY(keyring_curve(keyring, public_key, &private_key, why));
    return digest_hmac_sha256(bytes_secret(private_key), bytes_str("safehand/vault/1"), out);
}

static sh_err load_directory(struct keyring *keyring, int64_t now_ms, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_TRY(read_in(keyring->home, HOME_DIRECTORY, &file, why));
    keyring->directory_stale = false;
    sh_err result = directory_load(bytes_buf(&file), keyring->root, now_ms, 0, KEYRING_GRACE_MS,
                                   &keyring->directory, why);
    if (result == SH_E_EXPIRED || result == SH_E_STALE_CRL) {
        keyring->directory_stale = true;
        result = directory_load(bytes_buf(&file), keyring->root, now_ms, 0, ANY_AGE_MS,
                                &keyring->directory, why);
    }
    if (result == SH_E_EXPIRED) {
        char now[64];
        time_to_local(now_ms, now, sizeof now);
        return sh_fail(why, result,
                       "the certificate of the directory is not valid on %s, the date by this "
                       "computer's clock (if that is wrong, set it right and try again)",
                       now);
    }
    return result;
}

sh_err keyring_directory(struct keyring *keyring, int64_t now_ms, struct directory **out,
                         bool *out_stale, struct sh_why *why)
{
    if (!keyring->directory) {
        SH_TRY(load_directory(keyring, now_ms, why));
    }
    *out = keyring->directory;
    *out_stale = keyring->directory_stale;
    return SH_OK;
}

sh_err keyring_install_directory(struct keyring *keyring, struct bytes signed_file, int64_t now_ms,
                                 struct sh_why *why)
{
    struct directory *before = NULL;
    bool stale = false;
    SH_TRY(keyring_directory(keyring, now_ms, &before, &stale, why));
    SH_DEFER(directory_free) struct directory *fresh = NULL;
    SH_TRY(directory_load(signed_file, keyring->root, now_ms, directory_serial(before),
                          KEYRING_GRACE_MS, &fresh, why));
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, keyring->home, HOME_DIRECTORY));
    SH_TRY(file_write_atomic(path, signed_file, 0600, why));
    directory_free(&keyring->directory);
    keyring->directory = fresh;
    keyring->directory_stale = false;
    fresh = NULL;
    return SH_OK;
}
