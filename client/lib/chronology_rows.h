/* From a message to the rows of a chronology: one for the message, and one for each observation,
 * earlier step or listed entry in it, since each has its own time, its own witness and its own
 * source. Internal to the chronology. */
#pragma once

#include "client/chronology_gather.h"
#include "client/entry.h"
#include "client/event_time.h"

struct row {
    json_t *json; /* owned by the list: see sh_client_chronology() */
    struct event_time at;
    int64_t known_at_ms;
    size_t nth; /* as it was made: keeps rows of one moment in the order of their message */
};

struct rows {
    struct growing list; /* struct row */
};
void rows_wipe(struct rows *rows); /* a destructor */

/* Adds the rows of a source. */
SH_MUST_USE sh_err rows_add(struct rows *rows, const struct source *source);
/* An entry of somebody's chronology is only their word where the message that it is about is here
 * with its own rows: then those stand alone. */
void rows_drop_told(struct rows *rows);
/* Puts them in order of the event and numbers them from 1. */
SH_MUST_USE sh_err rows_sort(struct rows *rows);
