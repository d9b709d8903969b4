/* Where things lie in a C2SP tlog-tiles folder and what is in them. No files are opened here: the
 * relay's publisher writes them and the auditor reads them, and both ask this for names, widths and
 * hashes. */
#include "tlog/tile.h"

#include "tlog/merkle.h"

#include <assert.h>
#include <stdio.h>

/* 1234067 -> "x001/x234/067": all but the last group of three digits begin with an x. */
static void format_index(uint64_t index, char out[48])
{
    unsigned groups[7];
    unsigned len = 0;
    do {
        groups[len++] = (unsigned)(index % 1000);
        index /= 1000;
    } while (index > 0);
    size_t at = 0;
    while (len-- > 0) {
        at += (size_t)snprintf(out + at, 48 - at, "%s%03u%s", len > 0 ? "x" : "", groups[len],
                               len > 0 ? "/" : "");
    }
}

static void format_path(const char *folder, const struct tile *t, char *out)
{
    char index[48];
    char partial[8] = "";
    assert(t->width >= 1 && t->width <= TILE_WIDTH);
    format_index(t->index, index);
    if (t->width < TILE_WIDTH) {
        (void)snprintf(partial, sizeof partial, ".p/%u", t->width & 0xffu);
    }
    (void)snprintf(out, TILE_PATH_BYTES, "tile/%s/%s%s", folder, index, partial);
}

void tile_path(const struct tile *t, char *out)
{
    char level[12];
    (void)snprintf(level, sizeof level, "%u", t->level);
    format_path(level, t, out);
}

void tile_entries_path(const struct tile *t, char *out)
{
    format_path("entries", t, out);
}

unsigned tile_width_at(unsigned level, uint64_t index, uint64_t size)
{
    if (level >= 64 / TILE_HEIGHT) {
        return 0;
    }
    uint64_t hashes = size >> (TILE_HEIGHT * level);
    uint64_t full = hashes / TILE_WIDTH;
    if (index < full) {
        return TILE_WIDTH;
    }
    return index == full ? (unsigned)(hashes % TILE_WIDTH) : 0;
}

sh_err tile_node(const struct tile *t, struct bytes content, unsigned level, uint64_t index,
                 struct sh_hash *out)
{
    SH_CHECK(t->width >= 1 && t->width <= TILE_WIDTH, SH_E_FORMAT);
    SH_CHECK(content.len == (size_t)t->width * SH_HASH_BYTES, SH_E_FORMAT);
    SH_CHECK(t->level < 64 / TILE_HEIGHT && level >= TILE_HEIGHT * t->level, SH_E_NOT_FOUND);
    unsigned height = level - TILE_HEIGHT * t->level;
    SH_CHECK(height < TILE_HEIGHT, SH_E_NOT_FOUND);

    /* The node covers `count` hashes of one row of 256, from `first` on. */
    unsigned below = TILE_HEIGHT - height;
    SH_CHECK(index >> below == t->index, SH_E_NOT_FOUND);
    size_t count = (size_t)1 << height;
    size_t first = (size_t)(index & (((uint64_t)1 << below) - 1)) << height;
    SH_CHECK(first + count <= t->width, SH_E_NOT_FOUND);

    struct sh_hash row[TILE_WIDTH / 2];
    memcpy(row, content.data + first * SH_HASH_BYTES, count * SH_HASH_BYTES);
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++) {
            SH_TRY(merkle_node_hash(&row[2 * i], &row[2 * i + 1], &row[i]));
        }
    }
    *out = row[0];
    return SH_OK;
}

sh_err bundle_append(struct buf *bundle, struct bytes entry)
{
    uint8_t *room = NULL;
    SH_CHECK(entry.len <= UINT16_MAX, SH_E_TOO_BIG);
    SH_TRY(buf_reserve(bundle, 2 + entry.len, &room));
    SH_TRY(buf_append_be16(bundle, (uint16_t)entry.len));
    return buf_append(bundle, entry);
}

sh_err bundle_next(struct bytes bundle, size_t *at, struct bytes *out_entry)
{
    SH_CHECK(*at != bundle.len, SH_E_EMPTY);
    SH_CHECK(*at < bundle.len && bundle.len - *at >= 2, SH_E_FORMAT);
    size_t len = be16_load(bundle.data + *at);
    SH_CHECK(bundle.len - *at - 2 >= len, SH_E_FORMAT);
    *out_entry = bytes_of(bundle.data + *at + 2, len);
    *at += 2 + len;
    return SH_OK;
}
