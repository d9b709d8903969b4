/* The program as a person runs it: exit codes, files, words. */
#include "base/cleanup.h"
#include "helpers.h"
#include "tlog/note.h"

#include <criterion/criterion.h>

#define CA "SAFEHAND_PASSPHRASE_FILE=passphrase SAFEHAND_CA_DIR=ca '" SH_BIN_DIR "/safehand-ca' "

struct desktop {
    struct temp_dir temp;
};

static void wipe(struct desktop *desktop)
{
    temp_dir_remove(&desktop->temp);
}

static void make(struct desktop *desktop)
{
    temp_dir_make(&desktop->temp);
    const char *dir = desktop->temp.path;
    write_text(dir, "passphrase", "correct horse battery\n");
    cr_assert_eq(
        run_in(dir,
               CA "init --partnership Exampleshire --origin safehand.example/test --scrypt-p 1"),
        0);
    cr_assert(output_has(dir, "root fingerprint"));
    cr_assert_eq(run_in(dir, CA "sector add school --scrypt-p 1"), 0);
}

static void write_request(const char *dir, const struct request *request)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(CSR_BYTES_MAX + 1);
    cr_assert_eq(buf_append(&text, bytes_buf(&request->pem)), SH_OK);
    cr_assert_eq(buf_terminate(&text), SH_OK);
    cr_assert_eq(run_in(dir, "mkdir -p request"), 0);
    write_text(dir, "request/request.pem", (const char *)text.data);
}

Test(program, a_seat_goes_from_request_to_directory_to_revocation)
{
    SH_DEFER(wipe) struct desktop desktop;
    SH_DEFER(request_free) struct request request;
    make(&desktop);
    const char *dir = desktop.temp.path;
    request_make(&request, "dsl@999001.school");
    write_request(dir, &request);
    cr_expect_eq(run_in(dir, CA "issue request --holder 'A. Fearn, lead'"), 0);
    cr_expect_eq(run_in(dir, "cmp request/root.pem ca/root.pem"), 0);
    cr_expect_eq(run_in(dir, "openssl x509 -in request/seal.pem -noout"), 0);
    cr_expect_eq(
        run_in(dir, "openssl verify -purpose smimesign -CAfile ca/root.pem request/sign.pem"), 2,
        "the authority's certificate is in the directory, not here");
    cr_expect_eq(run_in(dir, CA "issue request --holder 'A. Fearn, lead'"), 1);
    cr_expect(output_has(dir, "certified before"));
    cr_expect_eq(run_in(dir, CA "recovery dsl@999001.school --out recovery --scrypt-p 1"), 0);
    cr_expect_eq(run_in(dir, "test $(stat -c %%a recovery/recovery-key.pem) = 600"), 0);
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
    cr_expect(output_has(dir, "seats             1"));
    cr_expect_eq(run_in(dir, CA "show dsl@999001.school --json"), 0);
    cr_expect(output_has(dir, "\"state\": \"live\""));
    cr_expect(output_has(dir, "\"holder\": \"A. Fearn, lead\""));
    cr_expect(output_has(dir, "recovery_serial"));
    cr_expect_eq(
        run_in(dir,
               CA "revoke dsl@999001.school $(openssl x509 -in request/sign.pem -outform DER | "
                  "sha256sum | cut -c1-16) --reason left-the-desk"),
        0);
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
    cr_expect(output_has(dir, "seats             0"));
    cr_expect(output_has(dir, "directory         2"));
    cr_expect_eq(run_in(dir, CA "show dsl@999001.school"), 0);
    cr_expect(output_has(dir, "revoked"));
}

Test(program, a_request_may_be_a_file_and_the_answer_go_elsewhere)
{
    SH_DEFER(wipe) struct desktop desktop;
    SH_DEFER(request_free) struct request request;
    make(&desktop);
    const char *dir = desktop.temp.path;
    request_make(&request, "dsl@999001.school");
    write_request(dir, &request);
    cr_expect_eq(run_in(dir, CA "issue request/request.pem --holder X --out answer"), 0);
    cr_expect_eq(run_in(dir, "ls answer/sign.pem answer/seal.pem answer/root.pem"), 0);
    cr_expect_eq(run_in(dir, "ls request/sign.pem"), 2);
}

