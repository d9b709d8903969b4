#include "base/cleanup.h"
#include "spoil.h"
#include "wire/log.h"

#include <criterion/criterion.h>

static void assert_hashes_as_written(const Safehand__LeafFacts *pb)
{
    cr_assert_eq(pb->message_id.data[0], 90);
    cr_assert_eq(pb->thread_id.data[0], 91);
    cr_assert_eq(pb->header_sha256.data[0], 92);
    cr_assert_eq(pb->parent.data[0], 93);
    cr_assert_eq(pb->seat.data[0], 94);
    cr_assert_eq(pb->receipt_sha256.data[0], 95);
    cr_assert_eq(pb->sha256.data[0], 96);
    cr_assert_eq(pb->checkpoint_sha256.data[0], 97);
    cr_assert_str_eq(pb->from, "dsl@999002.school");
    cr_assert_str_eq(pb->by, "edt@999.social-care");
    cr_assert_str_eq(pb->name, "policy for England");
}

static void assert_numbers_as_written(const Safehand__LeafFacts *pb)
{
    cr_assert_eq(pb->created_at_ms, SAMPLE_TIME_MS + 5);
    cr_assert_eq(pb->clock_from_ms, SAMPLE_TIME_MS + 6);
    cr_assert_eq(pb->next_due_ms, SAMPLE_TIME_MS + 7);
    cr_assert_eq(pb->at_ms, SAMPLE_TIME_MS + 8);
    cr_assert_eq(pb->due_ms, SAMPLE_TIME_MS + 9);
    cr_assert_eq(pb->sealed_bytes, 1001);
    cr_assert_eq(pb->count, 1002);
    cr_assert_eq(pb->version, 1003);
    cr_assert_eq(pb->log_index, 1004);
    cr_assert_eq(pb->kind, SAFEHAND__KIND__DECISION);
    cr_assert_eq(pb->subtype, SAFEHAND__SUBTYPE__SUBTYPE_EXCLUSION);
    cr_assert_eq(pb->urgency, SAFEHAND__URGENCY__URGENCY_URGENT);
    cr_assert_eq(pb->outcome, SAFEHAND__OUTCOME__OUTCOME_UPHELD);
    cr_assert_eq(pb->level, 2);
    cr_assert_eq(pb->children_count, 3);
    cr_assert_eq(pb->code, SH_E_STALE_SEATS);
    cr_assert_eq(pb->clock, 9);
    cr_assert(pb->telephone);
}

Test(wire, leaf_facts_stand_under_the_numbers_of_the_schema)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FACTS_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    cr_assert_eq(leaf_facts_encode(sample_leaf_facts(), &bytes), SH_OK);
    Safehand__LeafFacts *pb =
        unpack_raw(&safehand__leaf_facts__descriptor, bytes_buf(&bytes), arena);
    assert_hashes_as_written(pb);
    assert_numbers_as_written(pb);
    cr_assert_eq(pb->n_to, 2);
    cr_assert_str_eq(pb->to[1]->address, "mash@999.social-care");
    cr_assert_eq(pb->to[1]->role, SAFEHAND__ROLE__ROLE_ACT);
    cr_assert_eq(pb->n_cites, 1);
    cr_assert_eq(pb->cites[0]->log_index, 12);
    cr_assert_eq(pb->n_children, 1);
    cr_assert_eq(pb->children[0]->child, 2);
}

static void assert_same_identity(const struct leaf_facts *a, const struct leaf_facts *b)
{
    cr_assert(id_equal(&a->message_id, &b->message_id));
    cr_assert(id_equal(&a->thread_id, &b->thread_id));
    cr_assert(hash_equal(&a->header_sha256, &b->header_sha256));
    cr_assert(hash_equal(&a->parent, &b->parent));
    cr_assert(hash_equal(&a->seat, &b->seat));
    cr_assert(hash_equal(&a->receipt_sha256, &b->receipt_sha256));
    cr_assert(hash_equal(&a->sha256, &b->sha256));
    cr_assert(hash_equal(&a->checkpoint_sha256, &b->checkpoint_sha256));
    cr_assert(address_equal(&a->from, &b->from));
    cr_assert(address_equal(&a->by, &b->by));
    cr_assert_eq(a->name == NULL, b->name == NULL);
    cr_assert(!a->name || strcmp(a->name, b->name) == 0);
}

