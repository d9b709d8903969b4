/* The keys that connected last, in a small file that outlives a crash, and how they are let in
 * again after two crashes in a minute: one at a time, because one of them may have brought the gate
 * down (PITFALLS Z5), and once it is in without harm it is no suspect any more. Everybody else
 * comes in as usual. Few and quick enough that all are served again within 2 s (docs/decisions/
 * 0013-cautious-gate.md). The file holds public keys only. The ZAP thread alone. */
#pragma once

#include "base/bytes.h"
#include "gate/key_list.h"

#define RECENT_KEYS_MAX    8u
#define RECENT_INTERVAL_MS 150

struct recent; /* opaque */

/* Opens or makes the file. cautious: the keys in it are suspects from now on. Gives *out:
 * recent_close(). SH_E_IO. */
SH_MUST_USE sh_err recent_open(const char *path, bool cautious, struct recent **out,
                               struct sh_why *why);
void recent_close(struct recent **recent);
/* How long the caller is to wait before it lets this key in: 0, or for a suspect the time until
 * RECENT_INTERVAL_MS after the suspect before it. Its turn is taken by asking. now_ms: any clock
 * that runs forward. */
int64_t recent_delay_ms(struct recent *recent, const uint8_t key[CURVE_KEY_BYTES], int64_t now_ms);
/* Remembers a key that was let in. A disk that is full costs the memory, not the connection. */
void recent_note(struct recent *recent, const uint8_t key[CURVE_KEY_BYTES]);
