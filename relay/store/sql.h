/* Every SQL statement of the relay, by name. sqlite/ prepares each once at open; nothing builds SQL
 * from strings.
 *
 * The tables are laid out for a commit of 256 messages: everything that grows with each message is
 * appended to (message, body, delivery, leaf), and seats and addresses are small integers. A thread
 * is known by the seq of its first message, so that its index grows at the end as well. The one
 * tree with random keys, lookup, is written in bulk and in order (sqlite/lookup.h): an index that
 * took each message id as it came would rewrite a page for each of them, which from some 100,000
 * messages on costs more than all the rest (bench_store). */
#pragma once

/* "SafH": file(1) and we ourselves tell the relay's database by it. */
#define SQL_APPLICATION_ID 0x53616648
#define SQL_SCHEMA_VERSION 3
/* bench_store: of 4096, 8192 and 16384 the middle one is within 2 us a message of the best both for
 * commits of 256 (where larger pages hold a 3 KB envelope with less waste) and for commits of one
 * (where smaller ones do). */
#define SQL_PAGE_BYTES 8192
#define SQL_PAGE_TEXT  "8192"

/* How a PRAGMA is set, how it is read back, and what must come. */
#define SQL_PRAGMA(name, value) "PRAGMA " name " = " value, "PRAGMA " name, value

#define SQL_GET_APPLICATION_ID "PRAGMA application_id"
#define SQL_GET_VERSION        "PRAGMA user_version"
#define SQL_COUNT_TABLES       "SELECT count(*) FROM sqlite_schema"
/* PRAGMA takes no parameters; both are numbers of our own. */
#define SQL_SET_VERSION "PRAGMA application_id = %u; PRAGMA user_version = %lld"

/* Of a copy that is being made (sqlite/backup.c) and of one that is read (sqlite/copy.c). */
#define SQL_COPY_PRAGMAS                                                                           \
    "PRAGMA locking_mode = exclusive; PRAGMA journal_mode = off; PRAGMA synchronous = off;"        \
    "PRAGMA cache_size = -8192"

/* delivery.state */
#define SQL_STATE_WAITING 1
#define SQL_STATE_HELD    2
#define SQL_STATE_DONE    3

/* ---- the tables of version 1 ----
 * Never edited once released: a later version is a further step in sqlite/migrate.c. */

#define SQL_TABLE_META                                                                             \
    "CREATE TABLE meta("                                                                           \
    "  name TEXT PRIMARY KEY,"                                                                     \
    "  value BLOB NOT NULL,"                                                                       \
    "  check_sha256 BLOB NOT NULL) STRICT, WITHOUT ROWID;"

/* Item numbers given out; messages whose keys are in `lookup`; what its keys are mixed with. */
#define SQL_TABLE_COUNTER                                                                          \
    "CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"   \
    "INSERT INTO counter VALUES('items_reserved', 0);"                                             \
    "INSERT INTO counter VALUES('looked_up', 0);"                                                  \
    "INSERT INTO counter VALUES('lookup_secret_0', random());"                                     \
    "INSERT INTO counter VALUES('lookup_secret_1', random());"

#define SQL_TABLE_INTERNED                                                                         \
    "CREATE TABLE address(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"                     \
    "CREATE TABLE seat("                                                                           \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  sha256 BLOB NOT NULL CHECK(length(sha256) = 32)) STRICT;"

#define SQL_TABLE_COLLECTED                                                                        \
    "CREATE TABLE collected("                                                                      \
    "  address_id INTEGER PRIMARY KEY REFERENCES address(id),"                                     \
    "  at_ms INTEGER NOT NULL) STRICT;"

/* thread_seq is the thread's first message: seq itself if it is that; the index is for the others.
 * check_sha256 is over all the other columns. */
