#include "client/addressees.h"
#include "client/document.h"
#include "directory/directory.h"
#include "support/pki.h"

#include <criterion/criterion.h>

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_not_null(json);
    return json;
}

Test(document, the_key_depends_on_values_and_not_on_how_they_are_written)
{
    SH_DEFER(json_freep) json_t *a = parse("{\"kind\": \"note\", \"text\": \"x\"}");
    SH_DEFER(json_freep) json_t *b = parse("{ \"text\":\"x\",\n \"kind\":\"note\" }");
    SH_DEFER(json_freep) json_t *c = parse("{\"kind\": \"note\", \"text\": \"y\"}");
    struct sh_hash key = {{1}}, other_key = {{2}}, parent = {{3}};
    struct document_key_order by = {.key = &key};
    struct sh_hash of_a, of_b, of_c, answered, keyed, wider;
    cr_assert_eq(document_key(a, &by, &of_a), SH_OK);
    cr_assert_eq(document_key(b, &by, &of_b), SH_OK);
    cr_assert_eq(document_key(c, &by, &of_c), SH_OK);
    cr_assert(hash_equal(&of_a, &of_b));
    cr_assert_not(hash_equal(&of_a, &of_c));
    by.parent = &parent;
    cr_assert_eq(document_key(a, &by, &answered), SH_OK);
    cr_assert_not(hash_equal(&of_a, &answered));
    const char *const to[] = {"mash@999.social-care"};
    by = (struct document_key_order){.key = &key, .to = to, .to_len = 1};
    cr_assert_eq(document_key(a, &by, &wider), SH_OK);
    cr_assert_not(hash_equal(&of_a, &wider));
    by = (struct document_key_order){.key = &other_key};
    cr_assert_eq(document_key(a, &by, &keyed), SH_OK);
    cr_assert_not(hash_equal(&of_a, &keyed), "a stolen disk shows nothing to one who guesses");
}

Test(document, splitting_needs_children_with_settings)
{
    static const struct {
        const char *document, *place;
    } cases[] = {
        {"{}", "children: missing"},
        {"{\"children\": []}", "children: missing"},
        {"{\"children\": [{\"setting\": {\"address\": \"a@b.school\"}}, {}]}",
         "children[1].setting.address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(json_freep) json_t *document = parse(cases[i].document);
        SH_DEFER(json_freep) json_t *parts = NULL;
        struct sh_why why = {{0}};
        cr_assert_eq(document_split(document, &parts, &why), SH_E_JSON);
        cr_assert_not_null(strstr(why.text, cases[i].place), "%s", why.text);
    }
}

Test(document, a_part_goes_to_its_setting_and_to_those_who_are_none)
{
    SH_DEFER(json_freep)
    json_t *document =
        parse("{\"to\": [\"a@b.school\", \"c@d.school\", \"mash@999.social-care\"], \"children\": ["
              "{\"given_names\": \"One\", \"setting\": {\"address\": \"a@b.school\"}},"
              "{\"given_names\": \"Two\", \"setting\": {\"address\": \"c@d.school\"}}]}");
    SH_DEFER(json_freep) json_t *parts = NULL;
    SH_DEFER(json_freep) json_t *expected = parse("[\"a@b.school\", \"mash@999.social-care\"]");
    struct sh_why why = {{0}};
    cr_assert_eq(document_split(document, &parts, &why), SH_OK);
    cr_assert_eq(json_array_size(parts), 2);
    cr_assert(json_equal(json_object_get(json_array_get(parts, 0), "to"), expected));
    cr_assert_eq(json_array_size(json_object_get(json_array_get(parts, 0), "children")), 1);
}

/* ---- addressees ---- */

Test(addressees, a_desk_keeps_its_first_role_and_64_are_the_most)
{
    struct addressees to = {.len = 0};
    struct address address;
    for (unsigned i = 0; i < SH_DESKS_MAX; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "d%u@999.social-care", i);
        cr_assert_eq(address_from(text, &address), SH_OK);
        cr_assert_eq(addressees_add(&to, &address, ROLE_ACT), SH_OK);
    }
    cr_assert_eq(addressees_add(&to, &address, ROLE_INFORM), SH_OK);
    cr_assert_eq(to.len, SH_DESKS_MAX);
    cr_assert_eq(to.list[to.len - 1].role, ROLE_ACT);
    cr_assert_eq(address_from("more@999.social-care", &address), SH_OK);
    cr_assert_eq(addressees_add(&to, &address, ROLE_ACT), SH_E_TOO_BIG);
}

