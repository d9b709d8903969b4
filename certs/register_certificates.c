/* Certificates, seats and revocation in the register. */
#include "certs/register.h"
#include "certs/register_query.h"
#include "certs/register_sql.h"

#define HASH_PREFIX_MIN 8

sh_err register_check_new(struct ca_register *r, const struct sh_hash *key_sha256,
                          const uint8_t *curve_key, struct sh_why *why)
{
    bool known = false;
    SH_TRY(query_exists(r, QUERY(SQL_KEY_KNOWN, value_blob(key_sha256->b, sizeof key_sha256->b)),
                        &known, why));
    if (known) {
        return sh_fail(why, SH_E_DUPLICATE_KEY,
                       "this key was certified before; a seat makes new keys for each request");
    }
    if (!curve_key) {
        return SH_OK;
    }
    SH_TRY(query_exists(r, QUERY(SQL_CURVE_KNOWN, value_blob(curve_key, 32)), &known, why));
    return known ? sh_fail(why, SH_E_DUPLICATE_KEY,
                           "this CURVE key was registered before; a seat makes a new one for each "
                           "request")
                 : SH_OK;
}

sh_err register_add_certificate(struct ca_register *r, const struct certificate *cert,
                                enum certificate_profile profile, const char *sector,
                                int64_t now_ms, struct sh_why *why)
{
    uint8_t serial[ISSUE_SERIAL_BYTES];
    uint8_t curve_key[32];
    char own_sector[SH_ADDRESS_BYTES_MAX + 1] = "";
    const bool has_curve_key = profile == PROFILE_SIGN;
    SH_TRY(issue_serial(cert, serial));
    if (has_curve_key) {
        SH_TRY(certificate_curve_key(cert, curve_key));
    }
    if (profile == PROFILE_AUTHORITY) {
        SH_TRY(certificate_sector(cert, own_sector, sizeof own_sector));
    }
    const struct sh_hash *key = certificate_key_sha256(cert);
    SH_TRY(register_check_new(r, key, has_curve_key ? curve_key : NULL, why));
    const struct bytes der = certificate_der(cert);
    return query_run(r,
                     QUERY(SQL_CERTIFICATE_ADD,
                           value_blob(certificate_sha256(cert)->b, SH_HASH_BYTES),
                           value_int(profile), value_text(sector), value_text(own_sector),
                           value_blob(serial, sizeof serial), value_blob(key->b, sizeof key->b),
                           value_blob(has_curve_key ? curve_key : NULL, 32),
                           value_blob(der.data, der.len), value_int(now_ms)),
                     NULL, NULL, why);
}

static sh_err read_certificate(void *ctx, sqlite3_stmt *row)
{
    struct certificate **out = ctx;
    SH_CHECK(!*out, SH_E_CORRUPT);
    return certificate_parse(column_blob(row, 0), out);
}

sh_err register_find_certificate(struct ca_register *r, enum certificate_profile profile,
                                 const char *sector, struct certificate **out, struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *found = NULL;
    SH_TRY(query_run(r, QUERY(SQL_CERTIFICATE_FIND, value_int(profile), value_text(sector)),
                     read_certificate, &found, why));
    SH_CHECK(found, SH_E_NOT_FOUND);
    *out = found;
    found = NULL;
    return SH_OK;
}

sh_err register_add_seat(struct ca_register *r, const struct certificate *sign,
                         const struct certificate *seal, const struct address *address,
                         const char *holder, int64_t now_ms, struct sh_why *why)
{
    const char *sector = address_sector(address);
    SH_TRY(register_add_certificate(r, sign, PROFILE_SIGN, sector, now_ms, why));
    SH_TRY(register_add_certificate(r, seal, PROFILE_SEAL, sector, now_ms, why));
    const struct directory_desk desk = {.address = *address, .cover_len = SIZE_MAX};
    SH_TRY(register_set_desk(r, &desk, why));
    return query_run(r,
                     QUERY(SQL_SEAT_ADD, value_blob(certificate_sha256(sign)->b, SH_HASH_BYTES),
                           value_blob(certificate_sha256(seal)->b, SH_HASH_BYTES),
                           value_text(address->text), value_text(holder)),
                     NULL, NULL, why);
}

/* ---- walks ---- */

struct seat_walk {
    register_on_seat each;
    void *ctx;
};

static sh_err read_seat(void *ctx, sqlite3_stmt *row)
{
    struct seat_walk *walk = ctx;
    struct register_seat seat = {
        .holder = column_text(row, 1),
        .sign = column_blob(row, 3),
        .seal = column_blob(row, 4),
        .issued_at_ms = sqlite3_column_int64(row, 5),
        .revoked_at_ms = sqlite3_column_int64(row, 6),
    };
    SH_CHECK(column_text(row, 0) && address_from(column_text(row, 0), &seat.address) == SH_OK,
             SH_E_CORRUPT);
    SH_TRY(column_fixed(row, 2, seat.hash.b, sizeof seat.hash.b));
    return walk->each(walk->ctx, &seat);
}

