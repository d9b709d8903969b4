/* Content: salt, facts, enclosures and body, as protobuf and back. */
#include "base/cleanup.h"
#include "casework.pb-c.h"
#include "sample.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

static struct arena *new_arena(void)
{
    struct arena *arena = NULL;
    cr_assert_eq(arena_new(CONTENT_ARENA_BYTES, CONTENT_ARENA_COUNT, &arena), SH_OK);
    return arena;
}

static void encode(const struct content *in, struct buf *out)
{
    struct sh_why why = {0};
    cr_assert_eq(content_encode(in, out, &why), SH_OK, "%s", why.text);
}

static struct enclosure sample_enclosure(const struct sh_hash *path)
{
    static const uint8_t bytes[] = "bytes of another";
    return (struct enclosure){
        .header = bytes_of(bytes, 5),
        .signed_data = bytes_of(bytes, 8),
        .signature = bytes_of(bytes, 16),
        .batch = {.size = 2, .index = 1, .path = path, .path_len = 1},
        .accepted = {.leaf = bytes_of(bytes, 4),
                     .opening = {.facts = bytes_of(bytes, 6)},
                     .index = 41,
                     .proof = path,
                     .proof_len = 1,
                     .checkpoint = bytes_of(bytes, 7)},
    };
}

static void expect_enclosure(const struct enclosure *got, const struct enclosure *sent)
{
    cr_expect(bytes_equal(got->header, sent->header));
    cr_expect(bytes_equal(got->signed_data, sent->signed_data));
    cr_expect(bytes_equal(got->signature, sent->signature));
    cr_expect_eq(got->batch.size, sent->batch.size);
    cr_expect_eq(got->batch.index, sent->batch.index);
    cr_expect_eq(got->batch.path_len, sent->batch.path_len);
    cr_expect(bytes_equal(got->accepted.leaf, sent->accepted.leaf));
    cr_expect(bytes_equal(got->accepted.opening.facts, sent->accepted.opening.facts));
    cr_expect_eq(got->accepted.index, sent->accepted.index);
    cr_expect_eq(got->accepted.proof_len, sent->accepted.proof_len);
    cr_expect(hash_equal(&got->accepted.proof[0], &sent->accepted.proof[0]));
    cr_expect(bytes_equal(got->accepted.checkpoint, sent->accepted.checkpoint));
}

Test(casework_content, salt_facts_enclosures_and_words_come_back)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    const struct sh_hash path = {{9}};
    struct enclosure enclosures[2] = {sample_enclosure(&path), sample_enclosure(&path)};
    enclosures[1].batch = (struct batch_path){0};
    struct content in, out;
    sample_content(casework, arena, &in);
    in.enclosures = enclosures;
    in.enclosures_len = 2;
    encode(&in, &bytes);
    cr_assert_eq(content_decode(bytes_buf(&bytes), arena, &out, NULL), SH_OK);
    SH_DEFER(json_decrefp) json_t *back = out.casework;
    cr_expect(hash_equal(&in.salt, &out.salt));
    cr_expect(json_equal(back, casework));
    cr_assert_eq(out.enclosures_len, 2);
    expect_enclosure(&out.enclosures[0], &enclosures[0]);
    expect_enclosure(&out.enclosures[1], &enclosures[1]);
}

Test(casework_content, the_facts_inside_are_the_facts_that_were_given)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("notification");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf sent = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf got = BUF_INIT(SH_HEADER_BYTES_MAX);
    struct content in, out;
    sample_content(casework, arena, &in);
    encode(&in, &bytes);
    cr_assert_eq(content_decode(bytes_buf(&bytes), arena, &out, NULL), SH_OK);
    SH_DEFER(json_decrefp) json_t *back = out.casework;
    cr_assert_not_null(back);
    cr_assert_eq(facts_encode(&in.facts, &sent), SH_OK);
    cr_assert_eq(facts_encode(&out.facts, &got), SH_OK);
    cr_expect(bytes_equal(bytes_buf(&sent), bytes_buf(&got)));
}

/* ---- what is not sent ---- */

