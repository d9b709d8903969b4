/* Cosignatures: published ones of a public witness verify here, ours are signed over the very bytes
 * of the specification, and nothing verifies after a change. */
#include "base/cleanup.h"
#include "crypto/sign.h"
#include "tlog/cosign.h"
#include "tlog/merkle.h"

#include <criterion/criterion.h>

/* A public witness (C2SP tlog-witness) and what it signed: a log of Certificate Transparency, and a
 * log of others. */
static const char NAVIGLI[] = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/"
                              "co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G";
static const char HORSES_TEXT[] = "coachandhorses2026h1.staging.certificate.transparency.goog\n"
                                  "185550722\n"
                                  "YXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n";
static const char HORSES_LINES[] =
    "\u2014 coachandhorses2026h1.staging.certificate.transparency.goog "
    "MpXgsHy8ZwxXnO+WjtVrPxAzL49Rs1gWTkNVNeEa//5peAzaocRCB3qt3EaibjzY5GILLtGgBP7dBhgcSHy+JQh0OAc=\n"
    "\u2014 witness.navigli.sunlight.geomys.org "
    "o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/"
    "KxLTaVwQD7lJZTC/CQ==\n";
static const char MARKOV_TEXT[] = "markovianprotocol.com/log\n9266\n"
                                  "QnwPzJywq5AyOk9k1zLqfryh6Ktw1CnaaKplELApoxw=\n";
static const char MARKOV_LINES[] =
    "\u2014 markovianprotocol.com/log "
    "AwLGyIvuxLXZM101mKdNCPTsl9GgtiG/wzbd8cGru0pGnWVMXI06twIsEIZho7n8id+w2EO0BZCalxuEm6BauQGNmgo=\n"
    "\u2014 witness.navigli.sunlight.geomys.org "
    "o+AP4gAAAABqwX+So8evhUsltetL+"
    "QnwUxEYMNrD25pJYOTFHwDCopbgQMl2AEh583AxfFNMDZzE73rdjK62tUN8oUBfd9p6usq+BA==\n";
/* The specification's own line. It says no key; its form and its time can be seen. */
static const char SPEC_LINE[] =
    "\u2014 witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
    "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

static const char TEXT[] = "relay.example/safehand/test\n7\n"
                           "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
static const char NAME[] = "witness.example/council";

struct somebody {
    struct key *key;
    struct note_verifier verifier;
};

