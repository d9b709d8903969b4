/* Files that are signed and in form, and wrong in one thing alone: each is refused for that. */
#include "base/cleanup.h"
#include "edited.h"

#include <criterion/criterion.h>

static const char *const DESKS[] = {"dsl@999001.school", "dsl@999001.school", "head@999001.school",
                                    "mash@999.social-care", "encompass@exampleshire.police"};
#define DESKS_LEN (sizeof DESKS / sizeof DESKS[0])

Test(directory, a_seats_key_cannot_sign_a_directory)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    certificate_free(&pki.directory_cert);
    key_free(&pki.directory_key);
    pki.directory_cert = certificate_ref(pki.seats[0].sign_cert);
    pki.directory_key = pki.seats[0].sign;
    pki_sign_directory(&pki, &edited.file);
    pki.directory_key = NULL;
    expect_refusal(&pki, SH_E_BAD_CERTIFICATE);
}

Test(directory, a_directory_certificate_that_a_sector_issued_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    const struct pki_authority *by = pki_authority(&pki, "school");
    struct issuer issuer = {.key = by->key, .cert = by->cert};
    struct issue_order order = {.profile = PROFILE_DIRECTORY,
                                .subject_key = pki.directory_key,
                                .partnership = PKI_PARTNERSHIP,
                                .not_before_ms = pki.now_ms - ISSUE_BACKDATE_MS,
                                .not_after_ms = pki.now_ms + ISSUE_DIRECTORY_KEY_MS};
    certificate_free(&pki.directory_cert);
    cr_assert_eq(issue_certificate(&issuer, &order, &pki.directory_cert), SH_OK);
    pki_sign_directory(&pki, &edited.file);
    expect_refusal(&pki, SH_E_BAD_CHAIN);
}

Test(directory, a_police_authority_cannot_place_a_seat_in_a_school)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    SH_DEFER(certificate_free) struct certificate *sign = NULL;
    SH_DEFER(certificate_free) struct certificate *seal = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    const struct pki_authority *police = pki_authority(&pki, "police");
    struct pki_seat *keys = &pki.seats[0];
    const int64_t from_ms = pki.now_ms - ISSUE_BACKDATE_MS;
    const int64_t to_ms = pki.now_ms + ISSUE_SEAT_MS;
    sign = pki_certificate(police, PROFILE_SIGN, DESKS[0], keys->sign, keys->curve_public, from_ms,
                           to_ms);
    seal = pki_certificate(police, PROFILE_SEAL, DESKS[0], keys->seal, NULL, from_ms, to_ms);
    edited.file.seats_len = 0;
    edited_add_seat(&edited, DESKS[0], sign, pki.seats[0].seal_cert);
    expect_refusal_of(&pki, &edited, SH_E_WRONG_SECTOR);
    edited.file.seats_len = 0;
    edited_add_seat(&edited, DESKS[0], pki.seats[0].sign_cert, seal);
    expect_refusal_of(&pki, &edited, SH_E_WRONG_SECTOR);
}

Test(directory, an_authority_listed_for_another_sector_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    edited.authorities[0].sector = "police";
    expect_refusal_of(&pki, &edited, SH_E_WRONG_SECTOR);
}

Test(directory, a_seat_listed_under_another_address_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    cr_assert_eq(address_from("head@999001.school", &edited.seats[0].address), SH_OK);
    expect_refusal_of(&pki, &edited, SH_E_WRONG_DESK);
}

Test(directory, a_seat_without_an_entry_for_its_desk_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    edited.file.desks_len = 0;
    expect_refusal_of(&pki, &edited, SH_E_UNKNOWN_DESK);
}

Test(directory, sign_and_seal_certificates_cannot_change_places)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    struct bytes sign = edited.seats[0].sign_certificate;
    edited.seats[0].sign_certificate = edited.seats[0].seal_certificate;
    edited.seats[0].seal_certificate = sign;
    expect_refusal_of(&pki, &edited, SH_E_BAD_CERTIFICATE);
}

Test(directory, a_recovery_certificate_of_another_desk_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    struct bytes first = edited.desks[0].recovery;
    edited.desks[0].recovery = edited.desks[1].recovery;
    edited.desks[1].recovery = first;
    expect_refusal_of(&pki, &edited, SH_E_WRONG_DESK);
}

Test(directory, a_seal_certificate_is_no_recovery_certificate)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, 1);
    edited_open(&pki, &edited);
    edited.desks[0].recovery = edited.seats[0].seal_certificate;
    expect_refusal_of(&pki, &edited, SH_E_BAD_CERTIFICATE);
}

