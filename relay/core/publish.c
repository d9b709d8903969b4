#include "core/publish.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "base/logline.h"
#include "core/cosigned.h"
#include "core/folder.h"
#include "tlog/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PUBLISH_LEAVES_MAX = 16384, /* a piece: some 40 ms of reading between two commits */
    PUBLISH_FILES_MAX = 256,
    PUBLISH_BYTES_MAX = 16 * 1024 * 1024,
    LOOK_SECONDS = 1, /* between two looks for cosignatures */
};

/* One file of a piece: its bytes stand in the piece's buffer. */
struct publish_file {
    char path[TILE_PATH_BYTES];
    size_t start, len;
};

struct piece {
    uint64_t size; /* of the log when this piece is out */
    struct publish_file files[PUBLISH_FILES_MAX];
    size_t files_len;
    struct buf bytes;
    bool sweep;          /* remove what is not of the log, when the piece is out */
    bool has_checkpoint; /* the piece reaches the end of the log */
    struct buf checkpoint;
};

struct publisher {
    char log_dir[PATH_MAX];
    int64_t interval_ms, due_ms;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    bool busy; /* the piece is the writer's */
    bool ending;
    sh_err failed; /* of the last piece */
    uint64_t published;
    bool restarting; /* the next piece is the first again */
    bool rebuilding;
    void (*wake)(void *ctx); /* while rebuilding */
    void *wake_ctx;
    struct cosigned *cosigned; /* NULL: none */
    struct buf
        last; /* the writer's alone: the newest checkpoint that is out, as the log signed it */
    struct piece piece; /* the writer's while busy, the ledger's else */
};

/* ---- the writer's side ---- */

static sh_err write_plain(const char *path, struct bytes content)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.new", path);
    SH_CHECK(len > 0 && (size_t)len < sizeof temporary, SH_E_TOO_BIG);
    /* Derived data: a rename keeps readers from half a file, and that is enough. */
    SH_DEFER(sh_closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    SH_CHECK(fd >= 0, SH_E_IO);
    while (content.len) {
        ssize_t put = write(fd, content.data, content.len);
        SH_CHECK(put > 0 || errno == EINTR, SH_E_IO);
        content.data += put > 0 ? put : 0;
        content.len -= put > 0 ? (size_t)put : 0;
    }
    SH_CHECK(rename(temporary, path) == 0, SH_E_IO);
    return SH_OK;
}

static sh_err make_parents(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = (size_t)(slash - path);
    SH_CHECK(len < sizeof parent, SH_E_TOO_BIG);
    memcpy(parent, path, len);
    parent[len] = '\0';
    return dir_make(parent, 0755, NULL);
}

static sh_err write_file(const struct publisher *publisher, const char *name, struct bytes content)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, publisher->log_dir, name));
    sh_err err = write_plain(path, content);
    if (err == SH_E_IO && errno == ENOENT) {
        SH_TRY(make_parents(path));
        err = write_plain(path, content);
    }
    return err;
}

/* A full tile makes its partial ones needless: tile/0/x001/067 and tile/0/x001/067.p/8. */
static void remove_partials(const struct publisher *publisher, const char *name)
{
    char folder[PATH_MAX], path[PATH_MAX];
    int len = snprintf(folder, sizeof folder, "%s/%s.p", publisher->log_dir, name);
    if (strstr(name, ".p/") || len < 0 || (size_t)len >= sizeof folder) {
        return;
    }
    /* Under load most tiles fill between two publications and never had any: one look, not 255. */
    if (rmdir(folder) == 0 || errno == ENOENT) {
        return;
    }
    for (unsigned width = 1; width < TILE_WIDTH; width++) {
        len = snprintf(path, sizeof path, "%s/%u", folder, width);
        if (len > 0 && (size_t)len < sizeof path && unlink(path) != 0 && errno == ENOTDIR) {
            return;
        }
    }
    (void)rmdir(folder);
}

/* The log's own checkpoint and who cosigned it; not written again if nobody new did. `cosigned` may
 * be NULL. */
