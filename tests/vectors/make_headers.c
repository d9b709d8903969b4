/* Headers that are not in form: a good one is unpacked, spoiled in one place and packed by
 * protobuf-c, which checks nothing; then it is signed as if all were well. So whoever checks the
 * signature before the form gives the wrong word, and so does whoever checks neither. */
#include "base/cleanup.h"
#include "envelope.pb-c.h"
#include "studio.h"

#include <stdio.h>

#define ZEROS_MAX 64

typedef void (*spoil_fn)(Safehand__Header *pb);

struct header_case {
    const char *name;
    sh_err expected;
    spoil_fn spoil;
    const char *what;
};

static ProtobufCBinaryData zeros(size_t len)
{
    static uint8_t bytes[ZEROS_MAX];
    return (ProtobufCBinaryData){.len = len, .data = bytes};
}

/* `len` hashes that ascend, one more than any list may have. */
static ProtobufCBinaryData *hashes(size_t len)
{
    static uint8_t bytes[SH_SEATS_MAX + 1][SH_HASH_BYTES];
    static ProtobufCBinaryData list[SH_SEATS_MAX + 1];
    for (size_t i = 0; i < len; i++) {
        bytes[i][0] = (uint8_t)(i >> 8);
        bytes[i][1] = (uint8_t)i;
        list[i] = (ProtobufCBinaryData){.len = SH_HASH_BYTES, .data = bytes[i]};
    }
    return list;
}

static void add_unknown(ProtobufCMessage *message)
{
    static uint8_t one = 1;
    static ProtobufCMessageUnknownField field = {
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = &one};
    message->n_unknown_fields = 1;
    message->unknown_fields = &field;
}

/* clang-format off */
#define SPOIL(name) static void name(Safehand__Header *pb)
/* The recipients of the good one, in their order: dsl@999001.school (own), managers@999.social-care
 * (inform), mash@999.social-care (act). */
