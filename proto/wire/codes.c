/* The closed lists of codes and their words. The numbers stand in two places, the schema and the
 * lists of types.h; the assertions below keep them one. */
#include "envelope.pb-c.h"
#include "log.pb-c.h"
#include "session.pb-c.h"
#include "wire/session.h"
#include "wire/types.h"

#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__KIND__##name == (number), "kind " word " differs from the schema");
SH_KINDS(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__SUBTYPE__SUBTYPE_##name == (number),                                  \
                   "subtype " word " differs from the schema");
SH_SUBTYPES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__URGENCY__URGENCY_##name == (number),                                  \
                   "urgency " word " differs from the schema");
SH_URGENCIES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__ROLE__ROLE_##name == (number),                                        \
                   "role " word " differs from the schema");
SH_ROLES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__OUTCOME__OUTCOME_##name == (number),                                  \
                   "outcome " word " differs from the schema");
SH_OUTCOMES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__RECEIPT_TYPE__RECEIPT_##name == (number),                             \
                   "receipt type " word " differs from the schema");
SH_RECEIPT_TYPES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__LEAF_TYPE__LEAF_##name == (number),                                   \
                   "leaf type " word " differs from the schema");
SH_LEAF_TYPES(X)
#undef X
#define X(name, number, word)                                                                      \
    _Static_assert(SAFEHAND__DUTY__DUTY_##name == (number),                                        \
                   "duty " word " differs from the schema");
SH_DUTIES(X)
#undef X

#define X(name)                                                                                    \
    _Static_assert((int)FRAME_##name == (int)SAFEHAND__FRAME__BODY_##name,                         \
                   "frame type " #name " differs from the schema");
X(HELLO)
X(SUBMIT)
X(READY)
X(RECEIPT)
X(NOTICE_SEEN)
X(DIRECTORY_GET)
X(CONSISTENCY_GET)
X(PROOF_GET)
X(PING)
X(DESK_GET)
X(WELCOME)
X(ACCEPTED)
X(REFUSED)
X(DEFER)
X(DELIVER)
X(NOTICE)
X(DIRECTORY)
X(CONSISTENCY)
X(PROOF)
X(PONG)
X(DESK)
X(RECEIPT_STORED)
X(CAUGHT_UP)
#undef X

struct code {
    uint32_t number;
    const char *word;
};

struct code_list {
    const struct code *codes;
    size_t len;
};

#define X(name, number, word) {(number), (word)},
#define CODE_LIST(array)      ((struct code_list){(array), sizeof(array) / sizeof((array)[0])})
static const struct code KINDS[] = {SH_KINDS(X)};
static const struct code SUBTYPES[] = {SH_SUBTYPES(X)};
static const struct code URGENCIES[] = {SH_URGENCIES(X)};
static const struct code ROLES[] = {SH_ROLES(X)};
static const struct code OUTCOMES[] = {SH_OUTCOMES(X)};
static const struct code RECEIPT_TYPES[] = {SH_RECEIPT_TYPES(X)};
static const struct code LEAF_TYPES[] = {SH_LEAF_TYPES(X)};
static const struct code DUTIES[] = {SH_DUTIES(X)};
#undef X

static const char *find_word(struct code_list list, uint32_t number)
{
    for (size_t i = 0; i < list.len; i++) {
        if (list.codes[i].number == number) {
            return list.codes[i].word;
        }
    }
    return NULL;
}

static uint32_t find_number(struct code_list list, const char *word)
{
    for (size_t i = 0; word && i < list.len; i++) {
        if (strcmp(list.codes[i].word, word) == 0) {
            return list.codes[i].number;
        }
    }
    return 0;
}

const char *kind_word(uint32_t kind)
{
    return find_word(CODE_LIST(KINDS), kind);
}

uint32_t kind_from_word(const char *word)
{
    return find_number(CODE_LIST(KINDS), word);
}

const char *subtype_word(uint32_t subtype)
{
    return find_word(CODE_LIST(SUBTYPES), subtype);
}

uint32_t subtype_from_word(const char *word)
{
    return find_number(CODE_LIST(SUBTYPES), word);
}

const char *urgency_word(uint32_t urgency)
{
    return find_word(CODE_LIST(URGENCIES), urgency);
}

uint32_t urgency_from_word(const char *word)
{
    return find_number(CODE_LIST(URGENCIES), word);
}

const char *role_word(uint32_t role)
{
    return find_word(CODE_LIST(ROLES), role);
}

uint32_t role_from_word(const char *word)
{
    return find_number(CODE_LIST(ROLES), word);
}

const char *outcome_word(uint32_t outcome)
{
    return find_word(CODE_LIST(OUTCOMES), outcome);
}

uint32_t outcome_from_word(const char *word)
{
    return find_number(CODE_LIST(OUTCOMES), word);
}

const char *receipt_type_word(uint32_t type)
{
    return find_word(CODE_LIST(RECEIPT_TYPES), type);
}

const char *leaf_type_word(uint32_t type)
{
    return find_word(CODE_LIST(LEAF_TYPES), type);
}

uint32_t leaf_type_from_word(const char *word)
{
    return find_number(CODE_LIST(LEAF_TYPES), word);
}

const char *duty_word(uint32_t duty)
{
    return find_word(CODE_LIST(DUTIES), duty);
}

uint32_t duty_from_word(const char *word)
{
    return find_number(CODE_LIST(DUTIES), word);
}
