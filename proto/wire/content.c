/* Content: what the sender signs, as protobuf. Facts and statements are converted as everywhere in
 * wire/; the body is the JSON bridge's. Whether the facts fit the header is the envelope's to
 * compare. */
#include "casework.pb-c.h"
#include "casework_kind.h"
#include "convert.h"
#include "gate.h"

static const struct gate_rules CONTENT_RULES = {
    .type = &safehand__content__descriptor,
    .bytes_max = SH_CONTENT_BYTES_MAX,
    /* Half of what a reader's arena has: the other half is for the checked structs. */
    .unpack_bytes_max = CONTENT_ARENA_BYTES / 2,
    .unpack_count_max = CONTENT_ARENA_COUNT / 2,
    /* Many short entries (64 children with 8 identifiers each) take some 25 times their bytes. An
     * enrolled sender has signed them, and the two limits above hold. */
    .unpack_factor = 64,
};

/* What we could not read, nobody we send it to could: better refused here than there. */
static sh_err check_readable(struct bytes encoded, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    SH_TRY(arena_new(CONTENT_ARENA_BYTES, CONTENT_ARENA_COUNT, &arena));
    sh_err result = gate_unpack(&CONTENT_RULES, encoded, arena, &message);
    return result == SH_OK ? SH_OK : sh_fail(why, result, "it has too many entries to be read");
}

/* ---- to the wire ---- */

/* What the generated structs of one enclosure point into. */
struct enclosure_room {
    Safehand__Enclosure enclosure;
    Safehand__Statement accepted;
    struct batch_room batch;
    struct statement_room statement;
};

static sh_err check_enclosure(const struct enclosure *in)
{
    SH_TRY(length_check(in->header, SH_HEADER_BYTES_MAX));
    SH_TRY(length_check(in->signed_data, SH_CONTENT_BYTES_MAX));
    return signature_check(in->signature);
}

static sh_err put_enclosure(const struct enclosure *in, struct enclosure_room *room)
{
    SH_TRY(check_enclosure(in));
    Safehand__Enclosure *out = &room->enclosure;
    safehand__enclosure__init(out);
    out->header = bytes_to_pb(in->header);
    out->signed_data = bytes_to_pb(in->signed_data);
    out->signature = bytes_to_pb(in->signature);
    SH_TRY(batch_to_pb(&in->batch, &room->batch, &out->batch));
    SH_TRY(statement_to_pb(&in->accepted, &room->statement, &room->accepted));
    out->accepted = &room->accepted;
    return SH_OK;
}

static sh_err put_enclosures(const struct content *in, struct arena *arena, Safehand__Content *out)
{
    SH_CHECK(in->enclosures_len <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    if (in->enclosures_len == 0) {
        return SH_OK;
    }
    struct enclosure_room *rooms = arena_array(arena, in->enclosures_len, sizeof *rooms);
    Safehand__Enclosure **list =
        arena_array(arena, in->enclosures_len, sizeof(Safehand__Enclosure *));
    SH_CHECK(rooms && list, SH_E_NOMEM);
    for (size_t i = 0; i < in->enclosures_len; i++) {
        SH_TRY(put_enclosure(&in->enclosures[i], &rooms[i]));
        list[i] = &rooms[i].enclosure;
    }
    out->n_enclosures = in->enclosures_len;
    out->enclosures = list;
    return SH_OK;
}

/* The members of the oneof `body` share one pointer; referral's stands for any. */
static void put_body(ProtobufCMessage *body, enum kind kind, Safehand__Content *out)
{
    out->referral = (Safehand__Referral *)body;
    out->body_case = (Safehand__Content__BodyCase)(CONTENT_BODY_OFFSET + (unsigned)kind);
}

sh_err content_encode(const struct content *in, struct buf *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CASEWORK_ARENA_BYTES, CASEWORK_ARENA_COUNT, &arena));
    ProtobufCMessage *body = NULL;
    enum kind kind = KIND_REFERRAL;
    SH_TRY(casework_convert(in->casework, arena, &body, why));
    SH_TRY(casework_kind(in->casework, &kind, why));
    if (kind != in->facts.kind) {
        return sh_fail(why, SH_E_HEADER_DISAGREES, "the facts name another kind");
    }
    Safehand__Content content = SAFEHAND__CONTENT__INIT;
    Safehand__Facts facts;
    struct facts_room *room = arena_alloc(arena, sizeof *room);
    SH_CHECK(room, SH_E_NOMEM);
    SH_TRY(facts_to_pb(&in->facts, room, &facts));
    SH_TRY(put_enclosures(in, arena, &content));
    put_body(body, kind, &content);
    content.version = GATE_VERSION;
    content.salt = FIXED_TO_PB(in->salt);
    content.facts = &facts;
    size_t before = out->len;
    sh_err result = gate_pack(&CONTENT_RULES, &content.base, out);
    SH_CHECK(result == SH_OK, sh_fail(why, result, "the content cannot be written"));
    return check_readable(bytes_of(out->data + before, out->len - before), why);
}

