/* Questions to a loaded directory. */
#include "base/cleanup.h"
#include "directory/directory.h"
#include "support/pki.h"

#include <criterion/criterion.h>

static const char *const DESKS[] = {"dsl@999001.school", "dsl@999001.school", "head@999001.school",
                                    "mash@999.social-care", "encompass@exampleshire.police"};
#define DESKS_LEN (sizeof DESKS / sizeof DESKS[0])

static void load(const struct pki *pki, struct directory **out)
{
    struct sh_why why;
    cr_assert_eq(
        directory_load(bytes_buf(&pki->directory), pki->root, pki->now_ms, 0, 0, out, &why), SH_OK,
        "%s", why.text);
}

Test(directory, every_seat_is_found_by_hash_and_by_curve_key)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    load(&pki, &d);
    for (size_t i = 0; i < DESKS_LEN; i++) {
        const struct seat *seat = directory_seat_by_hash(d, &pki.seats[i].hash);
        cr_assert_not_null(seat);
        cr_expect_eq(seat, directory_seat_by_curve(d, pki.seats[i].curve_public));
        cr_expect_str_eq(seat->address.text, DESKS[i]);
        cr_expect(
            hash_equal(certificate_sha256(seat->seal), certificate_sha256(pki.seats[i].seal_cert)));
        cr_expect_eq(directory_certificate(d, &pki.seats[i].hash), seat->sign);
    }
}

Test(directory, strangers_are_not_found)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    const struct sh_hash zero = {{0}};
    pki_make(&pki, DESKS, DESKS_LEN);
    load(&pki, &d);
    cr_expect_null(directory_seat_by_hash(d, &zero));
    cr_expect_null(directory_seat_by_curve(d, zero.b));
    cr_expect_null(directory_seat_by_curve(d, pki.relay_curve_public));
    cr_expect_null(directory_certificate(d, &zero));
    cr_expect_null(directory_desk(d, "dsl@999009.school"));
    cr_expect_null(directory_desk(d, ""));
    cr_expect_null(directory_organisation(d, "999009.school"));
    /* A seat is named by its sign certificate, never by the other. */
    cr_expect_null(directory_certificate(d, certificate_sha256(pki.seats[0].seal_cert)));
}

Test(directory, a_desk_lists_its_seats_ascending_and_its_recovery_certificate)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    load(&pki, &d);
    const struct desk *desk = directory_desk(d, "dsl@999001.school");
    cr_assert_eq(desk->seats_len, 2);
    cr_expect_lt(memcmp(desk->seats[0]->hash.b, desk->seats[1]->hash.b, SH_HASH_BYTES), 0);
    cr_expect(hash_equal(certificate_sha256(desk->recovery),
                         certificate_sha256(pki.desks[0].recovery_cert)));
    cr_expect_str_eq(desk->organisation_name, "999001.school");
    cr_expect_str_eq(desk->telephone, "01632 960001", "a desk falls back to its organisation's");
    cr_expect_eq(directory_desk(d, "head@999001.school")->seats_len, 1);
}

Test(directory, a_desk_names_its_cover)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    cr_assert_eq(address_from("head@999001.school", &pki.desks[0].cover), SH_OK);
    pki.desks[0].has_recovery = false;
    pki_publish(&pki);
    load(&pki, &d);
    const struct desk *desk = directory_desk(d, "dsl@999001.school");
    cr_assert_eq(desk->cover_len, 1);
    cr_expect_str_eq(desk->cover[0].text, "head@999001.school");
    cr_expect_null(desk->recovery);
}

Test(directory, positions_end_where_they_should)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    load(&pki, &d);
    cr_expect_not_null(directory_seat_at(d, directory_seats_len(d) - 1));
    cr_expect_null(directory_seat_at(d, directory_seats_len(d)));
    cr_expect_not_null(directory_desk_at(d, directory_desks_len(d) - 1));
    cr_expect_null(directory_desk_at(d, directory_desks_len(d)));
    cr_assert_eq(directory_relays_len(d), 1);
    cr_expect_str_eq(directory_relay_at(d, 0)->endpoint, PKI_ENDPOINT);
    cr_expect_null(directory_relay_at(d, 1));
}

Test(directory, the_log_key_is_the_newest_that_is_in_force)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    struct note_verifier verifier;
    pki_make(&pki, DESKS, 1);
    load(&pki, &d);
    uint8_t raw[32];
    cr_assert_eq(key_raw_public(pki.log_key, raw), SH_OK);
    cr_assert_eq(directory_log_key(d, pki.now_ms, &verifier), SH_OK);
    cr_expect_str_eq(verifier.name, PKI_ORIGIN);
    cr_expect_arr_eq(verifier.public_key, raw, 32);
    const int64_t from_ms = pki.now_ms - ISSUE_BACKDATE_MS;
    cr_expect_eq(directory_log_key(d, from_ms, &verifier), SH_OK);
    cr_expect_eq(directory_log_key(d, from_ms - 1, &verifier), SH_E_NOT_FOUND);
}

struct found {
    size_t desks, organisations, most;
};

static bool count_found(void *ctx, const struct directory_organisation *organisation,
                        const struct desk *desk)
{
    struct found *found = ctx;
    cr_expect(organisation || desk);
    if (desk) {
        cr_expect_eq(found->organisations, 0, "desks come first");
        found->desks++;
    } else {
        found->organisations++;
    }
    return found->desks + found->organisations < found->most;
}

Test(directory, search_folds_case_and_looks_at_names_codes_and_addresses)
{
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(directory_free) struct directory *d = NULL;
    pki_make(&pki, DESKS, DESKS_LEN);
    load(&pki, &d);
    const struct {
        const char *text;
        size_t most, desks, organisations;
    } cases[] = {
        {"999001", 99, 2, 1},  {"DSL@", 99, 1, 0}, {"Exampleshire", 99, 1, 1},
        {"nowhere", 99, 0, 0}, {"999", 99, 3, 2},  {"999", 2, 2, 0},
        {"", 99, 4, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = {.most = cases[i].most};
        directory_search(d, cases[i].text, count_found, &found);
        cr_expect_eq(found.desks, cases[i].desks, "'%s': %zu desks", cases[i].text, found.desks);
        cr_expect_eq(found.organisations, cases[i].organisations, "'%s': %zu organisations",
                     cases[i].text, found.organisations);
    }
}
