/* See draft.h. */
#include "client/draft.h"

#include "base/random.h"
#include "client/dates.h"
#include "client/successors.h"
#include "client/unsealing.h"

void draft_wipe(struct draft *draft)
{
    json_decref(draft->casework);
    directory_free(&draft->directory);
    arena_free(&draft->arena);
    memset(draft, 0, sizeof *draft);
}

static sh_err begin(struct sh_client *client, struct draft *draft, struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &draft->arena));
    SH_TRY(dates_check_certificate(client, why));
    SH_TRY(client_directory(client, &directory, why));
    draft->directory = directory_ref(directory);
    return SH_OK;
}

/* ---- what stands in the header ---- */

static sh_err fill_ids(struct sh_client *client, const struct answering *answering,
                       struct facts *facts)
{
    SH_TRY(random_id(&facts->message_id));
    facts->thread_id = answering ? answering->parent.message.thread_id : facts->message_id;
    facts->has_parent = answering != NULL;
    if (answering) {
        facts->parent = answering->parent.message.header_sha256;
    }
    facts->from = *keyring_address(client->keyring);
    facts->seat = *keyring_seat(client->keyring);
    facts->created_at_ms = client_now_ms(client);
    return SH_OK;
}

static sh_err cite_one(struct sh_client *client, const json_t *value, struct arena *arena,
                       struct cite *out)
{
    if (json_is_integer(value)) {
        SH_CHECK(json_integer_value(value) >= 0, SH_E_JSON);
        *out = (struct cite){.is_index = true, .log_index = (uint64_t)json_integer_value(value)};
        return SH_OK;
    }
    struct thread_entry entry;
    SH_TRY(thread_find_message(client, json_string_value(value), arena, &entry, NULL));
    *out = (struct cite){.header_sha256 = entry.message.header_sha256};
    return SH_OK;
}

static sh_err cite_named(struct sh_client *client, const json_t *list, struct draft *draft,
                         struct sh_why *why)
{
    size_t len = json_array_size(list);
    SH_CHECK(len <= SH_CITES_MAX,
             sh_fail(why, SH_E_JSON, "cites: more than %u entries", SH_CITES_MAX));
    struct cite *cites = arena_array(draft->arena, len, sizeof *cites);
    SH_CHECK(cites, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        sh_err result = cite_one(client, json_array_get(list, i), draft->arena, &cites[i]);
        if (result != SH_OK) {
            return sh_fail(why, SH_E_JSON,
                           "cites[%zu]: neither a message that this seat holds nor a log index", i);
        }
    }
    draft->facts.cites = cites;
    draft->facts.cites_len = len;
    return SH_OK;
}

/* What is contested: as the document says, else the decision, else the entry of the log that says
 * that none came. */
static sh_err fill_cites(struct sh_client *client, const struct answering *answering,
                         struct draft *draft, struct sh_why *why)
{
    const json_t *named = json_object_get(draft->casework, "cites");
    if (json_array_size(named) > 0) {
        return cite_named(client, named, draft, why);
    }
    if (!answering || answering->kind != KIND_RECONSIDERATION) {
        return SH_OK;
    }
    struct cite *cite = arena_alloc(draft->arena, sizeof *cite);
    SH_CHECK(cite, SH_E_NOMEM);
    if (answering->contested) {
        *cite = (struct cite){.header_sha256 = answering->contested->message.header_sha256};
    } else if (answering->has_overdue) {
        *cite = (struct cite){.is_index = true, .log_index = answering->overdue_index};
    } else {
        return sh_fail(
            why, SH_E_CITES_NOTHING,
            "there is nothing to contest yet: no decision or answer has come to what was asked "
            "last, and none is overdue");
    }
    draft->facts.cites = cite;
    draft->facts.cites_len = 1;
    return SH_OK;
}

static sh_err fill_codes(struct sh_client *client, const struct answering *answering,
                         struct draft *draft, struct sh_why *why)
{
    uint32_t children = 0;
    if (answering) {
        SH_TRY(enclose_children_of_thread(client, answering, draft->arena, &children, why));
    }
    return casework_facts(draft->casework, children, draft->arena, &draft->facts, why);
}

/* ---- to whom ---- */

