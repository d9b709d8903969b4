/* Both ends of a link in one test, or one end and a raw socket that can say anything. */
#pragma once

#include "link/link.h"
#include "support/temp.h"

struct link_pair {
    struct temp_dir dir;
    char path[PATH_MAX + 16];
    int listen_fd;
    struct link *core;
    struct link *gate; /* NULL after link_pair_raw() */
    int raw_fd;        /* -1 after link_pair_open() */
};

void link_pair_open(struct link_pair *pair);
void link_pair_raw(struct link_pair *pair); /* the gate's end is raw_fd */
void link_pair_close(struct link_pair *pair);
/* Flushes from and reads to until a record is out; fails the test if the link breaks. */
void link_pair_carry(struct link *from, struct link *to, struct link_record *out);
