#include "support/published_log.h"

#include "base/cleanup.h"
#include "tlog/merkle.h"
#include "wire/log.h"

#include <string.h>

#define ORIGIN         "log.example/published/test"
#define FILE_BYTES_MAX (1u << 20)

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "published_log: %s\n", what);
        abort();
    }
}

void entry_of_safehand(uint64_t index, struct buf *out)
{
    struct leaf leaf = {.type = LEAF_ACCEPTED,
                        .time_ms = INT64_C(1790000000000) + (int64_t)index * 1000};
    memset(leaf.commitment.b, (int)(index * 7 % 251), sizeof leaf.commitment.b);
    be64_store(leaf.commitment.b, index);
    must(leaf_encode(&leaf, out) == SH_OK, "leaf");
}

void entry_of_others(uint64_t index, struct buf *out)
{
    const size_t len = (size_t)(index * 31 % 91);
    uint8_t *room = NULL;
    must(buf_reserve(out, len + 8, &room) == SH_OK, "memory");
    memset(room, 0xff, len);
    be64_store(room + len, index);
    out->len += len > 0 || index > 0 ? len + 8 : 0; /* entry 0 has no bytes at all */
}

static struct log_file *add_file(struct published_log *log, const char *name)
{
    for (size_t i = 0; i < log->len; i++) {
        if (strcmp(log->files[i].name, name) == 0) {
            return &log->files[i];
        }
    }
    struct log_file *grown = realloc(log->files, (log->len + 1) * sizeof *grown);
    must(grown, "memory");
    log->files = grown;
    struct log_file *file = &grown[log->len++];
    *file = (struct log_file){.content = BUF_INIT(FILE_BYTES_MAX)};
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

/* A merkle_writer. */
static sh_err put_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct published_log *log = ctx;
    char name[TILE_PATH_BYTES];
    if (level % TILE_HEIGHT != 0) {
        return SH_OK;
    }
    struct tile tile = {.level = level / TILE_HEIGHT, .index = index / TILE_WIDTH};
    tile.width = tile_width_at(tile.level, tile.index, log->size);
    tile_path(&tile, name);
    return buf_append(&add_file(log, name)->content, BYTES_FIXED(*hash));
}

static void put_entry(struct published_log *log, uint64_t index, struct bytes entry)
{
    char name[TILE_PATH_BYTES];
    struct tile bundle = {.index = index / TILE_WIDTH};
    bundle.width = tile_width_at(0, bundle.index, log->size);
    tile_entries_path(&bundle, name);
    must(bundle_append(&add_file(log, name)->content, entry) == SH_OK, "bundle");
}

static void sign(struct published_log *log, const struct merkle_edge *edge)
{
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = log->size};
    must(merkle_edge_root(edge, &checkpoint.root) == SH_OK, "root");
    struct log_file *file = add_file(log, "checkpoint");
    must(checkpoint_sign(&checkpoint, log->key, &file->content) == SH_OK, "signature");
}

static void make_key(struct published_log *log, const struct published_log *same_key)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(sizeof log->vkey - 1);
    if (same_key) {
        SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4096);
        must(secret_copy(bytes_str("x"), &passphrase) == SH_OK &&
                 key_to_pem(same_key->key, &passphrase, 1, &pem) == SH_OK &&
                 key_from_pem(bytes_buf(&pem), &passphrase, &log->key) == SH_OK,
             "key");
    } else {
        must(key_generate(KEY_TYPE_ED25519, &log->key) == SH_OK, "key");
    }
    must(note_vkey(ORIGIN, log->key, &text) == SH_OK && buf_terminate(&text) == SH_OK, "vkey");
    (void)snprintf(log->vkey, sizeof log->vkey, "%s", (const char *)text.data);
    must(note_verifier_parse(log->vkey, &log->verifier) == SH_OK, "verifier");
}

void published_log_make(struct published_log *log, uint64_t size, entry_maker make,
                        const struct published_log *same_key)
{
    struct merkle_edge edge = {.size = 0};
    const struct merkle_writer writer = {put_node, log};
    *log = (struct published_log){.size = size};
    make_key(log, same_key);
    for (uint64_t i = 0; i < size; i++) {
        SH_DEFER(buf_wipe) struct buf entry = BUF_INIT(UINT16_MAX);
        struct sh_hash hash;
        make(i, &entry);
        put_entry(log, i, bytes_buf(&entry));
        must(merkle_leaf_hash(bytes_buf(&entry), &hash) == SH_OK &&
                 merkle_edge_append(&edge, &hash, &writer) == SH_OK,
             "tree");
    }
    sign(log, &edge);
}

void published_log_free(struct published_log *log)
{
    for (size_t i = 0; i < log->len; i++) {
        buf_wipe(&log->files[i].content);
    }
    free(log->files);
    key_free(&log->key);
    *log = (struct published_log){.len = 0};
}

static sh_err read_file(void *ctx, const char *name, struct buf *out, struct sh_why *why)
{
    struct published_log *log = ctx;
    log->reads++;
    if (log->fail_at && log->reads >= log->fail_at) {
        return sh_fail(why, log->fail, "%s: told to fail", name);
    }
    for (size_t i = 0; i < log->len; i++) {
        if (!log->files[i].gone && strcmp(log->files[i].name, name) == 0) {
            return buf_append(out, bytes_buf(&log->files[i].content));
        }
    }
    return sh_fail(why, SH_E_NOT_FOUND, "%s: no such file", name);
}

struct audit_source published_log_source(struct published_log *log)
{
    return (struct audit_source){.read = read_file, .ctx = log};
}

struct log_file *published_log_file(const struct published_log *log, const char *name)
{
    for (size_t i = 0; i < log->len; i++) {
        if (strcmp(log->files[i].name, name) == 0) {
            return &log->files[i];
        }
    }
    must(false, name);
    return NULL;
}
