/* Every statement of the register, by name. */
#pragma once

#define REGISTER_VERSION 2

#define SQL_SETTINGS                                                                               \
    "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;"                  \
    "PRAGMA cell_size_check=ON; PRAGMA secure_delete=ON;"

/* What an official file of links says: succession between schools, and names and closing days of
 * schools that may stand nowhere else here. Each import replaces all of it. */
#define SQL_LINK_TABLES                                                                            \
    "CREATE TABLE link ("                                                                          \
    " code TEXT NOT NULL, successor TEXT NOT NULL, PRIMARY KEY (code, successor))"                 \
    " STRICT, WITHOUT ROWID;"                                                                      \
    "CREATE INDEX link_successor ON link (successor);"                                             \
    "CREATE TABLE link_school ("                                                                   \
    " code TEXT PRIMARY KEY, name TEXT, closed_on TEXT) STRICT, WITHOUT ROWID;"

/* From version 1, which had no links. */
#define SQL_UPGRADE_TO_2 SQL_LINK_TABLES "PRAGMA user_version=2;"

#define SQL_SCHEMA                                                                                 \
    "CREATE TABLE partnership ("                                                                   \
    " one INTEGER PRIMARY KEY CHECK (one = 1),"                                                    \
    " name TEXT NOT NULL, origin TEXT NOT NULL,"                                                   \
    " serial INTEGER NOT NULL DEFAULT 0) STRICT;"                                                  \
    "CREATE TABLE certificate ("                                                                   \
    " sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),"                                        \
    " profile INTEGER NOT NULL,"                                                                   \
    " issuer TEXT NOT NULL," /* sector of the authority that signed it, '' for the root */         \
    " sector TEXT NOT NULL," /* an authority's own, else '' */                                     \
    " serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 16),"                                    \
    " key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),"                            \
    " curve_key BLOB UNIQUE CHECK (length(curve_key) = 32),"                                       \
    " der BLOB NOT NULL, issued_at_ms INTEGER NOT NULL,"                                           \
    " revoked_at_ms INTEGER, reason INTEGER,"                                                      \
    " CHECK ((revoked_at_ms IS NULL) = (reason IS NULL))) STRICT;"                                 \
    "CREATE INDEX certificate_issuer ON certificate (issuer, revoked_at_ms);"                      \
    "CREATE TABLE seat ("                                                                          \
    " sign BLOB PRIMARY KEY REFERENCES certificate,"                                               \
    " seal BLOB NOT NULL UNIQUE REFERENCES certificate,"                                           \
    " address TEXT NOT NULL, holder TEXT NOT NULL) STRICT;"                                        \
    "CREATE INDEX seat_address ON seat (address);"                                                 \
    "CREATE TABLE desk ("                                                                          \
    " address TEXT PRIMARY KEY, name TEXT, telephone TEXT, hours TEXT,"                            \
    " recovery BLOB REFERENCES certificate) STRICT;"                                               \
    "CREATE TABLE cover ("                                                                         \
    " address TEXT NOT NULL REFERENCES desk, cover TEXT NOT NULL, position INTEGER NOT NULL,"      \
    " PRIMARY KEY (address, cover)) STRICT;"                                                       \
    "CREATE TABLE organisation ("                                                                  \
    " code TEXT PRIMARY KEY, name TEXT NOT NULL, telephone TEXT, hours TEXT, closed_on TEXT)"      \
    " STRICT;"                                                                                     \
    "CREATE TABLE successor ("                                                                     \
    " code TEXT NOT NULL REFERENCES organisation, successor TEXT NOT NULL,"                        \
    " position INTEGER NOT NULL, PRIMARY KEY (code, successor)) STRICT;"                           \
    "CREATE TABLE relay ("                                                                         \
    " endpoint TEXT PRIMARY KEY, curve_key BLOB NOT NULL UNIQUE) STRICT;"                          \
    "CREATE TABLE verifier ("                                                                      \
    " vkey TEXT PRIMARY KEY, key_use INTEGER NOT NULL, not_before_ms INTEGER NOT NULL) STRICT;"    \
    "CREATE TABLE crl ("                                                                           \
    " issuer TEXT PRIMARY KEY, number INTEGER NOT NULL, der BLOB, next_update_ms INTEGER) "        \
    "STRICT;" SQL_LINK_TABLES "PRAGMA user_version=2;"

#define SQL_BEGIN  "BEGIN IMMEDIATE"
#define SQL_COMMIT "COMMIT"

#define SQL_VERSION         "PRAGMA user_version"
#define SQL_PARTNERSHIP_ADD "INSERT INTO partnership (one, name, origin) VALUES (1, ?1, ?2)"
#define SQL_PARTNERSHIP     "SELECT name, origin, serial FROM partnership"
#define SQL_ORIGIN_SET      "UPDATE partnership SET origin = ?1"
#define SQL_SERIAL_NEXT     "UPDATE partnership SET serial = serial + 1"

