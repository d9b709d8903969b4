/* See sending.h. Each document becomes one plan, or several with --split; a plan has either an
 * error, a message of the vault that it already is, or a draft. All are made before anything is
 * stored. */
#include "client/sending.h"

#include "client/collected.h"
#include "client/entry.h"
#include "client/phone_book.h"
#include "client/successors.h"

struct plan {
    const char *name;
    sh_err result; /* of checking it, or SH_E_EXISTS: it was sent before */
    struct sh_why why;
    struct draft draft; /* if there is something new to send */
    bool has_draft;
    int64_t row; /* of the vault, 0: none */
    struct sh_hash header_sha256;
    bool before;        /* it was accepted before */
    json_t *successors; /* owned; of SH_E_CLOSED */
};

struct plans {
    struct plan *list;
    size_t len, cap;
};

static void plans_wipe(struct plans *plans)
{
    for (size_t i = 0; i < plans->len; i++) {
        draft_wipe(&plans->list[i].draft);
        json_decref(plans->list[i].successors);
    }
    free(plans->list);
    memset(plans, 0, sizeof *plans);
}

static sh_err plans_add(struct plans *plans, const char *name, struct plan **out)
{
    if (plans->len == plans->cap) {
        size_t cap = plans->cap ? plans->cap * 2 : 16;
        struct plan *more = realloc(plans->list, cap * sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        plans->list = more;
        plans->cap = cap;
    }
    struct plan *plan = &plans->list[plans->len++];
    memset(plan, 0, sizeof *plan);
    plan->name = name;
    *out = plan;
    return SH_OK;
}

/* ---- checking ---- */

/* The same document, waiting or accepted a short time ago, is the same message. */
static sh_err find_before(struct sh_client *client, const struct sending_order *order,
                          struct plan *plan)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message before;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    sh_err result =
        vault_message_by_duplicate(client->vault, &plan->draft.duplicate_key, arena, &before);
    if (result == SH_E_NOT_FOUND) {
        return SH_OK;
    }
    SH_TRY(result);
    bool accepted = before.state == MESSAGE_ACCEPTED;
    bool again = order->how && (order->how->flags & SH_CLIENT_AGAIN);
    bool long_ago =
        accepted && client_now_ms(client) - before.accepted_at_ms > SENDING_AGAIN_AFTER_MS;
    if (again || long_ago) {
        return SH_OK;
    }
    plan->row = before.row;
    plan->header_sha256 = before.header_sha256;
    plan->has_draft = false;
    plan->before = accepted;
    draft_wipe(&plan->draft);
    return SH_OK;
}

static sh_err make_draft(struct sh_client *client, const struct sending_order *order,
                         const struct draft_order *wanted, struct plan *plan)
{
    SH_TRY(draft_new(client, wanted, &plan->draft, &plan->why));
    plan->has_draft = true;
    return find_before(client, order, plan);
}

static sh_err make_plan(struct sh_client *client, const struct sending_order *order,
                        const json_t *document, struct plan *plan)
{
    const struct sh_client_send *how = order->how;
    struct draft_order wanted = {
        .document = document, .reply_to = order->message_id, .out_successors = &plan->successors};
    if (order->verb) {
        wanted.verb = answering_verb(order->verb);
        SH_CHECK(wanted.verb,
                 sh_fail(&plan->why, SH_E_USAGE, "there is no answer called '%s'", order->verb));
    } else if (how && how->reply_to) {
        wanted.reply_to = how->reply_to;
    }
    if (how) {
        wanted.to = how->to;
        wanted.to_len = how->to_len;
    }
    return make_draft(client, order, &wanted, plan);
}

/* Trouble of ours (disk, memory, passphrase) ends all; trouble of one document is its own. */
static bool is_of_document(sh_err result)
{
    return sh_err_class(result) == SH_CLASS_REJECT && result != SH_E_PASSPHRASE &&
           result != SH_E_EXPIRED && result != SH_E_BAD_TIME;
}