static void assert_same_numbers(const struct leaf_facts *a, const struct leaf_facts *b)
{
    cr_assert(a->has_created_at == b->has_created_at && a->created_at_ms == b->created_at_ms);
    cr_assert(a->has_clock_from == b->has_clock_from && a->clock_from_ms == b->clock_from_ms);
    cr_assert(a->has_next_due == b->has_next_due && a->next_due_ms == b->next_due_ms);
    cr_assert(a->has_at == b->has_at && a->at_ms == b->at_ms);
    cr_assert(a->has_due == b->has_due && a->due_ms == b->due_ms);
    cr_assert(a->has_sealed_bytes == b->has_sealed_bytes && a->sealed_bytes == b->sealed_bytes);
    cr_assert(a->has_count == b->has_count && a->count == b->count);
    cr_assert(a->has_version == b->has_version && a->version == b->version);
    cr_assert(a->has_log_index == b->has_log_index && a->log_index == b->log_index);
    cr_assert(a->kind == b->kind && a->subtype == b->subtype && a->urgency == b->urgency);
    cr_assert(a->outcome == b->outcome && a->level == b->level && a->code == b->code);
    cr_assert(a->children_count == b->children_count && a->clock == b->clock);
    cr_assert_eq(a->telephone, b->telephone);
    cr_assert_eq(a->to_len, b->to_len);
    cr_assert_eq(a->cites_len, b->cites_len);
    cr_assert_eq(a->clocks_len, b->clocks_len);
    for (size_t i = 0; i < a->clocks_len; i++) {
        cr_assert(a->clocks[i].duty == b->clocks[i].duty && a->clocks[i].owed == b->clocks[i].owed);
        cr_assert_eq(a->clocks[i].due_ms, b->clocks[i].due_ms);
        cr_assert(address_equal(&a->clocks[i].by, &b->clocks[i].by));
    }
    cr_assert_eq(a->children_len, b->children_len);
}

static void assert_facts_come_back(const struct leaf_facts *in)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FACTS_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_FACTS_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct leaf_facts out;
    cr_assert_eq(leaf_facts_encode(in, &bytes), SH_OK);
    cr_assert_eq(leaf_facts_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    assert_same_identity(in, &out);
    assert_same_numbers(in, &out);
    for (size_t i = 0; i < in->to_len; i++) {
        cr_assert(address_equal(&in->to[i].address, &out.to[i].address));
        cr_assert_eq(in->to[i].role, out.to[i].role);
    }
    cr_assert_eq(leaf_facts_encode(&out, &again), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&bytes), bytes_buf(&again)));
}

Test(wire, full_leaf_facts_come_back_as_they_went)
{
    assert_facts_come_back(sample_leaf_facts());
}

Test(wire, empty_leaf_facts_are_no_bytes_and_come_back_empty)
{
    const struct leaf_facts none = {0};
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FACTS_BYTES_MAX);
    cr_assert_eq(leaf_facts_encode(&none, &bytes), SH_OK);
    cr_assert_eq(bytes.len, 0);
    assert_facts_come_back(&none);
}

Test(wire, a_number_that_is_present_and_zero_stays_present)
{
    const struct leaf_facts zeros = {.has_created_at = true,
                                     .has_count = true,
                                     .has_log_index = true,
                                     .has_version = true,
                                     .name = ""};
    assert_facts_come_back(&zeros);
}

