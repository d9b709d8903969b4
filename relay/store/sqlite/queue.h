/* What queue.c and queue_list.c share. Internal to store/sqlite/. */
#pragma once

#include "store/sqlite/db.h"

/* A message's row for one seat. */
struct delivery_state {
    uint64_t item;
    int state; /* SQL_STATE_... */
};

SH_MUST_USE sh_err delivery_delete(struct sqlite_store *s, int64_t message_seq, int64_t seat_id);
