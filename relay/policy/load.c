/* The policy file's outermost keys, and what a loaded policy tells about itself. Rows are
 * load_rules.c's. */
#include "policy/load.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "crypto/digest.h"

enum {
    POLICY_ARENA_BYTES = 4 * 1024 * 1024,
    POLICY_ARENA_COUNT = 100 * 1000,
    ROWS_MAX = 1000,
};

/* The file as the keyword table reads it. */
struct policy_file {
    const char *name;
    const struct yaml_value *sectors, *see_through, *begin, *follow;
    const struct yaml_value *calendars, *clocks, *ladders, *witnesses;
    const char *cover_after;
    int64_t quota_per_hour, audit_leaves_per_second, grace_days, retention_days;
};

static const struct yaml_keyword keywords[] = {
    {"name", YAML_TYPE_WORD, NULL, 1, 100, offsetof(struct policy_file, name), 0,
     "What this policy is called; it stands in the log."},
    {"sectors", YAML_TYPE_LIST, NULL, 1, 32, offsetof(struct policy_file, sectors), 0,
     "The sectors whose desks send and get messages."},
    {"quota_per_hour", YAML_TYPE_NUMBER, "600", 1, 1000000,
     offsetof(struct policy_file, quota_per_hour), 0,
     "Messages that one seat may send in an hour."},
    {"audit_leaves_per_second", YAML_TYPE_NUMBER, "2000", 1, 1000000,
     offsetof(struct policy_file, audit_leaves_per_second), 0,
     "Entries of the log that one auditor's seat may read in a second."},
    {"grace_days", YAML_TYPE_NUMBER, "14", 0, 366, offsetof(struct policy_file, grace_days), 0,
     "How long known seats go on after the directory ran out."},
    {"retention_days", YAML_TYPE_NUMBER, "30", 30, 3660,
     offsetof(struct policy_file, retention_days), 0,
     "How long ciphertext is kept after its first delivery, at least."},
    {"see_through", YAML_TYPE_LIST, "", 0, 16, offsetof(struct policy_file, see_through), 0,
     "Kinds that stand between a message and its answer without changing who may answer."},
    {"begin", YAML_TYPE_LIST, NULL, 1, ROWS_MAX, offsetof(struct policy_file, begin), 0,
     "Who may begin a thread, with what, to whom."},
    {"follow", YAML_TYPE_LIST, NULL, 1, ROWS_MAX, offsetof(struct policy_file, follow), 0,
     "What may answer what, and from whom."},
    {"calendars", YAML_TYPE_MAP, NULL, 1, 8, offsetof(struct policy_file, calendars), 0,
     "The days on which nobody works, and those without school."},
    {"clocks", YAML_TYPE_LIST, NULL, 1, ROWS_MAX, offsetof(struct policy_file, clocks), 0,
     "How soon what is owed is due, and who is told."},
    {"cover_after", YAML_TYPE_WORD, "1 hour", 1, 64, offsetof(struct policy_file, cover_after), 0,
     "How long urgent mail lies unopened, in a desk's hours, before its cover is called."},
    {"ladders", YAML_TYPE_LIST, NULL, 1, ROWS_MAX, offsetof(struct policy_file, ladders), 0,
     "The levels at which professional differences are resolved."},
    {"witnesses", YAML_TYPE_MAP, "", 0, 8, offsetof(struct policy_file, witnesses), 0,
     "Who cosigns the log, and how many of them there must be."},
};

static sh_err load_policy(const struct loading *l)
{
    struct policy *policy = l->policy;
    struct policy_file file;
    SH_TRY(yaml_read(l->tree, yaml_tree_root(l->tree), keywords,
                     sizeof keywords / sizeof keywords[0], &file, l->why));
    SH_TRY(arena_string(policy->arena, file.name, &policy->name));
    policy->quota_per_hour = file.quota_per_hour;
    policy->audit_leaves_per_second = file.audit_leaves_per_second;
    policy->grace_days = file.grace_days;
    policy->retention_days = file.retention_days;
    SH_TRY(load_sectors(l, file.sectors, &policy->sectors));
    SH_TRY(load_bits(l, file.see_through, kind_from_word, &policy->see_through));
    SH_TRY(load_rules(l, file.begin, false, &policy->begin));
    SH_TRY(load_rules(l, file.follow, true, &policy->follow));
    SH_TRY(load_clocks(l, file.clocks, &policy->clocks));
    const struct yaml_value *cover = yaml_find(yaml_tree_root(l->tree), "cover_after");
    policy->cover_after_ms = SH_HOUR_MS;
    SH_TRY(cover ? load_short_span(l, cover, &policy->cover_after_ms) : SH_OK);
    SH_TRY(load_ladders(l, file.ladders, &policy->ladders));
    SH_TRY(load_witnesses(l, file.witnesses, &policy->witnesses));
    /* The only part that reads other files: last, so that this one's mistakes come first. */
    return load_calendars(l, file.calendars);
}

sh_err policy_load(const char *path, struct policy **out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(YAML_FILE_BYTES_MAX);
    SH_TRY(file_read(path, &text, why));
    SH_DEFER(yaml_tree_free) struct yaml_tree *tree = NULL;
    SH_TRY(yaml_tree_parse(path, bytes_buf(&text), &tree, why));
    SH_DEFER(policy_free) struct policy *policy = calloc(1, sizeof *policy);
    SH_CHECK(policy, SH_E_NOMEM);
    SH_TRY(arena_new(POLICY_ARENA_BYTES, POLICY_ARENA_COUNT, &policy->arena));
    SH_TRY(digest_sha256(bytes_buf(&text), &policy->sha256));
    const struct loading l = {.path = path, .policy = policy, .tree = tree, .why = why};
    SH_TRY(load_policy(&l));
    *out = policy;
    policy = NULL;
    return SH_OK;
}

void policy_free(struct policy **policy)
{
    if (*policy) {
        calendar_free(&(*policy)->calendar);
        arena_free(&(*policy)->arena);
        free(*policy);
        *policy = NULL;
    }
}

const char *policy_name(const struct policy *policy)
{
    return policy->name;
}

const struct sh_hash *policy_sha256(const struct policy *policy)
{
    return &policy->sha256;
}

uint32_t policy_quota_per_hour(const struct policy *policy)
{
    return (uint32_t)policy->quota_per_hour;
}

uint32_t policy_audit_leaves_per_second(const struct policy *policy)
{
    return (uint32_t)policy->audit_leaves_per_second;
}

int64_t policy_grace_ms(const struct policy *policy)
{
    return policy->grace_days * SH_DAY_MS;
}

int64_t policy_retention_ms(const struct policy *policy)
{
    return policy->retention_days * SH_DAY_MS;
}
