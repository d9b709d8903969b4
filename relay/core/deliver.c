/* Delivery is at least once on the wire: a row stays until the seat's signed receipt for it is
 * committed, and every new session starts at the first row that is left. Within a session each row
 * is sent once, in order. */
#include "core/deliver.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "core/sessions.h"
#include "wire/envelope.h"

enum { DELIVER_ROWS = 32, DELIVER_ARENA_BYTES = 2 * 1024 * 1024, DELIVER_ARENA_COUNT = 16384 };

static sh_err send_message(struct core *core, struct session *session, const struct queue_row *row,
                           struct arena *arena)
{
    struct message_row message;
    struct frame out = {.type = FRAME_DELIVER};
    SH_TRY(store_message_by_seq(core->store, row->message_seq, arena, &message));
    if (message.envelope.len == 0) {
        return SH_OK; /* retention took the ciphertext; an EXPIRED leaf says so */
    }
    SH_CHECK(envelope_decode(message.envelope, arena, &out.deliver.envelope) == SH_OK,
             SH_E_CORRUPT);
    out.deliver.item = row->item;
    SH_TRY(book_statement(core->book, message.leaf_index, arena, &out.deliver.accepted));
    return core_send(core, session->connection, &out);
}

static sh_err send_notice(struct core *core, struct session *session, const struct queue_row *row,
                          struct arena *arena)
{
    struct receipt_row receipt;
    struct frame out = {.type = FRAME_NOTICE};
    out.notice.item = row->item;
    SH_TRY(book_statement(core->book, row->leaf_index, arena, &out.notice.statement));
    sh_err err = store_receipt_by_leaf(core->store, row->leaf_index, arena, &receipt);
    if (err == SH_OK) {
        out.notice.has_receipt = true;
        err = signed_receipt_decode(receipt.signed_receipt, arena, &out.notice.receipt);
        SH_CHECK(err == SH_OK, SH_E_CORRUPT);
    }
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    return core_send(core, session->connection, &out);
}

static sh_err send_rows(struct core *core, struct session *session, size_t *out_len)
{
    SH_DEFER(arena_free) struct arena *rows_arena = NULL;
    const struct queue_row *rows = NULL;
    size_t want = session->credit < DELIVER_ROWS ? session->credit : DELIVER_ROWS;
    SH_TRY(arena_new(DELIVER_ARENA_BYTES, DELIVER_ARENA_COUNT, &rows_arena));
    SH_TRY(store_queue_next(core->store, &session->seat, session->last_item, want, rows_arena,
                            &rows, out_len));
    for (size_t i = 0; i < *out_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        SH_TRY(arena_new(DELIVER_ARENA_BYTES, DELIVER_ARENA_COUNT, &arena));
        SH_TRY(rows[i].kind == QUEUE_MESSAGE ? send_message(core, session, &rows[i], arena)
                                             : send_notice(core, session, &rows[i], arena));
        session->last_item = rows[i].item;
        session->credit--;
        session->sent++;
        session->caught_up = false;
    }
    return SH_OK;
}

static sh_err say_caught_up(struct core *core, struct session *session)
{
    struct frame out = {.type = FRAME_CAUGHT_UP};
    out.caught_up.items = session->sent;
    session->caught_up = true;
    session->sent = 0;
    return core_send(core, session->connection, &out);
}

static sh_err serve(struct core *core, struct session *session)
{
    session->woken = false;
    while (session->credit > 0) {
        if (outbox_is_behind(core->outbox)) {
            session->woken = true; /* the next group, or tick, goes on */
            return SH_OK;
        }
        size_t len = 0;
        SH_TRY(send_rows(core, session, &len));
        if (len == 0) {
            return session->caught_up ? SH_OK : say_caught_up(core, session);
        }
    }
    return SH_OK;
}

sh_err deliver_due(struct core *core)
{
    for (struct session *session = sessions_next(core->sessions, NULL), *next; session;
         session = next) {
        next = sessions_next(core->sessions, session);
        if (!session->woken) {
            continue;
        }
        sh_err err = serve(core, session);
        if (sh_err_class(err) == SH_CLASS_FATAL) {
            return err;
        }
        if (err != SH_OK) {
            session->woken = true;
            log_event(LOG_LEVEL_WARN, "deliver_deferred", "code=%s", sh_err_word(err));
        }
    }
    return SH_OK;
}
