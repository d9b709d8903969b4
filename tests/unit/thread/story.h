/* A thread written as a table: one line a message, by letters and positions. */
#pragma once

#include "thread/duties.h"

#include <criterion/criterion.h>

#define SCHOOL  "dsl@999001.school"
#define HEALTH  "safeguarding@ex1.health"
#define COLLEGE "dsl@999004.school"
#define MASH    "mash@999.social-care"
#define NIGHT   "edt@999.social-care" /* covers for MASH */
#define POLICE  "safeguarding@exampleshire.police"

#define STORY_MAX 8u
#define FIRST     (-1)

struct line {
    const char *from;
    enum kind kind;
    int parent; /* position, or FIRST */
    const char *to[3], *inform[2], *cover[2];
    enum outcome outcome;
    struct child_outcome children[2];
    uint32_t children_count; /* of a referral: 2, if not given */
    uint32_t level;
    enum subtype subtype;
    bool telephone;
};

struct story {
    struct facts facts[STORY_MAX];
    struct recipient recipients[STORY_MAX][8];
    struct thread_message messages[STORY_MAX];
    struct thread_view view;
};

/* Takes lines up to the first without a sender, STORY_MAX at most. Fills *out, which stays where it
 * is. */
void story_tell(const struct line *lines, struct story *out);
struct address story_desk(const char *text);
