/* Logs that were lost: each against the key and the signed checkpoint that it is known by, and
 * against the entry of the log that took it up; and what is known to be missing from them, against
 * the lost log's own proof and the entry under which it was offered again. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "check/check_private.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"

#include <inttypes.h>

/* ---- which logs ---- */

/* A row of a log that nobody was ever told of is an invention. */
static bool is_in_directory(const struct check *check, const struct note_verifier *log)
{
    const struct directory *directory = check->order->directory;
    for (size_t i = 0; directory && i < directory_log_keys_len(directory); i++) {
        struct note_verifier key;
        if (directory_log_key_at(directory, i, &key) == SH_OK && strcmp(key.name, log->name) == 0 &&
            memcmp(key.public_key, log->public_key, sizeof key.public_key) == 0) {
            return true;
        }
    }
    return !directory;
}

static sh_err read_log(struct check *check, const struct copy_lost *lost, struct note_verifier *out)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(SH_CHECKPOINT_BYTES_MAX + 1);
    struct place where = place_of("lost", "vkey", lost->row.number);
    SH_TRY(buf_append(&vkey, lost->row.vkey));
    SH_TRY(buf_terminate(&vkey));
    if (note_verifier_parse((const char *)vkey.data, out) != SH_OK ||
        !is_in_directory(check, out)) {
        return differ(check, &where, "it is no log key of the directory");
    }
    return SH_OK;
}

static sh_err check_known(struct check *check, const struct copy_lost *lost,
                          const struct note_verifier *log)
{
    struct checkpoint known;
    struct place where = place_of("lost", "known", lost->row.number);
    if (checkpoint_verify(lost->row.known, log, &known) != SH_OK) {
        return differ(check, &where, "the lost log did not sign it");
    }
    where.column = "size";
    return known.size >= lost->row.size
               ? SH_OK
               : differ(check, &where, "the lost log never had so many entries");
}

static sh_err check_row(struct check *check, const struct copy_lost *lost, int64_t number,
                        bool *out_closed)
{
    struct note_verifier log;
    struct place where = place_of("lost", "number", number);
    if (lost->row.number != number) {
        return differ(check, &where, "no row has this number");
    }
    where.column = "opened";
    if (*out_closed) {
        return differ(check, &where, "a log behind it was lost while this one was not taken up");
    }
    SH_TRY(read_log(check, lost, &log));
    SH_TRY(check_known(check, lost, &log));
    where.column = "check_sha256";
    SH_TRY(lost->fits ? SH_OK : differ(check, &where, "it is not the checksum of this row"));
    *out_closed = !lost->row.opened;
    if (*out_closed) {
        check->lost = log;
        check->log = &check->lost;
    }
    return SH_OK;
}