#define SQL_TABLE_MESSAGE                                                                          \
    "CREATE TABLE message("                                                                        \
    "  seq INTEGER PRIMARY KEY,"                                                                   \
    "  thread_seq INTEGER NOT NULL,"                                                               \
    "  from_id INTEGER NOT NULL,"                                                                  \
    "  accepted_ms INTEGER NOT NULL,"                                                              \
    "  leaf_index INTEGER NOT NULL,"                                                               \
    "  message_id BLOB NOT NULL CHECK(length(message_id) = 16),"                                   \
    "  thread_id BLOB NOT NULL CHECK(length(thread_id) = 16),"                                     \
    "  header_sha256 BLOB NOT NULL CHECK(length(header_sha256) = 32),"                             \
    "  envelope_sha256 BLOB NOT NULL CHECK(length(envelope_sha256) = 32),"                         \
    "  check_sha256 BLOB NOT NULL CHECK(length(check_sha256) = 32),"                               \
    "  header BLOB NOT NULL) STRICT;"                                                              \
    "CREATE INDEX message_by_thread ON message(thread_seq) WHERE thread_seq <> seq;"

/* Messages up to counter 'looked_up' by 64 bits of their id, and of their header's SHA-256. */
#define SQL_TABLE_LOOKUP                                                                           \
    "CREATE TABLE lookup("                                                                         \
    "  key INTEGER NOT NULL,"                                                                      \
    "  seq INTEGER NOT NULL,"                                                                      \
    "  PRIMARY KEY(key, seq)) STRICT, WITHOUT ROWID;"

/* The envelope around its header, which stands in message: before || header || after. `after` is
 * NULL if the envelope does not hold the header: then all of it is in `before`. The row goes when
 * retention deletes the ciphertext. */
#define SQL_TABLE_BODY                                                                             \
    "CREATE TABLE body("                                                                           \
    "  seq INTEGER PRIMARY KEY,"                                                                   \
    "  before BLOB NOT NULL,"                                                                      \
    "  after BLOB) STRICT;"

/* A message's row for each seat, kept for good: was it ever queued, is it done. */
#define SQL_TABLE_DELIVERY                                                                         \
    "CREATE TABLE delivery("                                                                       \
    "  message_seq INTEGER NOT NULL REFERENCES message(seq),"                                      \
    "  seat_id INTEGER NOT NULL,"                                                                  \
    "  item INTEGER NOT NULL,"                                                                     \
    "  state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 3),"                                       \
    "  PRIMARY KEY(message_seq, seat_id)) STRICT, WITHOUT ROWID;"

/* What a seat has not got yet, in its order; held rows stand apart so that nobody reads over them.
 */
#define SQL_TABLE_WAITING                                                                          \
    "CREATE TABLE waiting("                                                                        \
    "  seat_id INTEGER NOT NULL,"                                                                  \
    "  held INTEGER NOT NULL CHECK(held BETWEEN 0 AND 1),"                                         \
    "  item INTEGER NOT NULL,"                                                                     \
    "  kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 2),"                                         \
    "  message_seq INTEGER NOT NULL,"                                                              \
    "  leaf_index INTEGER NOT NULL,"                                                               \
    "  PRIMARY KEY(seat_id, held, item)) STRICT, WITHOUT ROWID;"

#define SQL_TABLE_RECEIPT                                                                          \
    "CREATE TABLE receipt("                                                                        \
    "  leaf_index INTEGER PRIMARY KEY,"                                                            \
    "  message_seq INTEGER NOT NULL REFERENCES message(seq),"                                      \
    "  seat_id INTEGER NOT NULL,"                                                                  \
    "  type INTEGER NOT NULL,"                                                                     \
    "  check_sha256 BLOB NOT NULL,"                                                                \
    "  signed_receipt BLOB NOT NULL) STRICT;"                                                      \
    "CREATE UNIQUE INDEX receipt_by_message ON receipt(message_seq, seat_id, type);"

/* A tile's id is level * 2^48 + index. */
#define SQL_TABLE_LOG                                                                              \
    "CREATE TABLE leaf("                                                                           \
    "  idx INTEGER PRIMARY KEY,"                                                                   \
    "  leaf BLOB NOT NULL,"                                                                        \
    "  salt BLOB NOT NULL CHECK(length(salt) = 32),"                                               \
    "  facts BLOB NOT NULL,"                                                                       \
    "  check_sha256 BLOB NOT NULL) STRICT;"                                                        \
    "CREATE TABLE tile("                                                                           \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  check_sha256 BLOB NOT NULL,"                                                                \
    "  hashes BLOB NOT NULL) STRICT;"

