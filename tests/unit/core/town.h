/* A relay over each kind of store, and letters that answer one another, for tests of clocks. */
#pragma once

#include "base/cleanup.h"
#include "support/fault_vfs.h"
#include "support/relay.h"
#include "support/temp.h"

#include <criterion/criterion.h>

#define TOWN_LETTERS_MAX 8
/* PKI_NOW_MS is Friday 10:00; MASH's hours are Mon-Fri 08:00-16:00. */
#define MINUTES(n) ((int64_t)(n)*60000)
#define HOURS(n)   ((int64_t)(n)*3600000)
#define DAYS(n)    ((int64_t)(n)*86400000)

struct town {
    struct temp_dir dir;
    bool sqlite;
    char path[PATH_MAX + 16], policy_path[PATH_MAX + 16];
    struct relay relay;
    struct letter letters[TOWN_LETTERS_MAX];
    size_t letters_len;
};

void town_make(struct town *town, bool sqlite); /* with MANAGERS as cover of MASH */
void town_free(struct town *town);              /* a destructor */
/* SQLite only: the process ends and starts again over the same file. */
void town_restart(struct town *town);
/* The default policy with the ladders of a file of relay/dist. */
void town_use_ladder(struct town *town, const char *name);

/* Unsealed; parent NULL: begins a thread. */
struct letter *town_write(struct town *town, enum post_seat from, const char *casework,
                          const struct letter *parent);
void town_cite_leaf(struct town *town, struct letter *letter, uint64_t index);
void town_cite(struct town *town, struct letter *letter, const struct letter *decision);
/* Seals and submits. */
void town_send(struct town *town, enum post_seat from, struct letter *letter);
struct letter *town_say(struct town *town, enum post_seat from, const char *casework,
                        const struct letter *parent);
/* The referral of the post office, urgent, sealed to MASH and its cover. */
struct letter *town_refer_with_cover(struct town *town);

void town_wait(struct town *town, int64_t ms); /* and one tick */
/* Everybody collects what waits, before and later. */
void town_listen(struct town *town);

/* How many leaves of this type and, unless 0, of this duty are in the log; *out_last may be NULL:
 * index of the last. */
size_t town_leaves(struct town *town, enum leaf_type type, uint32_t duty, uint64_t *out_last);
/* The facts behind a leaf. */
struct leaf_facts town_facts(struct town *town, uint64_t index);
/* Notices of that type given to a seat in the last step. */
size_t town_told(struct town *town, enum post_seat seat, enum leaf_type type);

#define TOWN_TEST(suite, name)                                                                     \
    static void suite##_##name(struct town *town);                                                 \
    Test(suite, name##_in_sqlite)                                                                  \
    {                                                                                              \
        SH_DEFER(town_free) struct town town;                                                      \
        town_make(&town, true);                                                                    \
        suite##_##name(&town);                                                                     \
    }                                                                                              \
    Test(suite, name##_in_memory)                                                                  \
    {                                                                                              \
        SH_DEFER(town_free) struct town town;                                                      \
        town_make(&town, false);                                                                   \
        suite##_##name(&town);                                                                     \
    }                                                                                              \
    static void suite##_##name(struct town *town)
