/* `witnesses`: "2 of council, police, health". */
#include "policy/load.h"

struct witnesses_row {
    const struct yaml_value *of;
    int64_t quorum, late_minutes;
};

static const struct yaml_keyword keywords[] = {
    {"quorum", YAML_TYPE_NUMBER, NULL, 1, POLICY_WITNESSES_MAX,
     offsetof(struct witnesses_row, quorum), 0, "How many of them must stand behind the log."},
    {"of", YAML_TYPE_LIST, NULL, 1, POLICY_WITNESSES_MAX, offsetof(struct witnesses_row, of), 0,
     "The names of their keys, as `safehand-ca key add --witness` entered them."},
    {"late_minutes", YAML_TYPE_NUMBER, "180", 5, 10080,
     offsetof(struct witnesses_row, late_minutes), 0,
     "A cosignature older than this no longer counts."},
};

static sh_err load_names(const struct loading *l, const struct yaml_value *list,
                         struct policy_witnesses *out)
{
    const char **names = arena_alloc(l->policy->arena, list->len * sizeof *names);
    SH_CHECK(names, SH_E_NOMEM);
    for (const struct yaml_value *v = list->first; v; v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_WORD && v->len <= SH_ORIGIN_BYTES_MAX,
                 yaml_fail(l->tree, v, l->why, "must be the name of a witness's key"));
        for (size_t i = 0; i < v->index; i++) {
            SH_CHECK(strcmp(names[i], v->text) != 0,
                     yaml_fail(l->tree, v, l->why, "stands here twice"));
        }
        SH_TRY(arena_string(l->policy->arena, v->text, &names[v->index]));
    }
    out->names = names;
    out->len = list->len;
    return SH_OK;
}

sh_err load_witnesses(const struct loading *l, const struct yaml_value *at,
                      struct policy_witnesses *out)
{
    struct witnesses_row row = {0};
    if (!at) {
        return SH_OK;
    }
    SH_TRY(yaml_read(l->tree, at, keywords, sizeof keywords / sizeof keywords[0], &row, l->why));
    SH_CHECK((size_t)row.quorum <= row.of->len,
             yaml_fail(l->tree, yaml_find(at, "quorum"), l->why,
                       "is more than the witnesses that are named"));
    out->quorum = (unsigned)row.quorum;
    out->late_ms = row.late_minutes * SH_MINUTE_MS;
    return load_names(l, row.of, out);
}

const struct policy_witnesses *policy_witnesses(const struct policy *policy)
{
    return &policy->witnesses;
}
