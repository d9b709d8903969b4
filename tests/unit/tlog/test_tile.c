/* Tiles: paths and widths as the specification's own examples have them, hashes against a tree of
 * 70,000 leaves. */
#include "base/cleanup.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"

#include <criterion/criterion.h>

#define TREE_SIZE   70000u
#define TREE_LEVELS 17u

/* Every complete node. */
struct whole_tree {
    struct sh_hash *levels[TREE_LEVELS];
    struct merkle_edge edge;
};

static sh_err tree_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct whole_tree *tree = ctx;
    tree->levels[level][index] = *hash;
    return SH_OK;
}

static void tree_build(struct whole_tree *tree)
{
    const struct merkle_writer writer = {tree_write, tree};
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        tree->levels[level] = calloc(TREE_SIZE >> level, sizeof(struct sh_hash));
        cr_assert_not_null(tree->levels[level]);
    }
    for (uint32_t i = 0; i < TREE_SIZE; i++) {
        uint8_t leaf[4];
        struct sh_hash hash;
        be32_store(leaf, i);
        cr_assert_eq(merkle_leaf_hash(bytes_of(leaf, sizeof leaf), &hash), SH_OK);
        cr_assert_eq(merkle_edge_append(&tree->edge, &hash, &writer), SH_OK);
    }
}

static void tree_wipe(struct whole_tree *tree)
{
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        free(tree->levels[level]);
    }
}

/* A tile's bytes, as a publisher would write them. */
static struct bytes tile_content(const struct whole_tree *tree, const struct tile *t)
{
    const struct sh_hash *row = tree->levels[TILE_HEIGHT * t->level];
    return bytes_of(row + t->index * TILE_WIDTH, (size_t)t->width * SH_HASH_BYTES);
}

/* What an auditor does who has nothing but the tiles. */
static sh_err read_from_tiles(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    const struct whole_tree *tree = ctx;
    unsigned height = level % TILE_HEIGHT;
    struct tile t = {.level = level / TILE_HEIGHT, .index = index >> (TILE_HEIGHT - height)};
    t.width = tile_width_at(t.level, t.index, TREE_SIZE);
    SH_CHECK(t.width > 0, SH_E_NOT_FOUND);
    return tile_node(&t, tile_content(tree, &t), level, index, out);
}

struct path_case {
    struct tile tile;
    const char *tile_path, *entries_path;
};

static const struct path_case PATHS[] = {
    {{0, 0, 256}, "tile/0/000", "tile/entries/000"},
    {{0, 0, 1}, "tile/0/000.p/1", "tile/entries/000.p/1"},
    {{1, 999, 255}, "tile/1/999.p/255", "tile/entries/999.p/255"},
    {{0, 1000, 256}, "tile/0/x001/000", "tile/entries/x001/000"},
    {{0, 1067, 8}, "tile/0/x001/067.p/8", "tile/entries/x001/067.p/8"},
    {{0, 1234067, 256}, "tile/0/x001/x234/067", "tile/entries/x001/x234/067"},
    {{7, UINT64_MAX, 256},
     "tile/7/x018/x446/x744/x073/x709/x551/615",
     "tile/entries/x018/x446/x744/x073/x709/x551/615"},
};

Test(tlog, tile_paths_are_those_of_the_specification)
{
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        char path[TILE_PATH_BYTES];
        tile_path(&PATHS[i].tile, path);
        cr_expect_str_eq(path, PATHS[i].tile_path);
        tile_entries_path(&PATHS[i].tile, path);
        cr_expect_str_eq(path, PATHS[i].entries_path);
    }
}

