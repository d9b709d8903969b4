#include "crypto/der.h"
#include "fixture.h"
#include "support/forge.h"

static struct fixture f;
static struct buf good = BUF_INIT(SH_MIB), bad = BUF_INIT(SH_MIB), out = BUF_INIT(SH_MIB);

#define DER(...) bytes_of((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static const struct pki_seat *lead(void)
{
    return &f.pki.seats[LEAD];
}

static void set_up(void)
{
    fixture_make(&f);
}

static void tear_down(void)
{
    buf_wipe(&good);
    buf_wipe(&bad);
    buf_wipe(&out);
    fixture_free(&f);
}

TestSuite(crypto_cms_gate_sealed, .init = set_up, .fini = tear_down);

static void make_sealed(struct sealed_parts *parts)
{
    const struct certificate *certs[] = {lead()->seal_cert, f.pki.seats[POLICE].seal_cert};
    buf_reset(&good);
    cr_assert_eq(cms_seal(bytes_str("text"), certs, 2, &good), SH_OK);
    forge_sealed_open(bytes_buf(&good), parts);
}

/* The gate refuses with a reason, and so does everything that stands behind it. */
static void sealed_is_refused(struct bytes sealed, const char *what)
{
    struct sh_why why = {{0}};
    size_t entries = 77;
    cr_assert_eq(cms_gate_sealed(sealed, &entries, &why), SH_E_CMS_PROFILE, "%s", what);
    cr_assert_eq(entries, 77);
    cr_assert(why.text[0] != '\0');
    buf_reset(&out);
    cr_assert_eq(cms_unseal(sealed, lead()->seal, lead()->seal_cert, &out), SH_E_CMS_PROFILE, "%s",
                 what);
    cr_assert_eq(out.len, 0);
}

static void parts_are_refused(const struct sealed_parts *parts, const char *what)
{
    buf_reset(&bad);
    forge_sealed_close(parts, &bad);
    sealed_is_refused(bytes_buf(&bad), what);
}

Test(crypto_cms_gate_sealed, what_is_taken_apart_and_put_together_again_passes)
{
    struct sealed_parts sealed;
    size_t entries = 0;
    make_sealed(&sealed);
    buf_reset(&bad);
    forge_sealed_close(&sealed, &bad);
    cr_assert(bytes_equal(bytes_buf(&good), bytes_buf(&bad)));
    cr_assert_eq(cms_gate_sealed(bytes_buf(&bad), &entries, NULL), SH_OK);
    cr_assert_eq(entries, 2);
}

/* OpenSSL opens messages with tags down to 4 bytes, which 2^32 guesses forge. */
Test(crypto_cms_gate_sealed, short_tags_are_refused_that_openssl_takes)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    for (uint8_t len = 4; len < 16; len++) {
        uint8_t tag[2 + 16] = {DER_OCTET_STRING, len};
        memcpy(tag + 2, parts.tag.data + 2, len);
        struct sealed_parts cut = parts;
        cut.tag = bytes_of(tag, 2u + len);
        parts_are_refused(&cut, "short tag, long ICVlen");
        cut.icv_len = DER(0x02, 0x01, len);
        parts_are_refused(&cut, "short tag");
        buf_reset(&out);
        cr_assert(forge_openssl_decrypts(bytes_buf(&bad), lead(), &out),
                  "%u: the gate is what refuses it", len);
        cut.tag = parts.tag;
        parts_are_refused(&cut, "long tag, short ICVlen");
    }
}

