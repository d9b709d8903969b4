/* The gate in front of signed messages: one profile of RFC 5652, read byte by byte. What it does
 * not expect has no way to the code behind it. Like cms_gate.c it allocates nothing, holds no key
 * and verifies nothing. */
#include "base/limits.h"
#include "crypto/cms_gate.h"
#include "crypto/der.h"

#define ATTRIBUTE_COUNT 4

static const uint8_t oid_signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x07, 0x02};
/* CMS_CONTENT_OID; a test holds the two against each other. */
static const uint8_t oid_content[] = {0x06, 0x13, 0x69, 0xc3, 0xbb, 0xfb, 0xae,
                                      0xc9, 0xaf, 0xaa, 0x9f, 0xd7, 0xa2, 0xb7,
                                      0x81, 0xe4, 0xe6, 0xed, 0x99, 0xed, 0x34};

static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t version_3[] = {0x02, 0x01, 0x03};

/* AlgorithmIdentifiers whole, parameters absent: RFC 5754 for SHA-256, RFC 5758 for ECDSA. */
static const uint8_t algorithm_sha256[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                           0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
static const uint8_t algorithm_ecdsa_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

static const uint8_t oid_content_type[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                           0xf7, 0x0d, 0x01, 0x09, 0x03};
static const uint8_t oid_message_digest[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                             0xf7, 0x0d, 0x01, 0x09, 0x04};
static const uint8_t oid_signing_time[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                           0xf7, 0x0d, 0x01, 0x09, 0x05};
static const uint8_t oid_signing_certificate_v2[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                     0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f};

static sh_err take_content(struct bytes *in, struct bytes *out)
{
    struct bytes info, wrapped;
    SH_TRY(der_take(in, DER_SEQUENCE, &info));
    SH_TRY(der_take_exact(&info, DER_FIXED(oid_content)));
    SH_TRY(der_take(&info, DER_CONTEXT_0, &wrapped));
    SH_TRY(der_end(info));
    SH_TRY(der_take(&wrapped, DER_OCTET_STRING, out));
    return der_end(wrapped);
}

/* CertificateSet with one X.509 certificate. The choices that are not X.509 have context tags. */
static sh_err take_certificate(struct bytes *in, struct bytes *out)
{
    struct bytes set, value;
    SH_TRY(der_take(in, DER_CONTEXT_0, &set));
    SH_CHECK(set.len > 0 && set.data[0] == DER_SEQUENCE, SH_E_FORMAT);
    SH_TRY(der_take_any(&set, out, &value));
    SH_CHECK(out->len <= SH_CERTIFICATE_BYTES_MAX, SH_E_FORMAT);
    return der_end(set);
}

/* UTCTime until 2049 and GeneralizedTime after it (RFC 5652 section 11.3), in digits with a Z. */
static sh_err check_signing_time(struct bytes in)
{
    struct bytes element, text;
    SH_TRY(der_take_any(&in, &element, &text));
    SH_TRY(der_end(in));
    bool utc = element.data[0] == DER_UTC_TIME && text.len == 13;
    bool generalized = element.data[0] == DER_GENERALIZED_TIME && text.len == 15 &&
                       memcmp(text.data, "2050", 4) >= 0;
    SH_CHECK((utc || generalized) && text.data[text.len - 1] == 'Z', SH_E_FORMAT);
    for (size_t i = 0; i + 1 < text.len; i++) {
        SH_CHECK(text.data[i] >= '0' && text.data[i] <= '9', SH_E_FORMAT);
    }
    return SH_OK;
}

/* SigningCertificateV2 (RFC 5035): one ESSCertIDv2, SHA-256 by default, no policies. Its
 * issuerSerial, which OpenSSL writes, says nothing that the hash does not; it needs only to be DER.
 */
static sh_err read_signing_certificate(struct bytes in, struct bytes *out_hash)
{
    struct bytes attribute, list, id, serial, value;
    SH_TRY(der_take(&in, DER_SEQUENCE, &attribute));
    SH_TRY(der_end(in));
    SH_TRY(der_take(&attribute, DER_SEQUENCE, &list));
    SH_TRY(der_end(attribute));
    SH_TRY(der_take(&list, DER_SEQUENCE, &id));
    SH_TRY(der_end(list));
    SH_TRY(der_take(&id, DER_OCTET_STRING, out_hash));
    SH_CHECK(out_hash->len == SH_HASH_BYTES, SH_E_FORMAT);
    SH_CHECK(id.len > 0 && id.data[0] == DER_SEQUENCE, SH_E_FORMAT);
    SH_TRY(der_take_any(&id, &serial, &value));
    SH_TRY(der_check_deep(serial));
    return der_end(id);
}

static sh_err check_message_digest(struct bytes in)
{
    struct bytes digest;
    SH_TRY(der_take(&in, DER_OCTET_STRING, &digest));
    SH_CHECK(digest.len == SH_HASH_BYTES, SH_E_FORMAT);
    return der_end(in);
}

static sh_err check_content_type(struct bytes in)
{
    SH_TRY(der_take_exact(&in, DER_FIXED(oid_content)));
    return der_end(in);
}

/* One Attribute with one value. *seen: a bit for each of the four, so that none comes twice. */
static sh_err read_attribute(struct bytes in, struct cms_signed_view *view, unsigned *seen)
{
    struct bytes value;
    struct bytes oid = in;
    SH_TRY(der_take(&in, DER_OID, &value));
    oid.len -= in.len;
    SH_TRY(der_take(&in, DER_SET, &value));
    SH_TRY(der_end(in));
    unsigned bit = 0;
    if (bytes_equal(oid, DER_FIXED(oid_content_type))) {
        SH_TRY(check_content_type(value));
        bit = 1;
    } else if (bytes_equal(oid, DER_FIXED(oid_message_digest))) {
        SH_TRY(check_message_digest(value));
        bit = 2;
    } else if (bytes_equal(oid, DER_FIXED(oid_signing_time))) {
        SH_TRY(check_signing_time(value));
        bit = 4;
    } else if (bytes_equal(oid, DER_FIXED(oid_signing_certificate_v2))) {
        SH_TRY(read_signing_certificate(value, &view->certificate_hash));
        bit = 8;
    }
    SH_CHECK(bit && !(*seen & bit), SH_E_FORMAT);
    *seen |= bit;
    return SH_OK;
}

static sh_err read_attributes(struct bytes in, struct cms_signed_view *view, struct sh_why *why)
{
    unsigned seen = 0;
    struct bytes before = {0};
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        struct bytes element, value;
        if (in.len == 0 || in.data[0] != DER_SEQUENCE ||
            der_take_any(&in, &element, &value) != SH_OK ||
            read_attribute(value, view, &seen) != SH_OK) {
            return cms_gate_refuse(why, "signed attributes other than the four");
        }
        if (before.data && bytes_compare(before, element) >= 0) {
            return cms_gate_refuse(why, "the signed attributes are not in order");
        }
        before = element;
    }
    return in.len == 0 ? SH_OK : cms_gate_refuse(why, "more than four signed attributes");
}

