/* What open clocks cost the relay: CPU of a tick when none is due, and how much longer a start
 * takes over a database that holds them. Prints one JSON object; ends with 1 if a tick costs 1 ms
 * or a start 2 s more. Not run by ctest.
 *
 * One clock a message, which is the worst case: three clocks of one message share a row.
 *
 *     bench_clocks [open clocks, 1000000] */
#include "base/cleanup.h"
#include "base/random.h"
#include "bench.h"
#include "support/relay.h"
#include "support/temp.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BATCH = 20000, /* rows of a transaction, while it is prepared */
    HEADER_BYTES = 60,
    ENVELOPE_BYTES = 100,
    DESKS = 900,
    STARTS = 3,
    TICKS = 300,
};

#define TICK_US_MAX  1000.0
#define START_US_MAX 2000000.0

struct figures {
    double start_us, tick_us; /* the best start; a tick on average */
};

static struct store *open_store(const char *path)
{
    struct store *store = NULL;
    struct sh_why why = {0};
    bench_must(store_open_sqlite(path, &store, &why), why.text);
    return store;
}

static struct address desk_of(unsigned n)
{
    struct address desk;
    char text[64];
    (void)snprintf(text, sizeof text, "dsl@%u.school", 100000 + n % DESKS);
    MUST(address_from(text, &desk));
    return desk;
}

static void put_message(struct store *store, unsigned n)
{
    uint8_t envelope[ENVELOPE_BYTES] = {0};
    int64_t seq = 0;
    struct message_row row = {.accepted_ms = PKI_NOW_MS, .leaf_index = n, .from = desk_of(n)};
    MUST(random_id(&row.message_id));
    MUST(random_hash(&row.header_sha256));
    row.thread_id = row.message_id;
    row.header = bytes_of(envelope + 4, HEADER_BYTES);
    row.envelope = bytes_of(envelope, sizeof envelope);
    MUST(store_message_put(store, &row, &seq));
}

/* Due from a month on, a second apart: never while this is measured. */
static void put_clock(struct store *store, unsigned n)
{
    const struct clock_entry entry = {
        .duty = DUTY_DECIDED,
        .state = CLOCK_RUNNING,
        .by = desk_of(n * 7),
        .due_ms = PKI_NOW_MS + 30 * SH_DAY_MS + n * (int64_t)SH_SECOND_MS,
    };
    const struct clock_row row = {(int64_t)n + 1, entry.due_ms, &entry, 1};
    MUST(store_clocks_put(store, &row));
}

static void put_all(const char *path, unsigned total, void (*put)(struct store *, unsigned))
{
    struct store *store = open_store(path);
    struct sh_why why = {0};
    for (unsigned n = 0; n < total;) {
        MUST(store_begin(store));
        for (unsigned end = n + BATCH < total ? n + BATCH : total; n < end; n++) {
            put(store, n);
        }
        bench_must(store_commit(store, &why), why.text);
    }
    MUST(store_checkpoint(store));
    store_close(&store);
}

static double time_start(struct relay *relay, const char *path)
{
    double from_us = bench_now_us();
    relay_restart(relay, open_store(path));
    relay_tick(relay);
    return bench_now_us() - from_us;
}

static struct figures measure(struct relay *relay, const char *path)
{
    double starts[STARTS];
    for (size_t i = 0; i < STARTS; i++) {
        core_free(&relay->core);
        starts[i] = time_start(relay, path);
    }
    double from_us = bench_thread_cpu_us();
    for (size_t i = 0; i < TICKS; i++) {
        relay->now_ms += SH_SECOND_MS;
        relay->boot_ms += SH_SECOND_MS;
        relay_tick(relay);
    }
    if (relay->core->disk_low || relay->core->time.jumped) {
        bench_fail("the ticks looked at no clock: no room on the disk, or a clock that jumped");
    }
    return (struct figures){.start_us = bench_percentile(starts, STARTS, 0),
                            .tick_us = (bench_thread_cpu_us() - from_us) / TICKS};
}

int main(int argc, char **argv)
{
    unsigned total = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000;
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    static struct relay relay;
    char path[sizeof dir.path + 16];
    if (total == 0) {
        bench_fail("usage: bench_clocks [open clocks]");
    }
    temp_dir_make(&dir);
    (void)snprintf(path, sizeof path, "%s/relay.db", dir.path);
    put_all(path, total, put_message);
    relay_make_over(&relay, open_store(path));
    const struct figures without = measure(&relay, path);
    core_free(&relay.core);
    put_all(path, total, put_clock);
    const struct figures with = measure(&relay, path);
    relay_free(&relay);
    double more_us = with.start_us - without.start_us;
    printf("{\"open_clocks\": %u, \"tick_cpu_us\": %.1f, \"tick_cpu_us_without\": %.1f, "
           "\"start_ms\": %.1f, \"start_ms_without\": %.1f, \"start_ms_more\": %.1f}\n",
           total, with.tick_us, without.tick_us, with.start_us / 1e3, without.start_us / 1e3,
           more_us / 1e3);
    return with.tick_us < TICK_US_MAX && more_us < START_US_MAX ? 0 : 1;
}
