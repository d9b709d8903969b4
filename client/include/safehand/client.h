/* libsafehand: one seat of Safehand, for programs. Connect, send, receive, answer, look up, prove.
 *
 * How to call it
 *   - Every function that can fail returns an int: 0 is success, anything else is a code, one of
 *     those below or another (sh_client_code_word() gives "stale_seats",
 *     sh_client_code_sentence() half a sentence for a person). The numbers are those of the wire
 *     and of the log; they are never reused.
 *   - The last parameter may point to a struct sh_client_error, which is filled on failure with the
 *     code and with one or two sentences: what happened, what was not lost, what to do. It may be
 *     NULL.
 *   - Documents go in and come out as JSON text in UTF-8. What comes out is NUL-terminated, belongs
 *     to the caller and is freed with sh_client_free_text(). *out_json is NULL unless something was
 *     put there. Functions marked [result on failure] also give a document together with an error
 *     code; test the pointer, not the code.
 *   - Strings that go in are borrowed until the function returns. NULL for an optional string means
 *     "none".
 *   - One struct sh_client is used by one thread at a time. Two may not have the same home open at
 *     once: the second waits 5 seconds and gets "locked". Different homes are independent.
 *   - Callbacks run on the calling thread, inside the call. They must not call back into the same
 *     client.
 *   - Structs that go in begin with their own size, so that later versions can add members: set it
 *     to sizeof(struct ...), and zero the rest.
 *
 * A home is a folder, mode 0700, of one seat:
 *     address            the seat's address, one line
 *     sign.key           P-256, signs messages and receipts; this and the next two are encrypted
 *                        PKCS#8 under one passphrase, mode 0600, made here, and never leave
 *     seal.key           P-256, unseals messages
 *     curve.key          X25519, the connection to the relay
 *     sign.pem seal.pem  the two certificates
 *     root.pem           the partnership's root, pinned by sh_client_enrol_install()
 *     directory          the newest verified directory file, as signed
 *     vault.db           SQLite: envelopes (sealed, as they travelled), receipts, statements,
 *                        checkpoints, who looked at what
 *     patterns.json      optional: rules by which chronologies are flagged (safehand-patterns(5))
 *     clarity.json       optional: rules of the clarity check for this seat (the command line's)
 *     endpoint           optional: one line tcp://host:port, in place of the directory's endpoints
 * Plaintext is never written there. A copy of it made while a client has it open is no backup.
 *
 * Times in JSON are RFC 3339 in UTC with milliseconds. Message and thread ids are 32 hexadecimal
 * digits; wherever an id goes in, a unique beginning of at least 6 digits will do ("ambiguous" if
 * it fits several).
 *
 * client/lib/example/send_and_track.c sends a referral and tracks it. */
#ifndef SAFEHAND_CLIENT_H
#define SAFEHAND_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SH_CLIENT_API __attribute__((visibility("default")))
#else
#define SH_CLIENT_API
#endif

struct sh_client; /* opaque */

struct sh_client_error {
    int code;           /* what the function returned */
    char sentence[512]; /* for a person; holds no content of a message */
};

/* Writes the passphrase, without newline and NUL-terminated, into out (room for out_len bytes, at
 * most 1024). Returns 0, or anything else to give up: the function that needed it then fails with
 * "passphrase". It is called at most once a client, when a key is first needed. */
typedef int (*sh_client_passphrase)(void *ctx, char *out, size_t out_len);

/* Told how far long work is. `what` is a fixed English phrase ("fetching messages"); total 0: not
 * known. */
typedef void (*sh_client_progress)(void *ctx, const char *what, uint64_t done, uint64_t total);

