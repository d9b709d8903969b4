/* The rows that clients' facts are served from, against the entries of the log, in one walk: every
 * ACCEPTED entry has its message, every receipt's entry its receipt, and nothing stands beside
 * them. The entries themselves were checked before (tree.c). */
#include "base/cleanup.h"
#include "check/check_private.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "wire/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ENTRY_BYTES_MAX = 64 * SH_KIB,
    ROW_BYTES_MAX = 4 * SH_MIB,
    COUNT_MAX = 16384,
    PROGRESS_EVERY = 4096,
};

struct walk {
    struct check *check;
    /* The next row of each table that follows the log; false: there is none. */
    bool has_message, has_receipt;
    struct copy_message message;
    struct arena *message_arena;
    struct copy_receipt receipt;
    int64_t messages; /* met so far */
    uint64_t serial;  /* of the last directory that was logged */
    bool has_serial;
    /* A bit for each message: its ciphertext is not here, and an EXPIRED entry says so. */
    uint8_t *gone, *expired;
};

static void set_bit(uint8_t *bits, int64_t at)
{
    bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << (at % 8));
}

static bool has_bit(const uint8_t *bits, int64_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

static sh_err next_message(struct walk *walk)
{
    arena_free(&walk->message_arena);
    SH_TRY(arena_new(ROW_BYTES_MAX, COUNT_MAX, &walk->message_arena));
    sh_err err = store_copy_message(walk->check->copy, walk->message_arena, &walk->message);
    walk->has_message = err == SH_OK;
    return err == SH_E_EMPTY ? SH_OK : err;
}

static sh_err next_receipt(struct walk *walk)
{
    sh_err err = store_copy_receipt(walk->check->copy, &walk->receipt);
    walk->has_receipt = err == SH_OK;
    return err == SH_E_EMPTY ? SH_OK : err;
}

/* ---- messages ---- */

/* Another row than the one that is due: it was changed, or the due one is gone. */
static sh_err not_the_message(struct walk *walk, const struct entry *entry)
{
    const struct message_row *row = &walk->message.row;
    bool same = walk->has_message && id_equal(&row->message_id, &entry->facts.message_id);
    struct place where = place_of("message", "seq", walk->messages);
    if (same && row->seq == walk->messages) {
        where.column = "leaf_index";
        return differ(walk->check, &where, "its message was accepted by entry %" PRIu64,
                      entry->index);
    }
    return differ(walk->check, &where,
                  "no row has this number for the message that entry %" PRIu64 " accepted",
                  entry->index);
}

static sh_err meet_message(struct walk *walk, const struct entry *entry)
{
    const struct copy_message *message = &walk->message;
    walk->check->again += entry->facts.has_log_index;
    walk->messages++;
    if (!walk->has_message || message->row.seq != walk->messages ||
        message->row.leaf_index != entry->index) {
        return not_the_message(walk, entry);
    }
    SH_TRY(check_message(walk->check, entry, message, walk->message_arena));
    if (!message->has_body) {
        set_bit(walk->gone, walk->messages);
    }
    return next_message(walk);
}

/* Messages stand in the order of their entries, so that the one of an entry is found by halving. */
static sh_err find_message(struct walk *walk, uint64_t leaf_index, int64_t *out_seq)
{
    int64_t low = 1, high = walk->messages;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        uint64_t at = 0;
        SH_TRY(store_copy_message_leaf(walk->check->copy, middle, &at));
        if (at < leaf_index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint64_t found = 0;
    SH_CHECK(low <= high, SH_E_NOT_FOUND);
    SH_TRY(store_copy_message_leaf(walk->check->copy, low, &found));
    *out_seq = low;
    return found == leaf_index ? SH_OK : SH_E_NOT_FOUND;
}

static sh_err meet_expired(struct walk *walk, const struct entry *entry)
{
    int64_t seq = 0;
    sh_err err = find_message(walk, entry->facts.log_index, &seq);
    if (err == SH_E_NOT_FOUND) {
        struct place where = place_of("leaf", "facts", (int64_t)entry->index);
        return differ(walk->check, &where, "it names the ciphertext of no message");
    }
    SH_TRY(err);
    set_bit(walk->expired, seq);
    return SH_OK;
}

static sh_err check_expired(struct walk *walk)
{
    for (int64_t seq = 1; seq <= walk->messages; seq++) {
        bool gone = has_bit(walk->gone, seq), expired = has_bit(walk->expired, seq);
        struct place where = place_of("body", "seq", seq);
        if (gone != expired) {
            return differ(walk->check, &where, "%s",
                          gone ? "the ciphertext is gone, and no EXPIRED entry says so"
                               : "an EXPIRED entry says that it was deleted, and it stands here");
        }
    }
    return SH_OK;
}

/* ---- receipts ---- */

static sh_err check_receipt_signature(struct check *check, const struct signed_receipt *given,
                                      const struct sh_hash *seat, const struct place *where)
{
    struct receipt receipt;
    const struct certificate *signer =
        check->order->directory ? directory_certificate(check->order->directory, seat) : NULL;
    if (!signer) {
        check->result->unknown_seats++;
        return SH_OK;
    }
    sh_err err = receipt_verify(given, signer, &receipt);
    SH_CHECK(err != SH_E_NOMEM, err);
    return err == SH_OK ? SH_OK : differ(check, where, "the seat's signature does not verify");
}

static sh_err check_receipt_columns(struct check *check, const struct entry *entry,
                                    const struct copy_receipt *receipt)
{
    const struct leaf_facts *facts = &entry->facts;
    const struct receipt_row *row = &receipt->row;
    bool message = receipt->has_message && id_equal(&receipt->message_id, &facts->message_id) &&
                   hash_equal(&receipt->header_sha256, &facts->header_sha256) &&
                   receipt->message_leaf == facts->log_index;
    const struct {
        const char *column;
        bool same;
    } columns[] = {
        {"type", receipt_type_word(row->type) && leaf_of_receipt(row->type) == entry->leaf.type},
        {"seat_id, or sha256 of that seat",
         receipt->has_seat && hash_equal(&row->seat, &facts->seat)},
        {"message_seq", message},
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        struct place where = place_of("receipt", columns[i].column, (int64_t)entry->index);
        SH_TRY(columns[i].same ? SH_OK
                               : differ(check, &where, "it is not what the entry of the log says"));
    }
    return SH_OK;
}

static sh_err check_receipt(struct check *check, const struct entry *entry,
                            const struct copy_receipt *receipt, struct arena *arena)
{
    struct signed_receipt given;
    struct sh_hash sum;
    struct place where = place_of("receipt", "signed_receipt", (int64_t)entry->index);
    SH_TRY(check_receipt_columns(check, entry, receipt));
    if (signed_receipt_decode(receipt->row.signed_receipt, arena, &given) != SH_OK) {
        return differ(check, &where, "the bytes are no receipt");
    }
    SH_TRY(digest_sha256(given.receipt, &sum));
    if (!hash_equal(&sum, &entry->facts.receipt_sha256)) {
        return differ(check, &where, "it is not the receipt that the entry names");
    }
    SH_TRY(check_receipt_signature(check, &given, &entry->facts.seat, &where));
    where.column = "check_sha256";
    return receipt->fits ? SH_OK : differ(check, &where, "it is not the checksum of this row");
}

static sh_err meet_receipt(struct walk *walk, const struct entry *entry, struct arena *arena)
{
    if (!walk->has_receipt || walk->receipt.row.leaf_index > entry->index) {
        struct place where = place_of("receipt", "leaf_index", (int64_t)entry->index);
        return differ(walk->check, &where, "no row has the receipt of this entry");
    }
    SH_TRY(check_receipt(walk->check, entry, &walk->receipt, arena));
    walk->check->result->receipts++;
    return next_receipt(walk);
}

/* ---- the walk ---- */

static sh_err meet(struct walk *walk, const struct entry *entry, struct arena *arena)
{
    if (walk->has_receipt && walk->receipt.row.leaf_index < entry->index) {
        struct place where =
            place_of("receipt", "leaf_index", (int64_t)walk->receipt.row.leaf_index);
        return differ(walk->check, &where, "this entry of the log is no receipt's");
    }
    switch (entry->leaf.type) {
    case LEAF_ACCEPTED:
        return meet_message(walk, entry);
    case LEAF_DELIVERED:
    case LEAF_OPENED:
    case LEAF_UNREADABLE:
        return meet_receipt(walk, entry, arena);
    case LEAF_EXPIRED:
        return meet_expired(walk, entry);
    case LEAF_BEGUN:
        meet_begun(walk->check, entry);
        return SH_OK;
    case LEAF_AUDIT_READ:
        return meet_audit_read(walk->check, entry);
    case LEAF_DIRECTORY:
        walk->has_serial = true;
        walk->serial = entry->facts.version;
        return SH_OK;
    default:
        return SH_OK;
    }
}

static sh_err read_entry(struct check *check, const struct copy_leaf *stored, struct arena *arena,
                         struct entry *out)
{
    out->index = stored->row.index;
    if (leaf_decode(stored->row.leaf, &out->leaf) != SH_OK ||
        leaf_facts_decode(stored->row.facts, arena, &out->facts) != SH_OK) {
        struct place where = place_of("leaf", "facts", (int64_t)out->index);
        return differ(check, &where, "the opening cannot be read, or is gone");
    }
    return SH_OK;
}

static sh_err walk_leaf(struct walk *walk, const struct copy_leaf *stored)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct entry entry;
    SH_TRY(arena_new(ENTRY_BYTES_MAX, COUNT_MAX, &arena));
    SH_TRY(read_entry(walk->check, stored, arena, &entry));
    return meet(walk, &entry, arena);
}

static sh_err walk_leaves(struct walk *walk)
{
    const struct check *check = walk->check;
    struct copy_leaf stored;
    sh_err err = SH_OK;
    SH_TRY(next_message(walk));
    SH_TRY(next_receipt(walk));
    while ((err = store_copy_leaf(check->copy, &stored)) == SH_OK) {
        SH_TRY(walk_leaf(walk, &stored));
        if (check->order->progress && stored.row.index % PROGRESS_EVERY == 0) {
            check->order->progress(stored.row.index, check->counts.leaves);
        }
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

static sh_err check_nothing_is_left(struct walk *walk)
{
    if (walk->has_message) {
        struct place where = place_of("message", "seq", walk->message.row.seq);
        return differ(walk->check, &where, "no entry of the log accepted it");
    }
    if (walk->has_receipt) {
        struct place where =
            place_of("receipt", "leaf_index", (int64_t)walk->receipt.row.leaf_index);
        return differ(walk->check, &where, "the log has no such entry");
    }
    return SH_OK;
}

static sh_err check_stray(struct check *check)
{
    int64_t stray = 0;
    sh_err err = store_copy_stray_body(check->copy, &stray);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(err);
    struct place where = place_of("body", "seq", stray);
    return differ(check, &where, "there is no message with this number");
}

static sh_err check_serial(struct walk *walk)
{
    const struct check *check = walk->check;
    struct place where = {.table = "meta", .column = "value", .row = "directory_serial"};
    if (walk->has_serial != check->has_serial || walk->serial != check->serial) {
        return differ(walk->check, &where, "it is not that of the last DIRECTORY entry");
    }
    return SH_OK;
}

/* ---- clocks ---- */

static bool says_ran_out(const struct entry *entry, const struct clock_entry *clock,
                         uint64_t message_leaf)
{
    enum leaf_type type = clock->duty == DUTY_COVER       ? LEAF_COVER_CALLED
                          : clock->duty == DUTY_DELIVERED ? LEAF_NOT_YET_DELIVERED
                                                          : LEAF_OVERDUE;
    const struct leaf_facts *facts = &entry->facts;
    return entry->leaf.type == type && facts->log_index == message_leaf &&
           facts->clock == clock->duty && facts->due_ms == clock->due_ms &&
           address_equal(&facts->by, &clock->by);
}

static sh_err check_clock(struct check *check, const struct copy_clocks *clocks, size_t at,
                          struct arena *arena)
{
    struct place where = place_of("clock", "entries", clocks->row.message_seq);
    const struct clock_entry *clock = &clocks->row.entries[at];
    struct copy_leaf stored;
    struct entry entry;
    if (!duty_word(clock->duty) || clock->state < CLOCK_RUNNING || clock->state > CLOCK_LATE) {
        return differ(check, &where, "clock %zu has no duty or no state", at + 1);
    }
    if (clock->state != CLOCK_RAN_OUT && clock->state != CLOCK_LATE) {
        return SH_OK;
    }
    sh_err err = store_copy_leaf_at(check->copy, clock->leaf_index, &stored);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    if (err == SH_OK) {
        SH_TRY(read_entry(check, &stored, arena, &entry));
    }
    if (err != SH_OK || !says_ran_out(&entry, clock, clocks->message_leaf)) {
        return differ(check, &where, "clock %zu ran out, and entry %" PRIu64 " does not say so",
                      at + 1, clock->leaf_index);
    }
    return SH_OK;
}

static sh_err check_clock_row(struct check *check, bool *out_more)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct copy_clocks clocks;
    SH_TRY(arena_new(ROW_BYTES_MAX, COUNT_MAX * 4, &arena));
    sh_err err = store_copy_clocks(check->copy, arena, &clocks);
    *out_more = err == SH_OK;
    SH_CHECK(err != SH_E_EMPTY, SH_OK);
    SH_TRY(err);
    struct place where = place_of("clock", "message_seq", clocks.row.message_seq);
    if (!clocks.has_message) {
        return differ(check, &where, "there is no message with this number");
    }
    where.column = "entries";
    if (clocks.row.len == 0) {
        return differ(check, &where, "they cannot be read, or name no desk");
    }
    for (size_t i = 0; i < clocks.row.len; i++) {
        SH_TRY(check_clock(check, &clocks, i, arena));
    }
    check->result->clocks++;
    where.column = "check_sha256";
    return clocks.fits ? SH_OK : differ(check, &where, "it is not the checksum of this row");
}

static void end_walk(struct walk *walk)
{
    arena_free(&walk->message_arena);
    free(walk->gone);
    free(walk->expired);
}

static sh_err begin_walk(struct walk *walk)
{
    size_t bits = (size_t)(walk->check->result->leaves / 8 + 2); /* no more messages than entries */
    walk->gone = calloc(1, bits);
    walk->expired = calloc(1, bits);
    return walk->gone && walk->expired ? SH_OK : SH_E_NOMEM;
}

sh_err check_rows(struct check *check)
{
    SH_DEFER(end_walk) struct walk walk = {.check = check};
    SH_TRY(begin_walk(&walk));
    SH_TRY(walk_leaves(&walk));
    SH_TRY(check_nothing_is_left(&walk));
    SH_TRY(check_expired(&walk));
    SH_TRY(check_stray(check));
    SH_TRY(check_serial(&walk));
    check->result->messages = (uint64_t)walk.messages;
    for (bool more = true; more;) {
        SH_TRY(check_clock_row(check, &more));
    }
    return SH_OK;
}
