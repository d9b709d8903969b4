#include "base/address.h"

#include <criterion/criterion.h>

Test(base, addresses_of_the_grammar_pass)
{
    static const char *const good[] = {"dsl@999001.school",
                                       "a@b.c",
                                       "mash@999.social-care",
                                       "-@-.-",
                                       "0@0.a",
                                       "safeguarding@exampleshire.police",
                                       "a-b-c@d-e.f-g",
                                       "9@9.early-years"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct address address;
        cr_assert_eq(address_from(good[i], &address), SH_OK, "%s", good[i]);
        cr_assert_str_eq(address.text, good[i]);
    }
}

Test(base, anything_else_is_no_address_and_leaves_the_output)
{
    static const char *const bad[] = {
        "",
        "a",
        "@",
        "a@b",
        "a@.c",
        "@b.c",
        "a@b.",
        "a.b@c.d",
        "a@b.c.d",
        "a@b.c ",
        " a@b.c",
        "A@b.c",
        "a@B.c",
        "a@b.C",
        "a@b.c1",
        "a@@b.c",
        "a@b@c.d",
        "a_b@c.d",
        "a@b_c.d",
        "a@b.c_d",
        "a@b..c",
        "a+x@b.c",
        "a@b.c\n",
        "\"a\"@b.c",
        "a@b.\xC3\xA9",
        "\xC3\xA9@b.c",
        "dsl@a.b.school",
        "a b@c.d",
        "urn:a@b.c",
        "a@b.c@",
        "a@b,c",
        "a%40b.c",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct address address = {"untouched"};
        cr_assert_eq(address_from(bad[i], &address), SH_E_BAD_ADDRESS, "%s", bad[i]);
        cr_assert_str_eq(address.text, "untouched");
    }
}

Test(base, a_nul_inside_is_no_address)
{
    struct address address;
    cr_assert_eq(address_parse(bytes_of("a@b.c\0", 6), &address), SH_E_BAD_ADDRESS);
    cr_assert_eq(address_parse(bytes_of("a\0@b.c", 6), &address), SH_E_BAD_ADDRESS);
    cr_assert_eq(address_parse((struct bytes){0}, &address), SH_E_BAD_ADDRESS);
}

Test(base, an_address_has_at_most_100_bytes)
{
    char text[SH_ADDRESS_BYTES_MAX + 2];
    struct address address;
    memset(text, 'x', sizeof text);
    memcpy(text, "desk@", 5);
    text[50] = '.';
    cr_assert_eq(address_parse(bytes_of(text, SH_ADDRESS_BYTES_MAX), &address), SH_OK);
    cr_assert_eq(strlen(address.text), SH_ADDRESS_BYTES_MAX);
    cr_assert_eq(address_parse(bytes_of(text, SH_ADDRESS_BYTES_MAX + 1), &address),
                 SH_E_BAD_ADDRESS);
}

Test(base, the_bytes_behind_an_address_are_not_read)
{
    struct address address;
    cr_assert_eq(address_parse(bytes_of("a@b.cXYZ", 5), &address), SH_OK);
    cr_assert_str_eq(address.text, "a@b.c");
}

Test(base, addresses_are_equal_only_as_a_whole)
{
    struct address a, b, c;
    cr_assert_eq(address_from("a@b.c", &a), SH_OK);
    cr_assert_eq(address_from("a@b.c", &b), SH_OK);
    cr_assert_eq(address_from("a@b.cc", &c), SH_OK);
    cr_assert(address_equal(&a, &b));
    cr_assert_not(address_equal(&a, &c));
}

Test(base, organisation_and_sector_are_the_ends_of_an_address)
{
    struct address address;
    cr_assert_eq(address_from("mash@999.social-care", &address), SH_OK);
    cr_assert_str_eq(address_organisation(&address), "999.social-care");
    cr_assert_str_eq(address_sector(&address), "social-care");
}
