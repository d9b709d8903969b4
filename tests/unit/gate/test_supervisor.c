/* safehand-relay as a process: what it starts, in which order it stops it, and what kill -9 does to
 * each of the three. */
#include "base/cleanup.h"
#include "base/files.h"
#include "relay_process.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct relay relay;

static void setup_fake(void)
{
    relay_prepare(&relay, true);
}

static void setup_real(void)
{
    relay_prepare(&relay, false);
}

static void teardown(void)
{
    relay_remove(&relay);
}

TestSuite(supervisor, .init = setup_fake, .fini = teardown, .timeout = 60);
TestSuite(supervisor_with_gate, .init = setup_real, .fini = teardown, .timeout = 60);

static int run(const char *const *arguments)
{
    relay_start(&relay, arguments);
    return relay_end(&relay);
}

static int watch(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static bool ends(int pidfd)
{
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    bool ended = poll(&item, 1, PATIENCE_MS) == 1;
    close(pidfd);
    return ended;
}

Test(supervisor, it_starts_both_and_says_ready_when_the_gate_does)
{
    char words[256];
    relay_start(&relay, NULL);
    relay_await(&relay, "core start", words, sizeof words);
    cr_assert_str_eq(words, " --config");
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert_eq(relay_pid_of(&relay, "relay"), relay.pid);
    cr_assert_neq(relay_pid_of(&relay, "core"), relay_pid_of(&relay, "gate"));
}

Test(supervisor, sigterm_stops_the_gate_before_the_core_and_leaves_no_pid_files)
{
    char words[256];
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    int core = watch(relay_pid_of(&relay, "core"));
    int gate = watch(relay_pid_of(&relay, "gate"));
    cr_assert_eq(kill(relay.pid, SIGTERM), 0);
    relay_await(&relay, "STOPPING=1", NULL, 0);
    relay_await(&relay, "core stop, ", words, sizeof words);
    cr_assert_str_eq(words, "gate is gone");
    cr_assert_eq(relay_end(&relay), 0);
    cr_assert(ends(core));
    cr_assert(ends(gate));
    static const char *const names[] = {"state/relay.pid", "state/core.pid", "state/gate.pid"};
    for (size_t i = 0; i < 3; i++) {
        char path[PATH_MAX];
        relay_path(&relay, names[i], path);
        cr_expect_neq(access(path, F_OK), 0, "%s", names[i]);
    }
}

Test(supervisor, sighup_goes_to_the_core)
{
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert_eq(kill(relay.pid, SIGHUP), 0);
    relay_await(&relay, "core hup", NULL, 0);
}

Test(supervisor, a_core_that_was_killed_comes_back_and_may_trust_the_clock_that_was_trusted_before)
{
    char words[256];
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    pid_t before = relay_pid_of(&relay, "core");
    cr_assert_eq(kill(before, SIGKILL), 0);
    relay_await(&relay, "core start", words, sizeof words);
    cr_assert_str_eq(words, " --config --clock-checked");
    cr_assert_eq(kill(relay.pid, SIGTERM), 0);
    cr_assert_eq(relay_end(&relay), 0);
}

Test(supervisor, a_persons_word_about_the_clock_reaches_the_first_core)
{
    char words[256];
    const char *arguments[] = {"--clock-checked", NULL};
    relay_start(&relay, arguments);
    relay_await(&relay, "core start", words, sizeof words);
    cr_assert_str_eq(words, " --config --clock-checked");
}

Test(supervisor, a_gate_that_crashes_twice_in_a_minute_comes_back_cautious)
{
    char words[256];
    relay_start(&relay, NULL);
    relay_await(&relay, "gate start", words, sizeof words);
    cr_assert_str_eq(words, " --config --ready-fd");
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert_eq(kill(relay_pid_of(&relay, "gate"), SIGKILL), 0);
    relay_await(&relay, "gate start", words, sizeof words);
    cr_assert_str_eq(words, " --config --ready-fd");
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert_eq(kill(relay_pid_of(&relay, "gate"), SIGKILL), 0);
    relay_await(&relay, "gate start", words, sizeof words);
    cr_assert_str_eq(words, " --config --ready-fd --cautious");
}

Test(supervisor, a_core_that_fails_is_tried_until_it_stands)
{
    relay_touch(&relay, "fail");
    relay_start(&relay, NULL);
    for (int i = 0; i < 3; i++) {
        relay_await(&relay, "core start", NULL, 0);
    }
    relay_untouch(&relay, "fail");
    relay_await(&relay, "READY=1", NULL, 0);
}

Test(supervisor, a_child_that_only_a_person_can_mend_ends_the_relay_at_its_start)
{
    relay_touch(&relay, "refuse");
    cr_assert_eq(run(NULL), 78);
    cr_assert(strstr(relay_output(&relay), "cannot start; it said why above"), "%s",
              relay_output(&relay));
}

Test(supervisor, once_it_served_it_goes_on_trying)
{
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    relay_touch(&relay, "refuse");
    cr_assert_eq(kill(relay_pid_of(&relay, "gate"), SIGKILL), 0);
    relay_await(&relay, "gate start", NULL, 0);
    relay_await(&relay, "gate start", NULL, 0);
    relay_untouch(&relay, "refuse");
    relay_await(&relay, "READY=1", NULL, 0);
}

Test(supervisor, children_die_with_a_supervisor_that_is_killed_and_the_next_one_serves)
{
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    int core = watch(relay_pid_of(&relay, "core"));
    int gate = watch(relay_pid_of(&relay, "gate"));
    cr_assert_eq(kill(relay.pid, SIGKILL), 0);
    cr_assert_eq(relay_end(&relay), 128 + SIGKILL);
    relay_start(&relay, NULL); /* at once: it waits for the dying, not for luck */
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert(ends(core));
    cr_assert(ends(gate));
}

Test(supervisor, a_second_relay_on_the_same_state_is_refused)
{
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    struct relay second = relay;
    relay_start(&second, NULL);
    cr_assert_eq(relay_end(&second), 1);
    cr_assert(strstr(relay_output(&relay), "another relay uses"), "%s", relay_output(&relay));
    cr_assert_eq(kill(relay.pid, 0), 0);
    cr_assert_eq(relay_pid_of(&relay, "relay"), relay.pid);
}

Test(supervisor, check_config_asks_both_children)
{
    char words[256];
    const char *arguments[] = {"--check-config", NULL};
    cr_assert_eq(run(arguments), 0);
    relay_await(&relay, "core start", words, sizeof words);
    cr_assert_str_eq(words, " --config --check-config");
    relay_await(&relay, "gate start", words, sizeof words);
    cr_assert_str_eq(words, " --config --check-config");
    cr_assert(strstr(relay_output(&relay), "relay.yaml: no mistake found"), "%s",
              relay_output(&relay));
    relay_touch(&relay, "refuse");
    cr_assert_eq(run(arguments), 78);
    cr_assert(strstr(relay_output(&relay), "safehand-core found a mistake"), "%s",
              relay_output(&relay));
}

Test(supervisor, a_missing_program_is_named)
{
    char path[PATH_MAX];
    relay_path(&relay, "safehand-gate", path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(run(NULL), 78);
    cr_assert(strstr(relay_output(&relay), "safehand-gate is missing"), "%s", relay_output(&relay));
}

Test(supervisor, wrong_use_is_status_2_and_a_bad_file_78)
{
    const char *nonsense[] = {"--nonsense", NULL};
    const char *costly[] = {"--make-keys", "--scrypt-p", "9", NULL};
    const char *none[] = {"--make-keys", "--scrypt-p", "0", NULL};
    const char *missing[] = {"--config", "/nonexistent.yaml", NULL};
    cr_assert_eq(run(nonsense), 2);
    cr_assert_eq(run(costly), 2);
    cr_assert_eq(run(none), 2);
    cr_assert_eq(run(missing), 78);
    cr_assert(strstr(relay_output(&relay), "/nonexistent.yaml"), "%s", relay_output(&relay));
}

Test(supervisor, help_version_and_example_need_no_file)
{
    const char *const cases[][3] = {{"--help", "--make-keys", "log_origin"},
                                    {"--version", "safehand-relay ", "."},
                                    {"--print-config", "# Where clients connect", "log_origin: "}};
    for (size_t i = 0; i < 3; i++) {
        const char *arguments[] = {cases[i][0], NULL};
        cr_expect_eq(run(arguments), 0, "%s", cases[i][0]);
        cr_expect(strstr(relay_output(&relay), cases[i][1]), "%s", cases[i][0]);
        cr_expect(strstr(relay_output(&relay), cases[i][2]), "%s", cases[i][0]);
    }
}

static const char *const make_keys[] = {"--make-keys", "--scrypt-p", "1", NULL};

Test(supervisor, keys_are_made_once_and_their_public_halves_printed_each_time)
{
    cr_assert_eq(run(make_keys), 0, "%s", relay_output(&relay));
    static char first[1024];
    (void)snprintf(first, sizeof first, "%s", relay_output(&relay));
    cr_assert_eq(strspn(first + strlen("curve-key "), "0123456789abcdef"), 64, "%s", first);
    cr_assert(strstr(first, "\nlog-vkey example.org/test+"), "%s", first);
    static const char *const names[] = {"curve.pem", "log.pem"};
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_MAX];
        struct stat info;
        relay_path(&relay, names[i], path);
        cr_expect_eq(stat(path, &info), 0);
        cr_expect_eq(info.st_mode & 0777, 0600);
    }
    cr_assert_eq(run(make_keys), 0);
    cr_assert_str_eq(relay_output(&relay) + strlen(first), first);
}

