/* What each of the relay's processes does to itself before it touches a key, and the exit status by
 * which a child tells the supervisor that starting it again would not help. Called from main(),
 * before there are threads. */
#pragma once

#include "base/bytes.h"

/* A mistake that only a person can mend: configuration, keys, passphrase. As EX_CONFIG in sysexits.
 */
#define PROCESS_EXIT_NO_RESTART 78

/* Core files would hold ciphertext and keys: none are written, and nobody but root may attach. A
 * limit of file sizes becomes an error of the write, as on a full disk. SH_E_BUG. */
SH_MUST_USE sh_err process_harden(struct sh_why *why);
/* Raises the soft limit of open files as far as it goes. SH_E_CONFIG if that is less than `need`.
 */
SH_MUST_USE sh_err process_need_files(uint64_t need, struct sh_why *why);
/* 0; PROCESS_EXIT_NO_RESTART for the class REJECT; 1 for the rest: a full disk, a busy port and a
 * self-test on a machine that is overloaded may be better at the next try, and nothing is served
 * until they are. */
int process_exit_status(sh_err err);
