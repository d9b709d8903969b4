/* Files of links between schools: whatever stands in them, each row is read or named, links are in
 * order, and counting ends. */
#include "base/cleanup.h"
#include "certs/links.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(links_wipe) struct links links = {.arena = NULL};
    struct links_shape shape = {0};
    struct sh_why why = {""};
    sh_err err = links_read(bytes_of(data, size), NULL, NULL, &links, &why);
    fuzz_hold_not_fatal(err);
    HOLD(err == SH_OK || why.text[0]);
    if (err != SH_OK) {
        return 0;
    }
    HOLD(links.rows + links.problems_all > 0);
    HOLD(links.len <= links.rows);
    for (size_t i = 0; i < links.len; i++) {
        const struct link *at = &links.list[i];
        HOLD(at->from != at->to);
        HOLD(i == 0 || at[-1].from < at->from || (at[-1].from == at->from && at[-1].to < at->to));
    }
    HOLD(links_shape(&links, &shape) == SH_OK);
    HOLD(shape.ends_one + shape.ends_several + shape.ends_none == shape.succeeded);
    HOLD(shape.splits_by_successor_rows <= shape.splits && shape.splits <= shape.succeeded);
    HOLD(shape.in_cycles + shape.into_cycles <= shape.succeeded);
    HOLD((shape.cycles == 0) == (shape.in_cycles == 0));
    return 0;
}
