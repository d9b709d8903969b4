/* Signed notes: other implementations' published notes verify here, and nothing verifies after a
 * one-bit change. */
#include "base/cleanup.h"
#include "tlog/note.h"

#include <criterion/criterion.h>

/* From the documentation of Go's golang.org/x/mod/sumdb/note. */
static const char GO_VKEY[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char GO_TEXT[] = "If you think cryptography is the answer to your problem,\n"
                              "then you don't know what your problem is.\n";
static const char GO_SIGNATURE[] =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";
/* From C2SP signed-note. */
static const char SPEC_VKEY[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char SPEC_NOTE[] =
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";
/* Somebody else's signature line: name, key id and some bytes. */
static const char OTHER_LINE[] = "\u2014 witness.example/w1 AAAAAAAAAAA=\n";

static void note_of(struct buf *note, const char *text, const char *lines)
{
    buf_reset(note);
    cr_assert_eq(buf_append_str(note, text), SH_OK);
    cr_assert_eq(buf_append_str(note, "\n"), SH_OK);
    cr_assert_eq(buf_append_str(note, lines), SH_OK);
}

static struct note_verifier verifier_of(const char *vkey)
{
    struct note_verifier verifier;
    cr_assert_eq(note_verifier_parse(vkey, &verifier), SH_OK);
    return verifier;
}

Test(tlog, a_note_of_the_go_implementation_verifies)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = verifier_of(GO_VKEY);
    struct bytes text;
    cr_assert_str_eq(verifier.name, "PeterNeumann");
    cr_assert_eq(verifier.key_id, 0xc74f20a3);
    note_of(&note, GO_TEXT, GO_SIGNATURE);
    cr_assert_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_OK);
    cr_assert(bytes_equal(text, bytes_str(GO_TEXT)));
}

Test(tlog, the_specifications_own_note_verifies)
{
    struct note_verifier verifier = verifier_of(SPEC_VKEY);
    struct bytes text;
    cr_assert_eq(note_verify(bytes_str(SPEC_NOTE), &verifier, &text), SH_OK);
    cr_assert(bytes_equal(text, bytes_str("This is an example message.\n")));
}

Test(tlog, a_vkey_is_refused_after_any_one_bit_change)
{
    struct note_verifier verifier;
    for (size_t bit = 0; bit < 8 * strlen(GO_VKEY); bit++) {
        char vkey[sizeof GO_VKEY];
        memcpy(vkey, GO_VKEY, sizeof vkey);
        vkey[bit / 8] = (char)(vkey[bit / 8] ^ (1 << bit % 8));
        cr_expect_eq(note_verifier_parse(vkey, &verifier), SH_E_FORMAT, "bit %zu", bit);
    }
}

static const char *const BAD_VKEYS[] = {
    "",
    "PeterNeumann",
    "PeterNeumann+c74f20a3",
    "PeterNeumann+c74f20a3+",
    "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
    /* Another algorithm and another length, each with a key id that fits (Go's test suite). */
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    /* A witness's key for cosignatures. */
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
};

Test(tlog, a_vkey_that_is_not_well_formed_is_refused)
{
    struct note_verifier verifier = {.key_id = 77};
    for (size_t i = 0; i < sizeof BAD_VKEYS / sizeof BAD_VKEYS[0]; i++) {
        cr_expect_eq(note_verifier_parse(BAD_VKEYS[i], &verifier), SH_E_FORMAT, "%s", BAD_VKEYS[i]);
    }
    cr_assert_eq(verifier.key_id, 77);
}

Test(tlog, our_own_vkey_parses_and_verifies_what_we_sign)
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct bytes text;
    uint8_t raw[32];
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    cr_assert_eq(note_vkey("relay.example/log", key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    struct note_verifier verifier = verifier_of((const char *)vkey.data);
    cr_assert_eq(key_raw_public(key, raw), SH_OK);
    cr_assert_eq(memcmp(raw, verifier.public_key, sizeof raw), 0);

    cr_assert_eq(note_sign(bytes_str("a\n\nb\n"), "relay.example/log", key, &note), SH_OK);
    cr_assert_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_OK);
    cr_assert(bytes_equal(text, bytes_str("a\n\nb\n")));
}

Test(tlog, names_of_200_bytes_can_sign_and_longer_or_odd_ones_cannot)
{
    static const char *const odd[] = {"", "two words", "a+b", "a\nb", "caf\u00e9", "tab\t"};
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier;
    char name[SH_ORIGIN_BYTES_MAX + 2];
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    memset(name, 'n', sizeof name);
    name[SH_ORIGIN_BYTES_MAX + 1] = '\0';
    cr_assert_eq(note_vkey(name, key, &out), SH_E_FORMAT);
    cr_assert_eq(note_sign(bytes_str("text\n"), name, key, &out), SH_E_FORMAT);
    name[SH_ORIGIN_BYTES_MAX] = '\0';
    cr_assert_eq(note_vkey(name, key, &out), SH_OK);
    cr_assert_eq(buf_terminate(&out), SH_OK);
    cr_assert_eq(note_verifier_parse((const char *)out.data, &verifier), SH_OK);
    cr_assert_str_eq(verifier.name, name);
    buf_reset(&out);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        cr_expect_eq(note_vkey(odd[i], key, &out), SH_E_FORMAT);
        cr_expect_eq(note_sign(bytes_str("text\n"), odd[i], key, &out), SH_E_FORMAT);
    }
    cr_assert_eq(out.len, 0);
}

