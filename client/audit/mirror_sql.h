/* The mirror's tables and every statement on them.
 *
 * entry is what came, byte for byte. fact, party, desk and thread are its openings in columns, made
 * from entry alone; fact stands in the order of threads, which is how reports read it. node holds
 * the hashes of complete trees of 256, 65,536, ... leaves: enough for a proof without hashing all
 * leaves again. */
#pragma once

#define MIRROR_VERSION 1

#define MIRROR_SCHEMA                                                                              \
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"        \
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, salt BLOB, facts BLOB) "     \
    "STRICT;"                                                                                      \
    "CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, "        \
    "PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;"                                             \
    "CREATE TABLE desk (no INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE) STRICT;"             \
    "CREATE TABLE thread (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;"                \
    "CREATE TABLE fact (thread INTEGER NOT NULL, idx INTEGER NOT NULL, type INTEGER NOT NULL, "    \
    "time_ms INTEGER NOT NULL, kind INTEGER NOT NULL, subtype INTEGER NOT NULL, "                  \
    "urgency INTEGER NOT NULL, sender INTEGER NOT NULL, by INTEGER NOT NULL, message BLOB, "       \
    "about INTEGER, outcome INTEGER NOT NULL, level INTEGER NOT NULL, code INTEGER NOT NULL, "     \
    "duty INTEGER NOT NULL, at_ms INTEGER, due_ms INTEGER, clock_from_ms INTEGER, "                \
    "count INTEGER, own INTEGER NOT NULL, opening INTEGER NOT NULL, PRIMARY KEY (thread, idx)) "   \
    "STRICT, WITHOUT ROWID;"                                                                       \
    "CREATE UNIQUE INDEX fact_by_idx ON fact (idx, time_ms);"                                      \
    "CREATE INDEX fact_by_message ON fact (message) WHERE message IS NOT NULL;"                    \
    "CREATE TABLE party (desk INTEGER NOT NULL, idx INTEGER NOT NULL, role INTEGER NOT NULL, "     \
    "PRIMARY KEY (desk, idx)) STRICT, WITHOUT ROWID;"

#define FACT_COLUMNS                                                                               \
    "fact.idx, fact.thread, fact.type, fact.time_ms, fact.kind, fact.subtype, fact.urgency, "      \
    "fact.sender, fact.by, fact.message, fact.about, fact.outcome, fact.level, fact.code, "        \
    "fact.duty, fact.at_ms, fact.due_ms, fact.clock_from_ms, fact.count, fact.own, fact.opening"

/* X(name, text) */
#define MIRROR_SQL(X)                                                                              \
    X(META_PUT, "INSERT INTO meta (name, value) VALUES (?1, ?2) "                                  \
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value")                         \
    X(META_GET, "SELECT value FROM meta WHERE name = ?1")                                          \
    X(ENTRY_PUT, "INSERT INTO entry (idx, leaf, salt, facts) VALUES (?1, ?2, ?3, ?4)")             \
    X(ENTRY_GET, "SELECT idx, leaf, salt, facts FROM entry WHERE idx = ?1")                        \
    X(ENTRY_FROM, "SELECT idx, leaf, salt, facts FROM entry WHERE idx >= ?1 ORDER BY idx")         \
    X(ENTRY_COUNT, "SELECT count(*) FROM entry")                                                   \
    X(NODE_PUT, "INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)")                         \
    X(NODE_GET, "SELECT hash FROM node WHERE level = ?1 AND idx = ?2")                             \
    X(DESK_PUT, "INSERT INTO desk (address) VALUES (?1)")                                          \
    X(DESK_GET, "SELECT no FROM desk WHERE address = ?1")                                          \
    X(DESK_ALL, "SELECT no, address FROM desk ORDER BY no")                                        \
    X(THREAD_PUT, "INSERT INTO thread (id) VALUES (?1)")                                           \
    X(THREAD_GET, "SELECT no FROM thread WHERE id = ?1")                                           \
    X(THREAD_ID, "SELECT id FROM thread WHERE no = ?1")                                            \
    X(THREAD_LIKE, "SELECT no FROM thread WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 2")        \
    X(FACT_PUT,                                                                                    \
      "INSERT INTO fact (idx, thread, type, time_ms, kind, subtype, urgency, sender, by, "         \
      "message, about, outcome, level, code, duty, at_ms, due_ms, clock_from_ms, count, own, "     \
      "opening) "                                                                                  \
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "  \
      "?19, ?20, ?21)")                                                                            \
    X(FACT_GET, "SELECT " FACT_COLUMNS " FROM fact WHERE idx = ?1")                                \
    X(FACT_ALL, "SELECT " FACT_COLUMNS " FROM fact ORDER BY thread, idx")                          \
    X(FACT_THREAD, "SELECT " FACT_COLUMNS " FROM fact WHERE thread = ?1 ORDER BY idx")             \
    X(FACT_LIST, "SELECT " FACT_COLUMNS " FROM fact WHERE idx >= ?1 ORDER BY idx")                 \
    X(FACT_MESSAGE, "SELECT " FACT_COLUMNS " FROM fact WHERE message >= ?1 AND message <= ?2 "     \
                    "ORDER BY idx")                                                                \
    X(TIMES, "SELECT idx, time_ms FROM fact ORDER BY idx")                                         \
    X(PARTY_PUT, "INSERT OR IGNORE INTO party (desk, idx, role) VALUES (?1, ?2, ?3)")              \
    X(PARTY_HAS, "SELECT 1 FROM party WHERE desk = ?1 AND idx = ?2")
