/* A relay that was put back from an older copy: closed until a person accepts the loss, then
 * another log, to which what is missing is offered again. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/duties.h"
#include "core/lost.h"
#include "core/restore.h"
#include "crypto/digest.h"
#include "support/loss.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two referrals: the copy was made between them. */
struct loss {
    struct temp_dir dir;
    struct relay relay;
    struct letter kept, missing;
    struct loss_proof proof; /* of the one that is missing */
    uint64_t copy_size;
    char copy[PATH_MAX + 16];
};

static void must_be(sh_err err, const char *what)
{
    cr_assert_eq(err, SH_OK, "%s: %s", what, sh_err_word(err));
}
#define MUST(call) must_be((call), #call)

static void loss_make(struct loss *l)
{
    struct store *store = NULL;
    char path[PATH_MAX + 16];
    memset(l, 0, sizeof *l);
    temp_dir_make(&l->dir);
    (void)snprintf(path, sizeof path, "%s/relay.db", l->dir.path);
    (void)snprintf(l->copy, sizeof l->copy, "%s/copy.db", l->dir.path);
    MUST(store_open_sqlite(path, &store, NULL));
    relay_make_over(&l->relay, store);
    MUST(path_join(l->relay.config.log_dir, sizeof l->relay.config.log_dir, l->dir.path, "log"));
    write_referral(&l->relay, &l->kept);
    submit(&l->relay, SCHOOL, &l->kept);
    l->copy_size = loss_copy(&l->relay, l->copy);
    l->relay.now_ms += SH_MINUTE_MS;
    l->relay.boot_ms += SH_MINUTE_MS;
    write_referral(&l->relay, &l->missing);
    submit(&l->relay, SCHOOL, &l->missing);
    loss_keep(&l->relay, SCHOOL, &l->proof);
    loss_lose(&l->relay, l->copy);
}

static void loss_free(struct loss *l)
{
    letter_free(&l->kept);
    letter_free(&l->missing);
    relay_free(&l->relay);
    temp_dir_remove(&l->dir);
}

static void show_known(struct loss *l, struct bytes checkpoint, const struct statement *statement)
{
    struct frame known = {.ref = 4, .type = FRAME_KNOWN};
    known.known.checkpoint = checkpoint;
    known.known.statements = statement;
    known.known.len = statement ? 1 : 0;
    relay_step(&l->relay, SCHOOL, &known);
}

static uint32_t refusal(const struct loss *l)
{
    const struct frame *frame = sent_to(&l->relay, SCHOOL, FRAME_REFUSED);
    return frame ? frame->refused.code : 0;
}

static sh_err try_open(struct loss *l, const char *code, struct sh_why *why)
{
    struct core *core = l->relay.core;
    sh_err err = restore_open(core, code, why);
    if (err != SH_OK && core->transaction) {
        cr_assert_fail("a refusal leaves nothing behind");
    }
    return err;
}

static struct verified_statement verified(struct loss *l, const struct statement *in)
{
    struct verified_statement out;
    struct note_verifier log = loss_new_log(&l->relay);
    MUST(statement_verify(in, &log, l->relay.post.arena, &out));
    return out;
}

/* ---- closed ---- */

Test(restore, a_closed_relay_says_so_and_takes_no_mail)
{
    SH_DEFER(loss_free) struct loss l;
    loss_make(&l);
    const struct frame hello = {.ref = 1, .type = FRAME_HELLO, .hello = {0, 5}};
    relay_step(&l.relay, SCHOOL, &hello);
    const struct frame *welcome = sent_to(&l.relay, SCHOOL, FRAME_WELCOME);
    cr_assert_not_null(welcome);
    cr_assert(welcome->welcome.restoring && !welcome->welcome.has_began);
    submit(&l.relay, SCHOOL, &l.missing);
    const struct frame *later = sent_to(&l.relay, SCHOOL, FRAME_DEFER);
    cr_assert_not_null(later);
    cr_assert_eq(later->defer.code, SH_E_RESTORING);
    cr_assert_gt(later->defer.retry_after_ms, SH_MINUTE_MS);
    ready(&l.relay, MASH, 10);
    cr_assert_null(sent_to(&l.relay, MASH, FRAME_DELIVER));
    give_receipt(&l.relay, MASH, RECEIPT_DELIVERED, &l.kept);
    cr_assert_not_null(sent_to(&l.relay, MASH, FRAME_DEFER));
}

