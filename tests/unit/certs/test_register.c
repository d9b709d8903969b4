/* The register: what is unique, what is kept, what is undone. */
#include "base/cleanup.h"
#include "base/files.h"
#include "helpers.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <sys/stat.h>

static struct sh_why why;
static const char *const DESKS[] = {"dsl@999001.school", "dsl@999001.school"};

struct desk_register {
    struct temp_dir temp;
    char path[PATH_MAX];
    struct ca_register *r;
    struct pki pki;
};

static void make(struct desk_register *f)
{
    temp_dir_make(&f->temp);
    f->r = NULL;
    pki_make(&f->pki, DESKS, 2);
    cr_assert_eq(path_join(f->path, sizeof f->path, f->temp.path, "register.db"), SH_OK);
    cr_assert_eq(register_create(f->path, "P", "o.example", &f->r, &why), SH_OK, "%s", why.text);
}

static void wipe(struct desk_register *f)
{
    register_close(&f->r);
    pki_free(&f->pki);
    temp_dir_remove(&f->temp);
}

static void reopen(struct desk_register *f)
{
    register_close(&f->r);
    cr_assert_eq(register_open(f->path, &f->r, &why), SH_OK, "%s", why.text);
}

static void add_seat(struct desk_register *f, size_t i)
{
    const struct pki_seat *seat = &f->pki.seats[i];
    cr_assert_eq(register_add_seat(f->r, seat->sign_cert, seat->seal_cert, &seat->address,
                                   "B. Holder, head", f->pki.now_ms, &why),
                 SH_OK, "%s", why.text);
}

static sh_err count_seat(void *ctx, const struct register_seat *seat)
{
    size_t *counts = ctx;
    counts[0]++;
    counts[1] += seat->revoked_at_ms != 0;
    cr_expect_str_eq(seat->holder, "B. Holder, head");
    return SH_OK;
}

static void expect_seats(struct desk_register *f, size_t all, size_t revoked)
{
    size_t counts[2] = {0};
    cr_assert_eq(register_each_seat(f->r, NULL, count_seat, counts, &why), SH_OK);
    cr_expect_eq(counts[0], all, "%zu", counts[0]);
    cr_expect_eq(counts[1], revoked, "%zu", counts[1]);
}

Test(register, what_was_committed_stays_and_what_was_not_goes)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    add_seat(&f, 0);
    cr_assert_eq(register_commit(f.r, &why), SH_OK);
    reopen(&f);
    add_seat(&f, 1);
    expect_seats(&f, 2, 0);
    reopen(&f);
    expect_seats(&f, 1, 0);
    cr_expect_str_eq(register_partnership(f.r)->name, "P");
    cr_expect_str_eq(register_partnership(f.r)->origin, "o.example");
}

Test(register, the_file_is_private_and_is_not_made_twice)
{
    SH_DEFER(wipe) struct desk_register f;
    struct stat info;
    struct ca_register *second = NULL;
    make(&f);
    cr_assert_eq(stat(f.path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    cr_expect_eq(register_create(f.path, "P", "o", &second, &why), SH_E_EXISTS);
    cr_expect_null(second);
}

Test(register, a_missing_or_foreign_file_is_refused)
{
    SH_DEFER(wipe) struct desk_register f;
    struct ca_register *other = NULL;
    make(&f);
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, f.temp.path, "other.db"), SH_OK);
    cr_expect_eq(register_open(path, &other, &why), SH_E_NOT_FOUND);
    write_text(f.temp.path, "other.db",
               "this is a letter to the bank, not a database at all; it is long enough "
               "to be taken for a header of one, of a hundred bytes or more");
    cr_expect_eq(register_open(path, &other, &why), SH_E_CORRUPT, "%s", why.text);
    write_text(f.temp.path, "other.db", "");
    cr_expect_eq(register_open(path, &other, &why), SH_E_BAD_VERSION, "%s", why.text);
}

