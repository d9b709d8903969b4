#include "letters.h"

#include "base/cleanup.h"
#include "base/random.h"
#include "bench.h"
#include "envelope/build.h"
#include "wire/session.h"

#include <stdio.h>
#include <stdlib.h>

enum { NARRATIVE_BYTES_MAX = 4096, RECIPIENTS = 2 };

/* One letter on its way from words to bytes. */
struct draft {
    struct facts facts;
    struct recipient recipients[RECIPIENTS];
    struct sh_hash seats[RECIPIENTS][2];
    const struct certificate *seal_certs[RECIPIENTS * 3];
    size_t seal_certs_len;
    struct buf header, sealed;
};

static void add_recipient(struct draft *draft, const struct town *town, const char *address,
                          enum role role)
{
    const struct desk *desk = directory_desk(town->directory, address);
    size_t at = draft->facts.recipients_len++;
    struct recipient *to = &draft->recipients[at];
    *to = (struct recipient){.address = desk->address,
                             .role = role,
                             .seats = draft->seats[at],
                             .seats_len = desk->seats_len,
                             .recovery = *certificate_sha256(desk->recovery)};
    for (size_t i = 0; i < desk->seats_len; i++) {
        draft->seats[at][i] = desk->seats[i]->hash;
        draft->seal_certs[draft->seal_certs_len++] = desk->seats[i]->seal;
    }
    draft->seal_certs[draft->seal_certs_len++] = desk->recovery;
}

static void fill_facts(struct draft *draft, const struct town *town, const struct pki_seat *from)
{
    struct facts *facts = &draft->facts;
    MUST(random_id(&facts->message_id));
    facts->thread_id = facts->message_id;
    facts->from = from->address;
    facts->seat = from->hash;
    facts->created_at_ms = town->pki.now_ms;
    facts->recipients = draft->recipients;
    /* ascending by address, as the header wants them */
    add_recipient(draft, town, from->address.text, ROLE_OWN);
    add_recipient(draft, town, TOWN_HUB_ADDRESS, ROLE_ACT);
}

static json_t *write_casework(const struct address *from, size_t narrative_bytes)
{
    static const char words[] = "Both children came to school without coats again. ";
    char narrative[NARRATIVE_BYTES_MAX + 1] = "", text[NARRATIVE_BYTES_MAX + 1024];
    for (size_t i = 0; i < narrative_bytes; i++) {
        narrative[i] = words[i % (sizeof words - 1)];
    }
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"referral\",\"from\":\"%s\",\"to\":[\"" TOWN_HUB_ADDRESS "\"],"
                   "\"urgency\":\"routine\",\"children\":[{\"given_names\":\"Ada\"},{\"given_"
                   "names\":\"Bee\"}],"
                   "\"concern\":{\"what_happened\":\"%s\"},"
                   "\"referrer\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}",
                   from->text, narrative);
    json_t *casework = NULL;
    struct sh_why why = {""};
    bench_must(casework_parse(bytes_str(text), &casework, &why), why.text);
    return casework;
}

static void draft_seal(struct draft *draft, const struct town *town, const struct pki_seat *from,
                       size_t narrative_bytes)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct sh_why why = {""};
    *draft = (struct draft){.header = BUF_INIT(SH_HEADER_BYTES_MAX),
                            .sealed = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX)};
    fill_facts(draft, town, from);
    MUST(arena_new(SH_MIB, 1000, &arena));
    json_t *casework = write_casework(&from->address, narrative_bytes);
    bench_must(casework_facts(casework, 0, arena, &draft->facts, &why), why.text);
    const struct envelope_order order = {
        .facts = &draft->facts,
        .casework = casework,
        .sign_key = from->sign,
        .sign_cert = from->sign_cert,
        .seal_certs = draft->seal_certs,
        .seal_certs_len = draft->seal_certs_len,
        .now_ms = town->pki.now_ms,
    };
    bench_must(envelope_seal(&order, &draft->header, &draft->sealed, &why), why.text);
    json_decref(casework);
}

static void draft_wipe(struct draft *draft)
{
    buf_wipe(&draft->header);
    buf_wipe(&draft->sealed);
}

/* How long the narrative must be for the sealed message to have LETTER_SEALED_BYTES. */
static size_t narrative_for_size(const struct town *town)
{
    SH_DEFER(draft_wipe) struct draft probe;
    size_t guess = LETTER_SEALED_BYTES / 3;
    draft_seal(&probe, town, &town->pki.seats[0], guess);
    if (probe.sealed.len > LETTER_SEALED_BYTES + guess) {
        bench_fail("sealing alone takes %zu bytes", probe.sealed.len - guess);
    }
    return guess + LETTER_SEALED_BYTES - probe.sealed.len;
}

static void frame_letter(size_t position, const struct buf *envelope_bytes, struct buf *out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame frame = {.ref = (uint32_t)position, .type = FRAME_SUBMIT};
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    MUST(envelope_decode(bytes_buf(envelope_bytes), arena, &frame.submit.envelope));
    *out = (struct buf)BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(&frame, out));
}

/* Up to LETTER_BATCH letters of one school: positions first, first + TOWN_SCHOOLS, ... */
static void write_batch(struct letters *letters, const struct town *town, size_t first,
                        size_t narrative_bytes)
{
    static struct draft drafts[LETTER_BATCH];
    static struct bytes headers[LETTER_BATCH], sealed[LETTER_BATCH];
    static struct buf batched[LETTER_BATCH];
    const struct pki_seat *from = &town->pki.seats[first % TOWN_SCHOOLS];
    size_t len = 0;
    for (size_t at = first; at < letters->len && len < LETTER_BATCH; at += TOWN_SCHOOLS, len++) {
        draft_seal(&drafts[len], town, from, narrative_bytes);
        headers[len] = bytes_buf(&drafts[len].header);
        sealed[len] = bytes_buf(&drafts[len].sealed);
        batched[len] = (struct buf)BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    }
    MUST(envelope_sign_batch(headers, sealed, len, from->sign, batched));
    for (size_t i = 0; i < len; i++) {
        SH_DEFER(buf_wipe) struct buf single = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
        size_t at = first + i * TOWN_SCHOOLS;
        struct letter *letter = &letters->at[at];
        MUST(envelope_sign(headers[i], sealed[i], from->sign, &single));
        frame_letter(at, &single, &letter->single);
        frame_letter(at, &batched[i], &letter->batched);
        letter->message_id = drafts[i].facts.message_id;
        letter->envelope_bytes = single.len;
        buf_wipe(&batched[i]);
        draft_wipe(&drafts[i]);
    }
}

void letters_write(struct letters *letters, const struct town *town, size_t len)
{
    *letters = (struct letters){.at = calloc(len, sizeof *letters->at), .len = len};
    if (!letters->at) {
        bench_fail("out of memory");
    }
    size_t narrative_bytes = narrative_for_size(town);
    for (size_t school = 0; school < TOWN_SCHOOLS; school++) {
        for (size_t first = school; first < len; first += LETTER_BATCH * TOWN_SCHOOLS) {
            write_batch(letters, town, first, narrative_bytes);
        }
    }
}

void letters_free(struct letters *letters)
{
    for (size_t i = 0; i < letters->len; i++) {
        buf_wipe(&letters->at[i].single);
        buf_wipe(&letters->at[i].batched);
    }
    free(letters->at);
    *letters = (struct letters){.at = NULL};
}
