#include "restore.h"

#include "ask.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "child.h"
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20, SCHEMAS_MAX = 64 };

/* ---- putting a copy in place ---- */

static sh_err check_free(const char *database, const char *file, struct sh_why *why)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof beside, "%s-wal", file);
    SH_CHECK(len > 0 && (size_t)len < sizeof beside, SH_E_TOO_BIG);
    if (access(database, F_OK) == 0) {
        return sh_fail(
            why, SH_E_EXISTS,
            "%s is there already: stop the relay, move the whole state folder aside (never "
            "delete it), and ask again",
            database);
    }
    if (access(beside, F_OK) == 0) {
        return sh_fail(why, SH_E_USAGE,
                       "%s lies beside it: that is no copy that `safehand-relay backup` made",
                       beside);
    }
    return SH_OK;
}

static sh_err copy_bytes(int from, int to, const char *file, struct sh_why *why)
{
    SH_DEFER(sh_freep) char *room = malloc(COPY_BYTES);
    SH_CHECK(room, SH_E_NOMEM);
    for (;;) {
        ssize_t got = read(from, room, COPY_BYTES);
        if (got == 0) {
            break;
        }
        ssize_t put = got > 0 ? write(to, room, (size_t)got) : -1;
        if (put < 0 && errno == EINTR) {
            return sh_fail(why, SH_E_IO, "%s: interrupted", file);
        }
        if (put != got) {
            return sh_fail(why, put < 0 && !file_is_no_room(errno) ? SH_E_IO : SH_E_DISK_FULL,
                           "%s cannot be copied: %s", file, put < 0 ? strerror(errno) : "no room");
        }
    }
    return fsync(to) == 0 ? SH_OK : sh_fail(why, SH_E_IO, "%s: %s", file, strerror(errno));
}

static sh_err fill(const struct part *part, const char *file, struct sh_why *why)
{
    SH_DEFER(sh_closep) int from = open(file, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return sh_fail(why, errno == ENOENT ? SH_E_NOT_FOUND : SH_E_IO, "%s: %s", file,
                       strerror(errno));
    }
    return copy_bytes(from, part->fd, file, why);
}

/* The core opens it, and says on standard error what is wrong with it. */
static sh_err mark(const struct config *config, const char *config_path, const struct part *part,
                   struct sh_why *why)
{
    SH_DEFER(sh_freep) struct child *child = calloc(1, sizeof *child);
    SH_CHECK(child, SH_E_NOMEM);
    SH_TRY(child_init(child, "core", config->state_dir, why));
    struct child_start start = {.arguments = {"--config", config_path, "--mark-copy", part->path},
                                .keep_fds = {-1, -1}};
    int status = 0;
    SH_TRY(child_run(child, &start, &status, why));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return sh_fail(why, SH_E_CORRUPT, "the copy was not put in place");
    }
    return SH_OK;
}

/* A copy of another schema was copied once more before it was changed: the given file is that. */
static void drop_older(const struct part *part)
{
    for (unsigned schema = 1; schema < SCHEMAS_MAX; schema++) {
        char path[PATH_MAX + 16];
        (void)snprintf(path, sizeof path, "%s.v%u", part->path, schema);
        (void)unlink(path);
    }
}

sh_err restore_copy(const struct config *config, const char *config_path, const char *file,
                    struct sh_why *why)
{
    SH_DEFER(sh_closep) int lock_fd = -1;
    SH_DEFER(part_drop) struct part part = {.fd = -1};
    char database[PATH_MAX];
    SH_TRY(dir_make(config->state_dir, 0700, why));
    SH_TRY(part_lock_state(config, true, &lock_fd, why));
    SH_TRY(path_join(database, sizeof database, config->state_dir, "relay.db"));
    SH_TRY(check_free(database, file, why));
    SH_TRY(path_join(part.path, sizeof part.path, config->state_dir, "relay.db.restoring"));
    SH_TRY(part_make(config, &part, why));
    SH_TRY(fill(&part, file, why));
    sh_err err = mark(config, config_path, &part, why);
    drop_older(&part);
    SH_TRY(err);
    SH_TRY(part_keep(&part, database, why));
    (void)printf("%s is in place, and the relay closed: start it, have every desk synchronise, and "
                 "look at `safehand-relay restore status`.\n",
                 database);
    return SH_OK;
}

/* ---- asking the relay ---- */

static void close_stream(FILE **stream)
{
    if (*stream) {
        (void)fclose(*stream);
    }
}

static sh_err print_file(const char *path, struct sh_why *why)
{
    char line[1024];
    SH_DEFER(close_stream) FILE *from = fopen(path, "re");
    if (!from) {
        return sh_fail(why, SH_E_IO, "%s: %s", path, strerror(errno));
    }
    while (fgets(line, sizeof line, from)) {
        (void)fputs(line, stdout);
    }
    return SH_OK;
}

sh_err restore_status(const struct config *config, bool json, struct sh_why *why)
{
    SH_DEFER(part_drop) struct part part = {.fd = -1};
    char request[PATH_MAX + 32];
    uint64_t missing = 0;
    SH_TRY(path_join(part.path, sizeof part.path, config->state_dir, "restore.report"));
    SH_TRY(part_make(config, &part, why));
    (void)snprintf(request, sizeof request, "restore report %s %s\n", json ? "json" : "text",
                   part.path);
    SH_TRY(ask_relay(config, request, "listing", &missing, why));
    return print_file(part.path, why);
}

sh_err restore_accept(const struct config *config, const char *code, bool json, struct sh_why *why)
{
    char request[64];
    uint64_t size = 0;
    int len = snprintf(request, sizeof request, "restore open %s\n", code);
    SH_CHECK(len > 0 && (size_t)len < sizeof request, SH_E_USAGE);
    SH_TRY(ask_relay(config, request, "beginning", &size, why));
    if (json) {
        (void)printf("{\"log\": \"%s\", \"began\": %" PRIu64 "}\n", config->log_origin, size - 1);
    } else {
        (void)printf("The log %s has begun, with entry %" PRIu64
                     ". Desks offer again what is missing, "
                     "each at its next synchronisation.\n",
                     config->log_origin, size - 1);
    }
    return SH_OK;
}
