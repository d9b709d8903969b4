/* session.proto: the frames between a client and the relay. Same refusals and ownership as
 * wire/envelope.h. Envelopes, statements and receipts inside a frame are decoded and checked with
 * it. Pure; any thread. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

/* Numbers are those of Frame.body in session.proto. */
enum frame_type {
    FRAME_HELLO = 10,
    FRAME_SUBMIT = 11,
    FRAME_READY = 12,
    FRAME_RECEIPT = 13,
    FRAME_NOTICE_SEEN = 14,
    FRAME_DIRECTORY_GET = 15,
    FRAME_CONSISTENCY_GET = 16,
    FRAME_PROOF_GET = 17,
    FRAME_PING = 18,
    FRAME_DESK_GET = 19,
    FRAME_LEAVES_GET = 20,
    FRAME_KNOWN = 21,
    FRAME_WELCOME = 40,
    FRAME_ACCEPTED = 41,
    FRAME_REFUSED = 42,
    FRAME_DEFER = 43,
    FRAME_DELIVER = 44,
    FRAME_NOTICE = 45,
    FRAME_DIRECTORY = 46,
    FRAME_CONSISTENCY = 47,
    FRAME_PROOF = 48,
    FRAME_PONG = 49,
    FRAME_DESK = 50,
    FRAME_RECEIPT_STORED = 51,
    FRAME_CAUGHT_UP = 52,
    FRAME_LEAVES = 53,
    FRAME_NOTED = 54,
};

struct hash_list {
    const struct sh_hash *hashes;
    size_t len;
};

/* An entry of the log as the relay keeps it. */
struct log_entry {
    struct bytes leaf;
    bool has_opening; /* false: it was destroyed */
    struct opening opening;
};

struct frame {
    uint32_t ref;
    enum frame_type type;
    union {
        struct {
            uint64_t directory_version, log_size;
        } hello;
        struct {
            int64_t time_ms;
            uint64_t directory_version;
            struct bytes checkpoint;
            struct hash_list consistency;
            bool restoring;
            struct bytes witnessed; /* empty: none */
            bool has_began;
            struct statement began;
        } welcome;
        struct {
            struct envelope envelope;
            bool has_accepted;
            struct statement accepted;
        } submit;
        struct {
            struct sh_id message_id;
            struct statement statement;
        } accepted;
        struct {
            bool has_message_id;
            struct sh_id message_id;
            uint32_t code;
            bool has_statement;
            struct statement statement;
        } refused;
        struct {
            bool has_message_id;
            struct sh_id message_id;
            uint32_t code;
            uint32_t retry_after_ms;
        } defer;
        struct {
            uint32_t credit;
        } ready;
        struct {
            uint64_t item;
            struct envelope envelope;
            struct statement accepted;
        } deliver;
        struct {
            uint64_t item;
            struct statement statement;
            bool has_receipt;
            struct signed_receipt receipt;
        } notice;
        struct {
            uint64_t items;
        } caught_up;
        struct {
            uint64_t item;
        } notice_seen;
        struct {
            struct signed_receipt receipt;
        } receipt;
        struct {
            struct sh_id message_id;
            enum receipt_type type;
            struct statement statement;
        } receipt_stored;
        struct {
            uint64_t version, offset;
        } directory_get;
        struct {
            uint64_t version, total_bytes, offset;
            struct bytes bytes;
        } directory;
        struct {
            uint64_t from_size, to_size;
        } consistency_get;
        struct {
            uint64_t from_size, to_size;
            struct hash_list proof;
        } consistency;
        struct {
            uint64_t index;
            bool witnessed;
        } proof_get;
        struct {
            struct statement statement;
        } proof;
        struct {
            struct address address;
        } desk_get;
        struct {
            struct address address;
            bool has_last_collected;
            int64_t last_collected_ms;
        } desk;
        struct {
            uint64_t from, size;
            uint32_t count;
        } leaves_get;
        struct {
            uint64_t from, size;
            const struct log_entry *entries; /* at most SH_LEAVES_MAX */
            size_t len;
            struct hash_list consistency;
        } leaves;
        struct {
            struct bytes checkpoint;
            const struct statement *statements; /* at most SH_KNOWN_MAX */
            size_t len;
        } known;
        struct {
            uint64_t log_size;
        } noted;
        struct {
            int64_t time_ms;
        } ping;
        struct {
            int64_t time_ms;
            struct bytes checkpoint;
        } pong;
    };
};

/* The `ref` of bytes that may be no frame at all, for the refusal that answers them; 0 if there is
 * none to be seen. */
uint32_t frame_peek_ref(struct bytes in);
SH_MUST_USE sh_err frame_decode(struct bytes in, struct arena *arena, struct frame *out);
SH_MUST_USE sh_err frame_encode(const struct frame *in, struct buf *out);