Test(tlog, tile_widths_are_those_of_the_specifications_examples)
{
    /* 70,000: 273 full tiles and one of 112 at level 0, a full one and one of 17 at level 1, one of
     * 1 at level 2. */
    cr_expect_eq(tile_width_at(0, 0, 70000), 256);
    cr_expect_eq(tile_width_at(0, 272, 70000), 256);
    cr_expect_eq(tile_width_at(0, 273, 70000), 112);
    cr_expect_eq(tile_width_at(0, 274, 70000), 0);
    cr_expect_eq(tile_width_at(1, 0, 70000), 256);
    cr_expect_eq(tile_width_at(1, 1, 70000), 17);
    cr_expect_eq(tile_width_at(1, 2, 70000), 0);
    cr_expect_eq(tile_width_at(2, 0, 70000), 1);
    cr_expect_eq(tile_width_at(3, 0, 70000), 0);
    cr_expect_eq(tile_width_at(0, 0, 256), 256);
    cr_expect_eq(tile_width_at(0, 1, 256), 0);
    cr_expect_eq(tile_width_at(1, 0, 256), 1);
    cr_expect_eq(tile_width_at(1, 0, 255), 0);
    cr_expect_eq(tile_width_at(0, 0, 0), 0);
    cr_expect_eq(tile_width_at(7, 0, UINT64_MAX), 255);
    cr_expect_eq(tile_width_at(8, 0, UINT64_MAX), 0);
    cr_expect_eq(tile_width_at(0, UINT64_MAX, UINT64_MAX), 0);
}

Test(tlog, every_node_of_a_tree_of_70000_can_be_had_from_its_tiles)
{
    SH_DEFER(tree_wipe) struct whole_tree tree = {.edge = {.size = 0}};
    tree_build(&tree);
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        /* All of the higher levels; of the lower ones the edge and a sample. */
        uint64_t count = TREE_SIZE >> level, step = count > 2000 ? 97 : 1;
        for (uint64_t i = 0; i < count; i += i + 300 < count ? step : 1) {
            struct sh_hash hash;
            cr_assert_eq(read_from_tiles(&tree, level, i, &hash), SH_OK);
            cr_assert(hash_equal(&hash, &tree.levels[level][i]));
        }
    }
}

Test(tlog, the_root_recomputed_from_tiles_is_the_logs)
{
    SH_DEFER(tree_wipe) struct whole_tree tree = {.edge = {.size = 0}};
    tree_build(&tree);
    const struct merkle_reader reader = {read_from_tiles, &tree};
    struct sh_hash expected, found;
    cr_assert_eq(merkle_edge_root(&tree.edge, &expected), SH_OK);
    cr_assert_eq(merkle_root(TREE_SIZE, &reader, &found), SH_OK);
    cr_assert(hash_equal(&found, &expected));
}

Test(tlog, a_node_beyond_a_tile_is_not_found)
{
    struct sh_hash row[8], out;
    struct tile t = {.level = 1, .index = 2, .width = 5};
    memset(row, 9, sizeof row);
    struct bytes content = bytes_of(row, 5 * SH_HASH_BYTES);
    cr_expect_eq(tile_node(&t, content, 8, 2 * 256 + 4, &out), SH_OK);
    cr_expect_eq(tile_node(&t, content, 8, 2 * 256 + 5, &out), SH_E_NOT_FOUND);
    cr_expect_eq(tile_node(&t, content, 8, 3 * 256, &out), SH_E_NOT_FOUND);
    cr_expect_eq(tile_node(&t, content, 10, 2 * 64, &out), SH_OK);
    cr_expect_eq(tile_node(&t, content, 10, 2 * 64 + 1, &out), SH_E_NOT_FOUND);
    cr_expect_eq(tile_node(&t, content, 11, 2 * 32, &out), SH_E_NOT_FOUND);
    cr_expect_eq(tile_node(&t, content, 7, 2 * 512, &out), SH_E_NOT_FOUND);
    cr_expect_eq(tile_node(&t, content, 16, 2, &out), SH_E_NOT_FOUND);
    t.level = 8;
    cr_expect_eq(tile_node(&t, content, 64, 0, &out), SH_E_NOT_FOUND);
}

