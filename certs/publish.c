/* The directory, from the register to signed bytes. Reads everything into one arena, in the order
 * in which the register gives it (which is the order of the file), renews the revocation lists,
 * signs, and checks the result by loading it. */
#include "certs/publish.h"

#include "base/cleanup.h"
#include "certs/crl.h"
#include "crypto/sign.h"
#include "directory/directory.h"

#include <stdlib.h>

sh_err publish_sign(const struct directory_file *file, const struct issuer *directory_key,
                    struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_TRY(directory_file_encode(file, &body));
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    SH_TRY(sign_p256(directory_key->key, SIGN_LABEL_DIRECTORY, bytes_buf(&body), &signature));
    struct signed_directory envelope = {
        .directory = bytes_buf(&body),
        .signature = bytes_buf(&signature),
        .certificate = certificate_der(directory_key->cert),
    };
    return signed_directory_encode(&envelope, out);
}

/* ---- gathering ---- */

/* An array that grows; its items' text is in the arena. */
struct list {
    void *items;
    size_t len, cap;
};

struct gathering {
    struct ca *ca;
    struct arena *arena;
    struct sh_why *why;
    struct list authorities, crls, organisations, desks, seats, relays, keys;
};

static void gathering_wipe(struct gathering *g)
{
    struct list *lists[] = {&g->authorities, &g->crls,   &g->organisations, &g->desks,
                            &g->seats,       &g->relays, &g->keys};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free(lists[i]->items);
    }
    arena_free(&g->arena);
}

static sh_err list_add(struct list *list, const void *item, size_t size)
{
    if (list->len == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 64;
        void *grown = reallocarray(list->items, cap, size);
        SH_CHECK(grown, SH_E_NOMEM);
        list->items = grown;
        list->cap = cap;
    }
    memcpy((uint8_t *)list->items + list->len * size, item, size);
    list->len++;
    return SH_OK;
}

static sh_err keep_text(struct gathering *g, const char **text)
{
    return *text ? arena_string(g->arena, *text, text) : SH_OK;
}

static sh_err keep_bytes(struct gathering *g, struct bytes *bytes)
{
    return bytes->len ? arena_copy(g->arena, *bytes, bytes) : SH_OK;
}

static sh_err gather_authority(void *ctx, const struct directory_authority *authority)
{
    struct gathering *g = ctx;
    struct directory_authority kept = *authority;
    SH_TRY(keep_text(g, &kept.sector));
    SH_TRY(keep_bytes(g, &kept.certificate));
    return list_add(&g->authorities, &kept, sizeof kept);
}

struct text_list {
    struct gathering *g;
    struct list texts; /* of const char * */
};

static void text_list_wipe(struct text_list *list)
{
    free(list->texts.items);
}

static sh_err gather_text(void *ctx, const char *text)
{
    struct text_list *list = ctx;
    SH_TRY(keep_text(list->g, &text));
    return list_add(&list->texts, &text, sizeof text);
}

static sh_err gather_organisation(void *ctx, const struct directory_organisation *organisation)
{
    struct gathering *g = ctx;
    struct directory_organisation kept = *organisation;
    SH_DEFER(text_list_wipe) struct text_list successors = {.g = g};
    SH_TRY(keep_text(g, &kept.code));
    SH_TRY(keep_text(g, &kept.name));
    SH_TRY(keep_text(g, &kept.telephone));
    SH_TRY(keep_text(g, &kept.hours));
    SH_TRY(keep_text(g, &kept.closed_on));
    SH_TRY(
        register_each_successor(ca_register(g->ca), kept.code, gather_text, &successors, g->why));
    const size_t len = successors.texts.len;
    const char **copy = arena_array(g->arena, len, sizeof *copy);
    SH_CHECK(copy, SH_E_NOMEM);
    if (len > 0) {
        memcpy(copy, successors.texts.items, len * sizeof *copy);
    }
    kept.successors = copy;
    kept.successors_len = len;
    return list_add(&g->organisations, &kept, sizeof kept);
}

static sh_err gather_cover(struct gathering *g, struct directory_desk *desk)
{
    SH_DEFER(text_list_wipe) struct text_list cover = {.g = g};
    SH_TRY(
        register_each_cover(ca_register(g->ca), desk->address.text, gather_text, &cover, g->why));
    struct address *copy = arena_array(g->arena, cover.texts.len, sizeof *copy);
    SH_CHECK(copy, SH_E_NOMEM);
    for (size_t i = 0; i < cover.texts.len; i++) {
        SH_TRY(address_from(((const char *const *)cover.texts.items)[i], &copy[i]));
    }
    desk->cover = copy;
    desk->cover_len = cover.texts.len;
    return SH_OK;
}

static sh_err gather_desk(void *ctx, const struct directory_desk *desk)
{
    struct gathering *g = ctx;
    struct directory_desk kept = *desk;
    SH_TRY(keep_text(g, &kept.name));
    SH_TRY(keep_text(g, &kept.telephone));
    SH_TRY(keep_text(g, &kept.hours));
    SH_TRY(keep_bytes(g, &kept.recovery));
    SH_TRY(gather_cover(g, &kept));
    return list_add(&g->desks, &kept, sizeof kept);
}

static sh_err gather_seat(void *ctx, const struct register_seat *seat)
{
    struct gathering *g = ctx;
    struct directory_seat kept = {seat->address, seat->sign, seat->seal};
    SH_TRY(keep_bytes(g, &kept.sign_certificate));
    SH_TRY(keep_bytes(g, &kept.seal_certificate));
    return list_add(&g->seats, &kept, sizeof kept);
}

