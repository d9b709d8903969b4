/* Byte ranges: a view that borrows, a buffer that owns, a secret that is cleansed; fixed-size ids;
 * hexadecimal; length arithmetic that cannot wrap. Pure; any thread. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SH_HASH_BYTES 32
#define SH_ID_BYTES   16

/* A view: borrows `len` bytes at `data`, which somebody else owns. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

/* 16 random bytes: a message or a thread. */
struct sh_id {
    uint8_t b[SH_ID_BYTES];
};

/* A SHA-256: a header, a certificate (= a seat), a leaf. */
struct sh_hash {
    uint8_t b[SH_HASH_BYTES];
};

/* A growable buffer that refuses to grow past `max`. Zeroed struct plus max is a valid empty one.
 */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
};
#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        .max = (max_bytes)                                                                         \
    }

/* Like buf, but cleansed when it goes. Passphrases, private keys, plaintext. */
struct secret {
    uint8_t *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){.data = data, .len = len};
}
static inline struct bytes bytes_str(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .len = strlen(text)};
}
static inline struct bytes bytes_buf(const struct buf *b)
{
    return (struct bytes){.data = b->data, .len = b->len};
}
static inline struct bytes bytes_secret(const struct secret *s)
{
    return (struct bytes){.data = s->data, .len = s->len};
}
#define BYTES_FIXED(f) bytes_of((f).b, sizeof(f).b)

bool bytes_equal(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a, struct bytes b); /* memcmp order, shorter first on a tie */
bool hash_equal(const struct sh_hash *a, const struct sh_hash *b);
bool hash_is_zero(const struct sh_hash *h);
bool id_equal(const struct sh_id *a, const struct sh_id *b);

/* Copies exactly 32 or 16 bytes; SH_E_FORMAT for any other length. */
SH_MUST_USE sh_err hash_from(struct bytes in, struct sh_hash *out);
SH_MUST_USE sh_err id_from(struct bytes in, struct sh_id *out);

/* SH_E_TOO_BIG past max, SH_E_NOMEM. On error the buffer is as it was. */
SH_MUST_USE sh_err buf_append(struct buf *b, struct bytes more);
SH_MUST_USE sh_err buf_append_str(struct buf *b, const char *text);
SH_MUST_USE sh_err buf_append_u8(struct buf *b, uint8_t value);
SH_MUST_USE sh_err buf_append_be16(struct buf *b, uint16_t value);
SH_MUST_USE sh_err buf_append_be32(struct buf *b, uint32_t value);
SH_MUST_USE sh_err buf_append_be64(struct buf *b, uint64_t value);
SH_MUST_USE sh_err buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Makes room for `more` bytes behind len; *out_room points at them, len is unchanged. */
SH_MUST_USE sh_err buf_reserve(struct buf *b, size_t more, uint8_t **out_room);
/* Puts a NUL behind len (not counted) so that data can be read as a C string. */
SH_MUST_USE sh_err buf_terminate(struct buf *b);
void buf_reset(struct buf *b); /* len = 0, memory kept */
void buf_wipe(struct buf *b);  /* cleanses and frees; a destructor */

SH_MUST_USE sh_err secret_copy(struct bytes in, struct secret *out); /* gives *out: secret_wipe() */
SH_MUST_USE sh_err secret_new(size_t len, struct secret *out);       /* zeroed bytes, same */
bool secret_equal(const struct secret *a, const struct secret *b);   /* constant time */
void secret_wipe(struct secret *s);                                  /* a destructor */
void sh_cleanse(void *data, size_t len);                             /* not optimised away */

/* Lower-case hexadecimal. out has room for 2 * len + 1. */
void hex_encode(struct bytes in, char *out);
/* Exactly out_len bytes from 2 * out_len hexadecimal digits of either case; else SH_E_FORMAT. */
SH_MUST_USE sh_err hex_decode(const char *text, uint8_t *out, size_t out_len);
/* Standard base64 with padding. Encoding appends; decoding refuses anything that is not canonical.
 */
SH_MUST_USE sh_err base64_encode(struct bytes in, struct buf *out);
SH_MUST_USE sh_err base64_decode(struct bytes in, struct buf *out);

/* a + b and a * b, or SH_E_TOO_BIG if they would wrap. */
SH_MUST_USE sh_err size_add(size_t a, size_t b, size_t *out);
SH_MUST_USE sh_err size_mul(size_t a, size_t b, size_t *out);

/* Big-endian numbers from bytes that the caller has checked for length. */
uint16_t be16_load(const uint8_t *p);
uint32_t be32_load(const uint8_t *p);
uint64_t be64_load(const uint8_t *p);
void be32_store(uint8_t *p, uint32_t v);
void be64_store(uint8_t *p, uint64_t v);
