/* The official file of links: what it means, what is wrong with a row, what the links look like
 * together, and what of it the directory says. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "certs/links.h"
#include "certs/publish.h"
#include "directory/directory.h"
#include "helpers.h"

#include <criterion/criterion.h>

#define HEADER "\"URN\",\"LinkURN\",\"LinkName\",\"LinkType\",\"LinkEstablishedDate\"\r\n"

static struct sh_why why;

static void read_text(const char *text, struct links *out)
{
    cr_assert_eq(links_read(bytes_str(text), NULL, NULL, out, &why), SH_OK, "%s", why.text);
}

static void read_real(struct links *out)
{
    SH_DEFER(buf_wipe) struct buf csv = BUF_INIT(LINKS_FILE_BYTES_MAX);
    cr_assert_eq(file_read(SH_TESTS_DIR "/data/school-links.csv", &csv, &why), SH_OK);
    cr_assert_eq(links_read(bytes_buf(&csv), NULL, NULL, out, &why), SH_OK, "%s", why.text);
}

Test(links, all_33801_rows_of_the_official_file_are_read_and_counted)
{
    SH_DEFER(links_wipe) struct links links;
    struct links_shape shape;
    int64_t start_ms = clock_boot_ms(&clock_system);
    read_real(&links);
    cr_assert_eq(links_shape(&links, &shape), SH_OK);
    cr_expect_lt(clock_boot_ms(&clock_system) - start_ms, 2000);
    cr_expect_eq(links.rows, 33801);
    cr_expect_eq(links.problems_all, 0);
    cr_expect_eq(links.undated, 8253);
    cr_expect_not(links.is_utf8);
    /* Counted by a program of its own, in another language. */
    cr_expect_eq(links.len, 16854);
    cr_expect_eq(shape.succeeded, 16740);
    cr_expect_eq(shape.splits, 86);
    cr_expect_eq(shape.splits_by_successor_rows, 80);
    cr_expect_eq(shape.merges, 2156);
    cr_expect_eq(shape.chained, 3042);
    cr_expect_eq(shape.chain_longest, 4);
    cr_expect_eq(shape.in_cycles, 22);
    cr_expect_eq(shape.into_cycles, 14);
    cr_expect_eq(shape.cycles, 10);
    cr_expect_eq(shape.ends_one + shape.ends_several + shape.ends_none, shape.succeeded);
}

/* ---- what a row means ---- */

