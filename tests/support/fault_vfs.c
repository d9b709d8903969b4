/* The failing disk; see fault_vfs.h. Io methods of version 1: no shared memory and no mapping,
 * which the relay's store does not use either. */
#include "support/fault_vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fault_file {
    sqlite3_file base;
    struct fault_vfs *faults;
    sqlite3_file *real; /* stands behind this struct, in the same memory */
};

static struct fault_file *file_of(sqlite3_file *file)
{
    return (struct fault_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return file_of(file)->real;
}

/* True when the countdown runs out, and from then on. */
static int runs_out(struct fault_vfs *faults, int *countdown)
{
    if (*countdown > 0 && --*countdown == 0) {
        faults->keep_failing = 1;
    }
    return faults->keep_failing;
}

static int fault_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int fault_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), to, len, at);
}

/* Takes what the write adds to the file off the room that is left. */
static int no_room(struct fault_file *file, sqlite3_int64 end)
{
    sqlite3_int64 size = 0;
    if (file->faults->room < 0 || file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK ||
        end <= size) {
        return 0;
    }
    if (end - size > file->faults->room) {
        return 1;
    }
    file->faults->room -= end - size;
    return 0;
}

static int fault_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    struct fault_vfs *faults = file_of(file)->faults;
    faults->writes++;
    if (runs_out(faults, &faults->fail_write_in)) {
        return faults->write_error ? faults->write_error : SQLITE_IOERR_WRITE;
    }
    if (no_room(file_of(file), at + len)) {
        return SQLITE_FULL;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), from, len, at);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
    struct fault_vfs *faults = file_of(file)->faults;
    faults->syncs++;
    if (runs_out(faults, &faults->fail_sync_in)) {
        return SQLITE_IOERR_FSYNC;
    }
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int fault_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int fault_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int fault_reserved(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int fault_control(sqlite3_file *file, int op, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int fault_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int fault_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 1,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                      int *out_flags)
{
    struct fault_file *fault = file_of(file);
    fault->faults = vfs->pAppData;
    fault->real = (sqlite3_file *)(fault + 1);
    sqlite3_vfs *real = fault->faults->real;
    int rc = real->xOpen(real, name, fault->real, flags, out_flags);
    fault->base.pMethods = rc == SQLITE_OK ? &fault_methods : NULL;
    return rc;
}

void fault_vfs_heal(struct fault_vfs *faults)
{
    faults->fail_write_in = faults->fail_sync_in = faults->write_error = faults->keep_failing = 0;
    faults->writes = faults->syncs = 0;
    faults->room = -1;
}

void fault_vfs_install(struct fault_vfs *faults)
{
    memset(faults, 0, sizeof *faults);
    fault_vfs_heal(faults);
    faults->real = sqlite3_vfs_find(NULL);
    if (!faults->real) {
        (void)fprintf(stderr, "SQLite has no VFS\n");
        abort();
    }
    /* Everything but opening goes straight to the real one: its functions look at the VFS they are
     * given only for what both have in common. */
    faults->vfs = *faults->real;
    faults->vfs.pNext = NULL;
    faults->vfs.zName = "fault";
    faults->vfs.szOsFile = (int)sizeof(struct fault_file) + faults->real->szOsFile;
    faults->vfs.pAppData = faults;
    faults->vfs.xOpen = fault_open;
    if (sqlite3_vfs_register(&faults->vfs, 1) != SQLITE_OK) {
        abort();
    }
}

void fault_vfs_remove(struct fault_vfs *faults)
{
    (void)sqlite3_vfs_unregister(&faults->vfs);
    (void)sqlite3_vfs_register(faults->real, 1);
}
