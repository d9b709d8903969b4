/* What the core shows to the outside beside its answers: the published folder when it cannot be
 * written, the control socket and clients of it that do not behave, the outbox when nobody drains
 * it. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/control.h"
#include "core/publish.h"
#include "support/relay.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the published folder ---- */

struct shown {
    struct temp_dir dir;
    struct relay relay;
    char folder[PATH_MAX + 8], tiles[PATH_MAX + 16], checkpoint[PATH_MAX + 32];
};

static void shown_make(struct shown *s)
{
    struct sh_why why = {0};
    temp_dir_make(&s->dir);
    relay_make(&s->relay);
    (void)snprintf(s->folder, sizeof s->folder, "%s/log", s->dir.path);
    (void)snprintf(s->tiles, sizeof s->tiles, "%s/tile", s->folder);
    (void)snprintf(s->checkpoint, sizeof s->checkpoint, "%s/checkpoint", s->folder);
    struct core *core = s->relay.core;
    cr_assert_eq(
        publisher_start(s->folder, 1000, book_verifier(core->book), &core->publisher, &why), SH_OK);
}

static void shown_free(struct shown *s)
{
    publisher_stop(&s->relay.core->publisher);
    relay_free(&s->relay);
    temp_dir_remove(&s->dir);
}

static uint64_t published_size(const struct shown *s)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = post_verifier(&s->relay.post);
    struct checkpoint checkpoint;
    if (file_read(s->checkpoint, &note, NULL) != SH_OK) {
        return 0;
    }
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &verifier, &checkpoint), SH_OK);
    return checkpoint.size;
}

Test(publish, a_folder_that_cannot_be_written_stops_nobody_and_is_caught_up_with_later)
{
    SH_DEFER(shown_free) struct shown s;
    SH_DEFER(letter_free) struct letter letter;
    shown_make(&s);
    struct core *core = s.relay.core;
    cr_assert_eq(file_write_atomic(s.tiles, bytes_str("in the way"), 0600, NULL), SH_OK);
    write_referral(&s.relay, &letter);
    submit(&s.relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&s.relay, SCHOOL, FRAME_ACCEPTED));
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    cr_assert_eq(published_size(&s), 0, "no checkpoint promises what is not there");
    cr_assert_eq(unlink(s.tiles), 0);
    s.relay.now_ms += 1000;
    s.relay.boot_ms += 1000;
    relay_tick(&s.relay);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    cr_assert_eq(published_size(&s), book_size(core->book));
}

Test(publish, an_orderly_end_tries_once_more_what_failed_before)
{
    SH_DEFER(shown_free) struct shown s;
    shown_make(&s);
    struct core *core = s.relay.core;
    cr_assert_eq(file_write_atomic(s.tiles, bytes_str("in the way"), 0600, NULL), SH_OK);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    cr_assert_eq(published_size(&s), 0);
    cr_assert_eq(unlink(s.tiles), 0);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    cr_assert_eq(published_size(&s), book_size(core->book));
}

Test(publish, a_folder_that_cannot_be_made_is_an_error_at_the_start)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(publisher_stop) struct publisher *publisher = NULL;
    struct sh_why why = {0};
    char file[PATH_MAX + 8], folder[PATH_MAX + 16];
    temp_dir_make(&dir);
    relay_make(&relay);
    (void)snprintf(file, sizeof file, "%s/file", dir.path);
    (void)snprintf(folder, sizeof folder, "%s/log", file);
    cr_assert_eq(file_write_atomic(file, bytes_str("x"), 0600, NULL), SH_OK);
    cr_assert_eq(publisher_start(folder, 1000, book_verifier(relay.core->book), &publisher, &why),
                 SH_E_IO);
    cr_assert_not_null(strstr(why.text, folder));
}

/* ---- the control socket ---- */

struct asked {
    struct temp_dir dir;
    struct control *control;
    struct stats stats;
    char path[PATH_MAX + 8];
};

static void asked_make(struct asked *a)
{
    struct sh_why why = {0};
    memset(a, 0, sizeof *a);
    temp_dir_make(&a->dir);
    (void)snprintf(a->path, sizeof a->path, "%s/c", a->dir.path);
    cr_assert_eq(control_open(a->path, &a->control, &why), SH_OK, "%s", why.text);
}

static void asked_free(struct asked *a)
{
    control_close(&a->control);
    temp_dir_remove(&a->dir);
}

