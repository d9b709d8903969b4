/* What became of an organisation: chains, splits, merges, circles. */
#include "directory/succession.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MAX 8

/* Organisations 1 to 7, as "12 13": 2 and 3 took the place of 1. */
struct graph {
    char codes[MAX][16];
    const char *successors[MAX][MAX];
    struct directory_organisation list[MAX];
};

static void make(const char *pairs, struct graph *out)
{
    for (size_t i = 0; i < MAX; i++) {
        (void)snprintf(out->codes[i], 16, "10000%zu.school", i);
        out->list[i] = (struct directory_organisation){
            .code = out->codes[i], .name = out->codes[i], .successors = out->successors[i]};
    }
    for (const char *p = pairs; *p; p += p[2] ? 3 : 2) {
        struct directory_organisation *from = &out->list[p[0] - '0'];
        out->successors[p[0] - '0'][from->successors_len++] = out->codes[p[1] - '0'];
    }
}

/* The last digits of the ends, in the order in which they are found. */
static void ends_of(const struct succession *found, char *out)
{
    size_t len = 0;
    for (size_t i = 1; i < found->len; i++) {
        if (found->list[i].is_last) {
            out[len++] = found->list[i].code[5];
        }
    }
    out[len] = '\0';
    cr_assert_eq(len, found->last_len);
}

Test(succession, every_shape_of_links_comes_to_its_ends)
{
    static const struct {
        const char *pairs, *ends;
        size_t visited;
        bool splits;
    } cases[] = {
        {"", "", 1, false},          {"12", "2", 2, false},      {"12 23 34", "4", 4, false},
        {"12 13", "23", 3, true},    {"12 12", "2", 2, false},   {"12 13 24 34", "4", 4, true},
        {"12 23 24", "34", 4, true}, {"13 23", "3", 2, false},   {"11", "", 1, false},
        {"11 12", "2", 2, false},    {"12 21", "", 2, false},    {"12 23 31", "", 3, false},
        {"12 23 32", "", 3, false},  {"12 21 23", "3", 3, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct graph graph = {0};
        struct succession found;
        char ends[MAX];
        make(cases[i].pairs, &graph);
        succession_find(graph.list, MAX, "100001.school", &found);
        ends_of(&found, ends);
        cr_expect_str_eq(ends, cases[i].ends, "'%s'", cases[i].pairs);
        cr_expect_eq(found.len, cases[i].visited, "'%s': %zu", cases[i].pairs, found.len);
        cr_expect_eq(found.splits, cases[i].splits, "'%s'", cases[i].pairs);
        cr_expect_not(found.is_cut);
    }
}

Test(succession, the_way_to_an_end_is_told_from_the_beginning)
{
    struct graph graph = {0};
    struct succession found;
    const char *path[SUCCESSION_MAX];
    make("12 23 34", &graph);
    succession_find(graph.list, MAX, "100001.school", &found);
    cr_assert_eq(succession_path(&found, 3, path), 4);
    cr_expect_str_eq(path[0], "100001.school");
    cr_expect_str_eq(path[1], "100002.school");
    cr_expect_str_eq(path[3], "100004.school");
    cr_expect_eq(succession_path(&found, 0, path), 1);
}

Test(succession, a_successor_that_is_not_in_the_directory_is_an_end_without_a_name)
{
    const char *const successors[] = {"200000.school"};
    const struct directory_organisation closed = {
        .code = "100001.school", .name = "A", .successors = successors, .successors_len = 1};
    struct succession found;
    succession_find(&closed, 1, "100001.school", &found);
    cr_assert_eq(found.len, 2);
    cr_expect(found.list[1].is_last);
    cr_expect_null(found.list[1].organisation);
    succession_find(&closed, 1, "300000.school", &found);
    cr_expect_eq(found.len, 1);
    cr_expect_null(found.list[0].organisation);
    succession_find(NULL, 0, "300000.school", &found);
    cr_expect_eq(found.len, 1);
}

Test(succession, more_than_there_is_room_for_is_cut_and_says_so)
{
    static char codes[SUCCESSION_MAX + 1][16];
    static const char *successors[SUCCESSION_MAX + 1];
    struct directory_organisation closed = {
        .code = "100001.school", .name = "A", .successors = successors};
    struct succession found;
    for (size_t i = 0; i <= SUCCESSION_MAX; i++) {
        (void)snprintf(codes[i], 16, "%zu.school", 200000 + i);
        successors[i] = codes[i];
    }
    closed.successors_len = SUCCESSION_MAX - 1;
    succession_find(&closed, 1, "100001.school", &found);
    cr_expect_not(found.is_cut);
    cr_expect_eq(found.len, SUCCESSION_MAX);
    closed.successors_len = SUCCESSION_MAX;
    succession_find(&closed, 1, "100001.school", &found);
    cr_expect(found.is_cut);
    cr_expect_eq(found.len, SUCCESSION_MAX);
}
