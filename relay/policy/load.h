/* From a YAML tree to rules. Internal to policy/. */
#pragma once

#include "config/yaml.h"
#include "policy/rules.h"

struct loading {
    const char *path; /* of the policy file */
    struct policy *policy;
    const struct yaml_tree *tree;
    struct sh_why *why;
};

/* Lists of sectors and desks. `any` means every sector that takes part; NULL gives none. */
SH_MUST_USE sh_err load_sectors(const struct loading *l, const struct yaml_value *list,
                                struct patterns *out);
SH_MUST_USE sh_err load_patterns(const struct loading *l, const struct yaml_value *list,
                                 struct patterns *out);
/* Bits of the words of a list; NULL gives 0. */
SH_MUST_USE sh_err load_bits(const struct loading *l, const struct yaml_value *list,
                             uint32_t (*from_word)(const char *word), uint64_t *out);
SH_MUST_USE sh_err load_rules(const struct loading *l, const struct yaml_value *list, bool follow,
                              struct rules *out);

/* Like load_bits() for kinds; the one word `anything` means all. */
SH_MUST_USE sh_err load_kinds(const struct loading *l, const struct yaml_value *list,
                              uint64_t *out);

/* ---- load_clocks.c ---- */
SH_MUST_USE sh_err load_clocks(const struct loading *l, const struct yaml_value *list,
                               struct clock_rules *out);
/* A span under a key of a row. */
SH_MUST_USE sh_err load_span(const struct loading *l, const struct yaml_value *at, const char *key,
                             struct span *out);
/* Minutes or hours. */
SH_MUST_USE sh_err load_short_span(const struct loading *l, const struct yaml_value *value,
                                   int64_t *out_ms);
SH_MUST_USE sh_err load_counts_from(const struct loading *l, const struct yaml_value *at,
                                    const char *word, struct clock_rule *out);
SH_MUST_USE sh_err load_tellers(const struct loading *l, const struct yaml_value *list,
                                struct tellers *out);

/* ---- load_ladders.c ---- */
SH_MUST_USE sh_err load_ladders(const struct loading *l, const struct yaml_value *list,
                                struct ladders *out);

/* ---- load_witnesses.c ---- */
/* at: NULL for none. */
SH_MUST_USE sh_err load_witnesses(const struct loading *l, const struct yaml_value *at,
                                  struct policy_witnesses *out);

/* ---- load_calendars.c ---- */
SH_MUST_USE sh_err load_calendars(const struct loading *l, const struct yaml_value *at);
