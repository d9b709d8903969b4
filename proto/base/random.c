#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

sh_err random_fill(uint8_t *out, size_t len)
{
    while (len) {
        ssize_t got = getrandom(out, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        SH_CHECK(got > 0, SH_E_CRYPTO);
        out += got;
        len -= (size_t)got;
    }
    return SH_OK;
}

sh_err random_id(struct sh_id *out)
{
    return random_fill(out->b, sizeof out->b);
}

sh_err random_hash(struct sh_hash *out)
{
    return random_fill(out->b, sizeof out->b);
}
