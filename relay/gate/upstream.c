#include "base/cleanup.h"
#include "base/logline.h"
#include "gate/gate_private.h"

enum {
    BACKOFF_FIRST_MS = 10,
    BACKOFF_MAX_MS = 500,
    /* Past this many bytes that the core has not taken, clients are not read: TCP holds them back.
     */
    UNREAD_BYTES_MAX = 8 * 1024 * 1024,
};

static void lose_core(struct gate *gate, int64_t now_ms, const char *reason)
{
    log_event(LOG_LEVEL_WARN, "core_lost", "reason=%s", reason);
    link_close(&gate->link);
    gate->keyed = false;
    gate->backoff_ms = BACKOFF_FIRST_MS;
    gate->next_connect_ms = now_ms + gate->backoff_ms;
}

void upstream_connect(struct gate *gate, int64_t now_ms)
{
    if (gate->link || now_ms < gate->next_connect_ms) {
        return;
    }
    struct sh_why why;
    if (link_connect(gate->link_path, &gate->link, &why) == SH_OK) {
        log_event(LOG_LEVEL_INFO, "core_found", "frames_let_go=%llu",
                  (unsigned long long)gate->frames_let_go);
        return;
    }
    int64_t twice = gate->backoff_ms ? 2 * gate->backoff_ms : BACKOFF_FIRST_MS;
    gate->backoff_ms = twice < BACKOFF_MAX_MS ? twice : BACKOFF_MAX_MS;
    gate->next_connect_ms = now_ms + gate->backoff_ms;
}

bool upstream_has_room(const struct gate *gate)
{
    return !gate->link || link_pending(gate->link) <= UNREAD_BYTES_MAX;
}

void upstream_frame(struct gate *gate, const struct router_frame *frame, int64_t now_ms)
{
    if (!gate->link || !gate->keyed) {
        gate->frames_let_go++;
        return;
    }
    sh_err err = link_write(gate->link, LINK_FRAME, frame->connection,
                            bytes_of(frame->key, CURVE_KEY_BYTES), frame->frame);
    if (err != SH_OK) {
        lose_core(gate, now_ms, sh_err_word(err));
    }
}

void upstream_flush(struct gate *gate, int64_t now_ms)
{
    if (gate->link && link_flush(gate->link) != SH_OK) {
        lose_core(gate, now_ms, "net");
    }
}

static sh_err take_keys(struct gate *gate, struct bytes keys, struct sh_why *why)
{
    sh_err err = zap_set_keys(gate->zap, keys);
    if (err == SH_E_FORMAT) {
        return err;
    }
    if (err != SH_OK) {
        return sh_fail(why, SH_E_SELF_TEST, "the ZAP handler does not answer");
    }
    gate->keyed = true;
    log_event(LOG_LEVEL_INFO, "keys_loaded", "keys=%zu", keys.len / CURVE_KEY_BYTES);
    return listener_start(gate, why);
}

static sh_err send_frame(struct gate *gate, const struct link_record *record)
{
    sh_err err = router_send(gate->router, record->connection, record->payload);
    if (err != SH_E_NET) {
        return err;
    }
    const struct bytes none = bytes_of(NULL, 0);
    return link_write(gate->link, LINK_GONE, record->connection, none, none);
}

/* SH_E_FORMAT, SH_E_BUSY and the like: the link is of no more use. SH_E_BUG, SH_E_SELF_TEST,
 * SH_E_CONFIG: nor is the gate. */
static sh_err take_record(struct gate *gate, const struct link_record *record, struct sh_why *why)
{
    switch (record->type) {
    case LINK_KEYS:
        return take_keys(gate, record->payload, why);
    case LINK_SEND:
        return send_frame(gate, record);
    case LINK_DROP:
        router_drop(gate->router, record->connection);
        return SH_OK;
    case LINK_FRAME:
    case LINK_GONE:
        break;
    }
    return SH_E_FORMAT;
}

static sh_err take_records(struct gate *gate, struct sh_why *why)
{
    SH_TRY(link_read(gate->link));
    for (;;) {
        struct link_record record;
        sh_err err = link_next(gate->link, &record);
        if (err == SH_E_EMPTY) {
            return SH_OK;
        }
        SH_TRY(err);
        SH_TRY(take_record(gate, &record, why));
    }
}

sh_err upstream_read(struct gate *gate, int64_t now_ms, struct sh_why *why)
{
    sh_err err = take_records(gate, why);
    if (err == SH_OK || err == SH_E_EMPTY) {
        return SH_OK;
    }
    /* A port that is taken, or a broken ZAP, is the gate's own matter; the rest is the link's. */
    if (sh_err_class(err) == SH_CLASS_FATAL || err == SH_E_CONFIG || err == SH_E_LOCKED) {
        return err;
    }
    lose_core(gate, now_ms, sh_err_word(err));
    return SH_OK;
}
