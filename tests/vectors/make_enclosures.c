/* Signed content out of its place: re-wrapped, passed on, and enclosed with something wrong. */
#include "base/cleanup.h"
#include "studio.h"

static void add(struct studio *s, const struct entry *e, const struct letter *l)
{
    struct entry full = *e;
    full.reader = "reader-open";
    full.by = e->by ? e->by : "mash";
    studio_add(s, &full, bytes_buf(&l->bytes));
}

static void open_as(struct studio *s, const struct letter *l, enum post_seat reader,
                    enum post_seat sender, struct opened *out)
{
    struct sh_why why = {""};
    const struct envelope_reader r = post_reader(&s->post, reader, sender);
    vectors_must(envelope_open(&l->env, &r, out, &why) == SH_OK, why.text);
}

static void rewrapped(struct studio *s)
{
    SH_DEFER(letter_free) struct letter first;
    SH_DEFER(letter_free) struct letter again;
    SH_DEFER(letter_free) struct letter passed_on;
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    studio_write(s, &first, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &first);
    open_as(s, &first, MASH, SCHOOL, &o);
    studio_write(s, &again, SCHOOL, POST_REFERRAL);
    again.signed_data = bytes_buf(&o.signed_data);
    letter_forge(&s->post, &again);
    add(s,
        &(struct entry){.name = "content-of-an-earlier-message",
                        .expected = SH_E_HEADER_DISAGREES,
                        .what = "the sender's own earlier content under a new header"},
        &again);
    studio_write(s, &passed_on, MASH,
                 "{\"kind\":\"referral\",\"to\":[\"managers@999.social-care\"],"
                 "\"urgency\":\"urgent\",\"children\":[{\"given_names\":\"Ada\"}],"
                 "\"concern\":{\"what_happened\":\"Seen.\"},"
                 "\"referrer\":{\"name\":\"A\",\"role\":\"B\"}}");
    passed_on.signed_data = bytes_buf(&o.signed_data);
    letter_forge(&s->post, &passed_on);
    add(s,
        &(struct entry){.name = "content-of-another-sender-passed-on",
                        .by = "managers",
                        .expected = SH_E_FOREIGN_CONTENT,
                        .what = "what the school signed, passed on by MASH as its own message"},
        &passed_on);
}

static const char RECONSIDERATION[] =
    "{\"kind\":\"reconsideration\",\"to\":[\"mash@999.social-care\",\"managers@999.social-care\"],"
    "\"level\":2,\"grounds\":\"Nobody has seen them.\","
    "\"author\":{\"name\":\"A Head\",\"role\":\"Head teacher\"}}";

/* Read and then opened one by one, with each enclosure's statement: reader-enclosure. */
static void enclosed(struct studio *s)
{
    SH_DEFER(letter_free) struct letter decision;
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    studio_write(s, &decision, MASH, POST_DECISION);
    letter_seal(&s->post, &decision);
    open_as(s, &decision, SCHOOL, MASH, &o);
    struct enclosure good = {.header = decision.env.header,
                             .signed_data = bytes_buf(&o.signed_data),
                             .signature = decision.env.signature};
    post_accept(&s->post, &decision, &good.accepted);
    SH_DEFER(letter_free) struct letter other;
    studio_write(s, &other, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &other);
    struct statement about_other;
    post_accept(&s->post, &other, &about_other);
    static const struct {
        const char *name, *what;
        sh_err expected;
    } rows[] = {
        {"good-enclosure", "a reconsideration that encloses the decision", SH_OK},
        {"enclosure-statement-of-another", "the log's statement is about another message",
         SH_E_PROOF},
        {"enclosure-signature-of-another", "the enclosed header is signed otherwise",
         SH_E_BAD_SIGNATURE},
        {"enclosure-content-altered", "one bit of the enclosed content is another",
         SH_E_COMMITMENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(letter_free) struct letter l;
        SH_DEFER(buf_wipe) struct buf altered = BUF_INIT(SH_CONTENT_BYTES_MAX);
        struct enclosure e = good;
        MUST(buf_append(&altered, good.signed_data));
        altered.data[altered.len - 3] ^= 1;
        e.accepted = i == 1 ? about_other : e.accepted;
        e.signature = i == 2 ? other.env.signature : e.signature;
        e.signed_data = i == 3 ? bytes_buf(&altered) : e.signed_data;
        letter_write(&s->post, &l, SCHOOL, RECONSIDERATION, 2);
        letter_enclose(&l, &e, 1);
        letter_forge(&s->post, &l);
        studio_add(s,
                   &(struct entry){.reader = "reader-enclosure",
                                   .name = rows[i].name,
                                   .by = "managers",
                                   .expected = rows[i].expected,
                                   .what = rows[i].what},
                   bytes_buf(&l.bytes));
    }
}

void make_enclosures(struct studio *s)
{
    rewrapped(s);
    enclosed(s);
}
