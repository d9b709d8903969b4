/* Making a core from files: whatever is wrong with one of them, the core says which and does not
 * serve, and --check-config says the same without touching the database. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/ledger.h"
#include "core/start.h"
#include "support/pki.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static const char PASSPHRASE[] = "correct horse battery staple";

/* A relay's folder as an operator has it. */
struct files {
    struct temp_dir dir;
    struct pki pki;
    struct config config;
};

static void put_file(const char *path, struct bytes content)
{
    struct sh_why why = {0};
    cr_assert_eq(file_write_atomic(path, content, 0600, &why), SH_OK, "%s", why.text);
}

static void put_key(const char *path, const struct key *key)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(8192);
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    cr_assert_eq(secret_copy(bytes_str(PASSPHRASE), &passphrase), SH_OK);
    cr_assert_eq(key_to_pem(key, &passphrase, 1, &pem), SH_OK);
    put_file(path, bytes_buf(&pem));
}

static void put_directory(struct files *f)
{
    put_file(f->config.directory_file, bytes_buf(&f->pki.directory));
}

static void name_file(const struct files *f, const char *name, char *out)
{
    cr_assert_eq(path_join(out, PATH_MAX, f->dir.path, name), SH_OK);
}

static void files_make(struct files *f)
{
    static const char *const desks[] = {"dsl@999001.school"};
    SH_DEFER(buf_wipe) struct buf root = BUF_INIT(SH_CERTIFICATE_BYTES_MAX * 2);
    memset(f, 0, sizeof *f);
    temp_dir_make(&f->dir);
    pki_make_at(&f->pki, desks, 1, clock_now_ms(&clock_system));
    name_file(f, "state", f->config.state_dir);
    name_file(f, "directory", f->config.directory_file);
    name_file(f, "root.pem", f->config.root_file);
    name_file(f, "log.key", f->config.log_key_file);
    name_file(f, "passphrase", f->config.passphrase_file);
    (void)snprintf(f->config.policy_file, sizeof f->config.policy_file, "%s",
                   SH_SOURCE_DIR "/relay/dist/policy-england.yaml");
    (void)snprintf(f->config.log_origin, sizeof f->config.log_origin, "%s", PKI_ORIGIN);
    f->config.heartbeat_leaf_ms = SH_HOUR_MS;
    f->config.clock_checked = true;
    put_file(f->config.passphrase_file, bytes_str(PASSPHRASE));
    put_key(f->config.log_key_file, f->pki.log_key);
    cr_assert_eq(certificate_to_pem(f->pki.root, &root), SH_OK);
    put_file(f->config.root_file, bytes_buf(&root));
    put_directory(f);
}

static void files_free(struct files *f)
{
    pki_free(&f->pki);
    temp_dir_remove(&f->dir);
}

static void start_and_stop(struct files *f)
{
    SH_DEFER(core_free) struct core *core = NULL;
    struct sh_why why = {0};
    cr_assert_eq(core_new(&f->config, &core, &why), SH_OK, "%s", why.text);
    cr_assert_eq(ledger_start(core), SH_OK);
    cr_assert_gt(book_size(core->book), 0);
}

Test(start, a_good_folder_checks_out_and_serves_again_and_again)
{
    SH_DEFER(files_free) struct files f;
    struct sh_why why = {0};
    files_make(&f);
    cr_assert_eq(core_check_config(&f.config, &why), SH_OK, "%s", why.text);
    cr_assert_neq(access(f.config.state_dir, F_OK), 0, "checking makes nothing");
    start_and_stop(&f);
    start_and_stop(&f);
}

/* ---- one thing wrong at a time ---- */

static void no_passphrase(struct files *f)
{
    cr_assert_eq(unlink(f->config.passphrase_file), 0);
}

static void another_passphrase(struct files *f)
{
    put_file(f->config.passphrase_file, bytes_str("something else"));
}

static void no_log_key(struct files *f)
{
    cr_assert_eq(unlink(f->config.log_key_file), 0);
}

static void a_seats_key(struct files *f)
{
    put_key(f->config.log_key_file, f->pki.seats[0].sign);
}

static void another_log_key(struct files *f)
{
    SH_DEFER(key_free) struct key *other = NULL;
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &other), SH_OK);
    put_key(f->config.log_key_file, other);
}

static void another_origin(struct files *f)
{
    (void)snprintf(f->config.log_origin, sizeof f->config.log_origin, "elsewhere.example/test");
}

static void root_is_no_certificate(struct files *f)
{
    put_file(f->config.root_file, bytes_str("no certificate\n"));
}

static void no_directory(struct files *f)
{
    cr_assert_eq(unlink(f->config.directory_file), 0);
}

static void cut_directory(struct files *f)
{
    put_file(f->config.directory_file, bytes_of(f->pki.directory.data, f->pki.directory.len / 2));
}

static void directory_altered(struct files *f)
{
    f->pki.directory.data[f->pki.directory.len / 2] ^= 1;
    put_directory(f);
}

/* The last thing in the file is the certificate of the key that signed it. */
static void directory_certificate_altered(struct files *f)
{
    f->pki.directory.data[f->pki.directory.len - 1] ^= 1;
    put_directory(f);
}

static void directory_of_long_ago(struct files *f)
{
    f->pki.now_ms -= 200 * SH_DAY_MS;
    pki_publish(&f->pki);
    put_directory(f);
}

static void no_policy(struct files *f)
{
    name_file(f, "policy.yaml", f->config.policy_file);
}

static void policy_is_none(struct files *f)
{
    name_file(f, "policy.yaml", f->config.policy_file);
    put_file(f->config.policy_file, bytes_str("colour: blue\n"));
}

