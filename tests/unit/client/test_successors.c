/* Writing to a school that has closed. The directory of these tests knows, besides the seats:
 *     999101 -> 999102 -> 999002          a chain to a school with a lead
 *     999103 -> 999001, 999002            a split
 *     999104 -> 999105 -> 999104          a circle
 *     999106 -> 999107                    a successor that has no desk
 *     999108                              closed, and nothing became of it
 *     999002 (a live desk) closed, if the test says so */
#include "base/files.h"
#include "fixture.h"

#include <criterion/criterion.h>

#define OWN "999001.school"

struct closing_file {
    struct arena *arena;
    struct directory_file file;
    struct directory_organisation list[32];
};

static int compare(const void *a, const void *b)
{
    const struct directory_organisation *x = a;
    const struct directory_organisation *y = b;
    return strcmp(x->code, y->code);
}

/* Nobody sits at the second school any more. */
static void empty_second(struct directory_file *file)
{
    static struct directory_seat left[SEATS];
    size_t len = 0;
    for (size_t i = 0; i < file->seats_len; i++) {
        if (strcmp(file->seats[i].address.text, "dsl@999002.school") != 0) {
            left[len++] = file->seats[i];
        }
    }
    file->seats = left;
    file->seats_len = len;
}

enum second { IS_OPEN, IS_CLOSED, IS_EMPTY };

static void close_schools(struct fixture *fixture, enum second second_school)
{
    static const char *const junior[] = {"999102.school"}, *const second[] = {"999002.school"},
                             *const both[] = {OWN, "999002.school"},
                             *const round[] = {"999105.school"}, *const about[] = {"999104.school"},
                             *const far[] = {"999107.school"}, *const own[] = {OWN};
    static const struct directory_organisation closed[] = {
        {"999101.school", "Infant School", NULL, NULL, "2023-08-31", junior, 1},
        {"999102.school", "Junior School", NULL, NULL, "2025-08-31", second, 1},
        {"999103.school", "Old School", NULL, NULL, "2024-08-31", both, 2},
        {"999104.school", "Round School", NULL, NULL, NULL, round, 1},
        {"999105.school", "About School", NULL, NULL, NULL, about, 1},
        {"999106.school", "Near School", NULL, NULL, "2024-08-31", far, 1},
        {"999107.school", "Far School", "01632 960107", NULL, NULL, NULL, 0},
        {"999108.school", "Lost School", NULL, NULL, "2024-08-31", NULL, 0},
    };
    struct signed_directory envelope;
    struct closing_file edited = {.arena = NULL};
    struct pki *pki = &fixture->pki;
    cr_assert_eq(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &edited.arena),
                 SH_OK);
    cr_assert_eq(signed_directory_decode(bytes_buf(&pki->directory), edited.arena, &envelope),
                 SH_OK);
    cr_assert_eq(directory_file_decode(envelope.directory, edited.arena, &edited.file), SH_OK);
    size_t len = edited.file.organisations_len;
    memcpy(edited.list, edited.file.organisations, len * sizeof *edited.list);
    for (size_t i = 0; second_school != IS_OPEN && i < len; i++) {
        if (strcmp(edited.list[i].code, "999002.school") == 0) {
            edited.list[i].closed_on = "2026-08-31";
            edited.list[i].successors = own;
            edited.list[i].successors_len = 1;
        }
    }
    memcpy(edited.list + len, closed, sizeof closed);
    len += sizeof closed / sizeof closed[0];
    qsort(edited.list, len, sizeof *edited.list, compare);
    edited.file.organisations = edited.list;
    edited.file.organisations_len = len;
    if (second_school == IS_EMPTY) {
        empty_second(&edited.file);
    }
    edited.file.serial = ++pki->serial;
    /* What is encoded must outlive the bytes that it was decoded from. */
    SH_DEFER(buf_wipe) struct buf old = pki->directory;
    pki->directory = (struct buf)BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    pki_sign_directory(pki, &edited.file);
    arena_free(&edited.arena);
}

