/* Finding messages once there are many: the youngest in memory, the others in a table. */
#include "fixture.h"
#include "store/sqlite/intern.h"
#include "store/sqlite/lookup.h"

static void finds(struct fixture *f, unsigned n)
{
    struct message_row by_id, by_header;
    const struct sh_id id = id_of(n);
    const struct sh_hash header = hash_of(n);
    const struct address from = address_of("dsl@999001.school");
    must(store_message_by_id(f->store, &from, &id, f->arena, &by_id));
    must(store_message_by_header(f->store, &header, f->arena, &by_header));
    cr_assert_eq(by_id.leaf_index, n);
    cr_assert_eq(by_header.leaf_index, n);
}

static void misses(struct fixture *f, unsigned n)
{
    struct message_row row;
    const struct sh_id id = id_of(n);
    const struct sh_hash header = hash_of(n);
    const struct address from = address_of("dsl@999001.school");
    cr_assert_eq(store_message_by_id(f->store, &from, &id, f->arena, &row), SH_E_NOT_FOUND);
    cr_assert_eq(store_message_by_header(f->store, &header, f->arena, &row), SH_E_NOT_FOUND);
}

static void put_many(struct fixture *f, unsigned from, unsigned to)
{
    must(store_begin(f->store));
    for (unsigned n = from; n <= to; n++) {
        put_message(f, n);
    }
}

Test(store_lookup, messages_are_found_before_and_after_their_keys_went_to_the_table)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    put_many(&f, 1, LOOKUP_RECENT_MAX - 1);
    must(store_commit(f.store, NULL));
    finds(&f, 1);
    put_many(&f, LOOKUP_RECENT_MAX, LOOKUP_RECENT_MAX);
    must(store_commit(f.store, NULL));
    put_many(&f, LOOKUP_RECENT_MAX + 1, 2 * LOOKUP_RECENT_MAX);
    must(store_commit(f.store, NULL));
    put_many(&f, 2 * LOOKUP_RECENT_MAX + 1, 2 * LOOKUP_RECENT_MAX + 5);
    must(store_commit(f.store, NULL));
    for (int open = 0; open < 2; open++) {
        finds(&f, 1);
        finds(&f, LOOKUP_RECENT_MAX);
        finds(&f, LOOKUP_RECENT_MAX + 1);
        finds(&f, 2 * LOOKUP_RECENT_MAX);
        finds(&f, 2 * LOOKUP_RECENT_MAX + 5);
        misses(&f, 2 * LOOKUP_RECENT_MAX + 6);
        fixture_reopen(&f);
    }
    must(store_begin(f.store));
    struct message_row again = message_of(&f, 1);
    int64_t seq = 0;
    cr_assert_eq(store_message_put(f.store, &again, &seq), SH_E_EXISTS);
    again.message_id = id_of(2 * LOOKUP_RECENT_MAX + 9);
    again.thread_id = id_of(1);
    must(store_message_put(f.store, &again, &seq));
}

Test(store_lookup, what_was_rolled_back_is_not_found_and_what_was_there_is)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    put_many(&f, 1, 5);
    must(store_commit(f.store, NULL));
    put_many(&f, 6, 3000); /* the table in memory grows in between */
    store_rollback(f.store);
    for (unsigned n = 1; n <= 5; n++) {
        finds(&f, n);
    }
    misses(&f, 6);
    misses(&f, 3000);
    put_many(&f, 6, 7);
    must(store_commit(f.store, NULL));
    finds(&f, 7);
}

Test(store_lookup, one_key_can_mean_several_messages)
{
    struct recent recent = {.len = 0};
    for (int64_t seq = 1; seq <= 5000; seq++) {
        must(recent_add(&recent, seq % 3 == 0 ? 7 : seq * 1000, seq));
    }
    cr_assert_eq(recent_find(&recent, 7, 0), 3);
    cr_assert_eq(recent_find(&recent, 7, 3), 6);
    cr_assert_eq(recent_find(&recent, 7, 4998), 0);
    cr_assert_eq(recent_find(&recent, 4999000, 0), 4999);
    recent_truncate(&recent, 9);
    cr_assert_eq(recent_find(&recent, 7, 6), 9);
    cr_assert_eq(recent_find(&recent, 7, 9), 0);
    cr_assert_eq(recent_find(&recent, 4999000, 0), 0);
    cr_assert_eq(recent_find(&recent, 8000, 0), 8);
    recent_clear(&recent);
    cr_assert_eq(recent_find(&recent, 8000, 0), 0);
    recent_wipe(&recent);
    cr_assert_eq(recent_find(&recent, 8000, 0), 0);
}

Test(store_lookup, an_interned_key_has_one_number_until_it_is_forgotten)
{
    struct intern intern;
    intern_init(&intern, sizeof(struct sh_hash));
    const struct sh_hash first = hash_of(1);
    cr_assert_eq(intern_find(&intern, first.b), 0);
    uint32_t id = 0;
    for (unsigned n = 1; n <= 1000; n++) {
        const struct sh_hash hash = hash_of(n);
        must(intern_add(&intern, hash.b, &id));
        cr_assert_eq(id, n);
    }
    intern_truncate(&intern, 400);
    for (unsigned n = 1; n <= 1000; n++) {
        const struct sh_hash hash = hash_of(n);
        cr_assert_eq(intern_find(&intern, hash.b), n <= 400 ? n : 0);
    }
    cr_assert_not_null(intern_key(&intern, 400));
    cr_assert_null(intern_key(&intern, 401));
    cr_assert_null(intern_key(&intern, 0));
    intern_wipe(&intern);
}
