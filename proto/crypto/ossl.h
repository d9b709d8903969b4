/* OpenSSL handles, wrapped once, for crypto/ and certs/ alone: destructors for SH_DEFER, algorithms fetched once,
 * and the handle inside a struct key or certificate. Nothing else in the tree includes this. */
#pragma once

#include "base/cleanup.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
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

/* Borrows: the handle stays the key's or certificate's. */
EVP_PKEY *key_evp(const struct key *key);
X509 *certificate_x509(const struct certificate *cert);
/* Takes *evp_p on success. SH_E_FORMAT for a type that is none of ours. */
SH_MUST_USE sh_err key_from_evp(EVP_PKEY **evp_p, struct key **out);
