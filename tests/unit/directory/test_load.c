/* Loading: freshness, revocation, expiry, tampering, life. Single wrong things are in
 * test_refusals.c. */
#include "base/cleanup.h"
#include "edited.h"

#include <criterion/criterion.h>

static const char *const DESKS[] = {"dsl@999001.school", "dsl@999001.school", "head@999001.school",
                                    "mash@999.social-care", "encompass@exampleshire.police"};
#define DESKS_LEN (sizeof DESKS / sizeof DESKS[0])

#define GRACE_MS (14 * SH_DAY_MS)

static struct sh_why why;

static sh_err load_at(const struct pki *pki, int64_t now_ms, int64_t grace_ms,
                      struct directory **out)
{
    return directory_load(bytes_buf(&pki->directory), pki->root, now_ms, 0, grace_ms, out, &why);
}

static sh_err load(const struct pki *pki, struct directory **out)
{
    return load_at(pki, pki->now_ms, 0, out);
}

Test(directory, a_fresh_directory_loads_with_every_seat_and_desk)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    cr_assert_eq(load(&pki, &d), SH_OK, "%s", why.text);
    cr_expect_eq(directory_seats_len(d), DESKS_LEN);
    cr_expect_eq(directory_desks_len(d), 4);
    cr_expect_eq(directory_serial(d), 1);
    cr_expect_str_eq(directory_partnership(d), PKI_PARTNERSHIP);
    cr_expect_eq(directory_created_ms(d), pki.now_ms);
    cr_expect_eq(directory_expires_ms(d), pki.now_ms + ISSUE_DIRECTORY_MS);
    cr_expect(bytes_equal(directory_signed_bytes(d), bytes_buf(&pki.directory)));
}

Test(directory, any_flipped_byte_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    /* A prime step, so that over the years every kind of field is met; the ends are always among
     * them. */
    for (size_t i = 0; i < pki.directory.len; i += i + 37 < pki.directory.len ? 37 : 1) {
        struct directory *d = NULL;
        pki.directory.data[i] ^= 0x01;
        cr_assert_neq(load(&pki, &d), SH_OK, "byte %zu of %zu", i, pki.directory.len);
        cr_assert_null(d);
        pki.directory.data[i] ^= 0x01;
    }
    SH_DEFER(directory_free) struct directory *d = NULL;
    cr_expect_eq(load(&pki, &d), SH_OK);
}

Test(directory, any_truncation_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    for (size_t len = 0; len < pki.directory.len; len += 53) {
        struct directory *d = NULL;
        sh_err err =
            directory_load(bytes_of(pki.directory.data, len), pki.root, pki.now_ms, 0, 0, &d, &why);
        cr_assert_neq(err, SH_OK, "%zu bytes", len);
    }
}

Test(directory, another_partnerships_root_is_no_root_here)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(pki_free) struct pki other;
    struct directory *d = NULL;
    pki_make(&pki, DESKS, 1);
    pki_make(&other, DESKS, 1);
    sh_err err = directory_load(bytes_buf(&pki.directory), other.root, pki.now_ms, 0, 0, &d, &why);
    cr_expect_eq(err, SH_E_BAD_CHAIN, "%s", sh_err_word(err));
}

Test(directory, a_serial_below_the_known_one_is_a_rollback)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    pki_publish(&pki);
    struct bytes file = bytes_buf(&pki.directory);
    struct directory *d = NULL;
    cr_assert_eq(pki.serial, 2);
    cr_expect_eq(directory_load(file, pki.root, pki.now_ms, 3, 0, &d, &why), SH_E_ROLLBACK);
    cr_expect_eq(directory_load(file, pki.root, pki.now_ms, 2, 0, &d, &why), SH_OK);
    directory_free(&d);
}

