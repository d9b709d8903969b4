/* See outstanding.h: a thread, its clocks, and what was said about each of its messages. The
 * statements were verified when they came (receive.c, outbox_push.c); `track` verifies them anew.
 */
#include "client/outstanding.h"
#include "wire/log.h"

sh_err casefile_read_fact(const struct vault_fact *in, struct arena *arena, struct case_fact *out)
{
    struct statement statement;
    struct leaf leaf;
    SH_CHECK(statement_decode(in->statement, arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_decode(statement.leaf, &leaf) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, arena, &out->facts) == SH_OK, SH_E_CORRUPT);
    out->type = leaf.type;
    out->at_ms = leaf.time_ms;
    out->log_index = statement.index;
    return SH_OK;
}

static sh_err read_facts(struct casefile *file, struct case_message *message)
{
    struct vault_fact *rows = NULL;
    size_t len = 0;
    SH_TRY(vault_facts(file->client->vault, &message->entry->message.header_sha256, file->arena,
                       &rows, &len));
    struct case_fact *facts = arena_array(file->arena, len + 1, sizeof *facts);
    SH_CHECK(facts, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        SH_TRY(casefile_read_fact(&rows[i], file->arena, &facts[i]));
    }
    message->facts = facts;
    message->facts_len = len;
    return SH_OK;
}

static sh_err read_message(struct casefile *file, const struct thread_entry *entry,
                           struct case_message *out)
{
    const struct vault_fact accepted = {.statement = entry->message.accepted};
    struct case_fact fact;
    *out = (struct case_message){.entry = entry};
    SH_TRY(casefile_read_fact(&accepted, file->arena, &fact));
    out->log_index = fact.log_index;
    out->clocks = fact.facts.clocks;
    out->clocks_len = fact.facts.clocks_len;
    return read_facts(file, out);
}

/* Several may have been accepted in one millisecond: the log has the order. */
static int by_log_index(const void *left, const void *right)
{
    const struct case_message *a = left, *b = right;
    return a->log_index < b->log_index ? -1 : a->log_index > b->log_index;
}

static bool was_opened(const struct case_message *message)
{
    for (size_t i = 0; i < message->facts_len; i++) {
        if (message->facts[i].type == LEAF_OPENED) {
            return true;
        }
    }
    return false;
}

static sh_err make_view(struct casefile *file, const struct case_message *messages, size_t len)
{
    struct thread_message *view = arena_array(file->arena, len + 1, sizeof *view);
    SH_CHECK(view, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        const struct vault_message *row = &messages[i].entry->message;
        view[i] = (struct thread_message){
            .header_sha256 = row->header_sha256,
            .message_id = row->message_id,
            .facts = &messages[i].entry->header.facts,
            .accepted_ms = row->accepted_at_ms,
            .opened = was_opened(&messages[i]),
        };
    }
    file->messages = messages;
    file->view = (struct thread_view){.messages = view, .len = len};
    return SH_OK;
}

sh_err casefile_load(struct sh_client *client, const struct sh_id *thread_id, struct arena *arena,
                     struct casefile *out)
{
    struct thread thread;
    struct casefile file = {
        .client = client, .arena = arena, .own = *keyring_address(client->keyring)};
    SH_TRY(thread_load(client, thread_id, arena, &thread));
    struct case_message *messages = arena_array(arena, thread.len + 1, sizeof *messages);
    SH_CHECK(messages, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < thread.len; i++) {
        if (thread_is_readable(&thread.entries[i])) {
            SH_TRY(read_message(&file, &thread.entries[i], &messages[len]));
            len++;
        }
    }
    if (len > 1) {
        qsort(messages, len, sizeof *messages, by_log_index);
    }
    SH_TRY(make_view(&file, messages, len));
    *out = file;
    return SH_OK;
}

enum role casefile_role(const struct facts *facts, const struct address *desk)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (address_equal(&facts->recipients[i].address, desk)) {
            return facts->recipients[i].role;
        }
    }
    return 0;
}

static enum receipt_type receipt_of_leaf(enum leaf_type type)
{
    switch (type) {
    case LEAF_DELIVERED:
        return RECEIPT_DELIVERED;
    case LEAF_OPENED:
        return RECEIPT_OPENED;
    case LEAF_UNREADABLE:
        return RECEIPT_UNREADABLE;
    default:
        return 0;
    }
}

const char *casefile_reached(const struct casefile *file, size_t i, const struct address *desk)
{
    const struct case_message *message = &file->messages[i];
    const char *word = NULL;
    for (size_t k = 0; k < message->facts_len; k++) {
        enum receipt_type type = receipt_of_leaf(message->facts[k].type);
        if (type && address_equal(&message->facts[k].facts.by, desk)) {
            /* One seat's trouble takes nothing away from what a colleague has opened. */
            bool less = word && strcmp(word, "opened") == 0;
            word = less ? word : receipt_type_word(type);
        }
    }
    return word;
}

/* The desk itself, or, opening it, one that covers for it: as the relay counts it. */
static bool is_for(const struct facts *facts, const struct case_fact *fact,
                   const struct address *desk)
{
    return address_equal(&fact->facts.by, desk) ||
           (fact->type == LEAF_OPENED && casefile_role(facts, &fact->facts.by) == ROLE_COVER);
}

sh_err casefile_has_receipt(const struct casefile *file, size_t i, const struct duty_view *duty,
                            bool *out)
{
    const struct case_message *message = &file->messages[i];
    const struct facts *facts = &message->entry->header.facts;
    *out = false;
    for (size_t k = 0; k < message->facts_len && !*out; k++) {
        enum receipt_type type = receipt_of_leaf(message->facts[k].type);
        *out = type && is_for(facts, &message->facts[k], &duty->by) &&
               duty_ends_with_receipt(duty->duty, type);
    }
    bool ours = address_equal(&duty->by, &file->own);
    if (*out || !ours) {
        return SH_OK;
    }
    /* What this seat has itself signed; it is here, so it was delivered. */
    bool opened = false;
    SH_TRY(vault_receipt_has(file->client->vault, &message->entry->message.header_sha256,
                             RECEIPT_OPENED, &opened));
    *out = duty_ends_with_receipt(duty->duty, RECEIPT_DELIVERED) ||
           (opened && duty_ends_with_receipt(duty->duty, RECEIPT_OPENED));
    return SH_OK;
}
