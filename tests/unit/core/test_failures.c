/* The disk fails or is full: nothing is answered that is not durable, and nothing that was answered
 * is lost. */
#include "base/cleanup.h"
#include "support/fault_vfs.h"
#include "support/relay.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A relay over SQLite on a disk that the test can break. */
struct broken {
    struct temp_dir folder;
    struct fault_vfs faults;
    struct relay relay;
    struct letter letter;
    char path[PATH_MAX + 32];
};

static struct store *open_store(const struct broken *b)
{
    struct store *store = NULL;
    struct sh_why why = {0};
    cr_assert_eq(store_open_sqlite(b->path, &store, &why), SH_OK, "%s", why.text);
    return store;
}

static void broken_make(struct broken *b)
{
    memset(b, 0, sizeof *b);
    fault_vfs_install(&b->faults);
    temp_dir_make(&b->folder);
    (void)snprintf(b->path, sizeof b->path, "%s/relay.db", b->folder.path);
    relay_make_over(&b->relay, open_store(b));
    write_referral(&b->relay, &b->letter);
}

static void broken_free(struct broken *b)
{
    letter_free(&b->letter);
    relay_free(&b->relay);
    temp_dir_remove(&b->folder);
    fault_vfs_remove(&b->faults);
}

/* The process ends and is started anew, over the same file or another. */
static void restart(struct broken *b)
{
    core_free(&b->relay.core);
    fault_vfs_heal(&b->faults);
    relay_restart(&b->relay, open_store(b));
}

static struct submission *submission_of(struct broken *b, enum post_seat from, uint32_t ref,
                                        const struct letter *letter)
{
    struct frame frame = {.ref = ref, .type = FRAME_SUBMIT};
    frame.submit.envelope = letter->env;
    return relay_frame(&b->relay, from, &frame);
}

/* Was the sender told that it is accepted, and at which place in the log? */
static bool was_told(const struct broken *b, uint64_t *out_index)
{
    const struct frame *frame = sent_to(&b->relay, SCHOOL, FRAME_ACCEPTED);
    if (frame) {
        *out_index = frame->accepted.statement.index;
    }
    return frame != NULL;
}

/* The storage failed: the process ends. What it had said before stands after the restart; if it
 * had said nothing, the sender's retry is accepted, at one place in the log, and delivered once. */
static void must_end_and_go_on(struct broken *b, sh_err err)
{
    uint64_t told = 0, index = 0, again = 0;
    cr_assert_eq(sh_err_class(err), SH_CLASS_FATAL, "%s", sh_err_word(err));
    bool answered = was_told(b, &told);
    cr_assert_eq(b->relay.sent_len, answered, "that, or nothing");
    restart(b);
    submit(&b->relay, SCHOOL, &b->letter);
    cr_assert(was_told(b, &index));
    (void)must_verify(&b->relay, &sent_to(&b->relay, SCHOOL, FRAME_ACCEPTED)->accepted.statement,
                      LEAF_ACCEPTED);
    cr_assert(!answered || told == index);
    submit(&b->relay, SCHOOL, &b->letter);
    cr_assert(was_told(b, &again));
    cr_assert_eq(again, index);
    ready(&b->relay, MASH, 10);
    cr_assert_eq(count_sent(&b->relay, MASH, FRAME_DELIVER), 1);
}

Test(failures, no_answer_and_no_leaf_when_the_commit_fails)
{
    SH_DEFER(broken_free) struct broken b;
    broken_make(&b);
    uint64_t size = book_size(b.relay.core->book);
    struct submission *sub = submission_of(&b, SCHOOL, 7, &b.letter);
    b.faults.fail_write_in = 1;
    cr_assert_eq(relay_group(&b.relay, &sub, 1), SH_E_STORE);
    cr_assert_eq(b.relay.sent_len, 0);
    cr_assert_eq(book_size(b.relay.core->book), size);
    restart(&b);
    struct message_row row;
    cr_assert_eq(store_message_by_id(b.relay.core->store, &b.letter.facts.from,
                                     &b.letter.facts.message_id, b.relay.post.arena, &row),
                 SH_E_NOT_FOUND);
}

Test(failures, whichever_write_fails_only_what_is_durable_was_said)
{
    SH_DEFER(broken_free) struct broken b;
    broken_make(&b);
    int n = 1, silent = 0;
    for (bool failed = true; failed; n++) {
        core_free(&b.relay.core);
        (void)snprintf(b.path, sizeof b.path, "%s/relay-%d.db", b.folder.path, n);
        restart(&b);
        struct submission *sub = submission_of(&b, SCHOOL, 7, &b.letter);
        b.faults.fail_write_in = n;
        sh_err err = relay_group(&b.relay, &sub, 1);
        failed = err != SH_OK;
        silent += b.relay.sent_len == 0;
        if (failed) {
            must_end_and_go_on(&b, err);
        }
    }
    cr_assert_gt(silent, 2, "a commit is some writes, and each of them was made to fail");
    cr_assert_gt(n, silent + 2, "and so were those of the checkpoint after it");
}

