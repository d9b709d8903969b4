/* The core's small parts, each by itself. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/outbox.h"
#include "core/ring.h"
#include "core/sessions.h"
#include "core/tally.h"
#include "core/timekeeper.h"

#include <criterion/criterion.h>

struct turned_clock {
    int64_t now_ms, boot_ms;
};

static int64_t turned_now(void *ctx)
{
    return ((struct turned_clock *)ctx)->now_ms;
}

static int64_t turned_boot(void *ctx)
{
    return ((struct turned_clock *)ctx)->boot_ms;
}

Test(timekeeper, a_jump_of_more_than_a_minute_is_found_and_forgiven_when_it_is_undone)
{
    struct turned_clock turned = {.now_ms = 1000000, .boot_ms = 5000};
    struct timekeeper keeper;
    timekeeper_init(&keeper,
                    (struct clock){.now_ms = turned_now, .boot_ms = turned_boot, .ctx = &turned});
    turned.now_ms += 60 * SH_SECOND_MS;
    cr_assert(!timekeeper_check(&keeper), "a minute exactly is not more than a minute");
    turned.now_ms += 1;
    cr_assert(timekeeper_check(&keeper));
    cr_assert(!timekeeper_check(&keeper), "it is told once");
    cr_assert(keeper.jumped);
    cr_assert_eq(timekeeper_now_ms(&keeper, 0), 1000000, "leaves go on in the time of before");
    turned.now_ms = 1000000;
    cr_assert(!timekeeper_check(&keeper));
    cr_assert(!keeper.jumped);
}

Test(timekeeper, small_corrections_are_followed_without_end)
{
    struct turned_clock turned = {.now_ms = 1000000, .boot_ms = 5000};
    struct timekeeper keeper;
    timekeeper_init(&keeper,
                    (struct clock){.now_ms = turned_now, .boot_ms = turned_boot, .ctx = &turned});
    for (int i = 0; i < 600; i++) {
        turned.now_ms += 1900;
        turned.boot_ms += 1000;
        cr_assert(!timekeeper_check(&keeper));
    }
}

Test(timekeeper, accept_times_never_run_backwards)
{
    struct turned_clock turned = {.now_ms = 1000, .boot_ms = 0};
    struct timekeeper keeper;
    timekeeper_init(&keeper,
                    (struct clock){.now_ms = turned_now, .boot_ms = turned_boot, .ctx = &turned});
    cr_assert_eq(timekeeper_now_ms(&keeper, 5000), 5000);
}

Test(timekeeper, a_start_behind_the_log_is_refused_and_ahead_of_it_needs_someone_to_vouch)
{
    struct sh_why why = {0};
    cr_assert_eq(timekeeper_start_check(999, 1000, true, true, &why), SH_E_CLOCK);
    cr_assert_eq(timekeeper_start_check(1000, 1000, true, false, &why), SH_OK);
    cr_assert_eq(timekeeper_start_check(5000, 1000, false, true, &why), SH_OK);
    cr_assert_eq(timekeeper_start_check(5000, 1000, false, false, &why), SH_E_CLOCK);
    cr_assert_eq(timekeeper_start_check(5000, 0, false, false, &why), SH_OK,
                 "a new log asks nobody");
}

static sh_err sum_counts(void *ctx, const struct sh_hash *seat, uint32_t what, uint64_t count)
{
    (void)seat;
    (void)what;
    *(uint64_t *)ctx += count;
    return SH_OK;
}

Test(tally, counts_by_seat_and_thing_and_forgets_with_the_hour)
{
    SH_DEFER(tally_free) struct tally *tally = NULL;
    struct sh_hash one = {{1}}, two = {{2}};
    uint64_t sum = 0;
    cr_assert_eq(tally_new(&tally), SH_OK);
    cr_assert_eq(tally_add(tally, &one, 7, 0), 1);
    cr_assert_eq(tally_add(tally, &one, 7, 1), 2);
    cr_assert_eq(tally_add(tally, &one, 8, 1), 1);
    cr_assert_eq(tally_add(tally, &two, 7, 1), 1);
    cr_assert_eq(tally_turn(tally, SH_HOUR_MS - 1, sum_counts, &sum), SH_OK);
    cr_assert_eq(sum, 0, "the hour is not over");
    cr_assert_eq(tally_turn(tally, SH_HOUR_MS, sum_counts, &sum), SH_OK);
    cr_assert_eq(sum, 4);
    cr_assert_eq(tally_add(tally, &one, 7, SH_HOUR_MS), 1);
}

Test(tally, a_flood_fills_it_and_counts_as_too_many)
{
    SH_DEFER(tally_free) struct tally *tally = NULL;
    struct sh_hash seat = {{0}};
    uint64_t count = 0;
    cr_assert_eq(tally_new(&tally), SH_OK);
    for (uint32_t i = 0; i < 20000; i++) {
        be32_store(seat.b, i);
        count = tally_add(tally, &seat, 1, 0);
    }
    cr_assert_eq(count, UINT64_MAX);
    be32_store(seat.b, 5);
    cr_assert_eq(tally_add(tally, &seat, 1, 0), 2, "those that were there go on counting");
}

Test(sessions, are_found_by_connection_woken_by_seat_and_removed)
{
    SH_DEFER(sessions_free) struct sessions *sessions = NULL;
    struct sh_hash seat = {{0}};
    uint8_t key[32] = {0};
    struct session *session = NULL;
    cr_assert_eq(sessions_new(&sessions), SH_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        be32_store(seat.b, i / 4);
        cr_assert_eq(sessions_add(sessions, i, &seat, key, &session), SH_OK);
    }
    cr_assert_eq(sessions_count(sessions), 1000);
    cr_assert_eq(sessions_find(sessions, 500)->connection, 500);
    cr_assert_null(sessions_find(sessions, 1000));
    sessions_wake(sessions, &seat);
    size_t woken = 0;
    for (session = sessions_next(sessions, NULL); session;
         session = sessions_next(sessions, session)) {
        woken += session->woken;
    }
    cr_assert_eq(woken, 4);
    for (uint64_t i = 0; i < 1000; i += 2) {
        sessions_remove(sessions, i);
        sessions_remove(sessions, i);
    }
    cr_assert_eq(sessions_count(sessions), 500);
    cr_assert_null(sessions_find(sessions, 500));
    cr_assert_not_null(sessions_find(sessions, 501));
}

static struct submission *numbered(enum work work, uint64_t number)
{
    struct submission *sub = NULL;
    cr_assert_eq(submission_new(work, bytes_of(NULL, 0), &sub), SH_OK);
    sub->connection = number;
    return sub;
}

Test(ring, gives_the_ledger_everything_in_order_however_workers_finish)
{
    SH_DEFER(ring_free) struct ring *ring = NULL;
    struct submission *out[8], *taken[3];
    cr_assert_eq(ring_new(&ring), SH_OK);
    for (uint64_t i = 0; i < 3; i++) {
        struct submission *sub = numbered(WORK_FRAME, i);
        cr_assert_eq(ring_put(ring, &sub), SH_OK);
        cr_assert_null(sub);
    }
    for (size_t i = 0; i < 3; i++) {
        taken[i] = ring_take_unverified(ring);
    }
    ring_verified(ring, taken[0]);
    ring_verified(ring, taken[2]);
    cr_assert_eq(ring_take(ring, out, 8), 1,
                 "the second is not verified: the third waits behind it");
    submission_free(&out[0]);
    ring_verified(ring, taken[1]);
    cr_assert_eq(ring_take(ring, out, 8), 2);
    cr_assert_eq(out[0]->connection, 1);
    cr_assert_eq(out[1]->connection, 2);
    submission_free(&out[0]);
    submission_free(&out[1]);
}

Test(ring, refuses_frames_when_full_and_still_takes_commands)
{
    SH_DEFER(ring_free) struct ring *ring = NULL;
    cr_assert_eq(ring_new(&ring), SH_OK);
    for (uint64_t i = 0; i < SH_PENDING_MAX; i++) {
        struct submission *sub = numbered(WORK_FRAME, i);
        cr_assert_eq(ring_put(ring, &sub), SH_OK);
    }
    SH_DEFER(submission_free) struct submission *late = numbered(WORK_FRAME, 0);
    cr_assert_eq(ring_put(ring, &late), SH_E_BUSY);
    cr_assert_not_null(late, "it stays the caller's");
    struct submission *command = numbered(WORK_STOP, 0);
    cr_assert_eq(ring_put(ring, &command), SH_OK);
}

Test(ring, a_closed_one_ends_those_who_wait)
{
    SH_DEFER(ring_free) struct ring *ring = NULL;
    struct submission *out[1];
    cr_assert_eq(ring_new(&ring), SH_OK);
    ring_close(ring);
    cr_assert_null(ring_take_unverified(ring));
    cr_assert_eq(ring_take(ring, out, 1), 0);
    SH_DEFER(submission_free) struct submission *late = numbered(WORK_FRAME, 0);
    cr_assert_eq(ring_put(ring, &late), SH_E_BUSY);
}

static size_t fill(struct ring *ring, enum work work)
{
    size_t len = 0;
    for (;; len++) {
        SH_DEFER(submission_free) struct submission *sub = NULL;
        cr_assert_eq(submission_new(work, bytes_str("x"), &sub), SH_OK);
        if (ring_put(ring, &sub) != SH_OK) {
            return len;
        }
    }
}

Test(ring, however_many_come_and_go_there_is_room_for_what_must_not_be_lost)
{
    SH_DEFER(ring_free) struct ring *ring = NULL;
    cr_assert_eq(ring_new(&ring), SH_OK);
    cr_assert_eq(fill(ring, WORK_FRAME), SH_PENDING_MAX);
    cr_assert_gt(fill(ring, WORK_GONE), 0);
    cr_assert_gt(fill(ring, WORK_TICK), 0);
    cr_assert_gt(fill(ring, WORK_RELOAD), 0);
}

Test(sessions, of_one_seat_the_oldest_makes_room_and_others_keep_theirs)
{
    SH_DEFER(sessions_free) struct sessions *sessions = NULL;
    struct sh_hash one = {{1}}, two = {{2}};
    uint8_t key[32] = {0};
    struct session *session = NULL;
    cr_assert_eq(sessions_new(&sessions), SH_OK);
    cr_assert_eq(sessions_add(sessions, 1000, &two, key, &session), SH_OK);
    for (uint64_t i = 0; i < SESSIONS_OF_SEAT_MAX + 3; i++) {
        cr_assert_eq(sessions_add(sessions, i, &one, key, &session), SH_OK);
    }
    cr_assert_eq(sessions_count(sessions), SESSIONS_OF_SEAT_MAX + 1);
    cr_assert_null(sessions_find(sessions, 2));
    cr_assert_not_null(sessions_find(sessions, 3));
    cr_assert_not_null(sessions_find(sessions, 1000));
}

struct narrow {
    size_t takes;
    uint64_t last;
};

static sh_err take_few(void *ctx, const struct link_record *record)
{
    struct narrow *narrow = ctx;
    SH_CHECK(narrow->takes > 0, SH_E_BUSY);
    narrow->takes--;
    cr_assert_eq(record->connection, narrow->last + 1, "in order, each once");
    narrow->last = record->connection;
    return SH_OK;
}

Test(outbox, what_the_link_cannot_take_now_goes_first_the_next_time)
{
    SH_DEFER(outbox_free) struct outbox *outbox = NULL;
    struct narrow narrow = {.takes = 2};
    bool end = false;
    sh_err reason = SH_OK;
    cr_assert_eq(outbox_new(&outbox), SH_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        cr_assert_eq(outbox_add(outbox, LINK_SEND, i, bytes_str("frame")), SH_OK);
    }
    outbox_post(outbox);
    cr_assert_eq(outbox_drain(outbox, take_few, &narrow, &end, &reason), SH_OK);
    cr_assert_gt(outbox_waiting(outbox), 0);
    cr_assert_eq(outbox_add(outbox, LINK_SEND, 4, bytes_str("frame")), SH_OK);
    outbox_post(outbox);
    narrow.takes = 1;
    cr_assert_eq(outbox_drain(outbox, take_few, &narrow, &end, &reason), SH_OK);
    cr_assert_eq(narrow.last, 3);
    narrow.takes = 5;
    cr_assert_eq(outbox_drain(outbox, take_few, &narrow, &end, &reason), SH_OK);
    cr_assert_eq(narrow.last, 4);
    cr_assert_eq(outbox_waiting(outbox), 0);
}
