/* A disk that fails or is full: what was committed stays whole, what was not is there whole or not
 * at all. */
#include "fixture.h"
#include "support/fault_vfs.h"

enum { SEATS = 3 };

/* A commit as the core makes it: message, queue rows, leaf, tile. */
static sh_err put_group(struct fixture *f, unsigned n)
{
    struct message_row message = message_of(f, n);
    message.leaf_index = n - 1;
    SH_TRY(store_begin(f->store));
    SH_TRY(store_message_put(f->store, &message, &message.seq));
    for (unsigned seat = 1; seat <= SEATS; seat++) {
        const struct queue_row row = {
            .seat = hash_of(seat), .kind = QUEUE_MESSAGE, .message_seq = message.seq};
        uint64_t item = 0;
        SH_TRY(store_queue_put(f->store, &row, &item));
    }
    const struct leaf_row leaf = {
        .index = n - 1, .leaf = bytes_str("leaf"), .salt = hash_of(1), .facts = bytes_str("facts")};
    SH_TRY(store_leaf_put(f->store, &leaf));
    SH_TRY(store_tile_put(f->store, 0, 0, bytes_str("tile")));
    return store_commit(f->store, NULL);
}

/* Message n with all that belongs to it, or nothing of it. */
static bool holds_group(struct fixture *f, unsigned n)
{
    struct message_row message;
    const struct sh_hash header = hash_of(n);
    sh_err err = store_message_by_header(f->store, &header, f->arena, &message);
    struct leaf_row leaf;
    cr_assert_eq(store_leaf_get(f->store, n - 1, f->arena, &leaf), err);
    for (unsigned seat = 1; err == SH_OK && seat <= SEATS; seat++) {
        const struct sh_hash hash = hash_of(seat);
        struct queue_row row;
        bool done = false;
        must(store_queue_find(f->store, &hash, message.seq, &row, &done));
    }
    cr_assert(err == SH_OK || err == SH_E_NOT_FOUND);
    return err == SH_OK;
}

static void stays_broken(struct fixture *f)
{
    uint64_t leaves = 0;
    cr_assert_eq(store_begin(f->store), SH_E_STORE);
    cr_assert_eq(store_leaves_count(f->store, &leaves), SH_E_STORE);
    cr_assert_eq(store_checkpoint(f->store), SH_E_STORE);
    store_rollback(f->store);
}

/* Gives false when the commit got through without meeting the fault. */
static bool fails_at(int write, int sync)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    SH_DEFER(fixture_close) struct fixture f = {0};
    fault_vfs_install(&faults);
    fixture_open_sqlite(&f);
    must(put_group(&f, 1));
    faults.fail_write_in = write;
    faults.fail_sync_in = sync;
    sh_err err = put_group(&f, 2);
    if (err != SH_OK) {
        cr_assert_eq(err, SH_E_STORE);
        stays_broken(&f);
    }
    store_close(&f.store);
    fault_vfs_heal(&faults);
    fixture_reopen(&f);
    cr_assert(holds_group(&f, 1));
    cr_assert(holds_group(&f, 2) || err != SH_OK);
    return err != SH_OK;
}

Test(store_faults, a_failed_write_is_final_and_leaves_nothing_half_written)
{
    int nth = 1;
    while (fails_at(nth, 0)) {
        nth++;
    }
    cr_assert_gt(nth, 3, "a commit writes several pages");
}

Test(store_faults, a_failed_sync_is_final_and_leaves_nothing_half_written)
{
    int nth = 1;
    while (fails_at(0, nth)) {
        nth++;
    }
    cr_assert_eq(nth, 2, "a commit syncs once");
}

Test(store_faults, every_commit_is_synced)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    SH_DEFER(fixture_close) struct fixture f = {0};
    fault_vfs_install(&faults);
    fixture_open_sqlite(&f);
    must(put_group(&f, 1));
    for (unsigned n = 2; n <= 6; n++) {
        int before = faults.syncs;
        must(put_group(&f, n));
        cr_assert_eq(faults.syncs, before + 1);
    }
}

Test(store_faults, a_failed_checkpoint_is_final_and_loses_nothing)
{
    for (int nth = 1;; nth++) {
        SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
        SH_DEFER(fixture_close) struct fixture f = {0};
        fault_vfs_install(&faults);
        fixture_open_sqlite(&f);
        must(put_group(&f, 1));
        faults.fail_write_in = nth;
        sh_err err = store_checkpoint(f.store);
        if (err == SH_OK) {
            cr_assert_gt(nth, 3);
            break;
        }
        cr_assert_eq(err, SH_E_STORE);
        stays_broken(&f);
        store_close(&f.store);
        fault_vfs_heal(&faults);
        fixture_reopen(&f);
        cr_assert(holds_group(&f, 1));
    }
}

Test(store_faults, a_full_disk_is_put_off_and_the_rows_before_are_whole)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    SH_DEFER(fixture_close) struct fixture f = {0};
    fault_vfs_install(&faults);
    fixture_open_sqlite(&f);
    faults.room = 400 * 1024;
    unsigned n = 0;
    sh_err err = SH_OK;
    while (err == SH_OK) {
        err = put_group(&f, ++n);
    }
    cr_assert_eq(err, SH_E_DISK_FULL);
    cr_assert_gt(n, 2);
    cr_assert_eq(store_meta_put(f.store, "x", bytes_str("y")), SH_E_DISK_FULL,
                 "until it is rolled back");
    store_rollback(f.store);
    for (unsigned i = 1; i < n; i++) {
        cr_assert(holds_group(&f, i));
    }
    cr_assert_not(holds_group(&f, n));
    /* room again: the same store goes on */
    faults.room = -1;
    must(put_group(&f, n));
    fixture_reopen(&f);
    for (unsigned i = 1; i <= n; i++) {
        cr_assert(holds_group(&f, i));
    }
}

Test(store_faults, a_disk_that_fills_at_any_write_of_a_commit_undoes_all_of_it)
{
    for (int nth = 1;; nth++) {
        SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
        SH_DEFER(fixture_close) struct fixture f = {0};
        fault_vfs_install(&faults);
        fixture_open_sqlite(&f);
        must(put_group(&f, 1));
        faults.write_error = SQLITE_FULL;
        faults.fail_write_in = nth;
        sh_err err = put_group(&f, 2);
        if (err == SH_OK) {
            cr_assert_gt(nth, 3);
            break;
        }
        cr_assert_eq(err, SH_E_DISK_FULL);
        store_rollback(f.store);
        cr_assert_not(holds_group(&f, 2));
        fault_vfs_heal(&faults);
        must(put_group(&f, 2));
        fixture_reopen(&f);
        cr_assert(holds_group(&f, 1) && holds_group(&f, 2));
    }
}

Test(store_faults, a_checkpoint_without_room_is_put_off)
{
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    SH_DEFER(fixture_close) struct fixture f = {0};
    fault_vfs_install(&faults);
    fixture_open_sqlite(&f);
    must(put_group(&f, 1));
    faults.write_error = SQLITE_FULL;
    faults.fail_write_in = 1;
    cr_assert_eq(store_checkpoint(f.store), SH_E_DISK_FULL);
    fault_vfs_heal(&faults);
    must(store_checkpoint(f.store));
    cr_assert(holds_group(&f, 1));
}
