/* What the directory says beside certificates: desks, organisations, relays, verifier keys; and the
 * revocation lists of each issuer with their numbers. */
#include "certs/register.h"
#include "certs/register_query.h"
#include "certs/register_sql.h"

/* ---- lists of text that hang on an entry: cover desks, successors ---- */

struct text_walk {
    register_on_text each;
    void *ctx;
};

static sh_err read_text(void *ctx, sqlite3_stmt *row)
{
    struct text_walk *walk = ctx;
    SH_CHECK(column_text(row, 0), SH_E_CORRUPT);
    return walk->each(walk->ctx, column_text(row, 0));
}

sh_err register_each_cover(struct ca_register *r, const char *address, register_on_text each,
                           void *ctx, struct sh_why *why)
{
    struct text_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_COVER_EACH, value_text(address)), read_text, &walk, why);
}

sh_err register_each_successor(struct ca_register *r, const char *code, register_on_text each,
                               void *ctx, struct sh_why *why)
{
    struct text_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_SUCCESSOR_EACH, value_text(code)), read_text, &walk, why);
}

/* ---- desks ---- */

sh_err register_set_desk(struct ca_register *r, const struct directory_desk *desk,
                         struct sh_why *why)
{
    const char *address = desk->address.text;
    SH_TRY(query_run(r,
                     QUERY(SQL_DESK_SET, value_text(address), value_text(desk->name),
                           value_text(desk->telephone), value_text(desk->hours)),
                     NULL, NULL, why));
    if (desk->cover_len == SIZE_MAX) {
        return SH_OK;
    }
    SH_TRY(query_run(r, QUERY(SQL_COVER_CLEAR, value_text(address)), NULL, NULL, why));
    for (size_t i = 0; i < desk->cover_len; i++) {
        SH_TRY(query_run(r,
                         QUERY(SQL_COVER_ADD, value_text(address), value_text(desk->cover[i].text),
                               value_int((int64_t)i)),
                         NULL, NULL, why));
    }
    return SH_OK;
}

sh_err register_set_recovery(struct ca_register *r, const struct address *address,
                             const struct certificate *recovery, struct sh_why *why)
{
    const struct directory_desk desk = {.address = *address, .cover_len = SIZE_MAX};
    SH_TRY(register_set_desk(r, &desk, why));
    return query_run(r,
                     QUERY(SQL_DESK_RECOVERY, value_text(address->text),
                           value_blob(certificate_sha256(recovery)->b, SH_HASH_BYTES)),
                     NULL, NULL, why);
}

struct desk_walk {
    register_on_desk each;
    void *ctx;
};

static sh_err read_desk(void *ctx, sqlite3_stmt *row)
{
    struct desk_walk *walk = ctx;
    struct directory_desk desk = {
        .name = column_text(row, 1),
        .telephone = column_text(row, 2),
        .hours = column_text(row, 3),
        .recovery = column_blob(row, 4),
    };
    SH_CHECK(column_text(row, 0) && address_from(column_text(row, 0), &desk.address) == SH_OK,
             SH_E_CORRUPT);
    return walk->each(walk->ctx, &desk);
}

sh_err register_each_desk(struct ca_register *r, const char *address, register_on_desk each,
                          void *ctx, struct sh_why *why)
{
    struct desk_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_DESK_EACH, value_text(address)), read_desk, &walk, why);
}

/* ---- organisations ---- */

struct name_found {
    char name[1024];
    bool found;
};

static sh_err read_name(void *ctx, sqlite3_stmt *row)
{
    struct name_found *out = ctx;
    int n = snprintf(out->name, sizeof out->name, "%s", column_text(row, 0));
    SH_CHECK(n >= 0 && (size_t)n < sizeof out->name, SH_E_CORRUPT);
    out->found = true;
    return SH_OK;
}

