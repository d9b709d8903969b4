#include "fixture.h"

#include <criterion/criterion.h>
#include <sqlite3.h>

static int chronology(struct sh_client *client, const char *key, unsigned flags, json_t **out)
{
    struct sh_client_error error = {0};
    char *text = NULL;
    int code = sh_client_chronology(client, key, flags, &text, &error);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    sh_client_free_text(&text);
    if (code != 0) {
        (void)fprintf(stderr, "    (%s: %s)\n", sh_client_code_word(code), error.sentence);
    }
    return code;
}

/* A referral of one child; child: JSON of an entry of `children`. */
static void deliver(struct fixture *fixture, const char *child, const char *when, char *out_id)
{
    json_t *document = json_pack("{s:s, s:[s], s:[o], s:{s:s, s:s}, s:{s:s, s:s}}", "kind",
                                 "referral", "to", "mash@999.social-care", "children",
                                 json_loads(child, 0, NULL), "concern", "what_happened", "Words",
                                 "occurred_from", when, "referrer", "name", "A", "role", "B");
    char *text = json_dumps(document, 0);
    cr_assert_not_null(text);
    fixture_deliver(fixture, text, LEAD, MASH, out_id);
    free(text);
    json_decref(document);
}

#define CHILD(more) "{\"given_names\": \"Ann\", \"family_name\": \"Example\"" more "}"
#define BORN        ", \"date_of_birth\": \"2016-05-21\""
#define KEY         "name:Ann Example/2016-05-21"

/* Turns the vault back into one of the first format, as an earlier version left it. */
static void make_old(struct fixture *fixture)
{
    char home[PATH_MAX], path[PATH_MAX + 16];
    sqlite3 *db = NULL;
    fixture_home(fixture, MASH, home);
    (void)snprintf(path, sizeof path, "%s/vault.db", home);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "DROP TABLE child; DROP TABLE child_indexed; DROP TABLE child_link; "
                              "PRAGMA user_version = 1",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    (void)sqlite3_close(db);
}

Test(chronology, a_vault_of_the_first_format_is_brought_up_and_filled)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char first[33], second[33];
    deliver(&fixture, CHILD(BORN), "2026-02-02", first);
    deliver(&fixture, CHILD(BORN), "2026-01-01", second);
    make_old(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    SH_DEFER(json_freep) json_t *found = NULL;
    cr_assert_eq(chronology(mash, KEY, 0, &found), 0);
    const json_t *rows = json_object_get(found, "rows");
    cr_assert_eq(json_array_size(rows), 2);
    cr_expect_str_eq(fixture_id(json_array_get(rows, 0)), second, "in order of the event");
    cr_expect_str_eq(fixture_id(json_array_get(rows, 1)), first);
}

Test(chronology, nothing_is_shown_unless_it_is_marked_as_opened)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33];
    deliver(&fixture, CHILD(BORN), "2026-02-02", id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    SH_DEFER(json_freep) json_t *found = NULL;
    uint64_t looks = 0;
    bool opened = false;
    const struct sh_hash *header = &fixture.relay.messages[0].header_sha256;
    cr_assert_eq(vault_receipt_has(mash->vault, header, RECEIPT_OPENED, &opened), SH_OK);
    cr_assert_not(opened, "indexing is no reading");
    cr_assert_eq(chronology(mash, KEY, 0, &found), 0);
    cr_assert_eq(vault_receipt_has(mash->vault, header, RECEIPT_OPENED, &opened), SH_OK);
    cr_assert(opened);
    cr_assert_eq(vault_looks_count(mash->vault, header, &looks), SH_OK);
    cr_assert_eq(looks, 1);
}

struct pair {
    const char *a, *b;
    bool joined;
    const char *by; /* of the second row, if joined */
};

