/* See audit.h. The right and the pace are looked at inside the transaction, because the first page
 * of a desk and day writes a leaf; the page itself is an answer, after COMMIT. */
#include "core/audit.h"

#include "base/cleanup.h"
#include "core/pipeline.h"

#include <stdio.h>

/* While messages wait, a seat gets a page a second and no more. */
#define WAITING_PAGE_MS SH_SECOND_MS
#define META_NAME_BYTES (SH_ADDRESS_BYTES_MAX + 16)

bool audit_is_auditor(const struct address *desk)
{
    return strcmp(address_sector(desk), "audit") == 0;
}

/* A seat that is new here takes the place of the one that read longest ago. */
static struct audit_seat *pace_of(struct audit_pace *pace, const struct sh_hash *seat)
{
    struct audit_seat *oldest = &pace->seats[0];
    for (size_t i = 0; i < AUDIT_SEATS_MAX; i++) {
        struct audit_seat *at = &pace->seats[i];
        if (hash_equal(&at->seat, seat)) {
            return at;
        }
        oldest = at->last_ms < oldest->last_ms ? at : oldest;
    }
    *oldest = (struct audit_seat){.seat = *seat};
    return oldest;
}

static sh_err put_off(struct submission *sub, sh_err code, int64_t wait_ms)
{
    sub->retry_after_ms = (uint32_t)wait_ms;
    return code;
}

static sh_err check_pace(struct core *core, struct submission *sub)
{
    const struct audit_seat *pace = pace_of(&core->audit_pace, &sub->seat->hash);
    int64_t now_ms = clock_boot_ms(&core->time.clock);
    int64_t since_ms = now_ms - pace->last_ms;
    bool waiting = core->group_is_full || outbox_is_behind(core->outbox);
    if (pace->last_ms != 0 && waiting && since_ms < WAITING_PAGE_MS) {
        return put_off(sub, SH_E_BUSY, WAITING_PAGE_MS - since_ms);
    }
    return now_ms < pace->next_ms ? put_off(sub, SH_E_QUOTA, pace->next_ms - now_ms) : SH_OK;
}

static uint64_t asked_for(const struct submission *sub)
{
    uint64_t left = sub->frame.leaves_get.size - sub->frame.leaves_get.from;
    uint64_t max = sub->frame.leaves_get.count;
    max = max < SH_LEAVES_MAX ? max : SH_LEAVES_MAX;
    return max < left ? max : left;
}

/* Before it is read: two questions of one seat may stand in one group. */
static void count_page(struct core *core, const struct submission *sub)
{
    struct audit_seat *pace = pace_of(&core->audit_pace, &sub->seat->hash);
    int64_t entries = (int64_t)asked_for(sub);
    int64_t rate = policy_audit_leaves_per_second(core->loaded->policy);
    pace->last_ms = clock_boot_ms(&core->time.clock);
    pace->next_ms = pace->last_ms + (entries * SH_SECOND_MS + rate - 1) / rate;
}

/* A day is one of Europe/London, as everything that people count in days. */
static sh_err say_that_it_read(struct core *core, struct submission *sub)
{
    char name[META_NAME_BYTES];
    uint8_t today[8];
    struct local_time local;
    SH_DEFER(buf_wipe) struct buf said = BUF_INIT(sizeof today);
    (void)snprintf(name, sizeof name, "audit_read/%s", sub->seat->address.text);
    SH_TRY(local_from_ms(core->group_ms, &local));
    be64_store(today, (uint64_t)local.day);
    sh_err err = store_meta_get(core->store, name, &said);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    if (err == SH_OK && bytes_equal(bytes_buf(&said), bytes_of(today, sizeof today))) {
        return SH_OK;
    }
    const struct leaf_facts facts = {
        .from = sub->seat->address,
        .seat = sub->seat->hash,
        .has_count = true,
        .count = book_size(core->book),
    };
    SH_TRY(core_write(core));
    SH_TRY(store_meta_put(core->store, name, bytes_of(today, sizeof today)));
    SH_TRY(book_append(core->book, LEAF_AUDIT_READ, core->group_ms, &facts, &sub->leaf_index));
    sub->verdict = VERDICT_WRITTEN;
    return SH_OK;
}

/* Step 8: may this desk read the log at all, and may it now? */
sh_err audit_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    uint64_t from = sub->frame.leaves_get.from, size = sub->frame.leaves_get.size;
    SH_CHECK(audit_is_auditor(&sub->seat->address), SH_E_NOT_PERMITTED);
    SH_CHECK(from < size && size <= book_size(core->book), SH_E_NOT_FOUND);
    SH_CHECK(sub->frame.leaves_get.count > 0, SH_E_FORMAT);
    SH_TRY(check_pace(core, sub));
    count_page(core, sub);
    /* Time that is not to be trusted writes nothing; what was read then is said the next time. */
    return core->time.jumped ? SH_OK : say_that_it_read(core, sub);
}

/* Up to the page's end, or until its openings fill half a frame. No proof for each: the reader
 * checks the page as a whole. */
static sh_err read_page(struct core *core, struct submission *sub, struct log_entry *entries,
                        size_t *out_len)
{
    uint64_t max = asked_for(sub);
    size_t len = 0, bytes = 0;
    for (; len < max && bytes < SH_PART_BYTES_MAX; len++) {
        struct leaf_row row;
        SH_TRY(book_entry(core->book, sub->frame.leaves_get.from + len, sub->arena, &row));
        entries[len] = (struct log_entry){
            .leaf = row.leaf,
            .has_opening = !hash_is_zero(&row.salt),
            .opening = {.salt = row.salt, .facts = row.facts},
        };
        bytes += row.leaf.len + row.facts.len + sizeof row.salt;
    }
    *out_len = len;
    return SH_OK;
}

sh_err audit_answer(struct core *core, struct submission *sub)
{
    struct merkle_proof proof;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_LEAVES};
    struct log_entry *entries = arena_array(sub->arena, SH_LEAVES_MAX, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    SH_TRY(read_page(core, sub, entries, &out.leaves.len));
    out.leaves.from = sub->frame.leaves_get.from;
    out.leaves.size = sub->frame.leaves_get.size;
    out.leaves.entries = entries;
    SH_TRY(book_consistency(core->book, out.leaves.from + out.leaves.len, out.leaves.size, &proof));
    out.leaves.consistency = (struct hash_list){.hashes = proof.hashes, .len = proof.len};
    return core_send(core, sub->connection, &out);
}
