#include "tlog/proof.h"

#include "base/cleanup.h"

#include <inttypes.h>

#define FIRST_LINE      "c2sp.org/tlog-proof@v1"
#define EXTRA_WORD      "extra "
#define INDEX_WORD      "index "
#define HASH_LINE_BYTES 44u

sh_err proof_file_encode(const struct proof_file *in, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(PROOF_FILE_BYTES_MAX);
    SH_CHECK(in->extra.len <= PROOF_EXTRA_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->path.len <= SH_PROOF_HASHES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->checkpoint.len <= SH_CHECKPOINT_BYTES_MAX, SH_E_TOO_BIG);
    SH_TRY(buf_append_str(&text, FIRST_LINE "\n"));
    if (in->has_extra) {
        SH_TRY(buf_append_str(&text, EXTRA_WORD));
        SH_TRY(base64_encode(in->extra, &text));
        SH_TRY(buf_append_str(&text, "\n"));
    }
    SH_TRY(buf_printf(&text, INDEX_WORD "%" PRIu64 "\n", in->index));
    for (size_t i = 0; i < in->path.len; i++) {
        SH_TRY(base64_encode(BYTES_FIXED(in->path.hashes[i]), &text));
        SH_TRY(buf_append_str(&text, "\n"));
    }
    SH_TRY(buf_append_str(&text, "\n"));
    SH_TRY(buf_append(&text, in->checkpoint));
    return buf_append(out, bytes_buf(&text));
}

/* The next line without its end; it may be empty. */
static sh_err next_line(struct bytes *rest, struct bytes *out)
{
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    SH_CHECK(end, SH_E_FORMAT);
    *out = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->len - out->len - 1);
    return SH_OK;
}

/* What stands behind the word that a line begins with; false if it begins with another. */
static bool take_word(struct bytes line, const char *word, struct bytes *out)
{
    const size_t len = strlen(word);
    if (line.len < len || memcmp(line.data, word, len) != 0) {
        return false;
    }
    *out = bytes_of(line.data + len, line.len - len);
    return true;
}

static sh_err read_index(struct bytes digits, uint64_t *out)
{
    uint64_t index = 0;
    SH_CHECK(digits.len > 0 && (digits.len == 1 || digits.data[0] != '0'), SH_E_FORMAT);
    for (size_t i = 0; i < digits.len; i++) {
        SH_CHECK(digits.data[i] >= '0' && digits.data[i] <= '9', SH_E_FORMAT);
        index = 10 * index + (uint64_t)(digits.data[i] - '0');
        SH_CHECK(index < MERKLE_SIZE_MAX, SH_E_TOO_BIG);
    }
    *out = index;
    return SH_OK;
}

static sh_err read_hash(struct bytes line, struct sh_hash *out)
{
    SH_DEFER(buf_wipe) struct buf hash = BUF_INIT(HASH_LINE_BYTES);
    SH_CHECK(line.len == HASH_LINE_BYTES, SH_E_FORMAT);
    SH_TRY(base64_decode(line, &hash));
    return hash_from(bytes_buf(&hash), out);
}

/* Up to the empty line, which is taken too. */
static sh_err read_path(struct bytes *rest, struct merkle_proof *out)
{
    struct bytes line;
    out->len = 0;
    for (;;) {
        SH_TRY(next_line(rest, &line));
        if (line.len == 0) {
            return SH_OK;
        }
        SH_CHECK(out->len < SH_PROOF_HASHES_MAX, SH_E_TOO_BIG);
        SH_TRY(read_hash(line, &out->hashes[out->len]));
        out->len++;
    }
}

sh_err proof_file_decode(struct bytes in, struct buf *extra, struct proof_file *out)
{
    struct proof_file found = {.has_extra = false};
    struct bytes line, value;
    SH_CHECK(in.len <= PROOF_FILE_BYTES_MAX, SH_E_TOO_BIG);
    SH_TRY(next_line(&in, &line));
    SH_CHECK(bytes_equal(line, bytes_str(FIRST_LINE)), SH_E_FORMAT);
    SH_TRY(next_line(&in, &line));
    if (take_word(line, EXTRA_WORD, &value)) {
        buf_reset(extra);
        SH_TRY(base64_decode(value, extra));
        found.has_extra = true;
        found.extra = bytes_buf(extra);
        SH_TRY(next_line(&in, &line));
    }
    SH_CHECK(take_word(line, INDEX_WORD, &value), SH_E_FORMAT);
    SH_TRY(read_index(value, &found.index));
    SH_TRY(read_path(&in, &found.path));
    SH_CHECK(in.len > 0, SH_E_FORMAT);
    SH_CHECK(in.len <= SH_CHECKPOINT_BYTES_MAX, SH_E_TOO_BIG);
    found.checkpoint = in;
    *out = found;
    return SH_OK;
}
