/* Messages in perfect form that may not be accepted: seats that are not the desk's of today, desks
 * that may not say this to each other, answers out of order. The words inside are never looked at
 * here, so the facts are forged freely. */
#include "base/cleanup.h"
#include "studio.h"

#define READER   "relay-submit"
#define REFERRAL "relay-submit/thread-referral.bin"
#define DECISION "relay-submit/thread-decision.bin"

static void add(struct studio *s, const struct entry *e, struct letter *l)
{
    struct entry full = *e;
    full.reader = READER;
    full.by = e->by ? e->by : "school";
    letter_forge(&s->post, l);
    studio_add(s, &full, bytes_buf(&l->bytes));
}

/* ---- seats ---- */

static void change_seats(struct studio *s, const struct entry *e,
                         void (*change)(struct studio *s, struct letter *l))
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    change(s, &l);
    l.inside = l.facts;
    add(s, e, &l);
}

/* recipients: 0 the school (two seats), 1 the managers, 2 MASH. Their seats, to be changed. */
static struct sh_hash *seats_of(struct letter *l, size_t recipient)
{
    for (size_t i = 0; i < LETTER_DESKS_MAX; i++) {
        if (l->seats[i] == l->recipients[recipient].seats) {
            return l->seats[i];
        }
    }
    vectors_must(false, "no such recipient");
    return NULL;
}

static void without_deputy(struct studio *s, struct letter *l)
{
    seats_of(l, 0)[0] = s->post.pki.seats[SCHOOL].hash;
    l->recipients[0].seats_len = 1;
}
static void with_revoked_seat(struct studio *s, struct letter *l)
{
    const struct sh_hash gone = s->post.pki.seats[GONE].hash;
    struct sh_hash *list = seats_of(l, 2);
    const bool before = memcmp(gone.b, list[0].b, sizeof gone.b) < 0;
    list[1] = before ? list[0] : gone;
    list[0] = before ? gone : list[0];
    l->recipients[2].seats_len = 2;
}
static void of_another_desk(struct studio *s, struct letter *l)
{
    seats_of(l, 2)[0] = s->post.pki.seats[NURSE].hash;
}
static void to_no_seat(struct studio *s, struct letter *l)
{
    (void)s;
    l->recipients[2].seats_len = 0;
}
static void without_recovery(struct studio *s, struct letter *l)
{
    (void)s;
    memset(&l->recipients[2].recovery, 0, SH_HASH_BYTES);
}
static void other_recovery(struct studio *s, struct letter *l)
{
    (void)s;
    l->recipients[2].recovery = l->recipients[1].recovery;
}
static void to_unknown_desk(struct studio *s, struct letter *l)
{
    (void)s;
    MUST(address_from("mash@998.social-care", &l->recipients[2].address));
}
static void to_a_dead_desk(struct studio *s, struct letter *l)
{
    (void)s;
    MUST(address_from("head@999001.school", &l->recipients[1].address));
    l->recipients[1].seats_len = 0;
}
static void uninvited_cover(struct studio *s, struct letter *l)
{
    (void)s;
    l->recipients[1].role = ROLE_COVER;
}
static void own_desk_left_out_but_sealed(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.not_to_own_desk = true;
}

static void seats(struct studio *s)
{
    const struct {
        struct entry e;
        void (*change)(struct studio *s, struct letter *l);
    } rows[] = {
        {{.name = "stale-seats-one-left-out",
          .expected = SH_E_STALE_SEATS,
          .what = "a colleague's seat is not among those sealed to"},
         without_deputy},
        {{.name = "stale-seats-one-revoked",
          .expected = SH_E_STALE_SEATS,
          .what = "a seat that was revoked is among those sealed to"},
         with_revoked_seat},
        {{.name = "stale-seats-of-another-desk",
          .expected = SH_E_STALE_SEATS,
          .what = "a seat of another desk under the recipient's address"},
         of_another_desk},
        {{.name = "stale-seats-none",
          .expected = SH_E_STALE_SEATS,
          .what = "no seat for a desk that has one"},
         to_no_seat},
        {{.name = "stale-recovery-left-out",
          .expected = SH_E_STALE_SEATS,
          .what = "the desk's recovery certificate is left out"},
         without_recovery},
        {{.name = "stale-recovery-of-another-desk",
          .expected = SH_E_STALE_SEATS,
          .what = "another desk's recovery certificate"},
         other_recovery},
        {{.name = "unknown-desk",
          .expected = SH_E_UNKNOWN_DESK,
          .what = "a desk that is in no directory"},
         to_unknown_desk},
        {{.name = "no-live-seat",
          .expected = SH_E_NO_LIVE_SEAT,
          .what = "a desk whose only seat was revoked"},
         to_a_dead_desk},
        {{.name = "cover-that-covers-for-nobody",
          .expected = SH_E_BAD_RECIPIENTS,
          .what = "a desk as cover that covers for none of the others"},
         uninvited_cover},
        {{.name = "own-desk-left-out-and-sealed-to",
          .expected = SH_E_BAD_RECIPIENTS,
          .what = "not_to_own_desk, with the colleague's seat all the same"},
         own_desk_left_out_but_sealed},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        change_seats(s, &rows[i].e, rows[i].change);
    }
}

