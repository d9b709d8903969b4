/* Configuration files: whatever stands in them, they load or are refused with a line. */
#include "base/cleanup.h"
#include "config/config.h"
#include "config/yaml.h"
#include "fuzz.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(memory_file_close) struct memory_file file;
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    struct config config;
    struct sh_why why = {""};
    memory_file_make(&file, data, size);
    sh_err err = config_load(file.path, &config, &why);
    fuzz_hold_not_fatal(err);
    HOLD(err == SH_OK || why.text[0]);
    sh_err parsed = yaml_tree_parse("fuzz.yaml", bytes_of(data, size), &tree, &why);
    fuzz_hold_not_fatal(parsed);
    HOLD(err != SH_OK || parsed == SH_OK);
    return 0;
}