/* ---- from the wire ---- */

static sh_err take_enclosure(const Safehand__Enclosure *in, struct arena *arena,
                             struct enclosure *out)
{
    out->header = bytes_from_pb(in->header);
    out->signed_data = bytes_from_pb(in->signed_data);
    out->signature = bytes_from_pb(in->signature);
    SH_TRY(check_enclosure(out));
    SH_TRY(batch_from_pb(in->batch, arena, &out->batch));
    return statement_from_pb(in->accepted, arena, &out->accepted);
}

static sh_err take_enclosures(const Safehand__Content *in, struct arena *arena, struct content *out)
{
    SH_CHECK(in->n_enclosures <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    if (in->n_enclosures == 0) {
        return SH_OK;
    }
    struct enclosure *list = arena_array(arena, in->n_enclosures, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_enclosures; i++) {
        SH_TRY(take_enclosure(in->enclosures[i], arena, &list[i]));
    }
    out->enclosures = list;
    out->enclosures_len = in->n_enclosures;
    return SH_OK;
}

/* `kind` first, as a person would write it. */
static sh_err with_kind(enum kind kind, json_t *body, json_t **out)
{
    SH_DEFER(json_decrefp) json_t *casework = json_object();
    SH_CHECK(casework, SH_E_NOMEM);
    SH_CHECK(json_object_set_new(casework, "kind", json_string(kind_word((uint32_t)kind))) == 0 &&
                 json_object_update(casework, body) == 0,
             SH_E_NOMEM);
    *out = casework;
    casework = NULL;
    return SH_OK;
}

/* A peer's words are held to the same rules as ours: what we would refuse to send, we refuse to
 * read. */
static sh_err take_body(const Safehand__Content *in, json_t **out, struct sh_why *why)
{
    SH_CHECK(in->body_case != SAFEHAND__CONTENT__BODY__NOT_SET, SH_E_FORMAT);
    enum kind kind = (enum kind)((unsigned)in->body_case - CONTENT_BODY_OFFSET);
    SH_CHECK((uint32_t)kind == (uint32_t)in->facts->kind, SH_E_HEADER_DISAGREES);
    SH_DEFER(json_decrefp) json_t *body = NULL;
    SH_DEFER(json_decrefp) json_t *casework = NULL;
    SH_TRY(bridge_to_json(&in->referral->base, &body));
    SH_TRY(with_kind(kind, body, &casework));
    sh_err result = casework_check(casework, why);
    SH_CHECK(result != SH_E_JSON, SH_E_BAD_CONTENT);
    SH_TRY(result);
    *out = casework;
    casework = NULL;
    return SH_OK;
}

static sh_err take_content(const Safehand__Content *in, struct arena *arena, struct content *out,
                           struct sh_why *why)
{
    struct content content = {0};
    SH_TRY(hash_from(bytes_from_pb(in->salt), &content.salt));
    SH_TRY(facts_from_pb(in->facts, arena, &content.facts));
    SH_TRY(take_enclosures(in, arena, &content));
    SH_TRY(take_body(in, &content.casework, why));
    *out = content;
    return SH_OK;
}

sh_err content_decode(struct bytes in, struct arena *arena, struct content *out, struct sh_why *why)
{
    struct sh_why detail = {0};
    const ProtobufCMessage *message = NULL;
    sh_err result = gate_unpack(&CONTENT_RULES, in, arena, &message);
    if (result == SH_OK) {
        result = take_content((const Safehand__Content *)message, arena, out, &detail);
    }
    if (result == SH_OK) {
        return SH_OK;
    }
    const char *text = detail.text[0] ? detail.text : sh_err_sentence(result);
    return sh_fail(why, result, "the content cannot be read: %s", text);
}
