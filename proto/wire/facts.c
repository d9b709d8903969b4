/* Facts: what a header says for the relay and the content repeats for the reader. The same check
 * runs on the way in and on the way out, so we never send what we would refuse. Whether the desks
 * exist and may say this to each other is policy's. */
#include "convert.h"

/* ---- checks ---- */

static sh_err seats_check(const struct recipient *in, size_t *seats_total)
{
    *seats_total += in->seats_len;
    SH_CHECK(in->seats_len <= SH_SEATS_MAX && *seats_total <= SH_SEATS_MAX, SH_E_TOO_BIG);
    for (size_t i = 1; i < in->seats_len; i++) {
        SH_CHECK(memcmp(in->seats[i - 1].b, in->seats[i].b, SH_HASH_BYTES) < 0,
                 SH_E_BAD_RECIPIENTS);
    }
    return SH_OK;
}

/* Ascending, so that each desk stands there once and two clients write the same list the same way.
 */
static sh_err recipients_check(const struct facts *in)
{
    size_t seats_total = 0, own_count = 0;
    SH_CHECK(in->recipients_len <= SH_DESKS_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->recipients_len; i++) {
        const struct recipient *at = &in->recipients[i];
        SH_TRY(address_check(&at->address));
        SH_TRY(seats_check(at, &seats_total));
        SH_CHECK(i == 0 || strcmp(at[-1].address.text, at->address.text) < 0, SH_E_BAD_RECIPIENTS);
        bool own = at->role == ROLE_OWN;
        SH_CHECK(own == address_equal(&at->address, &in->from), SH_E_BAD_RECIPIENTS);
        own_count += own;
    }
    SH_CHECK(own_count == 1, SH_E_BAD_RECIPIENTS);
    return SH_OK;
}

