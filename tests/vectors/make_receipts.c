/* Receipts: alone, as anyone may verify them, and in frames, where the relay asks besides whether
 * this seat was sent this message at all. */
#include "base/cleanup.h"
#include "crypto/sign.h"
#include "raw.h"
#include "studio.h"

#define REFERRAL "relay-submit/good-referral.bin"

struct form {
    struct receipt receipt;
    struct bytes bytes; /* instead of the receipt, if any */
    enum post_seat signer;
    const char *label;
    bool altered;
};

/* The SignedReceipt of a form, whatever is wrong with it. */
static void write_signed(struct studio *s, const struct form *f, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf receipt = BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    if (f->bytes.len) {
        MUST(buf_append(&receipt, f->bytes));
    } else {
        MUST(receipt_encode(&f->receipt, &receipt));
    }
    MUST(sign_p256(s->post.pki.seats[f->signer].sign, f->label, bytes_buf(&receipt), &signature));
    receipt.data[receipt.len - 1] ^= f->altered ? 1 : 0;
    raw_bytes(out, 1, bytes_buf(&receipt));
    raw_bytes(out, 2, bytes_buf(&signature));
}

static void add(struct studio *s, const char *name, sh_err expected, const char *what,
                const struct form *f)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(4 * SH_RECEIPT_BYTES_MAX);
    const struct entry e = {
        .reader = "receipt", .name = name, .by = "mash", .expected = expected, .what = what};
    write_signed(s, f, &bytes);
    studio_add(s, &e, bytes_buf(&bytes));
}

/* As a frame that MASH sends after the good referral was accepted. */
static void add_frame(struct studio *s, const char *name, const char *by, sh_err expected,
                      const char *what, const struct form *f)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(4 * SH_RECEIPT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(4 * SH_RECEIPT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(4 * SH_RECEIPT_BYTES_MAX);
    const struct entry e = {.reader = "relay-frame",
                            .name = name,
                            .by = by,
                            .needs = REFERRAL,
                            .expected = expected,
                            .what = what};
    write_signed(s, f, &bytes);
    raw_bytes(&body, 1, bytes_buf(&bytes));
    raw_frame(&frame, 13, bytes_buf(&body));
    studio_add(s, &e, bytes_buf(&frame));
}

static struct form good_form(struct studio *s, const struct envelope *env)
{
    const struct pki_seat *mash = &s->post.pki.seats[MASH];
    struct header header;
    struct form f = {.signer = MASH, .label = SIGN_LABEL_RECEIPT};
    MUST(header_decode(env->header, s->post.arena, &header));
    f.receipt = (struct receipt){.type = RECEIPT_DELIVERED,
                                 .message_id = header.facts.message_id,
                                 .by = mash->address,
                                 .seat = mash->hash,
                                 .at_ms = PKI_NOW_MS};
    MUST(header_hash(env->header, &f.receipt.header_sha256));
    return f;
}

/* Receipt bytes by hand: the good one's fields, one of them another. */
static void write_raw(const struct receipt *r, const uint64_t numbers[4], struct buf *out)
{
    buf_reset(out);
    raw_number(out, 1, numbers[0]);
    raw_number(out, 2, numbers[1]);
    raw_bytes(out, 3, BYTES_FIXED(r->message_id));
    raw_bytes(out, 4, BYTES_FIXED(r->header_sha256));
    raw_bytes(out, 5, bytes_str(r->by.text));
    raw_bytes(out, 6, BYTES_FIXED(r->seat));
    raw_number(out, 7, numbers[2]);
    if (numbers[3] != UINT64_MAX) {
        raw_number(out, 8, numbers[3]);
    }
}

static void malformed(struct studio *s, const struct form *good)
{
    static const uint64_t now = PKI_NOW_MS;
    const struct {
        const char *name, *what;
        sh_err expected;
        uint64_t numbers[4]; /* version, type, at, code */
    } rows[] = {
        {"version-2", "version 2", SH_E_BAD_VERSION, {2, 1, now, UINT64_MAX}},
        {"type-4", "type 4 is none", SH_E_BAD_CODE, {1, 4, now, UINT64_MAX}},
        {"unreadable-without-a-code",
         "UNREADABLE, and no word why",
         SH_E_FORMAT,
         {1, 3, now, UINT64_MAX}},
        {"delivered-with-a-code",
         "DELIVERED, and a word why not",
         SH_E_FORMAT,
         {1, 1, now, SH_E_UNSEAL}},
        {"unreadable-with-code-999", "a code that is none", SH_E_BAD_CODE, {1, 3, now, 999}},
        {"code-written-as-0", "no code, written as 0", SH_E_NOT_CANONICAL, {1, 1, now, 0}},
        {"at-in-the-year-10000",
         "a time that RFC 3339 cannot write",
         SH_E_BAD_TIME,
         {1, 1, UINT64_C(253402300800000), UINT64_MAX}},
    };
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    struct form f = *good;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_raw(&good->receipt, rows[i].numbers, &bytes);
        f.bytes = bytes_buf(&bytes);
        add(s, rows[i].name, rows[i].expected, rows[i].what, &f);
    }
    write_raw(&good->receipt, (const uint64_t[]){1, 1, now, UINT64_MAX}, &bytes);
    raw_number(&bytes, 9, 1);
    f.bytes = bytes_buf(&bytes);
    add(s, "unknown-field", SH_E_NOT_CANONICAL, "a field that version 1 does not have", &f);
    f.bytes.len -= 3;
    add(s, "cut", SH_E_FORMAT, "cut, and signed so", &f);
    static const uint8_t zeros[SH_RECEIPT_BYTES_MAX + 1] = {0};
    f.bytes = bytes_of(zeros, sizeof zeros);
    add(s, "over-long", SH_E_TOO_BIG, "513 bytes", &f);
}

