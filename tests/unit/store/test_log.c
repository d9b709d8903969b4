#include "fixture.h"

static struct leaf_row leaf_of(uint64_t index)
{
    return (struct leaf_row){.index = index,
                             .leaf = bytes_str("leaf"),
                             .salt = hash_of((unsigned)index),
                             .facts = bytes_str("facts")};
}

STORE_TEST(store_log, a_leaf_comes_back_as_it_was_put)
{
    must(store_begin(f->store));
    for (uint64_t i = 0; i < 3; i++) {
        const struct leaf_row row = leaf_of(i);
        must(store_leaf_put(f->store, &row));
    }
    struct leaf_row got;
    const struct sh_hash salt = hash_of(2);
    must(store_leaf_get(f->store, 2, f->arena, &got));
    cr_assert_eq(got.index, 2);
    cr_assert(bytes_equal(got.leaf, bytes_str("leaf")));
    cr_assert(bytes_equal(got.facts, bytes_str("facts")));
    cr_assert(hash_equal(&got.salt, &salt));
    cr_assert_eq(store_leaf_get(f->store, 3, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_leaf_get(f->store, UINT64_MAX, f->arena, &got), SH_E_NOT_FOUND);
}

STORE_TEST(store_log, leaves_are_counted_and_never_replaced)
{
    uint64_t count = 9;
    must(store_leaves_count(f->store, &count));
    cr_assert_eq(count, 0);
    must(store_begin(f->store));
    const struct leaf_row row = leaf_of(0);
    must(store_leaf_put(f->store, &row));
    must(store_leaves_count(f->store, &count));
    cr_assert_eq(count, 1);
    cr_assert_eq(store_leaf_put(f->store, &row), SH_E_EXISTS);
}

STORE_TEST(store_log, a_gap_in_the_log_stops_the_store)
{
    must(store_begin(f->store));
    const struct leaf_row row = leaf_of(1);
    cr_assert_eq(store_leaf_put(f->store, &row), SH_E_BUG);
    uint64_t count = 0;
    cr_assert_eq(store_leaves_count(f->store, &count), SH_E_BUG);
}

STORE_TEST(store_log, a_leaf_over_the_limit_is_refused)
{
    static const uint8_t zeros[SH_FACTS_BYTES_MAX + 1];
    must(store_begin(f->store));
    struct leaf_row row = leaf_of(0);
    row.leaf = bytes_of(zeros, SH_LEAF_BYTES_MAX + 1);
    cr_assert_eq(store_leaf_put(f->store, &row), SH_E_TOO_BIG);
    row.leaf = bytes_of(zeros, SH_LEAF_BYTES_MAX);
    row.facts = bytes_of(zeros, SH_FACTS_BYTES_MAX + 1);
    cr_assert_eq(store_leaf_put(f->store, &row), SH_E_TOO_BIG);
    row.facts = bytes_of(zeros, SH_FACTS_BYTES_MAX);
    must(store_leaf_put(f->store, &row));
}

STORE_TEST(store_log, a_tile_is_replaced_and_tiles_are_told_apart)
{
    must(store_begin(f->store));
    must(store_tile_put(f->store, 0, 1, bytes_str("level 0 index 1")));
    must(store_tile_put(f->store, 1, 0, bytes_str("level 1 index 0")));
    must(store_tile_put(f->store, 0, 1, bytes_str("again")));
    struct bytes got;
    must(store_tile_get(f->store, 0, 1, f->arena, &got));
    cr_assert(bytes_equal(got, bytes_str("again")));
    must(store_tile_get(f->store, 1, 0, f->arena, &got));
    cr_assert(bytes_equal(got, bytes_str("level 1 index 0")));
    cr_assert_eq(store_tile_get(f->store, 0, 0, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_tile_get(f->store, 99, 0, f->arena, &got), SH_E_NOT_FOUND);
}

STORE_TEST(store_log, a_tile_beyond_the_tree_or_too_wide_is_refused)
{
    static const uint8_t zeros[256 * SH_HASH_BYTES + 1];
    must(store_begin(f->store));
    cr_assert_eq(store_tile_put(f->store, 8, 0, bytes_str("x")), SH_E_TOO_BIG);
    cr_assert_eq(store_tile_put(f->store, 0, UINT64_C(1) << 48, bytes_str("x")), SH_E_TOO_BIG);
    cr_assert_eq(store_tile_put(f->store, 0, 0, bytes_of(zeros, sizeof zeros)), SH_E_TOO_BIG);
    must(store_tile_put(f->store, 7, (UINT64_C(1) << 48) - 1, bytes_of(zeros, sizeof zeros - 1)));
}
