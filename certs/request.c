/* From a seat's request to its certificates: what csr_pair_parse() could not know is judged here
 * (is there an authority for this address, was a key ever seen before), then both are issued and
 * entered in one go. */
#include "base/cleanup.h"
#include "certs/authority.h"
#include "crypto/digest.h"
#include "crypto/ossl.h"

void issued_seat_wipe(struct issued_seat *seat)
{
    certificate_free(&seat->sign);
    certificate_free(&seat->seal);
}

/* The same value that certificate_key_sha256() will have. */
static sh_err hash_public_key(const struct key *key, struct sh_hash *out)
{
    uint8_t *spki = NULL;
    int len = i2d_PUBKEY(key_evp(key), &spki);
    SH_CHECK(len > 0, ossl_fail(SH_E_CRYPTO));
    sh_err err = digest_sha256(bytes_of(spki, (size_t)len), out);
    OPENSSL_free(spki);
    return err;
}

static sh_err check_request(struct ca *ca, const struct csr_pair *request, const char *holder,
                            struct sh_why *why)
{
    if (ca_check_text(holder, CA_TEXT_BYTES_MAX) != SH_OK) {
        return sh_fail(why, SH_E_BAD_TEXT,
                       "--holder is \"Name, role\": 1 to %d bytes of plain text",
                       CA_TEXT_BYTES_MAX);
    }
    struct sh_hash sign;
    struct sh_hash seal;
    SH_TRY(hash_public_key(request->sign, &sign));
    SH_TRY(hash_public_key(request->seal, &seal));
    SH_TRY(register_check_new(ca_register(ca), &sign, request->curve_key, why));
    return register_check_new(ca_register(ca), &seal, NULL, why);
}

static sh_err open_authority(struct ca *ca, const struct address *address, struct held_issuer *out,
                             struct sh_why *why)
{
    const char *sector = address_sector(address);
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    sh_err err = register_find_certificate(ca_register(ca), PROFILE_AUTHORITY, sector, &cert, why);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(
            why, SH_E_WRONG_SECTOR,
            "%s: there is no authority for the sector '%s' here ('safehand-ca sector add')",
            address->text, sector);
    }
    SH_TRY(err);
    return ca_issuer(ca, PROFILE_AUTHORITY, sector, out, why);
}

sh_err ca_issue_seat(struct ca *ca, const struct csr_pair *request, const char *holder,
                     struct issued_seat *out, struct sh_why *why)
{
    SH_DEFER(held_issuer_wipe) struct held_issuer authority = {0};
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    SH_TRY(check_request(ca, request, holder, why));
    SH_TRY(open_authority(ca, &request->address, &authority, why));
    struct issuer issuer = held_issuer_view(&authority);
    struct issue_order order = {
        .profile = PROFILE_SIGN,
        .subject_key = request->sign,
        .address = &request->address,
        .curve_key = request->curve_key,
        .not_before_ms = ca_now_ms(ca) - ISSUE_BACKDATE_MS,
        .not_after_ms = ca_now_ms(ca) + ISSUE_SEAT_MS,
    };
    SH_TRY(issue_certificate(&issuer, &order, &seat.sign));
    order.profile = PROFILE_SEAL;
    order.subject_key = request->seal;
    order.curve_key = NULL;
    SH_TRY(issue_certificate(&issuer, &order, &seat.seal));
    SH_TRY(register_add_seat(ca_register(ca), seat.sign, seat.seal, &request->address, holder,
                             ca_now_ms(ca), why));
    out->sign = certificate_ref(seat.sign);
    out->seal = certificate_ref(seat.seal);
    return SH_OK;
}
