/* Where a passphrase comes from. Never from the command line or the environment itself: others can
 * read those. */
#include "cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool read_line(int fd, char *out, size_t out_len)
{
    size_t len = 0;
    char c = 0;
    while (read(fd, &c, 1) == 1 && c != '\n') {
        if (len + 1 < out_len) {
            out[len++] = c;
        }
    }
    out[len] = '\0';
    return c == '\n';
}

/* Asks on the terminal itself, without echo, so that pipes of the command stay what they are. */
static int ask(const char *question, char *out, size_t out_len)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before, silent;
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        fputs("No terminal to ask for the passphrase: set SAFEHAND_PASSPHRASE_FILE to a file that "
              "holds it.\n",
              stderr);
        return 1;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(fd, TCSAFLUSH, &silent);
    bool asked = write(fd, question, strlen(question)) > 0 && read_line(fd, out, out_len);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    asked &= write(fd, "\n", 1) == 1;
    close(fd);
    return asked ? 0 : 1;
}

/* 0 found, 1 failed and said so, 2 there is none. */
static int from_file(const char *path, bool must_exist, char *out, size_t out_len)
{
    struct sh_client_error error = {0};
    if (!must_exist && access(path, F_OK) != 0) {
        return 2;
    }
    if (sh_client_passphrase_file(path, out, out_len, &error) != 0) {
        fprintf(stderr, "%s\n", error.sentence);
        return 1;
    }
    return 0;
}

static int from_files(const struct cli *cli, char *out, size_t out_len)
{
    char path[PATH_MAX + 16];
    const char *named = getenv("SAFEHAND_PASSPHRASE_FILE");
    if (named && named[0]) {
        return from_file(named, true, out, out_len);
    }
    (void)snprintf(path, sizeof path, "%s/passphrase", cli->home);
    return from_file(path, false, out, out_len);
}

int cli_passphrase(void *ctx, char *out, size_t out_len)
{
    int found = from_files(ctx, out, out_len);
    return found == 2 ? ask("Passphrase of this seat: ", out, out_len) : found;
}

int cli_new_passphrase(void *ctx, char *out, size_t out_len)
{
    char again[1024];
    int found = from_files(ctx, out, out_len);
    if (found != 2) {
        return found;
    }
    int failed = ask("A passphrase for this seat (four words are good): ", out, out_len) ||
                 ask("The same again: ", again, sizeof again);
    if (!failed && strcmp(out, again) != 0) {
        fputs("The two are not the same. Nothing was made; start again.\n", stderr);
        failed = 1;
    }
    explicit_bzero(again, sizeof again);
    return failed;
}
