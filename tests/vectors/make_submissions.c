/* Envelopes that are in form: good ones, and ones that the wrong seat hands in, signs, or signs
 * wrongly; batches; sealed bytes that are others; times. */
#include "base/cleanup.h"
#include "crypto/sign.h"
#include "studio.h"

#define READER "relay-submit"

static void add(struct studio *s, const char *name, const char *by, sh_err expected,
                const char *what, const struct letter *l)
{
    const struct entry e = {
        .reader = READER, .name = name, .by = by, .expected = expected, .what = what};
    studio_add(s, &e, bytes_buf(&l->bytes));
}

/* An envelope whose parts need not belong together. */
static void add_envelope(struct studio *s, const struct entry *e, const struct envelope *env)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    MUST(envelope_encode(env, &bytes));
    studio_add(s, e, bytes_buf(&bytes));
}

static const char NOTIFICATION[] =
    "{\"kind\":\"notification\",\"subtype\":\"domestic_abuse\","
    "\"from\":\"encompass@exampleshire.police\",\"to\":[\"dsl@999001.school\"],"
    "\"urgency\":\"routine\",\"children\":[{\"given_names\":\"Ada\"}],"
    "\"event\":{\"occurred_at\":\"2026-11-19T22:40:00Z\",\"place\":\"At home\"},"
    "\"concern\":{\"what_happened\":\"Heard upstairs.\"},\"author\":{\"name\":\"A "
    "Sergeant\",\"role\":\"Officer\"}}";

static void good_ones(struct studio *s, struct letter *referral)
{
    SH_DEFER(letter_free) struct letter police;
    add(s, "good-referral", "school", SH_OK, "a referral of two children, as it should be",
        referral);
    studio_write(s, &police, (enum post_seat)POLICE, NOTIFICATION);
    letter_seal(&s->post, &police);
    add(s, "good-notification", "police", SH_OK, "a police notification to a school", &police);
    const struct entry again = {.reader = READER,
                                .by = "school",
                                .needs = "relay-submit/good-referral.bin",
                                .what = "the same bytes again: answered as the first time"};
    studio_list(s, &again, "relay-submit/good-referral.bin");
}

