/* The rows of `begin` and `follow`: patterns, sets of codes, standings. */
#include "policy/load.h"

#include <stdio.h>

/* A row as the keyword tables read it. */
struct row {
    const char *kind, *by;
    const struct yaml_value *subtypes, *from, *act, *inform;
    const struct yaml_value *answers, *answers_subtypes, *answers_outcomes, *to;
};

#define WORD(name_, help_)                                                                         \
    {                                                                                              \
        .name = #name_, .type = YAML_TYPE_WORD, .least = 1, .most = 64,                            \
        .offset = offsetof(struct row, name_), .help = (help_)                                     \
    }
#define LIST(name_, fallback_, help_)                                                              \
    {                                                                                              \
        .name = #name_, .type = YAML_TYPE_LIST, .fallback = (fallback_), .least = 0, .most = 64,   \
        .offset = offsetof(struct row, name_), .help = (help_)                                     \
    }

static const struct yaml_keyword begin_keywords[] = {
    WORD(kind, "The kind of the first message."),
    LIST(subtypes, "", "The subtypes that the row is for; all if it is left out."),
    LIST(from, NULL, "Sectors or desks that may send it."),
    LIST(act, "",
         "Sectors or desks that it may ask to act; none: it stays at the sender's own desk."),
    LIST(inform, "", "Sectors or desks that may be told."),
};

static const struct yaml_keyword follow_keywords[] = {
    WORD(kind, "The kind of the answer."),
    LIST(subtypes, "", "The subtypes that the row is for; all if it is left out."),
    LIST(answers, NULL, "The kinds that it may answer; anything: all."),
    LIST(answers_subtypes, "", "The subtypes of what it may answer; all if it is left out."),
    LIST(answers_outcomes, "", "The outcomes of what it may answer; all if it is left out."),
    WORD(by, "Who may send it, by the place in the thread."),
    LIST(from, "", "Sectors or desks that may send it; all if it is left out."),
    LIST(to, "", "Who must be among its recipients."),
    LIST(act, "", "Sectors or desks outside the thread that it may ask to act."),
    LIST(inform, "", "Sectors or desks outside the thread that may be told."),
};

static sh_err check_word(const struct loading *l, const struct yaml_value *value)
{
    return value->shape == YAML_SHAPE_WORD ? SH_OK
                                           : yaml_fail(l->tree, value, l->why, "must be a word");
}

sh_err load_bits(const struct loading *l, const struct yaml_value *list,
                 uint32_t (*from_word)(const char *word), uint64_t *out)
{
    uint64_t bits = 0;
    for (const struct yaml_value *v = list ? list->first : NULL; v; v = v->next) {
        SH_TRY(check_word(l, v));
        uint32_t code = from_word(v->text);
        SH_CHECK(code > 0 && code < 64,
                 yaml_fail(l->tree, v, l->why, "\"%.40s\" is no code of this list", v->text));
        bits |= bit_of(code);
    }
    *out = bits;
    return SH_OK;
}

/* ---- patterns ---- */

/* Borrows `text`, which it cuts into parts; a sector alone stays whole. */
static void split(char *text, struct pattern *out)
{
    char *at = strchr(text, '@');
    char *dot = at ? strchr(at, '.') : NULL;
    if (!at || !dot) {
        return;
    }
    *at = *dot = '\0';
    out->desk = strcmp(text, "*") == 0 ? NULL : text;
    out->organisation = strcmp(at + 1, "*") == 0 ? NULL : at + 1;
    out->sector = dot + 1;
}

/* With letters for the stars, a pattern is an address. */
static bool is_pattern(const char *text)
{
    char probe[SH_ADDRESS_BYTES_MAX + 1];
    struct address address;
    size_t len = strlen(text);
    SH_CHECK(len < sizeof probe, false);
    for (size_t i = 0; i <= len; i++) {
        bool alone = text[i] == '*' && (i == 0 || text[i - 1] == '@') &&
                     (text[i + 1] == '@' || text[i + 1] == '.');
        probe[i] = alone ? 'x' : text[i];
    }
    return address_from(probe, &address) == SH_OK;
}

static bool takes_part(const struct policy *policy, const char *sector)
{
    for (size_t i = 0; i < policy->sectors.len; i++) {
        if (strcmp(policy->sectors.list[i].sector, sector) == 0) {
            return true;
        }
    }
    return false;
}

static sh_err load_pattern(const struct loading *l, const struct yaml_value *value,
                           struct pattern *out)
{
    struct bytes copy;
    SH_TRY(check_word(l, value));
    SH_TRY(arena_copy(l->policy->arena, bytes_str(value->text), &copy));
    char *text = (char *)(uintptr_t)copy.data;
    *out = (struct pattern){.sector = text};
    if (is_pattern(text)) {
        split(text, out);
    }
    SH_CHECK(takes_part(l->policy, out->sector),
             yaml_fail(l->tree, value, l->why,
                       "\"%.60s\" is no sector of `sectors` and no desk there", value->text));
    return SH_OK;
}

sh_err load_patterns(const struct loading *l, const struct yaml_value *list, struct patterns *out)
{
    *out = (struct patterns){.len = 0};
    SH_CHECK(list && list->len > 0, SH_OK);
    if (list->len == 1 && list->first->shape == YAML_SHAPE_WORD &&
        strcmp(list->first->text, "any") == 0) {
        *out = l->policy->sectors;
        return SH_OK;
    }
    struct pattern *patterns = arena_array(l->policy->arena, list->len, sizeof *patterns);
    SH_CHECK(patterns, SH_E_NOMEM);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_TRY(load_pattern(l, v, &patterns[v->index]));
    }
    *out = (struct patterns){.list = patterns, .len = list->len};
    return SH_OK;
}

