/* See outstanding.h: the duties of a thread that nothing has ended. Most come from the clocks that
 * the relay put into the log with each message. Where its policy runs none, what DOMAIN.md says is
 * owed is owed all the same, without a date. */
#include "client/outstanding.h"

static sh_err add_duty(const struct casefile *file, const struct open_duty *duty,
                       struct open_duties *out)
{
    if (out->len == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 16;
        struct open_duty *more = arena_array(file->arena, cap, sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        if (out->len > 0) {
            memcpy(more, out->list, out->len * sizeof *more);
        }
        out->list = more;
        out->cap = cap;
    }
    out->list[out->len++] = *duty;
    return SH_OK;
}

/* ---- whom it concerns ---- */

static bool covers_for(const struct casefile *file, const struct address *desk)
{
    struct directory *directory = NULL;
    if (client_directory_any(file->client, &directory, NULL) != SH_OK) {
        return false;
    }
    const struct desk *found = directory_desk(directory, desk->text);
    for (size_t i = 0; found && i < found->cover_len; i++) {
        if (address_equal(&found->cover[i], &file->own)) {
            return true;
        }
    }
    return false;
}

/* A referral of ours that the desk passed on: its decision comes to us, too. */
static bool was_passed_on(const struct casefile *file, const struct open_duty *duty)
{
    const struct thread_message *message = &file->view.messages[duty->message];
    const struct thread_message *back = thread_parent(&file->view, message);
    return duty->duty == DUTY_DECIDED && message->facts->kind == KIND_REFERRAL && back &&
           back->facts->kind == KIND_REFERRAL && address_equal(&back->facts->from, &file->own);
}

/* Also sets whose turn it is. What one recipient owes is no other recipient's: they do not see each
 * other's receipts, and would take for undone what was done long ago. */
static bool concerns_us(const struct casefile *file, struct open_duty *duty)
{
    const struct facts *facts = file->view.messages[duty->message].facts;
    enum role role = casefile_role(facts, &file->own);
    bool by_sender = address_equal(&duty->by, &facts->from);
    duty->as_cover = role == ROLE_COVER && !by_sender && covers_for(file, &duty->by);
    duty->is_ours = address_equal(&duty->by, &file->own) || duty->as_cover;
    /* Where it went is for the sender to know: a desk that said "not ours" is not told. */
    bool is_owed = address_equal(&facts->from, &file->own) && duty->duty != DUTY_SENT_AGAIN;
    /* Cover that sees the line holds the message; whether the desk itself has it, cover is not
     * told. */
    if (duty->as_cover && duty->duty == DUTY_DELIVERED) {
        return false;
    }
    return duty->is_ours || is_owed || (by_sender && role == ROLE_ACT) || was_passed_on(file, duty);
}

/* ---- whether it is done ---- */

static void find_log_entry(const struct casefile *file, struct open_duty *duty)
{
    const struct case_message *message = &file->messages[duty->message];
    for (size_t i = 0; i < message->facts_len; i++) {
        const struct case_fact *fact = &message->facts[i];
        bool ran_out = fact->type == LEAF_OVERDUE || fact->type == LEAF_NOT_YET_DELIVERED;
        if (ran_out && fact->facts.clock == (uint32_t)duty->duty &&
            address_equal(&fact->facts.by, &duty->by) && fact->facts.due_ms == duty->due_ms) {
            duty->is_logged = true;
            duty->log_index = fact->log_index;
        }
    }
}

/* What was put in writing late has been put in writing: the log says so, and nobody can do more.
 * After a close nothing is outstanding, not even that somebody fetches it. */
static bool can_be_done(const struct facts *facts, enum duty duty)
{
    /* A question about what was taken back needs no answer, so none is owed again. */
    bool resumed = duty == DUTY_DECIDED || duty == DUTY_ANSWERED;
    return duty != DUTY_IN_WRITING && facts->kind != KIND_CLOSE &&
           !(facts->kind == KIND_WITHDRAWAL && resumed);
}

/* What ended it went to others, and the relay says that it is done. */
static bool was_stopped(const struct casefile *file, const struct open_duty *duty)
{
    const struct case_message *message = &file->messages[duty->message];
    for (size_t i = 0; i < message->facts_len; i++) {
        const struct case_fact *fact = &message->facts[i];
        if (fact->type == LEAF_CLOCK_STOPPED && fact->facts.clock == (uint32_t)duty->duty &&
            address_equal(&fact->facts.by, &duty->by) && fact->facts.due_ms == duty->due_ms) {
            return true;
        }
    }
    return false;
}

static sh_err add_if_open(const struct casefile *file, struct open_duty duty,
                          struct open_duties *out)
{
    const struct thread_message *message = &file->view.messages[duty.message];
    const struct duty_view view = {duty.duty, message, duty.by};
    bool received = false;
    if (!can_be_done(message->facts, duty.duty) || !concerns_us(file, &duty) ||
        duty_ended_by(&file->view, &view) || was_stopped(file, &duty)) {
        return SH_OK;
    }
    SH_TRY(casefile_has_receipt(file, duty.message, &view, &received));
    if (received) {
        return SH_OK;
    }
    find_log_entry(file, &duty);
    return add_duty(file, &duty, out);
}

/* ---- with a clock ---- */

static bool owes(const struct leaf_clock *clock, const struct recipient *to)
{
    return to->role == ROLE_ACT || (to->role == ROLE_INFORM && clock->owed == OWED_BY_RECIPIENTS);
}

static sh_err add_clock(const struct casefile *file, size_t i, const struct leaf_clock *clock,
                        struct open_duties *out)
{
    const struct facts *facts = file->view.messages[i].facts;
    struct open_duty duty = {.message = i, .duty = clock->duty, .due_ms = clock->due_ms};
    if (clock->owed == OWED_BY_DESK) {
        duty.by = clock->by;
        return add_if_open(file, duty, out);
    }
    for (size_t k = 0; k < facts->recipients_len; k++) {
        if (owes(clock, &facts->recipients[k])) {
            duty.by = facts->recipients[k].address;
            SH_TRY(add_if_open(file, duty, out));
        }
    }
    return SH_OK;
}

/* ---- without ---- */

static bool has_clock(const struct casefile *file, size_t i, enum duty duty,
                      const struct address *by)
{
    const struct case_message *message = &file->messages[i];
    for (size_t k = 0; k < message->clocks_len; k++) {
        const struct leaf_clock *clock = &message->clocks[k];
        if (clock->duty == duty && (clock->owed != OWED_BY_DESK || address_equal(&clock->by, by))) {
            return true;
        }
    }
    return false;
}

static sh_err add_undated(const struct casefile *file, size_t i, enum duty duty,
                          const struct address *by, struct open_duties *out)
{
    const struct open_duty undated = {.message = i, .duty = duty, .by = *by};
    return has_clock(file, i, duty, by) ? SH_OK : add_if_open(file, undated, out);
}

/* What the desks that are asked to act owe for each kind; DOMAIN.md, 'Who owes what'. */
static const struct {
    enum kind kind;
    enum duty duty;
} owed_for[] = {
    {KIND_REFERRAL, DUTY_ACKNOWLEDGED},        {KIND_REFERRAL, DUTY_DECIDED},
    {KIND_NOTIFICATION, DUTY_ACKNOWLEDGED},    {KIND_REQUEST, DUTY_ANSWERED},
    {KIND_RECORD_TRANSFER, DUTY_ACKNOWLEDGED}, {KIND_RECONSIDERATION, DUTY_ANSWERED},
};

static sh_err add_of_kind(const struct casefile *file, size_t i, struct open_duties *out)
{
    const struct facts *facts = file->view.messages[i].facts;
    for (size_t k = 0; k < sizeof owed_for / sizeof owed_for[0]; k++) {
        for (size_t n = 0; n < facts->recipients_len && owed_for[k].kind == facts->kind; n++) {
            if (facts->recipients[n].role == ROLE_ACT) {
                SH_TRY(add_undated(file, i, owed_for[k].duty, &facts->recipients[n].address, out));
            }
        }
    }
    return SH_OK;
}

/* Whom it answers: the next up the thread who is not its own sender; NULL: nobody. */
static const struct address *whom_it_answers(const struct casefile *file, size_t i)
{
    const struct thread_message *at = &file->view.messages[i];
    const struct address *from = &at->facts->from;
    for (size_t steps = 0; at && steps <= file->view.len; steps++) {
        if (!address_equal(&at->facts->from, from)) {
            return &at->facts->from;
        }
        at = thread_parent(&file->view, at);
    }
    return NULL;
}

/* More was asked for, and message i has given it: who asked owes an answer again. */
static sh_err add_resumed(const struct casefile *file, size_t i, struct open_duties *out)
{
    for (size_t k = 0; k < i; k++) {
        const struct thread_message *asking = &file->view.messages[k];
        const struct address *asked = whom_it_answers(file, k);
        enum duty resumed = duty_resumed(asking);
        if (resumed == DUTY_NONE || !asked) {
            continue;
        }
        const struct duty_view information = {DUTY_INFORMATION, asking, *asked};
        if (duty_ended_by(&file->view, &information) == &file->view.messages[i]) {
            SH_TRY(add_undated(file, i, resumed, &asking->facts->from, out));
        }
    }
    return SH_OK;
}

static sh_err add_back(const struct casefile *file, size_t i, struct open_duties *out)
{
    const struct facts *facts = file->view.messages[i].facts;
    const struct address *answered = whom_it_answers(file, i);
    if (answered && facts->kind == KIND_REDIRECT) {
        SH_TRY(add_undated(file, i, DUTY_SENT_AGAIN, answered, out));
    }
    if (answered && duty_resumed(&file->view.messages[i]) != DUTY_NONE) {
        SH_TRY(add_undated(file, i, DUTY_INFORMATION, answered, out));
    }
    return add_resumed(file, i, out);
}

sh_err casefile_open_duties(const struct casefile *file, struct open_duties *out)
{
    *out = (struct open_duties){.list = NULL};
    for (size_t i = 0; i < file->view.len; i++) {
        for (size_t k = 0; k < file->messages[i].clocks_len; k++) {
            SH_TRY(add_clock(file, i, &file->messages[i].clocks[k], out));
        }
        SH_TRY(add_of_kind(file, i, out));
        SH_TRY(add_back(file, i, out));
    }
    return SH_OK;
}