Test(crypto_cms_gate_sealed, nonces_and_algorithms_of_other_kinds_are_refused)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    struct sealed_parts p = parts;
    p.nonce = DER(0x04, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    parts_are_refused(&p, "nonce of 11");
    p.nonce = DER(0x04, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    parts_are_refused(&p, "nonce of 16");
    p = parts;
    p.icv_len = bytes_of(NULL, 0);
    parts_are_refused(&p, "ICVlen left to its default of 12");
    p = parts;
    p.algorithm = DER(0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x06);
    parts_are_refused(&p, "AES-128-GCM");
    p = parts;
    p.content_type = DER(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02);
    parts_are_refused(&p, "content type signedData");
    p = parts;
    p.version = DER(0x02, 0x01, 0x02);
    parts_are_refused(&p, "version 2");
    p = parts;
    p.tag = DER(0x24, 0x12, 0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    parts_are_refused(&p, "tag in pieces");
}

Test(crypto_cms_gate_sealed, nothing_may_stand_beside_what_is_sealed)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    const struct bytes attributes =
        DER(0xa1, 0x0a, 0x30, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00);
    struct sealed_parts p = parts;
    p.auth_attributes = attributes;
    parts_are_refused(&p, "authAttrs");
    p = parts;
    p.unauth_attributes =
        DER(0xa2, 0x0a, 0x30, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00);
    parts_are_refused(&p, "unauthAttrs");
    p = parts;
    p.originator_info = DER(0xa0, 0x00);
    parts_are_refused(&p, "originatorInfo");
    p = parts;
    p.behind = DER(0x00);
    parts_are_refused(&p, "a byte behind it");
    p = parts;
    p.content = bytes_of(NULL, 0);
    parts_are_refused(&p, "no content");
    p.content = DER(0xa0, 0x06, 0x04, 0x04, 1, 2, 3, 4);
    parts_are_refused(&p, "content in pieces");
}

Test(crypto_cms_gate_sealed, recipients_are_a_sorted_set_of_our_one_form)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    uint8_t set[2 * FORGE_RECIPIENT_BYTES];
    cr_assert_eq(parts.recipients.len, sizeof set);
    struct sealed_parts p = parts;
    p.recipients = bytes_of(set, sizeof set);
    memcpy(set, parts.recipients.data + FORGE_RECIPIENT_BYTES, FORGE_RECIPIENT_BYTES);
    memcpy(set + FORGE_RECIPIENT_BYTES, parts.recipients.data, FORGE_RECIPIENT_BYTES);
    parts_are_refused(&p, "the other way round");
    buf_reset(&out);
    cr_assert(forge_openssl_decrypts(bytes_buf(&bad), lead(), &out),
              "OpenSSL does not mind the order");
    memcpy(set, parts.recipients.data, FORGE_RECIPIENT_BYTES);
    parts_are_refused(&p, "one twice");
    p.recipients = bytes_of(NULL, 0);
    parts_are_refused(&p, "none");
    p.recipients = bytes_of(parts.recipients.data, sizeof set - 1);
    parts_are_refused(&p, "cut");
    p.recipients = bytes_of(parts.recipients.data, FORGE_RECIPIENT_BYTES);
    buf_reset(&bad);
    size_t entries = 0;
    forge_sealed_close(&p, &bad);
    cr_assert_eq(cms_gate_sealed(bytes_buf(&bad), &entries, NULL), SH_OK, "one alone is in order");
    cr_assert_eq(entries, 1);
}

/* Fixed bytes of a recipient are tags, lengths, versions and object identifiers: every bit of them
 * counts. */
Test(crypto_cms_gate_sealed, no_fixed_bit_of_a_recipient_may_differ)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    size_t counted = 0;
    for (size_t i = 0; i < FORGE_RECIPIENT_BYTES; i++) {
        bool is_free = (i >= 25 && i < 89) || (i >= 120 && i < 140) || i >= 142;
        uint8_t *at = good.data + (parts.recipients.data - good.data) + i;
        for (unsigned bit = 0; bit < 8 && !is_free; bit++, counted++) {
            *at ^= (uint8_t)(1u << bit);
            sealed_is_refused(bytes_buf(&good), "a fixed bit");
            *at ^= (uint8_t)(1u << bit);
        }
    }
    cr_assert_eq(counted, 8 * (FORGE_RECIPIENT_BYTES - 64 - 20 - 40));
}

Test(crypto_cms_gate_sealed, one_recipient_more_than_there_can_be_is_refused)
{
    const size_t most = SH_SEATS_MAX + SH_DESKS_MAX;
    struct sealed_parts parts;
    make_sealed(&parts);
    SH_DEFER(buf_wipe) struct buf set = BUF_INIT(SH_MIB);
    for (size_t i = 0; i <= most; i++) {
        uint8_t one[FORGE_RECIPIENT_BYTES];
        memcpy(one, parts.recipients.data, sizeof one);
        one[25] = (uint8_t)(i >> 8); /* the ephemeral point: ascending */
        one[26] = (uint8_t)i;
        cr_assert_eq(buf_append(&set, bytes_of(one, sizeof one)), SH_OK);
    }
    parts.recipients = bytes_of(set.data, most * FORGE_RECIPIENT_BYTES);
    size_t entries = 0;
    buf_reset(&bad);
    forge_sealed_close(&parts, &bad);
    cr_assert_eq(cms_gate_sealed(bytes_buf(&bad), &entries, NULL), SH_OK);
    cr_assert_eq(entries, most);
    parts.recipients = bytes_buf(&set);
    parts_are_refused(&parts, "one too many");
}

