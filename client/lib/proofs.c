/* See proofs.h. */
#include "client/proofs.h"

#include "base/cleanup.h"
#include "tlog/merkle.h"
#include "wire/log.h"

#define TEST_ENDING "/test"

static bool is_test_log(const struct note_verifier *log)
{
    size_t len = strlen(log->name), ending = sizeof TEST_ENDING - 1;
    return len >= ending && strcmp(log->name + len - ending, TEST_ENDING) == 0;
}

static bool test_logs_allowed(void)
{
#ifdef SH_ALLOW_TEST_LOG
    return true;
#else
    return false;
#endif
}

sh_err proofs_log_key(struct sh_client *client, int64_t at_ms, struct note_verifier *out,
                      struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, why));
    struct note_verifier log;
    sh_err result = directory_log_key(directory, at_ms, &log);
    if (result != SH_OK) {
        return sh_fail(why, result, "the directory names no key of the log for that time");
    }
    if (is_test_log(&log) && !test_logs_allowed()) {
        return sh_fail(why, SH_E_BAD_CHECKPOINT,
                       "the log '%s' is one for tests; this program takes only a real one",
                       log.name);
    }
    *out = log;
    return SH_OK;
}

/* The key in force now signs today's checkpoints; the one in force when the leaf was written, older
 * ones. */
sh_err proofs_verify(struct sh_client *client, const struct statement *in, struct arena *arena,
                     struct verified_statement *out, struct sh_why *why)
{
    struct note_verifier log;
    struct leaf leaf;
    SH_TRY(proofs_log_key(client, client_now_ms(client), &log, why));
    sh_err result = statement_verify(in, &log, arena, out);
    if (result == SH_E_BAD_CHECKPOINT && leaf_decode(in->leaf, &leaf) == SH_OK) {
        SH_TRY(proofs_log_key(client, leaf.time_ms, &log, why));
        result = statement_verify(in, &log, arena, out);
    }
    if (result != SH_OK) {
        return sh_fail(why, result, "a statement of the relay does not verify: %s",
                       sh_err_sentence(result));
    }
    return SH_OK;
}

sh_err proofs_known_size(struct sh_client *client, uint64_t *out)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint known;
    sh_err result = vault_checkpoint_newest(client->vault, &note);
    if (result == SH_E_NOT_FOUND) {
        *out = 0;
        return SH_OK;
    }
    SH_TRY(result);
    SH_CHECK(checkpoint_parse(bytes_buf(&note), &known) == SH_OK, SH_E_CORRUPT);
    *out = known.size;
    return SH_OK;
}

/* Two checkpoints that should fit: `known` is the newest of ours, `shown` is what the relay shows
 * now. */
struct pair {
    struct bytes known_note, shown_note;
    struct checkpoint known, shown;
};

static sh_err keep_fork(struct sh_client *client, const struct pair *pair,
                        const struct hash_list *proof, struct sh_why *why)
{
    struct bytes hashes = bytes_of(proof->hashes, proof->len * sizeof *proof->hashes);
    SH_TRY(vault_fork_put(client->vault, pair->known_note, pair->shown_note, hashes,
                          client_now_ms(client)));
    return sh_fail(
        why, SH_E_FORK,
        "the relay shows a log of %llu entries that contradicts the log of %llu entries that it "
        "showed before: "
        "tell the partnership's auditor, and keep this vault, which holds both as evidence",
        (unsigned long long)pair->shown.size, (unsigned long long)pair->known.size);
}

static sh_err check_pair(struct sh_client *client, const struct pair *pair,
                         const struct hash_list *proof, struct sh_why *why)
{
    bool grown = pair->shown.size >= pair->known.size;
    const struct checkpoint *from = grown ? &pair->known : &pair->shown;
    const struct checkpoint *to = grown ? &pair->shown : &pair->known;
    sh_err result = merkle_check_consistency(from->size, &from->root, to->size, &to->root,
                                             proof->hashes, proof->len);
    if (result == SH_E_PROOF) {
        return keep_fork(client, pair, proof, why);
    }
    return result;
}

