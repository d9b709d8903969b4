/* See helpers.h. */
#include "helpers.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "base/random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static void must(sh_err err, const char *what, const struct sh_why *why)
{
    if (err != SH_OK) {
        (void)fprintf(stderr, "%s: %s: %s\n", what, sh_err_word(err), why ? why->text : "");
        abort();
    }
}

void request_make(struct request *out, const char *address)
{
    struct sh_why why = {{0}};
    struct address parsed;
    *out = (struct request){.pem = BUF_INIT(CSR_BYTES_MAX)};
    must(address_from(address, &parsed), "address", NULL);
    must(key_generate(KEY_TYPE_P256, &out->sign), "key", NULL);
    must(key_generate(KEY_TYPE_P256, &out->seal), "key", NULL);
    must(random_fill(out->curve_key, sizeof out->curve_key), "random", NULL);
    must(csr_pair_make(&parsed, out->sign, out->seal, out->curve_key, &out->pem), "request", NULL);
    must(csr_pair_parse(bytes_buf(&out->pem), &out->pair, &why), "request", &why);
}

void request_free(struct request *request)
{
    key_free(&request->sign);
    key_free(&request->seal);
    buf_wipe(&request->pem);
    csr_pair_wipe(&request->pair);
}

sh_err office_ask(void *ctx, enum ca_role role, bool is_new, struct secret *out, struct sh_why *why)
{
    struct office *office = ctx;
    (void)why;
    office->has_new = office->has_new || is_new;
    return secret_copy(bytes_str(office->passphrases[role]), out);
}

void office_make(struct office *office)
{
    struct sh_why why = {{0}};
    *office = (struct office){
        .passphrases = {"root passphrase", "issuing passphrase", "recovery passphrase"}};
    temp_dir_make(&office->temp);
    must(path_join(office->dir, sizeof office->dir, office->temp.path, "ca"), "path", NULL);
    office->setup = (struct ca_setup){.dir = office->dir,
                                      .now_ms = PKI_NOW_MS,
                                      .scrypt_p = 1,
                                      .ask = office_ask,
                                      .ask_ctx = office};
    SH_DEFER(ca_close) struct ca *ca = NULL;
    must(ca_init(&office->setup, PKI_PARTNERSHIP, PKI_ORIGIN, &ca, &why), "init", &why);
    ca_close(&ca);
    office_open(office, &ca);
    must(ca_add_sector(ca, "school", &why), "sector", &why);
    must(ca_add_sector(ca, "police", &why), "sector", &why);
    must(ca_commit(ca, &why), "commit", &why);
}

void office_free(struct office *office)
{
    temp_dir_remove(&office->temp);
}

void office_open(const struct office *office, struct ca **out)
{
    struct sh_why why = {{0}};
    must(ca_open(&office->setup, out, &why), "open", &why);
}

void office_issue(const struct office *office, const struct request *request,
                  struct issued_seat *out)
{
    struct sh_why why = {{0}};
    SH_DEFER(ca_close) struct ca *ca = NULL;
    office_open(office, &ca);
    must(ca_issue_seat(ca, &request->pair, "A. Fearn, safeguarding lead", out, &why), "issue",
         &why);
    must(ca_commit(ca, &why), "commit", &why);
}

void write_text(const char *dir, const char *name, const char *text)
{
    struct sh_why why = {{0}};
    char path[PATH_MAX];
    must(path_join(path, sizeof path, dir, name), "path", NULL);
    must(file_write_atomic(path, bytes_str(text), 0600, &why), name, &why);
}

void write_pem(const char *dir, const char *name, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4 * SH_CERTIFICATE_BYTES_MAX);
    must(certificate_to_pem(cert, &pem), name, NULL);
    must(buf_terminate(&pem), name, NULL);
    write_text(dir, name, (const char *)pem.data);
}

int run_in(const char *dir, const char *format, ...)
{
    char line[8192];
    int n = snprintf(line, sizeof line, "cd '%s' && exec >output 2>&1 </dev/null; ", dir);
    va_list values;
    va_start(values, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, values);
    va_end(values);
    if (n < 0 || (size_t)n >= sizeof line) {
        abort();
    }
    int status = system(line); /* NOLINT(cert-env33-c): our own words, in a test */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool output_has(const char *dir, const char *text)
{
    struct sh_why why = {{0}};
    char path[PATH_MAX];
    SH_DEFER(buf_wipe) struct buf output = BUF_INIT(SH_MIB);
    must(path_join(path, sizeof path, dir, "output"), "path", NULL);
    must(file_read(path, &output, &why), "output", &why);
    must(buf_terminate(&output), "output", NULL);
    bool found = strstr((const char *)output.data, text) != NULL;
    if (!found) {
        (void)fprintf(stderr, "no '%s' in: %s\n", text, (const char *)output.data);
    }
    return found;
}
