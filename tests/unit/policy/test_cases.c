/* Every case of tests/cases is accepted in its order, with the facts that its own words give. */
#include "support/cases.h"
#include "talk.h"
#include "wire/casework.h"

static void json_dropp(json_t **json)
{
    json_decref(*json);
}

static void add_desk(struct facts *facts, const char *text, enum role role)
{
    struct recipient *list = (struct recipient *)(uintptr_t)facts->recipients;
    struct recipient desk = {.role = role};
    cr_assert_eq(address_from(text, &desk.address), SH_OK);
    bool own = role != ROLE_OWN && address_equal(&desk.address, &facts->from);
    if (!own) {
        list[facts->recipients_len++] = desk;
    }
}

/* As a client fills it in: to whom it answers, or whom its own message went to. */
static void add_implied(struct facts *facts, const struct facts *parent)
{
    if (!address_equal(&parent->from, &facts->from)) {
        add_desk(facts, parent->from.text, ROLE_ACT);
        return;
    }
    for (size_t i = 0; i < parent->recipients_len; i++) {
        if (parent->recipients[i].role != ROLE_OWN) {
            add_desk(facts, parent->recipients[i].address.text, parent->recipients[i].role);
        }
    }
}

static void fill_desks(const json_t *casework, const struct facts *parent, struct facts *facts)
{
    const json_t *to = json_object_get(casework, "to"),
                 *inform = json_object_get(casework, "inform");
    add_desk(facts, facts->from.text, ROLE_OWN);
    for (size_t i = 0; i < json_array_size(to); i++) {
        add_desk(facts, json_string_value(json_array_get(to, i)), ROLE_ACT);
    }
    for (size_t i = 0; i < json_array_size(inform); i++) {
        add_desk(facts, json_string_value(json_array_get(inform, i)), ROLE_INFORM);
    }
    if (!json_array_size(to) && parent) {
        add_implied(facts, parent);
    }
}

static uint32_t children_of(const struct talk *t)
{
    uint32_t count = 0;
    for (size_t i = 0; i < t->len; i++) {
        if (t->messages[i].facts->kind == KIND_REFERRAL) {
            count = t->messages[i].facts->children_count;
        }
    }
    return count;
}

/* `from`: for a case that does not say; NULL: who began the thread. */
static void tell(struct talk *t, const json_t *casework, const char *from)
{
    const char *named = json_string_value(json_object_get(casework, "from"));
    if (!named && !from) {
        from = t->messages[0].facts->from.text;
    }
    const struct say say = {
        .from = named ? named : from, .kind = KIND_NOTE, .parent = (int)t->len - 1};
    struct facts *facts = talk_facts(t, &say);
    const struct facts *parent = t->len ? t->messages[t->len - 1].facts : NULL;
    facts->recipients_len = 0;
    cr_assert_eq(casework_facts(casework, children_of(t), t->arena, facts, &t->why), SH_OK, "%s",
                 t->why.text);
    fill_desks(casework, parent, facts);
    struct cite cite = {.header_sha256 = facts->parent};
    if (facts->kind == KIND_RECONSIDERATION) {
        facts->cites = &cite;
        facts->cites_len = 1;
    }
    sh_err err = talk_take(t, facts);
    cr_assert_eq(err, SH_OK, "%s from %s: %s: %s", kind_word(facts->kind), say.from,
                 sh_err_word(err), t->why.text);
    facts->cites_len = 0; /* it went with this function */
}

static void tell_case(struct talk *t, const char *name, const char *from)
{
    SH_DEFER(json_dropp) json_t *messages = NULL;
    struct sh_why why = {""};
    cr_assert_eq(case_load(name, &messages, &why), SH_OK, "%s", why.text);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        tell(t, json_array_get(messages, i), from);
    }
}

/* Cases that answer another one. */
static const struct {
    const char *name, *answers, *from;
} answers[] = {
    {"07", "16", NULL},   {"13", "05", MASH},   {"14", "05", MASH},
    {"15", "04", SCHOOL}, {"17", "02", SCHOOL},
};

Test(policy_cases, every_case_is_accepted_in_order)
{
    struct case_names names;
    struct sh_why why = {""};
    cr_assert_eq(cases_list(&names, &why), SH_OK, "%s", why.text);
    cr_assert_geq(names.len, 21);
    for (size_t i = 0; i < names.len; i++) {
        const char *before = NULL, *from = NULL;
        for (size_t k = 0; k < sizeof answers / sizeof answers[0]; k++) {
            if (strncmp(names.name[i], answers[k].name, 2) == 0) {
                before = answers[k].answers;
                from = answers[k].from;
            }
        }
        TALK(t);
        if (before) {
            tell_case(&t, before, NULL);
        }
        tell_case(&t, names.name[i], from);
    }
}

Test(policy_cases, the_referral_of_two_children_is_acknowledged_and_decided_and_stays_open)
{
    TALK(t);
    tell_case(&t, "05", NULL);
    tell_case(&t, "13", MASH);
    /* 14 answers the referral, not the acknowledgement */
    SH_DEFER(json_dropp) json_t *decision = NULL;
    cr_assert_eq(case_load_message("14", 0, &decision, NULL), SH_OK);
    t.len = 1;
    tell(&t, decision, MASH);
    cr_assert_eq(t.messages[1].facts->children_len, 2);
    refused(SH_E_CHILDREN_UNDECIDED, .from = HEALTH, .kind = KIND_CLOSE, .parent = 1, .to = {MASH},
            .outcome = OUTCOME_ANSWERED);
}