Test(casework_content, an_object_that_fails_the_check_is_not_written)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct content in;
    struct sh_why why = {0};
    sample_content(casework, arena, &in);
    sample_set(casework, "colour", json_string("red"));
    cr_expect_eq(content_encode(&in, &bytes, &why), SH_E_JSON);
    cr_expect_str_eq(why.text, "colour: unknown key");
    cr_expect_eq(bytes.len, 0);
}

Test(casework_content, facts_of_another_kind_are_not_written)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct content in;
    sample_content(casework, arena, &in);
    in.facts.kind = KIND_CONCERN;
    cr_expect_eq(content_encode(&in, &bytes, NULL), SH_E_HEADER_DISAGREES);
}

static sh_err encode_enclosures(size_t count, size_t signed_data_len)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct enclosure *list = arena_array(arena, count, sizeof *list);
    uint8_t *data = arena_alloc(arena, signed_data_len + 1);
    const struct sh_hash path = {{9}};
    cr_assert(list && data);
    for (size_t i = 0; i < count; i++) {
        list[i] = sample_enclosure(&path);
        list[i].signed_data = bytes_of(data, signed_data_len);
    }
    struct content in, out;
    sample_content(casework, arena, &in);
    in.enclosures = list;
    in.enclosures_len = count;
    SH_TRY(content_encode(&in, &bytes, NULL));
    SH_TRY(content_decode(bytes_buf(&bytes), arena, &out, NULL));
    json_decref(out.casework);
    cr_expect_eq(out.enclosures_len, count);
    return SH_OK;
}

Test(casework_content, as_many_enclosures_as_the_limit_pass_and_one_more_does_not)
{
    cr_expect_eq(encode_enclosures(SH_ENCLOSURES_MAX, 8192), SH_OK);
    cr_expect_eq(encode_enclosures(SH_ENCLOSURES_MAX + 1, 8), SH_E_TOO_BIG);
}

Test(casework_content, content_of_almost_the_limit_passes_and_more_does_not)
{
    cr_expect_eq(encode_enclosures(1, SH_CONTENT_BYTES_MAX - 4096), SH_OK);
    cr_expect_eq(encode_enclosures(1, SH_CONTENT_BYTES_MAX), SH_E_TOO_BIG);
    cr_expect_eq(encode_enclosures(1, 0), SH_E_FORMAT);
}

/* ---- what is not read ---- */

/* Changes the generated struct of good content; what it points to must last as long as the program.
 */
typedef void (*spoil_fn)(Safehand__Content *content);

static sh_err decode_spoiled(spoil_fn spoil, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf spoiled = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct content in, out;
    sample_content(casework, arena, &in);
    encode(&in, &bytes);
    Safehand__Content *pb = safehand__content__unpack(NULL, bytes.len, bytes.data);
    cr_assert(pb);
    const Safehand__Content whole = *pb;
    const Safehand__Facts facts = *pb->facts;
    const Safehand__Referral referral = *pb->referral;
    spoil(pb);
    uint8_t *room = NULL;
    cr_assert_eq(buf_reserve(&spoiled, safehand__content__get_packed_size(pb), &room), SH_OK);
    spoiled.len = safehand__content__pack(pb, room);
    Safehand__Content *owner = pb;
    *owner = whole;
    *owner->facts = facts;
    *owner->referral = referral;
    safehand__content__free_unpacked(owner, NULL);
    sh_err result = content_decode(bytes_buf(&spoiled), arena, &out, why);
    if (result == SH_OK) {
        json_decref(out.casework);
    }
    return result;
}

