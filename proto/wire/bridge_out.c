/* Generated struct -> JSON. Each present field becomes a key; what is absent leaves none. */
#include "base/limits.h"
#include "bridge.h"
#include "bridge_forms.h"

enum { WORD_BYTES_MAX = 64 };

static sh_err give_object(const ProtobufCMessage *message, json_t **out);
static sh_err give_value(const ProtobufCFieldDescriptor *field, const void *at, json_t **out);

static sh_err give_word(const ProtobufCEnumDescriptor *list, int code, json_t **out)
{
    char word[WORD_BYTES_MAX];
    SH_CHECK(form_word_from_code(list, code, word, sizeof word), SH_E_BAD_CODE);
    *out = json_string(word);
    return SH_OK;
}

static sh_err give_message(const ProtobufCMessage *message, json_t **out)
{
    if (form_of_text(message->descriptor)) {
        *out = json_string(form_text(message));
        return SH_OK;
    }
    if (!form_of_choice(message->descriptor)) {
        return give_object(message, out);
    }
    const ProtobufCFieldDescriptor *member = form_chosen(message);
    SH_CHECK(member, SH_E_BAD_CONTENT);
    return give_value(member, (const uint8_t *)message + member->offset, out);
}

static sh_err give_value(const ProtobufCFieldDescriptor *field, const void *at, json_t **out)
{
    json_t *json = NULL;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        json = json_string(*(const char *const *)at);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        SH_TRY(give_word(field->descriptor, *(const int *)at, &json));
        break;
    case PROTOBUF_C_TYPE_BOOL:
        json = json_boolean(*(const protobuf_c_boolean *)at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        SH_TRY(give_message(*(const ProtobufCMessage *const *)at, &json));
        break;
    case PROTOBUF_C_TYPE_UINT32:
        json = json_integer((json_int_t) * (const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        json = json_integer((json_int_t) * (const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
        json = json_integer((json_int_t) * (const int64_t *)at);
        break;
    default:
        return SH_E_BUG;
    }
    SH_CHECK(json, SH_E_NOMEM);
    *out = json;
    return SH_OK;
}

static sh_err give_list(const ProtobufCFieldDescriptor *field, const uint8_t *base, json_t **out)
{
    SH_DEFER(json_decrefp) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    size_t n = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const uint8_t *entries = *(const uint8_t *const *)(const void *)(base + field->offset);
    for (size_t i = 0; i < n; i++) {
        json_t *entry = NULL;
        SH_TRY(give_value(field, entries + i * form_size(field->type), &entry));
        SH_CHECK(json_array_append_new(list, entry) == 0, SH_E_NOMEM);
    }
    *out = list;
    list = NULL;
    return SH_OK;
}

static bool is_present(const ProtobufCFieldDescriptor *field, const uint8_t *base)
{
    const void *quantifier = base + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)quantifier > 0;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return *(const void *const *)(const void *)(base + field->offset) != NULL;
    }
    return field->label == PROTOBUF_C_LABEL_REQUIRED || *(const protobuf_c_boolean *)quantifier;
}

static sh_err give_field(const ProtobufCFieldDescriptor *field, const uint8_t *base, json_t *object)
{
    if (!is_present(field, base)) {
        return SH_OK;
    }
    json_t *json = NULL;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        SH_TRY(give_list(field, base, &json));
    } else {
        SH_TRY(give_value(field, base + field->offset, &json));
    }
    SH_CHECK(json_object_set_new(object, field->name, json) == 0, SH_E_NOMEM);
    return SH_OK;
}

/* Recurses no deeper than the schema. */
static sh_err give_object(const ProtobufCMessage *message, json_t **out)
{
    SH_DEFER(json_decrefp) json_t *object = json_object();
    SH_CHECK(object, SH_E_NOMEM);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        SH_TRY(give_field(&message->descriptor->fields[i], (const uint8_t *)message, object));
    }
    *out = object;
    object = NULL;
    return SH_OK;
}

sh_err bridge_to_json(const ProtobufCMessage *message, json_t **out)
{
    return give_object(message, out);
}
