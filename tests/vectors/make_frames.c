/* Frames as bytes: one of each kind that a client sends, and every way to cut, swell and rewrite
 * one. Most are small; what is wrong with them is wrong in the outermost layer. */
#include "base/cleanup.h"
#include "raw.h"
#include "studio.h"
#include "wire/session.h"

#include <stdlib.h>

#define READER "relay-frame"

static void add(struct studio *s, const char *name, sh_err expected, const char *what,
                struct bytes frame)
{
    const struct entry e = {
        .reader = READER, .name = name, .by = "school", .expected = expected, .what = what};
    studio_add(s, &e, frame);
}

static void add_frame(struct studio *s, const char *name, sh_err expected, const char *what,
                      const struct frame *frame)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &bytes));
    add(s, name, expected, what, bytes_buf(&bytes));
}

/* ---- good ones, and questions that have no answer ---- */

static void questions(struct studio *s)
{
    struct frame f = {.ref = 7, .type = FRAME_HELLO};
    add_frame(s, "good-hello", SH_OK, "HELLO of a client that knows nothing yet", &f);
    f = (struct frame){.ref = 7, .type = FRAME_READY};
    f.ready.credit = 10;
    add_frame(s, "good-ready", SH_OK, "READY for ten items", &f);
    f = (struct frame){.ref = 7, .type = FRAME_PING};
    f.ping.time_ms = PKI_NOW_MS;
    add_frame(s, "good-ping", SH_OK, "PING", &f);
    f = (struct frame){.ref = 7, .type = FRAME_NOTICE_SEEN};
    f.notice_seen.item = 99;
    add_frame(s, "good-notice-seen", SH_OK, "NOTICE_SEEN of what is no longer waiting", &f);
    f = (struct frame){.ref = 7, .type = FRAME_DIRECTORY_GET};
    add_frame(s, "good-directory-get", SH_OK, "the newest directory, from its beginning", &f);
    f.directory_get.version = 999;
    add_frame(s, "directory-get-unknown-version", SH_E_NOT_FOUND, "a directory that is not in use",
              &f);
    f.directory_get.version = 0, f.directory_get.offset = SH_DIRECTORY_BYTES_MAX;
    add_frame(s, "directory-get-past-its-end", SH_E_NOT_FOUND, "a piece behind its end", &f);
    f = (struct frame){.ref = 7, .type = FRAME_CONSISTENCY_GET};
    f.consistency_get.from_size = f.consistency_get.to_size = 1;
    add_frame(s, "good-consistency-get", SH_OK, "consistency of a log with itself", &f);
    f.consistency_get.from_size = 2, f.consistency_get.to_size = 1;
    add_frame(s, "consistency-get-backwards", SH_E_NOT_FOUND, "from a larger log to a smaller", &f);
    f.consistency_get.from_size = 1, f.consistency_get.to_size = 1000000;
    add_frame(s, "consistency-get-of-the-future", SH_E_NOT_FOUND, "to a log that is not yet", &f);
    f = (struct frame){.ref = 7, .type = FRAME_PROOF_GET};
    f.proof_get.index = 1000000;
    add_frame(s, "proof-get-of-the-future", SH_E_NOT_FOUND, "a leaf that is not yet", &f);
    f.proof_get.index = 0;
    add_frame(s, "proof-get-of-what-is-not-ours", SH_E_NOT_FOUND,
              "a leaf whose opening this desk may not see", &f);
    f = (struct frame){.ref = 7, .type = FRAME_DESK_GET};
    MUST(address_from("mash@999.social-care", &f.desk_get.address));
    add_frame(s, "good-desk-get", SH_OK, "when a desk last collected its mail", &f);
    MUST(address_from("mash@998.social-care", &f.desk_get.address));
    add_frame(s, "desk-get-unknown", SH_E_UNKNOWN_DESK, "the same of no desk", &f);
}

