#include "fixture.h"
#include "support/forge.h"

static struct fixture f;
static struct buf sealed = BUF_INIT(SH_MIB), out = BUF_INIT(SH_MIB);

static void seal(const char *text)
{
    const struct certificate *certs[] = {f.pki.seats[LEAD].seal_cert,
                                         f.pki.seats[POLICE].seal_cert};
    buf_reset(&sealed);
    cr_assert_eq(cms_seal(bytes_str(text), certs, 2, &sealed), SH_OK);
}

static void set_up(void)
{
    fixture_make(&f);
    seal("for two pairs of eyes");
}

static void tear_down(void)
{
    buf_wipe(&sealed);
    buf_wipe(&out);
    fixture_free(&f);
}

TestSuite(crypto_cms_seal, .init = set_up, .fini = tear_down);

static sh_err unseal(struct bytes bytes, const struct pki_seat *seat)
{
    buf_reset(&out);
    sh_err err = cms_unseal(bytes, seat->seal, seat->seal_cert, &out);
    cr_assert(err == SH_OK || out.len == 0, "plaintext given out with an error");
    return err;
}

Test(crypto_cms_seal, each_recipient_opens_it_and_nobody_else)
{
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[LEAD]), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str("for two pairs of eyes")));
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[POLICE]), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str("for two pairs of eyes")));
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[DEPUTY]), SH_E_UNSEAL);
    buf_reset(&out);
    cr_assert_eq(
        cms_unseal(bytes_buf(&sealed), f.pki.seats[DEPUTY].seal, f.pki.seats[LEAD].seal_cert, &out),
        SH_E_UNSEAL, "the certificate of one with the key of another");
    cr_assert_eq(out.len, 0);
}

Test(crypto_cms_seal, the_recovery_key_opens_it)
{
    const struct certificate *cert = f.pki.desks[0].recovery_cert;
    buf_reset(&sealed);
    cr_assert_eq(cms_seal(bytes_str("lost laptop"), &cert, 1, &sealed), SH_OK);
    buf_reset(&out);
    cr_assert_eq(cms_unseal(bytes_buf(&sealed), f.pki.desks[0].recovery, cert, &out), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str("lost laptop")));
}

Test(crypto_cms_seal, no_text_and_long_text_come_back)
{
    seal("");
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[LEAD]), SH_OK);
    cr_assert_eq(out.len, 0);
    SH_DEFER(buf_wipe) struct buf large = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX);
    uint8_t *room = NULL;
    cr_assert_eq(buf_reserve(&large, SH_SEALED_INLINE_BYTES_MAX, &room), SH_OK);
    memset(room, 'z', SH_SEALED_INLINE_BYTES_MAX);
    large.len = SH_SEALED_INLINE_BYTES_MAX;
    const struct certificate *cert = f.pki.seats[LEAD].seal_cert;
    buf_reset(&sealed);
    cr_assert_eq(cms_seal(bytes_buf(&large), &cert, 1, &sealed), SH_OK);
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[LEAD]), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_buf(&large)));
    SH_DEFER(buf_wipe) struct buf small = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX - 1);
    cr_assert_eq(cms_unseal(bytes_buf(&sealed), f.pki.seats[LEAD].seal, cert, &small),
                 SH_E_TOO_BIG);
    cr_assert_eq(small.len, 0);
}

Test(crypto_cms_seal, two_sealings_of_one_text_share_no_key_and_no_nonce)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_MIB);
    const struct certificate *certs[] = {f.pki.seats[LEAD].seal_cert,
                                         f.pki.seats[POLICE].seal_cert};
    cr_assert_eq(cms_seal(bytes_str("for two pairs of eyes"), certs, 2, &again), SH_OK);
    struct sealed_parts one, two;
    forge_sealed_open(bytes_buf(&sealed), &one);
    forge_sealed_open(bytes_buf(&again), &two);
    cr_assert(!bytes_equal(one.nonce, two.nonce));
    cr_assert(!bytes_equal(one.content, two.content));
    /* The ephemeral point stands 25 bytes into each recipient. */
    const uint8_t *points[] = {
        one.recipients.data + 25, one.recipients.data + FORGE_RECIPIENT_BYTES + 25,
        two.recipients.data + 25, two.recipients.data + FORGE_RECIPIENT_BYTES + 25};
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < i; k++) {
            cr_assert_neq(memcmp(points[i], points[k], 64), 0);
        }
    }
}

static const struct certificate *many[SH_SEATS_MAX + SH_DESKS_MAX + 1];

