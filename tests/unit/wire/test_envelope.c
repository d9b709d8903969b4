#include "base/cleanup.h"
#include "spoil.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

static void assert_hash(ProtobufCBinaryData got, unsigned n)
{
    struct sh_hash hash = sample_hash(n);
    cr_assert_eq(got.len, sizeof hash.b);
    cr_assert_eq(memcmp(got.data, hash.b, sizeof hash.b), 0);
}

static void assert_id(ProtobufCBinaryData got, unsigned n)
{
    struct sh_id id = sample_id(n);
    cr_assert_eq(got.len, sizeof id.b);
    cr_assert_eq(memcmp(got.data, id.b, sizeof id.b), 0);
}

static void assert_facts_as_written(const Safehand__Facts *pb)
{
    assert_id(pb->message_id, 1);
    assert_id(pb->thread_id, 2);
    assert_hash(pb->parent, 3);
    cr_assert_str_eq(pb->from, "dsl@999001.school");
    assert_hash(pb->seat, 4);
    cr_assert_eq(pb->kind, SAFEHAND__KIND__RECONSIDERATION_RESPONSE);
    cr_assert_eq(pb->subtype, SAFEHAND__SUBTYPE__SUBTYPE_MEETING);
    cr_assert_eq(pb->urgency, SAFEHAND__URGENCY__URGENCY_IMMEDIATE);
    cr_assert_eq(pb->created_at_ms, SAMPLE_TIME_MS + 1);
    cr_assert_eq(pb->clock_from_ms, 12345 * 60000);
    cr_assert_eq(pb->level, 5);
    cr_assert_eq(pb->outcome, SAFEHAND__OUTCOME__OUTCOME_MIXED);
    cr_assert_eq(pb->children_count, 6);
    cr_assert_eq(pb->next_due_ms, SAMPLE_TIME_MS + 2);
    cr_assert(pb->not_to_own_desk && pb->telephone);
    cr_assert(pb->has_parent && pb->has_subtype && pb->has_clock_from_ms && pb->has_level);
    cr_assert(pb->has_outcome && pb->has_children_count && pb->has_next_due_ms);
}

static void assert_lists_as_written(const Safehand__Facts *pb)
{
    cr_assert_eq(pb->n_recipients, 3);
    cr_assert_str_eq(pb->recipients[2]->address, "mash@999.social-care");
    cr_assert_eq(pb->recipients[2]->role, SAFEHAND__ROLE__ROLE_ACT);
    cr_assert_eq(pb->recipients[2]->n_seats, 2);
    assert_hash(pb->recipients[2]->seats[1], 14);
    assert_hash(pb->recipients[2]->recovery, 21);
    cr_assert_not(pb->recipients[1]->has_recovery);
    cr_assert_eq(pb->n_cites, 2);
    assert_hash(pb->cites[0]->header_sha256, 30);
    cr_assert_eq(pb->cites[1]->log_index, 77);
    cr_assert_eq(pb->n_children, 2);
    cr_assert_eq(pb->children[1]->child, 3);
    cr_assert_eq(pb->children[1]->outcome, SAFEHAND__OUTCOME__OUTCOME_PASSED_ON);
    cr_assert_eq(pb->n_encloses, 2);
    assert_id(pb->encloses[1], 41);
}

Test(wire, header_fields_stand_under_the_numbers_of_the_schema)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    cr_assert_eq(header_encode(sample_header(), &bytes), SH_OK);
    Safehand__Header *pb = unpack_raw(&safehand__header__descriptor, bytes_buf(&bytes), arena);
    cr_assert_eq(pb->version, 1);
    assert_facts_as_written(pb->facts);
    assert_lists_as_written(pb->facts);
    assert_hash(pb->sealed_sha256, 50);
    cr_assert_eq(pb->sealed_bytes, 5000);
    assert_hash(pb->inner_sha256, 51);
    cr_assert_eq(pb->parts->sealed_count, 1);
    cr_assert_eq(pb->parts->count, 4);
    cr_assert_eq(pb->parts->bytes, 400000);
    assert_hash(pb->parts->root, 52);
}

