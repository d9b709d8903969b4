/* The relay's keywords: each default, each limit and one beyond it, wrong types, and the example
 * that ships. */
#include "base/cleanup.h"
#include "base/files.h"
#include "base/limits.h"
#include "config/config.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct temp_dir dir;
static char path[PATH_MAX + 16];

static void setup(void)
{
    temp_dir_make(&dir);
    (void)snprintf(path, sizeof path, "%s/relay.yaml", dir.path);
}

static void teardown(void)
{
    temp_dir_remove(&dir);
}

TestSuite(config, .init = setup, .fini = teardown);

static sh_err load(const char *text, struct config *out, struct sh_why *why)
{
    cr_assert_eq(file_write_atomic(path, bytes_str(text), 0600, why), SH_OK);
    return config_load(path, out, why);
}

static void expect_refused(const char *text, const char *error_behind_path)
{
    struct config config;
    struct sh_why why = {0};
    char expected[PATH_MAX + 300];
    (void)snprintf(expected, sizeof expected, "%s:%s", path, error_behind_path);
    cr_expect_eq(load(text, &config, &why), SH_E_CONFIG, "taken: %s", text);
    /* A path in a temporary folder may be long; the sentence is what matters. */
    cr_expect_str_eq(why.text, expected);
}

Test(config, every_default_is_as_documented)
{
    struct config c;
    struct sh_why why = {0};
    memset(&c, 0xff, sizeof c);
    cr_assert_eq(load("log_origin: example.org/test\n", &c, &why), SH_OK, "%s", why.text);
    cr_assert_str_eq(c.endpoint, "tcp://0.0.0.0:7400");
    cr_assert_str_eq(c.state_dir, "/var/lib/safehand");
    cr_assert_str_eq(c.log_dir, "/var/lib/safehand/log");
    cr_assert_str_eq(c.directory_file, "/etc/safehand/directory");
    cr_assert_str_eq(c.policy_file, "/etc/safehand/policy.yaml");
    cr_assert_str_eq(c.root_file, "/etc/safehand/root.pem");
    cr_assert_str_eq(c.curve_key_file, "/etc/safehand/curve-key.pem");
    cr_assert_str_eq(c.log_key_file, "/etc/safehand/log-key.pem");
    cr_assert_str_eq(c.passphrase_file, "/etc/safehand/passphrase");
    cr_assert_str_eq(c.log_origin, "example.org/test");
    cr_assert_eq(c.verify_workers, 2);
    cr_assert_eq(c.connections_max, 2048);
    cr_assert_eq(c.publish_interval_ms, 1000);
    cr_assert_eq(c.heartbeat_leaf_ms, 3600000);
    cr_assert_eq(c.clock_checked, false);
    cr_assert_eq(c.debug, false);
}

Test(config, relative_paths_are_taken_from_the_files_own_folder)
{
    struct config c;
    struct sh_why why = {0};
    char expected[PATH_MAX + 16];
    cr_assert_eq(
        load("log_origin: o\nstate_dir: state\nlog_dir: ../log\nroot_file: /abs/root.pem\n", &c,
             &why),
        SH_OK);
    (void)snprintf(expected, sizeof expected, "%s/state", dir.path);
    cr_assert_str_eq(c.state_dir, expected);
    (void)snprintf(expected, sizeof expected, "%s/../log", dir.path);
    cr_assert_str_eq(c.log_dir, expected);
    cr_assert_str_eq(c.root_file, "/abs/root.pem");
}

static const struct {
    const char *name;
    int64_t least, most;
    size_t offset;
} numbers[] = {
    {"verify_workers", 1, 16, offsetof(struct config, verify_workers)},
    {"connections_max", 16, 65536, offsetof(struct config, connections_max)},
    {"publish_interval_ms", 1000, 3600000, offsetof(struct config, publish_interval_ms)},
    {"heartbeat_leaf_ms", 1000, 86400000, offsetof(struct config, heartbeat_leaf_ms)},
};

static sh_err load_number(const char *name, int64_t value, struct config *out)
{
    char text[128];
    struct sh_why why = {0};
    (void)snprintf(text, sizeof text, "log_origin: o\n%s: %" PRId64 "\n", name, value);
    return load(text, out, &why);
}