static sh_err add_more(const struct draft_order *order, const struct address *own,
                       struct addressees *to, struct sh_why *why)
{
    for (size_t i = 0; i < order->to_len; i++) {
        struct address address;
        if (address_from(order->to[i], &address) != SH_OK) {
            return sh_fail(why, SH_E_BAD_ADDRESS,
                           "a recipient is not of the form desk@organisation.sector");
        }
        if (!address_equal(&address, own)) {
            SH_TRY(addressees_add(to, &address, ROLE_ACT));
        }
    }
    return SH_OK;
}

static sh_err seat(struct sh_client *client, const struct addressees *to, struct draft *draft,
                   struct sh_why *why)
{
    struct thread thread = {.len = 0};
    SH_TRY(draft->facts.has_parent
               ? thread_load(client, &draft->facts.thread_id, draft->arena, &thread)
               : SH_OK);
    struct seating_order order = {
        .directory = draft->directory,
        .thread = &thread,
        .own = keyring_address(client->keyring),
        .own_seat = keyring_seat(client->keyring),
        .not_to_own_desk = draft->facts.not_to_own_desk,
        .urgent = draft->facts.urgency >= URGENCY_URGENT,
    };
    SH_TRY(addressees_seat(to, &order, draft->arena, &draft->seating, why));
    draft->facts.recipients = draft->seating.recipients;
    draft->facts.recipients_len = draft->seating.recipients_len;
    return SH_OK;
}

/* Desks of organisations that have closed: before anything is checked further or sealed. *out:
 * the recipients of `order` without them. */
static sh_err settle_closed(struct sh_client *client, const struct draft_order *order,
                            struct draft *draft, struct draft_order *out, struct sh_why *why)
{
    const char **to = arena_array(draft->arena, order->to_len, sizeof *to);
    SH_CHECK(to, SH_E_NOMEM);
    for (size_t i = 0; i < order->to_len; i++) {
        to[i] = order->to[i];
    }
    struct successors_order settling = {.directory = draft->directory,
                                        .now_ms = client_now_ms(client),
                                        .to = to,
                                        .to_len = order->to_len,
                                        .out_list = order->out_successors};
    SH_TRY(successors_settle(&settling, draft->casework, why));
    out->to = to;
    out->to_len = settling.to_len;
    return SH_OK;
}

static sh_err check_closed(struct sh_client *client, const struct draft_order *order,
                           const struct addressees *to, const struct draft *draft,
                           struct sh_why *why)
{
    struct successors_order checking = {.directory = draft->directory,
                                        .now_ms = client_now_ms(client),
                                        .out_list = order->out_successors};
    return successors_check(&checking, to, why);
}

/* What answers a concern of one's own desk stays there with it. */
static bool is_kept_here(const struct answering *answering)
{
    const struct thread_entry *parent = &answering->parent;
    return parent->message.row != 0 && parent->header.facts.recipients_len == 1;
}

static sh_err fill_recipients(struct sh_client *client, const struct draft_order *order,
                              const struct answering *answering, struct draft *draft,
                              struct sh_why *why)
{
    const struct address *own = keyring_address(client->keyring);
    struct addressees to = {.len = 0};
    SH_TRY(answering_addressees(answering, own, draft->casework, &to, why));
    SH_TRY(add_more(order, own, &to, why));
    if (to.len == 0 && draft->facts.kind != KIND_CONCERN &&
        (!answering || !is_kept_here(answering))) {
        return sh_fail(why, SH_E_JSON, "to: names no other desk");
    }
    SH_TRY(check_closed(client, order, &to, draft, why));
    return seat(client, &to, draft, why);
}

/* ---- the document ---- */

static bool begins_threads(enum kind kind)
{
    switch (kind) {
    case KIND_REFERRAL:
    case KIND_NOTIFICATION:
    case KIND_CONCERN:
    case KIND_REQUEST:
    case KIND_CHRONOLOGY:
    case KIND_RECORD_TRANSFER:
        return true;
    default:
        return false;
    }
}

/* A first message needs `to`; if only the caller gave recipients, they are it. Beside an answer
 * they are further ones. */
