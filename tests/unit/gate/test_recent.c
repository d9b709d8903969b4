#include "base/cleanup.h"
#include "gate/recent.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct temp_dir dir;
static char path[PATH_MAX + 16];

static void setup(void)
{
    temp_dir_make(&dir);
    (void)snprintf(path, sizeof path, "%s/gate.recent", dir.path);
}

static void teardown(void)
{
    temp_dir_remove(&dir);
}

TestSuite(recent, .init = setup, .fini = teardown);

static struct recent *open_recent(bool cautious)
{
    struct recent *recent = NULL;
    struct sh_why why = {0};
    cr_assert_eq(recent_open(path, cautious, &recent, &why), SH_OK, "%s", why.text);
    return recent;
}

/* A gate that let in keys 1 to `len` and then died. */
static void live_and_die(uint8_t len)
{
    SH_DEFER(recent_close) struct recent *recent = open_recent(false);
    for (uint8_t i = 1; i <= len; i++) {
        const uint8_t key[CURVE_KEY_BYTES] = {i};
        recent_note(recent, key);
    }
}

Test(recent, without_caution_everybody_enters_at_once)
{
    live_and_die(3);
    SH_DEFER(recent_close) struct recent *recent = open_recent(false);
    for (uint8_t i = 0; i < 5; i++) {
        const uint8_t key[CURVE_KEY_BYTES] = {i};
        cr_expect_eq(recent_delay_ms(recent, key, 0), 0);
    }
}

Test(recent, with_caution_the_last_keys_enter_one_at_a_time_and_others_as_usual)
{
    live_and_die(2);
    SH_DEFER(recent_close) struct recent *recent = open_recent(true);
    const uint8_t one[CURVE_KEY_BYTES] = {1};
    const uint8_t two[CURVE_KEY_BYTES] = {2};
    const uint8_t other[CURVE_KEY_BYTES] = {3};
    cr_assert_eq(recent_delay_ms(recent, one, 50), 0);
    cr_assert_eq(recent_delay_ms(recent, other, 50), 0);
    cr_assert_eq(recent_delay_ms(recent, two, 60), RECENT_INTERVAL_MS - 10);
    cr_assert_eq(recent_delay_ms(recent, one, 61), 0, "it did no harm");
}

Test(recent, only_the_last_keys_are_remembered)
{
    live_and_die(RECENT_KEYS_MAX + 1);
    SH_DEFER(recent_close) struct recent *recent = open_recent(true);
    const uint8_t first[CURVE_KEY_BYTES] = {1};
    const uint8_t second[CURVE_KEY_BYTES] = {2};
    const uint8_t last[CURVE_KEY_BYTES] = {RECENT_KEYS_MAX + 1};
    cr_assert_eq(recent_delay_ms(recent, second, 0), 0); /* a suspect: takes this turn */
    cr_assert_eq(recent_delay_ms(recent, last, 0), RECENT_INTERVAL_MS);
    cr_assert_eq(recent_delay_ms(recent, first, 0), 0); /* forgotten: enters as usual */
}

Test(recent, a_file_that_cannot_be_made_is_an_error_with_its_path)
{
    struct recent *recent = NULL;
    struct sh_why why = {0};
    cr_assert_eq(recent_open("/nonexistent/gate.recent", true, &recent, &why), SH_E_IO);
    cr_assert(strstr(why.text, "/nonexistent/gate.recent"));
    cr_assert_null(recent);
}
