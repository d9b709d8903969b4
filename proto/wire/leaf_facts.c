/* The facts behind a leaf. Which of them belong to which type of leaf is a table for those who
 * write and read them (docs/PROTOCOL.md); here a fact is present or absent, and well formed. */
#include "convert.h"
#include "gate.h"
#include "wire/log.h"

static const struct gate_rules FACTS_RULES = {
    .type = &safehand__leaf_facts__descriptor,
    .bytes_max = SH_FACTS_BYTES_MAX,
};

/* ---- from the wire ---- */

static sh_err take_address(const char *in, struct address *out)
{
    return in ? address_from(in, out) : SH_OK;
}

static sh_err take_identity(const Safehand__LeafFacts *in, struct leaf_facts *out)
{
    SH_TRY(optional_id_from_pb(in->has_message_id, in->message_id, &out->message_id));
    SH_TRY(optional_id_from_pb(in->has_thread_id, in->thread_id, &out->thread_id));
    SH_TRY(optional_hash_from_pb(in->has_header_sha256, in->header_sha256, &out->header_sha256));
    SH_TRY(optional_hash_from_pb(in->has_parent, in->parent, &out->parent));
    SH_TRY(optional_hash_from_pb(in->has_seat, in->seat, &out->seat));
    SH_TRY(optional_hash_from_pb(in->has_receipt_sha256, in->receipt_sha256, &out->receipt_sha256));
    SH_TRY(optional_hash_from_pb(in->has_sha256, in->sha256, &out->sha256));
    SH_TRY(optional_hash_from_pb(in->has_checkpoint_sha256, in->checkpoint_sha256,
                                 &out->checkpoint_sha256));
    SH_TRY(take_address(in->from, &out->from));
    SH_TRY(take_address(in->by, &out->by));
    out->name = in->name;
    return SH_OK;
}

static sh_err take_times(const Safehand__LeafFacts *in, struct leaf_facts *out)
{
    out->has_created_at = in->has_created_at_ms;
    out->has_clock_from = in->has_clock_from_ms;
    out->has_next_due = in->has_next_due_ms;
    out->has_at = in->has_at_ms;
    out->has_due = in->has_due_ms;
    SH_TRY(optional_time_from_pb(in->has_created_at_ms, in->created_at_ms, &out->created_at_ms));
    SH_TRY(optional_time_from_pb(in->has_clock_from_ms, in->clock_from_ms, &out->clock_from_ms));
    SH_TRY(optional_time_from_pb(in->has_next_due_ms, in->next_due_ms, &out->next_due_ms));
    SH_TRY(optional_time_from_pb(in->has_at_ms, in->at_ms, &out->at_ms));
    return optional_time_from_pb(in->has_due_ms, in->due_ms, &out->due_ms);
}

static sh_err take_codes(const Safehand__LeafFacts *in, struct leaf_facts *out)
{
    out->kind = in->has_kind ? (uint32_t)in->kind : 0;
    out->subtype = in->has_subtype ? (uint32_t)in->subtype : 0;
    out->urgency = in->has_urgency ? (uint32_t)in->urgency : 0;
    out->outcome = in->has_outcome ? (uint32_t)in->outcome : 0;
    SH_TRY(optional_number_from_pb(in->has_level, in->level, &out->level));
    SH_TRY(
        optional_number_from_pb(in->has_children_count, in->children_count, &out->children_count));
    SH_TRY(optional_number_from_pb(in->has_code, in->code, &out->code));
    out->clock = in->has_clock ? (uint32_t)in->clock : 0;
    return optional_flag_from_pb(in->has_telephone, in->telephone, &out->telephone);
}

