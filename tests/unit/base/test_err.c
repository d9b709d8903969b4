#include "base/err.h"

#include <criterion/criterion.h>

struct error {
    sh_err code;
    const char *word;
    const char *sentence;
};

static const struct error ERRORS[] = {
#define X(name, number, class, word, sentence) {SH_E_##name, word, sentence},
    SH_ERRORS(X)
#undef X
};
enum { ERRORS_LEN = sizeof ERRORS / sizeof ERRORS[0] };

Test(base, every_error_is_known_and_has_a_word_of_its_own)
{
    for (size_t i = 0; i < ERRORS_LEN; i++) {
        cr_assert(sh_err_known((uint32_t)ERRORS[i].code));
        cr_assert_str_eq(sh_err_word(ERRORS[i].code), ERRORS[i].word);
        for (size_t k = 0; k < i; k++) {
            cr_assert_str_neq(ERRORS[i].word, ERRORS[k].word);
        }
    }
}

Test(base, every_error_has_half_a_sentence_without_a_full_stop)
{
    for (size_t i = 0; i < ERRORS_LEN; i++) {
        const char *sentence = sh_err_sentence(ERRORS[i].code);
        cr_assert_str_eq(sentence, ERRORS[i].sentence);
        size_t len = strlen(sentence);
        cr_assert(len > 5 && sentence[len - 1] != '.', "%s", sentence);
        cr_assert_not(sentence[0] >= 'A' && sentence[0] <= 'Z', "%s", sentence);
    }
}

Test(base, an_error_of_each_class_is_in_it)
{
    cr_assert_eq(sh_err_class(SH_OK), SH_CLASS_OK);
    cr_assert_eq(sh_err_class(SH_E_STALE_SEATS), SH_CLASS_REJECT);
    cr_assert_eq(sh_err_class(SH_E_NOMEM), SH_CLASS_DEFER);
    cr_assert_eq(sh_err_class(SH_E_DISK_FULL), SH_CLASS_DEFER);
    cr_assert_eq(sh_err_class(SH_E_STORE), SH_CLASS_FATAL);
}

Test(base, an_unknown_number_is_fatal_and_not_known)
{
    cr_assert_eq(sh_err_class((sh_err)9999), SH_CLASS_FATAL);
    cr_assert_str_eq(sh_err_word((sh_err)9999), "unknown");
    cr_assert_not(sh_err_known(0));
    cr_assert_not(sh_err_known(9999));
    cr_assert_not(sh_err_known(UINT32_MAX));
}

Test(base, a_failure_carries_its_text_and_its_code)
{
    struct sh_why why = {""};
    cr_assert_eq(sh_fail(&why, SH_E_IO, "cannot open %s", "x"), SH_E_IO);
    cr_assert_str_eq(why.text, "cannot open x");
    cr_assert_eq(sh_fail(NULL, SH_E_IO, "nobody %s", "asks"), SH_E_IO);
}

Test(base, a_text_that_is_too_long_is_cut_not_overrun)
{
    struct sh_why why;
    cr_assert_eq(sh_fail(&why, SH_E_IO, "%2000d", 7), SH_E_IO);
    cr_assert_eq(strlen(why.text), sizeof why.text - 1);
}

static sh_err try_and_go_on(sh_err inner, bool *went_on)
{
    SH_TRY(inner);
    *went_on = true;
    SH_CHECK(*went_on, SH_E_BUG);
    return SH_OK;
}

Test(base, try_returns_an_error_and_passes_success)
{
    bool went_on = false;
    cr_assert_eq(try_and_go_on(SH_E_BUSY, &went_on), SH_E_BUSY);
    cr_assert_not(went_on);
    cr_assert_eq(try_and_go_on(SH_OK, &went_on), SH_OK);
    cr_assert(went_on);
}
