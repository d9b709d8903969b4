/* To whom a message goes: desks and what each is to it, then every live seat of each, from the
 * directory. */
#pragma once

#include "client/thread.h"

struct addressee {
    struct address address;
    enum role role;
};

struct addressees {
    struct addressee list[SH_DESKS_MAX];
    size_t len;
};

/* The first role that a desk was given stays. SH_E_TOO_BIG past SH_DESKS_MAX. */
SH_MUST_USE sh_err addressees_add(struct addressees *to, const struct address *address,
                                  enum role role);
bool addressees_have(const struct addressees *to, const struct address *address);

/* What comes of them: for facts and for sealing. Borrows the arena and the directory. */
struct seating {
    const struct recipient *recipients; /* ascending by address */
    size_t recipients_len;
    const struct certificate **seal_certs;
    size_t seal_certs_len;
};

struct seating_order {
    const struct directory *directory;
    const struct address *own;      /* our desk */
    const struct sh_hash *own_seat; /* the sending one */
    const struct thread *thread;    /* that it goes into; NULL: none yet */
    bool not_to_own_desk;           /* then no colleague's seat, and not the key that they share */
    bool urgent; /* then cover desks of the `act` ones are added, sealed to from the start */
};

/* Adds our own desk, and cover. SH_E_UNKNOWN_DESK, SH_E_NO_LIVE_SEAT, SH_E_TOO_BIG; which desk in
 * *why. */
SH_MUST_USE sh_err addressees_seat(const struct addressees *to, const struct seating_order *order,
                                   struct arena *arena, struct seating *out, struct sh_why *why);
