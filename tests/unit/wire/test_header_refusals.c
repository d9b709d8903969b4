/* Each refusal of a header and of an envelope: a good one is unpacked, spoiled in one place, packed
 * by protobuf-c itself, and must be refused with its own code. */
#include "spoil.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

struct header_case {
    const char *name;
    void (*spoil)(Safehand__Header *pb);
    sh_err expected;
};

static void nothing(Safehand__Header *pb)
{
    (void)pb;
}
static void version_0(Safehand__Header *pb)
{
    pb->version = 0;
}
static void version_2(Safehand__Header *pb)
{
    pb->version = 2;
}
static void unknown_field(Safehand__Header *pb)
{
    add_unknown_field(&pb->base);
}
static void unknown_field_in_facts(Safehand__Header *pb)
{
    add_unknown_field(&pb->facts->base);
}
static void unknown_field_in_a_recipient(Safehand__Header *pb)
{
    add_unknown_field(&pb->facts->recipients[2]->base);
}
static void unknown_field_in_a_cite(Safehand__Header *pb)
{
    add_unknown_field(&pb->facts->cites[1]->base);
}
static void kind_17(Safehand__Header *pb)
{
    pb->facts->kind = (Safehand__Kind)17;
}
static void subtype_14(Safehand__Header *pb)
{
    pb->facts->subtype = (Safehand__Subtype)14;
}
static void urgency_0(Safehand__Header *pb)
{
    pb->facts->urgency = (Safehand__Urgency)0;
}
static void role_5(Safehand__Header *pb)
{
    pb->facts->recipients[1]->role = (Safehand__Role)5;
}
static void outcome_99(Safehand__Header *pb)
{
    pb->facts->outcome = (Safehand__Outcome)99;
}
static void outcome_of_a_child_0(Safehand__Header *pb)
{
    pb->facts->children[0]->outcome = (Safehand__Outcome)0;
}
static void from_not_utf8(Safehand__Header *pb)
{
    pb->facts->from[0] = (char)0xFF;
}
static void from_upper_case(Safehand__Header *pb)
{
    pb->facts->from[0] = 'D';
}
static void from_two_dots(Safehand__Header *pb)
{
    static char text[] = "dsl@a.b.school";
    pb->facts->from = text;
}
static void recipient_no_address(Safehand__Header *pb)
{
    static char text[] = "mash@999 social-care";
    pb->facts->recipients[2]->address = text;
}
static void message_id_15(Safehand__Header *pb)
{
    pb->facts->message_id.len = 15;
}
static void message_id_17(Safehand__Header *pb)
{
    pb->facts->message_id = zero_bytes(17);
}
static void thread_id_empty(Safehand__Header *pb)
{
    pb->facts->thread_id.len = 0;
}
static void parent_31(Safehand__Header *pb)
{
    pb->facts->parent.len = 31;
}
static void seat_33(Safehand__Header *pb)
{
    pb->facts->seat = zero_bytes(33);
}
static void seat_of_a_recipient_31(Safehand__Header *pb)
{
    pb->facts->recipients[0]->seats[1].len = 31;
}
static void recovery_33(Safehand__Header *pb)
{
    pb->facts->recipients[0]->recovery = zero_bytes(33);
}
static void cite_hash_31(Safehand__Header *pb)
{
    pb->facts->cites[0]->header_sha256.len = 31;
}
static void enclosed_id_15(Safehand__Header *pb)
{
    pb->facts->encloses[1].len = 15;
}
static void sealed_hash_31(Safehand__Header *pb)
{
    pb->sealed_sha256.len = 31;
}
static void inner_hash_33(Safehand__Header *pb)
{
    pb->inner_sha256 = zero_bytes(33);
}
static void parts_root_31(Safehand__Header *pb)
{
    pb->parts->root.len = 31;
}
static void recovery_zero(Safehand__Header *pb)
{
    pb->facts->recipients[0]->recovery = zero_bytes(32);
}
static void level_0(Safehand__Header *pb)
{
    pb->facts->level = 0;
}
static void children_count_0(Safehand__Header *pb)
{
    pb->facts->children_count = 0;
}
static void not_to_own_desk_false(Safehand__Header *pb)
{
    pb->facts->not_to_own_desk = 0;
}
static void telephone_false(Safehand__Header *pb)
{
    pb->facts->telephone = 0;
}
static void cite_of_both(Safehand__Header *pb)
{
    pb->facts->cites[0]->has_log_index = 1;
}
static void cite_of_neither(Safehand__Header *pb)
{
    pb->facts->cites[1]->has_log_index = 0;
}
static void created_in_year_10000(Safehand__Header *pb)
{
    pb->facts->created_at_ms = 253402300800000;
}
static void created_in_year_9999(Safehand__Header *pb)
{
    pb->facts->created_at_ms = 253402300799999;
}
static void next_due_in_year_10000(Safehand__Header *pb)
{
    pb->facts->next_due_ms = 253402300800000;
}
static void created_above_int64(Safehand__Header *pb)
{
    pb->facts->created_at_ms = UINT64_MAX;
}
static void clock_from_no_whole_minute(Safehand__Header *pb)
{
    pb->facts->clock_from_ms++;
}
static void level_9(Safehand__Header *pb)
{
    pb->facts->level = SH_LEVEL_MAX;
}
static void level_10(Safehand__Header *pb)
{
    pb->facts->level = SH_LEVEL_MAX + 1;
}
static void children_count_64(Safehand__Header *pb)
{
    pb->facts->children_count = SH_CHILDREN_MAX;
}
static void children_count_65(Safehand__Header *pb)
{
    pb->facts->children_count = SH_CHILDREN_MAX + 1;
}
static void child_0(Safehand__Header *pb)
{
    pb->facts->children[0]->child = 0;
}
static void child_65(Safehand__Header *pb)
{
    pb->facts->children[1]->child = SH_CHILDREN_MAX + 1;
}
static void child_twice(Safehand__Header *pb)
{
    pb->facts->children[1]->child = 1;
}
static void children_unsorted(Safehand__Header *pb)
{
    pb->facts->children[0]->child = 5;
}
static void no_recipients(Safehand__Header *pb)
{
    pb->facts->n_recipients = 0;
}
static void recipients_unsorted(Safehand__Header *pb)
{
    Safehand__Recipient *first = pb->facts->recipients[1];
    pb->facts->recipients[1] = pb->facts->recipients[2];
    pb->facts->recipients[2] = first;
}
static void recipient_twice(Safehand__Header *pb)
{
    pb->facts->recipients[1] = pb->facts->recipients[2];
}
static void own_twice(Safehand__Header *pb)
{
    pb->facts->recipients[1]->role = SAFEHAND__ROLE__ROLE_OWN;
}
static void own_missing(Safehand__Header *pb)
{
    pb->facts->recipients[0]->role = SAFEHAND__ROLE__ROLE_ACT;
}
static void own_is_another_desk(Safehand__Header *pb)
{
    pb->facts->recipients[0]->role = SAFEHAND__ROLE__ROLE_ACT;
    pb->facts->recipients[1]->role = SAFEHAND__ROLE__ROLE_OWN;
}
static void own_desk_left_out(Safehand__Header *pb)
{
    pb->facts->recipients++;
    pb->facts->n_recipients--;
}
static void seats_unsorted(Safehand__Header *pb)
{
    ProtobufCBinaryData first = pb->facts->recipients[0]->seats[0];
    pb->facts->recipients[0]->seats[0] = pb->facts->recipients[0]->seats[1];
    pb->facts->recipients[0]->seats[1] = first;
}
static void seat_twice(Safehand__Header *pb)
{
    pb->facts->recipients[0]->seats[1] = pb->facts->recipients[0]->seats[0];
}
static void sealed_too_long(Safehand__Header *pb)
{
    pb->sealed_bytes = SH_MESSAGE_BYTES_MAX + 1;
}
static void sealed_inline_at_most(Safehand__Header *pb)
{
    pb->parts = NULL;
    pb->sealed_bytes = SH_SEALED_INLINE_BYTES_MAX;
}
static void sealed_inline_too_long(Safehand__Header *pb)
{
    pb->parts = NULL;
    pb->sealed_bytes = SH_SEALED_INLINE_BYTES_MAX + 1;
}
static void sealed_in_parts_at_most(Safehand__Header *pb)
{
    pb->sealed_bytes = SH_MESSAGE_BYTES_MAX;
}
static void parts_of_none(Safehand__Header *pb)
{
    pb->parts->count = 0;
}
static void parts_of_none_and_none_sealed(Safehand__Header *pb)
{
    pb->parts->count = 0;
    pb->parts->sealed_count = 0;
}
static void parts_at_most(Safehand__Header *pb)
{
    pb->parts->count = SH_PARTS_MAX;
    pb->parts->bytes = SH_MESSAGE_BYTES_MAX;
}
static void parts_too_many(Safehand__Header *pb)
{
    pb->parts->count = SH_PARTS_MAX + 1;
}
static void parts_too_long(Safehand__Header *pb)
{
    pb->parts->bytes = SH_MESSAGE_BYTES_MAX + 1;
}
static void more_sealed_parts_than_parts(Safehand__Header *pb)
{
    pb->parts->sealed_count = pb->parts->count + 1;
}

