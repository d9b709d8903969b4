/* A disk that fails when it is told to: an SQLite VFS over the ordinary one. Installed as the
 * default, so whatever opens a database afterwards in this process goes through it. The struct must
 * outlive every connection. */
#pragma once

#include <sqlite3.h>

struct fault_vfs {
    /* Set by the test at any time. Countdowns: 1 fails the next one, 0 none; what failed goes on
     * failing. */
    int fail_write_in;
    int fail_sync_in;
    int write_error;    /* SQLITE_IOERR_WRITE unless set: SQLITE_FULL for a full disk */
    sqlite3_int64 room; /* bytes that all files together may still grow by; -1: no limit */
    int keep_failing; /* set by the VFS once a countdown has run out: fault_vfs_heal() clears it */
    /* Counted by the VFS. */
    int writes, syncs;
    /* Its own. */
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
};

void fault_vfs_install(struct fault_vfs *faults); /* aborts if it cannot */
void fault_vfs_remove(
    struct fault_vfs *faults); /* a destructor; the ordinary disk is the default again */
void fault_vfs_heal(struct fault_vfs *faults); /* no faults, no limit; counters at 0 */
