/* Proofs of single entries as files: made from a log, written in one way only, refused after any
 * change. */
#include "audit/prove.h"
#include "base/cleanup.h"
#include "support/published_log.h"

#include <criterion/criterion.h>

static struct audit_options options_for(const struct published_log *log)
{
    return (struct audit_options){.key = log->verifier};
}

static sh_err prove(struct published_log *log, uint64_t index, struct buf *out,
                    struct audit_report *report)
{
    struct sh_why why = {0};
    const struct audit_source source = published_log_source(log);
    const struct audit_options options = options_for(log);
    return audit_prove(&source, &options, index, out, report, &why);
}

static sh_err check(const struct published_log *log, struct bytes file, const struct bytes *entry)
{
    SH_DEFER(audit_proven_wipe) struct audit_proven proven = {0};
    const struct audit_options options = options_for(log);
    struct sh_why why = {0};
    sh_err err = audit_check_proof(file, entry, &options, &proven, &why);
    cr_expect(err == SH_OK || why.text[0]);
    return err;
}

Test(audit, a_proof_of_every_entry_verifies_by_itself_and_for_no_other_entry)
{
    static const uint64_t sizes[] = {1, 2, 255, 256, 257, 600};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SH_DEFER(published_log_free) struct published_log log;
        published_log_make(&log, sizes[i], entry_of_safehand, NULL);
        for (uint64_t index = 0; index < sizes[i]; index++) {
            SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
            SH_DEFER(buf_wipe) struct buf entry = BUF_INIT(UINT16_MAX);
            SH_DEFER(audit_report_wipe) struct audit_report report = {0};
            cr_assert_eq(prove(&log, index, &file, &report), SH_OK);
            cr_assert_eq(check(&log, bytes_buf(&file), NULL), SH_OK);
            entry_of_safehand(index, &entry);
            struct bytes leaf = bytes_buf(&entry);
            cr_assert_eq(check(&log, bytes_buf(&file), &leaf), SH_OK);
            entry.data[20] ^= 1;
            cr_assert_eq(check(&log, bytes_buf(&file), &leaf), SH_E_PROOF);
        }
    }
}

Test(audit, a_proof_is_refused_after_a_change_of_any_bit)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 600, entry_of_safehand, NULL);
    cr_assert_eq(prove(&log, 417, &file, &report), SH_OK);
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(check(&log, bytes_buf(&file), NULL), SH_OK, "bit %zu", bit);
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < file.len; len++) {
        cr_assert_neq(check(&log, bytes_of(file.data, len), NULL), SH_OK, "length %zu", len);
    }
}

Test(audit, there_is_no_proof_of_an_entry_that_is_not_there)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 10, entry_of_safehand, NULL);
    cr_assert_eq(prove(&log, 10, &file, &report), SH_E_NOT_FOUND);
    cr_expect_eq(file.len, 0);
}

Test(audit, a_changed_entry_or_tile_gives_a_finding_and_no_proof)
{
    SH_DEFER(published_log_free) struct published_log log;
    published_log_make(&log, 600, entry_of_safehand, NULL);
    for (size_t i = 0; i < log.len; i++) {
        SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
        SH_DEFER(audit_report_wipe) struct audit_report report = {0};
        /* A byte of the first entry, of a hash that the proof of 300 needs, of the signed text. */
        const bool needed = strcmp(log.files[i].name, "tile/0/000") != 0 &&
                            strcmp(log.files[i].name, "tile/entries/000") != 0 &&
                            strcmp(log.files[i].name, "tile/entries/002.p/88") != 0;
        log.files[i].content.data[(300 - 256) * 47 % log.files[i].content.len] ^= 1;
        log.files[i].content.data[(300 - 256) * SH_HASH_BYTES % log.files[i].content.len] ^= 2;
        sh_err err = prove(&log, 300, &file, &report);
        cr_expect_eq(err, needed ? SH_E_PROOF : SH_OK, "%s %d", log.files[i].name, err);
        cr_expect(err == SH_OK || report.finding.sentence[0]);
        log.files[i].content.data[(300 - 256) * 47 % log.files[i].content.len] ^= 1;
        log.files[i].content.data[(300 - 256) * SH_HASH_BYTES % log.files[i].content.len] ^= 2;
    }
}

