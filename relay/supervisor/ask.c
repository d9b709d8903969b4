#include "ask.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static sh_err connect_to(const struct config *config, int *out_fd, struct sh_why *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, config->state_dir, "control.sock"));
    SH_CHECK(strlen(path) < sizeof address.sun_path, SH_E_TOO_BIG);
    memcpy(address.sun_path, path, strlen(path) + 1);
    SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SH_CHECK(fd >= 0, SH_E_IO);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return sh_fail(why, SH_E_NET, "no relay answers at %s: %s", path, strerror(errno));
    }
    *out_fd = fd;
    fd = -1;
    return SH_OK;
}

bool relay_listens(const struct config *config)
{
    SH_DEFER(sh_closep) int fd = -1;
    return connect_to(config, &fd, NULL) == SH_OK;
}

/* "failed WORD SENTENCE": the code of the word, the sentence as it is. */
static sh_err take_failure(const char *line, struct sh_why *why)
{
    static const struct {
        sh_err code;
    } codes[] = {
#define X(name, number, class, word, sentence) {SH_E_##name},
        SH_ERRORS(X)
#undef X
    };
    const char *sentence = strchr(line, ' ');
    size_t len = sentence ? (size_t)(sentence - line) : strlen(line);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const char *word = sh_err_word(codes[i].code);
        if (strlen(word) == len && strncmp(word, line, len) == 0) {
            return sh_fail(why, codes[i].code, "%s",
                           sentence ? sentence + 1 : sh_err_sentence(codes[i].code));
        }
    }
    return sh_fail(why, SH_E_FORMAT, "the relay answers what is not understood");
}

/* "DONE TOTAL" as a percentage. */
static void show_progress(const char *doing, const char *numbers)
{
    char *rest = NULL;
    uint64_t done = strtoull(numbers, &rest, 10);
    uint64_t total = strtoull(rest, NULL, 10);
    if (isatty(STDERR_FILENO) == 1 && total > 0 && done <= total) {
        (void)fprintf(stderr, "\r%s: %" PRIu64 " %%", doing, done * 100 / total);
    }
}

/* *out_over: it was the last line. */
static sh_err take_line(const char *line, const char *doing, bool *out_over, struct sh_why *why)
{
    static const char progress[] = "progress ", failed[] = "failed ";
    if (strncmp(line, progress, sizeof progress - 1) == 0) {
        show_progress(doing, line + sizeof progress - 1);
        return SH_OK;
    }
    *out_over = true;
    if (strncmp(line, failed, sizeof failed - 1) == 0) {
        return take_failure(line + sizeof failed - 1, why);
    }
    return strncmp(line, "done ", 5) == 0 ? SH_OK : take_failure("", why);
}

static sh_err read_answer(FILE *from, const char *doing, uint64_t *out_count, struct sh_why *why)
{
    char line[1024];
    bool over = false;
    while (!over) {
        if (!fgets(line, sizeof line, from)) {
            return sh_fail(why, SH_E_NET, "the relay ended before it was done");
        }
        line[strcspn(line, "\n")] = '\0';
        SH_TRY(take_line(line, doing, &over, why));
    }
    *out_count = strtoull(line + 5, NULL, 10);
    return SH_OK;
}

static void close_stream(FILE **stream)
{
    if (*stream) {
        (void)fclose(*stream);
    }
}

sh_err ask_relay(const struct config *config, const char *request, const char *doing,
                 uint64_t *out_count, struct sh_why *why)
{
    SH_DEFER(sh_closep) int fd = -1;
    SH_TRY(connect_to(config, &fd, why));
    ssize_t len = (ssize_t)strlen(request);
    if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
        return sh_fail(why, SH_E_NET, "the relay takes no request: %s", strerror(errno));
    }
    SH_DEFER(close_stream) FILE *from = fdopen(fd, "r");
    SH_CHECK(from, SH_E_NOMEM);
    fd = -1; /* the stream's */
    sh_err err = read_answer(from, doing, out_count, why);
    if (isatty(STDERR_FILENO) == 1) {
        (void)fputs("\r\033[K", stderr);
    }
    return err;
}
