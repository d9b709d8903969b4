/* What is inside against what the header says, and both against the words: a sender cannot tell the
 * relay one thing and the reader another. */
#include "base/cleanup.h"
#include "support/post.h"

#include <criterion/criterion.h>

typedef void (*facts_change)(struct facts *f);

static void change_message_id(struct facts *f)
{
    f->message_id.b[0] ^= 1;
}
static void change_thread_id(struct facts *f)
{
    f->thread_id.b[0] ^= 1;
}
static void add_parent(struct facts *f)
{
    f->has_parent = true;
}
static void change_created_at(struct facts *f)
{
    f->created_at_ms++;
}
static void change_urgency(struct facts *f)
{
    f->urgency = URGENCY_IMMEDIATE;
}
static void add_subtype(struct facts *f)
{
    f->subtype = SUBTYPE_OTHER;
}
static void change_clock_from(struct facts *f)
{
    f->clock_from_ms -= SH_MINUTE_MS;
}
static void drop_clock_from(struct facts *f)
{
    f->has_clock_from = false;
    f->clock_from_ms = 0;
}
static void add_level(struct facts *f)
{
    f->level = 1;
}
static void add_outcome(struct facts *f)
{
    f->outcome = OUTCOME_ACTION;
}
static void change_children_count(struct facts *f)
{
    f->children_count = 1;
}
static void add_next_due(struct facts *f)
{
    f->has_next_due = true;
    f->next_due_ms = f->created_at_ms;
}
static void hide_from_own_desk(struct facts *f)
{
    f->not_to_own_desk = true;
}
static void drop_telephone(struct facts *f)
{
    f->telephone = false;
}
static void add_child(struct facts *f)
{
    static const struct child_outcome first = {1, OUTCOME_CLOSED};
    f->children = &first;
    f->children_len = 1;
}
static void add_enclosed(struct facts *f)
{
    static const struct sh_id id = {{9}};
    f->encloses = &id;
    f->encloses_len = 1;
}
static void drop_recipient(struct facts *f)
{
    f->recipients_len--; /* the last one by address: mash */
}

static const facts_change CHANGES[] = {
    change_message_id,     change_thread_id,  add_parent,         change_created_at, change_urgency,
    add_subtype,           change_clock_from, drop_clock_from,    add_level,         add_outcome,
    change_children_count, add_next_due,      hide_from_own_desk, drop_telephone,    add_child,
    add_enclosed,
};

Test(envelope, a_header_that_differs_from_the_facts_inside_disagrees)
{
    SH_DEFER(post_free) struct post post;
    post_make(&post);
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        SH_DEFER(letter_free) struct letter l;
        letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
        CHANGES[i](&l.facts);
        letter_forge(&post, &l);
        post_expect(&post, &l, SH_E_HEADER_DISAGREES);
        l.facts = l.inside;
        CHANGES[i](&l.inside);
        letter_forge(&post, &l);
        post_expect(&post, &l, SH_E_HEADER_DISAGREES);
    }
}

Test(envelope, facts_said_twice_but_not_borne_out_by_the_words_disagree)
{
    SH_DEFER(post_free) struct post post;
    post_make(&post);
    /* From add_parent on minus created_at: those that the words speak of. */
    for (size_t i = 4; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        SH_DEFER(letter_free) struct letter l;
        letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
        CHANGES[i](&l.facts);
        CHANGES[i](&l.inside);
        letter_forge(&post, &l);
        post_expect(&post, &l, SH_E_HEADER_DISAGREES);
    }
}

Test(envelope, a_recipient_named_inside_and_not_in_the_header_disagrees)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    cr_assert_str_eq(l.recipients[2].address.text, "mash@999.social-care");
    drop_recipient(&l.facts);
    drop_recipient(&l.inside);
    letter_forge(&post, &l);
    const struct envelope_reader managers = post_reader(&post, MANAGERS, SCHOOL);
    cr_expect_eq(post_open(&l, &managers), SH_E_HEADER_DISAGREES);
}

/* One role changed in header and content alike. */
static void expect_role_refused(struct post *post, size_t recipient, enum role role)
{
    SH_DEFER(letter_free) struct letter l;
    letter_write(post, &l, SCHOOL, POST_REFERRAL, 0);
    l.recipients[recipient].role = role;
    letter_forge(post, &l);
    post_expect(post, &l, SH_E_HEADER_DISAGREES);
}

Test(envelope, a_desk_in_another_role_than_the_words_give_it_disagrees)
{
    SH_DEFER(post_free) struct post post;
    post_make(&post);
    /* Ascending by address: the school, managers (informed), MASH (to act). */
    expect_role_refused(&post, 2, ROLE_INFORM);
    expect_role_refused(&post, 2, ROLE_COVER);
    expect_role_refused(&post, 1, ROLE_ACT);
}

Test(envelope, words_that_name_another_sender_disagree)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    cr_assert_eq(json_object_set_new(l.casework, "from", json_string("nurse@ex1.health")), 0);
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_HEADER_DISAGREES);
    cr_assert_eq(json_object_del(l.casework, "from"), 0);
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_OK);
}

Test(envelope, an_outcome_or_promise_unlike_the_words_disagrees)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    static const struct child_outcome closed[] = {{1, OUTCOME_ACTION}, {2, OUTCOME_CLOSED}};
    static const struct child_outcome gap[] = {{1, OUTCOME_ACTION}, {3, OUTCOME_ACTION}};
    post_make(&post);
    letter_write(&post, &l, MASH, POST_DECISION, 2);
    const struct envelope_reader reader = post_reader(&post, SCHOOL, MASH);
    const struct facts good = l.facts;
    letter_forge(&post, &l);
    cr_expect_eq(post_open(&l, &reader), SH_OK);

    l.facts.outcome = l.inside.outcome = OUTCOME_NO_FURTHER_ACTION;
    letter_forge(&post, &l);
    cr_expect_eq(post_open(&l, &reader), SH_E_HEADER_DISAGREES);
    l.facts = l.inside = good;
    l.facts.children = l.inside.children = closed;
    letter_forge(&post, &l);
    cr_expect_eq(post_open(&l, &reader), SH_E_HEADER_DISAGREES);
    l.facts.children = l.inside.children = gap;
    letter_forge(&post, &l);
    cr_expect_eq(post_open(&l, &reader), SH_E_HEADER_DISAGREES);
    l.facts = l.inside = good;
    l.facts.next_due_ms += SH_DAY_MS;
    l.inside.next_due_ms += SH_DAY_MS;
    letter_forge(&post, &l);
    cr_expect_eq(post_open(&l, &reader), SH_E_HEADER_DISAGREES);
}

Test(envelope, a_failed_opening_gives_nothing_out)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct opened o, before;
    struct sh_why why;
    memset(&o, 0x5a, sizeof o);
    memcpy(&before, &o, sizeof o);
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    change_urgency(&l.facts);
    letter_forge(&post, &l);
    const struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    cr_assert_eq(envelope_open(&l.env, &reader, &o, &why), SH_E_HEADER_DISAGREES);
    cr_assert_eq(memcmp(&o, &before, sizeof o), 0);
}

Test(envelope, the_reason_of_a_refusal_holds_nothing_of_the_words)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct opened o = {.arena = NULL};
    struct sh_why why = {""};
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    change_urgency(&l.facts);
    letter_forge(&post, &l);
    const struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    cr_assert_eq(envelope_open(&l.env, &reader, &o, &why), SH_E_HEADER_DISAGREES);
    cr_assert_neq(why.text[0], '\0');
    cr_assert_null(strstr(why.text, "Ada"));
    cr_assert_null(strstr(why.text, "coats"));
}
