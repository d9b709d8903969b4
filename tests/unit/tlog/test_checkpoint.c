/* Checkpoints: what a log signs, and what a reader takes for one. */
#include "base/cleanup.h"
#include "tlog/merkle.h"
#include "tlog/note.h"

#include <criterion/criterion.h>

static const char ORIGIN[] = "relay.example/safehand/test";

/* From C2SP tlog-checkpoint. */
static const char SPEC_CHECKPOINT[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n";
static const char ROOT[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

struct log {
    struct key *key;
    struct note_verifier verifier;
};

static void log_make(struct log *log)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &log->key), SH_OK);
    cr_assert_eq(note_vkey(ORIGIN, log->key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    cr_assert_eq(note_verifier_parse((const char *)vkey.data, &log->verifier), SH_OK);
}

static void log_wipe(struct log *log)
{
    key_free(&log->key);
}

static struct checkpoint some_checkpoint(void)
{
    struct checkpoint c = {.size = 20852163};
    memcpy(c.origin, ORIGIN, sizeof ORIGIN);
    memset(c.root.b, 0x5a, sizeof c.root.b);
    return c;
}

Test(tlog, the_specifications_checkpoint_parses)
{
    struct checkpoint c;
    cr_assert_eq(checkpoint_parse(bytes_str(SPEC_CHECKPOINT), &c), SH_OK);
    cr_assert_str_eq(c.origin, "example.com/behind-the-sofa");
    cr_assert_eq(c.size, 20852163);
    cr_assert_eq(c.root.b[0], 0x0a);
    cr_assert_eq(c.root.b[31], 0x62);
}

Test(tlog, a_signed_checkpoint_comes_back_as_it_was)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint in = some_checkpoint(), out;
    log_make(&log);
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), SH_OK);
    cr_assert_str_eq(out.origin, in.origin);
    cr_assert_eq(out.size, in.size);
    cr_assert(hash_equal(&out.root, &in.root));
}

Test(tlog, a_checkpoint_is_refused_after_any_one_bit_change)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint in = some_checkpoint(), out;
    log_make(&log);
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_OK);
    for (size_t bit = 0; bit < 8 * note.len; bit++) {
        note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sh_err err = checkpoint_verify(bytes_buf(&note), &log.verifier, &out);
        cr_expect(err == SH_E_BAD_CHECKPOINT || err == SH_E_FORMAT, "bit %zu: %d", bit, (int)err);
        note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < note.len; len++) {
        cr_expect_neq(checkpoint_verify(bytes_of(note.data, len), &log.verifier, &out), SH_OK);
    }
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), SH_OK);
}

Test(tlog, another_logs_checkpoint_is_refused)
{
    SH_DEFER(log_wipe) struct log ours = {.key = NULL};
    SH_DEFER(log_wipe) struct log theirs = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint in = some_checkpoint(), out;
    log_make(&ours);
    log_make(&theirs);
    cr_assert_eq(checkpoint_sign(&in, theirs.key, &note), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &ours.verifier, &out), SH_E_BAD_CHECKPOINT);
}

Test(tlog, a_log_that_signs_under_another_origin_is_refused)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint out;
    log_make(&log);
    cr_assert_eq(buf_printf(&text, "relay.example/other\n7\n%s\n", ROOT), SH_OK);
    cr_assert_eq(note_sign(bytes_buf(&text), ORIGIN, log.key, &note), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), SH_E_BAD_CHECKPOINT);
}

Test(tlog, an_empty_tree_has_the_empty_root_and_no_other)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint in = some_checkpoint(), out;
    log_make(&log);
    in.size = 0;
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_E_BUG);
    merkle_empty_root(&in.root);
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), SH_OK);
    cr_assert_eq(out.size, 0);
}

Test(tlog, sizes_up_to_the_limit_of_a_tree_can_be_signed)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint in = some_checkpoint(), out;
    log_make(&log);
    in.size = MERKLE_SIZE_MAX + 1;
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_E_BUG);
    in.size = MERKLE_SIZE_MAX;
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), SH_OK);
    cr_assert_eq(out.size, MERKLE_SIZE_MAX);
    in.origin[0] = '\0';
    cr_assert_eq(checkpoint_sign(&in, log.key, &note), SH_E_FORMAT);
}

struct text_case {
    const char *size, *root, *more;
    sh_err expected;
};

static const struct text_case TEXTS[] = {
    {"20852163", ROOT, "", SH_OK},
    {"1", ROOT, "an extension\nand another\n", SH_OK},
    {"0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", SH_OK},
    {"0", ROOT, "", SH_E_FORMAT},
    {"1099511627776", ROOT, "", SH_OK},
    {"1099511627777", ROOT, "", SH_E_TOO_BIG},
    {"99999999999999999999999999", ROOT, "", SH_E_TOO_BIG},
    {"007", ROOT, "", SH_E_FORMAT},
    {"00", ROOT, "", SH_E_FORMAT},
    {"+7", ROOT, "", SH_E_FORMAT},
    {"-7", ROOT, "", SH_E_FORMAT},
    {"7 ", ROOT, "", SH_E_FORMAT},
    {"0x7", ROOT, "", SH_E_FORMAT},
    {"", ROOT, "", SH_E_FORMAT},
    {"7", "", "", SH_E_FORMAT},
    {"7", "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==", "", SH_E_FORMAT},
    {"7", "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2L=", "", SH_E_FORMAT},
    {"7", "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=", "", SH_E_FORMAT},
    {"7", ROOT, "\nafter an empty line\n", SH_E_FORMAT},
};

Test(tlog, a_text_that_is_no_checkpoint_is_refused_even_when_signed)
{
    SH_DEFER(log_wipe) struct log log = {.key = NULL};
    log_make(&log);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
        const struct text_case *t = &TEXTS[i];
        struct checkpoint out;
        cr_assert_eq(buf_printf(&text, "%s\n%s\n%s\n%s", ORIGIN, t->size, t->root, t->more), SH_OK);
        cr_assert_eq(note_sign(bytes_buf(&text), ORIGIN, log.key, &note), SH_OK);
        cr_expect_eq(checkpoint_verify(bytes_buf(&note), &log.verifier, &out), t->expected,
                     "case %zu", i);
        cr_expect_eq(checkpoint_parse(bytes_buf(&note), &out), t->expected, "case %zu", i);
    }
}

Test(tlog, two_lines_or_an_origin_of_201_bytes_are_no_checkpoint)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint out;
    cr_assert_eq(checkpoint_parse(bytes_str("origin\n7\n\n\u2014 a AAAAAAAAAAA=\n"), &out),
                 SH_E_FORMAT);
    for (unsigned len = SH_ORIGIN_BYTES_MAX; len <= SH_ORIGIN_BYTES_MAX + 1; len++) {
        char origin[SH_ORIGIN_BYTES_MAX + 2] = {0};
        memset(origin, 'o', len);
        buf_reset(&note);
        cr_assert_eq(buf_printf(&note, "%s\n7\n%s\n\n\u2014 a AAAAAAAAAAA=\n", origin, ROOT),
                     SH_OK);
        cr_assert_eq(checkpoint_parse(bytes_buf(&note), &out),
                     len == SH_ORIGIN_BYTES_MAX ? SH_OK : SH_E_TOO_BIG);
    }
}
