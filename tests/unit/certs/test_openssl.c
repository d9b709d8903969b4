/* What somebody without a line of ours finds when they look: the stock openssl command on the same
 * certificates. */
#include "base/cleanup.h"
#include "crypto/trust.h"
#include "directory/directory.h"
#include "helpers.h"

#include <criterion/criterion.h>

static const char *const DESKS[] = {"dsl@999001.school", "encompass@exampleshire.police"};

struct bench {
    struct temp_dir temp;
    struct pki pki;
};

static void bench_free(struct bench *bench)
{
    temp_dir_remove(&bench->temp);
    pki_free(&bench->pki);
}

static void bench_make(struct bench *bench)
{
    temp_dir_make(&bench->temp);
    pki_make(&bench->pki, DESKS, 2);
    const char *dir = bench->temp.path;
    write_pem(dir, "root.pem", bench->pki.root);
    write_pem(dir, "school.pem", pki_authority(&bench->pki, "school")->cert);
    write_pem(dir, "police.pem", pki_authority(&bench->pki, "police")->cert);
    write_pem(dir, "sign.pem", bench->pki.seats[0].sign_cert);
    write_pem(dir, "seal.pem", bench->pki.seats[0].seal_cert);
    write_pem(dir, "recovery.pem", bench->pki.desks[0].recovery_cert);
    write_pem(dir, "directory.pem", bench->pki.directory_cert);
}

static int verify(const struct bench *bench, const char *purpose, const char *authority,
                  const char *cert)
{
    return run_in(
        bench->temp.path,
        "openssl verify -x509_strict -attime %lld -purpose %s -CAfile root.pem -untrusted %s %s",
        (long long)(bench->pki.now_ms / SH_SECOND_MS), purpose, authority, cert);
}

Test(certs, openssl_accepts_sign_certificates_for_smime_signing)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    cr_expect_eq(verify(&bench, "smimesign", "school.pem", "sign.pem"), 0);
    cr_expect_neq(verify(&bench, "smimeencrypt", "school.pem", "sign.pem"), 0);
    cr_expect_neq(verify(&bench, "sslclient", "school.pem", "sign.pem"), 0);
}

Test(certs, openssl_accepts_seal_and_recovery_certificates_for_no_purpose_but_any)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    cr_expect_eq(verify(&bench, "any", "school.pem", "seal.pem"), 0);
    cr_expect_eq(verify(&bench, "any", "school.pem", "recovery.pem"), 0);
    cr_expect_neq(verify(&bench, "smimesign", "school.pem", "seal.pem"), 0);
}

Test(certs, openssl_accepts_the_directory_certificate_right_under_the_root)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    cr_expect_eq(verify(&bench, "any", "school.pem", "directory.pem"), 0);
}

Test(certs, openssl_refuses_a_seat_without_its_authority)
{
    SH_DEFER(bench_free) struct bench bench;
    bench_make(&bench);
    cr_expect_neq(verify(&bench, "smimesign", "police.pem", "sign.pem"), 0);
}

Test(certs, a_school_address_from_the_police_is_refused_by_openssl_and_by_us)
{
    SH_DEFER(bench_free) struct bench bench;
    SH_DEFER(directory_free) struct directory *d = NULL;
    struct sh_why why;
    bench_make(&bench);
    struct pki *pki = &bench.pki;
    const struct pki_authority *police = pki_authority(pki, "police");
    const int64_t from_ms = pki->now_ms - ISSUE_BACKDATE_MS;
    const int64_t to_ms = pki->now_ms + ISSUE_SEAT_MS;
    SH_DEFER(certificate_free)
    struct certificate *sign = pki_certificate(police, PROFILE_SIGN, DESKS[0], pki->seats[0].sign,
                                               pki->seats[0].curve_public, from_ms, to_ms);
    SH_DEFER(certificate_free)
    struct certificate *seal =
        pki_certificate(police, PROFILE_SEAL, DESKS[0], pki->seats[0].seal, NULL, from_ms, to_ms);
    write_pem(bench.temp.path, "wrong-sign.pem", sign);
    write_pem(bench.temp.path, "wrong-seal.pem", seal);
    cr_expect_neq(verify(&bench, "smimesign", "police.pem", "wrong-sign.pem"), 0);
    cr_expect(output_has(bench.temp.path, "permitted subtree violation"));
    cr_expect_neq(verify(&bench, "any", "police.pem", "wrong-seal.pem"), 0);
    cr_expect(output_has(bench.temp.path, "permitted subtree violation"));
    cr_assert_eq(directory_load(bytes_buf(&pki->directory), pki->root, pki->now_ms, 0, 0, &d, &why),
                 SH_OK);
    const struct trust *trust = directory_trust(d);
    cr_expect_eq(trust_verify(trust, sign, pki->now_ms, 0, &why), SH_E_WRONG_SECTOR);
    cr_expect_eq(trust_verify(trust, seal, pki->now_ms, 0, &why), SH_E_WRONG_SECTOR);
}

Test(certs, openssl_finds_a_revocation_in_the_lists_that_we_publish)
{
    SH_DEFER(bench_free) struct bench bench;
    SH_DEFER(directory_free) struct directory *d = NULL;
    SH_DEFER(buf_wipe) struct buf chain = BUF_INIT(SH_MIB);
    struct sh_why why;
    bench_make(&bench);
    struct pki *pki = &bench.pki;
    pki->seats[1].revoked = true;
    pki_publish(pki);
    cr_assert_eq(directory_load(bytes_buf(&pki->directory), pki->root, pki->now_ms, 0, 0, &d, &why),
                 SH_OK);
    const char *dir = bench.temp.path;
    const long long at = (long long)(pki->now_ms / SH_SECOND_MS);
    for (size_t i = 0; i < 2; i++) {
        buf_reset(&chain);
        cr_assert_eq(trust_chain_pem(directory_trust(d), pki->seats[i].sign_cert, &chain), SH_OK);
        cr_assert_eq(buf_terminate(&chain), SH_OK);
        write_text(dir, "chain.pem", (const char *)chain.data);
        write_pem(dir, "seat.pem", pki->seats[i].sign_cert);
        int code = run_in(
            dir,
            "openssl verify -attime %lld -crl_check_all -purpose smimesign -CAfile chain.pem "
            "-CRLfile chain.pem seat.pem",
            at);
        cr_expect_eq(code == 0, i == 0, "seat %zu", i);
        cr_expect(output_has(dir, i == 0 ? "seat.pem: OK" : "certificate revoked"));
    }
}
