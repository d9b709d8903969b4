/* Scope-exit cleanup. Every owned local is declared with SH_DEFER on the line of its constructor:
 *     SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_FRAME_BYTES_MAX);
 *     SH_DEFER(store_close) struct store *store = NULL;
 * The function gets a pointer to the variable; it accepts NULL and half-built objects. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SH_DEFER(fn) __attribute__((cleanup(fn)))

/* Defines fn##p(T **): frees *p with fn and nulls it. For types of libraries. */
#define SH_DEFINE_FREEP(type, fn)                                                                  \
    static inline void fn##p(type **p)                                                             \
    {                                                                                              \
        if (*p) {                                                                                  \
            fn(*p);                                                                                \
            *p = NULL;                                                                             \
        }                                                                                          \
    }

static inline void sh_freep(void *p)
{
    void **pointer = p;
    free(*pointer);
    *pointer = NULL;
}

static inline void sh_closep(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static inline void sh_fclosep(FILE **file)
{
    if (*file) {
        fclose(*file);
        *file = NULL;
    }
}
