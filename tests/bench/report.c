#include "report.h"

#include "bench.h"

#include <jansson.h>
#include <stdio.h>

/* What one more message may cost, in floors, and what batch-signing must save, in verifications. */
static const double AIM_TIMES_FLOOR = 1.6, AIM_SAVING = 0.85;

typedef double (*figure)(const struct repetition *r, int batched);

/* share: 0 the least, 0.5 the median, 1 the greatest. */
static double share_of(const struct report *report, figure of, int batched, double share)
{
    double values[REPETITIONS_MAX];
    for (size_t i = 0; i < report->repetitions_len; i++) {
        values[i] = of(&report->repetitions[i], batched);
    }
    return bench_percentile(values, report->repetitions_len, share);
}

static double median_of(const struct report *report, figure of, int batched)
{
    return share_of(report, of, batched, 0.5);
}

/* X(name, expression over r and b) */
#define FIGURES(X)                                                                                 \
    X(verify, r->floor.verify_us)                                                                  \
    X(echo, r->floor.echo_us)                                                                      \
    X(insert, r->floor.insert_us)                                                                  \
    X(floor_sum, r->floor.verify_us + r->floor.echo_us + r->floor.insert_us)                       \
    X(many_rate, r->many[b].accepted_per_second)                                                   \
    X(many_cpu, relay_cpu_total_us(&r->many[b].cpu))                                               \
    X(many_supervisor, r->many[b].cpu.supervisor_us)                                               \
    X(many_gate, r->many[b].cpu.gate_us)                                                           \
    X(many_core, r->many[b].cpu.core_us)                                                           \
    X(many_generator, r->many[b].generator_cpu_us)                                                 \
    X(one_rate, r->one[b].accepted_per_second)                                                     \
    X(one_cpu, relay_cpu_total_us(&r->one[b].cpu))                                                 \
    X(one_supervisor, r->one[b].cpu.supervisor_us)                                                 \
    X(one_gate, r->one[b].cpu.gate_us)                                                             \
    X(one_core, r->one[b].cpu.core_us)                                                             \
    X(one_generator, r->one[b].generator_cpu_us)                                                   \
    X(one_p50, r->one[b].p50_us)                                                                   \
    X(one_p99, r->one[b].p99_us)                                                                   \
    X(times_floor, relay_cpu_total_us(&r->many[0].cpu) / figure_floor_sum(r, b))                   \
    X(saving, relay_cpu_total_us(&r->many[0].cpu) - relay_cpu_total_us(&r->many[1].cpu))           \
    X(saving_share, figure_saving(r, b) / r->floor.verify_us)                                      \
    X(receipt_p50, r->delivery.p50_us)                                                             \
    X(receipt_p99, r->delivery.p99_us)                                                             \
    X(to_delivery_p50, r->delivery.acceptance_to_delivery_p50_us)                                  \
    X(delivery_cpu, relay_cpu_total_us(&r->delivery.cpu))

#define X(name, value)                                                                             \
    static double figure_##name(const struct repetition *r, int b)                                 \
    {                                                                                              \
        (void)b;                                                                                   \
        return (value);                                                                            \
    }
FIGURES(X)
#undef X

