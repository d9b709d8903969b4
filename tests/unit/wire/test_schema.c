/* What must hold of the schemas themselves, whatever is added to them. */
#include "casework.pb-c.h"
#include "directory.pb-c.h"
#include "session.pb-c.h"

#include <criterion/criterion.h>

enum { DEPTH_MAX = 24, TYPES_MAX = 512 };

/* What every other message hangs from. */
static const ProtobufCMessageDescriptor *const ROOTS[] = {
    &safehand__frame__descriptor,          &safehand__header__descriptor,
    &safehand__receipt__descriptor,        &safehand__leaf__descriptor,
    &safehand__leaf_facts__descriptor,     &safehand__signed_directory__descriptor,
    &safehand__directory_file__descriptor, &safehand__content__descriptor,
};
enum { ROOTS_LEN = sizeof ROOTS / sizeof ROOTS[0] };

struct walk {
    const ProtobufCMessageDescriptor *path[DEPTH_MAX];
    size_t depth;
    const ProtobufCMessageDescriptor *seen[TYPES_MAX];
    size_t seen_len;
    void (*visit)(const ProtobufCFieldDescriptor *field, const ProtobufCMessageDescriptor *in);
};

static bool was_seen(const struct walk *w, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < w->seen_len; i++) {
        if (w->seen[i] == type) {
            return true;
        }
    }
    return false;
}

/* False if a type contains itself. A type that was walked through before needs no second walk:
 * whatever it contains was on no path back to it. */
static bool walk_type(struct walk *w, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < w->depth; i++) {
        if (w->path[i] == type) {
            return false;
        }
    }
    if (was_seen(w, type)) {
        return true;
    }
    cr_assert_lt(w->depth, DEPTH_MAX, "nested too deep: %s", type->name);
    cr_assert_lt(w->seen_len, TYPES_MAX);
    w->path[w->depth++] = type;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (w->visit) {
            w->visit(field, type);
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !walk_type(w, field->descriptor)) {
            return false;
        }
    }
    w->depth--;
    w->seen[w->seen_len++] = type;
    return true;
}

static void walk_all(void (*visit)(const ProtobufCFieldDescriptor *,
                                   const ProtobufCMessageDescriptor *))
{
    struct walk walk = {.visit = visit};
    for (size_t i = 0; i < ROOTS_LEN; i++) {
        cr_assert(walk_type(&walk, ROOTS[i]));
    }
    cr_assert_gt(walk.seen_len, 40);
}

Test(wire, no_type_of_the_schemas_contains_itself)
{
    for (size_t i = 0; i < ROOTS_LEN; i++) {
        struct walk walk = {0};
        cr_assert(walk_type(&walk, ROOTS[i]), "%s can be nested without end", ROOTS[i]->name);
    }
}

Test(wire, the_walk_finds_a_type_that_contains_itself)
{
    static ProtobufCMessageDescriptor node;
    static ProtobufCFieldDescriptor child = {.type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &node};
    node.n_fields = 1;
    node.fields = &child;
    node.name = "node";
    struct walk walk = {0};
    cr_assert_not(walk_type(&walk, &node));
}

/* The gate looks at required, optional and repeated fields; a map, a group, a packed list or a
 * floating point number would need thought about what its one canonical form is. */
static void assert_plain(const ProtobufCFieldDescriptor *field,
                         const ProtobufCMessageDescriptor *in)
{
    cr_assert(field->label == PROTOBUF_C_LABEL_REQUIRED ||
                  field->label == PROTOBUF_C_LABEL_OPTIONAL ||
                  field->label == PROTOBUF_C_LABEL_REPEATED,
              "%s.%s", in->name, field->name);
    cr_assert_neq(field->type, PROTOBUF_C_TYPE_FLOAT, "%s.%s", in->name, field->name);
    cr_assert_neq(field->type, PROTOBUF_C_TYPE_DOUBLE, "%s.%s", in->name, field->name);
    cr_assert_not(field->flags & PROTOBUF_C_FIELD_FLAG_PACKED, "%s.%s", in->name, field->name);
    cr_assert_null(field->default_value, "%s.%s has a default", in->name, field->name);
}

Test(wire, every_field_is_of_a_form_that_the_gate_knows)
{
    walk_all(assert_plain);
}

/* Number 1, uint32 and the name `version` make a format version; a field of that name elsewhere
 * that counted something would be refused unless it were 1. */
static void assert_version_is_required(const ProtobufCFieldDescriptor *field,
                                       const ProtobufCMessageDescriptor *in)
{
    if (strcmp(field->name, "version") == 0 && field->type == PROTOBUF_C_TYPE_UINT32) {
        cr_assert_eq(field->id, 1, "%s.version", in->name);
        cr_assert_eq(field->label, PROTOBUF_C_LABEL_REQUIRED, "%s.version", in->name);
    }
}

Test(wire, format_versions_are_required_and_come_first)
{
    walk_all(assert_version_is_required);
    const ProtobufCMessageDescriptor *const versioned[] = {
        &safehand__frame__descriptor,   &safehand__header__descriptor,
        &safehand__receipt__descriptor, &safehand__leaf__descriptor,
        &safehand__content__descriptor, &safehand__directory_file__descriptor,
        &safehand__envelope__descriptor};
    for (size_t i = 0; i < sizeof versioned / sizeof versioned[0]; i++) {
        const ProtobufCFieldDescriptor *first = &versioned[i]->fields[0];
        cr_assert_str_eq(first->name, "version", "%s", versioned[i]->name);
        cr_assert_eq(first->type, PROTOBUF_C_TYPE_UINT32, "%s", versioned[i]->name);
    }
}
