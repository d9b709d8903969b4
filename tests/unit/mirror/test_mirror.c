/* What the auditor's mirror takes, what it refuses, and what it finds when its file was changed. */
#include "audit/listing.h"
#include "base/cleanup.h"
#include "log_maker.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <sys/stat.h>

struct room {
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    struct mirror *mirror;
    struct log_maker *maker;
};

static void room_make(struct room *room)
{
    struct sh_why why = {{0}};
    memset(room, 0, sizeof *room);
    temp_dir_make(&room->dir);
    (void)snprintf(room->path, sizeof room->path, "%s/audit.db", room->dir.path);
    room->maker = log_maker_new(7);
    cr_assert_eq(mirror_open(room->path, true, &room->mirror, &why), SH_OK, "%s", why.text);
}

static void room_free(struct room *room)
{
    mirror_close(&room->mirror);
    log_maker_free(&room->maker);
    temp_dir_remove(&room->dir);
}

static sh_err recheck(struct room *room, struct mirror_finding *finding)
{
    *finding = (struct mirror_finding){.has_index = false};
    return mirror_recheck(room->mirror, log_maker_verifier(room->maker), NULL, NULL, finding);
}

static void edit(struct room *room, const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(room->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
}

Test(mirror, keeps_what_verifies_goes_on_where_it_was_and_is_for_its_owner_alone)
{
    SH_DEFER(room_free) struct room room;
    struct mirror_finding finding;
    struct stat status;
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 300);
    mirror_close(&room.mirror);
    cr_assert_eq(mirror_open(room.path, false, &room.mirror, NULL), SH_OK);
    cr_assert_eq(mirror_size(room.mirror), 300);
    log_maker_fill(room.maker, room.mirror, 1000);
    cr_assert_eq(recheck(&room, &finding), SH_OK, "%s", finding.sentence);
    cr_assert_eq(stat(room.path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
}

Test(mirror, there_is_none_until_it_was_fetched)
{
    SH_DEFER(mirror_close) struct mirror *mirror = NULL;
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    struct sh_why why = {{0}};
    temp_dir_make(&dir);
    (void)snprintf(path, sizeof path, "%s/audit.db", dir.path);
    cr_assert_eq(mirror_open(path, false, &mirror, &why), SH_E_NOT_FOUND);
    cr_assert(strstr(why.text, "audit sync"));
    temp_dir_remove(&dir);
}

Test(mirror, refuses_every_page_with_one_changed_byte_and_keeps_nothing_of_it)
{
    SH_DEFER(room_free) struct room room;
    struct mirror_page page;
    size_t refused = 0, tried = 0;
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 200);
    log_maker_page(room.maker, 40, &page);
    for (size_t i = 0; i < page.len; i++) {
        const struct bytes parts[] = {page.entries[i].leaf, page.entries[i].opening.facts,
                                      BYTES_FIXED(page.entries[i].opening.salt)};
        for (size_t part = 0; part < 3; part++) {
            for (size_t at = 0; at < parts[part].len; at++, tried++) {
                struct mirror_finding finding = {.has_index = false};
                uint8_t *byte = (uint8_t *)(uintptr_t)&parts[part].data[at];
                *byte ^= 1;
                sh_err err = mirror_append(room.mirror, &page, &finding, NULL);
                refused += err == SH_E_PROOF && finding.sentence[0];
                *byte ^= 1;
            }
        }
    }
    cr_assert_eq(refused, tried);
    cr_assert_gt(tried, 4000);
    cr_assert_eq(mirror_size(room.mirror), 200);
    struct mirror_finding finding = {.has_index = false};
    cr_assert_eq(mirror_append(room.mirror, &page, &finding, NULL), SH_OK);
}

Test(mirror, names_the_entry_whose_opening_is_another)
{
    SH_DEFER(room_free) struct room room;
    struct mirror_page page;
    struct mirror_finding finding = {.has_index = false};
    room_make(&room);
    log_maker_page(room.maker, 20, &page);
    struct log_entry *entry = (struct log_entry *)(uintptr_t)&page.entries[13];
    entry->opening.salt.b[5] ^= 0x10;
    cr_assert_eq(mirror_append(room.mirror, &page, &finding, NULL), SH_E_PROOF);
    cr_assert(finding.has_index);
    cr_assert_eq(finding.index, 13);
    cr_assert(strstr(finding.sentence, "opening of entry 13"));
}

Test(mirror, refuses_entries_that_were_dropped_swapped_or_said_twice)
{
    SH_DEFER(room_free) struct room room;
    struct mirror_page page;
    struct mirror_finding finding = {.has_index = false};
    room_make(&room);
    log_maker_page(room.maker, 20, &page);
    struct log_entry *entries = (struct log_entry *)(uintptr_t)page.entries;
    struct log_entry kept[20];
    memcpy(kept, entries, sizeof kept);
    for (size_t i = 0; i + 1 < 20; i++) {
        entries[i] = kept[i + 1];
        entries[i + 1] = kept[i];
        cr_assert_eq(mirror_append(room.mirror, &page, &finding, NULL), SH_E_PROOF);
        memcpy(entries, kept, sizeof kept);
        memmove(&entries[i], &kept[i + 1], (19 - i) * sizeof kept[0]);
        struct mirror_page shorter = page;
        shorter.len = 19;
        cr_assert_eq(mirror_append(room.mirror, &shorter, &finding, NULL), SH_E_PROOF);
        memcpy(entries, kept, sizeof kept);
        entries[i + 1] = kept[i];
        cr_assert_eq(mirror_append(room.mirror, &page, &finding, NULL), SH_E_PROOF);
        memcpy(entries, kept, sizeof kept);
    }
    cr_assert_eq(mirror_size(room.mirror), 0);
    cr_assert_eq(mirror_append(room.mirror, &page, &finding, NULL), SH_OK);
}

Test(mirror, takes_a_destroyed_opening_and_says_so)
{
    SH_DEFER(room_free) struct room room;
    struct mirror_finding finding;
    json_t *shown = NULL;
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 30);
    log_maker_destroy_openings(room.maker, true);
    log_maker_fill(room.maker, room.mirror, 40);
    log_maker_destroy_openings(room.maker, false);
    log_maker_fill(room.maker, room.mirror, 60);
    cr_assert_eq(recheck(&room, &finding), SH_OK, "%s", finding.sentence);
    cr_assert_eq(listing_show(room.mirror, 35, &shown, NULL), SH_OK);
    cr_assert_str_eq(json_string_value(json_object_get(shown, "opening")), "destroyed");
    json_decref(shown);
}

