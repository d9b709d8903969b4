/* Vague phrases and unexplained short forms, in the writer's own wording. */
#include "client/clarity_draft.h"
#include "client/state.h"

#include <stdlib.h>

/* Findings of one text before they are put in the order in which they stand there. */
#define HITS_MAX 64u

struct hit {
    uint32_t first, len; /* words */
    struct clarity_finding finding;
};

struct hits {
    struct hit items[HITS_MAX];
    size_t len;
};

/* A phrase inside one that was found already says nothing new; the order of the rules decides. */
static bool overlaps(const struct hits *hits, size_t first, size_t len)
{
    for (size_t i = 0; i < hits->len; i++) {
        const struct hit *hit = &hits->items[i];
        if (first < hit->first + hit->len && hit->first < first + len) {
            return true;
        }
    }
    return false;
}

static void add_hit(struct hits *hits, const struct clarity_field *field, struct hit hit)
{
    if (hits->len == HITS_MAX) {
        return;
    }
    const struct clarity_word *words = &field->text.words[hit.first];
    hit.finding.about = "wording";
    hit.finding.path = field->path;
    hit.finding.words =
        bytes_of(field->text.text.data + words[0].begin, words[hit.len - 1].end - words[0].begin);
    hits->items[hits->len++] = hit;
}

/* The first place of this phrase in the text that is not taken: once is enough to be told. */
static void find_phrase(const struct clarity_phrase *phrase, const struct clarity_field *field,
                        struct hits *hits)
{
    for (size_t at = 0; at < field->text.words_len; at++) {
        for (size_t i = 0; i < phrase->find.len; i++) {
            const struct clarity_pattern *pattern = &phrase->find.items[i];
            if (clarity_pattern_fits(pattern, &field->text, at) &&
                !overlaps(hits, at, pattern->len)) {
                const struct hit hit = {
                    .first = (uint32_t)at,
                    .len = (uint32_t)pattern->len,
                    .finding = {.code = phrase->code, .advice = phrase->advice}};
                add_hit(hits, field, hit);
                return;
            }
        }
    }
}

/* ---- short forms ---- */

/* Text written in capitals throughout has no short forms that could be told from words. */
static bool is_shouted(const struct clarity_text *text)
{
    size_t capitals = 0;
    for (size_t i = 0; i < text->words_len; i++) {
        capitals += text->words[i].short_form;
    }
    return capitals > 3 && 3 * capitals > text->words_len;
}

/* The word as the rules have it: without the s of a plural. */
static void name_of(const struct clarity_field *field, const struct clarity_word *word, char *out)
{
    size_t len = word->end - word->begin;
    memcpy(out, field->text.text.data + word->begin, len);
    len -= len > 2 && out[len - 1] == 's';
    out[len] = '\0';
}
#define NAME_ROOM 16

/* Every short form that some text explains, as keys: a reader who was told once knows. */
static sh_err explained_forms(const struct clarity_draft *draft, json_t *explained)
{
    for (size_t f = 0; f < draft->fields_len; f++) {
        const struct clarity_field *field = &draft->fields[f];
        for (size_t i = 0; i < field->text.words_len; i++) {
            char name[NAME_ROOM];
            if (field->text.words[i].explained) {
                name_of(field, &field->text.words[i], name);
                SH_CHECK(json_object_set_new(explained, name, json_true()) == 0, SH_E_NOMEM);
            }
        }
    }
    return SH_OK;
}

static sh_err advise_meaning(const struct clarity_draft *draft, const char *name,
                             struct clarity_advice *out)
{
    const struct clarity_short_forms *rules = &draft->rules->short_forms;
    const char *meaning = json_string_value(json_object_get(rules->meanings, name));
    *out = rules->advice;
    if (!meaning) {
        return SH_OK;
    }
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(2 * CLARITY_TEXT_MAX);
    struct bytes copy;
    SH_TRY(buf_printf(&text, "Write it out: %s.", meaning));
    SH_TRY(arena_copy(draft->arena, bytes_buf(&text), &copy));
    out->instead = (const char *)copy.data;
    return SH_OK;
}

/* told: those that need no more telling; grows. */
static sh_err find_short_forms(const struct clarity_draft *draft, const struct clarity_field *field,
                               json_t *told, struct hits *hits)
{
    const json_t *known = draft->rules->short_forms.known;
    bool shouted = is_shouted(&field->text);
    for (size_t i = 0; !shouted && i < field->text.words_len; i++) {
        const struct clarity_word *word = &field->text.words[i];
        char name[NAME_ROOM];
        if (!word->short_form || overlaps(hits, i, 1)) {
            continue;
        }
        name_of(field, word, name);
        if (json_object_get(known, name) || json_object_get(told, name)) {
            continue;
        }
        struct hit hit = {.first = (uint32_t)i, .len = 1, .finding = {.code = "short_form"}};
        SH_TRY(advise_meaning(draft, name, &hit.finding.advice));
        SH_CHECK(json_object_set_new(told, name, json_true()) == 0, SH_E_NOMEM);
        add_hit(hits, field, hit);
    }
    return SH_OK;
}

/* ---- one text after the other ---- */

static int by_place(const void *a, const void *b)
{
    const struct hit *one = a, *other = b;
    return one->first < other->first ? -1 : one->first > other->first;
}

static sh_err judge(struct clarity_draft *draft, const struct clarity_field *field, json_t *told)
{
    struct hits hits = {.len = 0};
    const struct clarity_rules *rules = draft->rules;
    for (size_t i = 0; i < rules->phrases_len; i++) {
        if (rules->phrases[i].kinds & draft->kind_bit) {
            find_phrase(&rules->phrases[i], field, &hits);
        }
    }
    SH_TRY(find_short_forms(draft, field, told, &hits));
    qsort(hits.items, hits.len, sizeof hits.items[0], by_place);
    for (size_t i = 0; i < hits.len; i++) {
        SH_TRY(clarity_add(draft, &hits.items[i].finding));
    }
    return SH_OK;
}

sh_err clarity_wording(struct clarity_draft *draft)
{
    SH_DEFER(json_freep) json_t *told = json_object();
    SH_CHECK(told, SH_E_NOMEM);
    SH_TRY(explained_forms(draft, told));
    for (size_t i = 0; i < draft->fields_len; i++) {
        /* Past what is shown, reading on would only cost time. */
        if (json_array_size(draft->findings) < CLARITY_FINDINGS_MAX) {
            SH_TRY(judge(draft, &draft->fields[i], told));
        }
    }
    return SH_OK;
}
