/* Commands about keys and certificates: init, sector add, issue, recovery, revoke. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "certs/commands.h"

#include <limits.h>
#include <sys/stat.h>

#define PEM_BYTES_MAX (4u * SH_CERTIFICATE_BYTES_MAX)

sh_err command_address(const char *text, struct address *out, struct sh_why *why)
{
    if (address_from(text, out) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "'%.120s' is not an address (desk@organisation.sector)",
                       text);
    }
    return SH_OK;
}

sh_err command_check_text(const struct command_line *line, enum ca_option option,
                          struct sh_why *why)
{
    const char *text = line->values[option];
    if (text && text[0] && ca_check_text(text, CA_TEXT_BYTES_MAX) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "'%.120s' is not plain text of at most %d bytes", text,
                       CA_TEXT_BYTES_MAX);
    }
    return SH_OK;
}

/* In groups of four, as it is read over the telephone. */
static void print_fingerprint(const struct certificate *root)
{
    char hex[2 * SH_HASH_BYTES + 1];
    hex_encode(BYTES_FIXED(*certificate_sha256(root)), hex);
    (void)printf("root fingerprint  %s\n   to read aloud  ", hex);
    for (size_t i = 0; hex[i]; i += 4) {
        (void)printf(" %.4s", hex + i);
    }
    (void)printf("\n");
}

sh_err command_init(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    const char *partnership = line->values[OPTION_PARTNERSHIP];
    SH_TRY(ca_init(&line->setup, partnership, line->values[OPTION_ORIGIN], &ca, why));
    SH_TRY(ca_root(ca, &root, why));
    (void)printf("partnership       %s\n", partnership);
    print_fingerprint(root);
    (void)printf("root certificate  %s/root.pem\n", line->setup.dir);
    return SH_OK;
}

sh_err command_sector_add(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(ca_add_sector(ca, line->args[0], why));
    SH_TRY(ca_commit(ca, why));
    (void)printf("sector            %s\n", line->args[0]);
    return SH_OK;
}

/* ---- files ---- */

