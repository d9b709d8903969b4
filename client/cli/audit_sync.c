/* safehand audit sync: the auditor's mirror, up to date and verified; and what is said, and kept,
 * if it does not verify. */
#include "audit.h"
#include "base/cleanup.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static enum audit_fault fault_from_word(const char *word)
{
    for (int fault = AUDIT_FAULT_CHECKPOINT; fault <= AUDIT_FAULT_TIME; fault++) {
        if (strcmp(audit_fault_word((enum audit_fault)fault), word) == 0) {
            return (enum audit_fault)fault;
        }
    }
    return AUDIT_FAULT_ENTRY;
}

static bool take_note(const json_t *finding, const char *key, struct buf *out)
{
    const char *text = member(finding, key);
    return buf_append(out, bytes_str(text)) == SH_OK;
}

/* The finding as the other commands of `audit` tell theirs, with both checkpoints kept. */
static int tell_finding(struct cli *cli, const json_t *finding)
{
    SH_DEFER(audit_report_wipe)
    struct audit_report report = {.note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    SH_DEFER(buf_wipe) struct buf previous = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    const json_t *index = json_object_get(finding, "index");
    if (!take_note(finding, "checkpoint", &report.note) ||
        !take_note(finding, "previous_checkpoint", &previous)) {
        return CLI_REFUSED;
    }
    report.is_signed = checkpoint_parse(bytes_buf(&report.note), &report.checkpoint) == SH_OK;
    report.finding.fault = fault_from_word(member(finding, "fault"));
    report.finding.has_index = index != NULL;
    report.finding.index = (uint64_t)json_integer_value(index);
    (void)snprintf(report.finding.sentence, sizeof report.finding.sentence, "%s",
                   member(finding, "sentence"));
    return audit_tell_finding(cli, &report, bytes_buf(&previous), NULL);
}

static void show_sync(struct cli *cli, const json_t *document)
{
    long long fetched = (long long)json_integer_value(json_object_get(document, "fetched"));
    long long entries = (long long)json_integer_value(json_object_get(document, "entries"));
    if (cli->code == 0) {
        printf("%lld new, %lld entries in all: each is in the signed log, and each opening is that "
               "of its entry.\n",
               fetched, entries);
    } else if (fetched > 0) {
        printf("%lld new entries were verified and kept; the rest comes the next time.\n", fetched);
    }
}

static int finish(struct cli *cli, int code, char **json, const struct sh_client_error *error)
{
    json_t *document = *json ? json_loads(*json, 0, NULL) : NULL;
    const json_t *finding = json_object_get(document, "finding");
    int status = CLI_PROOF;
    if (finding) {
        status = tell_finding(cli, finding);
        sh_client_free_text(json);
    } else {
        status = cli_finish(cli, code, json, error, show_sync);
    }
    json_decref(document);
    return status;
}

int audit_run_sync(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"whole", no_argument, NULL, 'w'}, {0}};
    struct sh_client_error error = {0};
    char *json = NULL;
    int whole = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'w') {
            return CLI_USAGE;
        }
        whole = 1;
    }
    if (optind < argc) {
        return audit_usage(argv[0]);
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_audit_sync(cli->client, whole, &json, &error);
    return finish(cli, code, &json, &error);
}
