/* See child_match.h. A breadth-first walk from the seeds: each new record brings its tokens, each
 * new joining token brings the records that have it. */
#include "client/child_match.h"

#include "client/growing.h"

struct walk {
    struct vault *vault;
    struct arena *arena;
    struct growing matches;   /* struct child_match */
    struct growing tokens;    /* struct child_token: of all matches, each once */
    struct growing possible;  /* struct child_match */
    struct growing links;     /* struct child_link, each pair once */
    struct growing forbidden; /* struct sh_hash: records with one of these stay out */
};

bool child_record_equal(const struct child_record *a, const struct child_record *b)
{
    return a->message == b->message && a->enclosure == b->enclosure && a->part == b->part &&
           a->position == b->position;
}

static struct child_match *find(const struct growing *list, const struct child_record *record)
{
    struct child_match *items = list->items;
    for (size_t i = 0; i < list->len; i++) {
        if (child_record_equal(&items[i].record, record)) {
            return &items[i];
        }
    }
    return NULL;
}

static bool has_token(const struct growing *list, const struct sh_hash *hash)
{
    const struct child_token *items = list->items;
    for (size_t i = 0; i < list->len; i++) {
        if (hash_equal(&items[i].hash, hash)) {
            return true;
        }
    }
    return false;
}

static bool is_forbidden(const struct walk *walk, const struct sh_hash *hash)
{
    const struct sh_hash *items = walk->forbidden.items;
    for (size_t i = 0; i < walk->forbidden.len; i++) {
        if (hash_equal(&items[i], hash)) {
            return true;
        }
    }
    return false;
}

static sh_err put_possible(struct walk *walk, const struct child_match *match)
{
    struct child_match *known = find(&walk->possible, &match->record);
    void *item = NULL;
    if (known) {
        known->by_bits |= match->by_bits;
        known->kept_apart = known->kept_apart || match->kept_apart;
        return SH_OK;
    }
    SH_TRY(growing_add(&walk->possible, &item));
    *(struct child_match *)item = *match;
    return SH_OK;
}

static sh_err put_token(struct walk *walk, const struct child_token *token)
{
    void *item = NULL;
    SH_CHECK(!has_token(&walk->tokens, &token->hash), SH_OK);
    SH_TRY(growing_add(&walk->tokens, &item));
    *(struct child_token *)item = *token;
    return SH_OK;
}

/* A record joins, unless a person said that it is another child. */
static sh_err join(struct walk *walk, const struct child_match *match)
{
    struct child_match *known = find(&walk->matches, &match->record);
    if (known) {
        known->by_bits |= match->by_bits;
        known->by_link = known->by_link || match->by_link;
        return SH_OK;
    }
    struct child_token *tokens = NULL;
    size_t len = 0;
    SH_TRY(vault_child_tokens(walk->vault, &match->record, walk->arena, &tokens, &len));
    for (size_t i = 0; i < len; i++) {
        if (is_forbidden(walk, &tokens[i].hash)) {
            struct child_match apart = *match;
            apart.kept_apart = true;
            return put_possible(walk, &apart);
        }
    }
    void *item = NULL;
    SH_TRY(growing_add(&walk->matches, &item));
    *(struct child_match *)item = *match;
    for (size_t i = 0; i < len; i++) {
        SH_TRY(put_token(walk, &tokens[i]));
    }
    return SH_OK;
}

static bool has_link(const struct walk *walk, int64_t row)
{
    const struct child_link *items = walk->links.items;
    for (size_t i = 0; i < walk->links.len; i++) {
        if (items[i].row == row) {
            return true;
        }
    }
    return false;
}

static sh_err join_all_of(struct walk *walk, const struct sh_hash *hash, bool by_link)
{
    struct child_hit *hits = NULL;
    size_t len = 0;
    SH_TRY(vault_child_by_token(walk->vault, hash, walk->arena, &hits, &len));
    /* What a record shares with nothing but itself is no match. */
    for (size_t i = 0; i < len && (len > 1 || by_link); i++) {
        struct child_match match = {.record = hits[i].record, .by_link = by_link};
        match.by_bits = by_link ? 0 : 1u << hits[i].by;
        SH_TRY(join(walk, &match));
    }
    return SH_OK;
}

/* What persons said of this token. Words that keep apart are read before anything is joined through
 * the token. */
static sh_err follow_links(struct walk *walk, const struct sh_hash *hash)
{
    struct child_link *links = NULL;
    size_t len = 0;
    SH_TRY(vault_child_links(walk->vault, hash, walk->arena, &links, &len));
    for (int joined = 0; joined <= 1; joined++) {
        for (size_t i = 0; i < len; i++) {
            const struct sh_hash *other =
                hash_equal(&links[i].low, hash) ? &links[i].high : &links[i].low;
            void *item = NULL;
            if (links[i].joined != (joined == 1) || has_link(walk, links[i].row)) {
                continue;
            }
            SH_TRY(growing_add(&walk->links, &item));
            *(struct child_link *)item = links[i];
            if (joined) {
                SH_TRY(join_all_of(walk, other, true));
            } else {
                SH_TRY(growing_add(&walk->forbidden, &item));
                *(struct sh_hash *)item = *other;
            }
        }
    }
    return SH_OK;
}