sh_err register_each_seat(struct ca_register *r, const char *address, register_on_seat each,
                          void *ctx, struct sh_why *why)
{
    struct seat_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_SEAT_EACH, value_text(address)), read_seat, &walk, why);
}

struct authority_walk {
    register_on_authority each;
    void *ctx;
};

static sh_err read_authority(void *ctx, sqlite3_stmt *row)
{
    struct authority_walk *walk = ctx;
    struct directory_authority authority = {column_text(row, 0), column_blob(row, 1)};
    return walk->each(walk->ctx, &authority);
}

sh_err register_each_authority(struct ca_register *r, register_on_authority each, void *ctx,
                               struct sh_why *why)
{
    struct authority_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_AUTHORITY_EACH, value_int(PROFILE_AUTHORITY)), read_authority,
                     &walk, why);
}

struct revoked_walk {
    register_on_revoked each;
    void *ctx;
};

static sh_err read_revoked(void *ctx, sqlite3_stmt *row)
{
    struct revoked_walk *walk = ctx;
    struct revoked revoked = {
        .at_ms = sqlite3_column_int64(row, 1),
        .reason = (enum revoked_reason)sqlite3_column_int(row, 2),
    };
    SH_TRY(column_fixed(row, 0, revoked.serial, sizeof revoked.serial));
    return walk->each(walk->ctx, &revoked);
}

sh_err register_each_revoked(struct ca_register *r, const char *sector, register_on_revoked each,
                             void *ctx, struct sh_why *why)
{
    struct revoked_walk walk = {each, ctx};
    return query_run(r, QUERY(SQL_REVOKED_EACH, value_text(sector)), read_revoked, &walk, why);
}

/* ---- revocation ---- */

sh_err register_revoke_serial(struct ca_register *r, const uint8_t serial[ISSUE_SERIAL_BYTES],
                              int64_t at_ms, enum revoked_reason reason, struct sh_why *why)
{
    const struct value by = value_blob(serial, ISSUE_SERIAL_BYTES);
    bool known = false;
    SH_TRY(query_exists(r, QUERY(SQL_SERIAL_KNOWN, by), &known, why));
    if (!known) {
        return sh_fail(why, SH_E_NOT_FOUND, "no certificate has this serial");
    }
    SH_TRY(query_run(r, QUERY(SQL_REVOKE_SERIAL, by, value_int(at_ms), value_int(reason)), NULL,
                     NULL, why));
    return query_changes(r) == 1 ? SH_OK
                                 : sh_fail(why, SH_E_EXISTS, "this certificate is revoked already");
}

struct pair_found {
    struct sh_hash sign, seal;
    size_t count;
};

static sh_err read_pair(void *ctx, sqlite3_stmt *row)
{
    struct pair_found *found = ctx;
    found->count++;
    SH_TRY(column_fixed(row, 0, found->sign.b, sizeof found->sign.b));
    return column_fixed(row, 1, found->seal.b, sizeof found->seal.b);
}

static sh_err revoke_hash(struct ca_register *r, const struct sh_hash *hash, int64_t at_ms,
                          enum revoked_reason reason, struct sh_why *why)
{
    return query_run(
        r,
        QUERY(SQL_REVOKE, value_blob(hash->b, sizeof hash->b), value_int(at_ms), value_int(reason)),
        NULL, NULL, why);
}

sh_err register_revoke_seat(struct ca_register *r, const char *address, const char *hash_prefix,
                            int64_t at_ms, enum revoked_reason reason, struct sh_why *why)
{
    if (strlen(hash_prefix) < HASH_PREFIX_MIN) {
        return sh_fail(why, SH_E_AMBIGUOUS, "give at least %d digits of the seat's hash",
                       HASH_PREFIX_MIN);
    }
    struct pair_found found = {0};
    SH_TRY(query_run(r, QUERY(SQL_SEAT_BY_PREFIX, value_text(address), value_text(hash_prefix)),
                     read_pair, &found, why));
    if (found.count == 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s has no seat %s", address, hash_prefix);
    }
    if (found.count > 1) {
        return sh_fail(why, SH_E_AMBIGUOUS, "more than one seat of %s begins with %s", address,
                       hash_prefix);
    }
    SH_TRY(revoke_hash(r, &found.sign, at_ms, reason, why));
    int changed = query_changes(r);
    SH_TRY(revoke_hash(r, &found.seal, at_ms, reason, why));
    return changed + query_changes(r) > 0
               ? SH_OK
               : sh_fail(why, SH_E_EXISTS, "this seat of %s is revoked already", address);
}
