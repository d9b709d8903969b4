/* See facts_view.h. */
#include "client/facts_view.h"

#include "client/entry.h"
#include "client/proofs.h"
#include "client/unsealing.h"
#include "crypto/digest.h"
#include "wire/log.h"

struct listing {
    struct sh_client *client;
    const struct thread_entry *entry;
    const struct thread *thread;
    bool verify;
    struct arena *arena;
    struct fact *facts;
    size_t len, cap;
};

static sh_err add_fact(struct listing *listing, const struct fact *fact)
{
    if (listing->len == listing->cap) {
        size_t cap = listing->cap ? listing->cap * 2 : 16;
        struct fact *more = arena_array(listing->arena, cap, sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        if (listing->len > 0) {
            memcpy(more, listing->facts, listing->len * sizeof *more);
        }
        listing->facts = more;
        listing->cap = cap;
    }
    listing->facts[listing->len++] = *fact;
    return SH_OK;
}

static sh_err read_unverified(struct bytes bytes, struct arena *arena,
                              struct verified_statement *out)
{
    struct statement statement;
    SH_TRY(statement_decode(bytes, arena, &statement));
    SH_TRY(leaf_decode(statement.leaf, &out->leaf));
    SH_TRY(leaf_facts_decode(statement.opening.facts, arena, &out->facts));
    SH_TRY(checkpoint_parse(statement.checkpoint, &out->checkpoint));
    out->index = statement.index;
    return SH_OK;
}

/* What the statement says, and whether it holds. One that cannot even be read says nothing but
 * that. */
static void read_statement(struct listing *listing, struct bytes bytes, enum leaf_type expected,
                           struct fact *fact, struct verified_statement *out)
{
    struct verified_statement statement = {.index = fact->log_index};
    fact->proof = listing->verify
                      ? proofs_check_stored(listing->client, bytes, listing->arena, &statement)
                      : read_unverified(bytes, listing->arena, &statement);
    if (fact->proof != SH_OK) {
        return;
    }
    bool fits = statement.leaf.type == expected &&
                hash_equal(&statement.facts.header_sha256, &listing->entry->message.header_sha256);
    fact->proof = fits ? SH_OK : SH_E_PROOF;
    fact->at_ms = statement.leaf.time_ms;
    fact->log_index = statement.index;
    fact->log_size = statement.checkpoint.size;
    *out = statement;
}

/* It was sealed to this seat of this desk: nobody else can have it, whatever they sign. */
static bool was_sent_to(const struct facts *facts, const struct receipt *receipt)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        for (size_t k = 0; k < to->seats_len && address_equal(&to->address, &receipt->by); k++) {
            if (hash_equal(&to->seats[k], &receipt->seat)) {
                return true;
            }
        }
    }
    return false;
}

/* The receipt says what the leaf says of it: a relay could log one word under another. */
static bool receipt_fits(const struct listing *listing, const struct receipt *receipt,
                         const struct verified_statement *statement)
{
    return leaf_of_receipt(receipt->type) == statement->leaf.type &&
           receipt->code == statement->facts.code &&
           hash_equal(&receipt->header_sha256, &listing->entry->message.header_sha256) &&
           address_equal(&receipt->by, &statement->facts.by) &&
           was_sent_to(&listing->entry->header.facts, receipt);
}

/* A receipt is the recipient's own word: the leaf commits to it, and its seat's key, which counted
 * when the leaf was written, signed it. */
static sh_err check_receipt(struct listing *listing, struct bytes bytes,
                            const struct verified_statement *statement)
{
    struct signed_receipt signed_receipt;
    struct receipt receipt;
    struct sh_hash sha256;
    const struct certificate *cert = NULL;
    struct directory *directory = NULL;
    SH_TRY(signed_receipt_decode(bytes, listing->arena, &signed_receipt));
    SH_TRY(digest_sha256(signed_receipt.receipt, &sha256));
    SH_CHECK(hash_equal(&sha256, &statement->facts.receipt_sha256), SH_E_PROOF);
    SH_TRY(receipt_decode(signed_receipt.receipt, &receipt));
    SH_CHECK(receipt_fits(listing, &receipt, statement), SH_E_BAD_RECEIPT);
    SH_CHECK(listing->verify, SH_OK);
    SH_TRY(unsealing_find_cert(listing->client, &statement->facts.seat, &cert, NULL));
    SH_TRY(receipt_verify(&signed_receipt, cert, &receipt));
    SH_TRY(client_directory_any(listing->client, &directory, NULL));
    return trust_verify(directory_trust(directory), cert, statement->leaf.time_ms, KEYRING_GRACE_MS,
                        NULL);
}

static bool has_receipt(enum leaf_type type)
{
    return type == LEAF_DELIVERED || type == LEAF_OPENED || type == LEAF_UNREADABLE;
}

/* A sender's own copies are no news of what became of the message. */
static bool is_own_copy(const struct listing *listing, const struct fact *fact)
{
    const struct facts *facts = &listing->entry->header.facts;
    return facts->recipients_len > 1 && address_equal(&fact->by, &facts->from);
}

