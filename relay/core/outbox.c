#include "core/outbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    OUTBOX_BYTES_MAX = 256 * 1024 * 1024,
    /* Deliveries wait for the next group from here on; the rest is for answers. */
    OUTBOX_BEHIND = 64 * 1024 * 1024,
};

struct outbox {
    pthread_mutex_t lock;
    int wake_fd;
    struct buf filling;  /* the ledger's: records as on the link */
    struct buf posted;   /* under the lock */
    struct buf draining; /* the link thread's */
    size_t drained;      /* of draining; the link thread's */
    size_t left;         /* draining without what was drained: under the lock */
    bool ended;          /* under the lock */
    sh_err reason;
};

enum { RECORD_HEAD_BYTES = 4 + 1 + 8 };

sh_err outbox_new(struct outbox **out)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    SH_CHECK(outbox, SH_E_NOMEM);
    pthread_mutex_init(&outbox->lock, NULL);
    outbox->filling.max = outbox->posted.max = outbox->draining.max = OUTBOX_BYTES_MAX;
    outbox->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (outbox->wake_fd < 0) {
        outbox_free(&outbox);
        return SH_E_IO;
    }
    *out = outbox;
    return SH_OK;
}

void outbox_free(struct outbox **outbox_p)
{
    struct outbox *outbox = *outbox_p;
    if (!outbox) {
        return;
    }
    if (outbox->wake_fd >= 0) {
        close(outbox->wake_fd);
    }
    buf_wipe(&outbox->filling);
    buf_wipe(&outbox->posted);
    buf_wipe(&outbox->draining);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
    *outbox_p = NULL;
}

int outbox_fd(const struct outbox *outbox)
{
    return outbox->wake_fd;
}

sh_err outbox_add(struct outbox *outbox, enum link_type type, uint64_t connection,
                  struct bytes payload)
{
    SH_CHECK(payload.len <= LINK_KEYS_BYTES_MAX, SH_E_TOO_BIG);
    size_t before = outbox->filling.len;
    sh_err err = buf_append_be32(&outbox->filling, (uint32_t)payload.len);
    err = err == SH_OK ? buf_append_u8(&outbox->filling, (uint8_t)type) : err;
    err = err == SH_OK ? buf_append_be64(&outbox->filling, connection) : err;
    err = err == SH_OK ? buf_append(&outbox->filling, payload) : err;
    if (err != SH_OK) {
        outbox->filling.len = before;
        return SH_E_BUSY;
    }
    return SH_OK;
}

static void wake(struct outbox *outbox)
{
    uint64_t one = 1;
    ssize_t written = write(outbox->wake_fd, &one, sizeof one);
    (void)
        written; /* it fails only when the counter is full, and then the other side wakes anyway */
}

static void hand_over(struct outbox *outbox)
{
    if (outbox->posted.len == 0) {
        struct buf empty = outbox->posted;
        outbox->posted = outbox->filling;
        outbox->filling = empty;
    } else if (buf_append(&outbox->posted, bytes_buf(&outbox->filling)) == SH_OK) {
        buf_reset(&outbox->filling);
    } else {
        /* The link thread does not keep up: these answers are lost, and their clients ask again. */
        buf_reset(&outbox->filling);
    }
}

void outbox_post(struct outbox *outbox)
{
    if (outbox->filling.len == 0) {
        return;
    }
    pthread_mutex_lock(&outbox->lock);
    hand_over(outbox);
    pthread_mutex_unlock(&outbox->lock);
    wake(outbox);
}

void outbox_post_end(struct outbox *outbox, sh_err reason)
{
    pthread_mutex_lock(&outbox->lock);
    if (outbox->filling.len) {
        hand_over(outbox);
    }
    outbox->ended = true;
    outbox->reason = reason;
    pthread_mutex_unlock(&outbox->lock);
    wake(outbox);
}

size_t outbox_waiting(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    size_t waiting = outbox->posted.len + outbox->left;
    pthread_mutex_unlock(&outbox->lock);
    return waiting;
}

bool outbox_is_behind(struct outbox *outbox)
{
    return outbox->filling.len + outbox_waiting(outbox) > OUTBOX_BEHIND;
}

/* What is left of the last time goes first. */
static void take_posted(struct outbox *outbox, bool *out_end, sh_err *out_reason)
{
    pthread_mutex_lock(&outbox->lock);
    if (outbox->drained == outbox->draining.len) {
        buf_reset(&outbox->draining);
        outbox->drained = 0;
        struct buf empty = outbox->draining;
        outbox->draining = outbox->posted;
        outbox->posted = empty;
    }
    *out_end = outbox->ended;
    *out_reason = outbox->reason;
    pthread_mutex_unlock(&outbox->lock);
}

static sh_err send_taken(struct outbox *outbox, outbox_send send, void *ctx)
{
    while (outbox->drained < outbox->draining.len) {
        const uint8_t *head = outbox->draining.data + outbox->drained;
        struct link_record record = {
            .type = (enum link_type)head[4],
            .connection = be64_load(head + 5),
            .payload = bytes_of(head + RECORD_HEAD_BYTES, be32_load(head)),
        };
        sh_err err = send(ctx, &record);
        SH_CHECK(err != SH_E_BUSY, SH_OK);
        outbox->drained += RECORD_HEAD_BYTES + record.payload.len;
        SH_TRY(err);
    }
    return SH_OK;
}

sh_err outbox_drain(struct outbox *outbox, outbox_send send, void *ctx, bool *out_end,
                    sh_err *out_reason)
{
    uint64_t count = 0;
    ssize_t got = read(outbox->wake_fd, &count, sizeof count);
    (void)got;
    take_posted(outbox, out_end, out_reason);
    sh_err err = send_taken(outbox, send, ctx);
    pthread_mutex_lock(&outbox->lock);
    outbox->left = outbox->draining.len - outbox->drained;
    pthread_mutex_unlock(&outbox->lock);
    return err;
}