Test(program, a_serial_is_revoked_by_itself)
{
    SH_DEFER(wipe) struct desktop desktop;
    SH_DEFER(request_free) struct request request;
    make(&desktop);
    const char *dir = desktop.temp.path;
    request_make(&request, "dsl@999001.school");
    write_request(dir, &request);
    cr_assert_eq(run_in(dir, CA "issue request --holder X"), 0);
    const char *revoke =
        CA "revoke $(openssl x509 -in request/seal.pem -noout -serial | cut -d= -f2) "
           "--reason superseded";
    cr_expect_eq(run_in(dir, "%s", revoke), 0);
    cr_expect_eq(run_in(dir, "%s", revoke), 1, "not twice");
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
    cr_expect(output_has(dir, "seats             0"));
}

Test(program, what_the_directory_says_is_set_and_shown)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    cr_expect_eq(run_in(dir, CA "desk set dsl@999001.school --name Lead --cover head@999001.school "
                                "--cover office@999001.school"),
                 0);
    cr_expect_eq(run_in(dir, CA "organisation set 999001.school --name 'Fearn Primary' --hours 8-4 "
                                "--successor 999002.school --closed-on 2026-08-31"),
                 0);
    cr_expect_eq(run_in(dir, CA "relay set --endpoint tcp://127.0.0.1:7443 --curve-key "
                                "2222222222222222222222222222222222222222222222222222222222222222"),
                 0);
    cr_expect_eq(run_in(dir, CA "names import schools '%s'", SH_TESTS_DIR "/data/schools.tsv"), 0);
    cr_expect(output_has(dir, "878"));
    cr_expect_eq(run_in(dir, CA "show --json"), 0);
    cr_expect(output_has(dir, "\"organisations\": 879"));
    cr_expect(output_has(dir, "tcp://127.0.0.1:7443"));
    cr_expect_eq(run_in(dir, CA "show dsl@999001.school --json"), 0);
    cr_expect(output_has(dir, "office@999001.school"));
    cr_expect_eq(run_in(dir, CA "desk set dsl@999001.school --cover ''"), 0);
    cr_expect_eq(run_in(dir, CA "show dsl@999001.school --json"), 0);
    cr_expect(output_has(dir, "\"cover\": []"));
    cr_expect(output_has(dir, "\"name\": \"Lead\""));
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
}

Test(program, links_are_imported_counted_and_refused_row_by_row)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    const char *file = SH_TESTS_DIR "/data/school-links.csv";
    cr_expect_eq(run_in(dir, CA "directory import links '%s'", file), 0);
    cr_expect(output_has(dir, "with several by their Successor rows  80"));
    cr_expect(output_has(dir, "111 rows of type 'Result of Amalgamation'"));
    cr_expect_eq(run_in(dir, CA "directory import links '%s' --json", file), 0);
    cr_expect(output_has(dir, "\"rows\": 33801"));
    cr_expect(output_has(dir, "\"encoding\": \"Windows-1252\""));
    cr_expect_eq(run_in(dir, "cp ca/register.db before; sed 7s/^./x/ '%s' >bad.csv", file), 0);
    cr_expect_eq(run_in(dir, CA "directory import links bad.csv"), 1);
    cr_expect(output_has(dir, "line 7: "));
    cr_expect_eq(run_in(dir, "cmp ca/register.db before"), 0);
    cr_expect_eq(run_in(dir, CA "directory import links bad.csv --json"), 1);
    cr_expect(output_has(dir, "\"imported\": false"));
    cr_expect_eq(run_in(dir, CA "directory import links bad.csv --skip-bad-rows"), 0);
    cr_expect(output_has(dir, "33800"));
    cr_expect_eq(run_in(dir, CA "directory import links passphrase"), 1);
    cr_expect_eq(run_in(dir, CA "directory import links no-such-file"), 1);
    cr_expect_eq(run_in(dir, CA "directory import links"), 2);
    cr_expect_eq(run_in(dir, CA "publish --out directory --skip-bad-rows"), 2);
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
    cr_expect(output_has(dir, "organisations     0"), "nobody here needs them");
}

