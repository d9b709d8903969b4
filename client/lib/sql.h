/* Every SQL statement of the vault, as named constants, prepared once at open. Nothing outside
 * vault*.c includes this. No column holds content or a name of a person: envelopes stay sealed as
 * they travelled, everything else is ids, desk addresses, codes, times and hashes. */
#pragma once

#define VAULT_APPLICATION_ID 0x53485631 /* "SHV1" */
#define VAULT_VERSION        2

/* 'shape' is checked again by the code that reads; the CHECKs are there to find our own mistakes.
 */
#define VAULT_SCHEMA                                                                               \
    "CREATE TABLE message("                                                                        \
    "  row INTEGER PRIMARY KEY,"                                                                   \
    "  message_id BLOB NOT NULL CHECK(length(message_id) = 16),"                                   \
    "  sender TEXT NOT NULL,"                                                                      \
    "  thread_id BLOB NOT NULL CHECK(length(thread_id) = 16),"                                     \
    "  header_sha256 BLOB NOT NULL UNIQUE CHECK(length(header_sha256) = 32),"                      \
    "  box INTEGER NOT NULL CHECK(box BETWEEN 1 AND 3),"                                           \
    "  state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 5),"                                       \
    "  code INTEGER NOT NULL DEFAULT 0,"                                                           \
    "  created_at_ms INTEGER NOT NULL,"                                                            \
    "  header BLOB NOT NULL,"                                                                      \
    "  envelope BLOB NOT NULL,"                                                                    \
    "  envelope_sha256 BLOB NOT NULL CHECK(length(envelope_sha256) = 32),"                         \
    "  accepted BLOB,"                                                                             \
    "  accepted_at_ms INTEGER NOT NULL DEFAULT 0,"                                                 \
    "  duplicate_key BLOB,"                                                                        \
    "  replaces BLOB,"                                                                             \
    "  reseals INTEGER NOT NULL DEFAULT 0,"                                                        \
    "  chain_sha256 BLOB,"                                                                         \
    "  chain_at_ms INTEGER NOT NULL DEFAULT 0,"                                                    \
    "  UNIQUE(sender, message_id)"                                                                 \
    ") STRICT;"                                                                                    \
    "CREATE INDEX message_thread ON message(thread_id);"                                           \
    "CREATE INDEX message_waiting ON message(row) WHERE state = 1;"                                \
    "CREATE INDEX message_id ON message(message_id);"                                              \
    "CREATE INDEX message_duplicate ON message(duplicate_key) WHERE duplicate_key IS NOT NULL;"    \
    "CREATE TABLE chain("                                                                          \
    "  sha256 BLOB PRIMARY KEY CHECK(length(sha256) = 32),"                                        \
    "  pem BLOB NOT NULL"                                                                          \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE receipt("                                                                        \
    "  header_sha256 BLOB NOT NULL CHECK(length(header_sha256) = 32),"                             \
    "  type INTEGER NOT NULL,"                                                                     \
    "  signed BLOB NOT NULL,"                                                                      \
    "  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 2),"                                       \
    "  code INTEGER NOT NULL DEFAULT 0,"                                                           \
    "  PRIMARY KEY(header_sha256, type)"                                                           \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE fact("                                                                           \
    "  leaf_index INTEGER NOT NULL,"                                                               \
    "  leaf_sha256 BLOB NOT NULL CHECK(length(leaf_sha256) = 32),"                                 \
    "  header_sha256 BLOB NOT NULL CHECK(length(header_sha256) = 32),"                             \
    "  type INTEGER NOT NULL,"                                                                     \
    "  statement BLOB NOT NULL,"                                                                   \
    "  receipt BLOB,"                                                                              \
    "  PRIMARY KEY(leaf_index, leaf_sha256)"                                                       \
    ") STRICT;"                                                                                    \
    "CREATE INDEX fact_message ON fact(header_sha256);"                                            \
    "CREATE INDEX fact_level ON fact(header_sha256) WHERE type = 11;"                              \
    "CREATE TABLE checkpoint("                                                                     \
    "  size INTEGER NOT NULL,"                                                                     \
    "  root BLOB NOT NULL CHECK(length(root) = 32),"                                               \
    "  note BLOB NOT NULL,"                                                                        \
    "  seen_at_ms INTEGER NOT NULL,"                                                               \
    "  PRIMARY KEY(size, root)"                                                                    \
    ") STRICT;"                                                                                    \
    "CREATE TABLE fork("                                                                           \
    "  seen_at_ms INTEGER NOT NULL,"                                                               \
    "  known BLOB NOT NULL,"                                                                       \
    "  shown BLOB NOT NULL,"                                                                       \
    "  proof BLOB NOT NULL"                                                                        \
    ") STRICT;"                                                                                    \
    "CREATE TABLE look("                                                                           \
    "  header_sha256 BLOB NOT NULL,"                                                               \
    "  seat BLOB NOT NULL,"                                                                        \
    "  at_ms INTEGER NOT NULL"                                                                     \
    ") STRICT;"

