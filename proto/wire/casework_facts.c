/* From the words to the numbers and codes that the header repeats of them. The relay's clocks run
 * by these, so each rule stands here once. A moment before 1970 cannot stand in a header and is
 * left out of it. */
#include "base/clock.h"
#include "casework_kind.h"

static const char *word_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- moments ---- */

enum bare_date {
    BARE_DATE_MIDNIGHT, /* of UTC */
    /* A promise 'by Friday' is kept until the end of Friday's office hours. */
    BARE_DATE_END_OF_DAY,
};

static sh_err bare_date_to_ms(int64_t day, enum bare_date rule, int64_t *out_ms)
{
    if (rule == BARE_DATE_END_OF_DAY) {
        return local_to_ms((struct local_time){.day = day, .hour = 17}, out_ms);
    }
    *out_ms = day * SH_DAY_MS;
    return SH_OK;
}

/* False: no such key, or a moment that a header cannot hold. */
static bool moment_at(const json_t *object, const char *key, enum bare_date rule, int64_t *out_ms)
{
    const char *text = word_at(object, key);
    int64_t day = 0, ms = -1;
    if (!text) {
        return false;
    }
    sh_err err = day_from_date(text, &day) == SH_OK ? bare_date_to_ms(day, rule, &ms)
                                                    : time_from_rfc3339(text, &ms);
    if (err != SH_OK || ms < 0) {
        return false;
    }
    *out_ms = ms;
    return true;
}

/* ---- clock_from: when it happened, was found, will start ---- */

static bool event_moment(const json_t *casework, int64_t *out_ms)
{
    const json_t *event = json_object_get(casework, "event");
    const char *subtype = word_at(casework, "subtype");
    bool by_finding = subtype && (strcmp(subtype, "missing_episode") == 0 ||
                                  strcmp(subtype, "return_interview") == 0);
    const char *first = by_finding ? "found_at" : "occurred_at";
    const char *second = by_finding ? "occurred_at" : "found_at";
    return moment_at(event, first, BARE_DATE_MIDNIGHT, out_ms) ||
           moment_at(event, second, BARE_DATE_MIDNIGHT, out_ms);
}

static bool clock_moment(const json_t *casework, enum kind kind, int64_t *out_ms)
{
    switch (kind) {
    case KIND_NOTIFICATION:
        return event_moment(casework, out_ms);
    case KIND_RECORD_TRANSFER:
        return moment_at(casework, "starts_on", BARE_DATE_MIDNIGHT, out_ms);
    case KIND_REFERRAL:
        return moment_at(json_object_get(casework, "telephoned"), "when", BARE_DATE_MIDNIGHT,
                         out_ms);
    default:
        return false;
    }
}

static void fill_clock(const json_t *casework, struct facts *facts)
{
    int64_t ms = 0;
    facts->has_clock_from = clock_moment(casework, facts->kind, &ms);
    /* To the minute: a finer time would tell a stranger which message this is. */
    facts->clock_from_ms = ms - ms % SH_MINUTE_MS;
}

/* ---- next_due: the earliest promise ---- */

static void earliest_of(const json_t *steps, struct facts *facts)
{
    for (size_t i = 0; i < json_array_size(steps); i++) {
        int64_t ms = 0;
        bool has = moment_at(json_array_get(steps, i), "by", BARE_DATE_END_OF_DAY, &ms);
        if (has && (!facts->has_next_due || ms < facts->next_due_ms)) {
            facts->has_next_due = true;
            facts->next_due_ms = ms;
        }
    }
}

static void fill_next_due_of(const json_t *decision, struct facts *facts)
{
    earliest_of(json_object_get(decision, "next"), facts);
    const json_t *children = json_object_get(decision, "children");
    for (size_t i = 0; i < json_array_size(children); i++) {
        earliest_of(json_object_get(json_array_get(children, i), "next"), facts);
    }
}

static void fill_next_due(const json_t *casework, struct facts *facts)
{
    facts->has_next_due = false;
    facts->next_due_ms = 0;
    fill_next_due_of(casework, facts);
    fill_next_due_of(json_object_get(casework, "new_decision"), facts);
}

/* ---- the class of an answer ---- */

/* The words that are not themselves the name of a class. */
static const struct {
    const char *word;
    enum outcome outcome;
} CLASSES[] = {
    {"urgent_protection", OUTCOME_ACTION},
    {"strategy_discussion", OUTCOME_ACTION},
    {"section_47_enquiry", OUTCOME_ACTION},
    {"child_and_family_assessment", OUTCOME_ACTION},
    {"early_help", OUTCOME_ACTION},
    {"information_and_advice", OUTCOME_ACTION},
    {"passed_to_another_agency", OUTCOME_PASSED_ON},
    {"more_information_needed", OUTCOME_MORE_INFORMATION},
    {"assessment_finished", OUTCOME_CLOSED},
    {"moved", OUTCOME_MOVED_AWAY},
};

static enum outcome class_of(const char *word)
{
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        if (strcmp(CLASSES[i].word, word) == 0) {
            return CLASSES[i].outcome;
        }
    }
    return (enum outcome)outcome_from_word(word);
}

