/* Sealing: what a desk sends is what it was given to send, and what a reader would refuse never
 * leaves. */
#include "base/cleanup.h"
#include "crypto/digest.h"
#include "support/post.h"

#include <criterion/criterion.h>

static sh_err seal_again(const struct post *post, struct letter *l, struct sh_why *why)
{
    const struct envelope_order order = letter_order(post, l);
    buf_reset(&l->header);
    buf_reset(&l->sealed);
    return envelope_seal(&order, &l->header, &l->sealed, why);
}

static void expect_refused(const struct post *post, struct letter *l, sh_err expected)
{
    struct sh_why why = {""};
    cr_expect_eq(seal_again(post, l, &why), expected, "%s", why.text);
    cr_expect_eq(l->header.len, 0);
    cr_expect_eq(l->sealed.len, 0);
}

Test(envelope, a_header_names_what_was_sealed_by_hash_and_length)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct header header;
    struct sh_hash hash;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    cr_assert_eq(header_decode(l.env.header, post.arena, &header), SH_OK);
    cr_assert_eq(header.sealed_bytes, l.env.sealed.len);
    cr_assert_eq(digest_sha256(l.env.sealed, &hash), SH_OK);
    cr_assert(hash_equal(&hash, &header.sealed_sha256));
    cr_assert_eq(header.parts.count, 0);
    cr_assert_eq(envelope_check_sealed(&header, l.env.sealed), SH_OK);
}

Test(envelope, a_header_hash_is_the_sha256_of_its_bytes)
{
    struct sh_hash a, b;
    cr_assert_eq(header_hash(bytes_str("abc"), &a), SH_OK);
    cr_assert_eq(digest_sha256(bytes_str("abc"), &b), SH_OK);
    cr_assert(hash_equal(&a, &b));
}

Test(envelope, the_same_words_sealed_twice_have_nothing_in_common)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct header first, second;
    struct sh_why why;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    cr_assert_eq(header_decode(bytes_buf(&l.header), post.arena, &first), SH_OK);
    cr_assert_eq(seal_again(&post, &l, &why), SH_OK);
    cr_assert_eq(header_decode(bytes_buf(&l.header), post.arena, &second), SH_OK);
    /* A guess at the words cannot be tried out against the commitment: salt and signature are in
     * it. */
    cr_assert_not(hash_equal(&first.inner_sha256, &second.inner_sha256));
    cr_assert_not(hash_equal(&first.sealed_sha256, &second.sealed_sha256));
}

Test(envelope, nothing_of_the_words_is_readable_in_an_envelope)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    cr_assert_null(memmem(l.bytes.data, l.bytes.len, "Ada", 3));
    cr_assert_null(memmem(l.bytes.data, l.bytes.len, "coats", 5));
    cr_assert_null(memmem(l.bytes.data, l.bytes.len, "A Lead", 6));
}

Test(envelope, a_seat_that_is_not_the_sender_cannot_sign)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.sender = &post.pki.seats[DEPUTY];
    expect_refused(&post, &l, SH_E_WRONG_SEAT);
    l.sender = &post.pki.seats[MASH];
    l.facts.seat = l.sender->hash;
    expect_refused(&post, &l, SH_E_WRONG_DESK);
}

Test(envelope, a_certificate_for_sealing_cannot_sign)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct sh_why why;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    struct envelope_order order = letter_order(&post, &l);
    order.sign_cert = post.pki.seats[SCHOOL].seal_cert;
    cr_assert_eq(envelope_seal(&order, &l.header, &l.sealed, &why), SH_E_BAD_CERTIFICATE);
}

Test(envelope, certificates_that_are_missing_too_many_or_of_no_recipient_are_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct sh_why why = {""};
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    const size_t all = l.seal_certs_len;
    /* MASH and managers with a seat and a recovery key each, the school with two seats and one. */
    cr_assert_eq(all, 7);
    l.seal_certs_len = all - 1;
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
    l.seal_certs[all] = post.pki.seats[SCHOOL].seal_cert;
    l.seal_certs_len = all + 1;
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
    l.seal_certs[all] = post.pki.seats[NURSE].seal_cert;
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
    l.seal_certs_len = all;
    /* As many as there should be, but one of MASH's replaced by one more of the school's, a new one
     * or a known one. */
    const struct certificate *first = l.seal_certs[0];
    l.seal_certs[0] = post.pki.seats[SCHOOL].sign_cert;
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
    l.seal_certs[0] = l.seal_certs[1];
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
    l.seal_certs[0] = first;
    cr_assert_eq(seal_again(&post, &l, &why), SH_OK, "%s", why.text);
}

