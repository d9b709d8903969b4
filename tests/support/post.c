#include "support/post.h"

#include "base/cleanup.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "tlog/merkle.h"

#include <stdio.h>
#include <stdlib.h>

const char POST_REFERRAL[] =
    "{\"kind\":\"referral\",\"from\":\"dsl@999001.school\",\"to\":[\"mash@999.social-care\"],"
    "\"inform\":[\"managers@999.social-care\"],\"urgency\":\"urgent\","
    "\"children\":[{\"given_names\":\"Ada\"},{\"given_names\":\"Bee\"}],"
    "\"concern\":{\"what_happened\":\"Both came without coats for a week.\"},"
    "\"telephoned\":{\"when\":\"2026-11-20T09:15:30Z\",\"spoke_to\":\"Duty desk\"},"
    "\"referrer\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}";

const char POST_DECISION[] =
    "{\"kind\":\"decision\",\"to\":[\"dsl@999001.school\"],\"outcome\":\"early_help\","
    "\"reasons\":\"Coats are to be had from the family centre.\","
    "\"next\":[{\"what\":\"Visit\",\"who\":\"Family worker\",\"by\":\"2026-11-27\"}],"
    "\"author\":{\"name\":\"A Worker\",\"role\":\"Social worker\"}}";

static void must(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "post: %s\n", what);
        abort();
    }
}
#define MUST(call)      must((call) == SH_OK, #call)
#define MUST_HOLD(cond) must((cond), #cond)

/* ---- the office ---- */

void post_reload(struct post *post)
{
    struct sh_why why = {""};
    directory_free(&post->directory);
    must(directory_load(bytes_buf(&post->pki.directory), post->pki.root, post->pki.now_ms, 0, 0,
                        &post->directory, &why) == SH_OK,
         why.text);
}

void post_make(struct post *post)
{
    static const char *const desks[] = {"dsl@999001.school", "dsl@999001.school",
                                        "mash@999.social-care", "managers@999.social-care",
                                        "nurse@ex1.health"};
    memset(post, 0, sizeof *post);
    pki_make(&post->pki, desks, 5);
    MUST(arena_new(64 * SH_MIB, 1000000, &post->arena));
    post_reload(post);
}

void post_free(struct post *post)
{
    directory_free(&post->directory);
    arena_free(&post->arena);
    pki_free(&post->pki);
}

static const struct pki_seat *seat_of(const struct post *post, enum post_seat seat)
{
    return &post->pki.seats[seat];
}

static const struct pki_desk *desk_of(const struct post *post, const struct address *address)
{
    for (size_t i = 0; i < post->pki.desks_len; i++) {
        if (address_equal(&post->pki.desks[i].address, address)) {
            return &post->pki.desks[i];
        }
    }
    must(false, "there is no such desk");
    return NULL;
}

/* ---- writing ---- */

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, SH_HASH_BYTES);
}

static int compare_recipients(const void *a, const void *b)
{
    const struct recipient *x = a, *y = b;
    return strcmp(x->address.text, y->address.text);
}

static void add_recipient(const struct post *post, struct letter *l, const char *address,
                          enum role role)
{
    size_t at = l->facts.recipients_len++;
    struct recipient *to = &l->recipients[at];
    MUST_HOLD(at < LETTER_DESKS_MAX);
    *to = (struct recipient){.role = role, .seats = l->seats[at]};
    MUST(address_from(address, &to->address));
    for (size_t i = 0; i < post->pki.seats_len; i++) {
        const struct pki_seat *seat = &post->pki.seats[i];
        if (address_equal(&seat->address, &to->address) && !seat->revoked) {
            l->seats[at][to->seats_len++] = seat->hash;
            l->seal_certs[l->seal_certs_len++] = seat->seal_cert;
        }
    }
    qsort(l->seats[at], to->seats_len, sizeof(struct sh_hash), compare_hashes);
    const struct certificate *recovery = desk_of(post, &to->address)->recovery_cert;
    to->recovery = *certificate_sha256(recovery);
    l->seal_certs[l->seal_certs_len++] = recovery;
}

static void add_listed(const struct post *post, struct letter *l, const char *list, enum role role)
{
    const json_t *addresses = json_object_get(l->casework, list);
    for (size_t i = 0; i < json_array_size(addresses); i++) {
        add_recipient(post, l, json_string_value(json_array_get(addresses, i)), role);
    }
}