sh_err check_lost(struct check *check)
{
    struct copy_lost lost;
    bool closed = false;
    sh_err err = SH_OK;
    check->log = check->order->log;
    for (int64_t number = 1; (err = store_copy_lost(check->copy, &lost)) == SH_OK; number++) {
        SH_TRY(check_row(check, &lost, number, &closed));
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

/* ---- in the walk ---- */

void meet_begun(struct check *check, const struct entry *entry)
{
    check->taken_up += entry->index > 0;
}

static struct audit_read *read_of(struct check *check, const struct address *desk)
{
    for (size_t i = 0; i < check->reads_len; i++) {
        if (address_equal(&check->reads[i].desk, desk)) {
            return &check->reads[i];
        }
    }
    if (check->reads_len == CHECK_AUDITORS_MAX) {
        return NULL;
    }
    check->reads[check->reads_len].desk = *desk;
    return &check->reads[check->reads_len++];
}

sh_err meet_audit_read(struct check *check, const struct entry *entry)
{
    struct local_time local;
    struct audit_read *read = read_of(check, &entry->facts.from);
    SH_CHECK(read, SH_E_TOO_BIG);
    SH_TRY(local_from_ms(entry->leaf.time_ms, &local));
    read->day = local.day;
    return SH_OK;
}

/* ---- behind it ---- */

static sh_err entry_at(struct check *check, uint64_t index, struct arena *arena, struct entry *out)
{
    struct copy_leaf stored;
    SH_TRY(store_copy_leaf_at(check->copy, index, &stored));
    out->index = index;
    SH_CHECK(leaf_decode(stored.row.leaf, &out->leaf) == SH_OK, SH_E_NOT_FOUND);
    struct bytes facts;
    SH_TRY(arena_copy(arena, stored.row.facts, &facts));
    SH_CHECK(leaf_facts_decode(facts, arena, &out->facts) == SH_OK, SH_E_NOT_FOUND);
    return SH_OK;
}

/* The entry with which another log took it up says how much of it was known. */
static sh_err check_taken_up(struct check *check, const struct copy_lost *lost)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct entry entry;
    struct sh_hash sum;
    struct checkpoint known;
    struct place where = place_of("lost", "size, known", lost->row.number);
    SH_TRY(arena_new(64 * SH_KIB, 1024, &arena));
    SH_TRY(digest_sha256(lost->row.known, &sum));
    SH_CHECK(checkpoint_parse(lost->row.known, &known) == SH_OK, SH_E_BUG);
    sh_err err = entry_at(check, lost->row.size, arena, &entry);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    bool right = err == SH_OK && entry.leaf.type == LEAF_BEGUN &&
                 hash_equal(&entry.facts.checkpoint_sha256, &sum) &&
                 entry.facts.count == known.size;
    return right ? SH_OK
                 : differ(check, &where, "no entry of the log says that it took up a log of that");
}

static sh_err check_all_taken_up(struct check *check)
{
    struct copy_lost lost;
    uint64_t opened = 0;
    sh_err err = SH_OK;
    while ((err = store_copy_lost(check->copy, &lost)) == SH_OK) {
        SH_TRY(lost.row.opened ? check_taken_up(check, &lost) : SH_OK);
        opened += lost.row.opened;
    }
    SH_CHECK(err == SH_E_EMPTY, err);
    struct place where = {.table = "lost", .column = "opened", .row = "all"};
    return opened == check->taken_up
               ? SH_OK
               : differ(check, &where, "the log says of %" PRIu64 " lost logs that it took them up",
                        check->taken_up);
}

struct one_missing {
    const struct copy_missing *row;
    const struct copy_lost *lost;
    struct arena *arena;
};

static struct place place_of_missing(const struct one_missing *one, const char *column)
{
    struct place where = {.table = "missing", .column = column};
    (void)snprintf(where.row, sizeof where.row, "%" PRId64 ", %" PRIu64, one->row->row.lost,
                   one->row->row.index);
    return where;
}

static sh_err check_again(struct check *check, const struct one_missing *one,
                          const struct verified_statement *then)
{
    struct entry entry;
    struct place where = place_of_missing(one, "again");
    sh_err err = entry_at(check, one->row->row.again, one->arena, &entry);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    bool right = err == SH_OK && entry.leaf.type == LEAF_ACCEPTED && entry.facts.has_log_index &&
                 entry.facts.log_index == one->row->row.index &&
                 hash_equal(&entry.facts.header_sha256, &then->facts.header_sha256);
    return right ? SH_OK
                 : differ(check, &where, "that entry does not say that it was offered again");
}

static sh_err check_one_missing(struct check *check, const struct one_missing *one)
{
    struct statement statement;
    struct verified_statement then;
    struct note_verifier log;
    struct place where = place_of_missing(one, "statement");
    SH_TRY(read_log(check, one->lost, &log));
    if (statement_decode(one->row->row.statement, one->arena, &statement) != SH_OK ||
        statement_verify(&statement, &log, one->arena, &then) != SH_OK) {
        return differ(check, &where, "it is no proof of the lost log");
    }
    where.column = "idx";
    if (statement.index != one->row->row.index || statement.index < one->lost->row.size) {
        return differ(check, &where, "it is not the position of its entry, behind the copy");
    }
    SH_TRY(one->row->row.has_again ? check_again(check, one, &then) : SH_OK);
    where.column = "check_sha256";
    return one->row->fits ? SH_OK : differ(check, &where, "it is not the checksum of this row");
}

/* Both tables are read in the order of the lost logs' numbers. */
static sh_err walk_missing(struct check *check, uint64_t *out_again)
{
    struct copy_lost lost = {.row = {.number = INT64_MIN}};
    struct copy_missing missing;
    sh_err err = SH_OK, lost_err = SH_OK;
    while ((err = store_copy_missing(check->copy, &missing)) == SH_OK) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        SH_TRY(arena_new(256 * SH_KIB, 4096, &arena));
        const struct one_missing one = {&missing, &lost, arena};
        while (lost_err == SH_OK && lost.row.number < missing.row.lost) {
            lost_err = store_copy_lost(check->copy, &lost);
        }
        SH_CHECK(lost_err == SH_OK || lost_err == SH_E_EMPTY, lost_err);
        if (lost_err != SH_OK || lost.row.number != missing.row.lost) {
            struct place where = place_of_missing(&one, "lost");
            return differ(check, &where, "no log was lost under this number");
        }
        SH_TRY(check_one_missing(check, &one));
        *out_again += missing.row.has_again;
    }
    while (lost_err == SH_OK) {
        lost_err = store_copy_lost(check->copy, &lost);
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

sh_err check_missing(struct check *check)
{
    uint64_t again = 0;
    struct place where = {.table = "missing", .column = "again", .row = "all"};
    SH_TRY(check_all_taken_up(check));
    SH_TRY(walk_missing(check, &again));
    return again == check->again
               ? SH_OK
               : differ(check, &where,
                        "%" PRIu64 " entries of the log were offered again, and %" PRIu64
                        " rows say so",
                        check->again, again);
}
