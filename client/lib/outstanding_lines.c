/* See outstanding.h: open duties as lines, one for each message, desk and section, with all that a
 * person needs to act: who, what, by when, how late, which children, whom to telephone. */
#include "client/duration.h"
#include "client/outstanding.h"
#include "client/phone_book.h"

/* ---- words ---- */

struct duty_words {
    const char *ours, *theirs;
};

static const struct duty_words duty_texts[] = {
    [DUTY_DELIVERED] = {"collect it", "collect it"},
    [DUTY_OPENED] = {"open it", "open it"},
    [DUTY_COVER] = {"open it", "open it"},
    [DUTY_ACKNOWLEDGED] = {"acknowledge (say that it is with you)",
                           "acknowledge (say that it is with them)"},
    [DUTY_DECIDED] = {"decide", "decide"},
    [DUTY_ANSWERED] = {"answer", "answer"},
    [DUTY_INFORMATION] = {"give the information that was asked for",
                          "give the information that was asked for"},
    [DUTY_NEXT_STEP] = {"say what became of the next step", "say what became of the next step"},
    [DUTY_SENT_AGAIN] = {"send it to the right desk, or close with a reason",
                         "send it to the right desk, or close with a reason"},
    [DUTY_RETURN_INTERVIEW] = {"hold the return-home interview, or say why there is none",
                               "hold the return-home interview, or say why there is none"},
    [DUTY_IN_WRITING] = {"put it in writing", "put it in writing"},
    [DUTY_SPOKEN] = {"speak by telephone", "speak by telephone"},
    [DUTY_MEETING] = {"meet", "meet"},
    [DUTY_RESOLVED] = {"resolve it", "resolve it"},
};

const char *outstanding_what(enum duty duty, bool is_ours)
{
    return is_ours ? duty_texts[duty].ours : duty_texts[duty].theirs;
}

/* "by Mon 23 Nov 2026, 17:00", with how late it is. */
static sh_err put_due(json_t *json, int64_t due_ms, int64_t now_ms)
{
    char when[SH_TIME_TEXT_BYTES], span[DURATION_BYTES], words[256];
    SH_CHECK(due_ms > 0, SH_OK);
    SH_TRY(entry_put_time(json, "due_at", due_ms));
    time_to_local(due_ms, when, sizeof when);
    (void)snprintf(words, sizeof words, "by %s", when);
    if (now_ms > due_ms) {
        duration_say(now_ms - due_ms, span);
        (void)snprintf(words, sizeof words, "by %s: %s late", when, span);
        SH_TRY(entry_put(json, "late_ms", json_integer((json_int_t)(now_ms - due_ms))));
    }
    return entry_put(json, "due", json_string(words));
}

/* ---- which children ---- */

/* Of the desk, or of one that covers for it. */
static enum outcome decided_for(const struct casefile *file, const struct thread_message *referral,
                                const struct address *desk, uint32_t child)
{
    enum outcome outcome = thread_latest_decision(&file->view, referral, desk, child);
    const struct facts *facts = referral->facts;
    for (size_t i = 0; i < facts->recipients_len && outcome == OUTCOME_NONE; i++) {
        if (facts->recipients[i].role == ROLE_COVER) {
            outcome =
                thread_latest_decision(&file->view, referral, &facts->recipients[i].address, child);
        }
    }
    return outcome;
}

/* Whose decisions a duty is about: the one who owes them, or who asked back. */
static const struct address *decider_of(const struct casefile *file, const struct open_duty *duty)
{
    return duty->duty == DUTY_INFORMATION ? &file->view.messages[duty->message].facts->from
                                          : &duty->by;
}

static sh_err put_children(const struct casefile *file, const struct open_duty *duty, json_t *json)
{
    const struct thread_message *message = &file->view.messages[duty->message];
    const struct thread_message *referral = thread_referral_of(&file->view, message);
    /* Who answers a request to reconsider has decided on no child: another desk did. */
    bool asked_back =
        duty->duty == DUTY_INFORMATION && message->facts->kind != KIND_RECONSIDERATION_RESPONSE;
    bool about = duty->duty == DUTY_DECIDED || asked_back;
    if (!referral || !about || json_object_get(json, "children")) {
        return SH_OK;
    }
    json_t *list = json_array();
    SH_TRY(entry_put(json, "children", list));
    for (uint32_t child = 1; child <= referral->facts->children_count; child++) {
        json_t *row = json_object();
        SH_TRY(entry_append(list, row));
        enum outcome outcome = decided_for(file, referral, decider_of(file, duty), child);
        SH_TRY(entry_put(row, "child", json_integer((json_int_t)child)));
        SH_TRY(outcome != OUTCOME_NONE
                   ? entry_put(row, "outcome", json_string(outcome_word(outcome)))
                   : SH_OK);
    }
    return SH_OK;
}

