/* The ROUTER as every guard of PITFALLS B1 wants it: CURVE server, ZAP domain and its enforcement,
 * no identity handover, mandatory sends, small frames, short handshakes, heartbeats, no linger,
 * explicit high-water marks. Each option that libzmq lets us read is read back; if one did not
 * take, there is no socket. The self-test uses the very same one. */
#pragma once

#include "base/bytes.h"
#include "gate/key_list.h"

/* Hidden in libzmq 4.3's public header, honoured by the library (PITFALLS Z2). */
#define SOCKET_ZAP_ENFORCE_DOMAIN 93

/* curve_secret: the 32 raw bytes of an X25519 key. Gives *out, not yet bound: zmq_close().
 * SH_E_SELF_TEST names the option that did not take. */
SH_MUST_USE sh_err server_socket_open(void *context, struct bytes curve_secret, void **out,
                                      struct sh_why *why);
/* Reads the options back: SH_E_SELF_TEST if any is not what the table says. */
SH_MUST_USE sh_err server_socket_check(void *socket, struct sh_why *why);
