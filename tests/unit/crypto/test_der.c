#include "crypto/der.h"

#include <criterion/criterion.h>

#define DER(...) bytes_of((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

Test(crypto, der_takes_one_element_and_leaves_the_rest)
{
    struct bytes in = DER(0x04, 0x02, 0xaa, 0xbb, 0x05, 0x00), value;
    cr_assert_eq(der_take(&in, DER_OCTET_STRING, &value), SH_OK);
    cr_assert_eq(value.len, 2);
    cr_assert_eq(value.data[1], 0xbb);
    cr_assert_eq(in.len, 2);
    cr_assert_eq(der_end(in), SH_E_FORMAT);
    cr_assert_eq(der_take(&in, DER_OCTET_STRING, &value), SH_E_FORMAT, "another tag");
    cr_assert_eq(der_take_exact(&in, DER(0x05, 0x00)), SH_OK);
    cr_assert_eq(der_end(in), SH_OK);
    cr_assert_eq(der_take(&in, DER_OCTET_STRING, &value), SH_E_FORMAT, "nothing left");
}

Test(crypto, der_refuses_lengths_that_are_ber_or_run_over)
{
    const struct bytes bad[] = {
        DER(0x04),                                     /* no length */
        DER(0x04, 0x01),                               /* no content */
        DER(0x04, 0x80, 0x00, 0x00),                   /* indefinite */
        DER(0x04, 0x81),                               /* length cut */
        DER(0x04, 0x81, 0x01, 0xaa),                   /* 1 in the long form */
        DER(0x04, 0x82, 0x00, 0x01, 0xaa),             /* the same, longer */
        DER(0x04, 0x85, 0x00, 0x00, 0x00, 0x00, 0x01), /* five octets of length */
        DER(0x04, 0x84, 0xff, 0xff, 0xff, 0xff),       /* four gigabytes */
        DER(0x1f, 0x85, 0x01, 0x00),                   /* a tag of more than one byte */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bytes in = bad[i], element, value;
        cr_assert_eq(der_take_any(&in, &element, &value), SH_E_FORMAT, "case %zu", i);
    }
}

Test(crypto, der_reads_the_long_form_where_it_is_the_shortest)
{
    static const size_t lens[] = {127, 128, 255, 256, 65535, 65536};
    static uint8_t space[70000];
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        size_t n = lens[i], at = 0;
        space[at++] = 0x04;
        if (n >= 128) {
            size_t octets = n > 65535 ? 3 : n > 255 ? 2 : 1;
            space[at++] = (uint8_t)(0x80 | octets);
            for (size_t k = octets; k > 0; k--) {
                space[at++] = (uint8_t)(n >> (8 * (k - 1)));
            }
        } else {
            space[at++] = (uint8_t)n;
        }
        struct bytes in = bytes_of(space, at + n), value;
        cr_assert_eq(der_take(&in, DER_OCTET_STRING, &value), SH_OK, "%zu", n);
        cr_assert_eq(value.len, n);
        cr_assert_eq(in.len, 0);
    }
}

/* n SEQUENCEs, one in the other. */
static struct bytes nest(uint8_t *space, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        space[2 * i] = DER_SEQUENCE;
        space[2 * i + 1] = (uint8_t)(2 * (n - i - 1));
    }
    return bytes_of(space, 2 * n);
}

Test(crypto, der_deep_check_looks_into_every_part_and_stops_at_24)
{
    uint8_t space[128];
    cr_assert_eq(der_check_deep(nest(space, 23)), SH_OK);
    cr_assert_eq(der_check_deep(nest(space, 24)), SH_E_FORMAT);
    cr_assert_eq(der_check_deep(DER(0x30, 0x03, 0x02, 0x01, 0x05)), SH_OK);
    cr_assert_eq(der_check_deep(DER(0x30, 0x03, 0x02, 0x02, 0x05)), SH_E_FORMAT);
    cr_assert_eq(der_check_deep(DER(0x30, 0x04, 0x02, 0x81, 0x01, 0x05)), SH_E_FORMAT);
    cr_assert_eq(der_check_deep(DER(0x30, 0x00, 0x00)), SH_E_FORMAT, "something behind it");
    cr_assert_eq(der_check_deep(bytes_of(NULL, 0)), SH_E_FORMAT);
}

Test(crypto, der_takes_only_the_shortest_positive_integers)
{
    static const struct {
        uint8_t der[8];
        size_t len;
        sh_err want;
    } cases[] = {
        {{0x02, 0x01, 0x01}, 3, SH_OK},
        {{0x02, 0x02, 0x00, 0x80}, 4, SH_OK},
        {{0x02, 0x03, 0x00, 0xff, 0xff}, 5, SH_OK},
        {{0x02, 0x01, 0x00}, 3, SH_E_FORMAT},                   /* zero */
        {{0x02, 0x00}, 2, SH_E_FORMAT},                         /* nothing */
        {{0x02, 0x01, 0x80}, 3, SH_E_FORMAT},                   /* negative */
        {{0x02, 0x02, 0x00, 0x7f}, 4, SH_E_FORMAT},             /* a zero too many */
        {{0x02, 0x04, 0x00, 0xff, 0xff, 0xff}, 6, SH_E_FORMAT}, /* three bytes */
        {{0x02, 0x03, 0x01, 0x00, 0x00}, 5, SH_E_FORMAT},       /* three bytes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes in = bytes_of(cases[i].der, cases[i].len);
        cr_assert_eq(der_take_positive(&in, 2), cases[i].want, "case %zu", i);
    }
}

Test(crypto, der_knows_an_ecdsa_signature_by_its_form)
{
    cr_assert_eq(der_check_ecdsa_p256(DER(0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01)), SH_OK);
    cr_assert_eq(der_check_ecdsa_p256(DER(0x30, 0x03, 0x02, 0x01, 0x01)), SH_E_FORMAT);
    cr_assert_eq(
        der_check_ecdsa_p256(DER(0x30, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01)),
        SH_E_FORMAT);
    cr_assert_eq(der_check_ecdsa_p256(DER(0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00)),
                 SH_E_FORMAT);
    uint8_t long_r[40] = {0x30, 38, 0x02, 33, 0x01};
    long_r[37] = 0x02;
    long_r[38] = 0x01;
    long_r[39] = 0x01;
    cr_assert_eq(der_check_ecdsa_p256(bytes_of(long_r, sizeof long_r)), SH_E_FORMAT,
                 "33 bytes of r");
}
