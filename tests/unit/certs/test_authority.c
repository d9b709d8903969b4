/* The authority's folder and what an officer does with it, without the program around it. */
#include "base/cleanup.h"
#include "base/files.h"
#include "helpers.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static struct sh_why why;
static const char HOLDER[] = "A. Fearn, safeguarding lead";

static void expect_mode(const struct office *office, const char *name, unsigned mode)
{
    char path[PATH_MAX];
    struct stat info;
    cr_assert_eq(path_join(path, sizeof path, office->dir, name), SH_OK);
    cr_assert_eq(stat(path, &info), 0, "%s", path);
    cr_expect_eq(info.st_mode & 0777, mode, "%s: %o", name, (unsigned)(info.st_mode & 0777));
}

Test(certs, keys_and_register_are_the_owners_alone)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office);
    expect_mode(&office, ".", 0700);
    expect_mode(&office, "keys", 0700);
    expect_mode(&office, "register.db", 0600);
    expect_mode(&office, "keys/root.pem", 0600);
    expect_mode(&office, "keys/directory.pem", 0600);
    expect_mode(&office, "keys/authority-school.pem", 0600);
    expect_mode(&office, "root.pem", 0644);
}

Test(certs, keys_on_disk_are_encrypted_each_with_its_roles_passphrase)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(held_issuer_wipe) struct held_issuer held = {0};
    office_make(&office);
    cr_expect_eq(run_in(office.dir, "grep -L 'BEGIN ENCRYPTED PRIVATE KEY' keys/*.pem | grep ."),
                 1);
    office.passphrases[CA_ROLE_ISSUING] = "root passphrase";
    office_open(&office, &ca);
    cr_expect_eq(ca_issuer(ca, PROFILE_AUTHORITY, "school", &held, &why), SH_E_PASSPHRASE);
    cr_expect_eq(ca_issuer(ca, PROFILE_ROOT, "", &held, &why), SH_OK, "%s", why.text);
}

Test(certs, a_second_init_in_the_same_folder_is_refused)
{
    SH_DEFER(office_free) struct office office;
    struct ca *ca = NULL;
    office_make(&office);
    cr_expect_eq(ca_init(&office.setup, "Other", "other.example", &ca, &why), SH_E_EXISTS);
    office_open(&office, &ca);
    cr_expect_str_eq(register_partnership(ca_register(ca))->name, PKI_PARTNERSHIP);
    ca_close(&ca);
}

static sh_err ask_nothing(void *ctx, enum ca_role role, bool is_new, struct secret *out,
                          struct sh_why *reason)
{
    (void)ctx;
    (void)role;
    (void)is_new;
    (void)out;
    return sh_fail(reason, SH_E_PASSPHRASE, "none");
}

Test(certs, an_init_that_failed_can_be_tried_again)
{
    SH_DEFER(temp_dir_remove) struct temp_dir temp;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct office office = {.passphrases = {"root passphrase", "issuing passphrase", ""}};
    temp_dir_make(&temp);
    struct ca_setup setup = {
        .dir = temp.path, .now_ms = PKI_NOW_MS, .scrypt_p = 1, .ask = ask_nothing};
    cr_expect_eq(ca_init(&setup, "P", "o.example", &ca, &why), SH_E_PASSPHRASE);
    setup.ask = office_ask;
    setup.ask_ctx = &office;
    cr_expect_eq(ca_init(&setup, "P", "o.example", &ca, &why), SH_OK, "%s", why.text);
}

Test(certs, names_that_cannot_stand_in_a_certificate_or_a_note_are_refused)
{
    SH_DEFER(temp_dir_remove) struct temp_dir temp;
    temp_dir_make(&temp);
    struct ca_setup setup = {
        .dir = temp.path, .now_ms = PKI_NOW_MS, .scrypt_p = 1, .ask = ask_nothing};
    char name_65[66];
    memset(name_65, 'x', 65);
    name_65[65] = '\0';
    const struct {
        const char *partnership, *origin;
    } bad[] = {{"", "o"}, {name_65, "o"}, {"a\nb", "o"}, {"\xff", "o"},
               {"P", ""}, {"P", "a b"},   {"P", "a+b"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ca *ca = NULL;
        cr_expect_eq(ca_init(&setup, bad[i].partnership, bad[i].origin, &ca, &why), SH_E_BAD_TEXT,
                     "%zu", i);
    }
    struct ca *ca = NULL;
    cr_expect_eq(ca_init(&setup, name_65 + 1, "o", &ca, &why), SH_E_PASSPHRASE,
                 "64 bytes are good");
}

Test(certs, a_sector_is_lower_case_and_is_added_once)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    office_make(&office);
    office_open(&office, &ca);
    const char *const bad[] = {"", "School", "a.b", "x@y", "school1", ".school"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(ca_add_sector(ca, bad[i], &why), SH_E_BAD_ADDRESS, "'%s'", bad[i]);
    }
    cr_expect_eq(ca_add_sector(ca, "school", &why), SH_E_EXISTS);
    cr_expect_eq(ca_add_sector(ca, "social-care", &why), SH_OK, "%s", why.text);
}

