#include "audit.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

struct arguments {
    const char *log, *vkey, *previous, *keep, *origin;
    enum audit_leaves leaves;
};

static bool take_leaves(const char *word, enum audit_leaves *out)
{
    static const struct {
        const char *word;
        enum audit_leaves leaves;
    } words[] = {{"auto", AUDIT_LEAVES_AUTO},
                 {"any", AUDIT_LEAVES_ANY},
                 {"safehand", AUDIT_LEAVES_SAFEHAND}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            *out = words[i].leaves;
            return true;
        }
    }
    return false;
}

static bool take_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"log", required_argument, NULL, 'l'},
                                            {"vkey", required_argument, NULL, 'v'},
                                            {"previous", required_argument, NULL, 'p'},
                                            {"keep", required_argument, NULL, 'k'},
                                            {"origin", required_argument, NULL, 'o'},
                                            {"leaves", required_argument, NULL, 'e'},
                                            {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'l':
            out->log = optarg;
            break;
        case 'v':
            out->vkey = optarg;
            break;
        case 'p':
            out->previous = optarg;
            break;
        case 'k':
            out->keep = optarg;
            break;
        case 'o':
            out->origin = optarg;
            break;
        default:
            if (option != 'e' || !take_leaves(optarg, &out->leaves)) {
                return false;
            }
        }
    }
    return argc == optind && out->log && out->vkey;
}

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    cli_progress(ctx, "Verifying entries", done, total);
}

static void add_times(const struct audit_report *report, json_t *document)
{
    char first[SH_TIME_TEXT_BYTES], last[SH_TIME_TEXT_BYTES];
    if (!report->safehand || report->entries == 0) {
        return;
    }
    time_to_rfc3339(report->first_ms, first);
    time_to_rfc3339(report->last_ms, last);
    json_object_set_new(document, "first_at", json_string(first));
    json_object_set_new(document, "last_at", json_string(last));
}

static json_t *report_json(const struct audit_report *report)
{
    SH_DEFER(buf_wipe) struct buf root = BUF_INIT(64);
    if (base64_encode(BYTES_FIXED(report->checkpoint.root), &root) != SH_OK ||
        buf_terminate(&root) != SH_OK) {
        return NULL;
    }
    json_t *document =
        json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:b}", "verdict", "verified", "origin",
                  report->checkpoint.origin, "size", (json_int_t)report->checkpoint.size, "root",
                  (const char *)root.data, "entries", (json_int_t)report->entries, "tiles",
                  (json_int_t)report->tiles, "bundles", (json_int_t)report->bundles, "safehand",
                  (int)report->safehand);
    add_times(report, document);
    if (report->has_previous) {
        json_object_set_new(document, "consistent_with",
                            json_integer((json_int_t)report->previous.size));
    }
    return document;
}

static void print_report(const struct audit_report *report)
{
    char first[64], last[64];
    print_text(report->checkpoint.origin, 0);
    printf(": %" PRIu64 " entries verified against the signed checkpoint (bundles: %" PRIu64
           ", tiles: %" PRIu64 ").\n",
           report->entries, report->bundles, report->tiles);
    if (report->has_previous) {
        printf("The %" PRIu64 " entries signed before are the first of these: nothing was removed, "
               "nothing was changed.\n",
               report->previous.size);
    }
    if (report->safehand && report->entries > 0) {
        time_to_local(report->first_ms, first, sizeof first);
        time_to_local(report->last_ms, last, sizeof last);
        printf("Leaves of Safehand from %s to %s, in order of time.\n", first, last);
    }
}

static int tell(struct cli *cli, const struct audit_report *report)
{
    if (cli->json) {
        audit_print_json(report_json(report));
    } else {
        print_report(report);
    }
    return CLI_DONE;
}

static sh_err read_previous(const char *path, struct buf *out, struct sh_why *why)
{
    SH_TRY(file_read(path, out, why));
    return out->len > 0 ? SH_OK : sh_fail(why, SH_E_FORMAT, "%s is empty", path);
}

int audit_run_verify(struct cli *cli, int argc, char **argv)
{
    SH_DEFER(audit_source_close) struct audit_source source = {.read = NULL};
    SH_DEFER(audit_report_wipe) struct audit_report report = {.is_signed = false};
    SH_DEFER(buf_wipe) struct buf previous = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct arguments arguments = {.leaves = AUDIT_LEAVES_AUTO};
    struct audit_options options = {.progress = show_progress, .progress_ctx = cli};
    struct sh_why why = {0};
    if (!take_arguments(argc, argv, &arguments)) {
        return audit_usage("verify");
    }
    if (!audit_take_key(arguments.vkey, &options.key)) {
        return CLI_USAGE;
    }
    sh_err err = audit_source_open(arguments.log, &source, &why);
    if (err == SH_OK && arguments.previous) {
        err = read_previous(arguments.previous, &previous, &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    options.origin = arguments.origin;
    options.leaves = arguments.leaves;
    options.previous = bytes_buf(&previous);
    err = audit_verify(&source, &options, &report, &why);
    if (err == SH_E_PROOF) {
        return audit_tell_finding(cli, &report, options.previous, arguments.keep);
    }
    return err == SH_OK ? tell(cli, &report) : audit_failed(cli, err, &why);
}
