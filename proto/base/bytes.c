#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

bool hash_equal(const struct sh_hash *a, const struct sh_hash *b)
{
    return memcmp(a->b, b->b, SH_HASH_BYTES) == 0;
}

bool hash_is_zero(const struct sh_hash *h)
{
    static const struct sh_hash zero;
    return hash_equal(h, &zero);
}

bool id_equal(const struct sh_id *a, const struct sh_id *b)
{
    return memcmp(a->b, b->b, SH_ID_BYTES) == 0;
}

sh_err hash_from(struct bytes in, struct sh_hash *out)
{
    SH_CHECK(in.len == SH_HASH_BYTES, SH_E_FORMAT);
    memcpy(out->b, in.data, SH_HASH_BYTES);
    return SH_OK;
}

sh_err id_from(struct bytes in, struct sh_id *out)
{
    SH_CHECK(in.len == SH_ID_BYTES, SH_E_FORMAT);
    memcpy(out->b, in.data, SH_ID_BYTES);
    return SH_OK;
}

sh_err buf_reserve(struct buf *b, size_t more, uint8_t **out_room)
{
    size_t need = 0;
    SH_TRY(size_add(b->len, more, &need));
    SH_CHECK(need <= b->max, SH_E_TOO_BIG);
    if (need > b->cap || !b->data) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap < need) {
            cap = cap > b->max / 2 ? b->max : cap * 2;
        }
        /* Not realloc: it would leave the old copy of what may be plaintext behind. */
        uint8_t *fresh = malloc(cap);
        SH_CHECK(fresh, SH_E_NOMEM);
        if (b->data) {
            memcpy(fresh, b->data, b->len);
            sh_cleanse(b->data, b->cap);
            free(b->data);
        }
        b->data = fresh;
        b->cap = cap;
    }
    *out_room = b->data + b->len;
    return SH_OK;
}

sh_err buf_append(struct buf *b, struct bytes more)
{
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(b, more.len, &room));
    if (more.len) {
        memcpy(room, more.data, more.len);
    }
    b->len += more.len;
    return SH_OK;
}

sh_err buf_append_str(struct buf *b, const char *text)
{
    return buf_append(b, bytes_str(text));
}

sh_err buf_append_u8(struct buf *b, uint8_t value)
{
    return buf_append(b, bytes_of(&value, 1));
}

