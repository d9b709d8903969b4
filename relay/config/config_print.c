/* The keyword table as an example file and as help text, so that neither can differ from what is
 * read. */
#include "config/config.h"
#include "config/config_table.h"

#include <inttypes.h>

void config_print_example(FILE *to)
{
    (void)fprintf(to,
                  "# The relay's configuration. A line that is commented out shows the default.\n"
                  "# A path that does not begin with / is taken from this file's folder.\n");
    for (size_t i = 0; i < CONFIG_KEYWORDS; i++) {
        const struct yaml_keyword *k = &config_table[i];
        (void)fprintf(to, "\n# %s\n", k->help);
        if (k->type == YAML_TYPE_NUMBER) {
            (void)fprintf(to, "# From %" PRId64 " to %" PRId64 ".\n", k->least, k->most);
        }
        if (k->fallback) {
            (void)fprintf(to, "#%s: %s\n", k->name, k->fallback);
        } else {
            (void)fprintf(to, "%s: relay.example.org/safehand/test\n", k->name);
        }
    }
}

void config_print_help(FILE *to)
{
    for (size_t i = 0; i < CONFIG_KEYWORDS; i++) {
        const struct yaml_keyword *k = &config_table[i];
        (void)fprintf(to, "  %-20s %s\n", k->name, k->help);
        if (k->type == YAML_TYPE_NUMBER) {
            (void)fprintf(to, "  %-20s From %" PRId64 " to %" PRId64 ".\n", "", k->least, k->most);
        }
        (void)fprintf(to, "  %-20s %s%s\n", "", k->fallback ? "Default: " : "Must be given.",
                      k->fallback ? k->fallback : "");
    }
}