Test(program, a_log_key_must_be_for_the_partnerships_log)
{
    SH_DEFER(wipe) struct desktop desktop;
    SH_DEFER(pki_free) struct pki pki;
    SH_DEFER(buf_wipe) struct buf other = BUF_INIT(SH_KIB);
    make(&desktop);
    const char *dir = desktop.temp.path;
    pki_make(&pki, NULL, 0);
    cr_assert_eq(note_vkey("other.example/log", pki.log_key, &other), SH_OK);
    cr_assert_eq(buf_terminate(&other), SH_OK);
    cr_expect_eq(run_in(dir, CA "key add --log '%s'", pki.vkey), 0);
    cr_expect_eq(run_in(dir, CA "key add --log '%s'", pki.vkey), 1);
    cr_expect(output_has(dir, "already"));
    cr_expect_eq(run_in(dir, CA "key add --log '%s'", (const char *)other.data), 1);
    cr_expect(output_has(dir, "other.example/log"));
    cr_expect_eq(run_in(dir, CA "key add --log nonsense"), 1);
    cr_expect_eq(
        run_in(dir,
               CA "key add --witness 'w.example+12345678+AbCd' --not-before 2026-01-01T00:00:00Z"),
        0);
    cr_expect_eq(run_in(dir, CA "key add --log a --witness b"), 2);
    cr_expect_eq(run_in(dir, CA "key add"), 2);
    cr_expect_eq(run_in(dir, CA "key add --log '%s' --not-before yesterday", pki.vkey), 2);
    cr_expect_eq(run_in(dir, CA "publish --out directory"), 0);
    cr_expect_eq(run_in(dir, CA "show"), 0);
    cr_expect(output_has(dir, "witness"));
}

Test(program, what_cannot_be_understood_exits_2_and_changes_nothing)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    const char *const lines[] = {
        "",
        "frobnicate",
        "sector",
        "sector add",
        "sector add a b",
        "sector add health --holder X",
        "--no-such-option show",
        "publish",
        "publish --out",
        "publish --out a --out b",
        "issue request",
        "init --partnership P",
        "show nonsense",
        "show dsl@a.b.school",
        "recovery nonsense --out x",
        "revoke 12 --reason closed",
        "revoke 40112233445566778899aabbccddeeff --reason bored",
        "revoke dsl@999001.school --reason closed",
        "desk set Dsl@999001.school",
        "desk set dsl@999001.school --cover nonsense",
        "desk set dsl@999001.school --cover dsl@999001.school",
        "desk set dsl@999001.school --cover a@b.school --cover a@b.school",
        "organisation set school --name X",
        "organisation set 999001.school --name ''",
        "organisation set 999001.school --name X --closed-on 2026-02-30",
        "organisation set 999001.school --name X --successor '999'",
        "relay set --endpoint ipc:///tmp/x --curve-key "
        "2222222222222222222222222222222222222222222222222222222222222222",
        "relay set --endpoint tcp://a:65536 --curve-key "
        "2222222222222222222222222222222222222222222222222222222222222222",
        "relay set --endpoint tcp://a:1 --curve-key 22",
        "show --scrypt-p 9",
        "show --scrypt-p 0",
    };
    cr_assert_eq(run_in(dir, "cp ca/register.db before"), 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cr_expect_eq(run_in(dir, CA "%s", lines[i]), 2, "'%s'", lines[i]);
        cr_expect(output_has(dir, "safehand-ca: "));
    }
    cr_expect_eq(run_in(dir, "cmp before ca/register.db"), 0);
    cr_expect_eq(run_in(dir, "'" SH_BIN_DIR "/safehand-ca' show"), 2, "no folder named");
}

