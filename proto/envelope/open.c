/* Reading, in the order of docs/PROTOCOL.md, "Reading": nothing is decrypted before the signature
 * over the header holds, nothing parsed before its hash fits, nothing given out before all of it
 * agrees. Each error is the code of the UNREADABLE receipt that the reader signs. Receipts are not
 * written here, and who may read is not decided here: what is not sealed to a seat it cannot open.
 */
#include "envelope/open.h"

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "envelope/agree.h"
#include "envelope/receipt.h"

void opened_wipe(struct opened *o)
{
    json_decref(o->content.casework);
    buf_wipe(&o->signed_data);
    buf_wipe(&o->plain);
    arena_free(&o->arena);
    memset(o, 0, sizeof *o);
}

static sh_err begin(struct opened *o)
{
    o->signed_data.max = SIGNED_DATA_BYTES_MAX;
    o->plain.max = SH_CONTENT_BYTES_MAX;
    return arena_new(AGREE_ARENA_BYTES_MAX, AGREE_ARENA_COUNT_MAX, &o->arena);
}

/* The pointers inside lead to the heap, so the struct can move. */
static void give(struct opened *from, struct opened *out)
{
    *out = *from;
    memset(from, 0, sizeof *from);
}

sh_err envelope_check_sealed(const struct header *header, struct bytes sealed)
{
    struct sh_hash hash;
    SH_CHECK(header->parts.sealed_count == 0, SH_E_NO_PARTS);
    SH_CHECK(sealed.len == header->sealed_bytes, SH_E_COMMITMENT);
    SH_TRY(digest_sha256(sealed, &hash));
    SH_CHECK(hash_equal(&hash, &header->sealed_sha256), SH_E_COMMITMENT);
    return SH_OK;
}

/* The certificate counted at the time that the log proves, and belongs to whom the header names. */
static sh_err check_sender(const struct facts *facts, const struct envelope_reader *reader,
                           struct sh_why *why)
{
    SH_TRY(trust_verify(reader->trust, reader->sender_cert, reader->accepted_at_ms,
                        reader->grace_ms, why));
    return agree_sender(facts, reader->sender_cert, why);
}

static bool names_seat(const struct recipient *to, const struct sh_hash *seat)
{
    for (size_t i = 0; i < to->seats_len; i++) {
        if (hash_equal(&to->seats[i], seat)) {
            return true;
        }
    }
    return false;
}

/* Our seat, or our desk's recovery certificate, under our desk's own address. */
static sh_err check_reader(const struct facts *facts, const struct envelope_reader *reader)
{
    struct address us;
    SH_TRY(certificate_address(reader->seal_cert, &us));
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        if (!address_equal(&to->address, &us)) {
            continue;
        }
        bool as_seat = !hash_is_zero(&reader->seat) && names_seat(to, &reader->seat);
        bool as_recovery =
            !hash_is_zero(&reader->recovery) && hash_equal(&to->recovery, &reader->recovery);
        SH_CHECK(as_seat || as_recovery, SH_E_NOT_FOR_US);
        return SH_OK;
    }
    return SH_E_NOT_FOR_US;
}

/* From SignedData in o->signed_data to content that agrees with o->header. */
static sh_err read_inside(struct opened *o, const struct certificate *sender, struct sh_why *why)
{
    struct sh_hash hash;
    SH_TRY(digest_sha256(bytes_buf(&o->signed_data), &hash));
    SH_CHECK(hash_equal(&hash, &o->header.inner_sha256), SH_E_COMMITMENT);
    SH_TRY(cms_verify(bytes_buf(&o->signed_data), sender, &o->plain));
    sh_err err = content_decode(bytes_buf(&o->plain), o->arena, &o->content, why);
    SH_CHECK(err != SH_E_JSON, SH_E_BAD_CONTENT);
    SH_TRY(err);
    const struct agree_inside inside = {&o->content.facts, o->content.casework,
                                        o->content.enclosures, o->content.enclosures_len};
    return agree_check(&o->header.facts, &inside, o->arena, why);
}

sh_err envelope_open(const struct envelope *env, const struct envelope_reader *reader,
                     struct opened *out, struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    SH_TRY(begin(&o));
    SH_TRY(header_decode(env->header, o.arena, &o.header));
    SH_TRY(envelope_verify(env, reader->sender_cert, NULL));
    SH_TRY(check_sender(&o.header.facts, reader, why));
    SH_TRY(envelope_check_sealed(&o.header, env->sealed));
    SH_TRY(check_reader(&o.header.facts, reader));
    SH_TRY(cms_unseal(env->sealed, reader->seal_key, reader->seal_cert, &o.signed_data));
    SH_TRY(read_inside(&o, reader->sender_cert, why));
    give(&o, out);
    return SH_OK;
}

/* When the log says that this very header was accepted. That the leaf is in the log is the caller's
 * to verify (statement_verify); here it must only be about this message. */
static sh_err find_accept_time(const struct enclosure *in, struct arena *arena, int64_t *out_ms,
                               struct sh_why *why)
{
    struct leaf leaf;
    struct leaf_facts facts;
    struct sh_hash commitment, header;
    SH_TRY(leaf_decode(in->accepted.leaf, &leaf));
    SH_TRY(opening_commitment(&in->accepted.opening, &commitment));
    SH_TRY(leaf_facts_decode(in->accepted.opening.facts, arena, &facts));
    SH_TRY(header_hash(in->header, &header));
    if (leaf.type != LEAF_ACCEPTED || !hash_equal(&commitment, &leaf.commitment) ||
        !hash_equal(&facts.header_sha256, &header)) {
        return sh_fail(why, SH_E_PROOF, "the statement does not say that this was accepted");
    }
    *out_ms = leaf.time_ms;
    return SH_OK;
}

sh_err enclosure_open(const struct enclosure *in, const struct certificate_finder *finder,
                      const struct trust *trust, int64_t grace_ms, struct opened *out,
                      struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    struct envelope_reader reader = {.trust = trust, .grace_ms = grace_ms};
    const struct envelope env = {
        .header = in->header, .signature = in->signature, .batch = in->batch};
    SH_TRY(begin(&o));
    SH_TRY(header_decode(in->header, o.arena, &o.header));
    SH_TRY(finder->find(finder->ctx, &o.header.facts.seat, &reader.sender_cert));
    SH_TRY(find_accept_time(in, o.arena, &reader.accepted_at_ms, why));
    SH_TRY(envelope_verify(&env, reader.sender_cert, NULL));
    SH_TRY(check_sender(&o.header.facts, &reader, why));
    SH_TRY(buf_append(&o.signed_data, in->signed_data));
    SH_TRY(read_inside(&o, reader.sender_cert, why));
    give(&o, out);
    return SH_OK;
}
