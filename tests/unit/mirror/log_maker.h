/* A log such as a relay writes it, as large as a test wants, and the same every time: referrals
 * that are delivered, opened, acknowledged, decided, contested or forgotten. It gives pages as they
 * would come from a relay, each with a checkpoint of its own. */
#pragma once

#include "audit/mirror.h"

struct log_maker; /* opaque */

struct log_maker *log_maker_new(uint32_t seed);
void log_maker_free(struct log_maker **maker);
/* The next page of `len` entries. Borrowed until the next call. */
void log_maker_page(struct log_maker *maker, size_t len, struct mirror_page *out);
/* The log's key, which signed each page's checkpoint if `sign` was set. */
const struct note_verifier *log_maker_verifier(const struct log_maker *maker);
/* As many entries as make `size`, into the mirror. */
void log_maker_fill(struct log_maker *maker, struct mirror *mirror, uint64_t size);
/* From now on openings of this page on are destroyed. */
void log_maker_destroy_openings(struct log_maker *maker, bool destroy);
