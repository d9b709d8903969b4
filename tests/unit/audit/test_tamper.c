/* A log of 1,000 leaves, changed in one place: found, and named, each time. SH_EXHAUSTIVE=1 (./dev
 * exhaustive) makes every change; without it every n-th is made, n a prime, so that over the files
 * all bits, positions and kinds of byte get their turn. */
#include "audit/verify.h"
#include "base/cleanup.h"
#include "support/published_log.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SIZE         1000u
#define BUNDLES      4u
#define LAST_PARTIAL "tile/entries/003.p/232"

struct bench {
    struct published_log log;
    unsigned made, found; /* changes */
};

static void bench_free(struct bench *bench)
{
    published_log_free(&bench->log);
}

static void bench_make(struct bench *bench)
{
    *bench = (struct bench){.made = 0};
    published_log_make(&bench->log, SIZE, entry_of_safehand, NULL);
}

static void tell(const struct bench *bench, const char *what)
{
    if (getenv("SH_EXHAUSTIVE")) {
        fprintf(stderr, "%s: %u changes, %u found and named\n", what, bench->made, bench->found);
    }
    cr_assert(bench->made > 0);
    cr_assert_eq(bench->made, bench->found);
}

static size_t stride(size_t otherwise)
{
    return getenv("SH_EXHAUSTIVE") ? 1 : otherwise;
}

/* What must be found. fault: NONE, any; path: NULL, any; index: -1, any. */
struct expected {
    enum audit_fault fault;
    const char *path;
    int64_t index;
};

static void expect(struct bench *bench, struct expected expected, const char *what, size_t at)
{
    SH_DEFER(audit_report_wipe) struct audit_report report = {0};
    const struct audit_options options = {.key = bench->log.verifier, .leaves = AUDIT_LEAVES_AUTO};
    const struct audit_source source = published_log_source(&bench->log);
    struct sh_why why = {0};
    const struct audit_finding *finding = &report.finding;
    bench->made++;
    sh_err err = audit_verify(&source, &options, &report, &why);
    cr_assert_eq(err, SH_E_PROOF, "%s %zu: %d", what, at, err);
    cr_assert(finding->fault == expected.fault ||
                  (expected.fault == AUDIT_FAULT_NONE && finding->fault != AUDIT_FAULT_NONE),
              "%s %zu: %s", what, at, finding->sentence);
    cr_assert(!expected.path || strcmp(finding->path, expected.path) == 0, "%s %zu: %s", what, at,
              finding->sentence);
    cr_assert(expected.index < 0 ||
                  (finding->has_index && finding->index == (uint64_t)expected.index),
              "%s %zu: %s", what, at, finding->sentence);
    cr_assert(finding->sentence[0] != '\0');
    bench->found++;
}

static void flip(struct log_file *file, size_t at, unsigned bit)
{
    file->content.data[at] ^= (uint8_t)(1u << bit);
}

/* All eight bits of a byte in the exhaustive form, else one. */
static void flip_each_bit(struct bench *bench, struct log_file *file, size_t at,
                          struct expected expected)
{
    const bool all = stride(2) == 1;
    for (unsigned bit = 0; bit < 8; bit++) {
        if (all || bit == at % 8) {
            flip(file, at, bit);
            expect(bench, expected, file->name, at);
            flip(file, at, bit);
        }
    }
}

static const char *bundle_name(unsigned bundle)
{
    static const char *const names[BUNDLES] = {"tile/entries/000", "tile/entries/001",
                                               "tile/entries/002", LAST_PARTIAL};
    return names[bundle];
}

/* Where entry `place` of a bundle starts, its length prefix included; behind the last, the end. */
static size_t entry_at(const struct log_file *bundle, unsigned place)
{
    size_t at = 0;
    for (unsigned i = 0; i < place; i++) {
        struct bytes entry;
        cr_assert_eq(bundle_next(bytes_buf(&bundle->content), &at, &entry), SH_OK);
    }
    return at;
}

static unsigned width_of(unsigned bundle)
{
    return bundle + 1 < BUNDLES ? 256 : SIZE % 256;
}

