/* The command line of safehand-ca: one table of options, one of commands, and from both the help
 * text and the checks. What a command does is not known here. */
#pragma once

#include "certs/authority.h"

/* X(name, word, argument or NULL, help) */
#define CA_OPTIONS(X)                                                                              \
    X(DIR, "dir", "DIR", "the authority's folder; default $SAFEHAND_CA_DIR")                       \
    X(SCRYPT_P, "scrypt-p", "N", "cost of the passphrase of keys made now, 1 to 8; default 8")     \
    X(HELP, "help", NULL, "say what the command does, and stop")                                   \
    X(PARTNERSHIP, "partnership", "NAME", "the partnership's name, as people know it")             \
    X(ORIGIN, "origin", "ORIGIN", "the name of the relay's log, such as relay.example.org/log")    \
    X(HOLDER, "holder", "TEXT", "\"Name, role\" of the person; stays in the register")             \
    X(OUT, "out", "PATH", "where the answer is written")                                           \
    X(REASON, "reason", "WORD",                                                                    \
      "unspecified, key-compromise, left-the-desk, superseded or closed")                          \
    X(NAME, "name", "TEXT", "the name that people see; \"\" takes it away")                        \
    X(TELEPHONE, "telephone", "TEXT", "whom to call; \"\" takes it away")                          \
    X(HOURS, "hours", "TEXT", "when someone is there; \"\" takes it away")                         \
    X(COVER, "cover", "ADDRESS", "a desk that stands in; may be repeated; \"\" for none")          \
    X(SUCCESSOR, "successor", "CODE", "what it became; may be repeated; \"\" for none")            \
    X(CLOSED_ON, "closed-on", "DATE", "YYYY-MM-DD; \"\" takes it away")                            \
    X(ENDPOINT, "endpoint", "URL", "tcp://host:port")                                              \
    X(CURVE_KEY, "curve-key", "HEX", "the relay's public CURVE key, 64 hexadecimal digits")        \
    X(LOG, "log", "VKEY", "the log's verifier key")                                                \
    X(WITNESS, "witness", "VKEY", "a witness's verifier key")                                      \
    X(IN_PLACE_OF, "in-place-of", "ORIGIN",                                                        \
      "with --log: the name of the log that was lost, and that this one takes up")                 \
    X(NOT_BEFORE, "not-before", "TIME", "from when on the key counts; default now")                \
    X(SKIP_BAD_ROWS, "skip-bad-rows", NULL, "take the other rows all the same")                    \
    X(JSON, "json", NULL, "for programs")

enum ca_option {
#define X(name, word, argument, help) OPTION_##name,
    CA_OPTIONS(X)
#undef X
        OPTION_COUNT
};
#define OPTION_BIT(name)   (1u << OPTION_##name)
#define OPTIONS_EVERYWHERE (OPTION_BIT(DIR) | OPTION_BIT(SCRYPT_P) | OPTION_BIT(HELP))

#define CA_ARGS_MAX   64
#define CA_REPEAT_MAX 16

struct command;

/* One command line. Borrows argv. */
struct command_line {
    const struct command *command;
    const char *values[OPTION_COUNT];    /* NULL: not given; "" for a flag that is */
    const char *repeated[CA_REPEAT_MAX]; /* of --cover or --successor: no command has both */
    size_t repeated_len;
    const char *args[CA_ARGS_MAX]; /* behind the command's words */
    size_t args_len;
    unsigned scrypt_p;
    struct ca_setup setup;
};

struct command {
    const char *words;     /* "sector add" */
    const char *arguments; /* "SECTOR" */
    const char *summary;   /* one line */
    const char *help;      /* the rest */
    uint32_t permitted, required;
    size_t args_min, args_max;
    sh_err (*run)(const struct command_line *line, struct sh_why *why);
};

/* Ends with an entry whose words are NULL. */
extern const struct command ca_commands[];

/* SH_E_USAGE with what is wrong in *why. With --help, *out->command may be NULL: all commands. */
SH_MUST_USE sh_err options_parse(int argc, char **argv, struct command_line *out,
                                 struct sh_why *why);
/* To standard output. command: NULL for the list of all. */
void options_print_help(const struct command *command);
