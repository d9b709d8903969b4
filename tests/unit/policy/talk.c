#include "talk.h"

#include "base/files.h"
#include "support/temp.h"

#include <stdio.h>

static const char policy_path[] = SH_SOURCE_DIR "/relay/dist/policy-england.yaml";

void talk_begin(struct talk *t)
{
    *t = (struct talk){.policy = NULL};
    cr_assert_eq(arena_new(SH_MIB, 10000, &t->arena), SH_OK);
    cr_assert_eq(policy_load(policy_path, &t->policy, &t->why), SH_OK, "%s", t->why.text);
}

void talk_begin_with(struct talk *t, const char *text)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    char path[sizeof dir.path + 16];
    *t = (struct talk){.policy = NULL};
    cr_assert_eq(arena_new(SH_MIB, 10000, &t->arena), SH_OK);
    temp_dir_make(&dir);
    (void)snprintf(path, sizeof path, "%s/policy.yaml", dir.path);
    cr_assert_eq(file_write_atomic(path, bytes_str(text), 0600, NULL), SH_OK);
    cr_assert_eq(policy_load(path, &t->policy, &t->why), SH_OK, "%s", t->why.text);
}

struct thread_view talk_view(const struct talk *t)
{
    return (struct thread_view){.messages = t->messages,
                                .len = t->len,
                                .overdue = t->overdue,
                                .overdue_len = t->overdue_len};
}

void talk_overdue(struct talk *t, uint64_t log_index, size_t position, enum duty duty,
                  const char *by)
{
    struct thread_overdue *leaf = &t->overdue[t->overdue_len++];
    *leaf = (struct thread_overdue){.log_index = log_index, .message = position, .duty = duty};
    cr_assert_leq(t->overdue_len, sizeof t->overdue / sizeof t->overdue[0]);
    cr_assert_eq(address_from(by, &leaf->by), SH_OK);
}

void talk_end(struct talk *t)
{
    policy_free(&t->policy);
    arena_free(&t->arena);
}

static struct sh_hash hash_at(size_t position)
{
    struct sh_hash hash = {{0}};
    hash.b[0] = (uint8_t)(position + 1);
    return hash;
}

static struct sh_id id_at(size_t position)
{
    struct sh_id id = {{0}};
    id.b[0] = (uint8_t)(position + 1);
    return id;
}

static void add_recipient(struct facts *facts, const char *text, enum role role)
{
    struct recipient *list = (struct recipient *)(uintptr_t)facts->recipients;
    struct recipient *fresh = &list[facts->recipients_len++];
    cr_assert_eq(address_from(text, &fresh->address), SH_OK);
    fresh->role = role;
}

static void fill_recipients(struct talk *t, const struct say *say, struct facts *facts)
{
    facts->recipients = arena_array(t->arena, 12, sizeof *facts->recipients);
    cr_assert(facts->recipients);
    add_recipient(facts, say->from, ROLE_OWN);
    for (size_t i = 0; i < 4 && say->to[i]; i++) {
        add_recipient(facts, say->to[i], ROLE_ACT);
    }
    for (size_t i = 0; i < 4 && say->inform[i]; i++) {
        add_recipient(facts, say->inform[i], ROLE_INFORM);
    }
    for (size_t i = 0; i < 2 && say->cover[i]; i++) {
        add_recipient(facts, say->cover[i], ROLE_COVER);
    }
}

static void fill_cites(struct talk *t, const struct say *say, struct facts *facts)
{
    struct cite *cites = arena_array(t->arena, 2, sizeof *cites);
    cr_assert(cites);
    if (say->cites) {
        cites[facts->cites_len++].header_sha256 = hash_at((size_t)say->cites - 1);
    }
    if (say->cites_overdue) {
        cites[facts->cites_len++] =
            (struct cite){.is_index = true, .log_index = say->cites_overdue};
    }
    facts->cites = cites;
}

static void fill_children(struct talk *t, const struct say *say, struct facts *facts)
{
    struct child_outcome *children = arena_array(t->arena, 4, sizeof *children);
    cr_assert(children);
    while (facts->children_len < 4 && say->children[facts->children_len].child) {
        children[facts->children_len] = say->children[facts->children_len];
        facts->children_len++;
    }
    facts->children = children;
    facts->children_count = say->children_count ? say->children_count : say->kind == KIND_REFERRAL;
}

struct facts *talk_facts(struct talk *t, const struct say *say)
{
    struct facts *facts = arena_alloc(t->arena, sizeof *facts);
    cr_assert(facts);
    facts->message_id = id_at(t->len);
    facts->thread_id = say->parent == FIRST ? facts->message_id : id_at(0);
    facts->has_parent = say->parent != FIRST;
    if (facts->has_parent) {
        facts->parent = hash_at((size_t)say->parent);
    }
    cr_assert_eq(address_from(say->from, &facts->from), SH_OK);
    facts->kind = say->kind;
    facts->subtype = say->subtype;
    facts->urgency = say->urgency ? say->urgency : URGENCY_ROUTINE;
    facts->has_clock_from = say->event_ms != 0;
    facts->clock_from_ms = say->event_ms;
    facts->has_next_due = say->next_ms != 0;
    facts->next_due_ms = say->next_ms;
    facts->telephone = say->telephone;
    facts->outcome = say->outcome;
    facts->level = say->level;
    fill_recipients(t, say, facts);
    fill_cites(t, say, facts);
    fill_children(t, say, facts);
    return facts;
}

sh_err talk_ask(struct talk *t, const struct facts *facts)
{
    const struct thread_view view = talk_view(t);
    t->why.text[0] = '\0';
    return policy_decide(t->policy, facts, &view, &t->why);
}

sh_err talk_take(struct talk *t, const struct facts *facts)
{
    SH_TRY(talk_ask(t, facts));
    cr_assert_lt(t->len, TALK_MAX);
    t->messages[t->len] = (struct thread_message){
        .header_sha256 = hash_at(t->len), .message_id = facts->message_id, .facts = facts};
    t->len++;
    return SH_OK;
}

sh_err talk_say(struct talk *t, const struct say *say)
{
    return talk_take(t, talk_facts(t, say));
}
