/* Writing an evidence folder. See evidence.h. */
#include "base/files.h"
#include "client/entry.h"
#include "client/evidence.h"
#include "client/outbox.h"
#include "client/proofs.h"
#include "client/reading.h"
#include "client/unsealing.h"
#include "wire/log.h"

#include <errno.h>
#include <sys/stat.h>

#define README_BYTES_MAX (32u * SH_KIB)

struct exporting {
    struct sh_client *client;
    const char *dir;
    struct arena *arena;
    struct thread_entry entry;
    struct envelope envelope;
    struct opened opened;
    int64_t chain_at_ms; /* a time at which chain.pem was in force */
    json_t *files;
    struct sh_why *why;
};

static void exporting_wipe(struct exporting *exporting)
{
    opened_wipe(&exporting->opened);
    arena_free(&exporting->arena);
    json_freep(&exporting->files);
}

static sh_err put(struct exporting *exporting, const char *name, struct bytes content)
{
    SH_TRY(evidence_write(exporting->dir, name, content, exporting->why));
    return entry_append(exporting->files, json_string(name));
}

static sh_err put_cert(struct exporting *exporting, const char *dir, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    SH_TRY(certificate_to_pem(cert, &pem));
    return evidence_write(dir, EVIDENCE_SIGNER, bytes_buf(&pem), exporting->why);
}

/* The chain that was kept when the message came, else today's. */
static sh_err put_chain(struct exporting *exporting, const struct certificate *signer)
{
    struct bytes pem;
    sh_err result = vault_chain_get(exporting->client->vault, exporting->entry.message.row,
                                    exporting->arena, &pem, &exporting->chain_at_ms);
    if (result == SH_E_NOT_FOUND) {
        SH_TRY(outbox_keep_chain(exporting->client, exporting->entry.message.row, signer,
                                 exporting->entry.message.accepted_at_ms));
        result = vault_chain_get(exporting->client->vault, exporting->entry.message.row,
                                 exporting->arena, &pem, &exporting->chain_at_ms);
    }
    SH_TRY(result);
    return put(exporting, EVIDENCE_CHAIN, pem);
}

static sh_err put_content(struct exporting *exporting)
{
    char *text = json_dumps(exporting->opened.content.casework, JSON_INDENT(2));
    SH_CHECK(text, SH_E_NOMEM);
    sh_err result = put(exporting, EVIDENCE_CONTENT, bytes_str(text));
    sh_client_free_text(&text);
    return result;
}

static sh_err put_message(struct exporting *exporting)
{
    const struct certificate *signer = NULL;
    SH_TRY(unsealing_find_cert(exporting->client, &exporting->entry.header.facts.seat, &signer,
                               exporting->why));
    SH_TRY(put(exporting, EVIDENCE_SIGNED, bytes_buf(&exporting->opened.signed_data)));
    SH_TRY(put_content(exporting));
    SH_TRY(put(exporting, EVIDENCE_HEADER, exporting->envelope.header));
    SH_TRY(put(exporting, EVIDENCE_SIGNATURE, exporting->envelope.signature));
    SH_TRY(evidence_write_batch(exporting->dir, &exporting->envelope.batch, exporting->why));
    SH_TRY(put_cert(exporting, exporting->dir, signer));
    return put_chain(exporting, signer);
}

/* ---- facts ---- */

static sh_err put_receipt(struct exporting *exporting, const char *dir, struct bytes bytes,
                          const struct sh_hash *seat)
{
    struct signed_receipt receipt;
    const struct certificate *signer = NULL;
    struct directory *directory = NULL;
    SH_DEFER(buf_wipe) struct buf chain = BUF_INIT(2 * SH_CRL_BYTES_MAX);
    SH_CHECK(signed_receipt_decode(bytes, exporting->arena, &receipt) == SH_OK, SH_E_CORRUPT);
    SH_TRY(evidence_write(dir, EVIDENCE_RECEIPT, receipt.receipt, exporting->why));
    SH_TRY(evidence_write(dir, EVIDENCE_RECEIPT_SIG, receipt.signature, exporting->why));
    SH_TRY(unsealing_find_cert(exporting->client, seat, &signer, exporting->why));
    SH_TRY(client_directory_any(exporting->client, &directory, exporting->why));
    SH_TRY(trust_chain_pem(directory_trust(directory), signer, &chain));
    SH_TRY(put_cert(exporting, dir, signer));
    return evidence_write(dir, EVIDENCE_CHAIN, bytes_buf(&chain), exporting->why);
}

