/* See levels.h. */
#include "client/levels.h"

#include "client/entry.h"
#include "client/unsealing.h"
#include "wire/log.h"

/* One reconsideration whose next level was opened by silence. */
struct opening_level {
    struct sh_client *client;
    struct arena *arena;
    struct directory *directory;
    const struct thread_entry *below; /* that nobody answered */
    struct thread thread;
    uint32_t level;
    const struct leaf_desk *added;
    size_t added_len;
};

static sh_err read_opened(struct opening_level *at, const struct vault_fact *fact)
{
    struct statement statement;
    struct leaf_facts facts;
    SH_CHECK(statement_decode(fact->statement, at->arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, at->arena, &facts) == SH_OK, SH_E_CORRUPT);
    at->level = facts.level;
    at->added = facts.to;
    at->added_len = facts.to_len;
    return SH_OK;
}

/* Level 0: none was opened. */
static sh_err find_opened(struct opening_level *at)
{
    struct vault_fact *rows = NULL;
    size_t len = 0;
    SH_TRY(
        vault_facts(at->client->vault, &at->below->message.header_sha256, at->arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(rows[i].type == LEAF_LEVEL_OPENED ? read_opened(at, &rows[i]) : SH_OK);
    }
    return SH_OK;
}

/* ---- is it still due ---- */

static bool is_asked(const struct facts *facts, const struct address *desk)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        bool asked = to->role == ROLE_ACT || to->role == ROLE_COVER;
        if (asked && address_equal(&to->address, desk)) {
            return true;
        }
    }
    return false;
}

static bool is_raised(const struct opening_level *at, const struct thread_entry *entry)
{
    const struct facts *facts = &entry->header.facts;
    return facts->kind == KIND_RECONSIDERATION && facts->level >= at->level &&
           entry->message.state != MESSAGE_REPLACED &&
           thread_follows(&at->thread, entry, &at->below->message.header_sha256);
}

/* Late is answered, too: whether that settles it is for a person to say. */
static bool is_answered(const struct opening_level *at, const struct thread_entry *entry)
{
    enum kind kind = entry->header.facts.kind;
    bool later = entry->message.accepted_at_ms >= at->below->message.accepted_at_ms;
    return thread_is_readable(entry) && later &&
           (kind == KIND_DECISION || kind == KIND_RECONSIDERATION_RESPONSE) &&
           (is_asked(&at->below->header.facts, &entry->header.facts.from) ||
            thread_follows(&at->thread, entry, &at->below->message.header_sha256));
}

static bool is_ended(const struct opening_level *at, const struct thread_entry *entry)
{
    enum kind kind = entry->header.facts.kind;
    bool later = entry->message.accepted_at_ms == 0 ||
                 entry->message.accepted_at_ms >= at->below->message.accepted_at_ms;
    bool stands = thread_is_readable(entry) || entry->message.state == MESSAGE_WAITING;
    return stands && later && (kind == KIND_CLOSE || kind == KIND_WITHDRAWAL);
}

static bool is_due(const struct opening_level *at)
{
    for (size_t i = 0; i < at->thread.len; i++) {
        const struct thread_entry *entry = &at->thread.entries[i];
        if (is_raised(at, entry) || is_answered(at, entry) || is_ended(at, entry)) {
            return false;
        }
    }
    return at->level > 0;
}

/* One seat of the desk, always the same: the one that raised it, or else the first that is left. */
static bool is_ours_to_raise(const struct opening_level *at)
{
    const struct sh_hash *own = keyring_seat(at->client->keyring);
    const struct facts *facts = &at->below->header.facts;
    if (!address_equal(&facts->from, keyring_address(at->client->keyring))) {
        return false;
    }
    if (directory_seat_by_hash(at->directory, &facts->seat)) {
        return hash_equal(&facts->seat, own);
    }
    const struct desk *desk = directory_desk(at->directory, facts->from.text);
    for (size_t i = 0; desk && i < desk->seats_len; i++) {
        if (memcmp(desk->seats[i]->hash.b, own->b, sizeof own->b) < 0) {
            return false;
        }
    }
    return true;
}

/* ---- the words ---- */

