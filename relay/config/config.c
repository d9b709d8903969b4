/* The relay's keywords and what they must satisfy beyond their type. It opens no file but the
 * configuration itself: whether keys, directory and policy can be read is for those who use them to
 * say. */
#include "config/config.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "config/config_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(member, fallback_, least_, most_, help_)                                              \
    {                                                                                              \
        .name = #member, .type = YAML_TYPE_TEXT, .fallback = (fallback_), .least = (least_),       \
        .most = (most_), .offset = offsetof(struct config, member),                                \
        .room = sizeof(((struct config *)0)->member), .help = (help_)                              \
    }
#define PATH(member, fallback_, help_)                                                             \
    {                                                                                              \
        .name = #member, .type = YAML_TYPE_PATH, .fallback = (fallback_), .least = 1,              \
        .most = PATH_MAX - 1, .offset = offsetof(struct config, member), .room = PATH_MAX,         \
        .help = (help_)                                                                            \
    }
#define NUMBER(member, fallback_, least_, most_, help_)                                            \
    {                                                                                              \
        .name = #member, .type = YAML_TYPE_NUMBER, .fallback = (fallback_), .least = (least_),     \
        .most = (most_), .offset = offsetof(struct config, member), .help = (help_)                \
    }
#define SWITCH(member, fallback_, help_)                                                           \
    {                                                                                              \
        .name = #member, .type = YAML_TYPE_SWITCH, .fallback = (fallback_),                        \
        .offset = offsetof(struct config, member), .help = (help_)                                 \
    }

const struct yaml_keyword config_table[CONFIG_KEYWORDS] = {
    TEXT(endpoint, "tcp://0.0.0.0:7400", 9, 255, "Where clients connect; nothing but tcp."),
    PATH(state_dir, "/var/lib/safehand",
         "The database and the sockets between the relay's processes; on a local disk."),
    PATH(log_dir, "/var/lib/safehand/log",
         "The published log; made again from the database if it is lost."),
    PATH(witness_dir, "/var/lib/safehand/witnesses",
         "Checkpoints that witnesses cosigned, as `safehand audit witness` brings them."),
    PATH(directory_file, "/etc/safehand/directory",
         "The signed directory, as safehand-ca publish wrote it."),
    PATH(policy_file, "/etc/safehand/policy.yaml", "Who may send what to whom."),
    PATH(root_file, "/etc/safehand/root.pem", "The partnership's root certificate, PEM."),
    PATH(curve_key_file, "/etc/safehand/curve-key.pem",
         "The gate's X25519 key, encrypted PKCS#8; safehand-relay --make-keys makes it."),
    PATH(log_key_file, "/etc/safehand/log-key.pem",
         "The log's Ed25519 key, encrypted PKCS#8; safehand-relay --make-keys makes it."),
    PATH(passphrase_file, "/etc/safehand/passphrase",
         "Opens both keys; one line, readable by the relay alone. A systemd credential fits."),
    TEXT(log_origin, NULL, 1, SH_ORIGIN_BYTES_MAX,
         "The log's name, such as relay.example.org/safehand; test relays end it in /test. It "
         "never changes."),
    NUMBER(verify_workers, "2", 1, 16,
           "Threads that verify signatures; as many as there are processor cores to spare."),
    NUMBER(connections_max, "2048", 16, 65536,
           "Clients connected at once; each takes a file descriptor (LimitNOFILE)."),
    NUMBER(publish_interval_ms, "1000", 1000, SH_HOUR_MS,
           "The least time between two publications of the log, in milliseconds."),
    NUMBER(heartbeat_leaf_ms, "3600000", SH_SECOND_MS, SH_DAY_MS,
           "How often the log gets a leaf that says the relay is alive, in milliseconds."),
    SWITCH(clock_checked, "no",
           "For test relays alone, whose log_origin ends in /test: take the machine's clock as "
           "looked at. "
           "Others start with --clock-checked when a person has looked."),
    SWITCH(debug, "no", "Write debug lines to the journal; they too hold no content and no names."),
};

/* A port from 1 to 65535 and nothing behind it. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0' || text[0] == '0') {
        return false;
    }
    return strtol(text, NULL, 10) <= 65535;
}

/* libzmq is built with transports that parse before they authenticate, and takes "host;source"
 * forms: tcp only, one address, one port. */
static bool is_tcp_endpoint(const char *text)
{
    static const char scheme[] = "tcp://";
    static const char plain[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]*";
    if (strncmp(text, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    const char *address = text + sizeof scheme - 1;
    const char *colon = strrchr(address, ':');
    return colon && colon != address && strspn(address, plain) == strlen(address) &&
           is_port(colon + 1);
}

/* Key names of signed notes: no space and no plus sign. Printable ASCII is all we use. */
static bool is_origin(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!isgraph((unsigned char)*c) || *c == '+') {
            return false;
        }
    }
    return true;
}

static bool is_test_origin(const char *origin)
{
    static const char end[] = "/test";
    size_t len = strlen(origin);
    return len >= sizeof end - 1 && strcmp(origin + len - (sizeof end - 1), end) == 0;
}

static sh_err check_words(const struct yaml_tree *tree, const struct config *config,
                          struct sh_why *why)
{
    const struct yaml_value *root = yaml_tree_root(tree);
    if (!is_tcp_endpoint(config->endpoint)) {
        return yaml_fail(tree, yaml_find(root, "endpoint"), why,
                         "must be tcp://ADDRESS:PORT with a port from 1 to 65535");
    }
    if (!is_origin(config->log_origin)) {
        return yaml_fail(tree, yaml_find(root, "log_origin"), why,
                         "must be printable ASCII without spaces or plus signs");
    }
    /* Left in a file it would say for years that somebody has just looked. */
    if (config->clock_checked && !is_test_origin(config->log_origin)) {
        return yaml_fail(tree, yaml_find(root, "clock_checked"), why,
                         "is for test relays: use --clock-checked when a person has looked");
    }
    return SH_OK;
}

sh_err config_load(const char *path, struct config *out, struct sh_why *why)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    SH_TRY(yaml_tree_load(path, &tree, why));
    SH_DEFER(sh_freep) struct config *config = calloc(1, sizeof *config);
    SH_CHECK(config, SH_E_NOMEM);
    SH_TRY(yaml_read(tree, yaml_tree_root(tree), config_table, CONFIG_KEYWORDS, config, why));
    SH_TRY(check_words(tree, config, why));
    *out = *config;
    return SH_OK;
}
