/* See child_index.h. */
#include "client/child_index.h"

#include "client/growing.h"
#include "client/unsealing.h"
#include "crypto/digest.h"

#define FILL_TOGETHER 256u /* messages a transaction */
/* Of one message with all that it encloses: no form in use comes near. What is past it is in the
 * message and not in the index; without a limit a crafted message could not be received at all. */
#define ENTRIES_MAX 16384u

struct child_entry {
    struct child_record record; /* message is 0 until it is stored */
    struct child_token token;
};

sh_err child_index_key(struct sh_client *client, struct sh_hash *out, struct sh_why *why)
{
    struct sh_hash vault_key;
    SH_TRY(keyring_vault_key(client->keyring, &vault_key, why));
    return digest_hmac_sha256(BYTES_FIXED(vault_key), bytes_str("safehand/vault/children/1"), out);
}

/* ---- finding ---- */

static sh_err add_tokens(const struct child_record *record, const struct child_tokens *tokens,
                         struct growing *list)
{
    for (size_t i = 0; i < tokens->len; i++) {
        void *item = NULL;
        SH_TRY(growing_add(list, &item));
        *(struct child_entry *)item =
            (struct child_entry){.record = *record, .token = tokens->items[i]};
    }
    return SH_OK;
}

struct list_name {
    const char *key;
    enum child_part part;
};

sh_err child_index_find(struct sh_client *client, const json_t *casework, uint32_t enclosure,
                        struct arena *arena, struct child_entries *out, struct sh_why *why)
{
    static const struct list_name lists[] = {{"children", CHILD_SUBJECT},
                                             {"siblings", CHILD_SIBLING}};
    struct sh_hash key;
    struct growing list = GROWING_INIT(arena, struct child_entry);
    list.items = out->items;
    list.len = out->len;
    list.cap = out->len;
    const json_t *first = json_array_get(json_object_get(casework, "children"), 0);
    const char *family = json_string_value(json_object_get(first, "family_name"));
    SH_TRY(child_index_key(client, &key, why));
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
        const json_t *children = json_object_get(casework, lists[k].key);
        for (size_t i = 0; i < json_array_size(children) && list.len < ENTRIES_MAX; i++) {
            const struct child_record record = {
                .enclosure = enclosure, .part = lists[k].part, .position = (uint32_t)i + 1};
            struct child_tokens tokens;
            /* A decision's children are positions: they have no name, so no token. */
            SH_TRY(child_tokens_of(json_array_get(children, i),
                                   lists[k].part == CHILD_SIBLING ? family : NULL, &key, arena,
                                   &tokens));
            SH_TRY(add_tokens(&record, &tokens, &list));
        }
    }
    *out = (struct child_entries){list.items, list.len};
    return SH_OK;
}

sh_err child_index_find_opened(struct sh_client *client, const struct opened *opened,
                               struct arena *arena, struct child_entries *out, struct sh_why *why)
{
    SH_TRY(child_index_find(client, opened->content.casework, 0, arena, out, why));
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(opened_wipe) struct opened enclosed = {.arena = NULL};
        struct sh_why detail = {{0}};
        sh_err result =
            unsealing_open_enclosure(client, &opened->content.enclosures[i], &enclosed, &detail);
        if (result == SH_OK) {
            SH_TRY(child_index_find(client, enclosed.content.casework, (uint32_t)i + 1, arena, out,
                                    why));
        } else if (sh_err_class(result) != SH_CLASS_REJECT) {
            return sh_fail(why, result, "%s", detail.text);
        }
    }
    return SH_OK;
}

sh_err child_index_put(struct sh_client *client, int64_t message,
                       const struct child_entries *entries)
{
    for (size_t i = 0; i < entries->len; i++) {
        struct child_record record = entries->items[i].record;
        record.message = message;
        SH_TRY(vault_child_put(client->vault, &record, &entries->items[i].token));
    }
    return vault_child_indexed(client->vault, message);
}

/* ---- what was stored before ---- */

struct filling {
    struct sh_client *client;
    int64_t after; /* the vault's row: everything up to it was tried */
    uint64_t done, left;
    struct sh_why *why;
};

static sh_err fill_one(struct filling *filling, int64_t row)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct sh_client *client = filling->client;
    struct vault_message message;
    struct envelope envelope;
    struct child_entries entries = {NULL, 0};
    struct sh_why detail = {{0}};
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(vault_message_by_row(client->vault, row, arena, &message));
    sh_err result = unsealing_open_stored(client, &message, arena, &envelope, &opened, &detail);
    if (result == SH_OK) {
        SH_TRY(child_index_find_opened(client, &opened, arena, &entries, filling->why));
        return child_index_put(client, row, &entries);
    }
    if (sh_err_class(result) != SH_CLASS_REJECT || result == SH_E_PASSPHRASE) {
        return sh_fail(filling->why, result, "%s",
                       detail.text[0] ? detail.text : sh_err_sentence(result));
    }
    filling->left++;
    return SH_OK;
}

static sh_err fill_some(struct filling *filling, size_t *out_len)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    int64_t *rows = NULL;
    SH_TRY(arena_new(SH_MIB, FILL_TOGETHER, &arena));
    SH_TRY(vault_child_unindexed(filling->client->vault, filling->after, FILL_TOGETHER, arena,
                                 &rows, out_len));
    SH_CHECK(*out_len > 0, SH_OK);
    SH_TRY(vault_begin(filling->client->vault));
    SH_DEFER(vault_abandon) struct vault *open = filling->client->vault;
    for (size_t i = 0; i < *out_len; i++) {
        SH_TRY(fill_one(filling, rows[i]));
        filling->after = rows[i];
        filling->done++;
        client_tell_progress(filling->client, "indexing messages", filling->done, 0);
    }
    return vault_commit(open);
}

sh_err child_index_fill(struct sh_client *client, uint64_t *out_left, struct sh_why *why)
{
    struct filling filling = {.client = client, .why = why};
    size_t len = FILL_TOGETHER;
    while (len > 0) {
        SH_TRY(fill_some(&filling, &len));
    }
    *out_left = filling.left;
    return SH_OK;
}