/* An earlier plan of this call with the same document. */
static const struct plan *find_twin(const struct plans *plans, const struct plan *plan)
{
    for (size_t i = 0; i < plans->len && &plans->list[i] != plan; i++) {
        const struct plan *other = &plans->list[i];
        if (plan->has_draft && other->has_draft &&
            hash_equal(&other->draft.duplicate_key, &plan->draft.duplicate_key)) {
            return other;
        }
    }
    return NULL;
}

static sh_err plan_json(struct sh_client *client, const struct sending_order *order,
                        const json_t *document, const char *name, struct plans *plans)
{
    struct plan *plan = NULL;
    SH_TRY(plans_add(plans, name, &plan));
    plan->result = make_plan(client, order, document, plan);
    bool again = order->how && (order->how->flags & SH_CLIENT_AGAIN);
    const struct plan *twin = plan->result == SH_OK && !again ? find_twin(plans, plan) : NULL;
    if (twin) {
        plan->result = sh_fail(&plan->why, SH_E_EXISTS, "the same document as %s",
                               twin->name ? twin->name : "another");
    }
    return SH_OK;
}

static sh_err plan_document(struct sh_client *client, const struct sending_order *order, size_t at,
                            struct plans *plans)
{
    const struct sh_client_document *document = &order->documents[at];
    SH_DEFER(json_freep) json_t *json = NULL;
    SH_DEFER(json_freep) json_t *parts = NULL;
    struct sh_why why = {{0}};
    sh_err result = document_parse(bytes_of(document->json, document->json_len), &json, &why);
    if (result == SH_OK && order->how && (order->how->flags & SH_CLIENT_SPLIT)) {
        result = document_split(json, &parts, &why);
    }
    if (result != SH_OK) {
        struct plan *plan = NULL;
        SH_TRY(plans_add(plans, document->name, &plan));
        plan->result = result;
        plan->why = why;
        return SH_OK;
    }
    for (size_t i = 0; parts && i < json_array_size(parts); i++) {
        SH_TRY(plan_json(client, order, json_array_get(parts, i), document->name, plans));
    }
    return parts ? SH_OK : plan_json(client, order, json, document->name, plans);
}

static sh_err plan_all(struct sh_client *client, const struct sending_order *order,
                       struct plans *plans, struct sh_why *why)
{
    for (size_t i = 0; i < order->documents_len; i++) {
        size_t first = plans->len;
        SH_TRY(plan_document(client, order, i, plans));
        for (size_t k = first; k < plans->len; k++) {
            sh_err result = plans->list[k].result;
            bool ends_all = result != SH_OK && (!order->many || !is_of_document(result));
            if (ends_all) {
                *why = plans->list[k].why;
                return result;
            }
        }
        if (order->documents_len > 1) {
            client_tell_progress(client, "checking documents", i + 1, order->documents_len);
        }
    }
    return SH_OK;
}

static sh_err plan_drafts(struct sh_client *client, const struct sending_order *order,
                          struct plans *plans, struct sh_why *why)
{
    for (size_t i = 0; i < order->drafts_len; i++) {
        struct plan *plan = NULL;
        SH_TRY(plans_add(plans, NULL, &plan));
        struct draft_order wanted = order->drafts[i];
        wanted.out_successors = &plan->successors;
        plan->result = make_draft(client, order, &wanted, plan);
        if (plan->result != SH_OK) {
            *why = plan->why;
            return plan->result;
        }
    }
    return SH_OK;
}

/* ---- storing ---- */

static sh_err read_header_hash(struct sh_client *client, const struct draft *draft,
                               struct plan *plan)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message message;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(vault_message_by_id(client->vault, &draft->facts.message_id, &draft->facts.message_id,
                               arena, &message));
    plan->header_sha256 = message.header_sha256;
    return SH_OK;
}