static void take_counts(const Safehand__LeafFacts *in, struct leaf_facts *out)
{
    out->has_sealed_bytes = in->has_sealed_bytes;
    out->sealed_bytes = in->has_sealed_bytes ? in->sealed_bytes : 0;
    out->has_count = in->has_count;
    out->count = in->has_count ? in->count : 0;
    out->has_version = in->has_version;
    out->version = in->has_version ? in->version : 0;
    out->has_log_index = in->has_log_index;
    out->log_index = in->has_log_index ? in->log_index : 0;
}

static sh_err take_desks(const Safehand__LeafFacts *in, struct arena *arena, struct leaf_facts *out)
{
    SH_CHECK(in->n_to <= SH_DESKS_MAX, SH_E_TOO_BIG);
    if (in->n_to == 0) {
        return SH_OK;
    }
    struct leaf_desk *to = arena_array(arena, in->n_to, sizeof *to);
    SH_CHECK(to, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_to; i++) {
        SH_TRY(address_from(in->to[i]->address, &to[i].address));
        to[i].role = (enum role)in->to[i]->role;
    }
    out->to = to;
    out->to_len = in->n_to;
    return SH_OK;
}

/* A clock names a desk if it is that desk's alone, and else none. */
static sh_err clock_check(const struct leaf_clock *clock)
{
    bool named = clock->by.text[0] != '\0';
    SH_CHECK(named == (clock->owed == OWED_BY_DESK), SH_E_FORMAT);
    SH_TRY(named ? address_check(&clock->by) : SH_OK);
    return time_check(clock->due_ms);
}

static sh_err take_clocks(const Safehand__LeafFacts *in, struct arena *arena,
                          struct leaf_facts *out)
{
    SH_CHECK(in->n_clocks <= SH_LEAF_CLOCKS_MAX, SH_E_TOO_BIG);
    if (in->n_clocks == 0) {
        return SH_OK;
    }
    struct leaf_clock *clocks = arena_array(arena, in->n_clocks, sizeof *clocks);
    SH_CHECK(clocks, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_clocks; i++) {
        const Safehand__LeafClock *pb = in->clocks[i];
        clocks[i] = (struct leaf_clock){.duty = (enum duty)pb->duty, .owed = (enum owed)pb->owed};
        SH_TRY(time_from_pb(pb->due_ms, &clocks[i].due_ms));
        SH_TRY(take_address(pb->by, &clocks[i].by));
        SH_TRY(clock_check(&clocks[i]));
    }
    out->clocks = clocks;
    out->clocks_len = in->n_clocks;
    return SH_OK;
}

static sh_err take_answer(const Safehand__LeafFacts *in, struct arena *arena,
                          struct leaf_facts *out)
{
    const struct pb_answer lists = {in->n_cites, in->cites, in->n_children, in->children};
    struct answer answer;
    SH_TRY(answer_from_pb(&lists, arena, &answer));
    out->cites = answer.cites;
    out->cites_len = answer.cites_len;
    out->children = answer.children;
    out->children_len = answer.children_len;
    return SH_OK;
}

/* None, or both. */
static sh_err take_signatures(const Safehand__LeafFacts *in, struct leaf_facts *out)
{
    SH_CHECK(in->n_signatures == 0 || in->n_signatures == 2, SH_E_FORMAT);
    for (size_t i = 0; i < in->n_signatures; i++) {
        out->signatures[i] = bytes_from_pb(in->signatures[i]);
        SH_CHECK(out->signatures[i].len == SH_ED25519_BYTES, SH_E_FORMAT);
    }
    return SH_OK;
}

static sh_err code_check(const struct leaf_facts *in)
{
    SH_CHECK(in->code == 0 || sh_err_known(in->code), SH_E_BAD_CODE);
    return SH_OK;
}

