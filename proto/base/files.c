#include "base/files.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_is_no_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static sh_err io_error(struct sh_why *why, const char *verb, const char *path)
{
    sh_err code = errno == ENOENT          ? SH_E_NOT_FOUND
                  : file_is_no_room(errno) ? SH_E_DISK_FULL
                                           : SH_E_IO;
    return sh_fail(why, code, "cannot %s %s: %s", verb, path, strerror(errno));
}

sh_err file_read(const char *path, struct buf *out, struct sh_why *why)
{
    SH_DEFER(sh_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return io_error(why, "open", path);
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
        return sh_fail(why, SH_E_IO, "%s is not a file", path);
    }
    for (;;) {
        uint8_t chunk[16384];
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return io_error(why, "read", path);
        }
        if (got == 0) {
            return SH_OK;
        }
        sh_err err = buf_append(out, bytes_of(chunk, (size_t)got));
        sh_cleanse(chunk, (size_t)got);
        if (err == SH_E_TOO_BIG) {
            return sh_fail(why, err, "%s is larger than %zu bytes", path, out->max);
        }
        SH_TRY(err);
    }
}

static sh_err write_all(int fd, struct bytes content, const char *path, struct sh_why *why)
{
    while (content.len) {
        ssize_t put = write(fd, content.data, content.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return io_error(why, "write", path);
        }
        content.data += put;
        content.len -= (size_t)put;
    }
    return SH_OK;
}

static sh_err sync_folder_of(const char *path, struct sh_why *why)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    SH_CHECK(len < sizeof folder, SH_E_TOO_BIG);
    memcpy(folder, path, len);
    folder[len] = '\0';
    const char *name = slash ? (len ? folder : "/") : ".";
    SH_DEFER(sh_closep) int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        return io_error(why, "sync", name);
    }
    return SH_OK;
}

static sh_err write_and_rename(const char *temporary, const char *path, struct bytes content,
                               unsigned mode, struct sh_why *why)
{
    SH_DEFER(sh_closep)
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (fd < 0) {
        return io_error(why, "create", temporary);
    }
    SH_TRY(write_all(fd, content, temporary, why));
    if (fsync(fd) != 0) {
        return io_error(why, "sync", temporary);
    }
    if (rename(temporary, path) != 0) {
        return io_error(why, "rename to", path);
    }
    return SH_OK;
}

sh_err file_write_atomic(const char *path, struct bytes content, unsigned mode, struct sh_why *why)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    SH_CHECK(len > 0 && (size_t)len < sizeof temporary, SH_E_TOO_BIG);
    (void)unlink(temporary);
    sh_err err = write_and_rename(temporary, path, content, mode, why);
    if (err != SH_OK) {
        (void)unlink(temporary);
        return err;
    }
    return sync_folder_of(path, why);
}

sh_err dir_make(const char *path, unsigned mode, struct sh_why *why)
{
    char partial[PATH_MAX];
    size_t len = strlen(path);
    SH_CHECK(len > 0 && len < sizeof partial, SH_E_TOO_BIG);
    memcpy(partial, path, len + 1);
    for (char *slash = partial + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(partial, (mode_t)mode) != 0 && errno != EEXIST) {
            return io_error(why, "make", partial);
        }
        *slash = '/';
    }
    if (mkdir(partial, (mode_t)mode) != 0 && errno != EEXIST) {
        return io_error(why, "make", partial);
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return sh_fail(why, SH_E_IO, "%s is not a folder", path);
    }
    return SH_OK;
}

sh_err path_join(char *out, size_t out_len, const char *dir, const char *name)
{
    int len = snprintf(out, out_len, "%s/%s", dir, name);
    SH_CHECK(len > 0 && (size_t)len < out_len, SH_E_TOO_BIG);
    return SH_OK;
}
