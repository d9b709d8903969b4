/* The report's figures against a second computation: plain SQL over the mirror's file, which knows
 * nothing of cases, duties or cells. */
#include "audit/figures.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "log_maker.h"
#include "support/temp.h"
#include "wire/types.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

/* What each row of the log says about a referral and the hub that it asks: one line an item. */
#define ITEMS                                                                                      \
    "WITH org AS (SELECT no, substr(address, instr(address, '@') + 1) AS name FROM desk), "        \
    "item AS (SELECT f.idx, f.thread, f.time_ms, "                                                 \
    "coalesce(f.clock_from_ms, f.time_ms) AS start_ms, p.desk AS hub, o.name AS name, f.kind "     \
    "FROM fact f JOIN party p ON p.idx = f.idx AND p.role = 1 JOIN org o ON o.no = p.desk "        \
    "WHERE f.type = 1 AND f.own = 0) "
#define OPENED_MS                                                                                  \
    "(SELECT min(r.time_ms) FROM fact r WHERE r.thread = item.thread AND r.type = 4 AND "          \
    "r.about = item.idx AND r.by = item.hub)"
#define ACKNOWLEDGED_MS                                                                            \
    "(SELECT min(r.time_ms) FROM fact r WHERE r.thread = item.thread AND r.type = 1 AND "          \
    "r.kind IN (4, 5) AND r.sender = item.hub)"
#define DECIDED_MS                                                                                 \
    "(SELECT min(r.time_ms) FROM fact r WHERE r.thread = item.thread AND r.type = 1 AND "          \
    "r.kind = 5 AND r.outcome <> 3 AND r.sender = item.hub)"
#define RANKED(end)                                                                                \
    ITEMS ", took AS (SELECT name, (max(" end ", start_ms) - start_ms) / 1000 AS s FROM item "     \
          "WHERE item.kind = 1 AND " end " IS NOT NULL), ranked AS (SELECT name, s, row_number() " \
          "OVER (PARTITION BY name ORDER BY s) AS place, count(*) OVER (PARTITION BY name) AS n "  \
          "FROM took) SELECT name, n, max(CASE WHEN place = (n * 50 + 99) / 100 THEN s END), "     \
          "max(CASE WHEN place = (n * 90 + 99) / 100 THEN s END), max(s) FROM ranked "             \
          "GROUP BY name, n"
#define COUNTED()                                                                                  \
    "WITH org AS (SELECT no, substr(address, instr(address, '@') + 1) AS name FROM desk) "         \
    "SELECT name, sum(coalesce(count, 1)) FROM fact JOIN org ON org.no = "

static const struct {
    const char *figure, *sql;
} seconds[] = {
    {"opened", RANKED(OPENED_MS)},
    {"acknowledged", RANKED(ACKNOWLEDGED_MS)},
    {"decided", RANKED(DECIDED_MS)},
};

static const struct {
    const char *figure, *sql;
} counts[] = {
    {"sent", COUNTED() "sender WHERE type = 1 AND own = 0 GROUP BY name"},
    {"overdue.decided", COUNTED() "by WHERE type = 9 AND duty = 5 GROUP BY name"},
    {"overdue.acknowledged", COUNTED() "by WHERE type = 9 AND duty = 4 GROUP BY name"},
    {"no_further_action",
     COUNTED() "sender WHERE type = 1 AND kind = 5 AND outcome = 2 GROUP BY name"},
    {"reconsidered.level_1", COUNTED() "sender WHERE type = 1 AND kind = 6 GROUP BY name"},
    {"changed.level_1",
     COUNTED() "sender WHERE type = 1 AND kind = 7 AND outcome = 9 GROUP BY name"},
    {"refused.stale_seats", COUNTED() "sender WHERE type = 2 AND code = 21 GROUP BY name"},
    {"asked", ITEMS "SELECT name, count(*) FROM item GROUP BY name"},
    {"not_decided", ITEMS "SELECT name, count(*) FROM item WHERE kind = 1 AND " DECIDED_MS
                          " IS NULL GROUP BY name"},
};

struct room {
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    struct mirror *mirror;
};

static void room_make(struct room *room, uint64_t entries)
{
    struct sh_why why = {{0}};
    struct log_maker *maker = log_maker_new(11);
    memset(room, 0, sizeof *room);
    temp_dir_make(&room->dir);
    (void)snprintf(room->path, sizeof room->path, "%s/audit.db", room->dir.path);
    cr_assert_eq(mirror_open(room->path, true, &room->mirror, &why), SH_OK, "%s", why.text);
    log_maker_fill(maker, room->mirror, entries);
    log_maker_free(&maker);
}

static void room_free(struct room *room)
{
    mirror_close(&room->mirror);
    temp_dir_remove(&room->dir);
}

static json_t *report(struct room *room, const struct figures_options *options)
{
    json_t *out = NULL;
    struct sh_why why = {{0}};
    cr_assert_eq(figures_run(room->mirror, options, &out, &why), SH_OK, "%s", why.text);
    return out;
}