Test(mirror, proves_each_of_its_entries)
{
    SH_DEFER(room_free) struct room room;
    struct sh_hash root, hash;
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 1100);
    cr_assert_eq(mirror_root(room.mirror, &root), SH_OK);
    for (uint64_t i = 0; i < 1100; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct log_entry entry;
        struct merkle_proof proof;
        cr_assert_eq(arena_new(64 * SH_KIB, 64, &arena), SH_OK);
        cr_assert_eq(mirror_entry(room.mirror, i, arena, &entry), SH_OK);
        cr_assert_eq(merkle_leaf_hash(entry.leaf, &hash), SH_OK);
        cr_assert_eq(mirror_inclusion(room.mirror, i, &proof), SH_OK);
        cr_assert_eq(merkle_check_inclusion(&hash, i, 1100, proof.hashes, proof.len, &root), SH_OK);
    }
}

Test(mirror, finds_what_was_changed_in_its_own_file)
{
    static const struct {
        const char *sql;
        bool has_index;
        uint64_t index;
    } edits[] = {
        {"UPDATE entry SET salt = zeroblob(32) WHERE idx = 77", true, 77},
        {"UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 12), salt = NULL, facts = "
         "NULL WHERE idx = 12; UPDATE fact SET opening = 0 WHERE idx = 12",
         true, 12},
        {"UPDATE fact SET time_ms = time_ms + 1 WHERE idx = 400", true, 400},
        {"UPDATE fact SET outcome = 3 WHERE idx = 401", true, 401},
        {"UPDATE desk SET address = 'x' || address WHERE no = 1", true, 0},
        {"DELETE FROM entry WHERE idx = 55", true, 55},
        {"DELETE FROM fact WHERE idx = 55", true, 55},
        {"DELETE FROM entry WHERE idx = 599", false, 0},
        {"UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), '600', '601') AS BLOB) WHERE "
         "name = 'checkpoint'",
         false, 0},
        {"UPDATE node SET hash = zeroblob(32) WHERE level = 8 AND idx = 1", false, 256},
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        SH_DEFER(room_free) struct room room;
        struct mirror_finding finding;
        room_make(&room);
        log_maker_fill(room.maker, room.mirror, 600);
        edit(&room, edits[i].sql);
        cr_expect_eq(recheck(&room, &finding), SH_E_PROOF, "%s", edits[i].sql);
        cr_expect(finding.sentence[0]);
        if (edits[i].has_index && edits[i].index) {
            cr_expect(finding.has_index && finding.index == edits[i].index, "%s: %s", edits[i].sql,
                      finding.sentence);
        }
    }
}