/* Two seats in two sectors that share one thing; everything else about both is in order. */
static void expect_duplicate(bool same_sign, bool same_seal, bool same_curve)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, DESKS_LEN);
    struct pki_seat *school = &pki.seats[0];
    struct pki_seat *police = &pki.seats[4];
    const struct pki_authority *by = pki_authority(&pki, "police");
    const int64_t from_ms = pki.now_ms - ISSUE_BACKDATE_MS;
    const int64_t to_ms = pki.now_ms + ISSUE_SEAT_MS;
    certificate_free(&police->sign_cert);
    certificate_free(&police->seal_cert);
    police->sign_cert = pki_certificate(
        by, PROFILE_SIGN, police->address.text, same_sign ? school->sign : police->sign,
        same_curve ? school->curve_public : police->curve_public, from_ms, to_ms);
    police->seal_cert =
        pki_certificate(by, PROFILE_SEAL, police->address.text,
                        same_seal ? school->seal : police->seal, NULL, from_ms, to_ms);
    pki_publish(&pki);
    expect_refusal(&pki, same_sign || same_seal || same_curve ? SH_E_DUPLICATE_KEY : SH_OK);
}

Test(directory, a_sign_key_in_two_sectors_is_refused)
{
    expect_duplicate(true, false, false);
}

Test(directory, a_seal_key_in_two_sectors_is_refused)
{
    expect_duplicate(false, true, false);
}

Test(directory, a_curve_key_in_two_sectors_is_refused)
{
    expect_duplicate(false, false, true);
}

Test(directory, a_revoked_seats_curve_key_cannot_come_back)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, DESKS_LEN);
    const struct pki_authority *by = pki_authority(&pki, "school");
    certificate_free(&pki.seats[1].sign_cert);
    pki.seats[1].sign_cert =
        pki_certificate(by, PROFILE_SIGN, DESKS[1], pki.seats[1].sign, pki.seats[0].curve_public,
                        pki.now_ms - ISSUE_BACKDATE_MS, pki.now_ms + ISSUE_SEAT_MS);
    pki.seats[0].revoked = true;
    pki_publish(&pki);
    expect_refusal(&pki, SH_E_DUPLICATE_KEY);
}

Test(directory, a_key_that_both_signs_and_seals_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    const struct pki_authority *by = pki_authority(&pki, "school");
    certificate_free(&pki.seats[0].seal_cert);
    pki.seats[0].seal_cert =
        pki_certificate(by, PROFILE_SEAL, DESKS[0], pki.seats[0].sign, NULL,
                        pki.now_ms - ISSUE_BACKDATE_MS, pki.now_ms + ISSUE_SEAT_MS);
    pki_publish(&pki);
    expect_refusal(&pki, SH_E_DUPLICATE_KEY);
}

Test(directory, a_relay_with_a_seats_curve_key_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    memcpy(pki.relay_curve_public, pki.seats[0].curve_public, 32);
    pki_publish(&pki);
    expect_refusal(&pki, SH_E_DUPLICATE_KEY);
}

Test(directory, a_log_key_that_is_none_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    pki_make(&pki, DESKS, 1);
    pki.vkey[strlen(pki.vkey) - 2] ^= 1;
    pki_publish(&pki);
    expect_refusal(&pki, SH_E_FORMAT);
}

Test(directory, a_revoked_directory_key_signs_nothing_from_that_second_on)
{
    const int64_t ago_ms[] = {0, SH_DAY_MS};
    for (size_t i = 0; i < 2; i++) {
        SH_DEFER(pki_free) struct pki pki;
        SH_DEFER(edited_free) struct edited edited;
        pki_make(&pki, DESKS, 1);
        edited_open(&pki, &edited);
        const struct certificate *gone = pki.directory_cert;
        edited_replace_crl(&edited, &pki, NULL, &gone, 1, pki.now_ms - ago_ms[i]);
        expect_refusal(&pki, SH_E_REVOKED);
    }
}

Test(directory, a_seat_of_two_desks_is_refused)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(edited_free) struct edited edited;
    pki_make(&pki, DESKS, DESKS_LEN);
    edited_open(&pki, &edited);
    const struct pki_seat *lead = &pki.seats[0];
    const struct pki_seat *head = &pki.seats[2];
    edited.file.seats_len = 0;
    edited_add_seat(&edited, DESKS[0], lead->sign_cert, head->seal_cert);
    expect_refusal_of(&pki, &edited, SH_E_WRONG_DESK);
    edited.file.seats_len = 0;
    edited_add_seat(&edited, DESKS[0], head->sign_cert, lead->seal_cert);
    expect_refusal_of(&pki, &edited, SH_E_WRONG_DESK);
}