sh_err buf_append_be16(struct buf *b, uint16_t value)
{
    uint8_t two[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    return buf_append(b, bytes_of(two, sizeof two));
}

sh_err buf_append_be32(struct buf *b, uint32_t value)
{
    uint8_t four[4];
    be32_store(four, value);
    return buf_append(b, bytes_of(four, sizeof four));
}

sh_err buf_append_be64(struct buf *b, uint64_t value)
{
    uint8_t eight[8];
    be64_store(eight, value);
    return buf_append(b, bytes_of(eight, sizeof eight));
}

sh_err buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *room = NULL;
    sh_err err = len < 0 ? SH_E_BUG : buf_reserve(b, (size_t)len + 1, &room);
    if (err == SH_OK) {
        (void)vsnprintf((char *)room, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
    return err;
}

sh_err buf_terminate(struct buf *b)
{
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(b, 1, &room));
    *room = 0;
    return SH_OK;
}

void buf_reset(struct buf *b)
{
    b->len = 0;
}

void buf_wipe(struct buf *b)
{
    if (b->data) {
        sh_cleanse(b->data, b->cap);
        free(b->data);
    }
    *b = (struct buf){.max = b->max};
}

sh_err secret_new(size_t len, struct secret *out)
{
    uint8_t *data = calloc(1, len ? len : 1);
    SH_CHECK(data, SH_E_NOMEM);
    *out = (struct secret){.data = data, .len = len};
    return SH_OK;
}

sh_err secret_copy(struct bytes in, struct secret *out)
{
    SH_TRY(secret_new(in.len, out));
    if (in.len) {
        memcpy(out->data, in.data, in.len);
    }
    return SH_OK;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    if (a->len != b->len) {
        return false;
    }
    volatile uint8_t differs = 0;
    for (size_t i = 0; i < a->len; i++) {
        differs = (uint8_t)(differs | (a->data[i] ^ b->data[i]));
    }
    return differs == 0;
}

void secret_wipe(struct secret *s)
{
    if (s->data) {
        sh_cleanse(s->data, s->len);
        free(s->data);
    }
    *s = (struct secret){0};
}

void sh_cleanse(void *data, size_t len)
{
    explicit_bzero(data, len);
}

void hex_encode(struct bytes in, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        *out++ = digits[in.data[i] >> 4];
        *out++ = digits[in.data[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

sh_err hex_decode(const char *text, uint8_t *out, size_t out_len)
{
    SH_CHECK(strlen(text) == 2 * out_len, SH_E_FORMAT);
    for (size_t i = 0; i < out_len; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        SH_CHECK(high >= 0 && low >= 0, SH_E_FORMAT);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return SH_OK;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

sh_err base64_encode(struct bytes in, struct buf *out)
{
    size_t len = 0;
    SH_TRY(size_mul((in.len + 2) / 3, 4, &len));
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out, len, &room));
    for (size_t i = 0; i < in.len; i += 3) {
        size_t left = in.len - i;
        uint32_t three = (uint32_t)in.data[i] << 16;
        three |= left > 1 ? (uint32_t)in.data[i + 1] << 8 : 0;
        three |= left > 2 ? in.data[i + 2] : 0;
        *room++ = (uint8_t)base64_digits[three >> 18];
        *room++ = (uint8_t)base64_digits[three >> 12 & 63];
        *room++ = left > 1 ? (uint8_t)base64_digits[three >> 6 & 63] : '=';
        *room++ = left > 2 ? (uint8_t)base64_digits[three & 63] : '=';
    }
    out->len += len;
    return SH_OK;
}

static int base64_value(uint8_t c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;
    return at ? (int)(at - base64_digits) : -1;
}

sh_err base64_decode(struct bytes in, struct buf *out)
{
    SH_CHECK(in.len % 4 == 0, SH_E_FORMAT);
    size_t start = out->len;
    for (size_t i = 0; i < in.len; i += 4) {
        const uint8_t *q = in.data + i;
        bool last = i + 4 == in.len;
        unsigned pad = last ? (unsigned)(q[3] == '=') + (unsigned)(q[2] == '=' && q[3] == '=') : 0;
        uint32_t three = 0;
        for (unsigned k = 0; k < 4; k++) {
            int value = k >= 4 - pad ? 0 : base64_value(q[k]);
            if (value < 0) {
                out->len = start;
                return SH_E_FORMAT;
            }
            three = three << 6 | (uint32_t)value;
        }
        /* Bits that the padding cuts off must be zero, or two texts would mean the same bytes. */
        bool slack = (pad == 1 && (three & 0xff)) || (pad == 2 && (three & 0xffff));
        uint8_t three_bytes[3] = {(uint8_t)(three >> 16), (uint8_t)(three >> 8), (uint8_t)three};
        sh_err err = slack ? SH_E_FORMAT : buf_append(out, bytes_of(three_bytes, 3 - pad));
        if (err != SH_OK) {
            out->len = start;
            return err;
        }
    }
    return SH_OK;
}

sh_err size_add(size_t a, size_t b, size_t *out)
{
    SH_CHECK(a <= SIZE_MAX - b, SH_E_TOO_BIG);
    *out = a + b;
    return SH_OK;
}

sh_err size_mul(size_t a, size_t b, size_t *out)
{
    SH_CHECK(b == 0 || a <= SIZE_MAX / b, SH_E_TOO_BIG);
    *out = a * b;
    return SH_OK;
}

uint16_t be16_load(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t be32_load(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t be64_load(const uint8_t *p)
{
    return (uint64_t)be32_load(p) << 32 | be32_load(p + 4);
}

void be32_store(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void be64_store(uint8_t *p, uint64_t v)
{
    be32_store(p, (uint32_t)(v >> 32));
    be32_store(p + 4, (uint32_t)v);
}