Test(config, numbers_are_taken_at_their_limits_and_refused_beyond)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct config c;
        const int64_t ends[] = {numbers[i].least, numbers[i].most};
        for (size_t j = 0; j < 2; j++) {
            int64_t value = 0;
            cr_expect_eq(load_number(numbers[i].name, ends[j], &c), SH_OK, "%s", numbers[i].name);
            memcpy(&value, (const char *)&c + numbers[i].offset, sizeof value);
            cr_expect_eq(value, ends[j], "%s", numbers[i].name);
        }
        cr_expect_eq(load_number(numbers[i].name, numbers[i].least - 1, &c), SH_E_CONFIG, "%s",
                     numbers[i].name);
        cr_expect_eq(load_number(numbers[i].name, numbers[i].most + 1, &c), SH_E_CONFIG, "%s",
                     numbers[i].name);
    }
}

Test(config, every_key_refuses_a_list_and_an_empty_value)
{
    static const char *const names[] = {
        "endpoint",       "clock_checked",   "state_dir",           "log_dir",
        "directory_file", "policy_file",     "root_file",           "log_key_file",
        "curve_key_file", "passphrase_file", "log_origin",          "verify_workers",
        "debug",          "connections_max", "publish_interval_ms", "heartbeat_leaf_ms",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *values[] = {"[a]", "", "''"};
        for (size_t j = 0; j < 3; j++) {
            char text[128];
            struct config c;
            struct sh_why why = {0};
            bool origin = strcmp(names[i], "log_origin") == 0;
            (void)snprintf(text, sizeof text, "%s%s: %s\n", origin ? "" : "log_origin: o\n",
                           names[i], values[j]);
            cr_expect_eq(load(text, &c, &why), SH_E_CONFIG, "taken: %s", text);
            cr_expect(strstr(why.text, names[i]), "%s", why.text);
        }
    }
}

Test(config, mistakes_are_named_with_line_and_key)
{
    expect_refused("log_origin: o\nendpiont: x\n", "2: endpiont: is not a key that is known here");
    expect_refused("debug: no\n", "1: the key 'log_origin' is missing");
    expect_refused("log_origin: o\n\nverify_workers: 17\n",
                   "3: verify_workers: must be between 1 and 16");
    expect_refused("log_origin: o\ndebug: 1\n", "2: debug: must be yes or no");
    expect_refused("log_origin: o\nclock_checked: 1\n", "2: clock_checked: must be yes or no");
}

Test(config, only_a_test_relay_may_keep_the_clock_as_looked_at)
{
    struct config c;
    struct sh_why why = {0};
    cr_assert_eq(load("log_origin: example.org/test\nclock_checked: yes\n", &c, &why), SH_OK);
    cr_assert(c.clock_checked);
    cr_assert_eq(load("log_origin: example.org/live\nclock_checked: no\n", &c, &why), SH_OK);
    expect_refused(
        "log_origin: example.org/live\nclock_checked: yes\n",
        "2: clock_checked: is for test relays: use --clock-checked when a person has looked");
    expect_refused(
        "log_origin: test\nclock_checked: yes\n",
        "2: clock_checked: is for test relays: use --clock-checked when a person has looked");
}

Test(config, the_endpoint_is_one_tcp_address_with_a_port)
{
    static const char *const good[] = {"tcp://127.0.0.1:1", "tcp://0.0.0.0:65535",
                                       "tcp://[::1]:7400", "tcp://*:7400",
                                       "tcp://relay.example.org:7400"};
    static const char *const bad[] = {
        "ipc:///tmp/x:1",      "inproc://relay:1",      "pgm://127.0.0.1:1",   "tcp://127.0.0.1",
        "tcp://127.0.0.1:0",   "tcp://127.0.0.1:65536", "tcp://127.0.0.1:*",   "tcp://127.0.0.1:07",
        "tcp://:7400",         "tcp://a;b:7400",        "tcp://127.0.0.1:80x", "TCP://127.0.0.1:80",
        "tcp://127.0.0.1 :80", "tcp://127.0.0.1:"};
    struct config c;
    struct sh_why why = {0};
    char text[128];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(text, sizeof text, "log_origin: o\nendpoint: '%s'\n", good[i]);
        cr_expect_eq(load(text, &c, &why), SH_OK, "%s: %s", good[i], why.text);
        cr_expect_str_eq(c.endpoint, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(text, sizeof text, "log_origin: o\nendpoint: '%s'\n", bad[i]);
        cr_expect_eq(load(text, &c, &why), SH_E_CONFIG, "taken: %s", bad[i]);
        cr_expect(strstr(why.text, ":2: endpoint:"), "%s", why.text);
    }
}