Test(tlog, a_tile_of_the_wrong_length_is_refused)
{
    struct sh_hash row[TILE_WIDTH + 1], out;
    struct tile t = {.width = 5};
    memset(row, 9, sizeof row);
    cr_expect_eq(tile_node(&t, bytes_of(row, 5 * 32 - 1), 0, 0, &out), SH_E_FORMAT);
    cr_expect_eq(tile_node(&t, bytes_of(row, 6 * 32), 0, 0, &out), SH_E_FORMAT);
    t.width = 0;
    cr_expect_eq(tile_node(&t, bytes_of(row, 0), 0, 0, &out), SH_E_FORMAT);
    t.width = 257;
    cr_expect_eq(tile_node(&t, bytes_of(row, 257 * 32), 0, 0, &out), SH_E_FORMAT);
}

Test(tlog, entries_come_back_from_a_bundle_as_they_went_in)
{
    SH_DEFER(buf_wipe) struct buf bundle = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf longest = BUF_INIT(UINT16_MAX + 1);
    uint8_t *room = NULL;
    size_t at = 0;
    struct bytes entry;
    cr_assert_eq(buf_reserve(&longest, UINT16_MAX + 1, &room), SH_OK);
    memset(room, 'x', UINT16_MAX + 1);
    cr_assert_eq(bundle_append(&bundle, bytes_str("one")), SH_OK);
    cr_assert_eq(bundle_append(&bundle, bytes_of(NULL, 0)), SH_OK);
    cr_assert_eq(bundle_append(&bundle, bytes_of(room, UINT16_MAX)), SH_OK);
    cr_assert_eq(bundle.len, 5 + 2 + 2 + UINT16_MAX);
    cr_assert_eq(memcmp(bundle.data, "\0\3one\0\0\xff\xff", 9), 0);

    cr_assert_eq(bundle_next(bytes_buf(&bundle), &at, &entry), SH_OK);
    cr_assert(bytes_equal(entry, bytes_str("one")));
    cr_assert_eq(bundle_next(bytes_buf(&bundle), &at, &entry), SH_OK);
    cr_assert_eq(entry.len, 0);
    cr_assert_eq(bundle_next(bytes_buf(&bundle), &at, &entry), SH_OK);
    cr_assert_eq(entry.len, UINT16_MAX);
    cr_assert_eq(bundle_next(bytes_buf(&bundle), &at, &entry), SH_E_EMPTY);
}

Test(tlog, an_entry_that_does_not_fit_leaves_the_bundle_as_it_was)
{
    SH_DEFER(buf_wipe) struct buf bundle = BUF_INIT(10);
    static const uint8_t long_entry[UINT16_MAX + 1];
    cr_assert_eq(bundle_append(&bundle, bytes_str("one")), SH_OK);
    cr_assert_eq(bundle_append(&bundle, bytes_str("four")), SH_E_TOO_BIG);
    cr_assert_eq(bundle_append(&bundle, bytes_of(long_entry, sizeof long_entry)), SH_E_TOO_BIG);
    cr_assert_eq(bundle.len, 5);
    cr_assert_eq(bundle_append(&bundle, bytes_str("two")), SH_OK);
}

Test(tlog, a_bundle_that_is_cut_anywhere_is_refused)
{
    SH_DEFER(buf_wipe) struct buf bundle = BUF_INIT(100);
    cr_assert_eq(bundle_append(&bundle, bytes_str("eleven")), SH_OK);
    for (size_t len = 1; len < bundle.len; len++) {
        size_t at = 0;
        struct bytes entry;
        cr_expect_eq(bundle_next(bytes_of(bundle.data, len), &at, &entry), SH_E_FORMAT);
        cr_expect_eq(at, 0);
    }
    size_t beyond = bundle.len + 1;
    struct bytes entry;
    cr_expect_eq(bundle_next(bytes_buf(&bundle), &beyond, &entry), SH_E_FORMAT);
}
