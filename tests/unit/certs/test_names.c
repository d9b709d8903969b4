/* The public register of schools, whole and broken. */
#include "base/cleanup.h"
#include "base/files.h"
#include "certs/names.h"
#include "helpers.h"

#include <criterion/criterion.h>

static struct sh_why why;

struct names {
    struct temp_dir temp;
    struct ca_register *r;
};

static void make(struct names *n)
{
    char path[PATH_MAX];
    temp_dir_make(&n->temp);
    n->r = NULL;
    cr_assert_eq(path_join(path, sizeof path, n->temp.path, "register.db"), SH_OK);
    cr_assert_eq(register_create(path, "P", "o", &n->r, &why), SH_OK);
}

static void wipe(struct names *n)
{
    register_close(&n->r);
    temp_dir_remove(&n->temp);
}

struct counts {
    size_t all, closed;
    char name[256], closed_on[16], telephone[32];
};

static sh_err count(void *ctx, const struct directory_organisation *organisation)
{
    struct counts *counts = ctx;
    counts->all++;
    counts->closed += organisation->closed_on != NULL;
    (void)snprintf(counts->name, sizeof counts->name, "%s", organisation->name);
    (void)snprintf(counts->closed_on, sizeof counts->closed_on, "%s",
                   organisation->closed_on ? organisation->closed_on : "");
    (void)snprintf(counts->telephone, sizeof counts->telephone, "%s",
                   organisation->telephone ? organisation->telephone : "");
    return SH_OK;
}

static struct counts counts_of(struct names *n, const char *code)
{
    struct counts counts = {0};
    cr_assert_eq(register_each_organisation(n->r, code, count, &counts, &why), SH_OK);
    return counts;
}

static sh_err import(struct names *n, const char *tsv, size_t *out_rows)
{
    return names_import_schools(n->r, bytes_str(tsv), out_rows, &why);
}

Test(certs, all_878_schools_of_the_public_register_come_in)
{
    SH_DEFER(wipe) struct names n;
    SH_DEFER(buf_wipe) struct buf tsv = BUF_INIT(SH_MIB);
    size_t rows = 0;
    make(&n);
    cr_assert_eq(file_read(SH_TESTS_DIR "/data/schools.tsv", &tsv, &why), SH_OK, "%s", why.text);
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(names_import_schools(n.r, bytes_buf(&tsv), &rows, &why), SH_OK, "%s",
                     why.text);
        cr_expect_eq(rows, 878);
        cr_expect_eq(counts_of(&n, NULL).all, 878);
        cr_expect_eq(counts_of(&n, NULL).closed, 282);
    }
    cr_expect_str_eq(counts_of(&n, "102256.school").name, "Purcell School");
    cr_expect_eq(counts_of(&n, "999001.school").all, 0);
}

Test(certs, columns_are_found_by_name_in_any_order)
{
    SH_DEFER(wipe) struct names n;
    size_t rows = 0;
    make(&n);
    cr_assert_eq(
        import(
            &n,
            "end-date\tx\tname\tschool-eng\r\n2020-02-29\t\tSt Mary\xe2\x80\x99s\t117504\r\n\r\n",
            &rows),
        SH_OK, "%s", why.text);
    cr_expect_eq(rows, 1);
    cr_expect_str_eq(counts_of(&n, "117504.school").name, "St Mary\xe2\x80\x99s");
    cr_expect_str_eq(counts_of(&n, "117504.school").closed_on, "2020-02-29");
}

Test(certs, a_second_import_renews_names_and_keeps_what_was_given_by_hand)
{
    SH_DEFER(wipe) struct names n;
    size_t rows = 0;
    make(&n);
    const struct directory_organisation by_hand = {.code = "117504.school",
                                                   .name = "Old",
                                                   .telephone = "01632 960001",
                                                   .successors_len = SIZE_MAX};
    cr_assert_eq(register_set_organisation(n.r, &by_hand, &why), SH_OK);
    cr_assert_eq(import(&n, "school-eng\tname\tend-date\n117504\tNew\t2020-01-01\n", &rows), SH_OK);
    struct counts counts = counts_of(&n, "117504.school");
    cr_expect_str_eq(counts.name, "New");
    cr_expect_str_eq(counts.telephone, "01632 960001");
    cr_expect_str_eq(counts.closed_on, "2020-01-01");
    cr_assert_eq(import(&n, "school-eng\tname\tend-date\n117504\tNew\t\n", &rows), SH_OK);
    cr_expect_str_eq(counts_of(&n, "117504.school").closed_on, "", "opened again");
}

Test(certs, a_bad_line_is_refused_by_its_number)
{
    SH_DEFER(wipe) struct names n;
    make(&n);
    const struct {
        const char *tsv, *says;
    } bad[] = {
        {"", "empty"},
        {"school-eng\tname\n", "end-date"},
        {"name\tend-date\n", "school-eng"},
        {"school-eng\tname\tend-date\n117504\tA\n", "line 2"},
        {"school-eng\tname\tend-date\n117504\tA\t\tx\n", "line 2"},
        {"school-eng\tname\tend-date\n117504\tA\t\n12x456\tB\t\n", "line 3"},
        {"school-eng\tname\tend-date\n117504\t\t\n", "line 2"},
        {"school-eng\tname\tend-date\n117504\t\xff\t\n", "line 2"},
        {"school-eng\tname\tend-date\n117504\tA\t2026-02-30\n", "line 2"},
        {"school-eng\tname\tend-date\n1234\tA\t\n", "line 2"},
        {"school-eng\tname\tend-date\n12345678\tA\t\n", "line 2"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t rows = 99;
        cr_expect_eq(import(&n, bad[i].tsv, &rows), SH_E_FORMAT, "case %zu", i);
        cr_expect_not_null(strstr(why.text, bad[i].says), "case %zu: %s", i, why.text);
        cr_expect_eq(rows, 99);
    }
    size_t rows = 0;
    cr_expect_eq(
        names_import_schools(n.r, bytes_of("school-eng\tname\tend-date\n\0", 26), &rows, &why),
        SH_E_FORMAT, "a NUL byte");
}

Test(certs, more_columns_than_64_are_refused)
{
    SH_DEFER(wipe) struct names n;
    SH_DEFER(buf_wipe) struct buf tsv = BUF_INIT(SH_KIB);
    size_t rows = 0;
    make(&n);
    cr_assert_eq(buf_append_str(&tsv, "school-eng\tname\tend-date"), SH_OK);
    for (size_t i = 3; i < 64; i++) {
        cr_assert_eq(buf_append_str(&tsv, "\tx"), SH_OK);
    }
    cr_expect_eq(names_import_schools(n.r, bytes_buf(&tsv), &rows, &why), SH_OK, "%s", why.text);
    cr_assert_eq(buf_append_str(&tsv, "\tx"), SH_OK);
    cr_expect_eq(names_import_schools(n.r, bytes_buf(&tsv), &rows, &why), SH_E_FORMAT);
}
