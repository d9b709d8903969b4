/* Seats and desks of a directory that is being loaded. A seat that is revoked, or expired for
 * longer than the grace, is not live: no desk lists it and no key finds it; its sign certificate is
 * kept, for what it once signed. */
#include "directory/loaded.h"

#include <stdlib.h>

sh_err load_check_chain(struct load *load, const struct certificate *cert,
                        const struct address *address, bool *out_live)
{
    const int64_t from_ms = certificate_not_before_ms(cert);
    const int64_t to_ms = certificate_not_after_ms(cert);
    const struct trust *trust = load->d->trust;
    struct sh_why detail = {{0}};
    /* An expired certificate is judged as of its last moment: its dates are looked at where it is
     * used, and what matters here is that the rest holds. */
    int64_t at_ms = load->now_ms < from_ms ? from_ms : load->now_ms;
    at_ms = at_ms >= to_ms ? to_ms - SH_SECOND_MS : at_ms;
    sh_err err = trust_verify(trust, cert, at_ms, load->grace_ms, &detail);
    bool live = err == SH_OK && !trust_is_listed(trust, cert);
    if (err == SH_E_REVOKED) {
        err = trust_verify(trust, cert, from_ms, load->grace_ms, &detail);
    }
    /* The authority itself has expired: a seat that can prove nothing, but no reason to stop all
     * others. */
    if (err == SH_E_EXPIRED) {
        err = SH_OK;
        live = false;
    }
    if (err != SH_OK) {
        return sh_fail(load->why, err, "%s: %.300s", address->text, detail.text);
    }
    *out_live = live && (load->now_ms <= to_ms || load->now_ms - to_ms <= load->grace_ms);
    return SH_OK;
}

static sh_err check_address(struct load *load, const struct certificate *cert,
                            const struct address *listed)
{
    struct address named;
    SH_TRY(certificate_address(cert, &named));
    if (!address_equal(&named, listed)) {
        return sh_fail(load->why, SH_E_WRONG_DESK, "%s is listed with a certificate of %s",
                       listed->text, named.text);
    }
    return SH_OK;
}

static sh_err load_pair(struct load *load, const struct directory_seat *entry, struct seat *out,
                        bool *out_live)
{
    const char *owner = entry->address.text;
    SH_TRY(load_certificate(load, entry->sign_certificate, PROFILE_SIGN, owner, &out->sign));
    SH_TRY(load_certificate(load, entry->seal_certificate, PROFILE_SEAL, owner, &out->seal));
    SH_TRY(check_address(load, out->sign, &entry->address));
    SH_TRY(check_address(load, out->seal, &entry->address));
    SH_TRY(certificate_curve_key(out->sign, out->curve_key));
    out->address = entry->address;
    out->hash = *certificate_sha256(out->sign);
    bool sign_live = false;
    bool seal_live = false;
    SH_TRY(load_check_chain(load, out->sign, &entry->address, &sign_live));
    SH_TRY(load_check_chain(load, out->seal, &entry->address, &seal_live));
    *out_live = sign_live && seal_live;
    return SH_OK;
}

static sh_err load_seat(struct load *load, const struct directory_seat *entry)
{
    struct directory *d = load->d;
    struct seat *seat = &d->seats[d->seats_len];
    bool live = false;
    *seat = (struct seat){0};
    SH_TRY(load_pair(load, entry, seat, &live));
    const struct sh_hash *hash = certificate_sha256(seat->sign);
    SH_TRY(index_add(&d->certificates_by_hash, hash->b, seat->sign));
    uint8_t *curve_key = arena_alloc(d->arena, 32);
    SH_CHECK(curve_key, SH_E_NOMEM);
    memcpy(curve_key, seat->curve_key, 32);
    SH_TRY(index_add(&d->curve_keys, curve_key, entry->address.text));
    if (live) {
        d->seats_len++;
    }
    return SH_OK;
}

static int compare_seats(const void *a, const void *b)
{
    const struct seat *x = a;
    const struct seat *y = b;
    int order = strcmp(x->address.text, y->address.text);
    return order ? order : memcmp(x->hash.b, y->hash.b, sizeof x->hash.b);
}