/* The codes that a caller is most likely to test for. All others have a word too. */
enum sh_client_code {
    SH_CLIENT_OK = 0,
    SH_CLIENT_UNKNOWN_DESK = 20,
    SH_CLIENT_NO_LIVE_SEAT = 22,
    SH_CLIENT_PROOF = 60, /* a proof does not lead to the log's signed root, or is missing */
    SH_CLIENT_FORK = 61,  /* the relay contradicts what it showed before: tell a person */
    SH_CLIENT_NOT_FOUND = 70,
    SH_CLIENT_USAGE = 71,
    SH_CLIENT_JSON = 72, /* the sentence has the place: "concern.child_words[0].when: ..." */
    SH_CLIENT_PASSPHRASE = 73,
    SH_CLIENT_EXISTS = 75, /* enrolled already; or this document was accepted within 24 hours */
    SH_CLIENT_AMBIGUOUS = 76,
    SH_CLIENT_CLOSED = 79,   /* it has closed: say to which successor instead */
    SH_CLIENT_NET = 105,     /* no relay: what was sent is kept and goes at the next sync */
    SH_CLIENT_TIMEOUT = 106, /* the same */
    SH_CLIENT_LOCKED = 109
};

/* ---- about codes and text ---- */

SH_CLIENT_API const char *sh_client_version(void); /* "0.1.0" */
SH_CLIENT_API const char *sh_client_code_word(int code);
SH_CLIENT_API const char *sh_client_code_sentence(int code);
/* The exit status that the command line gives for a code: 0 done; 1 refused or not found; 2 bad
 * input, usage, passphrase; 3 not now: kept in the outbox, goes by itself at the next sync; 4 a
 * proof or signature failed. Trouble of this computer (disk, memory, another program) is 1: nothing
 * was kept that would go by itself. */
SH_CLIENT_API int sh_client_exit_status(int code);
/* Frees *text and nulls it; NULL and a pointer to NULL are fine. The text is cleansed first. */
SH_CLIENT_API void sh_client_free_text(char **text);
/* The first line of a file that others cannot read (mode 0600 or stricter, else "config"), for a
 * passphrase callback. Writes at most out_len bytes with the NUL. */
SH_CLIENT_API int sh_client_passphrase_file(const char *path, char *out, size_t out_len,
                                            struct sh_client_error *error);

/* ---- enrolment: a home is made in two steps; in between is the partnership's authority ---- */

struct sh_client_enrol {
    size_t size;
    const char *home;
    const char *address; /* of request: the desk that this seat is to belong to */
    const char *dir; /* request: where request.pem goes; install: where the authority's files are */
    /* Of install: SHA-256 of the root certificate as read over the telephone: 64 hexadecimal digits
     * of either case; spaces and colons are passed over. */
    const char *root_fingerprint;
    unsigned scrypt_p; /* request: cost of opening a key, 1 to 8; 0 means 8. 1 is for sandboxes */
    sh_client_passphrase passphrase;
    void *passphrase_ctx;
};

/* Makes the three keys and writes DIR/request.pem for `safehand-ca issue`. A second call keeps the
 * keys and writes the request again. "exists" once the home is enrolled.
 *   {"address","home","request","curve_key"} */
SH_CLIENT_API int sh_client_enrol_request(const struct sh_client_enrol *enrol, char **out_json,
                                          struct sh_client_error *error);
/* Takes sign.pem, seal.pem, root.pem and directory (or directory.bin) from DIR. The root must have
 * the fingerprint, the certificates must be for our keys, of the right profiles and for our
 * address, the directory must verify and list this seat. Installing again (a renewed certificate)
 * is fine; the root cannot change.
 *   {"address","seat","partnership","root_fingerprint","expires_at","directory_version"} */
SH_CLIENT_API int sh_client_enrol_install(const struct sh_client_enrol *enrol, char **out_json,
                                          struct sh_client_error *error);

/* ---- a client ---- */

struct sh_client_options {
    size_t size;
    const char *home;
    sh_client_passphrase passphrase;
    void *passphrase_ctx;
    sh_client_progress progress; /* may be NULL */
    void *progress_ctx;
    uint32_t connect_ms; /* how long to try to reach a relay; 0 means 8,000 */
    uint32_t answer_ms;  /* how long to wait for one answer; 0 means 20,000 */
};

