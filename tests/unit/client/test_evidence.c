#include "base/files.h"
#include "client/evidence.h"
#include "fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A referral that was delivered and opened, exported by its sender. */
struct exported {
    struct fixture fixture;
    char id[33], dir[PATH_MAX], root[PATH_MAX];
};

static void exported_make(struct exported *e)
{
    fixture_make(&e->fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("Words of the sender", "routine");
    SH_DEFER(json_freep) json_t *shown = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *noticed = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    char *text = NULL;
    struct sh_client_error error;
    fixture_deliver(&e->fixture, document, LEAD, MASH, e->id);
    struct sh_client *mash = fixture_client(&e->fixture, MASH);
    cr_assert_eq(fixture_show(mash, e->id, &shown), 0);
    cr_assert_eq(fixture_sync(mash, &synced), 0);
    sh_client_close(&mash);
    struct sh_client *lead = fixture_client(&e->fixture, LEAD);
    cr_assert_eq(fixture_sync(lead, &noticed), 0);
    cr_assert_eq(path_join(e->dir, sizeof e->dir, e->fixture.dir.path, "evidence"), SH_OK);
    cr_assert_eq(sh_client_evidence_export(lead, e->id, e->dir, &text, &error), 0, "%s",
                 error.sentence);
    sh_client_free_text(&text);
    sh_client_close(&lead);
    cr_assert_eq(path_join(e->root, sizeof e->root, e->fixture.dir.path, "root.pem"), SH_OK);
    cr_assert_eq(certificate_to_pem(e->fixture.pki.root, &pem), SH_OK);
    cr_assert_eq(file_write_atomic(e->root, bytes_buf(&pem), 0644, NULL), SH_OK);
}

static void exported_wipe(struct exported *e)
{
    fixture_wipe(&e->fixture);
}

static int verify(const struct exported *e, const char *root, const char *vkey, json_t **out)
{
    char *text = NULL;
    struct sh_client_error error;
    int code = sh_client_evidence_verify(e->dir, root, vkey, &text, &error);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    sh_client_free_text(&text);
    return code;
}

Test(evidence, a_folder_verifies_against_the_root_and_the_logs_key)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    SH_DEFER(json_freep) json_t *verified = NULL;
    struct stat found;
    cr_assert_eq(stat(e.dir, &found), 0);
    cr_assert_eq(found.st_mode & 0777, 0700);
    cr_assert_eq(verify(&e, e.root, e.fixture.pki.vkey, &verified), 0);
    cr_assert_str_eq(fixture_text(verified, "verdict"), "verified");
    cr_assert_str_eq(fixture_id(verified), e.id);
    cr_assert_str_eq(fixture_text(verified, "from"), "dsl@999001.school");
    /* message, content, accepted, delivered, opened */
    cr_assert_eq(json_array_size(json_object_get(verified, "checks")), 5);
}

Test(evidence, a_delivery_that_was_renamed_to_an_opening_is_found)
{
    SH_DEFER(exported_wipe) struct exported e;
    SH_DEFER(json_freep) json_t *verified = NULL;
    char from[PATH_MAX + 256], to[PATH_MAX + 256];
    bool renamed = false;
    exported_make(&e);
    DIR *dir = opendir(e.dir);
    for (struct dirent *entry = readdir(dir); entry && !renamed; entry = readdir(dir)) {
        const char *word = strrchr(entry->d_name, '-');
        if (strncmp(entry->d_name, EVIDENCE_FACT, 5) == 0 && strcmp(word, "-delivered") == 0) {
            (void)snprintf(from, sizeof from, "%s/%s", e.dir, entry->d_name);
            (void)snprintf(to, sizeof to, "%s/fact-999-opened", e.dir);
            renamed = rename(from, to) == 0;
        }
    }
    (void)closedir(dir);
    cr_assert(renamed);
    int code = verify(&e, e.root, e.fixture.pki.vkey, &verified);
    cr_assert_eq(sh_client_exit_status(code), 4);
    cr_assert_str_eq(fixture_text(verified, "verdict"), "failed");
}

Test(evidence, without_root_or_key_it_is_consistent_with_itself_only)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    const char *const roots[] = {NULL, e.root, NULL};
    const char *const keys[] = {NULL, NULL, e.fixture.pki.vkey};
    for (size_t i = 0; i < 3; i++) {
        SH_DEFER(json_freep) json_t *verified = NULL;
        int code = verify(&e, roots[i], keys[i], &verified);
        cr_assert_eq(code, SH_CLIENT_PROOF);
        cr_assert_eq(sh_client_exit_status(code), 4);
        cr_assert_str_eq(fixture_text(verified, "verdict"), "consistent with itself only");
    }
}

Test(evidence, another_root_or_another_logs_key_does_not_verify_it)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    static const char *const desks[] = {"dsl@999001.school"};
    SH_DEFER(pki_free) struct pki other;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    char path[PATH_MAX];
    pki_make(&other, desks, 1);
    cr_assert_eq(path_join(path, sizeof path, e.fixture.dir.path, "other.pem"), SH_OK);
    cr_assert_eq(certificate_to_pem(other.root, &pem), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_buf(&pem), 0644, NULL), SH_OK);
    int code = verify(&e, path, e.fixture.pki.vkey, &first);
    cr_assert_eq(code, SH_E_BAD_CHAIN);
    cr_assert_eq(sh_client_exit_status(code), 4);
    code = verify(&e, e.root, other.vkey, &second);
    cr_assert_eq(code, SH_E_BAD_CHECKPOINT);
    cr_assert_eq(sh_client_exit_status(code), 4);
    cr_assert_str_eq(fixture_text(second, "verdict"), "failed");
}

