#include "core/restore.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "core/start.h"
#include "wire/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { ENTRIES_LISTED_MAX = 1000000 };

/* ---- the report ---- */

struct report {
    struct core *core;
    struct lost_state state;
    FILE *to;
    bool json;
    uint64_t listed, again;
};

static void close_file(FILE **file)
{
    if (*file) {
        (void)fclose(*file);
        *file = NULL;
    }
}

/* The caller made it, empty, and nobody else's file is written over. */
static sh_err open_empty(const char *path, FILE **out, struct sh_why *why)
{
    SH_DEFER(sh_closep) int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || lseek(fd, 0, SEEK_END) != 0) {
        return sh_fail(why, SH_E_IO, "%s: %s", path, fd < 0 ? strerror(errno) : "it is not empty");
    }
    *out = fdopen(fd, "w");
    SH_CHECK(*out, SH_E_NOMEM);
    fd = -1; /* the stream's */
    return SH_OK;
}

static void time_text(int64_t at_ms, char out[32])
{
    time_t seconds = (time_t)(at_ms / SH_SECOND_MS);
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static const char *word_or_dash(const char *word)
{
    return word ? word : "-";
}

/* Words of closed lists, addresses, numbers: nothing in them that JSON would have to escape. */
static void print_entry(struct report *report, const struct missing_row *row,
                        const struct leaf *leaf, const struct leaf_facts *facts)
{
    char at[32], again[32] = "";
    const char *type = word_or_dash(leaf_type_word(leaf->type));
    const char *kind = word_or_dash(kind_word(facts->kind));
    const char *from = facts->from.text[0] ? facts->from.text : "-";
    const char *by = facts->by.text[0] ? facts->by.text : "-";
    time_text(leaf->time_ms, at);
    if (report->json) {
        if (row->has_again) {
            (void)snprintf(again, sizeof again, ", \"again\": %" PRIu64, row->again);
        }
        (void)fprintf(report->to,
                      "%s\n  {\"index\": %" PRIu64 ", \"type\": \"%s\", \"at\": \"%s\", \"kind\": "
                      "\"%s\", \"from\": \"%s\", \"by\": \"%s\"%s}",
                      report->listed ? "," : "", row->index, type, at, kind, from, by, again);
        return;
    }
    if (row->has_again) {
        (void)snprintf(again, sizeof again, "entry %" PRIu64, row->again);
    }
    (void)fprintf(report->to, "%10" PRIu64 "  %-20s  %-18s  %-26s  %-30s  %-30s  %s\n", row->index,
                  at, type, kind, from, by, row->has_again ? again : "not yet");
}

static sh_err list_entry(struct report *report, const struct missing_row *row, struct arena *arena)
{
    struct statement statement;
    struct leaf leaf;
    struct leaf_facts facts;
    SH_CHECK(statement_decode(row->statement, arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_decode(statement.leaf, &leaf) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, arena, &facts) == SH_OK, SH_E_CORRUPT);
    print_entry(report, row, &leaf, &facts);
    report->listed++;
    report->again += row->has_again;
    return SH_OK;
}

static sh_err list_entries(struct report *report)
{
    uint64_t from = 0;
    while (report->listed < ENTRIES_LISTED_MAX) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct missing_row row;
        SH_TRY(arena_new(128 * SH_KIB, 4096, &arena));
        sh_err err =
            store_missing_next(report->core->store, report->state.number, from, arena, &row);
        SH_CHECK(err != SH_E_EMPTY, SH_OK);
        SH_TRY(err);
        SH_TRY(list_entry(report, &row, arena));
        from = row.index + 1;
    }
    return SH_OK;
}

static void print_json_head(const struct report *report)
{
    const struct lost_state *state = &report->state;
    (void)fprintf(report->to,
                  "{\"restoring\": %s, \"log\": \"%s\", \"copy_entries\": %" PRIu64
                  ", \"known_entries\": %" PRIu64,
                  state->opened ? "false" : "true", state->log.name, state->size,
                  state->known.size);
    if (!state->opened) {
        (void)fprintf(report->to, ", \"code\": \"%s\"", state->code);
    }
    (void)fputs(", \"missing\": [", report->to);
}

static void print_head(const struct report *report)
{
    const struct lost_state *state = &report->state;
    (void)fprintf(report->to,
                  "The log %s was lost. The copy that was put back has %" PRIu64
                  " entries; the largest log that anybody has shown had %" PRIu64 ".\n",
                  state->log.name, state->size, state->known.size);
    if (!state->opened) {
        (void)fprintf(
            report->to,
            "The relay is closed. Wait until every desk that can has synchronised; then, if "
            "this loss is to be accepted:\n"
            "  1. a new name for the log in relay.yaml (log_origin), its key published "
            "(safehand-ca key add --log), a restart;\n"
            "  2. safehand-relay restore --accept-loss %s\n",
            state->code);
    }
    (void)fprintf(report->to, "Entries that somebody holds a proof of, and the copy has not:\n");
    (void)fprintf(report->to, "%10s  %-20s  %-18s  %-26s  %-30s  %-30s  %s\n", "POSITION", "WHEN",
                  "WHAT", "KIND", "FROM", "BY", "OFFERED AGAIN");
}