static sh_err write_checkpoint(const struct publisher *publisher, struct cosigned *cosigned,
                               struct bytes signed_by_log)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf held = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    char path[PATH_MAX];
    SH_TRY(buf_append(&note, signed_by_log));
    SH_TRY(cosigned ? cosigned_append(cosigned, &note) : SH_OK);
    SH_TRY(path_join(path, sizeof path, publisher->log_dir, "checkpoint"));
    if (file_read(path, &held, NULL) == SH_OK && bytes_equal(bytes_buf(&held), bytes_buf(&note))) {
        return SH_OK;
    }
    return write_file(publisher, "checkpoint", bytes_buf(&note));
}

static sh_err write_piece(struct publisher *publisher, struct cosigned *cosigned,
                          const struct piece *piece)
{
    for (size_t i = 0; i < piece->files_len; i++) {
        const struct publish_file *file = &piece->files[i];
        SH_TRY(write_file(publisher, file->path,
                          bytes_of(piece->bytes.data + file->start, file->len)));
    }
    /* Last: what a checkpoint promises must be there when it is. */
    if (piece->has_checkpoint) {
        SH_TRY(write_checkpoint(publisher, cosigned, bytes_buf(&piece->checkpoint)));
        buf_reset(&publisher->last);
        SH_TRY(buf_append(&publisher->last, bytes_buf(&piece->checkpoint)));
    }
    for (size_t i = 0; i < piece->files_len; i++) {
        remove_partials(publisher, piece->files[i].path);
    }
    return piece->sweep ? folder_sweep(publisher->log_dir, piece->size) : SH_OK;
}

/* With the lock held: the piece is out, or could not be. */
static void finish_piece(struct publisher *publisher, sh_err err)
{
    publisher->failed = err;
    publisher->published = err == SH_OK ? publisher->piece.size : publisher->published;
    publisher->rebuilding = publisher->rebuilding && err == SH_OK && !publisher->piece.sweep;
    publisher->busy = false;
    pthread_cond_broadcast(&publisher->changed);
    if (publisher->wake) {
        publisher->wake(publisher->wake_ctx);
        publisher->wake = publisher->rebuilding ? publisher->wake : NULL;
    }
}

/* With the lock held. A cosignature comes after the checkpoint that it is of: while there is no
 * piece to write, the writer looks for new ones. */
static void wait_for_a_piece(struct publisher *publisher)
{
    while (!publisher->busy && !publisher->ending) {
        struct cosigned *cosigned = publisher->cosigned;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += LOOK_SECONDS;
        if (pthread_cond_timedwait(&publisher->changed, &publisher->lock, &until) != ETIMEDOUT ||
            !cosigned || publisher->last.len == 0) {
            continue;
        }
        pthread_mutex_unlock(&publisher->lock);
        if (write_checkpoint(publisher, cosigned, bytes_buf(&publisher->last)) != SH_OK) {
            log_event(LOG_LEVEL_WARN, "cosignatures_not_published", "errno=%d", errno);
        }
        pthread_mutex_lock(&publisher->lock);
    }
}

static void *publisher_thread(void *ctx)
{
    struct publisher *publisher = ctx;
    pthread_mutex_lock(&publisher->lock);
    for (;;) {
        wait_for_a_piece(publisher);
        if (!publisher->busy) {
            break;
        }
        struct cosigned *cosigned = publisher->cosigned;
        pthread_mutex_unlock(&publisher->lock);
        sh_err err = write_piece(publisher, cosigned, &publisher->piece);
        if (err != SH_OK) {
            log_event(LOG_LEVEL_ERROR, "publish_failed", "errno=%d action=\"%s\"", errno,
                      "make the log folder writable; it is tried again");
        }
        pthread_mutex_lock(&publisher->lock);
        finish_piece(publisher, err);
    }
    pthread_mutex_unlock(&publisher->lock);
    return NULL;
}

/* How far the folder reaches. A folder of another log, or a damaged one, counts as empty and is
 * written over. */
static uint64_t read_published(const char *log_dir, const struct note_verifier *log)
{
    char path[PATH_MAX];
    struct checkpoint checkpoint = {.size = 0};
    struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    if (path_join(path, sizeof path, log_dir, "checkpoint") != SH_OK ||
        file_read(path, &note, NULL) != SH_OK ||
        checkpoint_verify(bytes_buf(&note), log, &checkpoint) != SH_OK) {
        checkpoint.size = 0;
    }
    buf_wipe(&note);
    return checkpoint.size;
}

