/* From libyaml's events to a tree. The reading is a loop over a short list of open containers, so
 * depth costs no stack. */
#include "base/cleanup.h"
#include "base/files.h"
#include "config/yaml_tree.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    TREE_BYTES_MAX = 32 * 1024 * 1024,
    TREE_COUNT_MAX = 500 * 1000,
};

struct reader {
    struct yaml_tree *tree;
    struct yaml_value *open[YAML_DEPTH_MAX]; /* lists and mappings, outermost first */
    unsigned depth;
    struct yaml_value *here; /* the innermost; NULL before and behind the root */
    const char *key;         /* read, and waiting for its value */
    bool done;
};

static unsigned line_of(const yaml_event_t *event)
{
    return (unsigned)event->start_mark.line + 1;
}

static sh_err fail_at(const struct reader *r, const yaml_event_t *event, struct sh_why *why,
                      const char *sentence)
{
    struct yaml_value place = {.line = line_of(event), .key = r->key, .parent = r->here};
    return yaml_fail(r->tree, &place, why, "%s", sentence);
}

/* Adds a value to the open container, or makes it the root. */
static sh_err add_value(struct reader *r, const yaml_event_t *event, enum yaml_shape shape,
                        struct yaml_value **out)
{
    struct yaml_value *value = arena_alloc(r->tree->arena, sizeof *value);
    SH_CHECK(value, SH_E_TOO_BIG);
    value->shape = shape;
    value->line = line_of(event);
    value->key = r->key;
    value->parent = r->here;
    r->key = NULL;
    if (!r->here) {
        r->tree->root = value;
    } else {
        value->index = r->here->len++;
        if (r->here->last) {
            r->here->last->next = value;
        } else {
            r->here->first = value;
        }
        r->here->last = value;
    }
    *out = value;
    return SH_OK;
}

static sh_err copy_word(struct reader *r, const yaml_event_t *event, const char **out,
                        struct sh_why *why)
{
    struct bytes text = bytes_of(event->data.scalar.value, event->data.scalar.length);
    if (text.len && memchr(text.data, 0, text.len)) {
        return fail_at(r, event, why, "has a NUL byte in it");
    }
    struct bytes copy;
    SH_TRY(arena_copy(r->tree->arena, text, &copy));
    *out = (const char *)copy.data;
    return SH_OK;
}

static sh_err take_key(struct reader *r, const yaml_event_t *event, struct sh_why *why)
{
    const char *key = NULL;
    SH_TRY(copy_word(r, event, &key, why));
    SH_CHECK(key, SH_E_BUG);
    const struct yaml_value *before = yaml_find(r->here, key);
    r->key = key;
    if (before) {
        return fail_at(r, event, why, "stands here a second time");
    }
    if (r->here->len >= YAML_KEYS_MAX) {
        return fail_at(r, event, why, "is one key too many for a mapping");
    }
    return SH_OK;
}

static sh_err take_scalar(struct reader *r, const yaml_event_t *event, struct sh_why *why)
{
    if (event->data.scalar.tag || event->data.scalar.anchor) {
        return fail_at(r, event, why, "tags and anchors are not used here");
    }
    if (!r->here) {
        return fail_at(r, event, why, "the file must be a list of 'key: value' lines");
    }
    if (r->here->shape == YAML_SHAPE_MAP && !r->key) {
        return take_key(r, event, why);
    }
    const char *text = NULL;
    SH_TRY(copy_word(r, event, &text, why));
    SH_CHECK(text, SH_E_BUG);
    struct yaml_value *value = NULL;
    SH_TRY(add_value(r, event, YAML_SHAPE_WORD, &value));
    value->text = text;
    value->len = strlen(text);
    value->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return SH_OK;
}

static sh_err open_container(struct reader *r, const yaml_event_t *event, enum yaml_shape shape,
                             struct sh_why *why)
{
    bool list = shape == YAML_SHAPE_LIST;
    const yaml_char_t *tag = list ? event->data.sequence_start.tag : event->data.mapping_start.tag;
    const yaml_char_t *anchor =
        list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    if (tag || anchor) {
        return fail_at(r, event, why, "tags and anchors are not used here");
    }
    if (r->here && r->here->shape == YAML_SHAPE_MAP && !r->key) {
        return fail_at(r, event, why, "a key must be a word");
    }
    if (!r->here && list) {
        return fail_at(r, event, why, "the file must be a list of 'key: value' lines");
    }
    if (r->depth >= YAML_DEPTH_MAX) {
        return fail_at(r, event, why, "is nested too deeply");
    }
    struct yaml_value *value = NULL;
    SH_TRY(add_value(r, event, shape, &value));
    r->open[r->depth++] = value;
    r->here = value;
    return SH_OK;
}

static void close_container(struct reader *r)
{
    r->depth--;
    r->here = r->depth ? r->open[r->depth - 1] : NULL;
}