Test(crypto_cms_seal, as_many_as_a_message_can_have_are_sealed_to_and_one_more_is_not)
{
    for (size_t i = 0; i < SH_SEATS_MAX + SH_DESKS_MAX + 1; i++) {
        many[i] = f.pki.seats[i % 3].seal_cert;
    }
    size_t entries = 0;
    buf_reset(&sealed);
    cr_assert_eq(cms_seal(bytes_str("x"), many, 0, &sealed), SH_E_BAD_RECIPIENTS);
    cr_assert_eq(cms_seal(bytes_str("x"), many, SH_SEATS_MAX + SH_DESKS_MAX + 1, &sealed),
                 SH_E_TOO_BIG);
    cr_assert_eq(sealed.len, 0);
    cr_assert_eq(cms_seal(bytes_str("x"), many, SH_SEATS_MAX + SH_DESKS_MAX, &sealed), SH_OK);
    cr_assert_eq(cms_gate_sealed(bytes_buf(&sealed), &entries, NULL), SH_OK);
    cr_assert_eq(entries, SH_SEATS_MAX + SH_DESKS_MAX);
    cr_assert_lt(sealed.len, SH_SEALED_INLINE_BYTES_MAX);
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[POLICE]), SH_OK);
}

Test(crypto_cms_seal, a_buffer_that_is_full_stays_as_it_was)
{
    SH_DEFER(buf_wipe) struct buf small = BUF_INIT(100);
    const struct certificate *cert = f.pki.seats[LEAD].seal_cert;
    cr_assert_eq(buf_append_str(&small, "before"), SH_OK);
    cr_assert_eq(cms_seal(bytes_str("x"), &cert, 1, &small), SH_E_TOO_BIG);
    cr_assert_eq(small.len, 6);
}

/* RecipientInfos are not authenticated, so some changes leave the text as it was for this reader.
 * None may give out another text, and none a byte of it with an error. */
Test(crypto_cms_seal, no_changed_byte_gives_out_anything_else)
{
    struct bytes bytes = bytes_buf(&sealed);
    size_t refused = 0, opened = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        for (unsigned change = 0; change < 9; change++) {
            uint8_t mask = (uint8_t)(change < 8 ? 1u << change : 0xffu);
            sealed.data[i] ^= mask;
            sh_err err = unseal(bytes, &f.pki.seats[LEAD]);
            sealed.data[i] ^= mask;
            if (err == SH_OK) {
                cr_assert(bytes_equal(bytes_buf(&out), bytes_str("for two pairs of eyes")),
                          "byte %zu", i);
                opened++;
            } else {
                cr_assert(err == SH_E_CMS_PROFILE || err == SH_E_UNSEAL, "byte %zu: %s", i,
                          sh_err_word(err));
                refused++;
            }
        }
    }
    /* Of the other recipient 124 bytes may be anything: point, name, wrapped key. */
    cr_assert_leq(opened, 9 * (64 + 20 + 40));
    cr_assert_gt(refused, opened);
}

Test(crypto_cms_seal, nonce_content_and_tag_are_all_authenticated)
{
    struct sealed_parts parts;
    forge_sealed_open(bytes_buf(&sealed), &parts);
    const struct bytes fields[] = {bytes_of(parts.nonce.data + 2, 12),
                                   bytes_of(parts.content.data + 2, parts.content.len - 2),
                                   bytes_of(parts.tag.data + 2, 16)};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < fields[k].len; i++) {
            uint8_t *at = sealed.data + (fields[k].data - sealed.data) + i;
            *at ^= 0x20;
            cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[LEAD]), SH_E_UNSEAL, "field %zu",
                         k);
            *at ^= 0x20;
        }
    }
}

Test(crypto_cms_seal, an_ephemeral_point_off_the_curve_is_one_more_unseal_error)
{
    const struct certificate *cert = f.pki.seats[LEAD].seal_cert;
    struct sealed_parts parts;
    buf_reset(&sealed);
    cr_assert_eq(cms_seal(bytes_str("x"), &cert, 1, &sealed), SH_OK);
    forge_sealed_open(bytes_buf(&sealed), &parts);
    memset(sealed.data + (parts.recipients.data - sealed.data) + 25, 0, 64);
    cr_assert_eq(unseal(bytes_buf(&sealed), &f.pki.seats[LEAD]), SH_E_UNSEAL);
}

Test(crypto_cms_seal, content_of_another_message_does_not_open)
{
    SH_DEFER(buf_wipe) struct buf other = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf mixed = BUF_INIT(SH_MIB);
    const struct certificate *certs[] = {f.pki.seats[LEAD].seal_cert,
                                         f.pki.seats[POLICE].seal_cert};
    cr_assert_eq(cms_seal(bytes_str("for two pairs of ears"), certs, 2, &other), SH_OK);
    struct sealed_parts ours, theirs;
    forge_sealed_open(bytes_buf(&sealed), &ours);
    forge_sealed_open(bytes_buf(&other), &theirs);
    theirs.recipients = ours.recipients;
    forge_sealed_close(&theirs, &mixed);
    cr_assert_eq(unseal(bytes_buf(&mixed), &f.pki.seats[LEAD]), SH_E_UNSEAL);
}