Test(directory, it_expires_after_14_days_and_a_grace_if_there_is_one)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    const int64_t end_ms = pki.now_ms + ISSUE_DIRECTORY_MS;
    const struct {
        int64_t at_ms, grace_ms;
        sh_err expected;
    } cases[] = {
        {end_ms, 0, SH_OK},
        {end_ms + 1, 0, SH_E_EXPIRED},
        {end_ms + 1, GRACE_MS, SH_OK},
        {end_ms + GRACE_MS, GRACE_MS, SH_OK},
        {end_ms + GRACE_MS + 1, GRACE_MS, SH_E_EXPIRED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct directory *d = NULL;
        sh_err err = load_at(&pki, cases[i].at_ms, cases[i].grace_ms, &d);
        cr_expect_eq(err, cases[i].expected, "case %zu: %s %s", i, sh_err_word(err), why.text);
        directory_free(&d);
    }
}

Test(directory, a_missing_or_expired_revocation_list_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    edited.file.expires_at_ms = pki.now_ms + 10 * ISSUE_DIRECTORY_MS;
    pki_sign_directory(&pki, &edited.file);
    struct directory *d = NULL;
    const int64_t later_ms = pki.now_ms + ISSUE_CRL_MS + SH_DAY_MS;
    cr_expect_eq(load_at(&pki, later_ms, 0, &d), SH_E_STALE_CRL);
    cr_expect_eq(load_at(&pki, later_ms, GRACE_MS, &d), SH_OK, "%s", why.text);
    directory_free(&d);
    edited.file.crls_len--; /* the root's stands last */
    expect_refusal_of(&pki, &edited, SH_E_STALE_CRL);
}

Test(directory, a_revoked_seat_is_no_seat_but_its_certificate_is_still_found)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    pki.seats[0].revoked = true;
    pki_publish(&pki);
    cr_assert_eq(load(&pki, &d), SH_OK, "%s", why.text);
    const struct pki_seat *gone = &pki.seats[0];
    const struct desk *desk = directory_desk(d, "dsl@999001.school");
    cr_expect_eq(directory_seats_len(d), DESKS_LEN - 1);
    cr_expect_null(directory_seat_by_hash(d, &gone->hash));
    cr_expect_null(directory_seat_by_curve(d, gone->curve_public));
    cr_assert_eq(desk->seats_len, 1);
    cr_expect(hash_equal(&desk->seats[0]->hash, &pki.seats[1].hash));
    const struct certificate *kept = directory_certificate(d, &gone->hash);
    cr_assert_not_null(kept);
    cr_expect(hash_equal(certificate_sha256(kept), &gone->hash));
}

Test(directory, a_desk_whose_every_seat_is_revoked_stays_and_has_none)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    pki.seats[3].revoked = true;
    pki_publish(&pki);
    cr_assert_eq(load(&pki, &d), SH_OK);
    const struct desk *desk = directory_desk(d, "mash@999.social-care");
    cr_assert_not_null(desk);
    cr_expect_eq(desk->seats_len, 0);
    cr_expect_not_null(desk->recovery);
}

Test(directory, a_seat_that_was_revoked_yesterday_stops_nobody_else)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    pki.seats[0].revoked = true;
    pki_publish(&pki);
    cr_assert_eq(load_at(&pki, pki.now_ms + SH_DAY_MS, 0, &d), SH_OK, "%s", why.text);
    cr_expect_eq(directory_seats_len(d), DESKS_LEN - 1);
    cr_expect_not_null(directory_certificate(d, &pki.seats[0].hash));
}

Test(directory, a_seat_with_one_certificate_revoked_is_no_seat)
{
    for (int which = 0; which < 2; which++) {
        SH_DEFER(pki_free) struct pki pki;
        SH_DEFER(directory_free) struct directory *d = NULL;
        SH_DEFER(edited_free) struct edited edited;
        pki_make(&pki, DESKS, 2);
        edited_open(&pki, &edited);
        const struct certificate *gone =
            which == 0 ? pki.seats[0].sign_cert : pki.seats[0].seal_cert;
        edited_replace_crl(&edited, &pki, "school", &gone, 1, pki.now_ms);
        cr_assert_eq(load(&pki, &d), SH_OK, "%s", why.text);
        cr_expect_eq(directory_seats_len(d), 1);
    }
}

