/* From casework to bytes, inside out: content, SignedData, sealed, header, envelope. Each layer
 * names the one within it by hash. Whatever a reader would refuse is refused here first, so that a
 * desk never sends what comes back UNREADABLE. Batch signatures are in batch.c; who may send what
 * to whom is no question of this file. */
#include "envelope/build.h"

#include "base/cleanup.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "envelope/agree.h"

sh_err header_hash(struct bytes header, struct sh_hash *out)
{
    return digest_sha256(header, out);
}

static bool came_before(const struct envelope_order *order, size_t i)
{
    const struct sh_hash *hash = certificate_sha256(order->seal_certs[i]);
    for (size_t k = 0; k < i; k++) {
        if (hash_equal(certificate_sha256(order->seal_certs[k]), hash)) {
            return true;
        }
    }
    return false;
}

/* How many of the seal certificates are this desk's. One that is there twice stands in the place of
 * another seat's, so it counts once. */
static sh_err count_seals(const struct envelope_order *order, const struct recipient *to,
                          size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < order->seal_certs_len; i++) {
        struct address address;
        SH_TRY(certificate_address(order->seal_certs[i], &address));
        count += address_equal(&address, &to->address) && !came_before(order, i);
    }
    *out = count;
    return SH_OK;
}

/* The header names seats by their sign certificates, so a seal certificate cannot be matched to its
 * seat; but no desk may be sealed to that is not named, nor named without being sealed to. */
static sh_err check_seals(const struct envelope_order *order, struct sh_why *why)
{
    const struct facts *facts = order->facts;
    size_t named = 0;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        size_t expected = to->seats_len + (hash_is_zero(&to->recovery) ? 0 : 1), found = 0;
        SH_TRY(count_seals(order, to, &found));
        if (found != expected) {
            return sh_fail(why, SH_E_BAD_RECIPIENTS,
                           "%s has %zu seats and recovery keys, but %zu certificates to seal to",
                           to->address.text, expected, found);
        }
        named += expected;
    }
    if (named != order->seal_certs_len) {
        return sh_fail(why, SH_E_BAD_RECIPIENTS,
                       "%zu certificates to seal to belong to no recipient",
                       order->seal_certs_len - named);
    }
    return SH_OK;
}

static sh_err check_order(const struct envelope_order *order, struct sh_why *why)
{
    SH_TRY(agree_sender(order->facts, order->sign_cert, why));
    SH_TRY(check_seals(order, why));
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(AGREE_ARENA_BYTES_MAX, AGREE_ARENA_COUNT_MAX, &arena));
    const struct agree_inside inside = {order->facts, order->casework, order->enclosures,
                                        order->enclosures_len};
    return agree_check(order->facts, &inside, arena, why);
}

/* Content, then SignedData. */
static sh_err sign_content(const struct envelope_order *order, struct buf *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf plain = BUF_INIT(SH_CONTENT_BYTES_MAX);
    SH_DEFER(json_decrefp) json_t *casework = json_deep_copy(order->casework);
    SH_CHECK(casework, SH_E_NOMEM);
    struct content content = {
        .facts = *order->facts,
        .casework = casework,
        .enclosures = order->enclosures,
        .enclosures_len = order->enclosures_len,
    };
    SH_TRY(random_hash(&content.salt));
    SH_TRY(content_encode(&content, &plain, why));
    return cms_sign(order->sign_key, order->sign_cert, bytes_buf(&plain), order->now_ms, out);
}

static sh_err seal_inline(const struct envelope_order *order, struct bytes signed_data,
                          struct buf *sealed, struct sh_why *why)
{
    SH_TRY(cms_seal(signed_data, order->seal_certs, order->seal_certs_len, sealed));
    if (sealed->len > SH_SEALED_INLINE_BYTES_MAX) {
        return sh_fail(why, SH_E_TOO_BIG,
                       "sealed to %zu seats the message has %zu bytes, and %u can be sent: "
                       "shorten it or enclose less",
                       order->seal_certs_len, sealed->len, SH_SEALED_INLINE_BYTES_MAX);
    }
    return SH_OK;
}

/* Both or neither. */
static sh_err give_both(const struct buf *header, const struct buf *sealed, struct buf *out_header,
                        struct buf *out_sealed)
{
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out_header, header->len, &room));
    SH_TRY(buf_append(out_sealed, bytes_buf(sealed)));
    return buf_append(out_header, bytes_buf(header));
}

sh_err envelope_seal(const struct envelope_order *order, struct buf *out_header,
                     struct buf *out_sealed, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf signed_data = BUF_INIT(SIGNED_DATA_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(SIGNED_DATA_BYTES_MAX + SH_MIB);
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_TRY(casework_check(order->casework, why));
    SH_TRY(check_order(order, why));
    SH_TRY(sign_content(order, &signed_data, why));
    SH_TRY(seal_inline(order, bytes_buf(&signed_data), &sealed, why));

    struct header outer = {.facts = *order->facts, .sealed_bytes = sealed.len};
    SH_TRY(digest_sha256(bytes_buf(&signed_data), &outer.inner_sha256));
    SH_TRY(digest_sha256(bytes_buf(&sealed), &outer.sealed_sha256));
    SH_TRY(header_encode(&outer, &header));
    return give_both(&header, &sealed, out_header, out_sealed);
}

sh_err envelope_sign(struct bytes header, struct bytes sealed, const struct key *sign_key,
                     struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    struct sh_hash hash;
    SH_TRY(header_hash(header, &hash));
    SH_TRY(sign_p256(sign_key, SIGN_LABEL_ENVELOPE, BYTES_FIXED(hash), &signature));
    const struct envelope env = {
        .header = header,
        .sealed = sealed,
        .signature = bytes_buf(&signature),
    };
    return envelope_encode(&env, out);
}