#define SQL_SCHEMA_1                                                                               \
    SQL_TABLE_META SQL_TABLE_COUNTER SQL_TABLE_INTERNED SQL_TABLE_COLLECTED SQL_TABLE_MESSAGE      \
        SQL_TABLE_LOOKUP SQL_TABLE_BODY SQL_TABLE_DELIVERY SQL_TABLE_WAITING SQL_TABLE_RECEIPT     \
            SQL_TABLE_LOG

/* ---- version 2: clocks ----
 * One row a message, appended like the message; only those that something is still to come of
 * stand in the index, and most of them have the same few times. */
#define SQL_TABLE_CLOCK                                                                            \
    "CREATE TABLE clock("                                                                          \
    "  message_seq INTEGER PRIMARY KEY REFERENCES message(seq),"                                   \
    "  next_ms INTEGER NOT NULL,"                                                                  \
    "  check_sha256 BLOB NOT NULL,"                                                                \
    "  entries BLOB NOT NULL) STRICT;"                                                             \
    "CREATE INDEX clock_by_next ON clock(next_ms) WHERE next_ms < 9223372036854775807;"

#define SQL_SCHEMA_2 SQL_TABLE_CLOCK

/* ---- version 3: logs that were lost, and what is known of them ---- */
#define SQL_TABLE_LOST                                                                             \
    "CREATE TABLE lost("                                                                           \
    "  number INTEGER PRIMARY KEY,"                                                                \
    "  size INTEGER NOT NULL,"                                                                     \
    "  opened INTEGER NOT NULL,"                                                                   \
    "  vkey BLOB NOT NULL,"                                                                        \
    "  known BLOB NOT NULL,"                                                                       \
    "  check_sha256 BLOB NOT NULL) STRICT;"                                                        \
    "CREATE TABLE missing("                                                                        \
    "  lost INTEGER NOT NULL REFERENCES lost(number),"                                             \
    "  idx INTEGER NOT NULL,"                                                                      \
    "  again INTEGER NOT NULL,"                                                                    \
    "  check_sha256 BLOB NOT NULL,"                                                                \
    "  statement BLOB NOT NULL,"                                                                   \
    "  PRIMARY KEY(lost, idx)) STRICT, WITHOUT ROWID;"

#define SQL_SCHEMA_3 SQL_TABLE_LOST

/* ---- the statements: X(name, text) ---- */

#define SQL_MESSAGE_COLUMNS                                                                        \
    "m.seq, m.thread_seq, m.from_id, m.accepted_ms, m.leaf_index, m.message_id, m.thread_id, "     \
    "m.header_sha256, m.envelope_sha256, m.check_sha256, m.header"
#define SQL_MESSAGE_WHOLE                                                                          \
    "SELECT " SQL_MESSAGE_COLUMNS ", b.before, b.after FROM message m LEFT JOIN body b "           \
    "USING(seq) "
#define SQL_RECEIPT_COLUMNS "leaf_index, message_seq, seat_id, type, check_sha256, signed_receipt"

#define SQL_TRANSACTION_STATEMENTS(X)                                                              \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(PAGE_COUNT, "PRAGMA page_count")                                                             \
    X(MAX_PAGE_COUNT, "PRAGMA max_page_count")

#define SQL_SMALL_STATEMENTS(X)                                                                    \
    X(META_PUT, "INSERT OR REPLACE INTO meta VALUES(?1, ?2, ?3)")                                  \
    X(META_GET, "SELECT value, check_sha256 FROM meta WHERE name = ?1")                            \
    X(RESERVE_ITEMS, "UPDATE counter SET value = ?1 WHERE name = 'items_reserved'")                \
    X(ADDRESS_PUT, "INSERT INTO address VALUES(?1, ?2)")                                           \
    X(SEAT_PUT, "INSERT INTO seat VALUES(?1, ?2)")                                                 \
    X(COLLECTED_PUT, "INSERT OR REPLACE INTO collected VALUES(?1, ?2)")                            \
    X(COLLECTED_GET, "SELECT at_ms FROM collected WHERE address_id = ?1")

