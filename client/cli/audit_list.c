/* safehand audit list, show, thread: what stands in the auditor's mirror, for a person or, with
 * --json, for a program. Nothing here asks the relay or needs a passphrase. */
#include "audit.h"
#include "audit/listing.h"
#include "audit_mirror.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int audit_open_mirror(struct cli *cli, struct mirror **out)
{
    struct sh_why why = {0};
    char path[PATH_MAX];
    sh_err err = path_join(path, sizeof path, cli->home, "audit.db");
    err = err == SH_OK ? mirror_open(path, false, out, &why) : err;
    return err == SH_OK ? CLI_DONE : audit_refused(cli, err, &why);
}

int audit_refused(struct cli *cli, sh_err err, const struct sh_why *why)
{
    const char *sentence = why->text[0] ? why->text : sh_err_sentence(err);
    if (cli->json) {
        audit_print_json(json_pack("{s:s, s:s}", "error", sh_err_word(err), "sentence", sentence));
    }
    (void)fflush(stdout);
    print_text_to(stderr, sentence, 0);
    fputs(".\n", stderr);
    return sh_client_exit_status((int)err);
}

bool audit_take_day(const char *text, bool end, int64_t *out_ms)
{
    struct local_time local = {.day = 0};
    if (day_from_date(text, &local.day) != SH_OK) {
        return false;
    }
    local.day += end;
    return local_to_ms(local, out_ms) == SH_OK;
}

/* ---- list ---- */

static void print_line(const json_t *entry)
{
    const json_t *level = json_object_get(entry, "level");
    char where[32] = "";
    if (level) {
        (void)snprintf(where, sizeof where, ", level %lld", (long long)json_integer_value(level));
    }
    printf("%8lld  %-23s  %-17s", (long long)json_integer_value(json_object_get(entry, "index")),
           member_time(entry, "at"), words_of(member(entry, "event")));
    const char *about = member(entry, "kind"), *clock = member(entry, "clock");
    const char *outcome = member(entry, "outcome"), *code = member(entry, "code");
    printf("  %s%s%s%s%s%s%s%s", words_of(about), where, clock[0] ? ", " : "",
           clock[0] ? words_of(clock) : "", outcome[0] ? ", " : "", words_of(outcome),
           code[0] ? ", code " : "", code);
    const char *from = member(entry, "from"), *by = member(entry, "by");
    printf("%s%s%s%s", from[0] ? "  from " : "", from, by[0] ? "  by " : "", by);
    printf("%s%.8s", member(entry, "thread_id")[0] ? "  case " : "", member(entry, "thread_id"));
    puts(member(entry, "opening")[0] ? "  (opening destroyed)" : "");
}

struct printing {
    bool json;
    uint64_t printed;
};

/* One at a time, so that a log of any size can be listed. */
static sh_err print_entry(void *ctx, json_t *entry)
{
    struct printing *printing = ctx;
    if (printing->json) {
        fputs(printing->printed ? ",\n" : "[", stdout);
        json_dumpf(entry, stdout, JSON_COMPACT);
    } else {
        print_line(entry);
    }
    printing->printed++;
    json_decref(entry);
    return ferror(stdout) ? SH_E_IO : SH_OK;
}

static bool take_filter(int option, const char *text, struct listing_filter *out)
{
    switch (option) {
    case 'f':
        return audit_take_day(text, false, &out->from_ms);
    case 't':
        return audit_take_day(text, true, &out->to_ms);
    case 'o':
        out->organisation = text;
        return true;
    case 'k':
        out->kind = kind_from_word(text);
        return out->kind != 0;
    case 'e':
        out->event = (enum leaf_type)leaf_type_from_word(text);
        return out->event != 0;
    case 'c':
        out->thread = text;
        return true;
    case 'm':
        out->message = text;
        return true;
    default:
        return false;
    }
}

int audit_run_list(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'},         {"to", required_argument, NULL, 't'},
        {"kind", required_argument, NULL, 'k'},         {"event", required_argument, NULL, 'e'},
        {"organisation", required_argument, NULL, 'o'}, {"thread", required_argument, NULL, 'c'},
        {"message", required_argument, NULL, 'm'},      {0}};
    struct listing_filter filter = {.from_ms = 0};
    struct sh_why why = {0};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!take_filter(option, optarg, &filter)) {
            return audit_usage(argv[0]);
        }
    }
    if (optind < argc) {
        return audit_usage(argv[0]);
    }
    SH_DEFER(mirror_close) struct mirror *mirror = NULL;
    int status = audit_open_mirror(cli, &mirror);
    if (status != CLI_DONE) {
        return status;
    }
    struct printing printing = {.json = cli->json};
    sh_err err = listing_run(mirror, &filter, print_entry, &printing, &why);
    if (err != SH_OK) {
        return audit_refused(cli, err, &why);
    }
    if (cli->json) {
        puts(printing.printed ? "]" : "[]");
    }
    return CLI_DONE;
}

