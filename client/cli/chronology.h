/* The views of a chronology: each prints a list of documents of sh_client_chronology() to standard
 * output. Handling marks stand above the words in each of them. */
#pragma once

#include "cli.h"

void chronology_print_table(const json_t *documents);
/* One line a row, quoted; a cell that a spreadsheet would take for a formula begins with an
 * apostrophe. */
void chronology_print_csv(const json_t *documents);
/* One page that asks nobody for anything: no script, no picture, no font. */
void chronology_print_html(const json_t *documents);

/* ---- what the views share ---- */

/* "Fri 20 Nov 2026, 17:00" of a time, the day as written of a day, "not said" if absent.
 * Overwritten by the fourth call after. */
const char *chronology_when(const json_t *row, const char *key);
/* "domestic abuse, notification", "decision: no further action". Overwritten by the next call. */
const char *chronology_kind(const json_t *row);
/* "Name (role: harmed); ...". Overwritten by the next call. */
const char *chronology_children(const json_t *row);
/* A list of strings, or of the member of objects (`key`), with "; ". Overwritten by the fourth call
 * after. */
const char *chronology_list(const json_t *list, const char *key);
/* One handling mark as sentences: "Not to be told: Father. ..." Overwritten by the next call. */
const char *chronology_handling(const json_t *mark);
/* The gap behind a row; NULL: none. */
const json_t *chronology_gap_after(const json_t *document, const json_t *row);
/* The rules that a row completes or takes part in, as "; ". */
const char *chronology_flags_of(const json_t *document, const json_t *row);
