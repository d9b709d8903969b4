/* The second step of enrolment: certificates, pinned root and directory are checked, all of them,
 * before the first is written to the home. */
#include "base/files.h"
#include "client/enrol.h"
#include "client/entry.h"
#include "crypto/sign.h"

/* What an authority's folder may call it. */
static const char *const directory_names[] = {"directory", "directory.bin"};

/* A label of its own, so that what is signed here is good for nothing else. */
#define LABEL_ENROL "safehand/enrol/1"

struct install {
    const struct sh_client_enrol *enrol;
    struct address address;
    struct secret passphrase;
    struct certificate *sign, *seal, *root;
    struct buf directory_file;
    struct directory *directory;
    int64_t now_ms;
    struct sh_why *why;
};

static void install_wipe(struct install *install)
{
    secret_wipe(&install->passphrase);
    certificate_free(&install->sign);
    certificate_free(&install->seal);
    certificate_free(&install->root);
    buf_wipe(&install->directory_file);
    directory_free(&install->directory);
}

/* Hexadecimal as a person writes it down: any case, spaces and colons between. */
static sh_err parse_fingerprint(const char *text, struct sh_hash *out)
{
    char digits[2 * SH_HASH_BYTES + 1];
    size_t len = 0;
    for (const char *at = text; *at; at++) {
        if (*at == ' ' || *at == ':' || *at == '\t' || *at == '\n') {
            continue;
        }
        SH_CHECK(len < sizeof digits - 1, SH_E_FORMAT);
        digits[len++] = *at;
    }
    digits[len] = '\0';
    SH_CHECK(len == sizeof digits - 1, SH_E_FORMAT);
    return hex_decode(digits, out->b, sizeof out->b);
}

static sh_err check_root(struct install *install)
{
    struct sh_hash expected;
    const char *fingerprint = install->enrol->root_fingerprint;
    if (!fingerprint || parse_fingerprint(fingerprint, &expected) != SH_OK) {
        return sh_fail(install->why, SH_E_USAGE,
                       "the root's fingerprint has 64 hexadecimal digits; ask the partnership for "
                       "it by telephone");
    }
    SH_TRY(
        keyring_read_certificate(install->enrol->dir, HOME_ROOT_PEM, &install->root, install->why));
    if (!hash_equal(&expected, certificate_sha256(install->root))) {
        return sh_fail(install->why, SH_E_BAD_CHAIN,
                       "the root certificate in %s does not have that fingerprint: install nothing "
                       "from it, and ask the "
                       "partnership",
                       install->enrol->dir);
    }
    return certificate_check_profile(install->root, PROFILE_ROOT, install->why);
}

/* A root that was pinned stays. */
static sh_err check_pinned(struct install *install)
{
    SH_DEFER(certificate_free) struct certificate *pinned = NULL;
    struct sh_why detail = {{0}};
    sh_err result = keyring_read_certificate(install->enrol->home, HOME_ROOT_PEM, &pinned, &detail);
    SH_CHECK(result != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(result);
    if (!hash_equal(certificate_sha256(pinned), certificate_sha256(install->root))) {
        return sh_fail(install->why, SH_E_EXISTS,
                       "this home belongs to a partnership with another root");
    }
    return SH_OK;
}

static sh_err read_address(struct install *install)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SH_KIB);
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, install->enrol->home, HOME_ADDRESS));
    if (file_read(path, &text, NULL) != SH_OK) {
        return sh_fail(install->why, SH_E_NOT_FOUND,
                       "no request was made in %s; begin with 'safehand enrol request'",
                       install->enrol->home);
    }
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) {
        text.len--;
    }
    return address_parse(bytes_buf(&text), &install->address);
}

/* Signs something with our key and verifies it with the certificate: only the pair passes. */
static sh_err check_pair(struct install *install, const char *key_name,
                         const struct certificate *cert)
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    struct bytes proof = BYTES_FIXED(*certificate_sha256(cert));
    SH_TRY(
        keyring_read_key(install->enrol->home, key_name, &install->passphrase, &key, install->why));
    SH_TRY(sign_p256(key, LABEL_ENROL, proof, &signature));
    if (sign_verify_p256(cert, LABEL_ENROL, proof, bytes_buf(&signature)) != SH_OK) {
        return sh_fail(install->why, SH_E_BAD_CERTIFICATE,
                       "a certificate in %s is not for the key %s of this home",
                       install->enrol->dir, key_name);
    }
    return SH_OK;
}

static sh_err check_cert(struct install *install, const struct certificate *cert,
                         enum certificate_profile profile)
{
    struct address address;
    SH_TRY(certificate_check_profile(cert, profile, install->why));
    SH_TRY(certificate_address(cert, &address));
    if (!address_equal(&address, &install->address)) {
        return sh_fail(install->why, SH_E_BAD_CERTIFICATE,
                       "a certificate in %s is for %s, and this seat is to be of %s",
                       install->enrol->dir, address.text, install->address.text);
    }
    return SH_OK;
}

