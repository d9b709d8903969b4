/* The other implementation: what the stock `openssl` command makes of our messages, and we of its.
 */
#include "base/files.h"
#include "fixture.h"
#include "support/forge.h"
#include "support/temp.h"

#include <stdarg.h>

static struct fixture f;
static struct temp_dir dir;

static const struct pki_seat *lead(void)
{
    return &f.pki.seats[LEAD];
}

static const char *path(const char *name)
{
    static char text[8][PATH_MAX + 32];
    static unsigned next;
    char *out = text[next++ % 8];
    (void)snprintf(out, sizeof text[0], "%s/%s", dir.path, name);
    return out;
}

static void put(const char *name, struct bytes content)
{
    struct sh_why why = {{0}};
    cr_assert_eq(file_write_atomic(path(name), content, 0600, &why), SH_OK, "%s", why.text);
}

static void get(const char *name, struct buf *out)
{
    struct sh_why why = {{0}};
    cr_assert_eq(file_read(path(name), out, &why), SH_OK, "%s", why.text);
}

/* Runs in the folder; true if it exits 0. */
static bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run(const char *format, ...)
{
    char command[2048], whole[4096 + PATH_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    (void)snprintf(whole, sizeof whole, "cd '%s' && %s >log 2>&1", dir.path, command);
    return system(whole) == 0;
}

static void put_cert(const char *name, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    cr_assert_eq(certificate_to_pem(cert, &pem), SH_OK);
    put(name, bytes_buf(&pem));
}

static void put_key(const char *name, const struct key *key)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    SH_DEFER(secret_wipe) struct secret pass = {0};
    cr_assert_eq(secret_copy(bytes_str("open sesame"), &pass), SH_OK);
    cr_assert_eq(key_to_pem(key, &pass, 1, &pem), SH_OK);
    put(name, bytes_buf(&pem));
}

static void put_chain(const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    cr_assert_eq(trust_chain_pem(f.trust, cert, &pem), SH_OK);
    put("chain.pem", bytes_buf(&pem));
}

static void set_up(void)
{
    fixture_make(&f);
    temp_dir_make(&dir);
    put_cert("sign.pem", lead()->sign_cert);
    put_cert("seal.pem", lead()->seal_cert);
    put_key("sign.key", lead()->sign);
    put_key("seal.key", lead()->seal);
    put_chain(lead()->sign_cert);
    put("text", bytes_str("what was said"));
}

static void tear_down(void)
{
    temp_dir_remove(&dir);
    fixture_free(&f);
}

TestSuite(crypto_openssl, .init = set_up, .fini = tear_down);

static void expect_file(const char *name, const char *text)
{
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_MIB);
    get(name, &content);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_str(text)));
}

#define PKI_NOW_S (PKI_NOW_MS / 1000)

#define CMS_VERIFY                                                                                 \
    "openssl cms -verify -binary -inform DER -in message.p7s -CAfile chain.pem -crl_check_all "    \
    "-attime %lld -out content"

Test(crypto_openssl, the_command_verifies_what_we_sign_with_chain_and_lists)
{
    SH_DEFER(buf_wipe) struct buf message = BUF_INIT(SH_MIB);
    cr_assert_eq(cms_sign(lead()->sign, lead()->sign_cert, bytes_str("what was said"), f.pki.now_ms,
                          &message),
                 SH_OK);
    put("message.p7s", bytes_buf(&message));
    cr_assert(run(CMS_VERIFY, (long long)PKI_NOW_S));
    expect_file("content", "what was said");
    cr_assert(!run(CMS_VERIFY, (long long)PKI_NOW_S + 3LL * 365 * 86400), "long after");
    message.data[message.len - 1] ^= 1;
    put("message.p7s", bytes_buf(&message));
    cr_assert(!run(CMS_VERIFY, (long long)PKI_NOW_S), "altered");
}

#define VERIFY "openssl verify -CAfile chain.pem -crl_check_all -attime %lld -purpose %s %s.pem"

