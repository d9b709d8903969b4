/* See by_telephone.h. When it is due stands in the ACCEPTED entry of the log, and was verified when
 * that came. */
#include "client/by_telephone.h"

#include "client/entry.h"
#include "wire/log.h"

/* The clock of a message that runs out first, of those in `duties`. False: it started none. */
static sh_err find_due(const struct thread_entry *entry, uint32_t duties, struct arena *arena,
                       int64_t *out_ms, bool *out_has)
{
    struct statement statement;
    struct leaf_facts facts;
    *out_has = false;
    SH_CHECK(entry->message.accepted.len > 0, SH_OK);
    SH_CHECK(statement_decode(entry->message.accepted, arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, arena, &facts) == SH_OK, SH_E_CORRUPT);
    for (size_t i = 0; i < facts.clocks_len; i++) {
        const struct leaf_clock *clock = &facts.clocks[i];
        bool wanted = duties & (UINT32_C(1) << clock->duty);
        if (wanted && (!*out_has || clock->due_ms < *out_ms)) {
            *out_ms = clock->due_ms;
            *out_has = true;
        }
    }
    return SH_OK;
}

static bool is_in_writing(const struct thread *thread, const struct thread_entry *entry,
                          const struct thread_entry *asked)
{
    enum kind kind = entry->header.facts.kind;
    return (kind == KIND_DECISION || kind == KIND_RECONSIDERATION_RESPONSE || kind == KIND_REPLY) &&
           thread_is_readable(entry) &&
           thread_follows(thread, entry, &asked->message.header_sha256);
}

/* What the call was about: the nearest message that asks for an answer, if none has come. */
static const struct thread_entry *find_asked(const struct thread_entry *note,
                                             const struct thread *thread)
{
    const struct thread_entry *at = note;
    while (at && at->header.facts.has_parent && at->header.facts.kind == KIND_NOTE) {
        at = thread_by_header(thread, &at->header.facts.parent);
    }
    for (size_t i = 0; at && i < thread->len; i++) {
        if (is_in_writing(thread, &thread->entries[i], at)) {
            return NULL;
        }
    }
    return at;
}

static sh_err put_due(const struct thread_entry *of, uint32_t duties, struct arena *arena,
                      json_t *json)
{
    int64_t due_ms = 0;
    bool has = false;
    SH_TRY(find_due(of, duties, arena, &due_ms, &has));
    return has ? entry_put_time(json, "in_writing_by", due_ms) : SH_OK;
}

sh_err by_telephone_put(const struct thread_entry *entry, const struct thread *thread,
                        struct arena *arena, json_t *json)
{
    static const uint32_t written = UINT32_C(1) << DUTY_IN_WRITING;
    static const uint32_t answered = UINT32_C(1) << DUTY_DECIDED | UINT32_C(1) << DUTY_ANSWERED;
    const struct facts *facts = &entry->header.facts;
    SH_CHECK(facts->telephone, SH_OK);
    if (facts->kind == KIND_REFERRAL) {
        SH_TRY(entry_put(json, "telephone", json_true()));
        return put_due(entry, written, arena, json);
    }
    const struct thread_entry *asked = find_asked(entry, thread);
    SH_CHECK(asked, SH_OK);
    SH_TRY(entry_put(json, "telephone", json_true()));
    return put_due(asked, answered, arena, json);
}
