#include "story.h"

struct address story_desk(const char *text)
{
    struct address address;
    cr_assert_eq(address_from(text, &address), SH_OK, "%s", text);
    return address;
}

static struct sh_hash hash_at(int position)
{
    struct sh_hash hash = {{0}};
    hash.b[0] = (uint8_t)(position + 1);
    return hash;
}

static void add(struct story *s, size_t at, const char *const *desks, size_t max, enum role role)
{
    for (size_t i = 0; i < max && desks[i]; i++) {
        struct recipient *to = &s->recipients[at][s->facts[at].recipients_len++];
        *to = (struct recipient){.address = story_desk(desks[i]), .role = role};
    }
}

static void tell_line(const struct line *line, size_t at, struct story *s)
{
    struct facts *facts = &s->facts[at];
    *facts = (struct facts){
        .has_parent = line->parent != FIRST,
        .parent = hash_at(line->parent),
        .from = story_desk(line->from),
        .recipients = s->recipients[at],
        .kind = line->kind,
        .subtype = line->subtype,
        .level = line->level,
        .outcome = line->outcome,
        .children = line->children,
        .children_count = line->children_count,
        .telephone = line->telephone,
    };
    if (line->kind == KIND_REFERRAL && !line->children_count) {
        facts->children_count = 2;
    }
    while (facts->children_len < 2 && line->children[facts->children_len].child) {
        facts->children_len++;
    }
    add(s, at, &line->from, 1, ROLE_OWN);
    add(s, at, line->to, 3, ROLE_ACT);
    add(s, at, line->inform, 2, ROLE_INFORM);
    add(s, at, line->cover, 2, ROLE_COVER);
    s->messages[at] = (struct thread_message){.header_sha256 = hash_at((int)at), .facts = facts};
}

void story_tell(const struct line *lines, struct story *out)
{
    size_t len = 0;
    *out = (struct story){.view = {.len = 0}};
    for (; len < STORY_MAX && lines[len].from; len++) {
        tell_line(&lines[len], len, out);
    }
    out->view = (struct thread_view){.messages = out->messages, .len = len};
}