static sh_err gather_relay(void *ctx, const struct directory_relay *relay)
{
    struct gathering *g = ctx;
    struct directory_relay kept = *relay;
    SH_TRY(keep_text(g, &kept.endpoint));
    return list_add(&g->relays, &kept, sizeof kept);
}

static sh_err gather_key(void *ctx, const struct directory_key *key)
{
    struct gathering *g = ctx;
    struct directory_key kept = *key;
    SH_TRY(keep_text(g, &kept.vkey));
    return list_add(&g->keys, &kept, sizeof kept);
}

static sh_err gather_all(struct gathering *g)
{
    struct ca_register *reg = ca_register(g->ca);
    SH_TRY(register_each_authority(reg, gather_authority, g, g->why));
    SH_TRY(register_each_published(reg, gather_organisation, g, g->why));
    SH_TRY(register_each_desk(reg, NULL, gather_desk, g, g->why));
    SH_TRY(register_each_seat(reg, NULL, gather_seat, g, g->why));
    SH_TRY(register_each_relay(reg, gather_relay, g, g->why));
    return register_each_key(reg, gather_key, g, g->why);
}

/* ---- revocation lists ---- */

static sh_err gather_crl(struct gathering *g, const char *sector, int64_t *out_next_update_ms)
{
    SH_DEFER(buf_wipe) struct buf der = BUF_INIT(SH_CRL_BYTES_MAX);
    sh_err err = register_get_crl(ca_register(g->ca), sector, &der, out_next_update_ms, g->why);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(g->why, SH_E_STALE_CRL, "the root has never issued a revocation list");
    }
    SH_TRY(err);
    struct bytes kept = bytes_buf(&der);
    SH_TRY(keep_bytes(g, &kept));
    return list_add(&g->crls, &kept, sizeof kept);
}

static sh_err renew_crl(struct gathering *g, enum certificate_profile profile, const char *sector)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer held = {0};
    SH_TRY(ca_issuer(g->ca, profile, sector, &held, g->why));
    struct issuer issuer = held_issuer_view(&held);
    return crl_renew(g->ca, &issuer, sector, g->why);
}

static sh_err gather_crls(struct gathering *g, bool *out_root_crl_is_old)
{
    int64_t next_update_ms = 0;
    const struct directory_authority *authorities = g->authorities.items;
    for (size_t i = 0; i < g->authorities.len; i++) {
        SH_TRY(renew_crl(g, PROFILE_AUTHORITY, authorities[i].sector));
        SH_TRY(gather_crl(g, authorities[i].sector, &next_update_ms));
    }
    if (ca_has_root_key(g->ca)) {
        SH_TRY(renew_crl(g, PROFILE_ROOT, ""));
    }
    SH_TRY(gather_crl(g, "", &next_update_ms));
    *out_root_crl_is_old = next_update_ms - ca_now_ms(g->ca) < ISSUE_ROOT_CRL_MS / 2;
    return SH_OK;
}

/* ---- the whole ---- */

static sh_err sign_gathered(struct gathering *g, uint64_t serial, struct buf *out)
{
    const int64_t now_ms = ca_now_ms(g->ca);
    SH_DEFER(held_issuer_wipe) struct held_issuer directory_key = {0};
    SH_TRY(ca_issuer(g->ca, PROFILE_DIRECTORY, "", &directory_key, g->why));
    const struct directory_file file = {
        .serial = serial,
        .partnership = register_partnership(ca_register(g->ca))->name,
        .created_at_ms = now_ms,
        .expires_at_ms = now_ms + ISSUE_DIRECTORY_MS,
        .authorities = g->authorities.items,
        .authorities_len = g->authorities.len,
        .crls = g->crls.items,
        .crls_len = g->crls.len,
        .organisations = g->organisations.items,
        .organisations_len = g->organisations.len,
        .desks = g->desks.items,
        .desks_len = g->desks.len,
        .seats = g->seats.items,
        .seats_len = g->seats.len,
        .relays = g->relays.items,
        .relays_len = g->relays.len,
        .keys = g->keys.items,
        .keys_len = g->keys.len,
    };
    struct issuer issuer = held_issuer_view(&directory_key);
    sh_err err = publish_sign(&file, &issuer, out);
    return err == SH_OK
               ? SH_OK
               : sh_fail(g->why, err, "the register holds something that no directory may");
}

static sh_err check_as_clients_will(struct gathering *g, struct bytes signed_file,
                                    struct published *out)
{
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    SH_DEFER(directory_free) struct directory *d = NULL;
    SH_TRY(ca_root(g->ca, &root, g->why));
    SH_TRY(directory_load(signed_file, root, ca_now_ms(g->ca), out->serial, 0, &d, g->why));
    out->expires_at_ms = directory_expires_ms(d);
    out->organisations = g->organisations.len;
    out->desks = directory_desks_len(d);
    out->seats = directory_seats_len(d);
    return SH_OK;
}

sh_err publish_directory(struct ca *ca, struct buf *out, struct published *out_published,
                         struct sh_why *why)
{
    SH_DEFER(gathering_wipe) struct gathering g = {.ca = ca, .why = why};
    SH_DEFER(buf_wipe) struct buf made = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct published published = {0};
    SH_TRY(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &g.arena));
    SH_TRY(gather_all(&g));
    SH_TRY(gather_crls(&g, &published.root_crl_is_old));
    SH_TRY(register_next_serial(ca_register(ca), &published.serial, why));
    SH_TRY(sign_gathered(&g, published.serial, &made));
    SH_TRY(check_as_clients_will(&g, bytes_buf(&made), &published));
    SH_TRY(buf_append(out, bytes_buf(&made)));
    *out_published = published;
    return SH_OK;
}
