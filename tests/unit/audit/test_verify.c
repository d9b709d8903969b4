/* Logs that hold, of every shape; checkpoints that do not; what is not to be blamed on a log. The
 * single changes are in test_tamper.c. */
#include "audit/keep.h"
#include "audit/leaf_times.h"
#include "audit/verify.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "support/published_log.h"
#include "support/temp.h"
#include "wire/log.h"

#include <criterion/criterion.h>

static struct audit_options options_for(const struct published_log *log)
{
    return (struct audit_options){.key = log->verifier, .leaves = AUDIT_LEAVES_AUTO};
}

static sh_err verify(struct published_log *log, const struct audit_options *options,
                     struct audit_report *report)
{
    struct sh_why why = {0};
    const struct audit_source source = published_log_source(log);
    log->reads = 0;
    return audit_verify(&source, options, report, &why);
}

Test(audit, logs_of_every_shape_verify)
{
    static const uint64_t sizes[] = {0,   1,   2,   3,    255,  256,   257,   511,
                                     512, 513, 700, 1000, 1024, 65535, 65536, 66000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int own = 0; own < 2; own++) {
            SH_DEFER(published_log_free) struct published_log log;
            SH_DEFER(audit_report_wipe) struct audit_report report = {0};
            published_log_make(&log, sizes[i], own ? entry_of_safehand : entry_of_others, NULL);
            const struct audit_options options = options_for(&log);
            cr_assert_eq(verify(&log, &options, &report), SH_OK, "%zu: %s", i,
                         report.finding.sentence);
            cr_expect_eq(report.entries, sizes[i]);
            cr_expect_eq(report.safehand, own && sizes[i] > 0);
            /* Every file was read, once: checkpoint, bundles, tiles. */
            cr_expect_eq(log.reads, log.len);
            cr_expect_eq(1 + report.bundles + report.tiles, log.len);
        }
    }
}

Test(audit, a_partial_piece_may_be_gone_once_the_full_one_stands)
{
    SH_DEFER(published_log_free) struct published_log old;
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&old, 300, entry_of_others, NULL);
    published_log_make(&log, 600, entry_of_others, &old);
    /* The checkpoint of 300 was read; meanwhile the log grew and dropped its partial pieces. */
    struct log_file *now = published_log_file(&log, "checkpoint");
    buf_reset(&now->content);
    cr_assert_eq(
        buf_append(&now->content, bytes_buf(&published_log_file(&old, "checkpoint")->content)),
        SH_OK);
    struct log_file *level1 = published_log_file(&log, "tile/1/000.p/2");
    (void)snprintf(level1->name, sizeof level1->name, "tile/1/000.p/1");
    level1->content.len = SH_HASH_BYTES;
    const struct audit_options options = options_for(&log);
    cr_assert_eq(verify(&log, &options, &report), SH_OK, "%s", report.finding.sentence);
    cr_expect_eq(report.entries, 300);
}

/* The checkpoint of the smaller log stands in the larger one's past. */
static sh_err verify_after(struct published_log *log, const struct published_log *old,
                           struct audit_report *report)
{
    struct audit_options options = options_for(log);
    options.previous = bytes_buf(&published_log_file(old, "checkpoint")->content);
    return verify(log, &options, report);
}

Test(audit, an_older_checkpoint_of_the_same_history_is_proved_consistent)
{
    static const uint64_t sizes[] = {0, 1, 255, 256, 257, 700, 999, 1000};
    SH_DEFER(published_log_free) struct published_log log;
    published_log_make(&log, 1000, entry_of_safehand, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SH_DEFER(published_log_free) struct published_log old;
        SH_DEFER(audit_report_wipe) struct audit_report report = {0};
        published_log_make(&old, sizes[i], entry_of_safehand, &log);
        cr_assert_eq(verify_after(&log, &old, &report), SH_OK, "%s", report.finding.sentence);
        cr_expect(report.has_previous && report.previous.size == sizes[i]);
    }
}

