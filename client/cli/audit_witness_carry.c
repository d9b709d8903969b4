/* A checkpoint carried to a witness: what came of it, kept and told. */
#include "audit_witness.h"
#include "base/cleanup.h"
#include "base/files.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Into a folder it goes under the id of the witness's key, as the relay's witness_dir has it. */
static sh_err keep_cosigned(const char *out, const struct note_verifier *who, struct bytes note,
                            struct sh_why *why)
{
    char name[32], path[PATH_MAX];
    struct stat info;
    if (stat(out, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return file_write_atomic(out, note, 0644, why);
    }
    (void)snprintf(name, sizeof name, "%08x.cosigned", who->key_id);
    SH_TRY(path_join(path, sizeof path, out, name));
    return file_write_atomic(path, note, 0644, why);
}

static int tell(struct cli *cli, const struct audit_report *report,
                const struct witness_answer *answer, const struct note_verifier *who)
{
    if (cli->json) {
        audit_print_json(json_pack("{s:s, s:s, s:I, s:s, s:s%, s:I}", "verdict", "cosigned",
                                   "origin", report->checkpoint.origin, "size",
                                   (json_int_t)report->checkpoint.size, "witness", who->name,
                                   "line", (const char *)answer->line.data,
                                   answer->line.len > 0 ? answer->line.len - 1 : 0, "before",
                                   (json_int_t)answer->remembered.size));
        return CLI_DONE;
    }
    print_text(report->checkpoint.origin, 0);
    printf(": %" PRIu64 " entries cosigned by ", report->checkpoint.size);
    print_text(who->name, 0);
    if (answer->remembered.size > 0) {
        printf("; the %" PRIu64 " cosigned before are the first of them", answer->remembered.size);
    }
    printf(".\n");
    return CLI_DONE;
}

int witness_carry_once(struct cli *cli, const struct witness_arguments *arguments,
                       struct carrying *carrying, const struct note_verifier *who)
{
    SH_DEFER(audit_report_wipe) struct audit_report report = {.is_signed = false};
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    struct sh_why why = {0};
    sh_err err = witness_carry(carrying, &report, &answer, &why);
    if (err == SH_E_PROOF) {
        return audit_tell_finding(cli, &report, bytes_buf(&answer.remembered_note),
                                  arguments->keep);
    }
    if (err == SH_OK && arguments->out) {
        err = keep_cosigned(arguments->out, who, bytes_buf(&answer.note), &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    carrying->size_hint = report.checkpoint.size;
    return tell(cli, &report, &answer, who);
}

int witness_run_once(struct cli *cli, const struct witness_arguments *arguments)
{
    SH_DEFER(witness_seat_wipe) struct witness_seat seat = {.key = NULL};
    SH_DEFER(audit_source_close) struct audit_source source = {.read = NULL};
    struct sh_why why = {0};
    if (!arguments->log || !arguments->key || arguments->name || arguments->vkeys_len != 1) {
        return audit_usage("witness");
    }
    int status = witness_seat_open(cli, arguments, &seat);
    if (status != CLI_DONE) {
        return status;
    }
    struct carrying carrying = {
        .source = &source, .log = seat.logs[0], .to = witness_here(&seat.witness)};
    sh_err err = audit_source_open(arguments->log, &source, &why);
    if (err == SH_OK) {
        err = witness_remembered_size(&seat.witness, carrying.log.name, &carrying.size_hint, &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    return witness_carry_once(cli, arguments, &carrying, &seat.us);
}
