/* Whom to tell, from the policy's words to addresses. */
#include "policy/rules.h"

#include <stdio.h>

static void add_address(const struct address *address, struct told *out)
{
    for (size_t i = 0; i < out->len; i++) {
        if (address_equal(&out->desks[i], address)) {
            return;
        }
    }
    if (out->len < TOLD_MAX) {
        out->desks[out->len++] = *address;
    }
}

/* That desk at the organisation of `at`. */
static void add_desk(const char *desk, const struct address *at, struct told *out)
{
    struct address address;
    char text[SH_ADDRESS_BYTES_MAX + 1];
    const char *organisation = strchr(at->text, '@');
    int len = organisation ? snprintf(text, sizeof text, "%s%s", desk, organisation) : -1;
    if (len > 0 && (size_t)len < sizeof text && address_from(text, &address) == SH_OK) {
        add_address(&address, out);
    }
}

static void add_recipients(const struct facts *message, struct told *out)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        enum role role = message->recipients[i].role;
        if (role == ROLE_ACT || role == ROLE_INFORM) {
            add_address(&message->recipients[i].address, out);
        }
    }
}

void tell_add(const struct tellers *tellers, const struct facts *message,
              const struct address *owing, struct told *out)
{
    for (size_t i = 0; i < tellers->len; i++) {
        const struct teller *teller = &tellers->list[i];
        const struct address *at = teller->who == TELL_SENDER ? &message->from : owing;
        if (teller->who == TELL_ADDRESS) {
            add_address(&teller->address, out);
        } else if (teller->who == TELL_RECIPIENTS) {
            add_recipients(message, out);
        } else if (teller->desk) {
            add_desk(teller->desk, at, out);
        } else {
            add_address(at, out);
        }
    }
}
