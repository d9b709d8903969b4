/* What systemd wants to hear, as the one datagram that it is; without systemd nothing happens. */
#pragma once

/* state: such as "READY=1". Sent to $NOTIFY_SOCKET, if there is one. */
void notify_service_manager(const char *state);
