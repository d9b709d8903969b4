/* A partnership with a relay in memory and enrolled homes on disk, for tests of the client.
 *     0 dsl@999001.school, the lead     4 edt@999.social-care, cover of mash
 *     1 dsl@999001.school, the deputy   5 encompass@exampleshire.police
 *     2 mash@999.social-care            6 dsl@999002.school
 *     3 managers@999.social-care        7 head@999001.school */
#pragma once

#include "client/state.h"
#include "mock_relay.h"
#include "support/temp.h"

enum { LEAD, DEPUTY, MASH, MANAGERS, EDT, POLICE, SECOND, HEAD, SEATS };

struct fixture {
    struct temp_dir dir;
    struct pki pki;
    struct mock_relay relay;
    unsigned asked; /* how often a passphrase was asked for */
};

#define FIXTURE_PASSPHRASE "correct horse battery staple"

void fixture_make(struct fixture *fixture);
void fixture_wipe(struct fixture *fixture); /* a destructor */
/* The home of a seat, made at the first call. out: PATH_MAX bytes. */
void fixture_home(struct fixture *fixture, size_t seat, char *out);
/* A client of a seat. Close it with sh_client_close(). Aborts if it cannot. */
struct sh_client *fixture_client(struct fixture *fixture, size_t seat);
/* The same, with what it says. */
sh_err fixture_open(struct fixture *fixture, size_t seat, struct sh_client **out,
                    struct sh_why *why);
/* A passphrase callback; ctx is the fixture. */
int fixture_passphrase(void *ctx, char *out, size_t out_len);

/* ---- JSON in and out ---- */

/* A document of tests/cases as text. Gives it: free(). */
char *fixture_case(const char *name, size_t position);
/* A referral from the first school to mash, of one child; `words` make it another document. Gives
 * it: free(). */
char *fixture_referral(const char *words, const char *urgency);
/* Calls and parses; the JSON may be NULL. Each gives *out: json_decref(). */
int fixture_send(struct sh_client *client, const char *document, json_t **out);
int fixture_answer(struct sh_client *client, const char *verb, const char *id, const char *document,
                   json_t **out);
int fixture_sync(struct sh_client *client, json_t **out);
int fixture_show(struct sh_client *client, const char *id, json_t **out);
int fixture_track(struct sh_client *client, const char *id, json_t **out);
int fixture_inbox(struct sh_client *client, json_t **out);
int fixture_sent(struct sh_client *client, json_t **out);
/* "message_id" of a result, or of the nth entry of a list. */
const char *fixture_id(const json_t *result);
const char *fixture_text(const json_t *object, const char *key);
/* How often a fact of this word stands in "facts", and whether all of these are verified. */
size_t fixture_facts(const json_t *tracked, const char *word, bool *out_verified);
/* Sends as one seat and collects as another: gives the message's id, static storage is not used:
 * out has 33 bytes. */
void fixture_deliver(struct fixture *fixture, const char *document, size_t from, size_t to,
                     char *out_id);