Test(audit, a_log_that_was_rewritten_and_signed_again_contradicts_itself)
{
    static const uint64_t sizes[] = {1, 255, 256, 257, 999, 1000};
    SH_DEFER(published_log_free) struct published_log log;
    published_log_make(&log, 1000, entry_of_safehand, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SH_DEFER(published_log_free) struct published_log old;
        SH_DEFER(audit_report_wipe) struct audit_report report = {0};
        published_log_make(&old, sizes[i], entry_of_others, &log);
        cr_assert_eq(verify_after(&log, &old, &report), SH_E_PROOF);
        cr_expect_eq(report.finding.fault, AUDIT_FAULT_CONTRADICTION);
        cr_expect(strstr(report.finding.sentence, "this log contradicts itself"));
    }
}

Test(audit, a_log_that_shrank_was_rolled_back)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(published_log_free) struct published_log longer;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 300, entry_of_safehand, NULL);
    published_log_make(&longer, 301, entry_of_safehand, &log);
    cr_assert_eq(verify_after(&log, &longer, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_ROLLBACK);
    cr_expect_eq(report.finding.index, 300);
}

Test(audit, a_previous_checkpoint_of_another_key_is_refused)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(published_log_free) struct published_log other;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 10, entry_of_safehand, NULL);
    published_log_make(&other, 5, entry_of_safehand, NULL);
    cr_assert_eq(verify_after(&log, &other, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_CHECKPOINT);
    cr_expect(strstr(report.finding.sentence, "previous"));
}

Test(audit, the_key_of_another_log_verifies_nothing)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(published_log_free) struct published_log other;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 10, entry_of_safehand, NULL);
    published_log_make(&other, 10, entry_of_safehand, NULL);
    const struct audit_options options = options_for(&other);
    cr_assert_eq(verify(&log, &options, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_CHECKPOINT);
    cr_expect(!report.is_signed);
}

Test(audit, an_origin_other_than_the_keys_name_must_be_named)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 10, entry_of_safehand, NULL);
    struct audit_options options = options_for(&log);
    options.origin = "another.example/log";
    cr_assert_eq(verify(&log, &options, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_CHECKPOINT);
}

Test(audit, without_a_checkpoint_there_is_no_log_and_nobody_to_blame)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 10, entry_of_safehand, NULL);
    published_log_file(&log, "checkpoint")->gone = true;
    const struct audit_options options = options_for(&log);
    cr_assert_eq(verify(&log, &options, &report), SH_E_NOT_FOUND);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_NONE);
}

Test(audit, a_source_that_fails_is_not_the_logs_fault)
{
    static const sh_err failures[] = {SH_E_NET, SH_E_TIMEOUT, SH_E_IO, SH_E_NOMEM};
    SH_DEFER(published_log_free) struct published_log log;
    published_log_make(&log, 1000, entry_of_safehand, NULL);
    const struct audit_options options = options_for(&log);
    for (unsigned at = 1; at <= log.len; at++) {
        SH_DEFER(audit_report_wipe) struct audit_report report = {0};
        log.fail = failures[at % 4];
        log.fail_at = at;
        cr_assert_eq(verify(&log, &options, &report), log.fail);
        cr_expect_eq(report.finding.fault, AUDIT_FAULT_NONE);
    }
}

/* Times that run backwards once, at entry 300 of 600. */
static void entry_out_of_order(uint64_t index, struct buf *out)
{
    entry_of_safehand(index == 300 ? 100 : index, out);
}

/* Leaves of Safehand but one. */
static void entry_once_foreign(uint64_t index, struct buf *out)
{
    (index == 300 ? entry_of_others : entry_of_safehand)(index, out);
}

Test(audit, leaves_of_safehand_never_go_back_in_time)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    SH_DEFER(audit_report_wipe) struct audit_report any = {0};
    published_log_make(&log, 600, entry_out_of_order, NULL);
    struct audit_options options = options_for(&log);
    cr_assert_eq(verify(&log, &options, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_TIME);
    cr_expect_eq(report.finding.index, 300);
    options.leaves = AUDIT_LEAVES_ANY;
    cr_expect_eq(verify(&log, &options, &any), SH_OK);
}