Test(audit, every_byte_of_the_signed_text_and_its_signature_counts)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    struct log_file *file = published_log_file(&bench.log, "checkpoint");
    for (size_t at = 0; at < file->content.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            flip(file, at, bit);
            expect(&bench, (struct expected){AUDIT_FAULT_CHECKPOINT, "checkpoint", -1}, file->name,
                   at);
            flip(file, at, bit);
        }
    }
    tell(&bench, "bits of the checkpoint");
}

Test(audit, every_byte_of_every_tile_counts)
{
    static const struct {
        const char *name;
        uint64_t first, per_hash;
    } tiles[] = {{"tile/0/000", 0, 1},
                 {"tile/0/001", 256, 1},
                 {"tile/0/002", 512, 1},
                 {"tile/0/003.p/232", 768, 1},
                 {"tile/1/000.p/3", 0, 256}};
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        struct log_file *file = published_log_file(&bench.log, tiles[i].name);
        const size_t step = stride(file->content.len > 100 ? 41 : 1);
        for (size_t at = i; at < file->content.len; at += step) {
            const int64_t index =
                (int64_t)(tiles[i].first + at / SH_HASH_BYTES * tiles[i].per_hash);
            flip_each_bit(&bench, file, at, (struct expected){AUDIT_FAULT_TILE, file->name, index});
        }
    }
    tell(&bench, "bits of tiles");
}

/* A byte of an entry changes that entry; one of its length all that is behind, and nearly always
 * leaves the bundle with too few entries or too many. */
static void flip_entry(struct bench *bench, struct log_file *file, size_t at, int64_t index,
                       bool is_length)
{
    const struct expected expected = {AUDIT_FAULT_ENTRY, file->name, index};
    if (!is_length) {
        flip_each_bit(bench, file, at, expected);
        return;
    }
    for (unsigned bit = 0; bit < 8; bit++) {
        flip(file, at, bit);
        expect(bench, (struct expected){AUDIT_FAULT_NONE, file->name, index}, file->name, at);
        flip(file, at, bit);
    }
}

Test(audit, every_byte_of_every_entry_counts)
{
    SH_DEFER(bench_free) struct bench bench;
    size_t turn = 0;
    bench_make(&bench);
    for (unsigned i = 0; i < BUNDLES; i++) {
        struct log_file *file = published_log_file(&bench.log, bundle_name(i));
        for (unsigned place = 0; place < width_of(i); place++) {
            const size_t start = entry_at(file, place), end = entry_at(file, place + 1);
            for (size_t at = start; at < end; at++) {
                if (turn++ % stride(43) == 0) {
                    flip_entry(&bench, file, at, (int64_t)i * 256 + place, at < start + 2);
                }
            }
        }
    }
    tell(&bench, "bits of entries");
}

/* Puts `with` in place of the `len` bytes at `at`, and the old content into *saved. */
static void splice(struct log_file *file, size_t at, size_t len, struct bytes with,
                   struct buf *saved)
{
    *saved = file->content;
    file->content = (struct buf){.max = saved->max};
    cr_assert_eq(buf_append(&file->content, bytes_of(saved->data, at)), SH_OK);
    cr_assert_eq(buf_append(&file->content, with), SH_OK);
    cr_assert_eq(
        buf_append(&file->content, bytes_of(saved->data + at + len, saved->len - at - len)), SH_OK);
}

static void put_back(struct log_file *file, struct buf *saved)
{
    buf_wipe(&file->content);
    file->content = *saved;
}

Test(audit, every_deletion_of_an_entry_is_found)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (unsigned index = 0; index < SIZE; index += (unsigned)stride(3)) {
        struct log_file *file = published_log_file(&bench.log, bundle_name(index / 256));
        const size_t at = entry_at(file, index % 256), end = entry_at(file, index % 256 + 1);
        struct buf saved;
        splice(file, at, end - at, bytes_of(NULL, 0), &saved);
        expect(&bench, (struct expected){AUDIT_FAULT_FILE, file->name, index}, "deletion", index);
        put_back(file, &saved);
    }
    tell(&bench, "deletions of entries");
}

