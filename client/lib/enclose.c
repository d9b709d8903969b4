/* Enclosures: whole earlier messages, header and SignedData with what proves them, taken from the
 * vault. */
#include "client/draft.h"
#include "client/unsealing.h"
#include "wire/log.h"

static sh_err copy_path(struct arena *arena, const struct batch_path *in, struct batch_path *out)
{
    struct sh_hash *path = arena_array(arena, in->path_len, sizeof *path);
    SH_CHECK(path, SH_E_NOMEM);
    if (in->path_len > 0) {
        memcpy(path, in->path, in->path_len * sizeof *path);
    }
    *out = *in;
    out->path = path;
    return SH_OK;
}

static sh_err copy_enclosure(struct arena *arena, const struct envelope *envelope,
                             struct bytes signed_data, struct bytes accepted, struct enclosure *out)
{
    struct bytes statement;
    SH_TRY(arena_copy(arena, envelope->header, &out->header));
    SH_TRY(arena_copy(arena, envelope->signature, &out->signature));
    SH_TRY(arena_copy(arena, signed_data, &out->signed_data));
    SH_TRY(copy_path(arena, &envelope->batch, &out->batch));
    SH_TRY(arena_copy(arena, accepted, &statement));
    SH_CHECK(statement_decode(statement, arena, &out->accepted) == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

static sh_err enclose_one(struct sh_client *client, const struct thread_entry *entry,
                          struct draft *draft, struct enclosure *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(client, &entry->message, arena, &envelope, &opened, why));
    return copy_enclosure(draft->arena, &envelope, bytes_buf(&opened.signed_data),
                          entry->message.accepted, out);
}

sh_err enclose_messages(struct sh_client *client, const struct thread_entry *const *entries,
                        size_t entries_len, struct draft *draft, struct sh_why *why)
{
    SH_CHECK(entries_len > 0, SH_OK);
    SH_CHECK(entries_len <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    struct enclosure *list = arena_array(draft->arena, entries_len, sizeof *list);
    struct sh_id *ids = arena_array(draft->arena, entries_len, sizeof *ids);
    SH_CHECK(list && ids, SH_E_NOMEM);
    for (size_t i = 0; i < entries_len; i++) {
        SH_TRY(enclose_one(client, entries[i], draft, &list[i], why));
        ids[i] = entries[i]->message.message_id;
    }
    draft->enclosures = list;
    draft->enclosures_len = entries_len;
    draft->facts.encloses = ids;
    draft->facts.encloses_len = entries_len;
    return SH_OK;
}

static sh_err copy_enclosed(struct arena *arena, const struct enclosure *in, struct enclosure *out,
                            struct sh_id *out_id)
{
    struct header header;
    SH_DEFER(buf_wipe) struct buf statement = BUF_INIT(SH_FRAME_BYTES_MAX);
    const struct envelope envelope = {
        .header = in->header, .signature = in->signature, .batch = in->batch};
    SH_TRY(statement_encode(&in->accepted, &statement));
    SH_TRY(copy_enclosure(arena, &envelope, in->signed_data, bytes_buf(&statement), out));
    SH_CHECK(header_decode(out->header, arena, &header) == SH_OK, SH_E_BAD_CONTENT);
    *out_id = header.facts.message_id;
    return SH_OK;
}

static sh_err copy_all_enclosed(const struct opened *opened, struct draft *draft,
                                struct enclosure *list, struct sh_id *ids)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_TRY(copy_enclosed(draft->arena, &opened->content.enclosures[i], &list[i], &ids[i]));
    }
    return SH_OK;
}

