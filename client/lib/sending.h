/* Sending as a caller sees it: documents in, results out; duplicates known again; whom to telephone
 * if it matters. */
#pragma once

#include "client/outbox.h"

/* The same document is the same message for so long, unless SH_CLIENT_AGAIN asks for another. */
#define SENDING_AGAIN_AFTER_MS SH_DAY_MS

/* The documents and how they are to go. */
struct sending_order {
    const struct sh_client_document *documents;
    size_t documents_len;
    const struct sh_client_send *how; /* NULL: as they are */
    const char *verb;                 /* NULL: messages of their own */
    const char *message_id;           /* answered, with verb */
    const struct draft_order *drafts; /* in place of documents: all of them are sent, or none */
    size_t drafts_len;
    bool many; /* bad ones are listed, and do not keep the good ones back */
};

/* Gives *out_json, a list with one result for each message; also with an error, as far as there is
 * something to tell. The error is the worst of them: what the relay refused, what was wrong with a
 * document, what still waits. */
SH_MUST_USE sh_err sending_run(struct sh_client *client, const struct sending_order *order,
                               json_t **out_json, struct sh_why *why);
/* The result for a message of the vault, as sh_client_send() gives it. */
SH_MUST_USE sh_err sending_result(struct sh_client *client, const struct vault_message *message,
                                  json_t **out);
