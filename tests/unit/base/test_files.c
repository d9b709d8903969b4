#include "base/cleanup.h"
#include "base/files.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Path of `name` in the folder; overwritten by the next call. */
static const char *in(const struct temp_dir *dir, const char *name)
{
    static char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, dir->path, name), SH_OK);
    return path;
}

static size_t count_entries(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    cr_assert_not_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count - 2; /* . and .. */
}

Test(base, what_is_written_is_read)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100);
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_of("x\0y", 3), 0600, &why), SH_OK);
    cr_assert_eq(file_read(in(&dir, "a"), &content, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_of("x\0y", 3)));
}

Test(base, a_file_larger_than_a_chunk_is_read_whole)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100000);
    static uint8_t bytes[100000];
    struct sh_why why = {""};
    temp_dir_make(&dir);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_of(bytes, sizeof bytes), 0600, &why),
                 SH_OK);
    cr_assert_eq(file_read(in(&dir, "a"), &content, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_of(bytes, sizeof bytes)));
}

Test(base, reading_appends_and_stops_at_the_limit)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf enough = BUF_INIT(6);
    SH_DEFER(buf_wipe) struct buf small = BUF_INIT(2);
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("abc"), 0600, &why), SH_OK);
    cr_assert_eq(file_read(in(&dir, "a"), &enough, &why), SH_OK);
    cr_assert_eq(file_read(in(&dir, "a"), &enough, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&enough), bytes_str("abcabc")));
    cr_assert_eq(file_read(in(&dir, "a"), &small, &why), SH_E_TOO_BIG);
    cr_assert_not_null(strstr(why.text, dir.path));
}

Test(base, a_file_that_is_not_there_is_not_found)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100);
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_read(in(&dir, "none"), &content, &why), SH_E_NOT_FOUND);
    cr_assert_not_null(strstr(why.text, "none"));
}

Test(base, a_folder_is_not_read_as_a_file)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100);
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_read(dir.path, &content, &why), SH_E_IO);
    cr_assert_not_null(strstr(why.text, dir.path));
}

Test(base, a_file_is_replaced_and_nothing_is_left_beside_it)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100);
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("first, longer"), 0600, &why), SH_OK);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("second"), 0600, &why), SH_OK);
    cr_assert_eq(file_read(in(&dir, "a"), &content, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_str("second")));
    cr_assert_eq(count_entries(dir.path), 1);
}

Test(base, a_private_file_is_private)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    struct stat info;
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "key"), bytes_str("k"), 0600, &why), SH_OK);
    cr_assert_eq(stat(in(&dir, "key"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
}

Test(base, a_file_that_was_open_to_all_becomes_private_when_replaced)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    struct stat info;
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "key"), bytes_str("k"), 0644, &why), SH_OK);
    cr_assert_eq(file_write_atomic(in(&dir, "key"), bytes_str("k"), 0600, &why), SH_OK);
    cr_assert_eq(stat(in(&dir, "key"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
}

Test(base, a_file_that_cannot_be_written_leaves_the_old_one_and_no_rest)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(dir_make(in(&dir, "taken/inside"), 0700, &why), SH_OK);
    cr_assert_neq(file_write_atomic(in(&dir, "taken"), bytes_str("x"), 0600, &why), SH_OK);
    cr_assert_not_null(strstr(why.text, "taken"));
    cr_assert_eq(count_entries(dir.path), 1);
    cr_assert_eq(count_entries(in(&dir, "taken")), 1);
}

Test(base, a_file_in_a_folder_that_is_not_there_cannot_be_written)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_neq(file_write_atomic(in(&dir, "none/a"), bytes_str("x"), 0600, &why), SH_OK);
    cr_assert_not_null(strstr(why.text, "none/a"));
}

Test(base, a_write_that_fails_half_way_leaves_the_old_content)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(100);
    static uint8_t large[10000];
    struct sh_why why = {""};
    const struct rlimit most = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("old"), 0600, &why), SH_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_of(large, sizeof large), 0600, &why),
                 SH_E_DISK_FULL);
    cr_assert_not_null(strstr(why.text, "cannot write"));
    cr_assert_eq(file_read(in(&dir, "a"), &content, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&content), bytes_str("old")));
    cr_assert_eq(count_entries(dir.path), 1);
}

Test(base, a_link_planted_under_the_temporary_name_is_not_followed)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    struct stat info;
    char name[64];
    temp_dir_make(&dir);
    (void)snprintf(name, sizeof name, "a.%ld.new", (long)getpid());
    cr_assert_eq(symlink("/dev/full", in(&dir, name)), 0);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("x"), 0600, &why), SH_OK);
    cr_assert_eq(lstat(in(&dir, "a"), &info), 0);
    cr_assert(S_ISREG(info.st_mode));
}

Test(base, folders_are_made_with_their_parents_and_privately)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    struct stat info;
    temp_dir_make(&dir);
    cr_assert_eq(dir_make(in(&dir, "a/b/c"), 0700, &why), SH_OK);
    cr_assert_eq(stat(in(&dir, "a/b/c"), &info), 0);
    cr_assert(S_ISDIR(info.st_mode));
    cr_assert_eq(info.st_mode & 0777, 0700);
    cr_assert_eq(stat(in(&dir, "a"), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
    cr_assert_eq(dir_make(in(&dir, "a/b/c"), 0700, &why), SH_OK);
    cr_assert_eq(dir_make(in(&dir, "a/b/c/"), 0700, &why), SH_OK);
}

Test(base, a_folder_is_not_made_over_or_below_a_file)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    struct sh_why why = {""};
    temp_dir_make(&dir);
    cr_assert_eq(file_write_atomic(in(&dir, "a"), bytes_str("x"), 0600, &why), SH_OK);
    cr_assert_eq(dir_make(in(&dir, "a"), 0700, &why), SH_E_IO);
    cr_assert_eq(dir_make(in(&dir, "a/b"), 0700, &why), SH_E_IO);
    cr_assert_not_null(strstr(why.text, dir.path));
}

Test(base, paths_are_joined_if_they_fit)
{
    char out[8];
    cr_assert_eq(path_join(out, sizeof out, "abc", "def"), SH_OK);
    cr_assert_str_eq(out, "abc/def");
    cr_assert_eq(path_join(out, sizeof out, "abc", "defg"), SH_E_TOO_BIG);
}

Test(base, a_path_that_is_too_long_is_refused)
{
    static char path[2 * PATH_MAX];
    struct sh_why why = {""};
    memset(path, 'x', sizeof path - 1);
    cr_assert_eq(dir_make(path, 0700, &why), SH_E_TOO_BIG);
    cr_assert_eq(dir_make("", 0700, &why), SH_E_TOO_BIG);
    cr_assert_eq(file_write_atomic(path, bytes_str("x"), 0600, &why), SH_E_TOO_BIG);
}
