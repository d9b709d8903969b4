/* The value types of casework.proto: a text with a form is added here and nowhere else. */
#include "bridge_forms.h"

#include "base/address.h"
#include "base/clock.h"
#include "casework.pb-c.h"

#include <ctype.h>

/* ---- text with a form ---- */

static bool is_when(const char *text)
{
    int64_t ms = 0;
    return date_is_valid(text) || time_from_rfc3339(text, &ms) == SH_OK;
}

static bool is_address(const char *text)
{
    struct address address;
    return address_from(text, &address) == SH_OK;
}

/* One way to write an id, so that equal ids are equal text. */
static bool is_message_id(const char *text)
{
    return strspn(text, "0123456789abcdef") == 2 * (size_t)SH_ID_BYTES &&
           text[2 * SH_ID_BYTES] == '\0';
}

static const struct text_form TEXT_FORMS[] = {
    {&safehand__date__descriptor, date_is_valid, "not a date"},
    {&safehand__when__descriptor, is_when, "not a date and time"},
    {&safehand__address__descriptor, is_address, "not an address"},
    {&safehand__message_id__descriptor, is_message_id, "not a message id"},
};

static const struct choice_form CHOICE_FORMS[] = {
    {&safehand__cited__descriptor, "must be a message id or a log index"},
    {&safehand__value__descriptor, "must be text, a whole number, true or false"},
};

const struct text_form *form_of_text(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof TEXT_FORMS / sizeof TEXT_FORMS[0]; i++) {
        if (TEXT_FORMS[i].type == type) {
            return &TEXT_FORMS[i];
        }
    }
    return NULL;
}

const struct choice_form *form_of_choice(const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < sizeof CHOICE_FORMS / sizeof CHOICE_FORMS[0]; i++) {
        if (CHOICE_FORMS[i].type == type) {
            return &CHOICE_FORMS[i];
        }
    }
    return NULL;
}

/* Every text form has this one field, at the offset that its descriptor gives. */
void form_set_text(ProtobufCMessage *message, const char *text)
{
    uint8_t *base = (uint8_t *)message;
    *(const char **)(void *)(base + message->descriptor->fields[0].offset) = text;
}

const char *form_text(const ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;
    return *(const char *const *)(const void *)(base + message->descriptor->fields[0].offset);
}

/* ---- choices ---- */

static bool takes_json(const ProtobufCFieldDescriptor *field, const json_t *json)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_is_string(json);
    case PROTOBUF_C_TYPE_BOOL:
        return json_is_boolean(json);
    default:
        return json_is_integer(json);
    }
}

const ProtobufCFieldDescriptor *form_choose(const struct choice_form *form, const json_t *json)
{
    for (unsigned i = 0; i < form->type->n_fields; i++) {
        if (takes_json(&form->type->fields[i], json)) {
            return &form->type->fields[i];
        }
    }
    return NULL;
}

const ProtobufCFieldDescriptor *form_chosen(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const uint8_t *base = (const uint8_t *)message;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (*(const uint32_t *)(const void *)(base + field->quantifier_offset) == field->id) {
            return field;
        }
    }
    return NULL;
}

/* ---- closed lists ---- */

/* "HOW_KNOWN_SEEN" of HowKnown -> "SEEN": skips the list's name, written with underscores. */
static const char *value_suffix(const ProtobufCEnumDescriptor *list, const char *value)
{
    for (const char *at = list->short_name; *at; at++) {
        if (at != list->short_name && isupper((unsigned char)*at)) {
            value++;
        }
        value++;
    }
    return value + 1;
}

static bool suffix_is_word(const char *suffix, const char *word)
{
    while (*suffix && tolower((unsigned char)*suffix) == (unsigned char)*word) {
        suffix++;
        word++;
    }
    return *suffix == '\0' && *word == '\0';
}

bool form_code_from_word(const ProtobufCEnumDescriptor *list, const char *word, int *out)
{
    for (unsigned i = 0; i < list->n_values; i++) {
        if (suffix_is_word(value_suffix(list, list->values[i].name), word)) {
            *out = list->values[i].value;
            return true;
        }
    }
    return false;
}

bool form_word_from_code(const ProtobufCEnumDescriptor *list, int code, char *out, size_t out_len)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(list, code);
    if (!value) {
        return false;
    }
    const char *suffix = value_suffix(list, value->name);
    size_t len = strlen(suffix);
    if (len >= out_len) {
        return false;
    }
    for (size_t i = 0; i <= len; i++) {
        out[i] = (char)tolower((unsigned char)suffix[i]);
    }
    return true;
}

size_t form_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(uint64_t);
    default:
        return sizeof(uint32_t); /* enum, bool and uint32 alike */
    }
}