sh_err load_sectors(const struct loading *l, const struct yaml_value *list, struct patterns *out)
{
    struct pattern *patterns = arena_array(l->policy->arena, list->len, sizeof *patterns);
    SH_CHECK(patterns, SH_E_NOMEM);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        char probe[SH_ADDRESS_BYTES_MAX + 1];
        struct address address;
        SH_TRY(check_word(l, v));
        int len = snprintf(probe, sizeof probe, "x@x.%s", v->text);
        bool fits = len > 0 && (size_t)len < sizeof probe && address_from(probe, &address) == SH_OK;
        SH_CHECK(fits && strcmp(v->text, "any") != 0,
                 yaml_fail(l->tree, v, l->why, "cannot be a sector"));
        SH_TRY(arena_string(l->policy->arena, v->text, &patterns[v->index].sector));
    }
    *out = (struct patterns){.list = patterns, .len = list->len};
    return SH_OK;
}

/* ---- rows ---- */

static sh_err load_kind(const struct loading *l, const struct yaml_value *at, const char *word,
                        struct rule *out)
{
    uint32_t kind = kind_from_word(word);
    SH_CHECK(kind, yaml_fail(l->tree, yaml_find(at, "kind"), l->why,
                             "\"%.40s\" is no kind of message", word));
    out->kind = (enum kind)kind;
    return SH_OK;
}

sh_err load_kinds(const struct loading *l, const struct yaml_value *list, uint64_t *out)
{
    if (list->len == 1 && list->first->shape == YAML_SHAPE_WORD &&
        strcmp(list->first->text, "anything") == 0) {
        *out = UINT64_MAX;
        return SH_OK;
    }
    SH_CHECK(list->len > 0,
             yaml_fail(l->tree, list, l->why, "must name at least one kind, or anything"));
    return load_bits(l, list, kind_from_word, out);
}

static sh_err load_standing(const struct loading *l, const struct yaml_value *at, const char *word,
                            struct rule *out)
{
    static const struct {
        const char *word;
        enum standing by;
    } standings[] = {
#define X(name, word_) {word_, BY_##name},
        POLICY_STANDINGS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof standings / sizeof standings[0]; i++) {
        if (strcmp(standings[i].word, word) == 0) {
            out->by = standings[i].by;
            return SH_OK;
        }
    }
    return yaml_fail(l->tree, yaml_find(at, "by"), l->why, "\"%.40s\" is no place in a thread",
                     word);
}

static uint32_t addressee_from_word(const char *word)
{
#define X(name, bit, word_)                                                                        \
    if (strcmp(word, word_) == 0) {                                                                \
        return bit;                                                                                \
    }
    POLICY_ADDRESSEES(X)
#undef X
    return 0;
}

static sh_err load_to(const struct loading *l, const struct yaml_value *list, unsigned *out)
{
    unsigned bits = 0;
    for (const struct yaml_value *v = list ? list->first : NULL; v; v = v->next) {
        SH_TRY(check_word(l, v));
        uint32_t bit = addressee_from_word(v->text);
        SH_CHECK(bit, yaml_fail(l->tree, v, l->why, "\"%.40s\" is nobody whom a rule can ask for",
                                v->text));
        bits |= bit;
    }
    *out = bits;
    return SH_OK;
}

static sh_err load_common(const struct loading *l, const struct yaml_value *at,
                          const struct row *row, struct rule *out)
{
    SH_TRY(load_kind(l, at, row->kind, out));
    SH_TRY(load_bits(l, row->subtypes, subtype_from_word, &out->subtypes));
    SH_TRY(load_patterns(l, row->from, &out->from));
    SH_TRY(load_patterns(l, row->act, &out->act));
    return load_patterns(l, row->inform, &out->inform);
}

static sh_err load_begin(const struct loading *l, const struct yaml_value *at, struct rule *out)
{
    struct row row = {0};
    SH_TRY(yaml_read(l->tree, at, begin_keywords, sizeof begin_keywords / sizeof begin_keywords[0],
                     &row, l->why));
    return load_common(l, at, &row, out);
}

static sh_err load_follow(const struct loading *l, const struct yaml_value *at, struct rule *out)
{
    struct row row = {0};
    SH_TRY(yaml_read(l->tree, at, follow_keywords,
                     sizeof follow_keywords / sizeof follow_keywords[0], &row, l->why));
    SH_TRY(load_common(l, at, &row, out));
    if (!row.from) {
        out->from = l->policy->sectors;
    }
    SH_TRY(load_kinds(l, row.answers, &out->answers));
    SH_TRY(load_bits(l, row.answers_subtypes, subtype_from_word, &out->answers_subtypes));
    SH_TRY(load_bits(l, row.answers_outcomes, outcome_from_word, &out->answers_outcomes));
    SH_TRY(load_standing(l, at, row.by, out));
    return load_to(l, row.to, &out->to);
}

sh_err load_rules(const struct loading *l, const struct yaml_value *list, bool follow,
                  struct rules *out)
{
    struct rule *rules = arena_array(l->policy->arena, list->len, sizeof *rules);
    SH_CHECK(rules, SH_E_NOMEM);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_MAP,
                 yaml_fail(l->tree, v, l->why, "must be a row of keys"));
        SH_TRY(follow ? load_follow(l, v, &rules[v->index]) : load_begin(l, v, &rules[v->index]));
    }
    *out = (struct rules){.list = rules, .len = list->len};
    return SH_OK;
}