static int connect_to(const struct asked *a)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    cr_assert_lt(strlen(a->path), sizeof name.sun_path);
    memcpy(name.sun_path, a->path, strlen(a->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

Test(control, without_a_gate_the_relay_is_not_well)
{
    SH_DEFER(asked_free) struct asked a;
    char text[256] = "";
    asked_make(&a);
    SH_DEFER(sh_closep) int fd = connect_to(&a);
    cr_assert_eq(send(fd, "health\n", 7, MSG_NOSIGNAL), 7);
    control_serve(a.control, &a.stats, false);
    cr_assert_gt(recv(fd, text, sizeof text - 1, 0), 0);
    cr_assert_eq(strncmp(text, "not serving\ngate missing\n", 25), 0, "%s", text);
}

Test(control, one_who_leaves_without_a_word_or_before_the_answer_disturbs_nobody)
{
    SH_DEFER(asked_free) struct asked a;
    char text[32] = "";
    asked_make(&a);
    control_serve(a.control, &a.stats, true); /* nobody waits: it returns at once */
    SH_DEFER(sh_closep) int silent = connect_to(&a);
    sh_closep(&silent);
    control_serve(a.control, &a.stats, true);
    SH_DEFER(sh_closep) int hasty = connect_to(&a);
    cr_assert_eq(send(hasty, "health\n", 7, MSG_NOSIGNAL), 7);
    sh_closep(&hasty);
    control_serve(a.control, &a.stats, true);
    SH_DEFER(sh_closep) int patient = connect_to(&a);
    cr_assert_eq(send(patient, "health\n", 7, MSG_NOSIGNAL), 7);
    control_serve(a.control, &a.stats, true);
    cr_assert_gt(recv(patient, text, sizeof text - 1, 0), 0);
    cr_assert_eq(strncmp(text, "ok\n", 3), 0, "%s", text);
}

Test(control, a_path_that_is_too_long_or_taken_is_told_by_name)
{
    SH_DEFER(asked_free) struct asked a;
    SH_DEFER(control_close) struct control *second = NULL;
    struct sh_why why = {0};
    char path[256];
    asked_make(&a);
    cr_assert_eq(control_open(a.path, &second, &why), SH_E_LOCKED);
    cr_assert_not_null(strstr(why.text, a.path));
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    cr_assert_eq(control_open(path, &second, &why), SH_E_TOO_BIG);
    cr_assert_null(second);
}

/* ---- the outbox ---- */

struct drained {
    size_t len;
    uint64_t connections[4];
    sh_err broken;
};

static sh_err take_record(void *ctx, const struct link_record *record)
{
    struct drained *drained = ctx;
    SH_TRY(drained->broken);
    SH_CHECK(drained->len < 4, SH_E_BUG);
    drained->connections[drained->len++] = record->connection;
    return SH_OK;
}

Test(outbox, what_is_posted_before_anyone_drains_comes_in_order)
{
    SH_DEFER(outbox_free) struct outbox *outbox = NULL;
    struct drained drained = {.len = 0};
    bool end = true;
    sh_err reason = SH_E_BUG;
    cr_assert_eq(outbox_new(&outbox), SH_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        cr_assert_eq(outbox_add(outbox, LINK_SEND, i, bytes_str("x")), SH_OK);
        outbox_post(outbox);
    }
    outbox_post(outbox); /* nothing was added: nothing is posted */
    struct pollfd woken = {.fd = outbox_fd(outbox), .events = POLLIN};
    cr_assert_eq(poll(&woken, 1, 0), 1);
    cr_assert_eq(outbox_drain(outbox, take_record, &drained, &end, &reason), SH_OK);
    cr_assert(!end);
    cr_assert_eq(drained.len, 3);
    cr_assert(drained.connections[0] == 1 && drained.connections[1] == 2 &&
              drained.connections[2] == 3);
    cr_assert_eq(poll(&woken, 1, 0), 0);
}

Test(outbox, what_was_added_before_the_end_still_goes_and_the_reason_with_it)
{
    SH_DEFER(outbox_free) struct outbox *outbox = NULL;
    struct drained drained = {.len = 0};
    bool end = false;
    sh_err reason = SH_OK;
    cr_assert_eq(outbox_new(&outbox), SH_OK);
    cr_assert_eq(outbox_add(outbox, LINK_SEND, 5, bytes_str("x")), SH_OK);
    outbox_post_end(outbox, SH_E_STORE);
    cr_assert_eq(outbox_drain(outbox, take_record, &drained, &end, &reason), SH_OK);
    cr_assert_eq(drained.len, 1);
    cr_assert(end);
    cr_assert_eq(reason, SH_E_STORE);
}

Test(outbox, a_record_larger_than_any_is_refused_and_a_taker_that_fails_is_heard)
{
    SH_DEFER(outbox_free) struct outbox *outbox = NULL;
    struct drained drained = {.broken = SH_E_NET};
    bool end = false;
    sh_err reason = SH_OK;
    static const uint8_t large[LINK_KEYS_BYTES_MAX + 1];
    cr_assert_eq(outbox_new(&outbox), SH_OK);
    cr_assert_eq(outbox_add(outbox, LINK_KEYS, 1, bytes_of(large, sizeof large)), SH_E_TOO_BIG);
    cr_assert_eq(outbox_add(outbox, LINK_KEYS, 1, bytes_of(large, sizeof large - 1)), SH_OK);
    outbox_post(outbox);
    cr_assert_eq(outbox_drain(outbox, take_record, &drained, &end, &reason), SH_E_NET);
}