Test(restore, nothing_is_written_into_a_lost_log)
{
    SH_DEFER(loss_free) struct loss l;
    loss_make(&l);
    l.relay.now_ms += SH_DAY_MS;
    l.relay.boot_ms += SH_DAY_MS;
    relay_tick(&l.relay);
    relay_reload(&l.relay);
    give_receipt(&l.relay, MANAGERS, RECEIPT_DELIVERED, &l.kept);
    loss_offer(&l.relay, SCHOOL, &l.missing, &l.proof.accepted);
    cr_assert_eq(book_size(l.relay.core->book), l.copy_size);
}

Test(restore, what_clients_know_is_kept_and_the_largest_log_is_told)
{
    SH_DEFER(loss_free) struct loss l;
    struct checkpoint last;
    struct lost_state state;
    loss_make(&l);
    MUST(lost_state(l.relay.core, &state));
    cr_assert(state.size == l.copy_size && state.known.size == l.copy_size && !state.opened);
    char before[sizeof state.code];
    memcpy(before, state.code, sizeof before);
    show_known(&l, l.proof.checkpoint, &l.proof.accepted);
    const struct frame *noted = sent_to(&l.relay, SCHOOL, FRAME_NOTED);
    cr_assert_not_null(noted);
    MUST(checkpoint_parse(l.proof.checkpoint, &last));
    cr_assert_eq(noted->noted.log_size, last.size);
    MUST(lost_state(l.relay.core, &state));
    cr_assert_eq(state.known.size, last.size);
    cr_assert_str_neq(state.code, before, "another loss has another code");
}

Test(restore, what_the_lost_log_did_not_sign_is_refused)
{
    SH_DEFER(loss_free) struct loss l;
    SH_DEFER(buf_wipe) struct buf forged = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(key_free) struct key *other = NULL;
    struct checkpoint checkpoint;
    loss_make(&l);
    MUST(checkpoint_parse(l.proof.checkpoint, &checkpoint));
    checkpoint.size += 1000;
    MUST(key_generate(KEY_TYPE_ED25519, &other));
    MUST(checkpoint_sign(&checkpoint, other, &forged));
    show_known(&l, bytes_buf(&forged), NULL);
    cr_assert_eq(refusal(&l), SH_E_BAD_CHECKPOINT);
    struct statement turned = l.proof.accepted;
    turned.index ^= 1;
    show_known(&l, l.proof.checkpoint, &turned);
    cr_assert_eq(refusal(&l), SH_E_PROOF);
    turned = l.proof.accepted;
    turned.opening.salt.b[7] ^= 1;
    show_known(&l, l.proof.checkpoint, &turned);
    cr_assert_eq(refusal(&l), SH_E_PROOF);
}

Test(restore, an_entry_that_the_copy_has_is_not_missing)
{
    SH_DEFER(loss_free) struct loss l;
    struct statement held;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    loss_make(&l);
    MUST(arena_new(64 * SH_KIB, 64, &arena));
    MUST(book_statement(l.relay.core->book, l.copy_size - 1, arena, &held));
    show_known(&l, l.proof.checkpoint, &held);
    cr_assert_eq(refusal(&l), SH_E_PROOF);
}

Test(restore, a_relay_that_lost_nothing_asks_nobody)
{
    SH_DEFER(relay_free) struct relay relay;
    struct lost_state state;
    relay_make(&relay);
    struct frame known = {.ref = 4, .type = FRAME_KNOWN};
    known.known.checkpoint = book_checkpoint(relay.core->book);
    relay_step(&relay, SCHOOL, &known);
    const struct frame *refused = sent_to(&relay, SCHOOL, FRAME_REFUSED);
    cr_assert_not_null(refused);
    cr_assert_eq(refused->refused.code, SH_E_NOT_PERMITTED);
    cr_assert_eq(lost_state(relay.core, &state), SH_E_NOT_FOUND);
}

/* ---- looking around ---- */

