/* Counters, each written by one thread and read by any: the one exception to 'no shared state', and
 * nothing is decided by them. Shown as OpenMetrics text on the control socket (control.h). */
#pragma once

#include <stdint.h>

/* X(name, type, help) */
#define CORE_STATS(X)                                                                              \
    X(frames, counter, "Frames received from the gate")                                            \
    X(accepted, counter, "Messages accepted")                                                      \
    X(repeated, counter, "Messages that were sent again and answered as before")                   \
    X(refused, counter, "Messages and receipts refused")                                           \
    X(deferred, counter, "Answers of not now")                                                     \
    X(delivered, counter, "DELIVERED receipts stored")                                             \
    X(opened, counter, "OPENED receipts stored")                                                   \
    X(unreadable, counter, "UNREADABLE receipts stored")                                           \
    X(groups, counter, "Transactions committed")                                                   \
    X(leaves, gauge, "Size of the log")                                                            \
    X(published, gauge, "Size of the log as last published")                                       \
    X(witnesses_wanted, gauge, "Witnesses that the policy names")                                  \
    X(witnesses_current, gauge, "Those of them that cosigned the log lately")                      \
    X(witness_lines, gauge, "Cosignatures on the checkpoint as last published")                    \
    X(witness_alarm, gauge, "1 while fewer witnesses are current than the policy asks for")        \
    X(sessions, gauge, "Connections that collect mail")                                            \
    X(waiting_messages, gauge, "Messages that wait for a seat")                                    \
    X(waiting_notices, gauge, "Notices that wait for a seat")                                      \
    X(gate_restarts, counter, "Times that a gate connected")                                       \
    X(directory_serial, gauge, "Serial of the directory in use")                                   \
    X(directory_expires_seconds, gauge, "When the directory in use expires, seconds since 1970")   \
    X(directory_half_gone, gauge,                                                                  \
      "1 when half of the directory's validity is over: publish a new one")                        \
    X(restoring, gauge, "1 while an older copy is in place and nobody has accepted what is lost")  \
    X(offered_again, counter, "Messages of a lost log that were offered again")                    \
    X(clock_alarm, gauge, "1 while the clock is not trusted and nothing is accepted")              \
    X(overdue, counter, "Clocks that ran out")                                                     \
    X(cover_called, counter, "Times that a cover desk was called")                                 \
    X(calendar_alarm, gauge, "1 when a clock ran past the end of a calendar: fetch newer ones")    \
    X(reload_failures, counter, "Reloads of directory or policy that failed")

struct stats {
#define X(name, type, help) _Atomic uint64_t name;
    CORE_STATS(X)
#undef X
};
