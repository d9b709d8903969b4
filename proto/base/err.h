/* Error codes of the whole system, and the two macros that pass them on.
 *
 * One number serves as return value, as `code` on the wire and in the log (docs/PROTOCOL.md,
 * "Codes"), and as the word that a person or a program reads. Numbers are never reused.
 *
 * Each code has a class, because a relay must know what to answer:
 *   REJECT  bad or forbidden: say no, and say why
 *   DEFER   not now: try again later, nothing was decided
 *   FATAL   our own bug or a broken state: stop, and do not serve
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SH_MUST_USE __attribute__((warn_unused_result))

/* X(name, number, class, word, sentence) */
#define SH_ERRORS(X)                                                                               \
    /* shape of bytes */                                                                           \
    X(TOO_BIG, 1, REJECT, "too_big", "it is larger than the limit")                                \
    X(FORMAT, 2, REJECT, "format", "the bytes do not have the right form")                         \
    X(NOT_CANONICAL, 3, REJECT, "not_canonical", "the bytes are not in canonical form")            \
    X(BAD_TEXT, 4, REJECT, "bad_text", "text is not valid UTF-8 or has a NUL byte")                \
    X(BAD_CODE, 5, REJECT, "bad_code", "a code is not in its closed list")                         \
    X(BAD_ADDRESS, 6, REJECT, "bad_address",                                                       \
      "an address is not of the form desk@organisation.sector")                                    \
    X(BAD_TIME, 7, REJECT, "bad_time", "the time is too far in the past or the future")            \
    X(BAD_VERSION, 8, REJECT, "bad_version", "this version is not spoken here")                    \
    X(BAD_RECIPIENTS, 9, REJECT, "bad_recipients", "the list of recipients is not well formed")    \
    /* who */                                                                                      \
    X(UNKNOWN_SEAT, 10, REJECT, "unknown_seat", "the seat is not in the directory")                \
    X(WRONG_SEAT, 11, REJECT, "wrong_seat", "the seat that connected is not the seat that signed") \
    X(WRONG_DESK, 12, REJECT, "wrong_desk", "the seat does not belong to the desk in 'from'")      \
    X(BAD_SIGNATURE, 13, REJECT, "bad_signature", "the signature does not verify")                 \
    X(BAD_BATCH, 14, REJECT, "bad_batch", "the batch path does not lead to the signed root")       \
    X(REVOKED, 15, REJECT, "revoked", "the certificate was revoked")                               \
    X(EXPIRED, 16, REJECT, "expired", "the certificate has expired or is not yet valid")           \
    X(BAD_CHAIN, 17, REJECT, "bad_chain",                                                          \
      "the certificate does not chain to the partnership's root")                                  \
    X(STALE_CRL, 18, REJECT, "stale_crl",                                                          \
      "the list of revoked certificates is missing or too old")                                    \
    X(BAD_CERTIFICATE, 19, REJECT, "bad_certificate",                                              \
      "the certificate does not follow its profile")                                               \
    X(UNKNOWN_DESK, 20, REJECT, "unknown_desk", "no desk with this address is in the directory")   \
    X(STALE_SEATS, 21, REJECT, "stale_seats",                                                      \
      "the seats sealed to are not the desk's seats of today")                                     \
    X(NO_LIVE_SEAT, 22, REJECT, "no_live_seat", "the desk has no seat that can receive mail")      \
    X(WRONG_SECTOR, 23, REJECT, "wrong_sector", "the address is outside the sector of its issuer") \
    X(DUPLICATE_KEY, 24, REJECT, "duplicate_key", "a key, certificate or serial appears twice")    \
    /* what may follow what */                                                                     \
    X(FORBIDDEN_KIND, 30, REJECT, "forbidden_kind",                                                \
      "this desk may not send this kind to that desk")                                             \
    X(WRONG_ORDER, 31, REJECT, "wrong_order", "this kind cannot follow the message it answers")    \
    X(NOT_A_PARTY, 32, REJECT, "not_a_party", "the desk is no party to this thread")               \
    X(UNKNOWN_PARENT, 33, REJECT, "unknown_parent", "the message it answers is not known here")    \
    X(UNKNOWN_THREAD, 34, REJECT, "unknown_thread", "the thread is not known here")                \
    X(ALREADY_DECIDED, 35, REJECT, "already_decided",                                              \
      "a decision for these children was already made")                                            \
    X(CITES_NOTHING, 36, REJECT, "cites_nothing",                                                  \
      "it must cite a decision, or an OVERDUE entry of the log, of this thread")                   \
    X(LEVEL_TOO_EARLY, 37, REJECT, "level_too_early", "this level is not open yet")                \
    X(CHILDREN_UNDECIDED, 38, REJECT, "children_undecided", "not every child has a decision")      \
    X(WITHDRAWN, 39, REJECT, "withdrawn", "the message was withdrawn by its sender")               \
    X(ID_REUSED, 40, REJECT, "id_reused", "this message id was used for other bytes")              \
    X(BAD_CHILDREN, 41, REJECT, "bad_children",                                                    \
      "the positions of the children do not fit the referral")                                     \
    X(BAD_OUTCOME, 42, REJECT, "bad_outcome", "the kind and its outcome do not fit")               \
    X(BAD_RECEIPT, 43, REJECT, "bad_receipt",                                                      \
      "the receipt is not for a message sent to this seat")                                        \
    X(NO_PARTS, 44, REJECT, "no_parts", "the parts named in the header are not held here")         \
    X(NOT_PERMITTED, 45, REJECT, "not_permitted", "this desk may not ask for that")                \
    X(NO_SESSION, 46, REJECT, "no_session", "say HELLO first")                                     \
    /* what a reader finds */                                                                      \
    X(HEADER_DISAGREES, 50, REJECT, "header_disagrees",                                            \
      "what is inside disagrees with the header")                                                  \
    X(COMMITMENT, 51, REJECT, "commitment",                                                        \
      "the signed content is not the one that the header names")                                   \
    X(NOT_FOR_US, 52, REJECT, "not_for_us", "the message is not addressed to this seat")           \
    X(FOREIGN_CONTENT, 53, REJECT, "foreign_content",                                              \
      "content signed by someone else stands outside an enclosure")                                \
    X(UNSEAL, 54, REJECT, "unseal", "the message cannot be unsealed with this seat's key")         \
    X(CMS_PROFILE, 55, REJECT, "cms_profile",                                                      \
      "the cryptographic message is not of the one permitted form")                                \
    X(BAD_CONTENT, 56, REJECT, "bad_content", "the content lacks something that its kind needs")   \
    /* proofs */                                                                                   \
    X(PROOF, 60, REJECT, "proof", "the proof does not lead to the signed root of the log")         \
    X(FORK, 61, REJECT, "fork", "the relay shows a log that contradicts what it showed before")    \
    X(ROLLBACK, 62, REJECT, "rollback", "an older version was offered than the one already known") \
    X(BAD_CHECKPOINT, 63, REJECT, "bad_checkpoint",                                                \
      "the checkpoint is not signed by the log's key")                                             \
    /* a person's side */                                                                          \
    X(NOT_FOUND, 70, REJECT, "not_found", "there is no such thing here")                           \
    X(USAGE, 71, REJECT, "usage", "the command is not understood")                                 \
    X(JSON, 72, REJECT, "json", "the file is not as it must be")                                   \
    X(PASSPHRASE, 73, REJECT, "passphrase", "the passphrase does not open the key")                \
    X(CONFIG, 74, REJECT, "config", "the configuration has a mistake")                             \
    X(EXISTS, 75, REJECT, "exists", "it exists already")                                           \
    X(AMBIGUOUS, 76, REJECT, "ambiguous", "more than one thing fits")                              \
    X(CLOSED, 79, REJECT, "closed", "the organisation has closed, or another took its place")      \
    /* not now */                                                                                  \
    X(BUSY, 100, DEFER, "busy", "too much is waiting; try again")                                  \
    X(QUOTA, 101, DEFER, "quota", "this seat has sent too much for now; try again later")          \
    X(DISK_FULL, 102, DEFER, "disk_full", "there is no room on the disk")                          \
    X(NOMEM, 103, DEFER, "nomem", "out of memory")                                                 \
    X(CLOCK, 104, DEFER, "clock", "the clock is not to be trusted at the moment")                  \
    X(NET, 105, DEFER, "net", "the other side cannot be reached")                                  \
    X(TIMEOUT, 106, DEFER, "timeout", "no answer came in time")                                    \
    X(EMPTY, 107, DEFER, "empty", "nothing is there at the moment")                                \
    X(IO, 108, DEFER, "io", "a file cannot be read or written")                                    \
    X(LOCKED, 109, DEFER, "locked", "another program is using it")                                 \
    X(STARTING, 110, DEFER, "starting", "the relay is starting")                                   \
    X(RESTORING, 111, DEFER, "restoring", "the relay was put back from an older copy")             \
    /* stop */                                                                                     \
    X(BUG, 200, FATAL, "bug", "this should not have happened")                                     \
    X(CRYPTO, 201, FATAL, "crypto", "the cryptographic library failed")                            \
    X(STORE, 202, FATAL, "store", "the database failed")                                           \
    X(CORRUPT, 203, FATAL, "corrupt", "stored data has changed since it was written")              \
    X(SELF_TEST, 204, FATAL, "self_test", "a start-up check failed")

