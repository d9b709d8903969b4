/* Enrolled seats that do not play by the rules: none of them ends the relay, stalls it for others,
 * or has it say what is not so. */
#include "base/cleanup.h"
#include "core/clocks.h"
#include "support/fault_vfs.h"
#include "support/relay.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char NOTE[] =
    "{\"kind\":\"note\",\"to\":[\"mash@999.social-care\"],\"inform\":[\"managers@999.social-care\"]"
    ","
    "\"text\":\"More of the same.\",\"author\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}";

static uint32_t refused(const struct relay *relay, enum post_seat seat)
{
    const struct frame *frame = sent_to(relay, seat, FRAME_REFUSED);
    return frame ? frame->refused.code : 0;
}

static uint32_t deferred(const struct relay *relay, enum post_seat seat)
{
    const struct frame *frame = sent_to(relay, seat, FRAME_DEFER);
    return frame ? frame->defer.code : 0;
}

static void answer_to(struct letter *answer, const struct letter *parent)
{
    answer->facts.thread_id = parent->facts.thread_id;
    answer->facts.has_parent = true;
    cr_assert_eq(header_hash(parent->env.header, &answer->facts.parent), SH_OK);
    answer->inside = answer->facts;
}

Test(malice, a_long_thread_of_large_headers_neither_ends_the_relay_nor_is_put_off)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter referral;
    struct sh_id many[SH_ENCLOSURES_MAX];
    relay_make(&relay);
    write_referral(&relay, &referral);
    submit(&relay, SCHOOL, &referral);
    for (unsigned i = 0; i < SH_ENCLOSURES_MAX; i++) {
        memset(&many[i], 0, sizeof many[i]);
        be32_store(many[i].b, i);
    }
    for (int i = 0; i < 300; i++) {
        SH_DEFER(letter_free) struct letter note;
        letter_write(&relay.post, &note, SCHOOL, NOTE, 0);
        answer_to(&note, &referral);
        note.facts.encloses = many;
        note.facts.encloses_len = SH_ENCLOSURES_MAX;
        letter_forge(&relay.post, &note);
        submit(&relay, SCHOOL, &note);
        cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED),
                           "note %d: refused %u, put off %u", i, refused(&relay, SCHOOL),
                           deferred(&relay, SCHOOL));
    }
}

Test(malice, an_answer_that_takes_the_id_of_its_thread_is_refused)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter decision;
    relay_make(&relay);
    write_referral(&relay, &referral);
    submit(&relay, SCHOOL, &referral);
    letter_write(&relay.post, &decision, MASH, POST_DECISION, 2);
    answer_to(&decision, &referral);
    /* It would stand beside the thread: decided, and nothing that anyone could contest. */
    decision.facts.message_id = referral.facts.message_id;
    decision.inside = decision.facts;
    letter_seal(&relay.post, &decision);
    submit(&relay, MASH, &decision);
    cr_assert_eq(refused(&relay, MASH), SH_E_ID_REUSED);
}

Test(malice, what_is_refused_counts_against_the_quota)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter note;
    relay_make(&relay);
    letter_write(&relay.post, &note, SCHOOL, NOTE, 0);
    letter_seal(&relay.post, &note);
    uint32_t quota = policy_quota_per_hour(relay.core->loaded->policy);
    for (uint32_t i = 0; i < quota; i++) {
        submit(&relay, SCHOOL, &note);
        cr_assert_eq(refused(&relay, SCHOOL), SH_E_WRONG_ORDER);
    }
    submit(&relay, SCHOOL, &note);
    cr_assert_eq(deferred(&relay, SCHOOL), SH_E_QUOTA);
}

Test(malice, a_seat_revoked_after_verification_opens_no_session_and_is_told_nothing)
{
    SH_DEFER(relay_free) struct relay relay;
    struct frame ready_frame = {.ref = 1, .type = FRAME_READY, .ready = {.credit = 10}};
    struct frame ask = {.ref = 2, .type = FRAME_DIRECTORY_GET};
    relay_make(&relay);
    struct submission *before[] = {relay_frame(&relay, DEPUTY, &ready_frame),
                                   relay_frame(&relay, DEPUTY, &ask)};
    relay.post.pki.seats[DEPUTY].revoked = true;
    relay_reload(&relay);
    cr_assert_eq(relay_group(&relay, before, 2), SH_OK);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_REFUSED), 2);
    cr_assert_eq(refused(&relay, DEPUTY), SH_E_UNKNOWN_SEAT);
    cr_assert_eq(sessions_count(relay.core->sessions), 0);
}

