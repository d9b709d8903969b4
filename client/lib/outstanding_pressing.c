/* See outstanding.h: resolving professional differences. What was upheld is not settled by that:
 * the line stays until whoever pressed has pressed further, got another decision, or closed with a
 * reason. And a level that silence has opened waits for its words. */
#include "client/outstanding.h"

static const struct thread_message *after(const struct casefile *file, size_t i)
{
    return i < file->view.len ? &file->view.messages[i] : NULL;
}

/* Closed, changed, or pressed again: nothing waits to be pressed. */
static bool is_settled(const struct casefile *file, size_t from)
{
    const struct thread_message *later = NULL;
    for (size_t i = from; (later = after(file, i)); i++) {
        const struct facts *facts = later->facts;
        bool pressed =
            facts->kind == KIND_RECONSIDERATION && address_equal(&facts->from, &file->own);
        if (facts->kind == KIND_CLOSE || facts->kind == KIND_WITHDRAWAL || pressed ||
            message_decides(facts)) {
            return true;
        }
    }
    return false;
}

static sh_err put_line(struct lines *lines, const struct casefile *file, size_t i, const char *what,
                       json_t *extra)
{
    const struct open_duty about = {.message = i, .by = file->own, .is_ours = true};
    struct line line = {.section = SECTION_WAITING,
                        .is_ours = true,
                        .urgency = file->view.messages[i].facts->urgency};
    SH_DEFER(json_freep) json_t *json = NULL;
    SH_TRY(lines_frame(file, &about, &json));
    SH_TRY(entry_put(json, "what", json_string(what)));
    SH_CHECK(json_object_update(json, extra) == 0, SH_E_NOMEM);
    line.json = json_incref(json);
    return lines_put(lines, &line);
}

/* ---- upheld ---- */

static sh_err add_upheld(struct lines *lines, const struct casefile *file, size_t i)
{
    const struct thread_message *response = &file->view.messages[i];
    const struct thread_message *raised = thread_parent(&file->view, response);
    SH_DEFER(json_freep) json_t *extra = json_object();
    bool upheld = response->facts->kind == KIND_RECONSIDERATION_RESPONSE &&
                  response->facts->outcome == OUTCOME_UPHELD;
    if (!upheld || !raised || !address_equal(&raised->facts->from, &file->own) ||
        is_settled(file, i + 1)) {
        return SH_OK;
    }
    SH_CHECK(extra, SH_E_NOMEM);
    return put_line(lines, file, i,
                    "press at the next level, or close with a reason: the decision was upheld",
                    extra);
}

/* ---- opened by silence ---- */

static sh_err add_opened(struct lines *lines, const struct casefile *file, size_t i,
                         const struct case_fact *fact)
{
    char what[160];
    SH_DEFER(json_freep) json_t *extra = json_object();
    json_t *desks = json_array();
    SH_CHECK(extra, SH_E_NOMEM);
    SH_TRY(entry_put(extra, "desks", desks));
    for (size_t k = 0; k < fact->facts.to_len; k++) {
        SH_TRY(entry_append(desks, json_string(fact->facts.to[k].address.text)));
    }
    SH_TRY(entry_put(extra, "level_opened", json_integer((json_int_t)fact->facts.level)));
    SH_TRY(entry_put_time(extra, "level_opened_at", fact->at_ms));
    (void)snprintf(what, sizeof what,
                   "press at level %u: silence has opened it, and those that it adds have not got "
                   "the words yet",
                   (unsigned)fact->facts.level);
    return put_line(lines, file, i, what, extra);
}

static sh_err add_levels(struct lines *lines, const struct casefile *file, size_t i)
{
    const struct case_message *message = &file->messages[i];
    const struct case_fact *opened = NULL;
    for (size_t k = 0; k < message->facts_len; k++) {
        if (message->facts[k].type == LEAF_LEVEL_OPENED) {
            opened = &message->facts[k];
        }
    }
    bool sent = address_equal(&file->view.messages[i].facts->from, &file->own);
    return opened && sent && !is_settled(file, i + 1) ? add_opened(lines, file, i, opened) : SH_OK;
}

sh_err lines_add_pressing(struct lines *lines, const struct casefile *file)
{
    for (size_t i = 0; i < file->view.len; i++) {
        SH_TRY(add_upheld(lines, file, i));
        SH_TRY(add_levels(lines, file, i));
    }
    return SH_OK;
}
