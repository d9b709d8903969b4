/* OpenSSL handles, wrapped once, for crypto/ and certs/ alone: destructors for SH_DEFER, algorithms
 * fetched once, and the handle inside a struct key or certificate. Nothing else in the tree
 * includes this. */
#pragma once

#include "base/cleanup.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

SH_DEFINE_FREEP(BIO, BIO_free_all)
SH_DEFINE_FREEP(EVP_PKEY, EVP_PKEY_free)
SH_DEFINE_FREEP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
SH_DEFINE_FREEP(EVP_MD_CTX, EVP_MD_CTX_free)
SH_DEFINE_FREEP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
SH_DEFINE_FREEP(X509, X509_free)
SH_DEFINE_FREEP(X509_REQ, X509_REQ_free)
SH_DEFINE_FREEP(X509_CRL, X509_CRL_free)
SH_DEFINE_FREEP(X509_STORE, X509_STORE_free)
SH_DEFINE_FREEP(X509_STORE_CTX, X509_STORE_CTX_free)
SH_DEFINE_FREEP(X509_EXTENSION, X509_EXTENSION_free)
SH_DEFINE_FREEP(GENERAL_NAMES, GENERAL_NAMES_free)
SH_DEFINE_FREEP(ASN1_OBJECT, ASN1_OBJECT_free)
SH_DEFINE_FREEP(ASN1_INTEGER, ASN1_INTEGER_free)
SH_DEFINE_FREEP(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
SH_DEFINE_FREEP(ASN1_TIME, ASN1_TIME_free)
SH_DEFINE_FREEP(BIGNUM, BN_free)
SH_DEFINE_FREEP(CMS_ContentInfo, CMS_ContentInfo_free)

/* Fetched once and kept for the life of the program; NULL only if the library is broken. Any
 * thread. */
const EVP_MD *ossl_sha256(void);
EVP_MAC *ossl_hmac(void);

/* Empties this thread's error queue and returns `code`, so that one failure never colours the next:
 * SH_CHECK(EVP_x(...) == 1, ossl_fail(SH_E_CRYPTO)). */
sh_err ossl_fail(sh_err code);
/* UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 writes them, nothing else. SH_E_FORMAT. */
SH_MUST_USE sh_err ossl_time_ms(const ASN1_TIME *time, int64_t *out_ms);
/* A read-only BIO over `in`, which must outlive it. Gives *out: BIO_free_all(). SH_E_TOO_BIG,
 * SH_E_NOMEM. */
SH_MUST_USE sh_err ossl_reader(struct bytes in, BIO **out);
/* Appends what was written to a memory BIO. SH_E_TOO_BIG, SH_E_NOMEM. */
SH_MUST_USE sh_err ossl_drain(BIO *memory, struct buf *out);

/* Borrows: the handle stays the key's or certificate's. */
EVP_PKEY *key_evp(const struct key *key);
X509 *certificate_x509(const struct certificate *cert);
EVP_PKEY *certificate_evp(const struct certificate *cert);
/* Takes *evp_p on success. SH_E_FORMAT for a type that is none of ours. */
SH_MUST_USE sh_err key_from_evp(EVP_PKEY **evp_p, struct key **out);

/* The one profile that the certificate keeps to. SH_E_BAD_CERTIFICATE if none, with what differs
 * from the last that its keyUsage allows. */
SH_MUST_USE sh_err certificate_claimed_profile(const struct certificate *cert,
                                               enum certificate_profile *out, struct sh_why *why);