/* issuerAndSerialNumber. Whether it names the embedded certificate, cms_sign.c finds out. */
static sh_err take_signer_name(struct bytes *in, struct bytes *out)
{
    struct bytes name, issuer, value;
    SH_TRY(der_take(in, DER_SEQUENCE, &name));
    *out = name;
    SH_CHECK(name.len > 0 && name.data[0] == DER_SEQUENCE, SH_E_FORMAT);
    SH_TRY(der_take_any(&name, &issuer, &value));
    SH_TRY(der_check_deep(issuer));
    SH_TRY(der_take_positive(&name, 20));
    return der_end(name);
}

static sh_err take_signature(struct bytes *in)
{
    struct bytes signature;
    SH_TRY(der_take_exact(in, DER_FIXED(algorithm_ecdsa_sha256)));
    SH_TRY(der_take(in, DER_OCTET_STRING, &signature));
    SH_TRY(der_check_ecdsa_p256(signature));
    return der_end(*in);
}

static sh_err read_signer(struct bytes in, struct cms_signed_view *view, struct sh_why *why)
{
    struct bytes signer, attributes;
    if (der_take(&in, DER_SEQUENCE, &signer) != SH_OK || in.len != 0) {
        return cms_gate_refuse(why, "not exactly one signer");
    }
    if (der_take_exact(&signer, DER_FIXED(version_1)) != SH_OK ||
        take_signer_name(&signer, &view->signer_name) != SH_OK) {
        return cms_gate_refuse(why, "the signer is not named by issuer and serial");
    }
    if (der_take_exact(&signer, DER_FIXED(algorithm_sha256)) != SH_OK) {
        return cms_gate_refuse(why, "the signer's digest is not SHA-256");
    }
    if (der_take(&signer, DER_CONTEXT_0, &attributes) != SH_OK) {
        return cms_gate_refuse(why, "no signed attributes");
    }
    SH_TRY(read_attributes(attributes, view, why));
    if (take_signature(&signer) != SH_OK) {
        return cms_gate_refuse(
            why, "the signature is not ECDSA with SHA-256, or unsigned attributes follow it");
    }
    return SH_OK;
}

sh_err cms_gate_signed_view(struct bytes signed_data, struct cms_signed_view *out,
                            struct sh_why *why)
{
    struct bytes in, digests, signers;
    struct cms_signed_view view = {0};
    if (signed_data.len > SH_MESSAGE_BYTES_MAX ||
        cms_gate_open(signed_data, DER_FIXED(oid_signed_data), &in) != SH_OK ||
        der_take_exact(&in, DER_FIXED(version_3)) != SH_OK) {
        return cms_gate_refuse(why, "not SignedData in DER");
    }
    if (der_take(&in, DER_SET, &digests) != SH_OK ||
        !bytes_equal(digests, DER_FIXED(algorithm_sha256))) {
        return cms_gate_refuse(why, "a digest other than SHA-256");
    }
    if (take_content(&in, &view.content) != SH_OK) {
        return cms_gate_refuse(why, "no content, or content of another type");
    }
    if (take_certificate(&in, &view.certificate) != SH_OK) {
        return cms_gate_refuse(why, "not exactly one certificate");
    }
    if (der_take(&in, DER_SET, &signers) != SH_OK || in.len != 0) {
        return cms_gate_refuse(why, "lists of revoked certificates, or no signers");
    }
    SH_TRY(read_signer(signers, &view, why));
    *out = view;
    return SH_OK;
}

sh_err cms_gate_signed(struct bytes signed_data, struct sh_why *why)
{
    struct cms_signed_view view;
    return cms_gate_signed_view(signed_data, &view, why);
}