static sh_err take_document(struct reader *r, const yaml_event_t *event, struct sh_why *why)
{
    bool directives = event->data.document_start.version_directive ||
                      event->data.document_start.tag_directives.start !=
                          event->data.document_start.tag_directives.end;
    if (directives) {
        return fail_at(r, event, why, "directives are not used here");
    }
    return r->tree->root ? fail_at(r, event, why, "a second document begins") : SH_OK;
}

static sh_err take_event(struct reader *r, const yaml_event_t *event, struct sh_why *why)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(r, event, why);
    case YAML_SEQUENCE_START_EVENT:
        return open_container(r, event, YAML_SHAPE_LIST, why);
    case YAML_MAPPING_START_EVENT:
        return open_container(r, event, YAML_SHAPE_MAP, why);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_container(r);
        return SH_OK;
    case YAML_ALIAS_EVENT:
        return fail_at(r, event, why, "aliases are not used here");
    case YAML_DOCUMENT_START_EVENT:
        return take_document(r, event, why);
    case YAML_STREAM_END_EVENT:
        r->done = true;
        return SH_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return SH_OK;
    }
    return SH_E_BUG;
}

static sh_err parse_next(struct reader *r, yaml_parser_t *parser, struct sh_why *why)
{
    SH_DEFER(yaml_event_delete) yaml_event_t event = {0};
    if (!yaml_parser_parse(parser, &event)) {
        struct yaml_value place = {.line = (unsigned)parser->problem_mark.line + 1};
        return yaml_fail(r->tree, &place, why, "not YAML: %s",
                         parser->problem ? parser->problem : "out of memory");
    }
    return take_event(r, &event, why);
}

static sh_err parse_all(struct yaml_tree *tree, struct bytes text, struct sh_why *why)
{
    SH_DEFER(yaml_parser_delete) yaml_parser_t parser;
    SH_CHECK(yaml_parser_initialize(&parser), SH_E_NOMEM);
    /* An empty file has no bytes to point at, and libyaml asserts that there are some. */
    yaml_parser_set_input_string(&parser, text.data ? text.data : (const uint8_t *)"", text.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    struct reader reader = {.tree = tree};
    while (!reader.done) {
        SH_TRY(parse_next(&reader, &parser, why));
    }
    if (!tree->root) {
        struct yaml_value place = {.line = 1};
        return yaml_fail(tree, &place, why, "the file is empty");
    }
    return SH_OK;
}

static sh_err tree_new(const char *name, struct yaml_tree **out)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = calloc(1, sizeof *tree);
    SH_CHECK(tree, SH_E_NOMEM);
    SH_TRY(arena_new(TREE_BYTES_MAX, TREE_COUNT_MAX, &tree->arena));
    SH_TRY(arena_string(tree->arena, name, &tree->name));
    tree->folder = "";
    *out = tree;
    tree = NULL;
    return SH_OK;
}

sh_err yaml_tree_parse(const char *name, struct bytes text, struct yaml_tree **out,
                       struct sh_why *why)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    SH_TRY(tree_new(name, &tree));
    SH_TRY(parse_all(tree, text, why));
    *out = tree;
    tree = NULL;
    return SH_OK;
}

/* The folder with a slash behind it, absolute, so that a later chdir changes no path. */
static sh_err folder_of(const char *path, struct arena *arena, const char **out, struct sh_why *why)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    SH_CHECK(len < sizeof folder, SH_E_TOO_BIG);
    memcpy(folder, path, len);
    folder[len] = '\0';
    SH_DEFER(sh_freep) char *whole = realpath(len ? folder : ".", NULL);
    if (!whole) {
        return sh_fail(why, SH_E_IO, "cannot find the folder of %s", path);
    }
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(PATH_MAX);
    SH_TRY(buf_printf(&text, "%s%s", whole, strcmp(whole, "/") == 0 ? "" : "/"));
    SH_TRY(buf_terminate(&text));
    return arena_string(arena, (const char *)text.data, out);
}

sh_err yaml_tree_load(const char *path, struct yaml_tree **out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(YAML_FILE_BYTES_MAX);
    SH_TRY(file_read(path, &text, why));
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    SH_TRY(yaml_tree_parse(path, bytes_buf(&text), &tree, why));
    SH_TRY(folder_of(path, tree->arena, &tree->folder, why));
    *out = tree;
    tree = NULL;
    return SH_OK;
}

void yaml_tree_free(struct yaml_tree **tree)
{
    if (*tree) {
        arena_free(&(*tree)->arena);
        free(*tree);
        *tree = NULL;
    }
}

const struct yaml_value *yaml_tree_root(const struct yaml_tree *tree)
{
    return tree->root;
}

const struct yaml_value *yaml_find(const struct yaml_value *map, const char *key)
{
    for (const struct yaml_value *v = map->first; v; v = v->next) {
        if (v->key && strcmp(v->key, key) == 0) {
            return v;
        }
    }
    return NULL;
}
