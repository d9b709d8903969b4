#include "part.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void part_drop(struct part *part)
{
    if (part->fd >= 0) {
        (void)unlink(part->path);
        sh_closep(&part->fd);
    }
}

/* The core of a relay that has a user of its own must be able to write it. */
static void give_to_relay(const struct config *config, int fd)
{
    char path[PATH_MAX];
    struct stat info;
    bool known = path_join(path, sizeof path, config->state_dir, "control.sock") == SH_OK &&
                 stat(path, &info) == 0;
    known = known || stat(config->state_dir, &info) == 0;
    if (geteuid() == 0 && known && fchown(fd, info.st_uid, info.st_gid) != 0) {
        (void)fprintf(stderr, "safehand-relay: the file stays root's: %s\n", strerror(errno));
    }
}

/* One that was cut off is begun again; one that another is writing is not touched. */
sh_err part_make(const struct config *config, struct part *part, struct sh_why *why)
{
    int fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return sh_fail(why, file_is_no_room(errno) ? SH_E_DISK_FULL : SH_E_IO, "%s: %s", part->path,
                       strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return sh_fail(why, SH_E_LOCKED, "%s: another copy is being made there", part->path);
    }
    part->fd = fd;
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0) {
        return sh_fail(why, SH_E_IO, "%s: %s", part->path, strerror(errno));
    }
    give_to_relay(config, fd);
    return SH_OK;
}

sh_err part_whole_path(const char *file, char *out, size_t out_len, struct sh_why *why)
{
    char copy[PATH_MAX], name[PATH_MAX], folder[PATH_MAX];
    SH_CHECK(strlen(file) < sizeof copy, SH_E_TOO_BIG);
    (void)snprintf(copy, sizeof copy, "%s", file);
    (void)snprintf(name, sizeof name, "%s", basename(copy));
    (void)snprintf(copy, sizeof copy, "%s", file);
    const char *parent = dirname(copy);
    if (!realpath(parent, folder)) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s: %s", parent, strerror(errno));
    }
    SH_TRY(path_join(out, out_len, folder, name));
    if (strpbrk(out, "%?#\n")) {
        return sh_fail(why, SH_E_USAGE, "%s: choose a name without %%, ? and #", out);
    }
    return SH_OK;
}

static sh_err sync_folder(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    SH_DEFER(sh_closep) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? SH_OK : SH_E_IO;
}

/* Only now does the name exist. */
sh_err part_keep(struct part *part, const char *path, struct sh_why *why)
{
    if (renameat2(AT_FDCWD, part->path, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
        return sh_fail(why, errno == EEXIST ? SH_E_EXISTS : SH_E_IO, "%s: %s", path,
                       strerror(errno));
    }
    sh_closep(&part->fd);
    return sync_folder(path);
}

/* Nobody starts a relay over a database that is read where it is: the lock is the supervisor's. */
sh_err part_lock_state(const struct config *config, bool make, int *out_fd, struct sh_why *why)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, config->state_dir, "relay.lock"));
    SH_DEFER(sh_closep)
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
    SH_CHECK(fd >= 0 || errno != ENOENT, SH_OK); /* no relay was ever started here */
    if (fd < 0) {
        return sh_fail(why, SH_E_IO, "%s: %s", path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return sh_fail(why, SH_E_LOCKED, "a relay runs here, or is starting or ending");
    }
    *out_fd = fd;
    fd = -1;
    return SH_OK;
}