static const struct wrong {
    const char *name;
    void (*make)(struct files *f);
    sh_err err;
    const char *says;
} wrongs[] = {
    {"no passphrase", no_passphrase, SH_E_NOT_FOUND, "passphrase"},
    {"another passphrase", another_passphrase, SH_E_PASSPHRASE, "log.key"},
    {"no log key", no_log_key, SH_E_NOT_FOUND, "log.key"},
    {"a seat's key as log key", a_seats_key, SH_E_CONFIG, "log.key"},
    {"another log key", another_log_key, SH_E_CONFIG, "nobody could verify this log"},
    {"another origin", another_origin, SH_E_CONFIG, PKI_ORIGIN},
    {"root is no certificate", root_is_no_certificate, SH_E_BAD_CERTIFICATE,
     "holds no certificate"},
    {"no directory", no_directory, SH_E_NOT_FOUND, "directory"},
    {"half a directory", cut_directory, SH_E_FORMAT, "not a signed directory"},
    {"an altered directory", directory_altered, SH_E_BAD_SIGNATURE, "directory"},
    {"an altered certificate", directory_certificate_altered, SH_E_BAD_CHAIN, "signature failure"},
    {"a directory of long ago", directory_of_long_ago, SH_E_EXPIRED, "directory"},
    {"no policy", no_policy, SH_E_NOT_FOUND, "policy.yaml"},
    {"a policy that is none", policy_is_none, SH_E_CONFIG, "policy.yaml"},
};

Test(start, whatever_is_wrong_is_told_by_check_and_start_alike_and_nothing_is_made)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        SH_DEFER(files_free) struct files f;
        SH_DEFER(core_free) struct core *core = NULL;
        struct sh_why checked = {0}, started = {0};
        files_make(&f);
        wrongs[i].make(&f);
        sh_err err = core_check_config(&f.config, &checked);
        cr_expect_eq(err, wrongs[i].err, "%s: %s", wrongs[i].name, sh_err_word(err));
        cr_expect(strstr(checked.text, wrongs[i].says), "%s: %s", wrongs[i].name, checked.text);
        cr_expect_eq(core_new(&f.config, &core, &started), err, "%s", wrongs[i].name);
        cr_expect_str_eq(started.text, checked.text);
        cr_expect_null(core);
        cr_expect_neq(access(f.config.state_dir, F_OK), 0, "%s: no state", wrongs[i].name);
    }
}

/* ---- the database ---- */

static sh_err start_fails(struct files *f, struct sh_why *why)
{
    SH_DEFER(core_free) struct core *core = NULL;
    sh_err err = core_new(&f->config, &core, why);
    cr_assert_neq(err, SH_OK);
    cr_assert_null(core);
    return err;
}

Test(start, a_state_folder_that_is_a_file_is_named)
{
    SH_DEFER(files_free) struct files f;
    struct sh_why why = {0};
    files_make(&f);
    put_file(f.config.state_dir, bytes_str("in the way"));
    cr_assert_eq(start_fails(&f, &why), SH_E_IO);
    cr_assert_not_null(strstr(why.text, f.config.state_dir), "%s", why.text);
}

Test(start, a_database_that_is_none_is_not_written_over)
{
    SH_DEFER(files_free) struct files f;
    SH_DEFER(buf_wipe) struct buf after = BUF_INIT(8192);
    struct sh_why why = {0};
    char path[PATH_MAX];
    static uint8_t noise[4096];
    memset(noise, 'x', sizeof noise);
    files_make(&f);
    cr_assert_eq(dir_make(f.config.state_dir, 0700, NULL), SH_OK);
    cr_assert_eq(path_join(path, sizeof path, f.config.state_dir, "relay.db"), SH_OK);
    put_file(path, bytes_of(noise, sizeof noise));
    cr_assert_eq(start_fails(&f, &why), SH_E_CORRUPT, "%s", why.text);
    cr_assert_eq(file_read(path, &after, NULL), SH_OK);
    cr_assert(after.len == sizeof noise && memcmp(after.data, noise, sizeof noise) == 0);
}

Test(start, a_second_core_over_the_same_state_is_locked_out)
{
    SH_DEFER(files_free) struct files f;
    SH_DEFER(core_free) struct core *first = NULL;
    struct sh_why why = {0};
    files_make(&f);
    cr_assert_eq(core_new(&f.config, &first, &why), SH_OK, "%s", why.text);
    cr_assert_eq(start_fails(&f, &why), SH_E_LOCKED);
}

/* Someone exchanged key and directory together: they agree, but the log's last word is another's.
 */
Test(start, a_log_that_another_key_signed_is_not_gone_on_with)
{
    SH_DEFER(files_free) struct files f;
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(sizeof f.pki.vkey - 1);
    struct sh_why why = {0};
    files_make(&f);
    start_and_stop(&f);
    key_free(&f.pki.log_key);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &f.pki.log_key), SH_OK);
    cr_assert_eq(note_vkey(PKI_ORIGIN, f.pki.log_key, &vkey), SH_OK);
    memset(f.pki.vkey, 0, sizeof f.pki.vkey);
    memcpy(f.pki.vkey, vkey.data, vkey.len);
    pki_publish(&f.pki);
    put_directory(&f);
    put_key(f.config.log_key_file, f.pki.log_key);
    cr_assert_eq(core_check_config(&f.config, &why), SH_OK, "%s", why.text);
    cr_assert_eq(start_fails(&f, &why), SH_E_CORRUPT, "%s", why.text);
}