static void of_the_relay(struct studio *s)
{
    struct frame f = {.ref = 7, .type = FRAME_PONG};
    f.pong.checkpoint = bytes_str("x");
    add_frame(s, "pong-from-a-client", SH_E_FORMAT, "a PONG, which only relays send", &f);
    f = (struct frame){.ref = 7, .type = FRAME_CAUGHT_UP};
    add_frame(s, "caught-up-from-a-client", SH_E_FORMAT, "a CAUGHT_UP, which only relays send", &f);
    f = (struct frame){.ref = 7, .type = FRAME_REFUSED};
    f.refused.code = SH_E_QUOTA;
    add_frame(s, "refused-from-a-client", SH_E_FORMAT, "a REFUSED, which only relays send", &f);
    f = (struct frame){.ref = 7, .type = FRAME_DEFER};
    f.defer.code = SH_E_BUSY;
    add_frame(s, "defer-from-a-client", SH_E_FORMAT, "a DEFER, which only relays send", &f);
}

/* ---- cut and swollen ---- */

static void lengths(struct studio *s, struct bytes good)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(2 * SH_FRAME_BYTES_MAX);
    add(s, "good-submit", SH_OK, "SUBMIT of a good referral", good);
    add(s, "cut-to-nothing", SH_E_FORMAT, "an empty frame", bytes_of(NULL, 0));
    add(s, "cut-to-one-byte", SH_E_FORMAT, "the first byte alone", bytes_of(good.data, 1));
    add(s, "cut-before-the-body", SH_E_FORMAT, "version and ref, no body", bytes_of(good.data, 4));
    add(s, "cut-in-the-header", SH_E_FORMAT, "cut in the middle of the header",
        bytes_of(good.data, 200));
    add(s, "cut-in-the-sealed", SH_E_FORMAT, "cut in the middle of what is sealed",
        bytes_of(good.data, good.len / 2));
    add(s, "cut-by-one-byte", SH_E_FORMAT, "without its last byte",
        bytes_of(good.data, good.len - 1));
    MUST(buf_append(&b, good));
    MUST(buf_append_u8(&b, 0));
    add(s, "swollen-by-a-zero", SH_E_FORMAT, "a zero byte behind it", bytes_buf(&b));
    buf_reset(&b);
    MUST(buf_append(&b, good));
    MUST(buf_append(&b, good));
    add(s, "twice-in-a-row", SH_E_NOT_CANONICAL, "the same frame twice in one", bytes_buf(&b));
    add(s, "text", SH_E_FORMAT, "text of another protocol", bytes_str("GET / HTTP/1.1\r\n\r\n"));
    buf_reset(&b);
    for (unsigned i = 0; i < 64; i++) {
        MUST(buf_append_u8(&b, (uint8_t)(i * 167 + 13)));
    }
    add(s, "noise", SH_E_FORMAT, "64 bytes of noise", bytes_buf(&b));
}