static void somebody_make(struct somebody *who)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &who->key), SH_OK);
    cr_assert_eq(cosign_vkey(NAME, who->key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    cr_assert_eq(cosign_verifier_parse((const char *)vkey.data, &who->verifier), SH_OK);
}

static void somebody_wipe(struct somebody *who)
{
    key_free(&who->key);
}

static void line_at(const struct somebody *who, uint64_t time_s, struct buf *out)
{
    const struct cosignature in = {bytes_str(TEXT), time_s};
    cr_assert_eq(cosign_make(&in, NAME, who->key, out), SH_OK);
}

static sh_err find(const char *text, const char *lines, const struct note_verifier *who,
                   struct cosigned_line *out)
{
    return cosign_find(bytes_str(text), bytes_str(lines), who, out);
}

Test(tlog, cosignatures_of_a_public_witness_verify)
{
    struct note_verifier navigli;
    struct cosigned_line cosigned;
    cr_assert_eq(cosign_verifier_parse(NAVIGLI, &navigli), SH_OK);
    cr_assert_eq(navigli.key_id, 0xa3e00fe2);
    cr_assert_eq(find(HORSES_TEXT, HORSES_LINES, &navigli, &cosigned), SH_OK);
    cr_assert_eq(cosigned.time_s, 0x6a6fb0f3);
    cr_assert_eq(find(MARKOV_TEXT, MARKOV_LINES, &navigli, &cosigned), SH_OK);
    cr_assert_eq(cosigned.time_s, 0x6ac17f92);
    cr_assert_eq(find(MARKOV_TEXT, HORSES_LINES, &navigli, &cosigned), SH_E_BAD_CHECKPOINT);
}

Test(tlog, a_published_cosignature_is_refused_after_a_change_of_any_byte)
{
    struct note_verifier navigli;
    struct cosigned_line cosigned;
    char text[sizeof HORSES_TEXT], lines[sizeof HORSES_LINES];
    cr_assert_eq(cosign_verifier_parse(NAVIGLI, &navigli), SH_OK);
    for (size_t i = 0; i + 1 < sizeof HORSES_TEXT - 1; i++) {
        memcpy(text, HORSES_TEXT, sizeof text);
        text[i] ^= 1;
        cr_expect_eq(find(text, HORSES_LINES, &navigli, &cosigned), SH_E_BAD_CHECKPOINT, "%zu", i);
    }
    const size_t second = (size_t)(strchr(HORSES_LINES, '\n') - HORSES_LINES) + 1;
    for (size_t i = second; i < sizeof HORSES_LINES - 1; i++) {
        memcpy(lines, HORSES_LINES, sizeof lines);
        lines[i] ^= 1;
        cr_expect_neq(find(HORSES_TEXT, lines, &navigli, &cosigned), SH_OK, "%zu", i);
    }
}

Test(tlog, the_specifications_line_has_the_form_and_the_time)
{
    struct bytes line;
    struct note_verifier w1 = {.name = "witness.example.com/w1", .key_id = 0x8d66cf3f};
    struct cosigned_line cosigned;
    cr_assert_eq(note_signature_line(bytes_str(SPEC_LINE), &w1, &line), SH_OK);
    cr_assert(bytes_equal(line, bytes_str(SPEC_LINE)));
    cr_assert_eq(find(TEXT, SPEC_LINE, &w1, &cosigned), SH_E_BAD_CHECKPOINT);
}

Test(tlog, what_is_signed_is_the_message_of_the_specification)
{
    SH_DEFER(somebody_wipe) struct somebody who = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(400);
    SH_DEFER(buf_wipe) struct buf message = BUF_INIT(400);
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(100);
    struct cosigned_line cosigned;
    somebody_make(&who);
    line_at(&who, 1679315147, &line);
    cr_assert_eq(cosign_find(bytes_str(TEXT), bytes_buf(&line), &who.verifier, &cosigned), SH_OK);
    cr_assert_eq(cosigned.time_s, 1679315147);
    cr_assert(bytes_equal(cosigned.line, bytes_buf(&line)));
    const size_t head = sizeof "\u2014 " - 1 + sizeof NAME - 1 + 1;
    cr_assert_eq(base64_decode(bytes_of(line.data + head, line.len - head - 1), &signature), SH_OK);
    cr_assert_eq(signature.len, 76);
    cr_assert_eq(be32_load(signature.data), who.verifier.key_id);
    cr_assert_eq(be64_load(signature.data + 4), 1679315147);
    cr_assert_eq(buf_append_str(&message, "cosignature/v1\ntime 1679315147\n"), SH_OK);
    cr_assert_eq(buf_append_str(&message, TEXT), SH_OK);
    cr_assert_eq(
        sign_verify_ed25519(who.verifier.public_key, bytes_buf(&message), signature.data + 12),
        SH_OK);
}

Test(tlog, the_newest_of_a_witnesss_lines_counts_and_one_bad_line_spoils_all)
{
    SH_DEFER(somebody_wipe) struct somebody who = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf lines = BUF_INIT(2000);
    struct cosigned_line cosigned;
    somebody_make(&who);
    cr_assert_eq(cosign_find(bytes_str(TEXT), bytes_of(NULL, 0), &who.verifier, &cosigned),
                 SH_E_NOT_FOUND);
    cr_assert_eq(buf_append_str(&lines, SPEC_LINE), SH_OK);
    cr_assert_eq(cosign_find(bytes_str(TEXT), bytes_buf(&lines), &who.verifier, &cosigned),
                 SH_E_NOT_FOUND);
    line_at(&who, 20, &lines);
    line_at(&who, 30, &lines);
    line_at(&who, 10, &lines);
    cr_assert_eq(cosign_find(bytes_str(TEXT), bytes_buf(&lines), &who.verifier, &cosigned), SH_OK);
    cr_assert_eq(cosigned.time_s, 30);
    cr_assert_eq(buf_append_str(&lines, "no signature line\n"), SH_OK);
    cr_assert_eq(cosign_find(bytes_str(TEXT), bytes_buf(&lines), &who.verifier, &cosigned),
                 SH_E_FORMAT);
    lines.len -= sizeof "no signature line\n" - 1;
    lines.data[lines.len - 10] ^= 1;
    cr_assert_neq(cosign_find(bytes_str(TEXT), bytes_buf(&lines), &who.verifier, &cosigned), SH_OK);
}

Test(tlog, a_cosignature_needs_a_time_a_text_and_a_name)
{
    SH_DEFER(somebody_wipe) struct somebody who = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(400);
    somebody_make(&who);
    struct cosignature in = {bytes_str(TEXT), 0};
    cr_expect_eq(cosign_make(&in, NAME, who.key, &line), SH_E_FORMAT);
    in.time_s = (uint64_t)INT64_MAX + 1;
    cr_expect_eq(cosign_make(&in, NAME, who.key, &line), SH_E_FORMAT);
    in = (struct cosignature){bytes_str("no newline"), 5};
    cr_expect_eq(cosign_make(&in, NAME, who.key, &line), SH_E_FORMAT);
    in.text = bytes_str(TEXT);
    cr_expect_eq(cosign_make(&in, "two words", who.key, &line), SH_E_FORMAT);
    cr_expect_eq(line.len, 0);
    in.time_s = INT64_MAX;
    cr_expect_eq(cosign_make(&in, NAME, who.key, &line), SH_OK);
}

Test(tlog, a_witnesss_key_is_no_logs_key_and_the_other_way_round)
{
    SH_DEFER(somebody_wipe) struct somebody who = {.key = NULL};
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    struct note_verifier out;
    somebody_make(&who);
    cr_assert_eq(note_vkey(NAME, who.key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    cr_expect_eq(cosign_verifier_parse((const char *)vkey.data, &out), SH_E_FORMAT);
    cr_expect_eq(note_verifier_parse(NAVIGLI, &out), SH_E_FORMAT);
}
