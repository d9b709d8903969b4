/* See clarity_reader.h. */
#include "client/clarity_reader.h"

#include "wire/types.h"

#define CODE_MAX 40u

sh_err reader_complain(const struct reader *reader, const char *key, const char *complaint)
{
    return sh_fail(reader->why, SH_E_CONFIG, "%s: %s%s%.60s: %s", reader->file, reader->place,
                   reader->place[0] && key[0] && key[0] != '[' ? "." : "", key, complaint);
}

void reader_enter(struct reader *reader, const char *list, size_t index)
{
    (void)snprintf(reader->place, sizeof reader->place, "%s[%zu]", list, index);
}

void reader_leave(struct reader *reader)
{
    reader->place[0] = '\0';
}

/* ---- one member ---- */

/* keys: NULL-terminated. */
sh_err read_only_keys(const struct reader *reader, const json_t *object, const char *const *keys)
{
    if (!json_is_object(object)) {
        return reader_complain(reader, "", "not an object");
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        const char *const *known = keys;
        while (*known && strcmp(*known, key) != 0) {
            known++;
        }
        if (!*known) {
            return reader_complain(reader, key, "unknown key");
        }
    }
    return SH_OK;
}

sh_err read_sentence(const struct reader *reader, const json_t *object, const char *key,
                     const char **out)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return reader_complain(reader, key, "missing");
    }
    if (!json_is_string(value) || json_string_length(value) == 0) {
        return reader_complain(reader, key, "must be text");
    }
    if (json_string_length(value) > CLARITY_TEXT_MAX) {
        return reader_complain(reader, key, "longer than 400 bytes");
    }
    *out = json_string_value(value);
    return SH_OK;
}

sh_err read_advice(const struct reader *reader, const json_t *object, struct clarity_advice *out)
{
    SH_TRY(read_sentence(reader, object, "why", &out->why));
    return read_sentence(reader, object, "instead", &out->instead);
}

/* A code word: lower-case letters and underscores, so that programs can rely on it. */
sh_err read_code(const struct reader *reader, const json_t *object, const char **out)
{
    SH_TRY(read_sentence(reader, object, "code", out));
    size_t len = strspn(*out, "abcdefghijklmnopqrstuvwxyz_");
    return (*out)[len] == '\0' && len <= CODE_MAX
               ? SH_OK
               : reader_complain(reader, "code", "must be lower-case letters and underscores");
}

sh_err read_number(const struct reader *reader, const json_t *object, const char *key,
                   uint32_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > 1000) {
        return reader_complain(reader, key, "must be a number from 1 to 1000");
    }
    *out = (uint32_t)json_integer_value(value);
    return SH_OK;
}

/* ---- lists of text ---- */

sh_err read_list(const struct reader *reader, const json_t *object, const char *key,
                 const json_t **out)
{
    const json_t *list = json_object_get(object, key);
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return reader_complain(reader, key, list ? "must be a list with an entry" : "missing");
    }
    if (json_array_size(list) > CLARITY_FINDS_MAX) {
        return reader_complain(reader, key, "more than 256 entries");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item) || json_string_length(item) == 0 ||
            json_string_length(item) > CLARITY_TEXT_MAX) {
            char at[80];
            (void)snprintf(at, sizeof at, "%.40s[%zu]", key, i);
            return reader_complain(reader, at, "must be text of 1 to 400 bytes");
        }
    }
    *out = list;
    return SH_OK;
}

sh_err read_paths(const struct reader *reader, const json_t *object, const char *key,
                  struct clarity_paths *out)
{
    const json_t *list = NULL;
    SH_TRY(read_list(reader, object, key, &list));
    const char **items = arena_array(reader->rules->arena, json_array_size(list), sizeof *items);
    SH_CHECK(items, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(list); i++) {
        items[i] = json_string_value(json_array_get(list, i));
    }
    *out = (struct clarity_paths){items, json_array_size(list)};
    return SH_OK;
}

sh_err read_patterns(const struct reader *reader, const json_t *object, const char *key,
                     struct clarity_patterns *out)
{
    const json_t *list = NULL;
    SH_TRY(read_list(reader, object, key, &list));
    struct arena *arena = reader->rules->arena;
    struct clarity_pattern *items = arena_array(arena, json_array_size(list), sizeof *items);
    SH_CHECK(items, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(list); i++) {
        sh_err read =
            clarity_pattern_read(json_string_value(json_array_get(list, i)), arena, &items[i]);
        if (read == SH_E_FORMAT) {
            char at[80];
            (void)snprintf(at, sizeof at, "%.40s[%zu]", key, i);
            return reader_complain(
                reader, at,
                "must be 1 to 12 words with one space between them and no other marks "
                "than apostrophes, * and #");
        }
        SH_TRY(read);
    }
    *out = (struct clarity_patterns){items, json_array_size(list)};
    return SH_OK;
}

/* Absent: all kinds. */
sh_err read_kinds(const struct reader *reader, const json_t *object, uint32_t *out)
{
    struct clarity_paths words = {0};
    uint32_t bits = 0;
    *out = ~0u;
    if (!json_object_get(object, "kinds")) {
        return SH_OK;
    }
    SH_TRY(read_paths(reader, object, "kinds", &words));
    for (size_t i = 0; i < words.len; i++) {
        uint32_t kind = kind_from_word(words.items[i]);
        if (kind == 0) {
            return reader_complain(reader, "kinds", "no such kind");
        }
        bits |= 1u << kind;
    }
    *out = bits;
    return SH_OK;
}
