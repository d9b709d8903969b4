#include "support/cases.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "base/limits.h"
#include "wire/casework.h"

#include <dirent.h>

static const char FOLDER[] = SH_TESTS_DIR "/cases";

static void closedirp(DIR **dir)
{
    if (*dir) {
        closedir(*dir);
    }
}

static bool is_case(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && len < CASE_NAME_MAX && strcmp(name + len - 5, ".json") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

sh_err cases_list(struct case_names *out, struct sh_why *why)
{
    struct case_names names = {.len = 0};
    SH_DEFER(closedirp) DIR *dir = opendir(FOLDER);
    if (!dir) {
        return sh_fail(why, SH_E_IO, "cannot open %s", FOLDER);
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (is_case(entry->d_name)) {
            SH_CHECK(names.len < CASES_MAX, SH_E_TOO_BIG);
            memcpy(names.name[names.len++], entry->d_name, strlen(entry->d_name) + 1);
        }
    }
    qsort(names.name, names.len, CASE_NAME_MAX, by_name);
    *out = names;
    return SH_OK;
}

static sh_err find_file(const char *name, char *out, size_t out_len, struct sh_why *why)
{
    struct case_names names;
    SH_TRY(cases_list(&names, why));
    for (size_t i = 0; i < names.len; i++) {
        if (strncmp(names.name[i], name, strlen(name)) == 0) {
            return path_join(out, out_len, FOLDER, names.name[i]);
        }
    }
    return sh_fail(why, SH_E_NOT_FOUND, "no case %s", name);
}

static void take_wrappers_off(json_t *message)
{
    (void)json_object_del(message, "expected");
    (void)json_object_del(message, "attachments");
    if (json_is_integer(json_array_get(json_object_get(message, "promotes"), 0))) {
        (void)json_object_del(message, "promotes");
    }
}

static sh_err messages_of(json_t *file, json_t **out)
{
    json_t *thread = json_object_get(file, "thread");
    json_t *messages = thread ? json_incref(thread) : json_pack("[O]", file);
    SH_CHECK(messages, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        take_wrappers_off(json_array_get(messages, i));
    }
    *out = messages;
    return SH_OK;
}

sh_err case_load(const char *name, json_t **out, struct sh_why *why)
{
    char path[512];
    SH_TRY(find_file(name, path, sizeof path, why));
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_JSON_BYTES_MAX);
    SH_TRY(file_read(path, &text, why));
    SH_DEFER(json_decrefp) json_t *file = NULL;
    SH_TRY(casework_parse(bytes_buf(&text), &file, why));
    return messages_of(file, out);
}

sh_err case_load_message(const char *name, size_t position, json_t **out, struct sh_why *why)
{
    SH_DEFER(json_decrefp) json_t *messages = NULL;
    SH_TRY(case_load(name, &messages, why));
    json_t *message = json_array_get(messages, position);
    SH_CHECK(message, SH_E_NOT_FOUND);
    *out = json_incref(message);
    return SH_OK;
}