static sh_err store_all(struct sh_client *client, struct plans *plans, struct sh_why *why)
{
    size_t len = 0;
    struct draft *drafts = calloc(plans->len ? plans->len : 1, sizeof *drafts);
    int64_t *rows = calloc(plans->len ? plans->len : 1, sizeof *rows);
    sh_err result = drafts && rows ? SH_OK : SH_E_NOMEM;
    for (size_t i = 0; result == SH_OK && i < plans->len; i++) {
        if (plans->list[i].has_draft && plans->list[i].result == SH_OK) {
            drafts[len++] = plans->list[i].draft; /* a view: the plan still owns it */
        }
    }
    for (size_t at = 0; result == SH_OK && at < len; at += SH_BATCH_MAX) {
        size_t part = len - at < SH_BATCH_MAX ? len - at : SH_BATCH_MAX;
        result = outbox_put(client, drafts + at, part, rows + at, why);
    }
    for (size_t i = 0, k = 0; result == SH_OK && i < plans->len; i++) {
        if (plans->list[i].has_draft && plans->list[i].result == SH_OK) {
            plans->list[i].row = rows[k++];
            result = read_header_hash(client, &plans->list[i].draft, &plans->list[i]);
        }
    }
    free(drafts);
    free(rows);
    return result;
}

/* ---- telling ---- */

static sh_err add_warnings(struct sh_client *client, const struct facts *facts, json_t *result)
{
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, NULL));
    return successors_warn(directory, facts, client_now_ms(client), result);
}

sh_err sending_result(struct sh_client *client, const struct vault_message *message, json_t **out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *json = NULL;
    struct thread thread;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(thread_load(client, &message->thread_id, arena, &thread));
    const struct thread_entry *entry = thread_by_header(&thread, &message->header_sha256);
    SH_CHECK(entry, SH_E_CORRUPT);
    SH_TRY(entry_json(client, entry, &thread, &json));
    SH_TRY(add_warnings(client, &entry->header.facts, json));
    if (message->state == MESSAGE_ACCEPTED) {
        SH_TRY(entry_put(json, "state", json_string("accepted")));
        (void)json_object_del(json, "code");
        (void)json_object_del(json, "sentence");
    } else if (entry->header.facts.urgency >= URGENCY_URGENT) {
        SH_TRY(phone_book_put_act(client, &entry->header.facts, json));
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

/* The message that a plan has come to: the last of those that replaced one another. */
static sh_err find_outcome(struct sh_client *client, const struct plan *plan, struct arena *arena,
                           struct vault_message *out)
{
    struct vault_message message;
    SH_TRY(vault_message_by_header(client->vault, &plan->header_sha256, arena, &message));
    while (message.state == MESSAGE_REPLACED) {
        struct vault_message next;
        SH_TRY(vault_message_by_replaced(client->vault, &message.message_id, arena, &next));
        message = next;
    }
    *out = message;
    return SH_OK;
}

static sh_err tell_rejected(const struct plan *plan, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "state", json_string("rejected")));
    SH_TRY(entry_put(json, "code", json_string(sh_err_word(plan->result))));
    const char *sentence = plan->why.text[0] ? plan->why.text : sh_err_sentence(plan->result);
    SH_TRY(entry_put(json, "sentence", json_string(sentence)));
    SH_TRY(plan->successors ? entry_put(json, "successors", json_incref(plan->successors)) : SH_OK);
    *out = json;
    json = NULL;
    return SH_OK;
}

/* What one message adds to the result of all. */
struct told {
    sh_err code;
    bool waits;
};

static sh_err tell_one(struct sh_client *client, const struct plan *plan, json_t *list,
                       struct told *out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    json_t *json = NULL;
    struct vault_message message;
    *out = (struct told){.code = plan->result};
    if (plan->result != SH_OK) {
        SH_TRY(tell_rejected(plan, &json));
    } else {
        SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
        SH_TRY(find_outcome(client, plan, arena, &message));
        SH_TRY(sending_result(client, &message, &json));
        out->code = message.state == MESSAGE_REFUSED ? session_code(message.code) : SH_OK;
        out->waits = message.state == MESSAGE_WAITING;
    }
    SH_TRY(entry_append(list, json));
    if (plan->before) {
        SH_TRY(entry_put(json, "before", json_true()));
    }
    return plan->name ? entry_put(json, "name", json_string(plan->name)) : SH_OK;
}