#define REAL(object, key, name, batched)                                                           \
    put_real((object), (key), median_of(report, figure_##name, (batched)))

static void put_real(json_t *object, const char *key, double value)
{
    (void)json_object_set_new(object, key, json_real(value));
}

static json_t *floor_json(const struct report *report)
{
    json_t *out = json_object();
    REAL(out, "ecdsa_p256_verify_us", verify, 0);
    REAL(out, "curve_echo_us", echo, 0);
    REAL(out, "sqlite_insert_us", insert, 0);
    REAL(out, "sum_us", floor_sum, 0);
    return out;
}

static json_t *many_json(const struct report *report, int batched)
{
    json_t *out = json_object();
    REAL(out, "accepted_per_second", many_rate, batched);
    REAL(out, "cpu_us_per_message", many_cpu, batched);
    REAL(out, "supervisor_cpu_us", many_supervisor, batched);
    REAL(out, "gate_cpu_us", many_gate, batched);
    REAL(out, "core_cpu_us", many_core, batched);
    REAL(out, "load_generator_cpu_us", many_generator, batched);
    return out;
}

static json_t *one_json(const struct report *report, int batched)
{
    json_t *out = json_object();
    REAL(out, "accepted_per_second", one_rate, batched);
    REAL(out, "cpu_us_per_message", one_cpu, batched);
    REAL(out, "supervisor_cpu_us", one_supervisor, batched);
    REAL(out, "gate_cpu_us", one_gate, batched);
    REAL(out, "core_cpu_us", one_core, batched);
    REAL(out, "load_generator_cpu_us", one_generator, batched);
    REAL(out, "latency_p50_us", one_p50, batched);
    REAL(out, "latency_p99_us", one_p99, batched);
    return out;
}

static json_t *delivery_json(const struct report *report)
{
    json_t *out = json_object();
    REAL(out, "delivery_to_receipt_p50_us", receipt_p50, 0);
    REAL(out, "delivery_to_receipt_p99_us", receipt_p99, 0);
    REAL(out, "acceptance_to_delivery_p50_us", to_delivery_p50, 0);
    REAL(out, "cpu_us_accept_deliver_receipt", delivery_cpu, 0);
    return out;
}

static json_t *aims_json(const struct report *report)
{
    double times = median_of(report, figure_times_floor, 0);
    double share = median_of(report, figure_saving_share, 0);
    json_t *out = json_object();
    put_real(out, "cpu_times_floor", times);
    put_real(out, "cpu_times_floor_least", share_of(report, figure_times_floor, 0, 0));
    put_real(out, "cpu_times_floor_greatest", share_of(report, figure_times_floor, 0, 1));
    put_real(out, "cpu_times_floor_aim", AIM_TIMES_FLOOR);
    (void)json_object_set_new(out, "cpu_times_floor_met", json_boolean(times <= AIM_TIMES_FLOOR));
    REAL(out, "batch_saving_us", saving, 0);
    put_real(out, "batch_saving_of_one_verify", share);
    put_real(out, "batch_saving_of_one_verify_least", share_of(report, figure_saving_share, 0, 0));
    put_real(out, "batch_saving_of_one_verify_greatest",
             share_of(report, figure_saving_share, 0, 1));
    put_real(out, "batch_saving_of_one_verify_aim", AIM_SAVING);
    (void)json_object_set_new(out, "batch_saving_met", json_boolean(share >= AIM_SAVING));
    return out;
}

static json_t *run_json(const struct report *report)
{
    size_t proofs = 0;
    json_t *out = json_object();
    for (size_t i = 0; i < report->repetitions_len; i++) {
        for (int batched = 0; batched < 2; batched++) {
            proofs += report->repetitions[i].many[batched].proofs;
            proofs += report->repetitions[i].one[batched].proofs;
        }
    }
    (void)json_object_set_new(out, "messages", json_integer((json_int_t)report->messages));
    (void)json_object_set_new(out, "messages_one_by_one",
                              json_integer((json_int_t)report->messages_one_by_one));
    (void)json_object_set_new(out, "deliveries", json_integer((json_int_t)report->deliveries));
    (void)json_object_set_new(out, "repetitions",
                              json_integer((json_int_t)report->repetitions_len));
    (void)json_object_set_new(out, "sealed_bytes", json_integer(LETTER_SEALED_BYTES));
    (void)json_object_set_new(out, "frame_bytes", json_integer((json_int_t)report->frame_bytes));
    (void)json_object_set_new(out, "batch", json_integer(LETTER_BATCH));
    (void)json_object_set_new(out, "proofs_verified", json_integer((json_int_t)proofs));
    return out;
}

void report_print(const struct report *report)
{
    static const char *const names[] = {"individually_signed", "batch_signed"};
    json_t *out = json_object();
    (void)json_object_set_new(out, "run", run_json(report));
    (void)json_object_set_new(out, "floor_cpu", floor_json(report));
    for (int batched = 0; batched < 2; batched++) {
        json_t *form = json_object();
        (void)json_object_set_new(form, "in_flight_512", many_json(report, batched));
        (void)json_object_set_new(form, "in_flight_1", one_json(report, batched));
        (void)json_object_set_new(out, names[batched], form);
    }
    (void)json_object_set_new(out, "delivery", delivery_json(report));
    (void)json_object_set_new(out, "aims", aims_json(report));
    (void)json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    (void)putchar('\n');
    json_decref(out);
}
