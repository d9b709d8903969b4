/* safehand chronology: options, the call, the view; rows that are sent on; links. */
#include "chronology.h"

#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_MAX = 1024, ROWS_MAX = 256, TO_MAX = 64 };

typedef void (*print_view)(const json_t *documents);

struct chronology_options {
    const char *keys[KEYS_MAX];
    size_t keys_len;
    unsigned flags;
    print_view view; /* NULL: JSON */
    const char *out;
    unsigned rows[ROWS_MAX];
    struct sh_client_selection selection; /* rows that are to be sent; to_len 0: shown */
    const char *to[TO_MAX];
};

static bool take_format(struct cli *cli, struct chronology_options *options, const char *word)
{
    static const struct {
        const char *word;
        print_view view;
    } formats[] = {{"table", chronology_print_table},
                   {"json", NULL},
                   {"csv", chronology_print_csv},
                   {"html", chronology_print_html}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].word, word) == 0) {
            options->view = formats[i].view;
            cli->json = !formats[i].view;
            return true;
        }
    }
    return false;
}

/* "1,3-5" */
static bool take_rows(struct chronology_options *options, const char *text)
{
    size_t *len = &options->selection.rows_len;
    for (const char *at = text; *at;) {
        char *end = NULL;
        unsigned long first = strtoul(at, &end, 10), last = first;
        if (end == at || *at == '-' || *at == '+') {
            return false;
        }
        if (*end == '-') {
            at = end + 1;
            last = strtoul(at, &end, 10);
        }
        if (end == at || last < first || first == 0 || last - first >= ROWS_MAX - *len ||
            (*end && *end != ',')) {
            return false;
        }
        for (; first <= last; first++) {
            options->rows[(*len)++] = (unsigned)first;
        }
        at = *end ? end + 1 : end;
    }
    return *len > 0;
}

static int take_sending(struct chronology_options *out, int option, const char *value)
{
    switch (option) {
    case 'r':
        return take_rows(out, value) ? CLI_DONE : cli_usage("--rows is a list such as 1,3-5");
    case 't':
        if (out->selection.to_len == TO_MAX) {
            return cli_usage("at most %d recipients", TO_MAX);
        }
        out->to[out->selection.to_len++] = value;
        return CLI_DONE;
    case 'a':
        out->selection.author = value;
        return CLI_DONE;
    case 'l':
        out->selection.role = value;
        return CLI_DONE;
    case 'n':
        out->selection.note = value;
        return CLI_DONE;
    default:
        return CLI_USAGE;
    }
}

/* What makes sense together. */
static int check_options(const struct chronology_options *out, int left_over)
{
    bool sends = out->selection.to_len > 0;
    if (out->keys_len == 0 || left_over) {
        return cli_usage("chronology needs --child KEY: upn:X, nhs:X, local:X, or "
                         "name:Given Family/2016-05-21");
    }
    if (sends != (out->selection.rows_len > 0)) {
        return cli_usage("--rows and --send-to belong together");
    }
    if (sends && (out->keys_len > 1 || out->flags || out->out)) {
        return cli_usage("rows are sent of one child at a time, and are not shown");
    }
    return CLI_DONE;
}

static int take_options(struct cli *cli, struct chronology_options *out, int argc, char **argv)
{
    static const struct option options[] = {
        {"child", required_argument, NULL, 'c'},  {"household", no_argument, NULL, 'h'},
        {"format", required_argument, NULL, 'f'}, {"out", required_argument, NULL, 'o'},
        {"rows", required_argument, NULL, 'r'},   {"send-to", required_argument, NULL, 't'},
        {"author", required_argument, NULL, 'a'}, {"role", required_argument, NULL, 'l'},
        {"note", required_argument, NULL, 'n'},   {0}};
    int status = CLI_DONE;
    out->view = cli->json ? NULL : chronology_print_table;
    for (int option;
         status == CLI_DONE && (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            if (out->keys_len == KEYS_MAX) {
                return cli_usage("at most %d children", KEYS_MAX);
            }
            out->keys[out->keys_len++] = optarg;
            break;
        case 'h':
            out->flags |= SH_CLIENT_HOUSEHOLD;
            break;
        case 'f':
            if (!take_format(cli, out, optarg)) {
                return cli_usage("--format is table, json, csv or html");
            }
            break;
        case 'o':
            out->out = optarg;
            break;
        default:
            status = take_sending(out, option, optarg);
        }
    }
    return status == CLI_DONE ? check_options(out, argc - optind) : status;
}

