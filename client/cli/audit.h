/* What the sub-commands of `safehand audit` share. Each is a file, audit_NAME.c, and a row of the
 * table in audit.c. */
#pragma once

#include "audit/verify.h"
#include "cli.h"

struct audit_command {
    const char *name;
    const char *usage;
    int (*run)(struct cli *cli, int argc, char **argv); /* argv[0] is the sub-command's name */
};

int audit_run_sync(struct cli *cli, int argc, char **argv);
int audit_run_list(struct cli *cli, int argc, char **argv);
int audit_run_show(struct cli *cli, int argc, char **argv);
int audit_run_thread(struct cli *cli, int argc, char **argv);
int audit_run_report(struct cli *cli, int argc, char **argv);
int audit_run_verify(struct cli *cli, int argc, char **argv);
int audit_run_proof(struct cli *cli, int argc, char **argv);
int audit_run_verify_proof(struct cli *cli, int argc, char **argv);
int audit_run_witness(struct cli *cli, int argc, char **argv);

/* Says how `argv[0]` is used; CLI_USAGE. */
int audit_usage(const char *name);
/* --vkey as a verifier; says why not. */
bool audit_take_key(const char *vkey, struct note_verifier *out);
/* What kept a command from finding anything out: on standard error, and as {"error", "sentence"}
 * with --json. Gives the exit status. */
int audit_failed(struct cli *cli, sh_err err, const struct sh_why *why);
/* The finding, in words or with --json as a document, after the signed checkpoints were kept as
 * evidence under keep_dir (NULL: in the home). CLI_PROOF. */
int audit_tell_finding(struct cli *cli, const struct audit_report *report, struct bytes previous,
                       const char *keep_dir);
/* Prints a document on one line and frees it. */
void audit_print_json(json_t *document);
