#include "run_vector.h"

#include "base/cleanup.h"
#include "crypto/cms.h"
#include "office.h"
#include "raw.h"

#include <stdio.h>

void runner_open(struct runner *r, const char *dir, const struct vector_index *index)
{
    struct post post;
    *r = (struct runner){.dir = dir, .index = index};
    office_load(&post, dir);
    relay_make_with(&r->relay, &post);
}

void runner_close(struct runner *r)
{
    relay_free(&r->relay);
}

bool vector_is_for_relay(const struct vector *v)
{
    return strncmp(v->reader, "relay-", 6) == 0;
}

/* ---- the relay ---- */

static void restart(struct runner *r, int64_t now_ms)
{
    struct store *store = NULL;
    MUST(store_open_memory(&store));
    r->relay.now_ms = now_ms;
    relay_restart(&r->relay, store);
}

/* Only a refusal says something; everything else that comes back is an answer. */
static sh_err answer_of(const struct relay *relay, uint64_t connection)
{
    for (size_t i = 0; i < relay->sent_len; i++) {
        const struct sent *sent = &relay->sent[i];
        if (sent->type != LINK_SEND || sent->connection != connection) {
            continue;
        }
        if (sent->frame.type == FRAME_REFUSED) {
            return (sh_err)sent->frame.refused.code;
        }
        if (sent->frame.type == FRAME_DEFER) {
            return (sh_err)sent->frame.defer.code;
        }
    }
    return SH_OK;
}

static sh_err throw_bytes(struct runner *r, const char *by, struct bytes frame)
{
    /* A stranger, whom ZAP would have kept out, comes on the connection of seat 0. */
    int seat = office_seat_find(by);
    bool stranger = strcmp(by, "stranger") == 0;
    MUST_HOLD(seat >= 0 || stranger);
    struct submission *sub = NULL;
    struct relay *relay = &r->relay;
    const struct pki_seat *who = &relay->post.pki.seats[stranger ? 0 : seat];
    MUST(submission_new(WORK_FRAME, frame, &sub));
    sub->connection = connection_of((enum post_seat)(stranger ? 0 : seat));
    memcpy(sub->curve_key, who->curve_public, sizeof sub->curve_key);
    sub->curve_key[0] ^= stranger ? 1 : 0;
    const uint64_t connection = sub->connection;
    MUST(worker_verify(relay->core, NULL, sub));
    MUST(relay_group(relay, &sub, 1));
    return answer_of(relay, connection);
}

sh_err runner_throw(struct runner *r, const struct vector *v)
{
    SH_DEFER(buf_wipe) struct buf bytes = {.len = 0};
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(4 * SH_FRAME_BYTES_MAX);
    vector_file_read(r->dir, v->file, &bytes);
    if (strcmp(v->reader, "relay-submit") == 0) {
        raw_submit(&frame, bytes_buf(&bytes));
    } else {
        MUST(buf_append(&frame, bytes_buf(&bytes)));
    }
    return throw_bytes(r, v->by, bytes_buf(&frame));
}

static void accept_needs(struct runner *r, const struct vector *v);

static void accept_one(struct runner *r, const char *file)
{
    const struct vector *needed = vector_index_find(r->index, file);
    accept_needs(r, needed);
    vectors_must(runner_throw(r, needed) == SH_OK, file);
}

static void accept_needs(struct runner *r, const struct vector *v)
{
    char list[sizeof v->needs];
    char *rest = list;
    (void)snprintf(list, sizeof list, "%s", v->needs);
    for (char *file = strsep(&rest, ","); file; file = strsep(&rest, ",")) {
        if (strcmp(file, "-") != 0) {
            accept_one(r, file);
        }
    }
}

static sh_err run_relay(struct runner *r, const struct vector *v)
{
    restart(r, v->at_ms);
    accept_needs(r, v);
    return runner_throw(r, v);
}

/* ---- readers ---- */

static sh_err find_seat(void *ctx, const struct sh_hash *seat, const struct certificate **out)
{
    const struct certificate *found = directory_certificate(ctx, seat);
    SH_CHECK(found, SH_E_UNKNOWN_SEAT);
    *out = found;
    return SH_OK;
}

