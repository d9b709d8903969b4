/* One too many of something, on the way in and on the way out. */
#include "base/cleanup.h"
#include "spoil.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

static sh_err encode_facts(const struct facts *facts)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    return facts_encode(facts, &out);
}

static void fill_desks(struct recipient *recipients, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        recipients[i] = (struct recipient){.role = i ? ROLE_INFORM : ROLE_OWN};
        recipients[i].address = sample_address("aa@b.school");
        recipients[i].address.text[0] = (char)('a' + i / 26);
        recipients[i].address.text[1] = (char)('a' + i % 26);
    }
}

Test(wire, sixty_four_desks_are_enough_and_65_too_many)
{
    static struct recipient recipients[SH_DESKS_MAX + 1];
    struct facts facts = sample_header()->facts;
    fill_desks(recipients, SH_DESKS_MAX + 1);
    facts.from = recipients[0].address;
    facts.recipients = recipients;
    facts.recipients_len = SH_DESKS_MAX;
    cr_assert_eq(encode_facts(&facts), SH_OK);
    facts.recipients_len = SH_DESKS_MAX + 1;
    cr_assert_eq(encode_facts(&facts), SH_E_TOO_BIG);
}

static void many_desks(Safehand__Header *pb)
{
    static Safehand__Recipient recipients[SH_DESKS_MAX + 1];
    static Safehand__Recipient *list[SH_DESKS_MAX + 1];
    static char names[SH_DESKS_MAX + 1][16];
    for (size_t i = 0; i <= SH_DESKS_MAX; i++) {
        safehand__recipient__init(&recipients[i]);
        (void)snprintf(names[i], sizeof names[i], "e%03zu@b.school", i);
        recipients[i].address = names[i];
        recipients[i].role = SAFEHAND__ROLE__ROLE_ACT;
        list[i] = &recipients[i];
    }
    pb->facts->recipients = list;
    pb->facts->n_recipients = SH_DESKS_MAX + 1;
}

static void seats_at_most(Safehand__Header *pb)
{
    pb->facts->recipients[0]->seats = ascending_hashes(SH_SEATS_MAX);
    pb->facts->recipients[0]->n_seats = SH_SEATS_MAX - 3;
}
static void one_seat_too_many_at_one_desk(Safehand__Header *pb)
{
    pb->facts->recipients[0]->seats = ascending_hashes(SH_SEATS_MAX + 1);
    pb->facts->recipients[0]->n_seats = SH_SEATS_MAX + 1;
}
static void one_seat_too_many_in_all(Safehand__Header *pb)
{
    pb->facts->recipients[0]->seats = ascending_hashes(SH_SEATS_MAX);
    pb->facts->recipients[0]->n_seats = SH_SEATS_MAX - 2;
}
static void encloses_too_many(Safehand__Header *pb)
{
    static ProtobufCBinaryData list[SH_ENCLOSURES_MAX + 1];
    for (size_t i = 0; i <= SH_ENCLOSURES_MAX; i++) {
        list[i] = zero_bytes(SH_ID_BYTES);
    }
    pb->facts->encloses = list;
    pb->facts->n_encloses = SH_ENCLOSURES_MAX + 1;
}
static void cites_too_many(Safehand__Header *pb)
{
    static Safehand__Cite *list[SH_CITES_MAX + 1];
    for (size_t i = 0; i <= SH_CITES_MAX; i++) {
        list[i] = pb->facts->cites[1];
    }
    pb->facts->cites = list;
    pb->facts->n_cites = SH_CITES_MAX + 1;
}
static void children_too_many(Safehand__Header *pb)
{
    static Safehand__ChildOutcome *list[SH_CHILDREN_MAX + 1];
    for (size_t i = 0; i <= SH_CHILDREN_MAX; i++) {
        list[i] = pb->facts->children[0];
    }
    pb->facts->children = list;
    pb->facts->n_children = SH_CHILDREN_MAX + 1;
}

