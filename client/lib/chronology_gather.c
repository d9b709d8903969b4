/* See chronology_gather.h. The list of sources grows while it is worked through: a message that is
 * opened shows its thread, and the thread has answers. */
#include "client/chronology_gather.h"

#include "client/proofs.h"
#include "client/unsealing.h"

void gathering_init(struct gathering *gathering, struct sh_client *client, struct arena *arena)
{
    *gathering = (struct gathering){.client = client,
                                    .arena = arena,
                                    .sources = GROWING_INIT(arena, struct source),
                                    .messages = GROWING_INIT(arena, struct vault_message)};
}

void gathering_wipe(struct gathering *gathering)
{
    struct source *sources = gathering->sources.items;
    for (size_t i = 0; i < gathering->sources.len; i++) {
        json_decref(sources[i].casework);
    }
    memset(&gathering->sources, 0, sizeof gathering->sources);
}

bool gathering_has_children(enum kind kind)
{
    switch (kind) {
    case KIND_REFERRAL:
    case KIND_NOTIFICATION:
    case KIND_CONCERN:
    case KIND_REQUEST:
    case KIND_CHRONOLOGY:
    case KIND_RECORD_TRANSFER:
        return true;
    default:
        return false;
    }
}

static struct source *source_at(const struct gathering *gathering, size_t i)
{
    return &((struct source *)gathering->sources.items)[i];
}

/* ---- adding ---- */

static sh_err add_child(struct source *source, const struct told_child *child)
{
    struct told_child *known = source->children.items;
    void *item = NULL;
    for (size_t i = 0; i < source->children.len; i++) {
        if (known[i].person == child->person && known[i].position == child->position) {
            known[i].by_bits |= child->by_bits;
            return SH_OK;
        }
    }
    SH_TRY(growing_add(&source->children, &item));
    *(struct told_child *)item = *child;
    return SH_OK;
}

static sh_err add_source(struct gathering *gathering, int64_t row, uint32_t enclosure,
                         const struct told_child *child)
{
    for (size_t i = 0; i < gathering->sources.len; i++) {
        struct source *known = source_at(gathering, i);
        if (known->row == row && known->enclosure == enclosure) {
            return add_child(known, child);
        }
    }
    void *item = NULL;
    SH_TRY(growing_add(&gathering->sources, &item));
    struct source *source = item;
    source->row = row;
    source->enclosure = enclosure;
    source->children = (struct growing)GROWING_INIT(gathering->arena, struct told_child);
    return add_child(source, child);
}

sh_err gathering_add(struct gathering *gathering, uint32_t person, const struct child_group *group)
{
    for (size_t i = 0; i < group->len; i++) {
        const struct child_match *match = &group->matches[i];
        const struct told_child child = {.person = person,
                                         .position = match->record.position,
                                         .by_bits = match->by_bits,
                                         .by_link = match->by_link};
        if (match->record.part == CHILD_SUBJECT) {
            SH_TRY(add_source(gathering, match->record.message, match->record.enclosure, &child));
        }
    }
    return SH_OK;
}

/* ---- opening ---- */

static sh_err fill_header(struct gathering *gathering, struct source *source,
                          const struct facts *facts)
{
    struct address *to = arena_array(gathering->arena, facts->recipients_len, sizeof *to);
    SH_CHECK(to, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (facts->recipients[i].role == ROLE_ACT || facts->recipients_len == 1) {
            to[len++] = facts->recipients[i].address;
        }
    }
    source->to = (struct address_list){to, len};
    source->message_id = facts->message_id;
    source->thread_id = facts->thread_id;
    source->has_parent = facts->has_parent;
    source->parent = facts->parent;
    source->from = facts->from;
    source->kind = facts->kind;
    source->subtype = facts->subtype;
    source->created_at_ms = facts->created_at_ms;
    return SH_OK;
}

static void find_children(struct source *source)
{
    const json_t *children = json_object_get(source->casework, "children");
    struct told_child *told = source->children.items;
    for (size_t i = 0; i < source->children.len; i++) {
        if (!told[i].inherited) {
            told[i].child = json_array_get(children, told[i].position - 1);
        }
    }
}

