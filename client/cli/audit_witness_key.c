/* A witness's key and its memory: made together, opened together. */
#include "audit/witness_memory.h"
#include "audit_witness.h"
#include "base/cleanup.h"
#include "base/files.h"

#include <string.h>

#define KEY_FILE_BYTES_MAX 4096u
#define VKEY_BYTES_MAX     512u
#define SCRYPT_P           8u

void witness_seat_wipe(struct witness_seat *seat)
{
    key_free(&seat->key);
}

bool witness_memory_path(const struct witness_arguments *arguments, char out[PATH_MAX])
{
    const char *file = arguments->out && !arguments->key ? arguments->out : arguments->key;
    int len = arguments->memory ? snprintf(out, PATH_MAX, "%s", arguments->memory)
                                : snprintf(out, PATH_MAX, "%s.memory", file);
    return len > 0 && len < PATH_MAX;
}

typedef int (*ask_passphrase)(void *ctx, char *out, size_t out_len);

static sh_err passphrase_of(struct cli *cli, ask_passphrase ask, struct secret *out,
                            struct sh_why *why)
{
    char text[1024];
    sh_err err = ask(cli, text, sizeof text) == 0
                     ? secret_copy(bytes_str(text), out)
                     : sh_fail(why, SH_E_PASSPHRASE, "no passphrase was given");
    sh_cleanse(text, sizeof text);
    return err;
}

/* The key first: a memory without its key is harmless, and so is a key that was never used. */
static sh_err make(struct cli *cli, const struct witness_arguments *arguments, struct buf *vkey,
                   struct sh_why *why)
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(secret_wipe) struct secret passphrase = {.data = NULL};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_FILE_BYTES_MAX);
    char memory[PATH_MAX];
    if (!witness_memory_path(arguments, memory)) {
        return sh_fail(why, SH_E_USAGE, "the name of the file is too long");
    }
    if (access(arguments->out, F_OK) == 0) {
        return sh_fail(why, SH_E_EXISTS, "%s exists already", arguments->out);
    }
    SH_TRY(key_generate(KEY_TYPE_ED25519, &key));
    if (cosign_vkey(arguments->name, key, vkey) != SH_OK) {
        return sh_fail(why, SH_E_USAGE,
                       "the name of a witness is an address without https://, such as "
                       "witness.example.org/council");
    }
    SH_TRY(buf_terminate(vkey));
    SH_TRY(passphrase_of(cli, cli_new_passphrase, &passphrase, why));
    SH_TRY(key_to_pem(key, &passphrase, SCRYPT_P, &pem));
    SH_TRY(file_write_atomic(arguments->out, bytes_buf(&pem), 0600, why));
    return witness_memory_make(memory, (const char *)vkey->data, why);
}

int witness_run_key(struct cli *cli, const struct witness_arguments *arguments)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(VKEY_BYTES_MAX);
    struct sh_why why = {0};
    if (!arguments->out || !arguments->name || arguments->key || arguments->log ||
        arguments->vkeys_len > 0) {
        return audit_usage("witness");
    }
    sh_err err = make(cli, arguments, &vkey, &why);
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    if (cli->json) {
        audit_print_json(json_pack("{s:s}", "vkey", (const char *)vkey.data));
    } else {
        printf("%s\n", (const char *)vkey.data);
    }
    return CLI_DONE;
}

/* The name stands with the memory: a key file has none. */
static sh_err read_name(struct witness_seat *seat, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(VKEY_BYTES_MAX);
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, seat->memory, "vkey"));
    sh_err err = file_read(path, &vkey, why);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "the memory of this witness is not in %s: without it, it could be made to "
                       "sign a second history. Bring it back, or make a new key",
                       seat->memory);
    }
    SH_TRY(err);
    vkey.len -= vkey.len > 0; /* the newline */
    SH_TRY(buf_terminate(&vkey));
    if (cosign_verifier_parse((const char *)vkey.data, &seat->us) != SH_OK) {
        return sh_fail(why, SH_E_CORRUPT, "%s is not the memory of a witness", seat->memory);
    }
    return SH_OK;
}

static sh_err open_key(struct cli *cli, const char *path, struct key **out, struct sh_why *why)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {.data = NULL};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(KEY_FILE_BYTES_MAX);
    SH_TRY(file_read(path, &pem, why));
    SH_TRY(passphrase_of(cli, cli_passphrase, &passphrase, why));
    sh_err err = key_from_pem(bytes_buf(&pem), &passphrase, out);
    if (err == SH_OK && key_type_of(*out) != KEY_TYPE_ED25519) {
        return sh_fail(why, SH_E_FORMAT, "%s is not the key of a witness", path);
    }
    return err == SH_OK ? SH_OK : sh_fail(why, err, "%s: %s", path, sh_err_sentence(err));
}

int witness_seat_open(struct cli *cli, const struct witness_arguments *arguments,
                      struct witness_seat *out)
{
    struct sh_why why = {0};
    for (size_t i = 0; i < arguments->vkeys_len; i++) {
        if (!audit_take_key(arguments->vkeys[i], &out->logs[i])) {
            return CLI_USAGE;
        }
    }
    if (!witness_memory_path(arguments, out->memory)) {
        return cli_usage("the name of the file is too long");
    }
    sh_err err = read_name(out, &why);
    if (err == SH_OK) {
        err = open_key(cli, arguments->key, &out->key, &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    out->witness = (struct witness){.memory = out->memory,
                                    .key = out->key,
                                    .name = out->us.name,
                                    .logs = out->logs,
                                    .logs_len = arguments->vkeys_len,
                                    .clock = &clock_system};
    return CLI_DONE;
}