/* Asks the relay for the proof from the smaller to the larger. A relay that cannot give it
 * contradicts itself too. */
static sh_err ask_pair(struct sh_client *client, const struct pair *pair, struct sh_why *why)
{
    const struct hash_list none = {NULL, 0};
    if (pair->shown.size == 0 && pair->known.size > 0) {
        /* Every log begins with nothing, so no proof is wrong here; but this one had begun. */
        return keep_fork(client, pair, &none, why);
    }
    if (pair->known.size == pair->shown.size || pair->known.size == 0) {
        return check_pair(client, pair, &none, why);
    }
    SH_CHECK(client->session, SH_E_NET);
    bool grown = pair->shown.size > pair->known.size;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    struct frame question = {
        .type = FRAME_CONSISTENCY_GET,
        .consistency_get = {.from_size = grown ? pair->known.size : pair->shown.size,
                            .to_size = grown ? pair->shown.size : pair->known.size}};
    struct frame answer;
    sh_err result = session_ask(client->session, &question, FRAME_CONSISTENCY, arena, &answer, why);
    /* A seat that was revoked meanwhile, or a session that has ended, was not asked about the log.
     */
    bool judged = result != SH_E_UNKNOWN_SEAT && result != SH_E_NO_SESSION;
    if (result != SH_OK && judged && sh_err_class(result) == SH_CLASS_REJECT) {
        return keep_fork(client, pair, &none, why);
    }
    SH_TRY(result);
    return check_pair(client, pair, &answer.consistency.proof, why);
}

static sh_err reconcile(struct sh_client *client, struct bytes note, const struct checkpoint *shown,
                        const struct hash_list *given, struct sh_why *why)
{
    bool known = false;
    SH_TRY(vault_checkpoint_known(client->vault, shown->size, &shown->root, &known));
    SH_CHECK(!known, SH_OK);
    SH_DEFER(buf_wipe) struct buf newest = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    sh_err result = vault_checkpoint_newest(client->vault, &newest);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    if (result == SH_OK) {
        struct pair pair = {.known_note = bytes_buf(&newest), .shown_note = note, .shown = *shown};
        SH_CHECK(checkpoint_parse(pair.known_note, &pair.known) == SH_OK, SH_E_CORRUPT);
        bool usable = given && pair.known.size > 0 && pair.shown.size > pair.known.size;
        SH_TRY(usable ? check_pair(client, &pair, given, why) : ask_pair(client, &pair, why));
    }
    return vault_checkpoint_put(client->vault, shown->size, &shown->root, note,
                                client_now_ms(client));
}

sh_err proofs_accept(struct sh_client *client, const struct statement *in, struct arena *arena,
                     struct verified_statement *out, struct sh_why *why)
{
    struct verified_statement found;
    SH_TRY(proofs_verify(client, in, arena, &found, why));
    SH_TRY(reconcile(client, in->checkpoint, &found.checkpoint, NULL, why));
    *out = found;
    return SH_OK;
}

sh_err proofs_accept_checkpoint(struct sh_client *client, struct bytes note,
                                const struct hash_list *given, struct sh_why *why)
{
    struct note_verifier log;
    struct checkpoint shown;
    SH_TRY(proofs_log_key(client, client_now_ms(client), &log, why));
    sh_err result = checkpoint_verify(note, &log, &shown);
    if (result != SH_OK) {
        return sh_fail(
            why, result,
            "the relay's checkpoint is not signed by the key of the log in the directory");
    }
    return reconcile(client, note, &shown, given, why);
}

sh_err proofs_check_stored(struct sh_client *client, struct bytes statement, struct arena *arena,
                           struct verified_statement *out)
{
    struct statement decoded;
    struct verified_statement found;
    bool known = false;
    SH_TRY(statement_decode(statement, arena, &decoded));
    SH_TRY(proofs_verify(client, &decoded, arena, &found, NULL));
    SH_TRY(vault_checkpoint_known(client->vault, found.checkpoint.size, &found.checkpoint.root,
                                  &known));
    SH_CHECK(known, SH_E_PROOF);
    *out = found;
    return SH_OK;
}