Test(crypto_cms_gate_sealed, what_other_programs_seal_is_refused)
{
    const struct forge_seal wishes[] = {
        {.seat = lead(),
         .cipher = EVP_aes_256_gcm()}, /* SHA-1, OpenSSL's default for the key derivation */
        {.seat = lead(), .cipher = EVP_aes_256_gcm(), .kdf = EVP_sha384()},
        {.seat = lead(), .cipher = EVP_aes_256_gcm(), .kdf = EVP_sha256(), .by_issuer = true},
        {.seat = lead(), .cipher = EVP_aes_128_gcm(), .kdf = EVP_sha256()},
        {.seat = lead(), .cipher = EVP_aes_192_gcm(), .kdf = EVP_sha256()},
        {.seat = lead(),
         .cipher = EVP_aes_256_gcm(),
         .kdf = EVP_sha256(),
         .wrap = EVP_aes_128_wrap()},
        {.seat = lead(), .cipher = EVP_aes_256_cbc(), .kdf = EVP_sha256()},
        {.seat = lead(), .cipher = EVP_aes_256_ofb(), .kdf = EVP_sha256()},
        {.seat = lead(), .cipher = EVP_aes_256_cbc(), .password = true},
        {.seat = lead(), .cipher = EVP_aes_256_gcm(), .key_wrap = true},
    };
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        char what[32];
        (void)snprintf(what, sizeof what, "wish %zu", i);
        buf_reset(&bad);
        forge_seal(&wishes[i], bytes_str("text"), &bad);
        sealed_is_refused(bytes_buf(&bad), what);
        if (!wishes[i].password && !wishes[i].key_wrap) {
            buf_reset(&out);
            cr_assert(forge_openssl_decrypts(bytes_buf(&bad), lead(), &out), "OpenSSL takes %s",
                      what);
        }
    }
    const struct forge_seal ours = {
        .seat = lead(), .cipher = EVP_aes_256_gcm(), .kdf = EVP_sha256()};
    buf_reset(&bad);
    forge_seal(&ours, bytes_str("text"), &bad);
    buf_reset(&out);
    cr_assert_eq(cms_unseal(bytes_buf(&bad), lead()->seal, lead()->seal_cert, &out), SH_OK,
                 "the same form passes");
}

Test(crypto_cms_gate_sealed, no_length_anywhere_may_be_written_longer)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    /* ContentInfo, its [0], AuthEnvelopedData, RecipientInfos: all have a two-byte length here. */
    for (size_t i = 0; i + 3 < good.len && i < 40; i++) {
        if (good.data[i] != 0x82) {
            continue;
        }
        buf_reset(&bad);
        cr_assert_eq(buf_append(&bad, bytes_of(good.data, i)), SH_OK);
        cr_assert_eq(buf_append(&bad, DER(0x83, 0x00)), SH_OK);
        cr_assert_eq(buf_append(&bad, bytes_of(good.data + i + 1, good.len - i - 1)), SH_OK);
        sealed_is_refused(bytes_buf(&bad), "a length of three octets");
    }
    sealed_is_refused(bytes_of(NULL, 0), "nothing");
    sealed_is_refused(bytes_str("not a message"), "text");
}

Test(crypto_cms_gate_sealed, no_shortened_sealed_message_passes)
{
    struct sealed_parts parts;
    make_sealed(&parts);
    for (size_t len = 0; len < good.len; len++) {
        sealed_is_refused(bytes_of(good.data, len), "cut");
    }
}

static void put_head(uint8_t **at, uint8_t tag, size_t len)
{
    const uint8_t head[] = {
        tag, 0x84, (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(*at, head, sizeof head);
    *at += sizeof head;
}

static void put_bytes(uint8_t **at, struct bytes bytes)
{
    memcpy(*at, bytes.data, bytes.len);
    *at += bytes.len;
}

/* A well-formed message around `len` zero bytes of content; only its ends are ever touched. */
static struct bytes make_huge(const struct sealed_parts *p, size_t len, uint8_t *space)
{
    static const uint8_t type[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
    const size_t head = 6;
    struct bytes recipients = bytes_of(p->version.data + 3, 4 + p->recipients.len);
    /* contentType and the whole algorithm stand between the recipients and the content. */
    struct bytes algorithm =
        bytes_of(p->content_type.data, (size_t)(p->content.data - p->content_type.data));
    size_t info = algorithm.len + head + len;
    size_t data = p->version.len + recipients.len + head + info + p->tag.len;
    uint8_t *at = space;
    put_head(&at, DER_SEQUENCE, sizeof type + head + head + data);
    put_bytes(&at, bytes_of(type, sizeof type));
    put_head(&at, DER_CONTEXT_0, head + data);
    put_head(&at, DER_SEQUENCE, data);
    put_bytes(&at, p->version);
    put_bytes(&at, recipients);
    put_head(&at, DER_SEQUENCE, info);
    put_bytes(&at, algorithm);
    put_head(&at, DER_CONTEXT_0_PRIMITIVE, len);
    at += len;
    put_bytes(&at, p->tag);
    return bytes_of(space, (size_t)(at - space));
}

Test(crypto_cms_gate_sealed, a_message_of_100_mib_passes_and_one_byte_more_does_not)
{
    struct sealed_parts parts;
    size_t entries = 0;
    make_sealed(&parts);
    SH_DEFER(sh_freep) uint8_t *space = calloc(1, SH_MESSAGE_BYTES_MAX + SH_KIB);
    cr_assert_not_null(space);
    struct bytes first = make_huge(&parts, SH_MESSAGE_BYTES_MAX - SH_KIB, space);
    size_t room = SH_KIB - (first.len - (SH_MESSAGE_BYTES_MAX - SH_KIB));
    struct bytes most = make_huge(&parts, SH_MESSAGE_BYTES_MAX - SH_KIB + room, space);
    cr_assert_eq(most.len, SH_MESSAGE_BYTES_MAX);
    cr_assert_eq(cms_gate_sealed(most, &entries, NULL), SH_OK);
    sealed_is_refused(make_huge(&parts, SH_MESSAGE_BYTES_MAX - SH_KIB + room + 1, space),
                      "one byte more");
}