/* ---- lists ---- */

struct listed {
    size_t len;
    uint64_t last;
};

static sh_err count_entry(void *ctx, json_t *entry)
{
    struct listed *listed = ctx;
    listed->len++;
    listed->last = (uint64_t)json_integer_value(json_object_get(entry, "index"));
    json_decref(entry);
    return SH_OK;
}

static size_t list(struct room *room, const struct listing_filter *filter)
{
    struct listed listed = {0, 0};
    struct sh_why why = {{0}};
    cr_assert_eq(listing_run(room->mirror, filter, count_entry, &listed, &why), SH_OK, "%s",
                 why.text);
    return listed.len;
}

Test(mirror, lists_by_what_an_entry_is_about)
{
    SH_DEFER(room_free) struct room room;
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 2000);
    const struct listing_filter all = {.from_ms = 0};
    cr_assert_eq(list(&room, &all), 2000);
    size_t by_event = 0;
    for (uint32_t type = 1; leaf_type_word(type); type++) {
        const struct listing_filter filter = {.event = (enum leaf_type)type};
        by_event += list(&room, &filter);
    }
    cr_assert_eq(by_event, 2000);
    const struct listing_filter referrals = {.kind = KIND_REFERRAL, .event = LEAF_ACCEPTED};
    const struct listing_filter hub = {
        .organisation = "901.social-care", .event = LEAF_ACCEPTED, .kind = KIND_REFERRAL};
    const struct listing_filter desk = {
        .organisation = "mash@901.social-care", .event = LEAF_ACCEPTED, .kind = KIND_REFERRAL};
    cr_assert_gt(list(&room, &hub), 0);
    cr_assert_lt(list(&room, &hub), list(&room, &referrals));
    cr_assert_eq(list(&room, &hub), list(&room, &desk));
}

Test(mirror, says_why_an_identifier_leads_nowhere)
{
    SH_DEFER(room_free) struct room room;
    json_t *out = NULL;
    struct sh_why why = {{0}};
    room_make(&room);
    log_maker_fill(room.maker, room.mirror, 100);
    cr_assert_eq(listing_thread(room.mirror, "123", &out, &why), SH_E_USAGE);
    cr_assert_eq(listing_thread(room.mirror, "12zz", &out, &why), SH_E_USAGE);
    cr_assert_eq(listing_thread(room.mirror, "00000000", &out, &why), SH_E_NOT_FOUND);
    cr_assert_eq(listing_show(room.mirror, 100, &out, &why), SH_E_NOT_FOUND);
    const struct listing_filter nobody = {.organisation = "000.social-care"};
    struct listed listed = {0, 0};
    cr_assert_eq(listing_run(room.mirror, &nobody, count_entry, &listed, &why), SH_E_NOT_FOUND);
}
