/* The gate in front of OpenSSL's CMS code: a reader that knows our one profile of RFC 5652 and RFC
 * 5083 and nothing else. It runs on bytes from anybody, allocates nothing, holds no key, and says
 * no to whatever it does not expect; so an algorithm, attribute or encoding that this profile does
 * not name has no path to the code behind it. It does not verify anything. */
#include "crypto/cms_gate.h"

#include "base/limits.h"
#include "crypto/der.h"

#define ENTRIES_MAX   (SH_SEATS_MAX + SH_DESKS_MAX)
#define KEYID_BYTES   20
#define POINT_BYTES   64
#define WRAPPED_BYTES 40
#define NONCE_BYTES   12
#define TAG_BYTES     16

static const uint8_t oid_auth_enveloped_data[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                  0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
static const uint8_t version_0[] = {0x02, 0x01, 0x00};

/* clang-format off: one line, one element */

/* One recipient, 182 bytes (RFC 5753), in three fixed pieces with the ephemeral key, the
 * recipient's name and the wrapped key behind one each. */
static const uint8_t recipient_head[] = {
    0xa1, 0x81, 0xb3,       /* [1] KeyAgreeRecipientInfo */
    0x02, 0x01, 0x03,       /* version 3 */
    0xa0, 0x51, 0xa1, 0x4f, /* originator, originatorKey */
    0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
    0x03, 0x42, 0x00, 0x04,                                           /* an uncompressed point */
};
static const uint8_t recipient_algorithm[] = {
    0x30, 0x15, 0x06, 0x06,        0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01, /* dhSinglePass-stdDH-sha256kdf-scheme
                                                                        */
    0x30, 0x0b, 0x06, 0x09,        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x01, 0x2d,                    /* id-aes256-wrap */
    0x30, 0x44, 0x30, 0x42,        /* one RecipientEncryptedKey */
    0xa0, 0x16, 0x04, KEYID_BYTES, /* rKeyId, subjectKeyIdentifier */
};
static const uint8_t recipient_wrapped[] = {0x04, WRAPPED_BYTES};
#define RECIPIENT_BYTES                                                                            \
    (sizeof recipient_head + POINT_BYTES + sizeof recipient_algorithm + KEYID_BYTES +              \
     sizeof recipient_wrapped + WRAPPED_BYTES)

/* AuthEncryptedContentInfo up to its nonce, and from there to its content (RFC 5084). */
static const uint8_t sealed_algorithm[] = {
    0x06, 0x09, 0x2a, 0x86,        0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, /* id-data */
    0x30, 0x1e, 0x06, 0x09,        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x01, 0x2e,                    /* id-aes256-GCM */
    0x30, 0x11, 0x04, NONCE_BYTES, /* GCMParameters */
};
static const uint8_t sealed_tag_len[] = {0x02, 0x01, TAG_BYTES};

/* clang-format on */

sh_err cms_gate_refuse(struct sh_why *why, const char *what)
{
    return sh_fail(why, SH_E_CMS_PROFILE, "cryptographic message: %s", what);
}

/* Steps over so many bytes that may have any value. */
static sh_err skip(struct bytes *in, size_t len)
{
    SH_CHECK(in->len >= len, SH_E_FORMAT);
    *in = bytes_of(in->data + len, in->len - len);
    return SH_OK;
}

sh_err cms_gate_open(struct bytes in, struct bytes type, struct bytes *out)
{
    struct bytes info, wrapped, inner;
    SH_TRY(der_take(&in, DER_SEQUENCE, &info));
    SH_TRY(der_end(in));
    SH_TRY(der_take_exact(&info, type));
    SH_TRY(der_take(&info, DER_CONTEXT_0, &wrapped));
    SH_TRY(der_end(info));
    SH_TRY(der_take(&wrapped, DER_SEQUENCE, &inner));
    SH_TRY(der_end(wrapped));
    *out = inner;
    return SH_OK;
}

static sh_err take_recipient(struct bytes *in)
{
    SH_TRY(der_take_exact(in, DER_FIXED(recipient_head)));
    SH_TRY(skip(in, POINT_BYTES));
    SH_TRY(der_take_exact(in, DER_FIXED(recipient_algorithm)));
    SH_TRY(skip(in, KEYID_BYTES));
    SH_TRY(der_take_exact(in, DER_FIXED(recipient_wrapped)));
    return skip(in, WRAPPED_BYTES);
}

/* RecipientInfos. DER sorts a SET OF; entries of one length sort as their bytes do. */
static sh_err read_recipients(struct bytes *in, size_t *out_entries, struct sh_why *why)
{
    struct bytes set;
    if (der_take(in, DER_SET, &set) != SH_OK || set.len == 0 || set.len % RECIPIENT_BYTES != 0) {
        return cms_gate_refuse(why, "the recipients are not a set of key agreements");
    }
    size_t entries = set.len / RECIPIENT_BYTES;
    if (entries > ENTRIES_MAX) {
        return cms_gate_refuse(why, "too many recipients");
    }
    const uint8_t *before = NULL;
    while (set.len > 0) {
        const uint8_t *entry = set.data;
        if (take_recipient(&set) != SH_OK) {
            return cms_gate_refuse(why,
                                   "a recipient is not stdDH-sha256kdf with aes256-wrap on P-256");
        }
        if (before && memcmp(before, entry, RECIPIENT_BYTES) >= 0) {
            return cms_gate_refuse(why, "the recipients are not in order");
        }
        before = entry;
    }
    *out_entries = entries;
    return SH_OK;
}

static sh_err take_sealed_content(struct bytes *in)
{
    struct bytes info, content;
    SH_TRY(der_take(in, DER_SEQUENCE, &info));
    SH_TRY(der_take_exact(&info, DER_FIXED(sealed_algorithm)));
    SH_TRY(skip(&info, NONCE_BYTES));
    SH_TRY(der_take_exact(&info, DER_FIXED(sealed_tag_len)));
    SH_TRY(der_take(&info, DER_CONTEXT_0_PRIMITIVE, &content));
    return der_end(info);
}

sh_err cms_gate_sealed(struct bytes sealed, size_t *out_entries, struct sh_why *why)
{
    struct bytes in, tag;
    size_t entries = 0;
    if (sealed.len > SH_MESSAGE_BYTES_MAX ||
        cms_gate_open(sealed, DER_FIXED(oid_auth_enveloped_data), &in) != SH_OK ||
        der_take_exact(&in, DER_FIXED(version_0)) != SH_OK) {
        return cms_gate_refuse(why, "not AuthEnvelopedData in DER");
    }
    SH_TRY(read_recipients(&in, &entries, why));
    if (take_sealed_content(&in) != SH_OK) {
        return cms_gate_refuse(why, "not AES-256-GCM with a nonce of 12 and a tag of 16 bytes");
    }
    if (der_take(&in, DER_OCTET_STRING, &tag) != SH_OK || tag.len != TAG_BYTES || in.len != 0) {
        return cms_gate_refuse(why, "attributes, or a tag that is not 16 bytes");
    }
    *out_entries = entries;
    return SH_OK;
}
