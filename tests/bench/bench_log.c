/* Called by `./dev bench log`: how fast `safehand audit verify` verifies a published log, and in
 * how much memory, beside the same leaf and node hashes by bare EVP calls of one context. One JSON
 * object on standard output. The log goes to a folder under TMPDIR and is removed; with --dir it
 * stays, and its key is in DIR/vkey. */
#include "audit/prove.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "bench.h"
#include "log_writer.h"
#include "support/temp.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { REPETITIONS_MAX = 16, PROOFS = 1001 };

struct options {
    const char *program; /* safehand */
    const char *dir;
    uint64_t leaves;
    size_t repetitions;
};

static void must_evp(int result)
{
    if (result != 1) {
        bench_fail("libcrypto failed");
    }
}

/* As many leaf hashes and node hashes as the tree has, and nothing else. */
static double hash_bare_us(const struct written_log *log)
{
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t text[1 + 2 * SH_HASH_BYTES + SH_LEAF_BYTES_MAX] = {0}, hash[SH_HASH_BYTES];
    if (!sha256 || !ctx) {
        bench_fail("libcrypto failed");
    }
    const double start = bench_now_us();
    for (uint64_t i = 0; i < 2 * log->leaves - 1; i++) {
        const size_t len = i < log->leaves ? 1 + log->leaf_bytes : 1 + 2 * SH_HASH_BYTES;
        memcpy(text + 1, &i, sizeof i);
        must_evp(EVP_DigestInit_ex2(ctx, sha256, NULL));
        must_evp(EVP_DigestUpdate(ctx, text, len));
        must_evp(EVP_DigestFinal_ex(ctx, hash, NULL));
    }
    const double us = bench_now_us() - start;
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(sha256);
    return us;
}

/* The program as an auditor runs it, from its start to its end. */
static double verify_us(const struct options *options, const char *dir, const char *vkey,
                        long *out_peak_kib)
{
    char *const argv[] = {(char *)(uintptr_t)options->program,
                          (char *)(uintptr_t) "--home",
                          (char *)(uintptr_t)dir,
                          (char *)(uintptr_t) "--json",
                          (char *)(uintptr_t) "audit",
                          (char *)(uintptr_t) "verify",
                          (char *)(uintptr_t) "--log",
                          (char *)(uintptr_t)dir,
                          (char *)(uintptr_t) "--vkey",
                          (char *)(uintptr_t)vkey,
                          NULL};
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    pid_t child = 0;
    int status = 0;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const double start = bench_now_us();
    if (posix_spawn(&child, options->program, &actions, NULL, argv, NULL) != 0 ||
        wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        bench_fail("%s audit verify failed", options->program);
    }
    const double us = bench_now_us() - start;
    (void)posix_spawn_file_actions_destroy(&actions);
    *out_peak_kib = usage.ru_maxrss > *out_peak_kib ? usage.ru_maxrss : *out_peak_kib;
    return us;
}

/* One proof file from the published files: checkpoint and signature, bundle, tiles. */
static double prove_us(const char *dir, const struct written_log *log)
{
    static double times[PROOFS];
    SH_DEFER(audit_source_close) struct audit_source source = {0};
    struct audit_options options = {.leaves = AUDIT_LEAVES_ANY};
    struct sh_why why = {0};
    MUST(note_verifier_parse(log->vkey, &options.key));
    MUST(audit_source_folder(dir, &source, &why));
    for (size_t i = 0; i < PROOFS; i++) {
        SH_DEFER(buf_wipe) struct buf file = BUF_INIT(PROOF_FILE_BYTES_MAX);
        SH_DEFER(audit_report_wipe) struct audit_report report = {0};
        const uint64_t index = i * UINT64_C(0x9e3779b97f4a7c15) % log->leaves;
        const double start = bench_now_us();
        MUST(audit_prove(&source, &options, index, &file, &report, &why));
        times[i] = bench_now_us() - start;
    }
    return bench_percentile(times, PROOFS, 0.5);
}

static void measure(const struct options *options, const char *dir)
{
    struct written_log log;
    double bare[REPETITIONS_MAX], verify[REPETITIONS_MAX];
    char path[PATH_MAX];
    long peak_kib = 0;
    const double start = bench_now_us();
    log_write(dir, options->leaves, &log);
    const double written = bench_now_us() - start;
    MUST(path_join(path, sizeof path, dir, "vkey"));
    MUST(file_write_atomic(path, bytes_str(log.vkey), 0644, NULL));
    for (size_t i = 0; i < options->repetitions; i++) {
        bare[i] = hash_bare_us(&log);
        verify[i] = verify_us(options, dir, log.vkey, &peak_kib);
    }
    const double bare_us = bench_percentile(bare, options->repetitions, 0.5);
    const double us = bench_percentile(verify, options->repetitions, 0.5);
    printf("{\"leaves\":%llu,\"leaf_bytes\":%zu,\"repetitions\":%zu,\"written_s\":%.1f,"
           "\"bare_evp_s\":%.2f,\"verify_s\":%.2f,\"rate_to_bare_evp\":%.2f,"
           "\"leaves_per_s\":%.0f,\"peak_mib\":%.1f,\"proof_file_us\":%.0f}\n",
           (unsigned long long)log.leaves, log.leaf_bytes, options->repetitions, written / 1e6,
           bare_us / 1e6, us / 1e6, bare_us / us, (double)log.leaves / us * 1e6,
           (double)peak_kib / 1024, prove_us(dir, &log));
}

static bool read_options(int argc, char **argv, struct options *out)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--program") == 0) {
            out->program = argv[i + 1];
        } else if (strcmp(argv[i], "--dir") == 0) {
            out->dir = argv[i + 1];
        } else if (strcmp(argv[i], "--leaves") == 0) {
            out->leaves = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--repeat") == 0) {
            out->repetitions = strtoul(argv[i + 1], NULL, 10);
        } else {
            return false;
        }
    }
    return argc % 2 == 1 && out->program && out->leaves > 0 && out->repetitions > 0 &&
           out->repetitions <= REPETITIONS_MAX;
}

int main(int argc, char **argv)
{
    struct options options = {.leaves = 1000000, .repetitions = 3};
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: ./dev bench log [--leaves N] [--repeat N] [--dir DIR]\n");
        return 2;
    }
    if (options.dir) {
        MUST(dir_make(options.dir, 0755, NULL));
        measure(&options, options.dir);
        return 0;
    }
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    measure(&options, dir.path);
    return 0;
}
