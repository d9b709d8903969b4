/* Checking an evidence folder, as somebody does who has neither a home nor a relay: only files, the
 * partnership's root and the log's key. See evidence.h. */
#include "base/files.h"
#include "client/entry.h"
#include "client/evidence.h"
#include "crypto/digest.h"

#include <dirent.h>

#define FACTS_MAX 4096u

struct verifying {
    const char *dir;
    struct arena *arena;
    struct certificate *given_root; /* NULL: none was given */
    struct note_verifier log;
    struct sh_hash header_sha256;
    struct sh_id message_id;
    int64_t accepted_at_ms;
    uint64_t accepted_index;
    bool has_accepted;
    struct opened opened;
    json_t *checks;
    sh_err failed; /* the first check that failed */
    struct sh_why *why;
};

static void verifying_wipe(struct verifying *verifying)
{
    certificate_free(&verifying->given_root);
    opened_wipe(&verifying->opened);
    arena_free(&verifying->arena);
    json_freep(&verifying->checks);
}

/* One line of the result. What fails is listed, and the rest is still looked at. */
static sh_err note_check(struct verifying *verifying, const char *what, sh_err result,
                         const struct sh_why *detail)
{
    json_t *line = json_object();
    SH_TRY(entry_append(verifying->checks, line));
    SH_TRY(entry_put(line, "check", json_string(what)));
    const char *text = detail && detail->text[0] ? detail->text : sh_err_sentence(result);
    SH_TRY(entry_put(line, "result", json_string(result == SH_OK ? "verified" : text)));
    if (result != SH_OK && verifying->failed == SH_OK) {
        verifying->failed = result;
        (void)sh_fail(verifying->why, result, "%s: %s", what, text);
    }
    return SH_OK;
}

static sh_err read_cert(const char *dir, const char *name, struct certificate **out,
                        struct sh_why *why)
{
    return keyring_read_certificate(dir, name, out, why);
}

/* The folder's own chain; its root must be the one that was given. */
static sh_err read_trust(struct verifying *verifying, const char *dir, struct trust **out,
                         struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    SH_DEFER(trust_free) struct trust *trust = NULL;
    SH_TRY(evidence_read_chain(dir, &root, &trust, why));
    const struct certificate *given = verifying->given_root;
    if (given && !hash_equal(certificate_sha256(given), certificate_sha256(root))) {
        return sh_fail(why, SH_E_BAD_CHAIN, "the root in the folder is not the one that was given");
    }
    *out = trust;
    trust = NULL;
    return SH_OK;
}

/* ---- the message ---- */

static sh_err give_signer(void *ctx, const struct sh_hash *seat, const struct certificate **out)
{
    const struct certificate *signer = ctx;
    SH_CHECK(hash_equal(seat, certificate_sha256(signer)), SH_E_UNKNOWN_SEAT);
    *out = signer;
    return SH_OK;
}

static sh_err find_accepted(struct verifying *verifying, struct statement *out, struct sh_why *why);

static sh_err open_message(struct verifying *verifying, struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *signer = NULL;
    SH_DEFER(trust_free) struct trust *trust = NULL;
    struct enclosure enclosure;
    memset(&enclosure, 0, sizeof enclosure);
    SH_TRY(
        evidence_read(verifying->dir, EVIDENCE_HEADER, verifying->arena, &enclosure.header, why));
    SH_TRY(evidence_read(verifying->dir, EVIDENCE_SIGNED, verifying->arena, &enclosure.signed_data,
                         why));
    SH_TRY(evidence_read(verifying->dir, EVIDENCE_SIGNATURE, verifying->arena, &enclosure.signature,
                         why));
    SH_TRY(evidence_read_batch(verifying->dir, verifying->arena, &enclosure.batch, why));
    SH_TRY(header_hash(enclosure.header, &verifying->header_sha256));
    SH_TRY(find_accepted(verifying, &enclosure.accepted, why));
    SH_TRY(read_cert(verifying->dir, EVIDENCE_SIGNER, &signer, why));
    SH_TRY(read_trust(verifying, verifying->dir, &trust, why));
    const struct certificate_finder finder = {give_signer, signer};
    return enclosure_open(&enclosure, &finder, trust, 0, &verifying->opened, why);
}

static sh_err check_content(struct verifying *verifying, struct sh_why *why)
{
    struct bytes text;
    json_error_t error;
    SH_TRY(evidence_read(verifying->dir, EVIDENCE_CONTENT, verifying->arena, &text, why));
    SH_DEFER(json_freep)
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json || !json_equal(json, verifying->opened.content.casework)) {
        return sh_fail(why, SH_E_BAD_CONTENT, "content.json does not say what message.p7s says");
    }
    return SH_OK;
}

/* ---- facts ---- */

