/* The rows of `clocks`, and what they share with the levels of a ladder: spans, whom to tell. */
#include "policy/load.h"

#include <stdio.h>

#define CLOCK_WARN_MAX_MS (30 * SH_DAY_MS)

/* A row as the keyword table reads it. */
struct row {
    const char *clock, *owed_by, *counts_from, *due, *warn_before;
    const struct yaml_value *on, *subtypes, *urgencies, *outcomes, *from, *desks;
    const struct yaml_value *tell_warned, *tell;
    bool telephone;
};

#define WORD(name_, fallback_, help_)                                                              \
    {                                                                                              \
        .name = #name_, .type = YAML_TYPE_WORD, .fallback = (fallback_), .least = 0, .most = 64,   \
        .offset = offsetof(struct row, name_), .help = (help_)                                     \
    }
#define LIST(name_, fallback_, help_)                                                              \
    {                                                                                              \
        .name = #name_, .type = YAML_TYPE_LIST, .fallback = (fallback_), .least = 0, .most = 64,   \
        .offset = offsetof(struct row, name_), .help = (help_)                                     \
    }

static const struct yaml_keyword keywords[] = {
    WORD(clock, NULL, "What is owed."),
    LIST(on, NULL, "The kinds of message that start it; anything: all."),
    LIST(subtypes, "", "Their subtypes; all if it is left out."),
    LIST(urgencies, "", "Their urgencies; all if it is left out."),
    LIST(outcomes, "", "Their outcomes, or those of one of their children; all if left out."),
    {.name = "telephone",
     .type = YAML_TYPE_SWITCH,
     .fallback = "no",
     .offset = offsetof(struct row, telephone),
     .help = "Only what was said by telephone first."},
    LIST(from, "", "Sectors or desks whose messages start it; all if it is left out."),
    WORD(owed_by, "act", "Who owes it."),
    LIST(desks, "", "Sectors or desks, of those, that it is meant for; all if it is left out."),
    WORD(due, NULL, "How long it runs, or promised: as the message itself says."),
    WORD(counts_from, "acceptance", "From what it counts."),
    WORD(warn_before, "", "How long before that a warning is given; none if it is left out."),
    LIST(tell_warned, "", "Who is told of the warning; who owes it, if it is left out."),
    LIST(tell, "", "Who is told when it ran out; sender and who owes it, if it is left out."),
};

static sh_err bad_word(const struct loading *l, const struct yaml_value *at, const char *key,
                       const char *what)
{
    const struct yaml_value *value = yaml_find(at, key);
    return yaml_fail(l->tree, value ? value : at, l->why, "\"%.40s\" is no %s",
                     value && value->shape == YAML_SHAPE_WORD ? value->text : "", what);
}

/* ---- spans ---- */

static const char spans_help[] =
    "span: write \"30 minutes\", \"4 hours\", \"1 working day\", \"5 school days\", "
    "\"next working morning\" or \"before the next school day\"";

sh_err load_span(const struct loading *l, const struct yaml_value *at, const char *key,
                 struct span *out)
{
    const struct yaml_value *value = yaml_find(at, key);
    bool ok =
        value && value->shape == YAML_SHAPE_WORD && span_from_words(value->text, out) == SH_OK;
    return ok ? SH_OK : bad_word(l, at, key, spans_help);
}

sh_err load_short_span(const struct loading *l, const struct yaml_value *value, int64_t *out_ms)
{
    struct span span;
    bool ok = value->shape == YAML_SHAPE_WORD && span_from_words(value->text, &span) == SH_OK &&
              (span.unit == SPAN_MINUTES || span.unit == SPAN_HOURS);
    int64_t unit_ms = ok && span.unit == SPAN_HOURS ? SH_HOUR_MS : SH_MINUTE_MS;
    ok = ok && span.count * unit_ms <= CLOCK_WARN_MAX_MS;
    SH_CHECK(
        ok, yaml_fail(l->tree, value, l->why, "must be minutes or hours, \"2 hours\" for example"));
    *out_ms = span.count * unit_ms;
    return SH_OK;
}

/* ---- whom to tell ---- */

static sh_err load_relative(const struct loading *l, const char *word, struct teller *out)
{
    static const struct {
        const char *word;
        enum teller_who who;
    } relatives[] = {{"sender", TELL_SENDER}, {"owing", TELL_OWING}};
    const char *at = strchr(word, '@');
    if (strcmp(word, "recipients") == 0) {
        out->who = TELL_RECIPIENTS;
        return SH_OK;
    }
    const char *relative = at ? at + 1 : word;
    for (size_t i = 0; i < sizeof relatives / sizeof relatives[0]; i++) {
        if (strcmp(relative, relatives[i].word) == 0) {
            struct bytes desk = {.len = 0};
            out->who = relatives[i].who;
            SH_CHECK(at, SH_OK);
            SH_TRY(arena_copy(l->policy->arena,
                              bytes_of((const uint8_t *)word, (size_t)(at - word)), &desk));
            out->desk = (const char *)desk.data;
            return SH_OK;
        }
    }
    return SH_E_NOT_FOUND;
}

/* With an organisation for the word behind the @, it must be an address. */
static bool is_desk(const char *desk)
{
    char probe[SH_ADDRESS_BYTES_MAX + 1];
    struct address address;
    int len = snprintf(probe, sizeof probe, "%s@x.x", desk);
    return len > 0 && (size_t)len < sizeof probe && address_from(probe, &address) == SH_OK;
}

