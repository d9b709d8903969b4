#include "operate.h"

#include "ask.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/limits.h"
#include "child.h"
#include "config/config.h"
#include "config/process.h"
#include "part.h"
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the relay must keep beside a copy, to go on accepting (clocks.c). */
#define MARGIN_BYTES (256 * (uint64_t)SH_MIB)

enum command {
    COMMAND_NONE,
    COMMAND_BACKUP,
    COMMAND_CHECK,
    COMMAND_REBUILD,
    COMMAND_RESTORE,
    COMMAND_RESTORE_STATUS,
    COMMAND_ACCEPT_LOSS,
};

struct order {
    enum command command;
    const char *config_path, *file, *database, *scratch, *code;
    bool json;
    struct config *config;
    int exit_status; /* of the check that was run; 0 or OPERATE_DIFFERS */
};

/* ---- the command line ---- */

/* restore FILE | restore status | restore --accept-loss CODE */
static enum command command_of_restore(int len, char **words, struct order *out)
{
    if (out->code) {
        return len == 1 ? COMMAND_ACCEPT_LOSS : COMMAND_NONE;
    }
    out->file = len == 2 ? words[1] : NULL;
    if (len != 2) {
        return COMMAND_NONE;
    }
    return strcmp(words[1], "status") == 0 ? COMMAND_RESTORE_STATUS : COMMAND_RESTORE;
}

static enum command command_of(int len, char **words, struct order *out)
{
    if (len == 2 && strcmp(words[0], "backup") == 0) {
        out->file = words[1];
        return COMMAND_BACKUP;
    }
    if (len >= 1 && strcmp(words[0], "restore") == 0) {
        return command_of_restore(len, words, out);
    }
    bool of_log = len == 2 && strcmp(words[0], "log") == 0;
    if (of_log && strcmp(words[1], "check") == 0) {
        return COMMAND_CHECK;
    }
    return of_log && strcmp(words[1], "rebuild") == 0 ? COMMAND_REBUILD : COMMAND_NONE;
}

static bool parse(int argc, char **argv, struct order *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},  {"database", required_argument, NULL, 'd'},
        {"scratch", required_argument, NULL, 's'}, {"accept-loss", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},          {0}};
    *out = (struct order){.config_path = "/etc/safehand/relay.yaml"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        out->config_path = option == 'c' ? optarg : out->config_path;
        out->database = option == 'd' ? optarg : out->database;
        out->scratch = option == 's' ? optarg : out->scratch;
        out->code = option == 'a' ? optarg : out->code;
        out->json |= option == 'j';
        if (option == '?') {
            return false;
        }
    }
    out->command = command_of(argc - optind, argv + optind, out);
    bool fits = out->command == COMMAND_CHECK || (!out->database && !out->scratch);
    fits = fits && (out->command == COMMAND_ACCEPT_LOSS || !out->code);
    return out->command != COMMAND_NONE && fits;
}

static uint64_t bytes_in(const struct config *config, const char *name)
{
    char path[PATH_MAX];
    struct stat info;
    bool found = path_join(path, sizeof path, config->state_dir, name) == SH_OK &&
                 stat(path, &info) == 0 && info.st_size > 0;
    return found ? (uint64_t)info.st_size : 0;
}

/* A copy must not take the room that the relay needs to accept. */
static sh_err check_room(const struct config *config, const struct part *part, struct sh_why *why)
{
    struct statvfs room;
    struct stat state, there;
    SH_CHECK(fstatvfs(part->fd, &room) == 0 && fstat(part->fd, &there) == 0, SH_E_IO);
    bool shared = stat(config->state_dir, &state) == 0 && state.st_dev == there.st_dev;
    uint64_t need = bytes_in(config, "relay.db") + bytes_in(config, "relay.db-wal");
    need += shared ? MARGIN_BYTES : 0;
    uint64_t has = (uint64_t)room.f_bavail * room.f_frsize;
    if (has < need) {
        return sh_fail(why, SH_E_DISK_FULL,
                       "no room for a copy: %" PRIu64 " MiB are needed beside %s, and %" PRIu64
                       " are free; nothing was written",
                       need / SH_MIB + 1, part->path, has / SH_MIB);
    }
    return SH_OK;
}

static sh_err copy_to(const struct config *config, struct part *part, struct sh_why *why)
{
    char request[PATH_MAX + 16];
    uint64_t entries = 0;
    SH_TRY(part_make(config, part, why));
    SH_TRY(check_room(config, part, why));
    (void)snprintf(request, sizeof request, "backup %s\n", part->path);
    SH_TRY(ask_relay(config, request, "copying", &entries, why));
    if (fsync(part->fd) != 0) {
        return sh_fail(why, file_is_no_room(errno) ? SH_E_DISK_FULL : SH_E_IO, "%s: %s", part->path,
                       strerror(errno));
    }
    return SH_OK;
}

/* ---- looking at a copy ---- */

