/* What must hold of a directory file before anybody searches it. The searches are binary, so an
 * order that is not as promised would not look wrong: it would hide a desk. */
#include "directory_check.h"

#include "base/clock.h"
#include "convert.h"

#include <stdio.h>

/* The right-hand part of an address: "999001.school" behind "x@", "school" behind "x@x.". */
static sh_err ending_check(const char *prefix, const char *ending)
{
    char text[SH_ADDRESS_BYTES_MAX + 1];
    int len = snprintf(text, sizeof text, "%s%s", prefix, ending);
    struct address address;
    SH_CHECK(len > 0 && (size_t)len < sizeof text, SH_E_BAD_ADDRESS);
    return address_from(text, &address);
}

static sh_err authorities_check(const struct directory_file *in)
{
    for (size_t i = 0; i < in->authorities_len; i++) {
        const struct directory_authority *at = &in->authorities[i];
        SH_TRY(ending_check("x@x.", at->sector));
        SH_TRY(length_check(at->certificate, SH_CERTIFICATE_BYTES_MAX));
        SH_CHECK(i == 0 || strcmp(at[-1].sector, at->sector) < 0, SH_E_FORMAT);
    }
    for (size_t i = 0; i < in->crls_len; i++) {
        SH_TRY(length_check(in->crls[i], SH_CRL_BYTES_MAX));
    }
    return SH_OK;
}

static sh_err organisations_check(const struct directory_file *in)
{
    for (size_t i = 0; i < in->organisations_len; i++) {
        const struct directory_organisation *at = &in->organisations[i];
        SH_TRY(ending_check("x@", at->code));
        for (size_t k = 0; k < at->successors_len; k++) {
            SH_TRY(ending_check("x@", at->successors[k]));
        }
        SH_CHECK(!at->closed_on || date_is_valid(at->closed_on), SH_E_FORMAT);
        SH_CHECK(i == 0 || strcmp(at[-1].code, at->code) < 0, SH_E_FORMAT);
    }
    return SH_OK;
}

static sh_err desks_check(const struct directory_file *in)
{
    for (size_t i = 0; i < in->desks_len; i++) {
        const struct directory_desk *at = &in->desks[i];
        SH_TRY(address_check(&at->address));
        for (size_t k = 0; k < at->cover_len; k++) {
            SH_TRY(address_check(&at->cover[k]));
        }
        SH_CHECK(at->recovery.len <= SH_CERTIFICATE_BYTES_MAX, SH_E_TOO_BIG);
        SH_CHECK(i == 0 || strcmp(at[-1].address.text, at->address.text) < 0, SH_E_FORMAT);
    }
    return SH_OK;
}

static bool seats_ascend(const struct directory_seat *a, const struct directory_seat *b)
{
    int order = strcmp(a->address.text, b->address.text);
    return order < 0 || (order == 0 && bytes_compare(a->sign_certificate, b->sign_certificate) < 0);
}

static sh_err seats_check(const struct directory_file *in)
{
    for (size_t i = 0; i < in->seats_len; i++) {
        const struct directory_seat *at = &in->seats[i];
        SH_TRY(address_check(&at->address));
        SH_TRY(length_check(at->sign_certificate, SH_CERTIFICATE_BYTES_MAX));
        SH_TRY(length_check(at->seal_certificate, SH_CERTIFICATE_BYTES_MAX));
        SH_CHECK(i == 0 || seats_ascend(&at[-1], at), SH_E_FORMAT);
    }
    return SH_OK;
}

sh_err directory_file_check(const struct directory_file *in)
{
    SH_TRY(time_check(in->created_at_ms));
    SH_TRY(time_check(in->expires_at_ms));
    SH_TRY(authorities_check(in));
    SH_TRY(organisations_check(in));
    SH_TRY(desks_check(in));
    SH_TRY(seats_check(in));
    for (size_t i = 0; i < in->keys_len; i++) {
        SH_TRY(time_check(in->keys[i].not_before_ms));
    }
    return SH_OK;
}