static const json_t *figure_at(const json_t *document, const char *group, const char *figure)
{
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        if (strcmp(json_string_value(json_object_get(item, "group")), group) == 0) {
            return json_object_get(json_object_get(item, "figures"), figure);
        }
    }
    return NULL;
}

static long long number(const json_t *figure, const char *key)
{
    return (long long)json_integer_value(json_object_get(figure, key));
}

/* How many groups of the report have this figure. */
static size_t groups_with(const json_t *document, const char *figure)
{
    size_t i = 0, found = 0;
    json_t *item = NULL;
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        found += json_object_get(json_object_get(item, "figures"), figure) != NULL;
    }
    return found;
}

static void compare(struct room *room, const json_t *document, const char *figure, const char *sql)
{
    static const char *const keys[] = {"count", "median", "p90", "worst"};
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    size_t rows = 0;
    cr_assert_eq(sqlite3_open(room->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *group = (const char *)sqlite3_column_text(q, 0);
        const json_t *have = figure_at(document, group, figure);
        for (int i = 1; i < sqlite3_column_count(q); i++) {
            cr_expect_eq(number(have, keys[i - 1]), sqlite3_column_int64(q, i),
                         "%s %s %s: %lld, %lld", group, figure, keys[i - 1],
                         number(have, keys[i - 1]), (long long)sqlite3_column_int64(q, i));
        }
        rows++;
    }
    cr_expect_gt(rows, 0, "%s", figure);
    cr_expect_eq(rows, groups_with(document, figure), "%s", figure);
    cr_assert_eq(sqlite3_finalize(q), SQLITE_OK);
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
}

Test(figures, are_those_of_a_second_computation_by_plain_sql)
{
    SH_DEFER(room_free) struct room room;
    const struct figures_options options = {.by = FIGURES_BY_ORGANISATION};
    room_make(&room, 6000);
    json_t *document = report(&room, &options);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        compare(&room, document, seconds[i].figure, seconds[i].sql);
    }
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        compare(&room, document, counts[i].figure, counts[i].sql);
    }
    json_decref(document);
}

static long long sum_of(const json_t *document, const char *figure)
{
    size_t i = 0;
    json_t *item = NULL;
    long long sum = 0;
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        sum += number(json_object_get(json_object_get(item, "figures"), figure), "count");
    }
    return sum;
}

Test(figures, add_up_to_those_of_everybody_whatever_they_are_grouped_by)
{
    SH_DEFER(room_free) struct room room;
    static const char *const figures[] = {"sent",    "asked",           "opened",
                                          "decided", "overdue.decided", "refused.stale_seats"};
    long long first[6] = {0};
    room_make(&room, 3000);
    for (int by = FIGURES_BY_ORGANISATION; by <= FIGURES_BY_WEEK; by++) {
        const struct figures_options options = {.by = (enum figures_by)by};
        json_t *document = report(&room, &options);
        const json_t *all = json_object_get(json_object_get(document, "all"), "figures");
        for (size_t i = 0; i < 6; i++) {
            long long whole = number(json_object_get(all, figures[i]), "count");
            first[i] = by == FIGURES_BY_ORGANISATION ? whole : first[i];
            cr_expect_gt(whole, 0);
            cr_expect_eq(whole, first[i]);
            cr_expect_eq(sum_of(document, figures[i]), whole, "%s", figures[i]);
        }
        json_decref(document);
    }
}

Test(figures, of_two_halves_of_the_time_are_those_of_the_whole)
{
    SH_DEFER(room_free) struct room room;
    room_make(&room, 3000);
    const int64_t cut_ms = mirror_last_ms(room.mirror) - 12 * (int64_t)SH_HOUR_MS;
    const struct figures_options whole = {.by = FIGURES_BY_SECTOR};
    const struct figures_options before = {.by = FIGURES_BY_SECTOR, .to_ms = cut_ms};
    const struct figures_options after = {.by = FIGURES_BY_SECTOR, .from_ms = cut_ms};
    json_t *all = report(&room, &whole), *first = report(&room, &before),
           *second = report(&room, &after);
    cr_assert_gt(sum_of(first, "sent"), 0);
    cr_assert_gt(sum_of(second, "sent"), 0);
    cr_assert_eq(sum_of(first, "sent") + sum_of(second, "sent"), sum_of(all, "sent"));
    cr_assert_eq(sum_of(first, "decided") + sum_of(second, "decided"), sum_of(all, "decided"));
    json_decref(all);
    json_decref(first);
    json_decref(second);
}

Test(figures, leave_out_what_a_desk_keeps_for_itself)
{
    SH_DEFER(room_free) struct room room;
    const struct figures_options options = {.by = FIGURES_BY_KIND};
    room_make(&room, 2000);
    json_t *document = report(&room, &options);
    cr_assert_null(figure_at(document, "concern", "sent"));
    cr_assert_not_null(figure_at(document, "referral", "sent"));
    json_decref(document);
}

