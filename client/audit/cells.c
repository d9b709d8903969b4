/* See cells.h. */
#include "audit/cells.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define EVERYBODY "all"

static const struct {
    const char *key, *label;
    enum figure_unit unit;
} fixed[] = {
#define X(name, key, label, unit) {key, label, UNIT_##unit},
    FIGURES(X)
#undef X
};

static const struct {
    unsigned first, last;
    const char *key, *label;
} families[] = {
    {FIGURE_OVERDUE, FIGURE_RECONSIDERED, "overdue", "Overdue"},
    {FIGURE_RECONSIDERED, FIGURE_CHANGED, "reconsidered", "Asked to reconsider"},
    {FIGURE_CHANGED, FIGURE_UPHELD, "changed", "Reconsidered: changed"},
    {FIGURE_UPHELD, FIGURE_REFUSED, "upheld", "Reconsidered: upheld"},
    {FIGURE_REFUSED, FIGURE_COUNT, "refused", "Refused by the relay"},
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static void name_member(unsigned family, unsigned offset, char *out, size_t out_len)
{
    const char *duty = duty_word(offset);
    switch (families[family].first) {
    case FIGURE_OVERDUE:
        (void)snprintf(out, out_len, "%s", duty ? duty : "unknown");
        break;
    case FIGURE_REFUSED:
        (void)snprintf(out, out_len, "%s", sh_err_word((sh_err)offset));
        break;
    default:
        (void)snprintf(out, out_len, "level_%u", offset);
        break;
    }
}

static unsigned family_of(unsigned figure)
{
    unsigned family = 0;
    while (family + 1 < FAMILIES && figure >= families[family].last) {
        family++;
    }
    return family;
}

void figure_key(unsigned figure, char out[FIGURE_KEY_BYTES])
{
    char member[40];
    if (figure < FIGURE_OVERDUE) {
        (void)snprintf(out, FIGURE_KEY_BYTES, "%s", fixed[figure].key);
        return;
    }
    unsigned family = family_of(figure);
    name_member(family, figure - families[family].first, member, sizeof member);
    (void)snprintf(out, FIGURE_KEY_BYTES, "%s.%s", families[family].key, member);
}

void figure_label(unsigned figure, char out[2 * FIGURE_KEY_BYTES])
{
    char member[40];
    if (figure < FIGURE_OVERDUE) {
        (void)snprintf(out, 2 * FIGURE_KEY_BYTES, "%s", fixed[figure].label);
        return;
    }
    unsigned family = family_of(figure);
    name_member(family, figure - families[family].first, member, sizeof member);
    for (char *c = member; *c; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    (void)snprintf(out, 2 * FIGURE_KEY_BYTES, "%s: %s", families[family].label, member);
}

enum figure_unit figure_unit(unsigned figure)
{
    return figure < FIGURE_OVERDUE ? fixed[figure].unit : UNIT_COUNT;
}

/* ---- groups ---- */

static sh_err find_group(struct cells *cells, const char *label, uint32_t *out)
{
    for (size_t i = 1; i < cells->len; i++) {
        if (strcmp(cells->groups[i]->label, label) == 0) {
            *out = (uint32_t)i;
            return SH_OK;
        }
    }
    if (cells->len == cells->cap) {
        size_t cap = cells->cap ? cells->cap * 2 : 64;
        struct cell_group **more = realloc(cells->groups, cap * sizeof(struct cell_group *));
        SH_CHECK(more, SH_E_NOMEM);
        cells->groups = more;
        cells->cap = cap;
    }
    struct cell_group *group = calloc(1, sizeof *group);
    SH_CHECK(group, SH_E_NOMEM);
    (void)snprintf(group->label, sizeof group->label, "%s", label);
    *out = (uint32_t)cells->len;
    cells->groups[cells->len++] = group;
    return SH_OK;
}

sh_err cells_init(struct cells *cells, enum figures_by by, const struct desks *desks)
{
    uint32_t everybody = 0;
    cells->by = by;
    cells->desks = desks;
    cells->of_desk = calloc(desks->len, sizeof *cells->of_desk);
    cells->of_kind = calloc(64, sizeof *cells->of_kind);
    SH_CHECK(cells->of_desk && cells->of_kind, SH_E_NOMEM);
    return find_group(cells, EVERYBODY, &everybody);
}

void cells_wipe(struct cells *cells)
{
    for (size_t i = 0; i < cells->len; i++) {
        for (size_t k = 0; k < FIGURE_COUNT; k++) {
            free(cells->groups[i]->cells[k].values);
        }
        free(cells->groups[i]);
    }
    free(cells->groups);
    free(cells->of_desk);
    free(cells->of_kind);
    free(cells->reasons);
}

static sh_err group_of_desk(struct cells *cells, int64_t number, uint32_t *out)
{
    size_t at = number > 0 && (size_t)number < cells->desks->len ? (size_t)number : 0;
    const struct address *desk = &cells->desks->list[at];
    const char *label = !desk->text[0]                         ? "(no desk)"
                        : cells->by == FIGURES_BY_ORGANISATION ? address_organisation(desk)
                                                               : address_sector(desk);
    if (cells->of_desk[at] == 0) {
        SH_TRY(find_group(cells, label, &cells->of_desk[at]));
    }
    *out = cells->of_desk[at];
    return SH_OK;
}

static sh_err group_of_kind(struct cells *cells, uint32_t kind, uint32_t *out)
{
    const char *word = kind_word(kind);
    uint32_t at = kind < 64 && word ? kind : 0;
    if (cells->of_kind[at] == 0) {
        SH_TRY(find_group(cells, at ? word : "(no kind)", &cells->of_kind[at]));
    }
    *out = cells->of_kind[at];
    return SH_OK;
}

/* A week begins on Monday, Europe/London; its label is that Monday. */
static sh_err group_of_week(struct cells *cells, int64_t at_ms, uint32_t *out)
{
    struct local_time local;
    char label[SH_DATE_TEXT_BYTES];
    if (cells->week == 0 || at_ms < cells->week_from_ms || at_ms >= cells->week_to_ms) {
        SH_TRY(local_from_ms(at_ms, &local));
        local = (struct local_time){.day = local.day - day_weekday(local.day)};
        day_to_date(local.day < 0 ? 0 : local.day, label);
        SH_TRY(find_group(cells, label, &cells->week));
        local.day = local.day < 0 ? 0 : local.day;
        SH_TRY(local_to_ms(local, &cells->week_from_ms));
        local.day += 7;
        SH_TRY(local_to_ms(local, &cells->week_to_ms));
    }
    *out = cells->week;
    return SH_OK;
}

static sh_err group_of(struct cells *cells, const struct cell_hit *hit, uint32_t *out)
{
    switch (cells->by) {
    case FIGURES_BY_KIND:
        return group_of_kind(cells, hit->kind, out);
    case FIGURES_BY_WEEK:
        return group_of_week(cells, hit->at_ms, out);
    default:
        return group_of_desk(cells, hit->desk, out);
    }
}

/* ---- counting ---- */

static sh_err add_value(struct cell *cell, int64_t value)
{
    if (cell->len == cell->cap) {
        size_t cap = cell->cap ? cell->cap * 2 : 16;
        int64_t *more = realloc(cell->values, cap * sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        cell->values = more;
        cell->cap = cap;
    }
    cell->values[cell->len++] = value;
    return SH_OK;
}

static sh_err add_reason(struct cells *cells, const struct cell_group *group, unsigned figure,
                         const struct cell_reason *reason)
{
    SH_CHECK(figure == cells->why_figure && strcmp(group->label, cells->why_group) == 0, SH_OK);
    if (cells->reasons_len == cells->reasons_cap) {
        size_t cap = cells->reasons_cap ? cells->reasons_cap * 2 : 64;
        struct cell_reason *more = realloc(cells->reasons, cap * sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        cells->reasons = more;
        cells->reasons_cap = cap;
    }
    cells->reasons[cells->reasons_len++] = *reason;
    return SH_OK;
}

static sh_err add_to(struct cells *cells, uint32_t at, const struct cell_hit *hit)
{
    unsigned figure = (unsigned)hit->figure + hit->offset;
    struct cell *cell = &cells->groups[at]->cells[figure];
    cell->count += hit->count;
    SH_TRY(hit->reason.has_value ? add_value(cell, hit->reason.value) : SH_OK);
    return add_reason(cells, cells->groups[at], figure, &hit->reason);
}

sh_err cells_add(struct cells *cells, const struct cell_hit *hit)
{
    uint32_t group = 0;
    SH_TRY(group_of(cells, hit, &group));
    SH_TRY(add_to(cells, 0, hit));
    return add_to(cells, group, hit);
}
