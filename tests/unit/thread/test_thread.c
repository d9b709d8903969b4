/* Who stands where in a thread. */
#include "story.h"

static const struct line lines[] = {
    {.from = SCHOOL,
     .kind = KIND_REFERRAL,
     .parent = FIRST,
     .to = {MASH, POLICE},
     .inform = {HEALTH},
     .cover = {NIGHT}},
    {.from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0, .to = {MASH}},
    {.from = MASH, .kind = KIND_NOTE, .parent = 1, .to = {SCHOOL}},
    {.from = MASH, .kind = KIND_DECISION, .parent = 2, .to = {SCHOOL}},
    {.from = NULL},
};

Test(thread, a_message_is_about_what_stands_behind_notes_and_corrections)
{
    struct story s;
    story_tell(lines, &s);
    cr_assert_null(thread_about(&s.view, &s.messages[0]));
    for (size_t i = 1; i < s.view.len; i++) {
        cr_assert_eq(thread_about(&s.view, &s.messages[i]), &s.messages[0], "%zu", i);
    }
    cr_assert_eq(thread_parent(&s.view, &s.messages[3]), &s.messages[2]);
}

Test(thread, a_parent_that_is_not_there_leaves_nothing_that_it_is_about)
{
    struct story s;
    story_tell(lines, &s);
    s.facts[2].parent.b[5] = 1;
    cr_assert_null(thread_about(&s.view, &s.messages[2]));
    cr_assert_null(thread_about(&s.view, &s.messages[3]));
    cr_assert_not(thread_answers(&s.view, &s.messages[3], &s.messages[0]));
}

Test(thread, a_ring_that_a_broken_store_has_tied_ends)
{
    struct story s;
    story_tell(lines, &s);
    s.facts[1].parent = s.messages[2].header_sha256;
    cr_assert_null(thread_about(&s.view, &s.messages[3]));
    cr_assert_not(thread_answers(&s.view, &s.messages[3], &s.messages[0]));
    const struct duty_view duty = {DUTY_DECIDED, &s.messages[1], story_desk(MASH)};
    cr_assert_null(duty_ended_by(&s.view, &duty));
}

Test(thread, cover_stands_in_for_desks_that_were_asked_and_for_no_other_agency)
{
    struct story s;
    story_tell(lines, &s);
    const struct address mash = story_desk(MASH), police = story_desk(POLICE),
                         health = story_desk(HEALTH), night = story_desk(NIGHT);
    cr_assert(message_is_covered_by(&s.facts[0], &mash, &night));
    cr_assert_not(message_is_covered_by(&s.facts[0], &police, &night));
    cr_assert_not(message_is_covered_by(&s.facts[0], &health, &night));
    cr_assert_not(message_is_covered_by(&s.facts[0], &mash, &police));
    cr_assert_not(message_is_covered_by(&s.facts[1], &mash, &night));
}
