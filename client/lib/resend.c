/* See resend.h. Both make a document from the words of a stored message and hand it to sending.c,
 * which knows a repeated one again; nothing is sent from here. */
#include "client/resend.h"

#include "client/entry.h"
#include "client/sending.h"
#include "client/successors.h"
#include "client/unsealing.h"

/* What is sent again, and because of what. */
struct again {
    struct arena *arena;
    struct thread thread;
    const struct thread_entry *redirect, *original;
    json_t *document; /* owned */
    char parent[2 * SH_ID_BYTES + 1];
    struct verb verb;
};

static void again_wipe(struct again *again)
{
    json_decref(again->document);
    arena_free(&again->arena);
}

static sh_err load(struct sh_client *client, const char *id, struct again *again,
                   const struct thread_entry **out, struct sh_why *why)
{
    struct thread_entry found;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &again->arena));
    SH_TRY(thread_find_message(client, id, again->arena, &found, why));
    SH_TRY(thread_load(client, &found.header.facts.thread_id, again->arena, &again->thread));
    *out = thread_by_header(&again->thread, &found.message.header_sha256);
    SH_CHECK(*out, SH_E_CORRUPT);
    return SH_OK;
}

static bool is_sent_again(enum kind kind)
{
    return kind == KIND_REFERRAL || kind == KIND_NOTIFICATION || kind == KIND_REQUEST ||
           kind == KIND_RECORD_TRANSFER;
}

/* The words, without what belongs to the first journey. */
static sh_err take_words(struct sh_client *client, struct again *again, struct sh_why *why)
{
    static const char *const of_the_journey[] = {"from", "to", "inform", "thread_id", "parent"};
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(client, &again->original->message, again->arena, &envelope,
                                 &opened, why));
    again->document = json_deep_copy(opened.content.casework);
    SH_CHECK(again->document, SH_E_NOMEM);
    for (size_t i = 0; i < sizeof of_the_journey / sizeof of_the_journey[0]; i++) {
        (void)json_object_del(again->document, of_the_journey[i]);
    }
    again->verb = (struct verb){.word = "resend",
                                .kind = again->original->header.facts.kind,
                                .may_add = true,
                                .again = true};
    return SH_OK;
}

/* ---- sent again by who sent it first ---- */

static bool is_redirect_of(const struct thread_entry *entry, const struct thread_entry *original)
{
    return thread_is_readable(entry) && entry->header.facts.kind == KIND_REDIRECT &&
           entry->header.facts.has_parent &&
           hash_equal(&entry->header.facts.parent, &original->message.header_sha256);
}

/* An accepted or waiting message of ours that sends again because of this redirect. */
static const struct thread_entry *find_sent(const struct again *again,
                                            const struct thread_entry *redirect)
{
    for (size_t i = 0; i < again->thread.len; i++) {
        const struct thread_entry *entry = &again->thread.entries[i];
        bool stands =
            entry->message.state == MESSAGE_ACCEPTED || entry->message.state == MESSAGE_WAITING;
        if (stands && entry->header.facts.has_parent && is_sent_again(entry->header.facts.kind) &&
            hash_equal(&entry->header.facts.parent, &redirect->message.header_sha256)) {
            return entry;
        }
    }
    return NULL;
}

/* Several desks may have redirected it: the newest that nothing was sent for yet, else the newest.
 */
static const struct thread_entry *find_redirect(const struct again *again)
{
    const struct thread_entry *newest = NULL, *open = NULL;
    for (size_t i = 0; i < again->thread.len; i++) {
        const struct thread_entry *entry = &again->thread.entries[i];
        if (is_redirect_of(entry, again->original)) {
            newest = entry;
            open = find_sent(again, entry) ? open : entry;
        }
    }
    return open ? open : newest;
}

static sh_err check_ours(struct sh_client *client, const struct again *again, struct sh_why *why)
{
    const struct facts *facts = &again->original->header.facts;
    if (!address_equal(&facts->from, keyring_address(client->keyring))) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "%s sent it, and only they can send it again; if it is not yours, "
                       "'safehand redirect' says so%s",
                       facts->from.text,
                       facts->kind == KIND_REFERRAL ? ", and with --pass-on passes it on" : "");
    }
    if (!is_sent_again(facts->kind)) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "a referral, a notification, a request or a transfer of records can be sent "
                       "again; %s cannot",
                       kind_word(facts->kind));
    }
    return SH_OK;
}

