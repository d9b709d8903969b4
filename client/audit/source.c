/* Finds the right kind of source for what a person typed, and reads folders. */
#include "audit/source.h"

#include "base/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool starts_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

static sh_err read_from_folder(void *ctx, const char *name, struct buf *out, struct sh_why *why)
{
    const char *dir = ctx;
    char path[PATH_MAX];
    if (path_join(path, sizeof path, dir, name) != SH_OK) {
        return sh_fail(why, SH_E_IO, "the name of the folder is too long");
    }
    /* Whatever stands there instead of a file (a folder, a pipe that nobody writes to) is not the
     * file that the log must have. */
    struct stat info;
    const bool is_there = stat(path, &info) == 0;
    if (is_there ? !S_ISREG(info.st_mode) : errno == ENOTDIR) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s is not a file", path);
    }
    return file_read(path, out, why);
}

sh_err audit_source_folder(const char *dir, struct audit_source *out, struct sh_why *why)
{
    char *copy = strdup(dir);
    if (!copy) {
        return sh_fail(why, SH_E_NOMEM, "out of memory");
    }
    *out = (struct audit_source){.read = read_from_folder, .close = free, .ctx = copy};
    return SH_OK;
}

sh_err audit_source_open(const char *where, struct audit_source *out, struct sh_why *why)
{
    if (starts_with(where, "http://") || starts_with(where, "https://")) {
        return audit_source_http(where, out, why);
    }
    if (starts_with(where, "file:///")) {
        return audit_source_folder(where + strlen("file://"), out, why);
    }
    if (strstr(where, "://")) {
        return sh_fail(why, SH_E_USAGE, "a log is a folder, or an address with http or https");
    }
    return audit_source_folder(where, out, why);
}

void audit_source_close(struct audit_source *source)
{
    if (source->close) {
        source->close(source->ctx);
    }
    *source = (struct audit_source){.read = NULL};
}
