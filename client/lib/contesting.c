/* What a reconsideration stands on: a decision, an answer to an earlier reconsideration, or the
 * log's word that neither came in time. See answering.h. */
#include "client/answering.h"
#include "wire/log.h"

static bool is_contestable(const struct thread_entry *entry)
{
    enum kind kind = entry->header.facts.kind;
    return thread_is_readable(entry) &&
           (kind == KIND_DECISION || kind == KIND_RECONSIDERATION_RESPONSE);
}

static bool is_ours(struct sh_client *client, const struct thread_entry *entry, enum kind kind)
{
    return entry->header.facts.kind == kind && thread_is_readable(entry) &&
           address_equal(&entry->header.facts.from, keyring_address(client->keyring));
}

/* Of a desk that the document names; any desk will do if it names none. */
static bool is_of_named(const json_t *document, const struct thread_entry *entry)
{
    const json_t *to = json_object_get(document, "to");
    size_t len = json_array_size(to);
    for (size_t i = 0; i < len; i++) {
        const char *text = json_string_value(json_array_get(to, i));
        if (text && strcmp(text, entry->header.facts.from.text) == 0) {
            return true;
        }
    }
    return len == 0;
}

/* The newest decision or response that answers `above`, or of the whole thread if that is NULL. */
static const struct thread_entry *newest_contestable(const struct answering *answering,
                                                     const json_t *document,
                                                     const struct sh_hash *above)
{
    const struct thread *thread = &answering->thread;
    for (size_t i = thread->len; i > 0; i--) {
        const struct thread_entry *entry = &thread->entries[i - 1];
        if (is_contestable(entry) && is_of_named(document, entry) &&
            (!above || thread_follows(thread, entry, above))) {
            return entry;
        }
    }
    return NULL;
}

/* Our newest reconsideration of `base`, or `base` itself if it is one, that nobody has answered. */
static const struct thread_entry *find_unanswered(struct sh_client *client,
                                                  const struct answering *answering,
                                                  const struct thread_entry *base)
{
    const struct thread *thread = &answering->thread;
    for (size_t i = thread->len; i > 0; i--) {
        const struct thread_entry *entry = &thread->entries[i - 1];
        const struct sh_hash *of_entry = &entry->message.header_sha256;
        bool of_base = hash_equal(of_entry, &base->message.header_sha256) ||
                       thread_follows(thread, entry, &base->message.header_sha256);
        if (is_ours(client, entry, KIND_RECONSIDERATION) && of_base) {
            return newest_contestable(answering, NULL, of_entry) ? NULL : entry;
        }
    }
    return NULL;
}

/* Clocks that others let run out; that we were late with something is nothing to contest. */
static bool is_silence(uint32_t duty)
{
    static const enum duty silent[] = {DUTY_DECIDED,   DUTY_ANSWERED, DUTY_ACKNOWLEDGED,
                                       DUTY_NEXT_STEP, DUTY_SPOKEN,   DUTY_MEETING,
                                       DUTY_RESOLVED};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        if (silent[i] == (enum duty)duty) {
            return true;
        }
    }
    return false;
}

static sh_err read_overdue(const struct vault_fact *fact, struct leaf_facts *out,
                           struct arena *arena)
{
    struct statement statement;
    SH_CHECK(statement_decode(fact->statement, arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, arena, out) == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

/* The log's entries about one message. That no decision or answer came counts before all else. */
static sh_err find_overdue(struct sh_client *client, const struct thread_entry *entry,
                           struct arena *arena, struct answering *answering)
{
    struct vault_fact *rows = NULL;
    size_t len = 0;
    bool best = false;
    SH_TRY(vault_facts(client->vault, &entry->message.header_sha256, arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        struct leaf_facts facts;
        if (rows[i].type != LEAF_OVERDUE || best) {
            continue;
        }
        SH_TRY(read_overdue(&rows[i], &facts, arena));
        if (is_silence(facts.clock) &&
            !address_equal(&facts.by, keyring_address(client->keyring))) {
            best = facts.clock == DUTY_DECIDED || facts.clock == DUTY_ANSWERED;
            answering->overdue_index = rows[i].leaf_index;
            answering->has_overdue = true;
        }
    }
    return SH_OK;
}

static sh_err press_silence(struct sh_client *client, const struct thread_entry *silent,
                            struct arena *arena, struct answering *answering)
{
    SH_TRY(find_overdue(client, silent, arena, answering));
    if (answering->has_overdue) {
        /* Copied first: it may be the parent itself. */
        struct thread_entry entry = *silent;
        answering->parent = entry;
    }
    return SH_OK;
}

/* The message named, if it is our referral, else the newest of ours. */
static const struct thread_entry *find_referral(struct sh_client *client,
                                                const struct answering *answering)
{
    if (is_ours(client, &answering->parent, KIND_REFERRAL)) {
        return &answering->parent;
    }
    for (size_t i = answering->thread.len; i > 0; i--) {
        if (is_ours(client, &answering->thread.entries[i - 1], KIND_REFERRAL)) {
            return &answering->thread.entries[i - 1];
        }
    }
    return NULL;
}

static const struct thread_entry *find_base(struct sh_client *client, const json_t *document,
                                            const struct answering *answering)
{
    const struct thread_entry *named = &answering->parent;
    if (is_contestable(named)) {
        return named;
    }
    if (is_ours(client, named, KIND_RECONSIDERATION)) {
        const struct thread_entry *answer =
            newest_contestable(answering, NULL, &named->message.header_sha256);
        return answer ? answer : named;
    }
    const struct thread_entry *newest = newest_contestable(answering, document, NULL);
    return newest ? newest : find_referral(client, answering);
}

sh_err answering_contest(struct sh_client *client, const json_t *document, struct arena *arena,
                         struct answering *answering)
{
    SH_CHECK(answering->kind == KIND_RECONSIDERATION, SH_OK);
    const struct thread_entry *base = find_base(client, document, answering);
    SH_CHECK(base, SH_OK);
    const struct thread_entry *silent = find_unanswered(client, answering, base);
    silent = silent || is_contestable(base) ? silent : base;
    SH_TRY(silent ? press_silence(client, silent, arena, answering) : SH_OK);
    if (!answering->has_overdue && is_contestable(base)) {
        struct thread_entry contested = *base;
        answering->parent = contested;
        answering->contested = &answering->parent;
    }
    return SH_OK;
}