static const struct header_case HEADER_CASES[] = {
    {"nothing", nothing, SH_OK},
    {"version 0", version_0, SH_E_BAD_VERSION},
    {"version 2", version_2, SH_E_BAD_VERSION},
    {"unknown field", unknown_field, SH_E_NOT_CANONICAL},
    {"unknown field in facts", unknown_field_in_facts, SH_E_NOT_CANONICAL},
    {"unknown field in a recipient", unknown_field_in_a_recipient, SH_E_NOT_CANONICAL},
    {"unknown field in a cite", unknown_field_in_a_cite, SH_E_NOT_CANONICAL},
    {"kind 17", kind_17, SH_E_BAD_CODE},
    {"subtype 14", subtype_14, SH_E_BAD_CODE},
    {"urgency 0", urgency_0, SH_E_BAD_CODE},
    {"role 5", role_5, SH_E_BAD_CODE},
    {"outcome 99", outcome_99, SH_E_BAD_CODE},
    {"outcome 0 of a child", outcome_of_a_child_0, SH_E_BAD_CODE},
    {"from is not UTF-8", from_not_utf8, SH_E_BAD_TEXT},
    {"from in upper case", from_upper_case, SH_E_BAD_ADDRESS},
    {"from with two dots", from_two_dots, SH_E_BAD_ADDRESS},
    {"recipient without an address", recipient_no_address, SH_E_BAD_ADDRESS},
    {"message id of 15 bytes", message_id_15, SH_E_FORMAT},
    {"message id of 17 bytes", message_id_17, SH_E_FORMAT},
    {"empty thread id", thread_id_empty, SH_E_FORMAT},
    {"parent of 31 bytes", parent_31, SH_E_FORMAT},
    {"seat of 33 bytes", seat_33, SH_E_FORMAT},
    {"recipient's seat of 31 bytes", seat_of_a_recipient_31, SH_E_FORMAT},
    {"recovery of 33 bytes", recovery_33, SH_E_FORMAT},
    {"cite of 31 bytes", cite_hash_31, SH_E_FORMAT},
    {"enclosed id of 15 bytes", enclosed_id_15, SH_E_FORMAT},
    {"sealed hash of 31 bytes", sealed_hash_31, SH_E_FORMAT},
    {"inner hash of 33 bytes", inner_hash_33, SH_E_FORMAT},
    {"parts root of 31 bytes", parts_root_31, SH_E_FORMAT},
    {"recovery of zeros", recovery_zero, SH_E_NOT_CANONICAL},
    {"level 0", level_0, SH_E_NOT_CANONICAL},
    {"children_count 0", children_count_0, SH_E_NOT_CANONICAL},
    {"not_to_own_desk false", not_to_own_desk_false, SH_E_NOT_CANONICAL},
    {"telephone false", telephone_false, SH_E_NOT_CANONICAL},
    {"cite of both", cite_of_both, SH_E_FORMAT},
    {"cite of neither", cite_of_neither, SH_E_FORMAT},
    {"created in the year 9999", created_in_year_9999, SH_OK},
    {"created in the year 10000", created_in_year_10000, SH_E_BAD_TIME},
    {"next due in the year 10000", next_due_in_year_10000, SH_E_BAD_TIME},
    {"created above INT64_MAX", created_above_int64, SH_E_FORMAT},
    {"clock from half a minute", clock_from_no_whole_minute, SH_E_FORMAT},
    {"level 9", level_9, SH_OK},
    {"level 10", level_10, SH_E_FORMAT},
    {"64 children", children_count_64, SH_OK},
    {"65 children", children_count_65, SH_E_TOO_BIG},
    {"child 0", child_0, SH_E_BAD_CHILDREN},
    {"child 65", child_65, SH_E_BAD_CHILDREN},
    {"child twice", child_twice, SH_E_BAD_CHILDREN},
    {"children unsorted", children_unsorted, SH_E_BAD_CHILDREN},
    {"no recipients", no_recipients, SH_E_BAD_RECIPIENTS},
    {"recipients unsorted", recipients_unsorted, SH_E_BAD_RECIPIENTS},
    {"recipient twice", recipient_twice, SH_E_BAD_RECIPIENTS},
    {"two own", own_twice, SH_E_BAD_RECIPIENTS},
    {"no own", own_missing, SH_E_BAD_RECIPIENTS},
    {"own is not the sender's", own_is_another_desk, SH_E_BAD_RECIPIENTS},
    {"own desk left out", own_desk_left_out, SH_E_BAD_RECIPIENTS},
    {"seats unsorted", seats_unsorted, SH_E_BAD_RECIPIENTS},
    {"seat twice", seat_twice, SH_E_BAD_RECIPIENTS},
    {"sealed too long", sealed_too_long, SH_E_TOO_BIG},
    {"sealed inline, at most", sealed_inline_at_most, SH_OK},
    {"sealed inline, too long", sealed_inline_too_long, SH_E_TOO_BIG},
    {"sealed in parts, at most", sealed_in_parts_at_most, SH_OK},
    {"no parts", parts_of_none, SH_E_FORMAT},
    {"no parts, none sealed", parts_of_none_and_none_sealed, SH_E_FORMAT},
    {"parts at most", parts_at_most, SH_OK},
    {"too many parts", parts_too_many, SH_E_TOO_BIG},
    {"parts too long", parts_too_long, SH_E_TOO_BIG},
    {"more sealed parts than parts", more_sealed_parts_than_parts, SH_E_FORMAT},
};

Test(wire, each_way_to_spoil_a_header_has_its_refusal)
{
    for (size_t i = 0; i < sizeof HEADER_CASES / sizeof HEADER_CASES[0]; i++) {
        const struct header_case *c = &HEADER_CASES[i];
        sh_err err = decode_spoiled_header(c->spoil);
        cr_assert_eq(err, c->expected, "%s: %s, not %s", c->name, sh_err_word(err),
                     sh_err_word(c->expected));
    }
}
