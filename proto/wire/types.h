/* What the bytes mean: checked structs, one for each message of proto/schema, and the closed lists
 * of codes with the word that people and programs read for each.
 *
 * Everything here borrows: strings and byte ranges point into the arena that the decoder was given,
 * or into what the caller of an encoder owns. Absent optional numbers are 0 where 0 has no meaning,
 * hashes that are absent are all zero. docs/PROTOCOL.md gives every byte. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "base/limits.h"

#define SH_KINDS(X)                                                                                \
    X(REFERRAL, 1, "referral")                                                                     \
    X(NOTIFICATION, 2, "notification")                                                             \
    X(CONCERN, 3, "concern")                                                                       \
    X(ACKNOWLEDGEMENT, 4, "acknowledgement")                                                       \
    X(DECISION, 5, "decision")                                                                     \
    X(RECONSIDERATION, 6, "reconsideration")                                                       \
    X(RECONSIDERATION_RESPONSE, 7, "reconsideration_response")                                     \
    X(REDIRECT, 8, "redirect")                                                                     \
    X(REQUEST, 9, "request")                                                                       \
    X(REPLY, 10, "reply")                                                                          \
    X(CHRONOLOGY, 11, "chronology")                                                                \
    X(RECORD_TRANSFER, 12, "record_transfer")                                                      \
    X(NOTE, 13, "note")                                                                            \
    X(CORRECTION, 14, "correction")                                                                \
    X(WITHDRAWAL, 15, "withdrawal")                                                                \
    X(CLOSE, 16, "close")

#define SH_SUBTYPES(X)                                                                             \
    X(DOMESTIC_ABUSE, 1, "domestic_abuse")                                                         \
    X(SERIOUS_VIOLENCE, 2, "serious_violence")                                                     \
    X(MISSING_EPISODE, 3, "missing_episode")                                                       \
    X(RETURN_INTERVIEW, 4, "return_interview")                                                     \
    X(CHILD_MISSING_EDUCATION, 5, "child_missing_education")                                       \
    X(HOSPITAL_ATTENDANCE, 6, "hospital_attendance")                                               \
    X(WAS_NOT_BROUGHT, 7, "was_not_brought")                                                       \
    X(EXCLUSION, 8, "exclusion")                                                                   \
    X(MANAGED_MOVE, 9, "managed_move")                                                             \
    X(HOME_EDUCATED, 10, "home_educated")                                                          \
    X(ATTENDANCE, 11, "attendance")                                                                \
    X(ALLEGATION_AGAINST_ADULT, 12, "allegation_against_adult")                                    \
    X(OTHER, 13, "other")                                                                          \
    X(INFORMATION, 31, "information")                                                              \
    X(RECORDS, 32, "records")                                                                      \
    X(REPORT, 33, "report")                                                                        \
    X(MEETING, 34, "meeting")                                                                      \
    X(DECISION_NOT_TO_SHARE, 41, "decision_not_to_share")

#define SH_URGENCIES(X)                                                                            \
    X(ROUTINE, 1, "routine")                                                                       \
    X(URGENT, 2, "urgent")                                                                         \
    X(IMMEDIATE, 3, "immediate")

#define SH_ROLES(X)                                                                                \
    X(ACT, 1, "act")                                                                               \
    X(INFORM, 2, "inform")                                                                         \
    X(COVER, 3, "cover")                                                                           \
    X(OWN, 4, "own")

#define SH_OUTCOMES(X)                                                                             \
    X(ACTION, 1, "action")                                                                         \
    X(NO_FURTHER_ACTION, 2, "no_further_action")                                                   \
    X(MORE_INFORMATION, 3, "more_information")                                                     \
    X(PASSED_ON, 4, "passed_on")                                                                   \
    X(ALREADY_OPEN, 5, "already_open")                                                             \
    X(STEPPED_DOWN, 6, "stepped_down")                                                             \
    X(CLOSED, 7, "closed")                                                                         \
    X(UPHELD, 8, "upheld")                                                                         \
    X(CHANGED, 9, "changed")                                                                       \
    X(ANSWERED, 10, "answered")                                                                    \
    X(NOTHING_HELD, 11, "nothing_held")                                                            \
    X(REFUSED, 12, "refused")                                                                      \
    X(MIXED, 13, "mixed")                                                                          \
    X(WRONG_RECIPIENT, 14, "wrong_recipient")                                                      \
    X(SENT_IN_ERROR, 15, "sent_in_error")                                                          \
    X(SUPERSEDED, 16, "superseded")                                                                \
    X(OTHER, 17, "other")                                                                          \
    X(CHILD_SAFE_ENOUGH, 18, "child_safe_enough")                                                  \
    X(MOVED_AWAY, 19, "moved_away")                                                                \
    X(NOT_ON_ROLL, 20, "not_on_roll")                                                              \
    X(WRONG_DESK, 21, "wrong_desk")                                                                \
    X(WRONG_AREA, 22, "wrong_area")                                                                \
    X(ORGANISATION_CLOSED, 23, "organisation_closed")

#define SH_RECEIPT_TYPES(X)                                                                        \
    X(DELIVERED, 1, "delivered")                                                                   \
    X(OPENED, 2, "opened")                                                                         \
    X(UNREADABLE, 3, "unreadable")

#define SH_LEAF_TYPES(X)                                                                           \
    X(ACCEPTED, 1, "accepted")                                                                     \
    X(REFUSED, 2, "refused")                                                                       \
    X(DELIVERED, 3, "delivered")                                                                   \
    X(OPENED, 4, "opened")                                                                         \
    X(UNREADABLE, 5, "unreadable")                                                                 \
    X(UNDELIVERABLE, 6, "undeliverable")                                                           \
    X(NOT_YET_DELIVERED, 7, "not_yet_delivered")                                                   \
    X(WARNED, 8, "warned")                                                                         \
    X(OVERDUE, 9, "overdue")                                                                       \
    X(COVER_CALLED, 10, "cover_called")                                                            \
    X(LEVEL_OPENED, 11, "level_opened")                                                            \
    X(HEARTBEAT, 12, "heartbeat")                                                                  \
    X(STARTED, 13, "started")                                                                      \
    X(DIRECTORY, 14, "directory")                                                                  \
    X(POLICY, 15, "policy")                                                                        \
    X(ALARM, 16, "alarm")                                                                          \
    X(AUDIT_READ, 17, "audit_read")                                                                \
    X(KEY, 18, "key")                                                                              \
    X(BEGUN, 19, "begun")                                                                          \
    X(CLOCK_STOPPED, 20, "clock_stopped")                                                          \
    X(EXPIRED, 21, "expired")

#define SH_DUTIES(X)                                                                               \
    X(DELIVERED, 1, "delivered")                                                                   \
    X(OPENED, 2, "opened")                                                                         \
    X(COVER, 3, "cover")                                                                           \
    X(ACKNOWLEDGED, 4, "acknowledged")                                                             \
    X(DECIDED, 5, "decided")                                                                       \
    X(ANSWERED, 6, "answered")                                                                     \
    X(INFORMATION, 7, "information")                                                               \
    X(NEXT_STEP, 8, "next_step")                                                                   \
    X(SENT_AGAIN, 9, "sent_again")                                                                 \
    X(RETURN_INTERVIEW, 10, "return_interview")                                                    \
    X(IN_WRITING, 11, "in_writing")                                                                \
    X(SPOKEN, 12, "spoken")                                                                        \
    X(MEETING, 13, "meeting")                                                                      \
    X(RESOLVED, 14, "resolved")

#define X(name, number, word) KIND_##name = (number),
enum kind { SH_KINDS(X) };
#undef X
#define X(name, number, word) SUBTYPE_##name = (number),
enum subtype { SUBTYPE_NONE = 0, SH_SUBTYPES(X) };
#undef X
#define X(name, number, word) URGENCY_##name = (number),
enum urgency { SH_URGENCIES(X) };
#undef X
#define X(name, number, word) ROLE_##name = (number),
enum role { SH_ROLES(X) };
#undef X
#define X(name, number, word) OUTCOME_##name = (number),
enum outcome { OUTCOME_NONE = 0, SH_OUTCOMES(X) };
#undef X
#define X(name, number, word) RECEIPT_##name = (number),
enum receipt_type { SH_RECEIPT_TYPES(X) };
#undef X
#define X(name, number, word) LEAF_##name = (number),
enum leaf_type { SH_LEAF_TYPES(X) };
#undef X
#define X(name, number, word) DUTY_##name = (number),
enum duty { DUTY_NONE = 0, SH_DUTIES(X) };
#undef X

/* Who owes a duty: each desk that the message asks to act, each that it was sent to for acting or
 * for information, or one that is named. */
