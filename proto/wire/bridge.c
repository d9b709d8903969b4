/* JSON -> generated struct. The other way is bridge_out.c. */
#include "bridge.h"

#include "bridge_forms.h"

#include <stdio.h>

/* ---- places ---- */

enum { KEY_SHOWN_MAX = 48 };

/* A key of ours is lower case with underscores. Any other might be a name that somebody typed
 * there, and no name may stand in an error. */
static bool may_be_shown(const char *key)
{
    size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && len <= KEY_SHOWN_MAX && key[len] == '\0';
}

static sh_err write_place(const struct place *place, struct buf *out)
{
    /* Walked from the inside out, written from the outside in; no deeper than the schema. */
    if (place->up) {
        SH_TRY(write_place(place->up, out));
    }
    if (!place->key) {
        return buf_printf(out, "[%zu]", place->index);
    }
    const char *key = may_be_shown(place->key) ? place->key : "(a key)";
    return buf_printf(out, "%s%s", out->len ? "." : "", key);
}

sh_err place_fail(const struct place *place, struct sh_why *why, const char *complaint)
{
    SH_DEFER(buf_wipe) struct buf path = BUF_INIT(sizeof why->text);
    if (!place || write_place(place, &path) != SH_OK || buf_terminate(&path) != SH_OK) {
        (void)sh_fail(why, SH_E_JSON, "%s", complaint);
    } else {
        (void)sh_fail(why, SH_E_JSON, "%s: %s", (const char *)path.data, complaint);
    }
    return SH_E_JSON;
}

/* ---- the walk ---- */

/* The same for every value of one walk. */
struct walk {
    struct arena *arena;
    struct sh_why *why;
    const char *skipped_key;
};

/* One value: what it is, where it stands, what the schema says of it. */
struct value {
    const json_t *json;
    const struct place *place;
    const ProtobufCFieldDescriptor *field;
};

static sh_err fail(const struct walk *walk, const struct value *value, const char *complaint)
{
    return place_fail(value->place, walk->why, complaint);
}

static sh_err take_object(const struct walk *walk, const struct value *value,
                          const ProtobufCMessageDescriptor *type, ProtobufCMessage **out);

static sh_err take_memory(const struct walk *walk, size_t n, size_t size, void **out)
{
    void *memory = arena_array(walk->arena, n, size);
    if (!memory) {
        (void)sh_fail(walk->why, SH_E_TOO_BIG, "the content holds too much");
        return SH_E_TOO_BIG;
    }
    *out = memory;
    return SH_OK;
}

static sh_err new_message(const struct walk *walk, const ProtobufCMessageDescriptor *type,
                          ProtobufCMessage **out)
{
    void *memory = NULL;
    SH_TRY(take_memory(walk, 1, type->sizeof_message, &memory));
    protobuf_c_message_init(type, memory);
    *out = memory;
    return SH_OK;
}

/* The struct borrows the JSON's own bytes: nothing is copied, so nothing can change on the way. */
static sh_err take_text(const struct walk *walk, const struct value *value, const char **out)
{
    if (!json_is_string(value->json)) {
        return fail(walk, value, "must be text");
    }
    const char *text = json_string_value(value->json);
    size_t len = json_string_length(value->json);
    if (len > SH_TEXT_BYTES_MAX) {
        return fail(walk, value, "longer than 65536 bytes");
    }
    if (strlen(text) != len) {
        return fail(walk, value, "has a NUL byte");
    }
    *out = text;
    return SH_OK;
}

static sh_err take_code(const struct walk *walk, const struct value *value, int *out)
{
    const char *word = NULL;
    SH_TRY(take_text(walk, value, &word));
    if (!form_code_from_word(value->field->descriptor, word, out)) {
        return fail(walk, value, "unknown code");
    }
    return SH_OK;
}

static sh_err take_flag(const struct walk *walk, const struct value *value, protobuf_c_boolean *out)
{
    if (!json_is_boolean(value->json)) {
        return fail(walk, value, "must be true or false");
    }
    *out = json_is_true(value->json);
    return SH_OK;
}

static sh_err take_number(const struct walk *walk, const struct value *value, int64_t min,
                          int64_t max, int64_t *out)
{
    if (!json_is_integer(value->json)) {
        return fail(walk, value, "must be a whole number");
    }
    json_int_t number = json_integer_value(value->json);
    if (number < min || number > max) {
        return fail(walk, value, "out of range");
    }
    *out = number;
    return SH_OK;
}

static sh_err take_formed_text(const struct walk *walk, const struct value *value,
                               const struct text_form *form, ProtobufCMessage **out)
{
    const char *text = NULL;
    SH_TRY(take_text(walk, value, &text));
    if (!form->is_valid(text)) {
        return fail(walk, value, form->complaint);
    }
    ProtobufCMessage *message = NULL;
    SH_TRY(new_message(walk, form->type, &message));
    form_set_text(message, text);
    *out = message;
    return SH_OK;
}

static sh_err take_into(const struct walk *walk, const struct value *value, void *at);

/* A message whose members exclude each other and differ in their JSON type, which chooses. */
static sh_err take_choice(const struct walk *walk, const struct value *value,
                          const struct choice_form *form, ProtobufCMessage **out)
{
    const ProtobufCFieldDescriptor *member = form_choose(form, value->json);
    if (!member) {
        return fail(walk, value, form->complaint);
    }
    ProtobufCMessage *message = NULL;
    SH_TRY(new_message(walk, form->type, &message));
    const struct value chosen = {value->json, value->place, member};
    uint8_t *base = (uint8_t *)message;
    SH_TRY(take_into(walk, &chosen, base + member->offset));
    *(uint32_t *)(void *)(base + member->quantifier_offset) = member->id;
    *out = message;
    return SH_OK;
}

