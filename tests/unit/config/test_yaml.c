/* The reader of YAML: what it takes, what it refuses, and that every refusal names file, line and
 * key. */
#include "base/cleanup.h"
#include "base/files.h"
#include "config/yaml.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>

static sh_err parse(const char *text, struct yaml_tree **out, struct sh_why *why)
{
    return yaml_tree_parse("t.yaml", bytes_str(text), out, why);
}

Test(yaml, keeps_words_lists_and_mappings_with_their_lines)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct sh_why why;
    cr_assert_eq(parse("a: one\nb:\n  - x\n  - \"y\"\nc:\n  d: {e: f}\n", &tree, &why), SH_OK);
    const struct yaml_value *root = yaml_tree_root(tree);
    cr_assert_eq(root->shape, YAML_SHAPE_MAP);
    cr_assert_eq(root->len, 3);
    const struct yaml_value *a = yaml_find(root, "a");
    cr_assert_str_eq(a->text, "one");
    cr_assert_eq(a->len, 3);
    const struct yaml_value *b = yaml_find(root, "b");
    cr_assert_eq(b->shape, YAML_SHAPE_LIST);
    cr_assert_eq(b->len, 2);
    cr_assert_not(b->first->quoted);
    cr_assert(b->first->next->quoted);
    cr_assert_eq(b->first->next->line, 4);
    cr_assert_eq(b->first->next->index, 1);
    const struct yaml_value *d = yaml_find(yaml_find(root, "c"), "d");
    cr_assert_str_eq(yaml_find(d, "e")->text, "f");
    cr_assert_null(yaml_find(root, "z"));
}

static const struct {
    const char *text;
    const char *error;
} refused[] = {
    {"", "t.yaml:1: the file is empty"},
    {"# only a comment\n", "t.yaml:1: the file is empty"},
    {"just a word\n", "t.yaml:1: the file must be a list of 'key: value' lines"},
    {"- a\n- b\n", "t.yaml:1: the file must be a list of 'key: value' lines"},
    {"a: 1\nb: 2\na: 3\n", "t.yaml:3: a: stands here a second time"},
    {"m:\n  x: 1\n  x: 2\n", "t.yaml:3: m.x: stands here a second time"},
    {"a: &n 1\n", "t.yaml:1: a: tags and anchors are not used here"},
    {"a: &n [1]\n", "t.yaml:1: a: tags and anchors are not used here"},
    {"a: &n {b: 1}\n", "t.yaml:1: a: tags and anchors are not used here"},
    {"a: *n\n", "t.yaml:1: a: aliases are not used here"},
    {"a: !!int 1\n", "t.yaml:1: a: tags and anchors are not used here"},
    {"a: !x [1]\n", "t.yaml:1: a: tags and anchors are not used here"},
    {"a:\n  - b: !t c\n", "t.yaml:2: a[0].b: tags and anchors are not used here"},
    {"? [a]\n: b\n", "t.yaml:1: a key must be a word"},
    {"a: 1\n---\nb: 2\n", "t.yaml:2: a second document begins"},
    {"%YAML 1.1\n---\na: 1\n", "t.yaml:1: directives are not used here"},
    {"a: \"x\\0y\"\n", "t.yaml:1: a: has a NUL byte in it"},
    {"a: [1\n", "t.yaml:2: not YAML: did not find expected ',' or ']'"},
    {"a:\tb: c\n", "t.yaml:1: not YAML: mapping values are not allowed in this context"},
};

Test(yaml, refuses_what_it_does_not_use_and_says_where)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct yaml_tree *tree = NULL;
        struct sh_why why = {0};
        cr_expect_eq(parse(refused[i].text, &tree, &why), SH_E_CONFIG, "taken: %s",
                     refused[i].text);
        cr_expect_str_eq(why.text, refused[i].error);
        cr_assert_null(tree);
    }
}

Test(yaml, refuses_bytes_that_are_not_utf8)
{
    struct yaml_tree *tree = NULL;
    struct sh_why why = {0};
    cr_assert_eq(parse("a: \xff\xfe\n", &tree, &why), SH_E_CONFIG);
    cr_assert_null(tree);
}

/* depth mappings in one another: "{a: {a: 1}}" has two. */
static void nest(unsigned depth, char *out)
{
    out[0] = '\0';
    for (unsigned i = 0; i < depth; i++) {
        strcat(out, "{a: ");
    }
    strcat(out, "1");
    for (unsigned i = 0; i < depth; i++) {
        strcat(out, "}");
    }
}

Test(yaml, takes_the_deepest_nesting_and_refuses_one_more)
{
    char text[256];
    struct sh_why why = {0};
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    nest(YAML_DEPTH_MAX, text);
    cr_assert_eq(parse(text, &tree, &why), SH_OK, "%s", why.text);
    struct yaml_tree *deeper = NULL;
    nest(YAML_DEPTH_MAX + 1, text);
    cr_assert_eq(parse(text, &deeper, &why), SH_E_CONFIG);
    cr_assert(strstr(why.text, "nested too deeply"), "%s", why.text);
}

static sh_err parse_keys(unsigned len, struct yaml_tree **out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(1 << 20);
    for (unsigned i = 0; i < len; i++) {
        cr_assert_eq(buf_printf(&text, "k%u: v\n", i), SH_OK);
    }
    return yaml_tree_parse("t.yaml", bytes_buf(&text), out, why);
}

Test(yaml, takes_the_most_keys_and_refuses_one_more)
{
    struct sh_why why = {0};
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    cr_assert_eq(parse_keys(YAML_KEYS_MAX, &tree, &why), SH_OK);
    cr_assert_eq(yaml_tree_root(tree)->len, YAML_KEYS_MAX);
    struct yaml_tree *more = NULL;
    cr_assert_eq(parse_keys(YAML_KEYS_MAX + 1, &more, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "t.yaml:1025: k1024: is one key too many for a mapping");
}

/* A file of no bytes gives no pointer to them, which libyaml does not bear. */
Test(yaml, refuses_an_empty_file_as_it_refuses_empty_text)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct sh_why why = {""};
    cr_assert_eq(yaml_tree_load("/dev/null", &tree, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "/dev/null:1: the file is empty");
    cr_assert_eq(yaml_tree_parse("t.yaml", bytes_of(NULL, 0), &tree, &why), SH_E_CONFIG);
}

Test(yaml, loads_a_file_up_to_its_limit_and_no_larger_one)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/a.yaml", dir.path);
    static char text[YAML_FILE_BYTES_MAX + 1];
    memset(text, '#', sizeof text);
    memcpy(text, "a: b\n", 5);
    struct sh_why why = {0};
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    cr_assert_eq(file_write_atomic(path, bytes_of(text, YAML_FILE_BYTES_MAX), 0600, &why), SH_OK);
    cr_assert_eq(yaml_tree_load(path, &tree, &why), SH_OK, "%s", why.text);
    struct yaml_tree *none = NULL;
    cr_assert_eq(file_write_atomic(path, bytes_of(text, sizeof text), 0600, &why), SH_OK);
    cr_assert_eq(yaml_tree_load(path, &none, &why), SH_E_TOO_BIG);
    cr_assert_eq(yaml_tree_load("/nonexistent/a.yaml", &none, &why), SH_E_NOT_FOUND);
    cr_assert_null(none);
}
