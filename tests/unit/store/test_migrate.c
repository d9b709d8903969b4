/* Schema steps, with steps of the test's own. */
#include "fixture.h"
#include "store/sqlite/migrate.h"

static void close_db(sqlite3 **db)
{
    (void)sqlite3_close(*db);
    *db = NULL;
}

static void open_db(struct fixture *f, sqlite3 **db)
{
    temp_dir_make(&f->dir);
    (void)snprintf(f->path, sizeof f->path, "%s/x.db", f->dir.path);
    cr_assert_eq(sqlite3_open(f->path, db), SQLITE_OK);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q = NULL;
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_step(q), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(q, 0);
    (void)sqlite3_finalize(q);
    return value;
}

static const char *const steps[] = {
    "CREATE TABLE a(x); INSERT INTO a VALUES(1)",
    "CREATE TABLE b(y); INSERT INTO b SELECT x + 1 FROM a",
};
static const char *const bad_steps[] = {
    "CREATE TABLE a(x); INSERT INTO a VALUES(1)",
    "CREATE TABLE b(y); INSERT INTO nowhere VALUES(1)",
};

Test(store_migrate, a_fresh_file_gets_every_step_and_no_backup)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    SH_DEFER(close_db) sqlite3 *db = NULL;
    open_db(&f, &db);
    must(migrate(db, f.path, steps, 2, NULL));
    cr_assert_eq(number(db, "SELECT y FROM b"), 2);
    cr_assert_eq(number(db, "PRAGMA user_version"), 2);
    char copy[sizeof f.path + 8];
    (void)snprintf(copy, sizeof copy, "%s.v0", f.path);
    cr_assert_neq(access(copy, F_OK), 0);
}

Test(store_migrate, an_older_one_is_copied_first_and_gets_the_rest)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    SH_DEFER(close_db) sqlite3 *db = NULL;
    SH_DEFER(close_db) sqlite3 *old = NULL;
    open_db(&f, &db);
    must(migrate(db, f.path, steps, 1, NULL));
    must(migrate(db, f.path, steps, 2, NULL));
    cr_assert_eq(number(db, "SELECT y FROM b"), 2);
    char copy[sizeof f.path + 8];
    (void)snprintf(copy, sizeof copy, "%s.v1", f.path);
    cr_assert_eq(sqlite3_open_v2(copy, &old, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    cr_assert_eq(number(old, "PRAGMA user_version"), 1);
    cr_assert_eq(number(old, "SELECT x FROM a"), 1);
    cr_assert_eq(number(old, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

Test(store_migrate, a_step_that_fails_changes_nothing)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    SH_DEFER(close_db) sqlite3 *db = NULL;
    open_db(&f, &db);
    must(migrate(db, f.path, bad_steps, 1, NULL));
    struct sh_why why = {""};
    cr_assert_eq(migrate(db, f.path, bad_steps, 2, &why), SH_E_STORE);
    cr_assert(strstr(why.text, "nowhere"));
    cr_assert_eq(number(db, "PRAGMA user_version"), 1);
    cr_assert_eq(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

Test(store_migrate, the_newest_is_left_alone)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    SH_DEFER(close_db) sqlite3 *db = NULL;
    open_db(&f, &db);
    must(migrate(db, f.path, steps, 2, NULL));
    must(migrate(db, f.path, steps, 2, NULL));
    cr_assert_eq(number(db, "SELECT count(*) FROM b"), 1);
}