static sh_err put_fact(struct exporting *exporting, struct bytes bytes, struct bytes receipt)
{
    struct statement statement;
    struct leaf leaf;
    struct leaf_facts facts;
    char name[64], dir[KEYRING_PATH_BYTES];
    SH_CHECK(statement_decode(bytes, exporting->arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_decode(statement.leaf, &leaf) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(leaf_facts_decode(statement.opening.facts, exporting->arena, &facts) == SH_OK,
             SH_E_CORRUPT);
    (void)snprintf(name, sizeof name, EVIDENCE_FACT "%llu-%s", (unsigned long long)statement.index,
                   leaf_type_word(leaf.type));
    SH_TRY(path_join(dir, sizeof dir, exporting->dir, name));
    SH_TRY(dir_make(dir, 0700, exporting->why));
    SH_TRY(evidence_write_statement(dir, &statement, exporting->why));
    SH_TRY(entry_append(exporting->files, json_string(name)));
    return receipt.len > 0 ? put_receipt(exporting, dir, receipt, &facts.seat) : SH_OK;
}

static sh_err put_facts(struct exporting *exporting)
{
    struct vault_fact *facts = NULL;
    size_t len = 0;
    const struct bytes none = {NULL, 0};
    SH_TRY(put_fact(exporting, exporting->entry.message.accepted, none));
    SH_TRY(vault_facts(exporting->client->vault, &exporting->entry.message.header_sha256,
                       exporting->arena, &facts, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(put_fact(exporting, facts[i].statement, facts[i].receipt));
    }
    return SH_OK;
}

static sh_err put_vkey(struct exporting *exporting)
{
    struct note_verifier log;
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SH_KIB);
    SH_DEFER(buf_wipe) struct buf key = BUF_INIT(33);
    SH_TRY(proofs_log_key(exporting->client, exporting->entry.message.accepted_at_ms, &log,
                          exporting->why));
    SH_TRY(buf_append_u8(&key, 1)); /* Ed25519 */
    SH_TRY(buf_append(&key, bytes_of(log.public_key, sizeof log.public_key)));
    SH_TRY(buf_printf(&text, "%s+%08x+", log.name, log.key_id));
    SH_TRY(base64_encode(bytes_buf(&key), &text));
    SH_TRY(buf_append_str(&text, "\n"));
    return put(exporting, EVIDENCE_VKEY, bytes_buf(&text));
}

/* ---- README ---- */

static sh_err put_readme(struct exporting *exporting)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(README_BYTES_MAX);
    struct statement statement;
    const struct vault_message *message = &exporting->entry.message;
    SH_CHECK(statement_decode(message->accepted, exporting->arena, &statement) == SH_OK,
             SH_E_CORRUPT);
    const struct evidence_readme readme = {
        .message_id = message->message_id,
        .from = message->sender.text,
        .accepted_at_ms = message->accepted_at_ms,
        .log_index = statement.index,
        .chain_at_ms = exporting->chain_at_ms,
        .in_batch = exporting->envelope.batch.size > 0,
    };
    SH_TRY(evidence_readme_append(&readme, &text));
    return put(exporting, EVIDENCE_README, bytes_buf(&text));
}

/* ---- all ---- */

static sh_err make_folder(const char *dir, struct sh_why *why)
{
    if (!dir || !dir[0]) {
        return sh_fail(why, SH_E_USAGE, "no folder was named for the evidence");
    }
    if (mkdir(dir, 0700) != 0) {
        return sh_fail(why, errno == EEXIST ? SH_E_EXISTS : SH_E_IO,
                       "cannot make the folder %s: %s", dir, strerror(errno));
    }
    return SH_OK;
}

static sh_err read_message(struct exporting *exporting, const char *id)
{
    SH_TRY(thread_find_message(exporting->client, id, exporting->arena, &exporting->entry,
                               exporting->why));
    if (!thread_is_readable(&exporting->entry)) {
        return sh_fail(exporting->why, SH_E_NOT_FOUND,
                       "there is no evidence of that message: the relay has not accepted "
                       "it, or it could not be read");
    }
    SH_TRY(unsealing_open_stored(exporting->client, &exporting->entry.message, exporting->arena,
                                 &exporting->envelope, &exporting->opened, exporting->why));
    return reading_mark_opened(exporting->client, &exporting->entry.message, 1, exporting->why);
}

sh_err evidence_export(struct sh_client *client, const char *id, const char *dir, json_t **out,
                       struct sh_why *why)
{
    SH_DEFER(exporting_wipe)
    struct exporting exporting = {.client = client, .dir = dir, .files = json_array(), .why = why};
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json && exporting.files, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &exporting.arena));
    SH_TRY(read_message(&exporting, id));
    SH_TRY(make_folder(dir, why));
    SH_TRY(put_message(&exporting));
    SH_TRY(put_facts(&exporting));
    SH_TRY(put_vkey(&exporting));
    SH_TRY(put_readme(&exporting));
    SH_TRY(entry_put(json, "dir", json_string(dir)));
    SH_TRY(entry_put(json, "files", json_incref(exporting.files)));
    *out = json;
    json = NULL;
    return SH_OK;
}