Test(register, keys_and_curve_keys_are_taken_once_and_for_ever)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    add_seat(&f, 0);
    const struct pki_seat *seat = &f.pki.seats[0];
    struct sh_hash fresh = {{1}};
    cr_expect_eq(register_add_certificate(f.r, seat->sign_cert, PROFILE_SIGN, "police", 1, &why),
                 SH_E_DUPLICATE_KEY);
    cr_expect_eq(register_check_new(f.r, certificate_key_sha256(seat->seal_cert), NULL, &why),
                 SH_E_DUPLICATE_KEY);
    cr_expect_eq(register_check_new(f.r, &fresh, seat->curve_public, &why), SH_E_DUPLICATE_KEY);
    cr_expect_eq(register_check_new(f.r, &fresh, fresh.b, &why), SH_OK);
    uint8_t serial[ISSUE_SERIAL_BYTES];
    cr_assert_eq(issue_serial(seat->sign_cert, serial), SH_OK);
    cr_assert_eq(register_revoke_serial(f.r, serial, 1, REVOKED_CESSATION, &why), SH_OK);
    cr_expect_eq(register_check_new(f.r, certificate_key_sha256(seat->sign_cert), NULL, &why),
                 SH_E_DUPLICATE_KEY, "a revoked key does not come back");
}

Test(register, a_serial_is_taken_once_whatever_the_key)
{
    SH_DEFER(wipe) struct desk_register f;
    sqlite3 *db = NULL;
    uint8_t serial[ISSUE_SERIAL_BYTES];
    char hex[2 * ISSUE_SERIAL_BYTES + 1];
    char sql[256];
    make(&f);
    add_seat(&f, 0);
    cr_assert_eq(register_commit(f.r, &why), SH_OK);
    register_close(&f.r);
    cr_assert_eq(issue_serial(f.pki.seats[1].sign_cert, serial), SH_OK);
    hex_encode(bytes_of(serial, sizeof serial), hex);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE certificate SET serial = x'%s' WHERE curve_key IS NOT NULL", hex);
    cr_assert_eq(sqlite3_open(f.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
    reopen(&f);
    cr_expect_eq(
        register_add_certificate(f.r, f.pki.seats[1].sign_cert, PROFILE_SIGN, "school", 1, &why),
        SH_E_DUPLICATE_KEY, "%s", why.text);
}

Test(register, a_relays_curve_key_is_no_seats_and_the_other_way_round)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    add_seat(&f, 0);
    struct directory_relay relay = {.endpoint = "tcp://a:1"};
    struct sh_hash fresh = {{1}};
    memcpy(relay.curve_key, f.pki.seats[0].curve_public, 32);
    cr_expect_eq(register_set_relay(f.r, &relay, &why), SH_E_DUPLICATE_KEY);
    memcpy(relay.curve_key, fresh.b, 32);
    cr_assert_eq(register_set_relay(f.r, &relay, &why), SH_OK);
    cr_expect_eq(register_check_new(f.r, &fresh, relay.curve_key, &why), SH_E_DUPLICATE_KEY);
}

static sh_err count_relay(void *ctx, const struct directory_relay *relay)
{
    (void)relay;
    (*(size_t *)ctx)++;
    return SH_OK;
}

Test(register, a_relay_replaces_the_one_with_its_endpoint_or_key)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    const struct directory_relay relays[] = {
        {"tcp://a:1", {1}}, {"tcp://b:1", {2}}, {"tcp://a:1", {3}}, {"tcp://c:1", {2}}};
    const size_t expected[] = {1, 2, 2, 2};
    for (size_t i = 0; i < 4; i++) {
        size_t count = 0;
        cr_assert_eq(register_set_relay(f.r, &relays[i], &why), SH_OK);
        cr_assert_eq(register_each_relay(f.r, count_relay, &count, &why), SH_OK);
        cr_expect_eq(count, expected[i], "after %zu", i);
    }
}

static void hash_text(const struct desk_register *f, size_t i, char *out)
{
    hex_encode(BYTES_FIXED(f->pki.seats[i].hash), out);
}

Test(register, a_seat_is_revoked_by_enough_of_its_hash)
{
    SH_DEFER(wipe) struct desk_register f;
    char hash[2 * SH_HASH_BYTES + 1];
    make(&f);
    add_seat(&f, 0);
    add_seat(&f, 1);
    hash_text(&f, 0, hash);
    hash[7] = '\0';
    cr_expect_eq(register_revoke_seat(f.r, DESKS[0], hash, 5, REVOKED_SUPERSEDED, &why),
                 SH_E_AMBIGUOUS, "7 digits are too few");
    hash_text(&f, 0, hash);
    hash[8] = '\0';
    cr_expect_eq(register_revoke_seat(f.r, "head@999001.school", hash, 5, REVOKED_SUPERSEDED, &why),
                 SH_E_NOT_FOUND);
    cr_expect_eq(register_revoke_seat(f.r, DESKS[0], "00000000000", 5, REVOKED_SUPERSEDED, &why),
                 SH_E_NOT_FOUND);
    expect_seats(&f, 2, 0);
    cr_expect_eq(register_revoke_seat(f.r, DESKS[0], hash, 5, REVOKED_SUPERSEDED, &why), SH_OK,
                 "%s", why.text);
    expect_seats(&f, 2, 1);
    cr_expect_eq(register_revoke_seat(f.r, DESKS[0], hash, 5, REVOKED_SUPERSEDED, &why),
                 SH_E_EXISTS);
}