/* ---- the frame of a line ---- */

/* Spoken of, and so answered in somebody's mind; in writing it is not. */
static sh_err put_telephoned(const struct casefile *file, const struct thread_message *about,
                             json_t *json)
{
    for (size_t i = file->view.len; i > 0; i--) {
        const struct thread_message *note = &file->view.messages[i - 1];
        if (note->facts->kind != KIND_NOTE || !note->facts->telephone ||
            !thread_answers(&file->view, note, about)) {
            continue;
        }
        json_t *telephoned = json_object();
        SH_TRY(entry_put(json, "telephoned", telephoned));
        SH_TRY(entry_put_hex(telephoned, "message_id", BYTES_FIXED(note->message_id)));
        SH_TRY(entry_put(telephoned, "by", json_string(note->facts->from.text)));
        return entry_put_time(telephoned, "at", note->accepted_ms);
    }
    return SH_OK;
}

static sh_err put_hops(const struct casefile *file, const struct thread_message *message,
                       json_t *json)
{
    const struct thread_message *back = thread_parent(&file->view, message);
    if (!back) {
        return SH_OK;
    }
    if (back->facts->kind == KIND_REDIRECT) {
        SH_TRY(entry_put(json, "redirected_from", json_string(back->facts->from.text)));
    }
    if (message->facts->kind == KIND_REFERRAL && back->facts->kind == KIND_REFERRAL) {
        SH_TRY(entry_put(json, "passed_on_by", json_string(message->facts->from.text)));
    }
    return entry_put_hex(json, "answers", BYTES_FIXED(back->message_id));
}

/* Cover that was called is telephoned, too. */
static sh_err put_cover(const struct casefile *file, const struct open_duty *duty, json_t *list,
                        json_t *json)
{
    const struct case_message *message = &file->messages[duty->message];
    const struct facts *facts = &message->entry->header.facts;
    for (size_t i = 0; i < message->facts_len; i++) {
        const struct case_fact *fact = &message->facts[i];
        if (fact->type != LEAF_COVER_CALLED || !address_equal(&fact->facts.by, &duty->by)) {
            continue;
        }
        SH_TRY(entry_put_time(json, "cover_called_at", fact->at_ms));
        for (size_t k = 0; k < facts->recipients_len; k++) {
            if (facts->recipients[k].role == ROLE_COVER) {
                SH_TRY(phone_book_add(file->client, &facts->recipients[k].address, list));
            }
        }
        return SH_OK;
    }
    return SH_OK;
}

/* They owe: them. We owe: whoever waits for us. */
static sh_err put_telephone(const struct casefile *file, const struct open_duty *duty, json_t *json)
{
    const struct facts *facts = file->view.messages[duty->message].facts;
    json_t *list = json_array();
    SH_TRY(entry_put(json, "telephone", list));
    if (!duty->is_ours) {
        SH_TRY(phone_book_add(file->client, &duty->by, list));
        return put_cover(file, duty, list, json);
    }
    if (!address_equal(&facts->from, &file->own)) {
        return phone_book_add(file->client, &facts->from, list);
    }
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (facts->recipients[i].role == ROLE_ACT) {
            SH_TRY(phone_book_add(file->client, &facts->recipients[i].address, list));
        }
    }
    return SH_OK;
}

static sh_err put_accepted(const struct casefile *file, size_t i, json_t *json)
{
    const struct thread_message *message = &file->view.messages[i];
    SH_TRY(entry_put_time(json, "accepted_at", message->accepted_ms));
    SH_TRY(duration_put_event(json, message->facts, message->accepted_ms));
    return entry_put(json, "log_index", json_integer((json_int_t)file->messages[i].log_index));
}

sh_err lines_frame(const struct casefile *file, const struct open_duty *about, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    const struct thread_message *message = &file->view.messages[about->message];
    bool sent = address_equal(&message->facts->from, &file->own);
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put_facts(json, message->facts));
    SH_TRY(put_accepted(file, about->message, json));
    SH_TRY(entry_put(json, "turn", json_string(about->is_ours ? "ours" : "theirs")));
    SH_TRY(entry_put(json, "owed_by", json_string(about->by.text)));
    SH_TRY(about->as_cover ? entry_put(json, "as_cover", json_true()) : SH_OK);
    if (sent && !about->is_ours) {
        const char *reached = casefile_reached(file, about->message, &about->by);
        SH_TRY(entry_put(json, "reached", json_string(reached ? reached : "not_delivered")));
    }
    SH_TRY(put_hops(file, message, json));
    SH_TRY(put_telephoned(file, message, json));
    SH_TRY(put_telephone(file, about, json));
    *out = json;
    json = NULL;
    return SH_OK;
}

/* ---- lines ---- */

