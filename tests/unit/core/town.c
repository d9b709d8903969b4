#include "town.h"

#include "base/files.h"

#include <stdio.h>

static const char dist[] = SH_SOURCE_DIR "/relay/dist/";

static struct store *open_store(const struct town *town)
{
    struct store *store = NULL;
    struct sh_why why = {0};
    sh_err err =
        town->sqlite ? store_open_sqlite(town->path, &store, &why) : store_open_memory(&store);
    cr_assert_eq(err, SH_OK, "%s", why.text);
    return store;
}

void town_make(struct town *town, bool sqlite)
{
    memset(town, 0, sizeof *town);
    temp_dir_make(&town->dir);
    town->sqlite = sqlite;
    (void)snprintf(town->path, sizeof town->path, "%s/relay.db", town->dir.path);
    relay_make_over(&town->relay, open_store(town));
    struct pki *pki = &town->relay.post.pki;
    for (size_t i = 0; i < pki->desks_len; i++) {
        if (address_equal(&pki->desks[i].address, &pki->seats[MASH].address)) {
            pki->desks[i].cover = pki->seats[MANAGERS].address;
        }
    }
    relay_reload(&town->relay);
}

void town_free(struct town *town)
{
    for (size_t i = 0; i < town->letters_len; i++) {
        letter_free(&town->letters[i]);
    }
    relay_free(&town->relay);
    temp_dir_remove(&town->dir);
}

void town_restart(struct town *town)
{
    core_free(&town->relay.core);
    relay_restart(&town->relay, open_store(town));
}

static void append_file(struct buf *to, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s%s", dist, name);
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    cr_assert_eq(file_read(path, &text, NULL), SH_OK, "%s", path);
    cr_assert_eq(buf_append(to, bytes_buf(&text)), SH_OK);
}

static void copy_file(const struct town *town, const char *name)
{
    char path[PATH_MAX + 64];
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    append_file(&text, name);
    (void)snprintf(path, sizeof path, "%s/%s", town->dir.path, name);
    cr_assert_eq(file_write_atomic(path, bytes_buf(&text), 0600, NULL), SH_OK);
}

void town_use_ladder(struct town *town, const char *name)
{
    static const uint8_t end[1];
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    copy_file(town, "bank-holidays.json");
    append_file(&text, "policy-england.yaml");
    cr_assert_eq(buf_append(&text, bytes_of(end, 1)), SH_OK);
    text.len = (size_t)(strstr((const char *)text.data, "\nladders:") + 1 - (char *)text.data);
    append_file(&text, name);
    (void)snprintf(town->policy_path, sizeof town->policy_path, "%s/policy.yaml", town->dir.path);
    cr_assert_eq(file_write_atomic(town->policy_path, bytes_buf(&text), 0600, NULL), SH_OK);
    town->relay.policy_path = town->policy_path;
    relay_reload(&town->relay);
}

struct letter *town_write(struct town *town, enum post_seat from, const char *casework,
                          const struct letter *parent)
{
    cr_assert_lt(town->letters_len, TOWN_LETTERS_MAX);
    struct letter *letter = &town->letters[town->letters_len++];
    town->relay.post.pki.now_ms = town->relay.now_ms;
    letter_write(&town->relay.post, letter, from, casework, parent ? 2 : 0);
    if (parent) {
        letter->facts.thread_id = parent->facts.thread_id;
        letter->facts.has_parent = true;
        cr_assert_eq(header_hash(parent->env.header, &letter->facts.parent), SH_OK);
        letter->inside = letter->facts;
    }
    return letter;
}

static void cite(struct town *town, struct letter *letter, struct cite what)
{
    struct cite *cites = arena_array(town->relay.post.arena, 1, sizeof *cites);
    cr_assert_not_null(cites);
    *cites = what;
    letter->facts.cites = cites;
    letter->facts.cites_len = 1;
    letter->inside = letter->facts;
}

void town_cite_leaf(struct town *town, struct letter *letter, uint64_t index)
{
    cite(town, letter, (struct cite){.is_index = true, .log_index = index});
}

void town_cite(struct town *town, struct letter *letter, const struct letter *decision)
{
    struct cite what = {.is_index = false};
    cr_assert_eq(header_hash(decision->env.header, &what.header_sha256), SH_OK);
    cite(town, letter, what);
}

void town_send(struct town *town, enum post_seat from, struct letter *letter)
{
    letter_seal(&town->relay.post, letter);
    submit(&town->relay, from, letter);
}

struct letter *town_say(struct town *town, enum post_seat from, const char *casework,
                        const struct letter *parent)
{
    struct letter *letter = town_write(town, from, casework, parent);
    town_send(town, from, letter);
    cr_assert_not_null(sent_to(&town->relay, from, FRAME_ACCEPTED), "%s", casework);
    return letter;
}

struct letter *town_refer_with_cover(struct town *town)
{
    struct letter *letter = town_write(town, SCHOOL, POST_REFERRAL, NULL);
    for (size_t i = 0; i < letter->facts.recipients_len; i++) {
        struct recipient *to = &letter->recipients[i];
        to->role = to->role == ROLE_INFORM ? ROLE_COVER : to->role;
    }
    (void)json_object_del(letter->casework, "inform"); /* cover stands in the header alone */
    town_send(town, SCHOOL, letter);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
    return letter;
}

void town_wait(struct town *town, int64_t ms)
{
    town->relay.now_ms += ms;
    town->relay.boot_ms += ms;
    relay_tick(&town->relay);
}

void town_listen(struct town *town)
{
    for (enum post_seat seat = SCHOOL; seat <= NURSE; seat++) {
        ready(&town->relay, seat, 1000);
    }
}

struct leaf_facts town_facts(struct town *town, uint64_t index)
{
    struct leaf_row row;
    struct leaf_facts facts;
    struct arena *arena = town->relay.post.arena;
    cr_assert_eq(store_leaf_get(town->relay.core->store, index, arena, &row), SH_OK);
    cr_assert_eq(leaf_facts_decode(row.facts, arena, &facts), SH_OK);
    return facts;
}

size_t town_leaves(struct town *town, enum leaf_type type, uint32_t duty, uint64_t *out_last)
{
    size_t count = 0;
    for (uint64_t i = 0; i < book_size(town->relay.core->book); i++) {
        struct leaf_row row;
        struct leaf leaf;
        struct arena *arena = town->relay.post.arena;
        cr_assert_eq(store_leaf_get(town->relay.core->store, i, arena, &row), SH_OK);
        cr_assert_eq(leaf_decode(row.leaf, &leaf), SH_OK);
        if (leaf.type == type && (duty == 0 || town_facts(town, i).clock == duty)) {
            count++;
            if (out_last) {
                *out_last = i;
            }
        }
    }
    return count;
}

size_t town_told(struct town *town, enum post_seat seat, enum leaf_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < town->relay.sent_len; i++) {
        const struct sent *sent = &town->relay.sent[i];
        struct leaf leaf;
        count += sent->type == LINK_SEND && sent->connection == connection_of(seat) &&
                 sent->frame.type == FRAME_NOTICE &&
                 leaf_decode(sent->frame.notice.statement.leaf, &leaf) == SH_OK &&
                 leaf.type == type;
    }
    return count;
}
