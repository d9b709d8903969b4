/* issue.c and profile.c: what is made, what is refused to be made, and whether our own trust reads
 * it. */
#include "base/cleanup.h"
#include "crypto/trust.h"
#include "support/pki.h"

#include <criterion/criterion.h>

static const char *const DESKS[] = {"dsl@999001.school", "encompass@exampleshire.police"};

static struct issuer issuer_of(const struct pki_authority *authority)
{
    return (struct issuer){.key = authority->key, .cert = authority->cert};
}

/* An order that issue_certificate() accepts for this profile. */
static struct issue_order good_order(const struct pki *pki, enum certificate_profile profile,
                                     const struct address *address)
{
    const bool seat =
        profile == PROFILE_SIGN || profile == PROFILE_SEAL || profile == PROFILE_RECOVERY;
    return (struct issue_order){
        .profile = profile,
        .subject_key = pki->seats[0].sign,
        .partnership = seat ? NULL : PKI_PARTNERSHIP,
        .sector = profile == PROFILE_AUTHORITY ? "school" : NULL,
        .address = seat ? address : NULL,
        .curve_key = profile == PROFILE_SIGN ? pki->seats[0].curve_public : NULL,
        .not_before_ms = pki->now_ms,
        .not_after_ms = pki->now_ms + SH_DAY_MS,
    };
}

Test(certs, each_profile_is_issued_as_its_check_demands)
{
    SH_DEFER(pki_free) struct pki pki;
    struct sh_why why;
    pki_make(&pki, DESKS, 2);
    struct issuer root = {.key = pki.root_key, .cert = pki.root};
    struct issuer school = issuer_of(pki_authority(&pki, "school"));
    for (int profile = PROFILE_ROOT; profile <= PROFILE_DIRECTORY; profile++) {
        SH_DEFER(certificate_free) struct certificate *cert = NULL;
        enum certificate_profile which = (enum certificate_profile)profile;
        struct issue_order order = good_order(&pki, which, &pki.seats[0].address);
        const struct issuer *by = which == PROFILE_ROOT ? NULL : order.address ? &school : &root;
        cr_assert_eq(issue_certificate(by, &order, &cert), SH_OK, "profile %d", profile);
        cr_expect_eq(certificate_check_profile(cert, which, &why), SH_OK, "%s", why.text);
        cr_expect_eq(certificate_not_before_ms(cert), order.not_before_ms);
        cr_expect_eq(certificate_not_after_ms(cert), order.not_after_ms);
    }
}

Test(certs, an_order_that_lacks_or_adds_something_is_our_own_mistake)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 2);
    struct issuer school = issuer_of(pki_authority(&pki, "school"));
    const struct address *address = &pki.seats[0].address;
    struct issue_order orders[] = {
        good_order(&pki, PROFILE_SIGN, address), good_order(&pki, PROFILE_SIGN, address),
        good_order(&pki, PROFILE_SEAL, address), good_order(&pki, PROFILE_SEAL, address),
        good_order(&pki, PROFILE_SEAL, address), good_order(&pki, PROFILE_SIGN, address),
        good_order(&pki, PROFILE_SIGN, address), good_order(&pki, PROFILE_AUTHORITY, NULL),
    };
    orders[0].curve_key = NULL;
    orders[1].address = NULL;
    orders[2].curve_key = pki.seats[0].curve_public;
    orders[3].partnership = "x";
    orders[4].sector = "school";
    orders[5].not_after_ms = orders[5].not_before_ms;
    orders[6].subject_key = pki.log_key;
    orders[7].sector = NULL;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct certificate *cert = NULL;
        cr_expect_eq(issue_certificate(&school, &orders[i], &cert), SH_E_BUG, "order %zu", i);
        cr_expect_null(cert);
    }
    struct certificate *cert = NULL;
    struct issue_order root_order = good_order(&pki, PROFILE_ROOT, NULL);
    cr_expect_eq(issue_certificate(&school, &root_order, &cert), SH_E_BUG, "a root signs itself");
    struct issue_order sign_order = good_order(&pki, PROFILE_SIGN, address);
    cr_expect_eq(issue_certificate(NULL, &sign_order, &cert), SH_E_BUG, "a seat does not");
}

