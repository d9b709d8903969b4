/* The files of an evidence folder, written and read. Numbers and hashes are text, so that a person
 * can check them with the tools at hand; signed bytes are bytes. */
#include "base/files.h"
#include "client/evidence.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_BYTES_MAX  (2u * SH_CONTENT_BYTES_MAX)
#define CHAIN_CERTS_MAX 8u
#define CHAIN_CRLS_MAX  8u
#define CERT_BEGIN      "-----BEGIN CERTIFICATE-----"
#define CERT_END        "-----END CERTIFICATE-----"
#define CRL_BEGIN       "-----BEGIN X509 CRL-----"
#define CRL_END         "-----END X509 CRL-----"

sh_err evidence_write(const char *dir, const char *name, struct bytes content, struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, dir, name));
    return file_write_atomic(path, content, 0600, why);
}

sh_err evidence_read(const char *dir, const char *name, struct arena *arena, struct bytes *out,
                     struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(FILE_BYTES_MAX);
    SH_TRY(path_join(path, sizeof path, dir, name));
    SH_TRY(file_read(path, &content, why));
    return arena_copy(arena, bytes_buf(&content), out);
}

/* ---- numbers and paths: "size 8\nindex 3\n<hash>\n<hash>\n" ---- */

static sh_err append_path(const struct sh_hash *path, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        char digits[2 * SH_HASH_BYTES + 1];
        hex_encode(BYTES_FIXED(path[i]), digits);
        SH_TRY(buf_printf(out, "%s\n", digits));
    }
    return SH_OK;
}

/* "word 123\n" at *at, which advances. */
static sh_err read_number(const char **at, const char *word, uint64_t *out)
{
    size_t len = strlen(word);
    SH_CHECK(strncmp(*at, word, len) == 0 && (*at)[len] >= '0' && (*at)[len] <= '9', SH_E_FORMAT);
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(*at + len, &end, 10);
    SH_CHECK(errno == 0 && *end == '\n', SH_E_FORMAT);
    *at = end + 1;
    *out = value;
    return SH_OK;
}

static sh_err read_path(const char *at, struct arena *arena, const struct sh_hash **out,
                        size_t *out_len)
{
    size_t len = 0;
    struct sh_hash *path = arena_array(arena, SH_PROOF_HASHES_MAX, sizeof *path);
    SH_CHECK(path, SH_E_NOMEM);
    while (*at) {
        char digits[2 * SH_HASH_BYTES + 1];
        SH_CHECK(len < SH_PROOF_HASHES_MAX && strlen(at) > sizeof digits - 1, SH_E_FORMAT);
        SH_CHECK(at[sizeof digits - 1] == '\n', SH_E_FORMAT);
        memcpy(digits, at, sizeof digits - 1);
        digits[sizeof digits - 1] = '\0';
        SH_TRY(hex_decode(digits, path[len].b, sizeof path[len].b));
        len++;
        at += sizeof digits;
    }
    *out = path;
    *out_len = len;
    return SH_OK;
}

/* A text file; a NUL in it would hide what is behind. */
static sh_err read_text(const char *dir, const char *name, struct arena *arena, const char **out,
                        struct sh_why *why)
{
    struct bytes content;
    SH_TRY(evidence_read(dir, name, arena, &content, why));
    SH_CHECK(memchr(content.data, '\0', content.len) == NULL, SH_E_FORMAT);
    *out = (const char *)content.data; /* arena_copy() put a NUL behind it */
    return SH_OK;
}

sh_err evidence_write_batch(const char *dir, const struct batch_path *batch, struct sh_why *why)
{
    SH_CHECK(batch->size > 0, SH_OK);
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(16 * SH_KIB);
    SH_TRY(buf_printf(&text, "size %llu\nindex %llu\n", (unsigned long long)batch->size,
                      (unsigned long long)batch->index));
    SH_TRY(append_path(batch->path, batch->path_len, &text));
    return evidence_write(dir, EVIDENCE_BATCH, bytes_buf(&text), why);
}

sh_err evidence_read_batch(const char *dir, struct arena *arena, struct batch_path *out,
                           struct sh_why *why)
{
    struct batch_path batch = {.size = 0};
    const char *text = NULL;
    struct sh_why detail = {{0}};
    sh_err result = read_text(dir, EVIDENCE_BATCH, arena, &text, &detail);
    if (result == SH_E_NOT_FOUND) {
        *out = batch;
        return SH_OK;
    }
    if (result != SH_OK) {
        return sh_fail(why, result, "%s", detail.text);
    }
    SH_TRY(read_number(&text, "size ", &batch.size));
    SH_TRY(read_number(&text, "index ", &batch.index));
    SH_CHECK(batch.size > 0, SH_E_FORMAT);
    SH_TRY(read_path(text, arena, &batch.path, &batch.path_len));
    *out = batch;
    return SH_OK;
}

sh_err evidence_write_statement(const char *dir, const struct statement *in, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(16 * SH_KIB);
    SH_TRY(buf_printf(&text, "index %llu\n", (unsigned long long)in->index));
    SH_TRY(append_path(in->proof, in->proof_len, &text));
    SH_TRY(evidence_write(dir, EVIDENCE_PROOF, bytes_buf(&text), why));
    SH_TRY(evidence_write(dir, EVIDENCE_LEAF, in->leaf, why));
    SH_TRY(evidence_write(dir, EVIDENCE_SALT, BYTES_FIXED(in->opening.salt), why));
    SH_TRY(evidence_write(dir, EVIDENCE_FACTS, in->opening.facts, why));
    return evidence_write(dir, EVIDENCE_CHECKPOINT, in->checkpoint, why);
}

