/* What the tests of certs/ share: a seat's request with its keys, an authority in a temporary
 * folder with fixed passphrases, PEM files, and running a program. Everything aborts the test if it
 * cannot do its work. */
#pragma once

#include "certs/authority.h"
#include "support/pki.h"
#include "support/temp.h"

/* A request as a seat would make it, parsed. */
struct request {
    struct key *sign, *seal;
    uint8_t curve_key[32];
    struct buf pem;
    struct csr_pair pair;
};
void request_make(struct request *out, const char *address);
void request_free(struct request *request); /* a destructor */

/* An authority for "Exampleshire" with the sectors school and police; keys are made with scrypt p
 * = 1. */
struct office {
    struct temp_dir temp;
    char dir[PATH_MAX];
    struct ca_setup setup;
    const char *passphrases[CA_ROLES];
    bool has_new; /* any passphrase for a new key was asked for */
};
void office_make(struct office *office);
void office_free(struct office *office);                        /* a destructor */
void office_open(const struct office *office, struct ca **out); /* ca_open() that must succeed */
sh_err office_ask(void *ctx, enum ca_role role, bool is_new, struct secret *out,
                  struct sh_why *why);
/* One seat issued and committed. */
void office_issue(const struct office *office, const struct request *request,
                  struct issued_seat *out);

void write_pem(const char *dir, const char *name, const struct certificate *cert);
void write_text(const char *dir, const char *name, const char *text);
/* Runs a shell line made from the format; gives its exit code. Output goes to DIR/output. */
int run_in(const char *dir, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* True if DIR/output contains the text. */
bool output_has(const char *dir, const char *text);
