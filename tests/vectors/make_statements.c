/* Statements: a leaf, its opening, its place in the tree, and the signed root. One thing of a good
 * one is another in each. */
#include "base/cleanup.h"
#include "studio.h"
#include "tlog/note.h"
#include "wire/log.h"

#include <stdio.h>

static void add(struct studio *s, const char *name, sh_err expected, const char *what,
                const struct statement *st)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(64 * SH_KIB);
    const struct entry e = {
        .reader = "statement", .name = name, .expected = expected, .what = what};
    MUST(statement_encode(st, &bytes));
    studio_add(s, &e, bytes_buf(&bytes));
}

static struct bytes copy(struct studio *s, struct bytes in)
{
    struct bytes out;
    MUST(arena_copy(s->post.arena, in, &out));
    return out;
}

/* The copy is ours to change. */
static struct bytes flipped(struct studio *s, struct bytes in, size_t at)
{
    struct buf b = BUF_INIT(SH_MIB);
    MUST(buf_append(&b, in));
    b.data[at] ^= 1;
    struct bytes out = copy(s, bytes_buf(&b));
    buf_wipe(&b);
    return out;
}

static void altered(struct studio *s, const struct statement *good)
{
    struct statement st = *good;
    struct sh_hash path[SH_PROOF_HASHES_MAX];
    st.opening.salt.b[0] ^= 1;
    add(s, "salt-altered", SH_E_PROOF, "the opening's salt is another", &st);
    st = *good, st.opening.facts = flipped(s, good->opening.facts, 5);
    add(s, "facts-altered", SH_E_PROOF, "the opening's facts are others", &st);
    st = *good, st.leaf = flipped(s, good->leaf, 6);
    add(s, "leaf-altered", SH_E_PROOF, "the leaf's time is another", &st);
    st = *good, st.index++;
    add(s, "index-altered", SH_E_PROOF, "the place of another leaf", &st);
    st = *good, st.index = UINT64_C(1) << 40;
    add(s, "index-outside", SH_E_PROOF, "a place outside the tree", &st);
    memcpy(path, good->proof, good->proof_len * sizeof path[0]);
    path[0].b[0] ^= 1;
    st = *good, st.proof = path;
    add(s, "proof-altered", SH_E_PROOF, "one bit of the path is another", &st);
    st = *good, st.proof_len--;
    add(s, "proof-too-short", SH_E_PROOF, "the path lacks its last hash", &st);
    path[0] = good->proof[0];
    path[good->proof_len] = path[0];
    st = *good, st.proof = path, st.proof_len++;
    add(s, "proof-too-long", SH_E_PROOF, "the path has a hash too many", &st);
}

static void leaves(struct studio *s, const struct statement *good)
{
    struct statement st = *good;
    struct buf b = BUF_INIT(SH_KIB);
    MUST(buf_append(&b, good->leaf));
    b.data[1] = 2;
    st.leaf = bytes_buf(&b);
    add(s, "leaf-version-2", SH_E_BAD_VERSION, "a leaf of version 2", &st);
    b.data[1] = 1, b.data[3] = 22;
    add(s, "leaf-type-22", SH_E_BAD_CODE, "type 22 is none", &st);
    b.data[3] = good->leaf.data[3];
    MUST(buf_append(&b, bytes_of("\x28\x01", 2)));
    st.leaf = bytes_buf(&b);
    add(s, "leaf-unknown-field", SH_E_NOT_CANONICAL, "a field that version 1 does not have", &st);
    st.leaf = bytes_of(good->leaf.data, good->leaf.len - 1);
    add(s, "leaf-cut", SH_E_FORMAT, "a leaf without its last byte", &st);
    buf_wipe(&b);
}

static void sign_as(const struct checkpoint *checkpoint, const struct key *key, struct buf *out)
{
    buf_reset(out);
    MUST(checkpoint_sign(checkpoint, key, out));
}

static void checkpoints(struct studio *s, const struct statement *good)
{
    SH_DEFER(key_free) struct key *other = NULL;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    struct bytes text, signatures;
    struct statement st = *good;
    MUST(key_generate(KEY_TYPE_ED25519, &other));
    MUST(checkpoint_parse(good->checkpoint, &checkpoint));
    MUST(note_split(good->checkpoint, &text, &signatures));
    sign_as(&checkpoint, other, &note);
    st.checkpoint = bytes_buf(&note);
    add(s, "checkpoint-of-another-key", SH_E_BAD_CHECKPOINT, "signed by another key", &st);
    struct checkpoint elsewhere = checkpoint;
    (void)snprintf(elsewhere.origin, sizeof elsewhere.origin, "elsewhere.example/test");
    sign_as(&elsewhere, s->post.pki.log_key, &note);
    st.checkpoint = bytes_buf(&note);
    add(s, "checkpoint-of-another-log", SH_E_BAD_CHECKPOINT, "the log's key under another name",
        &st);
    struct checkpoint larger = checkpoint;
    larger.size = 2 * checkpoint.size;
    sign_as(&larger, s->post.pki.log_key, &note);
    st.checkpoint = bytes_buf(&note);
    add(s, "checkpoint-of-another-size", SH_E_PROOF, "the same root signed for another size", &st);
    larger = checkpoint, larger.root.b[0] ^= 1;
    sign_as(&larger, s->post.pki.log_key, &note);
    st.checkpoint = bytes_buf(&note);
    add(s, "checkpoint-of-another-root", SH_E_PROOF, "another root, well signed", &st);
    st.checkpoint = flipped(s, good->checkpoint, strlen(checkpoint.origin) + 4);
    add(s, "checkpoint-altered", SH_E_BAD_CHECKPOINT, "one bit of its root is another", &st);
    buf_reset(&note);
    MUST(buf_append(&note, good->checkpoint));
    MUST(buf_append(&note, signatures));
    st.checkpoint = bytes_buf(&note);
    add(s, "checkpoint-signed-twice", SH_E_BAD_CHECKPOINT, "the log's signature twice", &st);
    st.checkpoint = bytes_of(good->checkpoint.data, text.len);
    add(s, "checkpoint-unsigned", SH_E_FORMAT, "the text without a signature", &st);
    st.checkpoint = bytes_of(good->checkpoint.data, good->checkpoint.len - 1);
    add(s, "checkpoint-cut", SH_E_FORMAT, "without its last newline", &st);
}

void make_statements(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(64 * SH_KIB);
    struct statement good;
    const struct entry cut = {
        .reader = "statement", .name = "cut", .expected = SH_E_FORMAT, .what = "without its end"};
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    post_accept(&s->post, &l, &good);
    add(s, "good", SH_OK, "that a referral was accepted", &good);
    MUST(statement_encode(&good, &bytes));
    studio_add(s, &cut, bytes_of(bytes.data, bytes.len - 1));
    altered(s, &good);
    leaves(s, &good);
    checkpoints(s, &good);
}
