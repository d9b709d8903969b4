#include "core/cosigned.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "tlog/cosign.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

enum { FILES_MAX = 64, KEYS_MAX = 64 };

#define SUFFIX ".cosigned"

struct one {
    struct note_verifier key;
    bool wanted;
    uint64_t time_s; /* of its newest cosignature of this log; 0: none was seen */
};

struct witnesses {
    struct one list[POLICY_WITNESSES_MAX];
    size_t len;
};

struct cosigned {
    char dir[PATH_MAX];
    struct note_verifier log;
    pthread_mutex_t lock;
    /* Under the lock: */
    struct witnesses witnesses;
    unsigned wanted, quorum, lines;
    int64_t late_ms;
};

sh_err cosigned_new(const char *dir, const struct note_verifier *log, struct cosigned **out)
{
    struct cosigned *cosigned = calloc(1, sizeof *cosigned);
    SH_CHECK(cosigned, SH_E_NOMEM);
    (void)snprintf(cosigned->dir, sizeof cosigned->dir, "%s", dir);
    cosigned->log = *log;
    pthread_mutex_init(&cosigned->lock, NULL);
    *out = cosigned;
    return SH_OK;
}

void cosigned_free(struct cosigned **cosigned)
{
    if (*cosigned) {
        pthread_mutex_destroy(&(*cosigned)->lock);
        free(*cosigned);
        *cosigned = NULL;
    }
}

