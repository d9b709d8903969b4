/* safehand check: the clarity check, for a person. The words that it finds are a child's record:
 * they go to the writer's own terminal, or where `check` was told to write, and into no log. */
#include "check.h"

#include "result.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES_FILE "/clarity.json"

/* ---- the rules ---- */

/* The seat's own rules if it has some; NULL: let the library choose. */
static const char *home_rules(const struct cli *cli, char *out, size_t out_len)
{
    int len = snprintf(out, out_len, "%s" RULES_FILE, cli->home);
    return len > 0 && (size_t)len < out_len && access(out, F_OK) == 0 ? out : NULL;
}

/* ---- what is shown ---- */

/* "What happened (concern.what_happened)" */
static void print_place(FILE *out, const char *path)
{
    const char *last = strrchr(path, '.');
    char key[64];
    (void)snprintf(key, sizeof key, "%s", last ? last + 1 : path);
    key[strcspn(key, "[")] = '\0';
    const char *label = label_of(key);
    if (label) {
        fprintf(out, "%s (%s)", label, path);
    } else {
        fputs(path, out);
    }
}

static void print_finding(FILE *out, const json_t *finding, bool with_words)
{
    const char *words = member(finding, "words");
    fputs("  ", out);
    print_place(out, member(finding, "path"));
    if (words[0] && with_words) {
        fputs(": \"", out);
        print_text_to(out, words, 4);
        fputc('"', out);
    }
    fputs("\n    ", out);
    print_text_to(out, member(finding, "why"), 4);
    fputs("\n    ", out);
    print_text_to(out, member(finding, "instead"), 4);
    fputc('\n', out);
}

static void print_findings(FILE *out, const char *name, const json_t *result, bool with_words)
{
    const json_t *findings = json_object_get(result, "findings");
    size_t len = json_array_size(findings);
    if (len == 0) {
        fprintf(out, "%s: nothing to advise.\n", name);
        return;
    }
    fprintf(out, "%s: %zu %s could be clearer. It can be sent as it is.\n", name, len,
            len == 1 ? "place" : "places");
    for (size_t i = 0; i < len; i++) {
        print_finding(out, json_array_get(findings, i), with_words);
    }
}

/* ---- one document ---- */

static int check_document(const struct sh_client_document *document, const char *rules,
                          json_t **out_result, struct sh_client_error *error)
{
    char *json = NULL;
    int code = sh_client_check(document->json, document->json_len, rules, &json, error);
    *out_result = json ? json_loads(json, 0, NULL) : NULL;
    sh_client_free_text(&json);
    return code;
}

/* ---- the command ---- */

static int check_one(struct cli *cli, const struct sh_client_document *document, const char *rules)
{
    struct sh_client_error error = {0};
    json_t *result = NULL;
    int code = check_document(document, rules, &result, &error);
    if (code == 0 && !cli->json) {
        print_findings(stdout, document->name, result, true);
    }
    char *json = result && cli->json ? json_dumps(result, JSON_COMPACT) : NULL;
    json_decref(result);
    return cli->json || code != 0 ? cli_finish(cli, code, &json, &error, NULL) : CLI_DONE;
}

static json_t *refusal(int code, const struct sh_client_error *error)
{
    return json_pack("{s:s, s:s}", "error", sh_client_code_word(code), "sentence", error->sentence);
}

/* Several: each stands alone, as in `send`. The exit status is that of the first bad one. */
static int check_many(struct cli *cli, const struct documents *documents, const char *rules)
{
    int status = CLI_DONE;
    json_t *list = json_array();
    for (size_t i = 0; i < documents->len; i++) {
        const struct sh_client_document *document = &documents->items[i];
        struct sh_client_error error = {0};
        json_t *result = NULL;
        int code = check_document(document, rules, &result, &error);
        status = status == CLI_DONE ? sh_client_exit_status(code) : status;
        if (code == 0 && !cli->json) {
            print_findings(stdout, document->name, result, true);
        } else if (!cli->json) {
            fprintf(stderr, "%s: %s\n", document->name, error.sentence);
        }
        result = code == 0 ? result : refusal(code, &error);
        json_object_set_new(result, "name", json_string(document->name));
        json_array_append_new(list, result);
    }
    if (cli->json) {
        json_dumpf(list, stdout, JSON_COMPACT);
        putchar('\n');
    }
    json_decref(list);
    return status;
}

int run_check(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"rules", required_argument, NULL, 'r'}, {0}};
    struct documents documents = {0};
    char path[PATH_MAX];
    const char *rules = home_rules(cli, path, sizeof path);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'r') {
            return CLI_USAGE;
        }
        rules = optarg;
    }
    if (optind == argc) {
        return cli_usage("check needs a file; tests/cases has examples of every kind");
    }
    int status = CLI_DONE;
    for (int i = optind; i < argc && status == CLI_DONE; i++) {
        status = documents_add(&documents, argv[i]) ? CLI_DONE : CLI_USAGE;
    }
    if (status != CLI_DONE || documents.len == 0) {
        status = documents_failed(cli, &documents);
    }
    if (status == CLI_DONE) {
        status = documents.len == 1 ? check_one(cli, &documents.items[0], rules)
                                    : check_many(cli, &documents, rules);
    }
    documents_free(&documents);
    return status;
}

/* ---- before sending ---- */

static bool may_ask(const struct cli *cli)
{
    return !cli->json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Yes unless a no is said: an empty line and the end of input send. */
static bool ask_to_send(void)
{
    char answer[16] = "";
    fputs("Send as it is? [Y/n] ", stderr);
    if (!fgets(answer, sizeof answer, stdin)) {
        fputc('\n', stderr);
        return true;
    }
    if (answer[0] != 'n' && answer[0] != 'N') {
        return true;
    }
    fputs("Nothing was sent. Change the file and send it when you are ready.\n", stderr);
    return false;
}

/* Gives how many documents have findings; those of a single one are shown. Where standard error is
 * no terminal it may be a log: then without the words. A document with a mistake is left to `send`,
 * which says the same about it. */
static size_t advise(const struct documents *documents, const char *rules)
{
    size_t unclear = 0;
    for (size_t i = 0; i < documents->len; i++) {
        struct sh_client_error error = {0};
        json_t *result = NULL;
        int code = check_document(&documents->items[i], rules, &result, &error);
        bool found = code == 0 && json_array_size(json_object_get(result, "findings")) > 0;
        if (found && documents->len == 1) {
            print_findings(stderr, documents->items[i].name, result, isatty(STDERR_FILENO));
        }
        unclear += found;
        json_decref(result);
        if (code != 0 && code != SH_CLIENT_JSON) {
            fprintf(stderr, "The clarity check could not be made, and sending goes on: %s\n",
                    error.sentence);
            break;
        }
    }
    if (unclear > 0 && documents->len > 1) {
        fprintf(stderr, "%zu of %zu files could be clearer: `safehand check` shows where.\n",
                unclear, documents->len);
    }
    return unclear;
}

bool advise_before_sending(struct cli *cli, const struct documents *documents)
{
    char path[PATH_MAX];
    bool immediate = false;
    for (size_t i = 0; i < documents->len; i++) {
        const struct sh_client_document *document = &documents->items[i];
        immediate = warn_if_immediate(document->json, document->json_len) || immediate;
    }
    size_t unclear = advise(documents, home_rules(cli, path, sizeof path));
    return unclear == 0 || immediate || !may_ask(cli) || ask_to_send();
}