Test(restore, what_was_published_and_cosigned_counts_too)
{
    SH_DEFER(loss_free) struct loss l;
    struct lost_state state;
    char path[PATH_MAX + 16];
    loss_make(&l);
    MUST(dir_make(l.relay.config.log_dir, 0755, NULL));
    MUST(path_join(path, sizeof path, l.relay.config.log_dir, "checkpoint"));
    MUST(file_write_atomic(path, l.proof.checkpoint, 0644, NULL));
    l.relay.now_ms += SH_MINUTE_MS;
    l.relay.boot_ms += SH_MINUTE_MS;
    relay_tick(&l.relay);
    MUST(lost_state(l.relay.core, &state));
    cr_assert_gt(state.known.size, l.copy_size);
}

/* ---- the report ---- */

static void read_report(struct loss *l, bool json, struct buf *out)
{
    char path[PATH_MAX + 16];
    uint64_t missing = 0;
    (void)snprintf(path, sizeof path, "%s/report-%d", l->dir.path, json);
    FILE *file = fopen(path, "wx");
    cr_assert(file && fclose(file) == 0);
    MUST(restore_report(l->relay.core, path, json, &missing, NULL));
    cr_assert_eq(missing, 1);
    MUST(file_read(path, out, NULL));
    MUST(buf_terminate(out));
    cr_assert_eq(restore_report(l->relay.core, path, json, &missing, NULL), SH_E_IO, "not empty");
}

Test(restore, what_is_missing_is_listed_by_position_kind_and_sender)
{
    SH_DEFER(loss_free) struct loss l;
    SH_DEFER(buf_wipe) struct buf json = BUF_INIT(64 * SH_KIB);
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(64 * SH_KIB);
    char position[64];
    loss_make(&l);
    show_known(&l, l.proof.checkpoint, &l.proof.accepted);
    show_known(&l, l.proof.checkpoint, &l.proof.accepted); /* once is enough */
    read_report(&l, true, &json);
    (void)snprintf(position, sizeof position, "{\"index\": %llu, \"type\": \"accepted\"",
                   (unsigned long long)l.proof.accepted.index);
    cr_assert_not_null(strstr((const char *)json.data, position), "%s", (const char *)json.data);
    cr_assert_not_null(strstr((const char *)json.data, "\"kind\": \"referral\", \"from\": \"dsl@"));
    read_report(&l, false, &text);
    cr_assert_not_null(strstr((const char *)text.data, "--accept-loss"));
    cr_assert_not_null(strstr((const char *)text.data, "not yet"));
}

/* ---- beginning again ---- */

Test(restore, it_begins_only_with_the_code_and_a_new_name_that_the_directory_has)
{
    SH_DEFER(loss_free) struct loss l;
    struct lost_state state;
    struct sh_why why = {0};
    loss_make(&l);
    MUST(lost_state(l.relay.core, &state));
    cr_assert_eq(try_open(&l, "0000-0000", &why), SH_E_USAGE);
    cr_assert_eq(try_open(&l, state.code, &why), SH_E_CONFIG);
    cr_assert_not_null(strstr(why.text, "log_origin"));
    (void)snprintf(l.relay.config.log_origin, sizeof l.relay.config.log_origin, LOSS_NEW_ORIGIN);
    cr_assert_eq(try_open(&l, state.code, &why), SH_E_CONFIG);
    cr_assert_not_null(strstr(why.text, "directory"));
    loss_rename_log(&l.relay);
    show_known(&l, l.proof.checkpoint, NULL);
    cr_assert_eq(try_open(&l, state.code, &why), SH_E_USAGE, "more is known now");
    l.relay.core->time.jumped = true;
    MUST(lost_state(l.relay.core, &state));
    cr_assert_eq(try_open(&l, state.code, &why), SH_E_CLOCK);
    l.relay.core->time.jumped = false;
    l.relay.core->disk_low = true;
    cr_assert_eq(try_open(&l, state.code, &why), SH_E_DISK_FULL);
}

