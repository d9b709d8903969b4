/* The report's forms. Each prints the document of audit/figures.h to standard output. */
#pragma once

#include "cli.h"

void audit_report_table(const json_t *document);
void audit_report_csv(const json_t *document);
void audit_report_html(const json_t *document);

/* "3 min", "2 h 5 min", "3 days 4 h" of seconds; of steps, the number. */
#define REPORT_SPAN_BYTES 48
const char *report_span(const json_t *figure, const char *key, bool is_time,
                        char out[REPORT_SPAN_BYTES]);
/* "12", "under 5" where it is suppressed, "" where there is none. */
const char *report_count(const json_t *figure, char out[REPORT_SPAN_BYTES]);