/* Two rounds for each token as it comes: first what persons said, then what shares it. */
static sh_err walk_on(struct walk *walk)
{
    size_t linked = 0, joined = 0;
    while (joined < walk->tokens.len) {
        for (; linked < walk->tokens.len; linked++) {
            struct child_token token = ((struct child_token *)walk->tokens.items)[linked];
            SH_TRY(follow_links(walk, &token.hash));
        }
        struct child_token token = ((struct child_token *)walk->tokens.items)[joined++];
        if (child_by_joins(token.by)) {
            SH_TRY(join_all_of(walk, &token.hash, false));
        }
    }
    return SH_OK;
}

/* What shares no more than a likeness with the child. */
static sh_err find_possible(struct walk *walk)
{
    const struct child_token *tokens = walk->tokens.items;
    for (size_t i = 0; i < walk->tokens.len; i++) {
        struct child_hit *hits = NULL;
        size_t len = 0;
        if (child_by_joins(tokens[i].by)) {
            continue;
        }
        SH_TRY(vault_child_by_token(walk->vault, &tokens[i].hash, walk->arena, &hits, &len));
        for (size_t k = 0; k < len; k++) {
            const struct child_match match = {.record = hits[k].record,
                                              .by_bits = 1u << hits[k].by};
            if (!find(&walk->matches, &match.record)) {
                SH_TRY(put_possible(walk, &match));
            }
        }
    }
    return SH_OK;
}

static int by_row(const void *left, const void *right)
{
    const struct child_match *a = left, *b = right;
    if (a->record.message != b->record.message) {
        return a->record.message < b->record.message ? -1 : 1;
    }
    if (a->record.enclosure != b->record.enclosure) {
        return a->record.enclosure < b->record.enclosure ? -1 : 1;
    }
    if (a->record.part != b->record.part) {
        return a->record.part < b->record.part ? -1 : 1;
    }
    return a->record.position < b->record.position ? -1 : a->record.position > b->record.position;
}

static void give(struct walk *walk, struct child_group *out)
{
    if (walk->matches.len > 1) {
        qsort(walk->matches.items, walk->matches.len, sizeof(struct child_match), by_row);
    }
    if (walk->possible.len > 1) {
        qsort(walk->possible.items, walk->possible.len, sizeof(struct child_match), by_row);
    }
    *out = (struct child_group){.matches = walk->matches.items,
                                .len = walk->matches.len,
                                .possible = walk->possible.items,
                                .possible_len = walk->possible.len,
                                .links = walk->links.items,
                                .links_len = walk->links.len};
}

static void walk_init(struct walk *walk, struct sh_client *client, struct arena *arena)
{
    *walk = (struct walk){.vault = client->vault,
                          .arena = arena,
                          .matches = GROWING_INIT(arena, struct child_match),
                          .tokens = GROWING_INIT(arena, struct child_token),
                          .possible = GROWING_INIT(arena, struct child_match),
                          .links = GROWING_INIT(arena, struct child_link),
                          .forbidden = GROWING_INIT(arena, struct sh_hash)};
}

/* A key may fit several children: those that the walk from the first did not reach are others. */
static sh_err check_all_reached(struct walk *walk, const struct child_hit *hits, size_t len)
{
    bool all = true;
    for (size_t i = 0; i < len; i++) {
        all = all && find(&walk->matches, &hits[i].record);
    }
    SH_CHECK(!all, SH_OK);
    for (size_t i = 0; i < len; i++) {
        const struct child_match match = {.record = hits[i].record, .by_bits = 1u << hits[i].by};
        SH_TRY(put_possible(walk, &match));
    }
    walk->matches.len = 0;
    return SH_E_AMBIGUOUS;
}

sh_err child_match_key(struct sh_client *client, const struct child_token *key, struct arena *arena,
                       struct child_group *out)
{
    struct walk walk;
    struct child_hit *hits = NULL;
    size_t len = 0;
    walk_init(&walk, client, arena);
    SH_TRY(vault_child_by_token(walk.vault, &key->hash, arena, &hits, &len));
    SH_CHECK(len > 0, SH_E_NOT_FOUND);
    const struct child_match seed = {.record = hits[0].record, .by_bits = 1u << key->by};
    SH_TRY(join(&walk, &seed));
    SH_TRY(walk_on(&walk));
    sh_err result = check_all_reached(&walk, hits, len);
    SH_CHECK(result == SH_OK || result == SH_E_AMBIGUOUS, result);
    if (result == SH_OK) {
        SH_TRY(find_possible(&walk));
    }
    give(&walk, out);
    return result;
}

sh_err child_match_record(struct sh_client *client, const struct child_record *record,
                          struct arena *arena, struct child_group *out)
{
    struct walk walk;
    const struct child_match seed = {.record = *record};
    walk_init(&walk, client, arena);
    SH_TRY(join(&walk, &seed));
    SH_TRY(walk_on(&walk));
    SH_TRY(find_possible(&walk));
    give(&walk, out);
    return SH_OK;
}