/* From here on standard output is the file, which nobody else may read. One that is there already
 * is not written over: it may be somebody's evidence. */
static int turn_output(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return CLI_REFUSED;
    }
    (void)close(fd);
    return CLI_DONE;
}

/* What one key gives goes into the list, also with an error: then it says what is possible. */
static int ask_one(struct cli *cli, const struct chronology_options *options, const char *key,
                   json_t *documents)
{
    struct sh_client_error error = {0};
    char *text = NULL;
    int code = sh_client_chronology(cli->client, key, options->flags, &text, &error);
    json_t *document = text ? json_loads(text, 0, NULL) : NULL;
    if (code != 0 && document) {
        json_object_set_new(document, "error", json_string(sh_client_code_word(code)));
        json_object_set_new(document, "sentence", json_string(error.sentence));
    } else if (code != 0) {
        document = json_pack("{s:s, s:s, s:s}", "key", key, "error", sh_client_code_word(code),
                             "sentence", error.sentence);
    }
    if (code != 0 && !cli->json) {
        fprintf(stderr, "%s\n", error.sentence);
    }
    sh_client_free_text(&text);
    (void)json_array_append_new(documents, document);
    return sh_client_exit_status(code);
}

static void print_json(const json_t *documents)
{
    const json_t *shown =
        json_array_size(documents) == 1 ? json_array_get(documents, 0) : documents;
    json_dumpf(shown, stdout, JSON_COMPACT);
    putchar('\n');
}

static int show_all(struct cli *cli, const struct chronology_options *options)
{
    int status = CLI_DONE;
    json_t *documents = json_array();
    for (size_t i = 0; i < options->keys_len; i++) {
        int one = ask_one(cli, options, options->keys[i], documents);
        status = one != CLI_DONE ? one : status;
    }
    (options->view ? options->view : print_json)(documents);
    json_decref(documents);
    int returned = cli_return_receipts(cli, CLI_DONE);
    return returned != CLI_DONE ? returned : status;
}

static int send_rows(struct cli *cli, struct chronology_options *options)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    options->selection.size = sizeof options->selection;
    options->selection.key = options->keys[0];
    options->selection.rows = options->rows;
    options->selection.to = options->to;
    int code = sh_client_chronology_send(cli->client, &options->selection, &json, &error);
    return cli_return_receipts(cli, cli_finish(cli, code, &json, &error, show_results));
}

static int run_link(struct cli *cli, int argc, char **argv, bool apart)
{
    static const struct option options[] = {{"reason", required_argument, NULL, 'r'}, {0}};
    struct sh_client_link link = {.size = sizeof link, .apart = apart};
    struct sh_client_error error = {0};
    char *json = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'r') {
            return CLI_USAGE;
        }
        link.reason = optarg;
    }
    if (argc - optind != 2 || !link.reason) {
        return cli_usage("chronology %s needs two keys and --reason TEXT", argv[0]);
    }
    link.key = argv[optind];
    link.other = argv[optind + 1];
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_chronology_link(cli->client, &link, &json, &error);
    return cli_finish(cli, code, &json, &error, NULL);
}

int run_chronology(struct cli *cli, int argc, char **argv)
{
    struct chronology_options options = {.keys_len = 0};
    if (argc > 1 && (strcmp(argv[1], "link") == 0 || strcmp(argv[1], "unlink") == 0)) {
        return run_link(cli, argc - 1, argv + 1, argv[1][0] == 'u');
    }
    int status = take_options(cli, &options, argc, argv);
    status = status == CLI_DONE ? cli_open(cli) : status;
    if (status == CLI_DONE && options.out) {
        status = turn_output(options.out);
    }
    if (status != CLI_DONE) {
        return status;
    }
    return options.selection.to_len > 0 ? send_rows(cli, &options) : show_all(cli, &options);
}
