#include "sample.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>

json_t *sample_json(const char *text)
{
    SH_DEFER(buf_wipe) struct buf quoted = BUF_INIT(SH_MIB);
    cr_assert_eq(buf_append_str(&quoted, text), SH_OK);
    for (size_t i = 0; i < quoted.len; i++) {
        quoted.data[i] = quoted.data[i] == '\'' ? '"' : quoted.data[i];
    }
    json_error_t error;
    json_t *json = json_loadb((const char *)quoted.data, quoted.len, JSON_DECODE_ANY, &error);
    cr_assert(json, "%s: %s", text, error.text);
    return json;
}

#define TO       "'to':['mash@999.social-care']"
#define CHILDREN "'children':[{'given_names':'Child'}]"
#define AUTHOR   "'author':{'name':'DSL','role':'DSL'}"
#define STORY    "'concern':{'what_happened':'It happened.'}"

static const struct {
    const char *kind, *text;
} LEAST[] = {
    {"referral", "{" TO "," CHILDREN "," STORY ",'referrer':{'name':'DSL','role':'DSL'}}"},
    {"notification", "{" TO "," CHILDREN "," STORY "," AUTHOR "}"},
    {"concern", "{" TO "," CHILDREN "," STORY "," AUTHOR "}"},
    {"acknowledgement", "{}"},
    {"decision", "{'outcome':'early_help','reasons':'Because.'," AUTHOR "}"},
    {"reconsideration", "{'level':1,'grounds':'Because.'," AUTHOR "}"},
    {"reconsideration_response", "{'level':1,'result':'upheld','reasons':'Because.'," AUTHOR "}"},
    {"redirect", "{'reason':'not_on_roll'," AUTHOR "}"},
    {"request", "{" TO "," CHILDREN ",'asked':['What?']," AUTHOR "}"},
    {"reply", "{'result':'answered'," AUTHOR "}"},
    {"chronology", "{" TO "," CHILDREN "," AUTHOR "}"},
    {"record_transfer", "{" TO "," CHILDREN "," AUTHOR "}"},
    {"note", "{'text':'Said.'," AUTHOR "}"},
    {"correction", "{'corrects':'children[0].upn','is':'X','reason':'Copied wrongly'," AUTHOR "}"},
    {"withdrawal", "{'reason':'superseded'," AUTHOR "}"},
    {"close", "{'reason':'answered'," AUTHOR "}"},
};

json_t *sample_of(const char *kind)
{
    for (size_t i = 0; i < sizeof LEAST / sizeof LEAST[0]; i++) {
        if (strcmp(LEAST[i].kind, kind) == 0) {
            json_t *json = sample_json(LEAST[i].text);
            cr_assert_eq(json_object_set_new(json, "kind", json_string(kind)), 0);
            return json;
        }
    }
    cr_assert_fail("no sample of kind %s", kind);
    return NULL;
}

void sample_set(json_t *object, const char *path, json_t *value)
{
    const char *dot = strchr(path, '.');
    if (dot) {
        char key[64] = {0};
        cr_assert_lt((size_t)(dot - path), sizeof key);
        memcpy(key, path, (size_t)(dot - path));
        if (!json_is_object(json_object_get(object, key))) {
            cr_assert_eq(json_object_set_new(object, key, json_object()), 0);
        }
        sample_set(json_object_get(object, key), dot + 1, value);
        return;
    }
    int result = value ? json_object_set_new(object, path, value) : json_object_del(object, path);
    cr_assert_eq(result, 0, "%s", path);
}

void sample_drop_empty_lists(json_t *value)
{
    const char *key = NULL;
    void *next = NULL;
    json_t *member = NULL;
    size_t i = 0;
    json_object_foreach_safe(value, next, key, member)
    {
        if (json_is_array(member) && json_array_size(member) == 0) {
            (void)json_object_del(value, key);
        } else {
            sample_drop_empty_lists(member);
        }
    }
    json_array_foreach (value, i, member) {
        sample_drop_empty_lists(member);
    }
}

/* Two desks, ascending, the second the sender's own. */
static void put_recipients(struct arena *arena, struct facts *facts)
{
    struct recipient *recipients = arena_array(arena, 2, sizeof *recipients);
    struct sh_hash *seats = arena_array(arena, 2, sizeof *seats);
    cr_assert(recipients && seats);
    static const char *const addresses[] = {"dsl@999001.school", "mash@999.social-care"};
    for (size_t i = 0; i < 2; i++) {
        memset(seats[i].b, (int)i + 1, SH_HASH_BYTES);
        cr_assert_eq(address_from(addresses[i], &recipients[i].address), SH_OK);
        recipients[i].seats = &seats[i];
        recipients[i].seats_len = 1;
    }
    recipients[0].role = ROLE_OWN;
    recipients[1].role = ROLE_ACT;
    facts->from = recipients[0].address;
    facts->recipients = recipients;
    facts->recipients_len = 2;
}

void sample_content(json_t *casework, struct arena *arena, struct content *out)
{
    struct sh_why why = {0};
    *out = (struct content){.casework = casework};
    cr_assert_eq(casework_facts(casework, 2, arena, &out->facts, &why), SH_OK, "%s", why.text);
    memset(out->salt.b, 0x5a, SH_HASH_BYTES);
    memset(out->facts.message_id.b, 0x11, SH_ID_BYTES);
    memset(out->facts.thread_id.b, 0x22, SH_ID_BYTES);
    memset(out->facts.seat.b, 0x33, SH_HASH_BYTES);
    out->facts.created_at_ms = 1795000000000;
    put_recipients(arena, &out->facts);
}

json_t *sample_round_trip(json_t *casework)
{
    struct sh_why why = {0};
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_CONTENT_BYTES_MAX);
    cr_assert_eq(arena_new(CONTENT_ARENA_BYTES, CONTENT_ARENA_COUNT, &arena), SH_OK);
    struct content in, out;
    sample_content(casework, arena, &in);
    cr_assert_eq(content_encode(&in, &bytes, &why), SH_OK, "%s", why.text);
    cr_assert_eq(content_decode(bytes_buf(&bytes), arena, &out, &why), SH_OK, "%s", why.text);
    return out.casework;
}
