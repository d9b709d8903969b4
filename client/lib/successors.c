/* See successors.h. The sentences name organisations, which stand in the directory for everyone,
 * and nobody else. */
#include "client/successors.h"

#include "client/entry.h"

#include <stdio.h>

/* ---- looking ---- */

static bool is_live(const struct directory *directory, const struct address *address)
{
    const struct desk *desk = directory_desk(directory, address->text);
    return desk && desk->seats_len > 0;
}

bool successors_address(const struct closing *closing, size_t candidate, struct address *out)
{
    const char *text = closing->address.text;
    char other[2 * SH_ADDRESS_BYTES_MAX];
    int desk_len = (int)strcspn(text, "@");
    int len = snprintf(other, sizeof other, "%.*s@%s", desk_len, text,
                       closing->succession.list[closing->candidates[candidate]].code);
    return len > 0 && (size_t)len < sizeof other && address_from(other, out) == SH_OK &&
           is_live(closing->directory, out);
}

static void find_candidates(struct closing *closing)
{
    const struct succession *succession = &closing->succession;
    for (size_t i = 1; i < succession->len; i++) {
        struct address address;
        closing->candidates[closing->candidates_len] = i;
        bool fits = succession->list[i].is_last ||
                    successors_address(closing, closing->candidates_len, &address);
        closing->candidates_len += fits;
    }
}

bool successors_look(const struct directory *directory, const struct address *address,
                     int64_t now_ms, struct closing *out)
{
    char now[SH_TIME_TEXT_BYTES];
    *out = (struct closing){.directory = directory, .address = *address};
    const char *code = address_organisation(&out->address);
    out->organisation = directory_organisation(directory, code);
    if (!out->organisation) {
        return false;
    }
    directory_succession(directory, code, &out->succession);
    find_candidates(out);
    time_to_rfc3339(now_ms, now);
    (void)snprintf(out->today, sizeof out->today, "%.10s", now);
    return out->succession.len > 1 || out->organisation->closed_on;
}

/* ---- settling ---- */

/* True if nobody can be reached there because the organisation has closed. */
static bool is_gone(const struct successors_order *order, const struct address *address,
                    struct closing *out)
{
    return !is_live(order->directory, address) &&
           successors_look(order->directory, address, order->now_ms, out);
}

static sh_err refuse(struct successors_order *order, const struct closing *closing, bool answers,
                     struct sh_why *why)
{
    bool is_first = !order->out_list || !*order->out_list;
    if (order->out_list) {
        *order->out_list = is_first ? json_array() : *order->out_list;
        SH_CHECK(*order->out_list, SH_E_NOMEM);
        SH_TRY(successors_list(closing, *order->out_list));
    }
    if (is_first) {
        successors_write(closing, answers, why);
    }
    return SH_E_CLOSED;
}

/* The candidate that the caller names, if any. */
static bool find_named(const struct successors_order *order, const struct closing *closing,
                       struct address *out)
{
    for (size_t i = 0; i < closing->candidates_len; i++) {
        for (size_t k = 0; successors_address(closing, i, out) && k < order->to_len; k++) {
            if (strcmp(order->to[k], out->text) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool list_has(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *item = json_string_value(json_array_get(list, i));
        if (item && strcmp(item, text) == 0) {
            return true;
        }
    }
    return false;
}

/* Puts `address` in the place of entry i, or takes the entry out if the document names it already.
 */
static sh_err replace_entry(json_t *document, json_t *list, size_t i, const char *address)
{
    if (list_has(json_object_get(document, "to"), address) ||
        list_has(json_object_get(document, "inform"), address)) {
        return json_array_remove(list, i) == 0 ? SH_OK : SH_E_BUG;
    }
    return json_array_set_new(list, i, json_string(address)) == 0 ? SH_OK : SH_E_NOMEM;
}

static sh_err settle_list(struct successors_order *order, json_t *document, const char *key,
                          struct sh_why *why)
{
    json_t *list = json_object_get(document, key);
    sh_err result = SH_OK;
    /* From the end, since entries may go. */
    for (size_t i = json_array_size(list); i-- > 0;) {
        const char *text = json_string_value(json_array_get(list, i));
        struct address address, named;
        struct closing closing;
        if (!text || address_from(text, &address) != SH_OK || !is_gone(order, &address, &closing)) {
            continue;
        }
        if (find_named(order, &closing, &named)) {
            SH_TRY(replace_entry(document, list, i, named.text));
            continue;
        }
        result = refuse(order, &closing, false, why);
        SH_CHECK(result == SH_E_CLOSED, result);
    }
    return result;
}

/* What was given beside the document, without what has closed. */
static sh_err settle_to(struct successors_order *order, const json_t *document, struct sh_why *why)
{
    size_t len = 0;
    sh_err result = SH_OK;
    for (size_t i = 0; i < order->to_len; i++) {
        struct address address, named;
        struct closing closing;
        bool gone =
            address_from(order->to[i], &address) == SH_OK && is_gone(order, &address, &closing);
        bool told = gone && list_has(json_object_get(document, "to"), address.text);
        if (gone && !told && !find_named(order, &closing, &named)) {
            result = refuse(order, &closing, false, why);
            SH_CHECK(result == SH_E_CLOSED, result);
        } else if (!gone) {
            order->to[len++] = order->to[i];
        }
    }
    order->to_len = result == SH_OK ? len : order->to_len;
    return result;
}

sh_err successors_settle(struct successors_order *order, json_t *document, struct sh_why *why)
{
    sh_err to = settle_list(order, document, "to", why);
    SH_CHECK(to == SH_OK || to == SH_E_CLOSED, to);
    sh_err inform = settle_list(order, document, "inform", why);
    SH_CHECK(inform == SH_OK || inform == SH_E_CLOSED, inform);
    sh_err beside = settle_to(order, document, why);
    SH_CHECK(to == SH_OK, to);
    SH_CHECK(inform == SH_OK, inform);
    return beside;
}

sh_err successors_check(struct successors_order *order, const struct addressees *to,
                        struct sh_why *why)
{
    sh_err result = SH_OK;
    for (size_t i = 0; i < to->len; i++) {
        struct closing closing;
        if (is_gone(order, &to->list[i].address, &closing)) {
            result = refuse(order, &closing, true, why);
            SH_CHECK(result == SH_E_CLOSED, result);
        }
    }
    return result;
}

/* ---- warning ---- */

static sh_err warn_of(const struct closing *closing, json_t *result)
{
    json_t *sentence = NULL;
    json_t *list = json_object_get(result, "warnings");
    if (!list) {
        list = json_array();
        SH_TRY(entry_put(result, "warnings", list));
    }
    SH_TRY(successors_write_note(closing, &sentence));
    return entry_append(list, sentence);
}

sh_err successors_warn(const struct directory *directory, const struct facts *facts, int64_t now_ms,
                       json_t *result)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *recipient = &facts->recipients[i];
        struct closing closing;
        bool addressed = recipient->role == ROLE_ACT || recipient->role == ROLE_INFORM;
        if (addressed && successors_look(directory, &recipient->address, now_ms, &closing)) {
            SH_TRY(warn_of(&closing, result));
        }
    }
    return SH_OK;
}
