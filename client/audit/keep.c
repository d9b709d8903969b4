#include "audit/keep.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "crypto/digest.h"

#define NAME_HASH_BYTES   8u
#define FINDING_BYTES_MAX 2048u

static sh_err write_file(const char *folder, const char *name, struct bytes content,
                         struct sh_why *why)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, folder, name));
    return file_write_atomic(path, content, 0600, why);
}

static sh_err name_folder(const char *dir, const struct audit_report *report, struct bytes previous,
                          char out[PATH_MAX])
{
    const struct bytes parts[] = {bytes_buf(&report->note), previous};
    struct sh_hash hash;
    char name[2 * NAME_HASH_BYTES + 1];
    SH_TRY(digest_sha256_parts(parts, 2, &hash));
    hex_encode(bytes_of(hash.b, NAME_HASH_BYTES), name);
    return path_join(out, PATH_MAX, dir, name);
}

sh_err audit_keep(const char *dir, const struct audit_report *report, struct bytes previous,
                  char out_folder[PATH_MAX], struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(FINDING_BYTES_MAX);
    char folder[PATH_MAX];
    if (name_folder(dir, report, previous, folder) != SH_OK) {
        return sh_fail(why, SH_E_IO, "the name of the folder for evidence is too long");
    }
    SH_TRY(dir_make(folder, 0700, why));
    SH_TRY(write_file(folder, "checkpoint", bytes_buf(&report->note), why));
    if (previous.len > 0) {
        SH_TRY(write_file(folder, "previous-checkpoint", previous, why));
    }
    SH_TRY(buf_printf(&text, "%s: %s.\n", audit_fault_word(report->finding.fault),
                      report->finding.sentence));
    SH_TRY(write_file(folder, "finding.txt", bytes_buf(&text), why));
    (void)snprintf(out_folder, PATH_MAX, "%s", folder);
    return SH_OK;
}