/* Opens an enrolled home. Needs no passphrase and no network yet. "not_found" if there is no
 * enrolled home, "locked" if another program has it open. Gives *out: sh_client_close(). */
SH_CLIENT_API int sh_client_open(const struct sh_client_options *options, struct sh_client **out,
                                 struct sh_client_error *error);
/* Ends the connection, forgets the keys, closes the vault, frees and nulls. NULL is fine. */
SH_CLIENT_API void sh_client_close(struct sh_client **client);

/* Who this is, what waits in the outbox, and warnings (certificate or directory past half of its
 * time, a log that contradicted itself). No network, no passphrase.
 *   {"address","seat","holder_expires_at","partnership","directory_version",
 *    "directory_expires_at","waiting","receipts_waiting","warnings":[sentences]} */
SH_CLIENT_API int sh_client_status(struct sh_client *client, char **out_json,
                                   struct sh_client_error *error);

/* ---- sending ---- */

#define SH_CLIENT_AGAIN 1u /* send although the same document was accepted within 24 hours */
#define SH_CLIENT_SPLIT 2u /* a message for each setting, with its children only */
/* Of sh_client_answer() with "redirect": the referral is also passed on to the document's
 * `to_address`, enclosed and word for word, with its sender among the recipients. Both messages or
 * none. The result is then a list of two: the referral, the redirect. Only a referral may be. */
#define SH_CLIENT_PASS_ON 4u

struct sh_client_send {
    size_t size;
    const char *const *to; /* recipients beside those of the document, or NULL */
    size_t to_len;
    unsigned flags;
    /* Of sh_client_send(): the message that this one follows in its thread, for kinds that could
     * also begin one; NULL: the document's `parent`, or a new thread. */
    const char *reply_to;
};

/* One document, of the shape of tests/cases/CODES.md: sealed, put durably into the outbox, sent,
 * and waited for. `how` may be NULL. [result on failure]
 *   {"message_id","thread_id","kind","from","to","urgency","sent_at",
 *    "state",                                        accepted | waiting | refused
 *    "log_index","log_size","accepted_at",           if accepted
 *    "code","sentence",                              if not
 *    "telephone":[{"address","name","telephone","hours"}],
 *                                                    if urgent and not accepted: call them
 *    "collected":[{"address","last_collected_at","warning","telephone"}],
 *                                                    if accepted and the relay says so: when each
 *                                                    desk last collected its mail; "warning" and
 *                                                    whom to telephone if never, or not for 3 days
 *    "warnings":[sentences]}                         if an organisation it goes to is said to have
 *                                                    closed, and somebody still has a seat there
 * With SH_CLIENT_SPLIT: a list of these.
 * "closed": an organisation addressed has closed or given its place to another, and nobody has a
 * seat at that address. Nothing was sealed. The result is then
 *   {"state":"rejected","code":"closed","sentence",
 *    "successors":[{"instead_of" (the address), "code","name","address","telephone","closed_on",
 *                   "path":[codes from the closed one to this one]}]}
 * "address" is the same desk there, and absent if nobody has a seat at it. Several: a person must
 * say which. With a successor's address among how->to the message goes there in place of the closed
 * one. No successors: none is known, or they lead round in a circle.
 * If the relay cannot be reached or says "not now" the message is kept: the code is one of exit
 * status 3, and state is "waiting". The same document again, while it waits, is the same message:
 * the stored bytes go again. If it was accepted within 24 hours: "exists", with the earlier
 * message's result. The relay's refusal is the code, and final for this message id; if only the
 * recipients' seats had changed, the message was sealed anew and sent by itself ("replaces" has the
 * id before). */
SH_CLIENT_API int sh_client_send(struct sh_client *client, const char *json, size_t json_len,
                                 const struct sh_client_send *how, char **out_json,
                                 struct sh_client_error *error);