#define VAULT_MESSAGE_COLUMNS                                                                      \
    "row, message_id, sender, thread_id, header_sha256, box, state, code, created_at_ms, header, " \
    "accepted, accepted_at_ms, duplicate_key, replaces, reseals"

/* From version 1 to 2: which message is about which child. `token` is a keyed hash (child_key.h),
 * so that a stolen disk shows no name and no identifier; what a link says is sealed to this seat. A
 * fresh vault is made by VAULT_SCHEMA and every step after it, so there is one way to each table.
 */
#define VAULT_UPGRADE_2                                                                            \
    "CREATE TABLE child("                                                                          \
    "  message INTEGER NOT NULL REFERENCES message(row),"                                          \
    "  enclosure INTEGER NOT NULL CHECK(enclosure >= 0),"                                          \
    "  part INTEGER NOT NULL CHECK(part BETWEEN 1 AND 2),"                                         \
    "  position INTEGER NOT NULL CHECK(position >= 1),"                                            \
    "  by_what INTEGER NOT NULL,"                                                                  \
    "  token BLOB NOT NULL CHECK(length(token) = 32)"                                              \
    ") STRICT;"                                                                                    \
    "CREATE INDEX child_token ON child(token);"                                                    \
    "CREATE INDEX child_message ON child(message);"                                                \
    "CREATE TABLE child_indexed(message INTEGER PRIMARY KEY REFERENCES message(row)) STRICT;"      \
    "CREATE TABLE child_link("                                                                     \
    "  row INTEGER PRIMARY KEY,"                                                                   \
    "  low BLOB NOT NULL CHECK(length(low) = 32),"                                                 \
    "  high BLOB NOT NULL CHECK(length(high) = 32),"                                               \
    "  joined INTEGER NOT NULL CHECK(joined BETWEEN 0 AND 1),"                                     \
    "  seat BLOB NOT NULL CHECK(length(seat) = 32),"                                               \
    "  at_ms INTEGER NOT NULL,"                                                                    \
    "  sealed BLOB NOT NULL"                                                                       \
    ") STRICT;"                                                                                    \
    "CREATE INDEX child_link_low ON child_link(low);"                                              \
    "CREATE INDEX child_link_high ON child_link(high);"

