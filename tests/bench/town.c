#include "town.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "bench.h"

#include <stdio.h>

static const char *const desks[TOWN_SEATS] = {
    "dsl@999001.school", "dsl@999002.school", "dsl@999003.school", "dsl@999004.school",
    "dsl@999005.school", "dsl@999006.school", "dsl@999007.school", "dsl@999008.school",
    TOWN_HUB_ADDRESS,    TOWN_HUB_ADDRESS,
};

static void write_file(const struct town *town, const char *name, struct bytes content)
{
    char path[PATH_MAX];
    struct sh_why why = {""};
    MUST(path_join(path, sizeof path, town->folder, name));
    bench_must(file_write_atomic(path, content, 0600, &why), why.text);
}

static void write_key(const struct town *town, const char *name, const struct key *key)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(16 * SH_KIB);
    MUST(secret_copy(bytes_str("bench"), &passphrase));
    MUST(key_to_pem(key, &passphrase, 1, &pem));
    write_file(town, name, bytes_buf(&pem));
}

/* The default policy as it ships, but for the quota: eight seats send what a county does. */
static void write_policy(const struct town *town)
{
    static const char quota[] = "quota_per_hour: 600\n", raised[] = "quota_per_hour: 1000000\n";
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf altered = BUF_INIT(SH_MIB);
    struct sh_why why = {""};
    bench_must(file_read(SH_SOURCE_DIR "/relay/dist/policy-england.yaml", &text, &why), why.text);
    MUST(buf_terminate(&text));
    char *at = strstr((char *)text.data, quota);
    if (!at) {
        bench_fail("the default policy has another quota than %s", quota);
    }
    size_t before = (size_t)(at - (char *)text.data), rest = before + sizeof quota - 1;
    MUST(buf_append(&altered, bytes_of(text.data, before)));
    MUST(buf_append_str(&altered, raised));
    MUST(buf_append(&altered, bytes_of(text.data + rest, text.len - rest)));
    write_file(town, "policy.yaml", bytes_buf(&altered));
    SH_DEFER(buf_wipe) struct buf holidays = BUF_INIT(SH_MIB);
    bench_must(file_read(SH_SOURCE_DIR "/relay/dist/bank-holidays.json", &holidays, &why),
               why.text);
    write_file(town, "bank-holidays.json", bytes_buf(&holidays));
}

static void write_config(struct town *town)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    (void)snprintf(town->endpoint, sizeof town->endpoint, "tcp://127.0.0.1:%d", bench_free_port());
    MUST(buf_printf(&text,
                    "endpoint: %s\nstate_dir: state\nlog_dir: log\ndirectory_file: directory\n"
                    "policy_file: policy.yaml\nroot_file: root.pem\ncurve_key_file: curve.key.pem\n"
                    "log_key_file: log.key.pem\npassphrase_file: passphrase\nlog_origin: %s\n",
                    town->endpoint, PKI_ORIGIN));
    write_file(town, "relay.yaml", bytes_buf(&text));
    MUST(path_join(town->config_path, sizeof town->config_path, town->folder, "relay.yaml"));
}

void town_make(struct town *town, const char *folder)
{
    SH_DEFER(buf_wipe) struct buf root = BUF_INIT(16 * SH_KIB);
    struct sh_why why = {""};
    int64_t now_ms = clock_now_ms(&clock_system);
    *town = (struct town){.directory = NULL};
    (void)snprintf(town->folder, sizeof town->folder, "%s", folder);
    pki_make_at(&town->pki, desks, TOWN_SEATS, now_ms);
    bench_must(directory_load(bytes_buf(&town->pki.directory), town->pki.root, now_ms, 0, 0,
                              &town->directory, &why),
               why.text);
    MUST(note_verifier_parse(town->pki.vkey, &town->log));
    MUST(certificate_to_pem(town->pki.root, &root));
    write_file(town, "root.pem", bytes_buf(&root));
    write_file(town, "directory", bytes_buf(&town->pki.directory));
    write_file(town, "passphrase", bytes_str("bench\n"));
    write_key(town, "curve.key.pem", town->pki.relay_curve);
    write_key(town, "log.key.pem", town->pki.log_key);
    write_policy(town);
    write_config(town);
}

void town_free(struct town *town)
{
    directory_free(&town->directory);
    pki_free(&town->pki);
}
