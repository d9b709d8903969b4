/* The link: records on the Unix stream socket between gate and core. A record is
 *     be32 length of the rest | u8 type | be64 connection | payload
 * The core listens, the gate connects; when either dies the other sees the end of the stream. A
 * connection number means something only to the gate that gave it, and only while it lives: the
 * core hands it back and never shows it. One thread per struct link. Used by gate/ and core/, sees
 * neither's insides. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

enum link_type {
    /* gate to core */
    LINK_FRAME =
        1, /* payload: 32-byte CURVE key of the peer as ZAP authenticated it, then the frame */
    LINK_GONE = 2, /* that connection cannot be reached any more */
    /* core to gate */
    LINK_SEND = 10, /* payload: the frame to send */
    LINK_KEYS =
        11, /* payload: all CURVE keys that ZAP lets in, 32 bytes each; replaces the list before */
    LINK_DROP = 12, /* forget this connection: its seat was revoked */
};

#define LINK_RECORD_BYTES_MAX (SH_FRAME_BYTES_MAX + 64u)
/* The list of keys of SH_DIRECTORY_BYTES_MAX worth of seats. */
#define LINK_KEYS_BYTES_MAX (4u * SH_MIB)

struct link_record {
    enum link_type type;
    uint64_t connection;
    struct bytes payload; /* borrows the link's buffer until the next read */
};

struct link; /* opaque: a socket, what was read of the next record, what could not be written yet */

SH_MUST_USE sh_err link_listen(const char *path, int *out_fd,
                               struct sh_why *why);               /* 0600, replaces a dead socket */
SH_MUST_USE sh_err link_accept(int listen_fd, struct link **out); /* SH_E_EMPTY: nobody */
SH_MUST_USE sh_err link_connect(const char *path, struct link **out, struct sh_why *why);
void link_close(struct link **link);
int link_fd(const struct link *
                link); /* non-blocking: poll it for reading, and for writing while link_pending() */

/* Reads what there is. SH_OK: more may be in; SH_E_EMPTY: nothing now; SH_E_NET: the other end is
 * gone; SH_E_FORMAT: what comes is no record. Call link_next() until SH_E_EMPTY after each read. */
SH_MUST_USE sh_err link_read(struct link *link);
SH_MUST_USE sh_err link_next(struct link *link, struct link_record *out);
/* Queues one record: payload is head then tail (either may be empty), saving a copy. SH_E_BUSY past
 * 64 MiB queued. */
SH_MUST_USE sh_err link_write(struct link *link, enum link_type type, uint64_t connection,
                              struct bytes head, struct bytes tail);
SH_MUST_USE sh_err
link_flush(struct link *link); /* SH_OK: all went or the socket is full; SH_E_NET */
size_t link_pending(const struct link *link);