/* Turns the lowest bit of the middle byte of a file, and back. */
static void flip(const char *path)
{
    FILE *file = fopen(path, "r+b");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    long middle = ftell(file) / 2;
    cr_assert_eq(fseek(file, middle, SEEK_SET), 0);
    int byte = fgetc(file);
    cr_assert_eq(fseek(file, middle, SEEK_SET), 0);
    cr_assert_eq(fputc(byte ^ 1, file), byte ^ 1);
    cr_assert_eq(fclose(file), 0);
}

static void check_folder(const struct exported *e, const char *dir, size_t *checked)
{
    struct dirent **names = NULL;
    int len = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < len; i++) {
        char path[PATH_MAX];
        struct stat found;
        cr_assert_eq(path_join(path, sizeof path, dir, names[i]->d_name), SH_OK);
        cr_assert_eq(stat(path, &found), 0);
        bool is_dot = names[i]->d_name[0] == '.';
        if (!is_dot && S_ISDIR(found.st_mode)) {
            check_folder(e, path, checked);
        } else if (!is_dot && strcmp(names[i]->d_name, EVIDENCE_README) != 0 &&
                   strcmp(names[i]->d_name, EVIDENCE_VKEY) != 0) {
            SH_DEFER(json_freep) json_t *verified = NULL;
            flip(path);
            cr_assert_neq(verify(e, e->root, e->fixture.pki.vkey, &verified), 0,
                          "%s can be altered", path);
            flip(path);
            ++*checked;
        }
        free(names[i]);
    }
    free(names);
}

Test(evidence, one_bit_changed_in_any_file_is_found, .timeout = 120)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    SH_DEFER(json_freep) json_t *verified = NULL;
    size_t checked = 0;
    check_folder(&e, e.dir, &checked);
    cr_assert_geq(checked, 6 + 5 + 2 * 9);
    cr_assert_eq(verify(&e, e.root, e.fixture.pki.vkey, &verified), 0);
}

/* The program and its arguments in the folder; its output to a file of ours. */
static int run(const char *dir, const char *command)
{
    pid_t child = fork();
    if (child == 0) {
        if (chdir(dir) != 0 || !freopen("/dev/null", "w", stderr) ||
            !freopen("/dev/null", "w", stdout)) {
            _exit(126);
        }
        execl("/bin/bash", "bash", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The lines of the README that begin with three spaces, as a script that stops at the first
 * failure. */
static void collect_commands(const char *readme, struct buf *out)
{
    cr_assert_eq(buf_append_str(out, "set -e -o pipefail\n"), SH_OK);
    for (const char *line = readme; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "   ", 3) == 0 && strncmp(line, "    safehand", 12) != 0) {
            cr_assert_eq(buf_append(out, bytes_of(line, strcspn(line, "\n") + 1)), SH_OK);
        }
        if (!*line) {
            break;
        }
    }
    cr_assert_eq(buf_terminate(out), SH_OK);
}

Test(evidence, the_stock_openssl_commands_of_its_readme_succeed)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf script = BUF_INIT(16 * SH_KIB);
    struct bytes readme, content;
    struct sh_why why;
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(evidence_read(e.dir, EVIDENCE_README, arena, &readme, &why), SH_OK);
    collect_commands((const char *)readme.data, &script);
    cr_assert_not_null(strstr((const char *)script.data, "openssl cms -verify"));
    cr_assert_eq(run(e.dir, (const char *)script.data), 0, "%s", (const char *)script.data);
    cr_assert_eq(evidence_read(e.dir, "content.bin", arena, &content, &why), SH_OK);
    cr_assert_not_null(memmem(content.data, content.len, "Words of the sender", 19));

    /* And they fail when they should. */
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, e.dir, EVIDENCE_SIGNED), SH_OK);
    flip(path);
    cr_assert_neq(run(e.dir, (const char *)script.data), 0);
}

Test(evidence, what_is_not_accepted_or_exists_already_is_not_exported)
{
    SH_DEFER(exported_wipe) struct exported e;
    exported_make(&e);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&e.fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("B", "routine");
    SH_DEFER(json_freep) json_t *kept = NULL;
    char *text = NULL, path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, e.fixture.dir.path, "none"), SH_OK);
    cr_assert_eq(sh_client_evidence_export(lead, e.id, e.dir, &text, NULL), SH_CLIENT_EXISTS);
    e.fixture.relay.unreachable = true;
    cr_assert_eq(fixture_send(lead, document, &kept), SH_CLIENT_NET);
    cr_assert_eq(sh_client_evidence_export(lead, fixture_id(kept), path, &text, NULL),
                 SH_CLIENT_NOT_FOUND);
    cr_assert_neq(access(path, F_OK), 0);
}
