#include "core/core.h"

#include "core/lost.h"

struct loaded *core_loaded(struct core *core)
{
    pthread_mutex_lock(&core->loaded_lock);
    struct loaded *loaded = loaded_share(core->loaded);
    pthread_mutex_unlock(&core->loaded_lock);
    return loaded;
}

bool core_is_closed(const struct core *core)
{
    return lost_closed(core->lost) != NULL;
}

sh_err core_send(struct core *core, uint64_t connection, const struct frame *frame)
{
    buf_reset(&core->frame);
    SH_TRY(frame_encode(frame, &core->frame));
    return outbox_add(core->outbox, LINK_SEND, connection, bytes_buf(&core->frame));
}

sh_err core_write(struct core *core)
{
    if (core->transaction) {
        return SH_OK;
    }
    SH_TRY(store_begin(core->store));
    core->transaction = true;
    return SH_OK;
}