Test(links, each_type_of_link_says_who_took_whose_place_or_nothing)
{
    const struct {
        const char *type;
        uint32_t from, to; /* 0: no succession */
    } cases[] = {
        {"Successor", 100001, 100002},
        {"Successor - merged", 100001, 100002},
        {"Successor - amalgamated", 100001, 100002},
        {"Successor - Split School", 100001, 100002},
        {"Predecessor", 100002, 100001},
        {"Predecessor - merged", 100002, 100001},
        {"Predecessor - amalgamated", 100002, 100001},
        {"Predecessor - Split School", 100002, 100001},
        {"Result of Amalgamation", 0, 0},
        {"Sixth Form Centre Link", 0, 0},
        {"Closure", 0, 0},
        {"Other", 0, 0},
        {"successor", 0, 0},
        {"Twinned", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(links_wipe) struct links links;
        char text[512];
        (void)snprintf(text, sizeof text, HEADER "100001,100002,A,%s,\n", cases[i].type);
        read_text(text, &links);
        cr_expect_eq(links.rows, 1);
        cr_assert_eq(links.len, cases[i].from ? 1 : 0, "%s", cases[i].type);
        if (links.len) {
            cr_expect_eq(links.list[0].from, cases[i].from, "%s", cases[i].type);
            cr_expect_eq(links.list[0].to, cases[i].to, "%s", cases[i].type);
        }
    }
}

Test(links, a_word_that_nobody_knows_is_counted_under_its_name)
{
    SH_DEFER(links_wipe) struct links links;
    read_text(HEADER "100001,100002,A,Twinned,\n100001,100003,B,Twinned,\n", &links);
    const struct link_type *last = &links.types[links.types_len - 1];
    cr_expect_str_eq(last->word, "Twinned");
    cr_expect_eq(last->meaning, LINK_UNKNOWN);
    cr_expect_eq(last->rows, 2);
}

Test(links, both_rows_of_a_link_are_one_link_with_both_names_and_the_closing_day)
{
    SH_DEFER(links_wipe) struct links links;
    read_text(HEADER "100001,100002,New,Successor,31-08-2021\n"
                     "100002,100001,Old,Predecessor,01-09-2021\n",
              &links);
    cr_assert_eq(links.len, 1);
    cr_expect(links.list[0].by_successor_row);
    cr_assert_eq(links.schools_len, 2);
    cr_expect_str_eq(links.schools[0].name, "Old");
    cr_expect_str_eq(links.schools[0].closed_on, "2021-08-31");
    cr_expect_str_eq(links.schools[1].name, "New");
    cr_expect_str_empty(links.schools[1].closed_on);
}

Test(links, a_school_that_was_split_is_not_said_to_have_closed)
{
    SH_DEFER(links_wipe) struct links links;
    read_text(HEADER "100001,100002,New,Successor - Split School,31-08-2021\n", &links);
    cr_assert_eq(links.schools_len, 1);
    cr_expect_eq(links.schools[0].urn, 100002);
}

Test(links, columns_are_found_by_name_among_others)
{
    SH_DEFER(links_wipe) struct links links;
    read_text("x,LinkType,URN,LinkName,LinkURN,LinkEstablishedDate,y\n"
              "?,Successor,100001,A,100002,,?\n",
              &links);
    cr_assert_eq(links.len, 1);
    cr_expect_eq(links.list[0].from, 100001);
    cr_expect_eq(links.undated, 1);
}

/* ---- what cannot be read ---- */

Test(links, a_row_that_cannot_be_read_is_named_and_the_others_are_taken)
{
    static const struct {
        const char *row, *says;
    } bad[] = {
        {"1234,100002,A,Successor,", "URN"},
        {"12345678,100002,A,Successor,", "URN"},
        {"012345,100002,A,Successor,", "URN"},
        {",100002,A,Successor,", "URN"},
        {"-10001,100002,A,Successor,", "URN"},
        {"100001,1000x2,A,Successor,", "LinkURN"},
        {"100001,100001,A,Successor,", "itself"},
        {"100001,100002,A,,", "LinkType"},
        {"100001,100002,A\x01,Successor,", "LinkName"},
        {"100001,100002,A,Successor,2021-08-31", "DD-MM-YYYY"},
        {"100001,100002,A,Successor,30-02-2021", "DD-MM-YYYY"},
        {"100001,100002,A,Successor,31/08/2021", "DD-MM-YYYY"},
        {"100001,100002,A,Successor", "as many fields"},
        {"100001,100002,A,Successor,,", "as many fields"},
        {"100001,100002,\"A,Successor,", "not closed"},
        {"100001,100002,\x81,Successor,", "Windows-1252"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SH_DEFER(links_wipe) struct links links;
        char text[512];
        (void)snprintf(text, sizeof text,
                       HEADER "100003,100004,\xe9,Successor,\r\n%s\r\n"
                              "100005,100006,B,Successor,\r\n",
                       bad[i].row);
        read_text(text, &links);
        cr_expect_eq(links.rows, 2, "case %zu", i);
        cr_expect_eq(links.len, 2, "case %zu", i);
        cr_assert_eq(links.problems_all, 1, "case %zu", i);
        cr_expect_eq(links.problems[0].line, 3, "case %zu", i);
        cr_expect_not_null(strstr(links.problems[0].reason, bad[i].says), "case %zu: %s", i,
                           links.problems[0].reason);
    }
}

Test(links, over_long_rows_names_and_types_are_named)
{
    SH_DEFER(links_wipe) struct links links;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    static const struct {
        int name, type;
    } lengths[] = {{CA_TEXT_BYTES_MAX, 1},
                   {CA_TEXT_BYTES_MAX + 1, 1},
                   {1, LINKS_TYPE_BYTES_MAX},
                   {1, LINKS_TYPE_BYTES_MAX + 1},
                   {2048, 1}};
    cr_assert_eq(buf_append_str(&text, HEADER), SH_OK);
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(
            buf_printf(&text, "100001,100002,%0*d,%0*d,\n", lengths[i].name, 0, lengths[i].type, 0),
            SH_OK);
    }
    cr_assert_eq(links_read(bytes_buf(&text), NULL, NULL, &links, &why), SH_OK);
    cr_expect_eq(links.rows, 2);
    cr_assert_eq(links.problems_all, 3);
    cr_expect_eq(links.problems[0].line, 3);
    cr_expect_eq(links.problems[1].line, 5);
    cr_expect_eq(links.problems[2].line, 6);
}

Test(links, the_first_1000_problems_are_kept_and_all_are_counted)
{
    SH_DEFER(links_wipe) struct links links;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    cr_assert_eq(buf_append_str(&text, HEADER), SH_OK);
    for (size_t i = 0; i < LINKS_PROBLEMS_MAX + 5; i++) {
        cr_assert_eq(buf_append_str(&text, "x\n"), SH_OK);
    }
    cr_assert_eq(links_read(bytes_buf(&text), NULL, NULL, &links, &why), SH_OK);
    cr_expect_eq(links.problems_len, LINKS_PROBLEMS_MAX);
    cr_expect_eq(links.problems_all, LINKS_PROBLEMS_MAX + 5);
}

Test(links, what_is_another_kind_of_file_is_refused)
{
    const struct {
        const char *text, *says;
    } bad[] = {
        {"", "empty"},
        {HEADER, "no row"},
        {"URN,LinkURN,LinkName,LinkType\n1,2,3,4\n", "LinkEstablishedDate"},
        {"\"URN\n", "line 1"},
        {"school-eng\tname\n", "URN"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SH_DEFER(links_wipe) struct links links = {.arena = NULL};
        cr_expect_eq(links_read(bytes_str(bad[i].text), NULL, NULL, &links, &why), SH_E_FORMAT,
                     "case %zu", i);
        cr_expect_not_null(strstr(why.text, bad[i].says), "case %zu: %s", i, why.text);
    }
}

/* ---- what they look like together ---- */

static struct links_shape shape_of(const char *pairs)
{
    SH_DEFER(links_wipe) struct links links;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    struct links_shape shape;
    cr_assert_eq(buf_append_str(&text, HEADER), SH_OK);
    for (const char *p = pairs; *p; p += p[2] ? 3 : 2) {
        cr_assert_eq(buf_printf(&text, "10000%c,10000%c,,Successor,\n", p[0], p[1]), SH_OK);
    }
    cr_assert_eq(links_read(bytes_buf(&text), NULL, NULL, &links, &why), SH_OK, "%s", why.text);
    cr_assert_eq(links_shape(&links, &shape), SH_OK);
    return shape;
}

Test(links, chains_splits_merges_and_circles_are_told_apart)
{
    static const struct {
        const char *pairs; /* "12": 2 took the place of 1 */
        struct links_shape is;
    } cases[] = {
        {"12", {.succeeded = 1, .chain_longest = 1, .ends_one = 1}},
        {"12 23 34", {.succeeded = 3, .chained = 2, .chain_longest = 3, .ends_one = 3}},
        {"12 13",
         {.succeeded = 1,
          .splits = 1,
          .splits_by_successor_rows = 1,
          .chain_longest = 1,
          .ends_several = 1}},
        {"13 23", {.succeeded = 2, .merges = 1, .chain_longest = 1, .ends_one = 2}},
        /* split and joined again: one end, and still a split */
        {"12 13 24 34",
         {.succeeded = 3,
          .splits = 1,
          .splits_by_successor_rows = 1,
          .merges = 1,
          .chained = 1,
          .chain_longest = 2,
          .ends_one = 3}},
        {"12 21", {.succeeded = 2, .chained = 2, .cycles = 1, .in_cycles = 2, .ends_none = 2}},
        {"12 23 31", {.succeeded = 3, .chained = 3, .cycles = 1, .in_cycles = 3, .ends_none = 3}},
        /* into a circle of three, and a way out of it */
        {"12 23 34 42 45",
         {.succeeded = 4,
          .splits = 1,
          .splits_by_successor_rows = 1,
          .merges = 1,
          .chained = 4,
          .chain_longest = 2,
          .cycles = 1,
          .in_cycles = 3,
          .into_cycles = 1,
          .ends_one = 4}},
        /* two circles, one behind the other */
        {"12 21 23 34 43",
         {.succeeded = 4,
          .splits = 1,
          .splits_by_successor_rows = 1,
          .merges = 1,
          .chained = 4,
          .chain_longest = 1,
          .cycles = 2,
          .in_cycles = 4,
          .ends_none = 4}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct links_shape is = shape_of(cases[i].pairs);
        const size_t *have = (const size_t *)&is;
        const size_t *want = (const size_t *)&cases[i].is;
        for (size_t k = 0; k < sizeof is / sizeof *have; k++) {
            cr_expect_eq(have[k], want[k], "%s: count %zu is %zu, not %zu", cases[i].pairs, k,
                         have[k], want[k]);
        }
    }
}

Test(links, a_chain_of_100000_schools_needs_no_deep_stack)
{
    SH_DEFER(links_wipe) struct links links;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(LINKS_FILE_BYTES_MAX);
    struct links_shape shape;
    cr_assert_eq(buf_append_str(&text, HEADER), SH_OK);
    for (unsigned i = 0; i < 100000; i++) {
        cr_assert_eq(buf_printf(&text, "%u,%u,,Successor,\n", 100000 + i, 100001 + i), SH_OK);
    }
    cr_assert_eq(links_read(bytes_buf(&text), NULL, NULL, &links, &why), SH_OK);
    cr_assert_eq(links_shape(&links, &shape), SH_OK);
    cr_expect_eq(shape.chain_longest, 100000);
    cr_expect_eq(shape.ends_one, 100000);
}

/* ---- into the register and the directory ---- */

static void import(const struct office *office, const char *text)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(links_wipe) struct links links;
    read_text(text, &links);
    office_open(office, &ca);
    cr_assert_eq(register_set_links(ca_register(ca), &links, &why), SH_OK, "%s", why.text);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
}

static void name(const struct office *office, const char *code, const char *closed_on,
                 const char *successor)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    const struct directory_organisation organisation = {.code = code,
                                                        .name = "Named here",
                                                        .closed_on = closed_on,
                                                        .successors = &successor,
                                                        .successors_len = successor ? 1 : SIZE_MAX};
    office_open(office, &ca);
    cr_assert_eq(register_set_organisation(ca_register(ca), &organisation, &why), SH_OK);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
}

/* "100001.school>100002.school,..." of everything that would be published. */
static sh_err write_one(void *ctx, const struct directory_organisation *organisation)
{
    cr_assert_eq(buf_printf(ctx, "%s=%s/%s ", organisation->code, organisation->name,
                            organisation->closed_on ? organisation->closed_on : "-"),
                 SH_OK);
    return SH_OK;
}

static void expect_published(const struct office *office, const char *expected)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    office_open(office, &ca);
    cr_assert_eq(register_each_published(ca_register(ca), write_one, &text, &why), SH_OK, "%s",
                 why.text);
    cr_assert_eq(buf_terminate(&text), SH_OK);
    cr_expect_str_eq((const char *)text.data, expected);
}

