/* safehand: reads the global options and finds the command. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const char answer_help[] =
    "ID is the message that is answered. Sender, recipients and thread come from it; FILE.json "
    "holds\n"
    "what the kind needs (tests/cases/CODES.md has the list). '-' reads it from standard input.\n";

static const char list_help[] =
    "Lists without content: nothing here needs a passphrase, and nobody is told that you looked.\n"
    "`safehand sync` fetches what is new; `safehand show ID` opens one.\n";

/* In the order in which a person meets them. */
static const struct command commands[] = {
    {"enrol", "request --address A --out DIR | install DIR --root-fingerprint F", "make this seat",
     "`request` makes the seat's keys in the home (they never leave it) and writes DIR/request.pem "
     "for\n"
     "the person who issues certificates. They give a folder back; `install` takes it. F is the "
     "root's\n"
     "fingerprint: have it read out over the telephone by someone whose voice you know.\n"
     "  --scrypt-p N   cost of opening a key, 1 to 8 (default 8)\n",
     run_enrol},
    {"check", "FILE.json... [--rules FILE]", "advice on a message before it is sent",
     "Points at words that could mean anything, and at what a reader will have to ask for: dates, "
     "who saw\n"
     "it, the child's own words, what is asked for. It advises; nothing is ever kept from being "
     "sent.\n"
     "Nothing leaves this machine, and no seat is needed. `send` gives the same advice.\n"
     "  --rules F   another rules file than clarity.json in the home, or the installed one\n",
     run_check},
    {"send", "FILE.json... [--to A ...] [--again] [--split]",
     "send a referral, a notification or another first message",
     "Checks, seals, signs and sends, and waits until the relay has it safely. Prints message id, "
     "thread\n"
     "id and log index. Several files or a folder: all are checked first, the good ones are sent, "
     "the\n"
     "bad ones are listed; run it again to send what is left. '-' reads standard input.\n"
     "  --to A      a further recipient\n"
     "  --again     send although the same file was accepted within 24 hours\n"
     "  --split     one message for each setting of the children, with that setting's children "
     "only\n",
     run_send},
    {"sync", "[--wait SECONDS]", "send what waits, fetch what is due",
     "Sends what waits in the outbox, fetches messages and notices, verifies them, returns "
     "receipts.\n"
     "  --wait N    if nothing is there, stay connected up to N seconds until something comes\n",
     run_sync},
    {"status", "", "this seat, and what waits",
     "Shows the seat, its desk, the directory's age and warnings.\n", run_status},
    {"inbox", "", "what this desk was sent", list_help, run_list},
    {"sent", "", "what this desk sent", list_help, run_list},
    {"threads", "", "both, by thread", list_help, run_list},
    {"show", "ID", "read one message",
     "Signs that this seat opened it (the sender will see that), then shows it, word for word.\n",
     run_show},
    {"track", "[ID]", "what became of it: every fact with its proof",
     "For one message, or for all that this desk sent: accepted, delivered, opened, acknowledged,\n"
     "decided: who, when, at which place of the log, and whether the proof holds.\n",
     run_track},
    {"outstanding", "", "what must be done, by whom, by when",
     "The first thing to look at each morning: what was written but not sent, what is overdue, due "
     "today,\n"
     "and waited for, concerns to look at again; with whom to telephone. Whose turn it is stands "
     "in "
     "front:\n"
     "YOU or THEY. Nothing here is sent, and nobody is told that you looked. Exit status 5 if "
     "anything is\n"
     "overdue. `safehand sync` first, so that it knows what came.\n",
     run_outstanding},
    {"ack", "ID [FILE.json]", "say that a named person has taken it", answer_help, run_answer},
    {"decide", "ID FILE.json", "decide on a referral", answer_help, run_answer},
    {"reconsider", "ID FILE.json", "ask for reconsideration (resolving professional differences)",
     answer_help, run_answer},
    {"respond", "ID FILE.json", "answer a request to reconsider", answer_help, run_answer},
    {"redirect", "ID FILE.json [--pass-on]", "not ours: say whose it is",
     "ID is what came here; FILE.json has the reason, and in to_address the desk whose it is.\n"
     "  --pass-on   a referral also goes to that desk, word for word and enclosed, and its sender "
     "is "
     "told\n"
     "              in the same message. Anything else only its sender may send again.\n",
     run_answer},
    {"resend", "ID --to A", "send again what was redirected",
     "ID is the redirect, or what was redirected. The same words go to A, with the earlier "
     "message\n"
     "enclosed; `track` shows both ways. Nothing goes anywhere that you do not name.\n"
     "  --again     although it was sent there within 24 hours\n",
     run_resend},
    {"request", "ID FILE.json", "ask for information within a thread", answer_help, run_answer},
    {"reply", "ID FILE.json", "answer a request", answer_help, run_answer},
    {"note", "ID FILE.json", "add a note to a thread", answer_help, run_answer},
    {"correct", "ID FILE.json", "correct what was sent", answer_help, run_answer},
    {"withdraw", "ID FILE.json", "withdraw what was sent", answer_help, run_answer},
    {"close", "ID FILE.json", "close a referral after its decisions", answer_help, run_answer},
    {"directory", "search TEXT | show A | refresh", "find organisations and desks",
     "`search` looks in names, codes and addresses; `show` has telephone numbers, hours, cover, "
     "and when\n"
     "the desk last collected its mail; `refresh` fetches a newer directory.\n",
     run_directory},
    {"chronology", "--child KEY ... [--household] [--format F] [--out FILE] | link|unlink KEY KEY",
     "all that this desk holds on a child, in order",
     "Merges every message on a child, from all agencies and kinds, in order of the event. Signs "
     "that this\n"
     "seat opened what it shows. KEY is upn:X, nhs:X, local:X, or name:Given Family/2016-05-21 "
     "with the date\n"
     "of birth. What only looks alike is listed as possible and never mixed in.\n"
     "  --household      siblings, too\n"
     "  --format F       table, json, csv or html (one page to print)\n"
     "  --out FILE       into a new file that nobody else can read\n"
     "  --rows 1,3-5 --send-to A --author NAME --role ROLE [--note TEXT]\n"
     "                   send these rows on, with the messages that they stand in, whole\n"
     "  link KEY KEY --reason TEXT      these two are one child\n"
     "  unlink KEY KEY --reason TEXT    these two are not\n",
     run_chronology},
    {"evidence", "export ID DIR | verify DIR [--root FILE --vkey KEY]", "proof for a third party",
     "`export` writes a folder that a court's expert can check with stock openssl commands (its "
     "README\n"
     "has them). `verify` checks such a folder off line, without a seat. Without --root and --vkey "
     "it can\n"
     "only say that the folder agrees with itself, and exits 4.\n",
     run_evidence},
    {"audit", "sync | list | show | thread | report | verify | proof | verify-proof ...",
     "read and verify the log, and report from it",
     "For a seat of an auditor's desk, `sync [--whole]` keeps a verified mirror of the log. From "
     "it "
     "alone:\n"
     "`list [--from DAY] [--to DAY] [--organisation O] [--kind K] [--event E] [--thread ID] "
     "[--message ID]`,\n"
     "`show INDEX` with its proof, `thread ID` (the life of one case: who owed what, when), and\n"
     "`report [--from DAY] [--to DAY] [--by organisation|sector|kind|week] [--format "
     "table|json|csv|html]\n"
     "[--suppress] [--why GROUP:FIGURE]`.\n\n"
     "`verify` checks every entry and every tile of a log in C2SP form against its signed "
     "checkpoint; it\n"
     "needs the log's key, no seat and no relay. Exit status 4: something is not what was signed; "
     "the\n"
     "sentence says which entry or file, and the signed checkpoints are kept as evidence.\n"
     "  --previous F    an older signed checkpoint: nothing that it covers may be gone or changed\n"
     "  --keep DIR      where evidence goes (default: audit-evidence in the home)\n"
     "  --origin TEXT   the log's origin, if it is not the name in its key\n"
     "  --leaves L      auto: if these are leaves of Safehand, their times must not run "
     "backwards;\n"
     "                  safehand: they must be; any: do not look\n"
     "`proof INDEX --log DIR|URL --vkey KEY --out FILE` writes a proof of one entry "
     "(.tlog-proof).\n"
     "`verify-proof FILE --vkey KEY [--leaf FILE]` checks one, off line.\n",
     run_audit},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *to)
{
    fputs("safehand [--home DIR] [--json] COMMAND ...\n\n", to);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n`safehand COMMAND --help` says more. --home defaults to $SAFEHAND_HOME, then to "
          "safehand in the\n"
          "XDG data directory. $SAFEHAND_PASSPHRASE_FILE names a file with the passphrase.\n"
          "Exit status: 0 done; 1 refused or not found; 2 bad input or usage; 3 kept in the "
          "outbox, goes by\n"
          "itself at the next sync; 4 a proof or signature failed; 5 something\n"
          "is overdue (outstanding).\n"
          "A child in immediate danger: call 999 first.\n",
          to);
}