/* `id` names the redirect, or what was redirected. */
static sh_err find_again(struct sh_client *client, const char *id, struct again *again,
                         struct sh_why *why)
{
    const struct thread_entry *named = NULL;
    SH_TRY(load(client, id, again, &named, why));
    again->original = named;
    if (named->header.facts.kind == KIND_REDIRECT) {
        again->redirect = named;
        again->original = thread_by_header(&again->thread, &named->header.facts.parent);
        SH_CHECK(again->original,
                 sh_fail(why, SH_E_NOT_FOUND, "this seat does not hold what was redirected"));
    }
    SH_TRY(check_ours(client, again, why));
    again->redirect = again->redirect ? again->redirect : find_redirect(again);
    if (!again->redirect) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "nobody has said that it is not theirs, so there is nothing to send again: "
                       "withdraw it and send a new one, or send a new one to the other desk");
    }
    hex_encode(BYTES_FIXED(again->redirect->message.message_id), again->parent);
    return SH_OK;
}

/* The successors of whoever said that it has closed: the caller asks a person. */
static sh_err propose_successors(struct sh_client *client, const struct again *again, json_t **list,
                                 struct sh_why *why)
{
    struct directory *directory = NULL;
    struct closing closing;
    SH_TRY(client_directory(client, &directory, why));
    SH_CHECK(successors_look(directory, &again->redirect->header.facts.from, client_now_ms(client),
                             &closing),
             SH_OK);
    SH_DEFER(json_freep) json_t *rejected = json_object();
    json_t *successors = json_array();
    SH_CHECK(rejected, SH_E_NOMEM);
    SH_TRY(entry_put(rejected, "successors", successors));
    SH_TRY(successors_list(&closing, successors));
    SH_TRY(entry_put(rejected, "state", json_string("rejected")));
    SH_TRY(entry_put(rejected, "code", json_string(sh_err_word(SH_E_CLOSED))));
    successors_write(&closing, false, why);
    SH_TRY(entry_put(rejected, "sentence", json_string(why->text)));
    *list = json_array();
    SH_TRY(entry_append(*list, json_incref(rejected)));
    return SH_E_CLOSED;
}

/* Nothing goes where only the desk that redirected says: a person names the desk. */
static sh_err ask_whither(struct sh_client *client, const struct again *again, json_t **out_json,
                          struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(client, &again->redirect->message, again->arena, &envelope,
                                 &opened, why));
    const char *named = json_string_value(json_object_get(opened.content.casework, "to_address"));
    if (named) {
        return sh_fail(why, SH_E_USAGE, "say to whom with --to; %s names %s",
                       again->redirect->header.facts.from.text, named);
    }
    if (again->redirect->header.facts.outcome == OUTCOME_ORGANISATION_CLOSED) {
        SH_TRY(propose_successors(client, again, out_json, why));
    }
    return sh_fail(why, SH_E_USAGE,
                   "say to whom with --to; the redirect names no desk ('safehand show %.8s' has "
                   "what it says, 'safehand directory search' finds desks)",
                   again->parent);
}

static sh_err check_whither(struct sh_client *client, const struct again *again,
                            const struct sh_client_send *how, json_t **out_json, struct sh_why *why)
{
    if (!how || how->to_len == 0) {
        return ask_whither(client, again, out_json, why);
    }
    if (how->to_len != 1) {
        return sh_fail(why, SH_E_USAGE, "one desk at a time: each is a message of its own");
    }
    SH_CHECK(again->redirect, SH_E_BUG);
    if (strcmp(how->to[0], again->redirect->header.facts.from.text) == 0) {
        return sh_fail(why, SH_E_USAGE, "%s has said that it is not theirs", how->to[0]);
    }
    if (strcmp(how->to[0], keyring_address(client->keyring)->text) == 0) {
        return sh_fail(why, SH_E_USAGE, "that is your own desk");
    }
    return SH_OK;
}

/* What this seat sent a short time ago, or has not sent yet, sending.c knows again and tells of. */
static bool is_known_anyhow(struct sh_client *client, const struct vault_message *message)
{
    bool fresh = client_now_ms(client) - message->accepted_at_ms <= SENDING_AGAIN_AFTER_MS;
    return message->box == BOX_SENT && (message->state != MESSAGE_ACCEPTED || fresh);
}

static bool went_there(const struct facts *facts, const char *desk)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (strcmp(facts->recipients[i].address.text, desk) == 0) {
            return true;
        }
    }
    return false;
}

