/* From argv to a struct command_line, and the help that the same tables give. getopt_long does the
 * splitting; whether an option goes with a command is checked here, once for all commands. */
#include "certs/options.h"

#include <getopt.h>
#include <stdio.h>

static const struct option long_options[] = {
#define X(name, word, argument, help)                                                              \
    {word, (argument) ? required_argument : no_argument, NULL, 256 + OPTION_##name},
    CA_OPTIONS(X)
#undef X
        {0},
};

static const struct {
    const char *word, *argument, *help;
} option_texts[] = {
#define X(name, word, argument, help) {word, argument, help},
    CA_OPTIONS(X)
#undef X
};

/* ---- parsing ---- */

static sh_err take_option(struct command_line *line, enum ca_option option, const char *value,
                          struct sh_why *why)
{
    const char *text = value ? value : "";
    if (option == OPTION_COVER || option == OPTION_SUCCESSOR) {
        if (line->repeated_len == CA_REPEAT_MAX) {
            return sh_fail(why, SH_E_USAGE, "--%s at most %d times", option_texts[option].word,
                           CA_REPEAT_MAX);
        }
        line->repeated[line->repeated_len++] = text;
    } else if (line->values[option]) {
        return sh_fail(why, SH_E_USAGE, "--%s is given twice", option_texts[option].word);
    }
    line->values[option] = text;
    return SH_OK;
}

static sh_err take_options(int argc, char **argv, struct command_line *line, struct sh_why *why)
{
    opterr = 0;
    optind = 1;
    for (;;) {
        int found = getopt_long(argc, argv, ":", long_options, NULL);
        if (found == -1) {
            return SH_OK;
        }
        if (found == '?' || found == ':') {
            return sh_fail(why, SH_E_USAGE, "%s: %s", argv[optind - 1],
                           found == '?' ? "there is no such option" : "needs a value");
        }
        SH_TRY(take_option(line, (enum ca_option)(found - 256), optarg, why));
    }
}

/* How many of the arguments are this command's words; 0 if they are not. */
static size_t words_matching(const struct command *command, char **argv, size_t len)
{
    char words[64];
    (void)snprintf(words, sizeof words, "%s", command->words);
    size_t n = 0;
    char *rest = words;
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
        if (n >= len || strcmp(argv[n], word) != 0) {
            return 0;
        }
        n++;
    }
    return n;
}

static sh_err take_command(char **argv, size_t len, struct command_line *line, struct sh_why *why)
{
    for (const struct command *command = ca_commands; command->words; command++) {
        size_t words = words_matching(command, argv, len);
        if (words == 0) {
            continue;
        }
        line->command = command;
        for (size_t i = words; i < len; i++) {
            if (line->args_len == CA_ARGS_MAX) {
                return sh_fail(why, SH_E_USAGE, "more than %d arguments", CA_ARGS_MAX);
            }
            line->args[line->args_len++] = argv[i];
        }
        return SH_OK;
    }
    if (line->values[OPTION_HELP]) {
        return SH_OK;
    }
    return sh_fail(why, SH_E_USAGE, "%s%s", len ? argv[0] : "no command given",
                   len ? ": there is no such command; see safehand-ca --help"
                       : "; see safehand-ca --help");
}

static sh_err check_options(const struct command_line *line, struct sh_why *why)
{
    const struct command *command = line->command;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const uint32_t bit = 1u << i;
        if (line->values[i] && !((command->permitted | OPTIONS_EVERYWHERE) & bit)) {
            return sh_fail(why, SH_E_USAGE, "'%s' has no --%s", command->words,
                           option_texts[i].word);
        }
        if (!line->values[i] && (command->required & bit)) {
            return sh_fail(why, SH_E_USAGE, "'%s' needs --%s %s", command->words,
                           option_texts[i].word, option_texts[i].argument);
        }
    }
    if (line->args_len < command->args_min || line->args_len > command->args_max) {
        return sh_fail(why, SH_E_USAGE, "usage: safehand-ca %s %s", command->words,
                       command->arguments);
    }
    return SH_OK;
}

static sh_err check_scrypt(struct command_line *line, struct sh_why *why)
{
    const char *text = line->values[OPTION_SCRYPT_P];
    line->scrypt_p = 8;
    if (!text) {
        return SH_OK;
    }
    if (strlen(text) != 1 || text[0] < '1' || text[0] > '8') {
        return sh_fail(why, SH_E_USAGE, "--scrypt-p is a number from 1 to 8");
    }
    line->scrypt_p = (unsigned)(text[0] - '0');
    return SH_OK;
}

sh_err options_parse(int argc, char **argv, struct command_line *out, struct sh_why *why)
{
    struct command_line line = {0};
    SH_TRY(take_options(argc, argv, &line, why));
    SH_TRY(take_command(argv + optind, (size_t)(argc - optind), &line, why));
    if (line.command && !line.values[OPTION_HELP]) {
        SH_TRY(check_options(&line, why));
        SH_TRY(check_scrypt(&line, why));
    }
    *out = line;
    return SH_OK;
}

/* ---- help ---- */

static void print_options(uint32_t mask)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (mask & (1u << i)) {
            const char *argument = option_texts[i].argument;
            char left[64];
            (void)snprintf(left, sizeof left, "--%s %s", option_texts[i].word,
                           argument ? argument : "");
            (void)printf("  %-24s %s\n", left, option_texts[i].help);
        }
    }
}

static void print_commands(void)
{
    (void)puts("safehand-ca: certificates and the directory of a partnership\n\nCommands:");
    for (const struct command *command = ca_commands; command->words; command++) {
        (void)printf("  %-22s %s\n", command->words, command->summary);
    }
    (void)puts("\nEverywhere:");
    print_options(OPTIONS_EVERYWHERE);
    (void)puts(
        "\n'safehand-ca COMMAND --help' says more.\n\n"
        "Passphrases are asked for, or read from the file that SAFEHAND_PASSPHRASE_FILE names\n"
        "(the root's from SAFEHAND_ROOT_PASSPHRASE_FILE, a recovery key's from\n"
        "SAFEHAND_RECOVERY_PASSPHRASE_FILE, if these are set).\n\n"
        "Exit codes: 0 done; 1 refused or failed, nothing was changed; 2 not understood.");
}

void options_print_help(const struct command *command)
{
    if (!command) {
        print_commands();
        return;
    }
    (void)printf("safehand-ca %s %s\n\n%s.\n%s\n\nOptions:\n", command->words, command->arguments,
                 command->summary, command->help);
    print_options(command->permitted | OPTIONS_EVERYWHERE);
}