static void spoil_nothing(Safehand__Content *content)
{
    (void)content;
}
static void spoil_version(Safehand__Content *content)
{
    content->version = 2;
}
static void spoil_salt(Safehand__Content *content)
{
    content->salt.len = 31;
}
static void spoil_address(Safehand__Content *content)
{
    static char bad[] = "dsl@a.b.school";
    content->facts->from = bad;
}
static void spoil_kind(Safehand__Content *content)
{
    content->facts->kind = SAFEHAND__KIND__CONCERN;
}
static void spoil_body(Safehand__Content *content)
{
    content->body_case = SAFEHAND__CONTENT__BODY__NOT_SET;
}
static void spoil_body_type(Safehand__Content *content)
{
    content->body_case = SAFEHAND__CONTENT__BODY_CONCERN;
    content->facts->kind = SAFEHAND__KIND__CONCERN;
    static Safehand__EarlyConcern empty = SAFEHAND__EARLY_CONCERN__INIT;
    content->concern = &empty;
}
static void spoil_required(Safehand__Content *content)
{
    content->referral->n_to = 0;
}
static void spoil_code(Safehand__Content *content)
{
    content->referral->has_urgency = 1;
    content->referral->urgency = (Safehand__Urgency)99;
}
static void spoil_text(Safehand__Content *content)
{
    static char bad[] = "\xff";
    content->referral->note = bad;
}
static void spoil_when(Safehand__Content *content)
{
    static char bad[] = "yesterday";
    static Safehand__When when = SAFEHAND__WHEN__INIT;
    static Safehand__Call call = SAFEHAND__CALL__INIT;
    when.text = bad;
    call.when = &when;
    content->referral->telephoned = &call;
}
/* `is` of a correction: with none of its forms. */
static void spoil_value(Safehand__Content *content)
{
    static char text[] = "x";
    static Safehand__Value nothing = SAFEHAND__VALUE__INIT;
    static Safehand__Person author = SAFEHAND__PERSON__INIT;
    static Safehand__Correction body = SAFEHAND__CORRECTION__INIT;
    author.name = author.role = text;
    body.author = &author;
    body.corrects = body.reason = text;
    body.is = &nothing;
    content->facts->kind = SAFEHAND__KIND__CORRECTION;
    content->body_case = SAFEHAND__CONTENT__BODY_CORRECTION;
    content->correction = &body;
}

static uint8_t some_bytes[SH_SIGNATURE_BYTES_MAX + 1];
static Safehand__Enclosure spoiled_enclosure;

/* Good, but for what is changed after. */
static void put_enclosure(Safehand__Content *content)
{
    const ProtobufCBinaryData hash = {SH_HASH_BYTES, some_bytes}, one = {1, some_bytes};
    static Safehand__Opening opening = SAFEHAND__OPENING__INIT;
    static Safehand__Statement accepted = SAFEHAND__STATEMENT__INIT;
    static Safehand__Enclosure *list[1] = {&spoiled_enclosure};
    opening.salt = hash;
    opening.facts = one;
    accepted.opening = &opening;
    accepted.leaf = accepted.checkpoint = one;
    safehand__enclosure__init(&spoiled_enclosure);
    spoiled_enclosure.accepted = &accepted;
    spoiled_enclosure.header = spoiled_enclosure.signed_data = spoiled_enclosure.signature = one;
    content->n_enclosures = 1;
    content->enclosures = list;
}
static void spoil_enclosed_header(Safehand__Content *content)
{
    put_enclosure(content);
    spoiled_enclosure.header.len = 0;
}
static void spoil_enclosed_data(Safehand__Content *content)
{
    put_enclosure(content);
    spoiled_enclosure.signed_data.len = 0;
}
static void spoil_enclosed_signature(Safehand__Content *content)
{
    put_enclosure(content);
    spoiled_enclosure.signature.len = SH_SIGNATURE_BYTES_MAX + 1;
}

static const struct {
    spoil_fn spoil;
    sh_err result;
    const char *why;
} SPOILED[] = {
    {spoil_nothing, SH_OK, ""},
    {spoil_version, SH_E_BAD_VERSION, NULL},
    {spoil_salt, SH_E_FORMAT, NULL},
    {spoil_address, SH_E_BAD_ADDRESS, NULL},
    {spoil_kind, SH_E_HEADER_DISAGREES, NULL},
    {spoil_body, SH_E_FORMAT, NULL},
    {spoil_body_type, SH_E_BAD_CONTENT, "the content cannot be read: to: missing"},
    {spoil_required, SH_E_BAD_CONTENT, "the content cannot be read: to: missing"},
    {spoil_code, SH_E_BAD_CODE, NULL},
    {spoil_text, SH_E_BAD_TEXT, NULL},
    {spoil_when, SH_E_BAD_CONTENT,
     "the content cannot be read: telephoned.when: not a date and time"},
    {spoil_value, SH_E_BAD_CONTENT, NULL},
    {put_enclosure, SH_OK, ""},
    {spoil_enclosed_header, SH_E_FORMAT, NULL},
    {spoil_enclosed_data, SH_E_FORMAT, NULL},
    {spoil_enclosed_signature, SH_E_FORMAT, NULL},
};

