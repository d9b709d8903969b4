/* What the register holds, as JSON; the text for people is the same facts, line by line. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "certs/commands.h"

#include <jansson.h>

static void json_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* Where a walk puts what it finds. */
struct sink {
    json_t *list;
    int64_t now_ms;
    struct ca_register *reg;
    struct sh_why *why;
};

static sh_err append(json_t *list, json_t *item)
{
    return item && json_array_append_new(list, item) == 0 ? SH_OK : SH_E_NOMEM;
}

static json_t *json_time(int64_t ms)
{
    char text[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(ms, text);
    return json_string(text);
}

static json_t *json_hex(const void *data, size_t len)
{
    char hex[2 * SH_HASH_BYTES + 1];
    hex_encode(bytes_of(data, len), hex);
    return json_string(hex);
}

static json_t *json_serial(const struct certificate *cert)
{
    uint8_t serial[ISSUE_SERIAL_BYTES];
    return issue_serial(cert, serial) == SH_OK ? json_hex(serial, sizeof serial) : NULL;
}

/* ---- one desk ---- */

static const char *state_of(const struct register_seat *seat, const struct certificate *sign,
                            int64_t now_ms)
{
    if (seat->revoked_at_ms) {
        return "revoked";
    }
    return now_ms > certificate_not_after_ms(sign) ? "expired" : "live";
}

static sh_err show_seat(void *ctx, const struct register_seat *seat)
{
    struct sink *sink = ctx;
    SH_DEFER(certificate_free) struct certificate *sign = NULL;
    SH_DEFER(certificate_free) struct certificate *seal = NULL;
    SH_TRY(certificate_parse(seat->sign, &sign));
    SH_TRY(certificate_parse(seat->seal, &seal));
    json_t *item = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "seat", json_hex(seat->hash.b, SH_HASH_BYTES),
        "holder", seat->holder, "state", state_of(seat, sign, sink->now_ms), "issued_at",
        json_time(seat->issued_at_ms), "expires_at", json_time(certificate_not_after_ms(sign)),
        "sign_serial", json_serial(sign), "seal_serial", json_serial(seal));
    if (item && seat->revoked_at_ms) {
        (void)json_object_set_new(item, "revoked_at", json_time(seat->revoked_at_ms));
    }
    return append(sink->list, item);
}

static sh_err show_text(void *ctx, const char *text)
{
    struct sink *sink = ctx;
    return append(sink->list, json_string(text));
}

static sh_err show_recovery(json_t *item, struct bytes der)
{
    if (der.len == 0) {
        return SH_OK;
    }
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_TRY(certificate_parse(der, &cert));
    return json_object_set_new(item, "recovery_serial", json_serial(cert)) == 0 ? SH_OK
                                                                                : SH_E_NOMEM;
}

static sh_err show_desk(void *ctx, const struct directory_desk *desk)
{
    struct sink *sink = ctx;
    const char *address = desk->address.text;
    struct sink cover = *sink;
    struct sink seats = *sink;
    SH_DEFER(json_release)
    json_t *item =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:[], s:[]}", "address", address, "name", desk->name,
                  "telephone", desk->telephone, "hours", desk->hours, "cover", "seats");
    SH_CHECK(item, SH_E_NOMEM);
    cover.list = json_object_get(item, "cover");
    seats.list = json_object_get(item, "seats");
    SH_TRY(register_each_cover(sink->reg, address, show_text, &cover, sink->why));
    SH_TRY(register_each_seat(sink->reg, address, show_seat, &seats, sink->why));
    SH_TRY(show_recovery(item, desk->recovery));
    return append(sink->list, json_incref(item));
}

static sh_err gather_desk(struct ca *ca, const char *text, json_t **out, struct sh_why *why)
{
    struct address address;
    SH_TRY(command_address(text, &address, why));
    SH_DEFER(json_release) json_t *found = json_array();
    SH_CHECK(found, SH_E_NOMEM);
    struct sink sink = {.list = found, .now_ms = ca_now_ms(ca), .reg = ca_register(ca), .why = why};
    SH_TRY(register_each_desk(ca_register(ca), address.text, show_desk, &sink, why));
    if (json_array_size(found) == 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "there is no desk %s here", address.text);
    }
    *out = json_incref(json_array_get(found, 0));
    return SH_OK;
}

/* ---- the whole ---- */