Test(config, the_origin_is_a_name_that_signed_notes_can_carry)
{
    char text[512];
    char long_origin[SH_ORIGIN_BYTES_MAX + 2];
    struct config c;
    struct sh_why why = {0};
    memset(long_origin, 'o', sizeof long_origin);
    long_origin[SH_ORIGIN_BYTES_MAX + 1] = '\0';
    (void)snprintf(text, sizeof text, "log_origin: %s\n", long_origin + 1);
    cr_assert_eq(load(text, &c, &why), SH_OK, "%s", why.text);
    (void)snprintf(text, sizeof text, "log_origin: %s\n", long_origin);
    cr_assert_eq(load(text, &c, &why), SH_E_CONFIG);
    cr_assert_eq(load("log_origin: 'a b'\n", &c, &why), SH_E_CONFIG);
    cr_assert_eq(load("log_origin: a+b\n", &c, &why), SH_E_CONFIG);
    cr_assert_eq(load("log_origin: caf\xc3\xa9\n", &c, &why), SH_E_CONFIG);
}

Test(config, a_path_too_long_to_open_is_refused)
{
    static char text[PATH_MAX + 64];
    struct config c;
    struct sh_why why = {0};
    int head = snprintf(text, sizeof text, "log_origin: o\nstate_dir: /");
    memset(text + head, 'a', PATH_MAX - 2);
    cr_assert_eq(load(text, &c, &why), SH_OK, "%s", why.text);
    memset(text + head, 'a', PATH_MAX - 1);
    cr_assert_eq(load(text, &c, &why), SH_E_CONFIG);
    text[head - 1] = 'b'; /* relative: fits by itself, but not behind the folder */
    text[head + PATH_MAX - 4] = '\0';
    cr_assert_eq(load(text, &c, &why), SH_E_CONFIG);
}

static void read_print(void (*print)(FILE *), char *out, size_t out_len)
{
    SH_DEFER(sh_fclosep) FILE *file = fmemopen(out, out_len, "w");
    cr_assert_not_null(file);
    print(file);
}

Test(config, the_example_that_ships_is_the_one_that_is_printed_and_loads)
{
    static char example[16384];
    read_print(config_print_example, example, sizeof example);
    SH_DEFER(buf_wipe) struct buf shipped = BUF_INIT(sizeof example);
    struct sh_why why = {0};
    cr_assert_eq(file_read(SH_SOURCE_DIR "/relay/dist/relay.yaml", &shipped, &why), SH_OK, "%s",
                 why.text);
    cr_assert_eq(buf_terminate(&shipped), SH_OK);
    cr_assert_str_eq((const char *)shipped.data, example);
    struct config c;
    cr_assert_eq(load(example, &c, &why), SH_OK, "%s", why.text);
    cr_assert_eq(c.connections_max, 2048);
}

Test(config, help_names_every_key_once)
{
    static char help[16384];
    read_print(config_print_help, help, sizeof help);
    static const char *const names[] = {"\n  endpoint ", "  log_origin ", "  debug ",
                                        "  heartbeat_leaf_ms "};
    char with_start[sizeof help + 1] = "\n";
    strcat(with_start, help);
    for (size_t i = 0; i < 4; i++) {
        const char *at = strstr(with_start, names[i]);
        cr_expect_not_null(at, "%s", names[i]);
        cr_expect_null(at ? strstr(at + 1, names[i]) : NULL, "%s", names[i]);
    }
}
