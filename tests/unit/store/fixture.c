#include "fixture.h"

#include "wire/log.h"

static void open_arena(struct fixture *f)
{
    must(arena_new(64 * SH_MIB, 1000000, &f->arena));
}

void fixture_open_sqlite(struct fixture *f)
{
    open_arena(f);
    temp_dir_make(&f->dir);
    (void)snprintf(f->path, sizeof f->path, "%s/relay.db", f->dir.path);
    struct sh_why why = {""};
    cr_assert_eq(store_open_sqlite(f->path, &f->store, &why), SH_OK, "%s", why.text);
}

void fixture_open_memory(struct fixture *f)
{
    open_arena(f);
    must(store_open_memory(&f->store));
}

void fixture_close(struct fixture *f)
{
    store_close(&f->store);
    arena_free(&f->arena);
    temp_dir_remove(&f->dir);
}

void fixture_reopen(struct fixture *f)
{
    store_close(&f->store);
    struct sh_why why = {""};
    cr_assert_eq(store_open_sqlite(f->path, &f->store, &why), SH_OK, "%s", why.text);
}

struct sh_id id_of(unsigned n)
{
    struct sh_id id = {{0}};
    be32_store(id.b + 4, n);
    return id;
}

struct sh_hash hash_of(unsigned n)
{
    struct sh_hash hash = {{0}};
    be32_store(hash.b + 4, n);
    hash.b[31] = 1;
    return hash;
}

struct address address_of(const char *text)
{
    struct address address;
    must(address_from(text, &address));
    return address;
}

struct message_row message_of(struct fixture *f, unsigned n)
{
    char text[64];
    const char *header = NULL, *envelope = NULL;
    (void)snprintf(text, sizeof text, "header %u", n);
    must(arena_string(f->arena, text, &header));
    (void)snprintf(text, sizeof text, "<<header %u>> and ciphertext %u", n, n);
    must(arena_string(f->arena, text, &envelope));
    return (struct message_row){
        .message_id = id_of(n),
        .thread_id = id_of(n),
        .header_sha256 = hash_of(n),
        .from = address_of("dsl@999001.school"),
        .accepted_ms = n * 1000,
        .leaf_index = n,
        .header = bytes_str(header),
        .envelope = bytes_str(envelope),
    };
}

int64_t put_message(struct fixture *f, unsigned n)
{
    struct message_row row = message_of(f, n);
    int64_t seq = 0;
    must(store_message_put(f->store, &row, &seq));
    return seq;
}

uint64_t put_queued(struct fixture *f, int64_t message_seq, unsigned seat)
{
    const struct queue_row row = {
        .seat = hash_of(seat), .kind = QUEUE_MESSAGE, .message_seq = message_seq};
    uint64_t item = 0;
    must(store_queue_put(f->store, &row, &item));
    return item;
}

uint64_t put_notice(struct fixture *f, uint64_t leaf_index, unsigned seat)
{
    const struct queue_row row = {
        .seat = hash_of(seat), .kind = QUEUE_NOTICE, .leaf_index = leaf_index};
    uint64_t item = 0;
    must(store_queue_put(f->store, &row, &item));
    return item;
}

uint64_t put_leaf(struct fixture *f, int64_t time_ms)
{
    const struct leaf leaf = {.type = LEAF_DELIVERED, .time_ms = time_ms, .commitment = hash_of(1)};
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_LEAF_BYTES_MAX);
    must(leaf_encode(&leaf, &bytes));
    struct leaf_row row = {
        .leaf = bytes_buf(&bytes), .salt = hash_of(2), .facts = bytes_str("facts")};
    must(store_leaves_count(f->store, &row.index));
    must(store_leaf_put(f->store, &row));
    return row.index;
}

void put_receipt(struct fixture *f, int64_t message_seq, unsigned seat, uint64_t leaf_index)
{
    const struct receipt_row row = {.message_seq = message_seq,
                                    .seat = hash_of(seat),
                                    .type = RECEIPT_DELIVERED,
                                    .leaf_index = leaf_index,
                                    .signed_receipt = bytes_str("a signed receipt")};
    must(store_receipt_put(f->store, &row));
}
