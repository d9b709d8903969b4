/* What most tests here start from: a partnership of two sectors, and trust in it, with CRLs of the
 * test's choosing. */
#pragma once

#include "base/cleanup.h"
#include "base/limits.h"
#include "crypto/trust.h"
#include "support/pki.h"

#include <criterion/criterion.h>

#define LEAD   0 /* dsl@999001.school */
#define DEPUTY 1 /* a second seat of that desk */
#define POLICE 2 /* safeguarding@exampleshire.police */

/* How the CRLs of this test differ from fresh ones. Times count from pki.now_ms. */
struct crl_wish {
    int64_t this_update_ms, next_update_ms; /* of the authorities' */
    int64_t root_next_update_ms;
    const struct certificate *revoked; /* NULL: none */
    int64_t revoked_at_ms;
};
#define CRL_FRESH                                                                                  \
    {                                                                                              \
        .this_update_ms = -SH_HOUR_MS, .next_update_ms = 30 * SH_DAY_MS,                           \
        .root_next_update_ms = 395 * SH_DAY_MS                                                     \
    }

struct fixture {
    struct pki pki;
    struct trust *trust;
};

void fixture_make(struct fixture *f); /* with fresh CRLs */
void fixture_free(struct fixture *f); /* a destructor */
/* Replaces f->trust. */
void fixture_trust(struct fixture *f, const struct crl_wish *wish);
/* Appends one CRL: of the root for by = NULL. */
void fixture_crl(const struct fixture *f, const struct pki_authority *by,
                 const struct crl_wish *wish, struct buf *out);
