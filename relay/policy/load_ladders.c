/* The rows of `ladders`: levels, the desks that each adds, and the clocks of each. */
#include "policy/load.h"

/* A ladder, a level and a clock of a level as the keyword tables read them. */
struct ladder_row {
    const char *name, *limit;
    const struct yaml_value *from, *of, *levels;
    int64_t urgent_from;
};
struct level_row {
    const char *name;
    const struct yaml_value *adds, *tell, *clocks;
    bool by_silence;
};
struct clock_row {
    const char *clock, *due, *counts_from;
};

static const struct yaml_keyword ladder_keywords[] = {
    {"name", YAML_TYPE_WORD, NULL, 1, 100, offsetof(struct ladder_row, name), 0,
     "What it is called."},
    {"from", YAML_TYPE_LIST, "", 0, 64, offsetof(struct ladder_row, from), 0,
     "Sectors or desks that climb it; all if it is left out."},
    {"of", YAML_TYPE_LIST, "", 0, 64, offsetof(struct ladder_row, of), 0,
     "Sectors or desks whose decisions it is for; all if it is left out."},
    {"urgent_from", YAML_TYPE_NUMBER, "1", 1, SH_LEVEL_MAX,
     offsetof(struct ladder_row, urgent_from), 0, "The level at which an urgent one may begin."},
    {"limit", YAML_TYPE_WORD, "", 0, 64, offsetof(struct ladder_row, limit), 0,
     "How long all of it may take, from the opening of level 1; no limit if it is left out."},
    {"levels", YAML_TYPE_LIST, NULL, 1, SH_LEVEL_MAX, offsetof(struct ladder_row, levels), 0,
     "The levels, the first one first."},
};

static const struct yaml_keyword level_keywords[] = {
    {"name", YAML_TYPE_WORD, NULL, 1, 200, offsetof(struct level_row, name), 0, "Who meets there."},
    {"adds", YAML_TYPE_LIST, "", 0, TOLD_MAX, offsetof(struct level_row, adds), 0,
     "The desks that it adds."},
    {"tell", YAML_TYPE_LIST, "", 0, TOLD_MAX, offsetof(struct level_row, tell), 0,
     "Who else is told, without the content."},
    {"by_silence", YAML_TYPE_SWITCH, "no", 0, 0, offsetof(struct level_row, by_silence), 0,
     "Whether it opens by itself when the level below was not answered in time."},
    {"clocks", YAML_TYPE_LIST, NULL, 1, 4, offsetof(struct level_row, clocks), 0,
     "Its clocks: answered, spoken, meeting."},
};

static const struct yaml_keyword clock_keywords[] = {
    {"clock", YAML_TYPE_WORD, NULL, 1, 64, offsetof(struct clock_row, clock), 0, "What is owed."},
    {"due", YAML_TYPE_WORD, NULL, 1, 64, offsetof(struct clock_row, due), 0, "How long it runs."},
    {"counts_from", YAML_TYPE_WORD, "acceptance", 1, 64, offsetof(struct clock_row, counts_from), 0,
     "acceptance: the opening of this level; previous: of the level below."},
};

#define READ(table, at, out)                                                                       \
    SH_TRY(yaml_read(l->tree, (at), (table), sizeof(table) / sizeof((table)[0]), (out), l->why))

static const struct teller both[] = {{.who = TELL_SENDER}, {.who = TELL_OWING}};

static sh_err load_clock(const struct loading *l, const struct yaml_value *at,
                         struct clock_rule *out)
{
    struct clock_row row = {0};
    READ(clock_keywords, at, &row);
    *out = (struct clock_rule){.tell = {both, 2}, .tell_warned = {&both[1], 1}};
    out->duty = (enum duty)duty_from_word(row.clock);
    bool fits = out->duty == DUTY_ANSWERED || out->duty == DUTY_SPOKEN || out->duty == DUTY_MEETING;
    SH_CHECK(fits, yaml_fail(l->tree, yaml_find(at, "clock"), l->why,
                             "a level has the clocks answered, spoken and meeting"));
    SH_TRY(load_span(l, at, "due", &out->due));
    SH_TRY(load_counts_from(l, at, row.counts_from, out));
    bool event = out->counts_from == FROM_EVENT || out->counts_from == FROM_EVENT_ONLY;
    SH_CHECK(!event, yaml_fail(l->tree, yaml_find(at, "counts_from"), l->why,
                               "a level counts from acceptance or from previous"));
    return SH_OK;
}

