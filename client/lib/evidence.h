/* Evidence for a third party: a folder that holds one message as its sender signed it and all that
 * proves when it was accepted and what became of it, and the check of such a folder without a home
 * or a relay. Nothing stands in it twice, so that a change anywhere is found. */
#pragma once

#include "client/state.h"
#include "envelope/open.h"
#include "envelope/receipt.h"

/* See sh_client_evidence_export(), sh_client_evidence_verify(). Give *out; verify also with an
 * error. */
SH_MUST_USE sh_err evidence_export(struct sh_client *client, const char *id, const char *dir,
                                   json_t **out, struct sh_why *why);
SH_MUST_USE sh_err evidence_verify(const char *dir, const char *root_file, const char *vkey,
                                   json_t **out, struct sh_why *why);

/* Of the message. */
#define EVIDENCE_SIGNED    "message.p7s"  /* the inner SignedData */
#define EVIDENCE_CONTENT   "content.json" /* what it says, for people */
#define EVIDENCE_HEADER    "header.bin"   /* as signed */
#define EVIDENCE_SIGNATURE "header.sig"   /* of the envelope */
#define EVIDENCE_BATCH                                                                             \
    "header.batch"                 /* text: size, index and path, if it was signed in a batch      \
                                    */
#define EVIDENCE_VKEY   "log.vkey" /* the log's key, as the directory names it */
#define EVIDENCE_README "README"
/* Of a signer, in the folder of the message and in each of a receipt. */
#define EVIDENCE_SIGNER "signer.pem"
#define EVIDENCE_CHAIN  "chain.pem" /* root, authority, and both lists of revoked certificates */
/* Of a statement, in a folder of its own called fact-INDEX-WORD. */
#define EVIDENCE_FACT        "fact-"
#define EVIDENCE_LEAF        "leaf.bin"
#define EVIDENCE_SALT        "salt.bin"
#define EVIDENCE_FACTS       "facts.bin"
#define EVIDENCE_PROOF       "proof"      /* text: index and path */
#define EVIDENCE_CHECKPOINT  "checkpoint" /* signed note */
#define EVIDENCE_RECEIPT     "receipt.bin"
#define EVIDENCE_RECEIPT_SIG "receipt.sig"

/* evidence_files.c: the small formats, written and read. Reading: what is read goes into the arena.
 */
SH_MUST_USE sh_err evidence_write(const char *dir, const char *name, struct bytes content,
                                  struct sh_why *why);
SH_MUST_USE sh_err evidence_read(const char *dir, const char *name, struct arena *arena,
                                 struct bytes *out, struct sh_why *why);
SH_MUST_USE sh_err evidence_write_batch(const char *dir, const struct batch_path *batch,
                                        struct sh_why *why);
SH_MUST_USE sh_err evidence_read_batch(const char *dir, struct arena *arena, struct batch_path *out,
                                       struct sh_why *why);
SH_MUST_USE sh_err evidence_write_statement(const char *dir, const struct statement *in,
                                            struct sh_why *why);
SH_MUST_USE sh_err evidence_read_statement(const char *dir, struct arena *arena,
                                           struct statement *out, struct sh_why *why);
/* chain.pem: the root, the authorities and the lists in it. Gives *out_root: certificate_free(),
 * *out: trust_free(). */
SH_MUST_USE sh_err evidence_read_chain(const char *dir, struct certificate **out_root,
                                       struct trust **out, struct sh_why *why);

/* evidence_readme.c: what an expert does with the folder, with nothing but openssl. Appends. */
struct evidence_readme {
    struct sh_id message_id;
    const char *from;
    int64_t accepted_at_ms;
    uint64_t log_index;
    int64_t chain_at_ms; /* a time at which chain.pem was in force */
    bool in_batch;
};
SH_MUST_USE sh_err evidence_readme_append(const struct evidence_readme *in, struct buf *out);