Test(envelope, facts_that_the_words_do_not_bear_out_are_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.facts.urgency = URGENCY_ROUTINE;
    expect_refused(&post, &l, SH_E_HEADER_DISAGREES);
    l.facts.urgency = URGENCY_URGENT;
    l.facts.recipients_len--;
    expect_refused(&post, &l, SH_E_BAD_RECIPIENTS);
}

Test(envelope, casework_with_a_mistake_is_refused_with_its_path)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct sh_why why = {""};
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    cr_assert_eq(
        json_object_set_new(json_object_get(l.casework, "referrer"), "name", json_string("")), 0);
    cr_assert_eq(seal_again(&post, &l, &why), SH_E_JSON);
    cr_assert_not_null(strstr(why.text, "referrer.name"), "%s", why.text);
    expect_refused(&post, &l, SH_E_JSON);
}

/* Two text fields of `len` and 65,000 bytes beside one of 64 KiB: around the limit of what fits
 * inline. */
static void lengthen(struct letter *l, size_t len)
{
    static char text[SH_TEXT_BYTES_MAX + 1];
    json_t *concern = json_object_get(l->casework, "concern");
    static const char *const fields[] = {"what_happened", "impact", "worry"};
    const size_t lens[] = {SH_TEXT_BYTES_MAX, 65000, len};
    for (size_t i = 0; i < 3; i++) {
        memset(text, 'w', lens[i]);
        text[lens[i]] = '\0';
        cr_assert_eq(json_object_set_new(concern, fields[i], json_string(text)), 0);
    }
}

Test(envelope, a_message_is_sealed_up_to_192_kib_and_not_beyond)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    struct sh_why why = {""};
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    lengthen(&l, 50000);
    cr_assert_eq(seal_again(&post, &l, &why), SH_OK, "%s", why.text);
    /* Signatures are 70 to 72 bytes of DER, so the length of one sealing is known to a few bytes
     * only. */
    size_t room = SH_SEALED_INLINE_BYTES_MAX - l.sealed.len;
    lengthen(&l, 50000 + room - 8);
    cr_assert_eq(seal_again(&post, &l, &why), SH_OK, "%s", why.text);
    cr_assert(l.sealed.len <= SH_SEALED_INLINE_BYTES_MAX);
    cr_assert(l.sealed.len > SH_SEALED_INLINE_BYTES_MAX - 24);
    lengthen(&l, 50000 + room + 8);
    expect_refused(&post, &l, SH_E_TOO_BIG);
    (void)seal_again(&post, &l, &why);
    cr_assert_not_null(strstr(why.text, "196608"), "%s", why.text);
}

Test(envelope, a_buffer_that_is_too_small_is_left_as_it_was)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.sealed.max = 100;
    expect_refused(&post, &l, SH_E_TOO_BIG);
    l.sealed.max = SH_SEALED_INLINE_BYTES_MAX;
    l.header.max = 100;
    expect_refused(&post, &l, SH_E_TOO_BIG);
}

Test(envelope, signing_over_the_limits_of_an_envelope_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(2 * SH_ENVELOPE_BYTES_MAX);
    static uint8_t zeros[SH_SEALED_INLINE_BYTES_MAX + 1];
    post_make(&post);
    const struct key *key = post.pki.seats[SCHOOL].sign;
    cr_expect_eq(envelope_sign(bytes_str("h"), bytes_of(zeros, sizeof zeros), key, &out),
                 SH_E_TOO_BIG);
    cr_expect_eq(envelope_sign(bytes_of(zeros, SH_HEADER_BYTES_MAX + 1), bytes_str("s"), key, &out),
                 SH_E_TOO_BIG);
    cr_expect_eq(out.len, 0);
    cr_expect_eq(envelope_sign(bytes_of(zeros, SH_HEADER_BYTES_MAX),
                               bytes_of(zeros, SH_SEALED_INLINE_BYTES_MAX), key, &out),
                 SH_OK);
}