/* ---- first messages ---- */

#define AUTHOR "\"author\":{\"name\":\"A\",\"role\":\"B\"}}"

static const char ALLEGATION[] =
    "{\"kind\":\"notification\",\"subtype\":\"allegation_against_adult\","
    "\"to\":[\"mash@999.social-care\"],\"urgency\":\"urgent\","
    "\"children\":[{\"given_names\":\"Ada\"}],"
    "\"concern\":{\"what_happened\":\"Said by a child.\"}," AUTHOR;
static const char TRANSFER[] =
    "{\"kind\":\"record_transfer\",\"to\":[\"mash@999.social-care\"],"
    "\"urgency\":\"routine\",\"children\":[{\"given_names\":\"Ada\"}]," AUTHOR;
static const char AUDITOR_REFERRAL[] =
    "{\"kind\":\"referral\",\"to\":[\"mash@999.social-care\"],\"urgency\":\"routine\","
    "\"children\":[{\"given_names\":\"Ada\"}],\"concern\":{\"what_happened\":\"Seen.\"},"
    "\"referrer\":{\"name\":\"A\",\"role\":\"B\"}}";
static const char ACKNOWLEDGEMENT[] =
    "{\"kind\":\"acknowledgement\",\"to\":[\"dsl@999001.school\"]}";
static const char NOTE[] =
    "{\"kind\":\"note\",\"to\":[\"dsl@999001.school\"],\"text\":\"Called back.\"," AUTHOR;
static const char NOTE_FROM_SCHOOL[] =
    "{\"kind\":\"note\",\"to\":[\"mash@999.social-care\"],\"text\":\"Called back.\"," AUTHOR;

static void first(struct studio *s, enum post_seat sender, const char *casework,
                  const struct entry *e)
{
    SH_DEFER(letter_free) struct letter l;
    struct entry full = *e;
    full.by = office_seat_name(sender);
    studio_write(s, &l, sender, casework);
    add(s, &full, &l);
}

static void first_messages(struct studio *s)
{
    SH_DEFER(letter_free) struct letter other_thread;
    SH_DEFER(letter_free) struct letter no_child;
    first(s, SCHOOL, ALLEGATION,
          &(struct entry){.name = "forbidden-kind-allegation-to-mash",
                          .expected = SH_E_FORBIDDEN_KIND,
                          .what = "an allegation against an adult goes to the LADO alone"});
    first(s, SCHOOL, TRANSFER,
          &(struct entry){.name = "forbidden-kind-record-transfer-to-mash",
                          .expected = SH_E_FORBIDDEN_KIND,
                          .what = "a child protection file goes to a school or the council"});
    first(s, (enum post_seat)AUDITOR, AUDITOR_REFERRAL,
          &(struct entry){.name = "forbidden-kind-from-an-auditor",
                          .expected = SH_E_FORBIDDEN_KIND,
                          .what = "an auditor sends nothing"});
    first(s, MASH, ACKNOWLEDGEMENT,
          &(struct entry){.name = "wrong-order-acknowledgement-first",
                          .expected = SH_E_WRONG_ORDER,
                          .what = "an acknowledgement of nothing"});
    studio_write(s, &other_thread, SCHOOL, POST_REFERRAL);
    other_thread.facts.thread_id.b[0] ^= 1;
    other_thread.inside = other_thread.facts;
    add(s,
        &(struct entry){.name = "unknown-thread",
                        .expected = SH_E_UNKNOWN_THREAD,
                        .what = "a first message in a thread that is not its own"},
        &other_thread);
    studio_write(s, &no_child, SCHOOL, POST_REFERRAL);
    no_child.facts.children_count = 0;
    no_child.inside = no_child.facts;
    no_child.content = bytes_str("not looked at");
    add(s,
        &(struct entry){.name = "referral-about-nobody",
                        .expected = SH_E_BAD_CHILDREN,
                        .what = "a referral that is about no child"},
        &no_child);
}

