/* See document.h. */
#include "client/document.h"

#include "crypto/digest.h"
#include "wire/casework.h"

sh_err document_parse(struct bytes text, json_t **out, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *document = NULL;
    if (text.len == 0) {
        document = json_object();
        SH_CHECK(document, SH_E_NOMEM);
    } else {
        SH_TRY(casework_parse(text, &document, why));
    }
    if (!json_is_object(document)) {
        return sh_fail(why, SH_E_JSON, "the document is not a JSON object");
    }
    static const char *const wrappers[] = {"thread", "expected"};
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(document, wrappers[i])) {
            return sh_fail(why, SH_E_JSON,
                           "%s: belongs to test cases, and is not part of a message", wrappers[i]);
        }
    }
    if (json_array_size(json_object_get(document, "attachments")) > 0) {
        return sh_fail(why, SH_E_JSON, "attachments: files cannot be sent with this version");
    }
    *out = document;
    document = NULL;
    return SH_OK;
}

sh_err document_kind(const json_t *document, enum kind *out, struct sh_why *why)
{
    const char *word = json_string_value(json_object_get(document, "kind"));
    uint32_t kind = word ? kind_from_word(word) : 0;
    if (kind == 0) {
        return sh_fail(why, SH_E_JSON, "kind: %s", word ? "no such kind" : "missing");
    }
    *out = (enum kind)kind;
    return SH_OK;
}

static const char *setting_of(const json_t *child)
{
    return json_string_value(json_object_get(json_object_get(child, "setting"), "address"));
}

/* Whether some child's setting is this desk, among the first `end`. */
static bool is_setting(const json_t *children, size_t end, const char *address)
{
    for (size_t i = 0; i < end; i++) {
        const char *setting = setting_of(json_array_get(children, i));
        if (setting && strcmp(setting, address) == 0) {
            return true;
        }
    }
    return false;
}

static sh_err append_text(json_t *list, const char *text)
{
    return json_array_append_new(list, json_string(text)) == 0 ? SH_OK : SH_E_NOMEM;
}

static sh_err addresses_of_part(const json_t *document, const char *setting, json_t *to)
{
    const json_t *all = json_object_get(document, "to"),
                 *children = json_object_get(document, "children");
    SH_TRY(append_text(to, setting));
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *address = json_string_value(json_array_get(all, i));
        if (address && !is_setting(children, json_array_size(children), address)) {
            SH_TRY(append_text(to, address));
        }
    }
    return SH_OK;
}

static sh_err make_part(const json_t *document, const char *setting, json_t *parts)
{
    const json_t *children = json_object_get(document, "children");
    SH_DEFER(json_freep) json_t *part = json_deep_copy(document);
    SH_DEFER(json_freep) json_t *of_setting = json_array();
    SH_DEFER(json_freep) json_t *to = json_array();
    SH_CHECK(part && of_setting && to, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(children); i++) {
        json_t *child = json_array_get(children, i);
        if (strcmp(setting_of(child), setting) == 0) {
            SH_CHECK(json_array_append_new(of_setting, json_deep_copy(child)) == 0, SH_E_NOMEM);
        }
    }
    SH_TRY(addresses_of_part(document, setting, to));
    SH_CHECK(json_object_set(part, "children", of_setting) == 0, SH_E_NOMEM);
    SH_CHECK(json_object_set(part, "to", to) == 0, SH_E_NOMEM);
    return json_array_append(parts, part) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err document_split(const json_t *document, json_t **out, struct sh_why *why)
{
    const json_t *children = json_object_get(document, "children");
    SH_DEFER(json_freep) json_t *parts = json_array();
    SH_CHECK(parts, SH_E_NOMEM);
    if (json_array_size(children) == 0) {
        return sh_fail(why, SH_E_JSON, "children: missing, so there is nothing to split by");
    }
    for (size_t i = 0; i < json_array_size(children); i++) {
        if (!setting_of(json_array_get(children, i))) {
            return sh_fail(why, SH_E_JSON,
                           "children[%zu].setting.address: missing, and needed to split by", i);
        }
    }
    for (size_t i = 0; i < json_array_size(children); i++) {
        const char *setting = setting_of(json_array_get(children, i));
        if (!is_setting(children, i, setting)) {
            SH_TRY(make_part(document, setting, parts));
        }
    }
    *out = parts;
    parts = NULL;
    return SH_OK;
}

sh_err document_key(const json_t *document, const struct document_key_order *order,
                    struct sh_hash *out)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(2 * SH_JSON_BYTES_MAX);
    char *dump = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    SH_CHECK(dump, SH_E_NOMEM);
    sh_err result = buf_append_str(&text, dump);
    sh_cleanse(dump, strlen(dump));
    free(dump);
    SH_TRY(result);
    if (order->parent) {
        SH_TRY(buf_append(&text, BYTES_FIXED(*order->parent)));
    }
    for (size_t i = 0; i < order->to_len; i++) {
        SH_TRY(buf_append_u8(&text, '\n'));
        SH_TRY(buf_append_str(&text, order->to[i]));
    }
    return digest_hmac_sha256(BYTES_FIXED(*order->key), bytes_buf(&text), out);
}
