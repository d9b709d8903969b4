/* Budget, walk, comparison: three short passes over what a stranger sent, none of which knows what
 * a message means. Each reads generated structs through their descriptors, so a schema that grows
 * needs nothing here. */
#include "gate.h"

/* ---- the budget ---- */

struct budget {
    struct arena *arena;
    size_t bytes_left;
    size_t count_left;
    bool spent;     /* the peer asked for too much */
    bool exhausted; /* the caller's arena, or the machine, has no more */
};

static void *budget_alloc(void *data, size_t size)
{
    struct budget *budget = data;
    if (size > budget->bytes_left || budget->count_left == 0) {
        budget->spent = true;
        return NULL;
    }
    void *at = arena_alloc(budget->arena, size);
    if (!at) {
        budget->exhausted = true;
        return NULL;
    }
    budget->bytes_left -= size;
    budget->count_left--;
    return at;
}

/* The arena takes all back at once. */
static void budget_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

static size_t budget_bytes(const struct gate_rules *rules, size_t input_len)
{
    size_t most = rules->unpack_bytes_max ? rules->unpack_bytes_max : SH_UNPACK_BYTES_MAX;
    size_t factor = rules->unpack_factor ? rules->unpack_factor : SH_UNPACK_FACTOR;
    if (input_len >= most / factor) {
        return most;
    }
    size_t wanted = input_len * factor + GATE_FREE_BYTES;
    return wanted < most ? wanted : most;
}

static sh_err unpack(const struct gate_rules *rules, struct bytes in, struct arena *arena,
                     ProtobufCMessage **out)
{
    struct budget budget = {
        .arena = arena,
        .bytes_left = budget_bytes(rules, in.len),
        .count_left = rules->unpack_count_max ? rules->unpack_count_max : SH_UNPACK_COUNT_MAX,
    };
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    ProtobufCMessage *message = protobuf_c_message_unpack(rules->type, &allocator, in.len, in.data);
    SH_CHECK(!budget.spent, SH_E_TOO_BIG);
    SH_CHECK(!budget.exhausted, SH_E_NOMEM);
    SH_CHECK(message, SH_E_FORMAT);
    *out = message;
    return SH_OK;
}

/* ---- re-packing ---- */

/* Takes the re-packed bytes piece by piece and holds them against the input, so that no copy is
 * made. */
struct comparison {
    ProtobufCBuffer base; /* first, so that a pointer to it is one to this */
    struct bytes rest;    /* of the input */
    bool equal;
};

static void compare_piece(ProtobufCBuffer *base, size_t len, const uint8_t *piece)
{
    struct comparison *c = (struct comparison *)base;
    if (!c->equal || len == 0) {
        return;
    }
    if (len > c->rest.len || memcmp(piece, c->rest.data, len) != 0) {
        c->equal = false;
        return;
    }
    c->rest = bytes_of(c->rest.data + len, c->rest.len - len);
}

static bool repacks_to(const ProtobufCMessage *message, struct bytes in)
{
    struct comparison c = {.base = {compare_piece}, .rest = in, .equal = true};
    protobuf_c_message_pack_to_buffer(message, &c.base);
    return c.equal && c.rest.len == 0;
}

/* ---- text ---- */

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the sequence at `at`, 0 if it is none. The NUL at the end of the text is no tail, so
 * this never reads past it. */
static size_t sequence_len(const unsigned char *at)
{
    unsigned char lead = at[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return is_tail(at[1]) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        bool overlong = lead == 0xE0 && at[1] < 0xA0;
        bool surrogate = lead == 0xED && at[1] > 0x9F;
        return is_tail(at[1]) && !overlong && !surrogate && is_tail(at[2]) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        bool overlong = lead == 0xF0 && at[1] < 0x90;
        bool too_high = lead == 0xF4 && at[1] > 0x8F;
        return is_tail(at[1]) && !overlong && !too_high && is_tail(at[2]) && is_tail(at[3]) ? 4 : 0;
    }
    return 0;
}

bool gate_text_is_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t len = sequence_len(at);
        if (len == 0) {
            return false;
        }
        at += len;
    }
    return true;
}

