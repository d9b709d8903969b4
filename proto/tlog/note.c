/* Signed notes (C2SP signed-note): a text, an empty line, signature lines. Ed25519 alone; what
 * others signed beside us, witnesses above all, is passed over unread (cosign.c reads theirs). Key
 * names are printable ASCII without space and plus, a subset of what the specification allows. What
 * a text says is checkpoint.c's to know. */
#include "tlog/note.h"

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "tlog/note_line.h"

#define NOTE_ED25519         0x01
#define NOTE_SIGNATURE_BYTES 68 /* key id, signature */
#define NOTE_BASE64_MAX      96 /* of that, or of a key */
#define NOTE_DASH            "\xe2\x80\x94 "

static bool name_is_valid(struct bytes name)
{
    if (name.len == 0 || name.len > SH_ORIGIN_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '+') {
            return false;
        }
    }
    return true;
}

/* SHA-256(name || 0x0A || algorithm || public key), the first four bytes. material: the last two.
 */
static sh_err key_id_of(struct bytes name, const uint8_t material[NOTE_KEY_BYTES], uint32_t *out)
{
    const struct bytes parts[] = {name, bytes_str("\n"), bytes_of(material, NOTE_KEY_BYTES)};
    struct sh_hash hash;
    SH_TRY(digest_sha256_parts(parts, 3, &hash));
    *out = be32_load(hash.b);
    return SH_OK;
}

/* Splits off what stands before the next `mark`; false if there is none. */
static bool split_at(struct bytes *rest, char mark, struct bytes *out_before)
{
    const uint8_t *end = rest->len ? memchr(rest->data, mark, rest->len) : NULL;
    if (!end) {
        return false;
    }
    *out_before = bytes_of(rest->data, (size_t)(end - rest->data));
    *rest = bytes_of(end + 1, rest->len - out_before->len - 1);
    return true;
}

sh_err note_line_vkey_parse(const char *vkey, uint8_t algorithm, struct note_verifier *out)
{
    SH_DEFER(buf_wipe) struct buf material = BUF_INIT(NOTE_BASE64_MAX);
    struct bytes rest = bytes_str(vkey), name, id;
    SH_CHECK(rest.len <= SH_ORIGIN_BYTES_MAX + 10 + NOTE_BASE64_MAX, SH_E_FORMAT);
    SH_CHECK(split_at(&rest, '+', &name) && split_at(&rest, '+', &id), SH_E_FORMAT);
    SH_CHECK(name_is_valid(name), SH_E_FORMAT);
    SH_TRY(base64_decode(rest, &material));
    SH_CHECK(material.len == NOTE_KEY_BYTES && material.data[0] == algorithm, SH_E_FORMAT);

    struct note_verifier found = {.key_id = 0};
    char expected[9];
    SH_TRY(key_id_of(name, material.data, &found.key_id));
    (void)snprintf(expected, sizeof expected, "%08x", found.key_id);
    SH_CHECK(bytes_equal(id, bytes_str(expected)), SH_E_FORMAT);
    memcpy(found.name, name.data, name.len);
    memcpy(found.public_key, material.data + 1, sizeof found.public_key);
    *out = found;
    return SH_OK;
}

sh_err note_verifier_parse(const char *vkey, struct note_verifier *out)
{
    return note_line_vkey_parse(vkey, NOTE_ED25519, out);
}

/* material: the algorithm byte, set by the caller, and then the public half of our own key. */
static sh_err describe_key(const char *name, const struct key *key,
                           uint8_t material[NOTE_KEY_BYTES], uint32_t *out_id)
{
    SH_CHECK(name_is_valid(bytes_str(name)), SH_E_FORMAT);
    SH_CHECK(key_type_of(key) == KEY_TYPE_ED25519, SH_E_BUG);
    SH_TRY(key_raw_public(key, material + 1));
    return key_id_of(bytes_str(name), material, out_id);
}

sh_err note_line_key_id(const char *name, const struct key *key, uint8_t algorithm,
                        uint32_t *out_id)
{
    uint8_t material[NOTE_KEY_BYTES] = {algorithm};
    return describe_key(name, key, material, out_id);
}

static sh_err append_vkey(const char *name, uint32_t id, const uint8_t material[NOTE_KEY_BYTES],
                          struct buf *out)
{
    SH_DEFER(buf_wipe)
    struct buf text = BUF_INIT(SH_ORIGIN_BYTES_MAX + 16 + NOTE_BASE64_MAX);
    SH_TRY(buf_printf(&text, "%s+%08x+", name, id));
    SH_TRY(base64_encode(bytes_of(material, NOTE_KEY_BYTES), &text));
    return buf_append(out, bytes_buf(&text));
}

sh_err note_verifier_vkey(const struct note_verifier *in, struct buf *out)
{
    uint8_t material[NOTE_KEY_BYTES] = {NOTE_ED25519};
    memcpy(material + 1, in->public_key, sizeof in->public_key);
    return append_vkey(in->name, in->key_id, material, out);
}

sh_err note_line_vkey(const char *name, const struct key *key, uint8_t algorithm, struct buf *out)
{
    uint8_t material[NOTE_KEY_BYTES] = {algorithm};
    uint32_t id = 0;
    SH_TRY(describe_key(name, key, material, &id));
    return append_vkey(name, id, material, out);
}

