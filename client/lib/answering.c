/* See answering.h. */
#include "client/answering.h"

static const struct verb verbs[] = {
    {"ack", KIND_ACKNOWLEDGEMENT, false, false},
    {"decide", KIND_DECISION, false, false},
    {"reconsider", KIND_RECONSIDERATION, true, false},
    {"respond", KIND_RECONSIDERATION_RESPONSE, true, false},
    {"redirect", KIND_REDIRECT, false, false},
    {"request", KIND_REQUEST, true, false},
    {"reply", KIND_REPLY, false, false},
    {"note", KIND_NOTE, true, false},
    {"correct", KIND_CORRECTION, false, false},
    {"withdraw", KIND_WITHDRAWAL, false, false},
    {"close", KIND_CLOSE, false, false},
};

const struct verb *answering_verb(const char *word)
{
    for (size_t i = 0; word && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, word) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

const struct verb *answering_verb_of_kind(enum kind kind)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (verbs[i].kind == kind) {
            return &verbs[i];
        }
    }
    return NULL;
}

static sh_err check_answerable(const struct thread_entry *parent, struct sh_why *why)
{
    if (thread_is_readable(parent)) {
        return SH_OK;
    }
    if (parent->message.state == MESSAGE_UNREADABLE) {
        return sh_fail(why, SH_E_WRONG_ORDER,
                       "that message could not be read here, so it cannot be answered");
    }
    return sh_fail(why, SH_E_WRONG_ORDER,
                   "that message has not been accepted by the relay, so it cannot be answered yet");
}

sh_err answering_begin(struct sh_client *client, const struct verb *verb, const char *id,
                       struct arena *arena, struct answering *out, struct sh_why *why)
{
    struct answering answering = {
        .kind = verb->kind, .may_add = verb->may_add, .again = verb->again};
    SH_TRY(thread_find_message(client, id, arena, &answering.parent, why));
    SH_TRY(check_answerable(&answering.parent, why));
    SH_TRY(thread_load(client, &answering.parent.header.facts.thread_id, arena, &answering.thread));
    *out = answering;
    return SH_OK;
}

static sh_err agree_id(const json_t *document, const char *name, const struct sh_id *expected,
                       struct sh_why *why)
{
    const char *text = json_string_value(json_object_get(document, name));
    char digits[2 * SH_ID_BYTES + 1];
    hex_encode(BYTES_FIXED(*expected), digits);
    if (text && strcmp(text, digits) != 0) {
        return sh_fail(why, SH_E_JSON, "%s: is not that of the message answered, which is %s", name,
                       digits);
    }
    return SH_OK;
}

static sh_err agree_kind(enum kind kind, json_t *document, struct sh_why *why)
{
    const json_t *given = json_object_get(document, "kind");
    const char *word = json_string_value(given);
    if (given && (!word || strcmp(word, kind_word(kind)) != 0)) {
        return sh_fail(why, SH_E_JSON, "kind: must be \"%s\" here", kind_word(kind));
    }
    SH_CHECK(given || json_object_set_new(document, "kind", json_string(kind_word(kind))) == 0,
             SH_E_NOMEM);
    return SH_OK;
}

static uint32_t level_after(const struct answering *answering)
{
    uint32_t before = answering->parent.header.facts.level;
    if (answering->kind == KIND_RECONSIDERATION_RESPONSE) {
        return before ? before : 1;
    }
    /* A decision that a response carried can be contested from level 1 again. */
    return answering->parent.header.facts.outcome == OUTCOME_CHANGED ? 1 : before + 1;
}

static sh_err fill_level(const struct answering *answering, json_t *document)
{
    bool has_level =
        answering->kind == KIND_RECONSIDERATION || answering->kind == KIND_RECONSIDERATION_RESPONSE;
    if (!has_level || json_object_get(document, "level")) {
        return SH_OK;
    }
    json_t *level = json_integer((json_int_t)level_after(answering));
    return json_object_set_new(document, "level", level) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err answering_fit(const struct answering *answering, const struct address *own, json_t *document,
                     struct sh_why *why)
{
    const char *from = json_string_value(json_object_get(document, "from"));
    if (from && strcmp(from, own->text) != 0) {
        return sh_fail(why, SH_E_JSON, "from: this seat belongs to %s", own->text);
    }
    SH_TRY(agree_kind(answering->kind, document, why));
    SH_TRY(agree_id(document, "thread_id", &answering->parent.message.thread_id, why));
    SH_TRY(agree_id(document, "parent", &answering->parent.message.message_id, why));
    return fill_level(answering, document);
}

/* Those of the message's desks that it was sent to, as they were to it. */
static sh_err add_recipients(const struct facts *facts, const struct address *own, bool as_inform,
                             struct addressees *to)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *recipient = &facts->recipients[i];
        bool addressed = recipient->role == ROLE_ACT || recipient->role == ROLE_INFORM;
        if (addressed && !address_equal(&recipient->address, own)) {
            SH_TRY(
                addressees_add(to, &recipient->address, as_inform ? ROLE_INFORM : recipient->role));
        }
    }
    return SH_OK;
}

