/* What link.c and socket.c share. */
#pragma once

#include "link/link.h"

/* Takes the descriptor, also on error. Gives *out: link_close(). */
SH_MUST_USE sh_err link_new(int fd, struct link **out);
