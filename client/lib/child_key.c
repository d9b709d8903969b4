/* See child_key.h. */
#include "client/child_key.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "client/growing.h"
#include "crypto/digest.h"

#define PART_END   0x1f /* between what is hashed together: stands in no normal form of a number */
#define DATE_LEN   10u
#define PARTS_MAX  (4u * SH_KIB)
#define LISTED_MAX 8u /* names and local identifiers of one child that are looked for */

const char *child_by_words(uint32_t by)
{
    static const char *const words[] = {
        [BY_UPN] = "UPN",
        [BY_NHS] = "NHS number",
        [BY_LOCAL_BORN] = "local identifier and date of birth",
        [BY_LOCAL_NAME] = "local identifier and name",
        [BY_NAME_BORN] = "name and date of birth",
        [BY_UPN_DOUBTFUL_BORN] = "UPN that fails its check letter, and date of birth",
        [BY_NHS_DOUBTFUL_BORN] = "NHS number that fails its check digit, and date of birth",
        [BY_LOCAL] = "local identifier",
        [BY_UPN_DOUBTFUL] = "UPN that fails its check letter",
        [BY_NHS_DOUBTFUL] = "NHS number that fails its check digit",
        [BY_NAME] = "name",
    };
    return by >= BY_UPN && by <= BY_LAST ? words[by] : "";
}

/* ---- hashing ---- */

/* `first` and `second` are in normal form; second may be "". */
static sh_err hash_parts(const struct sh_hash *key, uint32_t by, const char *first,
                         const char *second, struct child_token *out)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(PARTS_MAX);
    SH_TRY(buf_append_u8(&bytes, (uint8_t)by));
    SH_TRY(buf_append_str(&bytes, first));
    SH_TRY(buf_append_u8(&bytes, PART_END));
    SH_TRY(buf_append_str(&bytes, second));
    out->by = by;
    return digest_hmac_sha256(BYTES_FIXED(*key), bytes_buf(&bytes), &out->hash);
}

struct hashing {
    const struct sh_hash *key;
    const char *born; /* "" if not known */
    const char *names[LISTED_MAX];
    size_t names_len;
    struct arena *arena;
    struct growing tokens;
};

static sh_err add(struct hashing *hashing, uint32_t by, const char *first, const char *second)
{
    void *item = NULL;
    struct child_token token;
    SH_TRY(hash_parts(hashing->key, by, first, second, &token));
    SH_TRY(growing_add(&hashing->tokens, &item));
    *(struct child_token *)item = token;
    return SH_OK;
}

/* Gives NULL for what is longer than any name or number: it is kept in the message, and not looked
 * for. */
static sh_err take_normal(struct hashing *hashing, struct buf *normal, sh_err result,
                          const char **out)
{
    *out = NULL;
    SH_CHECK(result != SH_E_NOMEM, result);
    SH_CHECK(result == SH_OK && normal->len > 0, SH_OK);
    SH_TRY(buf_terminate(normal));
    return arena_string(hashing->arena, (const char *)normal->data, out);
}

/* ---- a child of a message ---- */

static sh_err add_name(struct hashing *hashing, const char *given, const char *family)
{
    SH_DEFER(buf_wipe) struct buf written = BUF_INIT(SH_KIB);
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_KIB);
    sh_err result = buf_printf(&written, "%s %s", given ? given : "", family ? family : "");
    result = result == SH_OK ? buf_terminate(&written) : result;
    result = result == SH_OK ? identifier_normal_name((const char *)written.data, &normal) : result;
    const char *name = NULL;
    SH_TRY(take_normal(hashing, &normal, result, &name));
    SH_CHECK(name && hashing->names_len < LISTED_MAX, SH_OK);
    hashing->names[hashing->names_len++] = name;
    SH_TRY(add(hashing, BY_NAME, name, ""));
    return hashing->born[0] ? add(hashing, BY_NAME_BORN, name, hashing->born) : SH_OK;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A child has given and family name, a sibling has one name; other names stand in for the given one
 * (known_as) or for all of it (aliases). */
static sh_err add_names(struct hashing *hashing, const json_t *child)
{
    const char *family = text_of(child, "family_name");
    const char *given = text_of(child, "given_names");
    const json_t *known_as = json_object_get(child, "known_as");
    const json_t *aliases = json_object_get(child, "aliases");
    SH_TRY(add_name(hashing, given ? given : text_of(child, "name"), family));
    for (size_t i = 0; i < json_array_size(known_as); i++) {
        SH_TRY(add_name(hashing, json_string_value(json_array_get(known_as, i)), family));
    }
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        SH_TRY(add_name(hashing, json_string_value(json_array_get(aliases, i)), NULL));
    }
    return SH_OK;
}

struct ways {
    uint32_t holds, doubtful, doubtful_born;
};

static const struct ways ways_of[] = {
    [IDENTIFIER_UPN] = {BY_UPN, BY_UPN_DOUBTFUL, BY_UPN_DOUBTFUL_BORN},
    [IDENTIFIER_NHS] = {BY_NHS, BY_NHS_DOUBTFUL, BY_NHS_DOUBTFUL_BORN},
    [IDENTIFIER_LOCAL] = {BY_LOCAL, BY_LOCAL, BY_LOCAL_BORN},
};