sh_err evidence_read_statement(const char *dir, struct arena *arena, struct statement *out,
                               struct sh_why *why)
{
    struct statement statement = {.index = 0};
    struct bytes salt;
    const char *text = NULL;
    SH_TRY(evidence_read(dir, EVIDENCE_LEAF, arena, &statement.leaf, why));
    SH_TRY(evidence_read(dir, EVIDENCE_SALT, arena, &salt, why));
    SH_TRY(hash_from(salt, &statement.opening.salt));
    SH_TRY(evidence_read(dir, EVIDENCE_FACTS, arena, &statement.opening.facts, why));
    SH_TRY(evidence_read(dir, EVIDENCE_CHECKPOINT, arena, &statement.checkpoint, why));
    SH_TRY(read_text(dir, EVIDENCE_PROOF, arena, &text, why));
    SH_TRY(read_number(&text, "index ", &statement.index));
    SH_TRY(read_path(text, arena, &statement.proof, &statement.proof_len));
    *out = statement;
    return SH_OK;
}

/* ---- chains ---- */

struct chain {
    struct arena *arena;
    struct certificate *certs[CHAIN_CERTS_MAX];
    size_t certs_len;
    struct bytes crls[CHAIN_CRLS_MAX];
    size_t crls_len;
};

static void chain_wipe(struct chain *chain)
{
    for (size_t i = 0; i < chain->certs_len; i++) {
        certificate_free(&chain->certs[i]);
    }
    arena_free(&chain->arena);
}

static sh_err add_cert(struct chain *chain, const char *begin, size_t len)
{
    SH_CHECK(chain->certs_len < CHAIN_CERTS_MAX, SH_E_TOO_BIG);
    SH_TRY(certificate_from_pem(bytes_of(begin, len), &chain->certs[chain->certs_len]));
    chain->certs_len++;
    return SH_OK;
}

/* The base64 between the markers, its lines joined. */
static sh_err add_crl(struct chain *chain, const char *begin, size_t len)
{
    SH_CHECK(chain->crls_len < CHAIN_CRLS_MAX, SH_E_TOO_BIG);
    SH_DEFER(buf_wipe) struct buf joined = BUF_INIT(2 * SH_CRL_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf der = BUF_INIT(SH_CRL_BYTES_MAX);
    const char *at = begin + sizeof CRL_BEGIN - 1, *end = begin + len - (sizeof CRL_END - 1);
    for (; at < end; at++) {
        if (*at != '\n' && *at != '\r') {
            SH_TRY(buf_append_u8(&joined, (uint8_t)*at));
        }
    }
    SH_TRY(base64_decode(bytes_buf(&joined), &der));
    SH_TRY(arena_copy(chain->arena, bytes_buf(&der), &chain->crls[chain->crls_len]));
    chain->crls_len++;
    return SH_OK;
}

/* What stands between blocks is passed over, as OpenSSL does. */
static sh_err parse_chain(const char *text, struct chain *chain)
{
    for (;;) {
        const char *cert = strstr(text, CERT_BEGIN), *crl = strstr(text, CRL_BEGIN);
        if (!cert && !crl) {
            return SH_OK;
        }
        bool is_cert = cert && (!crl || cert < crl);
        const char *begin = is_cert ? cert : crl;
        const char *marker = is_cert ? CERT_END : CRL_END;
        const char *end = strstr(begin, marker);
        SH_CHECK(end, SH_E_FORMAT);
        size_t len = (size_t)(end - begin) + strlen(marker);
        SH_TRY(is_cert ? add_cert(chain, begin, len) : add_crl(chain, begin, len));
        text = begin + len;
    }
}

/* The one that is a root by its profile. */
static sh_err take_root(struct chain *chain, struct certificate **out)
{
    for (size_t i = 0; i < chain->certs_len; i++) {
        if (certificate_check_profile(chain->certs[i], PROFILE_ROOT, NULL) == SH_OK) {
            *out = chain->certs[i];
            chain->certs[i] = chain->certs[--chain->certs_len];
            return SH_OK;
        }
    }
    return SH_E_BAD_CHAIN;
}

sh_err evidence_read_chain(const char *dir, struct certificate **out_root, struct trust **out,
                           struct sh_why *why)
{
    SH_DEFER(chain_wipe) struct chain chain = {.arena = NULL};
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    const char *text = NULL;
    SH_TRY(arena_new(4 * SH_CRL_BYTES_MAX, SH_UNPACK_COUNT_MAX, &chain.arena));
    SH_TRY(read_text(dir, EVIDENCE_CHAIN, chain.arena, &text, why));
    SH_TRY(parse_chain(text, &chain));
    SH_TRY(take_root(&chain, &root));
    SH_TRY(trust_new(root, chain.certs, chain.certs_len, chain.crls, chain.crls_len, out, why));
    *out_root = root;
    root = NULL;
    return SH_OK;
}