/* Case 03, to these addresses. */
static char *notification(const char *to, const char *inform)
{
    SH_DEFER(sh_freep) char *text = fixture_case("03", 0);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_eq(json_object_set_new(document, "to", json_pack("[s]", to)), 0);
    if (inform) {
        cr_assert_eq(json_object_set_new(document, "inform", json_pack("[s]", inform)), 0);
    }
    char *out = json_dumps(document, 0);
    json_decref(document);
    return out;
}

static int send_to(struct sh_client *client, const char *document, const char *to, json_t **out,
                   struct sh_client_error *error)
{
    struct sh_client_send how = {.size = sizeof how, .to = &to, .to_len = to ? 1 : 0};
    char *text = NULL;
    memset(error, 0, sizeof *error);
    int code = sh_client_send(client, document, strlen(document), &how, &text, error);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    sh_client_free_text(&text);
    return code;
}

static const json_t *successor(const json_t *result, size_t i)
{
    return json_array_get(json_object_get(result, "successors"), i);
}

static size_t successors(const json_t *result)
{
    return json_array_size(json_object_get(result, "successors"));
}

Test(successors, each_closed_school_is_told_of_in_its_own_words_and_nothing_is_sealed)
{
    static const struct {
        const char *to, *says, *also;
        size_t successors;
    } cases[] = {
        {"dsl@999101.school",
         "Infant School (999101.school) closed on Thu 31 Aug 2023; its successor is 999002.school "
         "(dsl@999002.school, by way of 999102.school)",
         "Send to dsl@999002.school instead: --to dsl@999002.school", 1},
        {"dsl@999103.school", "its successors are", "Say to which it is to go", 2},
        {"dsl@999104.school", "has given its place to another", "round in a circle", 0},
        {"dsl@999106.school", "Far School (999107.school, no such desk there)", "Telephone them",
         1},
        {"dsl@999108.school", "Lost School (999108.school) closed on", "names no successor", 0},
        {"head@999101.school", "(999002.school, no such desk there", "Telephone them", 1},
    };
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(sh_freep) char *document = notification(cases[i].to, NULL);
        SH_DEFER(json_freep) json_t *result = NULL;
        SH_DEFER(json_freep) json_t *sent = NULL;
        struct sh_client_error error;
        cr_assert_eq(send_to(client, document, NULL, &result, &error), SH_CLIENT_CLOSED, "%s: %s",
                     cases[i].to, error.sentence);
        cr_expect_eq(sh_client_exit_status(SH_CLIENT_CLOSED), 1);
        cr_expect_not_null(strstr(error.sentence, cases[i].says), "%s", error.sentence);
        cr_expect_not_null(strstr(error.sentence, cases[i].also), "%s", error.sentence);
        cr_expect_not_null(strstr(error.sentence, "Nothing was sent."), "%s", error.sentence);
        cr_expect_str_eq(fixture_text(result, "code"), "closed");
        cr_expect_eq(successors(result), cases[i].successors, "%s", cases[i].to);
        cr_assert_eq(fixture_sent(client, &sent), 0);
        cr_expect_eq(json_array_size(sent), 0);
    }
    cr_expect_eq(fixture.relay.messages_len, 0);
}

Test(successors, a_chain_is_shown_with_its_way)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_freep) char *document = notification("dsl@999101.school", NULL);
    SH_DEFER(json_freep) json_t *result = NULL;
    struct sh_client_error error;
    cr_assert_eq(send_to(client, document, NULL, &result, &error), SH_CLIENT_CLOSED);
    const json_t *one = successor(result, 0);
    cr_expect_str_eq(fixture_text(one, "instead_of"), "dsl@999101.school");
    cr_expect_str_eq(fixture_text(one, "address"), "dsl@999002.school");
    cr_expect_str_eq(fixture_text(one, "code"), "999002.school");
    const json_t *path = json_object_get(one, "path");
    cr_assert_eq(json_array_size(path), 3);
    cr_expect_str_eq(json_string_value(json_array_get(path, 1)), "999102.school");
}