static sh_err write_text_to(void *ctx, const char *text)
{
    return buf_printf(ctx, "%s ", text);
}

static void expect_successors(const struct office *office, const char *code, const char *expected)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    office_open(office, &ca);
    cr_assert_eq(register_each_successor(ca_register(ca), code, write_text_to, &text, &why), SH_OK);
    cr_assert_eq(buf_terminate(&text), SH_OK);
    cr_expect_str_eq((const char *)text.data, expected);
}

#define CHAIN                                                                                      \
    HEADER "100001,100002,B,Successor,31-08-2020\n100002,100003,C,Successor,31-08-2021\n"          \
           "100002,100001,A,Predecessor,\n100007,100008,H,Successor,31-08-2020\n"

Test(links, the_directory_gets_what_became_one_that_it_knows_and_nothing_else)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office);
    import(&office, CHAIN);
    name(&office, "100003.school", NULL, NULL);
    expect_published(&office, "100001.school=A/2020-08-31 100002.school=B/2021-08-31 "
                              "100003.school=Named here/- ");
    expect_successors(&office, "100001.school", "100002.school ");
}

Test(links, a_closed_school_that_it_knows_brings_all_that_became_of_it)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office);
    import(&office, CHAIN);
    name(&office, "100001.school", "2020-07-31", NULL);
    expect_published(&office, "100001.school=Named here/2020-07-31 100002.school=B/2021-08-31 "
                              "100003.school=C/- ");
}

