#include "policy/rules.h"

/* True if `text` begins with the whole of `part` and `end` stands behind it; gives the rest behind
 * `end`. */
static bool takes(const char **text, const char *part, char end)
{
    const char *stop = strchr(*text, end);
    size_t len = stop ? (size_t)(stop - *text) : strlen(*text);
    bool same = !part || (strlen(part) == len && memcmp(part, *text, len) == 0);
    *text += len + (stop ? 1 : 0);
    return same;
}

bool pattern_matches(const struct pattern *pattern, const struct address *address)
{
    const char *text = address->text;
    return takes(&text, pattern->desk, '@') && takes(&text, pattern->organisation, '.') &&
           takes(&text, pattern->sector, '\0');
}

bool patterns_match(const struct patterns *patterns, const struct address *address)
{
    for (size_t i = 0; i < patterns->len; i++) {
        if (pattern_matches(&patterns->list[i], address)) {
            return true;
        }
    }
    return false;
}
