/* The one table of the relay's keywords: config.c reads by it, config_print.c prints it. */
#pragma once

#include "config/yaml.h"

enum { CONFIG_KEYWORDS = 17 };
extern const struct yaml_keyword config_table[CONFIG_KEYWORDS];