static void assert_facts_equal(const struct facts *a, const struct facts *b)
{
    cr_assert(id_equal(&a->message_id, &b->message_id));
    cr_assert(id_equal(&a->thread_id, &b->thread_id));
    cr_assert(a->has_parent == b->has_parent && hash_equal(&a->parent, &b->parent));
    cr_assert(address_equal(&a->from, &b->from));
    cr_assert(hash_equal(&a->seat, &b->seat));
    cr_assert_eq(a->kind, b->kind);
    cr_assert_eq(a->subtype, b->subtype);
    cr_assert_eq(a->urgency, b->urgency);
    cr_assert_eq(a->created_at_ms, b->created_at_ms);
    cr_assert_eq(a->has_clock_from, b->has_clock_from);
    cr_assert_eq(a->clock_from_ms, b->clock_from_ms);
    cr_assert_eq(a->level, b->level);
    cr_assert_eq(a->outcome, b->outcome);
    cr_assert_eq(a->children_count, b->children_count);
    cr_assert_eq(a->has_next_due, b->has_next_due);
    cr_assert_eq(a->next_due_ms, b->next_due_ms);
    cr_assert_eq(a->not_to_own_desk, b->not_to_own_desk);
    cr_assert_eq(a->telephone, b->telephone);
}

static void assert_lists_equal(const struct facts *a, const struct facts *b)
{
    cr_assert_eq(a->recipients_len, b->recipients_len);
    for (size_t i = 0; i < a->recipients_len; i++) {
        const struct recipient *x = &a->recipients[i], *y = &b->recipients[i];
        cr_assert(address_equal(&x->address, &y->address) && x->role == y->role);
        cr_assert(hash_equal(&x->recovery, &y->recovery));
        cr_assert_eq(x->seats_len, y->seats_len);
        cr_assert_eq(memcmp(x->seats, y->seats, x->seats_len * SH_HASH_BYTES), 0);
    }
    cr_assert_eq(a->cites_len, b->cites_len);
    for (size_t i = 0; i < a->cites_len; i++) {
        cr_assert_eq(a->cites[i].is_index, b->cites[i].is_index);
        cr_assert_eq(a->cites[i].log_index, b->cites[i].log_index);
        cr_assert(hash_equal(&a->cites[i].header_sha256, &b->cites[i].header_sha256));
    }
    cr_assert_eq(a->children_len, b->children_len);
    cr_assert_eq(memcmp(a->children, b->children, a->children_len * sizeof *a->children), 0);
    cr_assert_eq(a->encloses_len, b->encloses_len);
    cr_assert_eq(memcmp(a->encloses, b->encloses, a->encloses_len * SH_ID_BYTES), 0);
}

Test(wire, a_full_header_comes_back_as_it_went)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct header *in = sample_header();
    struct header out;
    cr_assert_eq(header_encode(in, &bytes), SH_OK);
    cr_assert_eq(header_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    assert_facts_equal(&in->facts, &out.facts);
    assert_lists_equal(&in->facts, &out.facts);
    cr_assert(hash_equal(&in->sealed_sha256, &out.sealed_sha256));
    cr_assert(hash_equal(&in->inner_sha256, &out.inner_sha256));
    cr_assert_eq(out.sealed_bytes, 5000);
    cr_assert_eq(out.parts.sealed_count, 1);
    cr_assert_eq(out.parts.count, 4);
    cr_assert_eq(out.parts.bytes, 400000);
    cr_assert(hash_equal(&in->parts.root, &out.parts.root));
    cr_assert_eq(header_encode(&out, &again), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&bytes), bytes_buf(&again)));
}

static struct header smallest_header(void)
{
    static struct recipient own;
    own = (struct recipient){.address = sample_address("a@b.c"), .role = ROLE_OWN};
    return (struct header){.facts = {.from = sample_address("a@b.c"),
                                     .recipients = &own,
                                     .recipients_len = 1,
                                     .kind = KIND_NOTE,
                                     .urgency = URGENCY_ROUTINE}};
}

Test(wire, what_is_absent_in_a_header_stays_absent)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct header in = smallest_header();
    struct header out;
    cr_assert_eq(header_encode(&in, &bytes), SH_OK);
    cr_assert_eq(header_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    assert_facts_equal(&in.facts, &out.facts);
    cr_assert_eq(out.facts.recipients[0].seats_len, 0);
    cr_assert_eq(out.facts.cites_len + out.facts.children_len + out.facts.encloses_len, 0);
    cr_assert_eq(out.parts.count, 0);
}