static bool is_wanted(const struct policy_witnesses *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->len; i++) {
        if (strcmp(wanted->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_key(const struct note_verifier *a, const struct note_verifier *b)
{
    return a->key_id == b->key_id && strcmp(a->name, b->name) == 0 &&
           memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

static uint64_t time_of(const struct witnesses *witnesses, const struct note_verifier *key)
{
    for (size_t i = 0; i < witnesses->len; i++) {
        if (same_key(&witnesses->list[i].key, key)) {
            return witnesses->list[i].time_s;
        }
    }
    return 0;
}

/* Of more than there is room for, those that the policy does not name are left out. */
static void order_keys(const struct note_verifier *keys, size_t len,
                       const struct policy_witnesses *wanted, struct witnesses *out)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < len && out->len < POLICY_WITNESSES_MAX; i++) {
            if (is_wanted(wanted, keys[i].name) == (pass == 0)) {
                out->list[out->len++] = (struct one){.key = keys[i], .wanted = pass == 0};
            }
        }
    }
}

void cosigned_use(struct cosigned *cosigned, const struct note_verifier *keys, size_t len,
                  const struct policy_witnesses *wanted)
{
    struct witnesses fresh = {.len = 0};
    order_keys(keys, len, wanted, &fresh);
    pthread_mutex_lock(&cosigned->lock);
    for (size_t i = 0; i < fresh.len; i++) {
        fresh.list[i].time_s = time_of(&cosigned->witnesses, &fresh.list[i].key);
    }
    cosigned->witnesses = fresh;
    cosigned->wanted = (unsigned)wanted->len;
    cosigned->quorum = wanted->quorum;
    cosigned->late_ms = wanted->late_ms;
    pthread_mutex_unlock(&cosigned->lock);
}

void cosigned_set(struct cosigned *cosigned, const struct directory *directory,
                  const struct policy_witnesses *wanted, int64_t now_ms)
{
    struct note_verifier keys[KEYS_MAX];
    size_t len = 0;
    for (size_t i = 0; i < directory_witnesses_len(directory) && len < KEYS_MAX; i++) {
        len += directory_witness_at(directory, i, now_ms, &keys[len]) == SH_OK;
    }
    cosigned_use(cosigned, keys, len, wanted);
}

/* ---- the publisher's side ---- */

struct gathering {
    struct witnesses *witnesses;
    const char *origin;
    struct bytes text; /* of the checkpoint in hand */
    struct buf lines;
    bool has[POLICY_WITNESSES_MAX];
    unsigned count;
};

static void take_note(struct gathering *g, struct bytes note)
{
    struct bytes text, lines;
    struct checkpoint checkpoint;
    if (note_split(note, &text, &lines) != SH_OK || checkpoint_parse(note, &checkpoint) != SH_OK ||
        strcmp(checkpoint.origin, g->origin) != 0) {
        return;
    }
    const bool in_hand = bytes_equal(text, g->text);
    for (size_t i = 0; i < g->witnesses->len; i++) {
        struct one *one = &g->witnesses->list[i];
        struct cosigned_line line;
        if (cosign_find(text, lines, &one->key, &line) != SH_OK) {
            continue;
        }
        one->time_s = line.time_s > one->time_s ? line.time_s : one->time_s;
        if (in_hand && !g->has[i] && buf_append(&g->lines, line.line) == SH_OK) {
            g->has[i] = true;
            g->count++;
        }
    }
}

static bool is_cosigned(const char *name)
{
    const size_t len = strlen(name), suffix = sizeof SUFFIX - 1;
    return name[0] != '.' && len > suffix && strcmp(name + len - suffix, SUFFIX) == 0;
}

static void read_folder(const char *dir, struct gathering *g)
{
    DIR *folder = dir[0] ? opendir(dir) : NULL;
    unsigned files = 0;
    const struct dirent *entry = NULL;
    while (folder && files < FILES_MAX && (entry = readdir(folder))) {
        SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
        char path[PATH_MAX];
        if (!is_cosigned(entry->d_name)) {
            continue;
        }
        files++;
        if (path_join(path, sizeof path, dir, entry->d_name) == SH_OK &&
            file_read(path, &note, NULL) == SH_OK) {
            take_note(g, bytes_buf(&note));
        }
    }
    if (folder) {
        closedir(folder);
    }
}

/* What was found out counts for keys that are still among those of the directory. */
static void remember(struct cosigned *cosigned, const struct gathering *g)
{
    pthread_mutex_lock(&cosigned->lock);
    for (size_t i = 0; i < cosigned->witnesses.len; i++) {
        struct one *one = &cosigned->witnesses.list[i];
        uint64_t time_s = time_of(g->witnesses, &one->key);
        one->time_s = time_s > one->time_s ? time_s : one->time_s;
    }
    cosigned->lines = g->count;
    pthread_mutex_unlock(&cosigned->lock);
}

sh_err cosigned_append(struct cosigned *cosigned, struct buf *note)
{
    struct bytes text, lines;
    SH_TRY(note_split(bytes_buf(note), &text, &lines));
    pthread_mutex_lock(&cosigned->lock);
    struct witnesses witnesses = cosigned->witnesses;
    pthread_mutex_unlock(&cosigned->lock);
    SH_DEFER(buf_wipe) struct buf room = BUF_INIT(SH_CHECKPOINT_BYTES_MAX - note->len);
    struct gathering g = {
        .witnesses = &witnesses, .origin = cosigned->log.name, .text = text, .lines = room};
    if (witnesses.len > 0) {
        read_folder(cosigned->dir, &g);
    }
    room = g.lines;
    remember(cosigned, &g);
    return buf_append(note, bytes_buf(&room));
}

void cosigned_count(struct cosigned *cosigned, int64_t now_ms, struct cosigned_count *out)
{
    pthread_mutex_lock(&cosigned->lock);
    *out = (struct cosigned_count){
        .wanted = cosigned->wanted, .quorum = cosigned->quorum, .lines = cosigned->lines};
    for (size_t i = 0; i < cosigned->witnesses.len; i++) {
        const struct one *one = &cosigned->witnesses.list[i];
        const bool current =
            one->time_s > 0 && (int64_t)one->time_s >= (now_ms - cosigned->late_ms) / SH_SECOND_MS;
        out->current += one->wanted && current;
    }
    pthread_mutex_unlock(&cosigned->lock);
}
