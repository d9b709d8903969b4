/* What a process does to itself at the start. */
#include "config/process.h"

#include <criterion/criterion.h>
#include <sys/resource.h>

Test(process, a_hardened_process_writes_no_core_file)
{
    struct sh_why why = {0};
    struct rlimit limit = {1, 1};
    cr_assert_eq(process_harden(&why), SH_OK, "%s", why.text);
    cr_assert_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    cr_assert_eq(limit.rlim_cur, 0);
    cr_assert_eq(limit.rlim_max, 0);
}

Test(process, the_soft_limit_of_files_is_raised_to_the_hard_one)
{
    struct sh_why why = {0};
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t most = limit.rlim_max;
    limit.rlim_cur = 64;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(process_need_files(65, &why), SH_OK, "%s", why.text);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(limit.rlim_cur, most);
}

Test(process, too_few_files_are_refused_and_exactly_enough_taken)
{
    struct sh_why why = {0};
    struct rlimit limit = {256, 256};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(process_need_files(256, &why), SH_OK);
    cr_assert_eq(process_need_files(257, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text,
                     "257 open files are needed and 256 are allowed: raise LimitNOFILE or lower "
                     "connections_max");
}

Test(process, only_what_a_person_must_mend_keeps_the_supervisor_from_trying_again)
{
    cr_assert_eq(process_exit_status(SH_OK), 0);
    cr_assert_eq(process_exit_status(SH_E_CONFIG), PROCESS_EXIT_NO_RESTART);
    cr_assert_eq(process_exit_status(SH_E_PASSPHRASE), PROCESS_EXIT_NO_RESTART);
    cr_assert_eq(process_exit_status(SH_E_LOCKED), 1);
    cr_assert_eq(process_exit_status(SH_E_SELF_TEST), 1);
    cr_assert_eq(process_exit_status(SH_E_STORE), 1);
}