#define SQL_MESSAGE_STATEMENTS(X)                                                                  \
    X(MESSAGE_PUT, "INSERT INTO message VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")     \
    X(BODY_PUT, "INSERT INTO body VALUES(?1, ?2, ?3)")                                             \
    X(BODY_DELETE, "DELETE FROM body WHERE seq = ?1")                                              \
    X(MESSAGE_BY_SEQ, SQL_MESSAGE_WHOLE "WHERE m.seq = ?1")                                        \
    X(MESSAGE_IDS,                                                                                 \
      "SELECT message_id, header_sha256, from_id, thread_seq FROM message WHERE seq = ?1")         \
    X(THREAD_COUNT, "SELECT count(*) FROM message WHERE thread_seq = ?1 AND thread_seq <> seq")    \
    X(THREAD_FIRST, "SELECT " SQL_MESSAGE_COLUMNS " FROM message m WHERE m.seq = ?1")              \
    X(THREAD_REST, "SELECT " SQL_MESSAGE_COLUMNS " FROM message m"                                 \
                   " WHERE m.thread_seq = ?1 AND m.thread_seq <> m.seq ORDER BY m.seq")            \
    X(LOOKUP, "SELECT seq FROM lookup WHERE key = ?1 AND seq > ?2 ORDER BY seq LIMIT 1")           \
    X(LOOKUP_PUT, "INSERT INTO lookup VALUES(?1, ?2)")                                             \
    X(LOOKED_UP, "UPDATE counter SET value = ?1 WHERE name = 'looked_up'")                         \
    X(OLD_BODIES, "SELECT b.seq FROM body b JOIN message m USING(seq) WHERE m.accepted_ms < ?1 "   \
                  "ORDER BY b.seq")                                                                \
    X(DELIVERIES_WAITING, "SELECT count(*) FROM delivery WHERE message_seq = ?1 AND state = 1")    \
    X(FIRST_DELIVERED, "SELECT l.leaf FROM receipt r JOIN leaf l ON l.idx = r.leaf_index"          \
                       " WHERE r.message_seq = ?1 AND r.type = 1 ORDER BY r.leaf_index LIMIT 1")

