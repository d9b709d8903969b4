/* Every vector of the index against the real code: each is answered with its own word, and the
 * relay that was thrown all of them in a row still serves. */
#include "base/cleanup.h"
#include "office.h"
#include "run_vector.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char DIR_PATH[] = SH_TESTS_DIR "/vectors";

static const char *word_of(sh_err err)
{
    return err == SH_OK ? "ok" : sh_err_word(err);
}

/* All vectors of one reader; how many there were. */
static size_t run_all(const char *reader)
{
    SH_DEFER(vector_index_free) struct vector_index index;
    SH_DEFER(runner_close) struct runner runner;
    size_t count = 0;
    vector_index_read(DIR_PATH, &index);
    runner_open(&runner, DIR_PATH, &index);
    for (size_t i = 0; i < index.len; i++) {
        const struct vector *v = &index.rows[i];
        if (strcmp(v->reader, reader) != 0) {
            continue;
        }
        sh_err err = runner_run(&runner, v);
        cr_expect_str_eq(word_of(err), v->expected, "%s by %s (%s): %s, not %s", v->file, v->by,
                         v->what, word_of(err), v->expected);
        count++;
    }
    return count;
}

Test(vectors, a_relay_answers_every_frame_with_its_word)
{
    cr_assert_gt(run_all("relay-frame"), 60);
}

Test(vectors, a_relay_answers_every_envelope_with_its_word)
{
    cr_assert_gt(run_all("relay-submit"), 100);
}

Test(vectors, a_reader_finds_in_every_envelope_what_is_wrong_with_it)
{
    cr_assert_gt(run_all("reader-open"), 40);
    cr_assert_gt(run_all("reader-enclosure"), 3);
}

Test(vectors, receipts_and_statements_prove_what_they_say_and_nothing_else)
{
    cr_assert_gt(run_all("receipt"), 10);
    cr_assert_gt(run_all("statement"), 10);
}

Test(vectors, directories_are_loaded_or_refused_with_their_word)
{
    cr_assert_gt(run_all("directory"), 15);
}

Test(vectors, the_gates_let_one_form_through)
{
    cr_assert_gt(run_all("sealed-gate"), 15);
    cr_assert_gt(run_all("signed-gate"), 15);
}

/* ---- the corpus itself ---- */

Test(vectors, there_are_enough_of_them_and_none_is_of_an_unknown_word_or_reader)
{
    static const char *const readers[] = {"relay-frame",      "relay-submit", "reader-open",
                                          "reader-enclosure", "receipt",      "statement",
                                          "directory",        "sealed-gate",  "signed-gate"};
    SH_DEFER(vector_index_free) struct vector_index index;
    size_t refused = 0;
    vector_index_read(DIR_PATH, &index);
    for (size_t i = 0; i < index.len; i++) {
        const struct vector *v = &index.rows[i];
        bool known_word = strcmp(v->expected, "ok") == 0, known_reader = false;
        for (uint32_t code = 1; code < 256; code++) {
            known_word |= sh_err_known(code) && strcmp(sh_err_word((sh_err)code), v->expected) == 0;
        }
        for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++) {
            known_reader |= strcmp(readers[k], v->reader) == 0;
        }
        cr_expect(known_word, "%s: %s", v->file, v->expected);
        cr_expect(known_reader, "%s: %s", v->file, v->reader);
        refused += strcmp(v->expected, "ok") != 0;
    }
    cr_assert_geq(refused, 150);
}

static void check_folder(const struct vector_index *index, const char *reader, size_t *out_bytes)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", DIR_PATH, reader);
    DIR *folder = opendir(path);
    cr_assert_not_null(folder, "%s", path);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct stat info;
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", reader, entry->d_name);
        (void)vector_index_find(index, path);
        cr_assert_eq(fstatat(dirfd(folder), entry->d_name, &info, 0), 0);
        *out_bytes += (size_t)info.st_size;
    }
    (void)closedir(folder);
}

Test(vectors, no_file_is_missing_in_the_index_and_all_together_are_small)
{
    SH_DEFER(vector_index_free) struct vector_index index;
    size_t bytes = 0;
    vector_index_read(DIR_PATH, &index);
    for (size_t i = 0; i < index.len; i++) {
        char reader[sizeof index.rows[i].file];
        (void)snprintf(reader, sizeof reader, "%s", index.rows[i].file);
        *strchr(reader, '/') = '\0';
        bool first = true;
        for (size_t k = 0; k < i; k++) {
            first &= strncmp(index.rows[k].file, reader, strlen(reader)) != 0 ||
                     index.rows[k].file[strlen(reader)] != '/';
        }
        if (first) {
            check_folder(&index, reader, &bytes);
        }
    }
    cr_assert_gt(bytes, 100u * SH_KIB);
    cr_assert_lt(bytes, 3u * SH_MIB);
}

/* ---- the relay stays up ---- */

static uint64_t log_size(const struct runner *r)
{
    return book_size(r->relay.core->book);
}

/* One relay for all of them: what they have done to each other's threads changes the words, and
 * must change nothing else. Afterwards it accepts, proves and shows what it accepted before. */
Test(vectors, a_relay_that_was_thrown_all_of_them_still_serves)
{
    SH_DEFER(vector_index_free) struct vector_index index;
    SH_DEFER(runner_close) struct runner runner;
    size_t thrown = 0;
    vector_index_read(DIR_PATH, &index);
    runner_open(&runner, DIR_PATH, &index);
    const struct vector *first = vector_index_find(&index, "relay-submit/good-batch-first.bin");
    const struct vector *last = vector_index_find(&index, "relay-submit/good-batch-last.bin");
    cr_assert_eq(runner_throw(&runner, first), SH_OK);
    const uint64_t size = log_size(&runner);
    for (size_t i = 0; i < index.len; i++) {
        if (vector_is_for_relay(&index.rows[i]) && strcmp(index.rows[i].file, last->file) != 0) {
            (void)runner_throw(&runner, &index.rows[i]);
            thrown++;
        }
    }
    cr_assert_gt(thrown, 150);
    cr_assert_gt(log_size(&runner), size, "refusals of enrolled seats are in the log");
    const uint64_t before = log_size(&runner);
    cr_assert_eq(runner_throw(&runner, first), SH_OK, "a repeat gets its first answer");
    cr_assert_eq(log_size(&runner), before);
    cr_assert_eq(runner_throw(&runner, last), SH_OK);
    cr_assert_eq(log_size(&runner), before + 1);
    const struct frame *accepted = sent_to(&runner.relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(accepted);
    (void)must_verify(&runner.relay, &accepted->accepted.statement, LEAF_ACCEPTED);
}
