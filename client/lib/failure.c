/* What a person reads when something fails: what happened, what was not lost, what to do. And the
 * passphrase file. */
#include "base/files.h"
#include "client/face.h"

#include <errno.h>
#include <sys/stat.h>

#ifndef SH_CLIENT_VERSION
#error "the build must say which version this is"
#endif

const char *sh_client_version(void)
{
    return SH_CLIENT_VERSION;
}

const char *sh_client_code_word(int code)
{
    return code == 0 ? "ok" : sh_err_word((sh_err)code);
}

const char *sh_client_code_sentence(int code)
{
    return code == 0 ? "it is done" : sh_err_sentence((sh_err)code);
}

/* What the command line answers, by code where the class does not say it. */
static const struct {
    sh_err code;
    int status;
} statuses[] = {
    {SH_E_USAGE, 2},
    {SH_E_JSON, 2},
    {SH_E_PASSPHRASE, 2},
    {SH_E_CONFIG, 2},
    {SH_E_BAD_ADDRESS, 2},
    {SH_E_BAD_TEXT, 2},
    {SH_E_TOO_BIG, 2},
    {SH_E_PROOF, 4},
    {SH_E_FORK, 4},
    {SH_E_ROLLBACK, 4},
    {SH_E_BAD_CHECKPOINT, 4},
    {SH_E_BAD_SIGNATURE, 4},
    {SH_E_COMMITMENT, 4},
    {SH_E_BAD_CHAIN, 4},
    {SH_E_HEADER_DISAGREES, 4},
    {SH_E_CORRUPT, 4},
    {SH_E_BAD_BATCH, 4},
    {SH_E_CMS_PROFILE, 4},
    {SH_E_FOREIGN_CONTENT, 4},
    {SH_E_UNSEAL, 4},
    /* Trouble of this computer: "not now" as well, but nothing was kept that goes by itself. What
     * the relay has of the same comes as SH_E_BUSY (session_put_off()). */
    {SH_E_DISK_FULL, 1},
    {SH_E_NOMEM, 1},
    {SH_E_IO, 1},
    {SH_E_LOCKED, 1},
};

int sh_client_exit_status(int code)
{
    if (code == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if ((int)statuses[i].code == code) {
            return statuses[i].status;
        }
    }
    return sh_err_class((sh_err)code) == SH_CLASS_DEFER ? 3 : 1;
}

#define KEPT                                                                                       \
    "What you wrote is kept in the outbox and goes by itself at the next 'safehand sync'; if it "  \
    "cannot wait, telephone"

/* What was not lost, and what to do: behind what happened. */
static const struct {
    sh_err code;
    const char *advice;
} advices[] = {
    {SH_E_NET, KEPT},
    {SH_E_TIMEOUT, KEPT},
    {SH_E_BUSY, KEPT},
    {SH_E_QUOTA, KEPT},
    {SH_E_STARTING, KEPT},
    {SH_E_CLOCK, "What you wrote is kept in the outbox; set this computer's clock right (if it is "
                 "right, tell the partnership), then run 'safehand sync'"},
    {SH_E_BAD_TIME, "Nothing that was stored is lost, and this was not sent; set this computer's "
                    "clock right, then try again"},
    {SH_E_DISK_FULL, "Nothing that was stored is lost, but what you did just now is not kept; make "
                     "room on the disk, then do it again"},
    {SH_E_PASSPHRASE, "Nothing was lost; try again with the passphrase of this seat"},
    {SH_E_LOCKED, "Nothing was lost; wait until the other program has ended, and try again"},
    {SH_E_EXPIRED, "Nothing was lost, and this was not sent; ask the partnership to renew it, and "
                   "telephone what cannot wait"},
    {SH_E_REVOKED, "Nothing was lost; ask the partnership whether this seat is to go on"},
    {SH_E_UNKNOWN_SEAT,
     "Nothing was lost; ask the partnership whether this seat is still to be one"},
    {SH_E_UNKNOWN_DESK,
     "Nothing was sent; 'safehand directory search' finds desks by name or code"},
    {SH_E_CLOSED, "Nothing was sent"},
    {SH_E_NO_LIVE_SEAT, "Nothing was sent; telephone them"},
    {SH_E_JSON, "Nothing was sent; correct the file and send it again"},
    {SH_E_BAD_ADDRESS, "Nothing was sent; correct the address"},
    {SH_E_EXISTS, "Nothing was changed"},
    {SH_E_FORK, "What is in this vault is safe; send nothing important through this relay until it "
                "is explained"},
    {SH_E_PROOF, "What is in this vault is safe; tell the partnership's auditor"},
    {SH_E_BAD_CHECKPOINT, "What is in this vault is safe; tell the partnership's auditor"},
    {SH_E_STORE, "What was stored before is safe; check the disk"},
    {SH_E_CORRUPT, "Do not use this vault further; restore it from its backup"},
};

/* What may not follow what, or goes from whom to whom. */
static bool is_of_policy(sh_err code)
{
    return code >= SH_E_FORBIDDEN_KIND && code <= SH_E_BAD_OUTCOME;
}

static const char *advice_for(sh_err code)
{
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        if (advices[i].code == code) {
            return advices[i].advice;
        }
    }
    if (is_of_policy(code)) {
        return "Nothing was lost, and nothing reached them; correct it and send it again, or "
               "telephone";
    }
    return NULL;
}

static int fill_error(sh_err result, const struct sh_why *why, const char *advice,
                      struct sh_client_error *error)
{
    if (!error) {
        return (int)result;
    }
    memset(error, 0, sizeof *error);
    if (result == SH_OK) {
        return 0;
    }
    const char *what = why->text[0] ? why->text : sh_err_sentence(result);
    int room = (int)sizeof error->sentence - 1 - (advice ? (int)strlen(advice) + 3 : 1);
    error->code = (int)result;
    (void)snprintf(error->sentence, sizeof error->sentence, "%.*s%s%s.", room, what,
                   advice ? ". " : "", advice ? advice : "");
    return (int)result;
}

int face_finish(sh_err result, const struct sh_why *why, struct sh_client_error *error)
{
    return fill_error(result, why, advice_for(result), error);
}

int face_finish_bare(sh_err result, const struct sh_why *why, struct sh_client_error *error)
{
    return fill_error(result, why, NULL, error);
}

void sh_client_free_text(char **text)
{
    if (text && *text) {
        sh_cleanse(*text, strlen(*text));
        free(*text);
        *text = NULL;
    }
}

static sh_err read_passphrase(const char *path, char *out, size_t out_len, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SH_KIB);
    struct stat found;
    if (!path || stat(path, &found) != 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "cannot read the passphrase file: %s",
                       path ? strerror(errno) : "no name");
    }
    if (found.st_mode & (S_IRWXG | S_IRWXO)) {
        return sh_fail(why, SH_E_CONFIG, "others can read the passphrase file; make its mode 0600");
    }
    SH_TRY(file_read(path, &text, why));
    SH_TRY(buf_terminate(&text));
    size_t len = strcspn((const char *)text.data, "\r\n");
    SH_CHECK(len > 0, sh_fail(why, SH_E_PASSPHRASE, "the passphrase file is empty"));
    SH_CHECK(len < out_len, sh_fail(why, SH_E_TOO_BIG, "the passphrase is too long"));
    memcpy(out, text.data, len);
    out[len] = '\0';
    return SH_OK;
}

int sh_client_passphrase_file(const char *path, char *out, size_t out_len,
                              struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    return face_finish(read_passphrase(path, out, out_len, &why), &why, error);
}
