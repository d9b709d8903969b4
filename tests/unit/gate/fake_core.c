#include "fake_core.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>

void fake_core_listen(struct fake_core *core, const char *state_dir)
{
    char path[PATH_MAX + 16];
    struct sh_why why = {0};
    *core = (struct fake_core){.listen_fd = -1};
    (void)snprintf(path, sizeof path, "%s/link.sock", state_dir);
    cr_assert_eq(link_listen(path, &core->listen_fd, &why), SH_OK, "%s", why.text);
}

void fake_core_close(struct fake_core *core)
{
    link_close(&core->link);
    sh_closep(&core->listen_fd);
}

static bool wait_for(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    return poll(&item, 1, PATIENCE_MS) == 1;
}

void fake_core_accept(struct fake_core *core)
{
    link_close(&core->link);
    cr_assert(wait_for(core->listen_fd), "the gate does not connect");
    cr_assert_eq(link_accept(core->listen_fd, &core->link), SH_OK);
}

void fake_core_say(struct fake_core *core, enum link_type type, uint64_t connection,
                   struct bytes payload)
{
    cr_assert_eq(link_write(core->link, type, connection, payload, bytes_of(NULL, 0)), SH_OK);
    while (link_pending(core->link)) {
        cr_assert_eq(link_flush(core->link), SH_OK);
    }
}

void fake_core_hear(struct fake_core *core, struct link_record *out)
{
    while (link_next(core->link, out) != SH_OK) {
        cr_assert(wait_for(link_fd(core->link)), "the gate says nothing");
        sh_err err = link_read(core->link);
        cr_assert(err == SH_OK || err == SH_E_EMPTY, "%s", sh_err_word(err));
    }
}

void fake_core_keys(struct fake_core *core, const struct curve_pair *const *seats, size_t len)
{
    uint8_t keys[16][32];
    cr_assert_leq(len, 16);
    for (size_t i = 0; i < len; i++) {
        memcpy(keys[i], seats[i]->public_key, 32);
    }
    fake_core_say(core, LINK_KEYS, 0, bytes_of(keys, len * 32));
}

bool fake_core_is_left(struct fake_core *core)
{
    struct link_record ignored;
    while (wait_for(link_fd(core->link))) {
        while (link_next(core->link, &ignored) == SH_OK) {
        }
        sh_err err = link_read(core->link);
        if (err == SH_E_NET) {
            return true;
        }
    }
    return false;
}
