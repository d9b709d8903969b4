#include "core/copy_command.h"

#include "base/cleanup.h"
#include "core/lost.h"

#include <inttypes.h>
#include <stdio.h>

/* The log of the copy is the one that its checkpoint names; whether it signed it is the book's to
 * say. */
static sh_err find_log(struct store *store, const struct directory *directory,
                       struct note_verifier *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    if (store_meta_get(store, "checkpoint", &note) != SH_OK ||
        checkpoint_parse(bytes_buf(&note), &checkpoint) != SH_OK) {
        return sh_fail(why, SH_E_CORRUPT, "the copy has no checkpoint that can be read");
    }
    for (size_t i = 0; i < directory_log_keys_len(directory); i++) {
        struct note_verifier key;
        struct checkpoint found;
        if (directory_log_key_at(directory, i, &key) == SH_OK &&
            checkpoint_verify(bytes_buf(&note), &key, &found) == SH_OK) {
            *out = key;
            return SH_OK;
        }
    }
    return sh_fail(why, SH_E_CONFIG,
                   "no log key of the directory signed the copy's checkpoint (of %s)",
                   checkpoint.origin);
}

static sh_err mark(struct store *store, struct book *book)
{
    SH_TRY(store_begin(store));
    sh_err err = lost_mark(store, book_verifier(book), book_checkpoint(book));
    if (err == SH_E_EXISTS) {
        store_rollback(store); /* a copy of a relay that was closed itself */
        return SH_OK;
    }
    SH_TRY(err);
    return store_commit(store, NULL);
}

sh_err copy_command(const struct config *config, const char *path, struct sh_why *why)
{
    SH_DEFER(loaded_release) struct loaded *loaded = NULL;
    SH_DEFER(store_close) struct store *store = NULL;
    SH_DEFER(book_close) struct book *book = NULL;
    struct note_verifier log;
    SH_TRY(loaded_read(config, clock_now_ms(&clock_system), 0, &loaded, why));
    SH_TRY(store_open_sqlite(path, &store, why));
    SH_TRY(find_log(store, loaded->directory, &log, why));
    SH_TRY(book_open_lost(store, &log, &book, why));
    SH_TRY(mark(store, book));
    (void)printf("%s: %" PRIu64 " entries of %s, with the root that its checkpoint signs\n", path,
                 book_size(book), log.name);
    return fflush(stdout) == 0 ? SH_OK : SH_E_IO;
}