Test(successors, with_the_successor_named_it_goes_there_and_only_there)
{
    static const struct {
        const char *to, *inform, *named;
        size_t recipients; /* with our own desk */
    } cases[] = {
        {"dsl@999101.school", NULL, "dsl@999002.school", 2},
        {"dsl@999103.school", NULL, "dsl@999001.school", 2},
        {"dsl@999103.school", NULL, "dsl@999002.school", 2},
        {"dsl@999101.school", "dsl@999103.school", "dsl@999002.school", 2},
        {"dsl@999001.school", "dsl@999101.school", "dsl@999002.school", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(fixture_wipe) struct fixture fixture;
        fixture_make(&fixture);
        close_schools(&fixture, IS_OPEN);
        SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
        SH_DEFER(sh_freep) char *document = notification(cases[i].to, cases[i].inform);
        SH_DEFER(json_freep) json_t *result = NULL;
        struct sh_client_error error;
        cr_assert_eq(send_to(client, document, cases[i].named, &result, &error), 0, "case %zu: %s",
                     i, error.sentence);
        size_t recipients = 1 + json_array_size(json_object_get(result, "to")) +
                            json_array_size(json_object_get(result, "inform"));
        cr_expect_eq(recipients, cases[i].recipients, "case %zu: %zu", i, recipients);
        cr_expect_null(json_object_get(result, "warnings"));
    }
}

Test(successors, what_is_read_there_names_the_successor_and_not_the_closed_school)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *police = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_client_close) struct sh_client *second = fixture_client(&fixture, SECOND);
    SH_DEFER(sh_freep) char *document = notification("dsl@999101.school", NULL);
    SH_DEFER(json_freep) json_t *result = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *shown = NULL;
    struct sh_client_error error;
    cr_assert_eq(send_to(police, document, "dsl@999002.school", &result, &error), 0);
    cr_assert_eq(fixture_sync(second, &synced), 0);
    cr_assert_eq(fixture_show(second, fixture_id(result), &shown), 0);
    const json_t *to = json_object_get(json_object_get(shown, "content"), "to");
    cr_assert_eq(json_array_size(to), 1);
    cr_expect_str_eq(json_string_value(json_array_get(to, 0)), "dsl@999002.school");
}

Test(successors, a_desk_that_took_nobodys_place_is_no_way_round)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    static const char *const to[] = {"dsl@999101.school", "dsl@999104.school", "dsl@999106.school",
                                     "dsl@999108.school"};
    for (size_t i = 0; i < 4; i++) {
        SH_DEFER(sh_freep) char *document = notification(to[i], NULL);
        SH_DEFER(json_freep) json_t *result = NULL;
        struct sh_client_error error;
        cr_expect_eq(send_to(client, document, "dsl@999001.school", &result, &error),
                     SH_CLIENT_CLOSED, "%s", to[i]);
    }
}

Test(successors, a_closed_school_beside_the_document_is_told_of_too)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_freep) char *document = notification("dsl@999001.school", NULL);
    SH_DEFER(json_freep) json_t *result = NULL;
    SH_DEFER(json_freep) json_t *settled = NULL;
    struct sh_client_error error;
    cr_assert_eq(send_to(client, document, "dsl@999101.school", &result, &error), SH_CLIENT_CLOSED);
    cr_expect_eq(successors(result), 1);
    const char *both[] = {"dsl@999101.school", "dsl@999002.school"};
    struct sh_client_send how = {.size = sizeof how, .to = both, .to_len = 2};
    char *text = NULL;
    cr_assert_eq(sh_client_send(client, document, strlen(document), &how, &text, &error), 0, "%s",
                 error.sentence);
    settled = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_expect_eq(json_array_size(json_object_get(settled, "to")), 2);
}

Test(successors, in_a_batch_the_others_go)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_freep) char *dead = notification("dsl@999103.school", NULL);
    SH_DEFER(sh_freep) char *live = notification("dsl@999001.school", NULL);
    const struct sh_client_document documents[] = {{"dead", dead, strlen(dead)},
                                                   {"live", live, strlen(live)}};
    char *text = NULL;
    cr_expect_eq(sh_client_send_many(client, documents, 2, NULL, &text, NULL), SH_CLIENT_CLOSED);
    SH_DEFER(json_freep) json_t *list = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_eq(json_array_size(list), 2);
    cr_expect_str_eq(fixture_text(json_array_get(list, 0), "state"), "rejected");
    cr_expect_eq(successors(json_array_get(list, 0)), 2);
    cr_expect_str_eq(fixture_text(json_array_get(list, 1), "state"), "accepted");
}

