/* Passphrases, from a file that the environment names or from the terminal, never from the command
 * line, where every user of the machine can read them. Nothing is kept here: the caller owns and
 * cleanses what it is given. */
#include "certs/passphrase.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const struct {
    const char *variable, *prompt;
} roles[CA_ROLES] = {
    [CA_ROLE_ROOT] = {"SAFEHAND_ROOT_PASSPHRASE_FILE", "Passphrase of the root key"},
    [CA_ROLE_ISSUING] = {"SAFEHAND_PASSPHRASE_FILE", "Passphrase of the issuing keys"},
    [CA_ROLE_RECOVERY] = {"SAFEHAND_RECOVERY_PASSPHRASE_FILE",
                          "Passphrase of the desk's recovery key"},
};

/* The file's first line, so that an editor's last newline is no part of it. */
static sh_err read_from_file(const char *path, struct secret *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(PASSPHRASE_BYTES_MAX);
    SH_TRY(file_read(path, &text, why));
    size_t len = text.len;
    const uint8_t *newline = len ? memchr(text.data, '\n', len) : NULL;
    len = newline ? (size_t)(newline - text.data) : len;
    if (len > 0 && text.data[len - 1] == '\r') {
        len--;
    }
    if (len == 0) {
        return sh_fail(why, SH_E_PASSPHRASE, "%s has no passphrase in its first line", path);
    }
    return secret_copy(bytes_of(text.data, len), out);
}

/* One line without echo. The terminal is put back whatever happens. */
static sh_err read_line(int tty, struct buf *out)
{
    struct termios old;
    SH_CHECK(tcgetattr(tty, &old) == 0, SH_E_IO);
    struct termios quiet = old;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    SH_CHECK(tcsetattr(tty, TCSAFLUSH, &quiet) == 0, SH_E_IO);
    sh_err err = SH_OK;
    uint8_t c = 0;
    while (err == SH_OK && read(tty, &c, 1) == 1 && c != '\n') {
        err = buf_append_u8(out, c);
    }
    (void)tcsetattr(tty, TCSAFLUSH, &old);
    sh_cleanse(&c, sizeof c);
    return err;
}

static sh_err ask_once(int tty, const char *prompt, struct secret *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(PASSPHRASE_BYTES_MAX);
    (void)dprintf(tty, "%s: ", prompt);
    sh_err err = read_line(tty, &line);
    (void)dprintf(tty, "\n");
    if (err != SH_OK || line.len == 0) {
        return sh_fail(why, SH_E_PASSPHRASE, "no passphrase was given");
    }
    return secret_copy(bytes_buf(&line), out);
}

static sh_err ask_at_terminal(const char *prompt, bool is_new, struct secret *out,
                              struct sh_why *why)
{
    SH_DEFER(sh_closep) int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0) {
        return sh_fail(why, SH_E_PASSPHRASE,
                       "a passphrase is needed: set SAFEHAND_PASSPHRASE_FILE, or use a terminal");
    }
    SH_DEFER(secret_wipe) struct secret first = {0};
    SH_DEFER(secret_wipe) struct secret second = {0};
    SH_TRY(ask_once(tty, prompt, &first, why));
    if (is_new) {
        SH_TRY(ask_once(tty, "The same again", &second, why));
        if (!secret_equal(&first, &second)) {
            return sh_fail(why, SH_E_PASSPHRASE, "the two passphrases differ");
        }
    }
    *out = first;
    first = (struct secret){0};
    return SH_OK;
}

sh_err passphrase_ask(void *ctx, enum ca_role role, bool is_new, struct secret *out,
                      struct sh_why *why)
{
    (void)ctx;
    SH_DEFER(secret_wipe) struct secret found = {0};
    const char *path = getenv(roles[role].variable);
    path = path ? path : getenv(roles[CA_ROLE_ISSUING].variable);
    if (path && path[0]) {
        SH_TRY(read_from_file(path, &found, why));
    } else {
        SH_TRY(ask_at_terminal(roles[role].prompt, is_new, &found, why));
    }
    if (is_new && found.len < PASSPHRASE_BYTES_MIN) {
        return sh_fail(why, SH_E_PASSPHRASE, "a passphrase has at least %d characters",
                       PASSPHRASE_BYTES_MIN);
    }
    *out = found;
    found = (struct secret){0};
    return SH_OK;
}