static sh_err fill_itself(struct gathering *gathering, struct source *source,
                          const struct vault_message *message, const struct opened *opened)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct verified_statement statement;
    SH_TRY(fill_header(gathering, source, &opened->header.facts));
    source->header_sha256 = message->header_sha256;
    source->casework = json_incref(opened->content.casework);
    source->accepted_at_ms = message->accepted_at_ms;
    source->known_at_ms =
        message->accepted_at_ms ? message->accepted_at_ms : opened->header.facts.created_at_ms;
    source->is_accepted = message->accepted.len > 0;
    if (source->is_accepted) {
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        source->proof =
            proofs_check_stored(gathering->client, message->accepted, arena, &statement);
        bool fits = source->proof != SH_OK ||
                    hash_equal(&statement.facts.header_sha256, &message->header_sha256);
        source->proof = fits ? source->proof : SH_E_PROOF;
    }
    find_children(source);
    return SH_OK;
}

static sh_err fill_enclosed(struct gathering *gathering, struct source *source,
                            const struct vault_message *message, const struct opened *opened,
                            struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened enclosed = {.arena = NULL};
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct sh_why detail = {{0}};
    struct leaf leaf;
    SH_CHECK(source->enclosure <= opened->content.enclosures_len, SH_E_CORRUPT);
    const struct enclosure *in = &opened->content.enclosures[source->enclosure - 1];
    sh_err result = unsealing_open_enclosure(gathering->client, in, &enclosed, &detail);
    if (result != SH_OK && sh_err_class(result) != SH_CLASS_REJECT) {
        return sh_fail(why, result, "%s", detail.text);
    }
    source->enclosed_in = message->message_id;
    source->problem = result;
    SH_CHECK(result == SH_OK, SH_OK);
    SH_TRY(header_hash(in->header, &source->header_sha256));
    SH_TRY(fill_header(gathering, source, &enclosed.header.facts));
    source->casework = json_incref(enclosed.content.casework);
    SH_TRY(leaf_decode(in->accepted.leaf, &leaf));
    source->accepted_at_ms = leaf.time_ms;
    source->known_at_ms = message->accepted_at_ms ? message->accepted_at_ms : leaf.time_ms;
    source->is_accepted = true;
    find_children(source);
    return SH_OK;
}

/* ---- answers ---- */

/* The nearest message above that has children of its own; NULL: it is not in this vault. */
static const struct thread_entry *find_subject(const struct thread *thread,
                                               const struct thread_entry *entry)
{
    while (entry && !gathering_has_children(entry->header.facts.kind)) {
        entry = entry->header.facts.has_parent
                    ? thread_by_header(thread, &entry->header.facts.parent)
                    : NULL;
    }
    return entry;
}

static bool is_usable(const struct vault_message *message)
{
    return message->state == MESSAGE_ACCEPTED || message->state == MESSAGE_WAITING;
}

static sh_err add_inherited(struct gathering *gathering, size_t from, int64_t row,
                            uint32_t enclosure)
{
    for (size_t i = 0; i < source_at(gathering, from)->children.len; i++) {
        struct told_child child =
            ((struct told_child *)source_at(gathering, from)->children.items)[i];
        child.inherited = true;
        SH_TRY(add_source(gathering, row, enclosure, &child));
    }
    return SH_OK;
}

/* What answers this message, here or further down. An answer whose line up is not held here (the
 * referral came enclosed) belongs to whatever of its thread is. */
static sh_err add_answers(struct gathering *gathering, size_t from)
{
    struct thread thread;
    const struct source *source = source_at(gathering, from);
    struct sh_hash own = source->header_sha256;
    SH_CHECK(source->casework && gathering_has_children(source->kind), SH_OK);
    SH_TRY(thread_load(gathering->client, &source->thread_id, gathering->arena, &thread));
    for (size_t i = 0; i < thread.len; i++) {
        const struct thread_entry *entry = &thread.entries[i];
        const struct thread_entry *subject = find_subject(&thread, entry);
        bool is_answer = is_usable(&entry->message) &&
                         !gathering_has_children(entry->header.facts.kind) &&
                         (!subject || hash_equal(&subject->message.header_sha256, &own));
        if (is_answer) {
            SH_TRY(add_inherited(gathering, from, entry->message.row, 0));
        }
    }
    return SH_OK;
}

