/* Enclosures: an earlier message inside a later one, with its own sender, proved by its own
 * signatures and the log. */
#include "base/cleanup.h"
#include "support/post.h"

#include <criterion/criterion.h>

static const char RECONSIDERATION[] =
    "{\"kind\":\"reconsideration\",\"to\":[\"mash@999.social-care\",\"managers@999.social-care\"],"
    "\"level\":2,\"grounds\":\"Nobody has seen them.\","
    "\"author\":{\"name\":\"A Head\",\"role\":\"Head teacher\"}}";

/* A decision by MASH, opened at the school; the school encloses it when it goes to the managers. */
struct earlier {
    struct letter letter;
    struct opened opened;
    struct enclosure enclosure;
};

static void earlier_make(struct post *post, struct earlier *e)
{
    struct sh_why why = {""};
    memset(e, 0, sizeof *e);
    letter_write(post, &e->letter, MASH, POST_DECISION, 2);
    letter_seal(post, &e->letter);
    const struct envelope_reader school = post_reader(post, SCHOOL, MASH);
    cr_assert_eq(envelope_open(&e->letter.env, &school, &e->opened, &why), SH_OK, "%s", why.text);
    e->enclosure = (struct enclosure){
        .header = e->letter.env.header,
        .signed_data = bytes_buf(&e->opened.signed_data),
        .signature = e->letter.env.signature,
        .batch = e->letter.env.batch,
    };
    post_accept(post, &e->letter, &e->enclosure.accepted);
}

static void earlier_free(struct earlier *e)
{
    letter_free(&e->letter);
    opened_wipe(&e->opened);
}

static sh_err find_seat(void *ctx, const struct sh_hash *seat, const struct certificate **out)
{
    const struct directory *directory = ctx;
    const struct certificate *found = directory_certificate(directory, seat);
    SH_CHECK(found, SH_E_UNKNOWN_SEAT);
    *out = found;
    return SH_OK;
}

static sh_err open_enclosed(const struct post *post, const struct enclosure *e, struct opened *out)
{
    struct sh_why why = {""};
    const struct certificate_finder finder = {find_seat, post->directory};
    return enclosure_open(e, &finder, directory_trust(post->directory), 0, out, &why);
}

static void expect_enclosed(const struct post *post, const struct enclosure *e, sh_err expected)
{
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    sh_err found = open_enclosed(post, e, &o);
    cr_expect_eq(found, expected, "%s instead of %s", sh_err_word(found), sh_err_word(expected));
}

Test(envelope, managers_read_the_decision_that_a_reconsideration_encloses)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(opened_wipe) struct opened outer = {.arena = NULL};
    SH_DEFER(opened_wipe) struct opened inner = {.arena = NULL};
    struct verified_statement accepted;
    struct sh_why why = {""};
    post_make(&post);
    earlier_make(&post, &e);
    letter_write(&post, &l, SCHOOL, RECONSIDERATION, 2);
    letter_enclose(&l, &e.enclosure, 1);
    letter_seal(&post, &l);

    const struct envelope_reader managers = post_reader(&post, MANAGERS, SCHOOL);
    const struct note_verifier log = post_verifier(&post);
    cr_assert_eq(envelope_open(&l.env, &managers, &outer, &why), SH_OK, "%s", why.text);
    cr_assert_eq(outer.content.enclosures_len, 1);
    const struct enclosure *enclosed = &outer.content.enclosures[0];
    cr_assert_eq(statement_verify(&enclosed->accepted, &log, post.arena, &accepted), SH_OK);
    cr_assert_eq(open_enclosed(&post, enclosed, &inner), SH_OK);
    cr_assert(json_equal(inner.content.casework, e.letter.casework));
    cr_assert_str_eq(inner.header.facts.from.text, "mash@999.social-care");
}

Test(envelope, an_enclosure_from_a_batch_opens_by_its_path)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    struct buf outs[2] = {BUF_INIT(SH_ENVELOPE_BYTES_MAX), BUF_INIT(SH_ENVELOPE_BYTES_MAX)};
    struct envelope env;
    post_make(&post);
    earlier_make(&post, &e);
    const struct bytes headers[] = {e.letter.env.header, bytes_str("another")};
    const struct bytes sealed[] = {e.letter.env.sealed, bytes_str("another")};
    cr_assert_eq(envelope_sign_batch(headers, sealed, 2, post.pki.seats[MASH].sign, outs), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&outs[0]), post.arena, &env), SH_OK);
    e.enclosure.signature = env.signature;
    e.enclosure.batch = env.batch;
    expect_enclosed(&post, &e.enclosure, SH_OK);
    e.enclosure.batch.size = 0;
    expect_enclosed(&post, &e.enclosure, SH_E_BAD_SIGNATURE);
    buf_wipe(&outs[0]);
    buf_wipe(&outs[1]);
}