Test(supervisor_with_gate, the_real_gate_serves_dies_and_serves_again)
{
    cr_assert_eq(run(make_keys), 0, "%s", relay_output(&relay));
    relay_start(&relay, NULL);
    relay_await(&relay, "READY=1", NULL, 0);
    pid_t before = relay_pid_of(&relay, "gate");
    cr_assert_eq(kill(before, SIGKILL), 0);
    relay_await(&relay, "READY=1", NULL, 0);
    cr_assert_neq(relay_pid_of(&relay, "gate"), before);
    cr_assert_eq(kill(relay.pid, SIGTERM), 0);
    cr_assert_eq(relay_end(&relay), 0, "%s", relay_output(&relay));
}

Test(supervisor_with_gate, a_gate_without_its_key_says_which_file_is_missing)
{
    cr_assert_eq(run(NULL), 78);
    cr_assert(strstr(relay_output(&relay), "curve.pem"), "%s", relay_output(&relay));
}

Test(supervisor_with_gate, check_config_opens_the_key)
{
    const char *arguments[] = {"--check-config", NULL};
    cr_assert_eq(run(make_keys), 0);
    cr_assert_eq(run(arguments), 0, "%s", relay_output(&relay));
    char path[PATH_MAX];
    struct sh_why why;
    relay_path(&relay, "passphrase", path);
    cr_assert_eq(file_write_atomic(path, bytes_str("another one\n"), 0600, &why), SH_OK);
    cr_assert_eq(run(arguments), 78);
    cr_assert(strstr(relay_output(&relay), "the passphrase does not open the key"), "%s",
              relay_output(&relay));
}
