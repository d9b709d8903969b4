/* Where the published files of a log come from: a folder, a web server, or the memory of a test.
 * Files are asked for by their C2SP names ("checkpoint", "tile/0/x001/067"), one at a time, each
 * with a limit of its size. One thread at a time. */
#pragma once

#include "base/bytes.h"

struct audit_source {
    /* Appends the file to *out, whose max is the limit. SH_E_NOT_FOUND: there is no such file, for
     * certain. SH_E_TOO_BIG. SH_E_IO, SH_E_NET, SH_E_TIMEOUT: cannot be said at the moment. */
    sh_err (*read)(void *ctx, const char *name, struct buf *out, struct sh_why *why);
    void (*close)(void *ctx); /* NULL: nothing to close */
    void *ctx;
};

/* where: DIR, file:///DIR, http://... or https://...; SH_E_USAGE for another scheme. Gives *out:
 * audit_source_close(). */
SH_MUST_USE sh_err audit_source_open(const char *where, struct audit_source *out,
                                     struct sh_why *why);
void audit_source_close(struct audit_source *source); /* a destructor */

/* The two kinds; `where` is copied. source_http.c alone knows libcurl. */
SH_MUST_USE sh_err audit_source_folder(const char *dir, struct audit_source *out,
                                       struct sh_why *why);
SH_MUST_USE sh_err audit_source_http(const char *url, struct audit_source *out, struct sh_why *why);