Test(figures, show_every_entry_behind_one_with_a_proof)
{
    SH_DEFER(room_free) struct room room;
    const struct figures_options options = {
        .by = FIGURES_BY_SECTOR, .why_group = "social-care", .why_metric = "decided"};
    size_t i = 0;
    json_t *entry = NULL;
    struct sh_hash root;
    room_make(&room, 1500);
    json_t *document = report(&room, &options);
    json_t *entries = json_object_get(json_object_get(document, "why"), "entries");
    cr_assert_eq(mirror_root(room.mirror, &root), SH_OK);
    cr_assert_gt(json_array_size(entries), 0);
    cr_assert_eq((long long)json_array_size(entries),
                 number(figure_at(document, "social-care", "decided"), "count"));
    json_array_foreach (entries, i, entry) {
        struct sh_hash leaf, path[SH_PROOF_HASHES_MAX];
        const json_t *proof = json_object_get(entry, "proof");
        size_t len = json_array_size(proof);
        cr_assert_eq(hex_decode(json_string_value(json_object_get(entry, "leaf_hash")), leaf.b, 32),
                     SH_OK);
        for (size_t k = 0; k < len; k++) {
            cr_assert_eq(hex_decode(json_string_value(json_array_get(proof, k)), path[k].b, 32),
                         SH_OK);
        }
        cr_assert_eq(
            merkle_check_inclusion(&leaf, (uint64_t)number(entry, "index"), 1500, path, len, &root),
            SH_OK);
    }
    json_decref(document);
}

Test(figures, do_not_give_away_small_counts_when_they_are_suppressed)
{
    SH_DEFER(room_free) struct room room;
    const struct figures_options options = {.by = FIGURES_BY_ORGANISATION, .suppress = true};
    size_t i = 0, hidden = 0;
    json_t *group = NULL, *figure = NULL;
    const char *key = NULL;
    room_make(&room, 700);
    json_t *document = report(&room, &options);
    json_array_foreach (json_object_get(document, "groups"), i, group) {
        json_object_foreach (json_object_get(group, "figures"), key, figure) {
            bool suppressed = json_is_true(json_object_get(figure, "suppressed"));
            hidden += suppressed;
            cr_expect(suppressed ? json_object_size(figure) == 1 : number(figure, "count") >= 5);
        }
    }
    cr_assert_gt(hidden, 0);
    /* One that is hidden alone would be what the others leave of the sum. */
    json_object_foreach (json_object_get(json_object_get(document, "all"), "figures"), key,
                         figure) {
        size_t alone = 0;
        json_array_foreach (json_object_get(document, "groups"), i, group) {
            const json_t *one = json_object_get(json_object_get(group, "figures"), key);
            alone += json_is_true(json_object_get(one, "suppressed"));
        }
        cr_expect(alone != 1 || json_is_true(json_object_get(figure, "suppressed")), "%s", key);
    }
    json_decref(document);
}

Test(figures, say_that_there_is_no_such_figure)
{
    SH_DEFER(room_free) struct room room;
    json_t *out = NULL;
    struct sh_why why = {{0}};
    const struct figures_options unknown = {.why_group = "all", .why_metric = "nonsense"};
    const struct figures_options nothing = {.why_group = "999.none", .why_metric = "decided"};
    room_make(&room, 100);
    cr_assert_eq(figures_run(room.mirror, &unknown, &out, &why), SH_E_NOT_FOUND);
    cr_assert_eq(figures_run(room.mirror, &nothing, &out, &why), SH_E_NOT_FOUND);
}

static double seconds_of(clockid_t clock, const struct timespec *since)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

/* SAFEHAND_REPORT_ENTRIES=1000000 measures; else it is a report of 20,000. Processor time, so that
 * what else the machine does is not measured with it. */
Test(figures, of_a_million_entries_take_seconds)
{
    SH_DEFER(room_free) struct room room;
    const char *wanted = getenv("SAFEHAND_REPORT_ENTRIES");
    uint64_t entries = wanted ? strtoull(wanted, NULL, 10) : 20000;
    const struct figures_options options = {.by = FIGURES_BY_ORGANISATION};
    struct timespec wall, processor;
    room_make(&room, entries);
    (void)clock_gettime(CLOCK_MONOTONIC, &wall);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &processor);
    json_t *document = report(&room, &options);
    double took = seconds_of(CLOCK_PROCESS_CPUTIME_ID, &processor);
    if (wanted) {
        cr_log_warn("report over %llu entries: %.2f s of the processor, %.2f s in all",
                    (unsigned long long)entries, took, seconds_of(CLOCK_MONOTONIC, &wall));
    }
    cr_assert_eq(json_integer_value(json_object_get(document, "entries")), (json_int_t)entries);
    cr_expect_lt(took, 5.0);
    json_decref(document);
}
