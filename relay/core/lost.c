#include "core/lost.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "base/logline.h"
#include "core/pipeline.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "wire/log.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>

enum {
    LOGS_MAX = 16, /* a relay that was put back more often than that has other troubles */
    LOOK_EVERY_MS = 10 * SH_SECOND_MS,
    FILES_MAX = 64,
};

#define CODE_LABEL "safehand/accept-loss/1"

struct one {
    struct note_verifier log;
    uint64_t size; /* of the copy */
    struct checkpoint known;
    struct buf note; /* the known checkpoint as it was signed */
    bool opened;
};

struct lost {
    struct one list[LOGS_MAX]; /* number n stands at n - 1 */
    size_t len;
    int64_t look_due_ms;
};

/* ---- what the store says ---- */

static sh_err read_one(const struct lost_row *row, struct one *out)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(SH_CHECKPOINT_BYTES_MAX + 1);
    SH_TRY(buf_append(&vkey, row->vkey));
    SH_TRY(buf_terminate(&vkey));
    SH_TRY(note_verifier_parse((const char *)vkey.data, &out->log));
    SH_TRY(checkpoint_verify(row->known, &out->log, &out->known));
    out->note.max = SH_CHECKPOINT_BYTES_MAX;
    out->size = row->size;
    out->opened = row->opened;
    return buf_append(&out->note, row->known);
}

sh_err lost_load(struct store *store, struct lost **out, struct sh_why *why)
{
    SH_DEFER(lost_free) struct lost *lost = calloc(1, sizeof *lost);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_CHECK(lost, SH_E_NOMEM);
    SH_TRY(arena_new(LOGS_MAX * 4 * (size_t)SH_CHECKPOINT_BYTES_MAX, 128, &arena));
    for (; lost->len < LOGS_MAX; lost->len++) {
        struct lost_row row;
        sh_err err = store_lost_get(store, (int64_t)lost->len + 1, arena, &row);
        if (err == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(err);
        err = read_one(&row, &lost->list[lost->len]);
        if (err != SH_OK) {
            lost->len++; /* what it holds is freed */
            return sh_fail(why, SH_E_CORRUPT, "what is stored of a lost log is not signed by it");
        }
    }
    *out = lost->len ? lost : NULL;
    lost = lost->len ? NULL : lost;
    return SH_OK;
}

void lost_free(struct lost **lost_p)
{
    struct lost *lost = *lost_p;
    for (size_t i = 0; lost && i < lost->len; i++) {
        buf_wipe(&lost->list[i].note);
    }
    free(lost);
    *lost_p = NULL;
}

static const struct one *newest(const struct lost *lost)
{
    return lost ? &lost->list[lost->len - 1] : NULL;
}

const struct note_verifier *lost_closed(const struct lost *lost)
{
    const struct one *one = newest(lost);
    return one && !one->opened ? &one->log : NULL;
}

sh_err lost_began(const struct lost *lost, uint64_t *out_index)
{
    const struct one *one = newest(lost);
    SH_CHECK(one && one->opened, SH_E_NOT_FOUND);
    *out_index = one->size;
    return SH_OK;
}

bool lost_answers(enum frame_type type)
{
    return type == FRAME_HELLO || type == FRAME_KNOWN || type == FRAME_PING ||
           type == FRAME_DIRECTORY_GET || type == FRAME_CONSISTENCY_GET;
}

static sh_err put_row(struct store *store, size_t i, const struct one *one)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_TRY(note_verifier_vkey(&one->log, &vkey));
    const struct lost_row row = {.number = (int64_t)i + 1,
                                 .vkey = bytes_buf(&vkey),
                                 .size = one->size,
                                 .known = bytes_buf(&one->note),
                                 .opened = one->opened};
    return store_lost_put(store, &row);
}

static void one_wipe(struct one *one)
{
    buf_wipe(&one->note);
}