static void other_connections(struct studio *s)
{
    const struct {
        const char *by, *what;
        sh_err expected;
    } rows[] = {
        {"deputy", "handed in by a colleague's seat", SH_E_WRONG_SEAT},
        {"nurse", "handed in by a seat of another organisation", SH_E_WRONG_SEAT},
        {"stranger", "handed in by a CURVE key that is in no directory", SH_E_UNKNOWN_SEAT},
        {"left", "handed in by a seat that was revoked", SH_E_UNKNOWN_SEAT},
        {"lapsed", "handed in by a seat whose certificates ended before the grace",
         SH_E_UNKNOWN_SEAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct entry e = {
            .reader = READER, .by = rows[i].by, .expected = rows[i].expected, .what = rows[i].what};
        studio_list(s, &e, "relay-submit/good-referral.bin");
    }
}

/* ---- senders ---- */

static void forged_from(struct studio *s, const char *name, const char *by, enum post_seat sender,
                        sh_err expected, const char *what)
{
    SH_DEFER(letter_free) struct letter l;
    const struct pki_seat *seat = &s->post.pki.seats[sender];
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    l.signer = l.sealer = seat;
    l.facts.seat = l.inside.seat = seat->hash;
    letter_forge(&s->post, &l);
    add(s, name, by, expected, what, &l);
}

static const char OFFICE_REFERRAL[] =
    "{\"kind\":\"referral\",\"from\":\"office@999003.school\",\"to\":[\"mash@999.social-care\"],"
    "\"urgency\":\"urgent\",\"children\":[{\"given_names\":\"Ada\"}],"
    "\"concern\":{\"what_happened\":\"Came without a coat.\"},"
    "\"referrer\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}";

static void senders(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(letter_free) struct letter early;
    forged_from(s, "seat-of-another-desk", "nurse", NURSE, SH_E_WRONG_DESK,
                "signed by its own seat, but 'from' names another desk");
    forged_from(s, "header-names-another-seat", "school", DEPUTY, SH_E_WRONG_SEAT,
                "the header names a colleague's seat, who signed it too");
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    l.sealer = &s->post.pki.seats[DEPUTY];
    letter_forge(&s->post, &l);
    add(s, "wrong-signer", "school", SH_E_BAD_SIGNATURE,
        "the envelope was signed with a colleague's key", &l);
    studio_write(s, &early, (enum post_seat)STARTING, OFFICE_REFERRAL);
    letter_seal(&s->post, &early);
    add(s, "seat-not-yet-valid", "starting", SH_E_EXPIRED,
        "the sender's certificate begins tomorrow", &early);
    const struct entry e = {.reader = READER,
                            .by = "starting",
                            .at_ms = PKI_NOW_MS + 25 * SH_HOUR_MS,
                            .what = "the same a day later, when the certificate has begun"};
    studio_list(s, &e, "relay-submit/seat-not-yet-valid.bin");
}

/* ---- signatures ---- */

static void add_signature(struct studio *s, const char *name, const char *what,
                          const struct letter *l, struct bytes signature)
{
    const struct entry e = {.reader = READER,
                            .name = name,
                            .by = "school",
                            .expected = SH_E_BAD_SIGNATURE,
                            .what = what};
    struct envelope env = l->env;
    env.signature = signature;
    add_envelope(s, &e, &env);
}

static void signatures(struct studio *s, const struct letter *l)
{
    const struct key *key = s->post.pki.seats[SCHOOL].sign;
    SH_DEFER(buf_wipe) struct buf receipt = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf plain = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    uint8_t altered[SH_SIGNATURE_BYTES_MAX];
    struct sh_hash hash;
    MUST(header_hash(l->env.header, &hash));
    MUST(sign_p256(key, SIGN_LABEL_RECEIPT, BYTES_FIXED(hash), &receipt));
    add_signature(s, "signature-under-the-label-of-receipts",
                  "signed with the right key for another purpose", l, bytes_buf(&receipt));
    MUST(sign_p256(key, SIGN_LABEL_ENVELOPE, l->env.header, &plain));
    add_signature(s, "signature-over-the-header-itself", "signed without hashing the header", l,
                  bytes_buf(&plain));
    memcpy(altered, l->env.signature.data, l->env.signature.len);
    altered[l->env.signature.len - 1] ^= 1;
    add_signature(s, "signature-altered", "one bit of the signature is another", l,
                  bytes_of(altered, l->env.signature.len));
    add_signature(s, "signature-cut", "the signature lacks its last byte", l,
                  bytes_of(l->env.signature.data, l->env.signature.len - 1));
    /* The length in two octets where one does: BER, not DER. */
    altered[0] = 0x30;
    altered[1] = 0x81;
    const size_t ber_len = l->env.signature.len < sizeof altered ? l->env.signature.len : 71;
    memcpy(altered + 2, l->env.signature.data + 1, ber_len - 1);
    add_signature(s, "signature-in-ber", "a signature whose length is written in two octets", l,
                  bytes_of(altered, ber_len + 1));
    static const uint8_t zeros[] = {0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00};
    add_signature(s, "signature-of-zeros", "r and s are zero", l, bytes_of(zeros, sizeof zeros));
}

/* ---- altered bytes ---- */

static void altered(struct studio *s, const struct letter *l)
{
    SH_DEFER(buf_wipe) struct buf copy = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX);
    SH_DEFER(letter_free) struct letter other;
    struct entry e = {.reader = READER, .by = "school"};
    struct envelope env = l->env;
    MUST(buf_append(&copy, l->env.sealed));
    copy.data[copy.len - 20] ^= 1;
    env.sealed = bytes_buf(&copy);
    e.name = "sealed-altered", e.expected = SH_E_COMMITMENT;
    e.what = "one bit of the sealed bytes is another";
    add_envelope(s, &e, &env);
    env.sealed = bytes_of(l->env.sealed.data, l->env.sealed.len - 1);
    e.name = "sealed-cut", e.what = "the sealed bytes lack their last one";
    add_envelope(s, &e, &env);
    env.sealed = bytes_of(NULL, 0);
    e.name = "sealed-empty", e.what = "nothing is sealed, and no parts were sent";
    add_envelope(s, &e, &env);
    studio_write(s, &other, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &other);
    env.sealed = other.env.sealed;
    e.name = "sealed-of-another", e.what = "the sealed bytes of another message";
    add_envelope(s, &e, &env);

    buf_reset(&copy);
    MUST(buf_append(&copy, l->env.header));
    copy.data[4 + 2 + 5] ^= 1; /* inside the message id */
    env = l->env;
    env.header = bytes_buf(&copy);
    e.name = "header-altered", e.expected = SH_E_BAD_SIGNATURE;
    e.what = "one bit of the message id in the header is another";
    add_envelope(s, &e, &env);
    env.header = other.env.header;
    env.sealed = other.env.sealed;
    e.name = "header-of-another", e.what = "one message under the signature of another";
    add_envelope(s, &e, &env);
}

/* ---- batches ---- */

struct batch {
    struct letter letters[3];
    struct buf bytes[3];
    struct envelope envs[3];
};

static void batch_make(struct studio *s, struct batch *b)
{
    struct bytes headers[3], sealed[3];
    for (size_t i = 0; i < 3; i++) {
        studio_write(s, &b->letters[i], SCHOOL, POST_REFERRAL);
        letter_seal(&s->post, &b->letters[i]);
        headers[i] = bytes_buf(&b->letters[i].header);
        sealed[i] = bytes_buf(&b->letters[i].sealed);
        b->bytes[i] = (struct buf)BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    }
    MUST(envelope_sign_batch(headers, sealed, 3, s->post.pki.seats[SCHOOL].sign, b->bytes));
    for (size_t i = 0; i < 3; i++) {
        MUST(envelope_decode(bytes_buf(&b->bytes[i]), s->post.arena, &b->envs[i]));
    }
}

