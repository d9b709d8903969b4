/* The floor: what no relay of this design can do without, measured by itself in the same run. CPU
 * microseconds of one operation. */
#pragma once

#include "letters.h"

/* One ECDSA P-256 signature over a header's hash verified. */
double floor_verify_us(const struct town *town, size_t count);
/* One SUBMIT frame taken in and sent back under CURVE by a process that does nothing else, with as
 * many in flight over as many connections as the load has: that process's CPU. */
double floor_echo_us(struct bytes frame, size_t count, size_t in_flight);
/* The rows of one accepted message inserted: message with its envelope, a queue row for each of the
 * hub's seats, leaf with its opening; 256 messages a durable commit. Nothing is read, hashed,
 * indexed or checked. */
double floor_insert_us(const char *folder, const struct letter *like, size_t count);

/* The other process of floor_echo_us(): never returns. */
void floor_echo_serve(const char *endpoint, const char *secret_hex) __attribute__((noreturn));
