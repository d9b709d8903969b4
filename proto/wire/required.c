/* What each kind must hold (tests/cases/CODES.md, 'Required'), as a table of paths. Everything else
 * may be missing: the clarity check asks, nothing blocks. Forms, codes and types were the bridge's.
 */
#include "casework_kind.h"

#include <stdio.h>

#define K(kind)   (1u << KIND_##kind)
#define ALL_KINDS (~0u)
/* They begin a thread. */
#define FIRST_KINDS                                                                                \
    (K(REFERRAL) | K(NOTIFICATION) | K(CONCERN) | K(REQUEST) | K(CHRONOLOGY) | K(RECORD_TRANSFER))
/* They tell what happened. */
#define TELLING_KINDS (K(REFERRAL) | K(NOTIFICATION) | K(CONCERN))
/* A referral has its referrer instead; an acknowledgement may be the seat's alone ("ours"). */
#define AUTHORED_KINDS (ALL_KINDS & ~(K(REFERRAL) | K(ACKNOWLEDGEMENT)))
#define LEVEL_KINDS    (K(RECONSIDERATION) | K(RECONSIDERATION_RESPONSE))

struct need {
    uint32_t kinds;
    const char *path;    /* must be there, and neither "" nor an empty list */
    const char *if_path; /* only if this is there ... */
    const char *if_word; /* ... and is, or has among its entries, this word */
};

static const struct need NEEDS[] = {
    {FIRST_KINDS, "to", NULL, NULL},
    {FIRST_KINDS, "children", NULL, NULL},
    {TELLING_KINDS, "concern.what_happened", NULL, NULL},
    {TELLING_KINDS, "concern.other_text", "concern.categories", "other"},
    {K(REFERRAL), "referrer.name", NULL, NULL},
    {K(REFERRAL), "referrer.role", NULL, NULL},
    {AUTHORED_KINDS, "author.name", NULL, NULL},
    {AUTHORED_KINDS, "author.role", NULL, NULL},
    {K(ACKNOWLEDGEMENT), "author.name", "author", NULL},
    {K(ACKNOWLEDGEMENT), "author.role", "author", NULL},
    {ALL_KINDS, "taken_by.name", "taken_by", NULL},
    {ALL_KINDS, "decided_by.name", "decided_by", NULL},
    {ALL_KINDS, "agreed_by.name", "agreed_by", NULL},
    {LEVEL_KINDS, "level", NULL, NULL},
    {K(RECONSIDERATION), "grounds", NULL, NULL},
    {K(RECONSIDERATION_RESPONSE), "result", NULL, NULL},
    {K(RECONSIDERATION_RESPONSE), "reasons", "result", "upheld"},
    {K(RECONSIDERATION_RESPONSE), "reasons", "result", "more_information_needed"},
    {K(RECONSIDERATION_RESPONSE), "new_decision", "result", "changed"},
    {K(REDIRECT), "reason", NULL, NULL},
    {K(REQUEST), "asked", NULL, NULL},
    {K(REPLY), "result", NULL, NULL},
    {K(REPLY), "reasons", "result", "refused"},
    {K(CONCERN), "subtype", "not_shared", NULL},
    {K(CONCERN), "not_shared", "subtype", "decision_not_to_share"},
    {K(CONCERN), "not_shared.reasons", "not_shared", NULL},
    {K(CONCERN), "not_shared.decided_by.name", "not_shared.decided_by", NULL},
    {K(CORRECTION), "corrects", NULL, NULL},
    {K(CORRECTION), "reason", NULL, NULL},
    {K(WITHDRAWAL), "reason", NULL, NULL},
    {K(WITHDRAWAL), "text", "reason", "other"},
    {K(CLOSE), "reason", NULL, NULL},
    {K(CLOSE), "text", "reason", "other"},
};

static sh_err complain(struct sh_why *why, const char *path, const char *complaint)
{
    return sh_fail(why, SH_E_JSON, "%s: %s", path, complaint);
}

/* ---- the table ---- */

/* "concern.what_happened": the value there, NULL if any step is missing. */
static const json_t *find(const json_t *object, const char *path)
{
    const json_t *at = object;
    while (at && *path) {
        size_t len = strcspn(path, ".");
        at = json_object_getn(at, path, len);
        path += len + (path[len] == '.');
    }
    return at;
}

static bool is_empty(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) == 0;
}

static bool is_missing(const json_t *value)
{
    return !value || (json_is_array(value) && json_array_size(value) == 0);
}

static bool is_word(const json_t *value, const char *word)
{
    return json_is_string(value) && strcmp(json_string_value(value), word) == 0;
}

static bool has_word(const json_t *value, const char *word)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (is_word(json_array_get(value, i), word)) {
            return true;
        }
    }
    return is_word(value, word);
}

static bool applies(const struct need *need, const json_t *casework, enum kind kind)
{
    if (!(need->kinds & (1u << kind))) {
        return false;
    }
    const json_t *condition = need->if_path ? find(casework, need->if_path) : casework;
    return condition && (!need->if_word || has_word(condition, need->if_word));
}

static sh_err check_need(const json_t *casework, const char *path, struct sh_why *why)
{
    const json_t *value = find(casework, path);
    if (is_missing(value)) {
        return complain(why, path, "missing");
    }
    if (is_empty(value)) {
        return complain(why, path, "must not be empty");
    }
    return SH_OK;
}

/* ---- what does not fit the table ---- */

