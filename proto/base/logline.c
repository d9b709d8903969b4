#include "base/logline.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LOG_LINE_BYTES_MAX = 1024 };

static const char *log_program = "safehand";
static enum log_level log_most = LOG_LEVEL_INFO;

void log_open(const char *program, enum log_level most)
{
    log_program = program;
    log_most = most;
}

void log_event(enum log_level level, const char *event, const char *fields, ...)
{
    if (level > log_most) {
        return;
    }
    char line[LOG_LINE_BYTES_MAX];
    int len = snprintf(line, sizeof line, "<%d>%s %s ", (int)level, log_program, event);
    if (len < 0 || (size_t)len >= sizeof line) {
        return;
    }
    va_list args;
    va_start(args, fields);
    int more = vsnprintf(line + len, sizeof line - (size_t)len, fields, args);
    va_end(args);
    size_t total = more < 0 ? (size_t)len : (size_t)len + (size_t)more;
    if (total > sizeof line - 2) {
        total = sizeof line - 2;
    }
    line[total++] = '\n';
    /* One write, so that lines of several processes do not mix. A full pipe loses the line, not us.
     */
    ssize_t written = write(STDERR_FILENO, line, total);
    (void)written;
}

const char *log_escape(const char *text, char *out, size_t out_len)
{
    size_t used = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool plain = *c > 0x20 && *c < 0x7f && *c != '\\';
        size_t need = plain ? 1 : 4;
        if (used + need + 1 > out_len) {
            break;
        }
        if (plain) {
            out[used++] = (char)*c;
        } else {
            (void)snprintf(out + used, 5, "\\x%02x", *c);
            used += 4;
        }
    }
    out[used] = '\0';
    return out;
}
