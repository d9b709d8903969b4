/* The child's voice: its own words, or, for one that is unborn, a baby, or does not speak, what it
 * shows. Of the children in serious case reviews 42 in a hundred were babies (DOMAIN: finding 19).
 */
#include "base/clock.h"
#include "client/clarity_draft.h"

#include <limits.h>
#include <stdlib.h>

enum voice { VOICE_SPEAKS, VOICE_SILENT, VOICE_BABY, VOICE_UNBORN };

/* Whole months from a YYYY-MM-DD that the bridge has checked until now; negative if it is ahead. */
static long months_since(const char *date, int64_t now_ms)
{
    char today[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(now_ms, today);
    long born_months = strtol(date, NULL, 10) * 12 + strtol(date + 5, NULL, 10);
    long now_months = strtol(today, NULL, 10) * 12 + strtol(today + 5, NULL, 10);
    bool day_to_come = strtol(today + 8, NULL, 10) < strtol(date + 8, NULL, 10);
    return now_months - born_months - day_to_come;
}

static bool says_no_speech(const struct clarity_draft *draft, const json_t *child, bool *out)
{
    static const char *const keys[] = {"communication", "disability", "notes"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *value = json_object_get(child, keys[i]);
        struct clarity_text text;
        const struct bytes bytes = {(const uint8_t *)json_string_value(value),
                                    json_string_length(value)};
        if (!value) {
            continue;
        }
        if (clarity_text_read(bytes, draft->arena, &text) != SH_OK) {
            return false;
        }
        *out = *out || clarity_patterns_find(&draft->rules->voice.not_speaking, &text);
    }
    return true;
}

static sh_err voice_of(const struct clarity_draft *draft, const json_t *child, enum voice *out)
{
    const char *born = json_string_value(json_object_get(child, "date_of_birth"));
    bool silent = false;
    long months = born && date_is_valid(born) ? months_since(born, draft->now_ms) : LONG_MAX;
    SH_CHECK(says_no_speech(draft, child, &silent), SH_E_NOMEM);
    if ((!born && clarity_filled(child, "due_date")) || months < 0) {
        *out = VOICE_UNBORN;
    } else if (months < (long)draft->rules->voice.speaks_from_months) {
        *out = VOICE_BABY;
    } else {
        *out = silent ? VOICE_SILENT : VOICE_SPEAKS;
    }
    return SH_OK;
}

/* An answer already: what it shows, or that nobody could speak with it. */
static bool is_answered(const json_t *child)
{
    return clarity_filled(child, "observed") || json_is_false(json_object_get(child, "spoken_to"));
}

static sh_err ask_behaviour(struct clarity_draft *draft, size_t child, enum voice voice)
{
    const struct clarity_voice *rules = &draft->rules->voice;
    char path[64];
    (void)snprintf(path, sizeof path, "children[%zu].observed", child);
    const struct clarity_finding finding = {.code = "child_behaviour",
                                            .about = "missing",
                                            .path = path,
                                            .advice = voice == VOICE_UNBORN ? rules->unborn
                                                                            : rules->behaviour};
    return clarity_add(draft, &finding);
}

static sh_err ask_words(struct clarity_draft *draft)
{
    const struct clarity_finding finding = {.code = "child_words",
                                            .about = "missing",
                                            .path = "concern.child_words",
                                            .advice = draft->rules->voice.words};
    return clarity_add(draft, &finding);
}

sh_err clarity_voice(struct clarity_draft *draft)
{
    const json_t *children = json_object_get(draft->document, "children");
    /* Concerns that it promotes go with it, and the child's words are looked for there. */
    bool quoted = clarity_filled(draft->document, "concern.child_words.words") ||
                  clarity_filled(draft->document, "promotes");
    bool silence = false;
    if (!(draft->rules->voice.kinds & draft->kind_bit)) {
        return SH_OK;
    }
    for (size_t i = 0; i < json_array_size(children); i++) {
        const json_t *child = json_array_get(children, i);
        enum voice voice;
        SH_TRY(voice_of(draft, child, &voice));
        /* Words are not put down to one child: of several, the baby did not say them. */
        bool spoke = quoted && (voice == VOICE_SPEAKS || json_array_size(children) == 1);
        if (spoke || is_answered(child)) {
            continue;
        }
        silence = silence || voice == VOICE_SPEAKS;
        if (voice != VOICE_SPEAKS) {
            SH_TRY(ask_behaviour(draft, i, voice));
        }
    }
    return silence ? ask_words(draft) : SH_OK;
}
