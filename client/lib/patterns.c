/* See patterns.h. Loading is patterns_load.c's. */
#include "client/patterns_rules.h"

/* ---- what a rule counts ---- */

struct event {
    const struct row *row;
    int64_t day;
    const char *organisation; /* of an address: what stands behind the @ */
};

struct counting {
    const struct pattern_rule *rule;
    const struct rows *rows;
    uint32_t person;
    const char *role;
    struct arena *arena;
    json_t *list;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_listed(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether this row tells of the child in this role. A child that is both is counted as each. */
static bool tells_of(const struct counting *counting, const json_t *row)
{
    const json_t *children = json_object_get(row, "children");
    bool alleged = strcmp(counting->role, PATTERN_ALLEGED) == 0;
    for (size_t i = 0; i < json_array_size(children); i++) {
        const json_t *child = json_array_get(children, i);
        const char *role = text_of(child, "role");
        bool is_alleged = strcmp(role, "alleged_to_have_harmed") == 0;
        bool is_both = strcmp(role, "both") == 0;
        if (json_integer_value(json_object_get(child, "person")) == counting->person &&
            (is_both || is_alleged == alleged)) {
            return true;
        }
    }
    return false;
}

static bool counts(const struct counting *counting, const json_t *row)
{
    const struct pattern_rule *rule = counting->rule;
    /* A referral that quotes concerns tells of what they told: it is no further concern. */
    if (json_is_true(json_object_get(row, "quotes")) && is_listed(rule->kinds, "concern")) {
        return false;
    }
    /* Nor is a decision not to share, unless a rule asks for just that. */
    if (!rule->subtypes && strcmp(text_of(row, "subtype"), "decision_not_to_share") == 0) {
        return false;
    }
    return strcmp(text_of(row, "part"), "message") == 0 &&
           is_listed(rule->kinds, text_of(row, "kind")) &&
           (!rule->outcomes || is_listed(rule->outcomes, text_of(row, "outcome"))) &&
           (!rule->subtypes || is_listed(rule->subtypes, text_of(row, "subtype"))) &&
           tells_of(counting, row);
}

static int by_day(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    return a->row < b->row ? -1 : a->row > b->row;
}

static sh_err find_events(const struct counting *counting, struct event **out, size_t *out_len)
{
    const struct row *rows = counting->rows->list.items;
    size_t len = 0;
    struct event *events = arena_array(counting->arena, counting->rows->list.len, sizeof *events);
    SH_CHECK(events, SH_E_NOMEM);
    for (size_t i = 0; i < counting->rows->list.len; i++) {
        if (counts(counting, rows[i].json)) {
            const char *at = strchr(text_of(rows[i].json, "from"), '@');
            events[len].row = &rows[i];
            events[len].day =
                counting->rule->by_known ? event_time_of(rows[i].known_at_ms).day : rows[i].at.day;
            events[len].organisation = at ? at + 1 : "";
            len++;
        }
    }
    if (len > 1) {
        qsort(events, len, sizeof *events, by_day);
    }
    *out = events;
    *out_len = len;
    return SH_OK;
}

/* ---- counting ---- */

static bool is_within(const struct pattern_rule *rule, int64_t earlier, int64_t later)
{
    if (rule->within_days > 0) {
        return later - earlier <= rule->within_days;
    }
    return rule->within_months == 0 ||
           later <= event_day_add_months(earlier, (int)rule->within_months);
}

static bool stands_before(const struct event *events, size_t from, size_t at)
{
    for (size_t i = from; i < at; i++) {
        if (strcmp(events[i].organisation, events[at].organisation) == 0) {
            return true;
        }
    }
    return false;
}

/* How many count from `from` to `to`: each, or each organisation once. */
static size_t count_of(const struct pattern_rule *rule, const struct event *events, size_t from,
                       size_t to)
{
    size_t count = 0;
    for (size_t i = from; i <= to; i++) {
        count += !rule->different_organisations || !stands_before(events, from, i);
    }
    return count;
}

static sh_err raise_flag(const struct counting *counting, const struct event *events, size_t from,
                         size_t to)
{
    char day[32];
    json_t *flag = json_object(), *numbers = json_array();
    SH_TRY(entry_append(counting->list, flag));
    SH_TRY(entry_put(flag, "rows", numbers));
    SH_TRY(entry_put(flag, "rule", json_string(counting->rule->id)));
    SH_TRY(entry_put(flag, "says", json_string(counting->rule->says)));
    SH_TRY(entry_put(flag, "person", json_integer((json_int_t)counting->person)));
    SH_TRY(entry_put(flag, "role", json_string(counting->role)));
    event_day_text(events[to].day, day, sizeof day);
    SH_TRY(entry_put(flag, "on", json_string(day)));
    for (size_t i = from; i <= to; i++) {
        json_t *number = json_object_get(events[i].row->json, "row");
        SH_TRY(entry_append(numbers, json_incref(number)));
    }
    return SH_OK;
}

static sh_err count_rule(const struct counting *counting)
{
    struct event *events = NULL;
    size_t len = 0, from = 0;
    SH_TRY(find_events(counting, &events, &len));
    for (size_t i = 0; i < len; i++) {
        while (!is_within(counting->rule, events[from].day, events[i].day)) {
            from++;
        }
        if (count_of(counting->rule, events, from, i) >= counting->rule->count) {
            SH_TRY(raise_flag(counting, events, from, i));
        }
    }
    return SH_OK;
}

sh_err patterns_flag(const struct patterns *patterns, const struct rows *rows, uint32_t person,
                     struct arena *arena, json_t *list)
{
    static const char *const roles[] = {PATTERN_HARMED, PATTERN_ALLEGED};
    for (size_t i = 0; i < patterns->rules_len; i++) {
        for (size_t k = 0; k < sizeof roles / sizeof roles[0]; k++) {
            const struct counting counting = {.rule = &patterns->rules[i],
                                              .rows = rows,
                                              .person = person,
                                              .role = roles[k],
                                              .arena = arena,
                                              .list = list};
            SH_TRY(count_rule(&counting));
        }
    }
    return SH_OK;
}