static bool is_named(const json_t *child)
{
    static const char *const names[] = {"given_names", "family_name"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *name = json_object_get(child, names[i]);
        if (name && !is_empty(name)) {
            return true;
        }
    }
    return !is_missing(json_object_get(child, "known_as"));
}

static sh_err check_named_child(const json_t *children, struct sh_why *why)
{
    if (json_array_size(children) > SH_CHILDREN_MAX) {
        return complain(why, "children", "more than 64 entries");
    }
    for (size_t i = 0; i < json_array_size(children); i++) {
        if (is_named(json_array_get(children, i))) {
            return SH_OK;
        }
    }
    return complain(why, "children", "at least one child needs a name");
}

/* Positions in a list of a decision's children. */
static sh_err check_positions(const json_t *children, const char *path, struct sh_why *why)
{
    bool seen[SH_CHILDREN_MAX + 1] = {false};
    for (size_t i = 0; i < json_array_size(children); i++) {
        json_int_t child =
            json_integer_value(json_object_get(json_array_get(children, i), "child"));
        const char *complaint = child < 1 || child > SH_CHILDREN_MAX ? "must be from 1 to 64"
                                : seen[child]                        ? "repeated child"
                                                                     : NULL;
        if (complaint) {
            return sh_fail(why, SH_E_JSON, "%s[%zu].child: %s", path, i, complaint);
        }
        seen[child] = true;
    }
    return SH_OK;
}

struct decision_paths {
    const char *outcome, *reasons, *children;
};

/* Short: an outcome and reasons for every child. Long: a list that names each. Not both, for then
 * nobody could say which holds for a child that the list leaves out. */
static sh_err check_decision(const json_t *casework, const struct decision_paths *paths,
                             struct sh_why *why)
{
    const json_t *children = find(casework, paths->children);
    if (is_missing(children)) {
        SH_TRY(check_need(casework, paths->outcome, why));
        return check_need(casework, paths->reasons, why);
    }
    if (find(casework, paths->outcome)) {
        return complain(why, paths->outcome, "cannot stand beside children");
    }
    return check_positions(children, paths->children, why);
}

static sh_err check_response(const json_t *casework, struct sh_why *why)
{
    static const struct decision_paths paths = {"new_decision.outcome", "new_decision.reasons",
                                                "new_decision.children"};
    if (is_word(find(casework, "result"), "changed")) {
        return check_decision(casework, &paths, why);
    }
    if (find(casework, "new_decision")) {
        return complain(why, "new_decision", "only with result changed");
    }
    return SH_OK;
}

static sh_err check_level(const json_t *casework, struct sh_why *why)
{
    json_int_t level = json_integer_value(find(casework, "level"));
    if (level < 1 || level > SH_LEVEL_MAX) {
        return complain(why, "level", "must be from 1 to 9");
    }
    return SH_OK;
}

static sh_err check_note(const json_t *casework, struct sh_why *why)
{
    bool says_something = find(casework, "telephone") || !is_missing(find(casework, "answers")) ||
                          !is_missing(find(casework, "child_words")) ||
                          !is_missing(find(casework, "next"));
    return says_something ? SH_OK : check_need(casework, "text", why);
}

/* Not in the table, since "" and false are values that something can be corrected to. */
static sh_err check_correction(const json_t *casework, struct sh_why *why)
{
    return find(casework, "is") ? SH_OK : complain(why, "is", "missing");
}

static sh_err check_kind(const json_t *casework, enum kind kind, struct sh_why *why)
{
    static const struct decision_paths paths = {"outcome", "reasons", "children"};
    if (FIRST_KINDS & (1u << kind)) {
        SH_TRY(check_named_child(find(casework, "children"), why));
    }
    if (LEVEL_KINDS & (1u << kind)) {
        SH_TRY(check_level(casework, why));
    }
    switch (kind) {
    case KIND_DECISION:
        return check_decision(casework, &paths, why);
    case KIND_RECONSIDERATION_RESPONSE:
        return check_response(casework, why);
    case KIND_NOTE:
        return check_note(casework, why);
    case KIND_CORRECTION:
        return check_correction(casework, why);
    default:
        return SH_OK;
    }
}

/* ---- addresses ---- */

static bool stands_before(const json_t *list, size_t end, const char *address)
{
    for (size_t i = 0; i < end; i++) {
        if (is_word(json_array_get(list, i), address)) {
            return true;
        }
    }
    return false;
}

/* A desk is named once: as one that must act, or as one that is told. */
static sh_err check_addresses(const json_t *casework, struct sh_why *why)
{
    static const char *const keys[] = {"to", "inform"};
    const json_t *to = json_object_get(casework, "to");
    for (size_t k = 0; k < 2; k++) {
        const json_t *list = json_object_get(casework, keys[k]);
        for (size_t i = 0; i < json_array_size(list); i++) {
            const char *address = json_string_value(json_array_get(list, i));
            bool in_to = k == 1 && stands_before(to, json_array_size(to), address);
            if (in_to || stands_before(list, i, address)) {
                return sh_fail(why, SH_E_JSON, "%s[%zu]: repeated address", keys[k], i);
            }
        }
    }
    return SH_OK;
}

sh_err casework_required(const json_t *casework, enum kind kind, struct sh_why *why)
{
    SH_TRY(check_addresses(casework, why));
    for (size_t i = 0; i < sizeof NEEDS / sizeof NEEDS[0]; i++) {
        if (applies(&NEEDS[i], casework, kind)) {
            SH_TRY(check_need(casework, NEEDS[i].path, why));
        }
    }
    return check_kind(casework, kind, why);
}
