/* What an operator asks of a relay that serves: copies and rebuilds in slices between groups, one
 * at a time, answered line by line. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/control.h"
#include "core/folder.h"
#include "core/operator.h"
#include "core/publish.h"
#include "support/relay.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct operated {
    struct temp_dir dir;
    struct relay relay;
    char copy[PATH_MAX + 16], folder[PATH_MAX + 16];
    int fd; /* the operator's end */
};

static void operated_make(struct operated *o)
{
    struct sh_why why = {0};
    struct store *store = NULL;
    char path[PATH_MAX + 16];
    memset(o, 0, sizeof *o);
    o->fd = -1;
    temp_dir_make(&o->dir);
    (void)snprintf(path, sizeof path, "%s/relay.db", o->dir.path);
    (void)snprintf(o->copy, sizeof o->copy, "%s/copy.db", o->dir.path);
    (void)snprintf(o->folder, sizeof o->folder, "%s/log", o->dir.path);
    cr_assert_eq(store_open_sqlite(path, &store, &why), SH_OK, "%s", why.text);
    relay_make_over(&o->relay, store);
    FILE *file = fopen(o->copy, "wx");
    cr_assert(file && fclose(file) == 0);
}

static void operated_publish(struct operated *o)
{
    struct core *core = o->relay.core;
    struct sh_why why = {0};
    cr_assert_eq(
        publisher_start(o->folder, 1000, book_verifier(core->book), &core->publisher, &why), SH_OK);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
}

static void operated_free(struct operated *o)
{
    publisher_stop(&o->relay.core->publisher);
    sh_closep(&o->fd);
    relay_free(&o->relay);
    temp_dir_remove(&o->dir);
}

/* A request on a connection of its own; gives the operator's end. */
static int request(struct operated *o, const char *line)
{
    int ends[2];
    struct submission *sub = NULL;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(submission_new(WORK_OPERATOR, bytes_str(line), &sub), SH_OK);
    sub->operator_fd = ends[1];
    cr_assert_eq(relay_group(&o->relay, &sub, 1), SH_OK);
    return ends[0];
}

static void backup(struct operated *o)
{
    char line[PATH_MAX + 32];
    (void)snprintf(line, sizeof line, "backup %s\n", o->copy);
    o->fd = request(o, line);
}

/* All that was said until the relay closes the connection, while groups go on. */
static const char *answer_of(struct operated *o, int fd, char *out, size_t out_len)
{
    size_t len = 0;
    for (int turns = 0; turns < 100000; turns++) {
        ssize_t got = recv(fd, out + len, out_len - 1 - len, MSG_DONTWAIT);
        if (got == 0) {
            break;
        }
        len += got > 0 ? (size_t)got : 0;
        relay_tick(&o->relay);
        o->relay.now_ms += 10;
        o->relay.boot_ms += 10;
    }
    out[len] = '\0';
    return out;
}

static bool says(struct operated *o, const char *line, const char *expected)
{
    char text[2048];
    SH_DEFER(sh_closep) int fd = request(o, line);
    const char *said = answer_of(o, fd, text, sizeof text);
    cr_expect_not_null(strstr(said, expected), "%s", said);
    return strstr(said, expected) != NULL;
}

Test(operator, a_copy_is_made_between_groups_and_opens_as_the_same_log)
{
    SH_DEFER(operated_free) struct operated o;
    SH_DEFER(letter_free) struct letter letter;
    SH_DEFER(store_close) struct store *copy = NULL;
    SH_DEFER(book_close) struct book *book = NULL;
    struct sh_why why = {0};
    char text[4096];
    operated_make(&o);
    backup(&o);
    write_referral(&o.relay, &letter);
    submit(&o.relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&o.relay, SCHOOL, FRAME_ACCEPTED));
    answer_of(&o, o.fd, text, sizeof text);
    cr_assert_not_null(strstr(text, "done "), "%s", text);
    cr_assert_eq(store_open_sqlite(o.copy, &copy, &why), SH_OK, "%s", why.text);
    cr_assert_eq(book_open(copy, o.relay.core->log_key, PKI_ORIGIN, &book, &why), SH_OK, "%s",
                 why.text);
    cr_assert_leq(book_size(book), book_size(o.relay.core->book));
}