/* With --split, or where a referral is passed on, one may be new. */
static bool all_before(const struct plans *plans)
{
    for (size_t i = 0; i < plans->len; i++) {
        if (!plans->list[i].before) {
            return false;
        }
    }
    return true;
}

/* *out: the worst code of all, and whether any still waits. */
static sh_err tell_all(struct sh_client *client, const struct sending_order *order,
                       const struct plans *plans, json_t *list, struct told *out,
                       struct sh_why *why)
{
    for (size_t i = 0; i < plans->len; i++) {
        const struct plan *plan = &plans->list[i];
        struct told one;
        SH_TRY(tell_one(client, plan, list, &one));
        out->waits = out->waits || one.waits;
        if (out->code == SH_OK && one.code != SH_OK) {
            out->code = plan->result != SH_OK ? sh_fail(why, one.code, "%s", plan->why.text)
                                              : sh_fail(why, one.code, "the relay refused it: %s",
                                                        sh_err_sentence(one.code));
        }
        if (out->code == SH_OK && plan->before && !order->many && all_before(plans)) {
            out->code =
                sh_fail(why, SH_E_EXISTS,
                        "this very document was sent and accepted within the last 24 hours");
        }
    }
    return SH_OK;
}

/* Of first messages that are there: whether those who must act fetch their mail at all. */
static sh_err tell_collected(struct sh_client *client, json_t *list)
{
    SH_DEFER(collected_wipe) struct collected collected = {.known = NULL};
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *result = json_array_get(list, i);
        const char *state = json_string_value(json_object_get(result, "state"));
        if (state && strcmp(state, "accepted") == 0) {
            SH_TRY(collected_put(client, &collected, result));
        }
    }
    return SH_OK;
}

/* A document that goes nowhere, because those it is for have closed: who may be written to instead.
 */
static sh_err tell_closed(const struct plans *plans, json_t *list)
{
    for (size_t i = 0; i < plans->len; i++) {
        json_t *json = NULL;
        if (plans->list[i].result == SH_E_CLOSED) {
            SH_TRY(tell_rejected(&plans->list[i], &json));
            SH_TRY(entry_append(list, json));
        }
    }
    return SH_OK;
}

sh_err sending_run(struct sh_client *client, const struct sending_order *order, json_t **out_json,
                   struct sh_why *why)
{
    SH_DEFER(plans_wipe) struct plans plans = {.list = NULL};
    SH_DEFER(json_freep) json_t *list = json_array();
    struct sh_why push_why = {{0}};
    struct told outcome = {.code = SH_OK};
    SH_CHECK(list, SH_E_NOMEM);
    sh_err planned = order->drafts ? plan_drafts(client, order, &plans, why)
                                   : plan_all(client, order, &plans, why);
    if (planned == SH_E_CLOSED) {
        SH_TRY(tell_closed(&plans, list));
        *out_json = list;
        list = NULL;
    }
    SH_TRY(planned);
    SH_TRY(store_all(client, &plans, why));
    sh_err pushed = outbox_push(client, &push_why);
    SH_TRY(tell_all(client, order, &plans, list, &outcome, why));
    SH_TRY(order->verb ? SH_OK : tell_collected(client, list));
    *out_json = list;
    list = NULL;
    SH_CHECK(outcome.code == SH_OK, outcome.code);
    /* That something older of the outbox waits on is no failure of this. A proof that fails always
     * is. */
    if (pushed != SH_OK && (outcome.waits || sh_err_class(pushed) != SH_CLASS_DEFER)) {
        return sh_fail(why, pushed, "%s",
                       push_why.text[0] ? push_why.text : sh_err_sentence(pushed));
    }
    return SH_OK;
}
