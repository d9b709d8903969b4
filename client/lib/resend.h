/* Words of an earlier message for a desk that has not had them: a sender sends again what was
 * redirected, and a desk that redirects a referral passes it on. The earlier message travels
 * enclosed, with what it encloses itself, so that the new reader sees who wrote what, and when. */
#pragma once

#include "client/sending.h"

/* See sh_client_resend(). Gives *out_json, a list of one; also with an error, as sending_run(). */
SH_MUST_USE sh_err resend_run(struct sh_client *client, const char *id,
                              const struct sh_client_send *how, json_t **out_json,
                              struct sh_why *why);
/* The redirect of a referral, and the referral for the desk that the redirect names, stored in one
 * transaction: see SH_CLIENT_PASS_ON. `order` is the redirect's. Gives *out_json, a list of two. */
SH_MUST_USE sh_err resend_pass_on(struct sh_client *client, const struct sending_order *order,
                                  json_t **out_json, struct sh_why *why);