Test(audit, every_insertion_of_an_entry_is_found)
{
    static const uint8_t stranger[] = {0, 3, 'n', 'e', 'w'};
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (unsigned i = 0; i < BUNDLES; i++) {
        struct log_file *file = published_log_file(&bench.log, bundle_name(i));
        for (unsigned place = 0; place <= width_of(i); place++) {
            if ((place + i) % stride(3) != 0 && place != width_of(i)) {
                continue;
            }
            struct buf saved;
            splice(file, entry_at(file, place), 0, bytes_of(stranger, sizeof stranger), &saved);
            expect(&bench,
                   (struct expected){AUDIT_FAULT_FILE, file->name, (int64_t)i * 256 + place},
                   "insertion", place);
            put_back(file, &saved);
        }
    }
    tell(&bench, "insertions of entries");
}

/* The bytes of two entries change places; both have the same length in this log, or nearly. */
static void swap_entries(struct bench *bench, unsigned a, unsigned b)
{
    struct log_file *files[] = {published_log_file(&bench->log, bundle_name(a / 256)),
                                published_log_file(&bench->log, bundle_name(b / 256))};
    const size_t at_a = entry_at(files[0], a % 256), at_b = entry_at(files[1], b % 256);
    const size_t len = entry_at(files[0], a % 256 + 1) - at_a;
    uint8_t kept[256];
    cr_assert(len <= sizeof kept && len == entry_at(files[1], b % 256 + 1) - at_b);
    memcpy(kept, files[0]->content.data + at_a, len);
    memcpy(files[0]->content.data + at_a, files[1]->content.data + at_b, len);
    memcpy(files[1]->content.data + at_b, kept, len);
}

Test(audit, every_swap_of_entries_is_found)
{
    static const unsigned distances[] = {1, 2, 255, 256, 257, 999};
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (size_t d = 0; d < sizeof distances / sizeof distances[0]; d++) {
        for (unsigned a = 0; a + distances[d] < SIZE; a += (unsigned)stride(13)) {
            const unsigned b = a + distances[d];
            swap_entries(&bench, a, b);
            expect(&bench, (struct expected){AUDIT_FAULT_ENTRY, bundle_name(a / 256), (int64_t)a},
                   "swap", a);
            swap_entries(&bench, a, b);
        }
    }
    tell(&bench, "swaps of entries");
}

Test(audit, every_truncation_of_a_file_is_found)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (size_t i = 0; i < bench.log.len; i++) {
        struct log_file *file = &bench.log.files[i];
        const bool is_checkpoint = strcmp(file->name, "checkpoint") == 0;
        const size_t whole = file->content.len;
        for (size_t len = 0; len < whole; len += stride(is_checkpoint ? 1 : 53)) {
            file->content.len = len;
            expect(&bench,
                   (struct expected){is_checkpoint ? AUDIT_FAULT_CHECKPOINT : AUDIT_FAULT_FILE,
                                     file->name, -1},
                   "truncation", len);
        }
        file->content.len = whole;
    }
    tell(&bench, "truncations of files");
}

Test(audit, a_cut_bundle_is_named_with_the_entry_that_is_cut)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    struct log_file *file = published_log_file(&bench.log, LAST_PARTIAL);
    const size_t whole = file->content.len;
    for (unsigned place = 0; place < width_of(3); place++) {
        file->content.len = whole;
        const size_t start = entry_at(file, place);
        file->content.len = start + place % 3;
        expect(&bench, (struct expected){AUDIT_FAULT_FILE, LAST_PARTIAL, 768 + (int64_t)place},
               "cut", place);
    }
    file->content.len = whole;
    tell(&bench, "cuts at entries");
}

Test(audit, every_file_that_is_missing_or_has_more_is_named)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (size_t i = 0; i < bench.log.len; i++) {
        struct log_file *file = &bench.log.files[i];
        struct buf saved;
        if (strcmp(file->name, "checkpoint") == 0) {
            continue; /* see without_a_checkpoint_there_is_no_log_and_nobody_to_blame */
        }
        const struct expected expected = {AUDIT_FAULT_FILE, file->name, -1};
        file->gone = true;
        expect(&bench, expected, "missing", i);
        file->gone = false;
        splice(file, file->content.len, 0, bytes_of("", 1), &saved);
        expect(&bench, expected, "one more byte", i);
        put_back(file, &saved);
    }
    tell(&bench, "files missing or longer");
}

