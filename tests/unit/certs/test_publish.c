/* From the register to a directory that clients load. */
#include "base/cleanup.h"
#include "base/files.h"
#include "certs/publish.h"
#include "directory/directory.h"
#include "helpers.h"

#include <criterion/criterion.h>
#include <sqlite3.h>

static struct sh_why why;

static void publish(const struct office *office, struct buf *out, struct published *out_published)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    office_open(office, &ca);
    cr_assert_eq(publish_directory(ca, out, out_published, &why), SH_OK, "%s", why.text);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
}

static void load(const struct office *office, const struct buf *file, struct directory **out)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    office_open(office, &ca);
    cr_assert_eq(ca_root(ca, &root, &why), SH_OK);
    cr_assert_eq(directory_load(bytes_buf(file), root, office->setup.now_ms, 0, 0, out, &why),
                 SH_OK, "%s", why.text);
}

Test(certs, an_empty_authority_publishes_an_empty_directory)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(directory_free) struct directory *d = NULL;
    struct published published;
    office_make(&office);
    publish(&office, &file, &published);
    load(&office, &file, &d);
    cr_expect_eq(published.serial, 1);
    cr_expect_eq(published.expires_at_ms, PKI_NOW_MS + ISSUE_DIRECTORY_MS);
    cr_expect_eq(directory_seats_len(d), 0);
    cr_expect_not(published.root_crl_is_old);
}

static void fill_directory(const struct office *office)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    const struct address cover[] = {{"head@999001.school"}};
    const char *const successors[] = {"999003.school", "999002.school"};
    struct directory_desk desk = {.name = "Lead", .cover = cover, .cover_len = 1};
    const struct directory_organisation organisation = {.code = "999001.school",
                                                        .name = "Fearn Primary",
                                                        .telephone = "01632 960001",
                                                        .closed_on = "2026-08-31",
                                                        .successors = successors,
                                                        .successors_len = 2};
    const struct directory_relay relay = {.endpoint = "tcp://127.0.0.1:7443", .curve_key = {7}};
    office_open(office, &ca);
    struct ca_register *r = ca_register(ca);
    cr_assert_eq(address_from("dsl@999001.school", &desk.address), SH_OK);
    cr_assert_eq(register_set_desk(r, &desk, &why), SH_OK);
    cr_assert_eq(register_set_organisation(r, &organisation, &why), SH_OK);
    cr_assert_eq(register_set_relay(r, &relay, &why), SH_OK);
    cr_assert_eq(ca_issue_recovery(ca, &desk.address, &pem, &cert, &why), SH_OK);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
}

Test(certs, everything_in_the_register_is_in_the_directory)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(directory_free) struct directory *d = NULL;
    struct published published;
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_issue(&office, &request, &seat);
    fill_directory(&office);
    publish(&office, &file, &published);
    load(&office, &file, &d);
    const struct desk *desk = directory_desk(d, "dsl@999001.school");
    const struct directory_organisation *organisation = directory_organisation(d, "999001.school");
    cr_assert_not_null(desk);
    cr_assert_not_null(organisation);
    cr_expect_str_eq(desk->name, "Lead");
    cr_expect_str_eq(desk->telephone, "01632 960001");
    cr_expect_str_eq(desk->organisation_name, "Fearn Primary");
    cr_expect_eq(desk->cover_len, 1);
    cr_expect_not_null(desk->recovery);
    cr_assert_eq(desk->seats_len, 1);
    cr_expect(hash_equal(&desk->seats[0]->hash, certificate_sha256(seat.sign)));
    cr_expect_not_null(directory_seat_by_curve(d, request.curve_key));
    cr_expect_str_eq(organisation->closed_on, "2026-08-31");
    cr_assert_eq(organisation->successors_len, 2);
    cr_expect_str_eq(organisation->successors[0], "999003.school",
                     "in the order in which they were given");
    cr_expect_str_eq(directory_relay_at(d, 0)->endpoint, "tcp://127.0.0.1:7443");
    cr_expect_eq(published.seats, 1);
}

/* The holder is a person; the directory goes to everyone. */
Test(certs, a_holders_name_is_in_no_directory)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct published published;
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_issue(&office, &request, &seat);
    publish(&office, &file, &published);
    cr_expect_null(memmem(file.data, file.len, "Fearn", 5));
    cr_expect_not_null(memmem(file.data, file.len, "dsl@999001.school", 17));
}

