#include "core/ring.h"

#include <pthread.h>
#include <stdlib.h>

/* Commands are few and must never be refused for want of room. */
enum {
    RING_SLOTS = SH_PENDING_MAX + 256,
    /* Of what may wait, the part that clients can fill by coming and going, and the part that time
     * fills by itself while a commit takes long. The rest is for what must not be lost. */
    RING_GONE_MAX = RING_SLOTS - 64,
    RING_TICK_MAX = RING_SLOTS - 32,
};

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t unverified; /* cursor < tail, or closed */
    pthread_cond_t ready;      /* the head is verified, or closed */
    /* Positions only grow; the slot is position % RING_SLOTS. head <= cursor <= tail. */
    uint64_t head, cursor, tail;
    bool closed;
    struct submission *slots[RING_SLOTS];
};

sh_err ring_new(struct ring **out)
{
    struct ring *ring = calloc(1, sizeof *ring);
    SH_CHECK(ring, SH_E_NOMEM);
    pthread_mutex_init(&ring->lock, NULL);
    pthread_cond_init(&ring->unverified, NULL);
    pthread_cond_init(&ring->ready, NULL);
    *out = ring;
    return SH_OK;
}

void ring_free(struct ring **ring_p)
{
    struct ring *ring = *ring_p;
    if (!ring) {
        return;
    }
    for (; ring->head < ring->tail; ring->head++) {
        submission_free(&ring->slots[ring->head % RING_SLOTS]);
    }
    pthread_cond_destroy(&ring->ready);
    pthread_cond_destroy(&ring->unverified);
    pthread_mutex_destroy(&ring->lock);
    free(ring);
    *ring_p = NULL;
}

static uint64_t room_for(enum work work)
{
    switch (work) {
    case WORK_FRAME:
        return SH_PENDING_MAX;
    case WORK_GONE:
        return RING_GONE_MAX;
    case WORK_TICK:
    case WORK_OPERATOR:
    case WORK_RESUME:
        return RING_TICK_MAX;
    case WORK_CLEAR:
    case WORK_RELOAD:
    case WORK_STOP:
        break;
    }
    return RING_SLOTS;
}

sh_err ring_put(struct ring *ring, struct submission **sub_p)
{
    uint64_t room = room_for((*sub_p)->work);
    pthread_mutex_lock(&ring->lock);
    bool fits = ring->tail - ring->head < room && !ring->closed;
    if (fits) {
        ring->slots[ring->tail++ % RING_SLOTS] = *sub_p;
        pthread_cond_signal(&ring->unverified);
    }
    pthread_mutex_unlock(&ring->lock);
    SH_CHECK(fits, SH_E_BUSY);
    *sub_p = NULL;
    return SH_OK;
}

struct submission *ring_take_unverified(struct ring *ring)
{
    struct submission *sub = NULL;
    pthread_mutex_lock(&ring->lock);
    while (ring->cursor == ring->tail && !ring->closed) {
        pthread_cond_wait(&ring->unverified, &ring->lock);
    }
    if (ring->cursor < ring->tail) {
        sub = ring->slots[ring->cursor++ % RING_SLOTS];
    }
    pthread_mutex_unlock(&ring->lock);
    return sub;
}

void ring_verified(struct ring *ring, struct submission *sub)
{
    pthread_mutex_lock(&ring->lock);
    sub->verified = true;
    /* Only the head lets the ledger go on; waking it for every other would cost a switch each. */
    if (ring->slots[ring->head % RING_SLOTS] == sub) {
        pthread_cond_signal(&ring->ready);
    }
    pthread_mutex_unlock(&ring->lock);
}

static bool head_is_verified(const struct ring *ring)
{
    return ring->head < ring->cursor && ring->slots[ring->head % RING_SLOTS]->verified;
}

size_t ring_take(struct ring *ring, struct submission **out, size_t len_max)
{
    size_t len = 0;
    pthread_mutex_lock(&ring->lock);
    while (!head_is_verified(ring) && !(ring->closed && ring->head == ring->tail)) {
        pthread_cond_wait(&ring->ready, &ring->lock);
    }
    while (len < len_max && head_is_verified(ring)) {
        struct submission **slot = &ring->slots[ring->head++ % RING_SLOTS];
        out[len++] = *slot;
        *slot = NULL;
    }
    pthread_mutex_unlock(&ring->lock);
    return len;
}

void ring_close(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->closed = true;
    pthread_cond_broadcast(&ring->unverified);
    pthread_cond_broadcast(&ring->ready);
    pthread_mutex_unlock(&ring->lock);
}
