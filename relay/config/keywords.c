/* Keyword tables: from a mapping to a C struct, with one kind of error sentence for every mistake
 * that an administrator can make in a file. */
#include "base/cleanup.h"
#include "config/yaml_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_TEXT_BYTES = 160 };

/* "retention.sectors[2].name". The chain is walked once per level, root first; at most
 * YAML_DEPTH_MAX levels. */
static void write_key_path(const struct yaml_value *at, char *out, size_t out_len)
{
    const struct yaml_value *chain[YAML_DEPTH_MAX + 2] = {NULL};
    size_t depth = 0;
    for (const struct yaml_value *v = at; v && depth < YAML_DEPTH_MAX + 2; v = v->parent) {
        chain[depth++] = v;
    }
    size_t used = 0;
    out[0] = '\0';
    while (depth-- > 0 && used < out_len) {
        const struct yaml_value *v = chain[depth];
        int len = 0;
        if (v->key) {
            len = snprintf(out + used, out_len - used, "%s%s", used ? "." : "", v->key);
        } else if (v->parent && v->parent->shape == YAML_SHAPE_LIST) {
            len = snprintf(out + used, out_len - used, "[%zu]", v->index);
        }
        used += len > 0 ? (size_t)len : 0;
    }
}

sh_err yaml_fail(const struct yaml_tree *tree, const struct yaml_value *at, struct sh_why *why,
                 const char *format, ...)
{
    char sentence[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    char path[PATH_TEXT_BYTES];
    write_key_path(at, path, sizeof path);
    return sh_fail(why, SH_E_CONFIG, "%s:%u: %s%s%s", tree->name, at->line, path,
                   path[0] ? ": " : "", sentence);
}

/* Decimal digits with no leading zero, perhaps a minus: so 010, 0x10, 1e3 and 1_000 are no numbers.
 */
static bool number_from(const char *text, int64_t *out)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '\0' || (digits[0] == '0' && (digits[1] != '\0' || digits != text))) {
        return false;
    }
    if (strspn(digits, "0123456789") != strlen(digits)) {
        return false;
    }
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == 0;
}

sh_err yaml_number(const struct yaml_tree *tree, const struct yaml_value *value, int64_t least,
                   int64_t most, int64_t *out, struct sh_why *why)
{
    int64_t number = 0;
    if (value->shape != YAML_SHAPE_WORD || value->quoted || !number_from(value->text, &number)) {
        return yaml_fail(tree, value, why,
                         "must be a whole number, written in decimal without quotes");
    }
    if (number < least || number > most) {
        return yaml_fail(tree, value, why, "must be between %" PRId64 " and %" PRId64, least, most);
    }
    *out = number;
    return SH_OK;
}

static sh_err read_switch(const struct yaml_tree *tree, const struct yaml_value *value, bool *out,
                          struct sh_why *why)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"yes", true}, {"true", true}, {"no", false}, {"false", false}};
    for (size_t i = 0; value->shape == YAML_SHAPE_WORD && !value->quoted && i < 4; i++) {
        if (strcmp(value->text, words[i].word) == 0) {
            *out = words[i].value;
            return SH_OK;
        }
    }
    return yaml_fail(tree, value, why, "must be yes or no");
}

static sh_err check_word(const struct yaml_tree *tree, const struct yaml_keyword *keyword,
                         const struct yaml_value *value, struct sh_why *why)
{
    if (value->shape != YAML_SHAPE_WORD) {
        return yaml_fail(tree, value, why, "must be one word or text, not a list or mapping");
    }
    if (value->len == 0 && !value->quoted) {
        return yaml_fail(tree, value, why, "has no value");
    }
    int64_t len = (int64_t)value->len;
    if (len < keyword->least || len > keyword->most) {
        return yaml_fail(tree, value, why, "must have %" PRId64 " to %" PRId64 " bytes",
                         keyword->least, keyword->most);
    }
    return SH_OK;
}