/* The clarity check of one document: advice before it is sent; it never keeps one from being sent.
 * Needs no home, no network, no passphrase, and nothing of the document leaves the caller's memory.
 * rules_file: a rules file (safehand-clarity(5)); NULL: the installed one, or else the rules that
 * were built in.
 *   {"kind","rules",                                what the rules file calls itself
 *    "findings":[{"code","about","path","words","why","instead"}]}
 * about: "wording" or "missing". path: where, as in "concern.observations[1].words". words: as they
 * stand in the document, with about "wording" only; they are content: show them to the writer and
 * to nobody else, and never log them. why, instead: a sentence each. At most 200 findings.
 * Returns 0 whatever was found; what sh_client_send() would refuse is refused with the same code
 * and place; "config" if the rules file has a mistake, with its place. */
SH_CLIENT_API int sh_client_check(const char *json, size_t json_len, const char *rules_file,
                                  char **out_json, struct sh_client_error *error);

struct sh_client_document {
    const char *name; /* shown in the result: a file name */
    const char *json;
    size_t json_len;
};

/* Many documents. All are checked first; each stands alone; the good ones go under one batch
 * signature. A second call with the same documents sends only what was not accepted, with the same
 * ids. [result on failure]
 * A list in the order given, each as of sh_client_send() with "name"; state is also "rejected"
 * (never sealed: "code", and "sentence" with the place in the document), and what was accepted
 * before has "before": true. Returns 0 if all are accepted; else the code of the first document
 * that was bad or refused; else what keeps messages waiting. */
SH_CLIENT_API int sh_client_send_many(struct sh_client *client,
                                      const struct sh_client_document *documents,
                                      size_t documents_len, const struct sh_client_send *how,
                                      char **out_json, struct sh_client_error *error);

/* An answer to a message that this desk was sent or sent itself.
 * verb: "ack" "decide" "reconsider" "respond" "redirect" "request" "reply" "note" "correct"
 * "withdraw" "close".
 * Sender, recipients, thread, parent and kind come from the message answered; if the document names
 * them they must agree ("json" with the place if not). `json` may be NULL where the kind needs
 * nothing of its own. A reconsideration goes to the desk that decided and to whom the document's
 * `to` adds; the referral, the decisions and earlier reconsiderations and responses of the thread
 * are enclosed, so that a new reader can read all of it.
 * Result as of sh_client_send(). [result on failure] */
SH_CLIENT_API int sh_client_answer(struct sh_client *client, const char *verb,
                                   const char *message_id, const char *json, size_t json_len,
                                   const struct sh_client_send *how, char **out_json,
                                   struct sh_client_error *error);

/* What was redirected, sent again by its sender: the same words to the one desk of how->to, in the
 * same thread, with the earlier message enclosed. message_id: the redirect, or what was redirected.
 * "wrong_order" if nobody has redirected it. "usage" without a desk in how->to: the sentence has
 * the one that the redirect names; "closed" with successors, as of sh_client_send(), if it names
 * none and says that its organisation has closed. Result as of sh_client_send(). [result on
 * failure] */
SH_CLIENT_API int sh_client_resend(struct sh_client *client, const char *message_id,
                                   const struct sh_client_send *how, char **out_json,
                                   struct sh_client_error *error);

/* ---- receiving ---- */

/* Sends what waits, fetches what is due, verifies it, stores it, returns receipts, fetches a newer
 * directory. wait_seconds: if nothing was due, stays connected for up to so long and returns when
 * something came. The code of a refusal if a message that waited was refused. [result on failure]
 *   {"sent":[as of sh_client_send()],"received":[as of sh_client_inbox()],"unreadable","notices",
 *    "receipts","waiting","directory_version","log_size","warnings":[sentences]}
 * "fork" or "proof": nothing more was taken from this relay; the evidence is kept in the vault. */
SH_CLIENT_API int sh_client_sync(struct sh_client *client, uint32_t wait_seconds, char **out_json,
                                 struct sh_client_error *error);