Test(chronology, what_joins_two_messages_and_what_does_not)
{
    static const struct pair pairs[] = {
        {CHILD(BORN), CHILD(BORN), true, "name and date of birth"},
        {CHILD(BORN), "{\"given_names\": \"ann\", \"family_name\": \"EXAMPLE\"" BORN "}", true,
         "name and date of birth"},
        {CHILD(BORN), CHILD(""), false, NULL},
        {CHILD(BORN), CHILD(", \"date_of_birth\": \"2016-05-22\""), false, NULL},
        {CHILD(BORN ", \"upn\": \"H801200001001\""),
         "{\"given_names\": \"Ben\", \"upn\": \"h801200001001\"}", true, "UPN"},
        {CHILD(BORN ", \"upn\": \"H801200001002\""),
         "{\"given_names\": \"Ben\", \"upn\": \"H801200001002\"}", false, NULL},
        {CHILD(BORN ", \"upn\": \"H801200001002\""),
         "{\"given_names\": \"Ben\", \"upn\": \"H801200001002\"" BORN "}", true,
         "UPN that fails its check letter, and date of birth"},
        {CHILD(BORN ", \"nhs_number\": \"943 476 5919\""),
         "{\"given_names\": \"Ben\", \"nhs_number\": \"9434765919\"}", true, "NHS number"},
        {CHILD(BORN ", \"local_ids\": [\"x1\"]"),
         "{\"given_names\": \"Ben\", \"local_ids\": [\"X1\"]}", false, NULL},
        {CHILD(BORN ", \"local_ids\": [\"x1\"]"), CHILD(", \"local_ids\": [\"X1\"]"), true,
         "local identifier and name"},
        {CHILD(BORN ", \"local_ids\": [\"x1\"]"),
         "{\"given_names\": \"Ben\", \"local_ids\": [\"X1\"]" BORN "}", true,
         "local identifier and date of birth"},
        {CHILD(BORN),
         "{\"given_names\": \"Anna\", \"known_as\": [\"Ann\"], \"family_name\": \"Example\"" BORN
         "}",
         true, "name and date of birth"},
    };
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char a[33], b[33], when[32];
        (void)snprintf(when, sizeof when, "2026-01-%02zu", i + 1);
        deliver(&fixture, pairs[i].a, when, a);
        (void)snprintf(when, sizeof when, "2026-02-%02zu", i + 1);
        deliver(&fixture, pairs[i].b, when, b);
        SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
        SH_DEFER(json_freep) json_t *found = NULL;
        cr_assert_eq(chronology(mash, KEY, 0, &found), 0);
        const json_t *joined = NULL, *rows = json_object_get(found, "rows");
        for (size_t k = 0; k < json_array_size(rows); k++) {
            const json_t *row = json_array_get(rows, k);
            joined = strcmp(fixture_id(row), b) == 0 ? row : joined;
        }
        cr_expect_eq(joined != NULL, pairs[i].joined, "%zu", i);
        bool said = false;
        const json_t *child = json_array_get(json_object_get(joined, "children"), 0);
        const json_t *matched = json_object_get(child, "matched");
        for (size_t k = 0; k < json_array_size(matched); k++) {
            said = said || strcmp(json_string_value(json_array_get(matched, k)), pairs[i].by) == 0;
        }
        cr_expect(said || !pairs[i].joined, "%zu: matched by '%s'", i, pairs[i].by);
    }
}

Test(chronology, keys_of_no_form_are_refused_without_repeating_them)
{
    static const char *const keys[] = {"",
                                       "Ann",
                                       "name:Ann",
                                       "name:",
                                       "name:/2016-05-21",
                                       "upn:",
                                       "nhs: ",
                                       "local:",
                                       "phone:1",
                                       "name:Ann/2016-13-01",
                                       "nhs:9434765919/2016-05-21"};
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct sh_client_error error = {0};
        char *text = NULL;
        cr_expect_eq(sh_client_chronology(mash, keys[i], 0, &text, &error), SH_CLIENT_USAGE, "%s",
                     keys[i]);
        cr_expect_null(strstr(error.sentence, "Ann"), "%s", error.sentence);
        sh_client_free_text(&text);
    }
    json_t *found = NULL;
    cr_expect_eq(chronology(mash, KEY, 0, &found), SH_CLIENT_NOT_FOUND);
    cr_expect_null(found);
}