enum owed {
    OWED_BY_ACT = 1,
    OWED_BY_RECIPIENTS = 2,
    OWED_BY_DESK = 3,
};

/* The word of a code, NULL for a number that is none; and back, 0 for a word that is none. */
const char *kind_word(uint32_t kind);
uint32_t kind_from_word(const char *word);
const char *subtype_word(uint32_t subtype);
uint32_t subtype_from_word(const char *word);
const char *urgency_word(uint32_t urgency);
uint32_t urgency_from_word(const char *word);
const char *role_word(uint32_t role);
uint32_t role_from_word(const char *word);
const char *outcome_word(uint32_t outcome);
uint32_t outcome_from_word(const char *word);
const char *receipt_type_word(uint32_t type);
const char *leaf_type_word(uint32_t type);
uint32_t leaf_type_from_word(const char *word);
const char *duty_word(uint32_t duty);
uint32_t duty_from_word(const char *word);

/* ---- envelope.proto ---- */

struct recipient {
    struct address address;
    enum role role;
    const struct sh_hash *seats; /* ascending, no repeats */
    size_t seats_len;
    struct sh_hash recovery; /* zero: the desk has no recovery certificate */
};

struct cite {
    bool is_index;
    struct sh_hash header_sha256; /* if !is_index */
    uint64_t log_index;           /* if is_index */
};

