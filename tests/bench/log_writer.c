#include "log_writer.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "bench.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"
#include "wire/log.h"

#include <limits.h>

#define ORIGIN   "log.example/bench/test"
#define LEVELS   6u
#define START_MS INT64_C(1790000000000)

struct writer {
    const char *dir;
    uint64_t size;
    struct buf bundle;
    struct buf tiles[LEVELS];
};

static void write_file(const struct writer *writer, const char *name, const struct buf *content)
{
    char path[PATH_MAX];
    bench_must(path_join(path, sizeof path, writer->dir, name), "naming a file");
    SH_DEFER(sh_fclosep) FILE *file = fopen(path, "wb");
    if (!file) {
        char folder[PATH_MAX];
        (void)snprintf(folder, sizeof folder, "%s", path);
        *strrchr(folder, '/') = '\0';
        MUST(dir_make(folder, 0755, NULL));
        file = fopen(path, "wb");
    }
    if (!file || fwrite(content->data, 1, content->len, file) != content->len ||
        fflush(file) != 0) {
        bench_fail("cannot write %s", path);
    }
}

/* A merkle_writer: full tiles go to the disk, the rest waits for the end. */
static sh_err put_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct writer *writer = ctx;
    if (level % TILE_HEIGHT != 0) {
        return SH_OK;
    }
    struct tile tile = {.level = level / TILE_HEIGHT, .index = index / TILE_WIDTH};
    struct buf *content = &writer->tiles[tile.level];
    content->max = (size_t)TILE_WIDTH * SH_HASH_BYTES;
    SH_TRY(buf_append(content, BYTES_FIXED(*hash)));
    tile.width = tile_width_at(tile.level, tile.index, writer->size);
    if (index % TILE_WIDTH + 1 == tile.width) {
        char name[TILE_PATH_BYTES];
        tile_path(&tile, name);
        write_file(writer, name, content);
        buf_reset(content);
    }
    return SH_OK;
}

static size_t make_leaf(uint64_t index, struct buf *out)
{
    struct leaf leaf = {.type = LEAF_ACCEPTED, .time_ms = START_MS + (int64_t)index * 1000};
    be64_store(leaf.commitment.b, index * UINT64_C(0x9e3779b97f4a7c15));
    buf_reset(out);
    MUST(leaf_encode(&leaf, out));
    return out->len;
}

static void put_leaf(struct writer *writer, uint64_t index, struct bytes leaf)
{
    struct tile tile = {.index = index / TILE_WIDTH};
    tile.width = tile_width_at(0, tile.index, writer->size);
    MUST(bundle_append(&writer->bundle, leaf));
    if (index % TILE_WIDTH + 1 == tile.width) {
        char name[TILE_PATH_BYTES];
        tile_entries_path(&tile, name);
        write_file(writer, name, &writer->bundle);
        buf_reset(&writer->bundle);
    }
}

static void sign(const struct writer *writer, const struct merkle_edge *edge,
                 struct written_log *out)
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(sizeof out->vkey - 1);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = writer->size};
    MUST(key_generate(KEY_TYPE_ED25519, &key));
    MUST(merkle_edge_root(edge, &checkpoint.root));
    MUST(checkpoint_sign(&checkpoint, key, &note));
    write_file(writer, "checkpoint", &note);
    MUST(note_vkey(ORIGIN, key, &vkey));
    MUST(buf_terminate(&vkey));
    (void)snprintf(out->vkey, sizeof out->vkey, "%s", (const char *)vkey.data);
}

void log_write(const char *dir, uint64_t leaves, struct written_log *out)
{
    struct writer writer = {.dir = dir, .size = leaves, .bundle = BUF_INIT(TILE_WIDTH * 128)};
    struct merkle_edge edge = {.size = 0};
    const struct merkle_writer nodes = {put_node, &writer};
    SH_DEFER(buf_wipe) struct buf leaf = BUF_INIT(SH_LEAF_BYTES_MAX);
    *out = (struct written_log){.leaves = leaves};
    for (uint64_t i = 0; i < leaves; i++) {
        struct sh_hash hash;
        const size_t len = make_leaf(i, &leaf);
        out->leaf_bytes = len > out->leaf_bytes ? len : out->leaf_bytes;
        put_leaf(&writer, i, bytes_buf(&leaf));
        MUST(merkle_leaf_hash(bytes_buf(&leaf), &hash));
        MUST(merkle_edge_append(&edge, &hash, &nodes));
    }
    sign(&writer, &edge, out);
    buf_wipe(&writer.bundle);
    for (unsigned i = 0; i < LEVELS; i++) {
        buf_wipe(&writer.tiles[i]);
    }
}
