/* `calendars`: the files of bank holidays and term dates. Relative names are taken from the policy
 * file's own folder. */
#include "policy/load.h"

#include <limits.h>
#include <stdio.h>

struct calendars_row {
    const char *bank_holidays;
    const struct yaml_value *term_dates;
};

static const struct yaml_keyword keywords[] = {
    {"bank_holidays", YAML_TYPE_WORD, NULL, 1, PATH_MAX - 1,
     offsetof(struct calendars_row, bank_holidays), 0,
     "The bank holidays of England and Wales, as the government publishes them (JSON)."},
    {"term_dates", YAML_TYPE_LIST, "", 0, CALENDAR_TERM_FILES_MAX,
     offsetof(struct calendars_row, term_dates), 0, "Term dates of the area's schools (JSON)."},
};

static sh_err beside(const struct loading *l, const char *name, const char **out)
{
    char path[2 * PATH_MAX];
    const char *slash = strrchr(l->path, '/');
    bool absolute = name[0] == '/' || !slash;
    int len = snprintf(path, sizeof path, "%.*s%s", absolute ? 0 : (int)(slash - l->path) + 1,
                       l->path, name);
    SH_CHECK(len > 0 && len < PATH_MAX, SH_E_TOO_BIG);
    return arena_string(l->policy->arena, path, out);
}

sh_err load_calendars(const struct loading *l, const struct yaml_value *at)
{
    struct calendars_row row = {0};
    SH_TRY(yaml_read(l->tree, at, keywords, sizeof keywords / sizeof keywords[0], &row, l->why));
    const char *terms[CALENDAR_TERM_FILES_MAX];
    struct calendar_files files = {.term_dates = terms};
    SH_TRY(beside(l, row.bank_holidays, &files.bank_holidays));
    for (const struct yaml_value *v = row.term_dates ? row.term_dates->first : NULL; v;
         v = v->next) {
        SH_CHECK(v->shape == YAML_SHAPE_WORD,
                 yaml_fail(l->tree, v, l->why, "must be the name of a file"));
        SH_TRY(beside(l, v->text, &terms[files.term_dates_len++]));
    }
    sh_err err = calendar_load(&files, &l->policy->calendar, l->why);
    return err == SH_E_NOT_FOUND || err == SH_E_IO ? SH_E_CONFIG : err;
}