Test(restore, the_new_log_holds_the_copy_and_says_what_it_took_up)
{
    SH_DEFER(loss_free) struct loss l;
    struct sh_hash sum, root;
    struct merkle_proof proof;
    struct checkpoint copy, now;
    loss_make(&l);
    MUST(checkpoint_parse(book_checkpoint(l.relay.core->book), &copy));
    show_known(&l, l.proof.checkpoint, &l.proof.accepted);
    MUST(digest_sha256(l.proof.checkpoint, &sum));
    loss_take_up(&l.relay, l.copy);
    const struct frame hello = {.ref = 1, .type = FRAME_HELLO, .hello = {0, 0}};
    relay_step(&l.relay, SCHOOL, &hello);
    const struct frame *welcome = sent_to(&l.relay, SCHOOL, FRAME_WELCOME);
    cr_assert_not_null(welcome);
    cr_assert(!welcome->welcome.restoring && welcome->welcome.has_began);
    const struct verified_statement began = verified(&l, &welcome->welcome.began);
    struct checkpoint last;
    MUST(checkpoint_parse(l.proof.checkpoint, &last));
    cr_assert(began.leaf.type == LEAF_BEGUN && began.index == l.copy_size);
    cr_assert_str_eq(began.facts.name, LOSS_NEW_ORIGIN);
    cr_assert_eq(began.facts.count, last.size);
    cr_assert(hash_equal(&began.facts.checkpoint_sha256, &sum));
    struct note_verifier log = loss_new_log(&l.relay);
    MUST(checkpoint_verify(book_checkpoint(l.relay.core->book), &log, &now));
    MUST(book_consistency(l.relay.core->book, copy.size, now.size, &proof));
    root = now.root;
    MUST(merkle_check_consistency(copy.size, &copy.root, now.size, &root, proof.hashes, proof.len));
}

Test(restore, the_lost_logs_folder_is_moved_aside)
{
    SH_DEFER(loss_free) struct loss l;
    char aside[PATH_MAX + 64];
    loss_make(&l);
    MUST(dir_make(l.relay.config.log_dir, 0755, NULL));
    loss_take_up(&l.relay, l.copy);
    (void)snprintf(aside, sizeof aside, "%s.lost-%llu", l.relay.config.log_dir,
                   (unsigned long long)l.copy_size);
    cr_assert_eq(access(aside, F_OK), 0);
    cr_assert_neq(access(l.relay.config.log_dir, F_OK), 0);
}

/* ---- offered again ---- */