#define SQL_QUEUE_STATEMENTS(X)                                                                    \
    X(DELIVERY_PUT, "INSERT INTO delivery VALUES(?1, ?2, ?3, ?4)")                                 \
    X(DELIVERY_GET, "SELECT item, state FROM delivery WHERE message_seq = ?1 AND seat_id = ?2")    \
    X(DELIVERY_SET,                                                                                \
      "UPDATE delivery SET item = ?3, state = ?4 WHERE message_seq = ?1 AND seat_id = ?2")         \
    X(DELIVERY_DELETE, "DELETE FROM delivery WHERE message_seq = ?1 AND seat_id = ?2")             \
    X(DELIVERY_HELD, "SELECT seat_id, item FROM delivery WHERE message_seq = ?1 AND state = 2")    \
    X(WAITING_PUT, "INSERT INTO waiting VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                           \
    X(WAITING_GET, "SELECT kind, message_seq, leaf_index FROM waiting WHERE seat_id = ?1 AND "     \
                   "held = ?2 AND item = ?3")                                                      \
    X(WAITING_NEXT, "SELECT item, kind, message_seq, leaf_index FROM waiting"                      \
                    " WHERE seat_id = ?1 AND held = 0 AND item > ?2 ORDER BY item LIMIT ?3")       \
    X(WAITING_DELETE, "DELETE FROM waiting WHERE seat_id = ?1 AND held = ?2 AND item = ?3")        \
    X(WAITING_OF_SEAT,                                                                             \
      "SELECT held, kind, message_seq FROM waiting WHERE seat_id = ?1 ORDER BY item")              \
    X(WAITING_COUNT_OF_SEAT, "SELECT count(*) FROM waiting WHERE seat_id = ?1")                    \
    X(WAITING_DROP, "DELETE FROM waiting WHERE seat_id = ?1")                                      \
    X(WAITING_NEXT_SEAT, "SELECT seat_id FROM waiting WHERE seat_id > ?1 ORDER BY seat_id LIMIT "  \
                         "1")

#define SQL_RECEIPT_STATEMENTS(X)                                                                  \
    X(RECEIPT_PUT, "INSERT INTO receipt VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                           \
    X(RECEIPT_GET, "SELECT " SQL_RECEIPT_COLUMNS " FROM receipt"                                   \
                   " WHERE message_seq = ?1 AND seat_id = ?2 AND type = ?3")                       \
    X(RECEIPT_BY_LEAF, "SELECT " SQL_RECEIPT_COLUMNS " FROM receipt"                               \
                       " WHERE leaf_index = ?1")                                                   \
    X(RECEIPT_COUNT, "SELECT count(*) FROM receipt WHERE message_seq = ?1")                        \
    X(RECEIPTS, "SELECT " SQL_RECEIPT_COLUMNS " FROM receipt"                                      \
                " WHERE message_seq = ?1 ORDER BY leaf_index")

#define SQL_CLOCK_STATEMENTS(X)                                                                    \
    X(CLOCKS_PUT, "INSERT OR REPLACE INTO clock VALUES(?1, ?2, ?3, ?4)")                           \
    X(CLOCKS_GET, "SELECT next_ms, check_sha256, entries FROM clock WHERE message_seq = ?1")       \
    X(CLOCKS_DUE, "SELECT message_seq FROM clock INDEXED BY clock_by_next"                         \
                  " WHERE next_ms <= ?1 AND next_ms < 9223372036854775807"                         \
                  " ORDER BY next_ms, message_seq LIMIT ?2")

#define SQL_LOST_STATEMENTS(X)                                                                     \
    X(LOST_PUT, "INSERT INTO lost VALUES(?1, ?2, ?3, ?4, ?5, ?6)"                                  \
                " ON CONFLICT(number) DO UPDATE SET size = ?2, opened = ?3, vkey = ?4,"            \
                " known = ?5, check_sha256 = ?6")                                                  \
    X(LOST_GET, "SELECT size, opened, vkey, known, check_sha256 FROM lost WHERE number = ?1")      \
    X(MISSING_PUT, "INSERT OR REPLACE INTO missing VALUES(?1, ?2, ?3, ?4, ?5)")                    \
    X(MISSING_NEXT, "SELECT idx, again, check_sha256, statement FROM missing"                      \
                    " WHERE lost = ?1 AND idx >= ?2 ORDER BY idx LIMIT 1")

#define SQL_LOG_STATEMENTS(X)                                                                      \
    X(LEAF_PUT, "INSERT INTO leaf VALUES(?1, ?2, ?3, ?4, ?5)")                                     \
    X(LEAF_GET, "SELECT leaf, salt, facts, check_sha256 FROM leaf WHERE idx = ?1")                 \
    X(TILE_PUT, "INSERT OR REPLACE INTO tile VALUES(?1, ?2, ?3)")                                  \
    X(TILE_GET, "SELECT check_sha256, hashes FROM tile WHERE id = ?1")

/* Read once, at open. */
#define SQL_OPEN_STATEMENTS(X)                                                                     \
    X(OPEN_ADDRESSES, "SELECT id, text FROM address ORDER BY id")                                  \
    X(OPEN_SEATS, "SELECT id, sha256 FROM seat ORDER BY id")                                       \
    X(OPEN_LAST_SEQ, "SELECT ifnull(max(seq), 0) FROM message")                                    \
    X(OPEN_LEAVES, "SELECT ifnull(max(idx) + 1, 0) FROM leaf")                                     \
    X(OPEN_ITEMS, "SELECT value FROM counter WHERE name = 'items_reserved'")                       \
    X(OPEN_LOOKED_UP, "SELECT value FROM counter WHERE name = 'looked_up'")                        \
    X(OPEN_SECRET_0, "SELECT value FROM counter WHERE name = 'lookup_secret_0'")                   \
    X(OPEN_SECRET_1, "SELECT value FROM counter WHERE name = 'lookup_secret_1'")                   \
    X(OPEN_RECENT,                                                                                 \
      "SELECT seq, message_id, header_sha256 FROM message WHERE seq > ?1 ORDER BY seq")            \
    X(OPEN_WAITING, "SELECT kind, count(*) FROM waiting WHERE held = 0 GROUP BY kind")

/* ---- the statements of a copy (copy.h), prepared there and nowhere else ---- */
#define SQL_COPY_STATEMENTS(X)                                                                     \
    X(META, "SELECT name, value, check_sha256 FROM meta ORDER BY name")                            \
    X(ADDRESS, "SELECT id, text FROM address ORDER BY id")                                         \
    X(SEAT, "SELECT id, sha256 FROM seat ORDER BY id")                                             \
    X(MESSAGE, "SELECT " SQL_MESSAGE_COLUMNS ", b.before, b.after, a.text, b.seq, f.message_id,"   \
               " f.thread_seq FROM message m LEFT JOIN body b ON b.seq = m.seq"                    \
               " LEFT JOIN address a ON a.id = m.from_id"                                          \
               " LEFT JOIN message f ON f.seq = m.thread_seq ORDER BY m.seq")                      \
    X(RECEIPT, "SELECT r.leaf_index, r.message_seq, r.type, r.check_sha256, r.signed_receipt,"     \
               " s.sha256, m.message_id, m.header_sha256, m.leaf_index FROM receipt r"             \
               " LEFT JOIN seat s ON s.id = r.seat_id"                                             \
               " LEFT JOIN message m ON m.seq = r.message_seq ORDER BY r.leaf_index")              \
    X(CLOCKS, "SELECT c.message_seq, c.next_ms, c.check_sha256, c.entries, m.leaf_index"           \
              " FROM clock c LEFT JOIN message m ON m.seq = c.message_seq"                         \
              " ORDER BY c.message_seq")                                                           \
    X(LOST, "SELECT number, size, opened, vkey, known, check_sha256 FROM lost ORDER BY number")    \
    X(MISSING, "SELECT lost, idx, again, statement, check_sha256 FROM missing ORDER BY lost, idx") \
    X(LEAF, "SELECT idx, leaf, salt, facts, check_sha256 FROM leaf ORDER BY idx")                  \
    X(TILE, "SELECT id, check_sha256, hashes FROM tile ORDER BY id")                               \
    X(LEAF_AT, "SELECT idx, leaf, salt, facts, check_sha256 FROM leaf WHERE idx = ?1")             \
    X(TILE_AT, "SELECT id, check_sha256, hashes FROM tile WHERE id = ?1")                          \
    X(ADDRESS_AT, "SELECT text FROM address WHERE id = ?1")                                        \
    X(MESSAGE_LEAF, "SELECT leaf_index FROM message WHERE seq = ?1")                               \
    X(STRAY_BODY, "SELECT b.seq FROM body b LEFT JOIN message m ON m.seq = b.seq"                  \
                  " WHERE m.seq IS NULL ORDER BY b.seq LIMIT 1")                                   \
    X(COUNT, "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM leaf),"                 \
             " (SELECT count(*) FROM tile), (SELECT count(*) - count(DISTINCT text) FROM address)" \
             " + (SELECT count(*) - count(DISTINCT sha256) FROM seat)")                            \
    X(QUICK_CHECK, "PRAGMA quick_check(1)")

/* What a database of this version holds, and nothing beside it. */
#define SQL_SCHEMA_OBJECTS                                                                         \
    "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY type, name"

#define SQL_STATEMENTS(X)                                                                          \
    SQL_TRANSACTION_STATEMENTS(X)                                                                  \
    SQL_SMALL_STATEMENTS(X)                                                                        \
    SQL_MESSAGE_STATEMENTS(X)                                                                      \
    SQL_QUEUE_STATEMENTS(X)                                                                        \
    SQL_RECEIPT_STATEMENTS(X)                                                                      \
    SQL_CLOCK_STATEMENTS(X)                                                                        \
    SQL_LOST_STATEMENTS(X)                                                                         \
    SQL_LOG_STATEMENTS(X)                                                                          \
    SQL_OPEN_STATEMENTS(X)

enum sql {
#define X(name, text) SQL_##name,
    SQL_STATEMENTS(X)
#undef X
        SQL_STATEMENTS_LEN
};
