#include "crypto/der.h"

#define DER_DEPTH_MAX   24
#define P256_BYTES      32
#define TAG_CONSTRUCTED 0x20
#define TAG_LONG_FORM   0x1f

/* The length octets at *at, which it passes. A long form that fits a shorter one is BER, not DER.
 */
static sh_err read_length(struct bytes in, size_t *at, size_t *out_len)
{
    SH_CHECK(*at < in.len, SH_E_FORMAT);
    uint8_t first = in.data[(*at)++];
    if (first < 0x80) {
        *out_len = first;
        return SH_OK;
    }
    size_t octets = first & 0x7f;
    SH_CHECK(octets >= 1 && octets <= 4 && in.len - *at >= octets, SH_E_FORMAT);
    size_t len = 0;
    for (size_t i = 0; i < octets; i++) {
        len = len << 8 | in.data[(*at)++];
    }
    size_t shortest = octets == 1 ? 0x80 : (size_t)1 << (8 * (octets - 1));
    SH_CHECK(len >= shortest, SH_E_FORMAT);
    *out_len = len;
    return SH_OK;
}

sh_err der_take_any(struct bytes *in, struct bytes *out_element, struct bytes *out_value)
{
    SH_CHECK(in->len >= 2 && (in->data[0] & TAG_LONG_FORM) != TAG_LONG_FORM, SH_E_FORMAT);
    size_t at = 1, len = 0;
    SH_TRY(read_length(*in, &at, &len));
    SH_CHECK(in->len - at >= len, SH_E_FORMAT);
    *out_element = bytes_of(in->data, at + len);
    *out_value = bytes_of(in->data + at, len);
    *in = bytes_of(in->data + at + len, in->len - at - len);
    return SH_OK;
}

sh_err der_take(struct bytes *in, uint8_t tag, struct bytes *out_value)
{
    SH_CHECK(in->len > 0 && in->data[0] == tag, SH_E_FORMAT);
    struct bytes element;
    return der_take_any(in, &element, out_value);
}

sh_err der_take_exact(struct bytes *in, struct bytes expected)
{
    SH_CHECK(in->len >= expected.len, SH_E_FORMAT);
    SH_CHECK(memcmp(in->data, expected.data, expected.len) == 0, SH_E_FORMAT);
    *in = bytes_of(in->data + expected.len, in->len - expected.len);
    return SH_OK;
}

sh_err der_end(struct bytes in)
{
    SH_CHECK(in.len == 0, SH_E_FORMAT);
    return SH_OK;
}

/* No recursion: a peer chooses the depth. `open` holds what is left to read at each level. */
sh_err der_check_deep(struct bytes in)
{
    struct bytes open[DER_DEPTH_MAX];
    struct bytes element, value;
    SH_TRY(der_take_any(&in, &element, &value));
    SH_TRY(der_end(in));
    open[0] = element;
    size_t depth = 1;
    while (depth > 0) {
        struct bytes *level = &open[depth - 1];
        if (level->len == 0) {
            depth--;
            continue;
        }
        SH_TRY(der_take_any(level, &element, &value));
        if (element.data[0] & TAG_CONSTRUCTED) {
            SH_CHECK(depth < DER_DEPTH_MAX, SH_E_FORMAT);
            open[depth++] = value;
        }
    }
    return SH_OK;
}

sh_err der_take_positive(struct bytes *in, size_t max_bytes)
{
    struct bytes value;
    SH_TRY(der_take(in, DER_INTEGER, &value));
    SH_CHECK(value.len >= 1 && value.data[0] < 0x80, SH_E_FORMAT);
    if (value.data[0] == 0) {
        /* Zero itself, or a leading zero that no high bit asked for. */
        SH_CHECK(value.len > 1 && value.data[1] >= 0x80, SH_E_FORMAT);
        value = bytes_of(value.data + 1, value.len - 1);
    }
    SH_CHECK(value.len <= max_bytes, SH_E_FORMAT);
    return SH_OK;
}

sh_err der_check_ecdsa_p256(struct bytes signature)
{
    struct bytes pair;
    SH_TRY(der_take(&signature, DER_SEQUENCE, &pair));
    SH_TRY(der_end(signature));
    SH_TRY(der_take_positive(&pair, P256_BYTES));
    SH_TRY(der_take_positive(&pair, P256_BYTES));
    return der_end(pair);
}