Test(malice, notice_seen_takes_no_message_off_the_queue)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    struct frame seen = {.ref = 4, .type = FRAME_NOTICE_SEEN};
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    ready(&relay, MASH, 10);
    seen.notice_seen.item = sent_to(&relay, MASH, FRAME_DELIVER)->deliver.item;
    relay_step(&relay, MASH, &seen);
    struct submission *gone = relay_command(&relay, WORK_GONE, connection_of(MASH));
    cr_assert_eq(relay_group(&relay, &gone, 1), SH_OK);
    ready(&relay, MASH, 10);
    cr_assert_not_null(sent_to(&relay, MASH, FRAME_DELIVER), "it goes by a receipt alone");
}

/* Two connections of one seat send the same message; the disk is full before either is durable. */
Test(malice, a_repeat_of_what_a_full_disk_undid_is_put_off_and_not_refused)
{
    SH_DEFER(temp_dir_remove) struct temp_dir folder;
    SH_DEFER(fault_vfs_remove) struct fault_vfs faults;
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    struct store *store = NULL;
    struct sh_why why = {0};
    char path[PATH_MAX + 16];
    fault_vfs_install(&faults);
    temp_dir_make(&folder);
    (void)snprintf(path, sizeof path, "%s/relay.db", folder.path);
    cr_assert_eq(store_open_sqlite(path, &store, &why), SH_OK, "%s", why.text);
    relay_make_over(&relay, store);
    write_referral(&relay, &letter);
    struct frame frame = {.ref = 7, .type = FRAME_SUBMIT};
    frame.submit.envelope = letter.env;
    struct submission *twice[] = {relay_frame(&relay, SCHOOL, &frame),
                                  relay_frame(&relay, SCHOOL, &frame)};
    faults.room = 0;
    cr_assert_eq(relay_group(&relay, twice, 2), SH_OK);
    cr_assert_eq(count_sent(&relay, SCHOOL, FRAME_REFUSED), 0, "code %u", refused(&relay, SCHOOL));
    cr_assert_eq(count_sent(&relay, SCHOOL, FRAME_DEFER), 2);
    cr_assert_eq(deferred(&relay, SCHOOL), SH_E_DISK_FULL);
    fault_vfs_heal(&faults);
}

Test(malice, a_clock_that_jumped_since_the_last_tick_accepts_nothing)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    int64_t before_ms = relay.now_ms;
    relay.now_ms += 20 * SH_DAY_MS;
    submit(&relay, SCHOOL, &letter);
    cr_assert_eq(deferred(&relay, SCHOOL), SH_E_CLOCK);
    cr_assert_leq(book_last_time_ms(relay.core->book), before_ms,
                  "no leaf may take a time that the log cannot go back behind");
}

Test(malice, pieces_of_the_directory_are_given_so_often_and_then_put_off)
{
    SH_DEFER(relay_free) struct relay relay;
    struct frame ask = {.ref = 2, .type = FRAME_DIRECTORY_GET};
    int given = 0;
    relay_make(&relay);
    for (relay_step(&relay, NURSE, &ask); sent_to(&relay, NURSE, FRAME_DIRECTORY);
         relay_step(&relay, NURSE, &ask)) {
        cr_assert_lt(++given, 1000);
    }
    cr_assert_geq(given, 256);
    cr_assert_eq(deferred(&relay, NURSE), SH_E_QUOTA);
    relay_step(&relay, MASH, &ask);
    cr_assert_not_null(sent_to(&relay, MASH, FRAME_DIRECTORY), "others are not concerned");
}

static sh_err count_records(void *ctx, const struct link_record *record)
{
    *(size_t *)ctx += record->type == LINK_SEND;
    return SH_OK;
}

static size_t drain(struct relay *relay)
{
    size_t count = 0;
    bool end = false;
    sh_err reason = SH_OK;
    cr_assert_eq(outbox_drain(relay->core->outbox, count_records, &count, &end, &reason), SH_OK);
    return count;
}

Test(malice, a_session_that_finds_the_outbox_full_is_served_by_the_next_tick)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    SH_DEFER(buf_wipe) struct buf much = BUF_INIT(LINK_KEYS_BYTES_MAX);
    uint8_t *room = NULL;
    bool stop = false;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    cr_assert_eq(buf_reserve(&much, LINK_KEYS_BYTES_MAX, &room), SH_OK);
    for (int i = 0; i < 17; i++) {
        cr_assert_eq(
            outbox_add(relay.core->outbox, LINK_KEYS, 1, bytes_of(room, LINK_KEYS_BYTES_MAX)),
            SH_OK);
    }
    struct frame frame = {.ref = 1, .type = FRAME_READY, .ready = {.credit = 5}};
    struct submission *sub = relay_frame(&relay, MASH, &frame);
    cr_assert_eq(ledger_group(relay.core, &sub, 1, &stop), SH_OK);
    cr_assert_eq(drain(&relay), 0, "deliveries wait for room");
    sub = relay_command(&relay, WORK_TICK, 0);
    cr_assert_eq(ledger_group(relay.core, &sub, 1, &stop), SH_OK);
    cr_assert_eq(drain(&relay), 2, "the message and CAUGHT_UP");
}

