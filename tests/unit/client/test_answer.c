#include "client/answering.h"
#include "fixture.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

/* A person at a desk, for the length of one step. */
static int step(struct fixture *fixture, size_t seat, const char *verb, const char *id,
                const char *document, char *out_id)
{
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_sync(client, &synced), 0);
    int code = fixture_answer(client, verb, id, document, &sent);
    (void)snprintf(out_id, 33, "%s", fixture_id(sent));
    return code;
}

static void sync_all(struct fixture *fixture)
{
    for (size_t seat = 0; seat < SEATS; seat++) {
        SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
        SH_DEFER(json_freep) json_t *synced = NULL;
        cr_assert_eq(fixture_sync(client, &synced), 0);
    }
}

static json_t *shown_at(struct fixture *fixture, size_t seat, const char *id)
{
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
    json_t *shown = NULL;
    cr_assert_eq(fixture_show(client, id, &shown), 0);
    return shown;
}

/* The managers were no party before, and can read all of it. */
static void check_enclosed(const json_t *shown, char *const *documents, const char *const *ids)
{
    const json_t *enclosures = json_object_get(shown, "enclosures");
    cr_assert_eq(json_array_size(enclosures), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *enclosed = json_array_get(enclosures, i);
        SH_DEFER(json_freep) json_t *original = json_loads(documents[i], 0, NULL);
        cr_assert_str_eq(fixture_id(enclosed), ids[i]);
        cr_assert_str_eq(fixture_text(enclosed, "proof"), "verified");
        cr_assert(json_equal(json_object_get(enclosed, "content"), original));
    }
}

/* And the referrer sees who did what, each with a proof. */
static void check_tracked(const json_t *tracked)
{
    static const struct {
        const char *word;
        size_t times;
    } expected[] = {
        {"accepted", 1}, {"delivered", 1}, {"decided", 1}, {"reconsidered", 2}, {"responded", 2}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bool verified = false;
        cr_assert_eq(fixture_facts(tracked, expected[i].word, &verified), expected[i].times);
        cr_assert(verified, "%s", expected[i].word);
    }
    cr_assert_str_eq(fixture_text(tracked, "state"), "responded");
}

Test(answer, a_whole_reconsideration_up_to_the_second_level)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char referral[33], decision[33], first[33], upheld[33], second[33], changed[33];
    char *documents[6];
    for (size_t i = 0; i < 6; i++) {
        documents[i] = fixture_case("06", i);
    }
    fixture_deliver(&fixture, documents[0], LEAD, MASH, referral);
    cr_assert_eq(step(&fixture, MASH, "decide", referral, documents[1], decision), 0);
    cr_assert_eq(step(&fixture, LEAD, "reconsider", decision, documents[2], first), 0);
    cr_assert_eq(step(&fixture, MASH, "respond", first, documents[3], upheld), 0);
    cr_assert_eq(step(&fixture, LEAD, "reconsider", upheld, documents[4], second), 0);
    cr_assert_eq(step(&fixture, MANAGERS, "respond", second, documents[5], changed), 0);
    sync_all(&fixture);

    SH_DEFER(json_freep) json_t *at_managers = shown_at(&fixture, MANAGERS, second);
    const char *const ids[] = {referral, decision, first, upheld};
    check_enclosed(at_managers, documents, ids);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *tracked = NULL;
    cr_assert_eq(fixture_track(lead, referral, &tracked), 0);
    check_tracked(tracked);
    for (size_t i = 0; i < 6; i++) {
        free(documents[i]);
    }
}

static void header_of(const struct fixture *fixture, size_t message, struct arena *arena,
                      struct header *out)
{
    struct envelope envelope;
    cr_assert_eq(
        envelope_decode(bytes_buf(&fixture->relay.messages[message].envelope), arena, &envelope),
        SH_OK);
    cr_assert_eq(header_decode(envelope.header, arena, out), SH_OK);
}

