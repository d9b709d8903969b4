/* The checks that directory_file_decode() and directory_file_encode() share, so that the publisher
 * never signs what a client would refuse. Internal to wire/. Pure; any thread. */
#pragma once

#include "wire/directory.h"

/* Grammar of addresses, codes and sectors (SH_E_BAD_ADDRESS), lengths (SH_E_TOO_BIG, SH_E_FORMAT),
 * times (SH_E_BAD_TIME), order and repeats (SH_E_FORMAT). */
SH_MUST_USE sh_err directory_file_check(const struct directory_file *in);