static sh_err add_to(json_t *to, const char *text)
{
    for (size_t i = 0; i < json_array_size(to); i++) {
        if (strcmp(json_string_value(json_array_get(to, i)), text) == 0) {
            return SH_OK;
        }
    }
    return entry_append(to, json_string(text));
}

static bool can_be_reached(const struct opening_level *at, const struct address *address)
{
    const struct desk *desk = directory_desk(at->directory, address->text);
    return desk && desk->seats_len > 0;
}

/* Whoever was asked below, and the added desks that there are. *out_new: how many these are. */
static sh_err fill_to(const struct opening_level *at, json_t *to, size_t *out_new)
{
    const struct facts *below = &at->below->header.facts;
    for (size_t i = 0; i < below->recipients_len; i++) {
        if (below->recipients[i].role == ROLE_ACT) {
            SH_TRY(add_to(to, below->recipients[i].address.text));
        }
    }
    for (size_t i = 0; i < at->added_len; i++) {
        if (can_be_reached(at, &at->added[i].address)) {
            SH_TRY(add_to(to, at->added[i].address.text));
            (*out_new)++;
        }
    }
    return SH_OK;
}

/* Those who were only told of the level below are told of this one, unless it asks them. */
static sh_err keep_informed(json_t *document, const json_t *to)
{
    json_t *inform = json_object_get(document, "inform");
    for (size_t i = json_array_size(inform); i-- > 0;) {
        const char *text = json_string_value(json_array_get(inform, i));
        for (size_t k = 0; text && k < json_array_size(to); k++) {
            if (strcmp(json_string_value(json_array_get(to, k)), text) == 0) {
                SH_CHECK(json_array_remove(inform, i) == 0, SH_E_BUG);
                break;
            }
        }
    }
    return SH_OK;
}

static sh_err write_words(const struct opening_level *at, json_t *to, json_t **out,
                          struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    SH_DEFER(json_freep) json_t *document = NULL;
    struct envelope envelope;
    SH_TRY(
        unsealing_open_stored(at->client, &at->below->message, at->arena, &envelope, &opened, why));
    document = json_deep_copy(opened.content.casework);
    SH_CHECK(document, SH_E_NOMEM);
    (void)json_object_del(document, "parent");
    (void)json_object_del(document, "thread_id");
    (void)json_object_del(document, "cites");
    SH_TRY(entry_put(document, "level", json_integer((json_int_t)at->level)));
    SH_TRY(entry_put(document, "to", json_incref(to)));
    SH_TRY(keep_informed(document, to));
    *out = document;
    document = NULL;
    return SH_OK;
}

/* ---- telling ---- */

static void telephone_of(const struct opening_level *at, const struct address *address,
                         const char **out)
{
    const struct desk *desk = directory_desk(at->directory, address->text);
    const struct directory_organisation *organisation =
        directory_organisation(at->directory, strchr(address->text, '@') + 1);
    *out = desk && desk->telephone ? desk->telephone
           : organisation          ? organisation->telephone
                                   : NULL;
}

static void warn_unreachable(const struct opening_level *at)
{
    char id[2 * SH_ID_BYTES + 1];
    hex_encode(BYTES_FIXED(at->below->message.message_id), id);
    for (size_t i = 0; i < at->added_len; i++) {
        const struct address *address = &at->added[i].address;
        const char *telephone = NULL;
        if (can_be_reached(at, address)) {
            continue;
        }
        telephone_of(at, address, &telephone);
        client_warn(at->client,
                    "Nobody answered your request to reconsider (%.8s) in time, so level %u is "
                    "open; but nobody has a seat at %s, and your words could not go there. "
                    "Telephone them: %s.",
                    id, at->level, address->text,
                    telephone ? telephone : "no number is in the directory");
    }
    if (at->added_len == 0) {
        client_warn(at->client,
                    "Nobody answered your request to reconsider (%.8s) in time, so level %u is "
                    "open; it adds no desk: telephone whom you asked.",
                    id, at->level);
    }
}