Test(envelope, an_enclosure_without_a_statement_about_it_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    SH_DEFER(letter_free) struct letter other;
    struct leaf_facts about = {.count = 0};
    post_make(&post);
    earlier_make(&post, &e);
    struct enclosure bad = e.enclosure;
    letter_write(&post, &other, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &other);
    post_accept(&post, &other, &bad.accepted);
    expect_enclosed(&post, &bad, SH_E_PROOF);

    cr_assert_eq(header_hash(e.enclosure.header, &about.header_sha256), SH_OK);
    post_state(&post, LEAF_REFUSED, post.pki.now_ms, &about, &bad.accepted);
    expect_enclosed(&post, &bad, SH_E_PROOF);

    bad = e.enclosure;
    bad.accepted.opening.salt.b[0] ^= 1;
    expect_enclosed(&post, &bad, SH_E_PROOF);
}

Test(envelope, an_enclosure_is_judged_at_the_time_when_it_was_accepted)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    struct leaf_facts about = {.count = 0};
    post_make(&post);
    earlier_make(&post, &e);
    cr_assert_eq(header_hash(e.enclosure.header, &about.header_sha256), SH_OK);
    post_state(&post, LEAF_ACCEPTED, post.pki.now_ms - SH_DAY_MS, &about, &e.enclosure.accepted);
    expect_enclosed(&post, &e.enclosure, SH_E_EXPIRED);
}

Test(envelope, an_enclosure_of_an_unknown_seat_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(post_free) struct post other;
    SH_DEFER(earlier_free) struct earlier e;
    post_make(&post);
    post_make(&other);
    earlier_make(&other, &e);
    expect_enclosed(&post, &e.enclosure, SH_E_UNKNOWN_SEAT);
}

Test(envelope, an_enclosure_whose_parts_belong_to_different_messages_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    SH_DEFER(earlier_free) struct earlier other;
    post_make(&post);
    earlier_make(&post, &e);
    earlier_make(&post, &other);
    expect_enclosed(&post, &e.enclosure, SH_OK);
    struct enclosure bad = e.enclosure;
    bad.signed_data = other.enclosure.signed_data;
    expect_enclosed(&post, &bad, SH_E_COMMITMENT);
    bad = e.enclosure;
    bad.signature = other.enclosure.signature;
    expect_enclosed(&post, &bad, SH_E_BAD_SIGNATURE);
    bad = e.enclosure;
    bad.header = other.enclosure.header;
    expect_enclosed(&post, &bad, SH_E_PROOF);
    bad = e.enclosure;
    bad.header.len--;
    expect_enclosed(&post, &bad, SH_E_FORMAT);
}

Test(envelope, enclosures_that_the_header_does_not_list_in_that_order_disagree)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(earlier_free) struct earlier e;
    SH_DEFER(earlier_free) struct earlier f;
    SH_DEFER(letter_free) struct letter l;
    struct sh_why why = {""};
    post_make(&post);
    earlier_make(&post, &e);
    earlier_make(&post, &f);
    const struct enclosure both[] = {e.enclosure, f.enclosure};
    const struct enclosure swapped[] = {f.enclosure, e.enclosure};
    letter_write(&post, &l, SCHOOL, RECONSIDERATION, 2);
    letter_enclose(&l, both, 2);
    letter_forge(&post, &l);
    const struct envelope_reader managers = post_reader(&post, MANAGERS, SCHOOL);
    {
        SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
        cr_assert_eq(envelope_open(&l.env, &managers, &o, &why), SH_OK, "%s", why.text);
    }
    struct opened o = {.arena = NULL};
    l.enclosures = swapped;
    letter_forge(&post, &l);
    cr_expect_eq(envelope_open(&l.env, &managers, &o, &why), SH_E_HEADER_DISAGREES);
    l.enclosures_len = 1;
    letter_forge(&post, &l);
    cr_expect_eq(envelope_open(&l.env, &managers, &o, &why), SH_E_HEADER_DISAGREES);
    const struct envelope_order order = letter_order(&post, &l);
    cr_expect_eq(envelope_seal(&order, &l.header, &l.sealed, &why), SH_E_HEADER_DISAGREES);
}
