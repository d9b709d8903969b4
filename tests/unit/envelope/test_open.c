/* Opening: every seat that a message is sealed to reads the words that were sent; nobody else does;
 * and a sender who forges any layer is caught with the code that the reader's receipt will carry.
 */
#include "base/cleanup.h"
#include "support/post.h"

#include <criterion/criterion.h>

static void check_reader(const struct letter *l, const struct envelope_reader *reader)
{
    struct sh_why why = {""};
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    cr_assert_eq(envelope_open(&l->env, reader, &o, &why), SH_OK, "%s", why.text);
    cr_assert(json_equal(o.content.casework, l->casework));
    cr_assert(id_equal(&o.header.facts.message_id, &l->facts.message_id));
    cr_assert_eq(o.content.facts.children_count, 2);
    cr_assert_not(hash_is_zero(&o.content.salt));
    cr_assert_gt(o.signed_data.len, 0);
}

Test(envelope, every_seat_and_recovery_key_of_every_desk_named_reads_the_words_sent)
{
    static const enum post_seat readers[] = {SCHOOL, DEPUTY, MASH, MANAGERS};
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    for (size_t i = 0; i < 4; i++) {
        const struct envelope_reader seat = post_reader(&post, readers[i], SCHOOL);
        const struct envelope_reader recovery = post_recovery(&post, readers[i], SCHOOL);
        check_reader(&l, &seat);
        check_reader(&l, &recovery);
    }
}

Test(envelope, a_message_of_a_batch_opens_like_any_other)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(letter_free) struct letter second;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    letter_write(&post, &second, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &second);
    const struct bytes headers[] = {bytes_buf(&l.header), bytes_buf(&second.header)};
    const struct bytes sealed[] = {bytes_buf(&l.sealed), bytes_buf(&second.sealed)};
    struct buf out[2] = {BUF_INIT(SH_ENVELOPE_BYTES_MAX), BUF_INIT(SH_ENVELOPE_BYTES_MAX)};
    cr_assert_eq(envelope_sign_batch(headers, sealed, 2, l.sender->sign, out), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&out[0]), post.arena, &l.env), SH_OK);
    const struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    check_reader(&l, &reader);
    buf_wipe(&out[0]);
    buf_wipe(&out[1]);
}

Test(envelope, a_short_answer_opens_with_or_without_a_list_of_the_children)
{
    SH_DEFER(post_free) struct post post;
    post_make(&post);
    for (uint32_t children = 0; children <= 2; children++) {
        SH_DEFER(letter_free) struct letter l;
        SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
        struct sh_why why = {""};
        letter_write(&post, &l, MASH, POST_DECISION, children);
        letter_seal(&post, &l);
        const struct envelope_reader reader = post_reader(&post, DEPUTY, MASH);
        cr_assert_eq(envelope_open(&l.env, &reader, &o, &why), SH_OK, "%s", why.text);
        cr_assert_eq(o.header.facts.children_len, children);
    }
}

Test(envelope, an_answer_for_the_second_child_alone_opens)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, MASH,
                 "{\"kind\":\"decision\",\"children\":[{\"child\":2,\"outcome\":\"closed\","
                 "\"reasons\":\"Seen.\"}],\"author\":{\"name\":\"A\",\"role\":\"B\"}}",
                 2);
    /* From a desk to itself: nobody else is named. */
    letter_seal(&post, &l);
    const struct envelope_reader reader = post_reader(&post, MASH, MASH);
    cr_assert_eq(post_open(&l, &reader), SH_OK);
}

Test(envelope, forged_by_nobody_a_forgery_opens)
{
    /* The rest of this file changes one thing each in what letter_forge() makes. */
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_OK);
}

/* ---- who reads ---- */

Test(envelope, a_desk_that_is_not_named_is_not_addressed_even_if_sealed_to)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.seal_certs[l.seal_certs_len++] = post.pki.seats[NURSE].seal_cert;
    letter_forge(&post, &l);
    const struct envelope_reader nurse = post_reader(&post, NURSE, SCHOOL);
    const struct envelope_reader recovery = post_recovery(&post, NURSE, SCHOOL);
    cr_expect_eq(post_open(&l, &nurse), SH_E_NOT_FOR_US);
    cr_expect_eq(post_open(&l, &recovery), SH_E_NOT_FOR_US);
}