/* For a desk of the sector 'audit': fetches what its mirror of the log (audit.db in the home)
 * lacks, entries and openings, and verifies all of it before it is kept. `whole`: what the mirror
 * holds is verified anew first. "proof", "fork", "rollback": "finding" says which entry and what is
 * wrong, and has both signed checkpoints. [result on failure]
 *   {"fetched","entries","rechecked","origin"?,
 *    "finding"?:{"fault","sentence","index"?,"checkpoint","previous_checkpoint"}} */
SH_CLIENT_API int sh_client_audit_sync(struct sh_client *client, int whole, char **out_json,
                                       struct sh_client_error *error);

/* What went well and should still be told, since the client was opened: this computer's clock is
 * behind, the directory is old. A list of sentences, often empty; `sync` and `status` have it too.
 */
SH_CLIENT_API int sh_client_warnings(struct sh_client *client, char **out_json,
                                     struct sh_client_error *error);

/* Lists, newest first, without content: no passphrase, no network. Each entry:
 *   {"message_id","thread_id","kind","subtype","from","to","inform","cover","urgency","level",
 *    "outcome","sent_at","by_seat","accepted_at","log_index","log_size","state"}
 * and, of a notification that says when the event was, "happened_at", "happened_before_sent_ms",
 * "event_age" ("happened 457 days before it was sent");
 * and of what was telephoned "telephone" true with "in_writing_by": of a note of a call, while what
 * it is about has no answer in writing, when that is due; of a referral that was telephoned first
 * and written too late, when it had to be written.
 * state in the inbox: delivered opened acknowledged decided redirected unreadable (then "code")...;
 * state in sent: waiting refused replaced accepted delivered opened acknowledged decided ...: the
 * furthest of the facts that sh_client_track() lists. `sent` has what colleagues of the desk sent,
 * too. */
SH_CLIENT_API int sh_client_inbox(struct sh_client *client, char **out_json,
                                  struct sh_client_error *error);
SH_CLIENT_API int sh_client_sent(struct sh_client *client, char **out_json,
                                 struct sh_client_error *error);
/* Threads, the one with the newest message first:
 *   {"thread_id","kind","from","to","urgency","started_at","last_at","messages":[entries]} */
SH_CLIENT_API int sh_client_threads(struct sh_client *client, char **out_json,
                                    struct sh_client_error *error);

/* One message in full. If it was sent to this desk, an OPENED receipt is signed and durably in the
 * outbox before any of it is given out. An entry as above, with
 *   "content" (what was sent, value for value), "parent" (message id, if known),
 *   "enclosures":[{entry, "content", "proof"}], "facts" (as of track), "proof" ("verified"),
 *   "corrections":[entry with "content"] if there are any (each is thereby opened, too),
 * "corrected" (the entry of what a correction corrects). An unreadable message is not shown: the
 * code says why it could not be read. */
SH_CLIENT_API int sh_client_show(struct sh_client *client, const char *message_id, char **out_json,
                                 struct sh_client_error *error);

/* ---- a child's chronology ---- */

/* What this vault holds on one child, from all agencies and kinds, in order of the event. Every
 * message whose words are given out is marked as opened first, as by sh_client_show(), and the look
 * is kept in the vault.
 * key: upn:X  nhs:X  local:X  name:Given Family/2016-05-21 (the date of birth, or the due date of
 * an unborn child). A local identifier, and a number that fails its check, may have /DATE behind
 * it. flags: SH_CLIENT_HOUSEHOLD joins siblings: children of one message with a family name or an
 * address in common, and those that a message lists as siblings.
 *   {"key","desk","made_at","not_searched",
 *    "children":[{"person","names","known_as","dates_of_birth","due_dates","roles",
 *                 "identifiers":[{"kind","value","check","doubtful"}],"differs"}],
 *    "handling":[handling marks of each message, with "from" and "message_id"],
 *    "rows":[{"row","part","message_id","enclosed_in","kind","subtype","from","to","sent_at",
 *             "happened_at","happened_until","known_at","days_until_known","who","how","source",
 *             "where","what","child_words","categories","urgency","result","outcome","quotes",
 *             "agency","about_message","outcome_words",
 *             "children":[{"person","name","role","seen_alone","observed","matched":[words]}],
 *             "missing":[words],"proof"}],
 *    "gaps":[{"after_row","from","to","days"}],
 *    "flags":[{"rule","says","person","role","on","rows":[numbers]}],"rules",
 *    "possible":[{"message_id","from","sent_at","child","as","like":[words],"kept_apart"}],
 *    "links":[{"linked","key","other","reason","at","by_seat"}]}
 * not_searched: how many messages of this vault could not be opened to look for the child in them.
 * part: "message" "observation" "tried" "entry" (of a chronology that another desk made). What is
 * not said is absent, and listed in "missing". role is always there: "not_said" if it is not said.
 * "possible" has what only looks alike (a name without a date of birth, an identifier that fails
 * its check): it is not in the rows, and none of its words are given out. "ambiguous" [result on
 * failure]: the key fits messages that nothing shows to be about one child:
 * {"key","possible"}. "not_found": nothing is held. */
