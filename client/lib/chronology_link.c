/* What a person says of two keys: see chronology.h. */
#include "client/child_index.h"
#include "client/chronology.h"
#include "crypto/cms.h"

#define REASON_BYTES_MAX (4u * SH_KIB)

static sh_err parse_both(struct sh_client *client, const struct chronology_link *in,
                         struct child_token tokens[2], struct sh_why *why)
{
    struct sh_hash index_key;
    uint64_t left = 0;
    SH_CHECK(in->reason && in->reason[0] && strlen(in->reason) <= REASON_BYTES_MAX,
             sh_fail(why, SH_E_USAGE, "a reason is needed: whoever reads this next must know why"));
    SH_TRY(child_index_key(client, &index_key, why));
    SH_TRY(child_key_parse(in->key, &index_key, &tokens[0], why));
    SH_TRY(child_key_parse(in->other, &index_key, &tokens[1], why));
    SH_CHECK(!hash_equal(&tokens[0].hash, &tokens[1].hash),
             sh_fail(why, SH_E_USAGE, "the two keys are one"));
    return child_index_fill(client, &left, why);
}

/* One message that says both of one child cannot be cut in two. */
static sh_err check_apart(struct sh_client *client, const struct child_token tokens[2],
                          struct arena *arena, struct sh_why *why)
{
    struct child_hit *a = NULL, *b = NULL;
    size_t a_len = 0, b_len = 0;
    SH_TRY(vault_child_by_token(client->vault, &tokens[0].hash, arena, &a, &a_len));
    SH_TRY(vault_child_by_token(client->vault, &tokens[1].hash, arena, &b, &b_len));
    for (size_t i = 0; i < a_len; i++) {
        for (size_t k = 0; k < b_len; k++) {
            SH_CHECK(!child_record_equal(&a[i].record, &b[k].record),
                     sh_fail(why, SH_E_USAGE,
                             "a message says both of the same child: it must be corrected by who "
                             "sent it; name keys that tell the two children apart"));
        }
    }
    return SH_OK;
}

static sh_err seal_words(struct sh_client *client, const struct chronology_link *in,
                         struct buf *out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "key", json_string(in->key)));
    SH_TRY(entry_put(json, "other", json_string(in->other)));
    SH_TRY(entry_put(json, "reason", json_string(in->reason)));
    char *text = json_dumps(json, JSON_COMPACT);
    SH_CHECK(text, SH_E_NOMEM);
    const struct certificate *cert = keyring_seal_cert(client->keyring);
    sh_err result = cms_seal(bytes_str(text), &cert, 1, out);
    sh_cleanse(text, strlen(text));
    free(text);
    return result;
}

sh_err chronology_put_link(struct sh_client *client, const struct chronology_link *in, json_t **out,
                           struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(64 * SH_KIB);
    SH_DEFER(json_freep) json_t *json = json_object();
    struct child_token tokens[2];
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(parse_both(client, in, tokens, why));
    SH_TRY(in->joined ? SH_OK : check_apart(client, tokens, arena, why));
    SH_TRY(seal_words(client, in, &sealed));
    const struct child_link link = {.low = tokens[0].hash,
                                    .high = tokens[1].hash,
                                    .joined = in->joined,
                                    .seat = *keyring_seat(client->keyring),
                                    .at_ms = client_now_ms(client),
                                    .sealed = bytes_buf(&sealed)};
    SH_TRY(vault_child_link_put(client->vault, &link));
    SH_TRY(entry_put(json, "linked", json_boolean(in->joined)));
    SH_TRY(entry_put_time(json, "at", link.at_ms));
    *out = json;
    json = NULL;
    return SH_OK;
}

static sh_err read_words(struct sh_client *client, const struct child_link *link, json_t **out,
                         struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf plain = BUF_INIT(64 * SH_KIB);
    const struct key *seal_key = NULL;
    SH_TRY(keyring_seal_key(client->keyring, &seal_key, why));
    SH_CHECK(cms_unseal(link->sealed, seal_key, keyring_seal_cert(client->keyring), &plain) ==
                 SH_OK,
             SH_E_CORRUPT);
    *out = json_loadb((const char *)plain.data, plain.len, 0, NULL);
    return *out ? SH_OK : SH_E_CORRUPT;
}

sh_err chronology_read_links(struct sh_client *client, const struct child_group *group,
                             json_t *list, struct sh_why *why)
{
    for (size_t i = 0; i < group->links_len; i++) {
        json_t *json = NULL;
        SH_TRY(read_words(client, &group->links[i], &json, why));
        SH_TRY(entry_append(list, json));
        SH_TRY(entry_put(json, "linked", json_boolean(group->links[i].joined)));
        SH_TRY(entry_put_time(json, "at", group->links[i].at_ms));
        SH_TRY(entry_put_hex(json, "by_seat", BYTES_FIXED(group->links[i].seat)));
    }
    return SH_OK;
}
