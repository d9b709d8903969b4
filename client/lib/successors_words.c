/* What successors.h finds, as a sentence and as JSON. The sentences name organisations, which stand
 * in the directory for everyone, and nobody else. */
#include "client/entry.h"
#include "client/successors.h"

#include <stdio.h>

#define SENTENCE_BYTES 512
#define NAMED_MAX      3 /* candidates in a sentence; all of them are in the list */

/* ---- in words ---- */

/* "Tue 31 Aug 2021" */
static void write_day(const char *date, char *out, size_t out_len)
{
    char noon[SH_TIME_TEXT_BYTES];
    int64_t ms = 0;
    (void)snprintf(noon, sizeof noon, "%.10sT12:00:00Z", date);
    if (time_from_rfc3339(noon, &ms) != SH_OK) {
        (void)snprintf(out, out_len, "%s", date);
        return;
    }
    time_to_local(ms, out, out_len);
    out[strcspn(out, ",")] = '\0';
}

static const char *name_of(const struct successor *successor)
{
    return successor->organisation ? successor->organisation->name : successor->code;
}

static sh_err write_what_happened(const struct closing *closing, struct buf *out)
{
    const struct directory_organisation *organisation = closing->organisation;
    char day[64];
    if (!organisation->closed_on) {
        return buf_printf(out, "%.120s (%s) has given its place to another", organisation->name,
                          organisation->code);
    }
    write_day(organisation->closed_on, day, sizeof day);
    const char *verb = strcmp(organisation->closed_on, closing->today) <= 0 ? "closed" : "closes";
    return buf_printf(out, "%.120s (%s) %s on %s", organisation->name, organisation->code, verb,
                      day);
}

static sh_err write_way(const struct closing *closing, size_t candidate, struct buf *out)
{
    const char *path[SUCCESSION_MAX];
    size_t len = succession_path(&closing->succession, closing->candidates[candidate], path);
    for (size_t i = 1; i + 1 < len; i++) {
        SH_TRY(buf_printf(out, "%s%s", i == 1 ? ", by way of " : ", ", path[i]));
    }
    return SH_OK;
}

static sh_err write_candidate(const struct closing *closing, size_t candidate, struct buf *out)
{
    const struct successor *successor = &closing->succession.list[closing->candidates[candidate]];
    struct address address;
    if (successors_address(closing, candidate, &address)) {
        SH_TRY(buf_printf(out, "%.80s (%s", name_of(successor), address.text));
    } else {
        SH_TRY(
            buf_printf(out, "%.80s (%s, no such desk there", name_of(successor), successor->code));
    }
    SH_TRY(write_way(closing, candidate, out));
    return buf_append_str(out, ")");
}

static sh_err write_candidates(const struct closing *closing, struct buf *out)
{
    size_t len = closing->candidates_len;
    if (len == 0 && closing->succession.len > 1) {
        return buf_append_str(out,
                              "; those said to have taken its place lead round in a circle, so "
                              "nobody can say from here who did");
    }
    if (len == 0) {
        return buf_append_str(out, "; the directory names no successor");
    }
    SH_TRY(buf_append_str(out, len == 1 ? "; its successor is " : "; its successors are "));
    for (size_t i = 0; i < len && i < NAMED_MAX; i++) {
        SH_TRY(i > 0 ? buf_append_str(out, "; ") : SH_OK);
        SH_TRY(write_candidate(closing, i, out));
    }
    return len > NAMED_MAX ? buf_printf(out, "; and %zu more", len - NAMED_MAX) : SH_OK;
}

static sh_err write_what_to_do(const struct closing *closing, bool answers, struct buf *out)
{
    struct address address;
    size_t reachable = 0;
    for (size_t i = 0; i < closing->candidates_len; i++) {
        reachable += successors_address(closing, i, &address);
    }
    if (reachable == 0) {
        return buf_append_str(out, ". Telephone them");
    }
    if (answers) {
        return buf_append_str(out, ". An answer cannot go there: telephone, or send a message of "
                                   "its own");
    }
    if (closing->candidates_len == 1 && successors_address(closing, 0, &address)) {
        return buf_printf(out, ". Send to %s instead: --to %s", address.text, address.text);
    }
    return buf_append_str(out, ". Say to which it is to go: --to ADDRESS");
}

/* What no longer fits is cut; the list says all of it. */
void successors_write(const struct closing *closing, bool answers, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SENTENCE_BYTES);
    SH_DEFER(buf_wipe) struct buf advice = BUF_INIT(SENTENCE_BYTES);
    if (!why || write_what_happened(closing, &text) != SH_OK ||
        write_candidates(closing, &text) != SH_OK ||
        write_what_to_do(closing, answers, &advice) != SH_OK || buf_terminate(&text) != SH_OK ||
        buf_terminate(&advice) != SH_OK) {
        return;
    }
    int room = (int)(sizeof why->text - 40 - advice.len);
    (void)snprintf(why->text, sizeof why->text, "%.*s%s", room, (const char *)text.data,
                   (const char *)advice.data);
}

sh_err successors_write_note(const struct closing *closing, json_t **out)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SENTENCE_BYTES);
    SH_TRY(write_what_happened(closing, &text));
    SH_TRY(closing->succession.len > 1 ? write_candidates(closing, &text) : SH_OK);
    SH_TRY(buf_printf(&text, ". Somebody still has a seat at %s, and it goes there.",
                      closing->address.text));
    *out = json_stringn((const char *)text.data, text.len);
    return *out ? SH_OK : SH_E_NOMEM;
}

/* ---- as JSON ---- */

static sh_err put_path(const struct closing *closing, size_t candidate, json_t *json)
{
    const char *codes[SUCCESSION_MAX];
    size_t len = succession_path(&closing->succession, closing->candidates[candidate], codes);
    json_t *path = json_array();
    SH_TRY(entry_put(json, "path", path));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(entry_append(path, json_string(codes[i])));
    }
    return SH_OK;
}

static sh_err list_candidate(const struct closing *closing, size_t candidate, json_t *list)
{
    const struct successor *successor = &closing->succession.list[closing->candidates[candidate]];
    const struct directory_organisation *organisation = successor->organisation;
    struct address address;
    json_t *json = json_object();
    SH_TRY(entry_append(list, json));
    if (closing->address.text[0] != '@') {
        SH_TRY(entry_put(json, "instead_of", json_string(closing->address.text)));
    }
    SH_TRY(entry_put(json, "code", json_string(successor->code)));
    SH_TRY(entry_put(json, "name", json_string(name_of(successor))));
    if (successors_address(closing, candidate, &address)) {
        SH_TRY(entry_put(json, "address", json_string(address.text)));
    }
    if (organisation && organisation->telephone) {
        SH_TRY(entry_put(json, "telephone", json_string(organisation->telephone)));
    }
    if (organisation && organisation->closed_on) {
        SH_TRY(entry_put(json, "closed_on", json_string(organisation->closed_on)));
    }
    return put_path(closing, candidate, json);
}

sh_err successors_list(const struct closing *closing, json_t *list)
{
    for (size_t i = 0; i < closing->candidates_len; i++) {
        SH_TRY(list_candidate(closing, i, list));
    }
    return SH_OK;
}