Test(envelope, a_seat_named_under_another_desks_address_is_not_addressed)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    cr_assert_str_eq(l.recipients[2].address.text, "mash@999.social-care");
    cr_assert_eq(l.recipients[2].seats_len, 1);
    l.recipients[2].seats = &post.pki.seats[NURSE].hash;
    l.seal_certs[l.seal_certs_len++] = post.pki.seats[NURSE].seal_cert;
    letter_forge(&post, &l);
    const struct envelope_reader nurse = post_reader(&post, NURSE, SCHOOL);
    cr_expect_eq(post_open(&l, &nurse), SH_E_NOT_FOR_US);
    /* And MASH's own seat is not among those named for MASH. */
    post_expect(&post, &l, SH_E_NOT_FOR_US);
}

Test(envelope, a_seat_named_but_not_sealed_to_cannot_unseal)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.seal_certs[0] = post.pki.seats[NURSE].seal_cert;
    l.seal_certs_len = 1;
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_UNSEAL);
}

Test(envelope, a_reader_with_neither_seat_nor_recovery_is_not_addressed)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    for (size_t i = 0; i < l.facts.recipients_len; i++) {
        /* A desk without a recovery certificate: zero must not match zero. */
        memset(&l.recipients[i].recovery, 0, SH_HASH_BYTES);
    }
    letter_forge(&post, &l);
    struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    memset(&reader.seat, 0, SH_HASH_BYTES);
    cr_expect_eq(post_open(&l, &reader), SH_E_NOT_FOR_US);
}

/* ---- who sent ---- */

Test(envelope, an_envelope_signed_by_another_seat_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.sealer = &post.pki.seats[NURSE];
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_BAD_SIGNATURE);
}

Test(envelope, a_header_that_names_another_seat_or_desk_than_its_signer_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.facts.seat = l.inside.seat = post.pki.seats[DEPUTY].hash;
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_WRONG_SEAT);

    SH_DEFER(letter_free) struct letter from_other;
    letter_write(&post, &from_other, SCHOOL, POST_REFERRAL, 0);
    from_other.signer = from_other.sealer = &post.pki.seats[NURSE];
    from_other.facts.seat = post.pki.seats[NURSE].hash;
    letter_forge(&post, &from_other);
    const struct envelope_reader reader = post_reader(&post, MASH, NURSE);
    cr_expect_eq(post_open(&from_other, &reader), SH_E_WRONG_DESK);
}

Test(envelope, a_sender_whose_certificate_did_not_count_when_accepted_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    reader.accepted_at_ms = post.pki.now_ms - SH_DAY_MS;
    cr_expect_eq(post_open(&l, &reader), SH_E_EXPIRED);
    reader.accepted_at_ms = post.pki.now_ms + 40 * SH_DAY_MS;
    cr_expect_eq(post_open(&l, &reader), SH_E_STALE_CRL);
    reader.grace_ms = 14 * SH_DAY_MS;
    cr_expect_eq(post_open(&l, &reader), SH_OK);
    reader.accepted_at_ms = post.pki.now_ms + 5000 * SH_DAY_MS;
    reader.grace_ms = 6000 * SH_DAY_MS;
    cr_expect_eq(post_open(&l, &reader), SH_E_EXPIRED);
}

Test(envelope, a_sender_revoked_before_the_message_was_accepted_is_refused_and_after_it_is_not)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    post.pki.seats[SCHOOL].revoked = true;
    pki_publish(&post.pki);
    post_reload(&post);
    struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    reader.accepted_at_ms = post.pki.now_ms + SH_SECOND_MS;
    cr_expect_eq(post_open(&l, &reader), SH_E_REVOKED);
    reader.accepted_at_ms = post.pki.now_ms - SH_SECOND_MS;
    cr_expect_eq(post_open(&l, &reader), SH_OK);
}

Test(envelope, a_sender_of_another_partnership_is_refused)
{
    SH_DEFER(post_free) struct post ours;
    SH_DEFER(post_free) struct post theirs;
    SH_DEFER(letter_free) struct letter l;
    post_make(&ours);
    post_make(&theirs);
    letter_write(&theirs, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&theirs, &l);
    struct envelope_reader reader = post_reader(&theirs, MASH, SCHOOL);
    reader.trust = directory_trust(ours.directory);
    cr_expect_eq(post_open(&l, &reader), SH_E_BAD_CHAIN);
}

