/* What yaml.c builds and keywords.c reads; nobody else looks inside a tree. */
#pragma once

#include "base/arena.h"
#include "config/yaml.h"

struct yaml_tree {
    struct arena *arena; /* holds everything below */
    const char *name;    /* what errors call the file */
    const char *folder;  /* absolute, with a slash behind it; "" if the text was no file */
    struct yaml_value *root;
};