static sh_err put_recipients(const struct draft_order *order, json_t *casework)
{
    SH_CHECK(!order->verb || begins_threads(order->verb->kind), SH_OK);
    SH_CHECK(order->to_len > 0 && json_array_size(json_object_get(casework, "to")) == 0, SH_OK);
    SH_DEFER(json_freep) json_t *to = json_array();
    SH_CHECK(to, SH_E_NOMEM);
    for (size_t i = 0; i < order->to_len; i++) {
        SH_CHECK(json_array_append_new(to, json_string(order->to[i])) == 0, SH_E_NOMEM);
    }
    return json_object_set(casework, "to", to) == 0 ? SH_OK : SH_E_NOMEM;
}

/* A message of its own, or one that names what it follows. */
static sh_err check_first(struct sh_client *client, const json_t *casework, struct sh_why *why)
{
    enum kind kind;
    const struct address *own = keyring_address(client->keyring);
    const char *from = json_string_value(json_object_get(casework, "from"));
    SH_TRY(document_kind(casework, &kind, why));
    if (!begins_threads(kind)) {
        const struct verb *verb = answering_verb_of_kind(kind);
        return sh_fail(why, SH_E_JSON, "kind: answers a message; use 'safehand %s ID FILE.json'",
                       verb ? verb->word : "note");
    }
    if (from && strcmp(from, own->text) != 0) {
        return sh_fail(why, SH_E_JSON, "from: this seat belongs to %s", own->text);
    }
    if (json_object_get(casework, "thread_id")) {
        return sh_fail(
            why, SH_E_JSON,
            "thread_id: a first message gets its own; name the message it follows in parent");
    }
    return SH_OK;
}

static sh_err find_answered(struct sh_client *client, const struct draft_order *order,
                            struct draft *draft, struct answering *answering, bool *out_answers,
                            struct sh_why *why)
{
    const char *id = order->reply_to;
    struct verb any = {.word = "send", .may_add = true};
    const struct verb *verb = order->verb;
    if (!id) {
        id = json_string_value(json_object_get(draft->casework, "parent"));
    }
    *out_answers = id != NULL;
    if (!id) {
        return check_first(client, draft->casework, why);
    }
    if (!verb) {
        SH_TRY(document_kind(draft->casework, &any.kind, why));
        verb = answering_verb_of_kind(any.kind) ? answering_verb_of_kind(any.kind) : &any;
    }
    SH_TRY(answering_begin(client, verb, id, draft->arena, answering, why));
    SH_TRY(answering_contest(client, draft->casework, draft->arena, answering));
    SH_TRY(answering_referrers(client, draft->arena, answering, why));
    return answering_fit(answering, keyring_address(client->keyring), draft->casework, why);
}

static sh_err enclose(struct sh_client *client, const struct draft_order *order,
                      const struct answering *answering, struct draft *draft, struct sh_why *why)
{
    const struct thread_entry *const *enclosed = NULL;
    size_t len = 0;
    if (answering && answering->again) {
        return enclose_again(client, order->again, draft, why);
    }
    if (answering) {
        SH_TRY(answering_enclosed(answering, draft->arena, &enclosed, &len));
    }
    if (len > 0) {
        return enclose_messages(client, enclosed, len, draft, why);
    }
    return draft->facts.kind == KIND_CHRONOLOGY ? enclose_entries(client, draft, why)
                                                : enclose_promoted(client, draft, why);
}

static sh_err fill_key(struct sh_client *client, const struct draft_order *order,
                       const struct answering *answering, struct draft *draft, struct sh_why *why)
{
    struct sh_hash key;
    struct document_key_order by = {.key = &key, .to = order->to, .to_len = order->to_len};
    SH_TRY(keyring_vault_key(client->keyring, &key, why));
    if (answering) {
        by.parent = &answering->parent.message.header_sha256;
    }
    return document_key(order->document, &by, &draft->duplicate_key);
}

sh_err draft_new(struct sh_client *client, const struct draft_order *order, struct draft *out,
                 struct sh_why *why)
{
    SH_DEFER(draft_wipe) struct draft draft = {.arena = NULL};
    struct answering found;
    bool answers = false;
    SH_TRY(begin(client, &draft, why));
    draft.casework = json_deep_copy(order->document);
    SH_CHECK(draft.casework, SH_E_NOMEM);
    SH_TRY(put_recipients(order, draft.casework));
    SH_TRY(find_answered(client, order, &draft, &found, &answers, why));
    const struct answering *answering = answers ? &found : NULL;
    struct draft_order settled = *order;
    SH_TRY(answers && !found.again ? SH_OK : settle_closed(client, order, &draft, &settled, why));
    SH_TRY(casework_check(draft.casework, why));
    SH_TRY(fill_ids(client, answering, &draft.facts));
    SH_TRY(fill_codes(client, answering, &draft, why));
    SH_TRY(fill_cites(client, answering, &draft, why));
    SH_TRY(fill_recipients(client, &settled, answering, &draft, why));
    SH_TRY(enclose(client, order, answering, &draft, why));
    SH_TRY(fill_key(client, order, answering, &draft, why));
    *out = draft;
    memset(&draft, 0, sizeof draft);
    return SH_OK;
}

