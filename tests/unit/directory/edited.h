/* A directory file that pki_publish() signed, opened so that a test can make one thing in it wrong,
 * and signed again. */
#pragma once

#include "directory/directory.h"
#include "support/pki.h"

struct edited {
    struct arena *arena;
    struct directory_file file; /* its lists are those below */
    struct directory_seat seats[16];
    struct directory_desk desks[16];
    struct bytes crls[16];
    struct directory_authority authorities[16];
    struct buf crl; /* of edited_replace_crl() */
};
void edited_open(const struct pki *pki, struct edited *out);
void edited_free(struct edited *edited); /* a destructor */

void edited_add_seat(struct edited *edited, const char *address, const struct certificate *sign,
                     const struct certificate *seal);
/* In place of the list of this sector (NULL: the root), one that revokes these certificates at
 * at_ms. */
void edited_replace_crl(struct edited *edited, struct pki *pki, const char *sector,
                        const struct certificate *const *revoked, size_t revoked_len,
                        int64_t at_ms);

/* Fails the test unless what pki holds is refused with this code. */
void expect_refusal(const struct pki *pki, sh_err expected);
/* Puts the seats back in order, signs, and expects this refusal. */
void expect_refusal_of(struct pki *pki, struct edited *edited, sh_err expected);
