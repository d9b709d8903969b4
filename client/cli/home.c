#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 300, LOCK_PAUSE_MS = 100 };

bool cli_default_home(char *out, size_t out_len)
{
    const char *home = getenv("SAFEHAND_HOME"), *data = getenv("XDG_DATA_HOME"),
               *user = getenv("HOME");
    int len = 0;
    if (home && home[0]) {
        len = snprintf(out, out_len, "%s", home);
    } else if (data && data[0] == '/') {
        len = snprintf(out, out_len, "%s/safehand", data);
    } else if (user && user[0]) {
        len = snprintf(out, out_len, "%s/.local/share/safehand", user);
    }
    return len > 0 && (size_t)len < out_len;
}

void cli_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct cli *cli = ctx;
    if (cli->json || !isatty(STDERR_FILENO) || total < 2) {
        return;
    }
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    size_t full = (size_t)(done >= total ? WIDTH : done * WIDTH / total);
    memset(bar, '#', full);
    memset(bar + full, '.', WIDTH - full);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%-24s [%s] %llu of %llu%s", what, bar, (unsigned long long)done,
            (unsigned long long)total, done >= total ? "\n" : "");
}

/* Another program of this seat may be at work, `sync --wait` perhaps: wait for it, and say so. */
static int open_patiently(const struct sh_client_options *options, struct cli *cli,
                          struct sh_client_error *error)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    int code = 0;
    for (int i = 0; i < LOCK_TRIES; i++) {
        code = sh_client_open(options, &cli->client, error);
        if (code != SH_CLIENT_LOCKED) {
            return code;
        }
        if (i == 20) {
            fputs("Another program is using this seat; waiting for it.\n", stderr);
        }
        nanosleep(&pause, NULL);
    }
    return code;
}

int cli_open(struct cli *cli)
{
    struct sh_client_error error = {0};
    struct sh_client_options options = {
        .size = sizeof options,
        .home = cli->home,
        .passphrase = cli_passphrase,
        .passphrase_ctx = cli,
        .progress = cli_progress,
        .progress_ctx = cli,
    };
    int code = open_patiently(&options, cli, &error);
    char *nothing = NULL;
    return code == 0 ? CLI_DONE : cli_finish(cli, code, &nothing, &error, NULL);
}

int cli_return_receipts(struct cli *cli, int status)
{
    struct sh_client_error error = {0};
    char *nothing = NULL;
    if (status != CLI_DONE) {
        return status;
    }
    /* The reader first, then the line. */
    (void)fflush(stdout);
    int code = sh_client_return_receipts(cli->client, &error);
    return code == 0 ? CLI_DONE : cli_finish(cli, code, &nothing, &error, NULL);
}
