/* The memory store's tables; see rows.h. */
#include "store/memory/rows.h"

#include <stdlib.h>

sh_err blob_new(struct bytes in, struct blob **out)
{
    struct blob *blob = malloc(sizeof *blob + in.len);
    SH_CHECK(blob, SH_E_NOMEM);
    blob->refs = 1;
    blob->len = in.len;
    if (in.len) {
        memcpy(blob->data, in.data, in.len);
    }
    *out = blob;
    return SH_OK;
}

void blob_drop(struct blob **blob)
{
    if (*blob && --(*blob)->refs == 0) {
        free(*blob);
    }
    *blob = NULL;
}

void *rows_at(const struct rows *rows, size_t i)
{
    return rows->data + i * rows->row_bytes;
}

static struct row_head *head_at(const struct rows *rows, size_t i)
{
    return rows_at(rows, i);
}

static sh_err reserve(struct rows *rows, size_t len)
{
    if (len <= rows->cap) {
        return SH_OK;
    }
    size_t cap = rows->cap * 2 > len ? rows->cap * 2 : len;
    size_t bytes = 0;
    SH_TRY(size_mul(cap, rows->row_bytes, &bytes));
    uint8_t *data = realloc(rows->data, bytes);
    SH_CHECK(data, SH_E_NOMEM);
    rows->data = data;
    rows->cap = cap;
    return SH_OK;
}

sh_err rows_add(struct rows *rows, const void *row)
{
    SH_TRY(reserve(rows, rows->len + 1));
    memcpy(rows_at(rows, rows->len), row, rows->row_bytes);
    rows->len++;
    return SH_OK;
}

static void drop_blobs(struct row_head *head)
{
    blob_drop(&head->blobs[0]);
    blob_drop(&head->blobs[1]);
}

void rows_remove(struct rows *rows, size_t i)
{
    drop_blobs(head_at(rows, i));
    memmove(rows_at(rows, i), rows_at(rows, i + 1), (rows->len - i - 1) * rows->row_bytes);
    rows->len--;
}

sh_err rows_copy(const struct rows *from, struct rows *to)
{
    SH_TRY(reserve(to, from->len));
    if (from->len) {
        memcpy(to->data, from->data, from->len * from->row_bytes);
    }
    to->len = from->len;
    for (size_t i = 0; i < to->len; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct blob *blob = head_at(to, i)->blobs[k];
            if (blob) {
                blob->refs++;
            }
        }
    }
    return SH_OK;
}

void rows_wipe(struct rows *rows)
{
    for (size_t i = 0; i < rows->len; i++) {
        drop_blobs(head_at(rows, i));
    }
    free(rows->data);
    *rows = (struct rows){.row_bytes = rows->row_bytes};
}