static sh_err check_file(struct order *order, const char *path, bool tree_only, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct child *child = calloc(1, sizeof *child);
    SH_CHECK(child, SH_E_NOMEM);
    SH_TRY(child_init(child, "core", order->config->state_dir, why));
    struct child_start start = {
        .arguments = {"--config", order->config_path, "--check-database", path},
        .keep_fds = {-1, -1}};
    size_t len = 4;
    if (tree_only) {
        start.arguments[len++] = "--tree-only";
    }
    if (order->json) {
        start.arguments[len++] = "--json";
    }
    int status = 0;
    SH_TRY(child_run(child, &start, &status, why));
    bool ended = WIFEXITED(status);
    if (ended && WEXITSTATUS(status) == OPERATE_DIFFERS) {
        order->exit_status = OPERATE_DIFFERS;
        return SH_OK;
    }
    if (!ended || WEXITSTATUS(status) != 0) {
        return sh_fail(why, SH_E_IO, "%s was not checked", path);
    }
    return SH_OK;
}

/* ---- the commands ---- */

static sh_err back_up(struct order *order, struct sh_why *why)
{
    SH_DEFER(part_drop) struct part part = {.fd = -1};
    char path[PATH_MAX];
    SH_TRY(part_whole_path(order->file, path, sizeof path, why));
    if (access(path, F_OK) == 0) {
        return sh_fail(why, SH_E_EXISTS, "%s is there already; name a new file", path);
    }
    int len = snprintf(part.path, sizeof part.path, "%s.part", path);
    SH_CHECK(len > 0 && (size_t)len < sizeof part.path, SH_E_TOO_BIG);
    SH_TRY(copy_to(order->config, &part, why));
    SH_TRY(check_file(order, part.path, true, why));
    if (order->exit_status) {
        (void)fprintf(stderr, "safehand-relay: the copy was not kept; run `safehand-relay log "
                              "check`\n");
        return SH_OK;
    }
    SH_TRY(part_keep(&part, path, why));
    if (!order->json) {
        (void)printf("%s: written, synced and checked\n", path);
    }
    return SH_OK;
}

static sh_err check_standing(struct order *order, struct sh_why *why)
{
    SH_DEFER(sh_closep) int lock_fd = -1;
    char path[PATH_MAX];
    SH_TRY(part_lock_state(order->config, false, &lock_fd, why));
    SH_TRY(path_join(path, sizeof path, order->config->state_dir, "relay.db"));
    return check_file(order, path, false, why);
}

static sh_err check_log(struct order *order, struct sh_why *why)
{
    SH_DEFER(part_drop) struct part part = {.fd = -1};
    char path[PATH_MAX];
    const struct config *config = order->config;
    if (order->database) {
        return check_file(order, order->database, false, why);
    }
    if (!relay_listens(config)) {
        return check_standing(order, why);
    }
    SH_TRY(path_join(path, sizeof path, order->scratch ? order->scratch : config->state_dir,
                     "check.db"));
    SH_TRY(part_whole_path(path, part.path, sizeof part.path, why));
    SH_TRY(copy_to(config, &part, why));
    return check_file(order, part.path, false, why);
}

static sh_err rebuild(const struct order *order, struct sh_why *why)
{
    uint64_t published = 0;
    SH_TRY(ask_relay(order->config, "rebuild\n", "writing", &published, why));
    if (order->json) {
        (void)printf("{\"published\": %" PRIu64 "}\n", published);
    } else {
        (void)printf("%s: written again, %" PRIu64 " entries\n", order->config->log_dir, published);
    }
    return SH_OK;
}

static sh_err run(struct order *order, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct config *config = calloc(1, sizeof *config);
    SH_CHECK(config, SH_E_NOMEM);
    SH_TRY(process_harden(why));
    SH_TRY(config_load(order->config_path, config, why));
    order->config = config;
    switch (order->command) {
    case COMMAND_BACKUP:
        return back_up(order, why);
    case COMMAND_CHECK:
        return check_log(order, why);
    case COMMAND_REBUILD:
        return rebuild(order, why);
    case COMMAND_RESTORE:
        return restore_copy(config, order->config_path, order->file, why);
    case COMMAND_RESTORE_STATUS:
        return restore_status(config, order->json, why);
    case COMMAND_ACCEPT_LOSS:
        return restore_accept(config, order->code, order->json, why);
    case COMMAND_NONE:
        break;
    }
    return SH_E_BUG;
}

int operate(int argc, char **argv)
{
    struct order order;
    struct sh_why why = {0};
    if (!parse(argc, argv, &order)) {
        return OPERATE_USAGE;
    }
    sh_err err = run(&order, &why);
    if (err != SH_OK) {
        const char *sentence = why.text[0] ? why.text : sh_err_sentence(err);
        (void)fprintf(stderr, "safehand-relay: %s\n", sentence);
        if (order.json) {
            (void)printf("{\"error\": \"%s\"}\n", sh_err_word(err));
        }
        return process_exit_status(err);
    }
    return fflush(stdout) == 0 ? order.exit_status : 1;
}