/* Two of one kind would both be written as overdue, and nobody could say which one counts. */
static sh_err load_level_clocks(const struct loading *l, const struct yaml_value *list,
                                struct clock_rules *out)
{
    uint64_t seen = 0;
    struct clock_rule *clocks = arena_array(l->policy->arena, list->len, sizeof *clocks);
    SH_CHECK(clocks, SH_E_NOMEM);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_MAP,
                 yaml_fail(l->tree, v, l->why, "must be a row of keys"));
        SH_TRY(load_clock(l, v, &clocks[v->index]));
        uint64_t duty = bit_of(clocks[v->index].duty);
        SH_CHECK(!(seen & duty),
                 yaml_fail(l->tree, yaml_find(v, "clock"), l->why, "a level has each clock once"));
        seen |= duty;
    }
    SH_CHECK(seen & bit_of(DUTY_ANSWERED),
             yaml_fail(l->tree, list, l->why,
                       "every level has the clock answered: without it nobody could "
                       "press silence"));
    *out = (struct clock_rules){clocks, list->len};
    return SH_OK;
}

static sh_err load_level(const struct loading *l, const struct yaml_value *at, struct level *out)
{
    struct level_row row = {0};
    READ(level_keywords, at, &row);
    SH_TRY(arena_string(l->policy->arena, row.name, &out->name));
    SH_TRY(load_tellers(l, row.adds, &out->adds));
    SH_TRY(load_tellers(l, row.tell, &out->tell));
    out->by_silence = row.by_silence;
    return load_level_clocks(l, row.clocks, &out->clocks);
}

static sh_err load_levels(const struct loading *l, const struct yaml_value *list,
                          struct ladder *out)
{
    struct level *levels = arena_array(l->policy->arena, list->len, sizeof *levels);
    SH_CHECK(levels, SH_E_NOMEM);
    memset(levels, 0, list->len * sizeof *levels);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_MAP,
                 yaml_fail(l->tree, v, l->why, "must be a row of keys"));
        SH_TRY(load_level(l, v, &levels[v->index]));
        bool below = v->index > 0 || !levels[0].by_silence;
        SH_CHECK(below, yaml_fail(l->tree, yaml_find(v, "by_silence"), l->why,
                                  "nothing is below the first level, to be silent"));
    }
    out->levels = levels;
    out->levels_len = list->len;
    return SH_OK;
}

static sh_err load_ladder(const struct loading *l, const struct yaml_value *at, struct ladder *out)
{
    struct ladder_row row = {0};
    READ(ladder_keywords, at, &row);
    SH_TRY(arena_string(l->policy->arena, row.name, &out->name));
    SH_TRY(load_patterns(l, row.from, &out->from));
    SH_TRY(load_patterns(l, row.of, &out->of));
    SH_TRY(load_levels(l, row.levels, out));
    SH_CHECK((size_t)row.urgent_from <= out->levels_len,
             yaml_fail(l->tree, yaml_find(at, "urgent_from"), l->why, "there is no such level"));
    out->urgent_from = (uint32_t)row.urgent_from;
    out->has_limit = row.limit[0] != '\0';
    if (out->has_limit) {
        out->limit = (struct clock_rule){
            .duty = DUTY_RESOLVED, .tell = {both, 2}, .tell_warned = {&both[1], 1}};
        SH_TRY(load_span(l, at, "limit", &out->limit.due));
    }
    return SH_OK;
}

sh_err load_ladders(const struct loading *l, const struct yaml_value *list, struct ladders *out)
{
    struct ladder *ladders = arena_array(l->policy->arena, list->len, sizeof *ladders);
    SH_CHECK(ladders, SH_E_NOMEM);
    memset(ladders, 0, list->len * sizeof *ladders);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_MAP,
                 yaml_fail(l->tree, v, l->why, "must be a row of keys"));
        SH_TRY(load_ladder(l, v, &ladders[v->index]));
    }
    const struct ladder *last = &ladders[list->len - 1];
    SH_CHECK(last->from.len == 0 && last->of.len == 0,
             yaml_fail(l->tree, list, l->why,
                       "the last ladder must be for everybody, so that nobody is without one"));
    *out = (struct ladders){ladders, list->len};
    return SH_OK;
}
