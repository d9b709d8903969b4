/* How the files of the mirror speak to SQLite: statements by name, errors as sh_err, and a row of
 * facts as a struct. Inside audit/ alone. */
#pragma once

#include "audit/mirror.h"
#include "audit/mirror_sql.h"
#include "base/cleanup.h"

#include <sqlite3.h>

enum mirror_sql {
#define X(name, text) SQL_##name,
    MIRROR_SQL(X)
#undef X
        SQL_COUNT
};

struct mirror {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct merkle_edge edge;
    int64_t last_ms; /* of the newest leaf */
};

/* A borrowed statement: SH_DEFER(mirror_release). */
sqlite3_stmt *mirror_borrow(struct mirror *mirror, enum mirror_sql which);
void mirror_release(sqlite3_stmt **statement);
SH_MUST_USE sh_err mirror_error(int result);
SH_MUST_USE sh_err mirror_step(sqlite3_stmt *q); /* a row, or SH_E_NOT_FOUND */
SH_MUST_USE sh_err mirror_run(sqlite3_stmt *q);  /* no row */
SH_MUST_USE sh_err mirror_bind_int(sqlite3_stmt *q, int at, int64_t value);
SH_MUST_USE sh_err mirror_bind_optional(sqlite3_stmt *q, int at, bool has, int64_t value);
SH_MUST_USE sh_err mirror_bind_bytes(sqlite3_stmt *q, int at, struct bytes value);
SH_MUST_USE sh_err mirror_bind_text(sqlite3_stmt *q, int at, const char *value);
/* Borrows until the next step. */
struct bytes mirror_column(sqlite3_stmt *q, int at);
SH_MUST_USE sh_err mirror_exec(struct mirror *mirror, const char *sql);
SH_MUST_USE sh_err mirror_meta_put(struct mirror *mirror, const char *name, struct bytes value);
SH_MUST_USE sh_err mirror_meta_get(struct mirror *mirror, const char *name, struct buf *out);

/* Columns of a leaf whose opening is there; else type and time alone. Numbers are those of wire/,
 * 0 for none; desks are numbers of the table desk. */
struct mirror_fact {
    uint64_t index;
    int64_t thread; /* 0: none */
    enum leaf_type type;
    int64_t time_ms;
    uint32_t kind, subtype, urgency;
    int64_t sender, by;
    bool has_message;
    struct sh_id message;
    bool has_about;
    uint64_t about;
    uint32_t outcome, level, code, duty;
    bool has_at, has_due, has_clock_from, has_count;
    int64_t at_ms, due_ms, clock_from_ms;
    uint64_t count;
    bool own;         /* a record of its sender's own desk, for nobody else */
    bool has_opening; /* false: it was destroyed, and there is nothing but type and time */
};

/* Of a statement that selects FACT_COLUMNS. */
void mirror_fact_read(sqlite3_stmt *q, struct mirror_fact *out);
/* Puts the columns of one entry that was verified. The transaction is open. */
struct mirror_opened {
    uint64_t index;
    bool has_opening;
    struct leaf leaf;
    struct leaf_facts facts; /* zero without an opening */
};
SH_MUST_USE sh_err mirror_fact_put(struct mirror *mirror, const struct mirror_opened *opened);
/* The columns that an entry must have; desks and thread are looked up and not made. */
SH_MUST_USE sh_err mirror_fact_expect(struct mirror *mirror, const struct mirror_opened *opened,
                                      struct mirror_fact *out);
SH_MUST_USE sh_err mirror_entry_read(sqlite3_stmt *q, struct arena *arena, struct log_entry *out);
/* One entry by itself: leaf, opening, facts. out->index is set by the caller; the rest borrows the
 * arena. SH_E_PROOF with the finding. */
SH_MUST_USE sh_err mirror_entry_check(const struct log_entry *entry, struct arena *arena,
                                      struct mirror_opened *out, struct mirror_finding *finding);
sh_err mirror_fail(struct mirror_finding *finding, uint64_t index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
