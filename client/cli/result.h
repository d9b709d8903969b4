/* What became of one document that was to be sent, for a person: shared by send, the answers and
 * sync. */
#pragma once

#include "cli.h"

/* Of what was telephoned: until when it has to stand in writing. Nothing for all else. */
void print_telephone(const json_t *entry);
void print_result(const json_t *result);
/* A list of results, or one. A struct cli's `show`. */
void show_results(struct cli *cli, const json_t *document);
/* 'Call 999 now', before anything else, if the document says that a child is in immediate danger:
 * true then. */
bool warn_if_immediate(const char *json, size_t json_len);