/* Which clock it was: one message may start several, for several desks. */
static void read_clock(const struct leaf_facts *facts, enum leaf_type type, struct fact *fact)
{
    if (!facts->has_due || !duty_word(facts->clock)) {
        return;
    }
    fact->duty = facts->clock;
    fact->owed_by = facts->by;
    fact->due_ms = facts->due_ms;
    fact->level = type == LEAF_LEVEL_OPENED ? facts->level : 0;
}

static sh_err add_statement(struct listing *listing, const struct vault_fact *in)
{
    struct fact fact = {.word = leaf_type_word(in->type), .log_index = in->leaf_index};
    struct verified_statement statement = {.index = in->leaf_index};
    SH_CHECK(fact.word, SH_E_CORRUPT);
    read_statement(listing, in->statement, in->type, &fact, &statement);
    if (fact.proof == SH_OK && has_receipt(in->type)) {
        fact.by = statement.facts.by;
        fact.seat = statement.facts.seat;
        fact.code = statement.facts.code;
        fact.proof = in->receipt.len > 0 ? check_receipt(listing, in->receipt, &statement)
                                         : SH_E_BAD_RECEIPT;
        SH_CHECK(!is_own_copy(listing, &fact), SH_OK);
    } else if (fact.proof == SH_OK) {
        fact.code = statement.facts.code;
        read_clock(&statement.facts, in->type, &fact);
    }
    return add_fact(listing, &fact);
}

static sh_err add_accepted(struct listing *listing)
{
    struct fact fact = {.word = "accepted"};
    struct verified_statement statement;
    const struct vault_message *message = &listing->entry->message;
    SH_CHECK(message->accepted.len > 0, SH_OK);
    fact.at_ms = message->accepted_at_ms;
    read_statement(listing, message->accepted, LEAF_ACCEPTED, &fact, &statement);
    return add_fact(listing, &fact);
}

