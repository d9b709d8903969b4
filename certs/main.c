/* safehand-ca: the table of its commands, and the way from a command line to an exit code. */
#include "base/clock.h"
#include "certs/commands.h"
#include "certs/passphrase.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

const struct command ca_commands[] = {
    {
        .words = "init",
        .arguments = "--dir DIR --partnership NAME --origin ORIGIN",
        .summary = "Make a partnership: its root and the key that signs its directory",
        .help = "The root is valid for 20 years. Its fingerprint is read over the telephone to "
                "everyone who\n"
                "joins. keys/root.pem is needed to add sectors and at least yearly to publish; in "
                "between it\n"
                "belongs in a safe.",
        .permitted = OPTION_BIT(PARTNERSHIP) | OPTION_BIT(ORIGIN),
        .required = OPTION_BIT(PARTNERSHIP) | OPTION_BIT(ORIGIN),
        .run = command_init,
    },
    {
        .words = "sector add",
        .arguments = "SECTOR",
        .summary = "Make the authority that issues to one sector (school, police, health, ...)",
        .help =
            "It is valid for 10 years and can certify addresses that end in .SECTOR, no others.",
        .args_min = 1,
        .args_max = 1,
        .run = command_sector_add,
    },
    {
        .words = "issue",
        .arguments = "REQUEST --holder \"Name, role\" [--out DIR]",
        .summary = "Certify a seat, from the folder or file that 'safehand enrol request' made",
        .help = "Writes sign.pem, seal.pem and root.pem beside the request, or into --out. Refuses "
                "a request that\n"
                "its own keys did not sign, a key or CURVE key that was ever used before, and an "
                "address for\n"
                "which there is no authority here.",
        .permitted = OPTION_BIT(HOLDER) | OPTION_BIT(OUT),
        .required = OPTION_BIT(HOLDER),
        .args_min = 1,
        .args_max = 1,
        .run = command_issue,
    },
    {
        .words = "recovery",
        .arguments = "ADDRESS --out DIR",
        .summary = "Make a desk's recovery key, which its organisation keeps off line",
        .help = "Mail to the desk is sealed to this key as well, so that a lost laptop loses "
                "nothing. Writes\n"
                "recovery-key.pem and recovery.pem into a folder to hand over.",
        .permitted = OPTION_BIT(OUT),
        .required = OPTION_BIT(OUT),
        .args_min = 1,
        .args_max = 1,
        .run = command_recovery,
    },
    {
        .words = "revoke",
        .arguments = "(ADDRESS SEAT | SERIAL...) --reason WORD",
        .summary = "Revoke a seat, or single certificates by their serials",
        .help =
            "SEAT is the seat's hash, or its first 8 or more digits ('safehand-ca show ADDRESS').",
        .permitted = OPTION_BIT(REASON),
        .required = OPTION_BIT(REASON),
        .args_min = 1,
        .args_max = CA_ARGS_MAX,
        .run = command_revoke,
    },
    {
        .words = "desk set",
        .arguments = "ADDRESS [--name ...] [--telephone ...] [--hours ...] [--cover ADDRESS]...",
        .summary = "Say what the directory says of a desk",
        .help = "What is not named stays as it is. --cover may be given up to 16 times and "
                "replaces the whole list.",
        .permitted =
            OPTION_BIT(NAME) | OPTION_BIT(TELEPHONE) | OPTION_BIT(HOURS) | OPTION_BIT(COVER),
        .args_min = 1,
        .args_max = 1,
        .run = command_desk_set,
    },
    {
        .words = "organisation set",
        .arguments = "CODE [--name ...] [--telephone ...] [--hours ...] [--successor CODE]... "
                     "[--closed-on DATE]",
        .summary = "Say what the directory says of an organisation",
        .help = "CODE is what stands behind the @ of its addresses: 999001.school. A new one needs "
                "--name.",
        .permitted = OPTION_BIT(NAME) | OPTION_BIT(TELEPHONE) | OPTION_BIT(HOURS) |
                     OPTION_BIT(SUCCESSOR) | OPTION_BIT(CLOSED_ON),
        .args_min = 1,
        .args_max = 1,
        .run = command_organisation_set,
    },
    {
        .words = "relay set",
        .arguments = "--endpoint URL --curve-key HEX",
        .summary = "Say where the relay is and which key it has",
        .help = "Replaces an entry with the same endpoint or the same key.",
        .permitted = OPTION_BIT(ENDPOINT) | OPTION_BIT(CURVE_KEY),
        .required = OPTION_BIT(ENDPOINT) | OPTION_BIT(CURVE_KEY),
        .run = command_relay_set,
    },
    {
        .words = "key add",
        .arguments = "(--log VKEY [--in-place-of ORIGIN] | --witness VKEY) [--not-before TIME]",
        .summary = "Add a verifier key of the log or of a witness",
        .help =
            "A log key must be for the origin that 'init' was given. If that log was lost, and a "
            "new one takes it up,\n--in-place-of names the lost one: from then on the new name is "
            "the partnership's.",
        .permitted = OPTION_BIT(LOG) | OPTION_BIT(WITNESS) | OPTION_BIT(NOT_BEFORE) |
                     OPTION_BIT(IN_PLACE_OF),
        .run = command_key_add,
    },
    {
        .words = "names import schools",
        .arguments = "FILE.tsv",
        .summary = "Take names and closing dates of schools from the public register",
        .help = "Columns school-eng, name and end-date are found by their names. All rows or none.",
        .args_min = 1,
        .args_max = 1,
        .run = command_names_import,
    },
    {
        .words = "directory import links",
        .arguments = "FILE.csv [--skip-bad-rows] [--json]",
        .summary = "Take from the official file which school took whose place",
        .help =
            "Columns URN, LinkURN, LinkName, LinkType and LinkEstablishedDate, in Windows-1252 or "
            "UTF-8. Replaces\n"
            "what was imported before. A row that cannot be read is named, and keeps the whole "
            "file out unless\n"
            "--skip-bad-rows is given. --successor of 'organisation set' goes before the file.",
        .permitted = OPTION_BIT(SKIP_BAD_ROWS) | OPTION_BIT(JSON),
        .args_min = 1,
        .args_max = 1,
        .run = command_links_import,
    },
    {
        .words = "publish",
        .arguments = "--out FILE",
        .summary = "Sign the directory anew, with fresh revocation lists",
        .help = "Do it daily: a directory is valid for 14 days, the sectors' revocation lists for "
                "30, the root's\n"
                "for 13 months.",
        .permitted = OPTION_BIT(OUT),
        .required = OPTION_BIT(OUT),
        .run = command_publish,
    },
    {
        .words = "show",
        .arguments = "[ADDRESS] [--json]",
        .summary = "Show the partnership, or a desk with its seats and who holds them",
        .help = "",
        .permitted = OPTION_BIT(JSON),
        .args_max = 1,
        .run = command_show,
    },
    {0},
};

