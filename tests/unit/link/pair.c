#include "pair.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

static void listen_in(struct link_pair *pair)
{
    struct sh_why why = {0};
    *pair = (struct link_pair){.listen_fd = -1, .raw_fd = -1};
    temp_dir_make(&pair->dir);
    (void)snprintf(pair->path, sizeof pair->path, "%s/link.sock", pair->dir.path);
    cr_assert_eq(link_listen(pair->path, &pair->listen_fd, &why), SH_OK, "%s", why.text);
}

void link_pair_open(struct link_pair *pair)
{
    struct sh_why why = {0};
    listen_in(pair);
    cr_assert_eq(link_connect(pair->path, &pair->gate, &why), SH_OK, "%s", why.text);
    cr_assert_eq(link_accept(pair->listen_fd, &pair->core), SH_OK);
}

void link_pair_raw(struct link_pair *pair)
{
    listen_in(pair);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.*s",
                   (int)sizeof address.sun_path - 1, pair->path);
    pair->raw_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(pair->raw_fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(link_accept(pair->listen_fd, &pair->core), SH_OK);
}

void link_pair_close(struct link_pair *pair)
{
    link_close(&pair->core);
    link_close(&pair->gate);
    sh_closep(&pair->raw_fd);
    sh_closep(&pair->listen_fd);
    temp_dir_remove(&pair->dir);
}

void link_pair_carry(struct link *from, struct link *to, struct link_record *out)
{
    while (link_next(to, out) != SH_OK) {
        cr_assert_eq(link_flush(from), SH_OK);
        cr_assert_eq(link_read(to), SH_OK);
    }
}
