/* Verifies all of a published C2SP tlog-tiles log, whoever made it: the checkpoint's signature,
 * every entry against its leaf hash, every hash of every tile against the entries, the root over
 * them against the signed one; an older checkpoint as the root of a front of the same tree. One
 * pass, one bundle and one tile of each level in memory. It trusts a key and nothing else.
 *
 * What the source says is judged, never the source: SH_E_PROOF means that the log is not what its
 * operator signed, and any other error that nothing could be found out. */
#pragma once

#include "audit/published.h"
#include "tlog/note.h"

enum audit_fault {
    AUDIT_FAULT_NONE,
    AUDIT_FAULT_CHECKPOINT,    /* not a checkpoint, or not signed by the key */
    AUDIT_FAULT_ENTRY,         /* an entry is not the one that was signed */
    AUDIT_FAULT_TILE,          /* a tile is not what the entries give */
    AUDIT_FAULT_FILE,          /* a file is missing, or has not the right form */
    AUDIT_FAULT_ROOT,          /* all agrees with itself, and not with the signed root */
    AUDIT_FAULT_CONTRADICTION, /* two signed checkpoints that no log can have */
    AUDIT_FAULT_ROLLBACK,      /* fewer entries than were signed before */
    AUDIT_FAULT_LEAF,          /* not a leaf of Safehand, in a log of Safehand */
    AUDIT_FAULT_TIME,          /* a leaf is older than the one before it */
};

/* "entry", "tile", ...: for programs. "" for AUDIT_FAULT_NONE. */
const char *audit_fault_word(enum audit_fault fault);

struct audit_finding {
    enum audit_fault fault;
    bool has_index;
    uint64_t index;             /* of the first entry that is concerned */
    char path[TILE_PATH_BYTES]; /* of the file in the log; "" if it is none */
    char sentence[480];
};

enum audit_leaves {
    AUDIT_LEAVES_AUTO,     /* as below if entry 0 is a leaf of Safehand */
    AUDIT_LEAVES_ANY,      /* not looked into */
    AUDIT_LEAVES_SAFEHAND, /* each must be one, and their times must not run backwards */
};

struct audit_options {
    struct note_verifier key;
    const char *origin;    /* NULL: the key's name */
    struct bytes previous; /* an older signed checkpoint; empty: none. Borrowed */
    enum audit_leaves leaves;
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* NULL: none */
    void *progress_ctx;
};

struct audit_report {
    struct buf note;              /* the checkpoint as it was read */
    struct checkpoint checkpoint; /* once its signature was good */
    struct checkpoint previous;   /* once that one's was */
    bool is_signed, has_previous;
    uint64_t entries, tiles, bundles; /* verified */
    bool safehand;                    /* the leaves were looked into */
    int64_t first_ms, last_ms;        /* times of the first and the last leaf, if so */
    struct audit_finding finding;
};
void audit_report_wipe(struct audit_report *report); /* a destructor; a zeroed one is empty */

/* Fills *out, whatever comes. SH_OK: all of it holds. SH_E_PROOF: out->finding says what does not.
 * SH_E_NOT_FOUND: there is no checkpoint, so no log. Others: the source failed, or we; *why. */
SH_MUST_USE sh_err audit_verify(const struct audit_source *source,
                                const struct audit_options *options, struct audit_report *out,
                                struct sh_why *why);

/* The first step alone: the checkpoint, its signature and origin. The same errors. */
SH_MUST_USE sh_err audit_checkpoint(const struct audit_source *source,
                                    const struct audit_options *options, struct audit_report *out,
                                    struct sh_why *why);