Test(restore, what_is_missing_is_taken_again_under_its_id_with_when_it_was_accepted)
{
    SH_DEFER(loss_free) struct loss l;
    loss_make(&l);
    loss_take_up(&l.relay, l.copy);
    l.relay.now_ms += 60 * SH_DAY_MS; /* older than any new message may be */
    l.relay.boot_ms += 60 * SH_DAY_MS;
    loss_offer(&l.relay, SCHOOL, &l.missing, &l.proof.accepted);
    const struct frame *accepted = sent_to(&l.relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(accepted);
    const struct verified_statement again = verified(&l, &accepted->accepted.statement);
    struct leaf then;
    MUST(leaf_decode(l.proof.accepted.leaf, &then));
    cr_assert(again.facts.has_log_index && again.facts.log_index == l.proof.accepted.index);
    cr_assert(again.facts.has_at && again.facts.at_ms == then.time_ms);
    cr_assert(id_equal(&again.facts.message_id, &l.missing.facts.message_id));
    cr_assert_gt(again.facts.clocks_len, 0);
    loss_offer(&l.relay, SCHOOL, &l.missing, &l.proof.accepted);
    const struct frame *repeat = sent_to(&l.relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(repeat);
    cr_assert_eq(repeat->accepted.statement.index, again.index, "a repeat gets the same entry");
}

Test(restore, clocks_go_on_as_they_were_and_nobody_is_told_within_the_hour)
{
    SH_DEFER(loss_free) struct loss l;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct clock_row clocks;
    struct message_row row;
    struct verified_statement then;
    loss_make(&l);
    struct note_verifier lost;
    MUST(note_verifier_parse(l.relay.post.pki.vkey, &lost));
    MUST(statement_verify(&l.proof.accepted, &lost, l.relay.post.arena, &then));
    loss_take_up(&l.relay, l.copy);
    l.relay.now_ms += 60 * SH_DAY_MS;
    l.relay.boot_ms += 60 * SH_DAY_MS;
    loss_offer(&l.relay, SCHOOL, &l.missing, &l.proof.accepted);
    MUST(arena_new(SH_MIB, 1024, &arena));
    MUST(store_message_by_id(l.relay.core->store, &l.missing.facts.from,
                             &l.missing.facts.message_id, arena, &row));
    MUST(store_clocks_get(l.relay.core->store, row.seq, arena, &clocks));
    cr_assert_geq(clocks.len, then.facts.clocks_len);
    cr_assert_eq(clocks.entries[0].due_ms, then.facts.clocks[0].due_ms);
    cr_assert_lt(duties_next_ms(clocks.entries, clocks.len), l.relay.now_ms);
    cr_assert_geq(clocks.next_ms, l.relay.now_ms + SH_HOUR_MS);
}

Test(restore, a_recipient_may_offer_it_and_its_receipts_count)
{
    SH_DEFER(loss_free) struct loss l;
    loss_make(&l);
    loss_take_up(&l.relay, l.copy);
    loss_offer(&l.relay, MASH, &l.missing, &l.proof.accepted);
    cr_assert_not_null(sent_to(&l.relay, MASH, FRAME_ACCEPTED));
    give_receipt(&l.relay, MASH, RECEIPT_OPENED, &l.missing);
    cr_assert_not_null(sent_to(&l.relay, MASH, FRAME_RECEIPT_STORED));
    ready(&l.relay, MASH, 10);
    for (size_t i = 0; i < l.relay.sent_len; i++) {
        const struct frame *frame = &l.relay.sent[i].frame;
        cr_assert(frame->type != FRAME_DELIVER ||
                      !bytes_equal(frame->deliver.envelope.header, l.missing.env.header),
                  "who offers it has it");
    }
}

Test(restore, nobody_else_may_offer_it_and_no_proof_is_bent)
{
    SH_DEFER(loss_free) struct loss l;
    SH_DEFER(letter_free) struct letter fresh;
    loss_make(&l);
    loss_take_up(&l.relay, l.copy);
    loss_offer(&l.relay, NURSE, &l.missing, &l.proof.accepted);
    const struct frame *refused = sent_to(&l.relay, NURSE, FRAME_REFUSED);
    cr_assert_not_null(refused);
    cr_assert_eq(refused->refused.code, SH_E_WRONG_SEAT);
    write_referral(&l.relay, &fresh);
    loss_offer(&l.relay, SCHOOL, &fresh, &l.proof.accepted);
    cr_assert_eq(refusal(&l), SH_E_PROOF, "the proof is of another message");
    struct statement turned = l.proof.accepted;
    turned.opening.salt.b[0] ^= 1;
    loss_offer(&l.relay, SCHOOL, &l.missing, &turned);
    cr_assert_eq(refusal(&l), SH_E_PROOF);
}

Test(restore, a_relay_that_lost_nothing_takes_no_word_of_another_log)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    struct frame frame = {.ref = 7, .type = FRAME_SUBMIT};
    relay_make(&relay);
    write_referral(&relay, &letter);
    frame.submit.envelope = letter.env;
    frame.submit.has_accepted = true;
    post_accept(&relay.post, &letter, &frame.submit.accepted);
    relay_step(&relay, SCHOOL, &frame);
    const struct frame *refused = sent_to(&relay, SCHOOL, FRAME_REFUSED);
    cr_assert_not_null(refused);
    cr_assert_eq(refused->refused.code, SH_E_BAD_CHECKPOINT);
}

Test(restore, what_was_offered_again_is_missing_no_longer)
{
    SH_DEFER(loss_free) struct loss l;
    char path[PATH_MAX + 16];
    uint64_t missing = 9;
    loss_make(&l);
    show_known(&l, l.proof.checkpoint, &l.proof.accepted);
    loss_take_up(&l.relay, l.copy);
    loss_offer(&l.relay, SCHOOL, &l.missing, &l.proof.accepted);
    (void)snprintf(path, sizeof path, "%s/after", l.dir.path);
    FILE *file = fopen(path, "wx");
    cr_assert(file && fclose(file) == 0);
    MUST(restore_report(l.relay.core, path, true, &missing, NULL));
    cr_assert_eq(missing, 0);
}
