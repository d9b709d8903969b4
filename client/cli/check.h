/* The clarity check as `send` runs it. */
#pragma once

#include "cli.h"
#include "files.h"

/* 'Call 999 now' where it applies; then advice on the documents, on standard error. On a terminal
 * it is asked once whether to send them as they are: false is a no. Never asks where a child is in
 * immediate danger, and nothing that is wrong with the check or its rules keeps a message back. */
bool advise_before_sending(struct cli *cli, const struct documents *documents);