Test(crypto_openssl,
     the_command_takes_sign_certificates_for_smime_and_seal_certificates_for_any_purpose)
{
    cr_assert(run(VERIFY, (long long)PKI_NOW_S, "smimesign", "sign"));
    cr_assert(run(VERIFY, (long long)PKI_NOW_S, "any", "seal"));
    cr_assert(!run(VERIFY, (long long)PKI_NOW_S, "smimeencrypt", "seal"),
              "why our own profile check is needed");
    SH_DEFER(certificate_free)
    struct certificate *forged =
        pki_certificate(pki_authority(&f.pki, "police"), PROFILE_SIGN, "dsl@999001.school",
                        lead()->sign, lead()->curve_public, f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    put_chain(forged);
    put_cert("forged.pem", forged);
    cr_assert(!run(VERIFY, (long long)PKI_NOW_S, "any", "forged"), "name constraint");
}

Test(crypto_openssl, the_command_opens_what_we_seal)
{
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(SH_MIB);
    const struct certificate *certs[] = {lead()->seal_cert, f.pki.seats[POLICE].seal_cert};
    cr_assert_eq(cms_seal(bytes_str("what was said"), certs, 2, &sealed), SH_OK);
    put("message.p7m", bytes_buf(&sealed));
    const char *decrypt =
        "openssl cms -decrypt -binary -inform DER -in message.p7m -recip seal.pem "
        "-inkey seal.key -passin 'pass:open sesame' -out content";
    cr_assert(run("%s", decrypt));
    expect_file("content", "what was said");
    put_cert("seal.pem", f.pki.seats[DEPUTY].seal_cert);
    put_key("seal.key", f.pki.seats[DEPUTY].seal);
    cr_assert(!run("%s", decrypt), "not a recipient");
}

static sh_err unseal_file(const char *name, struct buf *plain)
{
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(SH_MIB);
    get(name, &sealed);
    return cms_unseal(bytes_buf(&sealed), lead()->seal, lead()->seal_cert, plain);
}

#define ENCRYPT                                                                                    \
    "openssl cms -encrypt -binary -in text -outform DER -out message.p7m %s -recip seal.pem %s"

Test(crypto_openssl, we_open_what_the_command_seals_in_our_profile_only)
{
    SH_DEFER(buf_wipe) struct buf plain = BUF_INIT(SH_MIB);
    cr_assert(run(ENCRYPT, "-aes-256-gcm -keyid", "-keyopt ecdh_kdf_md:sha256"));
    cr_assert_eq(unseal_file("message.p7m", &plain), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&plain), bytes_str("what was said")));
    buf_reset(&plain);
    cr_assert(run(ENCRYPT, "-aes-256-gcm -keyid", ""));
    cr_assert_eq(unseal_file("message.p7m", &plain), SH_E_CMS_PROFILE, "SHA-1 by default");
    cr_assert(run(ENCRYPT, "-aes-256-gcm", "-keyopt ecdh_kdf_md:sha256"));
    cr_assert_eq(unseal_file("message.p7m", &plain), SH_E_CMS_PROFILE, "issuer and serial");
    cr_assert(run(ENCRYPT, "-aes-256-cbc -keyid", "-keyopt ecdh_kdf_md:sha256"));
    cr_assert_eq(unseal_file("message.p7m", &plain), SH_E_CMS_PROFILE, "CBC");
    cr_assert(run(ENCRYPT, "-aes-256-gcm -stream -indef -keyid", "-keyopt ecdh_kdf_md:sha256"));
    cr_assert_eq(unseal_file("message.p7m", &plain), SH_E_CMS_PROFILE, "BER");
    cr_assert_eq(plain.len, 0);
}

static sh_err verify_file(const char *name, struct buf *content)
{
    SH_DEFER(buf_wipe) struct buf message = BUF_INIT(SH_MIB);
    get(name, &message);
    return cms_verify(bytes_buf(&message), lead()->sign_cert, content);
}

#define SIGN                                                                                       \
    "openssl cms -sign -binary -nodetach -in text -outform DER -out message.p7s -signer sign.pem " \
    "-inkey sign.key -passin 'pass:open sesame' -econtent_type %s -md %s %s"

Test(crypto_openssl, we_verify_what_the_command_signs_in_our_profile_only)
{
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_MIB);
    cr_assert(run(SIGN, CMS_CONTENT_OID, "sha256", "-cades -nosmimecap"));
    cr_assert_eq(verify_file("message.p7s", &content), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_str("what was said")));
    buf_reset(&content);
    static const char *const bad[][3] = {
        {"1.2.3.4", "sha256", "-cades -nosmimecap"},
        {CMS_CONTENT_OID, "sha1", "-cades -nosmimecap"},
        {CMS_CONTENT_OID, "sha384", "-cades -nosmimecap"},
        {CMS_CONTENT_OID, "sha256", "-cades"},
        {CMS_CONTENT_OID, "sha256", "-nosmimecap"},
        {CMS_CONTENT_OID, "sha256", "-cades -nosmimecap -keyid"},
        {CMS_CONTENT_OID, "sha256", "-noattr"},
        {CMS_CONTENT_OID, "sha256", "-cades -nosmimecap -nocerts"},
        {CMS_CONTENT_OID, "sha256", "-cades -nosmimecap -certfile chain.pem"},
        {CMS_CONTENT_OID, "sha256", "-cades -nosmimecap -stream -indef"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert(run(SIGN, bad[i][0], bad[i][1], bad[i][2]), "case %zu", i);
        cr_assert_eq(verify_file("message.p7s", &content), SH_E_CMS_PROFILE, "case %zu", i);
        cr_assert_eq(content.len, 0);
    }
}

Test(crypto_openssl, key_files_open_in_the_command_and_back)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    SH_DEFER(secret_wipe) struct secret pass = {0};
    SH_DEFER(key_free) struct key *key = NULL;
    cr_assert(run("openssl pkey -in sign.key -passin 'pass:open sesame' -check -noout"));
    cr_assert(!run("openssl pkey -in sign.key -passin 'pass:open simsim' -noout"));
    cr_assert(
        run("openssl pkcs8 -topk8 -scrypt -v2 aes-256-cbc -in sign.key -passin 'pass:open sesame' "
            "-passout pass:other -out again.key"));
    get("again.key", &pem);
    cr_assert_eq(secret_copy(bytes_str("other"), &pass), SH_OK);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &key), SH_OK);
    cr_assert_eq(EVP_PKEY_eq(key_evp(key), key_evp(lead()->sign)), 1);
    cr_assert(run("openssl pkcs8 -topk8 -scrypt -scrypt_N 1024 -v2 aes-256-cbc -in sign.key "
                  "-passin 'pass:open sesame' -passout pass:other -out again.key"));
    buf_reset(&pem);
    get("again.key", &pem);
    SH_DEFER(key_free) struct key *weak = NULL;
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &weak), SH_E_FORMAT,
                 "another cost than ours");
    cr_assert_null(weak);
}
