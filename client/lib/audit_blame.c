/* See audit_blame.h. */
#include "client/audit_blame.h"

#include "client/connection.h"
#include "client/proofs.h"

#include <inttypes.h>
#include <stdio.h>

static sh_err find(struct audit_round *round, sh_err code, const char *fault, uint64_t index)
{
    round->fault = fault;
    round->finding.has_index = true;
    round->finding.index = index;
    return code;
}

#define SAY(round, ...)                                                                            \
    (void)snprintf((round)->finding.sentence, sizeof(round)->finding.sentence, __VA_ARGS__)

/* ---- a fork ---- */

/* Whether the relay's entry is the mirror's, byte for byte. */
static sh_err same_entry(struct audit_round *round, uint64_t index, bool *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct log_entry own;
    struct frame answer;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(mirror_entry(round->mirror, index, arena, &own));
    SH_TRY(audit_ask_page(round->client, index, 1, round->shown.size, arena, &answer, why));
    *out = bytes_equal(own.leaf, answer.leaves.entries[0].leaf);
    return SH_OK;
}

/* Two histories are alike up to a place and, since every leaf has a salt of its own, nowhere behind
 * it: so the place is found by halving. *out: how many entries are the same. */
static sh_err count_common(struct audit_round *round, uint64_t *out, struct sh_why *why)
{
    uint64_t low = 0, high = mirror_size(round->mirror);
    high = round->shown.size < high ? round->shown.size : high;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        bool same = false;
        SH_TRY(same_entry(round, middle, &same, why));
        low = same ? middle + 1 : low;
        high = same ? high : middle;
    }
    *out = low;
    return SH_OK;
}

static sh_err name_fork(struct audit_round *round, struct sh_why *why)
{
    uint64_t common = 0, mine = mirror_size(round->mirror);
    sh_err result = count_common(round, &common, why);
    (void)find(round, SH_E_FORK, "contradiction", common);
    if (result != SH_OK) {
        round->finding.has_index = false;
        SAY(round,
            "the relay signed a log of %" PRIu64 " entries that contradicts the log of %" PRIu64
            " entries that it signed before, and does not show which entry differs (%s)",
            round->shown.size, mine, sh_err_sentence(result));
        return SH_E_FORK;
    }
    if (common == mine || common == round->shown.size) {
        SAY(round,
            "the relay gives the same entries as before, and signed a log of %" PRIu64
            " entries that contradicts them: a signed root is wrong",
            round->shown.size);
        round->finding.has_index = false;
        return SH_E_FORK;
    }
    SAY(round,
        "entry %" PRIu64 " is another one than the relay signed before: history was rewritten from "
        "there on, or there are two relays with one key",
        common);
    return SH_E_FORK;
}

/* A session that does not first hold the relay's checkpoint against ours: it would end there. */
sh_err audit_blame_fork(struct audit_round *round, struct sh_why *why)
{
    struct note_verifier log;
    SH_TRY(connection_open_to_question(round->client, why));
    struct bytes note = session_welcome(round->client->session)->checkpoint;
    SH_TRY(proofs_log_key(round->client, client_now_ms(round->client), &log, why));
    SH_TRY(checkpoint_verify(note, &log, &round->shown));
    buf_reset(&round->note);
    SH_TRY(buf_append(&round->note, note));
    if (round->previous.len == 0) {
        /* The vault knows more than the mirror, which is new: it keeps both checkpoints. */
        sh_err result = vault_checkpoint_newest(round->client->vault, &round->previous);
        SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    }
    return name_fork(round, why);
}

/* ---- what is shown, against what the mirror holds ---- */

static sh_err ask_consistency(struct audit_round *round, struct arena *arena, struct hash_list *out,
                              struct sh_why *why)
{
    struct frame question = {
        .type = FRAME_CONSISTENCY_GET,
        .consistency_get = {.from_size = mirror_size(round->mirror), .to_size = round->shown.size}};
    struct frame answer;
    *out = (struct hash_list){NULL, 0};
    sh_err result =
        session_ask(round->client->session, &question, FRAME_CONSISTENCY, arena, &answer, why);
    SH_CHECK(result == SH_OK || sh_err_class(result) == SH_CLASS_REJECT, result);
    if (result == SH_OK) {
        *out = answer.consistency.proof;
    }
    return SH_OK;
}

sh_err audit_check_shown(struct audit_round *round, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct hash_list proof = {NULL, 0};
    struct sh_hash root;
    uint64_t mine = mirror_size(round->mirror);
    SH_CHECK(mine > 0, SH_OK);
    if (round->shown.size < mine) {
        (void)find(round, SH_E_ROLLBACK, "rollback", round->shown.size);
        SAY(round,
            "the relay shows %" PRIu64 " entries, and showed %" PRIu64 " before: entry %" PRIu64
            " and all behind it were removed",
            round->shown.size, mine, round->shown.size);
        return SH_E_ROLLBACK;
    }
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(mirror_root(round->mirror, &root));
    if (round->shown.size > mine) {
        SH_TRY(ask_consistency(round, arena, &proof, why));
    }
    sh_err result = merkle_check_consistency(mine, &root, round->shown.size, &round->shown.root,
                                             proof.hashes, proof.len);
    return result == SH_E_PROOF ? name_fork(round, why) : result;
}

/* ---- a page that is not what was signed ---- */

/* What the relay itself proves of one entry. SH_E_PROOF: another leaf than the page has, or
 * nothing. SH_E_NOT_FOUND: its opening was destroyed, and it proves nothing of such. */
static sh_err prove_entry(struct audit_round *round, uint64_t index, struct bytes leaf,
                          struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame question = {.type = FRAME_PROOF_GET, .proof_get = {.index = index}};
    struct frame answer;
    struct verified_statement found;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(session_ask(round->client->session, &question, FRAME_PROOF, arena, &answer, why));
    SH_CHECK(answer.proof.statement.index == index, SH_E_PROOF);
    sh_err result = proofs_verify(round->client, &answer.proof.statement, arena, &found, why);
    SH_CHECK(result == SH_OK, sh_err_class(result) == SH_CLASS_REJECT ? SH_E_PROOF : result);
    return bytes_equal(answer.proof.statement.leaf, leaf) ? SH_OK : SH_E_PROOF;
}

sh_err audit_blame_page(struct audit_round *round, const struct mirror_page *page,
                        struct sh_why *why)
{
    uint64_t first = mirror_size(round->mirror);
    round->fault = "entry";
    for (size_t i = 0; i < page->len && !round->finding.has_index; i++) {
        sh_err result = prove_entry(round, first + i, page->entries[i].leaf, why);
        if (result == SH_E_PROOF) {
            (void)find(round, result, "entry", first + i);
            SAY(round,
                "entry %" PRIu64 " as the relay gives it is not the one that its checkpoint of "
                "%" PRIu64 " entries was signed for",
                first + i, round->shown.size);
        }
        SH_CHECK(!connection_is_lost(result), result);
    }
    return SH_E_PROOF;
}