Test(audit, a_missing_tile_is_named_by_who_wants_a_proof)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 600, entry_of_safehand, NULL);
    published_log_file(&log, "tile/1/000.p/2")->gone = true;
    cr_assert_eq(prove(&log, 300, &file, &report), SH_E_PROOF);
    cr_expect_str_eq(report.finding.path, "tile/1/000.p/2");
}

/* ---- the form (C2SP tlog-proof) ---- */

#define HASH  "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
#define CHECK "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n"

static sh_err decode(const char *text, struct proof_file *out)
{
    SH_DEFER(buf_wipe) struct buf extra = BUF_INIT(PROOF_EXTRA_BYTES_MAX);
    sh_err err = proof_file_decode(bytes_str(text), &extra, out);
    out->extra.data = NULL; /* went with the buffer */
    return err;
}

Test(audit, the_form_of_the_specification_is_read)
{
    struct proof_file proof = {0};
    cr_assert_eq(decode("c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n" HASH "\n" HASH
                        "\n\n" CHECK,
                        &proof),
                 SH_OK);
    cr_expect(proof.has_extra && proof.extra.len == 3);
    cr_expect_eq(proof.index, 73894);
    cr_expect_eq(proof.path.len, 2);
    cr_expect(bytes_equal(proof.checkpoint, bytes_str(CHECK)));
    cr_assert_eq(decode("c2sp.org/tlog-proof@v1\nindex 0\n\n" CHECK, &proof), SH_OK);
    cr_expect(!proof.has_extra && proof.index == 0 && proof.path.len == 0);
}

Test(audit, other_forms_are_refused)
{
    static const char *const texts[] = {
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\r\nindex 0\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex \n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 01\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex +1\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex -1\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 1 \n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 99999999999999999999999\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nIndex 1\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nextra !!\nindex 1\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nextra YWdl\nextra YWdl\nindex 1\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 1\nextra YWdl\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 1\nYWdl\n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 1\n" HASH " \n\n" CHECK,
        "c2sp.org/tlog-proof@v1\nindex 1\n" HASH "\n\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n" HASH "\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct proof_file proof = {.index = 7};
        sh_err err = decode(texts[i], &proof);
        cr_expect(err == SH_E_FORMAT || err == SH_E_TOO_BIG, "%zu: %d", i, err);
        cr_expect_eq(proof.index, 7, "%zu", i);
    }
}

Test(audit, what_is_encoded_decodes_to_the_same)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf extra = BUF_INIT(PROOF_EXTRA_BYTES_MAX);
    struct proof_file proof = {.has_extra = true, .index = UINT64_C(1) << 39}, read;
    proof.path.len = SH_PROOF_HASHES_MAX;
    memset(proof.path.hashes, 0x5a, sizeof proof.path.hashes);
    uint8_t *room = calloc(1, PROOF_EXTRA_BYTES_MAX + 1);
    proof.extra = bytes_of(room, PROOF_EXTRA_BYTES_MAX);
    proof.checkpoint = bytes_str(CHECK);
    cr_assert_eq(proof_file_encode(&proof, &text), SH_OK);
    cr_assert_eq(proof_file_decode(bytes_buf(&text), &extra, &read), SH_OK);
    cr_expect(bytes_equal(read.extra, proof.extra) && read.index == proof.index);
    cr_expect_arr_eq(read.path.hashes, proof.path.hashes, sizeof proof.path.hashes);
    proof.extra.len++;
    cr_expect_eq(proof_file_encode(&proof, &text), SH_E_TOO_BIG);
    free(room);
}
