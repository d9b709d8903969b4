#include "directory.pb-c.h"
#include "envelope.pb-c.h"
#include "log.pb-c.h"
#include "wire/types.h"

#include <criterion/criterion.h>

struct code_list {
    const ProtobufCEnumDescriptor *schema;
    const char *(*word)(uint32_t);
    uint32_t (*from_word)(const char *);
};

static const struct code_list LISTS[] = {
    {&safehand__kind__descriptor, kind_word, kind_from_word},
    {&safehand__subtype__descriptor, subtype_word, subtype_from_word},
    {&safehand__urgency__descriptor, urgency_word, urgency_from_word},
    {&safehand__role__descriptor, role_word, role_from_word},
    {&safehand__outcome__descriptor, outcome_word, outcome_from_word},
    {&safehand__receipt_type__descriptor, receipt_type_word, NULL},
    {&safehand__leaf_type__descriptor, leaf_type_word, leaf_type_from_word},
};
enum { LISTS_LEN = sizeof LISTS / sizeof LISTS[0] };

Test(wire, every_code_of_the_schema_has_a_word_and_the_word_leads_back)
{
    for (size_t i = 0; i < LISTS_LEN; i++) {
        for (unsigned k = 0; k < LISTS[i].schema->n_values; k++) {
            uint32_t number = (uint32_t)LISTS[i].schema->values[k].value;
            const char *word = LISTS[i].word(number);
            cr_assert_not_null(word, "%s %u", LISTS[i].schema->name, number);
            if (LISTS[i].from_word) {
                cr_assert_eq(LISTS[i].from_word(word), number, "%s", word);
            }
        }
    }
}

Test(wire, numbers_outside_a_list_have_no_word)
{
    for (size_t i = 0; i < LISTS_LEN; i++) {
        cr_assert_null(LISTS[i].word(0));
        cr_assert_null(LISTS[i].word(99));
        cr_assert_null(LISTS[i].word(UINT32_MAX));
    }
}

Test(wire, words_outside_a_list_are_number_zero)
{
    for (size_t i = 0; i < LISTS_LEN; i++) {
        if (LISTS[i].from_word) {
            cr_assert_eq(LISTS[i].from_word(""), 0);
            cr_assert_eq(LISTS[i].from_word("Referral"), 0);
            cr_assert_eq(LISTS[i].from_word("referral "), 0);
            cr_assert_eq(LISTS[i].from_word(NULL), 0);
        }
    }
}

Test(wire, words_are_those_that_people_type)
{
    cr_assert_eq(kind_from_word("reconsideration_response"), KIND_RECONSIDERATION_RESPONSE);
    cr_assert_eq(subtype_from_word("domestic_abuse"), SUBTYPE_DOMESTIC_ABUSE);
    cr_assert_eq(urgency_from_word("immediate"), URGENCY_IMMEDIATE);
    cr_assert_eq(role_from_word("own"), ROLE_OWN);
    cr_assert_eq(outcome_from_word("no_further_action"), OUTCOME_NO_FURTHER_ACTION);
    cr_assert_eq(leaf_type_from_word("overdue"), LEAF_OVERDUE);
    cr_assert_str_eq(receipt_type_word(RECEIPT_OPENED), "opened");
}
