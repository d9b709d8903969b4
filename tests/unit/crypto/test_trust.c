#include "fixture.h"
#include "support/forge.h"

static struct fixture f;
static struct sh_why why;

static void set_up(void)
{
    fixture_make(&f);
}

static void tear_down(void)
{
    fixture_free(&f);
}

TestSuite(crypto_trust, .init = set_up, .fini = tear_down);

static sh_err verify_at(const struct certificate *cert, int64_t after_now_ms, int64_t grace_ms)
{
    return trust_verify(f.trust, cert, f.pki.now_ms + after_now_ms, grace_ms, &why);
}

Test(crypto_trust, every_kind_of_certificate_verifies_where_it_stands)
{
    const struct pki_seat *lead = &f.pki.seats[LEAD];
    cr_assert_eq(verify_at(lead->sign_cert, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(lead->seal_cert, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(f.pki.desks[0].recovery_cert, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(f.pki.directory_cert, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(f.pki.authorities[0].cert, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(f.pki.root, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(trust_root(f.trust), f.pki.root);
}

Test(crypto_trust, validity_is_judged_at_the_time_asked_for)
{
    const struct certificate *cert = f.pki.seats[LEAD].sign_cert;
    int64_t from_ms = certificate_not_before_ms(cert), to_ms = certificate_not_after_ms(cert);
    cr_assert_eq(trust_verify(f.trust, cert, from_ms, 0, &why), SH_OK, "%s", why.text);
    cr_assert_eq(trust_verify(f.trust, cert, from_ms - 1000, 0, &why), SH_E_EXPIRED);
    const struct crl_wish long_lived = {.this_update_ms = 0,
                                        .next_update_ms = 5 * ISSUE_YEAR_MS,
                                        .root_next_update_ms = 5 * ISSUE_YEAR_MS};
    fixture_trust(&f, &long_lived);
    cr_assert_eq(trust_verify(f.trust, cert, to_ms, 0, &why), SH_OK, "%s", why.text);
    cr_assert_eq(trust_verify(f.trust, cert, to_ms + 999, 0, &why), SH_OK, "%s", why.text);
    cr_assert_eq(trust_verify(f.trust, cert, to_ms + 1000, 0, &why), SH_E_EXPIRED);
    cr_assert(strlen(why.text) > 0);
}

Test(crypto_trust, an_address_outside_its_issuers_sector_is_the_wrong_sector)
{
    const struct pki_authority *police = pki_authority(&f.pki, "police");
    const struct crl_wish fresh = CRL_FRESH;
    fixture_trust(&f, &fresh);
    SH_DEFER(certificate_free)
    struct certificate *sign =
        pki_certificate(police, PROFILE_SIGN, "dsl@999001.school", f.pki.seats[LEAD].sign,
                        f.pki.seats[LEAD].curve_public, f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    SH_DEFER(certificate_free)
    struct certificate *seal =
        pki_certificate(police, PROFILE_SEAL, "dsl@999001.school", f.pki.seats[LEAD].seal, NULL,
                        f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    cr_assert_eq(verify_at(sign, 0, 0), SH_E_WRONG_SECTOR);
    cr_assert_eq(verify_at(seal, 0, 0), SH_E_WRONG_SECTOR);
}

Test(crypto_trust, a_revocation_counts_from_the_second_after_its_date)
{
    const struct certificate *lead = f.pki.seats[LEAD].sign_cert;
    const struct crl_wish wish = {.this_update_ms = SH_HOUR_MS,
                                  .next_update_ms = 30 * SH_DAY_MS,
                                  .root_next_update_ms = 300 * SH_DAY_MS,
                                  .revoked = lead,
                                  .revoked_at_ms = 10 * SH_SECOND_MS};
    fixture_trust(&f, &wish);
    cr_assert_eq(verify_at(lead, 0, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(lead, 10999, 0), SH_OK, "%s", why.text);
    cr_assert_eq(verify_at(lead, 11000, 0), SH_E_REVOKED);
    cr_assert_eq(verify_at(lead, SH_DAY_MS, 0), SH_E_REVOKED);
    cr_assert_eq(verify_at(f.pki.seats[DEPUTY].sign_cert, SH_DAY_MS, 0), SH_OK, "%s", why.text);
}

Test(crypto_trust, a_listed_certificate_is_listed_whatever_the_date)
{
    const struct certificate *lead = f.pki.seats[LEAD].sign_cert;
    struct crl_wish wish = CRL_FRESH;
    cr_assert(!trust_is_listed(f.trust, lead));
    wish.revoked = lead;
    wish.revoked_at_ms = 5 * SH_DAY_MS;
    fixture_trust(&f, &wish);
    cr_assert(trust_is_listed(f.trust, lead));
    cr_assert(!trust_is_listed(f.trust, f.pki.seats[DEPUTY].sign_cert));
    cr_assert(!trust_is_listed(f.trust, f.pki.seats[POLICE].sign_cert));
}

Test(crypto_trust, an_expired_crl_counts_within_the_grace_and_not_past_it)
{
    const struct certificate *lead = f.pki.seats[LEAD].sign_cert;
    struct crl_wish wish = {.this_update_ms = -40 * SH_DAY_MS,
                            .next_update_ms = -SH_DAY_MS,
                            .root_next_update_ms = 300 * SH_DAY_MS};
    fixture_trust(&f, &wish);
    cr_assert_eq(verify_at(lead, 0, 0), SH_E_STALE_CRL);
    cr_assert_eq(verify_at(lead, 0, SH_DAY_MS - 1), SH_E_STALE_CRL);
    cr_assert_eq(verify_at(lead, 0, SH_DAY_MS), SH_OK, "%s", why.text);
    cr_assert_eq(trust_crl_next_update_ms(f.trust), f.pki.now_ms - SH_DAY_MS);
    cr_assert_eq(trust_crl_this_update_ms(f.trust), f.pki.now_ms - 40 * SH_DAY_MS);
    wish.revoked = lead;
    wish.revoked_at_ms = -2 * SH_DAY_MS;
    fixture_trust(&f, &wish);
    cr_assert_eq(verify_at(lead, 0, SH_DAY_MS), SH_E_REVOKED,
                 "known revocations hold in the grace");
}

Test(crypto_trust, an_expired_crl_of_the_root_is_stale_too)
{
    const struct crl_wish wish = {.this_update_ms = -40 * SH_DAY_MS,
                                  .next_update_ms = 30 * SH_DAY_MS,
                                  .root_next_update_ms = -SH_DAY_MS};
    fixture_trust(&f, &wish);
    cr_assert_eq(verify_at(f.pki.seats[LEAD].sign_cert, 0, 0), SH_E_STALE_CRL);
    cr_assert_eq(trust_crl_next_update_ms(f.trust), f.pki.now_ms - SH_DAY_MS);
}

Test(crypto_trust, a_sectors_authority_cannot_make_a_directory_key)
{
    const struct pki_authority *school = pki_authority(&f.pki, "school");
    struct issue_order order = {.profile = PROFILE_DIRECTORY,
                                .subject_key = f.pki.seats[LEAD].sign,
                                .partnership = PKI_PARTNERSHIP,
                                .not_before_ms = f.pki.now_ms,
                                .not_after_ms = f.pki.now_ms + SH_DAY_MS};
    struct issuer issuer = {.key = school->key, .cert = school->cert};
    SH_DEFER(certificate_free) struct certificate *forged = NULL;
    cr_assert_eq(issue_certificate(&issuer, &order, &forged), SH_OK);
    cr_assert_eq(verify_at(forged, 0, 0), SH_E_BAD_CHAIN);
}

Test(crypto_trust, a_seat_that_the_root_signed_itself_is_refused)
{
    struct pki_authority root = {.key = f.pki.root_key, .cert = f.pki.root};
    SH_DEFER(certificate_free)
    struct certificate *seat =
        pki_certificate(&root, PROFILE_SIGN, "dsl@999001.school", f.pki.seats[LEAD].sign,
                        f.pki.seats[LEAD].curve_public, f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    cr_assert_eq(verify_at(seat, 0, 0), SH_E_BAD_CHAIN);
}

Test(crypto_trust, nothing_of_another_partnership_verifies)
{
    static const char *const desks[] = {"dsl@999001.school"};
    SH_DEFER(pki_free) struct pki other;
    pki_make(&other, desks, 1);
    cr_assert_eq(verify_at(other.seats[0].sign_cert, 0, 0), SH_E_BAD_CHAIN);
    cr_assert_eq(verify_at(other.seats[0].seal_cert, 0, 0), SH_E_BAD_CHAIN);
    cr_assert_eq(verify_at(other.root, 0, 0), SH_E_BAD_CHAIN);
}

/* What trust_new() is given in the next tests. */
struct build {
    struct certificate *root;
    struct certificate *authorities[PKI_AUTHORITIES_MAX];
    size_t authorities_len;
    struct buf crl_bytes[4];
    struct bytes crls[4];
    size_t crls_len;
};

static void build_start(struct build *b, const struct crl_wish *wish)
{
    *b = (struct build){.root = f.pki.root, .authorities_len = f.pki.authorities_len};
    cr_assert_eq(f.pki.authorities_len, 2);
    for (size_t i = 0; i < 3; i++) {
        const struct pki_authority *by = i < 2 ? &f.pki.authorities[i] : NULL;
        b->crl_bytes[i] = (struct buf)BUF_INIT(SH_CRL_BYTES_MAX);
        fixture_crl(&f, by, wish, &b->crl_bytes[i]);
        b->crls[i] = bytes_buf(&b->crl_bytes[i]);
        if (by) {
            b->authorities[i] = by->cert;
        }
    }
    b->crls_len = 3;
}

static void build_wipe(struct build *b)
{
    for (size_t i = 0; i < 3; i++) {
        buf_wipe(&b->crl_bytes[i]);
    }
}

static sh_err build(const struct build *b)
{
    SH_DEFER(trust_free) struct trust *trust = NULL;
    why.text[0] = '\0';
    sh_err err =
        trust_new(b->root, b->authorities, b->authorities_len, b->crls, b->crls_len, &trust, &why);
    cr_assert_eq(err == SH_OK, trust != NULL);
    cr_assert_eq(err == SH_OK, why.text[0] == '\0');
    return err;
}

Test(crypto_trust, each_issuer_needs_its_crl_and_only_one)
{
    const struct crl_wish fresh = CRL_FRESH;
    SH_DEFER(build_wipe) struct build b;
    build_start(&b, &fresh);
    cr_assert_eq(build(&b), SH_OK);
    b.crls_len = 2;
    cr_assert_eq(build(&b), SH_E_STALE_CRL, "the root's is missing");
    b.crls[2] = b.crls[0];
    b.crls_len = 3;
    cr_assert_eq(build(&b), SH_E_FORMAT, "two of one authority");
    b.crls_len = 0;
    cr_assert_eq(build(&b), SH_E_STALE_CRL);
}

Test(crypto_trust, crls_that_are_cut_altered_or_strange_are_refused)
{
    const struct crl_wish fresh = CRL_FRESH;
    SH_DEFER(build_wipe) struct build b;
    build_start(&b, &fresh);
    b.crls[1].len--;
    cr_assert_eq(build(&b), SH_E_FORMAT, "cut");
    b.crls[1].len++;
    b.crl_bytes[1].data[b.crl_bytes[1].len - 1] ^= 1;
    cr_assert_eq(build(&b), SH_E_FORMAT, "its signature");
    b.crl_bytes[1].data[b.crl_bytes[1].len - 1] ^= 1;
    cr_assert_eq(build(&b), SH_OK);
    b.crls[1] = bytes_str("not a list");
    cr_assert_eq(build(&b), SH_E_FORMAT);
    b.crls[1] = bytes_of(NULL, 0);
    cr_assert_eq(build(&b), SH_E_FORMAT);
    static const char *const desks[] = {"dsl@999001.school"};
    struct fixture other = {0};
    pki_make(&other.pki, desks, 1);
    SH_DEFER(buf_wipe) struct buf foreign = BUF_INIT(SH_CRL_BYTES_MAX);
    fixture_crl(&other, &other.pki.authorities[0], &fresh, &foreign);
    b.crls[1] = bytes_buf(&foreign);
    cr_assert_eq(build(&b), SH_E_FORMAT, "another partnership's");
    pki_free(&other.pki);
}

/* A CRL of the school's authority, changed and signed anew. */
enum crl_change { CRL_DISTRIBUTION_POINT, CRL_DELTA, CRL_SHA384, CRL_WITHOUT_END, CRL_UNCHANGED };

static void forge_crl(struct bytes der, enum crl_change change, struct buf *out)
{
    const unsigned char *at = der.data;
    SH_DEFER(X509_CRL_freep) X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    if (change == CRL_DISTRIBUTION_POINT || change == CRL_DELTA) {
        bool delta = change == CRL_DELTA;
        SH_DEFER(X509_EXTENSION_freep)
        X509_EXTENSION *made =
            X509V3_EXT_conf_nid(NULL, NULL, delta ? NID_delta_crl : NID_issuing_distribution_point,
                                delta ? "DER:020101" : "DER:30038101ff");
        cr_assert_not_null(made);
        cr_assert_eq(X509_CRL_add_ext(crl, made, -1), 1);
    }
    if (change == CRL_WITHOUT_END) {
        SH_DEFER(ASN1_TIME_freep) ASN1_TIME *broken = ASN1_TIME_new();
        cr_assert_eq(ASN1_TIME_set_string(broken, "20261120100000Z"), 1);
        cr_assert_eq(ASN1_STRING_set(broken, "20261120100000+0000", 19), 1);
        cr_assert_eq(X509_CRL_set1_nextUpdate(crl, broken), 1);
    }
    const struct key *key = pki_authority(&f.pki, "school")->key;
    cr_assert_gt(
        X509_CRL_sign(crl, key_evp(key), change == CRL_SHA384 ? EVP_sha384() : EVP_sha256()), 0);
    uint8_t *made = NULL;
    int len = i2d_X509_CRL(crl, &made);
    cr_assert_gt(len, 0);
    buf_reset(out);
    cr_assert_eq(buf_append(out, bytes_of(made, (size_t)len)), SH_OK);
    OPENSSL_free(made);
}

Test(crypto_trust, crls_that_say_less_than_all_or_in_another_form_are_refused)
{
    const struct crl_wish fresh = CRL_FRESH;
    SH_DEFER(build_wipe) struct build b;
    SH_DEFER(buf_wipe) struct buf forged = BUF_INIT(SH_CRL_BYTES_MAX);
    build_start(&b, &fresh);
    cr_assert_str_eq(f.pki.authorities[0].sector, "school");
    for (enum crl_change change = CRL_DISTRIBUTION_POINT; change <= CRL_UNCHANGED; change++) {
        forge_crl(bytes_buf(&b.crl_bytes[0]), change, &forged);
        b.crls[0] = bytes_buf(&forged);
        cr_assert_eq(build(&b), change == CRL_UNCHANGED ? SH_OK : SH_E_FORMAT, "change %d", change);
    }
    cr_assert_eq(buf_append_u8(&forged, 0), SH_OK);
    b.crls[0] = bytes_buf(&forged);
    cr_assert_eq(build(&b), SH_E_FORMAT, "a byte behind it");
}

static void change_nothing(X509 *x509, const void *how)
{
    (void)x509;
    (void)how;
}

Test(crypto_trust, an_authority_that_only_names_the_root_is_refused)
{
    const struct crl_wish fresh = CRL_FRESH;
    SH_DEFER(build_wipe) struct build b;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    SH_DEFER(certificate_free) struct certificate *forged = NULL;
    build_start(&b, &fresh);
    struct bytes der =
        forge_certificate(b.authorities[0], f.pki.seats[LEAD].sign, change_nothing, NULL, &out);
    cr_assert_eq(certificate_parse(der, &forged), SH_OK);
    b.authorities[0] = forged;
    cr_assert_eq(build(&b), SH_E_BAD_CHAIN);
}

Test(crypto_trust, authorities_of_another_root_or_off_their_profile_are_refused)
{
    const struct crl_wish fresh = CRL_FRESH;
    SH_DEFER(build_wipe) struct build b;
    build_start(&b, &fresh);
    static const char *const desks[] = {"dsl@999001.school"};
    SH_DEFER(pki_free) struct pki other;
    pki_make(&other, desks, 1);
    b.authorities[0] = other.authorities[0].cert;
    cr_assert_eq(build(&b), SH_E_BAD_CHAIN);
    b.authorities[0] = f.pki.seats[LEAD].sign_cert;
    cr_assert_eq(build(&b), SH_E_BAD_CERTIFICATE);
    b.authorities[0] = f.pki.authorities[0].cert;
    b.root = f.pki.authorities[0].cert;
    cr_assert_eq(build(&b), SH_E_BAD_CERTIFICATE);
    b.root = other.root;
    cr_assert_eq(build(&b), SH_E_BAD_CHAIN);
}

Test(crypto_trust, the_chain_for_evidence_names_issuer_root_and_both_lists)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_MIB);
    cr_assert_eq(trust_chain_pem(f.trust, f.pki.seats[LEAD].sign_cert, &pem), SH_OK);
    cr_assert_eq(buf_terminate(&pem), SH_OK);
    size_t certificates = 0, lists = 0;
    for (const char *at = (char *)pem.data; (at = strstr(at, "-----BEGIN ")); at++) {
        certificates += strncmp(at, "-----BEGIN CERTIFICATE-", 23) == 0;
        lists += strncmp(at, "-----BEGIN X509 CRL-", 20) == 0;
    }
    cr_assert_eq(certificates, 2);
    cr_assert_eq(lists, 2);
    buf_reset(&pem);
    cr_assert_eq(trust_chain_pem(f.trust, f.pki.directory_cert, &pem), SH_OK,
                 "under the root itself");
    static const char *const desks[] = {"dsl@999001.school"};
    SH_DEFER(pki_free) struct pki other;
    pki_make(&other, desks, 1);
    cr_assert_eq(trust_chain_pem(f.trust, other.seats[0].sign_cert, &pem), SH_E_BAD_CHAIN);
}

Test(crypto_trust, trust_free_takes_nothing)
{
    struct trust *none = NULL;
    trust_free(&none);
    cr_assert_null(none);
}