void letter_write(struct post *post, struct letter *l, enum post_seat sender, const char *casework,
                  uint32_t children_of_thread)
{
    struct sh_why why = {""};
    memset(l, 0, sizeof *l);
    must(casework_parse(bytes_str(casework), &l->casework, &why) == SH_OK, why.text);
    l->sender = l->signer = l->sealer = seat_of(post, sender);
    l->facts.recipients = l->recipients;
    add_listed(post, l, "to", ROLE_ACT);
    add_listed(post, l, "inform", ROLE_INFORM);
    add_recipient(post, l, l->sender->address.text, ROLE_OWN);
    qsort(l->recipients, l->facts.recipients_len, sizeof l->recipients[0], compare_recipients);
    MUST(random_id(&l->facts.message_id));
    l->facts.thread_id = l->facts.message_id;
    l->facts.from = l->sender->address;
    l->facts.seat = l->sender->hash;
    l->facts.created_at_ms = post->pki.now_ms;
    must(casework_facts(l->casework, children_of_thread, post->arena, &l->facts, &why) == SH_OK,
         why.text);
    l->inside = l->facts;
    l->header = (struct buf)BUF_INIT(SH_HEADER_BYTES_MAX);
    l->sealed = (struct buf)BUF_INIT(SH_SEALED_INLINE_BYTES_MAX);
    l->bytes = (struct buf)BUF_INIT(SH_ENVELOPE_BYTES_MAX);
}

void letter_enclose(struct letter *l, const struct enclosure *enclosures, size_t enclosures_len)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    for (size_t i = 0; i < enclosures_len; i++) {
        struct header header;
        MUST(header_decode(enclosures[i].header, arena, &header));
        l->encloses[i] = header.facts.message_id;
    }
    l->enclosures = enclosures;
    l->enclosures_len = enclosures_len;
    l->facts.encloses = l->encloses;
    l->facts.encloses_len = enclosures_len;
    l->inside = l->facts;
}

struct envelope_order letter_order(const struct post *post, const struct letter *l)
{
    return (struct envelope_order){
        .facts = &l->facts,
        .casework = l->casework,
        .enclosures = l->enclosures,
        .enclosures_len = l->enclosures_len,
        .sign_key = l->sender->sign,
        .sign_cert = l->sender->sign_cert,
        .seal_certs = l->seal_certs,
        .seal_certs_len = l->seal_certs_len,
        .now_ms = post->pki.now_ms,
    };
}

static void sign_and_decode(struct post *post, struct letter *l)
{
    MUST(envelope_sign(bytes_buf(&l->header), bytes_buf(&l->sealed), l->sealer->sign, &l->bytes));
    MUST(envelope_decode(bytes_buf(&l->bytes), post->arena, &l->env));
}

void letter_seal(struct post *post, struct letter *l)
{
    struct sh_why why = {""};
    const struct envelope_order order = letter_order(post, l);
    must(envelope_seal(&order, &l->header, &l->sealed, &why) == SH_OK, why.text);
    sign_and_decode(post, l);
}

/* ---- forging ---- */

static void write_content(const struct letter *l, struct buf *out)
{
    struct sh_why why = {""};
    if (l->content.len) {
        MUST(buf_append(out, l->content));
        return;
    }
    struct content content = {.facts = l->inside,
                              .casework = l->casework,
                              .enclosures = l->enclosures,
                              .enclosures_len = l->enclosures_len};
    MUST(random_hash(&content.salt));
    must(content_encode(&content, out, &why) == SH_OK, why.text);
}

void letter_forge(struct post *post, struct letter *l)
{
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_CONTENT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf inner = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct header header = {.facts = l->facts, .parts = l->parts};
    if (l->signed_data.len) {
        MUST(buf_append(&inner, l->signed_data));
    } else {
        write_content(l, &content);
        MUST(cms_sign(l->signer->sign, l->signer->sign_cert, bytes_buf(&content), post->pki.now_ms,
                      &inner));
    }
    buf_reset(&l->sealed);
    buf_reset(&l->header);
    buf_reset(&l->bytes);
    MUST(cms_seal(bytes_buf(&inner), l->seal_certs, l->seal_certs_len, &l->sealed));
    header.sealed_bytes = l->sealed.len;
    MUST(digest_sha256(bytes_buf(&l->sealed), &header.sealed_sha256));
    MUST(digest_sha256(bytes_buf(&inner), &header.inner_sha256));
    header.inner_sha256.b[0] ^= l->wrong_commitment ? 1 : 0;
    MUST(header_encode(&header, &l->header));
    sign_and_decode(post, l);
}

void letter_free(struct letter *l)
{
    json_decref(l->casework);
    buf_wipe(&l->header);
    buf_wipe(&l->sealed);
    buf_wipe(&l->bytes);
}