sh_err register_set_organisation(struct ca_register *r,
                                 const struct directory_organisation *organisation,
                                 struct sh_why *why)
{
    const char *code = organisation->code;
    struct name_found old = {.found = false};
    SH_TRY(query_run(r, QUERY(SQL_ORGANISATION_NAME, value_text(code)), read_name, &old, why));
    const char *name = organisation->name ? organisation->name : (old.found ? old.name : "");
    if (!name[0] || strlen(name) >= sizeof old.name) {
        return sh_fail(why, SH_E_FORMAT, "%s needs a name of at most %zu bytes", code,
                       sizeof old.name - 1);
    }
    SH_TRY(query_run(r,
                     QUERY(SQL_ORGANISATION_SET, value_text(code), value_text(name),
                           value_text(organisation->telephone), value_text(organisation->hours),
                           value_text(organisation->closed_on)),
                     NULL, NULL, why));
    if (organisation->successors_len == SIZE_MAX) {
        return SH_OK;
    }
    SH_TRY(query_run(r, QUERY(SQL_SUCCESSOR_CLEAR, value_text(code)), NULL, NULL, why));
    for (size_t i = 0; i < organisation->successors_len; i++) {
        SH_TRY(query_run(r,
                         QUERY(SQL_SUCCESSOR_ADD, value_text(code),
                               value_text(organisation->successors[i]), value_int((int64_t)i)),
                         NULL, NULL, why));
    }
    return SH_OK;
}

struct organisation_walk {
    register_on_organisation each;
    void *ctx;
};

static sh_err read_organisation(void *ctx, sqlite3_stmt *row)
{
    struct organisation_walk *walk = ctx;
    struct directory_organisation organisation = {
        .code = column_text(row, 0),
        .name = column_text(row, 1),
        .telephone = column_text(row, 2),
        .hours = column_text(row, 3),
        .closed_on = column_text(row, 4),
    };
    return walk->each(walk->ctx, &organisation);
}

sh_err register_each_organisation(struct ca_register *r, const char *code,
                                  register_on_organisation each, void *ctx, struct sh_why *why)
{
    struct organisation_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_ORGANISATION_EACH, value_text(code)), read_organisation, &walk,
                     why);
}

sh_err register_each_published(struct ca_register *r, register_on_organisation each, void *ctx,
                               struct sh_why *why)
{
    struct organisation_walk walk = {each, ctx};
    const struct query query = {.sql = SQL_ORGANISATION_PUBLISHED};
    return query_run(r, &query, read_organisation, &walk, why);
}

/* ---- links ---- */

/* Codes of the schools of one row. */
struct links_fill {
    const struct links *links;
    char code[SH_ADDRESS_BYTES_MAX], successor[SH_ADDRESS_BYTES_MAX];
};

static const char *write_code(uint32_t urn, char out[SH_ADDRESS_BYTES_MAX])
{
    (void)snprintf(out, SH_ADDRESS_BYTES_MAX, "%u.school", urn);
    return out;
}

static void fill_link(void *ctx, size_t n, struct value values[QUERY_REPEAT_VALUES_MAX])
{
    struct links_fill *fill = ctx;
    const struct link *link = &fill->links->list[n];
    values[0] = value_text(write_code(link->from, fill->code));
    values[1] = value_text(write_code(link->to, fill->successor));
}

static void fill_school(void *ctx, size_t n, struct value values[QUERY_REPEAT_VALUES_MAX])
{
    struct links_fill *fill = ctx;
    const struct link_school *school = &fill->links->schools[n];
    values[0] = value_text(write_code(school->urn, fill->code));
    values[1] = value_text(school->name);
    values[2] = value_text(school->closed_on);
}

sh_err register_set_links(struct ca_register *r, const struct links *links, struct sh_why *why)
{
    struct links_fill fill = {.links = links};
    const struct query clears[] = {{.sql = SQL_LINKS_CLEAR}, {.sql = SQL_LINK_SCHOOLS_CLEAR}};
    SH_TRY(query_run(r, &clears[0], NULL, NULL, why));
    SH_TRY(query_run(r, &clears[1], NULL, NULL, why));
    SH_TRY(query_repeat(r, SQL_LINK_ADD, links->len, fill_link, &fill, why));
    return query_repeat(r, SQL_LINK_SCHOOL_ADD, links->schools_len, fill_school, &fill, why);
}

/* ---- relays and keys ---- */

