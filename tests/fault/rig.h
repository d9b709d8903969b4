/* A core over a memory store whose threads really run, letters that were written before, and the
 * threads that bring them; tsan_core.c plays the link and judges. Everything aborts the test if it
 * cannot do its work. */
#pragma once

#include "core/control.h"
#include "support/relay.h"
#include "support/temp.h"

#include <stdatomic.h>

enum {
    WORKERS = 2,
    SENDERS = 4,
    LETTERS_EACH = 40,
    LETTERS = SENDERS * LETTERS_EACH,
    VISITS = 60,            /* short connections of the nurse's seat */
    VISIT_CONNECTION = 100, /* the first of them */
    QUESTIONS = 20,         /* on the control socket */
    TICK_EVERY = 8,         /* answers */
    RELOAD_EVERY = 40,
    POLL_MS = 100, /* a reload that failed wakes nobody */
    PATIENCE_SECONDS = 300,
};

/* Threads read what main() made before them; what they share while they run is marked. */
struct rig {
    struct relay relay;
    struct temp_dir folder;
    struct letter letters[LETTERS];
    struct buf frames[LETTERS]; /* SUBMIT, `ref` is the letter's position */
    _Atomic int64_t elapsed_ms; /* shared: the clock */
    struct control *control;
    char control_path[PATH_MAX];
    /* The link thread's, which is main()'s. */
    size_t accepted, delivered, stored, pongs, asked, lists_of_keys, reloads;
    bool ended;
    sh_err reason;
};

struct sender {
    struct rig *rig;
    size_t first; /* its letters are first to first + LETTERS_EACH - 1 */
    size_t put;   /* read after it was joined */
};

void rig_must(bool held, const char *what);
#define MUST(call)      rig_must((call) == SH_OK, #call)
#define MUST_HOLD(cond) rig_must((cond), #cond)

/* The clock that the core is given; any thread. */
struct clock rig_clock(struct rig *rig);
/* Before any thread runs. */
void rig_write_letters(struct rig *rig);

/* One frame of a seat, or a command, into the ring. Any thread. SH_E_BUSY: it was closed. */
SH_MUST_USE sh_err rig_put_frame(struct rig *rig, enum post_seat seat, uint64_t connection,
                                 const struct frame *frame);
SH_MUST_USE sh_err rig_put_command(struct rig *rig, enum work work, uint64_t connection);

/* Threads: ctx is a struct sender, or the struct rig. */
void *rig_sender(void *ctx);
void *rig_visitor(void *ctx);
void *rig_operator(void *ctx);
