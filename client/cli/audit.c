/* safehand audit: finds the sub-command, and what they share. None needs a seat or the relay; a
 * log's key is enough. A witness has a key of its own. */
#include "audit.h"

#include "audit/keep.h"
#include "base/files.h"

#include <inttypes.h>
#include <string.h>

static const struct audit_command commands[] = {
    {"sync", "audit sync [--whole]", audit_run_sync},
    {"list",
     "audit list [--from DAY] [--to DAY] [--organisation O] [--kind K] [--event E] [--thread ID] "
     "[--message ID]",
     audit_run_list},
    {"show", "audit show INDEX", audit_run_show},
    {"thread", "audit thread ID", audit_run_thread},
    {"report",
     "audit report [--from DAY] [--to DAY] [--by organisation|sector|kind|week] "
     "[--format table|json|csv|html] [--suppress] [--why GROUP:FIGURE]",
     audit_run_report},
    {"verify",
     "audit verify --log DIR|URL --vkey KEY [--previous FILE] [--keep DIR] [--origin TEXT] "
     "[--leaves auto|safehand|any]",
     audit_run_verify},
    {"proof", "audit proof INDEX --log DIR|URL --vkey KEY --out FILE [--origin TEXT]",
     audit_run_proof},
    {"verify-proof", "audit verify-proof FILE --vkey KEY [--leaf FILE] [--origin TEXT]",
     audit_run_verify_proof},
    {"witness",
     "audit witness key --out FILE --name NAME | "
     "audit witness --log DIR|URL --vkey LOGKEY --key FILE [--state DIR] [--out FILE|DIR] "
     "[--keep DIR] | "
     "audit witness --listen [ADDRESS:]PORT --vkey LOGKEY... --key FILE [--state DIR] | "
     "audit witness --feed --from DIR|URL --vkey LOGKEY --to URL --witness VKEY --out FILE|DIR "
     "[--every SECONDS] [--keep DIR]",
     audit_run_witness},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

int audit_usage(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return cli_usage("%s", commands[i].usage);
        }
    }
    return CLI_USAGE;
}

bool audit_take_key(const char *vkey, struct note_verifier *out)
{
    if (note_verifier_parse(vkey, out) == SH_OK) {
        return true;
    }
    (void)cli_usage("--vkey is not the key of a log: NAME+HEX+BASE64, of Ed25519");
    return false;
}

void audit_print_json(json_t *document)
{
    json_dumpf(document, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(document);
}

int audit_failed(struct cli *cli, sh_err err, const struct sh_why *why)
{
    const char *sentence = why->text[0] ? why->text : sh_err_sentence(err);
    if (cli->json) {
        audit_print_json(json_pack("{s:s, s:s}", "error", sh_err_word(err), "sentence", sentence));
    }
    (void)fflush(stdout);
    fputs("Nothing could be verified: ", stderr);
    print_text_to(stderr, sentence, 0);
    fputs(".\n", stderr);
    return err == SH_E_USAGE ? CLI_USAGE : CLI_REFUSED;
}

static json_t *finding_json(const struct audit_report *report, const char *folder)
{
    const struct audit_finding *finding = &report->finding;
    json_t *document = json_pack("{s:s, s:s, s:s}", "verdict", "failed", "fault",
                                 audit_fault_word(finding->fault), "sentence", finding->sentence);
    if (finding->has_index) {
        json_object_set_new(document, "index", json_integer((json_int_t)finding->index));
    }
    if (finding->path[0]) {
        json_object_set_new(document, "path", json_string(finding->path));
    }
    if (report->is_signed) {
        json_object_set_new(document, "origin", json_string(report->checkpoint.origin));
        json_object_set_new(document, "size", json_integer((json_int_t)report->checkpoint.size));
    }
    json_object_set_new(document, "evidence", folder[0] ? json_string(folder) : json_null());
    return document;
}

int audit_tell_finding(struct cli *cli, const struct audit_report *report, struct bytes previous,
                       const char *keep_dir)
{
    struct sh_why why = {0};
    char home[PATH_MAX], folder[PATH_MAX] = "";
    sh_err kept = SH_OK;
    if (!keep_dir) {
        kept = path_join(home, sizeof home, cli->home, "audit-evidence");
        keep_dir = home;
    }
    if (kept == SH_OK) {
        kept = audit_keep(keep_dir, report, previous, folder, &why);
    }
    if (cli->json) {
        audit_print_json(finding_json(report, folder));
    }
    (void)fflush(stdout);
    fprintf(stderr, "NOT VERIFIED: %s.\n", report->finding.sentence);
    if (kept == SH_OK) {
        fprintf(stderr,
                "The signed checkpoint%s kept as evidence in %s. Tell the partnership; do not "
                "leave it to the operator.\n",
                previous.len > 0 ? "s are" : " is", folder);
    } else {
        fprintf(stderr, "The evidence could NOT be kept (%s): copy the log now.\n",
                why.text[0] ? why.text : sh_err_sentence(kept));
    }
    return CLI_PROOF;
}

int run_audit(struct cli *cli, int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            return commands[i].run(cli, argc - 1, argv + 1);
        }
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)cli_usage("%s", commands[i].usage);
    }
    return CLI_USAGE;
}
