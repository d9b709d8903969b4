#include "core/check_command.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "check/check.h"
#include "core/reload.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static void show_progress(uint64_t done, uint64_t total)
{
    (void)fprintf(stderr, "\rchecking: entry %" PRIu64 " of %" PRIu64, done, total);
}

static void print_json(const struct check_result *result)
{
    char root[2 * SH_HASH_BYTES + 1];
    hex_encode(BYTES_FIXED(result->root), root);
    (void)printf("{\"entries\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"receipts\": %" PRIu64
                 ", \"clocks\": %" PRIu64 ", \"unknown_seats\": %" PRIu64 ", \"differs\": %s",
                 result->leaves, result->messages, result->receipts, result->clocks,
                 result->unknown_seats, result->differs ? "true" : "false");
    if (result->differs) {
        /* check.c leaves nothing in them that JSON would have to escape. */
        const struct difference *first = &result->first;
        (void)printf(", \"table\": \"%s\", \"row\": \"%s\", \"column\": \"%s\", \"words\": \"%s\"",
                     first->table, first->row, first->column, first->words);
    } else {
        (void)printf(", \"root\": \"%s\"", root);
    }
    (void)puts("}");
}

static void print_words(const struct check_arguments *arguments, const struct check_result *result)
{
    if (result->differs) {
        const struct difference *first = &result->first;
        (void)printf("A difference: table %s, row %s, column %s: %s.\n"
                     "Nothing was repaired. Keep this database as it is, and call for help.\n",
                     first->table, first->row, first->column, first->words);
        return;
    }
    char root[2 * SH_HASH_BYTES + 1];
    hex_encode(BYTES_FIXED(result->root), root);
    (void)printf("%" PRIu64 " entries have the root of the signed checkpoint: %s\n", result->leaves,
                 root);
    if (!arguments->tree_only) {
        (void)printf("%" PRIu64 " messages, %" PRIu64 " receipts, %" PRIu64
                     " rows of clocks: each says what its entry says.\n",
                     result->messages, result->receipts, result->clocks);
    }
    if (result->unknown_seats) {
        (void)printf("%" PRIu64 " signatures are of seats that the directory does not list any "
                     "more: they were not verified.\n",
                     result->unknown_seats);
    }
}

sh_err check_command(const struct config *config, const struct check_arguments *arguments,
                     bool *out_differs, struct sh_why *why)
{
    SH_DEFER(loaded_release) struct loaded *loaded = NULL;
    struct note_verifier log;
    struct check_result result;
    int64_t now_ms = clock_now_ms(&clock_system);
    bool shows = isatty(STDERR_FILENO) == 1;
    SH_TRY(loaded_read(config, now_ms, 0, &loaded, why));
    if (directory_log_key(loaded->directory, now_ms, &log) != SH_OK) {
        return sh_fail(why, SH_E_CONFIG, "the directory names no log key to check by");
    }
    const struct check_order order = {.path = arguments->path,
                                      .log = &log,
                                      .directory = loaded->directory,
                                      .tree_only = arguments->tree_only,
                                      .progress = shows ? show_progress : NULL};
    sh_err err = check_database(&order, &result, why);
    if (shows) {
        (void)fputs("\r\033[K", stderr);
    }
    SH_TRY(err);
    if (arguments->json) {
        print_json(&result);
    } else {
        print_words(arguments, &result);
    }
    *out_differs = result.differs;
    return fflush(stdout) == 0 ? SH_OK : SH_E_IO;
}