static sh_err read_text(const struct yaml_tree *tree, const struct yaml_keyword *keyword,
                        const struct yaml_value *value, char *out, struct sh_why *why)
{
    SH_TRY(check_word(tree, keyword, value, why));
    bool relative = keyword->type == YAML_TYPE_PATH && value->text[0] != '/';
    int len = snprintf(out, keyword->room, "%s%s", relative ? tree->folder : "", value->text);
    if (len < 0 || (size_t)len >= keyword->room) {
        return yaml_fail(tree, value, why, "is too long");
    }
    return SH_OK;
}

static sh_err read_container(const struct yaml_tree *tree, const struct yaml_keyword *keyword,
                             const struct yaml_value *value, const struct yaml_value **out,
                             struct sh_why *why)
{
    bool list = keyword->type == YAML_TYPE_LIST;
    if (value->shape != (list ? YAML_SHAPE_LIST : YAML_SHAPE_MAP)) {
        return yaml_fail(tree, value, why, "must be a %s", list ? "list" : "mapping");
    }
    int64_t len = (int64_t)value->len;
    if (len < keyword->least || len > keyword->most) {
        return yaml_fail(tree, value, why, "must have %" PRId64 " to %" PRId64 " entries",
                         keyword->least, keyword->most);
    }
    *out = value;
    return SH_OK;
}

static sh_err read_value(const struct yaml_tree *tree, const struct yaml_keyword *keyword,
                         const struct yaml_value *value, void *out, struct sh_why *why)
{
    switch (keyword->type) {
    case YAML_TYPE_TEXT:
    case YAML_TYPE_PATH:
        return read_text(tree, keyword, value, out, why);
    case YAML_TYPE_WORD: {
        const char **word = out;
        SH_TRY(check_word(tree, keyword, value, why));
        *word = value->text;
        return SH_OK;
    }
    case YAML_TYPE_NUMBER:
        return yaml_number(tree, value, keyword->least, keyword->most, out, why);
    case YAML_TYPE_SWITCH:
        return read_switch(tree, value, out, why);
    case YAML_TYPE_LIST:
    case YAML_TYPE_MAP:
        return read_container(tree, keyword, value, out, why);
    }
    return SH_E_BUG;
}

/* A key that is not there: its fallback is read by the same rules as the file's words. */
static sh_err read_fallback(const struct yaml_tree *tree, const struct yaml_value *map,
                            const struct yaml_keyword *keyword, void *out, struct sh_why *why)
{
    struct yaml_value value = {.shape = YAML_SHAPE_WORD,
                               .key = keyword->name,
                               .line = map->line,
                               .parent = map,
                               .quoted = keyword->type == YAML_TYPE_TEXT ||
                                         keyword->type == YAML_TYPE_WORD,
                               .text = keyword->fallback};
    if (!keyword->fallback) {
        return yaml_fail(tree, map, why, "the key '%s' is missing", keyword->name);
    }
    if (keyword->type == YAML_TYPE_LIST || keyword->type == YAML_TYPE_MAP) {
        const struct yaml_value **none = out;
        *none = NULL;
        return SH_OK;
    }
    value.len = strlen(value.text);
    return read_value(tree, keyword, &value, out, why);
}

static bool table_has(const struct yaml_keyword *table, size_t table_len, const char *name)
{
    for (size_t i = 0; i < table_len; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

sh_err yaml_read(const struct yaml_tree *tree, const struct yaml_value *map,
                 const struct yaml_keyword *table, size_t table_len, void *out, struct sh_why *why)
{
    if (map->shape != YAML_SHAPE_MAP) {
        return yaml_fail(tree, map, why, "must be a mapping");
    }
    for (const struct yaml_value *v = map->first; v; v = v->next) {
        if (!table_has(table, table_len, v->key)) {
            return yaml_fail(tree, v, why, "is not a key that is known here");
        }
    }
    char *base = out;
    for (size_t i = 0; i < table_len; i++) {
        const struct yaml_value *value = yaml_find(map, table[i].name);
        if (value) {
            SH_TRY(read_value(tree, &table[i], value, base + table[i].offset, why));
        } else {
            SH_TRY(read_fallback(tree, map, &table[i], base + table[i].offset, why));
        }
    }
    return SH_OK;
}