sh_err enclose_again(struct sh_client *client, const struct thread_entry *entry,
                     struct draft *draft, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(unsealing_open_stored(client, &entry->message, arena, &envelope, &opened, why));
    size_t before = opened.content.enclosures_len;
    SH_CHECK(before < SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    struct enclosure *list = arena_array(draft->arena, before + 1, sizeof *list);
    struct sh_id *ids = arena_array(draft->arena, before + 1, sizeof *ids);
    SH_CHECK(list && ids, SH_E_NOMEM);
    SH_TRY(copy_enclosure(draft->arena, &envelope, bytes_buf(&opened.signed_data),
                          entry->message.accepted, &list[0]));
    ids[0] = entry->message.message_id;
    SH_TRY(copy_all_enclosed(&opened, draft, list + 1, ids + 1));
    draft->enclosures = list;
    draft->enclosures_len = before + 1;
    draft->facts.encloses = ids;
    draft->facts.encloses_len = before + 1;
    return SH_OK;
}

sh_err enclose_promoted(struct sh_client *client, struct draft *draft, struct sh_why *why)
{
    const json_t *promotes = json_object_get(draft->casework, "promotes");
    size_t len = json_array_size(promotes);
    SH_CHECK(len > 0, SH_OK);
    struct thread_entry *entries = arena_array(draft->arena, len, sizeof *entries);
    const struct thread_entry **pointers =
        arena_array(draft->arena, len, sizeof(struct thread_entry *));
    SH_CHECK(entries && pointers, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        const char *id = json_string_value(json_array_get(promotes, i));
        struct sh_why detail = {{0}};
        sh_err result = thread_find_message(client, id, draft->arena, &entries[i], &detail);
        if (result != SH_OK || !thread_is_readable(&entries[i])) {
            return sh_fail(
                why, SH_E_JSON,
                "promotes[%zu]: is no message that this seat holds and the relay accepted", i);
        }
        pointers[i] = &entries[i];
    }
    return enclose_messages(client, pointers, len, draft, why);
}

/* ---- a chronology: what its entries name ---- */

static bool encloses_id(const struct facts *facts, const struct sh_id *id)
{
    for (size_t i = 0; i < facts->encloses_len; i++) {
        if (id_equal(&facts->encloses[i], id)) {
            return true;
        }
    }
    return false;
}

/* The newest message that encloses this one; SH_E_NOT_FOUND. */
static sh_err find_container(struct sh_client *client, const struct sh_id *id, struct arena *arena,
                             struct thread_entry *out)
{
    static const enum vault_list lists[] = {LIST_INBOX, LIST_SENT};
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
        struct vault_message *messages = NULL;
        size_t len = 0;
        SH_TRY(vault_messages(client->vault, lists[k], NULL, arena, &messages, &len));
        for (size_t i = 0; i < len; i++) {
            out->message = messages[i];
            SH_TRY(thread_read_header(&messages[i], arena, &out->header));
            if (thread_is_readable(out) && encloses_id(&out->header.facts, id)) {
                return SH_OK;
            }
        }
    }
    return SH_E_NOT_FOUND;
}

/* One that this seat holds only inside another message goes on as it was signed. */
static sh_err enclose_enclosed(struct sh_client *client, const struct sh_id *id,
                               struct draft *draft, struct enclosure *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct thread_entry container;
    struct envelope envelope;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(find_container(client, id, arena, &container));
    SH_TRY(unsealing_open_stored(client, &container.message, arena, &envelope, &opened, why));
    for (size_t i = 0; i < opened.content.enclosures_len; i++) {
        const struct enclosure *in = &opened.content.enclosures[i];
        struct header header;
        SH_TRY(header_decode(in->header, arena, &header));
        if (id_equal(&header.facts.message_id, id)) {
            SH_DEFER(buf_wipe) struct buf accepted = BUF_INIT(SH_FRAME_BYTES_MAX);
            const struct envelope as_sent = {
                .header = in->header, .signature = in->signature, .batch = in->batch};
            SH_TRY(statement_encode(&in->accepted, &accepted));
            return copy_enclosure(draft->arena, &as_sent, in->signed_data, bytes_buf(&accepted),
                                  out);
        }
    }
    return SH_E_NOT_FOUND;
}

static sh_err enclose_named(struct sh_client *client, const char *text, struct draft *draft,
                            struct enclosure *out, struct sh_id *out_id, struct sh_why *why)
{
    struct thread_entry entry;
    struct sh_why detail = {{0}};
    SH_TRY(hex_decode(text, out_id->b, sizeof out_id->b));
    sh_err result = thread_find_message(client, text, draft->arena, &entry, &detail);
    if (result == SH_E_NOT_FOUND) {
        return enclose_enclosed(client, out_id, draft, out, why);
    }
    SH_TRY(result);
    SH_CHECK(thread_is_readable(&entry), SH_E_NOT_FOUND);
    return enclose_one(client, &entry, draft, out, why);
}

