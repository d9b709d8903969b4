/* What a loaded directory is made of. Inside directory/ only. */
#pragma once

#include "base/arena.h"
#include "directory/directory.h"

#include <stdatomic.h>

/* An index by 32 bytes (a hash, a CURVE key): filled, then sorted once, then searched. */
struct index_entry {
    const uint8_t *key; /* 32 bytes that live as long as the directory */
    const void *value;
};

struct index {
    struct index_entry *entries;
    size_t len, cap;
};

/* Room for cap entries from the arena. SH_E_NOMEM. */
SH_MUST_USE sh_err index_init(struct index *index, struct arena *arena, size_t cap);
/* SH_E_BUG past cap. */
SH_MUST_USE sh_err index_add(struct index *index, const uint8_t key[32], const void *value);
/* SH_E_DUPLICATE_KEY if a key stands twice; *out_value: what the second one belongs to. */
SH_MUST_USE sh_err index_sort(struct index *index, const void **out_value);
/* NULL if there is none. */
const void *index_find(const struct index *index, const uint8_t key[32]);

struct directory {
    atomic_size_t owners;
    struct arena *arena; /* everything below but the certificates and the trust */
    struct bytes signed_bytes;
    struct directory_file file;
    struct trust *trust;
    struct certificate **certificates; /* owned: every one that was parsed */
    size_t certificates_len, certificates_max;

    struct seat *seats; /* live, ascending by address, then by hash */
    size_t seats_len;
    const struct seat **seat_pointers; /* the same; a desk has a piece of it */
    struct desk *desks;                /* ascending by address */
    size_t desks_len;

    struct index seats_by_hash, seats_by_curve; /* of struct seat */
    struct index certificates_by_hash; /* sign certificates, also of seats that are not live */
    /* What must never stand twice, over all sectors; the values are addresses or names, for the
     * message. */
    struct index keys, serials, curve_keys;
};

/* What loading needs beside the directory. */
struct load {
    struct directory *d;
    struct certificate *root; /* borrowed */
    int64_t now_ms, grace_ms;
    struct sh_why *why;
};

/* Parses a certificate into d->certificates, holds it to its profile and enters key and serial
 * among those that must not stand twice. owner: for error texts, lives as long as the directory. */
SH_MUST_USE sh_err load_certificate(struct load *load, struct bytes der,
                                    enum certificate_profile profile, const char *owner,
                                    struct certificate **out);
/* Seats, desks and their indexes, from d->file under d->trust. */
SH_MUST_USE sh_err load_seats(struct load *load);
SH_MUST_USE sh_err load_desks(struct load *load);
/* The chain of a certificate of a seat or desk. *out_live: false if it is revoked, or expired for
 * longer than the grace. Any other failure is one of the whole directory. */
SH_MUST_USE sh_err load_check_chain(struct load *load, const struct certificate *cert,
                                    const struct address *address, bool *out_live);