Test(directory, a_revoked_recovery_certificate_is_left_out)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    const struct certificate *gone = pki.desks[0].recovery_cert;
    edited_replace_crl(&edited, &pki, "school", &gone, 1, pki.now_ms);
    cr_assert_eq(load(&pki, &d), SH_OK, "%s", why.text);
    cr_expect_null(directory_desk_at(d, 0)->recovery);
    cr_expect_eq(directory_seats_len(d), 1);
}

Test(directory, a_revoked_authority_takes_its_seats_with_it_and_no_others)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    const struct certificate *gone = pki_authority(&pki, "police")->cert;
    edited_replace_crl(&edited, &pki, NULL, &gone, 1, pki.now_ms);
    cr_assert_eq(load_at(&pki, pki.now_ms + SH_HOUR_MS, 0, &d), SH_OK, "%s", why.text);
    cr_expect_eq(directory_seats_len(d), DESKS_LEN - 1);
    cr_expect_eq(directory_desk(d, "encompass@exampleshire.police")->seats_len, 0);
    cr_expect_null(directory_desk(d, "encompass@exampleshire.police")->recovery);
}

Test(directory, a_seat_that_ended_before_its_authority_began_is_not_live)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 2);
    const struct pki_authority *by = pki_authority(&pki, "school");
    struct pki_seat *seat = &pki.seats[0];
    const int64_t end_ms = pki.now_ms - 2 * SH_DAY_MS;
    certificate_free(&seat->sign_cert);
    seat->sign_cert = pki_certificate(by, PROFILE_SIGN, seat->address.text, seat->sign,
                                      seat->curve_public, end_ms - ISSUE_SEAT_MS, end_ms);
    pki_publish(&pki);
    struct directory *d = NULL;
    /* The authority is younger than the seat's end: the chain cannot be judged as of then. */
    cr_assert_eq(load_at(&pki, pki.now_ms, GRACE_MS, &d), SH_OK, "%s", why.text);
    cr_expect_eq(directory_seats_len(d), 1);
    cr_expect_not_null(directory_certificate(d, certificate_sha256(seat->sign_cert)));
    directory_free(&d);
}

Test(directory, a_seat_past_its_end_is_live_within_the_grace)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 2);
    struct pki_seat *seat = &pki.seats[0];
    const struct pki_authority *by = pki_authority(&pki, "school");
    const int64_t end_ms = pki.now_ms + SH_DAY_MS;
    certificate_free(&seat->sign_cert);
    seat->sign_cert = pki_certificate(by, PROFILE_SIGN, seat->address.text, seat->sign,
                                      seat->curve_public, pki.now_ms - ISSUE_BACKDATE_MS, end_ms);
    pki_publish(&pki);
    const struct {
        int64_t at_ms;
        size_t live;
    } cases[] = {
        {end_ms, 2}, {end_ms + 1, 2}, {end_ms + SH_HOUR_MS, 2}, {end_ms + SH_HOUR_MS + 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct directory *d = NULL;
        cr_assert_eq(load_at(&pki, cases[i].at_ms, SH_HOUR_MS, &d), SH_OK, "%s", why.text);
        cr_expect_eq(directory_seats_len(d), cases[i].live, "case %zu", i);
        directory_free(&d);
    }
}

Test(directory, more_bytes_than_the_limit_are_not_even_read)
{
    SH_DEFER(pki_free) struct pki pki;
    struct directory *d = NULL;
    pki_make(&pki, DESKS, 1);
    struct bytes endless = bytes_of(pki.directory.data, (size_t)SH_DIRECTORY_BYTES_MAX + 1);
    cr_expect_eq(directory_load(endless, pki.root, pki.now_ms, 0, 0, &d, &why), SH_E_TOO_BIG);
}

Test(directory, the_last_owner_frees_it)
{
    SH_DEFER(pki_free) struct pki pki;
    struct directory *d = NULL;
    pki_make(&pki, DESKS, 1);
    cr_assert_eq(load(&pki, &d), SH_OK);
    struct directory *second = directory_ref(d);
    directory_free(&d);
    cr_expect_null(d);
    cr_expect_eq(directory_serial(second), 1);
    directory_free(&second);
    directory_free(&second); /* and NULL is accepted */
}
