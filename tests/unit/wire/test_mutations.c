/* Properties that must hold for any bytes at all: no decoder crashes, and whatever one accepts is
 * written back as the same bytes. The mutations come from a fixed seed, so a failure repeats. */
#include "base/cleanup.h"
#include "spoil.h"

#include <criterion/criterion.h>

enum { MUTATIONS = 4000 };

/* Decodes, and on success encodes what came out into *again. */
typedef sh_err (*trip_fn)(struct bytes in, struct arena *arena, struct buf *again);

static sh_err trip_frame(struct bytes in, struct arena *arena, struct buf *again)
{
    struct frame out;
    SH_TRY(frame_decode(in, arena, &out));
    cr_assert_eq(frame_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_header(struct bytes in, struct arena *arena, struct buf *again)
{
    struct header out;
    SH_TRY(header_decode(in, arena, &out));
    cr_assert_eq(header_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_envelope(struct bytes in, struct arena *arena, struct buf *again)
{
    struct envelope out;
    SH_TRY(envelope_decode(in, arena, &out));
    cr_assert_eq(envelope_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_receipt(struct bytes in, struct arena *arena, struct buf *again)
{
    (void)arena;
    struct receipt out;
    SH_TRY(receipt_decode(in, &out));
    cr_assert_eq(receipt_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_signed_receipt(struct bytes in, struct arena *arena, struct buf *again)
{
    struct signed_receipt out;
    SH_TRY(signed_receipt_decode(in, arena, &out));
    cr_assert_eq(signed_receipt_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_leaf(struct bytes in, struct arena *arena, struct buf *again)
{
    (void)arena;
    struct leaf out;
    SH_TRY(leaf_decode(in, &out));
    cr_assert_eq(leaf_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_leaf_facts(struct bytes in, struct arena *arena, struct buf *again)
{
    struct leaf_facts out;
    SH_TRY(leaf_facts_decode(in, arena, &out));
    cr_assert_eq(leaf_facts_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_statement(struct bytes in, struct arena *arena, struct buf *again)
{
    struct statement out;
    SH_TRY(statement_decode(in, arena, &out));
    cr_assert_eq(statement_encode(&out, again), SH_OK);
    return SH_OK;
}

static sh_err trip_directory(struct bytes in, struct arena *arena, struct buf *again)
{
    struct directory_file out;
    SH_TRY(directory_file_decode(in, arena, &out));
    cr_assert_eq(directory_file_encode(&out, again), SH_OK);
    return SH_OK;
}

/* True if accepted. */
static bool holds(trip_fn trip, struct bytes in)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    /* A copy of exactly that length, so that the sanitizer sees a read past its end. */
    SH_DEFER(sh_freep) uint8_t *exact = malloc(in.len ? in.len : 1);
    if (in.len) {
        memcpy(exact, in.data, in.len);
    }
    sh_err err = trip(bytes_of(exact, in.len), arena, &again);
    cr_assert_eq(sh_err_class(err) == SH_CLASS_FATAL, false);
    cr_assert(err != SH_OK || bytes_equal(in, bytes_buf(&again)), "accepted, but not written back");
    return err == SH_OK;
}

struct subject {
    const char *name;
    trip_fn trip;
    size_t passing_cuts;
    struct buf bytes;
};

enum { SUBJECTS = 8 + SAMPLE_FRAMES };

static struct buf *add_subject(struct subject *subject, const char *name, trip_fn trip,
                               size_t passing_cuts)
{
    *subject = (struct subject){name, trip, passing_cuts, BUF_INIT(SH_FRAME_BYTES_MAX)};
    return &subject->bytes;
}

static void make_subjects(struct subject *s)
{
    struct buf *out = add_subject(&s[0], "header", trip_header, 1); /* parts */
    cr_assert_eq(header_encode(sample_header(), out), SH_OK);
    out = add_subject(&s[1], "envelope", trip_envelope, 1); /* batch */
    cr_assert_eq(envelope_encode(sample_envelope(), out), SH_OK);
    out = add_subject(&s[2], "receipt", trip_receipt, 0);
    cr_assert_eq(receipt_encode(sample_receipt(), out), SH_OK);
    out = add_subject(&s[3], "signed receipt", trip_signed_receipt, 0);
    cr_assert_eq(signed_receipt_encode(sample_signed_receipt(), out), SH_OK);
    out = add_subject(&s[4], "leaf", trip_leaf, 0);
    cr_assert_eq(leaf_encode(sample_leaf(), out), SH_OK);
    out = add_subject(&s[5], "leaf facts", trip_leaf_facts,
                      36); /* 34 fields, two desks, two clocks */
    cr_assert_eq(leaf_facts_encode(sample_leaf_facts(), out), SH_OK);
    out = add_subject(&s[6], "statement", trip_statement, 0);
    cr_assert_eq(statement_encode(sample_statement(), out), SH_OK);
    out = add_subject(&s[7], "directory", trip_directory, 14); /* items of its lists */
    cr_assert_eq(directory_file_encode(sample_directory(), out), SH_OK);
    for (size_t i = 0; i < SAMPLE_FRAMES; i++) {
        out = add_subject(&s[8 + i], "frame", trip_frame, 0);
        cr_assert_eq(frame_encode(sample_frame(i), out), SH_OK);
    }
}

static void free_subjects(struct subject (*subjects)[SUBJECTS])
{
    for (size_t i = 0; i < SUBJECTS; i++) {
        buf_wipe(&(*subjects)[i].bytes);
    }
}

/* Cut between two fields of which the later are optional, a message is a shorter one in its own
 * right; so many cuts may pass, and not one more. */
Test(wire, a_message_cut_at_any_byte_is_refused)
{
    SH_DEFER(free_subjects) struct subject subjects[SUBJECTS];
    make_subjects(subjects);
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct subject *s = &subjects[i];
        size_t passed = 0;
        for (size_t len = 0; len < s->bytes.len; len++) {
            passed += holds(s->trip, bytes_of(s->bytes.data, len));
        }
        cr_assert_eq(passed, s->passing_cuts, "%s %zu: %zu cuts pass", s->name, i, passed);
        cr_assert(holds(s->trip, bytes_buf(&s->bytes)), "%s %zu", s->name, i);
    }
}

Test(wire, a_byte_behind_a_message_is_refused)
{
    SH_DEFER(free_subjects) struct subject subjects[SUBJECTS];
    make_subjects(subjects);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct subject *s = &subjects[i];
        cr_assert_eq(buf_append_u8(&s->bytes, 0), SH_OK);
        cr_assert_not(holds(s->trip, bytes_buf(&s->bytes)), "%s %zu", s->name, i);
    }
}

/* xorshift; quality does not matter, repeatability does */
static uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

static void mutate(struct buf *bytes, uint64_t *state)
{
    size_t at = next_random(state) % bytes->len;
    size_t span = 1 + next_random(state) % 4;
    span = span < bytes->len - at ? span : bytes->len - at;
    switch (next_random(state) % 6) {
    case 0:
        bytes->data[at] = (uint8_t)next_random(state);
        break;
    case 1:
        bytes->data[at] ^= (uint8_t)(1u << next_random(state) % 8);
        break;
    case 2: /* cut out */
        memmove(bytes->data + at, bytes->data + at + span, bytes->len - at - span);
        bytes->len -= span;
        break;
    case 3: { /* repeat */
        uint8_t copy[4];
        memcpy(copy, bytes->data + at, span);
        cr_assert_eq(buf_append(bytes, bytes_of(copy, span)), SH_OK);
        break;
    }
    case 4:
        bytes->data[at]++;
        break;
    default: /* swap two places */
        bytes->data[at] ^= bytes->data[0];
        bytes->data[0] ^= bytes->data[at];
        bytes->data[at] ^= bytes->data[0];
        break;
    }
}

Test(wire, no_mutation_crashes_and_what_is_accepted_is_written_back)
{
    SH_DEFER(free_subjects) struct subject subjects[SUBJECTS];
    uint64_t state = 0x5AFE5AFE5AFE5AFEu;
    size_t accepted = 0;
    make_subjects(subjects);
    for (size_t i = 0; i < MUTATIONS; i++) {
        const struct subject *s = &subjects[i % SUBJECTS];
        SH_DEFER(buf_wipe) struct buf mutant = BUF_INIT(SH_FRAME_BYTES_MAX);
        cr_assert_eq(buf_append(&mutant, bytes_buf(&s->bytes)), SH_OK);
        for (uint32_t n = 1 + next_random(&state) % 3; n > 0 && mutant.len > 1; n--) {
            mutate(&mutant, &state);
        }
        accepted += holds(s->trip, bytes_buf(&mutant));
    }
    /* Changed hashes and numbers are still well formed; if none passed, the mutations would test
     * only the first check. */
    cr_assert_gt(accepted, MUTATIONS / 20);
    cr_assert_lt(accepted, MUTATIONS);
}
