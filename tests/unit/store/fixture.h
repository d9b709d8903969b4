/* A store of each kind for one test: STORE_TEST runs its body against SQLite and against memory. */
#pragma once

#include "base/cleanup.h"
#include "store/store.h"
#include "support/temp.h"

#include <criterion/criterion.h>

struct fixture {
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    struct store *store;
    struct arena *arena;
};

void fixture_open_sqlite(struct fixture *f);
void fixture_open_memory(struct fixture *f);
void fixture_close(struct fixture *f); /* a destructor */
/* Closes an SQLite store and opens it again, as after a restart. */
void fixture_reopen(struct fixture *f);

#define STORE_TEST(suite, name)                                                                    \
    static void suite##_##name(struct fixture *f);                                                 \
    Test(suite, name##_in_sqlite)                                                                  \
    {                                                                                              \
        SH_DEFER(fixture_close) struct fixture f = {0};                                            \
        fixture_open_sqlite(&f);                                                                   \
        suite##_##name(&f);                                                                        \
    }                                                                                              \
    Test(suite, name##_in_memory)                                                                  \
    {                                                                                              \
        SH_DEFER(fixture_close) struct fixture f = {0};                                            \
        fixture_open_memory(&f);                                                                   \
        suite##_##name(&f);                                                                        \
    }                                                                                              \
    static void suite##_##name(struct fixture *f)

#define must(call) cr_assert_eq((call), SH_OK)

/* Ids and hashes that differ by number. */
struct sh_id id_of(unsigned n);
struct sh_hash hash_of(unsigned n);
struct address address_of(const char *text);

/* A message of a thread of its own (thread = n), accepted at n seconds, with header "header <n>"
 * inside its envelope. */
struct message_row message_of(struct fixture *f, unsigned n);
/* Puts it; gives its seq. */
int64_t put_message(struct fixture *f, unsigned n);
uint64_t put_queued(struct fixture *f, int64_t message_seq, unsigned seat);
uint64_t put_notice(struct fixture *f, uint64_t leaf_index, unsigned seat);
/* A leaf whose time is time_ms, at the end of the log; gives its index. */
uint64_t put_leaf(struct fixture *f, int64_t time_ms);
void put_receipt(struct fixture *f, int64_t message_seq, unsigned seat, uint64_t leaf_index);
