/* Records over the link: whole, in pieces, at their limits and beyond, and what is no record. */
#include "base/cleanup.h"
#include "pair.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/socket.h>

static const struct bytes none;

Test(link, a_record_arrives_as_it_was_written)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct link_record record;
    link_pair_open(&pair);
    cr_assert_eq(link_write(pair.gate, LINK_FRAME, 0x1122334455667788, bytes_str("head-"),
                            bytes_str("tail")),
                 SH_OK);
    cr_assert_eq(link_write(pair.gate, LINK_GONE, 7, none, none), SH_OK);
    cr_assert_eq(link_pending(pair.gate), 13 + 9 + 13);
    link_pair_carry(pair.gate, pair.core, &record);
    cr_assert_eq(record.type, LINK_FRAME);
    cr_assert_eq(record.connection, 0x1122334455667788);
    cr_assert(bytes_equal(record.payload, bytes_str("head-tail")));
    link_pair_carry(pair.gate, pair.core, &record);
    cr_assert_eq(record.type, LINK_GONE);
    cr_assert_eq(record.connection, 7);
    cr_assert_eq(record.payload.len, 0);
    cr_assert_eq(link_next(pair.core, &record), SH_E_EMPTY);
    cr_assert_eq(link_read(pair.core), SH_E_EMPTY);
    cr_assert_eq(link_pending(pair.gate), 0);
}

Test(link, bytes_on_the_wire_are_the_documented_ones)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_raw(&pair);
    static const uint8_t expected[] = {0, 0, 0, 11, LINK_SEND, 0, 0, 0, 0, 0, 0, 1, 2, 'h', 'i'};
    uint8_t got[64];
    cr_assert_eq(link_write(pair.core, LINK_SEND, 0x102, bytes_str("h"), bytes_str("i")), SH_OK);
    cr_assert_eq(link_flush(pair.core), SH_OK);
    cr_assert_eq(recv(pair.raw_fd, got, sizeof got, 0), sizeof expected);
    cr_assert_arr_eq(got, expected, sizeof expected);
}

Test(link, a_record_that_comes_byte_by_byte_is_one_record)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct link_record record;
    link_pair_raw(&pair);
    static const uint8_t bytes[] = {0, 0, 0, 12, LINK_FRAME, 0, 0, 0, 0, 0, 0, 0, 9, 'a', 'b', 'c'};
    for (size_t i = 0; i < sizeof bytes; i++) {
        cr_assert_eq(link_next(pair.core, &record), SH_E_EMPTY);
        cr_assert_eq(send(pair.raw_fd, &bytes[i], 1, 0), 1);
        cr_assert_eq(link_read(pair.core), SH_OK);
    }
    cr_assert_eq(link_next(pair.core, &record), SH_OK);
    cr_assert_eq(record.connection, 9);
    cr_assert(bytes_equal(record.payload, bytes_str("abc")));
}

Test(link, a_cut_record_is_never_handed_out)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct link_record record;
    link_pair_raw(&pair);
    static const uint8_t bytes[] = {0, 0, 0, 12, LINK_FRAME, 0, 0, 0, 0, 0, 0, 0, 9, 'a', 'b'};
    cr_assert_eq(send(pair.raw_fd, bytes, sizeof bytes, 0), sizeof bytes);
    sh_closep(&pair.raw_fd);
    cr_assert_eq(link_read(pair.core), SH_OK);
    cr_assert_eq(link_next(pair.core, &record), SH_E_EMPTY);
    cr_assert_eq(link_read(pair.core), SH_E_NET);
}

Test(link, payloads_are_taken_at_their_limit_and_refused_beyond)
{
    static const struct {
        enum link_type type;
        size_t most;
    } cases[] = {{LINK_FRAME, LINK_RECORD_BYTES_MAX},
                 {LINK_SEND, LINK_RECORD_BYTES_MAX},
                 {LINK_KEYS, LINK_KEYS_BYTES_MAX},
                 {LINK_GONE, 0},
                 {LINK_DROP, 0}};
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, LINK_KEYS_BYTES_MAX + 1);
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_open(&pair);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct link_record record;
        cr_expect_eq(link_write(pair.gate, cases[i].type, 1, bytes_of(data, 1),
                                bytes_of(data, cases[i].most)),
                     SH_E_TOO_BIG);
        cr_expect_eq(link_write(pair.gate, cases[i].type, 1, none, bytes_of(data, cases[i].most)),
                     SH_OK);
        link_pair_carry(pair.gate, pair.core, &record);
        cr_expect_eq(record.type, cases[i].type);
        cr_expect_eq(record.payload.len, cases[i].most);
    }
    cr_assert_eq(link_write(pair.gate, (enum link_type)3, 1, none, none), SH_E_BUG);
}