sh_err publisher_start(const char *log_dir, int64_t interval_ms, const struct note_verifier *log,
                       struct publisher **out, struct sh_why *why)
{
    SH_TRY(dir_make(log_dir, 0755, why));
    SH_DEFER(publisher_stop) struct publisher *publisher = calloc(1, sizeof *publisher);
    SH_CHECK(publisher, SH_E_NOMEM);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&publisher->lock, NULL);
    pthread_cond_init(&publisher->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    publisher->last.max = SH_CHECKPOINT_BYTES_MAX;
    publisher->piece.bytes.max = PUBLISH_BYTES_MAX;
    publisher->piece.checkpoint.max = SH_CHECKPOINT_BYTES_MAX;
    publisher->interval_ms = interval_ms;
    (void)snprintf(publisher->log_dir, sizeof publisher->log_dir, "%s", log_dir);
    publisher->published = read_published(log_dir, log);
    SH_CHECK(pthread_create(&publisher->thread, NULL, publisher_thread, publisher) == 0,
             SH_E_NOMEM);
    publisher->started = true;
    *out = publisher;
    publisher = NULL;
    return SH_OK;
}

void publisher_stop(struct publisher **publisher_p)
{
    struct publisher *publisher = *publisher_p;
    if (!publisher) {
        return;
    }
    if (publisher->started) {
        pthread_mutex_lock(&publisher->lock);
        publisher->ending = true;
        pthread_cond_broadcast(&publisher->changed);
        pthread_mutex_unlock(&publisher->lock);
        pthread_join(publisher->thread, NULL);
    }
    pthread_cond_destroy(&publisher->changed);
    pthread_mutex_destroy(&publisher->lock);
    buf_wipe(&publisher->piece.bytes);
    buf_wipe(&publisher->piece.checkpoint);
    buf_wipe(&publisher->last);
    free(publisher);
    *publisher_p = NULL;
}

void publisher_use_cosigned(struct publisher *publisher, struct cosigned *cosigned)
{
    pthread_mutex_lock(&publisher->lock);
    publisher->cosigned = cosigned;
    pthread_mutex_unlock(&publisher->lock);
}

/* ---- the ledger's side ---- */

static struct publish_file *begin_file(struct piece *piece)
{
    if (piece->files_len == PUBLISH_FILES_MAX) {
        return NULL;
    }
    struct publish_file *file = &piece->files[piece->files_len];
    file->start = piece->bytes.len;
    return file;
}

static void end_file(struct piece *piece, struct publish_file *file)
{
    file->len = piece->bytes.len - file->start;
    piece->files_len++;
}

static sh_err gather_bundle(struct core *core, struct piece *piece, uint64_t index, unsigned width)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_FACTS_BYTES_MAX * (size_t)TILE_WIDTH * 2, TILE_WIDTH * 8, &arena));
    struct publish_file *file = begin_file(piece);
    SH_CHECK(file, SH_E_BUG);
    tile_entries_path(&(struct tile){.index = index, .width = width}, file->path);
    for (unsigned i = 0; i < width; i++) {
        struct leaf_row row;
        SH_TRY(store_leaf_get(core->store, index * TILE_WIDTH + i, arena, &row));
        SH_TRY(bundle_append(&piece->bytes, row.leaf));
    }
    end_file(piece, file);
    return SH_OK;
}

static sh_err gather_tile(struct core *core, struct piece *piece, const struct tile *tile)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct bytes row;
    SH_TRY(arena_new(TILE_WIDTH * SH_HASH_BYTES * 2, 16, &arena));
    SH_TRY(store_tile_get(core->store, tile->level, tile->index, arena, &row));
    struct publish_file *file = begin_file(piece);
    SH_CHECK(file, SH_E_BUG);
    SH_CHECK(row.len >= tile->width * (size_t)SH_HASH_BYTES, SH_E_CORRUPT);
    tile_path(tile, file->path);
    SH_TRY(buf_append(&piece->bytes, bytes_of(row.data, tile->width * (size_t)SH_HASH_BYTES)));
    end_file(piece, file);
    return SH_OK;
}