static sh_err verify_statement(struct verifying *verifying, const char *dir,
                               struct verified_statement *out, struct statement *out_statement,
                               struct sh_why *why)
{
    SH_TRY(evidence_read_statement(dir, verifying->arena, out_statement, why));
    SH_TRY(statement_verify(out_statement, &verifying->log, verifying->arena, out));
    bool fits = hash_equal(&out->facts.header_sha256, &verifying->header_sha256);
    return fits ? SH_OK : sh_fail(why, SH_E_PROOF, "the entry of the log is about another message");
}

static sh_err verify_receipt(struct verifying *verifying, const char *dir,
                             const struct verified_statement *statement, struct sh_why *why)
{
    struct signed_receipt receipt;
    struct receipt found;
    struct sh_hash sha256;
    SH_DEFER(certificate_free) struct certificate *signer = NULL;
    SH_DEFER(trust_free) struct trust *trust = NULL;
    SH_TRY(evidence_read(dir, EVIDENCE_RECEIPT, verifying->arena, &receipt.receipt, why));
    SH_TRY(evidence_read(dir, EVIDENCE_RECEIPT_SIG, verifying->arena, &receipt.signature, why));
    SH_TRY(digest_sha256(receipt.receipt, &sha256));
    SH_CHECK(hash_equal(&sha256, &statement->facts.receipt_sha256), SH_E_PROOF);
    SH_TRY(read_cert(dir, EVIDENCE_SIGNER, &signer, why));
    SH_TRY(receipt_verify(&receipt, signer, &found));
    /* The entry's word must be the signer's own: a receipt for a delivery proves no opening. */
    SH_CHECK(hash_equal(&found.header_sha256, &verifying->header_sha256) &&
                 leaf_of_receipt(found.type) == statement->leaf.type &&
                 address_equal(&found.by, &statement->facts.by),
             SH_E_BAD_RECEIPT);
    SH_TRY(read_trust(verifying, dir, &trust, why));
    return trust_verify(trust, signer, statement->leaf.time_ms, 0, why);
}

/* The name of its folder is what a reader goes by. */
static bool is_named_after(const char *name, enum leaf_type type)
{
    const char *word = strrchr(name, '-');
    return word && leaf_type_word(type) && strcmp(word + 1, leaf_type_word(type)) == 0;
}

static sh_err verify_fact(struct verifying *verifying, const char *dir, struct sh_why *why)
{
    struct verified_statement statement;
    struct statement in;
    SH_TRY(verify_statement(verifying, dir, &statement, &in, why));
    enum leaf_type type = statement.leaf.type;
    if (!is_named_after(dir, type)) {
        return sh_fail(why, SH_E_PROOF, "the entry of the log says another thing than its name");
    }
    bool has_receipt = type == LEAF_DELIVERED || type == LEAF_OPENED || type == LEAF_UNREADABLE;
    return has_receipt ? verify_receipt(verifying, dir, &statement, why) : SH_OK;
}

static int is_fact(const struct dirent *entry)
{
    return strncmp(entry->d_name, EVIDENCE_FACT, sizeof EVIDENCE_FACT - 1) == 0;
}

struct names {
    struct dirent **list;
    int len;
};

static void names_wipe(struct names *names)
{
    for (int i = 0; i < names->len; i++) {
        free(names->list[i]);
    }
    free(names->list);
}

static sh_err list_facts(const char *dir, struct names *out, struct sh_why *why)
{
    out->len = scandir(dir, &out->list, is_fact, alphasort);
    if (out->len < 0) {
        out->len = 0;
        return sh_fail(why, SH_E_NOT_FOUND, "the folder %s cannot be read", dir);
    }
    SH_CHECK((unsigned)out->len <= FACTS_MAX, SH_E_TOO_BIG);
    return SH_OK;
}

/* The entry that says when the message was accepted. Verified here, since everything hangs on that
 * time. */
static sh_err find_accepted(struct verifying *verifying, struct statement *out, struct sh_why *why)
{
    SH_DEFER(names_wipe) struct names names = {NULL, 0};
    SH_TRY(list_facts(verifying->dir, &names, why));
    for (int i = 0; i < names.len; i++) {
        char dir[KEYRING_PATH_BYTES];
        const char *name = names.list[i]->d_name;
        const char *word = strrchr(name, '-');
        if (!word || strcmp(word + 1, leaf_type_word(LEAF_ACCEPTED)) != 0) {
            continue;
        }
        struct verified_statement statement;
        SH_TRY(path_join(dir, sizeof dir, verifying->dir, name));
        SH_TRY(verify_statement(verifying, dir, &statement, out, why));
        SH_CHECK(statement.leaf.type == LEAF_ACCEPTED, SH_E_PROOF);
        verifying->accepted_at_ms = statement.leaf.time_ms;
        verifying->accepted_index = statement.index;
        verifying->has_accepted = true;
        return SH_OK;
    }
    return sh_fail(why, SH_E_PROOF, "no entry of the log says that the message was accepted");
}