static sh_err implied(const struct answering *answering, const struct address *own,
                      struct addressees *to)
{
    const struct facts *parent = &answering->parent.header.facts;
    /* It goes to another desk than those who had it. */
    SH_CHECK(!answering->again, SH_OK);
    if (address_equal(&parent->from, own)) {
        return add_recipients(parent, own, false, to);
    }
    SH_TRY(addressees_add(to, &parent->from, ROLE_ACT));
    if (answering->kind == KIND_RECONSIDERATION_RESPONSE) {
        SH_TRY(add_recipients(parent, own, true, to));
    }
    return SH_OK;
}

static bool list_has(const json_t *list, const char *address)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text && strcmp(text, address) == 0) {
            return true;
        }
    }
    return false;
}

static sh_err agree_addressees(const struct answering *answering, const struct addressees *expected,
                               const json_t *document, struct sh_why *why)
{
    const json_t *to = json_object_get(document, "to"),
                 *inform = json_object_get(document, "inform");
    for (size_t i = 0; i < expected->len; i++) {
        const char *address = expected->list[i].address.text;
        /* Who is part of it may ask anybody. */
        bool needed = expected->list[i].role == ROLE_ACT && answering->kind != KIND_REQUEST;
        if (needed && !list_has(to, address) && !list_has(inform, address)) {
            return sh_fail(why, SH_E_JSON, "to: must name %s, whom this answers", address);
        }
    }
    for (size_t i = 0; !answering->may_add && i < json_array_size(to); i++) {
        const char *text = json_string_value(json_array_get(to, i));
        struct address address;
        if (text && address_from(text, &address) == SH_OK && !addressees_have(expected, &address)) {
            return sh_fail(why, SH_E_JSON, "to[%zu]: is no desk that this answers", i);
        }
    }
    return SH_OK;
}

static sh_err add_list(const json_t *document, const char *name, enum role role,
                       const struct address *own, struct addressees *out, struct sh_why *why)
{
    const json_t *list = json_object_get(document, name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        struct address address;
        if (!text || address_from(text, &address) != SH_OK) {
            return sh_fail(why, SH_E_JSON,
                           "%s[%zu]: not an address of the form desk@organisation.sector", name, i);
        }
        if (!address_equal(&address, own)) {
            SH_TRY(addressees_add(out, &address, role));
        }
    }
    return SH_OK;
}

/* Whoever referred first hears what becomes of it, also from the desk that it was passed on to. */
static sh_err add_referrers(const struct answering *answering, const struct address *own,
                            struct addressees *to)
{
    for (size_t i = 0; i < answering->referrers_len; i++) {
        if (!address_equal(&answering->referrers[i], own)) {
            SH_TRY(addressees_add(to, &answering->referrers[i], ROLE_ACT));
        }
    }
    return SH_OK;
}

sh_err answering_addressees(const struct answering *answering, const struct address *own,
                            const json_t *document, struct addressees *out, struct sh_why *why)
{
    struct addressees expected = {.len = 0};
    if (answering) {
        SH_TRY(implied(answering, own, &expected));
    }
    bool named = json_array_size(json_object_get(document, "to")) > 0;
    SH_TRY(answering ? add_referrers(answering, own, &expected) : SH_OK);
    /* A question goes to whom it is put, who need not be the desk whose message raised it. */
    bool must_agree = answering && named && answering->kind != KIND_REQUEST;
    SH_TRY(must_agree ? agree_addressees(answering, &expected, document, why) : SH_OK);
    SH_TRY(add_list(document, "to", ROLE_ACT, own, out, why));
    SH_TRY(add_list(document, "inform", ROLE_INFORM, own, out, why));
    for (size_t i = 0; !named && i < expected.len; i++) {
        SH_TRY(addressees_add(out, &expected.list[i].address, expected.list[i].role));
    }
    return SH_OK;
}

static bool is_enclosed(const struct answering *answering, const struct thread_entry *entry)
{
    if (!thread_is_readable(entry)) {
        return false;
    }
    switch (entry->header.facts.kind) {
    case KIND_DECISION:
    case KIND_RECONSIDERATION:
    case KIND_RECONSIDERATION_RESPONSE:
        return true;
    default:
        return id_equal(&entry->message.message_id, &answering->parent.message.thread_id) ||
               hash_equal(&entry->message.header_sha256, &answering->parent.message.header_sha256);
    }
}

sh_err answering_enclosed(const struct answering *answering, struct arena *arena,
                          const struct thread_entry *const **out, size_t *out_len)
{
    size_t len = 0;
    const struct thread_entry **list =
        arena_array(arena, answering->thread.len, sizeof(struct thread_entry *));
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; answering->kind == KIND_RECONSIDERATION && i < answering->thread.len; i++) {
        if (is_enclosed(answering, &answering->thread.entries[i])) {
            list[len++] = &answering->thread.entries[i];
        }
    }
    *out = list;
    *out_len = len;
    return SH_OK;
}
