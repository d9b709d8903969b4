/* Log lines: one event is a level, a name and key=value fields, on standard error, one write each,
 * in the form that journald reads ("<6>core accepted id=... peer=..."). Values are escaped;
 * payloads, passphrases and names of children never come here. Programs log, libraries return. Any
 * thread. */
#pragma once

#include "base/bytes.h"

enum log_level {
    LOG_LEVEL_ERROR = 3, /* someone must act */
    LOG_LEVEL_WARN = 4,  /* we coped */
    LOG_LEVEL_INFO = 6,  /* state changed */
    LOG_LEVEL_DEBUG = 7,
};

/* Called once by main(): the name that every line starts with (kept, not copied), and the least
 * severe level that is still written. */
void log_open(const char *program, enum log_level most);

/* fields: a printf format of "key=%s other=%d"; every %s argument must be a word of ours or text
 * passed through log_escape(). */
void log_event(enum log_level level, const char *event, const char *fields, ...)
    __attribute__((format(printf, 3, 4)));

/* Peer text made safe for a log: printable ASCII stays, the rest becomes \xNN; cut to fit out_len.
 */
const char *log_escape(const char *text, char *out, size_t out_len);