static void print_end(const struct report *report)
{
    const struct lost_state *state = &report->state;
    uint64_t lost = state->known.size - state->size;
    if (report->json) {
        (void)fprintf(report->to, "\n], \"unknown\": %" PRIu64 "}\n",
                      lost > report->listed ? lost - report->listed : 0);
        return;
    }
    (void)fprintf(report->to,
                  "%" PRIu64 " are known, %" PRIu64 " of them were offered again; of %" PRIu64
                  " positions nothing is known yet.\n",
                  report->listed, report->again, lost > report->listed ? lost - report->listed : 0);
}

sh_err restore_report(struct core *core, const char *path, bool json, uint64_t *out_missing,
                      struct sh_why *why)
{
    SH_DEFER(close_file) FILE *to = NULL;
    struct report report = {.core = core, .json = json};
    sh_err err = lost_state(core, &report.state);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(why, err, "no copy was ever put back here: nothing is missing");
    }
    SH_TRY(err);
    SH_TRY(open_empty(path, &to, why));
    report.to = to;
    (json ? print_json_head : print_head)(&report);
    SH_TRY(list_entries(&report));
    print_end(&report);
    bool written = fflush(to) == 0 && !ferror(to);
    *out_missing = report.listed - report.again;
    return written ? SH_OK : sh_fail(why, SH_E_IO, "%s: %s", path, strerror(errno));
}

/* ---- beginning again ---- */

static sh_err check_name(const struct core *core, const struct lost_state *state,
                         struct sh_why *why)
{
    if (strcmp(core->config->log_origin, state->log.name) == 0) {
        return sh_fail(why, SH_E_CONFIG,
                       "the configuration still has the lost log's name: set log_origin to a new "
                       "one, have its key published, and start the relay again");
    }
    return start_check_log_key(core->config, core->log_key, core->loaded, core->group_ms, why);
}

/* What was published of the lost log may hold entries that nobody else has. */
static sh_err put_folder_aside(const struct core *core, const struct lost_state *state,
                               struct sh_why *why)
{
    char aside[PATH_MAX];
    const char *log_dir = core->config->log_dir;
    int len = snprintf(aside, sizeof aside, "%s.lost-%" PRIu64, log_dir, state->size);
    SH_CHECK(len > 0 && (size_t)len < sizeof aside, SH_E_TOO_BIG);
    if (access(log_dir, F_OK) != 0 ||
        renameat2(AT_FDCWD, log_dir, AT_FDCWD, aside, RENAME_NOREPLACE) == 0) {
        return SH_OK;
    }
    return sh_fail(why, SH_E_IO,
                   "the lost log's published folder %s cannot be moved to %s (%s): move it aside, "
                   "and ask again",
                   log_dir, aside, strerror(errno));
}

static sh_err begin_log(struct core *core, const struct lost_state *state)
{
    const struct leaf_facts facts = {.name = core->config->log_origin,
                                     .checkpoint_sha256 = state->known_sha256,
                                     .has_count = true,
                                     .count = state->known.size};
    uint64_t index = 0;
    SH_TRY(core_write(core));
    SH_TRY(book_take_up(core->book, core->log_key, core->config->log_origin));
    SH_TRY(book_append(core->book, LEAF_BEGUN, core->group_ms, &facts, &index));
    SH_CHECK(index == state->size, SH_E_BUG);
    return lost_open(core);
}

sh_err restore_open(struct core *core, const char *code, struct sh_why *why)
{
    struct lost_state state;
    sh_err err = lost_state(core, &state);
    if (err != SH_OK || state.opened) {
        return sh_fail(why, SH_E_NOT_PERMITTED, "this relay is not restoring: it serves");
    }
    if (strcasecmp(code, state.code) != 0) {
        return sh_fail(
            why, SH_E_USAGE,
            "that is not the code of the loss as it is known now: look at `safehand-relay "
            "restore status` again, somebody may have shown more");
    }
    SH_TRY(check_name(core, &state, why));
    SH_CHECK(!core->time.jumped, SH_E_CLOCK);
    SH_CHECK(!core->disk_low, SH_E_DISK_FULL);
    SH_TRY(put_folder_aside(core, &state, why));
    SH_TRY(begin_log(core, &state));
    log_event(LOG_LEVEL_WARN, "loss_accepted", "code=%s copy=%llu known=%llu log=%s", state.code,
              (unsigned long long)state.size, (unsigned long long)state.known.size,
              core->config->log_origin);
    return SH_OK;
}
