/* Commands about what the directory says: desks, organisations, relays, keys, names, and publishing
 * it. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "certs/commands.h"
#include "certs/names.h"
#include "certs/publish.h"
#include "tlog/note.h"

#include <stdlib.h>

static sh_err check_sector_is_here(struct ca *ca, const struct address *address, struct sh_why *why)
{
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    const char *sector = address_sector(address);
    sh_err err = register_find_certificate(ca_register(ca), PROFILE_AUTHORITY, sector, &cert, why);
    return err == SH_E_NOT_FOUND ? sh_fail(why, SH_E_WRONG_SECTOR,
                                           "%s: there is no authority for the sector '%s' here",
                                           address->text, sector)
                                 : err;
}

/* One empty value means: none. */
static bool clears_list(const struct command_line *line)
{
    return line->repeated_len == 1 && line->repeated[0][0] == '\0';
}

static sh_err check_texts(const struct command_line *line, struct sh_why *why)
{
    SH_TRY(command_check_text(line, OPTION_NAME, why));
    SH_TRY(command_check_text(line, OPTION_TELEPHONE, why));
    return command_check_text(line, OPTION_HOURS, why);
}

/* ---- desks and organisations ---- */

static sh_err read_cover(const struct command_line *line, const struct address *desk,
                         struct address *out, size_t *out_len, struct sh_why *why)
{
    if (!line->values[OPTION_COVER]) {
        *out_len = SIZE_MAX;
        return SH_OK;
    }
    *out_len = clears_list(line) ? 0 : line->repeated_len;
    for (size_t i = 0; i < *out_len; i++) {
        SH_TRY(command_address(line->repeated[i], &out[i], why));
        for (size_t k = 0; k < i; k++) {
            if (address_equal(&out[i], &out[k])) {
                return sh_fail(why, SH_E_USAGE, "--cover %s is given twice", out[i].text);
            }
        }
        if (address_equal(&out[i], desk)) {
            return sh_fail(why, SH_E_USAGE, "%s cannot cover for itself", desk->text);
        }
    }
    return SH_OK;
}

sh_err command_desk_set(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct address cover[CA_REPEAT_MAX];
    struct directory_desk desk = {
        .name = line->values[OPTION_NAME],
        .telephone = line->values[OPTION_TELEPHONE],
        .hours = line->values[OPTION_HOURS],
        .cover = cover,
    };
    SH_TRY(command_address(line->args[0], &desk.address, why));
    SH_TRY(check_texts(line, why));
    SH_TRY(read_cover(line, &desk.address, cover, &desk.cover_len, why));
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(check_sector_is_here(ca, &desk.address, why));
    SH_TRY(register_set_desk(ca_register(ca), &desk, why));
    return ca_commit(ca, why);
}

/* "999001.school": what stands behind the @ of an address. */
static sh_err check_code(const char *code, struct sh_why *why)
{
    char text[SH_ADDRESS_BYTES_MAX + 1];
    struct address address;
    int n = snprintf(text, sizeof text, "x@%s", code);
    if (n < 0 || (size_t)n >= sizeof text || address_from(text, &address) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "'%.120s' is not an organisation's code (999001.school)",
                       code);
    }
    return SH_OK;
}

static sh_err check_organisation(const struct command_line *line, struct sh_why *why)
{
    const char *closed_on = line->values[OPTION_CLOSED_ON];
    SH_TRY(check_code(line->args[0], why));
    SH_TRY(check_texts(line, why));
    if (line->values[OPTION_NAME] && !line->values[OPTION_NAME][0]) {
        return sh_fail(why, SH_E_USAGE, "an organisation keeps its name");
    }
    for (size_t i = 0; i < line->repeated_len && !clears_list(line); i++) {
        SH_TRY(check_code(line->repeated[i], why));
    }
    if (closed_on && closed_on[0] && !date_is_valid(closed_on)) {
        return sh_fail(why, SH_E_USAGE, "--closed-on is a day, YYYY-MM-DD");
    }
    return SH_OK;
}

sh_err command_organisation_set(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_TRY(check_organisation(line, why));
    struct directory_organisation organisation = {
        .code = line->args[0],
        .name = line->values[OPTION_NAME],
        .telephone = line->values[OPTION_TELEPHONE],
        .hours = line->values[OPTION_HOURS],
        .closed_on = line->values[OPTION_CLOSED_ON],
        .successors = line->repeated,
        .successors_len = !line->values[OPTION_SUCCESSOR] ? SIZE_MAX
                          : clears_list(line)             ? 0
                                                          : line->repeated_len,
    };
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(register_set_organisation(ca_register(ca), &organisation, why));
    return ca_commit(ca, why);
}

sh_err command_names_import(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(buf_wipe) struct buf tsv = BUF_INIT(NAMES_FILE_BYTES_MAX - 1);
    size_t rows = 0;
    SH_TRY(file_read(line->args[0], &tsv, why));
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(names_import_schools(ca_register(ca), bytes_buf(&tsv), &rows, why));
    SH_TRY(ca_commit(ca, why));
    (void)printf("schools           %zu\n", rows);
    return SH_OK;
}

/* ---- relays and keys ---- */