static sh_err find_folder(struct command_line *line, struct sh_why *why)
{
    const char *dir =
        line->values[OPTION_DIR] ? line->values[OPTION_DIR] : getenv("SAFEHAND_CA_DIR");
    if (!dir || !dir[0]) {
        return sh_fail(why, SH_E_USAGE, "say where the authority's folder is: --dir DIR");
    }
    line->setup = (struct ca_setup){
        .dir = dir,
        .now_ms = clock_now_ms(&clock_system),
        .scrypt_p = line->scrypt_p,
        .ask = passphrase_ask,
    };
    return SH_OK;
}

static sh_err run(int argc, char **argv, struct sh_why *why)
{
    struct command_line line;
    SH_TRY(options_parse(argc, argv, &line, why));
    if (line.values[OPTION_HELP]) {
        options_print_help(line.command);
        return SH_OK;
    }
    SH_TRY(find_folder(&line, why));
    return line.command->run(&line, why);
}

int main(int argc, char **argv)
{
    struct sh_why why = {{0}};
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is told as a full disk is */
    sh_err err = run(argc, argv, &why);
    if (err == SH_OK && fflush(stdout) != 0) {
        err =
            sh_fail(&why, SH_E_IO, "standard output cannot be written; what was asked for is done");
    }
    if (err == SH_OK) {
        return 0;
    }
    (void)fprintf(stderr, "safehand-ca: %s\n", why.text[0] ? why.text : sh_err_sentence(err));
    return err == SH_E_USAGE ? 2 : 1;
}
