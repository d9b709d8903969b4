/* See figures_json.h. */
#include "audit/figures_json.h"

#include <stdlib.h>

/* Counts from 1 to 4 are not shown where somebody asked for that. */
#define SUPPRESSED_BELOW 5u
/* A relay writes a leaf each hour at least: five minutes more, and it was not there. */
#define OUTAGE_MS (65 * (int64_t)SH_MINUTE_MS)

static const struct {
    int64_t below_ms;
    const char *label;
} buckets[] = {
    {SH_HOUR_MS, "under 1 hour"},       {4 * SH_HOUR_MS, "1 to 4 hours"},
    {24 * SH_HOUR_MS, "4 to 24 hours"}, {3 * SH_DAY_MS, "1 to 3 days"},
    {7 * SH_DAY_MS, "3 to 7 days"},     {INT64_MAX, "over 7 days"},
};
enum { BUCKETS = sizeof buckets / sizeof buckets[0] };

static bool is_small(const struct figures_result *result, uint64_t count)
{
    return result->options->suppress && count > 0 && count < SUPPRESSED_BELOW;
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that so many of a hundred do not exceed. */
static int64_t percentile(const struct cell *cell, size_t percent)
{
    size_t rank = (cell->len * percent + 99) / 100;
    return cell->values[rank > 0 ? rank - 1 : 0];
}

/* A bucket of one gives itself away by the others: then none is shown. */
static sh_err put_distribution(const struct figures_result *result, const struct cell *cell,
                               json_t *json)
{
    uint64_t counts[BUCKETS] = {0};
    for (size_t i = 0, at = 0; i < cell->len; i++) {
        for (; cell->values[i] >= buckets[at].below_ms && at + 1 < BUCKETS; at++) {
        }
        counts[at]++;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        SH_CHECK(!is_small(result, counts[i]), SH_OK);
    }
    json_t *list = json_array();
    SH_TRY(fact_put(json, "distribution", list));
    for (size_t i = 0; i < BUCKETS; i++) {
        SH_CHECK(json_array_append_new(list, json_integer((json_int_t)counts[i])) == 0, SH_E_NOMEM);
    }
    return SH_OK;
}

static sh_err put_values(const struct figures_result *result, struct cell *cell, unsigned figure,
                         json_t *json)
{
    int64_t unit = figure_unit(figure) == UNIT_TIME ? SH_SECOND_MS : 1;
    SH_CHECK(cell->len > 0, SH_OK);
    qsort(cell->values, cell->len, sizeof cell->values[0], compare_values);
    SH_TRY(fact_put(json, "median", json_integer(percentile(cell, 50) / unit)));
    SH_TRY(fact_put(json, "p90", json_integer(percentile(cell, 90) / unit)));
    SH_TRY(fact_put(json, "worst", json_integer(cell->values[cell->len - 1] / unit)));
    return unit == 1 ? SH_OK : put_distribution(result, cell, json);
}

static sh_err put_cell(const struct figures_result *result, struct cell *cell, unsigned figure,
                       json_t *figures)
{
    char key[FIGURE_KEY_BYTES];
    json_t *json = json_object();
    figure_key(figure, key);
    SH_TRY(fact_put(figures, key, json));
    if (is_small(result, cell->count)) {
        return fact_put(json, "suppressed", json_true());
    }
    SH_TRY(fact_put_number(json, "count", true, cell->count));
    return put_values(result, cell, figure, json);
}

/* One hidden figure among shown ones is the sum less the others: so the sum goes, too. */
static bool gives_away(const struct figures_result *result, unsigned figure)
{
    size_t hidden = 0;
    for (size_t i = 1; i < result->cells->len; i++) {
        hidden += is_small(result, result->cells->groups[i]->cells[figure].count);
    }
    return hidden == 1;
}

static sh_err put_group(const struct figures_result *result, size_t at, json_t *json)
{
    struct cell_group *group = result->cells->groups[at];
    json_t *figures = json_object();
    SH_TRY(fact_put(json, "group", json_string(group->label)));
    SH_TRY(fact_put(json, "figures", figures));
    for (unsigned figure = 0; figure < FIGURE_COUNT; figure++) {
        if (group->cells[figure].count == 0) {
            continue;
        }
        SH_TRY(put_cell(result, &group->cells[figure], figure, figures));
        if (at == 0 && gives_away(result, figure)) {
            char key[FIGURE_KEY_BYTES];
            figure_key(figure, key);
            SH_TRY(fact_put(figures, key, json_pack("{s:b}", "suppressed", 1)));
        }
    }
    return SH_OK;
}

static int compare_groups(const void *a, const void *b)
{
    const struct cell_group *const *x = a, *const *y = b;
    return strcmp((*x)->label, (*y)->label);
}

static sh_err put_groups(const struct figures_result *result, json_t *json)
{
    struct cells *cells = result->cells;
    json_t *list = json_array(), *all = json_object();
    SH_TRY(fact_put(json, "groups", list));
    SH_TRY(fact_put(json, "all", all));
    qsort(cells->groups + 1, cells->len - 1, sizeof cells->groups[0], compare_groups);
    for (size_t i = 1; i < cells->len; i++) {
        json_t *group = json_object();
        SH_CHECK(group && json_array_append_new(list, group) == 0, SH_E_NOMEM);
        SH_TRY(put_group(result, i, group));
    }
    return put_group(result, 0, all);
}

static sh_err put_metrics(const struct figures_result *result, json_t *json)
{
    static const char *const units[] = {"count", "time", "steps"};
    json_t *list = json_array();
    SH_TRY(fact_put(json, "metrics", list));
    for (unsigned figure = 0; figure < FIGURE_COUNT; figure++) {
        char key[FIGURE_KEY_BYTES], label[2 * FIGURE_KEY_BYTES];
        if (result->cells->groups[0]->cells[figure].count == 0) {
            continue;
        }
        figure_key(figure, key);
        figure_label(figure, label);
        SH_CHECK(
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", key, "label", label,
                                                  "unit", units[figure_unit(figure)])) == 0,
            SH_E_NOMEM);
    }
    json_t *labels = json_array();
    SH_TRY(fact_put(json, "buckets", labels));
    for (size_t i = 0; i < BUCKETS; i++) {
        SH_CHECK(json_array_append_new(labels, json_string(buckets[i].label)) == 0, SH_E_NOMEM);
    }
    return SH_OK;
}