/* tcp://host:port, and nothing that libzmq would read as another transport. */
static bool endpoint_is_valid(const char *text)
{
    if (strncmp(text, "tcp://", 6) != 0 || strlen(text) > 200) {
        return false;
    }
    const char *host = text + 6;
    const char *colon = strrchr(host, ':');
    if (!colon || colon == host || strspn(colon + 1, "0123456789") != strlen(colon + 1)) {
        return false;
    }
    for (const char *p = host; p < colon; p++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", *p)) {
            return false;
        }
    }
    long port = strlen(colon + 1) <= 5 ? strtol(colon + 1, NULL, 10) : 0;
    return port >= 1 && port <= 65535;
}

sh_err command_relay_set(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct directory_relay relay = {.endpoint = line->values[OPTION_ENDPOINT]};
    const char *key = line->values[OPTION_CURVE_KEY];
    if (!endpoint_is_valid(relay.endpoint)) {
        return sh_fail(why, SH_E_USAGE, "--endpoint is tcp://host:port");
    }
    if (strlen(key) != 64 || hex_decode(key, relay.curve_key, sizeof relay.curve_key) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "--curve-key is 64 hexadecimal digits");
    }
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(register_set_relay(ca_register(ca), &relay, why));
    return ca_commit(ca, why);
}

static sh_err read_key(const struct command_line *line, struct directory_key *out,
                       struct sh_why *why)
{
    const char *log = line->values[OPTION_LOG];
    const char *witness = line->values[OPTION_WITNESS];
    const char *not_before = line->values[OPTION_NOT_BEFORE];
    if ((log != NULL) == (witness != NULL)) {
        return sh_fail(why, SH_E_USAGE, "give either --log or --witness");
    }
    if (witness && line->values[OPTION_IN_PLACE_OF]) {
        return sh_fail(why, SH_E_USAGE, "--in-place-of goes with --log");
    }
    out->use = log ? KEY_LOG : KEY_WITNESS;
    out->vkey = log ? log : witness;
    out->not_before_ms = line->setup.now_ms - ISSUE_BACKDATE_MS;
    if (not_before && time_from_rfc3339(not_before, &out->not_before_ms) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "--not-before is a time such as 2026-11-20T17:00:00Z");
    }
    return SH_OK;
}

/* A log that was lost is named by whoever says that another takes it up: a slip of the hand in a
 * key must not give the partnership another log. */
static sh_err check_name(struct ca *ca, const char *name, const char *lost, struct sh_why *why)
{
    const char *origin = register_partnership(ca_register(ca))->origin;
    bool same = strcmp(name, origin) == 0;
    if (lost && strcmp(lost, origin) != 0) {
        return sh_fail(why, SH_E_FORMAT, "the partnership's log is '%s', not '%s'", origin, lost);
    }
    if (lost && same) {
        return sh_fail(why, SH_E_FORMAT, "a log that takes up '%s' needs another name", origin);
    }
    if (!lost && !same) {
        return sh_fail(why, SH_E_FORMAT, "the key is for '%s', the partnership's log is '%s'", name,
                       origin);
    }
    return lost ? register_set_origin(ca_register(ca), name, why) : SH_OK;
}

static sh_err check_key(struct ca *ca, const struct directory_key *key, const char *lost,
                        struct sh_why *why)
{
    if (key->use == KEY_WITNESS) {
        return ca_check_text(key->vkey, SH_ORIGIN_BYTES_MAX + 128) == SH_OK
                   ? SH_OK
                   : sh_fail(why, SH_E_FORMAT, "--witness is a verifier key line");
    }
    struct note_verifier verifier;
    if (note_verifier_parse(key->vkey, &verifier) != SH_OK) {
        return sh_fail(why, SH_E_FORMAT,
                       "--log is a verifier key: name+hash+key, of an Ed25519 key");
    }
    return check_name(ca, verifier.name, lost, why);
}

sh_err command_key_add(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    struct directory_key key = {0};
    SH_TRY(read_key(line, &key, why));
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(check_key(ca, &key, line->values[OPTION_IN_PLACE_OF], why));
    SH_TRY(register_add_key(ca_register(ca), &key, why));
    return ca_commit(ca, why);
}

/* ---- publish ---- */

sh_err command_publish(const struct command_line *line, struct sh_why *why)
{
    SH_DEFER(ca_close) struct ca *ca = NULL;
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct published published = {0};
    SH_TRY(ca_open(&line->setup, &ca, why));
    SH_TRY(publish_directory(ca, &file, &published, why));
    SH_TRY(ca_commit(ca, why));
    SH_TRY(file_write_atomic(line->values[OPTION_OUT], bytes_buf(&file), 0644, why));
    char until[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(published.expires_at_ms, until);
    (void)printf("directory         %llu\nvalid until       %s\norganisations     %zu\n"
                 "desks             %zu\nseats             %zu\nwritten           %s\n",
                 (unsigned long long)published.serial, until, published.organisations,
                 published.desks, published.seats, line->values[OPTION_OUT]);
    if (published.root_crl_is_old) {
        (void)fputs(
            "safehand-ca: the root's revocation list is past half of its validity: bring the root "
            "key back and publish again\n",
            stderr);
    }
    return SH_OK;
}
