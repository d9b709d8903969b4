/* A relay whose database is lost, and the copy that takes its place (decision 25). Everything
 * aborts the test if it cannot do its work. */
#pragma once

#include "support/relay.h"

#define LOSS_NEW_ORIGIN "relay.example.org/safehand/2/test"

/* What somebody holds of the log that was lost, in the fixture's arena. */
struct loss_proof {
    struct statement accepted;
    struct bytes checkpoint;
};

/* A copy of the database at `path`, which must not be there. Gives its number of entries. */
uint64_t loss_copy(struct relay *relay, const char *path);
/* Keeps the statement of the ACCEPTED frame that was sent to the seat last, and the log's newest
 * checkpoint. */
void loss_keep(struct relay *relay, enum post_seat seat, struct loss_proof *out);
/* The database is gone: the relay starts on the copy, marked, and is closed. */
void loss_lose(struct relay *relay, const char *copy);
/* The configuration has the new name, and the directory its key. */
void loss_rename_log(struct relay *relay);
/* A person accepts the loss: the new log begins, and the relay starts anew on the same file. */
void loss_take_up(struct relay *relay, const char *copy);
/* A message with the lost log's statement beside it. */
void loss_offer(struct relay *relay, enum post_seat from, const struct letter *letter,
                const struct statement *accepted);
/* The key of the log that took it up. */
struct note_verifier loss_new_log(const struct relay *relay);
