/* A file that is only in memory, for readers that want a path. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct memory_file {
    int fd;
    char path[64];
};

void memory_file_make(struct memory_file *file, const uint8_t *data, size_t size);
void memory_file_close(struct memory_file *file); /* a destructor */