/* The key that holds a kind's answer. */
static const struct {
    enum kind kind;
    const char *key;
} ANSWERS[] = {
    {KIND_DECISION, "outcome"},  {KIND_RECONSIDERATION_RESPONSE, "result"},
    {KIND_REDIRECT, "reason"},   {KIND_REPLY, "result"},
    {KIND_WITHDRAWAL, "reason"}, {KIND_CLOSE, "reason"},
};

static enum outcome outcome_said(const json_t *casework, enum kind kind)
{
    for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
        if (ANSWERS[i].kind == kind) {
            const char *word = word_at(casework, ANSWERS[i].key);
            return word ? class_of(word) : OUTCOME_NONE;
        }
    }
    return OUTCOME_NONE;
}

/* ---- child by child ---- */

static int by_child(const void *a, const void *b)
{
    const struct child_outcome *x = a, *y = b;
    return (x->child > y->child) - (x->child < y->child);
}

struct thread_children {
    uint32_t count; /* 0: not known */
    struct arena *arena;
    struct sh_why *why;
};

static sh_err fill_named_children(const json_t *named, const struct thread_children *of,
                                  struct facts *facts)
{
    size_t n = json_array_size(named);
    struct child_outcome *list = arena_array(of->arena, n, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < n; i++) {
        const json_t *entry = json_array_get(named, i);
        json_int_t child = json_integer_value(json_object_get(entry, "child"));
        if (of->count && child > (json_int_t)of->count) {
            return sh_fail(of->why, SH_E_JSON, "children[%zu].child: no such child in the referral",
                           i);
        }
        list[i] = (struct child_outcome){(uint32_t)child, class_of(word_at(entry, "outcome"))};
    }
    qsort(list, n, sizeof *list, by_child);
    facts->children = list;
    facts->children_len = n;
    return SH_OK;
}

static sh_err fill_all_children(enum outcome outcome, const struct thread_children *of,
                                struct facts *facts)
{
    SH_CHECK(of->count <= SH_CHILDREN_MAX, SH_E_BAD_CHILDREN);
    if (of->count == 0) {
        return SH_OK;
    }
    struct child_outcome *list = arena_array(of->arena, of->count, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (uint32_t i = 0; i < of->count; i++) {
        list[i] = (struct child_outcome){i + 1, outcome};
    }
    facts->children = list;
    facts->children_len = of->count;
    return SH_OK;
}

/* A decision's list: of each child that it names, else of all. */
static sh_err fill_decided(const json_t *decision, const struct thread_children *of,
                           struct facts *facts)
{
    const json_t *named = json_object_get(decision, "children");
    if (json_array_size(named) > 0) {
        return fill_named_children(named, of, facts);
    }
    return fill_all_children(class_of(word_at(decision, "outcome")), of, facts);
}

static enum outcome class_of_all(const struct facts *facts)
{
    for (size_t i = 1; i < facts->children_len; i++) {
        if (facts->children[i].outcome != facts->children[0].outcome) {
            return OUTCOME_MIXED;
        }
    }
    return facts->children[0].outcome;
}

static sh_err fill_outcome(const json_t *casework, const struct thread_children *of,
                           struct facts *facts)
{
    facts->children = NULL;
    facts->children_len = 0;
    facts->outcome = outcome_said(casework, facts->kind);
    if (facts->kind == KIND_DECISION) {
        SH_TRY(fill_decided(casework, of, facts));
    } else if (facts->outcome == OUTCOME_CHANGED) {
        SH_TRY(fill_decided(json_object_get(casework, "new_decision"), of, facts));
    }
    if (facts->outcome == OUTCOME_NONE && facts->children_len > 0) {
        facts->outcome = class_of_all(facts);
    }
    return SH_OK;
}

/* ---- all ---- */

static void fill_codes(const json_t *casework, struct facts *facts)
{
    const char *subtype = word_at(casework, "subtype");
    const char *urgency = word_at(casework, "urgency");
    facts->subtype = subtype ? (enum subtype)subtype_from_word(subtype) : SUBTYPE_NONE;
    facts->urgency = urgency ? (enum urgency)urgency_from_word(urgency) : URGENCY_ROUTINE;
    facts->level = (uint32_t)json_integer_value(json_object_get(casework, "level"));
    facts->not_to_own_desk = json_is_true(json_object_get(casework, "not_to_own_desk"));
    bool called = (facts->kind == KIND_NOTE && json_object_get(casework, "telephone")) ||
                  (facts->kind == KIND_REFERRAL && json_object_get(casework, "telephoned"));
    facts->telephone = called;
}

static uint32_t count_children(const json_t *casework, enum kind kind)
{
    /* A decision's `children` are positions in the referral, not children of its own. */
    size_t n = json_array_size(json_object_get(casework, "children"));
    return kind == KIND_DECISION ? 0 : (uint32_t)n;
}

sh_err casework_facts(const json_t *casework, uint32_t children_of_thread, struct arena *arena,
                      struct facts *out, struct sh_why *why)
{
    SH_TRY(casework_check(casework, why));
    const struct thread_children of = {children_of_thread, arena, why};
    struct facts facts = *out;
    SH_TRY(casework_kind(casework, &facts.kind, why));
    fill_codes(casework, &facts);
    fill_clock(casework, &facts);
    fill_next_due(casework, &facts);
    facts.children_count = count_children(casework, facts.kind);
    SH_TRY(fill_outcome(casework, &of, &facts));
    *out = facts;
    return SH_OK;
}