/* ---- answers ---- */

struct answer {
    const char *name, *what, *casework, *needs;
    enum post_seat sender;
    sh_err expected;
    const struct letter *parent;
    void (*change)(struct letter *l);
};

static void answer(struct studio *s, const struct answer *a)
{
    SH_DEFER(letter_free) struct letter l;
    studio_answer(s, &l, a->sender, a->casework, a->parent);
    if (a->change) {
        a->change(&l);
        l.inside = l.facts;
    }
    /* Content that no honest sender could write: the relay never sees it. */
    l.content = a->expected == SH_OK ? l.content : bytes_str("not looked at");
    add(s,
        &(struct entry){.name = a->name,
                        .by = office_seat_name(a->sender),
                        .needs = a->needs ? a->needs : REFERRAL,
                        .expected = a->expected,
                        .what = a->what},
        &l);
}

static const struct child_outcome third_child = {3, OUTCOME_ACTION};
static void for_a_third_child(struct letter *l)
{
    l->facts.children = &third_child;
    l->facts.children_len = 1;
}
static void without_outcome(struct letter *l)
{
    l->facts.outcome = OUTCOME_NONE;
    l->facts.children_len = 0;
}
static void with_outcome_of_a_reply(struct letter *l)
{
    l->facts.outcome = OUTCOME_ANSWERED;
    l->facts.children_len = 0;
}
static void of_unknown_parent(struct letter *l)
{
    l->facts.parent.b[0] ^= 1;
}
static void to_its_own_desk_only(struct letter *l)
{
    /* Own and one other, ascending: "dsl@..." stands before "mash@...". */
    l->facts.recipients = &l->recipients[1];
    l->facts.recipients_len = 1;
}
static void level_two(struct letter *l)
{
    l->facts.level = 2;
}
static void without_cites(struct letter *l)
{
    l->facts.cites_len = 0;
}

static const char RECONSIDERATION[] =
    "{\"kind\":\"reconsideration\",\"to\":[\"mash@999.social-care\"],\"level\":1,"
    "\"grounds\":\"Nobody has seen them.\"," AUTHOR;
static const char CLOSE[] =
    "{\"kind\":\"close\",\"to\":[\"mash@999.social-care\"],\"reason\":\"answered\"," AUTHOR;
static const char WITHDRAWAL[] =
    "{\"kind\":\"withdrawal\",\"to\":[\"mash@999.social-care\"],"
    "\"inform\":[\"managers@999.social-care\"],\"reason\":\"sent_in_error\"," AUTHOR;
static const char REQUEST[] =
    "{\"kind\":\"request\",\"subtype\":\"information\",\"to\":[\"mash@999.social-care\"],"
    "\"urgency\":\"routine\",\"children\":[{\"given_names\":\"Ada\"}],\"asked\":[\"What?\"]"
    "," AUTHOR;