Test(links, a_desk_alone_makes_its_school_one_that_the_directory_knows)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct directory_desk desk = {.cover_len = SIZE_MAX};
    office_make(&office);
    import(&office, CHAIN);
    cr_assert_eq(address_from("dsl@100008.school", &desk.address), SH_OK);
    office_open(&office, &ca);
    cr_assert_eq(register_set_desk(ca_register(ca), &desk, &why), SH_OK);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
    ca_close(&ca);
    expect_published(&office, "100007.school=100007.school/2020-08-31 100008.school=H/- ");
}

Test(links, what_an_officer_says_goes_before_the_file)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office);
    import(&office, CHAIN);
    name(&office, "100001.school", "2020-07-31", "100009.school");
    expect_successors(&office, "100001.school", "100009.school ");
    expect_published(&office, "100001.school=Named here/2020-07-31 ");
}

Test(links, a_second_import_replaces_the_first_and_the_same_one_changes_nothing)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office);
    name(&office, "100003.school", NULL, NULL);
    for (int again = 0; again < 2; again++) {
        import(&office, CHAIN);
        expect_published(&office, "100001.school=A/2020-08-31 100002.school=B/2021-08-31 "
                                  "100003.school=Named here/- ");
    }
    import(&office, HEADER "100004,100003,C,Successor,\n");
    expect_published(&office, "100003.school=Named here/- 100004.school=100004.school/- ");
}

