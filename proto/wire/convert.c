/* The values and lists that several messages share. What an absent optional means is decided here,
 * once: each value has exactly one way to be written. */
#include "convert.h"

sh_err time_check(int64_t ms)
{
    SH_CHECK(ms >= 0 && ms <= WIRE_TIME_MS_MAX, SH_E_BAD_TIME);
    return SH_OK;
}

sh_err time_from_pb(uint64_t in, int64_t *out)
{
    SH_CHECK(in <= WIRE_TIME_MS_MAX, SH_E_BAD_TIME);
    *out = (int64_t)in;
    return SH_OK;
}

sh_err optional_time_from_pb(bool has, uint64_t in, int64_t *out)
{
    *out = 0;
    return has ? time_from_pb(in, out) : SH_OK;
}

sh_err optional_number_from_pb(bool has, uint32_t in, uint32_t *out)
{
    SH_CHECK(!has || in != 0, SH_E_NOT_CANONICAL);
    *out = has ? in : 0;
    return SH_OK;
}

sh_err optional_flag_from_pb(bool has, bool in, bool *out)
{
    SH_CHECK(!has || in, SH_E_NOT_CANONICAL);
    *out = has;
    return SH_OK;
}

sh_err optional_hash_from_pb(bool has, ProtobufCBinaryData in, struct sh_hash *out)
{
    struct sh_hash hash = {0};
    if (has) {
        SH_TRY(hash_from(bytes_from_pb(in), &hash));
        SH_CHECK(!hash_is_zero(&hash), SH_E_NOT_CANONICAL);
    }
    *out = hash;
    return SH_OK;
}

bool id_is_zero(const struct sh_id *id)
{
    static const struct sh_id zero;
    return id_equal(id, &zero);
}

sh_err optional_id_from_pb(bool has, ProtobufCBinaryData in, struct sh_id *out)
{
    struct sh_id id = {0};
    if (has) {
        SH_TRY(id_from(bytes_from_pb(in), &id));
        SH_CHECK(!id_is_zero(&id), SH_E_NOT_CANONICAL);
    }
    *out = id;
    return SH_OK;
}

sh_err address_check(const struct address *address)
{
    struct address parsed;
    return address_parse(bytes_of(address->text, strnlen(address->text, sizeof address->text)),
                         &parsed);
}

sh_err length_check(struct bytes in, size_t max)
{
    SH_CHECK(in.len > 0, SH_E_FORMAT);
    SH_CHECK(in.len <= max, SH_E_TOO_BIG);
    return SH_OK;
}

sh_err signature_check(struct bytes in)
{
    SH_CHECK(in.len > 0 && in.len <= SH_SIGNATURE_BYTES_MAX, SH_E_FORMAT);
    return SH_OK;
}

sh_err hashes_from_pb(struct pb_list in, size_t max, struct arena *arena,
                      const struct sh_hash **out)
{
    SH_CHECK(in.len <= max, SH_E_TOO_BIG);
    if (in.len == 0) {
        *out = NULL;
        return SH_OK;
    }
    struct sh_hash *hashes = arena_array(arena, in.len, sizeof *hashes);
    SH_CHECK(hashes, SH_E_NOMEM);
    for (size_t i = 0; i < in.len; i++) {
        SH_TRY(hash_from(bytes_from_pb(in.items[i]), &hashes[i]));
    }
    *out = hashes;
    return SH_OK;
}

void hashes_to_pb(const struct sh_hash *in, size_t len, ProtobufCBinaryData *out)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = FIXED_TO_PB(in[i]);
    }
}

/* ---- cites and children ---- */

sh_err answer_check(const struct answer *in)
{
    SH_CHECK(in->cites_len <= SH_CITES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->children_len <= SH_CHILDREN_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->children_len; i++) {
        uint32_t child = in->children[i].child;
        uint32_t before = i > 0 ? in->children[i - 1].child : 0;
        SH_CHECK(child > before && child <= SH_CHILDREN_MAX, SH_E_BAD_CHILDREN);
    }
    return SH_OK;
}

static sh_err cite_from_pb(const Safehand__Cite *in, struct cite *out)
{
    SH_CHECK(!in->has_header_sha256 != !in->has_log_index, SH_E_FORMAT);
    out->is_index = in->has_log_index;
    out->log_index = in->has_log_index ? in->log_index : 0;
    return in->has_log_index ? SH_OK
                             : hash_from(bytes_from_pb(in->header_sha256), &out->header_sha256);
}

static sh_err cites_from_pb(const struct pb_answer *in, struct arena *arena, struct answer *out)
{
    SH_CHECK(in->n_cites <= SH_CITES_MAX, SH_E_TOO_BIG);
    if (in->n_cites == 0) {
        return SH_OK;
    }
    struct cite *cites = arena_array(arena, in->n_cites, sizeof *cites);
    SH_CHECK(cites, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_cites; i++) {
        SH_TRY(cite_from_pb(in->cites[i], &cites[i]));
    }
    out->cites = cites;
    out->cites_len = in->n_cites;
    return SH_OK;
}

static sh_err children_from_pb(const struct pb_answer *in, struct arena *arena, struct answer *out)
{
    SH_CHECK(in->n_children <= SH_CHILDREN_MAX, SH_E_TOO_BIG);
    if (in->n_children == 0) {
        return SH_OK;
    }
    struct child_outcome *children = arena_array(arena, in->n_children, sizeof *children);
    SH_CHECK(children, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_children; i++) {
        children[i].child = in->children[i]->child;
        children[i].outcome = (enum outcome)in->children[i]->outcome;
    }
    out->children = children;
    out->children_len = in->n_children;
    return SH_OK;
}

sh_err answer_from_pb(const struct pb_answer *in, struct arena *arena, struct answer *out)
{
    struct answer answer = {0};
    SH_TRY(cites_from_pb(in, arena, &answer));
    SH_TRY(children_from_pb(in, arena, &answer));
    SH_TRY(answer_check(&answer));
    *out = answer;
    return SH_OK;
}

void answer_to_pb(const struct answer *in, struct answer_room *room, struct pb_answer *out)
{
    for (size_t i = 0; i < in->cites_len; i++) {
        const struct cite *cite = &in->cites[i];
        safehand__cite__init(&room->cites[i]);
        room->cites[i].has_log_index = cite->is_index;
        room->cites[i].log_index = cite->log_index;
        room->cites[i].has_header_sha256 = !cite->is_index;
        room->cites[i].header_sha256 = FIXED_TO_PB(cite->header_sha256);
        room->cite_list[i] = &room->cites[i];
    }
    for (size_t i = 0; i < in->children_len; i++) {
        safehand__child_outcome__init(&room->children[i]);
        room->children[i].child = in->children[i].child;
        room->children[i].outcome = (Safehand__Outcome)in->children[i].outcome;
        room->child_list[i] = &room->children[i];
    }
    *out = (struct pb_answer){.n_cites = in->cites_len,
                              .cites = room->cite_list,
                              .n_children = in->children_len,
                              .children = room->child_list};
}
