/* A post office for tests of envelope/: desks with keys, letters written from casework, and letters
 * forged layer by layer by a sender who does not play by the rules. Everything aborts the test if
 * it cannot do its work. */
#pragma once

#include "directory/directory.h"
#include "envelope/build.h"
#include "envelope/open.h"
#include "envelope/receipt.h"
#include "support/pki.h"

/* Positions in pki.seats. */
enum post_seat {
    SCHOOL,   /* dsl@999001.school */
    DEPUTY,   /* a second seat of the same desk */
    MASH,     /* mash@999.social-care */
    MANAGERS, /* managers@999.social-care */
    NURSE,    /* nurse@ex1.health: never written to unless a test does */
};

struct post {
    struct pki pki;
    struct directory *directory;
    struct arena *arena;
};
void post_make(struct post *post);
void post_free(struct post *post); /* a destructor */
/* Loads pki.directory again, after the test changed and published it. */
void post_reload(struct post *post);

#define LETTER_DESKS_MAX 5
#define LETTER_SEATS_MAX 4

/* Everything that envelope_seal() is given. The test may change any of it between writing and
 * sealing; after letter_write() facts and inside are equal, and only letter_forge() looks at what
 * stands below `env`. */
struct letter {
    struct facts facts;
    struct recipient recipients[LETTER_DESKS_MAX];
    struct sh_hash seats[LETTER_DESKS_MAX][LETTER_SEATS_MAX];
    const struct certificate *seal_certs[LETTER_DESKS_MAX * (LETTER_SEATS_MAX + 1)];
    size_t seal_certs_len;
    json_t *casework;
    const struct pki_seat *sender;
    const struct enclosure *enclosures;
    size_t enclosures_len;
    struct sh_id encloses[LETTER_DESKS_MAX];
    struct buf header, sealed, bytes;
    struct envelope env; /* of `bytes`, decoded: what a reader or the relay has */

    struct facts inside;           /* what the content says */
    const struct pki_seat *signer; /* of the SignedData */
    const struct pki_seat *sealer; /* of the envelope */
    struct bytes content;          /* instead of what casework gives, if any */
    struct bytes signed_data;      /* instead of what content gives, if any */
    bool wrong_commitment;         /* in the header */
    struct parts parts;            /* in the header */
};

/* casework: JSON. Recipients are its `to` and `inform` and the sender's own desk, sealed to all
 * their seats and recovery certificates. children_of_thread as casework_facts() has it. */
void letter_write(struct post *post, struct letter *l, enum post_seat sender, const char *casework,
                  uint32_t children_of_thread);
/* Encloses one earlier message; before letter_seal(). */
void letter_enclose(struct letter *l, const struct enclosure *enclosures, size_t enclosures_len);
struct envelope_order letter_order(const struct post *post, const struct letter *l);
/* By the rules: must succeed, gives header, sealed, bytes and env. */
void letter_seal(struct post *post, struct letter *l);
/* Against them. */
void letter_forge(struct post *post, struct letter *l);
void letter_free(struct letter *l); /* a destructor */

/* A seat as reader of what `sender` sent. */
struct envelope_reader post_reader(const struct post *post, enum post_seat reader,
                                   enum post_seat sender);
/* The recovery key of a seat's desk. */
struct envelope_reader post_recovery(const struct post *post, enum post_seat of,
                                     enum post_seat sender);

/* What envelope_open() says; what it gives is thrown away. */
sh_err post_open(const struct letter *l, const struct envelope_reader *reader);
/* What MASH's seat makes of what the school sent; and the expectation of it, in a Criterion test.
 */
sh_err post_read(const struct post *post, const struct letter *l);
#define post_expect(post, l, expected)                                                             \
    cr_expect_eq(post_read((post), (l)), (expected), "%s", sh_err_word(post_read((post), (l))))

/* The relay's word for one fact: a leaf among five in a log that the PKI's log key signs. Lives in
 * post->arena. `about` is encoded as given. */
void post_state(struct post *post, enum leaf_type type, int64_t time_ms,
                const struct leaf_facts *about, struct statement *out);
/* That a letter was accepted. */
void post_accept(struct post *post, const struct letter *l, struct statement *out);
struct note_verifier post_verifier(const struct post *post);

/* A referral of two children from the school to MASH, the managers informed. */
extern const char POST_REFERRAL[];
/* An answer to it that covers both in one word. */
extern const char POST_DECISION[];