#define SQL_CERTIFICATE_ADD                                                                        \
    "INSERT INTO certificate (sha256, profile, issuer, sector, serial, key_sha256, curve_key,"     \
    " der, issued_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
#define SQL_CERTIFICATE_FIND                                                                       \
    "SELECT der FROM certificate WHERE profile = ?1 AND sector = ?2"                               \
    " ORDER BY issued_at_ms DESC, rowid DESC LIMIT 1"
#define SQL_KEY_KNOWN "SELECT 1 FROM certificate WHERE key_sha256 = ?1"
#define SQL_CURVE_KNOWN                                                                            \
    "SELECT 1 FROM certificate WHERE curve_key = ?1 UNION SELECT 1 FROM relay WHERE curve_key = "  \
    "?1"
#define SQL_SERIAL_KNOWN   "SELECT 1 FROM certificate WHERE serial = ?1"
#define SQL_AUTHORITY_EACH "SELECT sector, der FROM certificate WHERE profile = ?1 ORDER BY sector"

#define SQL_SEAT_ADD "INSERT INTO seat (sign, seal, address, holder) VALUES (?1, ?2, ?3, ?4)"
#define SQL_SEAT_EACH                                                                              \
    "SELECT s.address, s.holder, s.sign, a.der, b.der, a.issued_at_ms,"                            \
    " ifnull(a.revoked_at_ms, b.revoked_at_ms) FROM seat s"                                        \
    " JOIN certificate a ON a.sha256 = s.sign JOIN certificate b ON b.sha256 = s.seal"             \
    " WHERE ?1 IS NULL OR s.address = ?1 ORDER BY s.address, a.der"
#define SQL_SEAT_BY_PREFIX                                                                         \
    "SELECT sign, seal FROM seat WHERE address = ?1"                                               \
    " AND substr(lower(hex(sign)), 1, length(?2)) = ?2"

#define SQL_REVOKE                                                                                 \
    "UPDATE certificate SET revoked_at_ms = ?2, reason = ?3"                                       \
    " WHERE sha256 = ?1 AND revoked_at_ms IS NULL"
#define SQL_REVOKE_SERIAL                                                                          \
    "UPDATE certificate SET revoked_at_ms = ?2, reason = ?3"                                       \
    " WHERE serial = ?1 AND revoked_at_ms IS NULL"
#define SQL_REVOKED_EACH                                                                           \
    "SELECT serial, revoked_at_ms, reason FROM certificate"                                        \
    " WHERE issuer = ?1 AND revoked_at_ms IS NOT NULL ORDER BY serial"

/* A NULL parameter leaves the column as it is, an empty text empties it. */
#define SQL_DESK_SET                                                                               \
    "INSERT INTO desk (address, name, telephone, hours)"                                           \
    " VALUES (?1, nullif(?2, ''), nullif(?3, ''), nullif(?4, ''))"                                 \
    " ON CONFLICT (address) DO UPDATE SET"                                                         \
    " name = CASE WHEN ?2 IS NULL THEN name ELSE nullif(?2, '') END,"                              \
    " telephone = CASE WHEN ?3 IS NULL THEN telephone ELSE nullif(?3, '') END,"                    \
    " hours = CASE WHEN ?4 IS NULL THEN hours ELSE nullif(?4, '') END"
#define SQL_DESK_RECOVERY "UPDATE desk SET recovery = ?2 WHERE address = ?1"
#define SQL_DESK_EACH                                                                              \
    "SELECT d.address, d.name, d.telephone, d.hours, c.der FROM desk d"                            \
    " LEFT JOIN certificate c ON c.sha256 = d.recovery AND c.revoked_at_ms IS NULL"                \
    " WHERE ?1 IS NULL OR d.address = ?1 ORDER BY d.address"
#define SQL_COVER_CLEAR "DELETE FROM cover WHERE address = ?1"
#define SQL_COVER_ADD   "INSERT INTO cover (address, cover, position) VALUES (?1, ?2, ?3)"
#define SQL_COVER_EACH  "SELECT cover FROM cover WHERE address = ?1 ORDER BY position"

#define SQL_ORGANISATION_SET                                                                       \
    "INSERT INTO organisation (code, name, telephone, hours, closed_on)"                           \
    " VALUES (?1, ?2, nullif(?3, ''), nullif(?4, ''), nullif(?5, ''))"                             \
    " ON CONFLICT (code) DO UPDATE SET name = ?2,"                                                 \
    " telephone = CASE WHEN ?3 IS NULL THEN telephone ELSE nullif(?3, '') END,"                    \
    " hours = CASE WHEN ?4 IS NULL THEN hours ELSE nullif(?4, '') END,"                            \
    " closed_on = CASE WHEN ?5 IS NULL THEN closed_on ELSE nullif(?5, '') END"
