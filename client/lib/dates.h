/* This computer's clock and the dates of this seat's certificate. A wrong clock makes a good
 * certificate look expired, and a good directory too, so a person is told which of the two it is.
 * One thread. */
#pragma once

#include "client/state.h"

/* Before anything is opened with this seat: a clock that stands before the seat's certificate was
 * made is wrong, whatever else. SH_E_BAD_TIME. */
SH_MUST_USE sh_err dates_check_clock(int64_t now_ms, const struct certificate *cert,
                                     struct sh_why *why);
/* Before anything is signed: SH_E_EXPIRED if the certificate has run out; SH_E_BAD_TIME if only
 * this computer's clock says so, and a relay that can be reached does not. */
SH_MUST_USE sh_err dates_check_certificate(struct sh_client *client, struct sh_why *why);
/* Over an open connection, before messages are sent: SH_E_CLOCK if this computer's clock is so far
 * from the relay's that it would refuse them for their time. */
SH_MUST_USE sh_err dates_check_sending(struct sh_client *client, struct sh_why *why);
/* Over an open connection: a difference that does no harm yet is a warning. */
void dates_warn(struct sh_client *client);
/* The directory is too old: SH_E_EXPIRED with the reason, or SH_E_BAD_TIME if the relay that we
 * are connected to, if any, has another time. */
SH_MUST_USE sh_err dates_blame_directory(struct sh_client *client, struct sh_why *why);