/* ---- what was sent ---- */

Test(envelope, a_header_changed_anywhere_does_not_open)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(SH_HEADER_BYTES_MAX);
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    cr_assert_eq(buf_append(&header, l.env.header), SH_OK);
    l.env.header = bytes_buf(&header);
    const struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    for (size_t i = 0; i < header.len; i += 3) {
        header.data[i] ^= (uint8_t)(1u << i % 8);
        cr_expect_neq(post_open(&l, &reader), SH_OK, "byte %zu", i);
        header.data[i] ^= (uint8_t)(1u << i % 8);
    }
    cr_expect_eq(post_open(&l, &reader), SH_OK);
}

Test(envelope, sealed_bytes_that_the_header_does_not_name_are_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(letter_free) struct letter other;
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX);
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    letter_write(&post, &other, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &other);
    cr_assert_eq(buf_append(&sealed, l.env.sealed), SH_OK);
    sealed.data[sealed.len / 2] ^= 0x10;
    l.env.sealed = bytes_buf(&sealed);
    post_expect(&post, &l, SH_E_COMMITMENT);
    sealed.data[sealed.len / 2] ^= 0x10;
    post_expect(&post, &l, SH_OK);
    l.env.sealed.len--;
    post_expect(&post, &l, SH_E_COMMITMENT);
    l.env.sealed = other.env.sealed;
    post_expect(&post, &l, SH_E_COMMITMENT);
}

Test(envelope, a_message_in_parts_cannot_be_opened_without_them)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.parts = (struct parts){.sealed_count = 1, .count = 1, .bytes = 1000};
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_NO_PARTS);
}

Test(envelope, signed_content_that_the_header_does_not_commit_to_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.wrong_commitment = true;
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_COMMITMENT);
}

Test(envelope, content_that_another_seat_signed_is_foreign)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.signer = &post.pki.seats[NURSE];
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_FOREIGN_CONTENT);
}

Test(envelope, content_of_an_earlier_message_sealed_again_under_a_new_header_disagrees)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(letter_free) struct letter again;
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    struct sh_why why;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    const struct envelope_reader reader = post_reader(&post, MASH, SCHOOL);
    cr_assert_eq(envelope_open(&l.env, &reader, &o, &why), SH_OK);
    letter_write(&post, &again, SCHOOL, POST_REFERRAL, 0);
    again.signed_data = bytes_buf(&o.signed_data);
    letter_forge(&post, &again);
    post_expect(&post, &again, SH_E_HEADER_DISAGREES);
}

Test(envelope, something_that_is_no_signed_content_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    l.signed_data = bytes_str("plain words, unsigned");
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_CMS_PROFILE);
    l.signed_data = bytes_of(NULL, 0);
    l.content = bytes_str("signed, but no content");
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_FORMAT);
}

Test(envelope, a_referral_that_says_nothing_is_bad_content)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf facts = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_HEADER_BYTES_MAX);
    static const uint8_t salt[2 + SH_HASH_BYTES] = {0x12, SH_HASH_BYTES, 1};
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    /* Content by hand: version 1, salt, facts of two length bytes, an empty referral (field 11). */
    cr_assert_eq(facts_encode(&l.facts, &facts), SH_OK);
    cr_assert(facts.len >= 128 && facts.len < 16384);
    cr_assert_eq(buf_append(&content, bytes_of("\x08\x01", 2)), SH_OK);
    cr_assert_eq(buf_append(&content, bytes_of(salt, sizeof salt)), SH_OK);
    cr_assert_eq(buf_append_u8(&content, 0x1a), SH_OK);
    cr_assert_eq(buf_append_u8(&content, (uint8_t)(0x80 | (facts.len & 0x7f))), SH_OK);
    cr_assert_eq(buf_append_u8(&content, (uint8_t)(facts.len >> 7)), SH_OK);
    cr_assert_eq(buf_append(&content, bytes_buf(&facts)), SH_OK);
    cr_assert_eq(buf_append(&content, bytes_of("\x5a\x00", 2)), SH_OK);
    l.content = bytes_buf(&content);
    letter_forge(&post, &l);
    post_expect(&post, &l, SH_E_BAD_CONTENT);
}