Test(certs, serials_are_16_bytes_and_never_the_same)
{
    SH_DEFER(pki_free) struct pki pki;
    uint8_t first[ISSUE_SERIAL_BYTES];
    uint8_t second[ISSUE_SERIAL_BYTES];
    pki_make(&pki, DESKS, 2);
    cr_assert_eq(issue_serial(pki.seats[0].sign_cert, first), SH_OK);
    cr_assert_eq(issue_serial(pki.seats[0].seal_cert, second), SH_OK);
    cr_expect_neq(memcmp(first, second, sizeof first), 0);
    cr_expect_eq(first[0] & 0xc0, 0x40, "positive, and never shorter");
}

Test(certs, the_longest_address_gets_a_certificate)
{
    SH_DEFER(pki_free) struct pki pki;
    char longest[SH_ADDRESS_BYTES_MAX + 1];
    pki_make(&pki, DESKS, 1);
    memset(longest, 'a', sizeof longest);
    (void)snprintf(longest + SH_ADDRESS_BYTES_MAX - 12, 13, "@9001.school");
    cr_assert_eq(strlen(longest), SH_ADDRESS_BYTES_MAX);
    SH_DEFER(certificate_free)
    struct certificate *cert =
        pki_certificate(pki_authority(&pki, "school"), PROFILE_SEAL, longest, pki.seats[0].seal,
                        NULL, pki.now_ms, pki.now_ms + SH_DAY_MS);
    struct address named;
    cr_assert_eq(certificate_address(cert, &named), SH_OK);
    cr_expect_str_eq(named.text, longest);
}

Test(certs, a_revoked_serial_is_refused_and_its_neighbour_is_not)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(buf_wipe) struct buf school_crl = BUF_INIT(SH_CRL_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf root_crl = BUF_INIT(SH_CRL_BYTES_MAX);
    SH_DEFER(trust_free) struct trust *trust = NULL;
    struct sh_why why;
    pki_make(&pki, DESKS, 1);
    const struct pki_authority *school = pki_authority(&pki, "school");
    struct issuer by = issuer_of(school);
    struct issuer root = {.key = pki.root_key, .cert = pki.root};
    struct revoked entries[] = {
        {.at_ms = pki.now_ms - SH_SECOND_MS, .reason = REVOKED_KEY_COMPROMISE},
        {.at_ms = pki.now_ms - SH_SECOND_MS, .serial = {0x41}}};
    cr_assert_eq(issue_serial(pki.seats[0].sign_cert, entries[0].serial), SH_OK);
    struct crl_order order = {.number = UINT64_C(1) << 40,
                              .this_update_ms = pki.now_ms - ISSUE_BACKDATE_MS,
                              .next_update_ms = pki.now_ms + ISSUE_CRL_MS};
    cr_assert_eq(issue_crl(&root, &order, &root_crl), SH_OK);
    order.revoked = entries;
    order.revoked_len = 2;
    cr_assert_eq(issue_crl(&by, &order, &school_crl), SH_OK);
    struct certificate *const authorities[] = {school->cert};
    const struct bytes crls[] = {bytes_buf(&root_crl), bytes_buf(&school_crl)};
    cr_assert_eq(trust_new(pki.root, authorities, 1, crls, 2, &trust, &why), SH_OK, "%s", why.text);
    cr_expect_eq(trust_verify(trust, pki.seats[0].sign_cert, pki.now_ms, 0, &why), SH_E_REVOKED);
    cr_expect_eq(trust_verify(trust, pki.seats[0].seal_cert, pki.now_ms, 0, &why), SH_OK);
}

Test(certs, reasons_go_to_words_and_back)
{
    const char *const words[] = {"unspecified", "key-compromise", "left-the-desk", "superseded",
                                 "closed"};
    enum revoked_reason reason;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        cr_assert_eq(issue_reason_from_word(words[i], &reason), SH_OK);
        cr_expect_str_eq(issue_reason_word(reason), words[i]);
    }
    cr_expect_eq(issue_reason_from_word("", &reason), SH_E_BAD_CODE);
    cr_expect_eq(issue_reason_from_word("Closed", &reason), SH_E_BAD_CODE);
}
