/* One issuer's revocation list from the register: every certificate of its that was ever revoked,
 * in a list numbered one higher than the last. Does not decide who is revoked, and publishes
 * nothing. */
#include "certs/crl.h"

#include "base/cleanup.h"

#include <stdlib.h>

/* A revocation list grows for as long as there are revocations; entries of expired certificates
 * stay, so that what was once revoked is so for every later reader. */
struct revoked_list {
    struct revoked *items;
    size_t len, cap;
};

static void revoked_list_wipe(struct revoked_list *list)
{
    free(list->items);
}

static sh_err add_revoked(void *ctx, const struct revoked *revoked)
{
    struct revoked_list *list = ctx;
    if (list->len == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 64;
        struct revoked *grown = reallocarray(list->items, cap, sizeof *grown);
        SH_CHECK(grown, SH_E_NOMEM);
        list->items = grown;
        list->cap = cap;
    }
    list->items[list->len++] = *revoked;
    return SH_OK;
}

sh_err crl_renew(struct ca *ca, const struct issuer *issuer, const char *sector, struct sh_why *why)
{
    struct ca_register *reg = ca_register(ca);
    const int64_t now_ms = ca_now_ms(ca);
    SH_DEFER(revoked_list_wipe) struct revoked_list list = {0};
    SH_DEFER(buf_wipe) struct buf der = BUF_INIT(SH_CRL_BYTES_MAX);
    struct crl_order order = {
        .this_update_ms = now_ms - ISSUE_BACKDATE_MS,
        .next_update_ms = now_ms + (sector[0] ? ISSUE_CRL_MS : ISSUE_ROOT_CRL_MS),
    };
    SH_TRY(register_each_revoked(reg, sector, add_revoked, &list, why));
    SH_TRY(register_next_crl_number(reg, sector, &order.number, why));
    order.revoked = list.items;
    order.revoked_len = list.len;
    SH_TRY(issue_crl(issuer, &order, &der));
    return register_put_crl(reg, sector, bytes_buf(&der), order.next_update_ms, why);
}