Test(answer, sender_thread_parent_and_recipients_come_from_the_message_answered)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *acknowledgement = fixture_case("13", 0);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    char referral[33], ack[33];
    struct header asked, answered;
    fixture_deliver(&fixture, document, LEAD, MASH, referral);
    cr_assert_eq(step(&fixture, MASH, "ack", referral, acknowledgement, ack), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    header_of(&fixture, 0, arena, &asked);
    header_of(&fixture, 1, arena, &answered);
    cr_assert_eq(answered.facts.kind, KIND_ACKNOWLEDGEMENT);
    cr_assert(id_equal(&answered.facts.thread_id, &asked.facts.message_id));
    cr_assert(answered.facts.has_parent);
    cr_assert(hash_equal(&answered.facts.parent, &fixture.relay.messages[0].header_sha256));
    cr_assert_eq(answered.facts.recipients_len, 2);
    cr_assert_str_eq(answered.facts.recipients[0].address.text, "dsl@999001.school");
    cr_assert_eq(answered.facts.recipients[0].role, ROLE_ACT);
    cr_assert_eq(answered.facts.recipients[1].role, ROLE_OWN);
}

Test(answer, a_decision_for_all_children_names_each_of_the_referral)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *text = fixture_case("05", 0);
    SH_DEFER(json_freep) json_t *referral = json_loads(text, 0, NULL);
    SH_DEFER(sh_freep) char *decision = fixture_case("06", 1);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    char id[33], decided[33];
    struct header header;
    (void)json_object_set_new(referral, "from", json_string("dsl@999001.school"));
    SH_DEFER(sh_freep) char *document = json_dumps(referral, 0);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    cr_assert_eq(step(&fixture, MASH, "decide", id, decision, decided), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    header_of(&fixture, 1, arena, &header);
    cr_assert_eq(header.facts.children_len, 2);
    cr_assert_eq(header.facts.outcome, OUTCOME_NO_FURTHER_ACTION);
}

Test(answer, a_document_that_names_another_is_told_where)
{
    static const struct {
        const char *verb, *document, *place;
    } cases[] = {
        {"ack", "{\"kind\": \"decision\"}", "kind:"},
        {"ack", "{\"from\": \"dsl@999001.school\"}", "from:"},
        {"ack", "{\"to\": [\"dsl@999002.school\"]}", "to:"},
        {"ack", "{\"to\": [\"dsl@999001.school\", \"dsl@999002.school\"]}", "to[1]:"},
        {"ack", "{\"thread_id\": \"00000000000000000000000000000000\"}", "thread_id:"},
        {"ack", "{\"parent\": \"00000000000000000000000000000000\"}", "parent:"},
        {"decide", "{}", ""},
    };
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sh_client_error error;
        char *text = NULL;
        int code = sh_client_answer(mash, cases[i].verb, id, cases[i].document,
                                    strlen(cases[i].document), NULL, &text, &error);
        cr_assert_eq(code, SH_CLIENT_JSON, "%s: %d", cases[i].document, code);
        cr_assert(strstr(error.sentence, cases[i].place), "%s: %s", cases[i].document,
                  error.sentence);
        cr_assert_null(text);
    }
}

Test(answer, what_cannot_be_answered_is_told)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *kept = NULL;
    SH_DEFER(json_freep) json_t *none = NULL;
    fixture.relay.unreachable = true;
    (void)fixture_send(lead, document, &kept);
    cr_assert_eq(fixture_answer(lead, "note", fixture_id(kept), "{}", &none), SH_E_WRONG_ORDER);
    cr_assert_eq(fixture_answer(lead, "note", "00000000000000000000000000000001", "{}", &none),
                 SH_CLIENT_NOT_FOUND);
    cr_assert_eq(fixture_answer(lead, "note", "abc", "{}", &none), SH_CLIENT_USAGE);
    cr_assert_eq(fixture_answer(lead, "note", "xyzxyzxyz", "{}", &none), SH_CLIENT_USAGE);
    cr_assert_eq(fixture_answer(lead, "escalate", fixture_id(kept), "{}", &none), SH_CLIENT_USAGE);
}