Test(wire, lists_of_a_header_have_their_limits)
{
    cr_assert_eq(decode_spoiled_header(many_desks), SH_E_TOO_BIG);
    cr_assert_eq(decode_spoiled_header(seats_at_most), SH_OK);
    cr_assert_eq(decode_spoiled_header(one_seat_too_many_at_one_desk), SH_E_TOO_BIG);
    cr_assert_eq(decode_spoiled_header(one_seat_too_many_in_all), SH_E_TOO_BIG);
    cr_assert_eq(decode_spoiled_header(encloses_too_many), SH_E_TOO_BIG);
    cr_assert_eq(decode_spoiled_header(cites_too_many), SH_E_TOO_BIG);
    cr_assert_eq(decode_spoiled_header(children_too_many), SH_E_TOO_BIG);
}

Test(wire, a_header_above_its_limit_is_too_big)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    static uint8_t zeros[SH_HEADER_BYTES_MAX + 1];
    struct header out;
    cr_assert_eq(header_decode(bytes_of(zeros, sizeof zeros), arena, &out), SH_E_TOO_BIG);
    cr_assert_eq(header_decode(bytes_of(zeros, sizeof zeros - 1), arena, &out), SH_E_FORMAT);
}

/* ---- the encoder refuses the same ---- */

static sh_err encode_header(const struct header *header)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_HEADER_BYTES_MAX);
    sh_err err = header_encode(header, &out);
    cr_assert_eq(out.len > 0, err == SH_OK);
    return err;
}

Test(wire, what_would_be_refused_is_not_sent)
{
    struct header h = *sample_header();
    h.facts.kind = (enum kind)17;
    cr_assert_eq(encode_header(&h), SH_E_BAD_CODE);
    h = *sample_header();
    h.facts.from = (struct address){"DSL@999001.school"};
    cr_assert_eq(encode_header(&h), SH_E_BAD_ADDRESS);
    h = *sample_header();
    h.facts.created_at_ms = -1;
    cr_assert_eq(encode_header(&h), SH_E_BAD_TIME);
    h = *sample_header();
    h.facts.clock_from_ms = -SH_MINUTE_MS;
    cr_assert_eq(encode_header(&h), SH_E_BAD_TIME);
    h = *sample_header();
    h.facts.next_due_ms = 253402300800000;
    cr_assert_eq(encode_header(&h), SH_E_BAD_TIME);
    h = *sample_header();
    h.facts.clock_from_ms += 1;
    cr_assert_eq(encode_header(&h), SH_E_FORMAT);
    h = *sample_header();
    h.facts.recipients_len = 0;
    cr_assert_eq(encode_header(&h), SH_E_BAD_RECIPIENTS);
    h = *sample_header();
    h.facts.cites_len = SH_CITES_MAX + 1;
    cr_assert_eq(encode_header(&h), SH_E_TOO_BIG);
    h = *sample_header();
    h.facts.children_len = SH_CHILDREN_MAX + 1;
    cr_assert_eq(encode_header(&h), SH_E_TOO_BIG);
    h = *sample_header();
    h.facts.encloses_len = SH_ENCLOSURES_MAX + 1;
    cr_assert_eq(encode_header(&h), SH_E_TOO_BIG);
    h = *sample_header();
    h.parts.sealed_count = 5;
    cr_assert_eq(encode_header(&h), SH_E_FORMAT);
    h = *sample_header();
    h.sealed_bytes = (uint64_t)SH_MESSAGE_BYTES_MAX + 1;
    cr_assert_eq(encode_header(&h), SH_E_TOO_BIG);
}

Test(wire, a_recipient_that_is_no_address_is_not_sent)
{
    struct recipient recipients[3];
    struct header h = *sample_header();
    memcpy(recipients, h.facts.recipients, sizeof recipients);
    h.facts.recipients = recipients;
    cr_assert_eq(encode_header(&h), SH_OK);
    recipients[2].address.text[0] = 'M';
    cr_assert_eq(encode_header(&h), SH_E_BAD_ADDRESS);
}

Test(wire, an_address_without_its_nul_is_refused_not_read_past)
{
    struct header h = *sample_header();
    memset(h.facts.from.text, 'a', sizeof h.facts.from.text);
    cr_assert_eq(encode_header(&h), SH_E_BAD_ADDRESS);
}