Test(failures, a_sync_that_fails_is_final)
{
    SH_DEFER(broken_free) struct broken b;
    broken_make(&b);
    struct submission *sub = submission_of(&b, SCHOOL, 7, &b.letter);
    b.faults.fail_sync_in = 1;
    sh_err err = relay_group(&b.relay, &sub, 1);
    cr_assert_eq(b.relay.sent_len, 0, "nobody may be told of what is not durable");
    must_end_and_go_on(&b, err);
}

/* One group with all that can be in one, on a disk without room. */
Test(failures, a_full_disk_defers_what_is_new_and_answers_what_needs_no_room)
{
    SH_DEFER(broken_free) struct broken b;
    SH_DEFER(letter_free) struct letter fresh;
    struct frame ping = {.ref = 3, .type = FRAME_PING};
    broken_make(&b);
    write_referral(&b.relay, &fresh);
    submit(&b.relay, SCHOOL, &b.letter);
    uint64_t size = book_size(b.relay.core->book);
    struct submission *group[] = {
        submission_of(&b, SCHOOL, 1, &fresh), submission_of(&b, SCHOOL, 2, &b.letter),
        relay_frame(&b.relay, NURSE, &ping), submission_of(&b, DEPUTY, 4, &fresh),
        relay_command(&b.relay, WORK_TICK, 0)};
    b.faults.room = 0;
    cr_assert_eq(relay_group(&b.relay, group, 5), SH_OK);
    const struct frame *defer = sent_to(&b.relay, SCHOOL, FRAME_DEFER);
    cr_assert_not_null(defer);
    cr_assert_eq(defer->ref, 1);
    cr_assert_eq(defer->defer.code, SH_E_DISK_FULL);
    cr_assert(id_equal(&defer->defer.message_id, &fresh.facts.message_id));
    cr_assert_gt(defer->defer.retry_after_ms, 0);
    const struct frame *repeat = sent_to(&b.relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(repeat, "it was durable before");
    cr_assert_eq(repeat->ref, 2);
    (void)must_verify(&b.relay, &repeat->accepted.statement, LEAF_ACCEPTED);
    const struct frame *refused = sent_to(&b.relay, DEPUTY, FRAME_REFUSED);
    cr_assert_not_null(refused);
    cr_assert(!refused->refused.has_statement, "its leaf was undone with the group");
    defer = sent_to(&b.relay, NURSE, FRAME_DEFER);
    cr_assert_not_null(defer, "who only asked is asked to come again, too");
    cr_assert(!defer->defer.has_message_id);
    cr_assert_eq(book_size(b.relay.core->book), size);
}

Test(failures, a_receipt_is_deferred_on_a_full_disk_and_stored_when_it_comes_again)
{
    SH_DEFER(broken_free) struct broken b;
    broken_make(&b);
    submit(&b.relay, SCHOOL, &b.letter);
    ready(&b.relay, MASH, 10);
    b.faults.room = 0;
    give_receipt(&b.relay, MASH, RECEIPT_DELIVERED, &b.letter);
    const struct frame *defer = sent_to(&b.relay, MASH, FRAME_DEFER);
    cr_assert_not_null(defer);
    cr_assert_eq(defer->defer.code, SH_E_DISK_FULL);
    fault_vfs_heal(&b.faults);
    give_receipt(&b.relay, MASH, RECEIPT_DELIVERED, &b.letter);
    const struct frame *stored = sent_to(&b.relay, MASH, FRAME_RECEIPT_STORED);
    cr_assert_not_null(stored);
    (void)must_verify(&b.relay, &stored->receipt_stored.statement, LEAF_DELIVERED);
}

Test(failures, when_there_is_room_again_the_log_goes_on_without_a_gap)
{
    SH_DEFER(broken_free) struct broken b;
    broken_make(&b);
    uint64_t size = book_size(b.relay.core->book);
    b.faults.room = 0;
    submit(&b.relay, SCHOOL, &b.letter);
    cr_assert_not_null(sent_to(&b.relay, SCHOOL, FRAME_DEFER));
    fault_vfs_heal(&b.faults);
    submit(&b.relay, SCHOOL, &b.letter);
    cr_assert_not_null(sent_to(&b.relay, SCHOOL, FRAME_DEFER), "until a tick has looked");
    relay_tick(&b.relay);
    submit(&b.relay, SCHOOL, &b.letter);
    const struct frame *frame = sent_to(&b.relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(frame);
    (void)must_verify(&b.relay, &frame->accepted.statement, LEAF_ACCEPTED);
    cr_assert_geq(frame->accepted.statement.index, size);
    restart(&b);
    cr_assert_geq(book_size(b.relay.core->book), size + 1, "and a start verifies it");
}