Test(operator, one_thing_is_done_at_a_time)
{
    SH_DEFER(operated_free) struct operated o;
    char text[4096];
    operated_make(&o);
    operated_publish(&o);
    o.fd = request(&o, "rebuild\n");
    cr_assert_not_null(o.relay.core->operator_job);
    cr_assert(says(&o, "rebuild\n", "failed busy "));
    cr_assert_not_null(strstr(answer_of(&o, o.fd, text, sizeof text), "done "));
    cr_assert_null(o.relay.core->operator_job);
}

Test(operator, what_is_not_understood_is_refused_in_words)
{
    SH_DEFER(operated_free) struct operated o;
    operated_make(&o);
    cr_assert(says(&o, "backup relative.db\n", "failed usage the whole path"));
    cr_assert(says(&o, "backup /cut", "failed usage the request is cut off"));
    cr_assert(says(&o, "rebuild everything\n", "failed usage "));
    cr_assert(says(&o, "rebuild\n", "failed not_permitted "), "nothing is published here");
    cr_assert(says(&o, "backup /none/here.db\n", "failed io /none/here.db: "));
    cr_assert_null(o.relay.core->operator_job);
}

Test(operator, a_copy_ends_when_who_asked_for_it_goes_and_the_relay_does_not)
{
    SH_DEFER(operated_free) struct operated o;
    SH_DEFER(letter_free) struct letter letter;
    operated_make(&o);
    for (int i = 0; i < 400; i++) { /* so that one slice does not do */
        char name[32];
        const uint8_t filler[8192] = {0};
        (void)snprintf(name, sizeof name, "filler %d", i);
        cr_assert_eq(core_write(o.relay.core), SH_OK);
        cr_assert_eq(store_meta_put(o.relay.core->store, name, bytes_of(filler, sizeof filler)),
                     SH_OK);
    }
    relay_tick(&o.relay);
    backup(&o);
    cr_assert_not_null(o.relay.core->operator_job, "one slice is not all of it");
    sh_closep(&o.fd);
    for (int i = 0; i < 64 && o.relay.core->operator_job; i++) {
        relay_tick(&o.relay);
    }
    cr_assert_null(o.relay.core->operator_job);
    write_referral(&o.relay, &letter);
    submit(&o.relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&o.relay, SCHOOL, FRAME_ACCEPTED));
}

Test(operator, the_end_of_the_relay_closes_the_connection_without_done)
{
    SH_DEFER(operated_free) struct operated o;
    char text[256] = "";
    operated_make(&o);
    operated_publish(&o);
    o.fd = request(&o, "rebuild\n");
    publisher_stop(&o.relay.core->publisher);
    operator_end(&o.relay.core->operator_job);
    ssize_t got = recv(o.fd, text, sizeof text - 1, 0);
    cr_assert(got == 0 || !strstr(text, "done"), "%s", text);
}

/* ---- the folder ---- */

static void write_text(const struct operated *o, const char *name)
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/%s", o->folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("x", file) >= 0 && fclose(file) == 0, "%s", path);
}

static bool is_there(const struct operated *o, const char *name)
{
    char path[PATH_MAX + 128];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", o->folder, name);
    return lstat(path, &info) == 0;
}

Test(operator, a_folder_that_was_damaged_is_made_anew_and_swept)
{
    SH_DEFER(operated_free) struct operated o;
    char path[64], whole[PATH_MAX + 96], text[4096];
    operated_make(&o);
    operated_publish(&o);
    uint64_t size = book_size(o.relay.core->book);
    (void)snprintf(path, sizeof path, "tile/0/000.p/%llu", (unsigned long long)size);
    cr_assert(is_there(&o, path));
    write_text(&o, path);
    write_text(&o, "tile/0/000.p/1");
    write_text(&o, "tile/litter");
    write_text(&o, "checkpoint");
    o.fd = request(&o, "rebuild\n");
    cr_assert_not_null(strstr(answer_of(&o, o.fd, text, sizeof text), "done "), "%s", text);
    SH_DEFER(buf_wipe) struct buf tile = BUF_INIT(SH_MIB);
    (void)snprintf(whole, sizeof whole, "%s/%s", o.folder, path);
    cr_assert(!is_there(&o, "tile/litter") && !is_there(&o, "tile/0/000.p/1"));
    cr_assert_eq(book_size(o.relay.core->book), size);
    cr_assert_eq(file_read(whole, &tile, NULL), SH_OK);
    cr_assert_eq(tile.len, size * SH_HASH_BYTES);
}