Test(wire, the_largest_leaf_facts_fit_their_limit)
{
    static struct leaf_desk to[SH_DESKS_MAX];
    static struct cite cites[SH_CITES_MAX];
    static struct child_outcome children[SH_CHILDREN_MAX];
    for (uint32_t i = 0; i < SH_DESKS_MAX; i++) {
        to[i].role = ROLE_INFORM;
        memset(to[i].address.text, 'x', SH_ADDRESS_BYTES_MAX);
        memcpy(to[i].address.text + 50, "@e.", 3);
        children[i] = (struct child_outcome){i + 1, OUTCOME_OTHER};
    }
    struct leaf_facts facts = *sample_leaf_facts();
    facts.to = to;
    facts.to_len = SH_DESKS_MAX;
    facts.cites = cites;
    facts.cites_len = 8;
    facts.children = children;
    facts.children_len = SH_CHILDREN_MAX;
    assert_facts_come_back(&facts);
}

struct facts_case {
    const char *name;
    void (*spoil)(Safehand__LeafFacts *pb);
    sh_err expected;
};

static void nothing(Safehand__LeafFacts *pb)
{
    (void)pb;
}
static void id_zero(Safehand__LeafFacts *pb)
{
    pb->message_id = zero_bytes(16);
}
static void id_15(Safehand__LeafFacts *pb)
{
    pb->thread_id.len = 15;
}
static void hash_zero(Safehand__LeafFacts *pb)
{
    pb->receipt_sha256 = zero_bytes(32);
}
static void hash_33(Safehand__LeafFacts *pb)
{
    pb->checkpoint_sha256 = zero_bytes(33);
}
static void from_empty(Safehand__LeafFacts *pb)
{
    pb->from[0] = '\0';
}
static void by_wrong(Safehand__LeafFacts *pb)
{
    pb->by[0] = '_';
}
static void to_wrong(Safehand__LeafFacts *pb)
{
    pb->to[0]->address[0] = '_';
}
static void name_not_utf8(Safehand__LeafFacts *pb)
{
    pb->name[0] = (char)0x80;
}
static void kind_0(Safehand__LeafFacts *pb)
{
    pb->kind = (Safehand__Kind)0;
}
static void level_0(Safehand__LeafFacts *pb)
{
    pb->level = 0;
}
static void clock_0(Safehand__LeafFacts *pb)
{
    pb->clock = 0;
}
static void duty_99(Safehand__LeafFacts *pb)
{
    pb->clocks[0]->duty = (Safehand__Duty)99;
}
static void clock_by_too_many(Safehand__LeafFacts *pb)
{
    pb->clocks[0]->by = pb->clocks[1]->by;
}
static void clock_by_nobody(Safehand__LeafFacts *pb)
{
    pb->clocks[1]->by = NULL;
}
static void clock_too_late(Safehand__LeafFacts *pb)
{
    pb->clocks[0]->due_ms = 253402300800000;
}
static void clocks_33(Safehand__LeafFacts *pb)
{
    static Safehand__LeafClock *list[SH_LEAF_CLOCKS_MAX + 1];
    for (size_t i = 0; i <= SH_LEAF_CLOCKS_MAX; i++) {
        list[i] = pb->clocks[0];
    }
    pb->clocks = list;
    pb->n_clocks = SH_LEAF_CLOCKS_MAX + 1;
}
static void code_unknown(Safehand__LeafFacts *pb)
{
    pb->code = 9999;
}
static void telephone_false(Safehand__LeafFacts *pb)
{
    pb->telephone = 0;
}
static void due_too_late(Safehand__LeafFacts *pb)
{
    pb->due_ms = 253402300800000;
}
static void child_0(Safehand__LeafFacts *pb)
{
    pb->children[0]->child = 0;
}
static void cite_of_neither(Safehand__LeafFacts *pb)
{
    pb->cites[0]->has_log_index = 0;
}
static void unknown_field(Safehand__LeafFacts *pb)
{
    add_unknown_field(&pb->to[1]->base);
}
static void desks_65(Safehand__LeafFacts *pb)
{
    static Safehand__LeafDesk *list[SH_DESKS_MAX + 1];
    for (size_t i = 0; i <= SH_DESKS_MAX; i++) {
        list[i] = pb->to[0];
    }
    pb->to = list;
    pb->n_to = SH_DESKS_MAX + 1;
}