/* What the client does: the sender is whom the header names, if the directory has him. */
static sh_err open_envelope(struct runner *r, const struct vector *v, const struct envelope *env,
                            struct opened *out)
{
    const struct post *post = &r->relay.post;
    struct sh_why why = {""};
    struct header header;
    const int seat = office_seat_find(v->by);
    MUST_HOLD(seat >= 0);
    struct envelope_reader reader = post_reader(post, (enum post_seat)seat, SCHOOL);
    reader.accepted_at_ms = v->at_ms;
    reader.grace_ms = OFFICE_GRACE_MS;
    SH_TRY(header_decode(env->header, post->arena, &header));
    SH_TRY(find_seat(post->directory, &header.facts.seat, &reader.sender_cert));
    return envelope_open(env, &reader, out, &why);
}

static sh_err open_enclosures(struct runner *r, const struct opened *outer)
{
    const struct post *post = &r->relay.post;
    const struct note_verifier log = post_verifier(post);
    const struct certificate_finder finder = {find_seat, post->directory};
    for (size_t i = 0; i < outer->content.enclosures_len; i++) {
        SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
        const struct enclosure *enclosed = &outer->content.enclosures[i];
        struct verified_statement accepted;
        struct sh_why why = {""};
        SH_TRY(statement_verify(&enclosed->accepted, &log, post->arena, &accepted));
        SH_TRY(enclosure_open(enclosed, &finder, directory_trust(post->directory), OFFICE_GRACE_MS,
                              &o, &why));
    }
    return SH_OK;
}

static sh_err run_reader(struct runner *r, const struct vector *v, struct bytes bytes)
{
    SH_DEFER(opened_wipe) struct opened o = {.arena = NULL};
    struct envelope env;
    SH_TRY(envelope_decode(bytes, r->relay.post.arena, &env));
    SH_TRY(open_envelope(r, v, &env, &o));
    return strcmp(v->reader, "reader-enclosure") == 0 ? open_enclosures(r, &o) : SH_OK;
}

/* ---- proofs and files ---- */

static sh_err run_receipt(struct runner *r, const struct vector *v, struct bytes bytes)
{
    struct signed_receipt receipt;
    struct receipt found;
    const int seat = office_seat_find(v->by);
    MUST_HOLD(seat >= 0);
    SH_TRY(signed_receipt_decode(bytes, r->relay.post.arena, &receipt));
    return receipt_verify(&receipt, r->relay.post.pki.seats[seat].sign_cert, &found);
}

static sh_err run_statement(struct runner *r, struct bytes bytes)
{
    struct statement statement;
    struct verified_statement verified;
    const struct note_verifier log = post_verifier(&r->relay.post);
    SH_TRY(statement_decode(bytes, r->relay.post.arena, &statement));
    return statement_verify(&statement, &log, r->relay.post.arena, &verified);
}

static sh_err run_directory(struct runner *r, const struct vector *v, struct bytes bytes)
{
    SH_DEFER(directory_free) struct directory *directory = NULL;
    struct sh_why why = {""};
    return directory_load(bytes, r->relay.post.pki.root, v->at_ms, 0, OFFICE_GRACE_MS, &directory,
                          &why);
}

sh_err runner_run(struct runner *r, const struct vector *v)
{
    SH_DEFER(buf_wipe) struct buf bytes = {.len = 0};
    struct sh_why why = {""};
    size_t entries = 0;
    if (vector_is_for_relay(v)) {
        return run_relay(r, v);
    }
    vector_file_read(r->dir, v->file, &bytes);
    if (strncmp(v->reader, "reader-", 7) == 0) {
        return run_reader(r, v, bytes_buf(&bytes));
    }
    if (strcmp(v->reader, "receipt") == 0) {
        return run_receipt(r, v, bytes_buf(&bytes));
    }
    if (strcmp(v->reader, "statement") == 0) {
        return run_statement(r, bytes_buf(&bytes));
    }
    if (strcmp(v->reader, "directory") == 0) {
        return run_directory(r, v, bytes_buf(&bytes));
    }
    if (strcmp(v->reader, "sealed-gate") == 0) {
        return cms_gate_sealed(bytes_buf(&bytes), &entries, &why);
    }
    vectors_must(strcmp(v->reader, "signed-gate") == 0, v->reader);
    return cms_gate_signed(bytes_buf(&bytes), &why);
}