static void print_help(const struct command *command)
{
    printf("safehand %s %s\n\n%s.\n%s", command->name, command->arguments, command->summary,
           command->help);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* Takes the global options out of argv wherever they stand, so that both `safehand --json inbox`
 * and `safehand inbox
 * --json` work. Gives the new argc, or -1. */
static int take_globals(struct cli *cli, int argc, char **argv)
{
    int kept = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            cli->json = true;
        } else if (strcmp(argv[i], "--home") == 0) {
            if (i + 1 == argc || strlen(argv[i + 1]) >= sizeof cli->home) {
                return -1;
            }
            (void)snprintf(cli->home, sizeof cli->home, "%s", argv[++i]);
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    return kept;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static void keep_memory_private(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker must read our memory */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    struct cli cli = {.json = false};
    keep_memory_private();
    (void)signal(SIGXFSZ,
                 SIG_IGN); /* a limit of file sizes is told in a sentence, as a full disk is */
    argc = take_globals(&cli, argc, argv);
    if (argc < 0) {
        return cli_usage("--home needs a folder");
    }
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? CLI_USAGE : CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("safehand %s\n", sh_client_version());
        return CLI_DONE;
    }
    const struct command *command = find_command(argv[1]);
    if (!command) {
        return cli_usage("there is no command '%s'; `safehand help` lists them", argv[1]);
    }
    if (asks_for_help(argc - 1, argv + 1)) {
        print_help(command);
        return CLI_DONE;
    }
    if (!cli.home[0] && !cli_default_home(cli.home, sizeof cli.home)) {
        return cli_usage("no home: set SAFEHAND_HOME or give --home DIR");
    }
    int status = command->run(&cli, argc - 1, argv + 1);
    sh_client_close(&cli.client);
    /* A full disk behind a redirection must not look like success. */
    return fflush(stdout) == 0 && !ferror(stdout) ? status : CLI_REFUSED;
}