Test(audit, a_foreign_entry_among_leaves_of_safehand_is_named)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 600, entry_once_foreign, NULL);
    const struct audit_options options = options_for(&log);
    cr_assert_eq(verify(&log, &options, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_LEAF);
    cr_expect_eq(report.finding.index, 300);
}

Test(audit, who_asks_for_leaves_of_safehand_gets_no_others)
{
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    published_log_make(&log, 3, entry_of_others, NULL);
    struct audit_options options = options_for(&log);
    options.leaves = AUDIT_LEAVES_SAFEHAND;
    cr_assert_eq(verify(&log, &options, &report), SH_E_PROOF);
    cr_expect_eq(report.finding.fault, AUDIT_FAULT_LEAF);
    cr_expect_eq(report.finding.index, 0);
}

/* Whatever the quick reader takes, the careful one takes too, and reads the same. */
static bool readers_agree(struct bytes entry)
{
    struct leaf leaf;
    int64_t time_ms = 0;
    if (!leaf_time_read(entry, &time_ms)) {
        return false;
    }
    cr_assert_eq(leaf_decode(entry, &leaf), SH_OK);
    cr_assert_eq(leaf.time_ms, time_ms);
    return true;
}

Test(audit, the_quick_reader_of_times_takes_nothing_that_is_no_leaf)
{
    SH_DEFER(buf_wipe) struct buf entry = BUF_INIT(SH_LEAF_BYTES_MAX);
    unsigned taken = 0;
    entry_of_safehand(417, &entry);
    cr_assert(readers_agree(bytes_buf(&entry)));
    for (size_t at = 0; at < 13; at++) {
        const uint8_t byte = entry.data[at];
        for (unsigned value = 0; value < 256; value++) {
            entry.data[at] = (uint8_t)value;
            taken += readers_agree(bytes_buf(&entry));
        }
        entry.data[at] = byte;
    }
    /* 21 types, 5 * 128 bytes of a time that goes on, 127 that end it; the rest as it was. */
    cr_expect_eq(taken, 21 + 5 * 128 + 127 + 6);
    cr_expect(!readers_agree(bytes_of(entry.data, entry.len - 1)));
}

static void expect_file(const char *folder, const char *name, struct bytes content)
{
    SH_DEFER(buf_wipe) struct buf read = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, folder, name), SH_OK);
    cr_assert_eq(file_read(path, &read, NULL), SH_OK);
    cr_expect(bytes_equal(bytes_buf(&read), content), "%s", name);
}

Test(audit, both_signed_checkpoints_are_kept_as_evidence)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(published_log_free) struct published_log log;
    SH_DEFER(published_log_free) struct published_log old;
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    char folder[PATH_MAX], again[PATH_MAX];
    struct sh_why why = {0};
    temp_dir_make(&dir);
    published_log_make(&log, 300, entry_of_safehand, NULL);
    published_log_make(&old, 200, entry_of_others, &log);
    const struct bytes previous = bytes_buf(&published_log_file(&old, "checkpoint")->content);
    cr_assert_eq(verify_after(&log, &old, &report), SH_E_PROOF);
    cr_assert_eq(audit_keep(dir.path, &report, previous, folder, &why), SH_OK);
    expect_file(folder, "checkpoint", bytes_buf(&published_log_file(&log, "checkpoint")->content));
    expect_file(folder, "previous-checkpoint", previous);
    /* Other evidence goes into another folder, the same into the same. */
    cr_assert_eq(audit_keep(dir.path, &report, previous, again, &why), SH_OK);
    cr_expect_str_eq(folder, again);
    cr_assert_eq(audit_keep(dir.path, &report, bytes_of(NULL, 0), again, &why), SH_OK);
    cr_expect_str_neq(folder, again);
}
