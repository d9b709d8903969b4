#include "core/reload.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <stdlib.h>

static sh_err read_directory(const struct config *config, int64_t now_ms, uint64_t serial_min,
                             struct loaded *into, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_CERTIFICATE_BYTES_MAX * 2);
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    SH_TRY(file_read(config->root_file, &pem, why));
    sh_err err = certificate_from_pem(bytes_buf(&pem), &root);
    if (err != SH_OK) {
        return sh_fail(why, err, "%s holds no certificate", config->root_file);
    }
    SH_TRY(file_read(config->directory_file, &file, why));
    return directory_load(bytes_buf(&file), root, now_ms, serial_min, policy_grace_ms(into->policy),
                          &into->directory, why);
}

sh_err loaded_read(const struct config *config, int64_t now_ms, uint64_t serial_min,
                   struct loaded **out, struct sh_why *why)
{
    SH_DEFER(loaded_release) struct loaded *fresh = calloc(1, sizeof *fresh);
    SH_CHECK(fresh, SH_E_NOMEM);
    fresh->references = 1;
    SH_TRY(policy_load(config->policy_file, &fresh->policy, why));
    SH_TRY(read_directory(config, now_ms, serial_min, fresh, why));
    *out = fresh;
    fresh = NULL;
    return SH_OK;
}

struct loaded *loaded_share(struct loaded *loaded)
{
    loaded->references++;
    return loaded;
}

void loaded_release(struct loaded **loaded_p)
{
    struct loaded *loaded = *loaded_p;
    if (loaded && --loaded->references == 0) {
        directory_free(&loaded->directory);
        policy_free(&loaded->policy);
        free(loaded);
    }
    *loaded_p = NULL;
}