/* Each once, however many entries are about it. */
static bool is_named_before(const json_t *entries, size_t at, const char *id)
{
    for (size_t i = 0; i < at; i++) {
        const char *other =
            json_string_value(json_object_get(json_array_get(entries, i), "message"));
        if (other && strcmp(other, id) == 0) {
            return true;
        }
    }
    return false;
}

sh_err enclose_entries(struct sh_client *client, struct draft *draft, struct sh_why *why)
{
    const json_t *entries = json_object_get(draft->casework, "entries");
    size_t max = json_array_size(entries), len = 0;
    struct enclosure *list = arena_array(draft->arena, max, sizeof *list);
    struct sh_id *ids = arena_array(draft->arena, max, sizeof *ids);
    SH_CHECK(list && ids, SH_E_NOMEM);
    for (size_t i = 0; i < max; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(entries, i), "message"));
        if (!id || is_named_before(entries, i, id)) {
            continue;
        }
        sh_err result = enclose_named(client, id, draft, &list[len], &ids[len], why);
        if (result == SH_E_NOT_FOUND) {
            return sh_fail(why, SH_E_JSON,
                           "entries[%zu].message: is no message that this seat holds and the relay "
                           "accepted",
                           i);
        }
        SH_TRY(result);
        len++;
    }
    draft->enclosures = list;
    draft->enclosures_len = len;
    draft->facts.encloses = ids;
    draft->facts.encloses_len = len;
    return SH_OK;
}

static sh_err children_of_enclosed(const struct opened *opened, const struct sh_id *thread_id,
                                   uint32_t *out)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct header header;
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        SH_TRY(header_decode(opened->content.enclosures[i].header, arena, &header));
        if (id_equal(&header.facts.message_id, thread_id)) {
            *out = header.facts.children_count;
        }
    }
    return SH_OK;
}

sh_err enclose_children_of_thread(struct sh_client *client, const struct answering *answering,
                                  struct arena *arena, uint32_t *out, struct sh_why *why)
{
    const struct sh_id *thread_id = &answering->parent.message.thread_id;
    for (size_t i = 0; i < answering->thread.len; i++) {
        const struct thread_entry *entry = &answering->thread.entries[i];
        if (id_equal(&entry->message.message_id, thread_id)) {
            *out = entry->header.facts.children_count;
            return SH_OK;
        }
    }
    *out = 0;
    SH_CHECK(answering->parent.header.facts.encloses_len > 0, SH_OK);
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(
        unsealing_open_stored(client, &answering->parent.message, arena, &envelope, &opened, why));
    return children_of_enclosed(&opened, thread_id, out);
}

/* The enclosed referrals of others, as far as their senders were told of this one. */
static sh_err referrers_of(const struct opened *opened, const struct facts *referral,
                           struct answering *answering)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct header header;
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        SH_TRY(header_decode(opened->content.enclosures[i].header, arena, &header));
        bool passed_on = header.facts.kind == KIND_REFERRAL &&
                         !address_equal(&header.facts.from, &referral->from);
        for (size_t k = 0; passed_on && k < referral->recipients_len; k++) {
            const struct recipient *told = &referral->recipients[k];
            if (told->role == ROLE_INFORM && address_equal(&told->address, &header.facts.from)) {
                answering->referrers[answering->referrers_len++] = told->address;
            }
        }
    }
    return SH_OK;
}

sh_err answering_referrers(struct sh_client *client, struct arena *arena,
                           struct answering *answering, struct sh_why *why)
{
    const struct facts *parent = &answering->parent.header.facts;
    bool may_be = answering->kind == KIND_DECISION && parent->kind == KIND_REFERRAL &&
                  parent->has_parent && parent->encloses_len > 0;
    SH_CHECK(may_be, SH_OK);
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    answering->referrers = arena_array(arena, parent->encloses_len, sizeof *answering->referrers);
    SH_CHECK(answering->referrers, SH_E_NOMEM);
    SH_TRY(
        unsealing_open_stored(client, &answering->parent.message, arena, &envelope, &opened, why));
    return referrers_of(&opened, parent, answering);
}
