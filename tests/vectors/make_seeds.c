/* Seeds for the fuzz targets whose input is no vector: the layers inside the good ones. */
#include "base/cleanup.h"
#include "crypto/certificate.h"
#include "crypto/csr.h"
#include "studio.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"
#include "wire/log.h"

#include <stdio.h>

static void of_a_message(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    struct statement accepted;
    struct sh_why why = {""};
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    const struct envelope_reader mash = post_reader(&s->post, MASH, SCHOOL);
    vectors_must(envelope_open(&l.env, &mash, &o, &why) == SH_OK, why.text);
    post_accept(&s->post, &l, &accepted);
    studio_seed(s, "header", "referral", l.env.header);
    studio_seed(s, "content", "referral", bytes_buf(&o.plain));
    studio_seed(s, "leaf_facts", "accepted", accepted.opening.facts);
    studio_seed(s, "checkpoint", "good", accepted.checkpoint);
    studio_seed(s, "vkey", "log", bytes_str(s->post.pki.vkey));
}

static void of_an_answer(struct studio *s)
{
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter decision;
    studio_write(s, &referral, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &referral);
    studio_answer(s, &decision, MASH, POST_DECISION, &referral);
    letter_seal(&s->post, &decision);
    studio_seed(s, "header", "decision", decision.env.header);
    const struct leaf_facts facts = {
        .message_id = decision.facts.message_id,
        .thread_id = decision.facts.thread_id,
        .from = decision.facts.from,
        .seat = decision.facts.seat,
        .kind = KIND_DECISION,
        .outcome = OUTCOME_ACTION,
        .children = decision.facts.children,
        .children_len = decision.facts.children_len,
        .name = "a name",
        .has_at = true,
        .at_ms = PKI_NOW_MS,
    };
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FACTS_BYTES_MAX);
    MUST(leaf_facts_encode(&facts, &bytes));
    studio_seed(s, "leaf_facts", "decision", bytes_buf(&bytes));
}

static void of_certificates(struct studio *s)
{
    const struct pki *pki = &s->post.pki;
    studio_seed(s, "certificate", "root", certificate_der(pki->root));
    studio_seed(s, "certificate", "directory", certificate_der(pki->directory_cert));
    studio_seed(s, "certificate", "authority", certificate_der(pki->authorities[0].cert));
    studio_seed(s, "certificate", "sign", certificate_der(pki->seats[SCHOOL].sign_cert));
    studio_seed(s, "certificate", "seal", certificate_der(pki->seats[SCHOOL].seal_cert));
    studio_seed(s, "certificate", "recovery", certificate_der(pki->desks[0].recovery_cert));
}

static void of_requests(struct studio *s)
{
    const struct pki_seat *seat = &s->post.pki.seats[SCHOOL];
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    MUST(csr_pair_make(&seat->address, seat->sign, seat->seal, seat->curve_public, &pem));
    studio_seed(s, "csr", "pair", bytes_buf(&pem));
}

/* Records as core and gate write them: a frame, a connection gone, keys, a reply. */
static void of_the_link(struct studio *s)
{
    static const struct {
        uint8_t type;
        size_t len;
    } records[] = {{1, 40}, {2, 0}, {11, 64}, {10, 20}, {12, 0}};
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SH_KIB);
    static const uint8_t zeros[64];
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        MUST(buf_append_be32(&b, (uint32_t)(9 + records[i].len)));
        MUST(buf_append_u8(&b, records[i].type));
        MUST(buf_append_be64(&b, 1));
        MUST(buf_append(&b, bytes_of(zeros, records[i].len)));
    }
    studio_seed(s, "link", "records", bytes_buf(&b));
}

static void of_bundles(struct studio *s)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SH_KIB);
    MUST(bundle_append(&b, bytes_str("a leaf")));
    MUST(bundle_append(&b, bytes_of(NULL, 0)));
    MUST(bundle_append(&b, bytes_str("another")));
    studio_seed(s, "bundle", "three", bytes_buf(&b));
}

/* ---- consistency: two sizes of one byte, two roots, the path ---- */

struct nodes {
    struct sh_hash at[4][8];
};

static sh_err write_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    ((struct nodes *)ctx)->at[level][index] = *hash;
    return SH_OK;
}

static sh_err read_node(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    *out = ((const struct nodes *)ctx)->at[level][index];
    return SH_OK;
}

static void of_consistency(struct studio *s)
{
    struct nodes nodes;
    struct merkle_edge edge = {.size = 0};
    struct sh_hash roots[9];
    struct merkle_proof proof;
    const struct merkle_writer writer = {write_node, &nodes};
    const struct merkle_reader reader = {read_node, &nodes};
    for (uint8_t i = 0; i < 8; i++) {
        struct sh_hash leaf;
        MUST(merkle_leaf_hash(bytes_of(&i, 1), &leaf));
        MUST(merkle_edge_append(&edge, &leaf, &writer));
        MUST(merkle_edge_root(&edge, &roots[i + 1]));
    }
    for (uint8_t from = 3; from <= 7; from += 2) {
        SH_DEFER(buf_wipe) struct buf b = BUF_INIT(4 * SH_KIB);
        char name[24];
        MUST(merkle_consistency(from, 8, &reader, &proof));
        MUST(buf_append_be64(&b, from));
        MUST(buf_append_be64(&b, 8));
        MUST(buf_append(&b, BYTES_FIXED(roots[from])));
        MUST(buf_append(&b, BYTES_FIXED(roots[8])));
        MUST(buf_append(&b, bytes_of(proof.hashes, proof.len * SH_HASH_BYTES)));
        (void)snprintf(name, sizeof name, "%u-of-8", from);
        studio_seed(s, "consistency", name, bytes_buf(&b));
    }
}

void make_seeds(struct studio *s)
{
    of_a_message(s);
    of_an_answer(s);
    of_certificates(s);
    of_requests(s);
    of_the_link(s);
    of_bundles(s);
    of_consistency(s);
}
