#include "base/random.h"

#include <criterion/criterion.h>

Test(base, ids_and_hashes_do_not_repeat)
{
    struct sh_id a, b;
    struct sh_hash c, d;
    cr_assert_eq(random_id(&a), SH_OK);
    cr_assert_eq(random_id(&b), SH_OK);
    cr_assert_eq(random_hash(&c), SH_OK);
    cr_assert_eq(random_hash(&d), SH_OK);
    cr_assert_not(id_equal(&a, &b));
    cr_assert_not(hash_equal(&c, &d));
}

/* More than the kernel gives in one call that a signal may cut short (256 bytes). */
Test(base, every_byte_of_a_large_request_is_filled)
{
    static uint8_t bytes[100000];
    size_t counts[256] = {0};
    cr_assert_eq(random_fill(bytes, sizeof bytes), SH_OK);
    for (size_t i = 0; i < sizeof bytes; i++) {
        counts[bytes[i]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        cr_assert(counts[i] > 200 && counts[i] < 600, "%zu: %zu", i, counts[i]);
    }
    for (size_t i = 0; i + 64 <= sizeof bytes; i += 64) {
        static const uint8_t zeros[64];
        cr_assert_neq(memcmp(bytes + i, zeros, 64), 0);
    }
}

Test(base, a_request_for_nothing_is_granted)
{
    cr_assert_eq(random_fill(NULL, 0), SH_OK);
}