sh_err note_vkey(const char *name, const struct key *key, struct buf *out)
{
    return note_line_vkey(name, key, NOTE_ED25519, out);
}

sh_err note_line_append(const char *name, struct bytes signature, struct buf *out)
{
    SH_TRY(buf_append_str(out, NOTE_DASH));
    SH_TRY(buf_append_str(out, name));
    SH_TRY(buf_append_str(out, " "));
    SH_TRY(base64_encode(signature, out));
    return buf_append_str(out, "\n");
}

sh_err note_sign(struct bytes text, const char *name, const struct key *key, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    uint32_t id = 0;
    SH_CHECK(text.len > 0 && text.data[text.len - 1] == '\n', SH_E_FORMAT);
    SH_TRY(note_line_key_id(name, key, NOTE_ED25519, &id));
    be32_store(signature, id);
    SH_TRY(sign_ed25519(key, text, signature + 4));

    SH_TRY(buf_append(&note, text));
    SH_TRY(buf_append_str(&note, "\n"));
    SH_TRY(note_line_append(name, bytes_of(signature, sizeof signature), &note));
    return buf_append(out, bytes_buf(&note));
}

/* One character of UTF-8 from the front, shortest form, no surrogate, no control character but
 * newline. */
static size_t character_bytes(struct bytes in)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = in.data[0];
    if (lead < 0x80) {
        return lead >= ' ' || lead == '\n' ? 1 : 0;
    }
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > in.len) {
        return 0;
    }
    uint32_t value = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((in.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (in.data[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value >= least[len] && value <= 0x10ffff && !surrogate ? len : 0;
}

static bool characters_are_valid(struct bytes in)
{
    while (in.len > 0) {
        size_t len = character_bytes(in);
        if (len == 0) {
            return false;
        }
        in = bytes_of(in.data + len, in.len - len);
    }
    return true;
}

sh_err note_split(struct bytes note, struct bytes *out_text, struct bytes *out_signatures)
{
    SH_CHECK(note.len <= SH_CHECKPOINT_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(note.len > 3 && note.data[note.len - 1] == '\n', SH_E_FORMAT);
    SH_CHECK(characters_are_valid(note), SH_E_FORMAT);
    /* The text may hold empty lines; the last one in the note is the seam. */
    size_t seam = note.len - 1;
    while (seam > 0 && !(note.data[seam] == '\n' && note.data[seam - 1] == '\n')) {
        seam--;
    }
    SH_CHECK(seam > 0 && seam + 1 < note.len, SH_E_FORMAT);
    *out_text = bytes_of(note.data, seam);
    *out_signatures = bytes_of(note.data + seam + 1, note.len - seam - 1);
    return SH_OK;
}

sh_err note_line_next(struct bytes *lines, struct bytes *out_name, struct buf *signature)
{
    struct bytes line, dash = bytes_str(NOTE_DASH);
    SH_CHECK(split_at(lines, '\n', &line), SH_E_FORMAT);
    SH_CHECK(line.len > dash.len && memcmp(line.data, dash.data, dash.len) == 0, SH_E_FORMAT);
    line = bytes_of(line.data + dash.len, line.len - dash.len);
    SH_CHECK(split_at(&line, ' ', out_name) && out_name->len > 0, SH_E_FORMAT);
    SH_CHECK(!memchr(out_name->data, '+', out_name->len), SH_E_FORMAT);
    buf_reset(signature);
    SH_TRY(base64_decode(line, signature));
    SH_CHECK(signature->len > 4, SH_E_FORMAT);
    return SH_OK;
}

sh_err note_verify(struct bytes note, const struct note_verifier *verifier, struct bytes *out_text)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct bytes text, lines, name;
    unsigned ours = 0;
    SH_TRY(note_split(note, &text, &lines));
    while (lines.len > 0) {
        SH_TRY(note_line_next(&lines, &name, &signature));
        if (!bytes_equal(name, bytes_str(verifier->name)) ||
            be32_load(signature.data) != verifier->key_id) {
            continue;
        }
        SH_CHECK(signature.len == NOTE_SIGNATURE_BYTES && ours == 0, SH_E_BAD_CHECKPOINT);
        sh_err err = sign_verify_ed25519(verifier->public_key, text, signature.data + 4);
        SH_CHECK(err != SH_E_BAD_SIGNATURE, SH_E_BAD_CHECKPOINT);
        SH_TRY(err);
        ours++;
    }
    SH_CHECK(ours == 1, SH_E_BAD_CHECKPOINT);
    *out_text = text;
    return SH_OK;
}

sh_err note_signature_line(struct bytes lines, const struct note_verifier *verifier,
                           struct bytes *out_line)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    while (lines.len > 0) {
        const uint8_t *start = lines.data;
        struct bytes name;
        SH_TRY(note_line_next(&lines, &name, &signature));
        if (bytes_equal(name, bytes_str(verifier->name)) &&
            be32_load(signature.data) == verifier->key_id) {
            *out_line = bytes_of(start, (size_t)(lines.data - start));
            return SH_OK;
        }
    }
    return SH_E_NOT_FOUND;
}