/* ---- the walk ---- */

/* What one walk over a message found, to be answered in the order that gate.h gives. */
struct findings {
    bool version, unknown, text, code, number, missing;
};

static void walk_message(const ProtobufCMessage *message, struct findings *found);

static void walk_text(const char *text, struct findings *found)
{
    if (!text) {
        found->missing = true;
    } else if (!gate_text_is_valid(text)) {
        found->text = true;
    }
}

static void walk_value(const ProtobufCFieldDescriptor *field, const void *at, size_t index,
                       struct findings *found)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM: {
        int code = ((const int *)at)[index];
        found->code |= protobuf_c_enum_descriptor_get_value(field->descriptor, code) == NULL;
        break;
    }
    case PROTOBUF_C_TYPE_STRING:
        walk_text(((const char *const *)at)[index], found);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        walk_message(((const ProtobufCMessage *const *)at)[index], found);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        found->number |= ((const uint64_t *)at)[index] > INT64_MAX;
        break;
    case PROTOBUF_C_TYPE_UINT32:
        if (field->id == 1 && strcmp(field->name, "version") == 0) {
            found->version |= ((const uint32_t *)at)[index] != GATE_VERSION;
        }
        break;
    default:
        break;
    }
}

static bool is_absent(const ProtobufCFieldDescriptor *field, const void *at, const void *quantifier)
{
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        return *(const uint32_t *)quantifier != field->id;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return *(const void *const *)at == NULL;
    }
    return !*(const protobuf_c_boolean *)quantifier;
}

static void walk_field(const ProtobufCFieldDescriptor *field, const uint8_t *base,
                       struct findings *found)
{
    const void *at = base + field->offset;
    const void *quantifier = base + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
        walk_value(field, at, 0, found);
    } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = *(const size_t *)quantifier;
        for (size_t i = 0; i < n; i++) {
            walk_value(field, *(const void *const *)at, i, found);
        }
    } else if (!is_absent(field, at, quantifier)) {
        walk_value(field, at, 0, found);
    }
}

/* Goes as deep as the schema does; a test keeps the schema free of recursive types. */
static void walk_message(const ProtobufCMessage *message, struct findings *found)
{
    if (!message) {
        found->missing = true;
        return;
    }
    found->unknown |= message->n_unknown_fields != 0;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        walk_field(&message->descriptor->fields[i], (const uint8_t *)message, found);
    }
}

/* ---- the gate ---- */

sh_err gate_unpack(const struct gate_rules *rules, struct bytes in, struct arena *arena,
                   const ProtobufCMessage **out)
{
    SH_CHECK(in.len <= rules->bytes_max, SH_E_TOO_BIG);
    ProtobufCMessage *message = NULL;
    SH_TRY(unpack(rules, in, arena, &message));
    struct findings found = {0};
    walk_message(message, &found);
    SH_CHECK(!found.version, SH_E_BAD_VERSION);
    SH_CHECK(!found.unknown && repacks_to(message, in), SH_E_NOT_CANONICAL);
    SH_CHECK(!found.text, SH_E_BAD_TEXT);
    SH_CHECK(!found.code, SH_E_BAD_CODE);
    SH_CHECK(!found.number, SH_E_FORMAT);
    *out = message;
    return SH_OK;
}

sh_err gate_pack(const struct gate_rules *rules, const ProtobufCMessage *message, struct buf *out)
{
    struct findings found = {0};
    walk_message(message, &found);
    SH_CHECK(!found.missing && !found.unknown, SH_E_FORMAT);
    SH_CHECK(!found.version, SH_E_BAD_VERSION);
    SH_CHECK(!found.text, SH_E_BAD_TEXT);
    SH_CHECK(!found.code, SH_E_BAD_CODE);
    SH_CHECK(!found.number, SH_E_FORMAT);
    size_t len = protobuf_c_message_get_packed_size(message);
    SH_CHECK(len <= rules->bytes_max, SH_E_TOO_BIG);
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out, len, &room));
    protobuf_c_message_pack(message, room);
    out->len += len;
    return SH_OK;
}