static sh_err add_enclosed_answers(struct gathering *gathering, int64_t row,
                                   const struct opened *opened)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct header header;
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        if (header_decode(opened->content.enclosures[i].header, arena, &header) != SH_OK ||
            gathering_has_children(header.facts.kind)) {
            continue;
        }
        for (size_t k = 0; k < gathering->sources.len; k++) {
            const struct source *source = source_at(gathering, k);
            if (source->casework && gathering_has_children(source->kind) &&
                id_equal(&source->thread_id, &header.facts.thread_id)) {
                SH_TRY(add_inherited(gathering, k, row, (uint32_t)i + 1));
                break;
            }
        }
    }
    return SH_OK;
}

static sh_err keep_message(struct gathering *gathering, const struct vault_message *message)
{
    const struct vault_message *known = gathering->messages.items;
    void *item = NULL;
    for (size_t i = 0; i < gathering->messages.len; i++) {
        if (known[i].row == message->row) {
            return SH_OK;
        }
    }
    SH_TRY(growing_add(&gathering->messages, &item));
    *(struct vault_message *)item = *message;
    return SH_OK;
}

static sh_err fill_sources(struct gathering *gathering, const struct vault_message *message,
                           const struct opened *opened, sh_err problem, struct sh_why *why)
{
    /* Those that come in behind while this runs are opened in their turn. */
    size_t len = gathering->sources.len;
    for (size_t i = 0; i < len; i++) {
        struct source *source = source_at(gathering, i);
        if (source->row != message->row || source->is_opened) {
            continue;
        }
        source->is_opened = true;
        source->problem = problem;
        source->is_left_out = !is_usable(message);
        if (problem != SH_OK || source->is_left_out) {
            source->message_id = message->message_id;
            source->header_sha256 = message->header_sha256;
            source->from = message->sender;
            source->created_at_ms = message->created_at_ms;
            source->known_at_ms = message->accepted_at_ms;
            continue;
        }
        SH_TRY(source->enclosure == 0 ? fill_itself(gathering, source, message, opened)
                                      : fill_enclosed(gathering, source, message, opened, why));
        SH_TRY(add_answers(gathering, i));
    }
    return SH_OK;
}

static sh_err open_message(struct gathering *gathering, int64_t row, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct vault_message message;
    struct envelope envelope;
    struct sh_why detail = {{0}};
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(vault_message_by_row(gathering->client->vault, row, gathering->arena, &message));
    sh_err result =
        unsealing_open_stored(gathering->client, &message, arena, &envelope, &opened, &detail);
    bool is_ours =
        result != SH_OK && (sh_err_class(result) != SH_CLASS_REJECT || result == SH_E_PASSPHRASE);
    if (is_ours) {
        return sh_fail(why, result, "%s", detail.text[0] ? detail.text : sh_err_sentence(result));
    }
    SH_TRY(fill_sources(gathering, &message, &opened, result, why));
    SH_CHECK(result == SH_OK && is_usable(&message), SH_OK);
    SH_TRY(keep_message(gathering, &message));
    return add_enclosed_answers(gathering, row, &opened);
}

/* The same message, here and enclosed elsewhere, is one: the one that this desk got or sent itself
 * is shown. */
static sh_err leave_out_twins(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->sources.len; i++) {
        struct source *a = source_at(gathering, i);
        for (size_t k = i + 1; k < gathering->sources.len && !a->is_left_out; k++) {
            struct source *b = source_at(gathering, k);
            bool twins = !b->is_left_out && a->casework && b->casework &&
                         hash_equal(&a->header_sha256, &b->header_sha256);
            if (!twins) {
                continue;
            }
            struct source *kept = b->enclosure == 0 ? b : a;
            struct source *out = kept == a ? b : a;
            out->is_left_out = true;
            for (size_t n = 0; n < out->children.len; n++) {
                SH_TRY(add_child(kept, &((struct told_child *)out->children.items)[n]));
            }
        }
    }
    return SH_OK;
}

sh_err gathering_open(struct gathering *gathering, struct sh_why *why)
{
    for (size_t i = 0; i < gathering->sources.len; i++) {
        if (!source_at(gathering, i)->is_opened) {
            SH_TRY(open_message(gathering, source_at(gathering, i)->row, why));
        }
    }
    return leave_out_twins(gathering);
}