static void alone(struct studio *s, const struct form *good)
{
    struct form f = *good;
    add(s, "good-delivered", SH_OK, "DELIVERED", &f);
    f.receipt.type = RECEIPT_OPENED;
    add(s, "good-opened", SH_OK, "OPENED", &f);
    f.receipt.type = RECEIPT_UNREADABLE, f.receipt.code = SH_E_HEADER_DISAGREES;
    add(s, "good-unreadable", SH_OK, "UNREADABLE, since header and content differ", &f);
    f = *good, f.altered = true;
    add(s, "altered", SH_E_BAD_SIGNATURE, "its time is another than the one signed", &f);
    f = *good, f.signer = MANAGERS;
    add(s, "wrong-signer", SH_E_BAD_SIGNATURE, "signed by another seat", &f);
    f = *good, f.label = SIGN_LABEL_ENVELOPE;
    add(s, "wrong-label", SH_E_BAD_SIGNATURE, "signed under the label of envelopes", &f);
    f = *good, f.receipt.seat = s->post.pki.seats[MANAGERS].hash;
    add(s, "wrong-seat", SH_E_WRONG_SEAT, "it names another seat than its signer", &f);
    f = *good, f.receipt.by = s->post.pki.seats[MANAGERS].address;
    add(s, "wrong-desk", SH_E_WRONG_DESK, "it names another desk than its signer's", &f);
    malformed(s, good);
}

static void in_frames(struct studio *s, const struct form *good)
{
    struct form f = *good;
    add_frame(s, "good-receipt", "mash", SH_OK, "DELIVERED by the desk asked to act", &f);
    add_frame(s, "receipt-by-another-connection", "managers", SH_E_BAD_SIGNATURE,
              "a receipt that another seat signed", &f);
    f.receipt.header_sha256.b[0] ^= 1;
    add_frame(s, "receipt-for-no-message", "mash", SH_E_BAD_RECEIPT,
              "a receipt for a header that nobody sent", &f);
    f = *good, f.receipt.message_id.b[0] ^= 1;
    add_frame(s, "receipt-with-another-id", "mash", SH_E_BAD_RECEIPT,
              "the header's hash with another message's id", &f);
    f = *good, f.signer = NURSE;
    f.receipt.by = s->post.pki.seats[NURSE].address, f.receipt.seat = s->post.pki.seats[NURSE].hash;
    add_frame(s, "receipt-of-a-desk-not-addressed", "nurse", SH_E_BAD_RECEIPT,
              "a receipt of a desk to which the message was never sent", &f);
    f = *good, f.receipt.by = s->post.pki.seats[MANAGERS].address;
    add_frame(s, "receipt-for-another-desk", "mash", SH_E_WRONG_DESK,
              "it names another desk than its signer's", &f);
    f = *good, f.altered = true;
    add_frame(s, "receipt-altered", "mash", SH_E_BAD_SIGNATURE, "its time was changed", &f);
}

void make_receipts(struct studio *s)
{
    SH_DEFER(buf_wipe) struct buf bytes = {.len = 0};
    struct envelope env;
    vector_file_read(s->dir, REFERRAL, &bytes);
    MUST(envelope_decode(bytes_buf(&bytes), s->post.arena, &env));
    const struct form good = good_form(s, &env);
    alone(s, &good);
    in_frames(s, &good);
}