/* ---- reading ---- */

struct envelope_reader post_reader(const struct post *post, enum post_seat reader,
                                   enum post_seat sender)
{
    const struct pki_seat *us = seat_of(post, reader);
    return (struct envelope_reader){
        .seal_key = us->seal,
        .seal_cert = us->seal_cert,
        .seat = us->hash,
        .sender_cert = seat_of(post, sender)->sign_cert,
        .trust = directory_trust(post->directory),
        .accepted_at_ms = post->pki.now_ms,
    };
}

struct envelope_reader post_recovery(const struct post *post, enum post_seat of,
                                     enum post_seat sender)
{
    const struct pki_desk *desk = desk_of(post, &seat_of(post, of)->address);
    struct envelope_reader reader = post_reader(post, of, sender);
    reader.seal_key = desk->recovery;
    reader.seal_cert = desk->recovery_cert;
    memset(&reader.seat, 0, sizeof reader.seat);
    reader.recovery = *certificate_sha256(desk->recovery_cert);
    return reader;
}

sh_err post_open(const struct letter *l, const struct envelope_reader *reader)
{
    struct sh_why why = {""};
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    return envelope_open(&l->env, reader, &o, &why);
}

sh_err post_read(const struct post *post, const struct letter *l)
{
    const struct envelope_reader reader = post_reader(post, MASH, SCHOOL);
    return post_open(l, &reader);
}

/* ---- the log ---- */

#define LOG_SIZE  5u
#define LOG_INDEX 2u

struct small_log {
    struct sh_hash nodes[3][LOG_SIZE];
    struct merkle_edge edge;
};

static sh_err log_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct small_log *log = ctx;
    log->nodes[level][index] = *hash;
    return SH_OK;
}

static sh_err log_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    const struct small_log *log = ctx;
    *out = log->nodes[level][index];
    return SH_OK;
}

static struct bytes keep(struct post *post, const struct buf *text)
{
    struct bytes kept;
    MUST(arena_copy(post->arena, bytes_buf(text), &kept));
    return kept;
}

static void open_leaf(struct post *post, const struct leaf_facts *about, struct leaf *leaf,
                      struct statement *out)
{
    SH_DEFER(buf_wipe) struct buf facts = BUF_INIT(SH_FACTS_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_LEAF_BYTES_MAX);
    MUST(leaf_facts_encode(about, &facts));
    MUST(random_hash(&out->opening.salt));
    out->opening.facts = keep(post, &facts);
    MUST(opening_commitment(&out->opening, &leaf->commitment));
    MUST(leaf_encode(leaf, &bytes));
    out->leaf = keep(post, &bytes);
}

static void place_leaf(struct post *post, struct statement *out)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct small_log log = {.edge = {.size = 0}};
    const struct merkle_writer writer = {log_write, &log};
    const struct merkle_reader reader = {log_read, &log};
    struct merkle_proof *proof = arena_alloc(post->arena, sizeof *proof);
    for (unsigned i = 0; i < LOG_SIZE; i++) {
        struct sh_hash hash;
        MUST(merkle_leaf_hash(i == LOG_INDEX ? out->leaf : bytes_of(&i, sizeof i), &hash));
        MUST(merkle_edge_append(&log.edge, &hash, &writer));
    }
    struct checkpoint checkpoint = {.origin = PKI_ORIGIN, .size = LOG_SIZE};
    MUST(merkle_edge_root(&log.edge, &checkpoint.root));
    MUST(checkpoint_sign(&checkpoint, post->pki.log_key, &note));
    MUST(merkle_inclusion(LOG_INDEX, LOG_SIZE, &reader, proof));
    out->checkpoint = keep(post, &note);
    out->index = LOG_INDEX;
    out->proof = proof->hashes;
    out->proof_len = proof->len;
}

void post_state(struct post *post, enum leaf_type type, int64_t time_ms,
                const struct leaf_facts *about, struct statement *out)
{
    struct leaf leaf = {.type = type, .time_ms = time_ms};
    open_leaf(post, about, &leaf, out);
    place_leaf(post, out);
}

void post_accept(struct post *post, const struct letter *l, struct statement *out)
{
    struct leaf_facts about = {.message_id = l->facts.message_id, .from = l->facts.from};
    MUST(header_hash(l->env.header, &about.header_sha256));
    post_state(post, LEAF_ACCEPTED, post->pki.now_ms, &about, out);
}

struct note_verifier post_verifier(const struct post *post)
{
    struct note_verifier verifier;
    MUST(note_verifier_parse(post->pki.vkey, &verifier));
    return verifier;
}
