/* The command line of a seat: what its files share. Each command is a file; each takes its own
 * arguments, calls libsafehand (client.h and nothing else of the library), and shows the answer:
 * JSON as it came with --json, sentences and tables without. Exit status: 0 done; 1 refused or not
 * found; 2 bad input or usage; 3 kept, goes by itself at the next sync; 4 a proof or signature
 * failed; 5 something is overdue (outstanding). */
#pragma once

#include "safehand/client.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    CLI_DONE = 0,
    CLI_REFUSED = 1,
    CLI_USAGE = 2,
    CLI_KEPT = 3,
    CLI_PROOF = 4,
    CLI_OVERDUE = 5,
};

struct cli {
    char home[PATH_MAX];
    bool json;
    struct sh_client *client; /* NULL until cli_open() */
    int code;                 /* what the call whose answer is being shown returned */
};

struct command {
    const char *name;
    const char *arguments;                              /* for the usage line */
    const char *summary;                                /* one line */
    const char *help;                                   /* paragraphs */
    int (*run)(struct cli *cli, int argc, char **argv); /* argv[0] is the command's name */
};

int run_enrol(struct cli *cli, int argc, char **argv);
int run_check(struct cli *cli, int argc, char **argv);
int run_send(struct cli *cli, int argc, char **argv);
int run_sync(struct cli *cli, int argc, char **argv);
int run_status(struct cli *cli, int argc, char **argv);
int run_list(struct cli *cli, int argc, char **argv); /* inbox, sent, threads */
int run_show(struct cli *cli, int argc, char **argv);
int run_answer(struct cli *cli, int argc, char **argv); /* ack, decide, ... */
int run_resend(struct cli *cli, int argc, char **argv);
int run_outstanding(struct cli *cli, int argc, char **argv);
int run_track(struct cli *cli, int argc, char **argv);
int run_directory(struct cli *cli, int argc, char **argv);
int run_chronology(struct cli *cli, int argc, char **argv);
int run_evidence(struct cli *cli, int argc, char **argv);
int run_audit(struct cli *cli, int argc, char **argv); /* audit.h has its parts */

/* ---- home.c, passphrase.c ---- */

/* Opens cli->home into cli->client; waits up to half a minute for another program to let go of it.
 * 0, or an exit status after having said why. */
int cli_open(struct cli *cli);
/* After what signed an OPENED receipt, and once the reader has what was asked for: gives the relay
 * the receipts that wait, for two seconds at most. Gives `status`, or another if the relay
 * contradicted itself. */
int cli_return_receipts(struct cli *cli, int status);
/* $SAFEHAND_HOME, or safehand under the XDG data directory. */
bool cli_default_home(char *out, size_t out_len);
/* A struct sh_client_passphrase: $SAFEHAND_PASSPHRASE_FILE, the file `passphrase` in the home (for
 * machines that no one sits at), else the terminal. ctx is the struct cli. */
int cli_passphrase(void *ctx, char *out, size_t out_len);
/* The same, asked twice on a terminal: for new keys. */
int cli_new_passphrase(void *ctx, char *out, size_t out_len);
void cli_progress(void *ctx, const char *what, uint64_t done, uint64_t total);

/* ---- output.c ---- */

/* Prints a document that a call gave (may be NULL) and its error, and gives the exit status. Frees
 * *json. With --json the document goes to standard output, and an error as "error":word and
 * "sentence" in it (by themselves if there is no document; not if it is a list, whose entries have
 * their own). Without, `show` prints the document. The error's sentence goes to standard error in
 * both cases. */
typedef void (*cli_show)(struct cli *cli, const json_t *document);
int cli_finish(struct cli *cli, int code, char **json, const struct sh_client_error *error,
               cli_show show);
/* What should be told although all went well, on standard error; nothing if `status` says that it
 * did not. */
void cli_print_warnings(struct cli *cli, int status);
/* Says how a command is used, on standard error. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Text of other people on a terminal: control characters other than newline and tab are made
 * visible. Lines after the first are indented. */
void print_text(const char *text, int indent);
void print_text_to(FILE *out, const char *text, int indent);
/* A member as text; "" if it is absent or no string. */
const char *member(const json_t *object, const char *key);
/* "Fri 20 Nov 2026, 17:00" of a member that is an RFC 3339 time; "" if absent. Overwritten by the
 * fourth call after. */
const char *member_time(const json_t *object, const char *key);
/* The addresses of a list member, with commas. Overwritten by the next call. */
const char *member_list(const json_t *object, const char *key);
/* A padded table; headings is NULL-terminated. */
struct table;
struct table *table_new(const char *const *headings);
void table_add(struct table *table, ...); /* as many strings as headings */
void table_print(struct table **table);   /* and frees it */

/* ---- words.c ---- */

/* What a person reads for a code: "domestic_abuse" is "domestic abuse", "reconsideration" is
 * "request to reconsider". */
const char *words_of(const char *code);
/* The label of a key of content: "child_words" is "The child's own words". NULL: say the key
 * itself. */
const char *label_of(const char *key);

/* ---- content.c ---- */

/* A message's content as a person reads it: handling marks first, then the child's words, then the
 * rest in the order of the forms. Everything is shown; a key without a label is shown by its name.
 */
void print_content(const json_t *content);
