/* Records between gate and core, in whatever pieces the socket brings them. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "link/link_private.h"

#include <sys/socket.h>

/* Takes all records that are in. False when the link is at its end. */
static bool drain(struct link *link)
{
    struct link_record record;
    sh_err err = link_read(link);
    fuzz_hold_not_fatal(err);
    while (err == SH_OK && (err = link_next(link, &record)) == SH_OK) {
        HOLD(record.payload.len <= LINK_KEYS_BYTES_MAX);
        HOLD(record.type == LINK_FRAME || record.type == LINK_SEND || record.type == LINK_KEYS ||
             record.payload.len == 0);
    }
    return err == SH_OK || err == SH_E_EMPTY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2] = {-1, -1};
    SH_DEFER(link_close) struct link *link = NULL;
    HOLD(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    SH_DEFER(sh_closep) int writer = ends[1];
    HOLD(link_new(ends[0], &link) == SH_OK);
    /* The first byte says in what pieces. */
    const size_t piece = size ? 1 + data[0] * 4u : 1;
    bool open = true;
    for (size_t at = 1; at < size && open; at += piece) {
        const size_t len = size - at < piece ? size - at : piece;
        HOLD(send(writer, data + at, len, MSG_NOSIGNAL) == (ssize_t)len);
        open = drain(link);
    }
    return 0;
}
