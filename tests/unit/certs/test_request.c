/* proto/crypto/csr.c: requests of ours, and what anyone with openssl could bring instead. */
#include "base/cleanup.h"
#include "base/files.h"
#include "helpers.h"

#include <criterion/criterion.h>

static struct sh_why why;

static sh_err parse_text(const char *text)
{
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {0};
    return csr_pair_parse(bytes_str(text), &pair, &why);
}

#define CURVE     "1111111111111111111111111111111111111111111111111111111111111111"
#define CURVE_URI "URI:urn:safehand:curve:" CURVE
#define EMAIL     "email:dsl@999001.school"
#define P256      "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"

/* What a person with openssl could bring: the options and SAN of each request. */
struct foreign {
    const char *what;
    const char *sign_key, *sign_san;
    const char *seal_key, *seal_san;
    sh_err expected;
};

static const struct foreign FOREIGN[] = {
    {"in order", P256, EMAIL "," CURVE_URI, P256, EMAIL, SH_OK},
    {"no CURVE key", P256, EMAIL, P256, EMAIL, SH_E_FORMAT},
    {"two CURVE keys", P256, EMAIL "," CURVE_URI "," CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"a CURVE key in the seal request", P256, EMAIL "," CURVE_URI, P256, EMAIL "," CURVE_URI,
     SH_E_FORMAT},
    {"a short CURVE key", P256, EMAIL ",URI:urn:safehand:curve:11", P256, EMAIL, SH_E_FORMAT},
    {"a CURVE key that is not hexadecimal", P256,
     EMAIL
     ",URI:urn:safehand:curve:zz11111111111111111111111111111111111111111111111111111111111111",
     P256, EMAIL, SH_E_FORMAT},
    {"another URI", P256, EMAIL "," CURVE_URI ",URI:urn:safehand:recovery", P256, EMAIL,
     SH_E_FORMAT},
    {"the directory's URI in place of the CURVE key", P256, EMAIL ",URI:urn:safehand:directory",
     P256, EMAIL, SH_E_FORMAT},
    {"a DNS name", P256, EMAIL "," CURVE_URI ",DNS:relay.example", P256, EMAIL, SH_E_FORMAT},
    {"two addresses", P256, EMAIL ",email:head@999001.school," CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"the same two addresses in both", P256, EMAIL ",email:head@999001.school," CURVE_URI, P256,
     EMAIL ",email:head@999001.school", SH_E_FORMAT},
    {"no address", P256, CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"two addresses between the two", P256, EMAIL "," CURVE_URI, P256, "email:head@999001.school",
     SH_E_FORMAT},
    {"an address with two full stops", P256, "email:dsl@a.b.school," CURVE_URI, P256,
     "email:dsl@a.b.school", SH_E_BAD_ADDRESS},
    {"an address in capitals", P256, "email:DSL@999001.school," CURVE_URI, P256, EMAIL,
     SH_E_BAD_ADDRESS},
    {"a P-384 sign key", "-newkey ec -pkeyopt ec_paramgen_curve:secp384r1", EMAIL "," CURVE_URI,
     P256, EMAIL, SH_E_FORMAT},
    {"a P-384 seal key", P256, EMAIL "," CURVE_URI,
     "-newkey ec -pkeyopt ec_paramgen_curve:secp384r1", EMAIL, SH_E_FORMAT},
    {"an RSA key", "-newkey rsa:2048", EMAIL "," CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"an Ed25519 key", "-newkey ed25519", EMAIL "," CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"explicit curve parameters", P256 " -pkeyopt ec_param_enc:explicit", EMAIL "," CURVE_URI, P256,
     EMAIL, SH_E_FORMAT},
    {"SHA-1", P256 " -sha1", EMAIL "," CURVE_URI, P256, EMAIL, SH_E_FORMAT},
    {"SHA-384", P256, EMAIL "," CURVE_URI, P256 " -sha384", EMAIL, SH_E_FORMAT},
    {"a second extension", P256 " -addext keyUsage=keyCertSign", EMAIL "," CURVE_URI, P256, EMAIL,
     SH_E_FORMAT},
};

static void read_request(const char *dir, struct buf *out)
{
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, dir, "request.pem"), SH_OK);
    cr_assert_eq(file_read(path, out, &why), SH_OK, "%s", why.text);
    cr_assert_eq(buf_terminate(out), SH_OK);
}

