/* See edited.h. */
#include "edited.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define REVOKED_MAX 4

void edited_free(struct edited *edited)
{
    arena_free(&edited->arena);
    buf_wipe(&edited->crl);
}

void edited_open(const struct pki *pki, struct edited *out)
{
    struct signed_directory envelope;
    *out = (struct edited){.crl = BUF_INIT(SH_CRL_BYTES_MAX)};
    cr_assert_eq(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &out->arena), SH_OK);
    cr_assert_eq(signed_directory_decode(bytes_buf(&pki->directory), out->arena, &envelope), SH_OK);
    cr_assert_eq(directory_file_decode(envelope.directory, out->arena, &out->file), SH_OK);
    struct directory_file *f = &out->file;
    memcpy(out->seats, f->seats, f->seats_len * sizeof *f->seats);
    memcpy(out->desks, f->desks, f->desks_len * sizeof *f->desks);
    memcpy(out->crls, f->crls, f->crls_len * sizeof *f->crls);
    memcpy(out->authorities, f->authorities, f->authorities_len * sizeof *f->authorities);
    f->seats = out->seats;
    f->desks = out->desks;
    f->crls = out->crls;
    f->authorities = out->authorities;
}

void edited_add_seat(struct edited *edited, const char *address, const struct certificate *sign,
                     const struct certificate *seal)
{
    struct directory_seat *seat = &edited->seats[edited->file.seats_len++];
    cr_assert_eq(address_from(address, &seat->address), SH_OK);
    seat->sign_certificate = certificate_der(sign);
    seat->seal_certificate = certificate_der(seal);
}

void edited_replace_crl(struct edited *edited, struct pki *pki, const char *sector,
                        const struct certificate *const *revoked, size_t revoked_len, int64_t at_ms)
{
    struct revoked entries[REVOKED_MAX];
    size_t position = edited->file.crls_len - 1; /* the root's stands last */
    struct issuer issuer = {.key = pki->root_key, .cert = pki->root};
    for (size_t i = 0; sector && i < pki->authorities_len; i++) {
        if (strcmp(pki->authorities[i].sector, sector) == 0) {
            issuer = (struct issuer){pki->authorities[i].key, pki->authorities[i].cert};
            position = i;
        }
    }
    cr_assert_leq(revoked_len, REVOKED_MAX);
    for (size_t i = 0; i < revoked_len; i++) {
        entries[i] = (struct revoked){.at_ms = at_ms, .reason = REVOKED_SUPERSEDED};
        cr_assert_eq(issue_serial(revoked[i], entries[i].serial), SH_OK);
    }
    struct crl_order order = {.number = 9,
                              .this_update_ms = pki->now_ms - ISSUE_BACKDATE_MS,
                              .next_update_ms = pki->now_ms + ISSUE_CRL_MS,
                              .revoked = entries,
                              .revoked_len = revoked_len};
    buf_reset(&edited->crl);
    cr_assert_eq(issue_crl(&issuer, &order, &edited->crl), SH_OK);
    edited->crls[position] = bytes_buf(&edited->crl);
    pki_sign_directory(pki, &edited->file);
}

void expect_refusal(const struct pki *pki, sh_err expected)
{
    struct sh_why why = {{0}};
    struct directory *d = NULL;
    sh_err err = directory_load(bytes_buf(&pki->directory), pki->root, pki->now_ms, 0, 0, &d, &why);
    cr_expect_eq(err, expected, "got %s: %s", sh_err_word(err), why.text);
    cr_expect(err == SH_OK || d == NULL);
    directory_free(&d);
}

static int compare_seats(const void *a, const void *b)
{
    const struct directory_seat *x = a;
    const struct directory_seat *y = b;
    int order = strcmp(x->address.text, y->address.text);
    return order ? order : bytes_compare(x->sign_certificate, y->sign_certificate);
}

void expect_refusal_of(struct pki *pki, struct edited *edited, sh_err expected)
{
    qsort(edited->seats, edited->file.seats_len, sizeof *edited->seats, compare_seats);
    pki_sign_directory(pki, &edited->file);
    expect_refusal(pki, expected);
}