static const struct {
    const char *what;
    uint8_t bytes[13];
} garbage[] = {
    {"no type", {0, 0, 0, 9, 0}},
    {"an unknown type", {0, 0, 0, 9, 3}},
    {"a type above all", {0, 0, 0, 9, 255}},
    {"a length too short for its head", {0, 0, 0, 8, LINK_FRAME}},
    {"no length", {0, 0, 0, 0, LINK_FRAME}},
    {"a frame one byte too long", {0, 4, 0, 64 + 9 + 1, LINK_FRAME}},
    {"a frame of four gigabytes", {255, 255, 255, 255, LINK_FRAME}},
    {"keys one byte too long", {0, 64, 0, 9 + 1, LINK_KEYS}},
    {"a payload where none belongs", {0, 0, 0, 10, LINK_GONE}},
};

Test(link, what_is_no_record_ends_the_link_for_good)
{
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        SH_DEFER(link_pair_close) struct link_pair pair;
        struct link_record record;
        link_pair_raw(&pair);
        cr_assert_eq(send(pair.raw_fd, garbage[i].bytes, 13, 0), 13);
        cr_expect_eq(link_read(pair.core), SH_E_FORMAT, "%s", garbage[i].what);
        cr_expect_eq(link_next(pair.core, &record), SH_E_FORMAT, "%s", garbage[i].what);
        cr_expect_eq(link_read(pair.core), SH_E_FORMAT, "%s", garbage[i].what);
    }
}

Test(link, a_good_record_before_garbage_is_still_handed_out)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    struct link_record record;
    link_pair_raw(&pair);
    static const uint8_t bytes[] = {0,   0,   0,   9,   LINK_GONE, 0,   0,   0,   0,
                                    0,   0,   0,   5,   'r',       'u', 'b', 'b', 'i',
                                    's', 'h', '!', '!', '!',       '!', '!', '!'};
    cr_assert_eq(send(pair.raw_fd, bytes, sizeof bytes, 0), sizeof bytes);
    cr_assert_eq(link_read(pair.core), SH_OK);
    cr_assert_eq(link_next(pair.core, &record), SH_OK);
    cr_assert_eq(record.connection, 5);
    cr_assert_eq(link_next(pair.core, &record), SH_E_FORMAT);
}

Test(link, an_end_that_is_gone_is_seen_by_reading_and_by_writing)
{
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_open(&pair);
    link_close(&pair.gate);
    cr_assert_eq(link_read(pair.core), SH_E_NET);
    cr_assert_eq(link_write(pair.core, LINK_DROP, 1, none, none), SH_OK);
    cr_assert_eq(link_flush(pair.core), SH_E_NET);
}

/* Queues frames of a mebibyte's quarter until the link says that it is enough. */
static size_t fill(struct link *link, const uint8_t *data)
{
    size_t count = 0;
    sh_err err = SH_OK;
    while ((err = link_write(link, LINK_FRAME, count, bytes_of(&count, sizeof count),
                             bytes_of(data, SH_FRAME_BYTES_MAX))) == SH_OK) {
        count++;
    }
    cr_assert_eq(err, SH_E_BUSY);
    return count;
}

Test(link, a_full_queue_says_busy_and_loses_nothing)
{
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, SH_FRAME_BYTES_MAX);
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_open(&pair);
    size_t count = fill(pair.gate, data);
    cr_assert_leq(link_pending(pair.gate), 64 * SH_MIB);
    cr_assert_gt(link_pending(pair.gate), 63 * SH_MIB);
    for (size_t i = 0; i < count; i++) {
        struct link_record record;
        link_pair_carry(pair.gate, pair.core, &record);
        cr_assert_eq(record.connection, i);
        cr_assert_eq(memcmp(record.payload.data, &i, sizeof i), 0);
    }
    cr_assert_eq(link_pending(pair.gate), 0);
    cr_assert_eq(link_write(pair.gate, LINK_GONE, 1, none, none), SH_OK);
}

Test(link, a_queue_that_never_empties_stays_in_order)
{
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, SH_FRAME_BYTES_MAX);
    SH_DEFER(link_pair_close) struct link_pair pair;
    link_pair_open(&pair);
    uint64_t written = 0;
    for (; written < 40; written++) {
        cr_assert_eq(
            link_write(pair.gate, LINK_FRAME, written, none, bytes_of(data, SH_FRAME_BYTES_MAX)),
            SH_OK);
    }
    for (uint64_t read = 0; read < 400; read++, written++) {
        struct link_record record;
        link_pair_carry(pair.gate, pair.core, &record);
        cr_assert_eq(record.connection, read);
        cr_assert_eq(
            link_write(pair.gate, LINK_FRAME, written, none, bytes_of(data, SH_FRAME_BYTES_MAX)),
            SH_OK);
    }
}
