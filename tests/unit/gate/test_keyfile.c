#include "base/cleanup.h"
#include "base/files.h"
#include "keys/keyfile.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

static struct temp_dir dir;
static char key_path[PATH_MAX + 16];
static char passphrase_path[PATH_MAX + 16];

static void setup(void)
{
    temp_dir_make(&dir);
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", dir.path);
    (void)snprintf(passphrase_path, sizeof passphrase_path, "%s/passphrase", dir.path);
}

static void teardown(void)
{
    temp_dir_remove(&dir);
}

TestSuite(keyfile, .init = setup, .fini = teardown);

static sh_err read_passphrase(const char *text, unsigned mode, struct secret *out,
                              struct sh_why *why)
{
    cr_assert_eq(file_write_atomic(passphrase_path, bytes_str(text), mode, why), SH_OK);
    return keyfile_passphrase(passphrase_path, out, why);
}

Test(keyfile, a_passphrase_is_the_first_line_without_its_end)
{
    struct sh_why why = {0};
    SH_DEFER(secret_wipe) struct secret one = {0};
    SH_DEFER(secret_wipe) struct secret two = {0};
    cr_assert_eq(read_passphrase("open sesame\nnot this\n", 0600, &one, &why), SH_OK);
    cr_assert(bytes_equal(bytes_secret(&one), bytes_str("open sesame")));
    cr_assert_eq(read_passphrase("no end", 0400, &two, &why), SH_OK);
    cr_assert(bytes_equal(bytes_secret(&two), bytes_str("no end")));
}

Test(keyfile, an_empty_missing_or_public_passphrase_is_refused)
{
    struct sh_why why = {0};
    struct secret none = {0};
    cr_assert_eq(read_passphrase("", 0600, &none, &why), SH_E_CONFIG);
    cr_assert_eq(read_passphrase("\nsecond\n", 0600, &none, &why), SH_E_CONFIG);
    cr_assert_eq(read_passphrase("open\n", 0604, &none, &why), SH_E_CONFIG);
    cr_assert_not(strstr(why.text, "open\n"));
    cr_assert_eq(keyfile_passphrase("/nonexistent/p", &none, &why), SH_E_NOT_FOUND);
    cr_assert_null(none.data);
}

Test(keyfile, a_key_that_was_made_is_loaded_again_and_is_private)
{
    struct sh_why why = {0};
    struct stat info;
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_DEFER(key_free) struct key *key = NULL;
    cr_assert_eq(secret_copy(bytes_str("pass"), &passphrase), SH_OK);
    cr_assert_eq(keyfile_make(key_path, &passphrase, KEY_TYPE_X25519, 1, &why), SH_OK, "%s",
                 why.text);
    cr_assert_eq(stat(key_path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(keyfile_load(key_path, &passphrase, KEY_TYPE_X25519, &key, &why), SH_OK, "%s",
                 why.text);
    cr_assert_eq(key_type_of(key), KEY_TYPE_X25519);
}

Test(keyfile, a_key_is_never_replaced)
{
    struct sh_why why = {0};
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    cr_assert_eq(secret_copy(bytes_str("pass"), &passphrase), SH_OK);
    cr_assert_eq(file_write_atomic(key_path, bytes_str("something"), 0600, &why), SH_OK);
    cr_assert_eq(keyfile_make(key_path, &passphrase, KEY_TYPE_X25519, 1, &why), SH_E_EXISTS);
    struct buf kept = BUF_INIT(64);
    cr_assert_eq(file_read(key_path, &kept, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&kept), bytes_str("something")));
    buf_wipe(&kept);
}

Test(keyfile, what_does_not_open_says_which_file_and_why)
{
    struct sh_why why = {0};
    struct key *key = NULL;
    SH_DEFER(secret_wipe) struct secret right = {0};
    SH_DEFER(secret_wipe) struct secret wrong = {0};
    cr_assert_eq(secret_copy(bytes_str("right"), &right), SH_OK);
    cr_assert_eq(secret_copy(bytes_str("wrong"), &wrong), SH_OK);
    cr_assert_eq(keyfile_load(key_path, &right, KEY_TYPE_ED25519, &key, &why), SH_E_NOT_FOUND);
    cr_assert_eq(keyfile_make(key_path, &right, KEY_TYPE_ED25519, 1, &why), SH_OK);
    cr_assert_eq(keyfile_load(key_path, &wrong, KEY_TYPE_ED25519, &key, &why), SH_E_PASSPHRASE);
    cr_assert(strstr(why.text, "key.pem: the passphrase does not open the key"), "%s", why.text);
    cr_assert_eq(keyfile_load(key_path, &right, KEY_TYPE_X25519, &key, &why), SH_E_CONFIG);
    cr_assert(strstr(why.text, "key of another type"), "%s", why.text);
    cr_assert_eq(chmod(key_path, 0644), 0);
    cr_assert_eq(keyfile_load(key_path, &right, KEY_TYPE_ED25519, &key, &why), SH_E_CONFIG);
    cr_assert_eq(file_write_atomic(key_path, bytes_str("not PEM"), 0600, &why), SH_OK);
    cr_assert_eq(keyfile_load(key_path, &right, KEY_TYPE_ED25519, &key, &why), SH_E_FORMAT);
    cr_assert_null(key);
}