static void over_long(struct studio *s)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(2 * SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf envelope = BUF_INIT(2 * SH_FRAME_BYTES_MAX);
    SH_DEFER(sh_freep) uint8_t *zeros = calloc(1, SH_FRAME_BYTES_MAX + 1);
    MUST_HOLD(zeros);
    add(s, "over-long-frame", SH_E_TOO_BIG, "one byte more than a frame may have",
        bytes_of(zeros, SH_FRAME_BYTES_MAX + 1));
    raw_number(&envelope, 1, 1);
    raw_bytes(&envelope, 2, bytes_of(zeros, SH_HEADER_BYTES_MAX + 1));
    raw_bytes(&envelope, 3, bytes_of(zeros, 1));
    raw_bytes(&envelope, 4, bytes_of(zeros, 70));
    raw_submit(&b, bytes_buf(&envelope));
    add(s, "over-long-header", SH_E_TOO_BIG, "one byte more than a header may have", bytes_buf(&b));
    buf_reset(&envelope);
    buf_reset(&b);
    raw_number(&envelope, 1, 1);
    raw_bytes(&envelope, 2, bytes_of(zeros, 10));
    raw_bytes(&envelope, 3, bytes_of(zeros, SH_SEALED_INLINE_BYTES_MAX + 1));
    raw_bytes(&envelope, 4, bytes_of(zeros, 70));
    raw_submit(&b, bytes_buf(&envelope));
    add(s, "over-long-sealed", SH_E_TOO_BIG, "one byte more than an envelope may seal",
        bytes_buf(&b));
    buf_reset(&envelope);
    buf_reset(&b);
    raw_number(&envelope, 1, 1);
    raw_bytes(&envelope, 2, bytes_of(zeros, 10));
    raw_bytes(&envelope, 3, bytes_of(zeros, 1));
    raw_bytes(&envelope, 4, bytes_of(zeros, SH_SIGNATURE_BYTES_MAX + 1));
    raw_submit(&b, bytes_buf(&envelope));
    add(s, "over-long-signature", SH_E_FORMAT, "a signature of 73 bytes", bytes_buf(&b));
    /* WELCOME with a list of more hashes than any proof has; and one that asks for much memory. */
    buf_reset(&envelope);
    buf_reset(&b);
    for (unsigned i = 0; i <= SH_UNPACK_COUNT_MAX; i++) {
        raw_bytes(&envelope, 4, bytes_of(zeros, 1));
    }
    raw_frame(&b, 40, bytes_buf(&envelope));
    add(s, "over-many-items", SH_E_TOO_BIG, "a list that would take more memory than is allowed",
        bytes_buf(&b));
}

/* ---- every other way to write READY with a credit of 1 ---- */

static void ready_with(struct studio *s, const char *name, const char *what, sh_err expected,
                       void (*write)(struct buf *out))
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SH_KIB);
    write(&b);
    add(s, name, expected, what, bytes_buf(&b));
}

#define CREDIT_1 bytes_of("\x08\x01", 2)