static sh_err facts_check(const struct facts *in)
{
    SH_TRY(address_check(&in->from));
    SH_TRY(recipients_check(in));
    SH_TRY(time_check(in->created_at_ms));
    SH_TRY(time_check(in->clock_from_ms));
    SH_TRY(time_check(in->next_due_ms));
    SH_CHECK(in->clock_from_ms % SH_MINUTE_MS == 0, SH_E_FORMAT);
    SH_CHECK(in->level <= SH_LEVEL_MAX, SH_E_FORMAT);
    SH_CHECK(in->children_count <= SH_CHILDREN_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->encloses_len <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    const struct answer answer = {in->cites, in->cites_len, in->children, in->children_len};
    return answer_check(&answer);
}

/* ---- from the wire ---- */

static sh_err take_identity(const Safehand__Facts *in, struct facts *out)
{
    SH_TRY(id_from(bytes_from_pb(in->message_id), &out->message_id));
    SH_TRY(id_from(bytes_from_pb(in->thread_id), &out->thread_id));
    out->has_parent = in->has_parent;
    if (in->has_parent) {
        SH_TRY(hash_from(bytes_from_pb(in->parent), &out->parent));
    }
    SH_TRY(address_from(in->from, &out->from));
    return hash_from(bytes_from_pb(in->seat), &out->seat);
}

static sh_err take_numbers(const Safehand__Facts *in, struct facts *out)
{
    out->kind = (enum kind)in->kind;
    out->subtype = in->has_subtype ? (enum subtype)in->subtype : SUBTYPE_NONE;
    out->urgency = (enum urgency)in->urgency;
    out->outcome = in->has_outcome ? (enum outcome)in->outcome : OUTCOME_NONE;
    out->has_clock_from = in->has_clock_from_ms;
    out->has_next_due = in->has_next_due_ms;
    SH_TRY(time_from_pb(in->created_at_ms, &out->created_at_ms));
    SH_TRY(optional_time_from_pb(in->has_clock_from_ms, in->clock_from_ms, &out->clock_from_ms));
    SH_TRY(optional_time_from_pb(in->has_next_due_ms, in->next_due_ms, &out->next_due_ms));
    SH_TRY(optional_number_from_pb(in->has_level, in->level, &out->level));
    SH_TRY(
        optional_number_from_pb(in->has_children_count, in->children_count, &out->children_count));
    SH_TRY(
        optional_flag_from_pb(in->has_not_to_own_desk, in->not_to_own_desk, &out->not_to_own_desk));
    return optional_flag_from_pb(in->has_telephone, in->telephone, &out->telephone);
}

static sh_err take_recipient(const Safehand__Recipient *in, struct arena *arena,
                             struct recipient *out)
{
    const struct pb_list seats = {in->n_seats, in->seats};
    SH_TRY(address_from(in->address, &out->address));
    out->role = (enum role)in->role;
    out->seats_len = in->n_seats;
    SH_TRY(hashes_from_pb(seats, SH_SEATS_MAX, arena, &out->seats));
    return optional_hash_from_pb(in->has_recovery, in->recovery, &out->recovery);
}

static sh_err take_recipients(const Safehand__Facts *in, struct arena *arena, struct facts *out)
{
    SH_CHECK(in->n_recipients <= SH_DESKS_MAX, SH_E_TOO_BIG);
    struct recipient *recipients = arena_array(arena, in->n_recipients, sizeof *recipients);
    SH_CHECK(recipients, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_recipients; i++) {
        SH_TRY(take_recipient(in->recipients[i], arena, &recipients[i]));
    }
    out->recipients = recipients;
    out->recipients_len = in->n_recipients;
    return SH_OK;
}

static sh_err take_encloses(const Safehand__Facts *in, struct arena *arena, struct facts *out)
{
    SH_CHECK(in->n_encloses <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    if (in->n_encloses == 0) {
        return SH_OK;
    }
    struct sh_id *encloses = arena_array(arena, in->n_encloses, sizeof *encloses);
    SH_CHECK(encloses, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_encloses; i++) {
        SH_TRY(id_from(bytes_from_pb(in->encloses[i]), &encloses[i]));
    }
    out->encloses = encloses;
    out->encloses_len = in->n_encloses;
    return SH_OK;
}

static sh_err take_answer(const Safehand__Facts *in, struct arena *arena, struct facts *out)
{
    const struct pb_answer lists = {in->n_cites, in->cites, in->n_children, in->children};
    struct answer answer;
    SH_TRY(answer_from_pb(&lists, arena, &answer));
    out->cites = answer.cites;
    out->cites_len = answer.cites_len;
    out->children = answer.children;
    out->children_len = answer.children_len;
    return SH_OK;
}

sh_err facts_from_pb(const Safehand__Facts *in, struct arena *arena, struct facts *out)
{
    struct facts facts = {0};
    SH_TRY(take_identity(in, &facts));
    SH_TRY(take_numbers(in, &facts));
    SH_TRY(take_recipients(in, arena, &facts));
    SH_TRY(take_answer(in, arena, &facts));
    SH_TRY(take_encloses(in, arena, &facts));
    SH_TRY(facts_check(&facts));
    *out = facts;
    return SH_OK;
}

/* ---- to the wire ---- */

static void put_recipients(const struct facts *in, struct facts_room *room, Safehand__Facts *out)
{
    size_t seats_used = 0;
    for (size_t i = 0; i < in->recipients_len; i++) {
        const struct recipient *from = &in->recipients[i];
        Safehand__Recipient *to = &room->recipients[i];
        safehand__recipient__init(to);
        to->address = text_to_pb(from->address.text);
        to->role = (Safehand__Role)from->role;
        to->n_seats = from->seats_len;
        to->seats = &room->seats[seats_used];
        hashes_to_pb(from->seats, from->seats_len, to->seats);
        seats_used += from->seats_len;
        to->has_recovery = !hash_is_zero(&from->recovery);
        to->recovery = FIXED_TO_PB(from->recovery);
        room->recipient_list[i] = to;
    }
    out->n_recipients = in->recipients_len;
    out->recipients = room->recipient_list;
}

static void put_numbers(const struct facts *in, Safehand__Facts *out)
{
    out->kind = (Safehand__Kind)in->kind;
    out->has_subtype = in->subtype != SUBTYPE_NONE;
    out->subtype = (Safehand__Subtype)in->subtype;
    out->urgency = (Safehand__Urgency)in->urgency;
    out->created_at_ms = (uint64_t)in->created_at_ms;
    out->has_clock_from_ms = in->has_clock_from;
    out->clock_from_ms = (uint64_t)in->clock_from_ms;
    out->has_level = in->level != 0;
    out->level = in->level;
    out->has_outcome = in->outcome != OUTCOME_NONE;
    out->outcome = (Safehand__Outcome)in->outcome;
    out->has_children_count = in->children_count != 0;
    out->children_count = in->children_count;
    out->has_next_due_ms = in->has_next_due;
    out->next_due_ms = (uint64_t)in->next_due_ms;
    out->has_not_to_own_desk = out->not_to_own_desk = in->not_to_own_desk;
    out->has_telephone = out->telephone = in->telephone;
}

static void put_lists(const struct facts *in, struct facts_room *room, Safehand__Facts *out)
{
    const struct answer answer = {in->cites, in->cites_len, in->children, in->children_len};
    struct pb_answer lists;
    answer_to_pb(&answer, &room->answer, &lists);
    out->n_cites = lists.n_cites;
    out->cites = lists.cites;
    out->n_children = lists.n_children;
    out->children = lists.children;
    for (size_t i = 0; i < in->encloses_len; i++) {
        room->encloses[i] = FIXED_TO_PB(in->encloses[i]);
    }
    out->n_encloses = in->encloses_len;
    out->encloses = room->encloses;
}

sh_err facts_to_pb(const struct facts *in, struct facts_room *room, Safehand__Facts *out)
{
    SH_TRY(facts_check(in));
    safehand__facts__init(out);
    out->message_id = FIXED_TO_PB(in->message_id);
    out->thread_id = FIXED_TO_PB(in->thread_id);
    out->has_parent = in->has_parent;
    out->parent = FIXED_TO_PB(in->parent);
    out->from = text_to_pb(in->from.text);
    out->seat = FIXED_TO_PB(in->seat);
    put_recipients(in, room, out);
    put_numbers(in, out);
    put_lists(in, room, out);
    return SH_OK;
}