Test(links, circles_do_not_keep_a_directory_from_being_published)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct published published;
    office_make(&office);
    import(&office, HEADER "100001,100002,B,Successor,\n100002,100003,C,Successor,\n"
                           "100003,100001,A,Successor,\n");
    name(&office, "100002.school", NULL, NULL);
    office_open(&office, &ca);
    cr_assert_eq(publish_directory(ca, &file, &published, &why), SH_OK, "%s", why.text);
    cr_expect_eq(published.organisations, 3);
}

/* ---- all of it, as a client walks it ---- */

struct england {
    struct directory_organisation *list;
    const char **successors;
    char (*codes)[16];
    size_t len, successors_len;
};

static void england_wipe(struct england *england)
{
    free(england->list);
    free(england->successors);
    free(england->codes);
}

static int compare_organisations(const void *a, const void *b)
{
    const struct directory_organisation *x = a;
    const struct directory_organisation *y = b;
    return strcmp(x->code, y->code);
}

/* Every school with a successor, as the directory of the whole country would list it. */
static void make_england(const struct links *links, struct england *out)
{
    *out = (struct england){.list = calloc(links->len, sizeof *out->list),
                            .successors = calloc(links->len, sizeof *out->successors),
                            .codes = calloc(2 * links->len, sizeof *out->codes)};
    for (size_t i = 0; i < links->len; i++) {
        const struct link *link = &links->list[i];
        (void)snprintf(out->codes[2 * i], 16, "%u.school", link->from);
        (void)snprintf(out->codes[2 * i + 1], 16, "%u.school", link->to);
        out->successors[i] = out->codes[2 * i + 1];
        if (i == 0 || link->from != links->list[i - 1].from) {
            out->list[out->len++] = (struct directory_organisation){
                .code = out->codes[2 * i], .name = "S", .successors = &out->successors[i]};
        }
        out->list[out->len - 1].successors_len++;
    }
    qsort(out->list, out->len, sizeof *out->list, compare_organisations);
}

Test(links, from_every_school_the_walk_ends_and_every_split_is_seen)
{
    SH_DEFER(links_wipe) struct links links;
    SH_DEFER(england_wipe) struct england england;
    struct links_shape shape;
    size_t one = 0, several = 0, none = 0, split = 0;
    read_real(&links);
    cr_assert_eq(links_shape(&links, &shape), SH_OK);
    make_england(&links, &england);
    cr_assert_eq(england.len, 16740);
    for (size_t i = 0; i < england.len; i++) {
        struct succession found;
        succession_find(england.list, england.len, england.list[i].code, &found);
        cr_assert_not(found.is_cut, "%s", england.list[i].code);
        cr_assert_gt(found.len, 1, "%s", england.list[i].code);
        one += found.last_len == 1;
        several += found.last_len > 1;
        none += found.last_len == 0;
        split += england.list[i].successors_len > 1;
        cr_assert(england.list[i].successors_len == 1 || found.splits, "%s asks",
                  england.list[i].code);
    }
    cr_expect_eq(split, 86);
    cr_expect_eq(one, shape.ends_one);
    cr_expect_eq(several, shape.ends_several);
    cr_expect_eq(none, shape.ends_none);
}