/* ---- outages ---- */

static sh_err put_outage(const struct figures_result *result, json_t *list, uint64_t index,
                         const int64_t times[2])
{
    bool counts = times[1] >= result->options->from_ms &&
                  (result->options->to_ms == 0 || times[0] < result->options->to_ms);
    SH_CHECK(counts && times[1] - times[0] > OUTAGE_MS, SH_OK);
    json_t *json = json_object();
    SH_CHECK(json && json_array_append_new(list, json) == 0, SH_E_NOMEM);
    SH_TRY(fact_put_time(json, "from", true, times[0]));
    SH_TRY(fact_put_time(json, "to", true, times[1]));
    SH_TRY(fact_put(json, "minutes", json_integer((times[1] - times[0]) / SH_MINUTE_MS)));
    return fact_put_number(json, "index", true, index);
}

static sh_err put_outages(const struct figures_result *result, json_t *json)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(result->mirror, SQL_TIMES);
    json_t *list = json_array();
    int64_t times[2] = {0, 0};
    SH_TRY(fact_put(json, "outages", list));
    for (;;) {
        sh_err err = mirror_step(q);
        SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
        SH_TRY(err);
        uint64_t index = (uint64_t)sqlite3_column_int64(q, 0);
        times[0] = times[1];
        times[1] = sqlite3_column_int64(q, 1);
        SH_TRY(index > 0 ? put_outage(result, list, index, times) : SH_OK);
    }
}

/* ---- the entries behind a figure ---- */

static sh_err put_entry_proof(struct mirror *mirror, uint64_t index, json_t *json)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct log_entry entry;
    struct merkle_proof proof;
    struct sh_hash hash;
    char text[2 * SH_HASH_BYTES + 1];
    json_t *list = json_array();
    SH_TRY(fact_put(json, "proof", list));
    SH_TRY(arena_new(64 * SH_KIB, 64, &arena));
    SH_TRY(mirror_entry(mirror, index, arena, &entry));
    SH_TRY(merkle_leaf_hash(entry.leaf, &hash));
    SH_TRY(fact_put_hex(json, "leaf_hash", BYTES_FIXED(hash)));
    SH_TRY(mirror_inclusion(mirror, index, &proof));
    for (size_t i = 0; i < proof.len; i++) {
        hex_encode(BYTES_FIXED(proof.hashes[i]), text);
        SH_CHECK(json_array_append_new(list, json_string(text)) == 0, SH_E_NOMEM);
    }
    return SH_OK;
}