static sh_err show_authority(void *ctx, const struct directory_authority *authority)
{
    struct sink *sink = ctx;
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_TRY(certificate_parse(authority->certificate, &cert));
    return append(sink->list, json_pack("{s:s, s:o}", "sector", authority->sector, "expires_at",
                                        json_time(certificate_not_after_ms(cert))));
}

static sh_err show_desk_address(void *ctx, const struct directory_desk *desk)
{
    struct sink *sink = ctx;
    return append(sink->list, json_string(desk->address.text));
}

static sh_err count_organisation(void *ctx, const struct directory_organisation *organisation)
{
    (void)organisation;
    (*(size_t *)ctx)++;
    return SH_OK;
}

static sh_err show_relay(void *ctx, const struct directory_relay *relay)
{
    struct sink *sink = ctx;
    return append(sink->list, json_pack("{s:s, s:o}", "endpoint", relay->endpoint, "curve_key",
                                        json_hex(relay->curve_key, sizeof relay->curve_key)));
}

static sh_err show_key(void *ctx, const struct directory_key *key)
{
    struct sink *sink = ctx;
    return append(sink->list,
                  json_pack("{s:s, s:s, s:o}", "use", key->use == KEY_LOG ? "log" : "witness",
                            "vkey", key->vkey, "not_before", json_time(key->not_before_ms)));
}

static sh_err fill_whole(struct ca *ca, json_t *whole, struct sh_why *why)
{
    struct ca_register *reg = ca_register(ca);
    struct sink sink = {.now_ms = ca_now_ms(ca), .reg = reg, .why = why};
    sink.list = json_object_get(whole, "sectors");
    SH_TRY(register_each_authority(reg, show_authority, &sink, why));
    sink.list = json_object_get(whole, "desks");
    SH_TRY(register_each_desk(reg, NULL, show_desk_address, &sink, why));
    sink.list = json_object_get(whole, "relays");
    SH_TRY(register_each_relay(reg, show_relay, &sink, why));
    sink.list = json_object_get(whole, "keys");
    SH_TRY(register_each_key(reg, show_key, &sink, why));
    size_t organisations = 0;
    SH_TRY(register_each_organisation(reg, NULL, count_organisation, &organisations, why));
    json_t *count = json_integer((json_int_t)organisations);
    return json_object_set_new(whole, "organisations", count) == 0 ? SH_OK : SH_E_NOMEM;
}

static sh_err gather_whole(struct ca *ca, json_t **out, struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    SH_TRY(ca_root(ca, &root, why));
    const struct register_partnership *partnership = register_partnership(ca_register(ca));
    SH_DEFER(json_release)
    json_t *whole =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:[], s:[], s:[], s:[]}", "partnership",
                  partnership->name, "origin", partnership->origin, "root_sha256",
                  json_hex(certificate_sha256(root)->b, SH_HASH_BYTES), "root_expires_at",
                  json_time(certificate_not_after_ms(root)), "directory_serial",
                  (json_int_t)partnership->serial, "sectors", "desks", "relays", "keys");
    SH_CHECK(whole, SH_E_NOMEM);
    SH_TRY(fill_whole(ca, whole, why));
    *out = json_incref(whole);
    return SH_OK;
}

/* ---- for people ---- */

static void print_value(const char *name, const json_t *value)
{
    if (json_is_string(value)) {
        (void)printf("%-18s%s\n", name, json_string_value(value));
    } else if (json_is_integer(value)) {
        (void)printf("%-18s%lld\n", name, (long long)json_integer_value(value));
    }
}

/* Two levels are all there is. */
static void print_for_people(json_t *whole)
{
    const char *name;
    json_t *value;
    json_object_foreach (whole, name, value) {
        size_t i;
        json_t *item;
        print_value(name, value);
        json_array_foreach (value, i, item) {
            const char *inner;
            json_t *field;
            print_value(name, item);
            if (json_is_object(item)) {
                (void)printf("%s\n", name);
            }
            json_object_foreach (item, inner, field) {
                (void)printf("    ");
                print_value(inner, field);
            }
        }
    }
}

sh_err command_show(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(json_release) json_t *found = NULL;
    SH_TRY(ca_open(&line->setup, &ca, why));
    if (line->args_len == 1) {
        SH_TRY(gather_desk(ca, line->args[0], &found, why));
    } else {
        SH_TRY(gather_whole(ca, &found, why));
    }
    if (line->values[OPTION_JSON]) {
        SH_CHECK(json_dumpf(found, stdout, JSON_INDENT(2)) == 0, SH_E_IO);
        (void)printf("\n");
    } else {
        print_for_people(found);
    }
    return SH_OK;
}
