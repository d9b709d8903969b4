/* What a reader finds who was handed an envelope: most of these a relay would accept, since it sees
 * no further than the header. */
#include "base/cleanup.h"
#include "crypto/digest.h"
#include "raw.h"
#include "studio.h"

#define READER "reader-open"

static void add(struct studio *s, const struct entry *e, const struct letter *l)
{
    struct entry full = *e;
    full.reader = READER;
    full.by = e->by ? e->by : "mash";
    studio_add(s, &full, bytes_buf(&l->bytes));
}

/* A referral of the school that is forged after one change; read by MASH. */
typedef void (*change_fn)(struct studio *s, struct letter *l);

static void forged(struct studio *s, const struct entry *e, change_fn change)
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    change(s, &l);
    letter_forge(&s->post, &l);
    add(s, e, &l);
}

/* ---- readers ---- */

static void readers(struct studio *s)
{
    SH_DEFER(letter_free) struct letter l;
    static const char file[] = "reader-open/good-referral.bin";
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    add(s, &(struct entry){.name = "good-referral", .what = "read by the desk asked to act"}, &l);
    const struct entry rows[] = {
        {.by = "deputy", .what = "read by the sender's colleague"},
        {.by = "school", .what = "read by the sender itself"},
        {.by = "managers", .what = "read by the desk informed"},
        {.by = "nurse", .expected = SH_E_NOT_FOR_US, .what = "read by a desk it does not name"},
        {.by = "gone",
         .expected = SH_E_NOT_FOR_US,
         .what = "read by a revoked seat of a desk that it names"},
        {.by = "mash",
         .at_ms = PKI_NOW_MS + 29 * SH_DAY_MS,
         .what = "accepted while the list of revoked certificates still counted"},
        {.by = "mash",
         .at_ms = PKI_NOW_MS + 50 * SH_DAY_MS,
         .expected = SH_E_STALE_CRL,
         .what = "accepted when the newest list of revoked certificates was too old"},
        {.by = "mash",
         .at_ms = PKI_NOW_MS - SH_DAY_MS,
         .expected = SH_E_EXPIRED,
         .what = "accepted before the sender's certificate began"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entry e = rows[i];
        e.reader = READER;
        studio_list(s, &e, file);
    }
}

static const char HEAD_REFERRAL[] =
    "{\"kind\":\"referral\",\"from\":\"head@999001.school\",\"to\":[\"mash@999.social-care\"],"
    "\"urgency\":\"urgent\",\"children\":[{\"given_names\":\"Ada\"}],"
    "\"concern\":{\"what_happened\":\"Came without a coat.\"},"
    "\"referrer\":{\"name\":\"A Head\",\"role\":\"Head teacher\"}}";

static void senders(struct studio *s)
{
    SH_DEFER(letter_free) struct letter revoked;
    SH_DEFER(letter_free) struct letter stranger;
    struct post theirs;
    studio_write(s, &revoked, (enum post_seat)LEFT, HEAD_REFERRAL);
    letter_forge(&s->post, &revoked);
    add(s,
        &(struct entry){.name = "sender-revoked",
                        .at_ms = PKI_NOW_MS + SH_SECOND_MS,
                        .expected = SH_E_REVOKED,
                        .what = "accepted after the sender was revoked"},
        &revoked);
    studio_list(s,
                &(struct entry){.reader = READER,
                                .by = "mash",
                                .at_ms = PKI_NOW_MS - SH_SECOND_MS,
                                .what = "accepted before the sender was revoked: it stays good"},
                "reader-open/sender-revoked.bin");
    post_make(&theirs);
    letter_write(&theirs, &stranger, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&theirs, &stranger);
    add(s,
        &(struct entry){.name = "sender-of-another-partnership",
                        .expected = SH_E_UNKNOWN_SEAT,
                        .what = "the sender is in no directory of ours"},
        &stranger);
    letter_free(&stranger);
    memset(&stranger, 0, sizeof stranger);
    post_free(&theirs);
}

/* ---- what was forged ---- */

static const struct pki_seat *nurse(struct studio *s)
{
    return &s->post.pki.seats[NURSE];
}

static void nothing(struct studio *s, struct letter *l)
{
    (void)s;
    (void)l;
}
static void sealed_by_another(struct studio *s, struct letter *l)
{
    l->sealer = nurse(s);
}
static void names_deputy(struct studio *s, struct letter *l)
{
    l->facts.seat = l->inside.seat = s->post.pki.seats[DEPUTY].hash;
}
static void of_another_desk(struct studio *s, struct letter *l)
{
    l->signer = l->sealer = nurse(s);
    l->facts.seat = l->inside.seat = nurse(s)->hash;
}
static void foreign(struct studio *s, struct letter *l)
{
    l->signer = nurse(s);
}
static void foreign_colleague(struct studio *s, struct letter *l)
{
    l->signer = &s->post.pki.seats[DEPUTY];
}
static void not_sealed_to_us(struct studio *s, struct letter *l)
{
    l->seal_certs[0] = nurse(s)->seal_cert;
    l->seal_certs_len = 1;
}
static void other_commitment(struct studio *s, struct letter *l)
{
    (void)s;
    l->wrong_commitment = true;
}
static void in_parts(struct studio *s, struct letter *l)
{
    (void)s;
    l->parts = (struct parts){.sealed_count = 1, .count = 1, .bytes = 1000};
}
static void other_thread(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.thread_id.b[3] ^= 1;
}
static void other_urgency(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.urgency = URGENCY_ROUTINE;
}
static void other_time(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.created_at_ms++;
}
static void fewer_recipients(struct studio *s, struct letter *l)
{
    /* The managers (position 1 of 3) are dropped from the header; the content still names them. */
    static struct recipient two[2];
    (void)s;
    two[0] = l->recipients[0];
    two[1] = l->recipients[2];
    l->facts.recipients = two;
    l->facts.recipients_len = 2;
}
static void other_role(struct studio *s, struct letter *l)
{
    static struct recipient three[3];
    (void)s;
    memcpy(three, l->recipients, sizeof three);
    three[1].role = ROLE_ACT;
    l->facts.recipients = three;
}
static void other_role_inside_too(struct studio *s, struct letter *l)
{
    (void)s;
    l->recipients[1].role = ROLE_ACT;
}
static void fewer_children(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.children_count = l->inside.children_count = 1;
}
static void other_kind(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.kind = KIND_NOTE;
}
static void not_telephoned(struct studio *s, struct letter *l)
{
    (void)s;
    l->facts.telephone = l->inside.telephone = false;
}
static void lists_an_enclosure(struct studio *s, struct letter *l)
{
    static const struct sh_id one = {{1}};
    (void)s;
    l->facts.encloses = l->inside.encloses = &one;
    l->facts.encloses_len = l->inside.encloses_len = 1;
}
static void plain_words(struct studio *s, struct letter *l)
{
    (void)s;
    l->signed_data = bytes_str("plain words, unsigned");
}
static void no_content(struct studio *s, struct letter *l)
{
    (void)s;
    l->content = bytes_str("signed, but no content");
}

static void forgeries(struct studio *s)
{
    static const struct {
        struct entry e;
        change_fn change;
    } rows[] = {
        {{.name = "good-forgery", .what = "forged with nothing changed: it opens"}, nothing},
        {{.name = "wrong-signer",
          .expected = SH_E_BAD_SIGNATURE,
          .what = "the envelope is signed by another desk's seat"},
         sealed_by_another},
        {{.name = "wrong-seat",
          .expected = SH_E_BAD_SIGNATURE,
          .what = "the header names a colleague's seat, which did not sign it"},
         names_deputy},
        {{.name = "wrong-desk",
          .expected = SH_E_WRONG_DESK,
          .what = "the signing seat belongs to another desk than 'from'"},
         of_another_desk},
        {{.name = "foreign-content",
          .expected = SH_E_FOREIGN_CONTENT,
          .what = "the content inside is signed by another desk's seat, outside any enclosure"},
         foreign},
        {{.name = "foreign-content-of-a-colleague",
          .expected = SH_E_FOREIGN_CONTENT,
          .what = "the content inside is signed by a colleague's seat"},
         foreign_colleague},
        {{.name = "not-sealed-to-us",
          .expected = SH_E_UNSEAL,
          .what = "the header names our seat, but it is not sealed to it"},
         not_sealed_to_us},
        {{.name = "commitment-to-other-content",
          .expected = SH_E_COMMITMENT,
          .what = "the header commits to other signed content"},
         other_commitment},
        {{.name = "parts-missing",
          .expected = SH_E_NO_PARTS,
          .what = "what is sealed travels in parts that are not here"},
         in_parts},
        {{.name = "header-unlike-content-thread",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "another thread id inside"},
         other_thread},
        {{.name = "header-unlike-content-urgency",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "routine outside, urgent inside"},
         other_urgency},
        {{.name = "header-unlike-content-time",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "created one millisecond later outside"},
         other_time},
        {{.name = "altered-recipients-one-dropped",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "a recipient inside that the header does not name"},
         fewer_recipients},
        {{.name = "altered-recipients-other-role",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "a desk told inside, asked to act outside"},
         other_role},
        {{.name = "altered-recipients-unlike-the-words",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "header and facts agree on a role that the words do not give"},
         other_role_inside_too},
        {{.name = "header-unlike-words-children",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "one child in header and facts, two in the words"},
         fewer_children},
        {{.name = "header-unlike-content-kind",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "a note outside, a referral inside"},
         other_kind},
        {{.name = "header-unlike-words-telephone",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "the words say that it was telephoned, the facts do not"},
         not_telephoned},
        {{.name = "enclosure-listed-and-missing",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "the header lists an enclosure that is not inside"},
         lists_an_enclosure},
        {{.name = "unsigned-content",
          .expected = SH_E_CMS_PROFILE,
          .what = "plain words where signed content should be"},
         plain_words},
        {{.name = "signed-but-no-content",
          .expected = SH_E_FORMAT,
          .what = "signed bytes that are no content"},
         no_content},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        forged(s, &rows[i].e, rows[i].change);
    }
}

/* ---- contents by hand ---- */

struct content_case {
    struct entry e;
    uint64_t version;
    size_t salt_len;
    unsigned body;
    struct bytes words;
    bool unknown;
};

static void contents(struct studio *s)
{
    /* Referral: concern (21) without what_happened; text that is not UTF-8 (note, 28). */
    const struct content_case rows[] = {
        {{.name = "content-says-nothing",
          .expected = SH_E_BAD_CONTENT,
          .what = "a referral that says nothing"},
         1,
         32,
         11,
         bytes_of("", 0),
         false},
        {{.name = "content-version-2",
          .expected = SH_E_BAD_VERSION,
          .what = "content of version 2"},
         2,
         32,
         11,
         bytes_of("", 0),
         false},
        {{.name = "content-short-salt", .expected = SH_E_FORMAT, .what = "a salt of 31 bytes"},
         1,
         31,
         11,
         bytes_of("", 0),
         false},
        {{.name = "content-unknown-field",
          .expected = SH_E_NOT_CANONICAL,
          .what = "a field that version 1 does not have"},
         1,
         32,
         11,
         bytes_of("", 0),
         true},
        {{.name = "content-of-another-kind",
          .expected = SH_E_HEADER_DISAGREES,
          .what = "the body of a note under the facts of a referral"},
         1,
         32,
         23,
         bytes_of("\x8a\x01\x01x", 4),
         false},
        {{.name = "content-not-utf8",
          .expected = SH_E_BAD_TEXT,
          .what = "words that are not UTF-8"},
         1,
         32,
         11,
         bytes_of("\xe2\x01\x01\xff", 4),
         false},
        {{.name = "content-without-a-body", .expected = SH_E_FORMAT, .what = "facts and no words"},
         1,
         32,
         0,
         bytes_of("", 0),
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(letter_free) struct letter l;
        SH_DEFER(buf_wipe) struct buf facts = BUF_INIT(SH_HEADER_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_HEADER_BYTES_MAX);
        static const uint8_t salt[SH_HASH_BYTES] = {1};
        studio_write(s, &l, SCHOOL, POST_REFERRAL);
        MUST(facts_encode(&l.facts, &facts));
        raw_number(&content, 1, rows[i].version);
        raw_bytes(&content, 2, bytes_of(salt, rows[i].salt_len));
        raw_bytes(&content, 3, bytes_buf(&facts));
        if (rows[i].body) {
            raw_bytes(&content, rows[i].body, rows[i].words);
        }
        if (rows[i].unknown) {
            raw_number(&content, 99, 1);
        }
        l.content = bytes_buf(&content);
        letter_forge(&s->post, &l);
        add(s, &rows[i].e, &l);
    }
}

void make_readings(struct studio *s)
{
    readers(s);
    senders(s);
    forgeries(s);
    contents(s);
}