#define SH_CLIENT_HOUSEHOLD 1u
SH_CLIENT_API int sh_client_chronology(struct sh_client *client, const char *key, unsigned flags,
                                       char **out_json, struct sh_client_error *error);

/* Sends selected rows as a message of kind CHRONOLOGY: an entry for each row, and the messages that
 * they stand in enclosed whole, as their senders signed them, so that the reader can verify them;
 * also those that a third agency signed. Handling marks go along. rows: numbers of the chronology
 * as it is now. Result as of sh_client_send(). [result on failure] */
struct sh_client_selection {
    size_t size;
    const char *key;
    const unsigned *rows;
    size_t rows_len;
    const char *const *to;
    size_t to_len;
    const char *author, *role; /* who has put it together */
    const char *note;          /* or NULL */
};
SH_CLIENT_API int sh_client_chronology_send(struct sh_client *client,
                                            const struct sh_client_selection *selection,
                                            char **out_json, struct sh_client_error *error);

/* A person's word that two keys are one child, or are not (`apart`): it is kept in the vault with
 * its reason, sealed to this seat, and shown in the chronology. The newest word for a pair counts.
 *   {"linked","at"} */
struct sh_client_link {
    size_t size;
    const char *key, *other; /* as of sh_client_chronology() */
    const char *reason;
    int apart;
};
SH_CLIENT_API int sh_client_chronology_link(struct sh_client *client,
                                            const struct sh_client_link *link, char **out_json,
                                            struct sh_client_error *error);

/* Gives the relay the receipts that wait, trying for two seconds at most: after show, so that the
 * sender sees now that it was opened. What cannot go now goes at the next sync; that is no error.
 */
SH_CLIENT_API int sh_client_return_receipts(struct sh_client *client,
                                            struct sh_client_error *error);

/* ---- what became of it ---- */

/* Every fact about a message, or with message_id NULL a list for every message that this desk sent.
 * An entry as above, with
 *   "facts":[{"fact","by","at","log_index","log_size","proof","seat","message_id","code",
 *            "duty","owed_by","due_at","level"}]
 * fact: accepted refused delivered opened unreadable acknowledged decided reconsidered responded
 * redirected resent passed_on requested replied noted corrected withdrawn closed, undeliverable
 * not_yet_delivered warned overdue cover_called level_opened. by: the desk whose fact it is, or
 * "relay". proof: "verified", or words that say why not; proofs are verified anew by every call. No
 * network, no passphrase. A fact that is an answer has the answer's "message_id", and "resent" and
 * "passed_on" (by whom it was sent again, or passed on) have "to". One of a clock (warned overdue
 * not_yet_delivered cover_called level_opened clock_stopped) says which: the "duty" (what was
 * owed), "owed_by" whom and "due_at" what time; level_opened also which "level". */
SH_CLIENT_API int sh_client_track(struct sh_client *client, const char *message_id, char **out_json,
                                  struct sh_client_error *error);

/* ---- what is owed ---- */