/* A colleague, or this seat a while ago, has sent it there already. */
static sh_err check_not_sent(struct sh_client *client, const struct again *again,
                             const char *whither, struct sh_why *why)
{
    const struct thread_entry *answered = again->redirect ? again->redirect : again->original;
    for (size_t i = 0; i < again->thread.len; i++) {
        const struct thread_entry *entry = &again->thread.entries[i];
        const struct facts *facts = &entry->header.facts;
        bool because =
            facts->has_parent && hash_equal(&facts->parent, &answered->message.header_sha256);
        if (because && entry->message.box != BOX_RECEIVED && is_sent_again(facts->kind) &&
            !is_known_anyhow(client, &entry->message) && went_there(facts, whither)) {
            return sh_fail(why, SH_E_EXISTS, "%s has sent it there already",
                           entry->message.box == BOX_COPY ? "a colleague of your desk"
                                                          : "this seat");
        }
    }
    return SH_OK;
}

sh_err resend_run(struct sh_client *client, const char *id, const struct sh_client_send *how,
                  json_t **out_json, struct sh_why *why)
{
    SH_DEFER(again_wipe) struct again again = {.arena = NULL};
    SH_TRY(find_again(client, id, &again, why));
    SH_TRY(check_whither(client, &again, how, out_json, why));
    bool anew = how->flags & SH_CLIENT_AGAIN;
    SH_TRY(anew ? SH_OK : check_not_sent(client, &again, how->to[0], why));
    SH_TRY(take_words(client, &again, why));
    const struct draft_order draft = {.document = again.document,
                                      .verb = &again.verb,
                                      .reply_to = again.parent,
                                      .to = how->to,
                                      .to_len = how->to_len,
                                      .again = again.original};
    const struct sending_order order = {.drafts = &draft, .drafts_len = 1, .how = how};
    return sending_run(client, &order, out_json, why);
}

/* ---- passed on by who redirects it ---- */

static sh_err check_referral(struct sh_client *client, const struct again *again,
                             struct sh_why *why)
{
    const struct facts *facts = &again->original->header.facts;
    if (facts->kind != KIND_REFERRAL) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "only a referral may be passed on; redirect this, and %s sends it again to "
                       "whom it is for",
                       facts->from.text);
    }
    if (address_equal(&facts->from, keyring_address(client->keyring))) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "your own desk sent it: 'safehand resend' sends it "
                       "again to another");
    }
    return SH_OK;
}

/* The sender is told in the same message. */
static sh_err address_passed(const struct again *again, const char *whither, struct sh_why *why)
{
    const char *sender = again->original->header.facts.from.text;
    if (!whither) {
        return sh_fail(why, SH_E_JSON, "to_address: missing: to whom it is passed on");
    }
    if (strcmp(whither, sender) == 0) {
        return sh_fail(why, SH_E_JSON, "to_address: is the desk that sent it");
    }
    SH_TRY(entry_put(again->document, "to", json_pack("[s]", whither)));
    return entry_put(again->document, "inform", json_pack("[s]", sender));
}

sh_err resend_pass_on(struct sh_client *client, const struct sending_order *order,
                      json_t **out_json, struct sh_why *why)
{
    SH_DEFER(again_wipe) struct again again = {.arena = NULL};
    SH_DEFER(json_freep) json_t *redirect = NULL;
    const struct sh_client_document *text = &order->documents[0];
    SH_TRY(document_parse(bytes_of(text->json, text->json_len), &redirect, why));
    if (order->how->to_len > 0) {
        return sh_fail(why, SH_E_USAGE,
                       "the document's to_address says to whom it is passed on, not --to");
    }
    SH_TRY(load(client, order->message_id, &again, &again.original, why));
    SH_TRY(check_referral(client, &again, why));
    SH_TRY(take_words(client, &again, why));
    const char *whither = json_string_value(json_object_get(redirect, "to_address"));
    SH_TRY(address_passed(&again, whither, why));
    bool anew = order->how->flags & SH_CLIENT_AGAIN;
    SH_TRY(anew ? SH_OK : check_not_sent(client, &again, whither, why));
    hex_encode(BYTES_FIXED(again.original->message.message_id), again.parent);
    /* The referral first: its sender is never told of a redirect that leaves the next step to them.
     */
    const struct draft_order drafts[] = {
        {.document = again.document,
         .verb = &again.verb,
         .reply_to = again.parent,
         .again = again.original},
        {.document = redirect, .verb = answering_verb("redirect"), .reply_to = again.parent},
    };
    const struct sending_order both = {.drafts = drafts, .drafts_len = 2, .how = order->how};
    return sending_run(client, &both, out_json, why);
}