Test(certs, requests_made_with_openssl_are_taken_or_refused_with_a_reason)
{
    SH_DEFER(temp_dir_remove) struct temp_dir temp;
    temp_dir_make(&temp);
    for (size_t i = 0; i < sizeof FOREIGN / sizeof FOREIGN[0]; i++) {
        const struct foreign *f = &FOREIGN[i];
        SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
        int code = run_in(
            temp.path,
            "openssl req -new -nodes -subj / -keyout k1 -out r1 %s -addext 'subjectAltName=%s' && "
            "openssl req -new -nodes -subj / -keyout k2 -out r2 %s -addext 'subjectAltName=%s' && "
            "cat r1 r2 >request.pem",
            f->sign_key, f->sign_san, f->seal_key, f->seal_san);
        cr_assert_eq(code, 0, "%s", f->what);
        read_request(temp.path, &pem);
        sh_err err = parse_text((const char *)pem.data);
        cr_expect_eq(err, f->expected, "%s: %s (%s)", f->what, sh_err_word(err), why.text);
    }
}

Test(certs, a_request_says_what_it_was_made_with)
{
    SH_DEFER(request_free) struct request request;
    request_make(&request, "dsl@999001.school");
    cr_expect_str_eq(request.pair.address.text, "dsl@999001.school");
    cr_expect_arr_eq(request.pair.curve_key, request.curve_key, 32);
    cr_expect_eq(key_type_of(request.pair.sign), KEY_TYPE_P256);
}

Test(certs, one_key_for_both_purposes_is_refused)
{
    SH_DEFER(request_free) struct request request;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    request_make(&request, "dsl@999001.school");
    cr_assert_eq(
        csr_pair_make(&request.pair.address, request.sign, request.sign, request.curve_key, &pem),
        SH_OK);
    cr_assert_eq(buf_terminate(&pem), SH_OK);
    cr_expect_eq(parse_text((const char *)pem.data), SH_E_DUPLICATE_KEY);
}

Test(certs, a_request_that_its_key_did_not_sign_is_refused)
{
    SH_DEFER(temp_dir_remove) struct temp_dir temp;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    SH_DEFER(request_free) struct request request;
    temp_dir_make(&temp);
    request_make(&request, "dsl@999001.school");
    cr_assert_eq(buf_terminate(&request.pem), SH_OK);
    write_text(temp.path, "good.pem", (const char *)request.pem.data);
    /* The last byte of a DER request is the last of its signature. */
    int code = run_in(
        temp.path,
        "openssl req -in good.pem -outform DER -out r.der && head -c -1 r.der >s.der && "
        "last=$(tail -c 1 r.der | od -An -tu1) && "
        "printf \"\\\\$(printf %%03o $(( (last + 1) %% 256 )))\" >>s.der && "
        "openssl req -inform DER -in s.der -out bad.pem && "
        "awk '/BEGIN/{n++} n==2' good.pem >second.pem && cat bad.pem second.pem >request.pem");
    cr_assert_eq(code, 0);
    read_request(temp.path, &pem);
    cr_expect_eq(parse_text((const char *)pem.data), SH_E_BAD_SIGNATURE, "%s", why.text);
}

Test(certs, one_three_or_no_requests_are_refused)
{
    SH_DEFER(request_free) struct request request;
    SH_DEFER(buf_wipe) struct buf three = BUF_INIT(SH_MIB);
    request_make(&request, "dsl@999001.school");
    cr_assert_eq(buf_terminate(&request.pem), SH_OK);
    const char *text = (const char *)request.pem.data;
    const char *second = strstr(text + 1, "-----BEGIN");
    cr_assert_not_null(second);
    cr_expect_eq(parse_text(second), SH_E_FORMAT, "the seal request alone");
    cr_assert_eq(buf_append_str(&three, text), SH_OK);
    cr_expect_eq(
        csr_pair_parse(bytes_of(text, (size_t)(second - text)), &(struct csr_pair){0}, &why),
        SH_E_FORMAT, "the sign request alone");
    cr_assert_eq(buf_append_str(&three, second), SH_OK);
    cr_assert_eq(buf_terminate(&three), SH_OK);
    cr_expect_eq(parse_text((const char *)three.data), SH_E_FORMAT, "three");
    cr_expect_eq(parse_text(""), SH_E_FORMAT);
    cr_expect_eq(parse_text("hello"), SH_E_FORMAT);
}

Test(certs, a_request_may_be_as_long_as_its_limit_and_no_longer)
{
    SH_DEFER(request_free) struct request request;
    SH_DEFER(buf_wipe) struct buf padded = BUF_INIT(SH_MIB);
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {0};
    request_make(&request, "dsl@999001.school");
    cr_assert_eq(buf_append(&padded, bytes_buf(&request.pem)), SH_OK);
    while (padded.len < CSR_BYTES_MAX) {
        cr_assert_eq(buf_append_u8(&padded, '\n'), SH_OK);
    }
    cr_expect_eq(csr_pair_parse(bytes_buf(&padded), &pair, &why), SH_OK, "%s", why.text);
    cr_assert_eq(buf_append_u8(&padded, '\n'), SH_OK);
    struct csr_pair none;
    cr_expect_eq(csr_pair_parse(bytes_buf(&padded), &none, &why), SH_E_TOO_BIG);
}
