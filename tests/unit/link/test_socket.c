/* How the ends of the link find each other. */
#include "base/cleanup.h"
#include "pair.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

Test(link_socket, only_the_owner_may_connect)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct stat info;
    (void)umask(0);
    link_pair_open(&pair);
    cr_assert_eq(stat(pair.path, &info), 0);
    cr_assert(S_ISSOCK(info.st_mode));
    cr_assert_eq(info.st_mode & 0777, 0600);
}

Test(link_socket, nobody_waiting_is_empty_and_not_an_error)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct link *another = NULL;
    link_pair_open(&pair);
    cr_assert_eq(link_accept(pair.listen_fd, &another), SH_E_EMPTY);
    cr_assert_null(another);
    cr_assert_eq(link_accept(-1, &another), SH_E_IO);
}

Test(link_socket, descriptors_do_not_block_and_do_not_outlive_exec)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_open(&pair);
    const int fds[] = {pair.listen_fd, link_fd(pair.core), link_fd(pair.gate)};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        cr_expect(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
    }
}

Test(link_socket, a_socket_left_by_a_dead_core_is_replaced)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct sh_why why = {0};
    link_pair_open(&pair);
    link_close(&pair.core);
    link_close(&pair.gate);
    sh_closep(&pair.listen_fd); /* as kill -9 would: the file stays */
    cr_assert_eq(link_connect(pair.path, &pair.gate, &why), SH_E_NET);
    cr_assert_eq(link_listen(pair.path, &pair.listen_fd, &why), SH_OK, "%s", why.text);
    cr_assert_eq(link_connect(pair.path, &pair.gate, &why), SH_OK, "%s", why.text);
}

Test(link_socket, a_core_that_lives_is_not_replaced)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct sh_why why = {0};
    int fd = -1;
    link_pair_open(&pair);
    cr_assert_eq(link_listen(pair.path, &fd, &why), SH_E_LOCKED);
    cr_assert_eq(fd, -1);
}

Test(link_socket, a_file_that_is_no_socket_is_left_alone)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {0};
    struct stat info;
    int fd = -1;
    temp_dir_make(&dir);
    char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/file", dir.path);
    SH_DEFER(sh_closep) int file = open(path, O_CREAT | O_WRONLY, 0600);
    cr_assert_eq(link_listen(path, &fd, &why), SH_E_EXISTS);
    cr_assert_eq(stat(path, &info), 0);
}

Test(link_socket, a_path_longer_than_a_socket_can_have_is_refused)
{
    char path[128];
    struct sh_why why = {0};
    struct link *link = NULL;
    int fd = -1;
    memset(path, 'a', sizeof path);
    path[108] = '\0'; /* sun_path has 108 bytes, the last one a NUL */
    cr_assert_eq(link_listen(path, &fd, &why), SH_E_TOO_BIG);
    cr_assert_eq(link_connect(path, &link, &why), SH_E_TOO_BIG);
}

Test(link_socket, a_folder_that_is_not_there_is_an_error_with_its_path)
{
    struct sh_why why = {0};
    struct link *link = NULL;
    int fd = -1;
    cr_assert_eq(link_listen("/nonexistent/link.sock", &fd, &why), SH_E_IO);
    cr_assert(strstr(why.text, "/nonexistent/link.sock"), "%s", why.text);
    cr_assert_eq(link_connect("/nonexistent/link.sock", &link, &why), SH_E_NET);
}