static sh_err add_statements(struct listing *listing)
{
    struct vault_fact *rows = NULL;
    size_t len = 0;
    SH_TRY(vault_facts(listing->client->vault, &listing->entry->message.header_sha256,
                       listing->arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(add_statement(listing, &rows[i]));
    }
    return SH_OK;
}

/* ---- answers ---- */

static const char *word_of_answer(enum kind kind)
{
    static const char *const words[] = {
        [KIND_REFERRAL] = "referred",
        [KIND_NOTIFICATION] = "notified",
        [KIND_ACKNOWLEDGEMENT] = "acknowledged",
        [KIND_DECISION] = "decided",
        [KIND_RECONSIDERATION] = "reconsidered",
        [KIND_RECONSIDERATION_RESPONSE] = "responded",
        [KIND_REDIRECT] = "redirected",
        [KIND_REQUEST] = "requested",
        [KIND_REPLY] = "replied",
        [KIND_NOTE] = "noted",
        [KIND_CORRECTION] = "corrected",
        [KIND_WITHDRAWAL] = "withdrawn",
        [KIND_CLOSE] = "closed",
    };
    const char *word = (size_t)kind < sizeof words / sizeof words[0] ? words[kind] : NULL;
    return word ? word : "followed";
}

/* Sent again by its sender, or passed on by a desk that it was not for; else what its kind says. */
static const char *word_for(const struct listing *listing, const struct thread_entry *answer)
{
    const struct facts *facts = &answer->header.facts;
    const struct thread_entry *parent = thread_by_header(listing->thread, &facts->parent);
    bool same = facts->kind == listing->entry->header.facts.kind;
    if (same && parent && parent->header.facts.kind == KIND_REDIRECT) {
        return "resent";
    }
    if (parent && facts->kind == KIND_REFERRAL && parent->header.facts.kind == KIND_REFERRAL) {
        return "passed_on";
    }
    return word_of_answer(facts->kind);
}

static sh_err add_answer(struct listing *listing, const struct thread_entry *answer)
{
    struct fact fact = {.word = word_for(listing, answer),
                        .words = &answer->header.facts,
                        .by = answer->header.facts.from,
                        .at_ms = answer->message.accepted_at_ms,
                        .seat = answer->header.facts.seat,
                        .answer = answer->message.message_id};
    struct verified_statement statement;
    struct listing of_answer = *listing;
    of_answer.entry = answer;
    read_statement(&of_answer, answer->message.accepted, LEAF_ACCEPTED, &fact, &statement);
    return add_fact(listing, &fact);
}

static sh_err add_answers(struct listing *listing)
{
    for (size_t i = 0; i < listing->thread->len; i++) {
        const struct thread_entry *entry = &listing->thread->entries[i];
        if (thread_is_readable(entry) &&
            thread_follows(listing->thread, entry, &listing->entry->message.header_sha256)) {
            SH_TRY(add_answer(listing, entry));
        }
    }
    return SH_OK;
}

static int by_index(const void *left, const void *right)
{
    const struct fact *a = left, *b = right;
    return a->log_index < b->log_index ? -1 : a->log_index > b->log_index;
}

sh_err facts_view_list(struct sh_client *client, const struct facts_view_order *order,
                       struct arena *arena, struct fact_list *out)
{
    struct listing listing = {.client = client,
                              .entry = order->entry,
                              .thread = order->thread,
                              .verify = order->verify,
                              .arena = arena};
    SH_TRY(add_accepted(&listing));
    SH_TRY(add_statements(&listing));
    SH_TRY(add_answers(&listing));
    if (listing.len > 1) {
        qsort(listing.facts, listing.len, sizeof *listing.facts, by_index);
    }
    *out = (struct fact_list){listing.facts, listing.len};
    return SH_OK;
}

/* ---- as JSON ---- */

static json_t *proof_text(sh_err proof)
{
    return json_string(proof == SH_OK ? "verified" : sh_err_sentence(proof));
}

static sh_err put_whither(const struct fact *fact, json_t *json)
{
    bool went_on = strcmp(fact->word, "resent") == 0 || strcmp(fact->word, "passed_on") == 0;
    SH_CHECK(went_on && fact->words, SH_OK);
    json_t *list = json_array();
    SH_TRY(entry_put(json, "to", list));
    for (size_t i = 0; i < fact->words->recipients_len; i++) {
        const struct recipient *to = &fact->words->recipients[i];
        SH_TRY(to->role == ROLE_ACT ? entry_append(list, json_string(to->address.text)) : SH_OK);
    }
    return SH_OK;
}

static sh_err put_clock(const struct fact *fact, json_t *json)
{
    SH_CHECK(fact->duty, SH_OK);
    SH_TRY(entry_put(json, "duty", json_string(duty_word(fact->duty))));
    SH_TRY(entry_put(json, "owed_by", json_string(fact->owed_by.text)));
    SH_TRY(entry_put_time(json, "due_at", fact->due_ms));
    return fact->level ? entry_put(json, "level", json_integer((json_int_t)fact->level)) : SH_OK;
}

static sh_err fact_json(const struct fact *fact, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "fact", json_string(fact->word)));
    SH_TRY(entry_put(json, "by", json_string(fact->by.text[0] ? fact->by.text : "relay")));
    SH_TRY(entry_put_time(json, "at", fact->at_ms));
    SH_TRY(entry_put(json, "log_index", json_integer((json_int_t)fact->log_index)));
    SH_TRY(entry_put(json, "log_size", json_integer((json_int_t)fact->log_size)));
    SH_TRY(entry_put(json, "proof", proof_text(fact->proof)));
    if (!hash_is_zero(&fact->seat)) {
        SH_TRY(entry_put_hex(json, "seat", BYTES_FIXED(fact->seat)));
    }
    static const struct sh_id none;
    if (!id_equal(&fact->answer, &none)) {
        SH_TRY(entry_put_hex(json, "message_id", BYTES_FIXED(fact->answer)));
        SH_TRY(put_whither(fact, json));
        bool called = fact->words && fact->words->kind == KIND_NOTE && fact->words->telephone;
        SH_TRY(called ? entry_put(json, "telephone", json_true()) : SH_OK);
    }
    if (fact->code) {
        SH_TRY(entry_put(json, "code", json_string(sh_err_word((sh_err)fact->code))));
    }
    SH_TRY(put_clock(fact, json));
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err facts_view_json(const struct fact_list *list, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_array();
    SH_CHECK(json, SH_E_NOMEM);
    for (size_t i = 0; i < list->len; i++) {
        json_t *fact = NULL;
        SH_TRY(fact_json(&list->facts[i], &fact));
        SH_CHECK(json_array_append_new(json, fact) == 0, SH_E_NOMEM);
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

/* ---- in one word ---- */

/* Later in the list is further. Notices of the relay (overdue, warned) are no steps: they end
 * nothing. */
static const char *const steps[] = {"accepted",     "refused",   "undeliverable", "delivered",
                                    "unreadable",   "opened",    "replied",       "acknowledged",
                                    "redirected",   "resent",    "passed_on",     "decided",
                                    "reconsidered", "responded", "withdrawn",     "closed"};

static size_t step_of(const char *word)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(steps[i], word) == 0) {
            return i + 1;
        }
    }
    return 0;
}

const char *facts_view_state(const struct thread_entry *entry, const struct fact_list *list)
{
    switch (entry->message.state) {
    case MESSAGE_WAITING:
        return "waiting";
    case MESSAGE_REFUSED:
        return "refused";
    case MESSAGE_REPLACED:
        return "replaced";
    case MESSAGE_UNREADABLE:
        return "unreadable";
    case MESSAGE_ACCEPTED:
    default:
        break;
    }
    bool sent = entry->message.box != BOX_RECEIVED;
    size_t furthest = step_of(sent ? "accepted" : "delivered");
    for (size_t i = 0; i < list->len; i++) {
        /* What is not proven did not happen. */
        size_t step = list->facts[i].proof == SH_OK ? step_of(list->facts[i].word) : 0;
        furthest = step > furthest ? step : furthest;
    }
    return steps[furthest - 1];
}