/* ---- show ---- */

static bool is_list_of(const json_t *value, const char *key, const char *wanted)
{
    return json_is_array(value) && strcmp(key, wanted) == 0;
}

static void print_value(const char *key, const json_t *value)
{
    size_t i = 0;
    json_t *item = NULL;
    if (json_is_integer(value)) {
        printf("%-18s %lld\n", words_of(key), (long long)json_integer_value(value));
    } else if (json_is_true(value)) {
        printf("%-18s yes\n", words_of(key));
    } else if (json_is_string(value)) {
        printf("%-18s ", words_of(key));
        print_text(json_string_value(value), 19);
        putchar('\n');
    }
    json_array_foreach (value, i, item) {
        printf("%-18s ", i == 0 ? words_of(key) : "");
        if (is_list_of(value, key, "to")) {
            printf("%s (%s)\n", member(item, "desk"), member(item, "role"));
        } else if (is_list_of(value, key, "clocks")) {
            printf("%s, owed by %s, due %s\n", words_of(member(item, "clock")),
                   member(item, "owed_by"), member_time(item, "due_at"));
        } else if (is_list_of(value, key, "children")) {
            printf("child %lld: %s\n",
                   (long long)json_integer_value(json_object_get(item, "child")),
                   words_of(member(item, "outcome")));
        } else if (json_is_integer(item)) {
            printf("entry %lld\n", (long long)json_integer_value(item));
        } else {
            printf("%s\n", json_string_value(item));
        }
    }
}

int audit_run_show(struct cli *cli, int argc, char **argv)
{
    struct sh_why why = {0};
    char *end = NULL;
    errno = 0;
    unsigned long long index = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
    if (argc != 2 || !*argv[1] || *end || errno || argv[1][0] == '-') {
        return audit_usage(argv[0]);
    }
    SH_DEFER(mirror_close) struct mirror *mirror = NULL;
    int status = audit_open_mirror(cli, &mirror);
    if (status != CLI_DONE) {
        return status;
    }
    json_t *document = NULL, *value = NULL;
    const char *key = NULL;
    sh_err err = listing_show(mirror, index, &document, &why);
    if (err != SH_OK) {
        return audit_refused(cli, err, &why);
    }
    if (cli->json) {
        audit_print_json(document);
        return CLI_DONE;
    }
    json_object_foreach (document, key, value) {
        print_value(key, value);
    }
    json_decref(document);
    return CLI_DONE;
}

/* ---- thread ---- */

static const char *state_words(const char *state)
{
    return strcmp(state, "in_time") == 0   ? "in time"
           : strcmp(state, "late") == 0    ? "LATE"
           : strcmp(state, "overdue") == 0 ? "OVERDUE"
                                           : "not yet due";
}

static void print_duty(const json_t *duty)
{
    const json_t *ended_by = json_object_get(duty, "ended_by");
    printf("  %-11s  %-20s  by %-28s  due %s", state_words(member(duty, "state")),
           words_of(member(duty, "clock")), member(duty, "by"), member_time(duty, "due_at"));
    printf("  (because of entry %lld",
           (long long)json_integer_value(json_object_get(duty, "because_of")));
    if (ended_by) {
        printf("; ended %s by %s, entry %lld", member_time(duty, "ended_at"),
               words_of(member(duty, "ended_with")), (long long)json_integer_value(ended_by));
    }
    puts(")");
}

static void print_life(const json_t *document)
{
    size_t i = 0;
    json_t *item = NULL;
    printf("Case %s\n\nWhat happened\n", member(document, "thread_id"));
    json_array_foreach (json_object_get(document, "events"), i, item) {
        print_line(item);
    }
    printf("\nWho owed what, and by when, as of %s\n", member_time(document, "as_of"));
    json_array_foreach (json_object_get(document, "duties"), i, item) {
        print_duty(item);
    }
    if (json_array_size(json_object_get(document, "duties")) == 0) {
        puts("  Nobody owed anything.");
    }
}

int audit_run_thread(struct cli *cli, int argc, char **argv)
{
    struct sh_why why = {0};
    if (argc != 2) {
        return audit_usage(argv[0]);
    }
    SH_DEFER(mirror_close) struct mirror *mirror = NULL;
    int status = audit_open_mirror(cli, &mirror);
    if (status != CLI_DONE) {
        return status;
    }
    json_t *document = NULL;
    sh_err err = listing_thread(mirror, argv[1], &document, &why);
    if (err != SH_OK) {
        return audit_refused(cli, err, &why);
    }
    if (cli->json) {
        audit_print_json(document);
        return CLI_DONE;
    }
    print_life(document);
    json_decref(document);
    return CLI_DONE;
}
