#include "support/loss.h"

#include "core/lost.h"
#include "core/restore.h"
#include "store/backup.h"

#include <stdio.h>
#include <stdlib.h>

static void must(sh_err err, const char *what)
{
    if (err != SH_OK) {
        (void)fprintf(stderr, "fixture: %s: %s\n", what, sh_err_word(err));
        abort();
    }
}
#define MUST(call) must(call, #call)

uint64_t loss_copy(struct relay *relay, const char *path)
{
    struct store_backup *backup = NULL;
    bool done = false;
    FILE *file = fopen(path, "wx");
    if (!file || fclose(file) != 0) {
        abort();
    }
    MUST(store_backup_begin(relay->core->store, path, &backup, NULL));
    while (!done) {
        MUST(store_backup_step(backup, 64, &done, NULL));
    }
    store_backup_end(&backup);
    return book_size(relay->core->book);
}

void loss_keep(struct relay *relay, enum post_seat seat, struct loss_proof *out)
{
    const struct frame *accepted = sent_to(relay, seat, FRAME_ACCEPTED);
    struct buf bytes = BUF_INIT(16 * SH_KIB);
    struct bytes kept;
    if (!accepted) {
        abort();
    }
    MUST(statement_encode(&accepted->accepted.statement, &bytes));
    MUST(arena_copy(relay->post.arena, bytes_buf(&bytes), &kept));
    MUST(statement_decode(kept, relay->post.arena, &out->accepted));
    buf_wipe(&bytes);
    MUST(arena_copy(relay->post.arena, book_checkpoint(relay->core->book), &out->checkpoint));
}

void loss_lose(struct relay *relay, const char *copy)
{
    struct store *store = NULL;
    struct note_verifier log = *book_verifier(relay->core->book);
    struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    MUST(store_open_sqlite(copy, &store, NULL));
    MUST(store_meta_get(store, "checkpoint", &note));
    MUST(store_begin(store));
    MUST(lost_mark(store, &log, bytes_buf(&note)));
    must(lost_mark(store, &log, bytes_buf(&note)) == SH_E_EXISTS ? SH_OK : SH_E_BUG,
         "marked twice");
    MUST(store_commit(store, NULL));
    buf_wipe(&note);
    relay_restart(relay, store);
}

void loss_rename_log(struct relay *relay)
{
    struct pki *pki = &relay->post.pki;
    struct buf vkey = BUF_INIT(sizeof pki->second_vkey - 1);
    (void)snprintf(relay->config.log_origin, sizeof relay->config.log_origin, LOSS_NEW_ORIGIN);
    MUST(note_vkey(LOSS_NEW_ORIGIN, pki->log_key, &vkey));
    memcpy(pki->second_vkey, vkey.data, vkey.len);
    buf_wipe(&vkey);
    relay_reload(relay);
}

void loss_take_up(struct relay *relay, const char *copy)
{
    struct lost_state state;
    struct sh_why why = {0};
    struct store *store = NULL;
    loss_rename_log(relay);
    MUST(lost_state(relay->core, &state));
    must(restore_open(relay->core, state.code, &why), why.text);
    struct submission *commit = relay_command(relay, WORK_RESUME, 0);
    MUST(relay_group(relay, &commit, 1));
    core_free(&relay->core);
    MUST(store_open_sqlite(copy, &store, NULL));
    relay_restart(relay, store);
}

void loss_offer(struct relay *relay, enum post_seat from, const struct letter *letter,
                const struct statement *accepted)
{
    struct frame frame = {.ref = 7, .type = FRAME_SUBMIT};
    frame.submit.envelope = letter->env;
    frame.submit.has_accepted = true;
    frame.submit.accepted = *accepted;
    relay_step(relay, from, &frame);
}

struct note_verifier loss_new_log(const struct relay *relay)
{
    struct note_verifier log;
    MUST(note_verifier_parse(relay->post.pki.second_vkey, &log));
    return log;
}
