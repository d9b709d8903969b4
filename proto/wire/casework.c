/* Casework as JSON: reading the bytes of a file, and the whole check of one object. Its protobuf
 * form is content.c, its numbers for the header casework_facts.c. */
#include "wire/casework.h"

#include "casework.pb-c.h"
#include "casework_kind.h"

/* ---- the bytes ---- */

struct scan {
    size_t depth;
    bool in_text, escaped;
    size_t line, column;
};

/* True while the nesting is within the limit. */
static bool scan_byte(struct scan *scan, char c)
{
    scan->line += c == '\n';
    scan->column = c == '\n' ? 0 : scan->column + 1;
    if (scan->in_text) {
        bool ends = c == '"' && !scan->escaped;
        scan->escaped = c == '\\' && !scan->escaped;
        scan->in_text = !ends;
        return true;
    }
    if (c == '"') {
        scan->in_text = true;
    } else if (c == '{' || c == '[') {
        scan->depth++;
    } else if ((c == '}' || c == ']') && scan->depth > 0) {
        scan->depth--;
    }
    return scan->depth <= SH_JSON_DEPTH_MAX;
}

/* Before parsing, so that no nesting reaches the parser's stack. */
static sh_err check_depth(struct bytes in, struct sh_why *why)
{
    struct scan scan = {.line = 1};
    for (size_t i = 0; i < in.len; i++) {
        if (!scan_byte(&scan, (char)in.data[i])) {
            return sh_fail(why, SH_E_JSON, "line %zu, column %zu: nested deeper than %u levels",
                           scan.line, scan.column, SH_JSON_DEPTH_MAX);
        }
    }
    return SH_OK;
}

/* The parser's own text quotes the file, so it is not used. */
static const char *parse_complaint(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
        return "not valid UTF-8";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something stands behind the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "text has a NUL character (\\u0000)";
    case json_error_duplicate_key:
        return "a key stands twice in one object";
    case json_error_numeric_overflow:
        return "a number is out of range";
    default:
        return "not JSON";
    }
}

sh_err casework_parse(struct bytes in, json_t **out, struct sh_why *why)
{
    if (in.len > SH_JSON_BYTES_MAX) {
        return sh_fail(why, SH_E_JSON, "larger than %u bytes", SH_JSON_BYTES_MAX);
    }
    SH_TRY(check_depth(in, why));
    json_error_t error;
    json_t *json =
        json_loadb(in.len ? (const char *)in.data : "", in.len, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        sh_err code = json_error_code(&error) == json_error_out_of_memory ? SH_E_NOMEM : SH_E_JSON;
        return sh_fail(why, code, "line %d, column %d: %s", error.line, error.column,
                       parse_complaint(&error));
    }
    *out = json;
    return SH_OK;
}

/* ---- the object ---- */

sh_err casework_kind(const json_t *casework, enum kind *out, struct sh_why *why)
{
    const json_t *kind = json_object_get(casework, "kind");
    const char *word = json_string_value(kind);
    uint32_t number = word ? kind_from_word(word) : 0;
    const char *complaint = !json_is_object(casework) ? "must be an object"
                            : !kind                   ? "kind: missing"
                            : !word                   ? "kind: must be text"
                            : number == 0             ? "kind: unknown code"
                                                      : NULL;
    if (complaint) {
        return place_fail(NULL, why, complaint);
    }
    *out = (enum kind)number;
    return SH_OK;
}

const ProtobufCFieldDescriptor *casework_body(enum kind kind)
{
    return protobuf_c_message_descriptor_get_field(&safehand__content__descriptor,
                                                   CONTENT_BODY_OFFSET + (unsigned)kind);
}

sh_err casework_convert(const json_t *casework, struct arena *arena, ProtobufCMessage **out,
                        struct sh_why *why)
{
    enum kind kind = KIND_REFERRAL;
    SH_TRY(casework_kind(casework, &kind, why));
    const struct bridge_source source = {
        .object = casework,
        .type = casework_body(kind)->descriptor,
        .skipped_key = "kind",
    };
    ProtobufCMessage *body = NULL;
    SH_TRY(bridge_from_json(&source, arena, &body, why));
    SH_TRY(casework_required(casework, kind, why));
    *out = body;
    return SH_OK;
}

sh_err casework_check(const json_t *casework, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CASEWORK_ARENA_BYTES, CASEWORK_ARENA_COUNT, &arena));
    ProtobufCMessage *body = NULL;
    return casework_convert(casework, arena, &body, why);
}