void lines_wipe(struct lines *lines)
{
    for (size_t i = 0; i < lines->len; i++) {
        json_decref(lines->list[i].json);
    }
    free(lines->list);
    memset(lines, 0, sizeof *lines);
}

sh_err lines_put(struct lines *lines, const struct line *line)
{
    if (lines->len == lines->cap) {
        size_t cap = lines->cap ? lines->cap * 2 : 16;
        struct line *more = realloc(lines->list, cap * sizeof *more);
        if (!more) {
            json_decref(line->json);
            return SH_E_NOMEM;
        }
        lines->list = more;
        lines->cap = cap;
    }
    lines->list[lines->len++] = *line;
    return SH_OK;
}

static enum section section_of(const struct open_duty *duty, int64_t now_ms)
{
    if (duty->is_logged || (duty->due_ms > 0 && duty->due_ms < now_ms)) {
        return SECTION_OVERDUE;
    }
    bool today = duty->due_ms > 0 && duration_day(duty->due_ms) == duration_day(now_ms);
    return today ? SECTION_DUE_TODAY : SECTION_WAITING;
}

static sh_err append_duty(const struct casefile *file, const struct open_duty *duty, json_t *json)
{
    int64_t now_ms = client_now_ms(file->client);
    json_t *row = json_object();
    SH_TRY(entry_append(json_object_get(json, "duties"), row));
    SH_TRY(entry_put(row, "duty", json_string(duty_word(duty->duty))));
    SH_TRY(entry_put(row, "what", json_string(outstanding_what(duty->duty, duty->is_ours))));
    SH_TRY(put_due(row, duty->due_ms, now_ms));
    if (duty->is_logged) {
        SH_TRY(entry_put(row, "overdue_log_index", json_integer((json_int_t)duty->log_index)));
    }
    return put_children(file, duty, json);
}

/* Duties of one message and desk that fall into one section stand in one line. */
static bool is_together(const struct open_duty *a, const struct open_duty *b)
{
    return a->message == b->message && address_equal(&a->by, &b->by);
}

static sh_err add_line(struct lines *lines, const struct casefile *file,
                       const struct open_duties *duties, size_t first)
{
    const struct open_duty *lead = &duties->list[first];
    int64_t now_ms = client_now_ms(file->client);
    struct line line = {.section = section_of(lead, now_ms),
                        .is_ours = lead->is_ours,
                        .urgency = file->view.messages[lead->message].facts->urgency};
    SH_DEFER(json_freep) json_t *json = NULL;
    SH_TRY(lines_frame(file, lead, &json));
    SH_TRY(entry_put(json, "duties", json_array()));
    for (size_t i = first; i < duties->len; i++) {
        const struct open_duty *duty = &duties->list[i];
        if (is_together(lead, duty) && section_of(duty, now_ms) == line.section) {
            SH_TRY(append_duty(file, duty, json));
            bool earlier = line.due_ms == 0 || duty->due_ms < line.due_ms;
            line.due_ms = duty->due_ms > 0 && earlier ? duty->due_ms : line.due_ms;
        }
    }
    line.json = json_incref(json);
    return lines_put(lines, &line);
}

static bool has_line(const struct open_duties *duties, size_t i, int64_t now_ms)
{
    for (size_t k = 0; k < i; k++) {
        if (is_together(&duties->list[k], &duties->list[i]) &&
            section_of(&duties->list[k], now_ms) == section_of(&duties->list[i], now_ms)) {
            return true;
        }
    }
    return false;
}

sh_err lines_add_case(struct lines *lines, const struct casefile *file)
{
    struct open_duties duties;
    SH_TRY(casefile_open_duties(file, &duties));
    for (size_t i = 0; i < duties.len; i++) {
        if (!has_line(&duties, i, client_now_ms(file->client))) {
            SH_TRY(add_line(lines, file, &duties, i));
        }
    }
    return lines_add_pressing(lines, file);
}

/* No sender ranks above another: whose turn, urgency and clock are all that counts. */
static int by_turn(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    if (a->is_ours != b->is_ours) {
        return a->is_ours ? -1 : 1;
    }
    if (a->urgency != b->urgency) {
        return a->urgency > b->urgency ? -1 : 1;
    }
    int64_t a_ms = a->due_ms ? a->due_ms : INT64_MAX, b_ms = b->due_ms ? b->due_ms : INT64_MAX;
    return a_ms < b_ms ? -1 : a_ms > b_ms;
}

sh_err lines_section(struct lines *lines, enum section section, json_t **out)
{
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    if (lines->len > 1) {
        qsort(lines->list, lines->len, sizeof *lines->list, by_turn);
    }
    for (size_t i = 0; i < lines->len; i++) {
        if (lines->list[i].section == section) {
            SH_CHECK(json_array_append(list, lines->list[i].json) == 0, SH_E_NOMEM);
        }
    }
    *out = list;
    list = NULL;
    return SH_OK;
}