/* ---- again ---- */

/* Encoded and decoded, so that every list of the facts is in the draft's own arena. */
static sh_err copy_facts(const struct opened *opened, struct draft *draft)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
    struct bytes copy;
    struct header header;
    SH_TRY(header_encode(&opened->header, &bytes));
    SH_TRY(arena_copy(draft->arena, bytes_buf(&bytes), &copy));
    SH_TRY(header_decode(copy, draft->arena, &header));
    draft->facts = header.facts;
    return SH_OK;
}

static sh_err copy_enclosures(const struct opened *opened, struct draft *draft)
{
    struct bytes copy;
    struct content content;
    /* The content's own bytes, decoded once more over memory that outlives the opened message. */
    SH_TRY(arena_copy(draft->arena, bytes_buf(&opened->plain), &copy));
    SH_TRY(content_decode(copy, draft->arena, &content, NULL));
    draft->casework = content.casework;
    draft->enclosures_len = content.enclosures_len;
    draft->enclosures =
        arena_array(draft->arena, content.enclosures_len, sizeof *draft->enclosures);
    SH_CHECK(draft->enclosures, SH_E_NOMEM);
    if (content.enclosures_len > 0) {
        memcpy(draft->enclosures, content.enclosures,
               content.enclosures_len * sizeof *draft->enclosures);
    }
    return SH_OK;
}

static sh_err seat_again(struct sh_client *client, struct draft *draft, struct sh_why *why)
{
    struct addressees to = {.len = 0};
    for (size_t i = 0; i < draft->facts.recipients_len; i++) {
        const struct recipient *recipient = &draft->facts.recipients[i];
        if (recipient->role == ROLE_ACT || recipient->role == ROLE_INFORM) {
            SH_TRY(addressees_add(&to, &recipient->address, recipient->role));
        }
    }
    return seat(client, &to, draft, why);
}

sh_err draft_again(struct sh_client *client, const struct vault_message *message, struct draft *out,
                   struct sh_why *why)
{
    SH_DEFER(draft_wipe) struct draft draft = {.arena = NULL};
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(begin(client, &draft, why));
    SH_TRY(unsealing_open_stored(client, message, draft.arena, &envelope, &opened, why));
    SH_TRY(copy_facts(&opened, &draft));
    SH_TRY(copy_enclosures(&opened, &draft));
    bool first = id_equal(&draft.facts.thread_id, &draft.facts.message_id);
    SH_TRY(random_id(&draft.facts.message_id));
    draft.facts.thread_id = first ? draft.facts.message_id : draft.facts.thread_id;
    draft.facts.created_at_ms = client_now_ms(client);
    SH_TRY(seat_again(client, &draft, why));
    draft.duplicate_key = message->duplicate_key;
    draft.replaces = message->message_id;
    draft.reseals = message->reseals + 1;
    *out = draft;
    memset(&draft, 0, sizeof draft);
    return SH_OK;
}

sh_err draft_seal(struct sh_client *client, const struct draft *draft, struct buf *out_header,
                  struct buf *out_sealed, struct sh_why *why)
{
    const struct key *sign_key = NULL;
    SH_TRY(keyring_sign_key(client->keyring, &sign_key, why));
    const struct envelope_order order = {
        .facts = &draft->facts,
        .casework = draft->casework,
        .enclosures = draft->enclosures,
        .enclosures_len = draft->enclosures_len,
        .sign_key = sign_key,
        .sign_cert = keyring_sign_cert(client->keyring),
        .seal_certs = draft->seating.seal_certs,
        .seal_certs_len = draft->seating.seal_certs_len,
        .now_ms = client_now_ms(client),
    };
    return envelope_seal(&order, out_header, out_sealed, why);
}
