#include "memory_file.h"

#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void memory_file_make(struct memory_file *file, const uint8_t *data, size_t size)
{
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    HOLD(file->fd >= 0);
    HOLD(write(file->fd, data, size) == (ssize_t)size);
    (void)snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
}

void memory_file_close(struct memory_file *file)
{
    (void)close(file->fd);
}
