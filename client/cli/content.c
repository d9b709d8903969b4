/* Content for a person. What matters most stands first; the order of the rest is that of the
 * message. */
#include "cli.h"

#include <string.h>

/* Members shown first, in this order; and those that the heading has said already. */
static const char *const first_keys[] = {"handling", "immediate_danger", "child_words",
                                         "observed", "outcome",          "result",
                                         "reasons",  "children",         "concern"};
static const char *const said_keys[] = {"kind", "from", "to", "inform", "urgency", "subtype"};

static bool is_among(const char *key, const char *const *keys, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}
#define IS_AMONG(key, keys) is_among(key, keys, sizeof(keys) / sizeof(keys)[0])

static void print_member(const char *key, json_t *value, int indent);

static void print_label(const char *key, int indent)
{
    const char *label = label_of(key);
    printf("%*s%s: ", indent, "", label ? label : words_of(key));
}

static void print_scalar(const json_t *value, int indent)
{
    if (json_is_string(value)) {
        print_text(json_string_value(value), indent);
    } else if (json_is_integer(value)) {
        printf("%lld", (long long)json_integer_value(value));
    } else {
        fputs(json_is_true(value) ? "yes" : "no", stdout);
    }
    putchar('\n');
}

static void print_object(json_t *object, int indent)
{
    const char *key = NULL;
    json_t *value = NULL;
    for (size_t i = 0; i < sizeof first_keys / sizeof first_keys[0]; i++) {
        value = json_object_get(object, first_keys[i]);
        if (value) {
            print_member(first_keys[i], value, indent);
        }
    }
    json_object_foreach (object, key, value) {
        if (!IS_AMONG(key, first_keys)) {
            print_member(key, value, indent);
        }
    }
}

static void print_array(json_t *array, int indent)
{
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach (array, i, item) {
        printf("%*s%zu. ", indent, "", i + 1);
        if (json_is_object(item)) {
            putchar('\n');
            print_object(item, indent + 3);
        } else {
            print_scalar(item, indent + 3);
        }
    }
}

static void print_member(const char *key, json_t *value, int indent)
{
    print_label(key, indent);
    if (json_is_object(value)) {
        putchar('\n');
        print_object(value, indent + 2);
    } else if (json_is_array(value)) {
        putchar('\n');
        print_array(value, indent + 2);
    } else {
        print_scalar(value, indent + 2);
    }
}

/* The child's words are said first, wherever the form has them. */
static void lift_child_words(json_t *content)
{
    json_t *concern = json_object_get(content, "concern");
    json_t *words = json_object_get(concern, "child_words");
    if (words && json_object_set(content, "child_words", words) == 0) {
        (void)json_object_del(concern, "child_words");
    }
}

void print_content(const json_t *content)
{
    json_t *rest = json_deep_copy(content);
    for (size_t i = 0; rest && i < sizeof said_keys / sizeof said_keys[0]; i++) {
        (void)json_object_del(rest, said_keys[i]);
    }
    lift_child_words(rest);
    print_object(rest, 0);
    json_decref(rest);
}