static void batch_free(struct batch *b)
{
    for (size_t i = 0; i < 3; i++) {
        letter_free(&b->letters[i]);
        buf_wipe(&b->bytes[i]);
    }
}

static void bad_batch(struct studio *s, const char *name, const char *what,
                      const struct envelope *env)
{
    const struct entry e = {
        .reader = READER, .name = name, .by = "school", .expected = SH_E_BAD_BATCH, .what = what};
    add_envelope(s, &e, env);
}

static void bad_paths(struct studio *s, const struct batch *b, const struct letter *single)
{
    struct sh_hash path[3] = {b->envs[0].batch.path[0], b->envs[0].batch.path[1],
                              b->envs[0].batch.path[1]};
    struct envelope env = b->envs[0];
    env.batch.size = 4;
    bad_batch(s, "batch-path-of-another-size", "signed for three messages, shown for four", &env);
    env = b->envs[0];
    env.batch.index = 1;
    bad_batch(s, "batch-path-of-another-place", "the path of the first, shown for the second",
              &env);
    env = b->envs[0];
    env.batch.path_len = 1;
    bad_batch(s, "batch-path-too-short", "the path lacks its last hash", &env);
    env.batch = (struct batch_path){.size = 3, .path = path, .path_len = 3};
    bad_batch(s, "batch-path-too-long", "the path has one hash too many", &env);
    path[0].b[0] ^= 1;
    env.batch.path_len = 2;
    bad_batch(s, "batch-path-altered", "one bit of the path is another", &env);
    env = b->envs[0];
    env.header = b->envs[1].header;
    env.sealed = b->envs[1].sealed;
    bad_batch(s, "batch-path-of-another-message", "the second message with the first one's path",
              &env);
    env = b->envs[0];
    env.signature = single->env.signature;
    bad_batch(s, "batch-with-a-single-signature", "a path under the signature of one message",
              &env);
    env = single->env;
    env.batch.size = 1;
    bad_batch(s, "batch-of-one-with-a-single-signature",
              "a message's own signature, shown as a batch of one", &env);
}

static void batches(struct studio *s, const struct letter *single)
{
    SH_DEFER(batch_free) struct batch b;
    batch_make(s, &b);
    struct entry e = {.reader = READER, .by = "school"};
    e.name = "good-batch-first", e.what = "the first of three under one signature";
    studio_add(s, &e, bytes_buf(&b.bytes[0]));
    e.name = "good-batch-last", e.what = "the last of three under one signature";
    studio_add(s, &e, bytes_buf(&b.bytes[2]));
    bad_paths(s, &b, single);
    struct envelope env = b.envs[0];
    env.batch = (struct batch_path){.size = 0};
    e.name = "batch-without-its-path", e.expected = SH_E_BAD_SIGNATURE;
    e.what = "the signature of a batch, shown as that of one message";
    add_envelope(s, &e, &env);
}

/* ---- times, repeats, parts ---- */

static void created(struct studio *s, const char *name, int64_t offset_ms, sh_err expected,
                    const char *what)
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    l.facts.created_at_ms = l.inside.created_at_ms = PKI_NOW_MS + offset_ms;
    letter_forge(&s->post, &l);
    add(s, name, "school", expected, what, &l);
}

static void reused(struct studio *s, const struct letter *first)
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    l.facts.message_id = l.facts.thread_id = first->facts.message_id;
    l.inside = l.facts;
    letter_seal(&s->post, &l);
    const struct entry e = {.reader = READER,
                            .name = "replayed-id-over-other-bytes",
                            .by = "school",
                            .expected = SH_E_ID_REUSED,
                            .needs = "relay-submit/good-referral.bin",
                            .what = "the id of an accepted message over other bytes"};
    studio_add(s, &e, bytes_buf(&l.bytes));
}

void make_submissions(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(letter_free) struct letter parts;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    good_ones(s, &l);
    other_connections(s);
    senders(s);
    signatures(s, &l);
    altered(s, &l);
    batches(s, &l);
    reused(s, &l);
    created(s, "created-5-minutes-ahead", SH_CREATED_AHEAD_MS, SH_OK,
            "written by a clock that is just not too fast");
    created(s, "created-too-far-ahead", SH_CREATED_AHEAD_MS + 1, SH_E_BAD_TIME,
            "written more than five minutes from now");
    created(s, "created-30-days-ago", -SH_CREATED_BEHIND_MS, SH_OK, "just not too old");
    created(s, "created-too-long-ago", -SH_CREATED_BEHIND_MS - 1, SH_E_BAD_TIME,
            "written more than thirty days ago");
    studio_write(s, &parts, SCHOOL, POST_REFERRAL);
    parts.parts = (struct parts){.sealed_count = 1, .count = 2, .bytes = 200000};
    letter_forge(&s->post, &parts);
    add(s, "parts-never-sent", "school", SH_E_NO_PARTS, "its parts were not sent before it",
        &parts);
}
