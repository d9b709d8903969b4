/* Messages and certificates that nobody should accept, made by taking good ones apart and putting
 * them together differently; and messages that other programs would make, with OpenSSL's own
 * functions. */
#pragma once

#include "crypto/cms.h"
#include "crypto/ossl.h"
#include "support/pki.h"

/* One element around the parts, in DER. Aborts the test on failure, as everything here does.
 * Appends. */
void forge_wrap(uint8_t tag, const struct bytes *parts, size_t parts_len, struct buf *out);

/* AuthEnvelopedData in its pieces, each a whole element unless it says otherwise. */
struct sealed_parts {
    struct bytes version;
    struct bytes originator_info; /* empty: none */
    struct bytes recipients;      /* the inside of the SET */
    struct bytes content_type, algorithm;
    struct bytes nonce, icv_len; /* elements, inside algorithm's parameters */
    struct bytes content;        /* element */
    struct bytes auth_attributes;
    struct bytes tag;
    struct bytes unauth_attributes;
    struct bytes behind; /* after the whole message */
};
#define FORGE_RECIPIENT_BYTES 182
void forge_sealed_open(struct bytes sealed, struct sealed_parts *out);
void forge_sealed_close(const struct sealed_parts *parts, struct buf *out);

/* SignedData likewise. */
struct signed_parts {
    struct bytes version, digests;
    struct bytes content_type, content; /* content: inside of the [0] */
    struct bytes certificates;          /* inside of the [0] */
    struct bytes crls;                  /* whole [1], or empty */
    struct bytes signer_version, signer_name, signer_digest;
    struct bytes attributes; /* inside of the [0] */
    struct bytes signature_algorithm, signature;
    struct bytes unsigned_attributes; /* whole [1], or empty */
    struct bytes second_signer;       /* a whole SignerInfo, or empty */
    struct bytes after_signers;       /* inside SignedData */
    struct bytes behind;
};
void forge_signed_open(struct bytes signed_data, struct signed_parts *out);
void forge_signed_close(const struct signed_parts *parts, struct buf *out);

/* A SignedData by OpenSSL as somebody else would ask for it. */
struct forge_sign {
    const struct pki_seat *seat;
    const struct pki_seat *second; /* NULL: one signer */
    const EVP_MD *digest;
    const char *content_type;        /* NULL: id-data */
    unsigned flags;                  /* CMS_NOATTR, CMS_USE_KEYID, ... */
    bool keep_defaults;              /* S/MIME capabilities stay, no signingCertificateV2 */
    const struct bytes *crl;         /* embedded */
    const struct certificate *extra; /* a second certificate */
    bool unsigned_attribute;
};
void forge_sign(const struct forge_sign *wish, struct bytes content, struct buf *out);
/* True if OpenSSL alone, given the signer's certificate, would take the message for good. */
bool forge_openssl_verifies(struct bytes signed_data, const struct certificate *signer);
/* The same for opening. Appends what it gave out. */
bool forge_openssl_decrypts(struct bytes sealed, const struct pki_seat *seat, struct buf *out);
/* A message in another container or with another way to name or wrap keys. */
struct forge_seal {
    const struct pki_seat *seat;
    const EVP_CIPHER *cipher;
    bool by_issuer; /* recipient named by issuer and serial */
    const EVP_MD *kdf;
    const EVP_CIPHER *wrap; /* NULL: OpenSSL's choice */
    bool password;          /* a PasswordRecipientInfo instead */
    bool key_wrap;          /* a KEKRecipientInfo instead */
};
void forge_seal(const struct forge_seal *wish, struct bytes plain, struct buf *out);

/* A copy of the certificate with one thing different, signed anew by the issuer's key. */
typedef void (*forge_change)(X509 *x509, const void *how);
struct bytes forge_certificate(const struct certificate *cert, const struct key *issuer,
                               forge_change change, const void *how, struct buf *out);
