/* A copy made while the store is used: it holds what was committed up to its last step, and
 * whatever goes wrong with it is no matter of the store's. */
#include "fixture.h"
#include "store/backup.h"
#include "support/fault_vfs.h"

#include <sys/stat.h>
#include <unistd.h>

struct copied {
    struct fixture f;
    char path[PATH_MAX + 32];
    struct store_backup *backup;
};

static void make_empty(const char *path)
{
    FILE *file = fopen(path, "wx");
    cr_assert_not_null(file);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0600), 0);
}

static void put_messages(struct fixture *f, unsigned from, unsigned to)
{
    must(store_begin(f->store));
    for (unsigned n = from; n < to; n++) {
        put_message(f, n);
    }
    must(store_commit(f->store, NULL));
}

static void copied_make(struct copied *c)
{
    memset(c, 0, sizeof *c);
    fixture_open_sqlite(&c->f);
    put_messages(&c->f, 1, 200);
    (void)snprintf(c->path, sizeof c->path, "%s/copy.db", c->f.dir.path);
    make_empty(c->path);
}

static void copied_free(struct copied *c)
{
    store_backup_end(&c->backup);
    fixture_close(&c->f);
}

static void begin(struct copied *c)
{
    struct sh_why why = {0};
    cr_assert_eq(store_backup_begin(c->f.store, c->path, &c->backup, &why), SH_OK, "%s", why.text);
}

static sh_err step(struct copied *c, unsigned pages, bool *out_done)
{
    struct sh_why why = {0};
    sh_err err = store_backup_step(c->backup, pages, out_done, &why);
    cr_assert(err == SH_OK || why.text[0], "an error says why");
    return err;
}

static void step_to_end(struct copied *c)
{
    for (bool done = false; !done;) {
        must(step(c, 16, &done));
    }
    store_backup_end(&c->backup);
}

/* Messages 1 to `last`, and no more. */
static void copy_holds(struct copied *c, unsigned last)
{
    SH_DEFER(store_close) struct store *copy = NULL;
    struct sh_why why = {0};
    cr_assert_eq(store_open_sqlite(c->path, &copy, &why), SH_OK, "%s", why.text);
    for (unsigned n = 1; n <= last + 1; n++) {
        struct message_row row;
        const struct sh_hash header = hash_of(n);
        cr_assert_eq(store_message_by_header(copy, &header, c->f.arena, &row),
                     n <= last ? SH_OK : SH_E_NOT_FOUND, "message %u", n);
    }
}

Test(store_backup, what_is_committed_between_two_steps_is_in_the_copy)
{
    SH_DEFER(copied_free) struct copied c;
    bool done = false;
    unsigned last = 199, steps = 0;
    copied_make(&c);
    begin(&c);
    for (; !done; steps++) {
        must(step(&c, 1, &done));
        if (!done && steps < 20) {
            put_messages(&c.f, last + 1, last + 11);
            last += 10;
        }
    }
    cr_assert_gt(steps, 20);
    store_backup_end(&c.backup);
    put_messages(&c.f, last + 1, last + 2);
    copy_holds(&c, last);
}

Test(store_backup, what_was_rolled_back_between_two_steps_is_not)
{
    SH_DEFER(copied_free) struct copied c;
    bool done = false;
    copied_make(&c);
    begin(&c);
    must(step(&c, 4, &done));
    must(store_begin(c.f.store));
    put_message(&c.f, 200);
    store_rollback(c.f.store);
    must(store_checkpoint(c.f.store));
    step_to_end(&c);
    copy_holds(&c, 199);
}

Test(store_backup, progress_goes_from_nothing_to_all)
{
    SH_DEFER(copied_free) struct copied c;
    uint64_t pages = 0, total = 0, before = 0;
    copied_make(&c);
    begin(&c);
    for (bool done = false; !done;) {
        must(step(&c, 8, &done));
        store_backup_progress(c.backup, &pages, &total);
        cr_assert(pages > before && pages <= total);
        before = pages;
    }
    cr_assert_eq(pages, total);
}

Test(store_backup, a_copy_stays_private)
{
    SH_DEFER(copied_free) struct copied c;
    struct stat info;
    copied_make(&c);
    begin(&c);
    step_to_end(&c);
    cr_assert_eq(stat(c.path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
}

Test(store_backup, nothing_but_an_empty_file_is_written_to)
{
    SH_DEFER(copied_free) struct copied c;
    struct sh_why why = {0};
    char link_path[PATH_MAX + 32], none[PATH_MAX + 32];
    struct stat info;
    copied_make(&c);
    (void)snprintf(none, sizeof none, "%s/none.db", c.f.dir.path);
    (void)snprintf(link_path, sizeof link_path, "%s/link.db", c.f.dir.path);
    cr_assert_eq(symlink(c.path, link_path), 0);
    cr_assert_eq(store_backup_begin(c.f.store, none, &c.backup, &why), SH_E_IO);
    cr_assert_eq(store_backup_begin(c.f.store, link_path, &c.backup, &why), SH_E_EXISTS);
    cr_assert_eq(store_backup_begin(c.f.store, c.f.dir.path, &c.backup, &why), SH_E_EXISTS);
    cr_assert_eq(store_backup_begin(c.f.store, c.f.path, &c.backup, &why), SH_E_EXISTS);
    cr_assert_eq(stat(c.path, &info), 0);
    cr_assert_eq(info.st_size, 0);
    cr_assert_null(c.backup);
}

Test(store_backup, a_full_disk_ends_the_copy_and_not_the_store)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    fault_vfs_install(&faults);
    SH_DEFER(copied_free) struct copied c;
    copied_make(&c);
    begin(&c);
    faults.room = 20000;
    sh_err err = SH_OK;
    for (bool done = false; !done && err == SH_OK;) {
        err = step(&c, 4, &done);
    }
    cr_assert_eq(err, SH_E_DISK_FULL, "%s", sh_err_word(err));
    store_backup_end(&c.backup);
    fault_vfs_heal(&faults);
    put_messages(&c.f, 200, 210);
}

Test(store_backup, a_copy_that_cannot_be_written_ends_and_the_store_goes_on)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    fault_vfs_install(&faults);
    SH_DEFER(copied_free) struct copied c;
    copied_make(&c);
    begin(&c);
    faults.fail_write_in = 1;
    sh_err err = SH_OK;
    for (bool done = false; !done && err == SH_OK;) {
        err = step(&c, 4, &done);
    }
    cr_assert_eq(sh_err_class(err), SH_CLASS_DEFER, "%s", sh_err_word(err));
    store_backup_end(&c.backup);
    fault_vfs_heal(&faults);
    put_messages(&c.f, 200, 210);
}

Test(store_backup, no_step_is_made_inside_a_transaction)
{
    SH_DEFER(copied_free) struct copied c;
    struct sh_why why = {0};
    bool done = false;
    copied_make(&c);
    begin(&c);
    must(store_begin(c.f.store));
    cr_assert_eq(store_backup_step(c.backup, 4, &done, &why), SH_E_BUG);
    store_rollback(c.f.store);
    step_to_end(&c);
}

Test(store_backup, a_store_in_memory_has_nothing_to_copy)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    struct store_backup *backup = NULL;
    struct sh_why why = {0};
    fixture_open_memory(&f);
    cr_assert_eq(store_backup_begin(f.store, "/none", &backup, &why), SH_E_NOT_PERMITTED);
}