/* What somebody must do, for the whole desk, worked out from the facts that this vault holds: what
 * was written but not sent, and what nobody has done yet by any signed fact. No network. The
 * passphrase is asked for only if there are concerns, whose dates are content; without it the rest
 * is told all the same.
 *   {"at","desk",
 *    "unsent":[as of sh_client_send()],   waiting, or refused within a week
 *    "overdue":[line],"due_today":[line],"waiting":[line],
 *    "look_again":[entry with "look_again_on" (a day),"reached" (bool),"what"],
 *    "concerns_not_looked_at",            so many could not be opened: no passphrase
 *    "notices":[{"notice","message_id","thread_id","kind","from","owed_by","level","at",
 *                "log_index","what","telephone"}]}  told about messages that this desk has not got
 * A line is an entry of sh_client_inbox(), without "state", with
 *   "turn" ("ours" or "theirs"), "owed_by" (the desk that must act), "as_cover" (true: this desk
 *   covers for it), "reached" (of what we sent, at that desk: not_delivered delivered opened
 *   unreadable), "duties":[{"duty","what","due","due_at","late_ms","overdue_log_index"}],
 *   "children":[{"child","outcome"}] (no outcome: not decided), "telephoned":{"at","by",
 *   "message_id"} (answered by telephone, not yet in writing), "cover_called_at", "answers" (a
 *   message id), "redirected_from", "passed_on_by", "telephone":[as of sh_client_send()];
 * or, where differences wait to be pressed further or closed, "what" in place of "duties", with
 * "level_opened", "level_opened_at", "desks" if silence has opened a level.
 * There is one line for each message, desk and section; ours stand first, then what is urgent, then
 * what was due first. A duty without "due_at" has no clock. "overdue_log_index": where the log says
 * so. */
SH_CLIENT_API int sh_client_outstanding(struct sh_client *client, char **out_json,
                                        struct sh_client_error *error);

/* ---- the directory ---- */

/* Organisations and desks whose name, code or address contains the text. A list of
 *   {"address","name","organisation","organisation_code","closed_on","successors":[as of
 *    sh_client_send()],"telephone","hours","seats","cover":[addresses]}
 * (an organisation without desks: only its own members). */
SH_CLIENT_API int sh_client_directory_search(struct sh_client *client, const char *text,
                                             char **out_json, struct sh_client_error *error);
/* One desk, with "seats":[{"seat","expires_at"}], "recovery", and, if the relay could be asked,
 * "last_collected_at", or "never_collected" (true). Of an organisation that has closed also an
 * address at which there is no desk any more. */
SH_CLIENT_API int sh_client_directory_show(struct sh_client *client, const char *address,
                                           char **out_json, struct sh_client_error *error);
/* Fetches and verifies a newer one if there is one. {"directory_version","expires_at","changed"} */
SH_CLIENT_API int sh_client_directory_refresh(struct sh_client *client, char **out_json,
                                              struct sh_client_error *error);

/* ---- evidence for a third party ---- */

/* Writes a folder (mode 0700, must not exist) that holds one message as its sender signed it and
 * all that proves when it was accepted and what became of it; README in it has the stock openssl
 * commands. Signs OPENED like show. {"dir","files":[names]} */
SH_CLIENT_API int sh_client_evidence_export(struct sh_client *client, const char *message_id,
                                            const char *dir, char **out_json,
                                            struct sh_client_error *error);
/* Checks such a folder off line, without a home. root_file: the partnership's root certificate
 * (PEM); vkey: the log's verifier key line; both from somewhere other than the folder. [result on
 * failure]
 *   {"verdict","message_id","from","signer","accepted_at","log_index",
 *    "checks":[{"check","result"}]}
 * verdict "verified": 0. "consistent with itself only" (root_file or vkey NULL): "proof". "failed":
 * the code of the first check that failed. */
SH_CLIENT_API int sh_client_evidence_verify(const char *dir, const char *root_file,
                                            const char *vkey, char **out_json,
                                            struct sh_client_error *error);

#ifdef __cplusplus
}
#endif

#endif
