/* A safehand-relay of its own folder, started and watched as a service manager would. Everything
 * that happens comes as a datagram: READY=1 from the supervisor, the rest from fake_child.c. */
#pragma once

#include "support/temp.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PATIENCE_MS 10000

struct relay {
    struct temp_dir dir;
    char program[PATH_MAX];
    char config[PATH_MAX];
    char log[PATH_MAX];
    int notify_fd;
    char notify_path[PATH_MAX];
    pid_t pid; /* 0: not running */
};

/* Copies the programs; the core is fake_child, and so is the gate if fake_gate says so. Makes keys
 * for a real gate. */
void relay_prepare(struct relay *relay, bool fake_gate);
/* A name in the relay's folder. */
void relay_path(const struct relay *relay, const char *name, char out[PATH_MAX]);
void relay_remove(struct relay *relay); /* kills what still runs */
/* arguments: behind "--config FILE"; NULL at the end. */
void relay_start(struct relay *relay, const char *const *arguments);
/* Waits for a datagram that begins so; others before it are let go. The rest of it goes to out. */
void relay_await(struct relay *relay, const char *begin, char *out, size_t out_len);
/* Waits for the end: the exit status, or 128 + signal. */
int relay_end(struct relay *relay);
/* From a pid file in the state folder. */
pid_t relay_pid_of(const struct relay *relay, const char *name);
void relay_touch(const struct relay *relay, const char *name);
void relay_untouch(const struct relay *relay, const char *name);
/* What went to standard output and standard error so far. */
const char *relay_output(const struct relay *relay);
