#include "base/cleanup.h"
#include "check/check_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Some of it may come from the database: nothing that a terminal or JSON would take for more than a
 * letter. */
static void make_plain(char *text)
{
    for (; *text; text++) {
        bool plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
        *text = plain ? *text : '?';
    }
}

sh_err differ(struct check *check, const struct place *where, const char *format, ...)
{
    struct difference *first = &check->result->first;
    check->result->differs = true;
    (void)snprintf(first->table, sizeof first->table, "%s", where->table);
    (void)snprintf(first->row, sizeof first->row, "%s", where->row);
    (void)snprintf(first->column, sizeof first->column, "%s", where->column);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(first->words, sizeof first->words, format, arguments);
    va_end(arguments);
    make_plain(first->row);
    make_plain(first->words);
    return SH_E_PROOF;
}

struct place place_of(const char *table, const char *column, int64_t row)
{
    struct place place = {.table = table, .column = column};
    (void)snprintf(place.row, sizeof place.row, "%" PRId64, row);
    return place;
}

/* ---- small tables ---- */

static sh_err take_number(struct check *check, const struct copy_meta *meta,
                          const struct place *where, uint64_t *out)
{
    if (meta->value.len != 8) {
        return differ(check, where, "it is not a number of 8 bytes");
    }
    *out = be64_load(meta->value.data);
    return SH_OK;
}

#define AUDIT_READ "audit_read/"

static bool is_audit_read(const char *name)
{
    return strncmp(name, AUDIT_READ, sizeof AUDIT_READ - 1) == 0;
}

static sh_err take_meta(struct check *check, const struct copy_meta *meta)
{
    struct place where = {.table = "meta", .column = "value"};
    (void)snprintf(where.row, sizeof where.row, "%.60s", meta->name);
    if (strcmp(meta->name, "checkpoint") == 0) {
        buf_reset(&check->checkpoint);
        if (buf_append(&check->checkpoint, meta->value) != SH_OK) {
            return differ(check, &where, "it is too long for a checkpoint");
        }
    } else if (strcmp(meta->name, "last_leaf_ms") == 0) {
        check->has_last_time = true;
        SH_TRY(take_number(check, meta, &where, &check->last_time_ms));
    } else if (strcmp(meta->name, "directory_serial") == 0) {
        check->has_serial = true;
        SH_TRY(take_number(check, meta, &where, &check->serial));
    } else if (!is_audit_read(meta->name)) {
        where.column = "name";
        return differ(check, &where, "the relay keeps nothing under this name");
    }
    return SH_OK;
}

/* The day of the last AUDIT_READ entry of a desk, under its address. */
static sh_err check_audit_read(struct check *check, const struct copy_meta *meta)
{
    struct place where = {.table = "meta", .column = "value"};
    uint64_t day = 0;
    (void)snprintf(where.row, sizeof where.row, "%.60s", meta->name);
    SH_TRY(take_number(check, meta, &where, &day));
    const char *desk = meta->name + sizeof AUDIT_READ - 1;
    for (size_t i = 0; i < check->reads_len; i++) {
        if (strcmp(check->reads[i].desk.text, desk) == 0 && check->reads[i].day == (int64_t)day) {
            check->reads[i].day = -1; /* each desk once */
            return SH_OK;
        }
    }
    return differ(check, &where, "it is not the day of that desk's last AUDIT_READ entry");
}

/* The checksums come last, when what the values say was found right. */
static sh_err check_meta_sums(struct check *check)
{
    struct copy_meta meta;
    sh_err err = SH_OK;
    while ((err = store_copy_meta(check->copy, &meta)) == SH_OK) {
        struct place where = {.table = "meta", .column = "check_sha256"};
        (void)snprintf(where.row, sizeof where.row, "%.60s", meta.name);
        if (is_audit_read(meta.name) && !check->order->tree_only) {
            SH_TRY(check_audit_read(check, &meta));
        }
        if (!meta.fits) {
            return differ(check, &where, "it is not the checksum of this row");
        }
    }
    for (size_t i = 0; err == SH_E_EMPTY && i < check->reads_len; i++) {
        if (check->reads[i].day != -1) {
            struct place where = {.table = "meta", .column = "name"};
            (void)snprintf(where.row, sizeof where.row, AUDIT_READ "%.48s",
                           check->reads[i].desk.text);
            return differ(check, &where, "no row has the day on which this desk read the log");
        }
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

static sh_err read_meta(struct check *check)
{
    struct copy_meta meta;
    sh_err err = SH_OK;
    while ((err = store_copy_meta(check->copy, &meta)) == SH_OK) {
        SH_TRY(take_meta(check, &meta));
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

/* Numbers without gaps, each address an address: which of them is the right one is said where a
 * fact names it. */
static sh_err check_interned(struct check *check)
{
    struct copy_interned row;
    struct address address;
    sh_err err = SH_OK;
    for (int64_t id = 1; (err = store_copy_address(check->copy, &row)) == SH_OK; id++) {
        struct place where = place_of("address", row.id == id ? "text" : "id", id);
        if (row.id != id) {
            return differ(check, &where, "no row has this number");
        }
        if (address_parse(row.key, &address) != SH_OK) {
            return differ(check, &where, "it is no address");
        }
    }
    SH_CHECK(err == SH_E_EMPTY, err);
    for (int64_t id = 1; (err = store_copy_seat(check->copy, &row)) == SH_OK; id++) {
        struct place where = place_of("seat", "id", id);
        if (row.id != id) {
            return differ(check, &where, "no row has this number");
        }
    }
    return err == SH_E_EMPTY ? SH_OK : err;
}

static sh_err check_small(struct check *check)
{
    SH_TRY(store_copy_count(check->copy, &check->counts));
    if (check->counts.repeated) {
        struct place where = {.table = "address", .column = "text", .row = "two"};
        return differ(check, &where, "an address, or a seat in the table seat, stands twice");
    }
    SH_TRY(check_interned(check));
    return read_meta(check);
}

static sh_err check_all(struct check *check)
{
    struct sh_why why = {0};
    sh_err err = store_copy_check_file(check->copy, &why);
    if (err == SH_E_CORRUPT) {
        struct place where = {.table = "file", .column = "pages", .row = "whole"};
        return differ(check, &where, "%.200s", why.text);
    }
    SH_TRY(err);
    SH_TRY(check_small(check));
    SH_TRY(check_lost(check));
    SH_TRY(check_tree(check));
    if (!check->order->tree_only) {
        SH_TRY(check_rows(check));
        SH_TRY(check_missing(check));
    }
    return check_meta_sums(check);
}

static void end_check(struct check *check)
{
    buf_wipe(&check->checkpoint);
    store_copy_close(&check->copy);
}

sh_err check_database(const struct check_order *order, struct check_result *out, struct sh_why *why)
{
    struct check_result result = {0};
    SH_DEFER(end_check)
    struct check check = {
        .order = order, .result = &result, .checkpoint = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    SH_TRY(store_copy_open(order->path, &check.copy, why));
    sh_err err = check_all(&check);
    if (err == SH_E_CORRUPT) {
        struct place where = {.table = "file", .column = "pages", .row = "whole"};
        err = differ(&check, &where, "SQLite cannot read a row of it");
    }
    SH_CHECK(err == SH_OK || (err == SH_E_PROOF && result.differs), err);
    *out = result;
    return SH_OK;
}