Test(wire, the_largest_header_fits_its_limit)
{
    static struct recipient recipients[SH_DESKS_MAX];
    static struct sh_hash seats[SH_SEATS_MAX];
    static struct sh_id encloses[SH_ENCLOSURES_MAX];
    for (unsigned i = 0; i < SH_SEATS_MAX; i++) {
        seats[i] = sample_hash(i / 256);
        seats[i].b[1] = (uint8_t)i;
    }
    for (unsigned i = 0; i < SH_DESKS_MAX; i++) {
        recipients[i] = (struct recipient){.role = i ? ROLE_ACT : ROLE_OWN,
                                           .seats = seats + 8 * i,
                                           .seats_len = 8,
                                           .recovery = sample_hash(i + 1)};
        memset(recipients[i].address.text, 'x', SH_ADDRESS_BYTES_MAX);
        recipients[i].address.text[0] = (char)('0' + i / 26);
        recipients[i].address.text[1] = (char)('a' + i % 26);
        memcpy(recipients[i].address.text + 50, "@e.", 3);
    }
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    cr_assert_eq(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena), SH_OK);
    struct header in = *sample_header(), out;
    in.facts.from = recipients[0].address;
    in.facts.recipients = recipients;
    in.facts.recipients_len = SH_DESKS_MAX;
    in.facts.encloses = encloses;
    in.facts.encloses_len = SH_ENCLOSURES_MAX;
    cr_assert_eq(header_encode(&in, &bytes), SH_OK);
    cr_assert_eq(header_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    assert_lists_equal(&in.facts, &out.facts);
}

Test(wire, facts_alone_are_the_bytes_inside_the_header)
{
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf facts = BUF_INIT(SH_HEADER_BYTES_MAX);
    cr_assert_eq(header_encode(sample_header(), &header), SH_OK);
    cr_assert_eq(facts_encode(&sample_header()->facts, &facts), SH_OK);
    cr_assert_not_null(memmem(header.data, header.len, facts.data, facts.len));
}

Test(wire, facts_that_differ_have_other_bytes)
{
    SH_DEFER(buf_wipe) struct buf a = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SH_HEADER_BYTES_MAX);
    struct facts other = sample_header()->facts;
    other.urgency = URGENCY_URGENT;
    cr_assert_eq(facts_encode(&sample_header()->facts, &a), SH_OK);
    cr_assert_eq(facts_encode(&other, &b), SH_OK);
    cr_assert_not(bytes_equal(bytes_buf(&a), bytes_buf(&b)));
}

static void assert_envelope_comes_back(const struct envelope *in)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct envelope out;
    cr_assert_eq(envelope_encode(in, &bytes), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    cr_assert(bytes_equal(in->header, out.header));
    cr_assert(bytes_equal(in->sealed, out.sealed));
    cr_assert(bytes_equal(in->signature, out.signature));
    cr_assert_eq(in->batch.size, out.batch.size);
    cr_assert_eq(in->batch.index, out.batch.index);
    cr_assert_eq(in->batch.path_len, out.batch.path_len);
    for (size_t i = 0; i < out.batch.path_len; i++) {
        cr_assert(hash_equal(&in->batch.path[i], &out.batch.path[i]));
    }
}

Test(wire, an_envelope_comes_back_as_it_went_with_and_without_a_batch)
{
    struct envelope envelope = *sample_envelope();
    assert_envelope_comes_back(&envelope);
    envelope.batch = (struct batch_path){0};
    assert_envelope_comes_back(&envelope);
    envelope.batch = (struct batch_path){.size = 1};
    assert_envelope_comes_back(&envelope);
}

Test(wire, an_envelope_whose_content_travels_as_parts_is_empty)
{
    struct envelope envelope = *sample_envelope();
    envelope.sealed = (struct bytes){0};
    assert_envelope_comes_back(&envelope);
}

Test(wire, the_largest_envelope_passes)
{
    static uint8_t zeros[SH_SEALED_INLINE_BYTES_MAX];
    static struct sh_hash path[SH_BATCH_PATH_MAX];
    const struct envelope envelope = {
        .header = bytes_of(zeros, SH_HEADER_BYTES_MAX),
        .sealed = bytes_of(zeros, SH_SEALED_INLINE_BYTES_MAX),
        .signature = bytes_of(zeros, SH_SIGNATURE_BYTES_MAX),
        .batch = {SH_BATCH_MAX, SH_BATCH_MAX - 1, path, SH_BATCH_PATH_MAX}};
    assert_envelope_comes_back(&envelope);
}

Test(wire, outputs_stay_untouched_on_error)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct header header = {.sealed_bytes = 42};
    struct envelope envelope = {.signature = bytes_str("mine")};
    cr_assert_eq(header_decode(bytes_str("rubbish"), arena, &header), SH_E_FORMAT);
    cr_assert_eq(header.sealed_bytes, 42);
    cr_assert_eq(envelope_decode(bytes_str("rubbish"), arena, &envelope), SH_E_FORMAT);
    cr_assert_eq(envelope.signature.len, 4);
}