static sh_err add_identifier(struct hashing *hashing, enum identifier_kind kind, const char *text)
{
    SH_DEFER(buf_wipe) struct buf buf = BUF_INIT(SH_KIB);
    const char *normal = NULL;
    SH_CHECK(text, SH_OK);
    SH_TRY(take_normal(hashing, &buf, identifier_normal(kind, text, &buf), &normal));
    SH_CHECK(normal, SH_OK);
    enum identifier_state state = identifier_check(kind, normal);
    if (state == IDENTIFIER_HOLDS) {
        return add(hashing, ways_of[kind].holds, normal, "");
    }
    SH_TRY(add(hashing, ways_of[kind].doubtful, normal, ""));
    if (hashing->born[0]) {
        SH_TRY(add(hashing, ways_of[kind].doubtful_born, normal, hashing->born));
    }
    for (size_t i = 0; state == IDENTIFIER_UNCHECKED && i < hashing->names_len; i++) {
        SH_TRY(add(hashing, BY_LOCAL_NAME, normal, hashing->names[i]));
    }
    return SH_OK;
}

sh_err child_tokens_of(const json_t *child, const char *family, const struct sh_hash *index_key,
                       struct arena *arena, struct child_tokens *out)
{
    struct hashing hashing = {.key = index_key,
                              .born = text_of(child, "date_of_birth"),
                              .arena = arena,
                              .tokens = GROWING_INIT(arena, struct child_token)};
    if (!hashing.born) {
        hashing.born = text_of(child, "due_date") ? text_of(child, "due_date") : "";
    }
    SH_TRY(add_names(&hashing, child));
    if (family && text_of(child, "name")) {
        SH_TRY(add_name(&hashing, text_of(child, "name"), family));
    }
    SH_TRY(add_identifier(&hashing, IDENTIFIER_UPN, text_of(child, "upn")));
    SH_TRY(add_identifier(&hashing, IDENTIFIER_NHS, text_of(child, "nhs_number")));
    const json_t *local = json_object_get(child, "local_ids");
    for (size_t i = 0; i < json_array_size(local) && i < LISTED_MAX; i++) {
        SH_TRY(add_identifier(&hashing, IDENTIFIER_LOCAL,
                              json_string_value(json_array_get(local, i))));
    }
    *out = (struct child_tokens){hashing.tokens.items, hashing.tokens.len};
    return SH_OK;
}

/* ---- a key that was typed ---- */

static sh_err refuse(struct sh_why *why)
{
    return sh_fail(why, SH_E_USAGE,
                   "a child is named by upn:X, nhs:X, local:X, or name:Given Family/2016-05-21 "
                   "with the date of birth");
}

/* Cuts "/2016-05-21" off the end of value, if it is there. */
static const char *cut_date(char *value)
{
    size_t len = strlen(value);
    if (len > DATE_LEN && value[len - DATE_LEN - 1] == '/' &&
        date_is_valid(value + len - DATE_LEN)) {
        value[len - DATE_LEN - 1] = '\0';
        return value + len - DATE_LEN;
    }
    return "";
}

static sh_err parse_name(const char *name, const char *born, const struct sh_hash *key,
                         struct child_token *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_KIB);
    sh_err result = identifier_normal_name(name, &normal);
    SH_CHECK(result != SH_E_NOMEM, result);
    SH_CHECK(result == SH_OK && normal.len > 0 && born[0], refuse(why));
    SH_TRY(buf_terminate(&normal));
    return hash_parts(key, BY_NAME_BORN, (const char *)normal.data, born, out);
}

static sh_err parse_identifier(enum identifier_kind kind, const char *value, const char *born,
                               const struct sh_hash *key, struct child_token *out,
                               struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_KIB);
    sh_err result = identifier_normal(kind, value, &normal);
    SH_CHECK(result != SH_E_NOMEM, result);
    SH_CHECK(result == SH_OK && normal.len > 0, refuse(why));
    SH_TRY(buf_terminate(&normal));
    const char *text = (const char *)normal.data;
    const struct ways *ways = &ways_of[kind];
    if (identifier_check(kind, text) == IDENTIFIER_HOLDS) {
        SH_CHECK(!born[0], sh_fail(why, SH_E_USAGE,
                                   "a number that passes its check needs no date behind it"));
        return hash_parts(key, ways->holds, text, "", out);
    }
    return born[0] ? hash_parts(key, ways->doubtful_born, text, born, out)
                   : hash_parts(key, ways->doubtful, text, "", out);
}

struct prefix {
    const char *text;
    enum identifier_kind kind; /* 0: a name */
};

sh_err child_key_parse(const char *key, const struct sh_hash *index_key, struct child_token *out,
                       struct sh_why *why)
{
    static const struct prefix prefixes[] = {{"upn:", IDENTIFIER_UPN},
                                             {"nhs:", IDENTIFIER_NHS},
                                             {"local:", IDENTIFIER_LOCAL},
                                             {"name:", (enum identifier_kind)0}};
    for (size_t i = 0; key && i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t len = strlen(prefixes[i].text);
        if (strncmp(key, prefixes[i].text, len) != 0) {
            continue;
        }
        SH_DEFER(buf_wipe) struct buf copy = BUF_INIT(2 * SH_KIB);
        sh_err copied = buf_append_str(&copy, key + len);
        SH_CHECK(copied != SH_E_NOMEM, copied);
        SH_CHECK(copied == SH_OK, refuse(why));
        SH_TRY(buf_terminate(&copy));
        char *value = (char *)copy.data;
        const char *born = cut_date(value);
        return prefixes[i].kind
                   ? parse_identifier(prefixes[i].kind, value, born, index_key, out, why)
                   : parse_name(value, born, index_key, out, why);
    }
    return refuse(why);
}