static sh_err check_curve(struct install *install)
{
    SH_DEFER(key_free) struct key *key = NULL;
    uint8_t ours[32], certified[32];
    SH_TRY(keyring_read_key(install->enrol->home, HOME_CURVE_KEY, &install->passphrase, &key,
                            install->why));
    SH_TRY(key_raw_public(key, ours));
    SH_TRY(certificate_curve_key(install->sign, certified));
    if (memcmp(ours, certified, sizeof ours) != 0) {
        return sh_fail(install->why, SH_E_BAD_CERTIFICATE,
                       "the certificate in %s names another connection key than ours",
                       install->enrol->dir);
    }
    return SH_OK;
}

static sh_err check_certs(struct install *install)
{
    const char *dir = install->enrol->dir;
    const struct keyring_asker asker = {install->enrol->passphrase, install->enrol->passphrase_ctx};
    SH_TRY(keyring_read_certificate(dir, HOME_SIGN_PEM, &install->sign, install->why));
    SH_TRY(keyring_read_certificate(dir, HOME_SEAL_PEM, &install->seal, install->why));
    SH_TRY(check_cert(install, install->sign, PROFILE_SIGN));
    SH_TRY(check_cert(install, install->seal, PROFILE_SEAL));
    SH_TRY(keyring_ask(&asker, &install->passphrase, install->why));
    SH_TRY(check_pair(install, HOME_SIGN_KEY, install->sign));
    SH_TRY(check_pair(install, HOME_SEAL_KEY, install->seal));
    return check_curve(install);
}

static sh_err read_directory(struct install *install)
{
    sh_err result = SH_E_NOT_FOUND;
    for (size_t i = 0; result == SH_E_NOT_FOUND && i < 2; i++) {
        char path[KEYRING_PATH_BYTES];
        SH_TRY(path_join(path, sizeof path, install->enrol->dir, directory_names[i]));
        result = file_read(path, &install->directory_file, install->why);
    }
    if (result == SH_E_NOT_FOUND) {
        return sh_fail(install->why, result,
                       "there is no directory file in %s: ask the partnership for it",
                       install->enrol->dir);
    }
    return result;
}

static sh_err check_directory(struct install *install)
{
    SH_TRY(read_directory(install));
    SH_TRY(directory_load(bytes_buf(&install->directory_file), install->root, install->now_ms, 0,
                          KEYRING_GRACE_MS, &install->directory, install->why));
    if (!directory_seat_by_hash(install->directory, certificate_sha256(install->sign))) {
        return sh_fail(install->why, SH_E_UNKNOWN_SEAT,
                       "the directory does not list this seat yet: it must be published after the "
                       "certificates are issued");
    }
    return SH_OK;
}

static sh_err write_pem(struct install *install, const char *name, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    char path[KEYRING_PATH_BYTES];
    SH_TRY(certificate_to_pem(cert, &pem));
    SH_TRY(path_join(path, sizeof path, install->enrol->home, name));
    return file_write_atomic(path, bytes_buf(&pem), 0600, install->why);
}

/* sign.pem last: its presence is what makes a home enrolled. */
static sh_err write_home(struct install *install)
{
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, install->enrol->home, HOME_DIRECTORY));
    SH_TRY(write_pem(install, HOME_ROOT_PEM, install->root));
    SH_TRY(file_write_atomic(path, bytes_buf(&install->directory_file), 0600, install->why));
    SH_TRY(write_pem(install, HOME_SEAL_PEM, install->seal));
    return write_pem(install, HOME_SIGN_PEM, install->sign);
}

static sh_err tell(const struct install *install, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "address", json_string(install->address.text)));
    SH_TRY(entry_put_hex(json, "seat", BYTES_FIXED(*certificate_sha256(install->sign))));
    SH_TRY(entry_put(json, "partnership", json_string(directory_partnership(install->directory))));
    SH_TRY(
        entry_put_hex(json, "root_fingerprint", BYTES_FIXED(*certificate_sha256(install->root))));
    SH_TRY(entry_put_time(json, "expires_at", certificate_not_after_ms(install->sign)));
    uint64_t serial = directory_serial(install->directory);
    SH_TRY(entry_put(json, "directory_version", json_integer((json_int_t)serial)));
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err enrol_install(const struct sh_client_enrol *enrol, const struct clock *clock, json_t **out,
                     struct sh_why *why)
{
    if (!enrol->home || !enrol->dir) {
        return sh_fail(why, SH_E_USAGE,
                       "installing needs a home and the folder that the authority gave");
    }
    SH_DEFER(install_wipe)
    struct install install = {.enrol = enrol,
                              .directory_file = BUF_INIT(SH_DIRECTORY_BYTES_MAX),
                              .now_ms = clock_now_ms(clock),
                              .why = why};
    SH_TRY(check_root(&install));
    SH_TRY(check_pinned(&install));
    SH_TRY(read_address(&install));
    SH_TRY(check_certs(&install));
    SH_TRY(check_directory(&install));
    SH_TRY(write_home(&install));
    return tell(&install, out);
}