static sh_err count_revoked(void *ctx, const struct revoked *revoked)
{
    size_t *count = ctx;
    cr_expect_eq(revoked->reason, REVOKED_SUPERSEDED);
    cr_expect_eq(revoked->at_ms, 5);
    (*count)++;
    return SH_OK;
}

Test(register, both_certificates_of_a_revoked_seat_are_on_its_sectors_list_alone)
{
    SH_DEFER(wipe) struct desk_register f;
    char hash[2 * SH_HASH_BYTES + 1];
    size_t school = 0;
    size_t police = 0;
    make(&f);
    add_seat(&f, 0);
    hash_text(&f, 0, hash);
    cr_assert_eq(register_revoke_seat(f.r, DESKS[0], hash, 5, REVOKED_SUPERSEDED, &why), SH_OK);
    cr_assert_eq(register_each_revoked(f.r, "school", count_revoked, &school, &why), SH_OK);
    cr_assert_eq(register_each_revoked(f.r, "police", count_revoked, &police, &why), SH_OK);
    cr_expect_eq(school, 2);
    cr_expect_eq(police, 0);
}

Test(register, an_unknown_serial_cannot_be_revoked_and_a_known_one_once)
{
    SH_DEFER(wipe) struct desk_register f;
    uint8_t serial[ISSUE_SERIAL_BYTES] = {0x40};
    make(&f);
    add_seat(&f, 0);
    cr_expect_eq(register_revoke_serial(f.r, serial, 1, REVOKED_SUPERSEDED, &why), SH_E_NOT_FOUND);
    cr_assert_eq(issue_serial(f.pki.seats[0].seal_cert, serial), SH_OK);
    cr_expect_eq(register_revoke_serial(f.r, serial, 1, REVOKED_SUPERSEDED, &why), SH_OK);
    cr_expect_eq(register_revoke_serial(f.r, serial, 1, REVOKED_SUPERSEDED, &why), SH_E_EXISTS);
    expect_seats(&f, 1, 1);
}

static sh_err copy_desk(void *ctx, const struct directory_desk *desk)
{
    char *out = ctx;
    (void)snprintf(out, 200, "%s|%s|%s", desk->name ? desk->name : "-",
                   desk->telephone ? desk->telephone : "-", desk->hours ? desk->hours : "-");
    return SH_OK;
}

static sh_err append_text(void *ctx, const char *text)
{
    char *out = ctx;
    (void)strncat(out, text, 199 - strlen(out));
    (void)strncat(out, ",", 199 - strlen(out));
    return SH_OK;
}

static void expect_desk(struct desk_register *f, const char *texts, const char *cover)
{
    char found[200] = "";
    char found_cover[200] = "";
    cr_assert_eq(register_each_desk(f->r, DESKS[0], copy_desk, found, &why), SH_OK);
    cr_assert_eq(register_each_cover(f->r, DESKS[0], append_text, found_cover, &why), SH_OK);
    cr_expect_str_eq(found, texts);
    cr_expect_str_eq(found_cover, cover);
}

Test(register, what_is_not_named_of_a_desk_stays_and_what_is_empty_goes)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    const struct address cover[2] = {{"z@999001.school"}, {"a@999001.school"}};
    struct directory_desk desk = {.address = f.pki.seats[0].address,
                                  .name = "Lead",
                                  .telephone = "1",
                                  .hours = "",
                                  .cover = cover,
                                  .cover_len = 2};
    cr_assert_eq(register_set_desk(f.r, &desk, &why), SH_OK);
    expect_desk(&f, "Lead|1|-", "z@999001.school,a@999001.school,");
    desk = (struct directory_desk){
        .address = desk.address, .telephone = "", .hours = "9-5", .cover_len = SIZE_MAX};
    cr_assert_eq(register_set_desk(f.r, &desk, &why), SH_OK);
    expect_desk(&f, "Lead|-|9-5", "z@999001.school,a@999001.school,");
    desk.cover_len = 0;
    cr_assert_eq(register_set_desk(f.r, &desk, &why), SH_OK);
    expect_desk(&f, "Lead|-|9-5", "");
}

