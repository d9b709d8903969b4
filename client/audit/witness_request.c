#include "audit/witness_request.h"

#include "base/cleanup.h"

#include <inttypes.h>

#define HASH_LINE_BYTES 44u

sh_err witness_request_encode(const struct witness_offer *in, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(WITNESS_REQUEST_BYTES_MAX);
    SH_CHECK(in->proof.len <= WITNESS_REQUEST_HASHES_MAX, SH_E_TOO_BIG);
    SH_TRY(buf_printf(&body, "old %" PRIu64 "\n", in->old_size));
    for (size_t i = 0; i < in->proof.len; i++) {
        SH_TRY(base64_encode(BYTES_FIXED(in->proof.hashes[i]), &body));
        SH_TRY(buf_append_str(&body, "\n"));
    }
    SH_TRY(buf_append_str(&body, "\n"));
    SH_TRY(buf_append(&body, in->note));
    return buf_append(out, bytes_buf(&body));
}

static sh_err next_line(struct bytes *rest, struct bytes *out)
{
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    SH_CHECK(end, SH_E_FORMAT);
    *out = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->len - out->len - 1);
    return SH_OK;
}

static sh_err parse_number(struct bytes text, uint64_t *out)
{
    uint64_t number = 0;
    SH_CHECK(text.len > 0 && (text.len == 1 || text.data[0] != '0'), SH_E_FORMAT);
    for (size_t i = 0; i < text.len; i++) {
        SH_CHECK(text.data[i] >= '0' && text.data[i] <= '9', SH_E_FORMAT);
        number = 10 * number + (uint64_t)(text.data[i] - '0');
        SH_CHECK(number <= MERKLE_SIZE_MAX, SH_E_TOO_BIG);
    }
    *out = number;
    return SH_OK;
}

static sh_err parse_old(struct bytes line, uint64_t *out)
{
    const struct bytes start = bytes_str("old ");
    SH_CHECK(line.len > start.len && memcmp(line.data, start.data, start.len) == 0, SH_E_FORMAT);
    return parse_number(bytes_of(line.data + start.len, line.len - start.len), out);
}

static sh_err parse_hash(struct bytes line, struct sh_hash *out)
{
    SH_DEFER(buf_wipe) struct buf hash = BUF_INIT(64);
    SH_CHECK(line.len == HASH_LINE_BYTES, SH_E_FORMAT);
    SH_TRY(base64_decode(line, &hash));
    return hash_from(bytes_buf(&hash), out);
}

sh_err witness_request_decode(struct bytes in, struct witness_offer *out)
{
    struct witness_offer found = {.old_size = 0};
    struct bytes line;
    SH_CHECK(in.len <= WITNESS_REQUEST_BYTES_MAX, SH_E_TOO_BIG);
    SH_TRY(next_line(&in, &line));
    SH_TRY(parse_old(line, &found.old_size));
    for (;;) {
        SH_TRY(next_line(&in, &line));
        if (line.len == 0) {
            break;
        }
        SH_CHECK(found.proof.len < WITNESS_REQUEST_HASHES_MAX, SH_E_TOO_BIG);
        SH_TRY(parse_hash(line, &found.proof.hashes[found.proof.len++]));
    }
    SH_CHECK(in.len > 0, SH_E_FORMAT);
    found.note = in;
    *out = found;
    return SH_OK;
}

sh_err witness_size_decode(struct bytes in, uint64_t *out)
{
    struct bytes line;
    SH_TRY(next_line(&in, &line));
    SH_CHECK(in.len == 0, SH_E_FORMAT);
    return parse_number(line, out);
}
