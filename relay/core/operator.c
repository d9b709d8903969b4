#include "core/operator.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "core/publish.h"
#include "core/restore.h"
#include "store/backup.h"
#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLICE_PAGES = 256,  /* 2 MiB: some 3 ms of copying between two groups */
    PROGRESS_EVERY = 32 /* slices */
};

enum what {
    WHAT_BACKUP,
    WHAT_REBUILD,
    WHAT_REPORT, /* of what is missing: written when it was asked for */
    WHAT_OPEN,   /* the new log's first entry is in the transaction of the group */
};

struct operator_job {
    int fd;        /* who asked */
    bool resuming; /* a WORK_RESUME is in the ring */
    enum what what;
    struct store_backup *backup;
    uint64_t count; /* of a report */
    unsigned slices;
};

/* false: nobody is there any more. A reader that is slow loses a line and not the relay its time.
 */
static bool say(const struct operator_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool say(const struct operator_job *job, const char *format, ...)
{
    char line[sizeof(struct sh_why) + 128];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len <= 0 || (size_t)len >= sizeof line) {
        return true;
    }
    ssize_t sent = send(job->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == len || errno == EAGAIN || errno == EWOULDBLOCK;
}

void operator_end(struct operator_job **job_p)
{
    struct operator_job *job = *job_p;
    if (!job) {
        return;
    }
    store_backup_end(&job->backup);
    sh_closep(&job->fd);
    free(job);
    *job_p = NULL;
}

static void say_failed(const struct operator_job *job, const char *what, sh_err err,
                       const char *why)
{
    const char *sentence = why[0] ? why : sh_err_sentence(err);
    log_event(LOG_LEVEL_ERROR, "operator_failed", "what=%s code=%s why=\"%s\"", what,
              sh_err_word(err), sentence);
    (void)say(job, "failed %s %s\n", sh_err_word(err), sentence);
}

/* ---- beginning ---- */

static sh_err begin_backup(struct core *core, struct operator_job *job, const char *path,
                           struct sh_why *why)
{
    if (path[0] != '/') {
        return sh_fail(why, SH_E_USAGE, "the whole path of the copy is needed");
    }
    job->what = WHAT_BACKUP;
    SH_TRY(store_backup_begin(core->store, path, &job->backup, why));
    log_event(LOG_LEVEL_INFO, "backup_begun", "path=\"%s\"", path);
    return SH_OK;
}

/* Any thread: the ledger is to look again. A full ring means that it will anyhow. */
static void wake(void *ctx)
{
    struct ring *ring = ctx;
    SH_DEFER(submission_free) struct submission *sub = NULL;
    if (submission_new(WORK_RESUME, bytes_of(NULL, 0), &sub) == SH_OK) {
        sh_err err = ring_put(ring, &sub);
        (void)err;
    }
}

static sh_err begin_rebuild(struct core *core, struct operator_job *job)
{
    SH_CHECK(core->publisher, SH_E_NOT_PERMITTED);
    job->what = WHAT_REBUILD;
    publisher_rebuild(core->publisher, wake, core->ring);
    log_event(LOG_LEVEL_INFO, "rebuild_begun", "log_size=%llu",
              (unsigned long long)book_size(core->book));
    return SH_OK;
}

/* "report text PATH", "report json PATH", "open CODE" */
static sh_err begin_restore(struct core *core, struct operator_job *job, const char *words,
                            struct sh_why *why)
{
    static const char text[] = "report text ", json[] = "report json ", open[] = "open ";
    if (strncmp(words, open, sizeof open - 1) == 0) {
        job->what = WHAT_OPEN;
        return restore_open(core, words + sizeof open - 1, why);
    }
    bool as_json = strncmp(words, json, sizeof json - 1) == 0;
    SH_CHECK(as_json || strncmp(words, text, sizeof text - 1) == 0, SH_E_USAGE);
    job->what = WHAT_REPORT;
    return restore_report(core, words + sizeof text - 1, as_json, &job->count, why);
}

static sh_err begin(struct core *core, struct operator_job *job, char *request, struct sh_why *why)
{
    static const char backup[] = "backup ", restore[] = "restore ";
    char *end = strchr(request, '\n');
    if (!end) {
        return sh_fail(why, SH_E_USAGE, "the request is cut off");
    }
    *end = '\0';
    if (core->operator_job) {
        return sh_fail(why, SH_E_BUSY, "the relay is busy with another copy or rebuild");
    }
    if (strncmp(request, backup, sizeof backup - 1) == 0) {
        return begin_backup(core, job, request + sizeof backup - 1, why);
    }
    if (strncmp(request, restore, sizeof restore - 1) == 0) {
        return begin_restore(core, job, request + sizeof restore - 1, why);
    }
    return strcmp(request, "rebuild") == 0 ? begin_rebuild(core, job) : SH_E_USAGE;
}

sh_err operator_take(struct core *core, struct submission *sub)
{
    SH_DEFER(operator_end) struct operator_job *job = calloc(1, sizeof *job);
    SH_DEFER(sh_freep) char *request = strndup((const char *)sub->raw.data, sub->raw.len);
    struct sh_why why = {0};
    if (!job || !request) {
        return SH_OK; /* the connection closes with the submission */
    }
    job->fd = sub->operator_fd;
    sub->operator_fd = -1;
    sh_err err = begin(core, job, request, &why);
    if (err != SH_OK) {
        say_failed(job, "request", err, why.text);
        return sh_err_class(err) == SH_CLASS_FATAL ? err : SH_OK;
    }
    core->operator_job = job;
    job = NULL;
    return SH_OK;
}

/* ---- going on ---- */

/* The ring is asked for one more group, behind whatever waits: a relay where nothing happens copies
 * on, and one where much happens does its work between the slices. */
static void resume(struct core *core, struct operator_job *job)
{
    if (!job->resuming) {
        job->resuming = true;
        wake(core->ring);
    }
}

static bool say_progress(struct operator_job *job, uint64_t done, uint64_t total)
{
    return job->slices++ % PROGRESS_EVERY != 0 ||
           say(job, "progress %llu %llu\n", (unsigned long long)done, (unsigned long long)total);
}

/* Gives whether it is over. */
static bool work_on_backup(struct core *core, struct operator_job *job)
{
    struct sh_why why = {0};
    uint64_t pages = 0, total = 0;
    bool done = false;
    sh_err err = store_backup_step(job->backup, SLICE_PAGES, &done, &why);
    if (err != SH_OK) {
        say_failed(job, "backup", err, why.text);
        return true;
    }
    store_backup_progress(job->backup, &pages, &total);
    if (done) {
        store_backup_end(&job->backup); /* closed before anybody looks at it */
        log_event(LOG_LEVEL_INFO, "backup_copied", "pages=%llu", (unsigned long long)total);
        (void)say(job, "done %llu\n", (unsigned long long)book_size(core->book));
        return true;
    }
    if (!say_progress(job, pages, total)) {
        log_event(LOG_LEVEL_WARN, "backup_given_up", "reason=%s", "who asked for it is gone");
        return true;
    }
    resume(core, job);
    return false;
}

static bool work_on_rebuild(struct core *core, struct operator_job *job)
{
    uint64_t published = 0;
    sh_err err = publisher_rebuilt(core->publisher, &published);
    if (err == SH_E_BUSY) {
        (void)say_progress(job, published, book_size(core->book));
        return false;
    }
    if (err != SH_OK) {
        say_failed(job, "rebuild", err, "the log folder cannot be written; see the journal");
        return true;
    }
    log_event(LOG_LEVEL_INFO, "rebuilt", "published=%llu", (unsigned long long)published);
    (void)say(job, "done %llu\n", (unsigned long long)published);
    return true;
}

/* The group is durable, or was undone. A core that has just begun another log starts anew, as the
 * relay of that log: nothing of the lost one stays in anybody's memory. */
static void end_opening(struct core *core, struct operator_job *job)
{
    SH_DEFER(submission_free) struct submission *stop = NULL;
    if (strcmp(book_verifier(core->book)->name, core->config->log_origin) != 0) {
        say_failed(job, "restore", SH_E_DISK_FULL, "");
        return;
    }
    (void)say(job, "done %llu\n", (unsigned long long)book_size(core->book));
    log_event(LOG_LEVEL_INFO, "restarting", "log_size=%llu",
              (unsigned long long)book_size(core->book));
    if (submission_new(WORK_STOP, bytes_of(NULL, 0), &stop) != SH_OK ||
        ring_put(core->ring, &stop) != SH_OK) {
        log_event(LOG_LEVEL_ERROR, "not_restarting", "action=\"%s\"", "start the relay again");
    }
}

/* Gives whether it is over. */
static bool work_on(struct core *core, struct operator_job *job)
{
    switch (job->what) {
    case WHAT_BACKUP:
        return work_on_backup(core, job);
    case WHAT_REBUILD:
        return work_on_rebuild(core, job);
    case WHAT_REPORT:
        (void)say(job, "done %llu\n", (unsigned long long)job->count);
        return true;
    case WHAT_OPEN:
        end_opening(core, job);
        return true;
    }
    return true;
}

sh_err operator_work(struct core *core)
{
    struct operator_job *job = core->operator_job;
    SH_CHECK(job, SH_OK);
    if (work_on(core, job)) {
        operator_end(&core->operator_job);
    }
    return SH_OK;
}

void operator_resumed(struct core *core)
{
    if (core->operator_job) {
        core->operator_job->resuming = false;
    }
}