Test(certs, a_seat_is_issued_for_two_years_by_its_sector)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_issue(&office, &request, &seat);
    uint8_t curve_key[32];
    struct address address;
    cr_assert_eq(certificate_check_profile(seat.sign, PROFILE_SIGN, &why), SH_OK);
    cr_assert_eq(certificate_check_profile(seat.seal, PROFILE_SEAL, &why), SH_OK);
    cr_assert_eq(certificate_curve_key(seat.sign, curve_key), SH_OK);
    cr_assert_eq(certificate_address(seat.seal, &address), SH_OK);
    cr_expect_arr_eq(curve_key, request.curve_key, 32);
    cr_expect_str_eq(address.text, "dsl@999001.school");
    cr_expect_eq(certificate_not_after_ms(seat.sign), PKI_NOW_MS + ISSUE_SEAT_MS);
    cr_expect_eq(certificate_not_before_ms(seat.sign), PKI_NOW_MS - ISSUE_BACKDATE_MS);
}

Test(certs, an_address_of_a_sector_without_an_authority_is_refused)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(request_free) struct request request;
    struct issued_seat seat = {0};
    office_make(&office);
    request_make(&request, "safeguarding@ex1.health");
    office_open(&office, &ca);
    cr_expect_eq(ca_issue_seat(ca, &request.pair, HOLDER, &seat, &why), SH_E_WRONG_SECTOR);
}

Test(certs, a_request_that_was_answered_is_not_answered_again)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    struct issued_seat second = {0};
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_issue(&office, &request, &seat);
    office_open(&office, &ca);
    cr_expect_eq(ca_issue_seat(ca, &request.pair, HOLDER, &second, &why), SH_E_DUPLICATE_KEY);
}

/* A request by another desk, in another sector, that takes over one of the three keys of a seat. */
static void expect_refused_in_another_sector(int which)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(request_free) struct request first;
    SH_DEFER(request_free) struct request second;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {0};
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    struct issued_seat none = {0};
    office_make(&office);
    request_make(&first, "dsl@999001.school");
    request_make(&second, "encompass@exampleshire.police");
    office_issue(&office, &first, &seat);
    cr_assert_eq(csr_pair_make(&second.pair.address, which == 0 ? first.sign : second.sign,
                               which == 1 ? first.seal : second.seal,
                               which == 2 ? first.curve_key : second.curve_key, &pem),
                 SH_OK);
    cr_assert_eq(csr_pair_parse(bytes_buf(&pem), &pair, &why), SH_OK, "%s", why.text);
    office_open(&office, &ca);
    cr_expect_eq(ca_issue_seat(ca, &pair, HOLDER, &none, &why), SH_E_DUPLICATE_KEY, "key %d",
                 which);
    cr_expect_eq(ca_issue_seat(ca, &second.pair, HOLDER, &none, &why), SH_OK, "%s", why.text);
    issued_seat_wipe(&none);
}

Test(certs, a_sign_key_of_another_sector_is_refused)
{
    expect_refused_in_another_sector(0);
}

Test(certs, a_seal_key_of_another_sector_is_refused)
{
    expect_refused_in_another_sector(1);
}

Test(certs, a_curve_key_of_another_sector_is_refused)
{
    expect_refused_in_another_sector(2);
}

Test(certs, a_holder_is_plain_text_of_up_to_200_bytes)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    char text[CA_TEXT_BYTES_MAX + 2];
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_open(&office, &ca);
    memset(text, 'x', sizeof text);
    text[CA_TEXT_BYTES_MAX + 1] = '\0';
    const char *const bad[] = {"", "a\tb", "\xc3(", text};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(ca_issue_seat(ca, &request.pair, bad[i], &seat, &why), SH_E_BAD_TEXT, "%zu",
                     i);
    }
    cr_expect_eq(ca_issue_seat(ca, &request.pair, text + 1, &seat, &why), SH_OK, "%s", why.text);
}

Test(certs, a_recovery_key_opens_with_its_own_passphrase_and_fits_its_certificate)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    SH_DEFER(secret_wipe) struct secret right = {0};
    SH_DEFER(secret_wipe) struct secret wrong = {0};
    struct address address;
    office_make(&office);
    office_open(&office, &ca);
    cr_assert_eq(address_from("dsl@999001.school", &address), SH_OK);
    cr_assert_eq(ca_issue_recovery(ca, &address, &pem, &cert, &why), SH_OK, "%s", why.text);
    cr_assert_eq(certificate_check_profile(cert, PROFILE_RECOVERY, &why), SH_OK);
    cr_assert_eq(secret_copy(bytes_str("recovery passphrase"), &right), SH_OK);
    cr_assert_eq(secret_copy(bytes_str("issuing passphrase"), &wrong), SH_OK);
    cr_expect_eq(key_from_pem(bytes_buf(&pem), &wrong, &key), SH_E_PASSPHRASE);
    cr_expect_eq(key_from_pem(bytes_buf(&pem), &right, &key), SH_OK);
    cr_assert_eq(address_from("x@y.health", &address), SH_OK);
    struct certificate *none = NULL;
    cr_expect_eq(ca_issue_recovery(ca, &address, &pem, &none, &why), SH_E_NOT_FOUND);
}

Test(certs, an_authority_that_is_not_there_says_how_to_make_one)
{
    SH_DEFER(temp_dir_remove) struct temp_dir temp;
    struct ca *ca = NULL;
    temp_dir_make(&temp);
    struct ca_setup setup = {
        .dir = temp.path, .now_ms = PKI_NOW_MS, .scrypt_p = 1, .ask = ask_nothing};
    cr_expect_eq(ca_open(&setup, &ca, &why), SH_E_NOT_FOUND);
    cr_expect_not_null(strstr(why.text, "init"));
}
