/* What the forms of `safehand audit witness` share: their options, the witness that stands in a key
 * file and its memory, and what they tell. */
#pragma once

#include "audit.h"
#include "audit/carry.h"

enum { WITNESS_LOGS_MAX = 16 };

struct witness_arguments {
    const char *log, *key, *memory, *out, *keep, *name; /* --log and --from are one */
    const char *listen, *to, *witness;
    bool feed;        /* --feed */
    unsigned every_s; /* 0: once */
    const char *vkeys[WITNESS_LOGS_MAX];
    size_t vkeys_len;
};

/* A key file that was opened. */
struct witness_seat {
    struct key *key;
    struct note_verifier us, logs[WITNESS_LOGS_MAX];
    char memory[PATH_MAX];
    struct witness witness; /* of these */
};
void witness_seat_wipe(struct witness_seat *seat); /* a destructor; a zeroed one is empty */
/* Opens --key with its passphrase; says what is wrong. CLI_DONE, or the exit status. */
int witness_seat_open(struct cli *cli, const struct witness_arguments *arguments,
                      struct witness_seat *out);
/* FILE.memory, or --state. */
bool witness_memory_path(const struct witness_arguments *arguments, char out[PATH_MAX]);

/* The forms: audit witness key, --log alone, --listen, --feed. */
int witness_run_key(struct cli *cli, const struct witness_arguments *arguments);
int witness_run_once(struct cli *cli, const struct witness_arguments *arguments);
int witness_run_listen(struct cli *cli, const struct witness_arguments *arguments);
int witness_run_feed(struct cli *cli, const struct witness_arguments *arguments);

/* Carries once, keeps the cosigned checkpoint in --out, and tells. */
int witness_carry_once(struct cli *cli, const struct witness_arguments *arguments,
                       struct carrying *carrying, const struct note_verifier *who);
