/* See succession.h. */
#include "directory/succession.h"

#include <stdlib.h>

static int compare_code_to_organisation(const void *code, const void *organisation)
{
    const struct directory_organisation *o = organisation;
    return strcmp(code, o->code);
}

const struct directory_organisation *
succession_organisation(const struct directory_organisation *organisations,
                        size_t organisations_len, const char *code)
{
    return organisations_len ? bsearch(code, organisations, organisations_len,
                                       sizeof *organisations, compare_code_to_organisation)
                             : NULL;
}

static bool is_known(const struct succession *succession, const char *code)
{
    for (size_t i = 0; i < succession->len; i++) {
        if (strcmp(succession->list[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void enter(struct succession *succession, const struct successor *successor)
{
    if (is_known(succession, successor->code)) {
        return;
    }
    if (succession->len == SUCCESSION_MAX) {
        succession->is_cut = true;
        return;
    }
    succession->list[succession->len++] = *successor;
}

/* Successors other than itself; the same one twice counts once. */
static size_t count_successors(const struct directory_organisation *organisation)
{
    size_t len = 0;
    for (size_t i = 0; organisation && i < organisation->successors_len; i++) {
        bool counts = strcmp(organisation->successors[i], organisation->code) != 0;
        for (size_t k = 0; k < i; k++) {
            counts &= strcmp(organisation->successors[i], organisation->successors[k]) != 0;
        }
        len += counts;
    }
    return len;
}

void succession_find(const struct directory_organisation *organisations, size_t organisations_len,
                     const char *code, struct succession *out)
{
    const struct directory_organisation *start =
        succession_organisation(organisations, organisations_len, code);
    *out = (struct succession){.len = 1, .list = {{.code = code, .organisation = start}}};
    for (size_t at = 0; at < out->len; at++) {
        const struct directory_organisation *organisation = out->list[at].organisation;
        size_t successors = count_successors(organisation);
        out->list[at].is_last = successors == 0;
        out->last_len += at > 0 && successors == 0;
        out->splits |= successors > 1;
        for (size_t i = 0; successors > 0 && i < organisation->successors_len; i++) {
            const char *next = organisation->successors[i];
            const struct successor successor = {
                .code = next,
                .organisation = succession_organisation(organisations, organisations_len, next),
                .from = at,
            };
            enter(out, &successor);
        }
    }
}

size_t succession_path(const struct succession *succession, size_t at,
                       const char *out[SUCCESSION_MAX])
{
    size_t len = 1;
    for (size_t i = at; i != 0; i = succession->list[i].from) {
        len++;
    }
    for (size_t i = at, left = len; left > 0; i = succession->list[i].from) {
        out[--left] = succession->list[i].code;
    }
    return len;
}