struct child_outcome {
    uint32_t child; /* from 1 */
    enum outcome outcome;
};

struct facts {
    struct sh_id message_id;
    struct sh_id thread_id;
    bool has_parent;
    struct sh_hash parent;
    struct address from;
    struct sh_hash seat;
    const struct recipient *recipients; /* ascending by address; exactly one has ROLE_OWN */
    size_t recipients_len;
    enum kind kind;
    enum subtype subtype; /* SUBTYPE_NONE if absent */
    enum urgency urgency;
    int64_t created_at_ms;
    bool has_clock_from;
    int64_t clock_from_ms;
    uint32_t level; /* 0 if absent */
    const struct cite *cites;
    size_t cites_len;
    enum outcome outcome; /* OUTCOME_NONE if absent */
    const struct child_outcome *children;
    size_t children_len;
    uint32_t children_count; /* 0 if absent */
    bool has_next_due;
    int64_t next_due_ms;
    bool not_to_own_desk;
    bool telephone;
    const struct sh_id *encloses;
    size_t encloses_len;
};

struct parts {
    uint32_t sealed_count;
    uint32_t count; /* 0: no parts */
    uint64_t bytes;
    struct sh_hash root;
};

struct header {
    struct facts facts;
    struct sh_hash sealed_sha256;
    uint64_t sealed_bytes;
    struct sh_hash inner_sha256;
    struct parts parts;
};

struct batch_path {
    uint64_t size; /* 0: not a batch */
    uint64_t index;
    const struct sh_hash *path;
    size_t path_len;
};

/* The three layers' outermost. `header` are the signed bytes; decode them with header_decode(). */
struct envelope {
    struct bytes header;
    struct bytes sealed;
    struct bytes signature;
    struct batch_path batch;
};

struct receipt {
    enum receipt_type type;
    struct sh_id message_id;
    struct sh_hash header_sha256;
    struct address by;
    struct sh_hash seat;
    int64_t at_ms;
    uint32_t code; /* of UNREADABLE, else 0 */
};

struct signed_receipt {
    struct bytes receipt; /* as signed */
    struct bytes signature;
};

/* ---- log.proto ---- */

struct leaf {
    enum leaf_type type;
    int64_t time_ms;
    struct sh_hash commitment;
};

struct opening {
    struct sh_hash salt;
    struct bytes facts; /* a struct leaf_facts, encoded */
};

struct leaf_desk {
    struct address address;
    enum role role;
};

/* A clock that a message started. */
struct leaf_clock {
    enum duty duty;
    enum owed owed;
    int64_t due_ms;
    struct address by; /* of OWED_BY_DESK, else "" */
};

/* Absent: has_ flag false, number 0, hash or id zero, text NULL. Which belong to which leaf type is
 * a table in docs/PROTOCOL.md. */
struct leaf_facts {
    struct sh_id message_id;
    struct sh_id thread_id;
    struct sh_hash header_sha256;
    struct sh_hash parent;
    struct address from; /* "" if absent */
    struct sh_hash seat;
    const struct leaf_desk *to;
    size_t to_len;
    uint32_t kind, subtype, urgency;
    bool has_created_at;
    int64_t created_at_ms;
    bool has_clock_from;
    int64_t clock_from_ms;
    uint32_t level;
    const struct cite *cites;
    size_t cites_len;
    uint32_t outcome;
    const struct child_outcome *children;
    size_t children_len;
    uint32_t children_count;
    bool has_next_due;
    int64_t next_due_ms;
    bool has_sealed_bytes;
    uint64_t sealed_bytes;
    struct address by; /* "" if absent */
    uint32_t code;
    bool has_at;
    int64_t at_ms;
    struct sh_hash receipt_sha256;
    uint32_t clock; /* enum duty */
    bool has_due;
    int64_t due_ms;
    bool has_count;
    uint64_t count;
    bool has_version;
    uint64_t version;
    struct sh_hash sha256;
    bool has_log_index;
    uint64_t log_index;
    struct sh_hash checkpoint_sha256;
    const char *name;
    bool telephone;
    const struct leaf_clock *clocks;
    size_t clocks_len;
    struct bytes
        signatures[2]; /* Ed25519, of the key that ends and of the one that begins; or none */
};

struct statement {
    struct bytes leaf;
    struct opening opening;
    uint64_t index;
    const struct sh_hash *proof;
    size_t proof_len;
    struct bytes checkpoint;
};