SPOIL(version_0) { pb->version = 0; }
SPOIL(version_2) { pb->version = 2; }
SPOIL(unknown_in_header) { add_unknown(&pb->base); }
SPOIL(unknown_in_facts) { add_unknown(&pb->facts->base); }
SPOIL(unknown_in_recipient) { add_unknown(&pb->facts->recipients[1]->base); }
SPOIL(kind_0) { pb->facts->kind = (Safehand__Kind)0; }
SPOIL(kind_17) { pb->facts->kind = (Safehand__Kind)17; }
SPOIL(subtype_14) { pb->facts->has_subtype = 1; pb->facts->subtype = (Safehand__Subtype)14; }
SPOIL(urgency_4) { pb->facts->urgency = (Safehand__Urgency)4; }
SPOIL(role_5) { pb->facts->recipients[1]->role = (Safehand__Role)5; }
SPOIL(outcome_99) { pb->facts->has_outcome = 1; pb->facts->outcome = (Safehand__Outcome)99; }
SPOIL(bad_utf8) { static char t[] = "ds\xff@999001.school"; pb->facts->from = t; }
SPOIL(overlong_utf8) { static char t[] = "\xc0\xaf@999001.school"; pb->facts->from = t; }
SPOIL(surrogate) { static char t[] = "\xed\xa0\x80@999001.school"; pb->facts->from = t; }
SPOIL(upper_case) { static char t[] = "Dsl@999001.school"; pb->facts->from = t; }
SPOIL(two_dots) { static char t[] = "dsl@a.b.school"; pb->facts->from = t; }
SPOIL(no_sector) { static char t[] = "mash@999"; pb->facts->recipients[2]->address = t; }
SPOIL(a_space) { static char t[] = "mash@999 .social-care"; pb->facts->recipients[2]->address = t; }
SPOIL(sector_digit) { static char t[] = "mash@999.social2"; pb->facts->recipients[2]->address = t; }
SPOIL(two_ats) { static char t[] = "mash@@999.social-care"; pb->facts->recipients[2]->address = t; }
SPOIL(empty_address) { static char t[] = ""; pb->facts->recipients[2]->address = t; }
SPOIL(address_101)
{
    static char t[102];
    memset(t, 'm', 101);
    memcpy(t + 82, "@999.social-care", 16);
    t[98] = t[99] = t[100] = 'e';
    pb->facts->recipients[2]->address = t;
}
SPOIL(message_id_15) { pb->facts->message_id.len = 15; }
SPOIL(message_id_17) { pb->facts->message_id = zeros(17); }
SPOIL(thread_id_empty) { pb->facts->thread_id.len = 0; }
SPOIL(parent_31) { pb->facts->has_parent = 1; pb->facts->parent = zeros(31); }
SPOIL(seat_33) { pb->facts->seat = zeros(33); }
SPOIL(recipient_seat_31) { pb->facts->recipients[0]->seats[1].len = 31; }
SPOIL(recovery_33) { pb->facts->recipients[0]->recovery = zeros(33); }
SPOIL(sealed_hash_31) { pb->sealed_sha256.len = 31; }
SPOIL(inner_hash_33) { pb->inner_sha256 = zeros(33); }
SPOIL(recovery_zero) { pb->facts->recipients[0]->recovery = zeros(32); }
SPOIL(level_0) { pb->facts->has_level = 1; pb->facts->level = 0; }
SPOIL(level_10) { pb->facts->has_level = 1; pb->facts->level = 10; }
SPOIL(children_count_0) { pb->facts->children_count = 0; }
SPOIL(children_count_65) { pb->facts->children_count = 65; }
SPOIL(own_desk_false) { pb->facts->has_not_to_own_desk = 1; }
SPOIL(telephone_false) { pb->facts->telephone = 0; }
SPOIL(unsorted)
{
    Safehand__Recipient *first = pb->facts->recipients[0];
    pb->facts->recipients[0] = pb->facts->recipients[1];
    pb->facts->recipients[1] = first;
}
SPOIL(repeated) { pb->facts->recipients[1] = pb->facts->recipients[2]; }
SPOIL(no_recipients) { pb->facts->n_recipients = 0; }
SPOIL(no_own) { pb->facts->recipients++; pb->facts->n_recipients--; }
SPOIL(two_own) { pb->facts->recipients[1]->role = SAFEHAND__ROLE__ROLE_OWN; }
SPOIL(own_is_other)
{
    pb->facts->recipients[0]->role = SAFEHAND__ROLE__ROLE_INFORM;
    pb->facts->recipients[1]->role = SAFEHAND__ROLE__ROLE_OWN;
}
SPOIL(seats_unsorted)
{
    ProtobufCBinaryData first = pb->facts->recipients[0]->seats[0];
    pb->facts->recipients[0]->seats[0] = pb->facts->recipients[0]->seats[1];
    pb->facts->recipients[0]->seats[1] = first;
}
SPOIL(seat_twice) { pb->facts->recipients[0]->seats[1] = pb->facts->recipients[0]->seats[0]; }
SPOIL(seats_513)
{
    pb->facts->recipients[1]->n_seats = SH_SEATS_MAX + 1;
    pb->facts->recipients[1]->seats = hashes(SH_SEATS_MAX + 1);
}
SPOIL(desks_65)
{
    static Safehand__Recipient recipients[SH_DESKS_MAX + 1];
    static Safehand__Recipient *list[SH_DESKS_MAX + 1];
    static char addresses[SH_DESKS_MAX + 1][24];
    for (size_t i = 0; i <= SH_DESKS_MAX; i++) {
        safehand__recipient__init(&recipients[i]);
        (void)snprintf(addresses[i], sizeof addresses[i], "e%02zu@999001.school", i);
        recipients[i].address = addresses[i];
        recipients[i].role = SAFEHAND__ROLE__ROLE_INFORM;
        list[i] = &recipients[i];
    }
    recipients[0] = *pb->facts->recipients[0];
    pb->facts->recipients = list;
    pb->facts->n_recipients = SH_DESKS_MAX + 1;
}
SPOIL(created_year_10000) { pb->facts->created_at_ms = UINT64_C(253402300800000); }
SPOIL(created_above_int64) { pb->facts->created_at_ms = UINT64_MAX; }
SPOIL(clock_not_a_minute)
{
    pb->facts->has_clock_from_ms = 1;
    pb->facts->clock_from_ms = PKI_NOW_MS + 1;
}
SPOIL(encloses_257)
{
    static ProtobufCBinaryData ids[SH_ENCLOSURES_MAX + 1];
    for (size_t i = 0; i <= SH_ENCLOSURES_MAX; i++) {
        ids[i] = zeros(SH_ID_BYTES);
    }
    pb->facts->encloses = ids;
    pb->facts->n_encloses = SH_ENCLOSURES_MAX + 1;
}
SPOIL(cite_of_both)
{
    static Safehand__Cite cite = SAFEHAND__CITE__INIT;
    static Safehand__Cite *list[] = {&cite};
    cite.has_header_sha256 = cite.has_log_index = 1;
    cite.header_sha256 = zeros(SH_HASH_BYTES);
    pb->facts->cites = list;
    pb->facts->n_cites = 1;
}
SPOIL(child_twice)
{
    static Safehand__ChildOutcome one = SAFEHAND__CHILD_OUTCOME__INIT;
    static Safehand__ChildOutcome *list[] = {&one, &one};
    one.child = 1;
    one.outcome = SAFEHAND__OUTCOME__OUTCOME_ACTION;
    pb->facts->children = list;
    pb->facts->n_children = 2;
}
SPOIL(child_0) { child_twice(pb); pb->facts->children[0]->child = 0; pb->facts->n_children = 1; }
SPOIL(sealed_too_big) { pb->sealed_bytes = SH_SEALED_INLINE_BYTES_MAX + 1; }
static Safehand__Parts *parts(uint32_t sealed_count, uint32_t count, uint64_t bytes)
{
    static Safehand__Parts made;
    safehand__parts__init(&made);
    made.sealed_count = sealed_count;
    made.count = count;
    made.bytes = bytes;
    made.root = zeros(SH_HASH_BYTES);
    return &made;
}
SPOIL(parts_none) { pb->parts = parts(0, 0, 0); }
SPOIL(parts_more_sealed) { pb->parts = parts(3, 2, 100); }
SPOIL(parts_too_many) { pb->parts = parts(0, SH_PARTS_MAX + 1, 100); }
SPOIL(parts_too_big) { pb->parts = parts(0, 2, SH_MESSAGE_BYTES_MAX + 1); }
SPOIL(parts_root_31) { pb->parts = parts(0, 2, 100); pb->parts->root.len = 31; }

