#include "keys/keyfile.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <errno.h>
#include <sys/stat.h>

enum {
    PASSPHRASE_BYTES_MAX = 1024,
    KEY_BYTES_MAX = 16 * 1024,
};

static sh_err check_private(const char *path, struct sh_why *why)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & 0007) != 0) {
        return sh_fail(why, SH_E_CONFIG,
                       "anybody on this machine may read %s: take that away (chmod 0600)", path);
    }
    return SH_OK;
}

sh_err keyfile_passphrase(const char *path, struct secret *out, struct sh_why *why)
{
    SH_TRY(check_private(path, why));
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(PASSPHRASE_BYTES_MAX);
    SH_TRY(file_read(path, &text, why));
    const uint8_t *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
    size_t len = end ? (size_t)(end - text.data) : text.len;
    if (len == 0) {
        return sh_fail(why, SH_E_CONFIG, "the first line of %s is empty", path);
    }
    return secret_copy(bytes_of(text.data, len), out);
}

sh_err keyfile_load(const char *path, const struct secret *passphrase, enum key_type type,
                    struct key **out, struct sh_why *why)
{
    SH_TRY(check_private(path, why));
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_BYTES_MAX);
    SH_TRY(file_read(path, &pem, why));
    SH_DEFER(key_free) struct key *key = NULL;
    sh_err err = key_from_pem(bytes_buf(&pem), passphrase, &key);
    if (err != SH_OK) {
        return sh_fail(why, err, "%s: %s", path, sh_err_sentence(err));
    }
    if (key_type_of(key) != type) {
        return sh_fail(why, SH_E_CONFIG, "%s holds a key of another type", path);
    }
    *out = key;
    key = NULL;
    return SH_OK;
}

sh_err keyfile_make(const char *path, const struct secret *passphrase, enum key_type type,
                    unsigned scrypt_p, struct sh_why *why)
{
    struct stat info;
    if (lstat(path, &info) == 0 || errno != ENOENT) {
        return sh_fail(why, SH_E_EXISTS, "%s is there already", path);
    }
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_BYTES_MAX);
    SH_TRY(key_generate(type, &key));
    SH_TRY(key_to_pem(key, passphrase, scrypt_p, &pem));
    return file_write_atomic(path, bytes_buf(&pem), 0600, why);
}