Test(audit, every_swap_of_files_is_found)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    for (size_t i = 0; i < bench.log.len; i++) {
        for (size_t k = i + 1; k < bench.log.len; k++) {
            struct log_file *a = &bench.log.files[i], *b = &bench.log.files[k];
            const struct buf content = a->content;
            SH_DEFER(audit_report_wipe) struct audit_report report = {0};
            const struct audit_options options = {.key = bench.log.verifier};
            const struct audit_source source = published_log_source(&bench.log);
            struct sh_why why = {0};
            a->content = b->content;
            b->content = content;
            bench.made++;
            cr_assert_eq(audit_verify(&source, &options, &report, &why), SH_E_PROOF);
            /* One of the two is named, or the entries in it. */
            cr_assert(strcmp(report.finding.path, a->name) == 0 ||
                          strcmp(report.finding.path, b->name) == 0,
                      "%s and %s: %s", a->name, b->name, report.finding.sentence);
            bench.found++;
            b->content = a->content;
            a->content = content;
        }
    }
    tell(&bench, "swaps of files");
}

/* ---- an operator who changes more than one thing ---- */

enum { LEFT_OUT = 417 };
static void entry_without_one(uint64_t index, struct buf *out)
{
    entry_of_safehand(index < LEFT_OUT ? index : index + 1, out);
}

/* Takes all files of another log but the checkpoint. */
static void take_over(struct published_log *log, struct published_log *forged)
{
    for (size_t i = 0; i < log->len; i++) {
        struct log_file *file = &log->files[i];
        struct log_file *other = published_log_file(forged, file->name);
        if (strcmp(file->name, "checkpoint") != 0) {
            const struct buf content = file->content;
            file->content = other->content;
            other->content = content;
        }
    }
}

Test(audit, one_referral_left_out_and_everything_made_anew_does_not_lead_to_the_signed_root)
{
    SH_DEFER(bench_free) struct bench bench;
    SH_DEFER(published_log_free) struct published_log forged;
    bench_make(&bench);
    published_log_make(&forged, SIZE, entry_without_one, NULL);
    take_over(&bench.log, &forged);
    expect(&bench, (struct expected){AUDIT_FAULT_ROOT, "checkpoint", -1}, "rewritten", 0);
}

static void take_file(struct published_log *log, struct published_log *from, const char *name)
{
    struct log_file *a = published_log_file(log, name), *b = published_log_file(from, name);
    const struct buf content = a->content;
    a->content = b->content;
    b->content = content;
}

Test(audit, an_entry_left_out_and_the_rest_moved_up_is_named_though_the_last_file_is_short)
{
    SH_DEFER(bench_free) struct bench bench;
    SH_DEFER(published_log_free) struct published_log forged;
    bench_make(&bench);
    published_log_make(&forged, SIZE - 1, entry_without_one, NULL);
    for (unsigned i = 1; i < 3; i++) {
        take_file(&bench.log, &forged, bundle_name(i));
    }
    struct log_file *last = published_log_file(&forged, "tile/entries/003.p/231");
    (void)snprintf(last->name, sizeof last->name, "%s", LAST_PARTIAL);
    take_file(&bench.log, &forged, LAST_PARTIAL);
    expect(&bench, (struct expected){AUDIT_FAULT_FILE, LAST_PARTIAL, LEFT_OUT}, "moved up", 0);
}

static void entry_changed(uint64_t index, struct buf *out)
{
    entry_of_safehand(index == 300 ? 100000 : index, out);
}

Test(audit, an_entry_changed_with_the_tile_over_it_is_found_one_tile_up)
{
    SH_DEFER(bench_free) struct bench bench;
    SH_DEFER(published_log_free) struct published_log forged;
    bench_make(&bench);
    published_log_make(&forged, SIZE, entry_changed, NULL);
    take_file(&bench.log, &forged, "tile/entries/001");
    take_file(&bench.log, &forged, "tile/0/001");
    expect(&bench, (struct expected){AUDIT_FAULT_ENTRY, "tile/entries/001", 256}, "with tile", 0);
}
