/* `directory import links`: reads the whole file before the register is touched, says what is wrong
 * with it row by row, and counts what an officer may want to look at. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "certs/commands.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#define PROBLEMS_SHOWN 20
#define BAR_AFTER_MS   500
#define BAR_WIDTH      30

static void json_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* ---- while it runs ---- */

struct bar {
    int64_t started_ms;
    bool shown;
};

static void show_progress(void *ctx, size_t done, size_t total)
{
    struct bar *bar = ctx;
    if (!isatty(STDERR_FILENO) || clock_boot_ms(&clock_system) - bar->started_ms < BAR_AFTER_MS) {
        return;
    }
    int filled = (int)(done * BAR_WIDTH / (total ? total : 1));
    (void)fprintf(stderr, "\rreading links [%.*s%*s] %3zu %%", filled,
                  "##############################", BAR_WIDTH - filled, "",
                  done * 100 / (total ? total : 1));
    bar->shown = true;
}

static void end_progress(const struct bar *bar)
{
    if (bar->shown) {
        (void)fputs("\r\033[K", stderr);
    }
}

/* ---- what was found ---- */

static const struct {
    const char *key, *label;
    size_t offset;
} counts[] = {
    {"succeeded", "schools with a successor", offsetof(struct links_shape, succeeded)},
    {"splits", "  with several (a person is asked)", offsetof(struct links_shape, splits)},
    {"splits_by_successor_rows", "  with several by their Successor rows",
     offsetof(struct links_shape, splits_by_successor_rows)},
    {"merges", "schools that succeed several", offsetof(struct links_shape, merges)},
    {"chained", "schools whose successor has one, too", offsetof(struct links_shape, chained)},
    {"chain_longest", "longest chain, in links", offsetof(struct links_shape, chain_longest)},
    {"cycles", "circles", offsetof(struct links_shape, cycles)},
    {"in_cycles", "  schools on a circle", offsetof(struct links_shape, in_cycles)},
    {"into_cycles", "  schools that lead to one", offsetof(struct links_shape, into_cycles)},
    {"ends_one", "come out at one school", offsetof(struct links_shape, ends_one)},
    {"ends_several", "come out at several", offsetof(struct links_shape, ends_several)},
    {"ends_none", "come out nowhere but in a circle", offsetof(struct links_shape, ends_none)},
};

static size_t count_of(const struct links_shape *shape, size_t i)
{
    size_t value = 0;
    memcpy(&value, (const char *)shape + counts[i].offset, sizeof value);
    return value;
}

static const char *meaning_word(enum link_meaning meaning)
{
    static const char *const words[] = {[LINK_OTHER] = "other",
                                        [LINK_SUCCESSOR] = "successor",
                                        [LINK_SPLIT] = "successor",
                                        [LINK_PREDECESSOR] = "predecessor",
                                        [LINK_UNKNOWN] = "unknown"};
    return words[meaning];
}

static sh_err put_lists(const struct links *links, json_t *report)
{
    json_t *types = json_object_get(report, "types");
    json_t *problems = json_object_get(report, "problems");
    for (size_t i = 0; i < links->types_len; i++) {
        const struct link_type *type = &links->types[i];
        json_t *item = json_pack("{s:s, s:s, s:I}", "type", type->word, "meaning",
                                 meaning_word(type->meaning), "rows", (json_int_t)type->rows);
        SH_CHECK(type->rows == 0 ? (json_decref(item), true)
                                 : json_array_append_new(types, item) == 0,
                 SH_E_NOMEM);
    }
    for (size_t i = 0; i < links->problems_len; i++) {
        json_t *item = json_pack("{s:I, s:s}", "line", (json_int_t)links->problems[i].line,
                                 "reason", links->problems[i].reason);
        SH_CHECK(json_array_append_new(problems, item) == 0, SH_E_NOMEM);
    }
    return SH_OK;
}

static sh_err print_json(const struct links *links, const struct links_shape *shape, bool imported)
{
    SH_DEFER(json_release)
    json_t *report =
        json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:[], s:[]}", "imported", imported, "encoding",
                  links->is_utf8 ? "UTF-8" : "Windows-1252", "rows", (json_int_t)links->rows,
                  "rows_bad", (json_int_t)links->problems_all, "undated",
                  (json_int_t)links->undated, "links", (json_int_t)links->len, "types", "problems");
    SH_CHECK(report, SH_E_NOMEM);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_t *count = json_integer((json_int_t)count_of(shape, i));
        SH_CHECK(json_object_set_new(report, counts[i].key, count) == 0, SH_E_NOMEM);
    }
    SH_TRY(put_lists(links, report));
    SH_CHECK(json_dumpf(report, stdout, JSON_INDENT(2)) == 0, SH_E_IO);
    (void)printf("\n");
    return SH_OK;
}

static void print_problems(const struct links *links)
{
    size_t shown = links->problems_len < PROBLEMS_SHOWN ? links->problems_len : PROBLEMS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        (void)fprintf(stderr, "line %zu: %s\n", links->problems[i].line, links->problems[i].reason);
    }
    if (links->problems_all > shown) {
        (void)fprintf(stderr, "and %zu more; --json has the first %d\n",
                      links->problems_all - shown, LINKS_PROBLEMS_MAX);
    }
}

static void print_report(const struct links *links, const struct links_shape *shape)
{
    (void)printf("%-40s%zu\n%-40s%zu\n%-40s%zu\n", "rows read", links->rows, "  without a date",
                 links->undated, "links between two schools", links->len);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        (void)printf("%-40s%zu\n", counts[i].label, count_of(shape, i));
    }
    for (size_t i = 0; i < links->types_len; i++) {
        const struct link_type *type = &links->types[i];
        if (type->rows > 0 && (type->meaning == LINK_OTHER || type->meaning == LINK_UNKNOWN)) {
            (void)printf("left out, %s succession: %zu rows of type '%s'\n",
                         type->meaning == LINK_OTHER ? "no" : "not known to be a", type->rows,
                         type->word);
        }
    }
}

/* ---- the command ---- */

static sh_err read_file(const char *path, struct links *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf csv = BUF_INIT(LINKS_FILE_BYTES_MAX);
    struct bar bar = {.started_ms = clock_boot_ms(&clock_system)};
    SH_TRY(file_read(path, &csv, why));
    sh_err err = links_read(bytes_buf(&csv), show_progress, &bar, out, why);
    end_progress(&bar);
    return err;
}

static sh_err store(const struct command_line *line, const struct links *links, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(register_set_links(ca_register(ca), links, why));
    return ca_commit(ca, why);
}

sh_err command_links_import(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(links_wipe) struct links links = {.arena = NULL};
    struct links_shape shape;
    SH_TRY(read_file(line->args[0], &links, why));
    SH_TRY(links_shape(&links, &shape));
    bool wanted = links.problems_all == 0 || (line->values[OPTION_SKIP_BAD_ROWS] && links.rows > 0);
    if (wanted) {
        SH_TRY(store(line, &links, why));
    }
    print_problems(&links);
    if (line->values[OPTION_JSON]) {
        SH_TRY(print_json(&links, &shape, wanted));
    } else if (wanted) {
        print_report(&links, &shape);
    }
    return wanted ? SH_OK
                  : sh_fail(why, SH_E_FORMAT, "%zu rows cannot be read; nothing was changed%s",
                            links.problems_all,
                            links.rows > 0 ? " (--skip-bad-rows takes the others)" : "");
}
