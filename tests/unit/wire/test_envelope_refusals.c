#include "base/cleanup.h"
#include "spoil.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

struct envelope_case {
    const char *name;
    void (*spoil)(Safehand__Envelope *pb);
    sh_err expected;
};

static void version_2(Safehand__Envelope *pb)
{
    pb->version = 2;
}
static void unknown_field(Safehand__Envelope *pb)
{
    add_unknown_field(&pb->base);
}
static void unknown_field_in_batch(Safehand__Envelope *pb)
{
    add_unknown_field(&pb->batch->base);
}
static void header_empty(Safehand__Envelope *pb)
{
    pb->header.len = 0;
}
static void header_at_most(Safehand__Envelope *pb)
{
    pb->header = zero_bytes(SH_HEADER_BYTES_MAX);
}
static void header_too_long(Safehand__Envelope *pb)
{
    pb->header = zero_bytes(SH_HEADER_BYTES_MAX + 1);
}
static void sealed_at_most(Safehand__Envelope *pb)
{
    pb->sealed = zero_bytes(SH_SEALED_INLINE_BYTES_MAX);
}
static void sealed_too_long(Safehand__Envelope *pb)
{
    pb->sealed = zero_bytes(SH_SEALED_INLINE_BYTES_MAX + 1);
}
static void signature_empty(Safehand__Envelope *pb)
{
    pb->signature.len = 0;
}
static void signature_73(Safehand__Envelope *pb)
{
    pb->signature = zero_bytes(SH_SIGNATURE_BYTES_MAX + 1);
}
static void batch_of_none(Safehand__Envelope *pb)
{
    pb->batch->size = 0;
}
static void batch_of_none_at_all(Safehand__Envelope *pb)
{
    pb->batch->size = 0;
    pb->batch->index = 0;
    pb->batch->n_path = 0;
}
static void batch_too_large(Safehand__Envelope *pb)
{
    pb->batch->size = SH_BATCH_MAX + 1;
}
static void batch_index_outside(Safehand__Envelope *pb)
{
    pb->batch->index = pb->batch->size;
}
static void batch_hash_31(Safehand__Envelope *pb)
{
    pb->batch->path[2].len = 31;
}
static void batch_path_13(Safehand__Envelope *pb)
{
    pb->batch->path = ascending_hashes(SH_BATCH_PATH_MAX + 1);
    pb->batch->n_path = SH_BATCH_PATH_MAX + 1;
}

static const struct envelope_case ENVELOPE_CASES[] = {
    {"version 2", version_2, SH_E_BAD_VERSION},
    {"unknown field", unknown_field, SH_E_NOT_CANONICAL},
    {"unknown field in the batch path", unknown_field_in_batch, SH_E_NOT_CANONICAL},
    {"no header", header_empty, SH_E_FORMAT},
    {"header at most", header_at_most, SH_OK},
    {"header too long", header_too_long, SH_E_TOO_BIG},
    {"sealed at most", sealed_at_most, SH_OK},
    {"sealed too long", sealed_too_long, SH_E_TOO_BIG},
    {"no signature", signature_empty, SH_E_FORMAT},
    {"signature of 73 bytes", signature_73, SH_E_FORMAT},
    {"batch of none", batch_of_none, SH_E_FORMAT},
    {"batch of none at all", batch_of_none_at_all, SH_E_FORMAT},
    {"batch too large", batch_too_large, SH_E_TOO_BIG},
    {"batch index outside", batch_index_outside, SH_E_FORMAT},
    {"batch hash of 31 bytes", batch_hash_31, SH_E_FORMAT},
    {"batch path of 13", batch_path_13, SH_E_TOO_BIG},
};

Test(wire, each_way_to_spoil_an_envelope_has_its_refusal)
{
    for (size_t i = 0; i < sizeof ENVELOPE_CASES / sizeof ENVELOPE_CASES[0]; i++) {
        const struct envelope_case *c = &ENVELOPE_CASES[i];
        SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_FRAME_BYTES_MAX);
        SH_DEFER(arena_free) struct arena *arena = arena_for_test();
        struct envelope out;
        cr_assert_eq(envelope_encode(sample_envelope(), &good), SH_OK);
        Safehand__Envelope *pb =
            unpack_raw(&safehand__envelope__descriptor, bytes_buf(&good), arena);
        c->spoil(pb);
        pack_raw(&pb->base, &bad);
        sh_err err = envelope_decode(bytes_buf(&bad), arena, &out);
        cr_assert_eq(err, c->expected, "%s: %s, not %s", c->name, sh_err_word(err),
                     sh_err_word(c->expected));
    }
}

static sh_err encode_envelope(const struct envelope *envelope)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    return envelope_encode(envelope, &out);
}

Test(wire, an_envelope_that_would_be_refused_is_not_sent)
{
    struct envelope e = *sample_envelope();
    e.header.len = 0;
    cr_assert_eq(encode_envelope(&e), SH_E_FORMAT);
    e = *sample_envelope();
    e.sealed.len = SH_SEALED_INLINE_BYTES_MAX + 1;
    cr_assert_eq(encode_envelope(&e), SH_E_TOO_BIG);
    e = *sample_envelope();
    e.batch.path_len = SH_BATCH_PATH_MAX + 1;
    cr_assert_eq(encode_envelope(&e), SH_E_TOO_BIG);
    e = *sample_envelope();
    e.batch.size = 0;
    cr_assert_eq(encode_envelope(&e), SH_E_FORMAT);
}
