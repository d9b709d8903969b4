#include "gate/recent.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct recent {
    int fd;
    size_t next; /* the slot that is written next */
    uint8_t suspects[RECENT_KEYS_MAX][CURVE_KEY_BYTES];
    size_t suspects_len;
    bool entered; /* last_entry_ms says something */
    int64_t last_entry_ms;
};

static void read_suspects(struct recent *recent)
{
    static const uint8_t empty[CURVE_KEY_BYTES];
    for (size_t i = 0; i < RECENT_KEYS_MAX; i++) {
        uint8_t *key = recent->suspects[recent->suspects_len];
        ssize_t got = pread(recent->fd, key, CURVE_KEY_BYTES, (off_t)(i * CURVE_KEY_BYTES));
        if (got == (ssize_t)CURVE_KEY_BYTES && memcmp(key, empty, CURVE_KEY_BYTES) != 0) {
            recent->suspects_len++;
        }
    }
}

sh_err recent_open(const char *path, bool cautious, struct recent **out, struct sh_why *why)
{
    SH_DEFER(recent_close) struct recent *recent = calloc(1, sizeof *recent);
    SH_CHECK(recent, SH_E_NOMEM);
    recent->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (recent->fd < 0) {
        return sh_fail(why, SH_E_IO, "cannot open %s: %s", path, strerror(errno));
    }
    if (cautious) {
        read_suspects(recent);
    }
    *out = recent;
    recent = NULL;
    return SH_OK;
}

void recent_close(struct recent **recent)
{
    if (*recent) {
        sh_closep(&(*recent)->fd);
        free(*recent);
        *recent = NULL;
    }
}

int64_t recent_delay_ms(struct recent *recent, const uint8_t key[CURVE_KEY_BYTES], int64_t now_ms)
{
    size_t at = 0;
    while (at < recent->suspects_len && memcmp(recent->suspects[at], key, CURVE_KEY_BYTES) != 0) {
        at++;
    }
    if (at == recent->suspects_len) {
        return 0;
    }
    int64_t turn_ms = recent->entered ? recent->last_entry_ms + RECENT_INTERVAL_MS : now_ms;
    turn_ms = turn_ms > now_ms ? turn_ms : now_ms;
    recent->entered = true;
    recent->last_entry_ms = turn_ms;
    /* If it is the one, we are about to die again and it will be in the file; else it is cleared.
     */
    memmove(recent->suspects[at], recent->suspects[--recent->suspects_len], CURVE_KEY_BYTES);
    return turn_ms - now_ms;
}

void recent_note(struct recent *recent, const uint8_t key[CURVE_KEY_BYTES])
{
    /* Not synced: it is there to survive the process, not the machine. */
    ssize_t put = pwrite(recent->fd, key, CURVE_KEY_BYTES, (off_t)(recent->next * CURVE_KEY_BYTES));
    (void)put;
    recent->next = (recent->next + 1) % RECENT_KEYS_MAX;
}
