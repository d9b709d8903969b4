/* directory.proto: the signed file. Same refusals and ownership as wire/envelope.h; lists must be
 * sorted as the schema says. Pure; any thread. Who signed it and what its certificates are worth is
 * directory/'s. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

/* What an arena must allow to decode the largest directory; it takes only what a given one needs.
 */
#define SH_DIRECTORY_ARENA_BYTES (10u * SH_DIRECTORY_BYTES_MAX)
#define SH_DIRECTORY_ARENA_COUNT 4000000u

struct signed_directory {
    struct bytes directory; /* as signed */
    struct bytes signature;
    struct bytes certificate;
};

struct directory_authority {
    const char *sector;
    struct bytes certificate;
};

struct directory_organisation {
    const char *code, *name;
    const char *telephone, *hours, *closed_on; /* NULL if absent */
    const char *const *successors;
    size_t successors_len;
};

struct directory_desk {
    struct address address;
    const char *name, *telephone, *hours; /* NULL if absent */
    const struct address *cover;
    size_t cover_len;
    struct bytes recovery; /* empty if absent */
};

struct directory_seat {
    struct address address;
    struct bytes sign_certificate, seal_certificate;
};

struct directory_relay {
    const char *endpoint;
    uint8_t curve_key[32];
};

enum key_use {
    KEY_LOG = 1,
    KEY_WITNESS = 2,
};

struct directory_key {
    enum key_use use;
    const char *vkey;
    int64_t not_before_ms;
};

struct directory_file {
    uint64_t serial;
    const char *partnership;
    int64_t created_at_ms, expires_at_ms;
    const struct directory_authority *authorities;
    size_t authorities_len;
    const struct bytes *crls;
    size_t crls_len;
    const struct directory_organisation *organisations;
    size_t organisations_len;
    const struct directory_desk *desks;
    size_t desks_len;
    const struct directory_seat *seats;
    size_t seats_len;
    const struct directory_relay *relays;
    size_t relays_len;
    const struct directory_key *keys;
    size_t keys_len;
};

SH_MUST_USE sh_err signed_directory_decode(struct bytes in, struct arena *arena,
                                           struct signed_directory *out);
SH_MUST_USE sh_err signed_directory_encode(const struct signed_directory *in, struct buf *out);
SH_MUST_USE sh_err directory_file_decode(struct bytes in, struct arena *arena,
                                         struct directory_file *out);
SH_MUST_USE sh_err directory_file_encode(const struct directory_file *in, struct buf *out);
