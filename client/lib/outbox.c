/* Into the outbox: drafts are sealed, signed, and stored before anything is sent. See outbox.h;
 * sending is outbox_push.c's. */
#include "client/outbox.h"

#include "client/child_index.h"

struct sealed_draft {
    struct buf header, sealed;
};

struct sealed_list {
    struct sealed_draft *items;
    struct bytes *headers, *sealed;
    struct buf *envelopes;
    size_t len;
};

static void list_wipe(struct sealed_list *list)
{
    for (size_t i = 0; list->items && i < list->len; i++) {
        buf_wipe(&list->items[i].header);
        buf_wipe(&list->items[i].sealed);
    }
    for (size_t i = 0; list->envelopes && i < list->len; i++) {
        buf_wipe(&list->envelopes[i]);
    }
    free(list->items);
    free(list->headers);
    free(list->sealed);
    free(list->envelopes);
    memset(list, 0, sizeof *list);
}

/* What it has taken when it fails is list_wipe()'s to give back. */
static sh_err list_init(struct sealed_list *list, size_t len)
{
    list->len = len;
    list->items = calloc(len, sizeof *list->items);
    list->headers = calloc(len, sizeof *list->headers);
    list->sealed = calloc(len, sizeof *list->sealed);
    list->envelopes = calloc(len, sizeof *list->envelopes);
    SH_CHECK(list->items && list->headers && list->sealed && list->envelopes, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        list->items[i].header.max = SH_HEADER_BYTES_MAX;
        list->items[i].sealed.max = SH_SEALED_INLINE_BYTES_MAX;
        list->envelopes[i].max = SH_ENVELOPE_BYTES_MAX;
    }
    return SH_OK;
}

static sh_err seal_all(struct sh_client *client, const struct draft *drafts,
                       struct sealed_list *list, struct sh_why *why)
{
    for (size_t i = 0; i < list->len; i++) {
        SH_TRY(draft_seal(client, &drafts[i], &list->items[i].header, &list->items[i].sealed, why));
        list->headers[i] = bytes_buf(&list->items[i].header);
        list->sealed[i] = bytes_buf(&list->items[i].sealed);
        if (list->len > 1) {
            client_tell_progress(client, "sealing messages", i + 1, list->len);
        }
    }
    return SH_OK;
}

static sh_err sign_all(struct sh_client *client, struct sealed_list *list, struct sh_why *why)
{
    const struct key *sign_key = NULL;
    SH_TRY(keyring_sign_key(client->keyring, &sign_key, why));
    if (list->len == 1) {
        return envelope_sign(list->headers[0], list->sealed[0], sign_key, &list->envelopes[0]);
    }
    return envelope_sign_batch(list->headers, list->sealed, list->len, sign_key, list->envelopes);
}

/* What it encloses is in the vault already. */
static sh_err index_children(struct sh_client *client, const struct draft *draft, int64_t row,
                             struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct child_entries entries = {NULL, 0};
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(child_index_find(client, draft->casework, 0, arena, &entries, why));
    return child_index_put(client, row, &entries);
}

static sh_err store_one(struct sh_client *client, const struct draft *draft, struct bytes header,
                        struct bytes envelope, int64_t *out_row)
{
    struct vault_message message = {
        .message_id = draft->facts.message_id,
        .thread_id = draft->facts.thread_id,
        .sender = draft->facts.from,
        .box = BOX_SENT,
        .state = MESSAGE_WAITING,
        .created_at_ms = draft->facts.created_at_ms,
        .header = header,
        .envelope = envelope,
        .duplicate_key = draft->duplicate_key,
        .replaces = draft->replaces,
        .reseals = draft->reseals,
    };
    SH_TRY(header_hash(header, &message.header_sha256));
    return vault_message_put(client->vault, &message, out_row);
}

sh_err outbox_put(struct sh_client *client, const struct draft *drafts, size_t len,
                  int64_t *out_rows, struct sh_why *why)
{
    SH_CHECK(len > 0 && len <= SH_BATCH_MAX, SH_E_TOO_BIG);
    SH_DEFER(list_wipe) struct sealed_list list = {.len = 0};
    SH_TRY(list_init(&list, len));
    SH_TRY(seal_all(client, drafts, &list, why));
    SH_TRY(sign_all(client, &list, why));
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    for (size_t i = 0; i < len; i++) {
        SH_TRY(store_one(client, &drafts[i], list.headers[i], bytes_buf(&list.envelopes[i]),
                         &out_rows[i]));
        SH_TRY(index_children(client, &drafts[i], out_rows[i], why));
    }
    return vault_commit(open);
}