Test(wire, each_way_to_spoil_leaf_facts_has_its_refusal)
{
    static const struct facts_case cases[] = {
        {"nothing", nothing, SH_OK},
        {"id of zeros", id_zero, SH_E_NOT_CANONICAL},
        {"id of 15 bytes", id_15, SH_E_FORMAT},
        {"hash of zeros", hash_zero, SH_E_NOT_CANONICAL},
        {"hash of 33 bytes", hash_33, SH_E_FORMAT},
        {"from empty", from_empty, SH_E_BAD_ADDRESS},
        {"by wrong", by_wrong, SH_E_BAD_ADDRESS},
        {"to wrong", to_wrong, SH_E_BAD_ADDRESS},
        {"name not UTF-8", name_not_utf8, SH_E_BAD_TEXT},
        {"kind 0", kind_0, SH_E_BAD_CODE},
        {"level 0", level_0, SH_E_NOT_CANONICAL},
        {"clock 0", clock_0, SH_E_BAD_CODE},
        {"a duty that is none", duty_99, SH_E_BAD_CODE},
        {"owed by each, and by a desk", clock_by_too_many, SH_E_FORMAT},
        {"owed by a desk without a name", clock_by_nobody, SH_E_FORMAT},
        {"a clock due too late", clock_too_late, SH_E_BAD_TIME},
        {"33 clocks", clocks_33, SH_E_TOO_BIG},
        {"unknown code", code_unknown, SH_E_BAD_CODE},
        {"telephone false", telephone_false, SH_E_NOT_CANONICAL},
        {"due too late", due_too_late, SH_E_BAD_TIME},
        {"child 0", child_0, SH_E_BAD_CHILDREN},
        {"cite of neither", cite_of_neither, SH_E_FORMAT},
        {"unknown field in a desk", unknown_field, SH_E_NOT_CANONICAL},
        {"65 desks", desks_65, SH_E_TOO_BIG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_FACTS_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_FACTS_BYTES_MAX);
        SH_DEFER(arena_free) struct arena *arena = arena_for_test();
        struct leaf_facts out;
        cr_assert_eq(leaf_facts_encode(sample_leaf_facts(), &good), SH_OK);
        Safehand__LeafFacts *pb =
            unpack_raw(&safehand__leaf_facts__descriptor, bytes_buf(&good), arena);
        cases[i].spoil(pb);
        pack_raw(&pb->base, &bad);
        sh_err err = leaf_facts_decode(bytes_buf(&bad), arena, &out);
        cr_assert_eq(err, cases[i].expected, "%s: %s", cases[i].name, sh_err_word(err));
    }
}

static sh_err encode_facts(const struct leaf_facts *facts)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_FRAME_BYTES_MAX);
    return leaf_facts_encode(facts, &out);
}

Test(wire, leaf_facts_that_would_be_refused_are_not_written)
{
    struct leaf_facts facts = *sample_leaf_facts();
    facts.to_len = SH_DESKS_MAX + 1;
    cr_assert_eq(encode_facts(&facts), SH_E_TOO_BIG);
    facts = *sample_leaf_facts();
    facts.by = (struct address){"nobody"};
    cr_assert_eq(encode_facts(&facts), SH_E_BAD_ADDRESS);
    struct leaf_desk nobody = {{"nobody"}, ROLE_ACT};
    facts = *sample_leaf_facts();
    facts.to = &nobody;
    facts.to_len = 1;
    cr_assert_eq(encode_facts(&facts), SH_E_BAD_ADDRESS);
    facts = *sample_leaf_facts();
    facts.due_ms = -1;
    cr_assert_eq(encode_facts(&facts), SH_E_BAD_TIME);
    facts = *sample_leaf_facts();
    facts.code = 9999;
    cr_assert_eq(encode_facts(&facts), SH_E_BAD_CODE);
    facts = *sample_leaf_facts();
    facts.kind = 99;
    cr_assert_eq(encode_facts(&facts), SH_E_BAD_CODE);
    facts = *sample_leaf_facts();
    facts.count = UINT64_MAX;
    cr_assert_eq(encode_facts(&facts), SH_E_FORMAT);
}