Test(malice, whoever_comes_in_under_an_old_connections_number_gets_none_of_its_mail)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    struct frame frame = {.ref = 1, .type = FRAME_READY, .ready = {.credit = 5}};
    relay_make(&relay);
    ready(&relay, MASH, 5);
    struct submission *sub = relay_frame(&relay, NURSE, &frame);
    sub->connection = connection_of(MASH);
    cr_assert_eq(relay_group(&relay, &sub, 1), SH_OK);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 0, "the nurse sits there now");
}

Test(malice, a_restart_with_an_older_directory_is_refused)
{
    SH_DEFER(temp_dir_remove) struct temp_dir folder;
    SH_DEFER(relay_free) struct relay relay;
    struct store *store = NULL;
    struct sh_why why = {0};
    char path[PATH_MAX + 16];
    temp_dir_make(&folder);
    (void)snprintf(path, sizeof path, "%s/relay.db", folder.path);
    cr_assert_eq(store_open_sqlite(path, &store, &why), SH_OK, "%s", why.text);
    relay_make_over(&relay, store);
    SH_DEFER(loaded_release) struct loaded *older = loaded_share(relay.core->loaded);
    relay.post.pki.seats[DEPUTY].revoked = true;
    relay_reload(&relay);
    cr_assert_eq(clocks_check_directory(relay.core, &why), SH_OK);
    loaded_release(&relay.core->loaded);
    relay.core->loaded = loaded_share(older);
    cr_assert_eq(clocks_check_directory(relay.core, &why), SH_E_ROLLBACK);
}

/* Readers check the sender's chain at the time of acceptance, without a grace. */
Test(malice, what_no_reader_would_take_for_its_date_is_not_accepted)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    int64_t after_ms =
        certificate_not_after_ms(relay.post.pki.seats[SCHOOL].sign_cert) + SH_HOUR_MS;
    relay.boot_ms += after_ms - relay.now_ms;
    relay.now_ms = after_ms;
    letter_write(&relay.post, &letter, SCHOOL, POST_REFERRAL, 0);
    letter.facts.created_at_ms = letter.inside.created_at_ms = after_ms;
    letter_seal(&relay.post, &letter);
    submit(&relay, SCHOOL, &letter);
    cr_assert_eq(refused(&relay, SCHOOL), SH_E_EXPIRED);
}

Test(core, mail_for_a_seat_that_was_revoked_while_the_relay_was_down_is_told_of_at_the_start)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    relay.post.pki.seats[MASH].revoked = true;
    pki_publish(&relay.post.pki);
    post_reload(&relay.post);
    directory_free(&relay.core->loaded->directory);
    relay.core->loaded->directory = directory_ref(relay.post.directory);
    cr_assert_eq(ledger_start(relay.core), SH_OK);
    ready(&relay, SCHOOL, 10);
    const struct frame *notice = sent_to(&relay, SCHOOL, FRAME_NOTICE);
    cr_assert_not_null(notice);
    (void)must_verify(&relay, &notice->notice.statement, LEAF_UNDELIVERABLE);
}

Test(core, while_room_is_short_messages_wait_and_receipts_beside_them_are_stored)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter first;
    SH_DEFER(letter_free) struct letter second;
    struct frame frame = {.ref = 3, .type = FRAME_SUBMIT};
    struct frame ask = {.ref = 9, .type = FRAME_RECEIPT};
    relay_make(&relay);
    write_referral(&relay, &first);
    submit(&relay, SCHOOL, &first);
    write_referral(&relay, &second);
    frame.submit.envelope = second.env;
    const struct pki_seat *signer = &relay.post.pki.seats[MASH];
    struct receipt receipt = {.type = RECEIPT_DELIVERED,
                              .message_id = first.facts.message_id,
                              .by = signer->address,
                              .seat = signer->hash,
                              .at_ms = relay.now_ms};
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX * 2);
    cr_assert_eq(header_hash(first.env.header, &receipt.header_sha256), SH_OK);
    cr_assert_eq(receipt_sign(&receipt, signer->sign, &bytes), SH_OK);
    cr_assert_eq(signed_receipt_decode(bytes_buf(&bytes), relay.post.arena, &ask.receipt.receipt),
                 SH_OK);
    struct submission *group[] = {relay_frame(&relay, MASH, &ask),
                                  relay_frame(&relay, SCHOOL, &frame)};
    relay.core->disk_low = true;
    cr_assert_eq(relay_group(&relay, group, 2), SH_OK);
    cr_assert_eq(deferred(&relay, SCHOOL), SH_E_DISK_FULL);
    cr_assert_not_null(sent_to(&relay, MASH, FRAME_RECEIPT_STORED));
}
