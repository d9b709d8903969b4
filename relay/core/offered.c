#include "core/offered.h"

#include "core/casefile.h"
#include "policy/clocks.h"

static sh_err check_entry(struct core *core, struct submission *sub)
{
    struct offered *offered = arena_alloc(sub->arena, sizeof *offered);
    SH_CHECK(offered, SH_E_NOMEM);
    SH_TRY(lost_verify(core->lost, &sub->frame.submit.accepted, sub->arena, &offered->entry));
    const struct verified_statement *then = &offered->entry.statement;
    SH_CHECK(then->leaf.type == LEAF_ACCEPTED, SH_E_PROOF);
    SH_CHECK(hash_equal(&then->facts.header_sha256, &sub->header_sha256), SH_E_PROOF);
    offered->accepted_ms = then->facts.has_at ? then->facts.at_ms : then->leaf.time_ms;
    sub->offered = offered;
    return SH_OK;
}

sh_err offered_authorise(struct core *core, struct submission *sub)
{
    const struct facts *facts = &sub->header.facts;
    SH_CHECK(!core->time.jumped, SH_E_CLOCK);
    SH_CHECK(!core->disk_low, SH_E_DISK_FULL);
    SH_TRY(check_entry(core, sub));
    SH_TRY(casefile_of(core, sub));
    bool begins = id_equal(&facts->thread_id, &facts->message_id);
    SH_CHECK(begins || sub->casefile->thread.len > 0, SH_E_UNKNOWN_THREAD);
    return SH_OK;
}

void offered_facts(const struct submission *sub, struct leaf_facts *out)
{
    *out = sub->offered->entry.statement.facts;
    out->has_log_index = true;
    out->log_index = sub->offered->entry.index;
    out->has_at = true;
    out->at_ms = sub->offered->accepted_ms;
}

sh_err offered_starts(struct submission *sub)
{
    const struct leaf_facts *facts = &sub->offered->entry.statement.facts;
    SH_CHECK(facts->clocks_len <= SH_LEAF_CLOCKS_MAX, SH_E_BUG);
    *sub->starts = (struct clock_starts){.len = facts->clocks_len};
    for (size_t i = 0; i < facts->clocks_len; i++) {
        sub->starts->list[i].clock = facts->clocks[i]; /* nobody is warned a second time */
    }
    return SH_OK;
}

sh_err offered_keep(struct core *core, const struct submission *sub)
{
    return lost_keep(core, &sub->offered->entry, &sub->frame.submit.accepted, &sub->leaf_index);
}