sh_err register_set_relay(struct ca_register *r, const struct directory_relay *relay,
                          struct sh_why *why)
{
    const struct value endpoint = value_text(relay->endpoint);
    const struct value key = value_blob(relay->curve_key, sizeof relay->curve_key);
    SH_TRY(query_run(r, QUERY(SQL_RELAY_CLEAR, endpoint, key), NULL, NULL, why));
    bool known = false; /* by now only a seat can have it */
    SH_TRY(query_exists(r, QUERY(SQL_CURVE_KNOWN, key), &known, why));
    if (known) {
        return sh_fail(why, SH_E_DUPLICATE_KEY, "this CURVE key belongs to a seat");
    }
    return query_run(r, QUERY(SQL_RELAY_ADD, endpoint, key), NULL, NULL, why);
}

struct relay_walk {
    register_on_relay each;
    void *ctx;
};

static sh_err read_relay(void *ctx, sqlite3_stmt *row)
{
    struct relay_walk *walk = ctx;
    struct directory_relay relay = {.endpoint = column_text(row, 0)};
    SH_TRY(column_fixed(row, 1, relay.curve_key, sizeof relay.curve_key));
    return walk->each(walk->ctx, &relay);
}

sh_err register_each_relay(struct ca_register *r, register_on_relay each, void *ctx,
                           struct sh_why *why)
{
    struct relay_walk walk = {each, ctx};
    const struct query query = {.sql = SQL_RELAY_EACH};
    return query_run(r, &query, read_relay, &walk, why);
}

sh_err register_add_key(struct ca_register *r, const struct directory_key *key, struct sh_why *why)
{
    bool known = false;
    SH_TRY(query_exists(r, QUERY(SQL_VERIFIER_KNOWN, value_text(key->vkey)), &known, why));
    if (known) {
        return sh_fail(why, SH_E_EXISTS, "this key is in the directory already");
    }
    return query_run(r,
                     QUERY(SQL_VERIFIER_ADD, value_text(key->vkey), value_int(key->use),
                           value_int(key->not_before_ms)),
                     NULL, NULL, why);
}

struct key_walk {
    register_on_key each;
    void *ctx;
};

static sh_err read_key(void *ctx, sqlite3_stmt *row)
{
    struct key_walk *walk = ctx;
    struct directory_key key = {
        .use = (enum key_use)sqlite3_column_int(row, 0),
        .vkey = column_text(row, 1),
        .not_before_ms = sqlite3_column_int64(row, 2),
    };
    return walk->each(walk->ctx, &key);
}

sh_err register_each_key(struct ca_register *r, register_on_key each, void *ctx, struct sh_why *why)
{
    struct key_walk walk = {each, ctx};
    const struct query query = {.sql = SQL_VERIFIER_EACH};
    return query_run(r, &query, read_key, &walk, why);
}

/* ---- revocation lists ---- */

static sh_err read_number(void *ctx, sqlite3_stmt *row)
{
    *(uint64_t *)ctx = (uint64_t)sqlite3_column_int64(row, 0);
    return SH_OK;
}

sh_err register_next_crl_number(struct ca_register *r, const char *sector, uint64_t *out,
                                struct sh_why *why)
{
    SH_TRY(query_run(r, QUERY(SQL_CRL_NEXT, value_text(sector)), NULL, NULL, why));
    return query_run(r, QUERY(SQL_CRL_NUMBER, value_text(sector)), read_number, out, why);
}

sh_err register_put_crl(struct ca_register *r, const char *sector, struct bytes der,
                        int64_t next_update_ms, struct sh_why *why)
{
    return query_run(r,
                     QUERY(SQL_CRL_PUT, value_text(sector), value_blob(der.data, der.len),
                           value_int(next_update_ms)),
                     NULL, NULL, why);
}

struct crl_found {
    struct buf *out;
    int64_t next_update_ms;
    bool found;
};

static sh_err read_crl(void *ctx, sqlite3_stmt *row)
{
    struct crl_found *found = ctx;
    found->next_update_ms = sqlite3_column_int64(row, 1);
    found->found = true;
    return buf_append(found->out, column_blob(row, 0));
}

sh_err register_get_crl(struct ca_register *r, const char *sector, struct buf *out,
                        int64_t *out_next_update_ms, struct sh_why *why)
{
    struct crl_found found = {.out = out};
    SH_TRY(query_run(r, QUERY(SQL_CRL_GET, value_text(sector)), read_crl, &found, why));
    SH_CHECK(found.found, SH_E_NOT_FOUND);
    *out_next_update_ms = found.next_update_ms;
    return SH_OK;
}
