#include "index.h"

#include "base/files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char HEAD[] = "# file\treader\texpected\tby\tat_ms\tneeds\twhat\n";

void vectors_must(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "vectors: %s\n", what);
        abort();
    }
}

static void path_of(const char *dir, const char *name, char out[PATH_MAX])
{
    MUST(path_join(out, PATH_MAX, dir, name));
}

void vector_file_read(const char *dir, const char *name, struct buf *out)
{
    char path[PATH_MAX];
    struct sh_why why = {""};
    path_of(dir, name, path);
    *out = (struct buf)BUF_INIT(4 * SH_MIB);
    vectors_must(file_read(path, out, &why) == SH_OK, why.text);
}

void vector_file_write(const char *dir, const char *name, struct bytes content)
{
    char path[PATH_MAX];
    struct sh_why why = {""};
    path_of(dir, name, path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    vectors_must(dir_make(path, 0755, &why) == SH_OK, why.text);
    *slash = '/';
    FILE *file = fopen(path, "wb");
    MUST_HOLD(file);
    MUST_HOLD(content.len == 0 || fwrite(content.data, 1, content.len, file) == content.len);
    MUST_HOLD(fclose(file) == 0);
}

static void take_text(char **at, char *out, size_t out_len)
{
    char *from = strsep(at, "\t");
    vectors_must(from && from[0] && strlen(from) < out_len, "index.tsv: a column is missing");
    (void)snprintf(out, out_len, "%s", from);
}

static void take_row(char *line, struct vector *out)
{
    char number[24];
    take_text(&line, out->file, sizeof out->file);
    take_text(&line, out->reader, sizeof out->reader);
    take_text(&line, out->expected, sizeof out->expected);
    take_text(&line, out->by, sizeof out->by);
    take_text(&line, number, sizeof number);
    take_text(&line, out->needs, sizeof out->needs);
    take_text(&line, out->what, sizeof out->what);
    out->at_ms = strtoll(number, NULL, 10);
    MUST_HOLD(line == NULL && out->at_ms > 0);
}

void vector_index_read(const char *dir, struct vector_index *out)
{
    struct buf text;
    vector_file_read(dir, VECTORS_INDEX, &text);
    MUST(buf_terminate(&text));
    *out = (struct vector_index){.len = 0};
    char *rest = (char *)text.data;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        out->rows = reallocarray(out->rows, out->len + 1, sizeof *out->rows);
        MUST_HOLD(out->rows);
        take_row(line, &out->rows[out->len++]);
    }
    buf_wipe(&text);
}

void vector_index_free(struct vector_index *index)
{
    free(index->rows);
    *index = (struct vector_index){.len = 0};
}

const struct vector *vector_index_find(const struct vector_index *index, const char *file)
{
    for (size_t i = 0; i < index->len; i++) {
        if (strcmp(index->rows[i].file, file) == 0) {
            return &index->rows[i];
        }
    }
    vectors_must(false, file);
    return NULL;
}

void vector_index_write(const char *dir, const struct vector_index *index)
{
    struct buf text = BUF_INIT(SH_MIB);
    MUST(buf_append_str(&text, HEAD));
    for (size_t i = 0; i < index->len; i++) {
        const struct vector *v = &index->rows[i];
        MUST(buf_printf(&text, "%s\t%s\t%s\t%s\t%lld\t%s\t%s\n", v->file, v->reader, v->expected,
                        v->by, (long long)v->at_ms, v->needs, v->what));
    }
    vector_file_write(dir, VECTORS_INDEX, bytes_buf(&text));
    buf_wipe(&text);
}
