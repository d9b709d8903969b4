/* One member of the rules file after the other, each with its limits, and complaints that name the
 * place. Shared by nobody but clarity_rules.c, which says what stands where. */
#pragma once

#include "client/clarity_rules.h"

/* Where in the file the reader is, for what it complains about. */
struct reader {
    struct clarity_rules *rules;
    const char *file;
    struct sh_why *why;
    char place[96]; /* "phrases[3]"; "" at the top */
};

/* SH_E_CONFIG with "clarity.json: phrases[3].instead: missing". */
sh_err reader_complain(const struct reader *reader, const char *key, const char *complaint);
void reader_enter(struct reader *reader, const char *list, size_t index);
void reader_leave(struct reader *reader); /* to the top */

/* Each fails with SH_E_CONFIG if the member is missing or of another form; what it gives lives as
 * long as the rules. keys: NULL-terminated. */
SH_MUST_USE sh_err read_only_keys(const struct reader *reader, const json_t *object,
                                  const char *const *keys);
SH_MUST_USE sh_err read_sentence(const struct reader *reader, const json_t *object, const char *key,
                                 const char **out);
SH_MUST_USE sh_err read_advice(const struct reader *reader, const json_t *object,
                               struct clarity_advice *out);
SH_MUST_USE sh_err read_code(const struct reader *reader, const json_t *object, const char **out);
SH_MUST_USE sh_err read_number(const struct reader *reader, const json_t *object, const char *key,
                               uint32_t *out);
SH_MUST_USE sh_err read_list(const struct reader *reader, const json_t *object, const char *key,
                             const json_t **out);
SH_MUST_USE sh_err read_paths(const struct reader *reader, const json_t *object, const char *key,
                              struct clarity_paths *out);
SH_MUST_USE sh_err read_patterns(const struct reader *reader, const json_t *object, const char *key,
                                 struct clarity_patterns *out);
/* Absent: all kinds. */
SH_MUST_USE sh_err read_kinds(const struct reader *reader, const json_t *object, uint32_t *out);
