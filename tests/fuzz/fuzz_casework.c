/* A person's file: JSON of any kind. What the check accepts becomes content, and comes back from it
 * value for value. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/casework.h"

/* Facts that stand in a content: any that are in form. */
static struct facts plain_facts(const json_t *casework, struct recipient *own)
{
    struct facts facts = {.urgency = URGENCY_ROUTINE, .recipients = own, .recipients_len = 1};
    *own = (struct recipient){.role = ROLE_OWN};
    HOLD(address_from("dsl@999001.school", &facts.from) == SH_OK);
    own->address = facts.from;
    facts.kind = (enum kind)kind_from_word(json_string_value(json_object_get(casework, "kind")));
    return facts;
}

/* An empty list is the same as none, so it need not come back. */
static bool same(const json_t *sent, const json_t *received);

static bool same_object(const json_t *sent, const json_t *received)
{
    const char *key;
    json_t *value;
    /* The macro wants a json_t * that it only reads. */
    json_object_foreach ((json_t *)(uintptr_t)sent, key, value) {
        bool empty = json_is_array(value) && json_array_size(value) == 0;
        const json_t *back = json_object_get(received, key);
        if (empty ? back != NULL : !same(value, back)) {
            return false;
        }
    }
    json_object_foreach ((json_t *)(uintptr_t)received, key, value) {
        if (!json_object_get(sent, key)) {
            return false;
        }
    }
    return true;
}

static bool same(const json_t *sent, const json_t *received)
{
    if (json_is_object(sent) && json_is_object(received)) {
        return same_object(sent, received);
    }
    if (!json_is_array(sent) || !json_is_array(received)) {
        return json_equal(sent, received);
    }
    for (size_t i = 0; i < json_array_size(sent); i++) {
        if (!same(json_array_get(sent, i), json_array_get(received, i))) {
            return false;
        }
    }
    return json_array_size(sent) == json_array_size(received);
}

static void try_message(json_t *casework)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct sh_why why = {""};
    struct recipient own;
    struct content back = {.casework = NULL};
    struct facts implied = {.from = {{0}}};
    sh_err err = casework_check(casework, &why);
    fuzz_hold_not_fatal(err);
    if (err != SH_OK) {
        return;
    }
    const struct content content = {.facts = plain_facts(casework, &own), .casework = casework};
    fuzz_hold_not_fatal(casework_facts(casework, 2, arena, &implied, &why));
    err = content_encode(&content, &bytes, &why);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        fuzz_hold(content_decode(bytes_buf(&bytes), arena, &back, &why) == SH_OK, why.text);
        HOLD(same(casework, back.casework));
        json_decref(back.casework);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *casework = NULL;
    struct sh_why why = {""};
    sh_err err = casework_parse(bytes_of(data, size), &casework, &why);
    fuzz_hold_not_fatal(err);
    if (err != SH_OK) {
        return 0;
    }
    /* The cases of tests/cases hold several messages each. */
    const json_t *thread = json_object_get(casework, "thread");
    for (size_t i = 0; i < json_array_size(thread); i++) {
        try_message(json_array_get(thread, i));
    }
    try_message(casework);
    json_decref(casework);
    return 0;
}
