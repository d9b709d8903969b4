#include "base/arena.h"
#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <stdalign.h>

static struct arena *new_arena(size_t bytes_max, size_t count_max)
{
    struct arena *arena = NULL;
    cr_assert_eq(arena_new(bytes_max, count_max, &arena), SH_OK);
    return arena;
}

Test(base, what_an_arena_gives_is_zeroed_and_aligned)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(100000, 100);
    for (size_t len = 1; len < 60; len++) {
        uint8_t *at = arena_alloc(arena, len);
        cr_assert_not_null(at);
        cr_assert_eq((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < len; i++) {
            cr_assert_eq(at[i], 0);
        }
        memset(at, 0xFF, len);
    }
}

Test(base, pieces_of_an_arena_do_not_overlap)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(1000000, 1000);
    uint8_t *pieces[300];
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(arena, 500);
        memset(pieces[i], (int)(i & 0xFF), 500);
    }
    for (size_t i = 0; i < 300; i++) {
        cr_assert_eq(pieces[i][0], i & 0xFF);
        cr_assert_eq(pieces[i][499], i & 0xFF);
    }
}

Test(base, an_arena_gives_its_bytes_and_not_one_more)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(64, 100);
    cr_assert_not_null(arena_alloc(arena, 32));
    cr_assert_null(arena_alloc(arena, 33));
    cr_assert_not_null(arena_alloc(arena, 32));
    cr_assert_null(arena_alloc(arena, 1));
    cr_assert_eq(arena_used_bytes(arena), 64);
}

Test(base, an_arena_counts_its_allocations)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(10000, 2);
    cr_assert_not_null(arena_alloc(arena, 1));
    cr_assert_not_null(arena_alloc(arena, 0));
    cr_assert_null(arena_alloc(arena, 1));
}

Test(base, a_piece_larger_than_a_block_fits_and_small_ones_after_it)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(1000000, 10);
    uint8_t *large = arena_alloc(arena, 500000);
    uint8_t *small = arena_alloc(arena, 10);
    cr_assert(large && small);
    memset(large, 1, 500000);
    cr_assert_eq(small[0], 0);
    cr_assert_null(arena_alloc(arena, 500000));
}

Test(base, an_array_whose_size_would_wrap_is_refused)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(1000, 10);
    cr_assert_null(arena_array(arena, SIZE_MAX / 4, 8));
    cr_assert_null(arena_array(arena, 126, 8));
    cr_assert_not_null(arena_array(arena, 0, 8));
    cr_assert_not_null(arena_array(arena, 100, 8));
}

Test(base, copies_are_terminated_and_are_copies)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(1000, 10);
    char text[] = "abc";
    struct bytes copy;
    const char *string = NULL;
    cr_assert_eq(arena_copy(arena, bytes_str(text), &copy), SH_OK);
    cr_assert_eq(arena_string(arena, text, &string), SH_OK);
    text[0] = 'x';
    cr_assert(bytes_equal(copy, bytes_str("abc")));
    cr_assert_eq(copy.data[3], 0);
    cr_assert_str_eq(string, "abc");
    cr_assert_eq(arena_copy(arena, (struct bytes){0}, &copy), SH_OK);
    cr_assert_eq(copy.len, 0);
}

Test(base, copies_past_the_budget_are_out_of_memory)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena(16, 10);
    struct bytes copy = bytes_str("mine");
    const char *string = "mine";
    cr_assert_eq(arena_copy(arena, bytes_str("0123456789012345"), &copy), SH_E_NOMEM);
    cr_assert_eq(arena_string(arena, "0123456789012345", &string), SH_E_NOMEM);
    cr_assert_str_eq(string, "mine");
    cr_assert_eq(arena_string(arena, "012345678901234", &string), SH_OK);
}

Test(base, freeing_an_arena_nulls_the_pointer_and_takes_null)
{
    struct arena *arena = new_arena(1000, 10);
    cr_assert_not_null(arena_alloc(arena, 10));
    arena_free(&arena);
    cr_assert_null(arena);
    arena_free(&arena);
}
