/* From a YAML tree to rules. Internal to policy/. */
#pragma once

#include "config/yaml.h"
#include "policy/rules.h"

struct loading {
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