static sh_err copy_organisation(void *ctx, const struct directory_organisation *organisation)
{
    char *out = ctx;
    (void)snprintf(out, 200, "%s|%s|%s", organisation->name,
                   organisation->telephone ? organisation->telephone : "-",
                   organisation->closed_on ? organisation->closed_on : "-");
    return SH_OK;
}

Test(register, an_organisation_needs_a_name_once)
{
    SH_DEFER(wipe) struct desk_register f;
    char found[200] = "";
    make(&f);
    struct directory_organisation organisation = {
        .code = "1.school", .telephone = "1", .successors_len = SIZE_MAX};
    cr_expect_eq(register_set_organisation(f.r, &organisation, &why), SH_E_FORMAT);
    organisation.name = "One";
    cr_assert_eq(register_set_organisation(f.r, &organisation, &why), SH_OK);
    organisation = (struct directory_organisation){
        .code = "1.school", .closed_on = "2026-01-31", .successors_len = SIZE_MAX};
    cr_assert_eq(register_set_organisation(f.r, &organisation, &why), SH_OK);
    cr_assert_eq(register_each_organisation(f.r, "1.school", copy_organisation, found, &why),
                 SH_OK);
    cr_expect_str_eq(found, "One|1|2026-01-31");
}

Test(register, serials_and_list_numbers_only_go_up)
{
    SH_DEFER(wipe) struct desk_register f;
    uint64_t number = 0;
    make(&f);
    for (uint64_t i = 1; i <= 3; i++) {
        cr_assert_eq(register_next_serial(f.r, &number, &why), SH_OK);
        cr_expect_eq(number, i);
        cr_expect_eq(register_partnership(f.r)->serial, i);
        cr_assert_eq(register_next_crl_number(f.r, "school", &number, &why), SH_OK);
        cr_expect_eq(number, i);
    }
    cr_assert_eq(register_next_crl_number(f.r, "", &number, &why), SH_OK);
    cr_expect_eq(number, 1, "each issuer counts for itself");
}

Test(register, a_revocation_list_that_was_never_made_is_not_found)
{
    SH_DEFER(wipe) struct desk_register f;
    SH_DEFER(buf_wipe) struct buf der = BUF_INIT(SH_KIB);
    int64_t next_update_ms = 0;
    uint64_t number = 0;
    make(&f);
    cr_expect_eq(register_get_crl(f.r, "", &der, &next_update_ms, &why), SH_E_NOT_FOUND);
    cr_assert_eq(register_next_crl_number(f.r, "", &number, &why), SH_OK);
    cr_expect_eq(register_get_crl(f.r, "", &der, &next_update_ms, &why), SH_E_NOT_FOUND);
    cr_assert_eq(register_put_crl(f.r, "", bytes_str("list"), 77, &why), SH_OK);
    cr_assert_eq(register_get_crl(f.r, "", &der, &next_update_ms, &why), SH_OK);
    cr_expect_eq(next_update_ms, 77);
    cr_expect(bytes_equal(bytes_buf(&der), bytes_str("list")));
}

Test(register, a_verifier_key_is_added_once)
{
    SH_DEFER(wipe) struct desk_register f;
    make(&f);
    const struct directory_key key = {.use = KEY_LOG, .vkey = "a+b+c", .not_before_ms = 1};
    cr_expect_eq(register_add_key(f.r, &key, &why), SH_OK);
    cr_expect_eq(register_add_key(f.r, &key, &why), SH_E_EXISTS);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_expect_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
}

Test(register, one_of_version_1_is_taken_over_with_what_it_holds)
{
    SH_DEFER(wipe) struct desk_register f;
    struct link link = {.from = 100001, .to = 100002};
    const struct links links = {.list = &link, .len = 1};
    make(&f);
    add_seat(&f, 0);
    cr_assert_eq(register_commit(f.r, &why), SH_OK);
    register_close(&f.r);
    run_sql(f.path, "DROP TABLE link; DROP TABLE link_school; PRAGMA user_version=1");
    reopen(&f);
    expect_seats(&f, 1, 0);
    register_close(&f.r);
    run_sql(f.path, "CREATE TABLE link (x)"); /* a command that only read has changed nothing */
    run_sql(f.path, "DROP TABLE link");
    reopen(&f);
    cr_assert_eq(register_set_links(f.r, &links, &why), SH_OK, "%s", why.text);
    cr_assert_eq(register_commit(f.r, &why), SH_OK);
    reopen(&f);
    expect_seats(&f, 1, 0);
}
