/* The relay's configuration: one keyword table (name, type, default, least, most, help) over YAML
 * events. The same table prints --help, the example file and the man page. Unknown keys, wrong
 * types and values out of range are SH_E_CONFIG with file, line and key in *why. Supervisor, gate
 * and core read the same file. */
#pragma once

#include "base/bytes.h"

#include <limits.h>
#include <stdio.h>

struct config {
    char endpoint[256];         /* tcp://0.0.0.0:7400: where clients connect; tcp only */
    char state_dir[PATH_MAX];   /* relay.db, link.sock, control.sock */
    char log_dir[PATH_MAX];     /* the published tiles */
    char witness_dir[PATH_MAX]; /* cosigned checkpoints, as feeders bring them */
    char directory_file[PATH_MAX];
    char policy_file[PATH_MAX];
    char root_file[PATH_MAX];       /* the partnership's root certificate, PEM */
    char curve_key_file[PATH_MAX];  /* the gate's, encrypted PKCS#8 X25519 */
    char log_key_file[PATH_MAX];    /* the core's, encrypted PKCS#8 Ed25519 */
    char passphrase_file[PATH_MAX]; /* opens both; systemd credentials fit */
    char log_origin[201];
    int64_t verify_workers;      /* 1 to 16 */
    int64_t connections_max;     /* of the gate */
    int64_t publish_interval_ms; /* at least 1000 */
    int64_t heartbeat_leaf_ms;   /* an hour */
    bool clock_checked;          /* --clock-checked: a person has looked */
    bool debug;
};

/* Reads a file. Relative paths are taken from the file's own folder. */
SH_MUST_USE sh_err config_load(const char *path, struct config *out, struct sh_why *why);
/* The table as an annotated example file, and as help text. */
void config_print_example(FILE *to);
void config_print_help(FILE *to);