Test(casework_content, spoiled_content_is_refused_with_the_code_of_its_fault)
{
    for (size_t i = 0; i < sizeof SPOILED / sizeof SPOILED[0]; i++) {
        struct sh_why why = {0};
        cr_expect_eq(decode_spoiled(SPOILED[i].spoil, &why), SPOILED[i].result, "%zu: %s", i,
                     why.text);
        if (SPOILED[i].why) {
            cr_expect_str_eq(why.text, SPOILED[i].why);
        }
    }
}

static void spoil_cited(Safehand__Content *content)
{
    static Safehand__Cited nothing = SAFEHAND__CITED__INIT;
    static Safehand__Cited *cites[1] = {&nothing};
    static Safehand__Reconsideration body = SAFEHAND__RECONSIDERATION__INIT;
    body.n_cites = 1;
    body.cites = cites;
    content->facts->kind = SAFEHAND__KIND__RECONSIDERATION;
    content->body_case = SAFEHAND__CONTENT__BODY_RECONSIDERATION;
    content->reconsideration = &body;
}

Test(casework_content, a_cite_of_nothing_is_refused)
{
    cr_expect_eq(decode_spoiled(spoil_cited, NULL), SH_E_BAD_CONTENT);
}

Test(casework_content, cut_content_and_content_with_more_behind_it_are_refused)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct content in, out;
    sample_content(casework, arena, &in);
    encode(&in, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        cr_assert_neq(content_decode(bytes_of(bytes.data, len), arena, &out, NULL), SH_OK);
    }
    /* An unknown field, number 100. */
    cr_assert_eq(buf_append(&bytes, bytes_of("\xa0\x06\x01", 3)), SH_OK);
    cr_assert_eq(content_decode(bytes_buf(&bytes), arena, &out, NULL), SH_E_NOT_CANONICAL);
}

Test(casework_content, content_above_the_limit_is_not_unpacked)
{
    SH_DEFER(arena_free) struct arena *arena = new_arena();
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX + 1);
    uint8_t *room = NULL;
    struct content out;
    struct sh_why why = {0};
    cr_assert_eq(buf_reserve(&bytes, SH_CONTENT_BYTES_MAX + 1, &room), SH_OK);
    memset(room, 0, SH_CONTENT_BYTES_MAX + 1);
    bytes.len = SH_CONTENT_BYTES_MAX + 1;
    cr_assert_eq(content_decode(bytes_buf(&bytes), arena, &out, &why), SH_E_TOO_BIG);
    cr_assert_str_eq(why.text, "the content cannot be read: it is larger than the limit");
    cr_assert_eq(arena_used_bytes(arena), 0);
}

/* What the limits on lists and text allow must be readable, however many short entries it has. */
Test(casework_content, a_referral_of_64_children_with_many_short_entries_comes_back)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    json_t *children = json_array();
    for (int i = 0; i < (int)SH_CHILDREN_MAX; i++) {
        json_t *child = json_pack("{s:s, s:s, s:[], s:[]}", "given_names", "A", "family_name", "B",
                                  "known_as", "local_ids");
        for (int k = 0; k < 8; k++) {
            json_array_append_new(json_object_get(child, "known_as"), json_string("C"));
            json_array_append_new(json_object_get(child, "local_ids"), json_string("e"));
        }
        json_array_append_new(children, child);
    }
    sample_set(casework, "children", children);
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(casework);
    cr_assert(json_equal(back, casework));
}