#define SQL_ORGANISATION_NAME "SELECT name FROM organisation WHERE code = ?1"
#define SQL_ORGANISATION_EACH                                                                      \
    "SELECT code, name, telephone, hours, closed_on FROM organisation"                             \
    " WHERE ?1 IS NULL OR code = ?1 ORDER BY code"
#define SQL_SUCCESSOR_CLEAR "DELETE FROM successor WHERE code = ?1"
#define SQL_SUCCESSOR_ADD   "INSERT INTO successor (code, successor, position) VALUES (?1, ?2, ?3)"
/* What an officer said by hand stands in place of what the file of links says. */
#define SQL_SUCCESSOR_EACH                                                                         \
    "SELECT successor FROM (SELECT successor, position FROM successor WHERE code = ?1"             \
    " UNION ALL SELECT successor, 0 FROM link WHERE code = ?1"                                     \
    " AND NOT EXISTS (SELECT 1 FROM successor WHERE code = ?1)) ORDER BY position, successor"

#define SQL_LINKS_CLEAR        "DELETE FROM link"
#define SQL_LINK_SCHOOLS_CLEAR "DELETE FROM link_school"
#define SQL_LINK_ADD           "INSERT INTO link (code, successor) VALUES (?1, ?2)"
#define SQL_LINK_SCHOOL_ADD                                                                        \
    "INSERT INTO link_school (code, name, closed_on) VALUES (?1, ?2, nullif(?3, ''))"
/* The organisations of the directory: all that the register was told of (known), those that became
 * them (earlier), and what became of any of these (later); see docs/decisions/0016. UNION keeps
 * each code once, and so circles end. */
#define SQL_ORGANISATION_PUBLISHED                                                                 \
    "WITH RECURSIVE succession (code, successor) AS ("                                             \
    "  SELECT code, successor FROM successor UNION ALL"                                            \
    "  SELECT code, successor FROM link WHERE code NOT IN (SELECT code FROM successor)),"          \
    " known (code) AS (SELECT code FROM organisation UNION"                                        \
    "  SELECT substr(address, instr(address, '@') + 1) FROM desk),"                                \
    " earlier (code) AS (SELECT code FROM known UNION"                                             \
    "  SELECT s.code FROM succession s JOIN earlier e ON s.successor = e.code),"                   \
    " later (code) AS (SELECT code FROM earlier UNION"                                             \
    "  SELECT s.successor FROM succession s JOIN later l ON s.code = l.code)"                      \
    " SELECT p.code, coalesce(o.name, n.name, p.code), o.telephone, o.hours,"                      \
    "  coalesce(o.closed_on, n.closed_on)"                                                         \
    " FROM later p LEFT JOIN organisation o ON o.code = p.code"                                    \
    " LEFT JOIN link_school n ON n.code = p.code"                                                  \
    " WHERE o.code IS NOT NULL OR n.code IS NOT NULL"                                              \
    "  OR p.code IN (SELECT code FROM link) ORDER BY p.code"

#define SQL_RELAY_CLEAR "DELETE FROM relay WHERE endpoint = ?1 OR curve_key = ?2"
#define SQL_RELAY_ADD   "INSERT INTO relay (endpoint, curve_key) VALUES (?1, ?2)"
#define SQL_RELAY_EACH  "SELECT endpoint, curve_key FROM relay ORDER BY endpoint"

#define SQL_VERIFIER_ADD   "INSERT INTO verifier (vkey, key_use, not_before_ms) VALUES (?1, ?2, ?3)"
#define SQL_VERIFIER_KNOWN "SELECT 1 FROM verifier WHERE vkey = ?1"
#define SQL_VERIFIER_EACH                                                                          \
    "SELECT key_use, vkey, not_before_ms FROM verifier ORDER BY key_use, not_before_ms, vkey"

#define SQL_CRL_NEXT                                                                               \
    "INSERT INTO crl (issuer, number) VALUES (?1, 1)"                                              \
    " ON CONFLICT (issuer) DO UPDATE SET number = number + 1"
#define SQL_CRL_NUMBER "SELECT number FROM crl WHERE issuer = ?1"
#define SQL_CRL_PUT    "UPDATE crl SET der = ?2, next_update_ms = ?3 WHERE issuer = ?1"
#define SQL_CRL_GET    "SELECT der, next_update_ms FROM crl WHERE issuer = ?1 AND der IS NOT NULL"
