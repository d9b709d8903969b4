#include "config/process.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* A process that may not be attached to cannot be looked at by LeakSanitizer either. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

sh_err process_harden(struct sh_why *why)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || (!SANITIZED && prctl(PR_SET_DUMPABLE, 0) != 0)) {
        return sh_fail(why, SH_E_BUG, "cannot switch core files off: %s", strerror(errno));
    }
    (void)signal(SIGXFSZ,
                 SIG_IGN); /* a file that may not grow is a full disk: put off, not death */
    return SH_OK;
}

sh_err process_need_files(uint64_t need, struct sh_why *why)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return sh_fail(why, SH_E_BUG, "cannot read the limit of open files: %s", strerror(errno));
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < need) {
        return sh_fail(why, SH_E_CONFIG,
                       "%" PRIu64 " open files are needed and %" PRIu64
                       " are allowed: raise LimitNOFILE or lower connections_max",
                       need, (uint64_t)limit.rlim_cur);
    }
    return SH_OK;
}

int process_exit_status(sh_err err)
{
    if (err == SH_OK) {
        return 0;
    }
    return sh_err_class(err) == SH_CLASS_REJECT ? PROCESS_EXIT_NO_RESTART : 1;
}
