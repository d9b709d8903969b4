/* What the commands of safehand-ca do. Each opens the authority, does one thing, commits, and only
 * then writes files or prints: after an error nothing has changed. */
#pragma once

#include "certs/options.h"

SH_MUST_USE sh_err command_init(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_sector_add(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_issue(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_recovery(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_revoke(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_desk_set(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_organisation_set(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_relay_set(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_key_add(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_names_import(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_links_import(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_publish(const struct command_line *line, struct sh_why *why);
SH_MUST_USE sh_err command_show(const struct command_line *line, struct sh_why *why);

/* An argument that must be an address. SH_E_USAGE. */
SH_MUST_USE sh_err command_address(const char *text, struct address *out, struct sh_why *why);
/* A text option: SH_E_USAGE unless it is absent, empty or plain text. */
SH_MUST_USE sh_err command_check_text(const struct command_line *line, enum ca_option option,
                                      struct sh_why *why);
