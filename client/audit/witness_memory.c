#include "audit/witness_memory.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "crypto/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <unistd.h>

#define VKEY_BYTES_MAX  512u
#define NAME_HASH_BYTES 16u

static const char no_memory[] = "the memory of this witness is not in %s: without it, it could be "
                                "made to sign a second history. "
                                "Bring it back, or make a new key";

sh_err witness_memory_make(const char *memory, const char *vkey, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(VKEY_BYTES_MAX);
    char path[PATH_MAX];
    if (access(memory, F_OK) == 0) {
        return sh_fail(why, SH_E_EXISTS, "%s exists already", memory);
    }
    SH_TRY(path_join(path, sizeof path, memory, "vkey"));
    SH_TRY(dir_make(memory, 0700, why));
    SH_TRY(buf_printf(&line, "%s\n", vkey));
    return file_write_atomic(path, bytes_buf(&line), 0600, why);
}

/* The memory of another key would be as good as none. */
static sh_err check_owner(const struct witness *witness, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf held = BUF_INIT(VKEY_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf ours = BUF_INIT(VKEY_BYTES_MAX);
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, witness->memory, "vkey"));
    sh_err err = file_read(path, &held, why);
    if (err == SH_E_NOT_FOUND) {
        return sh_fail(why, SH_E_NOT_FOUND, no_memory, witness->memory);
    }
    SH_TRY(err);
    SH_TRY(cosign_vkey(witness->name, witness->key, &ours));
    SH_TRY(buf_append_str(&ours, "\n"));
    if (!bytes_equal(bytes_buf(&held), bytes_buf(&ours))) {
        return sh_fail(why, SH_E_CORRUPT, "%s is the memory of another witness", witness->memory);
    }
    return SH_OK;
}

static sh_err lock(const char *memory, int *out_fd, struct sh_why *why)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, memory, "lock"));
    SH_DEFER(sh_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return errno == ENOENT ? sh_fail(why, SH_E_NOT_FOUND, no_memory, memory)
                               : sh_fail(why, SH_E_IO, "cannot open %s: %m", path);
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return sh_fail(why, SH_E_IO, "cannot lock %s: %m", path);
        }
    }
    *out_fd = fd;
    fd = -1;
    return SH_OK;
}

static sh_err name_file(const char *memory, const char *origin, char *out, size_t out_len)
{
    const struct bytes parts[] = {bytes_str(origin)};
    struct sh_hash hash;
    char name[2 * NAME_HASH_BYTES + sizeof ".cosigned"];
    SH_TRY(digest_sha256_parts(parts, 1, &hash));
    hex_encode(bytes_of(hash.b, NAME_HASH_BYTES), name);
    memcpy(name + 2 * (size_t)NAME_HASH_BYTES, ".cosigned", sizeof ".cosigned");
    return path_join(out, out_len, memory, name);
}

sh_err witness_memory_open(const struct witness *witness, const char *origin,
                           struct witness_memory *out, struct sh_why *why)
{
    SH_DEFER(witness_memory_close)
    struct witness_memory memory = {.witness = witness, .lock_fd = -1};
    SH_TRY(name_file(witness->memory, origin, memory.path, sizeof memory.path));
    SH_TRY(lock(witness->memory, &memory.lock_fd, why));
    SH_TRY(check_owner(witness, why));
    *out = memory;
    memory.lock_fd = -1;
    return SH_OK;
}

void witness_memory_close(struct witness_memory *memory)
{
    sh_closep(&memory->lock_fd); /* and with it the lock */
}

void witness_known_wipe(struct witness_known *known)
{
    buf_wipe(&known->note);
}

/* What stands there must carry our own cosignature: then nothing of it was changed since. */
static sh_err check_known(const struct witness_memory *memory, struct witness_known *known,
                          struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(VKEY_BYTES_MAX);
    struct note_verifier us;
    struct bytes text, lines;
    struct cosigned_line cosigned;
    SH_TRY(cosign_vkey(memory->witness->name, memory->witness->key, &vkey));
    SH_TRY(buf_terminate(&vkey));
    SH_TRY(cosign_verifier_parse((const char *)vkey.data, &us));
    if (note_split(bytes_buf(&known->note), &text, &lines) != SH_OK ||
        cosign_find(text, lines, &us, &cosigned) != SH_OK ||
        checkpoint_parse(bytes_buf(&known->note), &known->checkpoint) != SH_OK) {
        return sh_fail(why, SH_E_CORRUPT, "%s is not what this witness wrote: nothing is cosigned",
                       memory->path);
    }
    known->time_s = cosigned.time_s;
    return SH_OK;
}

sh_err witness_memory_read(const struct witness_memory *memory, struct witness_known *out,
                           struct sh_why *why)
{
    SH_DEFER(witness_known_wipe)
    struct witness_known known = {.note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    sh_err err = file_read(memory->path, &known.note, why);
    if (err == SH_OK) {
        SH_TRY(check_known(memory, &known, why));
    } else {
        SH_CHECK(err == SH_E_NOT_FOUND, err);
    }
    *out = known;
    known.note = (struct buf){.data = NULL};
    return SH_OK;
}

sh_err witness_memory_write(const struct witness_memory *memory, struct bytes note,
                            struct sh_why *why)
{
    return file_write_atomic(memory->path, note, 0600, why);
}
