/* How the two ends of the link find each other: a Unix stream socket in the state folder, reachable
 * by the relay's own user and nobody else. */
#include "base/cleanup.h"
#include "link/link_private.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static sh_err address_of(const char *path, struct sockaddr_un *out, struct sh_why *why)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof out->sun_path) {
        return sh_fail(why, SH_E_TOO_BIG, "the path of a socket has at most %zu bytes: %s",
                       sizeof out->sun_path - 1, path);
    }
    memcpy(out->sun_path, path, len + 1);
    return SH_OK;
}

static int stream_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* A socket file that nobody listens on is left from a core that was killed. One that answers is a
 * second relay. */
static sh_err remove_dead_socket(const struct sockaddr_un *address, struct sh_why *why)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0) {
        return SH_OK;
    }
    if (!S_ISSOCK(info.st_mode)) {
        return sh_fail(why, SH_E_EXISTS, "%s is there and is no socket", address->sun_path);
    }
    SH_DEFER(sh_closep) int fd = stream_socket();
    SH_CHECK(fd >= 0, SH_E_IO);
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN) {
        return sh_fail(why, SH_E_LOCKED, "another program listens on %s", address->sun_path);
    }
    if (errno == ECONNREFUSED) {
        (void)unlink(address->sun_path);
    }
    return SH_OK;
}

sh_err link_listen(const char *path, int *out_fd, struct sh_why *why)
{
    struct sockaddr_un address;
    SH_TRY(address_of(path, &address, why));
    SH_TRY(remove_dead_socket(&address, why));
    SH_DEFER(sh_closep) int fd = stream_socket();
    SH_CHECK(fd >= 0, SH_E_IO);
    /* The mode is right from the first moment: bind() makes the file with the descriptor's mode
     * less the umask. */
    bool ready = fchmod(fd, 0600) == 0 &&
                 bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                 chmod(path, 0600) == 0 && listen(fd, 4) == 0;
    if (!ready) {
        return sh_fail(why, SH_E_IO, "cannot listen on %s: %s", path, strerror(errno));
    }
    *out_fd = fd;
    fd = -1;
    return SH_OK;
}

sh_err link_accept(int listen_fd, struct link **out)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        bool nobody =
            errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
        return nobody ? SH_E_EMPTY : SH_E_IO;
    }
    return link_new(fd, out);
}

sh_err link_connect(const char *path, struct link **out, struct sh_why *why)
{
    struct sockaddr_un address;
    SH_TRY(address_of(path, &address, why));
    SH_DEFER(sh_closep) int fd = stream_socket();
    SH_CHECK(fd >= 0, SH_E_IO);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return sh_fail(why, SH_E_NET, "cannot connect to %s: %s", path, strerror(errno));
    }
    int own = fd;
    fd = -1;
    return link_new(own, out);
}
