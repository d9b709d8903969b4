#include "successor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void successors_print(FILE *out, const json_t *successors)
{
    size_t i = 0;
    json_t *successor = NULL;
    json_array_foreach (successors, i, successor) {
        const char *address = member(successor, "address");
        const char *telephone = member(successor, "telephone");
        fprintf(out, "  successor %zu  %s, %s", i + 1, member(successor, "name"),
                address[0] ? address : member(successor, "code"));
        fprintf(out, "%s%s", telephone[0] ? ", telephone " : "", telephone);
        if (!address[0] && member(successor, "instead_of")[0]) {
            fputs(", no such desk there", out);
        }
        if (json_array_size(json_object_get(successor, "path")) > 2) {
            fprintf(out, " (%s)", member_list(successor, "path"));
        }
        fputc('\n', out);
    }
}

const char *successor_label(const json_t *found, char *out, size_t out_len)
{
    const json_t *successors = json_object_get(found, "successors");
    const char *closed = member(found, "closed_on");
    size_t len = json_array_size(successors);
    const char *name = member(json_array_get(successors, 0), "name");
    int used = snprintf(out, out_len, "%s%s%s", member(found, "organisation"),
                        closed[0] ? ", closed " : "", closed);
    if (used < 0 || (size_t)used >= out_len || len == 0) {
        return out;
    }
    if (len == 1) {
        (void)snprintf(out + used, out_len - (size_t)used, ", now %s", name);
    } else {
        (void)snprintf(out + used, out_len - (size_t)used, ", %zu successors", len);
    }
    return out;
}

/* The candidates for the first closed address of the list: one question at a time. */
static json_t *first_question(const json_t *successors)
{
    json_t *list = json_array();
    const char *about = member(json_array_get(successors, 0), "instead_of");
    size_t i = 0;
    json_t *successor = NULL;
    json_array_foreach (successors, i, successor) {
        if (strcmp(member(successor, "instead_of"), about) == 0) {
            (void)json_array_append(list, successor);
        }
    }
    return list;
}

static const json_t *read_choice(const json_t *list)
{
    char line[32];
    char *end = NULL;
    if (json_array_size(list) == 1) {
        fprintf(stderr, "Send to %s instead? [y/N] ", member(json_array_get(list, 0), "address"));
    } else {
        fputs("Send to which of them? Its number, or Enter to send nothing: ", stderr);
    }
    if (!fgets(line, sizeof line, stdin)) {
        return NULL;
    }
    if (json_array_size(list) == 1) {
        return line[0] == 'y' || line[0] == 'Y' ? json_array_get(list, 0) : NULL;
    }
    unsigned long number = strtoul(line, &end, 10);
    bool good = end != line && (*end == '\n' || *end == '\0') && number > 0;
    return good ? json_array_get(list, number - 1) : NULL;
}

static bool take_choice(const json_t *list, char out[SUCCESSOR_BYTES])
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        any = any || member(json_array_get(list, i), "address")[0];
    }
    const json_t *chosen = any ? read_choice(list) : NULL;
    const char *address = member(chosen, "address");
    if (chosen && !address[0]) {
        fputs("That one has no such desk in the directory: telephone them.\n", stderr);
    }
    return address[0] && snprintf(out, SUCCESSOR_BYTES, "%s", address) < SUCCESSOR_BYTES;
}

bool successor_ask(struct cli *cli, const char *json, const struct sh_client_error *error,
                   char out[SUCCESSOR_BYTES])
{
    if (cli->json || !json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return false;
    }
    json_t *document = json_loads(json, 0, NULL);
    json_t *list = first_question(json_object_get(document, "successors"));
    bool chosen = false;
    if (json_array_size(list) > 0) {
        fprintf(stderr, "%s\n", error->sentence);
        successors_print(stderr, list);
        chosen = take_choice(list, out);
    }
    json_decref(list);
    json_decref(document);
    return chosen;
}
