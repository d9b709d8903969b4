/* Writes the whole corpus anew: make_vectors DIR. Keys, salts and nonces are fresh each time, so
 * every file changes; the committed ones are made once and stay. */
#include "studio.h"

#include <stdio.h>
#include <stdlib.h>

void studio_list(struct studio *s, const struct entry *e, const char *file)
{
    struct vector_index *index = &s->index;
    index->rows = reallocarray(index->rows, index->len + 1, sizeof *index->rows);
    MUST_HOLD(index->rows);
    struct vector *row = &index->rows[index->len++];
    (void)snprintf(row->file, sizeof row->file, "%s", file);
    (void)snprintf(row->reader, sizeof row->reader, "%s", e->reader);
    (void)snprintf(row->expected, sizeof row->expected, "%s",
                   e->expected == SH_OK ? "ok" : sh_err_word(e->expected));
    (void)snprintf(row->by, sizeof row->by, "%s", e->by ? e->by : "-");
    (void)snprintf(row->needs, sizeof row->needs, "%s", e->needs ? e->needs : "-");
    MUST_HOLD(strlen(e->what) < sizeof row->what);
    (void)snprintf(row->what, sizeof row->what, "%s", e->what);
    row->at_ms = e->at_ms ? e->at_ms : PKI_NOW_MS;
}

void studio_add(struct studio *s, const struct entry *e, struct bytes content)
{
    char file[96];
    (void)snprintf(file, sizeof file, "%s/%s.bin", e->reader, e->name);
    for (size_t i = 0; i < s->index.len; i++) {
        vectors_must(strcmp(s->index.rows[i].file, file) != 0, file);
    }
    vector_file_write(s->dir, file, content);
    studio_list(s, e, file);
}

void studio_seed(struct studio *s, const char *target, const char *name, struct bytes content)
{
    char file[128];
    (void)snprintf(file, sizeof file, "../fuzz/corpus/%s/%s.bin", target, name);
    vector_file_write(s->dir, file, content);
}

void studio_write(struct studio *s, struct letter *l, enum post_seat sender, const char *casework)
{
    letter_write(&s->post, l, sender, casework, 0);
}

void studio_answer(struct studio *s, struct letter *l, enum post_seat sender, const char *casework,
                   const struct letter *parent)
{
    letter_write(&s->post, l, sender, casework, 2);
    l->facts.thread_id = parent->facts.thread_id;
    l->facts.has_parent = true;
    MUST(header_hash(bytes_buf(&parent->header), &l->facts.parent));
    l->inside = l->facts;
}

int main(int argc, char **argv)
{
    struct studio s = {.index = {.len = 0}};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_vectors DIR   (tests/vectors)\n");
        return 2;
    }
    s.dir = argv[1];
    office_make(&s.post);
    office_save(&s.post, s.dir);
    make_submissions(&s);
    make_headers(&s);
    make_threads(&s);
    make_frames(&s);
    make_readings(&s);
    make_enclosures(&s);
    make_messages(&s);
    make_receipts(&s);
    make_statements(&s);
    make_directories(&s);
    make_seeds(&s);
    vector_index_write(s.dir, &s.index);
    (void)printf("%zu vectors\n", s.index.len);
    vector_index_free(&s.index);
    post_free(&s.post);
    return 0;
}