typedef enum sh_err {
    SH_OK = 0,
#define X(name, number, class, word, sentence) SH_E_##name = (number),
    SH_ERRORS(X)
#undef X
} sh_err;

enum sh_class {
    SH_CLASS_OK,
    SH_CLASS_REJECT,
    SH_CLASS_DEFER,
    SH_CLASS_FATAL,
};

/* Room for the detail of one error: what, where, which value. Never a payload, never a name. */
struct sh_why {
    char text[512];
};

/* The class of a code; an unknown number counts as FATAL. Any thread. */
enum sh_class sh_err_class(sh_err code);
/* The word used on the wire, in logs and in --json ("stale_seats"); "unknown" for other numbers. */
const char *sh_err_word(sh_err code);
/* The same for a person: half a sentence without a full stop. */
const char *sh_err_sentence(sh_err code);
/* True if the number is one of the list above (for codes that come from a peer). */
bool sh_err_known(uint32_t number);

/* Sets the detail text (NULL why is allowed) and returns `code`, so that one can write
 * `return sh_fail(why, SH_E_IO, "cannot open %s", path);`. Any thread. */
sh_err sh_fail(struct sh_why *why, sh_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define SH_TRY(call)                                                                               \
    do {                                                                                           \
        sh_err sh_try_result_ = (call);                                                            \
        if (sh_try_result_ != SH_OK) {                                                             \
            return sh_try_result_;                                                                 \
        }                                                                                          \
    } while (0)

#define SH_CHECK(cond, code)                                                                       \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            return (code);                                                                         \
        }                                                                                          \
    } while (0)