static sh_err take_message(const struct walk *walk, const struct value *value,
                           ProtobufCMessage **out)
{
    const ProtobufCMessageDescriptor *type = value->field->descriptor;
    const struct text_form *text = form_of_text(type);
    if (text) {
        return take_formed_text(walk, value, text, out);
    }
    const struct choice_form *choice = form_of_choice(type);
    if (choice) {
        return take_choice(walk, value, choice, out);
    }
    return take_object(walk, value, type, out);
}

/* One value into the member, or the entry of a member's list, at `at`. */
static sh_err take_into(const struct walk *walk, const struct value *value, void *at)
{
    int64_t number = 0;
    switch (value->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return take_text(walk, value, at);
    case PROTOBUF_C_TYPE_ENUM:
        return take_code(walk, value, at);
    case PROTOBUF_C_TYPE_BOOL:
        return take_flag(walk, value, at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return take_message(walk, value, at);
    case PROTOBUF_C_TYPE_UINT32:
        SH_TRY(take_number(walk, value, 0, UINT32_MAX, &number));
        *(uint32_t *)at = (uint32_t)number;
        return SH_OK;
    case PROTOBUF_C_TYPE_UINT64:
        SH_TRY(take_number(walk, value, 0, INT64_MAX, &number));
        *(uint64_t *)at = (uint64_t)number;
        return SH_OK;
    case PROTOBUF_C_TYPE_INT64:
        return take_number(walk, value, INT64_MIN, INT64_MAX, at);
    default:
        return sh_fail(walk->why, SH_E_BUG, "%s: a type without JSON", value->field->name);
    }
}

static sh_err take_list(const struct walk *walk, const struct value *value, uint8_t *base)
{
    if (!json_is_array(value->json)) {
        return fail(walk, value, "must be a list");
    }
    size_t n = json_array_size(value->json);
    if (n > SH_LIST_MAX) {
        return fail(walk, value, "more than 256 entries");
    }
    /* An empty list is the same as none. */
    if (n == 0) {
        return SH_OK;
    }
    size_t size = form_size(value->field->type);
    void *memory = NULL;
    SH_TRY(take_memory(walk, n, size, &memory));
    uint8_t *entries = memory;
    for (size_t i = 0; i < n; i++) {
        const struct place place = {.up = value->place, .index = i};
        const struct value entry = {json_array_get(value->json, i), &place, value->field};
        if (json_is_null(entry.json)) {
            return fail(walk, &entry, "must not be null");
        }
        SH_TRY(take_into(walk, &entry, entries + i * size));
    }
    *(void **)(void *)(base + value->field->offset) = entries;
    *(size_t *)(void *)(base + value->field->quantifier_offset) = n;
    return SH_OK;
}

static sh_err take_field(const struct walk *walk, const struct value *value, uint8_t *base)
{
    const ProtobufCFieldDescriptor *field = value->field;
    if (json_is_null(value->json)) {
        return fail(walk, value, "must not be null");
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return take_list(walk, value, base);
    }
    SH_TRY(take_into(walk, value, base + field->offset));
    bool has_flag = field->label == PROTOBUF_C_LABEL_OPTIONAL &&
                    field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE;
    if (has_flag) {
        *(protobuf_c_boolean *)(void *)(base + field->quantifier_offset) = 1;
    }
    return SH_OK;
}

static sh_err check_required(const struct walk *walk, const struct value *value,
                             const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REQUIRED &&
            !json_object_get(value->json, field->name)) {
            const struct place place = {.up = value->place, .key = field->name};
            return place_fail(&place, walk->why, "missing");
        }
    }
    return SH_OK;
}

/* Recurses no deeper than the schema, which is acyclic: a key that it does not have ends the walk.
 */
static sh_err take_object(const struct walk *walk, const struct value *value,
                          const ProtobufCMessageDescriptor *type, ProtobufCMessage **out)
{
    if (!json_is_object(value->json)) {
        return fail(walk, value, "must be an object");
    }
    ProtobufCMessage *message = NULL;
    SH_TRY(new_message(walk, type, &message));
    const char *key = NULL;
    json_t *json = NULL;
    json_t *object = NULL;
    /* jansson's iterator wants an object that could be changed; it is not. */
    memcpy(&object, &value->json, sizeof object);
    json_object_foreach (object, key, json) {
        if (!value->place && walk->skipped_key && strcmp(key, walk->skipped_key) == 0) {
            continue;
        }
        const struct place place = {.up = value->place, .key = key};
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(type, key);
        const struct value member = {json, &place, field};
        if (!field) {
            return fail(walk, &member, "unknown key");
        }
        SH_TRY(take_field(walk, &member, (uint8_t *)message));
    }
    SH_TRY(check_required(walk, value, type));
    *out = message;
    return SH_OK;
}

sh_err bridge_from_json(const struct bridge_source *source, struct arena *arena,
                        ProtobufCMessage **out, struct sh_why *why)
{
    const struct walk walk = {arena, why, source->skipped_key};
    const struct value top = {source->object, NULL, NULL};
    return take_object(&walk, &top, source->type, out);
}
