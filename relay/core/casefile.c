#include "core/casefile.h"

#include "base/cleanup.h"
#include "wire/envelope.h"

static sh_err was_opened(struct core *core, int64_t message_seq, bool *out_opened)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const struct receipt_row *receipts = NULL;
    size_t len = 0;
    SH_TRY(arena_new(CASEFILE_BYTES_MAX, CASEFILE_COUNT_MAX, &arena));
    SH_TRY(store_receipts(core->store, message_seq, arena, &receipts, &len));
    *out_opened = false;
    for (size_t i = 0; i < len; i++) {
        *out_opened |= receipts[i].type == RECEIPT_OPENED;
    }
    return SH_OK;
}

static sh_err read_message(struct core *core, const struct message_row *row, struct header *header,
                           struct arena *arena, struct thread_message *out)
{
    sh_err err = header_decode(row->header, arena, header);
    SH_CHECK(err == SH_OK || err == SH_E_NOMEM, SH_E_CORRUPT);
    SH_TRY(err);
    *out = (struct thread_message){
        .header_sha256 = row->header_sha256,
        .message_id = row->message_id,
        .facts = &header->facts,
        .accepted_ms = row->accepted_ms,
    };
    return was_opened(core, row->seq, &out->opened);
}

static sh_err read_clocks(struct core *core, int64_t seq, struct arena *arena,
                          struct clock_row *out)
{
    sh_err err = store_clocks_get(core->store, seq, arena, out);
    if (err == SH_E_NOT_FOUND) {
        *out = (struct clock_row){.message_seq = seq, .next_ms = STORE_CLOCK_NEVER};
        return SH_OK;
    }
    return err;
}

/* The log's entries that say that something ran out: what a reconsideration of silence cites. Mail
 * that is slow to arrive is nobody's silence. */
static bool is_silence(const struct clock_entry *entry)
{
    bool ran_out = entry->state == CLOCK_RAN_OUT || entry->state == CLOCK_LATE;
    return ran_out && entry->duty != DUTY_DELIVERED && entry->duty != DUTY_COVER;
}

static sh_err list_overdue(struct casefile *file, struct arena *arena)
{
    size_t len = 0, most = 0;
    for (size_t i = 0; i < file->thread.len; i++) {
        most += file->clocks[i].len;
    }
    struct thread_overdue *overdue = arena_array(arena, most + 1, sizeof *overdue);
    SH_CHECK(overdue, SH_E_NOMEM);
    for (size_t i = 0; i < file->thread.len; i++) {
        for (size_t k = 0; k < file->clocks[i].len; k++) {
            const struct clock_entry *entry = &file->clocks[i].entries[k];
            if (is_silence(entry)) {
                overdue[len++] =
                    (struct thread_overdue){entry->leaf_index, i, entry->duty, entry->by};
            }
        }
    }
    file->thread.overdue = overdue;
    file->thread.overdue_len = len;
    return SH_OK;
}

static sh_err make_room(struct casefile *file, size_t len, struct arena *arena, int64_t **out_seqs)
{
    file->messages = arena_array(arena, len + 1, sizeof *file->messages);
    file->clocks = arena_array(arena, len + 1, sizeof *file->clocks);
    *out_seqs = arena_array(arena, len + 1, sizeof **out_seqs);
    SH_CHECK(file->messages && file->clocks && *out_seqs, SH_E_NOMEM);
    return SH_OK;
}

sh_err casefile_read(struct core *core, const struct sh_id *thread_id, struct arena *arena,
                     struct casefile *out, struct sh_why *why)
{
    const struct message_row *rows = NULL;
    struct casefile file = {.seqs = NULL};
    int64_t *seqs = NULL;
    size_t len = 0;
    SH_TRY(store_thread(core->store, thread_id, THREAD_MESSAGES_MAX, arena, &rows, &len));
    SH_TRY(make_room(&file, len, arena, &seqs));
    struct header *headers = arena_array(arena, len + 1, sizeof *headers);
    SH_CHECK(headers, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        sh_err err = read_message(core, &rows[i], &headers[i], arena, &file.messages[i]);
        if (err != SH_OK) {
            return sh_fail(why, err, "the stored header of message %lld cannot be read",
                           (long long)rows[i].seq);
        }
        seqs[i] = rows[i].seq;
        SH_TRY(read_clocks(core, seqs[i], arena, &file.clocks[i]));
    }
    file.seqs = seqs;
    file.thread = (struct thread_view){.messages = file.messages, .len = len};
    SH_TRY(list_overdue(&file, arena));
    *out = file;
    return SH_OK;
}

sh_err casefile_of(struct core *core, struct submission *sub)
{
    SH_TRY(arena_new(CASEFILE_BYTES_MAX, CASEFILE_COUNT_MAX, &sub->casefile_arena));
    sub->casefile = arena_alloc(sub->casefile_arena, sizeof *sub->casefile);
    SH_CHECK(sub->casefile, SH_E_NOMEM);
    /* Also for what says that it begins a thread: another desk may have begun one under that id. */
    SH_TRY(casefile_read(core, &sub->header.facts.thread_id, sub->casefile_arena, sub->casefile,
                         &sub->why));
    /* With this message the thread must still be one that can be read: a tick that cannot read the
     * thread of a clock that is due ends the relay, and so does the next. */
    SH_CHECK(sub->casefile->thread.len < THREAD_MESSAGES_MAX, SH_E_TOO_BIG);
    return SH_OK;
}
