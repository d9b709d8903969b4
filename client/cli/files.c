#include "files.h"

#include "base/bytes.h"
#include "base/files.h"
#include "base/limits.h"
#include "cli.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As face.c has it: what happened, what was not lost, what to do. Gives false. */
static bool fail(struct documents *documents, sh_err code, const char *what, const char *advice)
{
    documents->error.code = (int)code;
    (void)snprintf(documents->error.sentence, sizeof documents->error.sentence,
                   "%.400s. Nothing was sent; %.80s.", what, advice);
    return false;
}

static bool add_text(struct documents *documents, const char *name, struct buf *text)
{
    if (documents->len == DOCUMENTS_MAX || buf_terminate(text) != SH_OK) {
        return fail(documents, SH_E_TOO_BIG, "these are too many files",
                    "send at most 4096 in one go");
    }
    struct sh_client_document *grown =
        realloc(documents->items, (documents->len + 1) * sizeof *documents->items);
    char *copy = strdup(name);
    if (!grown || !copy) {
        free(copy);
        documents->items = grown ? grown : documents->items;
        return fail(documents, SH_E_NOMEM, "out of memory", "try again with fewer files");
    }
    documents->items = grown;
    documents->items[documents->len++] = (struct sh_client_document){
        .name = copy, .json = (const char *)text->data, .json_len = text->len};
    *text = (struct buf){0}; /* its memory is the document's now */
    return true;
}

static bool add_standard_input(struct documents *documents)
{
    struct buf text = {.max = SH_JSON_BYTES_MAX + 1};
    char chunk[16384];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stdin)) > 0;) {
        if (buf_append(&text, bytes_of(chunk, got)) != SH_OK) {
            buf_wipe(&text);
            return fail(documents, SH_E_TOO_BIG, "standard input is larger than 4 MiB",
                        "send it in parts");
        }
    }
    bool added = add_text(documents, "-", &text);
    buf_wipe(&text);
    return added;
}

static bool add_file(struct documents *documents, const char *path)
{
    struct sh_why why = {0};
    struct buf text = {.max = SH_JSON_BYTES_MAX + 1};
    sh_err result = file_read(path, &text, &why);
    bool added = result == SH_OK ? add_text(documents, path, &text)
                                 : fail(documents, result, why.text,
                                        "check the name of the file and try again");
    buf_wipe(&text);
    return added;
}

static int is_json_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static bool add_folder(struct documents *documents, const char *folder)
{
    struct dirent **entries = NULL;
    int len = scandir(folder, &entries, is_json_file, alphasort);
    bool added = len >= 0 || fail(documents, SH_E_IO, "the folder cannot be read",
                                  "check its name and try again");
    for (int i = 0; i < len; i++) {
        char path[PATH_MAX];
        added = added && path_join(path, sizeof path, folder, entries[i]->d_name) == SH_OK &&
                add_file(documents, path);
        free(entries[i]);
    }
    free(entries);
    if (added && len == 0) {
        (void)fail(documents, SH_E_NOT_FOUND, "the folder has no file whose name ends in .json",
                   "check its name and try again");
    }
    return added;
}

int documents_failed(struct cli *cli, const struct documents *documents)
{
    char *nothing = NULL;
    (void)cli_finish(cli, documents->error.code, &nothing, &documents->error, NULL);
    return CLI_USAGE;
}

bool documents_add(struct documents *documents, const char *path)
{
    struct stat info;
    if (strcmp(path, "-") == 0) {
        return add_standard_input(documents);
    }
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return add_folder(documents, path);
    }
    return add_file(documents, path);
}

void documents_free(struct documents *documents)
{
    for (size_t i = 0; i < documents->len; i++) {
        const struct sh_client_document *item = &documents->items[i];
        explicit_bzero((void *)(uintptr_t)item->json, item->json_len);
        free((void *)(uintptr_t)item->json);
        free((void *)(uintptr_t)item->name);
    }
    free(documents->items);
    *documents = (struct documents){0};
}
