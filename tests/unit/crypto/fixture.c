#include "fixture.h"

#define MUST(call) cr_assert_eq((call), SH_OK, "%s", #call)

void fixture_crl(const struct fixture *f, const struct pki_authority *by,
                 const struct crl_wish *wish, struct buf *out)
{
    const struct pki *pki = &f->pki;
    struct revoked revoked = {.at_ms = pki->now_ms + wish->revoked_at_ms,
                              .reason = REVOKED_UNSPECIFIED};
    struct crl_order order = {
        .number = 1,
        .this_update_ms = pki->now_ms + wish->this_update_ms,
        .next_update_ms = pki->now_ms + (by ? wish->next_update_ms : wish->root_next_update_ms),
        .revoked = &revoked,
        .revoked_len = by && wish->revoked ? 1 : 0,
    };
    if (order.revoked_len) {
        MUST(issue_serial(wish->revoked, revoked.serial));
    }
    struct issuer issuer = {.key = by ? by->key : pki->root_key, .cert = by ? by->cert : pki->root};
    MUST(issue_crl(&issuer, &order, out));
}

void fixture_trust(struct fixture *f, const struct crl_wish *wish)
{
    struct certificate *authorities[PKI_AUTHORITIES_MAX];
    struct buf crl_bytes[PKI_AUTHORITIES_MAX + 1];
    struct bytes crls[PKI_AUTHORITIES_MAX + 1];
    size_t len = f->pki.authorities_len;
    for (size_t i = 0; i <= len; i++) {
        const struct pki_authority *by = i < len ? &f->pki.authorities[i] : NULL;
        crl_bytes[i] = (struct buf)BUF_INIT(SH_CRL_BYTES_MAX);
        fixture_crl(f, by, wish, &crl_bytes[i]);
        crls[i] = bytes_buf(&crl_bytes[i]);
        if (by) {
            authorities[i] = by->cert;
        }
    }
    struct sh_why why = {{0}};
    trust_free(&f->trust);
    sh_err err = trust_new(f->pki.root, authorities, len, crls, len + 1, &f->trust, &why);
    cr_assert_eq(err, SH_OK, "%s", why.text);
    for (size_t i = 0; i <= len; i++) {
        buf_wipe(&crl_bytes[i]);
    }
}

void fixture_make(struct fixture *f)
{
    static const char *const desks[] = {"dsl@999001.school", "dsl@999001.school",
                                        "safeguarding@exampleshire.police"};
    const struct crl_wish fresh = CRL_FRESH;
    *f = (struct fixture){0};
    pki_make(&f->pki, desks, 3);
    fixture_trust(f, &fresh);
}

void fixture_free(struct fixture *f)
{
    trust_free(&f->trust);
    pki_free(&f->pki);
}
