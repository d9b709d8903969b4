#include "audit.h"
#include "audit/prove.h"
#include "base/cleanup.h"
#include "base/files.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *subject; /* an index, or a file */
    const char *log, *vkey, *out, *leaf, *origin;
};

/* Of both commands; each then looks for what it needs. */
static bool take_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"log", required_argument, NULL, 'l'},    {"vkey", required_argument, NULL, 'v'},
        {"out", required_argument, NULL, 'o'},    {"leaf", required_argument, NULL, 'e'},
        {"origin", required_argument, NULL, 'n'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const char **to = option == 'l'   ? &out->log
                          : option == 'v' ? &out->vkey
                          : option == 'o' ? &out->out
                          : option == 'e' ? &out->leaf
                          : option == 'n' ? &out->origin
                                          : NULL;
        if (!to) {
            return false;
        }
        *to = optarg;
    }
    if (argc - optind != 1 || !out->vkey) {
        return false;
    }
    out->subject = argv[optind];
    return true;
}

static bool take_index(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *out = value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static void show_made(struct cli *cli, uint64_t index, const char *path)
{
    if (cli->json) {
        audit_print_json(json_pack("{s:I, s:s}", "index", (json_int_t)index, "file", path));
        return;
    }
    printf("%s proves entry %" PRIu64 " to whoever has the log's key: 'safehand audit "
           "verify-proof'.\n",
           path, index);
}

int audit_run_proof(struct cli *cli, int argc, char **argv)
{
    SH_DEFER(audit_source_close) struct audit_source source = {.read = NULL};
    SH_DEFER(audit_report_wipe) struct audit_report report = {.is_signed = false};
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
    struct arguments arguments = {.subject = NULL};
    struct audit_options options = {.leaves = AUDIT_LEAVES_ANY};
    struct sh_why why = {0};
    uint64_t index = 0;
    if (!take_arguments(argc, argv, &arguments) || !arguments.log || !arguments.out ||
        !take_index(arguments.subject, &index)) {
        return audit_usage("proof");
    }
    if (!audit_take_key(arguments.vkey, &options.key)) {
        return CLI_USAGE;
    }
    options.origin = arguments.origin;
    sh_err err = audit_source_open(arguments.log, &source, &why);
    if (err == SH_OK) {
        err = audit_prove(&source, &options, index, &file, &report, &why);
    }
    if (err == SH_E_PROOF) {
        return audit_tell_finding(cli, &report, bytes_of(NULL, 0), NULL);
    }
    if (err == SH_OK) {
        err = file_write_atomic(arguments.out, bytes_buf(&file), 0644, &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    show_made(cli, index, arguments.out);
    return CLI_DONE;
}

/* A proof that does not hold is a verdict; one that cannot be read is a mistake of the caller. */
static int tell_bad_proof(struct cli *cli, sh_err err, const struct sh_why *why)
{
    if (err != SH_E_PROOF && err != SH_E_BAD_CHECKPOINT && err != SH_E_FORMAT &&
        err != SH_E_TOO_BIG) {
        (void)audit_failed(cli, err, why);
        return err == SH_E_NOT_FOUND ? CLI_USAGE : CLI_REFUSED;
    }
    if (cli->json) {
        audit_print_json(json_pack("{s:s, s:s, s:s}", "verdict", "failed", "fault",
                                   sh_err_word(err), "sentence", why->text));
    }
    (void)fflush(stdout);
    fprintf(stderr, "NOT VERIFIED: %s.\n", why->text);
    return CLI_PROOF;
}

static void show_proven(struct cli *cli, const struct audit_proven *proven)
{
    if (cli->json) {
        audit_print_json(json_pack("{s:s, s:I, s:s, s:I}", "verdict", "verified", "index",
                                   (json_int_t)proven->index, "origin", proven->checkpoint.origin,
                                   "size", (json_int_t)proven->checkpoint.size));
        return;
    }
    printf("Verified: this is entry %" PRIu64 " of the %" PRIu64 " that ", proven->index,
           proven->checkpoint.size);
    print_text(proven->checkpoint.origin, 0);
    fputs(" signed.\n", stdout);
}

static sh_err check(const struct arguments *arguments, const struct audit_options *options,
                    struct audit_proven *out, struct sh_why *why, bool *out_read)
{
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf leaf = BUF_INIT(PROOF_EXTRA_BYTES_MAX);
    *out_read = false;
    SH_TRY(file_read(arguments->subject, &file, why));
    if (arguments->leaf) {
        SH_TRY(file_read(arguments->leaf, &leaf, why));
    }
    *out_read = true;
    const struct bytes entry = bytes_buf(&leaf);
    return audit_check_proof(bytes_buf(&file), arguments->leaf ? &entry : NULL, options, out, why);
}

int audit_run_verify_proof(struct cli *cli, int argc, char **argv)
{
    SH_DEFER(audit_proven_wipe) struct audit_proven proven = {.index = 0};
    struct arguments arguments = {.subject = NULL};
    struct audit_options options = {.leaves = AUDIT_LEAVES_ANY};
    struct sh_why why = {0};
    bool read = false;
    if (!take_arguments(argc, argv, &arguments) || arguments.log || arguments.out) {
        return audit_usage("verify-proof");
    }
    if (!audit_take_key(arguments.vkey, &options.key)) {
        return CLI_USAGE;
    }
    options.origin = arguments.origin;
    sh_err err = check(&arguments, &options, &proven, &why, &read);
    if (err != SH_OK) {
        return read ? tell_bad_proof(cli, err, &why) : audit_failed(cli, err, &why);
    }
    show_proven(cli, &proven);
    return CLI_DONE;
}
