/* A relay's database in which something of everything has happened, closed and on disk; and an
 * operator who changes it: in SQLite, with every checksum made right again. */
#pragma once

#include "check/check.h"
#include "support/relay.h"
#include "support/temp.h"

#include <sqlite3.h>

struct ledger {
    struct relay relay;
    struct letter first, second, decision, missing;
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    struct note_verifier log;
    struct buf whole; /* the file as the relay left it */
};

/* leaves_more: HEARTBEATs behind what happened. */
void ledger_make(struct ledger *l, size_t leaves_more);
/* And then the database was lost, and an older copy took its place: closed, or taken up by another
 * log to which what was missing was offered again. */
void ledger_make_lost(struct ledger *l, bool taken_up);
void ledger_free(struct ledger *l); /* a destructor */
/* The file as the relay left it. */
void ledger_restore(const struct ledger *l);
sqlite3 *ledger_open(const struct ledger *l);
/* Runs SQL behind the relay's back, then makes the checksums right. false: SQLite refuses it. */
bool ledger_change(const struct ledger *l, const char *sql);
/* Every check_sha256 becomes that of its row as it is now. */
void forge_checksums(sqlite3 *db);
struct check_result ledger_check(const struct ledger *l);