Test(chronology, a_link_needs_a_reason_and_two_keys_and_lasts)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char a[33], b[33];
    deliver(&fixture, CHILD(BORN ", \"local_ids\": [\"L1\"]"), "2026-01-01", a);
    deliver(&fixture, "{\"given_names\": \"Ben\", \"local_ids\": [\"L2\"]}", "2026-01-02", b);
    struct sh_client *mash = fixture_client(&fixture, MASH);
    struct sh_client_link link = {.size = sizeof link, .key = KEY, .other = "local:L2"};
    char *text = NULL;
    cr_expect_eq(sh_client_chronology_link(mash, &link, &text, NULL), SH_CLIENT_USAGE);
    link.reason = "Told by the school office";
    link.other = KEY;
    cr_expect_eq(sh_client_chronology_link(mash, &link, &text, NULL), SH_CLIENT_USAGE);
    link.other = "local:L1";
    link.apart = 1;
    cr_expect_eq(sh_client_chronology_link(mash, &link, &text, NULL), SH_CLIENT_USAGE,
                 "one message says both");
    link.other = "local:L2";
    link.apart = 0;
    cr_assert_eq(sh_client_chronology_link(mash, &link, &text, NULL), 0);
    sh_client_free_text(&text);
    sh_client_close(&mash);
    mash = fixture_client(&fixture, MASH);
    SH_DEFER(json_freep) json_t *found = NULL;
    cr_assert_eq(chronology(mash, "local:L2", 0, &found), 0);
    cr_expect_eq(json_array_size(json_object_get(found, "rows")), 2, "from either end");
    const json_t *shown = json_array_get(json_object_get(found, "links"), 0);
    cr_expect_str_eq(fixture_text(shown, "reason"), "Told by the school office");
    sh_client_close(&mash);
}

Test(chronology, a_message_with_many_names_of_many_children_is_received_and_found)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    json_t *children = json_array();
    for (int i = 0; i < 16; i++) {
        json_t *child =
            json_pack("{s:s, s:s, s:s, s:[], s:[]}", "given_names", "Ann", "family_name", "Example",
                      "date_of_birth", "2016-05-21", "known_as", "local_ids");
        for (int k = 0; k < 8; k++) {
            json_array_append_new(json_object_get(child, "known_as"), json_sprintf("n%d", k));
            json_array_append_new(json_object_get(child, "local_ids"), json_sprintf("%d", k));
        }
        json_array_append_new(children, child);
    }
    json_t *document = json_pack("{s:s, s:[s], s:o, s:{s:s}, s:{s:s, s:s}}", "kind", "referral",
                                 "to", "mash@999.social-care", "children", children, "concern",
                                 "what_happened", "Words", "referrer", "name", "A", "role", "B");
    char *text = json_dumps(document, JSON_COMPACT);
    char id[33];
    fixture_deliver(&fixture, text, LEAD, MASH, id);
    free(text);
    json_decref(document);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    SH_DEFER(json_freep) json_t *inbox = NULL;
    cr_assert_eq(fixture_inbox(mash, &inbox), 0);
    cr_assert_str_eq(fixture_text(json_array_get(inbox, 0), "state"), "delivered", "%s",
                     fixture_text(json_array_get(inbox, 0), "code"));
    SH_DEFER(json_freep) json_t *found = NULL;
    cr_assert_eq(chronology(mash, KEY, 0, &found), 0);
    const json_t *row = json_array_get(json_object_get(found, "rows"), 0);
    cr_expect_eq(json_array_size(json_object_get(row, "children")), 16);
}