static sh_err put_reason(const struct figures_result *result, const struct cell_reason *reason,
                         json_t *list)
{
    struct mirror_fact fact;
    json_t *json = NULL;
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(result->mirror, SQL_FACT_GET);
    SH_TRY(mirror_bind_int(q, 1, (int64_t)reason->index));
    SH_TRY(mirror_step(q));
    mirror_fact_read(q, &fact);
    SH_TRY(fact_json(result->mirror, result->cells->desks, &fact, &json));
    SH_CHECK(json_array_append_new(list, json) == 0, SH_E_NOMEM);
    unsigned figure = result->cells->why_figure;
    int64_t unit = figure_unit(figure) == UNIT_TIME ? SH_SECOND_MS : 1;
    SH_TRY(reason->has_value ? fact_put(json, "value", json_integer(reason->value / unit)) : SH_OK);
    SH_TRY(fact_put_number(json, "since", reason->has_since, reason->since));
    return put_entry_proof(result->mirror, reason->index, json);
}

static sh_err put_why(const struct figures_result *result, json_t *json, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    const struct cells *cells = result->cells;
    struct sh_hash root;
    json_t *reasons = json_object(), *list = json_array();
    SH_TRY(fact_put(json, "why", reasons));
    SH_TRY(fact_put(reasons, "entries", list));
    if (cells->reasons_len == 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "nothing is behind '%.80s:%.40s' in this report",
                       result->options->why_group, result->options->why_metric);
    }
    if (is_small(result, cells->reasons_len)) {
        return sh_fail(why, SH_E_NOT_PERMITTED,
                       "that figure is suppressed; ask without --suppress");
    }
    SH_TRY(mirror_root(result->mirror, &root));
    SH_TRY(mirror_checkpoint(result->mirror, &note));
    SH_TRY(fact_put_text(reasons, "group", result->options->why_group));
    SH_TRY(fact_put_text(reasons, "figure", result->options->why_metric));
    SH_TRY(fact_put_number(reasons, "tree_size", true, mirror_size(result->mirror)));
    SH_TRY(fact_put_hex(reasons, "root", BYTES_FIXED(root)));
    SH_TRY(fact_put(reasons, "checkpoint", json_stringn((const char *)note.data, note.len)));
    for (size_t i = 0; i < cells->reasons_len; i++) {
        SH_TRY(put_reason(result, &cells->reasons[i], list));
    }
    return SH_OK;
}

static sh_err put_head(const struct figures_result *result, json_t *json)
{
    static const char *const by[] = {"organisation", "sector", "kind", "week"};
    const struct figures_options *options = result->options;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    uint64_t size = mirror_size(result->mirror);
    if (mirror_checkpoint(result->mirror, &note) == SH_OK &&
        checkpoint_parse(bytes_buf(&note), &checkpoint) == SH_OK) {
        SH_TRY(fact_put_text(json, "origin", checkpoint.origin));
    }
    SH_TRY(fact_put_number(json, "entries", true, size));
    SH_TRY(fact_put_time(json, "as_of", size > 0, mirror_last_ms(result->mirror)));
    SH_TRY(fact_put_time(json, "from", options->from_ms > 0, options->from_ms));
    SH_TRY(fact_put_time(json, "to", options->to_ms > 0, options->to_ms));
    SH_TRY(fact_put_text(json, "by", by[options->by]));
    SH_TRY(fact_put(json, "suppressed", json_boolean(options->suppress)));
    return fact_put_number(json, "destroyed", true, result->destroyed);
}

sh_err figures_json(const struct figures_result *result, json_t **out, struct sh_why *why)
{
    SH_DEFER(fact_json_free) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(put_head(result, json));
    SH_TRY(put_metrics(result, json));
    SH_TRY(put_groups(result, json));
    SH_TRY(put_outages(result, json));
    SH_TRY(result->options->why_metric ? put_why(result, json, why) : SH_OK);
    *out = json;
    json = NULL;
    return SH_OK;
}
