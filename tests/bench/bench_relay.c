/* What one accepted message costs the relay, next to the floor of what it cannot do without; all in
 * one run on one machine, since only the ratio travels. Starts real processes on loopback, sends
 * letters that were signed before, checks every answer, and prints one JSON object. What it says on
 * standard error is progress. It measures no client: the generator's own CPU is counted apart.
 *
 *     bench_relay --programs DIR [--messages N] [--repeat N] [--quick] */
#include "base/cleanup.h"
#include "bench.h"
#include "floor.h"
#include "report.h"
#include "support/temp.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERIFICATIONS = 4000,
    ONE_BY_ONE_MAX = 2000,
    DELIVERIES_MAX = 1000,
    QUICK_MESSAGES = 4096,
};

struct options {
    const char *programs;
    size_t messages, repetitions;
};

struct run {
    const struct options *options;
    struct town town;
    struct letters letters;
    struct report report;
};

static size_t at_most(size_t wanted, size_t most)
{
    return wanted < most ? wanted : most;
}

static struct load_order order_of(const struct run *run, const struct relay *relay, bool batched)
{
    return (struct load_order){.town = &run->town,
                               .letters = &run->letters,
                               .relay = relay,
                               .batched = batched,
                               .len = run->letters.len,
                               .in_flight = LOAD_IN_FLIGHT};
}

static void measure_floor(struct run *run, struct floor_result *out)
{
    const struct letter *like = &run->letters.at[0];
    out->verify_us = floor_verify_us(&run->town, VERIFICATIONS);
    out->echo_us = floor_echo_us(bytes_buf(&like->single), run->letters.len, LOAD_IN_FLIGHT);
    out->insert_us = floor_insert_us(run->town.folder, like, run->letters.len);
}

/* Each on an empty relay, so that the same letters are new to it every time. */
static void measure_load(struct run *run, bool batched, size_t in_flight, struct load_result *out)
{
    SH_DEFER(relay_stop) struct relay relay;
    relay_start(&relay, &run->town, run->options->programs);
    struct load_order order = order_of(run, &relay, batched);
    order.in_flight = in_flight;
    order.len = in_flight == 1 ? run->report.messages_one_by_one : order.len;
    load_run(&order, out);
}

static void measure_deliveries(struct run *run, struct delivery_result *out)
{
    SH_DEFER(relay_stop) struct relay relay;
    relay_start(&relay, &run->town, run->options->programs);
    struct load_order order = order_of(run, &relay, false);
    order.len = run->report.deliveries;
    load_deliveries(&order, out);
}

static void measure(struct run *run)
{
    for (size_t i = 0; i < run->options->repetitions; i++) {
        struct repetition *r = &run->report.repetitions[run->report.repetitions_len++];
        (void)fprintf(stderr, "bench: repetition %zu of %zu\n", i + 1, run->options->repetitions);
        measure_floor(run, &r->floor);
        for (int batched = 0; batched < 2; batched++) {
            measure_load(run, batched, LOAD_IN_FLIGHT, &r->many[batched]);
            measure_load(run, batched, 1, &r->one[batched]);
        }
        measure_deliveries(run, &r->delivery);
    }
}

static void run_wipe(struct run *run)
{
    letters_free(&run->letters);
    town_free(&run->town);
}

static void run_all(const struct options *options, const char *folder)
{
    static struct run run;
    run.options = options;
    town_make(&run.town, folder);
    (void)fprintf(stderr, "bench: signing %zu letters\n", options->messages);
    letters_write(&run.letters, &run.town, options->messages);
    run.report.messages = options->messages;
    run.report.messages_one_by_one = at_most(options->messages, ONE_BY_ONE_MAX);
    run.report.deliveries = at_most(options->messages, DELIVERIES_MAX);
    run.report.frame_bytes = run.letters.at[0].single.len;
    measure(&run);
    report_print(&run.report);
    run_wipe(&run);
}

static int usage(void)
{
    (void)fputs("bench_relay --programs DIR [--messages N] [--repeat N] [--quick]\n", stderr);
    return 2;
}

/* False for what is not understood. */
static bool read_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {{"programs", required_argument, NULL, 'p'},
                                          {"messages", required_argument, NULL, 'm'},
                                          {"repeat", required_argument, NULL, 'r'},
                                          {"quick", no_argument, NULL, 'q'},
                                          {0}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 'p':
            out->programs = optarg;
            break;
        case 'm':
            out->messages = strtoul(optarg, NULL, 10);
            break;
        case 'r':
            out->repetitions = strtoul(optarg, NULL, 10);
            break;
        case 'q':
            out->messages = QUICK_MESSAGES;
            out->repetitions = 1;
            break;
        default:
            return false;
        }
    }
    return optind == argc && out->programs && out->messages >= LOAD_IN_FLIGHT &&
           out->messages <= 200000 && out->repetitions >= 1 && out->repetitions <= REPETITIONS_MAX;
}

int main(int argc, char **argv)
{
    struct options options = {.messages = 20000, .repetitions = 5};
    if (argc == 4 && strcmp(argv[1], "--echo") == 0) {
        floor_echo_serve(argv[2], argv[3]);
    }
    if (!read_options(argc, argv, &options)) {
        return usage();
    }
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    run_all(&options, dir.path);
    return 0;
}