/* clang-format off */
static void plain(struct buf *b) { raw_frame(b, 12, CREDIT_1); }
static void version_twice(struct buf *b) { raw_number(b, 1, 1); plain(b); }
static void ref_twice(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_number(b, 2, 9);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void ref_first(struct buf *b)
{
    raw_number(b, 2, 7);
    raw_number(b, 1, 1);
    raw_bytes(b, 12, CREDIT_1);
}
static void body_first(struct buf *b)
{
    raw_bytes(b, 12, CREDIT_1);
    raw_number(b, 1, 1);
    raw_number(b, 2, 7);
}
static void body_twice(struct buf *b) { plain(b); raw_bytes(b, 12, CREDIT_1); }
static void two_bodies(struct buf *b) { plain(b); raw_bytes(b, 18, CREDIT_1); }
static void wide_version(struct buf *b)
{
    raw_key(b, 1, RAW_VARINT);
    raw_wide_varint(b, 1, 2);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void wide_ref(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_key(b, 2, RAW_VARINT);
    raw_wide_varint(b, 7, 10);
    raw_bytes(b, 12, CREDIT_1);
}
static void wide_length(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_number(b, 2, 7);
    raw_key(b, 12, RAW_BYTES);
    raw_wide_varint(b, 2, 3);
    MUST(buf_append(b, CREDIT_1));
}
static void wide_key(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_number(b, 2, 7);
    raw_wide_varint(b, 12 << 3 | RAW_BYTES, 3);
    raw_varint(b, 2);
    MUST(buf_append(b, CREDIT_1));
}
static void wide_credit(struct buf *b) { raw_frame(b, 12, bytes_of("\x08\x81\x80\x00", 4)); }
static void credit_above_32_bits(struct buf *b)
{
    raw_frame(b, 12, bytes_of("\x08\x81\x80\x80\x80\x10", 6));
}
static void credit_twice(struct buf *b) { raw_frame(b, 12, bytes_of("\x08\x02\x08\x01", 4)); }
static void unknown_number(struct buf *b) { plain(b); raw_number(b, 99, 1); }
static void unknown_bytes(struct buf *b) { plain(b); raw_bytes(b, 99, bytes_str("x")); }
static void unknown_inside(struct buf *b) { raw_frame(b, 12, bytes_of("\x08\x01\x10\x01", 4)); }
static void unknown_fixed32(struct buf *b)
{
    plain(b);
    raw_key(b, 99, RAW_FIXED32);
    MUST(buf_append(b, bytes_of("\0\0\0\0", 4)));
}
static void a_group(struct buf *b)
{
    plain(b);
    raw_key(b, 99, RAW_GROUP);
    raw_key(b, 99, (enum raw_wire)4);
}
static void field_0(struct buf *b) { plain(b); raw_number(b, 0, 1); }
static void version_as_fixed32(struct buf *b)
{
    raw_key(b, 1, RAW_FIXED32);
    MUST(buf_append(b, bytes_of("\1\0\0\0", 4)));
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void varint_of_11(struct buf *b)
{
    raw_key(b, 1, RAW_VARINT);
    raw_wide_varint(b, 1, 11);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void length_past_end(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_number(b, 2, 7);
    raw_key(b, 12, RAW_BYTES);
    raw_varint(b, 200);
    MUST(buf_append(b, CREDIT_1));
}
static void length_of_2_63(struct buf *b)
{
    raw_number(b, 1, 1);
    raw_number(b, 2, 7);
    raw_key(b, 12, RAW_BYTES);
    raw_varint(b, UINT64_C(1) << 63);
    MUST(buf_append(b, CREDIT_1));
}
static void no_version(struct buf *b) { raw_number(b, 2, 7); raw_bytes(b, 12, CREDIT_1); }
static void no_ref(struct buf *b) { raw_number(b, 1, 1); raw_bytes(b, 12, CREDIT_1); }
static void no_credit(struct buf *b) { raw_frame(b, 12, bytes_of(NULL, 0)); }
static void version_0(struct buf *b)
{
    raw_number(b, 1, 0);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void version_2(struct buf *b)
{
    raw_number(b, 1, 2);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void version_257(struct buf *b)
{
    raw_number(b, 1, 257);
    raw_number(b, 2, 7);
    raw_bytes(b, 12, CREDIT_1);
}
static void unknown_body(struct buf *b) { raw_frame(b, 30, CREDIT_1); }
static void ping_year_10000(struct buf *b)
{
    struct buf t = BUF_INIT(16);
    raw_number(&t, 1, UINT64_C(253402300800000));
    raw_frame(b, 18, bytes_buf(&t));
    buf_wipe(&t);
}
static void ping_2_64(struct buf *b)
{
    struct buf t = BUF_INIT(16);
    raw_number(&t, 1, UINT64_MAX);
    raw_frame(b, 18, bytes_buf(&t));
    buf_wipe(&t);
}
static void desk(struct buf *b, struct bytes text)
{
    struct buf t = BUF_INIT(256);
    raw_bytes(&t, 1, text);
    raw_frame(b, 19, bytes_buf(&t));
    buf_wipe(&t);
}
static void desk_bad_utf8(struct buf *b) { desk(b, bytes_str("mash@999.social\xff")); }
static void desk_nul(struct buf *b) { desk(b, bytes_of("mash@999.social-care\0x", 22)); }
static void desk_bad_grammar(struct buf *b) { desk(b, bytes_str("mash@999.social.care")); }

static void rewritten(struct studio *s)
{
    static const struct {
        const char *name, *what;
        sh_err expected;
        void (*write)(struct buf *out);
    } rows[] = {
        {"good-ready-by-hand", "READY with a credit of 1, in the one right form", SH_OK, plain},
        {"not-canonical-version-twice", "the version twice", SH_E_NOT_CANONICAL, version_twice},
        {"not-canonical-ref-twice", "two references, of which the last counts elsewhere",
         SH_E_NOT_CANONICAL, ref_twice},
        {"not-canonical-ref-first", "the fields in another order", SH_E_NOT_CANONICAL, ref_first},
        {"not-canonical-body-first", "the body before version and reference",
         SH_E_NOT_CANONICAL, body_first},
        {"not-canonical-body-twice", "the body twice", SH_E_NOT_CANONICAL, body_twice},
        {"not-canonical-two-bodies", "READY and PING in one frame", SH_E_NOT_CANONICAL, two_bodies},
        {"not-canonical-wide-version", "version 1 in two bytes", SH_E_NOT_CANONICAL, wide_version},
        {"not-canonical-wide-ref", "reference 7 in ten bytes", SH_E_NOT_CANONICAL, wide_ref},
        {"not-canonical-wide-length", "a length of 2 in three bytes",
         SH_E_NOT_CANONICAL, wide_length},
        {"not-canonical-wide-key", "a field's key in three bytes", SH_E_NOT_CANONICAL, wide_key},
        {"not-canonical-wide-credit", "a credit of 1 in three bytes",
         SH_E_NOT_CANONICAL, wide_credit},
        {"not-canonical-credit-above-32-bits", "a credit whose upper bits are lost elsewhere",
         SH_E_NOT_CANONICAL, credit_above_32_bits},
        {"not-canonical-credit-twice", "two credits", SH_E_NOT_CANONICAL, credit_twice},
        {"not-canonical-unknown-number", "an unknown field with a number",
         SH_E_NOT_CANONICAL, unknown_number},
        {"not-canonical-unknown-bytes", "an unknown field with bytes",
         SH_E_NOT_CANONICAL, unknown_bytes},
        {"not-canonical-unknown-inside", "an unknown field inside the body",
         SH_E_NOT_CANONICAL, unknown_inside},
        {"not-canonical-unknown-fixed32", "an unknown field of four bytes",
         SH_E_NOT_CANONICAL, unknown_fixed32},
        {"not-canonical-unknown-body", "a body of a kind that version 1 does not have",
         SH_E_NOT_CANONICAL, unknown_body},
        {"format-group", "a group", SH_E_FORMAT, a_group},
        {"format-field-0", "a field with the number 0", SH_E_FORMAT, field_0},
        {"format-version-as-fixed32", "the version in four bytes", SH_E_FORMAT, version_as_fixed32},
        {"format-varint-of-11-bytes", "a number of eleven bytes", SH_E_FORMAT, varint_of_11},
        {"format-length-past-the-end", "a length that leads past the end",
         SH_E_FORMAT, length_past_end},
        {"format-length-of-2-63", "a length that wraps", SH_E_FORMAT, length_of_2_63},
        {"format-no-version", "no version", SH_E_FORMAT, no_version},
        {"format-no-ref", "no reference", SH_E_FORMAT, no_ref},
        {"format-no-credit", "READY without a credit", SH_E_FORMAT, no_credit},
        {"version-0", "version 0", SH_E_BAD_VERSION, version_0},
        {"version-2", "version 2", SH_E_BAD_VERSION, version_2},
        {"version-257", "version 257, which one byte would not hold",
         SH_E_BAD_VERSION, version_257},
        {"ping-in-the-year-10000", "a time that RFC 3339 cannot write",
         SH_E_BAD_TIME, ping_year_10000},
        {"ping-of-2-64", "a number above 2^63", SH_E_FORMAT, ping_2_64},
        {"desk-get-not-utf8", "an address that is not UTF-8", SH_E_BAD_TEXT, desk_bad_utf8},
        {"desk-get-with-nul", "an address with a NUL in it", SH_E_NOT_CANONICAL, desk_nul},
        {"desk-get-wrong-grammar", "an address with two dots", SH_E_BAD_ADDRESS, desk_bad_grammar},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ready_with(s, rows[i].name, rows[i].what, rows[i].expected, rows[i].write);
    }
}
/* clang-format on */

/* ---- envelopes rewritten inside a frame ---- */

static void add_submit(struct studio *s, const char *name, sh_err expected, const char *what,
                       const struct buf *envelope)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(2 * SH_FRAME_BYTES_MAX);
    raw_submit(&b, bytes_buf(envelope));
    add(s, name, expected, what, bytes_buf(&b));
}

static void envelopes(struct studio *s, const struct envelope *env)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf batch = BUF_INIT(SH_KIB);
    static const uint8_t hash[SH_HASH_BYTES];
    const unsigned versions[] = {0, 2};
    for (size_t i = 0; i < 2; i++) {
        buf_reset(&b);
        raw_number(&b, 1, versions[i]);
        raw_bytes(&b, 2, env->header);
        raw_bytes(&b, 3, env->sealed);
        raw_bytes(&b, 4, env->signature);
        add_submit(s, i ? "envelope-version-2" : "envelope-version-0", SH_E_BAD_VERSION,
                   "an envelope of another version", &b);
    }
    buf_reset(&b);
    raw_number(&b, 1, 1);
    raw_bytes(&b, 3, env->sealed);
    raw_bytes(&b, 2, env->header);
    raw_bytes(&b, 4, env->signature);
    add_submit(s, "envelope-out-of-order", SH_E_NOT_CANONICAL, "sealed before header", &b);
    buf_reset(&b);
    raw_number(&b, 1, 1);
    raw_bytes(&b, 2, env->header);
    raw_bytes(&b, 4, env->signature);
    add_submit(s, "envelope-without-sealed", SH_E_FORMAT, "no sealed field at all", &b);
    buf_reset(&b);
    raw_number(&b, 1, 1);
    raw_bytes(&b, 2, bytes_of(NULL, 0));
    raw_bytes(&b, 3, env->sealed);
    raw_bytes(&b, 4, env->signature);
    add_submit(s, "envelope-with-empty-header", SH_E_FORMAT, "an empty header", &b);
    buf_reset(&b);
    raw_number(&b, 1, 1);
    raw_bytes(&b, 2, env->header);
    raw_bytes(&b, 3, env->sealed);
    raw_bytes(&b, 4, bytes_of(NULL, 0));
    add_submit(s, "envelope-with-empty-signature", SH_E_FORMAT, "an empty signature", &b);
    /* Batch forms, each behind the same three fields. */
    const struct {
        const char *name, *what;
        uint64_t size, index;
        unsigned path_len, hash_len;
        sh_err expected;
    } rows[] = {
        {"batch-of-none", "a batch of no messages", 0, 0, 0, 32, SH_E_FORMAT},
        {"batch-place-outside", "place 3 of a batch of 3", 3, 3, 2, 32, SH_E_FORMAT},
        {"batch-of-4097", "a batch of more messages than there may be", 4097, 0, 2, 32,
         SH_E_TOO_BIG},
        {"batch-path-of-13", "a path longer than any batch's", 3, 0, 13, 32, SH_E_TOO_BIG},
        {"batch-path-of-31-bytes", "a path whose hashes have 31 bytes", 3, 0, 2, 31, SH_E_FORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&b);
        buf_reset(&batch);
        raw_number(&batch, 1, rows[i].size);
        raw_number(&batch, 2, rows[i].index);
        for (unsigned k = 0; k < rows[i].path_len; k++) {
            raw_bytes(&batch, 3, bytes_of(hash, rows[i].hash_len));
        }
        raw_number(&b, 1, 1);
        raw_bytes(&b, 2, env->header);
        raw_bytes(&b, 3, env->sealed);
        raw_bytes(&b, 4, env->signature);
        raw_bytes(&b, 5, bytes_buf(&batch));
        add_submit(s, rows[i].name, rows[i].expected, rows[i].what, &b);
    }
}

void make_frames(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_FRAME_BYTES_MAX);
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    raw_submit(&good, bytes_buf(&l.bytes));
    questions(s);
    of_the_relay(s);
    lengths(s, bytes_buf(&good));
    over_long(s);
    rewritten(s);
    envelopes(s, &l.env);
}
