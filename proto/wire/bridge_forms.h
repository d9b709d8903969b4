/* Which casework messages are plain values in JSON, and the words of closed lists. What both
 * directions of the bridge must agree on stands here. Internal to the bridge. */
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* A message with the one field `text`: in JSON a string that must have a form. */
struct text_form {
    const ProtobufCMessageDescriptor *type;
    bool (*is_valid)(const char *text);
    const char *complaint;
};
/* A message of members that exclude each other: in JSON the value of the one that is set. */
struct choice_form {
    const ProtobufCMessageDescriptor *type;
    const char *complaint;
};

/* NULL: the type has no such form. */
const struct text_form *form_of_text(const ProtobufCMessageDescriptor *type);
const struct choice_form *form_of_choice(const ProtobufCMessageDescriptor *type);

/* The text of a message with a text form; borrowed. */
void form_set_text(ProtobufCMessage *message, const char *text);
const char *form_text(const ProtobufCMessage *message);

/* The member that takes a value of this JSON type; NULL: none does. */
const ProtobufCFieldDescriptor *form_choose(const struct choice_form *form, const json_t *json);
/* The member that is set; NULL: none is. */
const ProtobufCFieldDescriptor *form_chosen(const ProtobufCMessage *message);

/* "routine" <-> URGENCY_ROUTINE: the value's name without the list's, in lower case. */
bool form_code_from_word(const ProtobufCEnumDescriptor *list, const char *word, int *out);
/* Borrows nothing: writes at most out_len bytes. False: no such code, or no room. */
bool form_word_from_code(const ProtobufCEnumDescriptor *list, int code, char *out, size_t out_len);

/* Bytes of one entry of a list of this type. */
size_t form_size(ProtobufCType type);