static sh_err load_teller(const struct loading *l, const struct yaml_value *value,
                          struct teller *out)
{
    bool ok = value->shape == YAML_SHAPE_WORD;
    sh_err err = ok ? load_relative(l, value->text, out) : SH_E_NOT_FOUND;
    if (err == SH_E_NOT_FOUND) {
        out->who = TELL_ADDRESS;
        ok = ok && address_from(value->text, &out->address) == SH_OK;
        err = SH_OK;
    }
    ok = ok && (!out->desk || is_desk(out->desk));
    SH_CHECK(
        ok, yaml_fail(l->tree, value, l->why,
                      "must be sender, owing, recipients, a desk of theirs (managers@owing), or an "
                      "address"));
    return err;
}

sh_err load_tellers(const struct loading *l, const struct yaml_value *list, struct tellers *out)
{
    *out = (struct tellers){.len = 0};
    SH_CHECK(list && list->len > 0, SH_OK);
    SH_CHECK(list->len <= TOLD_MAX,
             yaml_fail(l->tree, list, l->why, "more than %u desks", TOLD_MAX));
    struct teller *tellers = arena_array(l->policy->arena, list->len, sizeof *tellers);
    SH_CHECK(tellers, SH_E_NOMEM);
    memset(tellers, 0, list->len * sizeof *tellers);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_TRY(load_teller(l, v, &tellers[v->index]));
    }
    *out = (struct tellers){tellers, list->len};
    return SH_OK;
}

/* ---- rows ---- */

sh_err load_counts_from(const struct loading *l, const struct yaml_value *at, const char *word,
                        struct clock_rule *out)
{
#define X(name, word_)                                                                             \
    if (strcmp(word, word_) == 0) {                                                                \
        out->counts_from = FROM_##name;                                                            \
        return SH_OK;                                                                              \
    }
    POLICY_COUNTS_FROM(X)
#undef X
    return bad_word(l, at, "counts_from", "moment to count from");
}

static sh_err load_owing(const struct loading *l, const struct yaml_value *at, const char *word,
                         struct clock_rule *out)
{
#define X(name, word_)                                                                             \
    if (strcmp(word, word_) == 0) {                                                                \
        out->owing = OWING_##name;                                                                 \
        return SH_OK;                                                                              \
    }
    POLICY_OWING(X)
#undef X
    return bad_word(l, at, "owed_by", "one who can owe it");
}

static sh_err load_when(const struct loading *l, const struct yaml_value *at, const struct row *row,
                        struct clock_rule *out)
{
    out->promised = strcmp(row->due, "promised") == 0;
    SH_TRY(out->promised ? SH_OK : load_span(l, at, "due", &out->due));
    SH_TRY(load_counts_from(l, at, row->counts_from, out));
    bool ladder = out->counts_from == FROM_PREVIOUS;
    SH_CHECK(!ladder, bad_word(l, at, "counts_from", "moment to count from, outside a ladder"));
    out->warns = row->warn_before[0] != '\0';
    const struct yaml_value *warn = yaml_find(at, "warn_before");
    return warn ? load_short_span(l, warn, &out->warn_before_ms) : SH_OK;
}

static sh_err load_whom(const struct loading *l, const struct row *row, struct clock_rule *out)
{
    static const struct teller both[] = {{.who = TELL_SENDER}, {.who = TELL_OWING}};
    SH_TRY(load_tellers(l, row->tell_warned, &out->tell_warned));
    SH_TRY(load_tellers(l, row->tell, &out->tell));
    out->tell_warned = row->tell_warned ? out->tell_warned : (struct tellers){&both[1], 1};
    out->tell = row->tell ? out->tell : (struct tellers){both, 2};
    return SH_OK;
}

static sh_err load_row(const struct loading *l, const struct yaml_value *at, struct clock_rule *out)
{
    struct row row = {0};
    SH_TRY(yaml_read(l->tree, at, keywords, sizeof keywords / sizeof keywords[0], &row, l->why));
    out->duty = (enum duty)duty_from_word(row.clock);
    SH_CHECK(out->duty != DUTY_NONE, bad_word(l, at, "clock", "clock"));
    SH_CHECK(out->duty != DUTY_COVER,
             yaml_fail(l->tree, yaml_find(at, "clock"), l->why, "stands in cover_after"));
    SH_TRY(load_kinds(l, row.on, &out->kinds));
    SH_TRY(load_bits(l, row.subtypes, subtype_from_word, &out->subtypes));
    SH_TRY(load_bits(l, row.urgencies, urgency_from_word, &out->urgencies));
    SH_TRY(load_bits(l, row.outcomes, outcome_from_word, &out->outcomes));
    SH_TRY(load_patterns(l, row.from, &out->from));
    SH_TRY(load_patterns(l, row.desks, &out->desks));
    out->telephone = row.telephone;
    SH_TRY(load_owing(l, at, row.owed_by, out));
    SH_TRY(load_when(l, at, &row, out));
    return load_whom(l, &row, out);
}

sh_err load_clocks(const struct loading *l, const struct yaml_value *list, struct clock_rules *out)
{
    struct clock_rule *rules = arena_array(l->policy->arena, list->len, sizeof *rules);
    SH_CHECK(rules, SH_E_NOMEM);
    memset(rules, 0, list->len * sizeof *rules);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_MAP,
                 yaml_fail(l->tree, v, l->why, "must be a row of keys"));
        SH_TRY(load_row(l, v, &rules[v->index]));
    }
    *out = (struct clock_rules){rules, list->len};
    return SH_OK;
}
