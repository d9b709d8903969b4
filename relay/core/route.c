/* Step 5. A message gets one queue row for each seat that it was sealed to. The sending seat has it
 * already; a cover desk's rows are held until cover is called. */
#include "core/route.h"

#include "core/pipeline.h"

/* What is offered again was sealed to the seats of that day: some may be gone. */
static bool is_gone(const struct core *core, const struct submission *sub,
                    const struct sh_hash *seat)
{
    return sub->offered && !directory_seat_by_hash(core->loaded->directory, seat);
}

/* Who offers it again has it: only its receipts are still to come. */
static sh_err mark_had(struct core *core, const struct submission *sub, const struct queue_row *row,
                       uint64_t item)
{
    bool had = sub->offered && hash_equal(&row->seat, &sub->seat->hash) && !row->held;
    return had ? store_queue_done(core->store, &row->seat, item) : SH_OK;
}

static sh_err queue_for(struct core *core, const struct recipient *to, const struct submission *sub)
{
    for (size_t i = 0; i < to->seats_len; i++) {
        if (hash_equal(&to->seats[i], &sub->header.facts.seat) ||
            is_gone(core, sub, &to->seats[i])) {
            continue;
        }
        struct queue_row row = {
            .seat = to->seats[i],
            .kind = QUEUE_MESSAGE,
            .message_seq = sub->message_seq,
            .held = to->role == ROLE_COVER,
        };
        uint64_t item = 0;
        SH_TRY(store_queue_put(core->store, &row, &item));
        SH_TRY(mark_had(core, sub, &row, item));
        if (!row.held) {
            sessions_wake(core->sessions, &row.seat);
        }
    }
    return SH_OK;
}

sh_err route_run(struct stage_ctx *ctx, struct submission *sub)
{
    if (sub->verdict != VERDICT_WRITTEN) {
        return SH_OK;
    }
    const struct facts *facts = &sub->header.facts;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        SH_TRY(queue_for(ctx->core, &facts->recipients[i], sub));
    }
    return SH_OK;
}

static sh_err notice_for_seat(struct core *core, const struct sh_hash *seat, int64_t message_seq,
                              uint64_t leaf_index)
{
    const struct queue_row row = {
        .seat = *seat,
        .kind = QUEUE_NOTICE,
        .message_seq = message_seq,
        .leaf_index = leaf_index,
    };
    uint64_t item = 0;
    SH_TRY(store_queue_put(core->store, &row, &item));
    sessions_wake(core->sessions, &row.seat);
    return SH_OK;
}

sh_err route_notice(struct core *core, const struct address *desk_address,
                    const struct sh_hash *except, int64_t message_seq, uint64_t leaf_index)
{
    const struct desk *desk = directory_desk(core->loaded->directory, desk_address->text);
    for (size_t i = 0; desk && i < desk->seats_len; i++) {
        if (!except || !hash_equal(&desk->seats[i]->hash, except)) {
            SH_TRY(notice_for_seat(core, &desk->seats[i]->hash, message_seq, leaf_index));
        }
    }
    return SH_OK;
}

/* What a desk has for one seat alone is told to that seat alone: see thread_seat_alone(). A desk
 * that had one seat and no recovery key looks the same, so if that seat is gone the desk's keys of
 * today tell them apart. NULL: it is for the whole desk. */
static const struct recipient *kept_to_seat(const struct core *core, const struct facts *message,
                                            const struct desk *desk)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        const struct recipient *to = &message->recipients[i];
        bool alone = address_equal(&to->address, &desk->address) && to->seats_len == 1 &&
                     hash_is_zero(&to->recovery);
        if (alone && (desk->recovery || (to->role == ROLE_OWN && message->not_to_own_desk) ||
                      directory_seat_by_hash(core->loaded->directory, &to->seats[0]))) {
            return to;
        }
    }
    return NULL;
}

bool route_is_kept(const struct core *core, const struct facts *message, const struct address *desk)
{
    const struct desk *told = directory_desk(core->loaded->directory, desk->text);
    return told && kept_to_seat(core, message, told);
}

sh_err route_fact(struct core *core, const struct facts *message, const struct address *desk,
                  int64_t message_seq, uint64_t leaf_index)
{
    const struct desk *told = directory_desk(core->loaded->directory, desk->text);
    const struct recipient *alone = told ? kept_to_seat(core, message, told) : NULL;
    if (!alone) {
        return route_notice(core, desk, NULL, message_seq, leaf_index);
    }
    bool live = directory_seat_by_hash(core->loaded->directory, &alone->seats[0]);
    return live ? notice_for_seat(core, &alone->seats[0], message_seq, leaf_index) : SH_OK;
}
