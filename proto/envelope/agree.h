/* Whether what is inside a message fits what its header says. Internal to envelope/: a sender asks
 * before he seals, a reader before he shows, and both must get the same answer. Pure; any thread.
 */
#pragma once

#include "crypto/certificate.h"
#include "wire/casework.h"
#include "wire/envelope.h"

/* Decoded headers and content of one message, and what is derived from them. */
#define AGREE_ARENA_BYTES_MAX (CONTENT_ARENA_BYTES + SH_UNPACK_BYTES_MAX)
#define AGREE_ARENA_COUNT_MAX (CONTENT_ARENA_COUNT + SH_UNPACK_COUNT_MAX)
/* Content, and room for a signature, its attributes and the signer's certificate. */
#define SIGNED_DATA_BYTES_MAX (SH_CONTENT_BYTES_MAX + 2u * SH_CERTIFICATE_BYTES_MAX)

struct agree_inside {
    const struct facts *facts;
    const json_t *casework;
    const struct enclosure *enclosures;
    size_t enclosures_len;
};

/* The certificate is the seat and desk that the facts name as the sender, and has the profile of a
 * sign certificate. SH_E_WRONG_SEAT, SH_E_WRONG_DESK, SH_E_BAD_CERTIFICATE. */
SH_MUST_USE sh_err agree_sender(const struct facts *facts, const struct certificate *cert,
                                struct sh_why *why);

/* The facts repeated inside are the header's; the codes and times that the casework implies are
 * those of the facts; `from`, `to` and `inform`, where the casework has them, name desks of the
 * header in that role; the enclosures are the ones listed. SH_E_HEADER_DISAGREES with the member in
 * *why; SH_E_BAD_CONTENT if the casework implies no facts. */
SH_MUST_USE sh_err agree_check(const struct facts *header, const struct agree_inside *inside,
                               struct arena *arena, struct sh_why *why);