/* Every tile that holds a node of the leaves [from, to), as wide as in a tree of `to`. */
static sh_err gather_tiles(struct core *core, struct piece *piece, uint64_t from, uint64_t to)
{
    for (unsigned level = 0; level < 5; level++) {
        unsigned shift = TILE_HEIGHT * level;
        if (to >> shift == 0) {
            return SH_OK;
        }
        uint64_t first = (from >> shift) / TILE_WIDTH, last = ((to >> shift) - 1) / TILE_WIDTH;
        for (uint64_t index = first; index <= last; index++) {
            struct tile tile = {
                .level = level, .index = index, .width = tile_width_at(level, index, to)};
            bool changed = tile.width != tile_width_at(level, index, from);
            if (tile.width && changed) {
                SH_TRY(gather_tile(core, piece, &tile));
            }
        }
    }
    return SH_OK;
}

static sh_err gather(struct core *core, struct piece *piece, uint64_t from)
{
    uint64_t size = book_size(core->book);
    uint64_t to = size - from > PUBLISH_LEAVES_MAX ? from + PUBLISH_LEAVES_MAX : size;
    piece->files_len = 0;
    buf_reset(&piece->bytes);
    buf_reset(&piece->checkpoint);
    piece->size = to;
    piece->has_checkpoint = to == size;
    piece->sweep = false;
    SH_TRY(buf_append(&piece->checkpoint, book_checkpoint(core->book)));
    for (uint64_t index = from / TILE_WIDTH; index * TILE_WIDTH < to; index++) {
        SH_TRY(gather_bundle(core, piece, index, tile_width_at(0, index, to)));
    }
    return gather_tiles(core, piece, from, to);
}

/* With the lock held and the writer idle. */
static sh_err hand_over(struct publisher *publisher, struct core *core)
{
    if (publisher->restarting || publisher->published > book_size(core->book)) {
        publisher->published = 0; /* or the folder is of another log, or of one that was restored */
    }
    publisher->restarting = false;
    core->stats.published = publisher->published;
    if (publisher->published == book_size(core->book)) {
        return SH_OK;
    }
    SH_TRY(gather(core, &publisher->piece, publisher->published));
    publisher->piece.sweep = publisher->rebuilding && publisher->piece.has_checkpoint;
    publisher->busy = true;
    pthread_cond_broadcast(&publisher->changed);
    return SH_OK;
}

void publisher_rebuild(struct publisher *publisher, void (*wake)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&publisher->lock);
    publisher->restarting = publisher->rebuilding = true;
    publisher->failed = SH_OK;
    publisher->due_ms = 0;
    publisher->wake = wake;
    publisher->wake_ctx = ctx;
    pthread_mutex_unlock(&publisher->lock);
}

sh_err publisher_rebuilt(struct publisher *publisher, uint64_t *out_published)
{
    pthread_mutex_lock(&publisher->lock);
    sh_err err = publisher->failed != SH_OK ? SH_E_IO : publisher->rebuilding ? SH_E_BUSY : SH_OK;
    *out_published = publisher->published;
    pthread_mutex_unlock(&publisher->lock);
    return err;
}

sh_err publish_some(struct publisher *publisher, struct core *core)
{
    if (core->group_ms < publisher->due_ms) {
        return SH_OK;
    }
    pthread_mutex_lock(&publisher->lock);
    sh_err err = publisher->busy ? SH_OK : hand_over(publisher, core);
    /* Behind by more than a piece: go on with the next group; else wait for the interval. */
    bool behind = book_size(core->book) - publisher->published > PUBLISH_LEAVES_MAX;
    publisher->due_ms =
        behind && publisher->failed == SH_OK ? 0 : core->group_ms + publisher->interval_ms;
    pthread_mutex_unlock(&publisher->lock);
    return err;
}

sh_err publish_all(struct publisher *publisher, struct core *core)
{
    sh_err err = SH_OK;
    pthread_mutex_lock(&publisher->lock);
    while (publisher->busy) {
        pthread_cond_wait(&publisher->changed, &publisher->lock);
    }
    publisher->failed = SH_OK; /* what failed before is tried once more */
    for (bool more = true; more && err == SH_OK;) {
        while (publisher->busy) {
            pthread_cond_wait(&publisher->changed, &publisher->lock);
        }
        more = publisher->published != book_size(core->book) && publisher->failed == SH_OK;
        err = more ? hand_over(publisher, core) : SH_OK;
    }
    pthread_mutex_unlock(&publisher->lock);
    return err;
}