sh_err leaf_facts_decode(struct bytes in, struct arena *arena, struct leaf_facts *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&FACTS_RULES, in, arena, &message));
    const Safehand__LeafFacts *pb = (const Safehand__LeafFacts *)message;
    struct leaf_facts facts = {0};
    SH_TRY(take_identity(pb, &facts));
    SH_TRY(take_times(pb, &facts));
    SH_TRY(take_codes(pb, &facts));
    take_counts(pb, &facts);
    SH_TRY(take_desks(pb, arena, &facts));
    SH_TRY(take_answer(pb, arena, &facts));
    SH_TRY(take_clocks(pb, arena, &facts));
    SH_TRY(take_signatures(pb, &facts));
    SH_TRY(code_check(&facts));
    *out = facts;
    return SH_OK;
}

/* ---- to the wire ---- */

struct leaf_facts_room {
    Safehand__LeafDesk to[SH_DESKS_MAX];
    Safehand__LeafDesk *to_list[SH_DESKS_MAX];
    Safehand__LeafClock clocks[SH_LEAF_CLOCKS_MAX];
    Safehand__LeafClock *clock_list[SH_LEAF_CLOCKS_MAX];
    struct answer_room answer;
    ProtobufCBinaryData signatures[2];
};

static sh_err leaf_facts_check(const struct leaf_facts *in)
{
    const int64_t times[] = {in->created_at_ms, in->clock_from_ms, in->next_due_ms, in->at_ms,
                             in->due_ms};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        SH_TRY(time_check(times[i]));
    }
    SH_CHECK(in->to_len <= SH_DESKS_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->to_len; i++) {
        SH_TRY(address_check(&in->to[i].address));
    }
    SH_TRY(in->from.text[0] ? address_check(&in->from) : SH_OK);
    SH_TRY(in->by.text[0] ? address_check(&in->by) : SH_OK);
    SH_TRY(code_check(in));
    SH_CHECK(in->clocks_len <= SH_LEAF_CLOCKS_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->clocks_len; i++) {
        SH_TRY(clock_check(&in->clocks[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        SH_CHECK(in->signatures[i].len == (in->signatures[0].len ? SH_ED25519_BYTES : 0),
                 SH_E_FORMAT);
    }
    const struct answer answer = {in->cites, in->cites_len, in->children, in->children_len};
    return answer_check(&answer);
}

static void put_identity(const struct leaf_facts *in, Safehand__LeafFacts *out)
{
    out->has_message_id = !id_is_zero(&in->message_id);
    out->message_id = FIXED_TO_PB(in->message_id);
    out->has_thread_id = !id_is_zero(&in->thread_id);
    out->thread_id = FIXED_TO_PB(in->thread_id);
    out->has_header_sha256 = !hash_is_zero(&in->header_sha256);
    out->header_sha256 = FIXED_TO_PB(in->header_sha256);
    out->has_parent = !hash_is_zero(&in->parent);
    out->parent = FIXED_TO_PB(in->parent);
    out->has_seat = !hash_is_zero(&in->seat);
    out->seat = FIXED_TO_PB(in->seat);
    out->has_receipt_sha256 = !hash_is_zero(&in->receipt_sha256);
    out->receipt_sha256 = FIXED_TO_PB(in->receipt_sha256);
    out->has_sha256 = !hash_is_zero(&in->sha256);
    out->sha256 = FIXED_TO_PB(in->sha256);
    out->has_checkpoint_sha256 = !hash_is_zero(&in->checkpoint_sha256);
    out->checkpoint_sha256 = FIXED_TO_PB(in->checkpoint_sha256);
    out->from = in->from.text[0] ? text_to_pb(in->from.text) : NULL;
    out->by = in->by.text[0] ? text_to_pb(in->by.text) : NULL;
    out->name = text_to_pb(in->name);
}

static void put_numbers(const struct leaf_facts *in, Safehand__LeafFacts *out)
{
    out->has_created_at_ms = in->has_created_at;
    out->created_at_ms = (uint64_t)in->created_at_ms;
    out->has_clock_from_ms = in->has_clock_from;
    out->clock_from_ms = (uint64_t)in->clock_from_ms;
    out->has_next_due_ms = in->has_next_due;
    out->next_due_ms = (uint64_t)in->next_due_ms;
    out->has_at_ms = in->has_at;
    out->at_ms = (uint64_t)in->at_ms;
    out->has_due_ms = in->has_due;
    out->due_ms = (uint64_t)in->due_ms;
    out->has_sealed_bytes = in->has_sealed_bytes;
    out->sealed_bytes = in->sealed_bytes;
    out->has_count = in->has_count;
    out->count = in->count;
    out->has_version = in->has_version;
    out->version = in->version;
    out->has_log_index = in->has_log_index;
    out->log_index = in->log_index;
}

static void put_codes(const struct leaf_facts *in, Safehand__LeafFacts *out)
{
    out->has_kind = in->kind != 0;
    out->kind = (Safehand__Kind)in->kind;
    out->has_subtype = in->subtype != 0;
    out->subtype = (Safehand__Subtype)in->subtype;
    out->has_urgency = in->urgency != 0;
    out->urgency = (Safehand__Urgency)in->urgency;
    out->has_outcome = in->outcome != 0;
    out->outcome = (Safehand__Outcome)in->outcome;
    out->has_level = in->level != 0;
    out->level = in->level;
    out->has_children_count = in->children_count != 0;
    out->children_count = in->children_count;
    out->has_code = in->code != 0;
    out->code = in->code;
    out->has_clock = in->clock != 0;
    out->clock = (Safehand__Duty)in->clock;
    out->has_telephone = out->telephone = in->telephone;
}

static void put_clocks(const struct leaf_facts *in, struct leaf_facts_room *room,
                       Safehand__LeafFacts *out)
{
    for (size_t i = 0; i < in->clocks_len; i++) {
        const struct leaf_clock *clock = &in->clocks[i];
        safehand__leaf_clock__init(&room->clocks[i]);
        room->clocks[i].duty = (Safehand__Duty)clock->duty;
        room->clocks[i].owed = (Safehand__Owed)clock->owed;
        room->clocks[i].due_ms = (uint64_t)clock->due_ms;
        room->clocks[i].by = clock->by.text[0] ? text_to_pb(clock->by.text) : NULL;
        room->clock_list[i] = &room->clocks[i];
    }
    out->n_clocks = in->clocks_len;
    out->clocks = room->clock_list;
}

static void put_lists(const struct leaf_facts *in, struct leaf_facts_room *room,
                      Safehand__LeafFacts *out)
{
    for (size_t i = 0; i < in->to_len; i++) {
        safehand__leaf_desk__init(&room->to[i]);
        room->to[i].address = text_to_pb(in->to[i].address.text);
        room->to[i].role = (Safehand__Role)in->to[i].role;
        room->to_list[i] = &room->to[i];
    }
    out->n_to = in->to_len;
    out->to = room->to_list;
    const struct answer answer = {in->cites, in->cites_len, in->children, in->children_len};
    struct pb_answer lists;
    answer_to_pb(&answer, &room->answer, &lists);
    out->n_cites = lists.n_cites;
    out->cites = lists.cites;
    out->n_children = lists.n_children;
    out->children = lists.children;
    for (size_t i = 0; i < 2 && in->signatures[i].len; i++) {
        room->signatures[i] = bytes_to_pb(in->signatures[i]);
        out->n_signatures = i + 1;
    }
    out->signatures = room->signatures;
}

sh_err leaf_facts_encode(const struct leaf_facts *in, struct buf *out)
{
    SH_TRY(leaf_facts_check(in));
    struct leaf_facts_room room;
    Safehand__LeafFacts pb = SAFEHAND__LEAF_FACTS__INIT;
    put_identity(in, &pb);
    put_numbers(in, &pb);
    put_codes(in, &pb);
    put_lists(in, &room, &pb);
    put_clocks(in, &room, &pb);
    return gate_pack(&FACTS_RULES, &pb.base, out);
}