Test(tlog, only_an_ed25519_key_signs_notes_and_only_text_that_ends_in_a_newline)
{
    SH_DEFER(key_free) struct key *wrong = NULL;
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    cr_assert_eq(key_generate(KEY_TYPE_P256, &wrong), SH_OK);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    cr_assert_eq(note_vkey("log", wrong, &out), SH_E_BUG);
    cr_assert_eq(note_sign(bytes_str("text\n"), "log", wrong, &out), SH_E_BUG);
    cr_assert_eq(note_sign(bytes_str("text"), "log", key, &out), SH_E_FORMAT);
    cr_assert_eq(note_sign(bytes_str(""), "log", key, &out), SH_E_FORMAT);
    cr_assert_eq(out.len, 0);
}

Test(tlog, sixteen_other_signatures_are_passed_over)
{
    SH_DEFER(buf_wipe) struct buf lines = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = verifier_of(GO_VKEY);
    struct bytes text;
    for (unsigned i = 0; i < 16; i++) {
        if (i == 8) {
            cr_assert_eq(buf_append_str(&lines, GO_SIGNATURE), SH_OK);
        }
        cr_assert_eq(buf_append_str(&lines, OTHER_LINE), SH_OK);
    }
    cr_assert_eq(buf_terminate(&lines), SH_OK);
    note_of(&note, GO_TEXT, (const char *)lines.data);
    cr_assert_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_OK);
}

struct refusal {
    const char *text, *lines;
    sh_err expected;
};

static const struct refusal REFUSALS[] = {
    {"text\n", "", SH_E_FORMAT},
    {"text\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_BAD_CHECKPOINT},
    {"text\n", "\u2014 witness.example/w1 AAAAAAAAAAA=", SH_E_FORMAT},
    {"text\n", "- PeterNeumann AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"text\n", "\u2014 PeterNeumann\n", SH_E_FORMAT},
    {"text\n", "\u2014  AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"text\n", "\u2014 Peter+Neumann AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"text\n", "\u2014 Peter Neumann AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"text\n", "\u2014 PeterNeumann AAAAAA==\n", SH_E_FORMAT},
    {"text\n", "\u2014 PeterNeumann AAAAAAAAAAB=\n", SH_E_FORMAT},
    {"text\n", "\u2014 PeterNeumann \n", SH_E_FORMAT},
    /* our name and id, but a signature of five bytes */
    {"text\n", "\u2014 PeterNeumann x08goyAgICAg\n", SH_E_BAD_CHECKPOINT},
    {"te\tt\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\x7ft\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_BAD_CHECKPOINT},
    {"te\xc0\x80t\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xe0\x9f\xbft\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xf0\x8f\xbf\xbft\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xed\xa0\x80t\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xf4\x90\x80\x80t\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xe2\x80", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\x80t\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_FORMAT},
    {"te\xf0\x9f\x98\x80t\n", "\u2014 witness.example/w1 AAAAAAAAAAA=\n", SH_E_BAD_CHECKPOINT},
    {"", "", SH_E_FORMAT},
};

Test(tlog, a_note_that_is_not_well_formed_or_not_ours_is_refused)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = verifier_of(GO_VKEY);
    struct bytes text;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
        note_of(&note, REFUSALS[i].text, REFUSALS[i].lines);
        cr_expect_eq(note_verify(bytes_buf(&note), &verifier, &text), REFUSALS[i].expected,
                     "case %zu", i);
    }
    cr_expect_eq(note_verify(bytes_of(NULL, 0), &verifier, &text), SH_E_FORMAT);
}

Test(tlog, the_same_signature_twice_is_refused)
{
    SH_DEFER(buf_wipe) struct buf lines = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = verifier_of(GO_VKEY);
    struct bytes text;
    cr_assert_eq(buf_append_str(&lines, GO_SIGNATURE), SH_OK);
    cr_assert_eq(buf_append_str(&lines, GO_SIGNATURE), SH_OK);
    cr_assert_eq(buf_terminate(&lines), SH_OK);
    note_of(&note, GO_TEXT, (const char *)lines.data);
    cr_assert_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_E_BAD_CHECKPOINT);
}

Test(tlog, a_name_or_a_key_id_alone_does_not_make_a_signature_ours)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct note_verifier verifier = verifier_of(GO_VKEY);
    struct bytes text;
    note_of(&note, GO_TEXT, GO_SIGNATURE);
    verifier.key_id ^= 1;
    cr_expect_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_E_BAD_CHECKPOINT);
    verifier.key_id ^= 1;
    verifier.name[0] = 'Q';
    cr_expect_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_E_BAD_CHECKPOINT);
    verifier.name[0] = 'P';
    verifier.public_key[0] ^= 1;
    cr_expect_eq(note_verify(bytes_buf(&note), &verifier, &text), SH_E_BAD_CHECKPOINT);
}

Test(tlog, a_note_of_4096_bytes_is_read_and_a_longer_one_is_not)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(2 * SH_CHECKPOINT_BYTES_MAX);
    struct bytes text, lines;
    size_t room = SH_CHECKPOINT_BYTES_MAX - strlen(OTHER_LINE) - 2;
    for (size_t i = 0; i < room; i++) {
        cr_assert_eq(buf_append_str(&note, "x"), SH_OK);
    }
    cr_assert_eq(buf_append_str(&note, "\n\n"), SH_OK);
    cr_assert_eq(buf_append_str(&note, OTHER_LINE), SH_OK);
    cr_assert_eq(note.len, SH_CHECKPOINT_BYTES_MAX);
    cr_assert_eq(note_split(bytes_buf(&note), &text, &lines), SH_OK);
    cr_assert_eq(text.len, room + 1);
    cr_assert_eq(lines.len, strlen(OTHER_LINE));
    cr_assert_eq(buf_append_str(&note, OTHER_LINE), SH_OK);
    cr_assert_eq(note_split(bytes_buf(&note), &text, &lines), SH_E_TOO_BIG);
}
