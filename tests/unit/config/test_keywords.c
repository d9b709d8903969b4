/* Keyword tables: every type, its limits, and what an unknown or missing key says. */
#include "base/cleanup.h"
#include "config/yaml.h"

#include <criterion/criterion.h>
#include <stddef.h>

struct sample {
    char text[9];
    const char *word;
    int64_t number;
    bool flag;
    const struct yaml_value *list;
    const struct yaml_value *map;
};

static const struct yaml_keyword table[] = {
    {.name = "text",
     .type = YAML_TYPE_TEXT,
     .fallback = "abc",
     .least = 2,
     .most = 8,
     .offset = offsetof(struct sample, text),
     .room = sizeof(((struct sample *)0)->text)},
    {.name = "word",
     .type = YAML_TYPE_WORD,
     .fallback = "",
     .most = 4,
     .offset = offsetof(struct sample, word)},
    {.name = "number",
     .type = YAML_TYPE_NUMBER,
     .fallback = "7",
     .least = -3,
     .most = 100,
     .offset = offsetof(struct sample, number)},
    {.name = "flag",
     .type = YAML_TYPE_SWITCH,
     .fallback = "no",
     .offset = offsetof(struct sample, flag)},
    {.name = "list",
     .type = YAML_TYPE_LIST,
     .fallback = "",
     .least = 1,
     .most = 2,
     .offset = offsetof(struct sample, list)},
    {.name = "map",
     .type = YAML_TYPE_MAP,
     .fallback = "",
     .least = 0,
     .most = 1,
     .offset = offsetof(struct sample, map)},
};
enum { KEYWORDS = sizeof table / sizeof table[0] };

/* Reads the text by the table; the tree goes, so only what was copied may be looked at. */
static sh_err read_sample(const char *text, struct sample *out, struct sh_why *why)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    SH_TRY(yaml_tree_parse("t.yaml", bytes_str(text), &tree, why));
    return yaml_read(tree, yaml_tree_root(tree), table, KEYWORDS, out, why);
}

Test(keywords, fallbacks_stand_for_keys_that_are_not_there)
{
    struct sample sample = {0};
    struct sh_why why = {0};
    cr_assert_eq(read_sample("number: 9", &sample, &why), SH_OK, "%s", why.text);
    cr_assert_str_eq(sample.text, "abc");
    cr_assert_str_eq(sample.word, "");
    cr_assert_eq(sample.number, 9);
    cr_assert_not(sample.flag);
    cr_assert_null(sample.list);
    cr_assert_null(sample.map);
}

Test(keywords, every_type_is_read)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct sample sample = {0};
    struct sh_why why = {0};
    const char *text =
        "text: '12345678'\nword: no\nnumber: -3\nflag: yes\nlist: [a, b]\nmap: {k: v}\n";
    cr_assert_eq(yaml_tree_parse("t.yaml", bytes_str(text), &tree, &why), SH_OK);
    cr_assert_eq(yaml_read(tree, yaml_tree_root(tree), table, KEYWORDS, &sample, &why), SH_OK, "%s",
                 why.text);
    cr_assert_str_eq(sample.text, "12345678");
    cr_assert_str_eq(sample.word, "no"); /* a word stays a word, whatever YAML 1.1 makes of it */
    cr_assert_eq(sample.number, -3);
    cr_assert(sample.flag);
    cr_assert_eq(sample.list->len, 2);
    cr_assert_str_eq(yaml_find(sample.map, "k")->text, "v");
}

static const struct {
    const char *text;
    const char *error;
} refused[] = {
    {"a: b\nnumbre: 1\n", "t.yaml:1: a: is not a key that is known here"},
    {"text: abc\nnumbre: 1\n", "t.yaml:2: numbre: is not a key that is known here"},
    {"<<: {number: 1}\n", "t.yaml:1: <<: is not a key that is known here"},
    {"text: x\n", "t.yaml:1: text: must have 2 to 8 bytes"},
    {"text: 123456789\n", "t.yaml:1: text: must have 2 to 8 bytes"},
    {"text:\n", "t.yaml:1: text: has no value"},
    {"text: [a]\n", "t.yaml:1: text: must be one word or text, not a list or mapping"},
    {"word: 12345\n", "t.yaml:1: word: must have 0 to 4 bytes"},
    {"word: {a: b}\n", "t.yaml:1: word: must be one word or text, not a list or mapping"},
    {"number: 010\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: 0x10\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: 1_0\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: 1e1\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: +1\n", "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: -0\n", "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: -\n", "t.yaml:1: not YAML: block sequence entries are not allowed in this context"},
    {"number: '7'\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: 1.0\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: 99999999999999999999\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: [1]\n",
     "t.yaml:1: number: must be a whole number, written in decimal without quotes"},
    {"number: -4\n", "t.yaml:1: number: must be between -3 and 100"},
    {"number: 101\n", "t.yaml:1: number: must be between -3 and 100"},
    {"flag: on\n", "t.yaml:1: flag: must be yes or no"},
    {"flag: 'yes'\n", "t.yaml:1: flag: must be yes or no"},
    {"flag: [yes]\n", "t.yaml:1: flag: must be yes or no"},
    {"list: a\n", "t.yaml:1: list: must be a list"},
    {"list: {a: b}\n", "t.yaml:1: list: must be a list"},
    {"list: []\n", "t.yaml:1: list: must have 1 to 2 entries"},
    {"list: [a, b, c]\n", "t.yaml:1: list: must have 1 to 2 entries"},
    {"map: [a]\n", "t.yaml:1: map: must be a mapping"},
    {"map: {a: b, c: d}\n", "t.yaml:1: map: must have 0 to 1 entries"},
};

Test(keywords, mistakes_are_refused_with_file_line_and_key)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct sample sample = {0};
        struct sh_why why = {0};
        cr_expect_eq(read_sample(refused[i].text, &sample, &why), SH_E_CONFIG, "taken: %s",
                     refused[i].text);
        cr_expect_str_eq(why.text, refused[i].error);
    }
}

Test(keywords, a_key_that_must_be_there_is_missed_by_name)
{
    static const struct yaml_keyword needed[] = {{.name = "name",
                                                  .type = YAML_TYPE_WORD,
                                                  .least = 1,
                                                  .most = 9,
                                                  .offset = offsetof(struct sample, word)}};
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct sample sample = {0};
    struct sh_why why = {0};
    cr_assert_eq(yaml_tree_parse("t.yaml", bytes_str("rules:\n  - {}\n"), &tree, &why), SH_OK);
    const struct yaml_value *rules = yaml_find(yaml_tree_root(tree), "rules");
    cr_assert_eq(yaml_read(tree, rules->first, needed, 1, &sample, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "t.yaml:2: rules[0]: the key 'name' is missing");
    cr_assert_eq(yaml_read(tree, rules, needed, 1, &sample, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "t.yaml:2: rules: must be a mapping");
}

Test(keywords, numbers_in_lists_keep_their_limits)
{
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct sh_why why = {0};
    int64_t number = 0;
    cr_assert_eq(yaml_tree_parse("t.yaml", bytes_str("l: [9223372036854775807, 5]\n"), &tree, &why),
                 SH_OK);
    const struct yaml_value *first = yaml_find(yaml_tree_root(tree), "l")->first;
    cr_assert_eq(yaml_number(tree, first, 0, INT64_MAX, &number, &why), SH_OK);
    cr_assert_eq(number, INT64_MAX);
    cr_assert_eq(yaml_number(tree, first->next, 6, 9, &number, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "t.yaml:1: l[1]: must be between 6 and 9");
    cr_assert_eq(number, INT64_MAX);
}