static sh_err check_facts(struct verifying *verifying)
{
    SH_DEFER(names_wipe) struct names names = {NULL, 0};
    SH_TRY(list_facts(verifying->dir, &names, verifying->why));
    for (int i = 0; i < names.len; i++) {
        char dir[KEYRING_PATH_BYTES];
        struct sh_why detail = {{0}};
        SH_TRY(path_join(dir, sizeof dir, verifying->dir, names.list[i]->d_name));
        sh_err result = verify_fact(verifying, dir, &detail);
        SH_CHECK(result == SH_OK || sh_err_class(result) == SH_CLASS_REJECT, result);
        SH_TRY(note_check(verifying, names.list[i]->d_name, result, &detail));
    }
    return SH_OK;
}

/* ---- all ---- */

static sh_err read_log_key(struct verifying *verifying, const char *vkey)
{
    char line[SH_ORIGIN_BYTES_MAX + 128];
    struct bytes text;
    if (vkey) {
        text = bytes_str(vkey);
    } else {
        SH_TRY(
            evidence_read(verifying->dir, EVIDENCE_VKEY, verifying->arena, &text, verifying->why));
    }
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) {
        text.len--;
    }
    SH_CHECK(text.len < sizeof line,
             sh_fail(verifying->why, SH_E_USAGE, "the log's key is no vkey line"));
    memcpy(line, text.data, text.len);
    line[text.len] = '\0';
    if (note_verifier_parse(line, &verifying->log) != SH_OK) {
        return sh_fail(verifying->why, SH_E_USAGE, "the log's key is no vkey line");
    }
    return SH_OK;
}

static sh_err read_given_root(struct verifying *verifying, const char *root_file)
{
    SH_CHECK(root_file, SH_OK);
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4 * SH_CERTIFICATE_BYTES_MAX);
    SH_TRY(file_read(root_file, &pem, verifying->why));
    if (certificate_from_pem(bytes_buf(&pem), &verifying->given_root) != SH_OK) {
        return sh_fail(verifying->why, SH_E_USAGE, "%s is no certificate of ours", root_file);
    }
    return SH_OK;
}

static sh_err run_checks(struct verifying *verifying)
{
    struct sh_why detail = {{0}};
    sh_err result = open_message(verifying, &detail);
    SH_CHECK(result == SH_OK || sh_err_class(result) == SH_CLASS_REJECT, result);
    SH_TRY(note_check(verifying, "message: signer, chain, revocation, header, acceptance", result,
                      &detail));
    if (result == SH_OK) {
        memset(&detail, 0, sizeof detail);
        result = check_content(verifying, &detail);
        SH_TRY(note_check(verifying, "content.json", result, &detail));
    }
    return check_facts(verifying);
}

static sh_err tell(struct verifying *verifying, const char *verdict, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "verdict", json_string(verdict)));
    if (verifying->opened.arena) {
        const struct facts *facts = &verifying->opened.header.facts;
        SH_TRY(entry_put_hex(json, "message_id", BYTES_FIXED(facts->message_id)));
        SH_TRY(entry_put(json, "from", json_string(facts->from.text)));
        SH_TRY(entry_put_hex(json, "signer", BYTES_FIXED(facts->seat)));
    }
    if (verifying->has_accepted) {
        SH_TRY(entry_put_time(json, "accepted_at", verifying->accepted_at_ms));
        SH_TRY(entry_put(json, "log_index", json_integer((json_int_t)verifying->accepted_index)));
    }
    SH_TRY(entry_put(json, "checks", json_incref(verifying->checks)));
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err evidence_verify(const char *dir, const char *root_file, const char *vkey, json_t **out,
                       struct sh_why *why)
{
    SH_CHECK(dir, sh_fail(why, SH_E_USAGE, "no folder was named"));
    SH_DEFER(verifying_wipe)
    struct verifying verifying = {.dir = dir, .checks = json_array(), .why = why};
    SH_CHECK(verifying.checks, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &verifying.arena));
    SH_TRY(read_given_root(&verifying, root_file));
    SH_TRY(read_log_key(&verifying, vkey));
    SH_TRY(run_checks(&verifying));
    if (verifying.failed != SH_OK) {
        SH_TRY(tell(&verifying, "failed", out));
        return verifying.failed;
    }
    if (!root_file || !vkey) {
        SH_TRY(tell(&verifying, "consistent with itself only", out));
        return sh_fail(why, SH_E_PROOF,
                       "the folder is consistent with itself only: name the partnership's root and "
                       "the log's key to have it "
                       "verified");
    }
    return tell(&verifying, "verified", out);
}