Test(operator, a_folder_that_cannot_be_written_is_told_to_who_asked)
{
    SH_DEFER(operated_free) struct operated o;
    char from[PATH_MAX + 64], to[PATH_MAX + 64];
    operated_make(&o);
    operated_publish(&o);
    (void)snprintf(from, sizeof from, "%s/tile", o.folder);
    (void)snprintf(to, sizeof to, "%s/away", o.folder);
    cr_assert_eq(rename(from, to), 0);
    write_text(&o, "tile");
    cr_assert(says(&o, "rebuild\n", "failed io the log folder cannot be written"));
}

Test(operator, exactly_the_files_of_a_log_belong_to_its_folder)
{
    static const struct {
        const char *path;
        bool belongs;
    } paths[] = {
        {"tile/0/000", true},
        {"tile/0/001", true},
        {"tile/0/002.p/88", true},
        {"tile/1/000.p/2", true},
        {"tile/entries/000", true},
        {"tile/entries/002.p/88", true},
        {"tile/0/002", false},
        {"tile/0/002.p/87", false},
        {"tile/0/000.p/88", false},
        {"tile/0/003", false},
        {"tile/1/000", false},
        {"tile/2/000", false},
        {"tile/9/000", false},
        {"tile/0/0", false},
        {"tile/0/x000/000", false},
        {"tile/0/x000/x000/x000/x000/x000/x000/x000/000", false},
        {"tile/0/000.new", false},
        {"tile/entries/000.p", false},
        {"tile/entries/999", false},
        {"tile/link", false},
        {"tile/", false},
        {"checkpoint", false},
        {"tile/0/18446744073709551616", false},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        cr_expect_eq(folder_has(paths[i].path, 600), paths[i].belongs, "%s", paths[i].path);
    }
}

/* ---- the way of a request ---- */

Test(operator, a_request_on_the_control_socket_goes_to_the_ledger_with_its_connection)
{
    SH_DEFER(operated_free) struct operated o;
    SH_DEFER(control_close) struct control *control = NULL;
    SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sh_why why = {0};
    struct stats stats = {0};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    operated_make(&o);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%.90s/c", o.dir.path);
    cr_assert_eq(control_open(name.sun_path, &control, &why), SH_OK, "%s", why.text);
    control_requests_to(control, o.relay.core->ring);
    cr_assert_eq(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    cr_assert_eq(send(fd, "rebuild\n", 8, 0), 8);
    control_serve(control, &stats, true);
    struct submission *sub = ring_take_unverified(o.relay.core->ring);
    cr_assert_eq(sub->work, WORK_OPERATOR);
    cr_assert_geq(sub->operator_fd, 0);
    cr_assert(bytes_equal(sub->raw, bytes_str("rebuild\n")));
}

Test(operator, a_request_that_nobody_takes_is_refused)
{
    SH_DEFER(operated_free) struct operated o;
    SH_DEFER(control_close) struct control *control = NULL;
    SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sh_why why = {0};
    struct stats stats = {0};
    char text[128] = "";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    operated_make(&o);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%.90s/c", o.dir.path);
    cr_assert_eq(control_open(name.sun_path, &control, &why), SH_OK, "%s", why.text);
    cr_assert_eq(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    cr_assert_eq(send(fd, "rebuild\n", 8, 0), 8);
    control_serve(control, &stats, true);
    cr_assert_gt(recv(fd, text, sizeof text - 1, 0), 0);
    cr_assert_eq(strncmp(text, "failed busy ", 12), 0, "%s", text);
}