Test(program, what_is_refused_exits_1_with_one_sentence)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    const struct {
        const char *line, *says;
    } refused[] = {
        {"init --partnership P --origin o", "exists already"},
        {"sector add school", "already"},
        {"sector add School", "lower-case"},
        {"issue nowhere --holder X", "nowhere"},
        {"issue passphrase --holder X", "PKCS#10"},
        {"show dsl@999001.school", "no desk"},
        {"recovery a@b.health --out x", "health"},
        {"desk set a@b.health", "health"},
        {"organisation set 999001.school", "name"},
        {"revoke 40112233445566778899aabbccddeeff --reason closed", "serial"},
        {"revoke dsl@999001.school 0123456789 --reason closed", "no seat"},
        {"names import schools passphrase", "line 1"},
        {"names import schools nowhere", "nowhere"},
        {"publish --out /nonexistent/x", "/nonexistent/x"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cr_expect_eq(run_in(dir, CA "%s", refused[i].line), 1, "'%s'", refused[i].line);
        cr_expect(output_has(dir, refused[i].says));
        cr_expect_eq(run_in(dir, CA "%s >out 2>err; test $(wc -l <err) = 1", refused[i].line), 0,
                     "'%s'", refused[i].line);
    }
}

Test(program, passphrases_come_from_files_by_role_and_must_be_right)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    write_text(dir, "wrong", "incorrect horse\n");
    write_text(dir, "short", "horse\n");
    write_text(dir, "empty", "\n");
    cr_expect_eq(
        run_in(dir, "SAFEHAND_ROOT_PASSPHRASE_FILE=wrong " CA "sector add health --scrypt-p 1"), 1);
    cr_expect(output_has(dir, "passphrase does not open"));
    cr_expect_eq(
        run_in(dir, "SAFEHAND_RECOVERY_PASSPHRASE_FILE=short " CA "recovery a@b.school --out r"),
        1);
    cr_expect(output_has(dir, "at least 8"));
    cr_expect_eq(
        run_in(dir, "SAFEHAND_RECOVERY_PASSPHRASE_FILE=empty " CA "recovery a@b.school --out r"),
        1);
    cr_expect_eq(run_in(dir, "SAFEHAND_RECOVERY_PASSPHRASE_FILE=wrong " CA
                             "recovery a@b.school --out r --scrypt-p 1"),
                 0);
    cr_expect_eq(run_in(dir, "openssl pkey -in r/recovery-key.pem -passin file:wrong -noout"), 0);
    cr_expect_neq(run_in(dir, "openssl pkey -in r/recovery-key.pem -passin file:passphrase -noout"),
                  0);
    cr_expect_eq(run_in(dir, "setsid env -u SAFEHAND_PASSPHRASE_FILE '" SH_BIN_DIR
                             "/safehand-ca' --dir ca publish --out d"),
                 1, "neither a file nor a terminal");
    cr_expect(output_has(dir, "SAFEHAND_PASSPHRASE_FILE"));
}

Test(program, help_is_there_for_everything_and_exits_0)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    const char *dir = desktop.temp.path;
    const char *const commands[] = {"init",      "sector add",
                                    "issue",     "recovery",
                                    "revoke",    "desk set",
                                    "relay set", "organisation set",
                                    "key add",   "names import schools",
                                    "publish",   "show"};
    cr_expect_eq(run_in(dir, CA "--help"), 0);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        cr_expect(output_has(dir, commands[i]));
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        cr_expect_eq(run_in(dir, CA "%s --help", commands[i]), 0);
        cr_expect(output_has(dir, "Options:"));
        cr_expect(output_has(dir, commands[i]));
    }
}

Test(program, a_full_standard_output_is_noticed)
{
    SH_DEFER(wipe) struct desktop desktop;
    make(&desktop);
    cr_expect_eq(run_in(desktop.temp.path, CA "show >/dev/full"), 1);
}