static const struct header_case cases[] = {
    {"header-version-0", SH_E_BAD_VERSION, version_0, "the header says version 0"},
    {"header-version-2", SH_E_BAD_VERSION, version_2, "the header says version 2"},
    {"header-unknown-field", SH_E_NOT_CANONICAL, unknown_in_header,
     "a field that version 1 does not have, in the header"},
    {"facts-unknown-field", SH_E_NOT_CANONICAL, unknown_in_facts, "the same in the facts"},
    {"recipient-unknown-field", SH_E_NOT_CANONICAL, unknown_in_recipient,
     "the same in a recipient"},
    {"kind-0", SH_E_BAD_CODE, kind_0, "kind 0 is none"},
    {"kind-17", SH_E_BAD_CODE, kind_17, "kind 17 is none"},
    {"subtype-14", SH_E_BAD_CODE, subtype_14, "subtype 14 is none"},
    {"urgency-4", SH_E_BAD_CODE, urgency_4, "urgency 4 is none"},
    {"role-5", SH_E_BAD_CODE, role_5, "role 5 is none"},
    {"outcome-99", SH_E_BAD_CODE, outcome_99, "outcome 99 is none"},
    {"from-not-utf8", SH_E_BAD_TEXT, bad_utf8, "'from' is not UTF-8"},
    {"from-overlong-utf8", SH_E_BAD_TEXT, overlong_utf8, "'from' has a slash written in two bytes"},
    {"from-surrogate", SH_E_BAD_TEXT, surrogate, "'from' has half a surrogate pair"},
    {"from-upper-case", SH_E_BAD_ADDRESS, upper_case, "'from' has a capital letter"},
    {"wrong-grammar-two-dots", SH_E_BAD_ADDRESS, two_dots,
     "an address with two dots, which a certificate chain alone accepts"},
    {"wrong-grammar-no-sector", SH_E_BAD_ADDRESS, no_sector,
     "a recipient's address without a sector"},
    {"wrong-grammar-space", SH_E_BAD_ADDRESS, a_space, "a recipient's address with a space"},
    {"wrong-grammar-digit-in-sector", SH_E_BAD_ADDRESS, sector_digit, "a digit in the sector"},
    {"wrong-grammar-two-ats", SH_E_BAD_ADDRESS, two_ats, "an address with two at signs"},
    {"wrong-grammar-empty", SH_E_BAD_ADDRESS, empty_address, "an empty address"},
    {"wrong-grammar-101-bytes", SH_E_BAD_ADDRESS, address_101, "an address of 101 bytes"},
    {"message-id-of-15-bytes", SH_E_FORMAT, message_id_15, "a message id of 15 bytes"},
    {"message-id-of-17-bytes", SH_E_FORMAT, message_id_17, "a message id of 17 bytes"},
    {"thread-id-empty", SH_E_FORMAT, thread_id_empty, "a thread id of no bytes"},
    {"parent-of-31-bytes", SH_E_FORMAT, parent_31, "a parent hash of 31 bytes"},
    {"seat-of-33-bytes", SH_E_FORMAT, seat_33, "a seat hash of 33 bytes"},
    {"recipient-seat-of-31-bytes", SH_E_FORMAT, recipient_seat_31,
     "a recipient's seat hash of 31 bytes"},
    {"recovery-of-33-bytes", SH_E_FORMAT, recovery_33, "a recovery hash of 33 bytes"},
    {"sealed-hash-of-31-bytes", SH_E_FORMAT, sealed_hash_31, "a sealed hash of 31 bytes"},
    {"inner-hash-of-33-bytes", SH_E_FORMAT, inner_hash_33, "an inner hash of 33 bytes"},
    {"recovery-written-as-zeros", SH_E_NOT_CANONICAL, recovery_zero,
     "no recovery certificate, written as 32 zeros"},
    {"level-written-as-0", SH_E_NOT_CANONICAL, level_0, "no level, written as 0"},
    {"children-written-as-0", SH_E_NOT_CANONICAL, children_count_0, "no children, written as 0"},
    {"flag-written-as-false", SH_E_NOT_CANONICAL, telephone_false,
     "not telephoned, written as false"},
    {"own-desk-flag-written-as-false", SH_E_NOT_CANONICAL, own_desk_false,
     "not_to_own_desk, written as false"},
    {"level-10", SH_E_FORMAT, level_10, "level 10, where 9 is the last"},
    {"children-65", SH_E_TOO_BIG, children_count_65, "65 children"},
    {"recipients-unsorted", SH_E_BAD_RECIPIENTS, unsorted, "recipients out of order"},
    {"recipients-repeated", SH_E_BAD_RECIPIENTS, repeated, "one recipient twice"},
    {"recipients-none", SH_E_BAD_RECIPIENTS, no_recipients, "no recipients at all"},
    {"recipients-without-own", SH_E_BAD_RECIPIENTS, no_own,
     "the sender's own desk is not among them"},
    {"recipients-two-own", SH_E_BAD_RECIPIENTS, two_own, "two desks as the sender's own"},
    {"recipients-own-is-another", SH_E_BAD_RECIPIENTS, own_is_other,
     "another desk as the sender's own"},
    {"recipient-seats-unsorted", SH_E_BAD_RECIPIENTS, seats_unsorted,
     "a recipient's seats out of order"},
    {"recipient-seat-twice", SH_E_BAD_RECIPIENTS, seat_twice, "a recipient's seat twice"},
    {"recipients-513-seats", SH_E_TOO_BIG, seats_513, "513 seats"},
    {"recipients-65-desks", SH_E_TOO_BIG, desks_65, "65 desks"},
    {"created-in-the-year-10000", SH_E_BAD_TIME, created_year_10000,
     "created at a time that RFC 3339 cannot write"},
    {"created-above-2-63", SH_E_FORMAT, created_above_int64, "created at a number above 2^63"},
    {"clock-from-not-a-minute", SH_E_FORMAT, clock_not_a_minute,
     "clock_from_ms is not a whole minute"},
    {"encloses-257", SH_E_TOO_BIG, encloses_257, "257 enclosed messages"},
    {"cite-of-both", SH_E_FORMAT, cite_of_both, "a cite of a header and of a log index at once"},
    {"child-twice", SH_E_BAD_CHILDREN, child_twice, "an outcome for one child twice"},
    {"child-0", SH_E_BAD_CHILDREN, child_0, "an outcome for child 0"},
    {"sealed-bytes-too-many", SH_E_TOO_BIG, sealed_too_big,
     "the header says that more is sealed than an envelope holds"},
    {"parts-none", SH_E_FORMAT, parts_none, "parts, and none of them"},
    {"parts-more-sealed-than-all", SH_E_FORMAT, parts_more_sealed, "more sealed parts than parts"},
    {"parts-801", SH_E_TOO_BIG, parts_too_many, "one part more than a message may have"},
    {"parts-of-more-than-100-mib", SH_E_TOO_BIG, parts_too_big,
     "parts of one byte more than 100 MiB"},
    {"parts-root-of-31-bytes", SH_E_FORMAT, parts_root_31, "the root over the parts has 31 bytes"},
};
/* clang-format on */

static void *take(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void leave(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

static void add_case(struct studio *s, const struct letter *l, const struct header_case *c)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(2 * SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    uint8_t *room = NULL;
    MUST(arena_new(SH_MIB, 10000, &arena));
    ProtobufCAllocator allocator = {take, leave, arena};
    Safehand__Header *pb =
        safehand__header__unpack(&allocator, l->env.header.len, l->env.header.data);
    MUST_HOLD(pb);
    c->spoil(pb);
    size_t len = protobuf_c_message_get_packed_size(&pb->base);
    MUST(buf_reserve(&header, len, &room));
    header.len += protobuf_c_message_pack(&pb->base, room);
    MUST(envelope_sign(bytes_buf(&header), l->env.sealed, l->sealer->sign, &bytes));
    const struct entry e = {.reader = "relay-submit",
                            .name = c->name,
                            .by = "school",
                            .expected = c->expected,
                            .what = c->what};
    studio_add(s, &e, bytes_buf(&bytes));
}

void make_headers(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        add_case(s, &l, &cases[i]);
    }
}