Test(answer, silence_can_be_contested_by_the_overdue_entry_of_the_log)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *contest = fixture_case("06", 2);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct header header;
    char id[33], contested[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    cr_assert_eq(step(&fixture, LEAD, "reconsider", id, contest, contested), SH_E_CITES_NOTHING);
    mock_relay_tell(&fixture.relay, 0, LEAF_OVERDUE);
    uint64_t overdue = fixture.relay.leaves_len - 1;
    cr_assert_eq(step(&fixture, LEAD, "reconsider", id, contest, contested), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    header_of(&fixture, 1, arena, &header);
    cr_assert_eq(header.facts.cites_len, 1);
    cr_assert(header.facts.cites[0].is_index);
    cr_assert_eq(header.facts.cites[0].log_index, overdue);
}

Test(answer, a_referral_quotes_the_concerns_that_it_promotes)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *concern = fixture_case("09", 0);
    SH_DEFER(sh_freep) char *text = fixture_case("09", 2);
    SH_DEFER(json_freep) json_t *referral = json_loads(text, 0, NULL);
    char kept[33], id[33];
    fixture_deliver(&fixture, concern, LEAD, DEPUTY, kept);
    (void)json_object_set_new(referral, "promotes", json_pack("[s]", kept));
    SH_DEFER(sh_freep) char *document = json_dumps(referral, 0);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(json_freep) json_t *shown = shown_at(&fixture, MASH, id);
    const json_t *enclosed = json_array_get(json_object_get(shown, "enclosures"), 0);
    SH_DEFER(json_freep) json_t *original = json_loads(concern, 0, NULL);
    cr_assert(json_equal(json_object_get(enclosed, "content"), original));
}

Test(answer, each_verb_has_its_kind)
{
    static const struct {
        const char *word;
        enum kind kind;
    } verbs[] = {
        {"ack", KIND_ACKNOWLEDGEMENT},
        {"decide", KIND_DECISION},
        {"reconsider", KIND_RECONSIDERATION},
        {"respond", KIND_RECONSIDERATION_RESPONSE},
        {"redirect", KIND_REDIRECT},
        {"request", KIND_REQUEST},
        {"reply", KIND_REPLY},
        {"note", KIND_NOTE},
        {"correct", KIND_CORRECTION},
        {"withdraw", KIND_WITHDRAWAL},
        {"close", KIND_CLOSE},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct verb *verb = answering_verb(verbs[i].word);
        cr_assert(verb && verb->kind == verbs[i].kind, "%s", verbs[i].word);
        cr_assert_eq(answering_verb_of_kind(verbs[i].kind), verb);
    }
    cr_assert_null(answering_verb("escalate"));
    cr_assert_null(answering_verb_of_kind(KIND_REFERRAL));
}

Test(answer, a_request_in_a_thread_goes_to_whom_it_is_put_and_to_nobody_else)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *referral = fixture_case("06", 0);
    static const char question[] =
        "{\"subtype\":\"report\",\"to\":[\"encompass@exampleshire.police\"],"
        "\"children\":[{\"given_names\":\"Cara\",\"family_name\":\"Example-One\"}],"
        "\"asked\":[\"Calls to the address\"],\"purpose\":\"To decide\","
        "\"author\":{\"name\":\"Duty social worker\",\"role\":\"Social worker\"}}";
    char id[33], asked[33];
    fixture_deliver(&fixture, referral, LEAD, MASH, id);
    cr_assert_eq(step(&fixture, MASH, "request", id, question, asked), 0);
    sync_all(&fixture);
    SH_DEFER(json_freep) json_t *shown = shown_at(&fixture, POLICE, asked);
    const json_t *to = json_object_get(shown, "to");
    cr_assert_eq(json_array_size(to), 1);
    cr_assert_str_eq(json_string_value(json_array_get(to, 0)), "encompass@exampleshire.police");
}