static sh_err index_seats(struct directory *d)
{
    const void *twice = NULL;
    for (size_t i = 0; i < d->seats_len; i++) {
        const struct seat *seat = &d->seats[i];
        d->seat_pointers[i] = seat;
        SH_TRY(index_add(&d->seats_by_hash, seat->hash.b, seat));
        SH_TRY(index_add(&d->seats_by_curve, seat->curve_key, seat));
    }
    SH_TRY(index_sort(&d->seats_by_hash, &twice));
    SH_TRY(index_sort(&d->seats_by_curve, &twice));
    return index_sort(&d->certificates_by_hash, &twice);
}

sh_err load_seats(struct load *load)
{
    struct directory *d = load->d;
    d->seats = arena_array(d->arena, d->file.seats_len, sizeof *d->seats);
    d->seat_pointers = arena_array(d->arena, d->file.seats_len, sizeof(const struct seat *));
    SH_CHECK(d->seats && d->seat_pointers, SH_E_NOMEM);
    for (size_t i = 0; i < d->file.seats_len; i++) {
        SH_TRY(load_seat(load, &d->file.seats[i]));
    }
    if (d->seats_len > 0) {
        qsort(d->seats, d->seats_len, sizeof *d->seats, compare_seats);
    }
    sh_err err = index_seats(d);
    return err == SH_E_DUPLICATE_KEY ? sh_fail(load->why, err, "a seat's key appears twice") : err;
}

/* ---- desks ---- */

static sh_err load_recovery(struct load *load, const struct directory_desk *entry, struct desk *out)
{
    if (entry->recovery.len == 0) {
        return SH_OK;
    }
    struct certificate *cert = NULL;
    bool live = false;
    SH_TRY(load_certificate(load, entry->recovery, PROFILE_RECOVERY, entry->address.text, &cert));
    SH_TRY(check_address(load, cert, &entry->address));
    SH_TRY(load_check_chain(load, cert, &entry->address, &live));
    if (live) {
        out->recovery = cert;
    }
    return SH_OK;
}

static void describe_desk(const struct directory *d, const struct directory_desk *entry,
                          struct desk *out)
{
    const char *code = address_organisation(&entry->address);
    const struct directory_organisation *organisation = directory_organisation(d, code);
    *out = (struct desk){
        .address = entry->address,
        .name = entry->name,
        .telephone = entry->telephone,
        .hours = entry->hours,
        .organisation_name =
            organisation ? organisation->name : address_organisation(&entry->address),
        .cover = entry->cover,
        .cover_len = entry->cover_len,
    };
    if (!out->telephone && organisation) {
        out->telephone = organisation->telephone;
    }
    if (!out->hours && organisation) {
        out->hours = organisation->hours;
    }
}

/* Both lists are ascending by address, so one walk gives each desk its piece. */
static sh_err give_seats(struct load *load)
{
    struct directory *d = load->d;
    size_t next = 0;
    for (size_t i = 0; i < d->desks_len; i++) {
        struct desk *desk = &d->desks[i];
        desk->seats = &d->seat_pointers[next];
        while (next < d->seats_len && address_equal(&d->seats[next].address, &desk->address)) {
            desk->seats_len++;
            next++;
        }
    }
    if (next < d->seats_len) {
        return sh_fail(load->why, SH_E_UNKNOWN_DESK, "%s has a seat, but no entry as a desk",
                       d->seats[next].address.text);
    }
    return SH_OK;
}

sh_err load_desks(struct load *load)
{
    struct directory *d = load->d;
    d->desks_len = d->file.desks_len;
    d->desks = arena_array(d->arena, d->desks_len, sizeof *d->desks);
    SH_CHECK(d->desks, SH_E_NOMEM);
    for (size_t i = 0; i < d->desks_len; i++) {
        describe_desk(d, &d->file.desks[i], &d->desks[i]);
        SH_TRY(load_recovery(load, &d->file.desks[i], &d->desks[i]));
    }
    return give_seats(load);
}