Test(successors, a_desk_that_is_still_live_is_written_to_with_a_warning)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_CLOSED);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_freep) char *document = notification("dsl@999002.school", NULL);
    SH_DEFER(json_freep) json_t *result = NULL;
    struct sh_client_error error;
    cr_assert_eq(send_to(client, document, NULL, &result, &error), 0);
    const json_t *warnings = json_object_get(result, "warnings");
    cr_assert_eq(json_array_size(warnings), 1);
    const char *warning = json_string_value(json_array_get(warnings, 0));
    cr_expect_not_null(strstr(warning, "closed on Mon 31 Aug 2026"), "%s", warning);
    cr_expect_not_null(strstr(warning, "dsl@999001.school"), "%s", warning);
}

/* On the way from 999101 to its end, 999002 is where somebody can still be reached. */
Test(successors, a_live_desk_on_the_way_is_offered_beside_the_end)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_CLOSED);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    SH_DEFER(sh_freep) char *document = notification("dsl@999101.school", NULL);
    SH_DEFER(json_freep) json_t *result = NULL;
    struct sh_client_error error;
    cr_assert_eq(send_to(client, document, NULL, &result, &error), SH_CLIENT_CLOSED);
    cr_assert_eq(successors(result), 2);
    cr_expect_str_eq(fixture_text(successor(result, 0), "address"), "dsl@999002.school");
    cr_expect_str_eq(fixture_text(successor(result, 0), "closed_on"), "2026-08-31");
    cr_expect_str_eq(fixture_text(successor(result, 1), "address"), "dsl@999001.school");
}

Test(successors, the_directory_shows_what_became_of_a_school)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    close_schools(&fixture, IS_OPEN);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, POLICE);
    struct sh_client_error error;
    char *text = NULL;
    cr_assert_eq(sh_client_directory_show(client, "dsl@999101.school", &text, &error), 0, "%s",
                 error.sentence);
    SH_DEFER(json_freep) json_t *shown = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_expect_str_eq(fixture_text(shown, "closed_on"), "2023-08-31");
    cr_expect_str_eq(fixture_text(shown, "organisation"), "Infant School");
    cr_expect_str_eq(fixture_text(successor(shown, 0), "address"), "dsl@999002.school");
    cr_assert_eq(sh_client_directory_search(client, "infant", &text, &error), 0);
    SH_DEFER(json_freep) json_t *found = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_eq(json_array_size(found), 1);
    cr_expect_str_eq(fixture_text(successor(json_array_get(found, 0), 0), "code"), "999002.school");
    cr_expect_null(json_object_get(successor(json_array_get(found, 0), 0), "instead_of"));
    cr_expect_eq(sh_client_directory_show(client, "dsl@999999.school", &text, &error),
                 SH_CLIENT_UNKNOWN_DESK, "nothing is known of it");
}

Test(successors, an_answer_cannot_go_elsewhere_and_says_so)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *referral = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *result = NULL;
    char id[33];
    char home[PATH_MAX];
    char path[PATH_MAX];
    json_t *document = json_loads(referral, 0, NULL);
    cr_assert_eq(json_object_set_new(document, "from", json_string("dsl@999002.school")), 0);
    SH_DEFER(sh_freep) char *from_second = json_dumps(document, 0);
    json_decref(document);
    fixture_deliver(&fixture, from_second, SECOND, MASH, id);
    close_schools(&fixture, IS_EMPTY);
    fixture_home(&fixture, MASH, home);
    cr_assert_eq(path_join(path, sizeof path, home, HOME_DIRECTORY), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_buf(&fixture.pki.directory), 0600, NULL), SH_OK);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, MASH);
    struct sh_client_error error = {0};
    char *text = NULL;
    const char *words = "{\"kind\": \"note\", \"text\": \"We have it.\", \"author\": {\"name\": "
                        "\"A\", \"role\": \"Social worker\"}}";
    int code = sh_client_answer(client, "note", id, words, strlen(words), NULL, &text, &error);
    cr_assert_eq(code, SH_CLIENT_CLOSED, "%s", error.sentence);
    cr_expect_not_null(strstr(error.sentence, "An answer cannot go there"), "%s", error.sentence);
    result = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_expect_eq(successors(result), 1);
}
