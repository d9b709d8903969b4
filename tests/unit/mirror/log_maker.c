#include "log_maker.h"

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "wire/log.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { CASES = 64, SCHOOLS = 12, HUBS = 4 };

enum step { REFERRED, DELIVERED, OPENED, ACKNOWLEDGED, ASKED_BACK, DECIDED, CONTESTED, DONE };

struct one_case {
    enum step step;
    bool forgotten;
    uint64_t accepted; /* its referral's index */
    struct sh_id id;
    struct sh_hash header, last;
    unsigned school, hub;
};

struct log_maker {
    uint64_t random, serial;
    int64_t now_ms, heartbeat_ms;
    bool destroy;
    struct merkle_edge edge;
    struct one_case cases[CASES];
    struct key *key;
    struct note_verifier verifier;
    struct buf bytes, note;
    struct log_entry entries[SH_LEAVES_MAX];
    size_t starts[SH_LEAVES_MAX][2];
};

static uint32_t draw(struct log_maker *maker, uint32_t below)
{
    maker->random = maker->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(maker->random >> 33) % below;
}

struct log_maker *log_maker_new(uint32_t seed)
{
    struct log_maker *maker = calloc(1, sizeof *maker);
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(1024);
    maker->random = seed;
    maker->now_ms = 1795000000000; /* November 2026 */
    maker->bytes.max = 4 * SH_MIB;
    maker->note.max = SH_CHECKPOINT_BYTES_MAX;
    for (size_t i = 0; i < CASES; i++) {
        maker->cases[i].step = DONE;
    }
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &maker->key), SH_OK);
    cr_assert_eq(note_vkey("maker.example/test", maker->key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    cr_assert_eq(note_verifier_parse((const char *)vkey.data, &maker->verifier), SH_OK);
    return maker;
}

void log_maker_free(struct log_maker **maker)
{
    if (*maker) {
        key_free(&(*maker)->key);
        buf_wipe(&(*maker)->bytes);
        buf_wipe(&(*maker)->note);
        free(*maker);
        *maker = NULL;
    }
}

const struct note_verifier *log_maker_verifier(const struct log_maker *maker)
{
    return &maker->verifier;
}

void log_maker_destroy_openings(struct log_maker *maker, bool destroy)
{
    maker->destroy = destroy;
}

static void fresh(struct log_maker *maker, void *out, size_t len)
{
    uint8_t serial[8];
    struct sh_hash hash;
    be64_store(serial, ++maker->serial);
    cr_assert_eq(digest_sha256(bytes_of(serial, sizeof serial), &hash), SH_OK);
    memcpy(out, hash.b, len);
}

static struct address school_of(const struct one_case *c)
{
    struct address out;
    (void)snprintf(out.text, sizeof out.text, "dsl@%06u.school", 999001 + c->school);
    return out;
}

static struct address hub_of(const struct one_case *c)
{
    struct address out;
    (void)snprintf(out.text, sizeof out.text, "mash@%03u.social-care", 901 + c->hub);
    return out;
}

/* ---- one message ---- */

static void say(struct one_case *c, struct leaf_facts *facts, struct leaf_desk to[2], bool school)
{
    facts->from = school ? school_of(c) : hub_of(c);
    to[0] = (struct leaf_desk){.address = school ? hub_of(c) : school_of(c), .role = ROLE_ACT};
    to[1] = (struct leaf_desk){.address = facts->from, .role = ROLE_OWN};
    facts->to = to;
    facts->to_len = 2;
    facts->thread_id = c->id;
}

static void begin(struct log_maker *maker, struct one_case *c, struct leaf_facts *facts,
                  struct leaf_desk to[2])
{
    *c = (struct one_case){.step = REFERRED,
                           .forgotten = draw(maker, 5) == 0,
                           .accepted = maker->edge.size,
                           .school = draw(maker, SCHOOLS),
                           .hub = draw(maker, HUBS)};
    fresh(maker, c->id.b, sizeof c->id.b);
    fresh(maker, c->header.b, sizeof c->header.b);
    c->last = c->header;
    say(c, facts, to, true);
    facts->message_id = c->id;
    facts->header_sha256 = c->header;
    facts->kind = KIND_REFERRAL;
    facts->children_count = 1;
    if (draw(maker, 4) == 0) {
        facts->has_clock_from = true;
        facts->clock_from_ms = maker->now_ms - (int64_t)draw(maker, 90000) * 1000;
    }
}

/* A record for the own desk alone. */
static void keep_own(struct log_maker *maker, struct leaf_facts *facts, struct leaf_desk to[2])
{
    struct one_case c = {.school = draw(maker, SCHOOLS)};
    fresh(maker, c.id.b, sizeof c.id.b);
    say(&c, facts, to, true);
    facts->to = &to[1];
    facts->to_len = 1;
    facts->message_id = c.id;
    facts->kind = KIND_CONCERN;
    fresh(maker, facts->header_sha256.b, sizeof facts->header_sha256.b);
}

static void answer(struct log_maker *maker, struct one_case *c, struct leaf_facts *facts,
                   struct leaf_desk to[2])
{
    bool school = c->step == ASKED_BACK || c->step == DECIDED;
    say(c, facts, to, school);
    fresh(maker, facts->message_id.b, sizeof facts->message_id.b);
    fresh(maker, facts->header_sha256.b, sizeof facts->header_sha256.b);
    facts->parent = c->last;
    switch (c->step) {
    case OPENED:
        facts->kind = KIND_ACKNOWLEDGEMENT;
        facts->parent = c->header;
        c->step = ACKNOWLEDGED;
        return;
    case ACKNOWLEDGED:
        facts->kind = KIND_DECISION;
        facts->parent = c->header;
        facts->outcome = draw(maker, 6) == 0   ? OUTCOME_MORE_INFORMATION
                         : draw(maker, 3) == 0 ? OUTCOME_NO_FURTHER_ACTION
                                               : OUTCOME_ACTION;
        c->step = facts->outcome == OUTCOME_MORE_INFORMATION ? ASKED_BACK : DECIDED;
        c->last = facts->header_sha256;
        return;
    case ASKED_BACK:
        facts->kind = KIND_NOTE;
        c->step = ACKNOWLEDGED;
        return;
    case DECIDED:
        facts->kind = KIND_RECONSIDERATION;
        facts->level = 1;
        c->step = CONTESTED;
        c->last = facts->header_sha256;
        return;
    default:
        facts->kind = KIND_RECONSIDERATION_RESPONSE;
        facts->level = 1;
        facts->outcome = draw(maker, 2) ? OUTCOME_UPHELD : OUTCOME_CHANGED;
        c->step = DONE;
        return;
    }
}

static enum leaf_type receipt(struct one_case *c, struct leaf_facts *facts, enum leaf_type type)
{
    facts->message_id = facts->thread_id = c->id;
    facts->header_sha256 = c->header;
    facts->from = school_of(c);
    facts->by = hub_of(c);
    facts->kind = KIND_REFERRAL;
    facts->has_log_index = true;
    facts->log_index = c->accepted;
    return type;
}

static enum leaf_type forget(struct log_maker *maker, struct one_case *c, struct leaf_facts *facts)
{
    facts->clock = draw(maker, 2) ? DUTY_DECIDED : DUTY_ACKNOWLEDGED;
    facts->has_due = true;
    facts->due_ms = maker->now_ms;
    c->step = DONE;
    return receipt(c, facts, LEAF_OVERDUE);
}

static enum leaf_type go_on(struct log_maker *maker, struct one_case *c, struct leaf_facts *facts,
                            struct leaf_desk to[2])
{
    if (c->step == DONE || (c->step == DECIDED && draw(maker, 4))) {
        begin(maker, c, facts, to);
        return LEAF_ACCEPTED;
    }
    if (c->forgotten && c->step == OPENED) {
        return forget(maker, c, facts);
    }
    if (c->step == REFERRED || c->step == DELIVERED) {
        c->step++;
        return receipt(c, facts, c->step == DELIVERED ? LEAF_DELIVERED : LEAF_OPENED);
    }
    answer(maker, c, facts, to);
    return LEAF_ACCEPTED;
}

static enum leaf_type make_facts(struct log_maker *maker, struct leaf_facts *facts,
                                 struct leaf_desk to[2])
{
    if (maker->now_ms >= maker->heartbeat_ms) {
        maker->heartbeat_ms = maker->now_ms + SH_HOUR_MS;
        return LEAF_HEARTBEAT;
    }
    uint32_t what = draw(maker, 100);
    if (what < 3) {
        keep_own(maker, facts, to);
        return LEAF_ACCEPTED;
    }
    if (what < 5) {
        const struct one_case c = {.school = draw(maker, SCHOOLS)};
        facts->from = school_of(&c);
        facts->code = SH_E_STALE_SEATS;
        facts->has_count = what == 4;
        facts->count = what == 4 ? 7 : 0;
        return LEAF_REFUSED;
    }
    return go_on(maker, &maker->cases[draw(maker, CASES)], facts, to);
}

/* ---- pages ---- */

static void make_entry(struct log_maker *maker, size_t at)
{
    struct leaf_facts facts = {.has_count = false};
    struct leaf_desk to[2];
    struct leaf leaf = {.time_ms = maker->now_ms};
    struct log_entry *entry = &maker->entries[at];
    struct sh_hash hash;
    struct bytes none = bytes_of(NULL, 0);
    size_t start = maker->bytes.len;
    leaf.type = make_facts(maker, &facts, to);
    maker->now_ms += (int64_t)draw(maker, 60) * 1000;
    if (leaf.type != LEAF_HEARTBEAT) {
        cr_assert_eq(leaf_facts_encode(&facts, &maker->bytes), SH_OK);
    }
    size_t middle = maker->bytes.len;
    fresh(maker, entry->opening.salt.b, sizeof entry->opening.salt.b);
    entry->opening.facts =
        middle > start ? bytes_of(maker->bytes.data + start, middle - start) : none;
    cr_assert_eq(opening_commitment(&entry->opening, &leaf.commitment), SH_OK);
    cr_assert_eq(leaf_encode(&leaf, &maker->bytes), SH_OK);
    maker->starts[at][0] = start;
    maker->starts[at][1] = middle;
    entry->leaf = bytes_of(maker->bytes.data + middle, maker->bytes.len - middle);
    entry->has_opening = !maker->destroy;
    cr_assert_eq(merkle_leaf_hash(entry->leaf, &hash), SH_OK);
    cr_assert_eq(merkle_edge_append(&maker->edge, &hash, NULL), SH_OK);
}

void log_maker_page(struct log_maker *maker, size_t len, struct mirror_page *out)
{
    uint8_t *room = NULL;
    buf_reset(&maker->bytes);
    cr_assert_eq(buf_reserve(&maker->bytes, 2 * SH_MIB, &room), SH_OK); /* it does not move */
    for (size_t i = 0; i < len; i++) {
        make_entry(maker, i);
    }
    *out = (struct mirror_page){.entries = maker->entries, .len = len};
    (void)snprintf(out->checkpoint.origin, sizeof out->checkpoint.origin, "maker.example/test");
    out->checkpoint.size = maker->edge.size;
    cr_assert_eq(merkle_edge_root(&maker->edge, &out->checkpoint.root), SH_OK);
    buf_reset(&maker->note);
    cr_assert_eq(checkpoint_sign(&out->checkpoint, maker->key, &maker->note), SH_OK);
    out->note = bytes_buf(&maker->note);
}

void log_maker_fill(struct log_maker *maker, struct mirror *mirror, uint64_t size)
{
    struct mirror_page page;
    struct mirror_finding finding = {.has_index = false};
    struct sh_why why = {{0}};
    while (maker->edge.size < size) {
        uint64_t left = size - maker->edge.size;
        log_maker_page(maker, left < SH_LEAVES_MAX ? left : SH_LEAVES_MAX, &page);
        sh_err err = mirror_append(mirror, &page, &finding, &why);
        cr_assert_eq(err, SH_OK, "%s %s", finding.sentence, why.text);
    }
}
