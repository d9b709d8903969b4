/* Records over a non-blocking stream: whole ones are handed out, broken ones end the link. Memory
 * is bounded on both sides: a length is checked against its type's limit before anything is kept
 * for it. */
#include "base/cleanup.h"
#include "link/link_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    LENGTH_BYTES = 4,
    HEAD_BYTES = LENGTH_BYTES + 1 + 8,
    READ_BYTES = 256 * 1024,
    QUEUED_BYTES_MAX = 64 * 1024 * 1024,
    /* What was sent stays in front of the queue until it is worth moving the rest: at least this
     * much, and at least an eighth of the rest, so that no byte is moved more than some eight
     * times. */
    COMPACT_BYTES = 1024 * 1024,
    /* A queue that grew past this in a bad moment gives its memory back when it is empty. */
    KEPT_BYTES = 4 * 1024 * 1024,
};

struct link {
    int fd;
    struct buf in; /* read; in.data[in_from] begins the next record */
    size_t in_from;
    struct buf out; /* to write; out.data[out_from] is the next byte */
    size_t out_from;
    bool broken; /* what came is no record; nothing more is read */
};

sh_err link_new(int fd, struct link **out)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link) {
        close(fd);
        return SH_E_NOMEM;
    }
    link->fd = fd;
    /* One whole record of the largest kind, and what one read brings beyond it. */
    link->in.max = LINK_KEYS_BYTES_MAX + HEAD_BYTES + READ_BYTES;
    link->out.max = QUEUED_BYTES_MAX + QUEUED_BYTES_MAX / 8 + COMPACT_BYTES;
    *out = link;
    return SH_OK;
}

void link_close(struct link **link)
{
    if (*link) {
        sh_closep(&(*link)->fd);
        buf_wipe(&(*link)->in);
        buf_wipe(&(*link)->out);
        free(*link);
        *link = NULL;
    }
}

int link_fd(const struct link *link)
{
    return link->fd;
}

static void drop_front(struct buf *b, size_t *from)
{
    if (*from) {
        memmove(b->data, b->data + *from, b->len - *from);
        b->len -= *from;
        *from = 0;
    }
}

/* The most bytes of payload that a record of this type has; SH_E_FORMAT for a type that is none. */
static sh_err payload_max(uint8_t type, size_t *out)
{
    switch (type) {
    case LINK_FRAME:
    case LINK_SEND:
        *out = LINK_RECORD_BYTES_MAX;
        return SH_OK;
    case LINK_KEYS:
        *out = LINK_KEYS_BYTES_MAX;
        return SH_OK;
    case LINK_GONE:
    case LINK_DROP:
        *out = 0;
        return SH_OK;
    default:
        return SH_E_FORMAT;
    }
}

/* Looks at the record at the front: its whole length, or 0 if its head is not there yet. */
static sh_err front_record(const struct link *link, size_t *out_len)
{
    size_t have = link->in.len - link->in_from;
    *out_len = 0;
    if (have < HEAD_BYTES) {
        return SH_OK;
    }
    const uint8_t *head = link->in.data + link->in_from;
    size_t rest = be32_load(head);
    size_t most = 0;
    SH_TRY(payload_max(head[LENGTH_BYTES], &most));
    SH_CHECK(rest >= HEAD_BYTES - LENGTH_BYTES, SH_E_FORMAT);
    SH_CHECK(rest - (HEAD_BYTES - LENGTH_BYTES) <= most, SH_E_FORMAT);
    *out_len = LENGTH_BYTES + rest;
    return SH_OK;
}

sh_err link_read(struct link *link)
{
    SH_CHECK(!link->broken, SH_E_FORMAT);
    drop_front(&link->in, &link->in_from);
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(&link->in, READ_BYTES, &room));
    ssize_t got = recv(link->fd, room, READ_BYTES, MSG_DONTWAIT);
    if (got < 0) {
        bool nothing = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        return nothing ? SH_E_EMPTY : SH_E_NET;
    }
    SH_CHECK(got > 0, SH_E_NET);
    link->in.len += (size_t)got;
    size_t len = 0;
    if (front_record(link, &len) != SH_OK) {
        link->broken = true;
        return SH_E_FORMAT;
    }
    return SH_OK;
}

sh_err link_next(struct link *link, struct link_record *out)
{
    SH_CHECK(!link->broken, SH_E_FORMAT);
    size_t len = 0;
    if (front_record(link, &len) != SH_OK) {
        link->broken = true;
        return SH_E_FORMAT;
    }
    SH_CHECK(len && len <= link->in.len - link->in_from, SH_E_EMPTY);
    const uint8_t *record = link->in.data + link->in_from;
    *out = (struct link_record){
        .type = (enum link_type)record[LENGTH_BYTES],
        .connection = be64_load(record + LENGTH_BYTES + 1),
        .payload = bytes_of(record + HEAD_BYTES, len - HEAD_BYTES),
    };
    link->in_from += len;
    return SH_OK;
}

sh_err link_write(struct link *link, enum link_type type, uint64_t connection, struct bytes head,
                  struct bytes tail)
{
    size_t payload = 0;
    size_t most = 0;
    SH_TRY(size_add(head.len, tail.len, &payload));
    SH_CHECK(payload_max((uint8_t)type, &most) == SH_OK, SH_E_BUG);
    SH_CHECK(payload <= most, SH_E_TOO_BIG);
    SH_CHECK(link_pending(link) + HEAD_BYTES + payload <= QUEUED_BYTES_MAX, SH_E_BUSY);
    if (link->out_from >= COMPACT_BYTES && link->out_from >= link_pending(link) / 8) {
        drop_front(&link->out, &link->out_from);
    }
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(&link->out, HEAD_BYTES + payload, &room));
    be32_store(room, (uint32_t)(HEAD_BYTES - LENGTH_BYTES + payload));
    room[LENGTH_BYTES] = (uint8_t)type;
    be64_store(room + LENGTH_BYTES + 1, connection);
    if (head.len) {
        memcpy(room + HEAD_BYTES, head.data, head.len);
    }
    if (tail.len) {
        memcpy(room + HEAD_BYTES + head.len, tail.data, tail.len);
    }
    link->out.len += HEAD_BYTES + payload;
    return SH_OK;
}

sh_err link_flush(struct link *link)
{
    while (link_pending(link)) {
        /* MSG_NOSIGNAL: an end that is gone is an answer here, not a signal. */
        ssize_t put = send(link->fd, link->out.data + link->out_from, link_pending(link),
                           MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK ? SH_OK : SH_E_NET;
        }
        link->out_from += (size_t)put;
    }
    link->out_from = 0;
    buf_reset(&link->out);
    if (link->out.cap > KEPT_BYTES) {
        buf_wipe(&link->out);
    }
    return SH_OK;
}

size_t link_pending(const struct link *link)
{
    return link->out.len - link->out_from;
}