sh_err lost_mark(struct store *store, const struct note_verifier *log, struct bytes checkpoint)
{
    SH_DEFER(lost_free) struct lost *before = NULL;
    SH_DEFER(one_wipe) struct one fresh = {.log = *log, .note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    SH_TRY(lost_load(store, &before, NULL));
    SH_CHECK(!lost_closed(before), SH_E_EXISTS);
    SH_CHECK(!before || before->len < LOGS_MAX, SH_E_TOO_BIG);
    SH_TRY(checkpoint_verify(checkpoint, log, &fresh.known));
    SH_TRY(buf_append(&fresh.note, checkpoint));
    fresh.size = fresh.known.size;
    return put_row(store, before ? before->len : 0, &fresh);
}

/* ---- what is shown ---- */

/* A checkpoint of the log that is lost now: kept if it is of a larger tree than any before. */
static sh_err take_checkpoint(struct core *core, struct bytes note)
{
    struct lost *lost = core->lost;
    struct checkpoint shown;
    SH_CHECK(lost_closed(lost), SH_E_NOT_PERMITTED);
    struct one *one = &lost->list[lost->len - 1];
    sh_err err = checkpoint_verify(note, &one->log, &shown);
    SH_CHECK(err == SH_OK, err == SH_E_NOMEM ? err : SH_E_BAD_CHECKPOINT);
    SH_CHECK(shown.size > one->known.size, SH_OK);
    struct buf fresh = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    err = buf_append(&fresh, note);
    if (err != SH_OK) {
        buf_wipe(&fresh);
        return err;
    }
    buf_wipe(&one->note);
    one->note = fresh;
    one->known = shown;
    log_event(LOG_LEVEL_INFO, "larger_log_known", "copy=%llu known=%llu",
              (unsigned long long)one->size, (unsigned long long)shown.size);
    SH_TRY(core_write(core));
    return put_row(core->store, lost->len - 1, one);
}

sh_err lost_verify(const struct lost *lost, const struct statement *in, struct arena *arena,
                   struct lost_entry *out)
{
    for (size_t i = lost ? lost->len : 0; i > 0; i--) {
        const struct one *one = &lost->list[i - 1];
        struct lost_entry found = {.lost = (int64_t)i, .index = in->index};
        sh_err err = statement_verify(in, &one->log, arena, &found.statement);
        if (err == SH_E_BAD_CHECKPOINT) {
            continue; /* of another log */
        }
        SH_TRY(err);
        SH_CHECK(in->index >= one->size, SH_E_PROOF);
        *out = found;
        return SH_OK;
    }
    return SH_E_BAD_CHECKPOINT;
}

/* One that is kept already stays as it is, unless it is found again now. */
static sh_err is_kept(struct core *core, const struct lost_entry *entry, const uint64_t *again,
                      struct arena *arena, bool *out)
{
    struct missing_row row;
    sh_err err = store_missing_next(core->store, entry->lost, entry->index, arena, &row);
    SH_CHECK(err == SH_OK || err == SH_E_EMPTY, err);
    *out = err == SH_OK && row.index == entry->index && (row.has_again || !again);
    return SH_OK;
}

sh_err lost_keep(struct core *core, const struct lost_entry *entry, const struct statement *in,
                 const uint64_t *again)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf statement = BUF_INIT(16 * SH_KIB);
    bool kept = false;
    SH_TRY(arena_new(64 * SH_KIB, 64, &arena));
    SH_TRY(is_kept(core, entry, again, arena, &kept));
    SH_CHECK(!kept, SH_OK);
    SH_TRY(statement_encode(in, &statement));
    const struct missing_row row = {.lost = entry->lost,
                                    .index = entry->index,
                                    .has_again = again != NULL,
                                    .again = again ? *again : 0,
                                    .statement = bytes_buf(&statement)};
    SH_TRY(core_write(core));
    return store_missing_put(core->store, &row);
}

/* Step 9: what a client knows of the log that was lost. All of a frame counts, or nothing. */
sh_err known_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    const size_t len = sub->frame.known.len;
    SH_CHECK(lost_closed(core->lost), SH_E_NOT_PERMITTED);
    SH_CHECK(!core->disk_low, SH_E_DISK_FULL);
    struct lost_entry *entries = arena_array(sub->arena, len, sizeof *entries);
    SH_CHECK(entries || len == 0, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        SH_TRY(lost_verify(core->lost, &sub->frame.known.statements[i], sub->arena, &entries[i]));
    }
    SH_TRY(take_checkpoint(core, sub->frame.known.checkpoint));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(lost_keep(core, &entries[i], &sub->frame.known.statements[i], NULL));
    }
    return SH_OK;
}

/* ---- what lies on the disk ---- */

static sh_err look_at_file(struct core *core, const char *dir, const char *name)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    char path[PATH_MAX];
    if (path_join(path, sizeof path, dir, name) != SH_OK || file_read(path, &note, NULL) != SH_OK) {
        return SH_OK;
    }
    sh_err err = take_checkpoint(core, bytes_buf(&note));
    return err == SH_E_BAD_CHECKPOINT ? SH_OK : err; /* anybody may put files there */
}

sh_err lost_look(struct core *core)
{
    struct lost *lost = core->lost;
    if (!lost_closed(lost) || core->group_ms < lost->look_due_ms) {
        return SH_OK;
    }
    lost->look_due_ms = core->group_ms + LOOK_EVERY_MS;
    SH_TRY(look_at_file(core, core->config->log_dir, "checkpoint"));
    const char *dir = core->config->witness_dir;
    DIR *folder = dir[0] ? opendir(dir) : NULL;
    const struct dirent *entry = NULL;
    sh_err err = SH_OK;
    for (unsigned files = 0; folder && files < FILES_MAX && err == SH_OK; files++) {
        entry = readdir(folder);
        if (!entry) {
            break;
        }
        err = entry->d_name[0] == '.' ? SH_OK : look_at_file(core, dir, entry->d_name);
    }
    if (folder) {
        closedir(folder);
    }
    return err;
}

/* ---- for the operator ---- */

/* Of what the copy is and how much is known to have followed: another loss has another code. */
static sh_err code_of(const struct one *one, char out[10])
{
    struct sh_hash hash;
    uint8_t size[8];
    be64_store(size, one->size);
    const struct bytes parts[] = {bytes_of(CODE_LABEL, sizeof CODE_LABEL), bytes_str(one->log.name),
                                  bytes_of(size, sizeof size), bytes_buf(&one->note)};
    SH_TRY(digest_sha256_parts(parts, sizeof parts / sizeof parts[0], &hash));
    (void)snprintf(out, 10, "%02X%02X-%02X%02X", hash.b[0], hash.b[1], hash.b[2], hash.b[3]);
    return SH_OK;
}

sh_err lost_state(const struct core *core, struct lost_state *out)
{
    const struct one *one = newest(core->lost);
    SH_CHECK(one, SH_E_NOT_FOUND);
    *out = (struct lost_state){.number = (int64_t)core->lost->len,
                               .log = one->log,
                               .size = one->size,
                               .known = one->known,
                               .opened = one->opened};
    SH_TRY(digest_sha256(bytes_buf(&one->note), &out->known_sha256));
    return code_of(one, out->code);
}

sh_err lost_open(struct core *core)
{
    const struct lost *lost = core->lost;
    SH_CHECK(lost_closed(lost), SH_E_NOT_PERMITTED);
    struct one opened = lost->list[lost->len - 1]; /* its note stays the list's */
    opened.opened = true;
    return put_row(core->store, lost->len - 1, &opened);
}
