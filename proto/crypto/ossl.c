/* The few things that every file here does with libcrypto: algorithms fetched once, error queue,
 * times, memory BIOs. Knows nothing of keys, certificates or messages. */
#include "crypto/ossl.h"

#include <limits.h>
#include <openssl/err.h>
#include <pthread.h>
#include <time.h>

/* An implicit fetch (EVP_sha256) takes a lock and a hash lookup at each use; these two are needed
 * some five times for each message. Written once, under pthread_once, and constant from then on. */
static struct {
    EVP_MD *sha256;
    EVP_MAC *hmac;
} fetched;
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void fetch_all(void)
{
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

const EVP_MD *ossl_sha256(void)
{
    (void)pthread_once(&fetched_once, fetch_all);
    return fetched.sha256;
}

EVP_MAC *ossl_hmac(void)
{
    (void)pthread_once(&fetched_once, fetch_all);
    return fetched.hmac;
}

sh_err ossl_fail(sh_err code)
{
    ERR_clear_error();
    return code;
}

sh_err ossl_time_ms(const ASN1_TIME *time, int64_t *out_ms)
{
    SH_CHECK(time && ASN1_TIME_check(time) == 1, ossl_fail(SH_E_FORMAT));
    int type = ASN1_STRING_type(time);
    int len = ASN1_STRING_length(time);
    const unsigned char *text = ASN1_STRING_get0_data(time);
    /* Seconds and Z are required, fractions and offsets forbidden; X509_cmp_time() holds the same
     * view. */
    SH_CHECK((type == V_ASN1_UTCTIME && len == 13) || (type == V_ASN1_GENERALIZEDTIME && len == 15),
             SH_E_FORMAT);
    SH_CHECK(text[len - 1] == 'Z', SH_E_FORMAT);
    struct tm tm;
    SH_CHECK(ASN1_TIME_to_tm(time, &tm) == 1, ossl_fail(SH_E_FORMAT));
    *out_ms = (int64_t)timegm(&tm) * 1000;
    return SH_OK;
}

sh_err ossl_reader(struct bytes in, BIO **out)
{
    SH_CHECK(in.len <= INT_MAX, SH_E_TOO_BIG);
    /* A NULL buffer would be an error for OpenSSL, but an empty text is none for us. */
    BIO *reader = BIO_new_mem_buf(in.len ? (const void *)in.data : "", (int)in.len);
    SH_CHECK(reader, ossl_fail(SH_E_NOMEM));
    *out = reader;
    return SH_OK;
}

sh_err ossl_drain(BIO *memory, struct buf *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(memory, &data);
    SH_CHECK(len >= 0, ossl_fail(SH_E_CRYPTO));
    return buf_append(out, bytes_of(data, (size_t)len));
}