static sh_err write_certificate(const char *dir, const char *name, const struct certificate *cert,
                                struct sh_why *why)
{
    char path[PATH_MAX];
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(PEM_BYTES_MAX);
    SH_TRY(path_join(path, sizeof path, dir, name));
    SH_TRY(certificate_to_pem(cert, &pem));
    return file_write_atomic(path, bytes_buf(&pem), 0644, why);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The request, and the folder that it stands in. */
static sh_err read_request(const char *path, struct buf *out, char *out_folder, size_t folder_len,
                           struct sh_why *why)
{
    char file[PATH_MAX];
    if (is_folder(path)) {
        SH_TRY(path_join(file, sizeof file, path, "request.pem"));
        (void)snprintf(out_folder, folder_len, "%s", path);
    } else {
        (void)snprintf(file, sizeof file, "%s", path);
        (void)snprintf(out_folder, folder_len, "%s", path);
        char *slash = strrchr(out_folder, '/');
        if (slash) {
            slash[slash == out_folder ? 1 : 0] = '\0';
        } else {
            (void)snprintf(out_folder, folder_len, ".");
        }
    }
    return file_read(file, out, why);
}

/* ---- issue ---- */

static sh_err write_seat(struct ca *ca, const char *dir, const struct issued_seat *seat,
                         struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *root = NULL;
    SH_TRY(ca_root(ca, &root, why));
    SH_TRY(dir_make(dir, 0755, why));
    SH_TRY(write_certificate(dir, "sign.pem", seat->sign, why));
    SH_TRY(write_certificate(dir, "seal.pem", seat->seal, why));
    return write_certificate(dir, "root.pem", root, why);
}

static void print_seat(const struct csr_pair *request, const char *holder,
                       const struct issued_seat *seat, const char *dir)
{
    char hash[2 * SH_HASH_BYTES + 1];
    char until[SH_TIME_TEXT_BYTES];
    hex_encode(BYTES_FIXED(*certificate_sha256(seat->sign)), hash);
    time_to_rfc3339(certificate_not_after_ms(seat->sign), until);
    (void)printf("address           %s\nseat              %s\nholder            %s\n"
                 "valid until       %s\nwritten           %s/sign.pem seal.pem root.pem\n"
                 "Others learn of it with the next 'safehand-ca publish'.\n",
                 request->address.text, hash, holder, until, dir);
}

sh_err command_issue(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(csr_pair_wipe) struct csr_pair request = {0};
    SH_DEFER(issued_seat_wipe) struct issued_seat seat = {0};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    char folder[PATH_MAX];
    const char *holder = line->values[OPTION_HOLDER];
    SH_TRY(read_request(line->args[0], &pem, folder, sizeof folder, why));
    SH_TRY(csr_pair_parse(bytes_buf(&pem), &request, why));
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(ca_issue_seat(ca, &request, holder, &seat, why));
    const char *out = line->values[OPTION_OUT] ? line->values[OPTION_OUT] : folder;
    /* The files first: if they cannot be written the register knows nothing of the seat, and the
     * same request can be brought again. */
    SH_TRY(write_seat(ca, out, &seat, why));
    SH_TRY(ca_commit(ca, why));
    print_seat(&request, holder, &seat, out);
    return SH_OK;
}

/* ---- recovery ---- */

sh_err command_recovery(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_DEFER(buf_wipe) struct buf key_pem = BUF_INIT(PEM_BYTES_MAX);
    struct address address;
    char path[PATH_MAX];
    const char *out = line->values[OPTION_OUT];
    SH_TRY(command_address(line->args[0], &address, why));
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(ca_issue_recovery(ca, &address, &key_pem, &cert, why));
    SH_TRY(dir_make(out, 0700, why));
    SH_TRY(path_join(path, sizeof path, out, "recovery-key.pem"));
    SH_TRY(file_write_atomic(path, bytes_buf(&key_pem), 0600, why));
    SH_TRY(write_certificate(out, "recovery.pem", cert, why));
    SH_TRY(ca_commit(ca, why));
    (void)printf("desk              %s\nwritten           %s/recovery-key.pem recovery.pem\n"
                 "Give the folder to the organisation to keep off line, and keep no copy.\n",
                 address.text, out);
    return SH_OK;
}

/* ---- revoke ---- */

static sh_err revoke_serials(struct ca *ca, const struct command_line *line,
                             enum revoked_reason reason, struct sh_why *why)
{
    for (size_t i = 0; i < line->args_len; i++) {
        uint8_t serial[ISSUE_SERIAL_BYTES];
        if (strlen(line->args[i]) != 2 * sizeof serial ||
            hex_decode(line->args[i], serial, sizeof serial) != SH_OK) {
            return sh_fail(why, SH_E_USAGE, "'%.80s' is not a serial (32 hexadecimal digits)",
                           line->args[i]);
        }
        SH_TRY(register_revoke_serial(ca_register(ca), serial, ca_now_ms(ca), reason, why));
    }
    return SH_OK;
}

static sh_err revoke_seat(struct ca *ca, const struct command_line *line,
                          enum revoked_reason reason, struct sh_why *why)
{
    struct address address;
    if (line->args_len != 2) {
        return sh_fail(why, SH_E_USAGE,
                       "an address goes with one seat's hash; see 'safehand-ca show'");
    }
    SH_TRY(command_address(line->args[0], &address, why));
    return register_revoke_seat(ca_register(ca), address.text, line->args[1], ca_now_ms(ca), reason,
                                why);
}

sh_err command_revoke(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    enum revoked_reason reason;
    if (issue_reason_from_word(line->values[OPTION_REASON], &reason) != SH_OK) {
        return sh_fail(
            why, SH_E_USAGE,
            "--reason is unspecified, key-compromise, left-the-desk, superseded or closed");
    }
    SH_TRY(ca_open(&line->setup, &ca, why));
    if (strchr(line->args[0], '@')) {
        SH_TRY(revoke_seat(ca, line, reason, why));
    } else {
        SH_TRY(revoke_serials(ca, line, reason, why));
    }
    SH_TRY(ca_commit(ca, why));
    (void)puts("revoked; it takes effect everywhere with the next 'safehand-ca publish'");
    return SH_OK;
}