Test(certs, a_revoked_seat_is_gone_with_the_next_directory)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(request_free) struct request request;
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(directory_free) struct directory *d = NULL;
    struct published published;
    char hash[2 * SH_HASH_BYTES + 1];
    office_make(&office);
    request_make(&request, "dsl@999001.school");
    office_issue(&office, &request, &seat);
    hex_encode(BYTES_FIXED(*certificate_sha256(seat.sign)), hash);
    SH_DEFER(ca_close) struct ca *ca = NULL;
    office_open(&office, &ca);
    cr_assert_eq(register_revoke_seat(ca_register(ca), "dsl@999001.school", hash, ca_now_ms(ca),
                                      REVOKED_KEY_COMPROMISE, &why),
                 SH_OK);
    cr_assert_eq(ca_commit(ca, &why), SH_OK);
    ca_close(&ca);
    publish(&office, &file, &published);
    load(&office, &file, &d);
    cr_expect_eq(published.seats, 0);
    cr_expect_null(directory_seat_by_hash(d, certificate_sha256(seat.sign)));
    cr_expect_not_null(directory_certificate(d, certificate_sha256(seat.sign)));
}

Test(certs, serials_of_directories_go_up_and_an_undone_one_is_not_used_up)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct published published;
    office_make(&office);
    publish(&office, &file, &published);
    SH_DEFER(ca_close) struct ca *ca = NULL;
    office_open(&office, &ca);
    cr_assert_eq(publish_directory(ca, &file, &published, &why), SH_OK);
    cr_expect_eq(published.serial, 2);
    ca_close(&ca); /* not committed */
    buf_reset(&file);
    publish(&office, &file, &published);
    cr_expect_eq(published.serial, 2);
}

static void carry_root_away(const struct office *office)
{
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, office->dir, "keys/root.pem"), SH_OK);
    cr_assert_eq(remove(path), 0);
}

Test(certs, without_the_root_key_directories_go_on_and_sectors_do_not)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(directory_free) struct directory *d = NULL;
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct published published;
    office_make(&office);
    carry_root_away(&office);
    publish(&office, &file, &published);
    load(&office, &file, &d);
    cr_expect_not(published.root_crl_is_old);
    office_open(&office, &ca);
    cr_expect_eq(ca_add_sector(ca, "health", &why), SH_E_NOT_FOUND, "%s", why.text);
}

Test(certs, a_root_list_past_half_of_its_validity_is_warned_about_and_an_expired_one_stops)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct published published;
    office_make(&office);
    carry_root_away(&office);
    office.setup.now_ms = PKI_NOW_MS + ISSUE_ROOT_CRL_MS / 2 + SH_DAY_MS;
    publish(&office, &file, &published);
    cr_expect(published.root_crl_is_old);
    office.setup.now_ms = PKI_NOW_MS + ISSUE_ROOT_CRL_MS + SH_DAY_MS;
    office_open(&office, &ca);
    cr_expect_eq(publish_directory(ca, &file, &published, &why), SH_E_STALE_CRL, "%s", why.text);
}

/* As if two registers had been merged by hand: the same CURVE key behind two certificates. */
Test(certs, the_publisher_refuses_a_curve_key_that_stands_twice)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(request_free) struct request first;
    SH_DEFER(request_free) struct request second;
    SH_DEFER(issued_seat_wipe) struct issued_seat first_seat = {0};
    SH_DEFER(issued_seat_wipe) struct issued_seat second_seat = {0};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct published published;
    char path[PATH_MAX];
    office_make(&office);
    request_make(&first, "dsl@999001.school");
    request_make(&second, "encompass@exampleshire.police");
    office_issue(&office, &first, &first_seat);
    cr_assert_eq(path_join(path, sizeof path, office.dir, "register.db"), SH_OK);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_exec(db,
                     "UPDATE certificate SET curve_key = zeroblob(32) WHERE curve_key IS NOT NULL",
                     NULL, NULL, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
    cr_assert_eq(
        csr_pair_make(&second.pair.address, second.sign, second.seal, first.curve_key, &pem),
        SH_OK);
    csr_pair_wipe(&second.pair);
    cr_assert_eq(csr_pair_parse(bytes_buf(&pem), &second.pair, &why), SH_OK);
    office_issue(&office, &second, &second_seat);
    office_open(&office, &ca);
    cr_expect_eq(publish_directory(ca, &file, &published, &why), SH_E_DUPLICATE_KEY, "%s",
                 why.text);
    cr_expect_eq(file.len, 0, "nothing was handed out");
}