/* X(name, text) */
#define VAULT_SQL(X)                                                                               \
    X(MESSAGE_PUT,                                                                                 \
      "INSERT INTO message(message_id, sender, thread_id, header_sha256, box, state, code, "       \
      "created_at_ms, header, envelope, envelope_sha256, accepted, accepted_at_ms, "               \
      "duplicate_key, replaces, reseals) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")                 \
    X(MESSAGE_BY_HEADER, "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE header_sha256 = ?")  \
    X(MESSAGE_BY_ID_RANGE, "SELECT " VAULT_MESSAGE_COLUMNS                                         \
                           " FROM message WHERE message_id >= ? AND message_id <= ? LIMIT 2")      \
    X(MESSAGE_BY_DUPLICATE,                                                                        \
      "SELECT " VAULT_MESSAGE_COLUMNS                                                              \
      " FROM message WHERE duplicate_key = ? AND state IN (1, 2) ORDER BY row DESC LIMIT 1")       \
    X(MESSAGE_BY_REPLACED,                                                                         \
      "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE replaces = ? AND box = 1 LIMIT 1")      \
    X(MESSAGES_INBOX,                                                                              \
      "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE box = 2 ORDER BY row DESC")             \
    X(MESSAGES_SENT,                                                                               \
      "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE box <> 2 ORDER BY row DESC")            \
    X(THREADS, "SELECT thread_id, max(row) FROM message GROUP BY thread_id ORDER BY 2 DESC")       \
    X(MESSAGES_WAITING,                                                                            \
      "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE state = 1 ORDER BY row")                \
    X(MESSAGES_UNSENT, "SELECT " VAULT_MESSAGE_COLUMNS                                             \
                       " FROM message WHERE box = 1 AND state IN (1, 3) ORDER BY row")             \
    X(MESSAGES_THREAD, "SELECT " VAULT_MESSAGE_COLUMNS                                             \
                       " FROM message WHERE thread_id = ? ORDER BY accepted_at_ms = 0, "           \
                       "accepted_at_ms, row")                                                      \
    X(MESSAGES_LEVELS,                                                                             \
      "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE box <> 2 AND header_sha256 IN "         \
      "(SELECT header_sha256 FROM fact WHERE type = 11) ORDER BY row")                             \
    X(MESSAGE_ENVELOPE, "SELECT envelope, envelope_sha256 FROM message WHERE row = ?")             \
    X(MESSAGE_ACCEPT, "UPDATE message SET state = CASE state WHEN 5 THEN 5 ELSE 2 END, "           \
                      "accepted = ?2, accepted_at_ms = ?3 WHERE row = ?1")                         \
    X(MESSAGE_STATE, "UPDATE message SET state = ?2, code = ?3 WHERE row = ?1")                    \
    X(CHAIN_PUT, "INSERT INTO chain(sha256, pem) VALUES(?,?) ON CONFLICT DO NOTHING")              \
    X(CHAIN_SET, "UPDATE message SET chain_sha256 = ?2, chain_at_ms = ?3 WHERE row = ?1")          \
    X(CHAIN_GET, "SELECT chain.pem, message.chain_at_ms FROM message JOIN chain "                  \
                 "ON chain.sha256 = message.chain_sha256 WHERE message.row = ?")                   \
    X(RECEIPT_PUT, "INSERT INTO receipt(header_sha256, type, signed, state) VALUES(?,?,?,0) "      \
                   "ON CONFLICT DO NOTHING")                                                       \
    X(RECEIPT_AGAIN,                                                                               \
      "UPDATE receipt SET state = 0 WHERE header_sha256 = ? AND state = 1 AND type <> 2")          \
    X(RECEIPT_GET, "SELECT signed FROM receipt WHERE header_sha256 = ? AND type = ?")              \
    X(RECEIPT_STATE,                                                                               \
      "UPDATE receipt SET state = ?3, code = ?4 WHERE header_sha256 = ?1 AND type = ?2")           \
    X(RECEIPTS_WAITING, "SELECT header_sha256, type, signed FROM receipt WHERE state = 0 "         \
                        "ORDER BY type LIMIT ?")                                                   \
    X(FACT_PUT, "INSERT INTO fact(leaf_index, leaf_sha256, header_sha256, type, statement, "       \
                "receipt) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING")                             \
    X(FACTS, "SELECT leaf_index, type, statement, receipt FROM fact WHERE header_sha256 = ? "      \
             "ORDER BY leaf_index")                                                                \
    X(FACTS_OF_OTHERS,                                                                             \
      "SELECT leaf_index, type, statement, receipt FROM fact WHERE NOT EXISTS (SELECT 1 FROM "     \
      "message WHERE message.header_sha256 = fact.header_sha256) ORDER BY leaf_index")             \
    X(CHECKPOINT_PUT, "INSERT INTO checkpoint(size, root, note, seen_at_ms) VALUES(?,?,?,?) "      \
                      "ON CONFLICT DO NOTHING")                                                    \
    X(CHECKPOINT_KNOWN, "SELECT 1 FROM checkpoint WHERE size = ? AND root = ?")                    \
    X(CHECKPOINT_NEWEST, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")                 \
    X(FORK_PUT, "INSERT INTO fork(seen_at_ms, known, shown, proof) VALUES(?,?,?,?)")               \
    X(FORKS_COUNT, "SELECT count(*) FROM fork")                                                    \
    X(LOOK_PUT, "INSERT INTO look(header_sha256, seat, at_ms) VALUES(?,?,?)")                      \
    X(LOOKS_COUNT, "SELECT count(*) FROM look WHERE header_sha256 = ?")                            \
    X(WAITING_COUNT, "SELECT (SELECT count(*) FROM message WHERE state = 1), "                     \
                     "(SELECT count(*) FROM receipt WHERE state = 0)")                             \
    X(MESSAGE_BY_ROW, "SELECT " VAULT_MESSAGE_COLUMNS " FROM message WHERE row = ?")               \
    X(CHILD_PUT, "INSERT INTO child(message, enclosure, part, position, by_what, token) "          \
                 "VALUES(?,?,?,?,?,?)")                                                            \
    X(CHILD_INDEXED, "INSERT INTO child_indexed(message) VALUES(?) ON CONFLICT DO NOTHING")        \
    X(CHILD_UNINDEXED,                                                                             \
      "SELECT row FROM message WHERE row > ? AND state <> 5 AND NOT EXISTS "                       \
      "(SELECT 1 FROM child_indexed WHERE message = message.row) ORDER BY row LIMIT ?")            \
    X(CHILD_BY_TOKEN, "SELECT DISTINCT message, enclosure, part, position, by_what FROM child "    \
                      "WHERE token = ? ORDER BY message, enclosure, part, position")               \
    X(CHILD_BY_MESSAGE, "SELECT DISTINCT message, enclosure, part, position, 0 FROM child "        \
                        "WHERE message = ? ORDER BY message, enclosure, part, position")           \
    X(CHILD_TOKENS, "SELECT DISTINCT token, by_what FROM child WHERE message = ? AND "             \
                    "enclosure = ? AND part = ? AND position = ? ORDER BY by_what, token")         \
    X(CHILD_LINK_PUT,                                                                              \
      "INSERT INTO child_link(low, high, joined, seat, at_ms, sealed) VALUES(?,?,?,?,?,?)")        \
    X(CHILD_LINKS, "SELECT row, low, high, joined, seat, at_ms, sealed FROM child_link "           \
                   "WHERE row IN (SELECT max(row) FROM child_link "                                \
                   "WHERE low = ?1 OR high = ?1 GROUP BY low, high) ORDER BY row")