static void tell_raised(const struct opening_level *at, const json_t *to)
{
    char id[2 * SH_ID_BYTES + 1];
    char desks[512] = "";
    hex_encode(BYTES_FIXED(at->below->message.message_id), id);
    for (size_t i = 0; i < json_array_size(to); i++) {
        size_t used = strlen(desks);
        (void)snprintf(desks + used, sizeof desks - used, "%s%s", i ? ", " : "",
                       json_string_value(json_array_get(to, i)));
    }
    client_warn(at->client,
                "Nobody answered your request to reconsider (%.8s) in time, so level %u of "
                "resolving professional differences was opened: your words are on their way to %s.",
                id, at->level, desks);
}

/* ---- all ---- */

static sh_err raise_level(const struct opening_level *at, json_t *to, int64_t *out_row,
                          struct sh_why *why)
{
    SH_DEFER(draft_wipe) struct draft draft = {.arena = NULL};
    SH_DEFER(json_freep) json_t *document = NULL;
    char parent[2 * SH_ID_BYTES + 1];
    SH_TRY(write_words(at, to, &document, why));
    hex_encode(BYTES_FIXED(at->below->message.message_id), parent);
    const struct draft_order order = {.document = document,
                                      .verb = answering_verb_of_kind(KIND_RECONSIDERATION),
                                      .reply_to = parent};
    SH_TRY(draft_new(at->client, &order, &draft, why));
    return outbox_put(at->client, &draft, 1, out_row, why);
}

/* What cannot be sealed is told, and does not keep the rest back. */
static sh_err settle(const struct opening_level *at, int64_t *out_row, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *to = json_array();
    struct sh_why detail = {{0}};
    size_t added = 0;
    SH_CHECK(to, SH_E_NOMEM);
    SH_TRY(fill_to(at, to, &added));
    warn_unreachable(at);
    SH_CHECK(added > 0, SH_OK);
    sh_err result = raise_level(at, to, out_row, &detail);
    if (result == SH_OK) {
        tell_raised(at, to);
        return SH_OK;
    }
    bool of_this = sh_err_class(result) == SH_CLASS_REJECT && result != SH_E_PASSPHRASE &&
                   result != SH_E_EXPIRED && result != SH_E_BAD_TIME;
    if (!of_this) {
        return sh_fail(why, result, "%s", detail.text[0] ? detail.text : sh_err_sentence(result));
    }
    client_warn(at->client,
                "Level %u of resolving professional differences is open, but your words could not "
                "be sent there: %s.",
                at->level, detail.text[0] ? detail.text : sh_err_sentence(result));
    return SH_OK;
}

static sh_err look_at(struct sh_client *client, const struct vault_message *row,
                      struct directory *directory, int64_t *out_row, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    struct opening_level at = {.client = client, .arena = arena, .directory = directory};
    SH_TRY(thread_load(client, &row->thread_id, arena, &at.thread));
    at.below = thread_by_header(&at.thread, &row->header_sha256);
    SH_CHECK(at.below, SH_E_CORRUPT);
    SH_TRY(find_opened(&at));
    return is_due(&at) && is_ours_to_raise(&at) ? settle(&at, out_row, why) : SH_OK;
}

sh_err levels_seal(struct sh_client *client, struct arena *arena, struct vault_message **out,
                   size_t *out_len, struct sh_why *why)
{
    struct vault_message *rows = NULL, *waiting = NULL;
    struct directory *directory = NULL;
    size_t len = 0, waiting_len = 0;
    int64_t first = 0;
    *out_len = 0;
    SH_TRY(vault_messages(client->vault, LIST_LEVELS, NULL, arena, &rows, &len));
    SH_CHECK(len > 0, SH_OK);
    SH_TRY(client_directory(client, &directory, why));
    for (size_t i = 0; i < len; i++) {
        int64_t row = 0;
        SH_TRY(look_at(client, &rows[i], directory, &row, why));
        first = first ? first : row;
    }
    SH_CHECK(first, SH_OK);
    SH_TRY(vault_messages(client->vault, LIST_WAITING, NULL, arena, &waiting, &waiting_len));
    while (waiting_len > 0 && waiting->row < first) {
        waiting++;
        waiting_len--;
    }
    *out = waiting;
    *out_len = waiting_len;
    return SH_OK;
}