static void answers(struct studio *s, const struct letter *referral, const struct letter *decision)
{
    const struct answer rows[] = {
        {"good-acknowledgement", "the desk asked to act has taken it", ACKNOWLEDGEMENT, NULL, MASH,
         SH_OK, referral, NULL},
        {"good-note", "a note of the desk asked to act", NOTE, NULL, MASH, SH_OK, referral, NULL},
        {"good-close", "the referrer accepts the decision", CLOSE, DECISION, SCHOOL, SH_OK,
         decision, NULL},
        {"decision-by-a-desk-only-told", "a decision by a desk that was only told", POST_DECISION,
         NULL, MANAGERS, SH_E_WRONG_ORDER, referral, NULL},
        {"note-by-a-stranger", "a note by a desk that is no party to the thread", NOTE, NULL, NURSE,
         SH_E_NOT_A_PARTY, referral, NULL},
        {"wrong-order-acknowledging-a-decision", "an acknowledgement of a decision",
         ACKNOWLEDGEMENT, DECISION, MASH, SH_E_WRONG_ORDER, decision, NULL},
        {"unknown-parent", "it answers a header that nobody sent", POST_DECISION, NULL, MASH,
         SH_E_UNKNOWN_PARENT, referral, of_unknown_parent},
        {"decision-not-to-the-referrer", "a decision that the referrer is not told of",
         POST_DECISION, NULL, MASH, SH_E_BAD_RECIPIENTS, referral, to_its_own_desk_only},
        {"already-decided", "a second decision for the same children", POST_DECISION, DECISION,
         MASH, SH_E_ALREADY_DECIDED, referral, NULL},
        {"decision-for-a-third-child", "a decision for a third child of two", POST_DECISION, NULL,
         MASH, SH_E_BAD_CHILDREN, referral, for_a_third_child},
        {"decision-without-outcome", "a decision that decides nothing", POST_DECISION, NULL, MASH,
         SH_E_BAD_OUTCOME, referral, without_outcome},
        {"decision-with-outcome-of-a-reply", "a decision with a reply's outcome", POST_DECISION,
         NULL, MASH, SH_E_BAD_OUTCOME, referral, with_outcome_of_a_reply},
        {"children-undecided", "a close before there is a decision", CLOSE, NULL, SCHOOL,
         SH_E_CHILDREN_UNDECIDED, referral, NULL},
        {"cites-nothing", "a reconsideration that cites no decision", RECONSIDERATION, DECISION,
         SCHOOL, SH_E_CITES_NOTHING, decision, without_cites},
        {"good-withdrawal", "the sender takes it back", WITHDRAWAL, NULL, SCHOOL, SH_OK, referral,
         NULL},
        {"withdrawn", "a request after the withdrawal", REQUEST,
         REFERRAL ",relay-submit/good-withdrawal.bin", SCHOOL, SH_E_WITHDRAWN, referral, NULL},
        {"note-after-a-withdrawal", "a note may follow even a withdrawal", NOTE_FROM_SCHOOL,
         REFERRAL ",relay-submit/good-withdrawal.bin", SCHOOL, SH_OK, referral, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        answer(s, &rows[i]);
    }
}

/* The casework's cite becomes the header hash of what it names. */
static void reconsiderations(struct studio *s, const struct letter *decision)
{
    struct cite cite = {.is_index = false};
    MUST(header_hash(bytes_buf(&decision->header), &cite.header_sha256));
    for (unsigned i = 0; i < 3; i++) {
        SH_DEFER(letter_free) struct letter l;
        const struct entry rows[] = {
            {.name = "good-reconsideration", .what = "the referrer contests the decision"},
            {.name = "level-too-early",
             .expected = SH_E_LEVEL_TOO_EARLY,
             .what = "the second level before the first"},
            {.name = "cites-what-is-not-of-this-thread",
             .expected = SH_E_CITES_NOTHING,
             .what = "it cites a decision that is not in this thread"},
        };
        struct entry e = rows[i];
        e.needs = DECISION;
        studio_answer(s, &l, SCHOOL, RECONSIDERATION, decision);
        cite.header_sha256.b[0] ^= i == 2 ? 1 : 0;
        l.facts.cites = &cite;
        l.facts.cites_len = 1;
        if (i == 1) {
            level_two(&l);
        }
        l.inside = l.facts;
        add(s, &e, &l);
    }
}

void make_threads(struct studio *s)
{
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter decision;
    seats(s);
    first_messages(s);
    studio_write(s, &referral, SCHOOL, POST_REFERRAL);
    add(s, &(struct entry){.name = "thread-referral", .what = "a referral, for what follows"},
        &referral);
    studio_answer(s, &decision, MASH, POST_DECISION, &referral);
    add(s,
        &(struct entry){.name = "thread-decision",
                        .by = "mash",
                        .needs = REFERRAL,
                        .what = "the decision about it"},
        &decision);
    answers(s, &referral, &decision);
    reconsiderations(s, &decision);
}
