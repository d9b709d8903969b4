/* See addressees.h. Certificates were verified when the directory was loaded. */
#include "client/addressees.h"

bool addressees_have(const struct addressees *to, const struct address *address)
{
    for (size_t i = 0; i < to->len; i++) {
        if (address_equal(&to->list[i].address, address)) {
            return true;
        }
    }
    return false;
}

sh_err addressees_add(struct addressees *to, const struct address *address, enum role role)
{
    SH_CHECK(!addressees_have(to, address), SH_OK);
    SH_CHECK(to->len < SH_DESKS_MAX, SH_E_TOO_BIG);
    to->list[to->len++] = (struct addressee){*address, role};
    return SH_OK;
}

static int by_address(const void *left, const void *right)
{
    const struct addressee *a = left, *b = right;
    return strcmp(a->address.text, b->address.text);
}

/* A cover desk that nobody sits at is left out: it could not be called anyway. */
static sh_err add_cover(const struct directory *directory, struct addressees *all)
{
    size_t named = all->len;
    for (size_t i = 0; i < named; i++) {
        const struct desk *desk = all->list[i].role == ROLE_ACT
                                      ? directory_desk(directory, all->list[i].address.text)
                                      : NULL;
        for (size_t k = 0; desk && k < desk->cover_len; k++) {
            const struct desk *cover = directory_desk(directory, desk->cover[k].text);
            if (cover && cover->seats_len > 0) {
                SH_TRY(addressees_add(all, &cover->address, ROLE_COVER));
            }
        }
    }
    return SH_OK;
}

static sh_err find_desk(const struct directory *directory, const struct address *address,
                        const struct desk **out, struct sh_why *why)
{
    const struct desk *desk = directory_desk(directory, address->text);
    if (!desk) {
        return sh_fail(why, SH_E_UNKNOWN_DESK, "no desk %s is in the directory", address->text);
    }
    if (desk->seats_len == 0) {
        return sh_fail(why, SH_E_NO_LIVE_SEAT,
                       "nobody has a seat at %s, so nothing can be sent there%s%s", address->text,
                       desk->telephone ? "; its telephone number is " : "",
                       desk->telephone ? desk->telephone : "");
    }
    *out = desk;
    return SH_OK;
}

/* Room for every entry, counted before anything is taken from the arena. */
static sh_err make_room(const struct addressees *all, const struct directory *directory,
                        struct arena *arena, struct seating *out, struct sh_why *why)
{
    size_t certs = 0;
    for (size_t i = 0; i < all->len; i++) {
        const struct desk *desk = NULL;
        SH_TRY(find_desk(directory, &all->list[i].address, &desk, why));
        SH_CHECK(desk, SH_E_BUG);
        certs += desk->seats_len + 1;
    }
    if (certs > SH_SEATS_MAX + SH_DESKS_MAX) {
        return sh_fail(why, SH_E_TOO_BIG,
                       "the desks addressed have more seats than one message can be sealed to");
    }
    out->seal_certs = arena_array(arena, certs, sizeof(struct certificate *));
    SH_CHECK(out->seal_certs, SH_E_NOMEM);
    return SH_OK;
}

/* The one seat of a desk that may have it: the desk has sent from that seat, in this thread, what
 * no colleague may see. NULL: all of them. */
static const struct sh_hash *seat_alone(const struct seating_order *order,
                                        const struct addressee *addressee)
{
    if (addressee->role == ROLE_OWN && order->not_to_own_desk) {
        return order->own_seat;
    }
    for (size_t i = 0; order->thread && i < order->thread->len; i++) {
        const struct facts *facts = &order->thread->entries[i].header.facts;
        if (facts->not_to_own_desk && address_equal(&facts->from, &addressee->address)) {
            return &facts->seat;
        }
    }
    return NULL;
}

/* only: the one seat that may have it; NULL: all, and the recovery key. */
static sh_err seat_desk(const struct desk *desk, const struct sh_hash *only, struct arena *arena,
                        struct recipient *recipient, struct seating *out)
{
    SH_CHECK(out->seal_certs, SH_E_BUG);
    struct sh_hash *hashes = arena_array(arena, desk->seats_len, sizeof *hashes);
    SH_CHECK(hashes, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < desk->seats_len; i++) {
        if (only && !hash_equal(&desk->seats[i]->hash, only)) {
            continue;
        }
        hashes[len++] = desk->seats[i]->hash;
        out->seal_certs[out->seal_certs_len++] = desk->seats[i]->seal;
    }
    if (desk->recovery && !only) {
        recipient->recovery = *certificate_sha256(desk->recovery);
        out->seal_certs[out->seal_certs_len++] = desk->recovery;
    }
    recipient->seats = hashes;
    recipient->seats_len = len;
    return SH_OK;
}

static sh_err check_seated(const struct desk *desk, const struct recipient *recipient,
                           struct sh_why *why)
{
    if (recipient->seats_len == 0) {
        return sh_fail(why, SH_E_NO_LIVE_SEAT,
                       "the one seat of %s that may have this is gone; nobody else there may: "
                       "telephone%s%s",
                       desk->address.text, desk->telephone ? " " : "",
                       desk->telephone ? desk->telephone : "");
    }
    return SH_OK;
}

static sh_err check_own_seat(const struct seating_order *order, struct sh_why *why)
{
    if (!directory_seat_by_hash(order->directory, order->own_seat)) {
        return sh_fail(why, SH_E_UNKNOWN_SEAT,
                       "this seat is not in the directory any more: it was revoked, or replaced by "
                       "a newer certificate");
    }
    return SH_OK;
}

sh_err addressees_seat(const struct addressees *to, const struct seating_order *order,
                       struct arena *arena, struct seating *out, struct sh_why *why)
{
    SH_TRY(check_own_seat(order, why));
    struct addressees all = {.len = 0};
    SH_TRY(addressees_add(&all, order->own, ROLE_OWN));
    for (size_t i = 0; i < to->len; i++) {
        SH_TRY(addressees_add(&all, &to->list[i].address, to->list[i].role));
    }
    if (order->urgent) {
        SH_TRY(add_cover(order->directory, &all));
    }
    qsort(all.list, all.len, sizeof all.list[0], by_address);
    struct seating seating = {.recipients_len = all.len};
    SH_TRY(make_room(&all, order->directory, arena, &seating, why));
    struct recipient *recipients = arena_array(arena, all.len, sizeof *recipients);
    SH_CHECK(recipients, SH_E_NOMEM);
    for (size_t i = 0; i < all.len; i++) {
        const struct desk *desk = NULL;
        SH_TRY(find_desk(order->directory, &all.list[i].address, &desk, why));
        SH_CHECK(desk, SH_E_BUG);
        recipients[i] =
            (struct recipient){.address = all.list[i].address, .role = all.list[i].role};
        SH_TRY(seat_desk(desk, seat_alone(order, &all.list[i]), arena, &recipients[i], &seating));
        SH_TRY(check_seated(desk, &recipients[i], why));
    }
    seating.recipients = recipients;
    *out = seating;
    return SH_OK;
}
