/* Step 3: may this message be accepted, here and now? On the ledger thread and inside the
 * transaction, so that two messages of one group see each other. Refusals of policy come with a
 * sentence for the operator's log, never with a word of anyone's message. */
#include "base/cleanup.h"
#include "core/casefile.h"
#include "core/offered.h"
#include "core/pipeline.h"

#include <stdlib.h>

/* Sent before? Then the original answer, whatever has changed since. */
static sh_err check_repeat(struct core *core, struct submission *sub)
{
    const struct facts *facts = &sub->header.facts;
    sh_err err =
        store_message_by_id(core->store, &facts->from, &facts->message_id, sub->arena, &sub->row);
    if (err == SH_E_NOT_FOUND) {
        /* Nobody else's either: one who knows a message could else give its id, or that of its
         * thread, to another, and no one could name the first any more. */
        bool used = false;
        SH_TRY(store_message_id_used(core->store, &facts->message_id, &used));
        return used ? SH_E_ID_REUSED : SH_OK;
    }
    SH_TRY(err);
    SH_CHECK(hash_equal(&sub->row.header_sha256, &sub->header_sha256), SH_E_ID_REUSED);
    sub->verdict = VERDICT_REPEATED;
    sub->leaf_index = sub->row.leaf_index;
    sub->message_seq = sub->row.seq;
    return SH_OK;
}

/* No grace: a seat whose certificate has run out still gets its mail, but what it signs no reader
 * takes (and no court), so its sender is told now and not by those who cannot read it. */
static sh_err check_dates(const struct core *core, const struct submission *sub)
{
    SH_CHECK(core->group_ms >= certificate_not_before_ms(sub->seat->sign), SH_E_EXPIRED);
    SH_CHECK(core->group_ms <= certificate_not_after_ms(sub->seat->sign), SH_E_EXPIRED);
    return SH_OK;
}

static sh_err check_time(const struct core *core, const struct facts *facts)
{
    SH_CHECK(!core->time.jumped, SH_E_CLOCK);
    SH_CHECK(facts->created_at_ms <= core->group_ms + SH_CREATED_AHEAD_MS, SH_E_BAD_TIME);
    SH_CHECK(facts->created_at_ms >= core->group_ms - SH_CREATED_BEHIND_MS, SH_E_BAD_TIME);
    return SH_OK;
}

/* Before what costs most: what is refused behind this counts as well, or a seat could have a long
 * thread read for nothing as often as it liked. */
static sh_err check_quota(struct core *core, const struct submission *sub)
{
    uint64_t sent =
        tally_add(core->messages_by_seat, &sub->seat->hash, FRAME_SUBMIT, core->group_ms);
    SH_CHECK(sent <= policy_quota_per_hour(sub->loaded->policy), SH_E_QUOTA);
    return SH_OK;
}

/* Exactly the desk's live seats and its recovery certificate: no one left out, no stranger put in.
 */
static sh_err check_desk_seats(const struct desk *desk, const struct recipient *to)
{
    static const struct sh_hash none;
    const struct sh_hash *recovery = desk->recovery ? certificate_sha256(desk->recovery) : &none;
    SH_CHECK(desk->seats_len > 0, SH_E_NO_LIVE_SEAT);
    SH_CHECK(hash_equal(recovery, &to->recovery), SH_E_STALE_SEATS);
    SH_CHECK(desk->seats_len == to->seats_len, SH_E_STALE_SEATS);
    for (size_t i = 0; i < to->seats_len; i++) {
        SH_CHECK(hash_equal(&desk->seats[i]->hash, &to->seats[i]), SH_E_STALE_SEATS);
    }
    return SH_OK;
}

/* Cover is for the desks that must act, and named by them. */
static bool covers_someone(const struct directory *directory, const struct facts *facts,
                           const struct address *cover)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        const struct desk *desk = directory_desk(directory, to->address.text);
        for (size_t k = 0; desk && to->role == ROLE_ACT && k < desk->cover_len; k++) {
            if (address_equal(&desk->cover[k], cover)) {
                return true;
            }
        }
    }
    return false;
}

/* An allegation about a colleague, and every answer to it: no colleague's seat, and not the key
 * that they share. NULL: the whole desk. */
static const struct sh_hash *seat_alone(const struct submission *sub, const struct recipient *to)
{
    const struct facts *facts = &sub->header.facts;
    bool own = to->role == ROLE_OWN && facts->not_to_own_desk;
    return own ? &facts->seat : thread_seat_alone(&sub->casefile->thread, &to->address);
}

static sh_err check_seat_alone(const struct directory *directory, const struct sh_hash *seat,
                               const struct recipient *to)
{
    SH_CHECK(to->seats_len == 1 && hash_equal(&to->seats[0], seat), SH_E_BAD_RECIPIENTS);
    SH_CHECK(hash_is_zero(&to->recovery), SH_E_BAD_RECIPIENTS);
    SH_CHECK(directory_seat_by_hash(directory, seat), SH_E_NO_LIVE_SEAT);
    return SH_OK;
}

static sh_err check_recipient(const struct directory *directory, const struct submission *sub,
                              const struct recipient *to)
{
    const struct facts *facts = &sub->header.facts;
    const struct desk *desk = directory_desk(directory, to->address.text);
    const struct sh_hash *alone = seat_alone(sub, to);
    bool own = address_equal(&to->address, &facts->from);
    SH_CHECK(desk, SH_E_UNKNOWN_DESK);
    SH_CHECK(own == (to->role == ROLE_OWN), SH_E_BAD_RECIPIENTS);
    if (to->role == ROLE_COVER) {
        SH_CHECK(covers_someone(directory, facts, &to->address), SH_E_BAD_RECIPIENTS);
    }
    return alone ? check_seat_alone(directory, alone, to) : check_desk_seats(desk, to);
}

static sh_err check_recipients(const struct directory *directory, struct submission *sub)
{
    const struct facts *facts = &sub->header.facts;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        sh_err err = check_recipient(directory, sub, &facts->recipients[i]);
        if (err != SH_OK) {
            return sh_fail(&sub->why, err, "recipient %s", facts->recipients[i].address.text);
        }
    }
    return SH_OK;
}

sh_err authorise_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    SH_TRY(check_repeat(core, sub));
    if (sub->verdict == VERDICT_REPEATED) {
        return SH_OK;
    }
    if (sub->frame.submit.has_accepted) {
        return offered_authorise(core, sub);
    }
    SH_TRY(check_dates(core, sub));
    SH_TRY(check_time(core, &sub->header.facts));
    SH_CHECK(!core->disk_low, SH_E_DISK_FULL);
    SH_TRY(check_quota(core, sub));
    SH_TRY(casefile_of(core, sub));
    SH_TRY(check_recipients(sub->loaded->directory, sub));
    return policy_decide(sub->loaded->policy, &sub->header.facts, &sub->casefile->thread,
                         &sub->why);
}