struct desks {
    struct pki pki;
    struct directory *directory;
    struct arena *arena;
    struct address own;
    struct seating_order order;
};

static void desks_make(struct desks *d)
{
    static const char *const addresses[] = {"dsl@999001.school", "dsl@999001.school",
                                            "mash@999.social-care"};
    struct sh_why why = {{0}};
    pki_make(&d->pki, addresses, 3);
    d->directory = NULL;
    d->arena = NULL;
    cr_assert_eq(directory_load(bytes_buf(&d->pki.directory), d->pki.root, d->pki.now_ms, 0, 0,
                                &d->directory, &why),
                 SH_OK, "%s", why.text);
    cr_assert_eq(arena_new(SH_MIB, 1000, &d->arena), SH_OK);
    cr_assert_eq(address_from("dsl@999001.school", &d->own), SH_OK);
    d->order = (struct seating_order){
        .directory = d->directory, .own = &d->own, .own_seat = &d->pki.seats[0].hash};
}

static void desks_wipe(struct desks *d)
{
    arena_free(&d->arena);
    directory_free(&d->directory);
    pki_free(&d->pki);
}

Test(addressees, every_live_seat_and_recovery_key_of_each_desk_is_sealed_to)
{
    SH_DEFER(desks_wipe) struct desks d;
    desks_make(&d);
    struct addressees to = {.len = 0};
    struct address mash;
    struct seating seating;
    struct sh_why why = {{0}};
    cr_assert_eq(address_from("mash@999.social-care", &mash), SH_OK);
    cr_assert_eq(addressees_add(&to, &mash, ROLE_ACT), SH_OK);
    cr_assert_eq(addressees_seat(&to, &d.order, d.arena, &seating, &why), SH_OK, "%s", why.text);
    cr_assert_eq(seating.recipients_len, 2);
    cr_assert_str_eq(seating.recipients[0].address.text, "dsl@999001.school");
    cr_assert_eq(seating.recipients[0].role, ROLE_OWN);
    cr_assert_eq(seating.recipients[0].seats_len, 2);
    cr_assert_lt(bytes_compare(BYTES_FIXED(seating.recipients[0].seats[0]),
                               BYTES_FIXED(seating.recipients[0].seats[1])),
                 0);
    cr_assert_eq(seating.seal_certs_len, 3 + 2);
    cr_assert_not(hash_is_zero(&seating.recipients[1].recovery));
}

Test(addressees, an_unknown_desk_and_a_sender_who_is_out_of_the_directory_are_told)
{
    SH_DEFER(desks_wipe) struct desks d;
    desks_make(&d);
    struct addressees to = {.len = 0};
    struct address nobody;
    struct seating seating;
    struct sh_why why = {{0}};
    struct sh_hash stranger = {{9}};
    cr_assert_eq(address_from("nobody@999.social-care", &nobody), SH_OK);
    cr_assert_eq(addressees_add(&to, &nobody, ROLE_ACT), SH_OK);
    cr_assert_eq(addressees_seat(&to, &d.order, d.arena, &seating, &why), SH_E_UNKNOWN_DESK);
    cr_assert_not_null(strstr(why.text, "nobody@999.social-care"));
    d.order.own_seat = &stranger;
    cr_assert_eq(addressees_seat(&to, &d.order, d.arena, &seating, &why), SH_E_UNKNOWN_SEAT);
}

Test(addressees, a_desk_that_nobody_sits_at_is_told_before_anything_is_sealed)
{
    SH_DEFER(desks_wipe) struct desks d;
    desks_make(&d);
    struct addressees to = {.len = 0};
    struct address mash;
    struct seating seating;
    struct sh_why why = {{0}};
    d.pki.seats[2].revoked = true;
    pki_publish(&d.pki);
    directory_free(&d.directory);
    cr_assert_eq(directory_load(bytes_buf(&d.pki.directory), d.pki.root, d.pki.now_ms, 0, 0,
                                &d.directory, &why),
                 SH_OK);
    d.order.directory = d.directory;
    cr_assert_eq(address_from("mash@999.social-care", &mash), SH_OK);
    cr_assert_eq(addressees_add(&to, &mash, ROLE_ACT), SH_OK);
    cr_assert_eq(addressees_seat(&to, &d.order, d.arena, &seating, &why), SH_E_NO_LIVE_SEAT);
}
