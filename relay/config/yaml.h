/* YAML as configuration and policy use it: words, lists and mappings, read from libyaml's events
 * into a small tree that remembers lines, and a keyword table that turns a mapping into a C struct.
 * Every mistake is SH_E_CONFIG and names file, line and key: "relay.yaml:12: retention.days: ...".
 * Deliberately not all of YAML: anchors, aliases, tags, directives, second documents, duplicate
 * keys and keys that are no words are refused; 010 is no number; a number in quotes is text. A tree
 * does not change once it is loaded; any thread may read it. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

#define YAML_FILE_BYTES_MAX SH_MIB
#define YAML_DEPTH_MAX      12u
#define YAML_KEYS_MAX       1024u /* of one mapping */

enum yaml_shape {
    YAML_SHAPE_WORD,
    YAML_SHAPE_LIST,
    YAML_SHAPE_MAP,
};

/* One value; lives as long as its tree. Walk a list or mapping with
 *     for (const struct yaml_value *v = list->first; v; v = v->next)
 */
struct yaml_value {
    enum yaml_shape shape;
    bool quoted;      /* of a word */
    unsigned line;    /* from 1 */
    const char *key;  /* its key, in a mapping; else NULL */
    const char *text; /* of a word; never NULL there, has no NUL inside */
    size_t len;       /* entries of a list or mapping; bytes of a word */
    size_t index;     /* its place among its siblings, from 0 */
    const struct yaml_value *first, *next, *parent;
    struct yaml_value *last; /* for the reader that builds it */
};

struct yaml_tree; /* opaque */

/* Gives *out: yaml_tree_free(). SH_E_CONFIG, and what file_read() says. The root is always a
 * mapping. */
SH_MUST_USE sh_err yaml_tree_load(const char *path, struct yaml_tree **out, struct sh_why *why);
/* The same from memory; `name` is what errors call it (copied). Relative paths stay relative. */
SH_MUST_USE sh_err yaml_tree_parse(const char *name, struct bytes text, struct yaml_tree **out,
                                   struct sh_why *why);
void yaml_tree_free(struct yaml_tree **tree);
const struct yaml_value *yaml_tree_root(const struct yaml_tree *tree);

/* The value of a key, or NULL. */
const struct yaml_value *yaml_find(const struct yaml_value *map, const char *key);
/* Fills *why with "file:line: key.path[2]: " and the sentence; always returns SH_E_CONFIG. */
SH_MUST_USE sh_err yaml_fail(const struct yaml_tree *tree, const struct yaml_value *at,
                             struct sh_why *why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What a keyword stores at its offset. Limits `least` and `most` hold numbers between them, words
 * to that many bytes, lists and mappings to that many entries. */
enum yaml_type {
    YAML_TYPE_TEXT,   /* char[room]: a copy */
    YAML_TYPE_PATH,   /* char[room]: a copy; a relative path is taken from the file's own folder */
    YAML_TYPE_WORD,   /* const char *: borrows the tree (or the table, for a fallback) */
    YAML_TYPE_NUMBER, /* int64_t: decimal, no leading zero, no quotes */
    YAML_TYPE_SWITCH, /* bool: yes, no, true or false */
    YAML_TYPE_LIST,   /* const struct yaml_value * */
    YAML_TYPE_MAP,    /* const struct yaml_value * */
};

struct yaml_keyword {
    const char *name;
    enum yaml_type type;
    const char *fallback; /* as it would stand in the file; NULL: the key must be there. For a list
                           * or mapping "": it may be left out, which stores NULL. */
    int64_t least, most;
    size_t offset;
    size_t room;      /* of TEXT and PATH: bytes of the array, NUL included */
    const char *help; /* one sentence */
};

/* Reads one mapping by a table: unknown keys, missing keys, wrong types and values out of range are
 * errors. On an error *out is half written and must not be used. */
SH_MUST_USE sh_err yaml_read(const struct yaml_tree *tree, const struct yaml_value *map,
                             const struct yaml_keyword *table, size_t table_len, void *out,
                             struct sh_why *why);
/* One word as a number, by the rule above; for entries of lists. */
SH_MUST_USE sh_err yaml_number(const struct yaml_tree *tree, const struct yaml_value *value,
                               int64_t least, int64_t most, int64_t *out, struct sh_why *why);
