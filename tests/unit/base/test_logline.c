#include "base/cleanup.h"
#include "base/logline.h"

#include <criterion/criterion.h>
#include <fcntl.h>

/* Standard error as a pipe, while a test looks at what is written to it. */
struct capture {
    int reader;
    int old_stderr;
};

static void capture_begin(struct capture *c)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    c->reader = ends[0];
    c->old_stderr = dup(STDERR_FILENO);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
}

/* What was written since, with a NUL behind it. */
static size_t capture_end(struct capture *c, char *out, size_t out_len)
{
    ssize_t got = read(c->reader, out, out_len - 1);
    size_t len = got > 0 ? (size_t)got : 0;
    cr_assert_eq(dup2(c->old_stderr, STDERR_FILENO), STDERR_FILENO);
    close(c->old_stderr);
    close(c->reader);
    out[len] = '\0';
    return len;
}

Test(base, a_log_line_has_level_program_event_and_fields)
{
    struct capture capture;
    char line[256];
    log_open("core", LOG_LEVEL_INFO);
    capture_begin(&capture);
    log_event(LOG_LEVEL_WARN, "refused", "id=%s code=%d", "ab12", 7);
    capture_end(&capture, line, sizeof line);
    cr_assert_str_eq(line, "<4>core refused id=ab12 code=7\n");
}

Test(base, what_is_less_severe_than_asked_for_is_not_written)
{
    struct capture capture;
    char line[256];
    log_open("core", LOG_LEVEL_WARN);
    capture_begin(&capture);
    log_event(LOG_LEVEL_INFO, "accepted", "n=%d", 1);
    log_event(LOG_LEVEL_DEBUG, "polled", "n=%d", 2);
    log_event(LOG_LEVEL_ERROR, "failed", "n=%d", 3);
    capture_end(&capture, line, sizeof line);
    cr_assert_str_eq(line, "<3>core failed n=3\n");
}

Test(base, a_log_line_that_is_too_long_is_cut_and_still_ends)
{
    struct capture capture;
    char line[4096];
    log_open("core", LOG_LEVEL_INFO);
    capture_begin(&capture);
    log_event(LOG_LEVEL_INFO, "long", "n=%2000d", 1);
    size_t len = capture_end(&capture, line, sizeof line);
    cr_assert_leq(len, 1024);
    cr_assert_gt(len, 1000);
    cr_assert_eq(line[len - 1], '\n');
    cr_assert_eq(strchr(line, '\n'), line + len - 1);
}

Test(base, a_full_pipe_loses_the_line_and_does_not_stop_us)
{
    struct capture capture;
    char line[256];
    log_open("core", LOG_LEVEL_INFO);
    capture_begin(&capture);
    cr_assert_eq(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 100000; i++) {
        log_event(LOG_LEVEL_INFO, "flood", "n=%d", i);
    }
    cr_assert_gt(capture_end(&capture, line, sizeof line), 0);
}

Test(base, peer_text_is_escaped_in_a_log)
{
    char out[64];
    cr_assert_str_eq(log_escape("plain-Text_1", out, sizeof out), "plain-Text_1");
    cr_assert_str_eq(log_escape("a b\n<3>x", out, sizeof out), "a\\x20b\\x0a<3>x");
    cr_assert_str_eq(log_escape("\\x41", out, sizeof out), "\\x5cx41");
    cr_assert_str_eq(log_escape("\xC3\xA9\x7f\x01", out, sizeof out), "\\xc3\\xa9\\x7f\\x01");
    cr_assert_str_eq(log_escape("", out, sizeof out), "");
}

Test(base, escaped_text_is_cut_between_signs)
{
    char out[6];
    cr_assert_str_eq(log_escape("abcdefgh", out, sizeof out), "abcde");
    cr_assert_str_eq(log_escape("a\nb", out, sizeof out), "a\\x0a");
    cr_assert_str_eq(log_escape("ab\nc", out, sizeof out), "ab");
}
