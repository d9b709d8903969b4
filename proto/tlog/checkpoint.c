/* Checkpoints (C2SP tlog-checkpoint): the three lines about a tree that a log signs as a note.
 * Lines behind them are allowed and ignored. Size and root are only read here; whether they fit an
 * older checkpoint is merkle.c's proof. */
#include "base/cleanup.h"
#include "tlog/merkle.h"
#include "tlog/note.h"

#include <inttypes.h>

/* An empty tree has one root only; anything else would be the start of a lie. */
static bool tree_is_plausible(uint64_t size, const struct sh_hash *root)
{
    struct sh_hash empty;
    merkle_empty_root(&empty);
    return size <= MERKLE_SIZE_MAX && (size > 0 || hash_equal(root, &empty));
}

sh_err checkpoint_sign(const struct checkpoint *in, const struct key *key, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_CHECK(tree_is_plausible(in->size, &in->root), SH_E_BUG);
    SH_TRY(buf_printf(&text, "%s\n%" PRIu64 "\n", in->origin, in->size));
    SH_TRY(base64_encode(BYTES_FIXED(in->root), &text));
    SH_TRY(buf_append_str(&text, "\n"));
    return note_sign(bytes_buf(&text), in->origin, key, out);
}

/* Splits off one line, which is never empty and always ended. */
static sh_err next_line(struct bytes *text, struct bytes *out)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    SH_CHECK(end && end > text->data, SH_E_FORMAT);
    *out = bytes_of(text->data, (size_t)(end - text->data));
    *text = bytes_of(end + 1, text->len - out->len - 1);
    return SH_OK;
}

static sh_err parse_size(struct bytes line, uint64_t *out)
{
    uint64_t size = 0;
    SH_CHECK(line.len == 1 || line.data[0] != '0', SH_E_FORMAT);
    for (size_t i = 0; i < line.len; i++) {
        SH_CHECK(line.data[i] >= '0' && line.data[i] <= '9', SH_E_FORMAT);
        size = 10 * size + (uint64_t)(line.data[i] - '0');
        SH_CHECK(size <= MERKLE_SIZE_MAX, SH_E_TOO_BIG);
    }
    *out = size;
    return SH_OK;
}

static sh_err parse_root(struct bytes line, struct sh_hash *out)
{
    SH_DEFER(buf_wipe) struct buf root = BUF_INIT(64);
    SH_CHECK(line.len == 44, SH_E_FORMAT);
    SH_TRY(base64_decode(line, &root));
    return hash_from(bytes_buf(&root), out);
}

static sh_err parse_text(struct bytes text, struct checkpoint *out)
{
    struct checkpoint found = {.size = 0};
    struct bytes origin, size, root, extension;
    SH_TRY(next_line(&text, &origin));
    SH_TRY(next_line(&text, &size));
    SH_TRY(next_line(&text, &root));
    while (text.len > 0) {
        SH_TRY(next_line(&text, &extension));
    }
    SH_CHECK(origin.len <= SH_ORIGIN_BYTES_MAX, SH_E_TOO_BIG);
    memcpy(found.origin, origin.data, origin.len);
    SH_TRY(parse_size(size, &found.size));
    SH_TRY(parse_root(root, &found.root));
    SH_CHECK(tree_is_plausible(found.size, &found.root), SH_E_FORMAT);
    *out = found;
    return SH_OK;
}

sh_err checkpoint_parse(struct bytes note, struct checkpoint *out)
{
    struct bytes text, signatures;
    SH_TRY(note_split(note, &text, &signatures));
    return parse_text(text, out);
}

sh_err checkpoint_verify(struct bytes note, const struct note_verifier *log, struct checkpoint *out)
{
    struct bytes text;
    struct checkpoint found;
    SH_TRY(note_verify(note, log, &text));
    SH_TRY(parse_text(text, &found));
    SH_CHECK(strcmp(found.origin, log->name) == 0, SH_E_BAD_CHECKPOINT);
    *out = found;
    return SH_OK;
}
