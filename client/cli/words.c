/* The words that people read, in safeguarding's terms. Codes that are plain words need no entry:
 * underscores become spaces. */
#include "cli.h"

#include <string.h>

struct word {
    const char *code, *words;
};

static const struct word code_words[] = {
    {"acknowledgement", "acknowledgement: a named person has taken it"},
    {"reconsideration", "request to reconsider (resolving professional differences)"},
    {"reconsideration_response", "answer to a request to reconsider"},
    {"redirect", "not ours: redirected"},
    {"record_transfer", "transfer of records"},
    {"resent", "sent again"},
    {"not_sought", "not sought"},
    {"told_by_third_party", "told by a third party"},
    {"told_by_child", "told by the child"},
    {"section_47_enquiry", "section 47 enquiry"},
    {"fgm", "female genital mutilation"},
};

static const struct word key_words[] = {
    {"handling", "How to handle this"},
    {"not_to_be_told", "Must not be told"},
    {"safe_contact", "Safe way to make contact"},
    {"address_protected", "Address is protected"},
    {"source_identity_withheld", "Who told us is withheld"},
    {"immediate_danger", "Immediate danger"},
    {"children", "Children"},
    {"given_names", "Given names"},
    {"family_name", "Family name"},
    {"known_as", "Known as"},
    {"date_of_birth", "Date of birth"},
    {"due_date", "Due date"},
    {"upn", "UPN"},
    {"nhs_number", "NHS number"},
    {"local_ids", "Local identifiers"},
    {"child_words", "The child's own words"},
    {"words", "Words"},
    {"said_to", "Said to"},
    {"prompt", "Asked"},
    {"present", "Present"},
    {"wishes", "Wishes"},
    {"concern", "The concern"},
    {"categories", "Categories"},
    {"occurred_from", "From"},
    {"occurred_to", "Until"},
    {"what_happened", "What happened"},
    {"observations", "What was seen, heard or told"},
    {"seen_by", "By"},
    {"how", "How it is known"},
    {"impact", "What it does to the child"},
    {"going_well", "What goes well"},
    {"worry", "What we worry about"},
    {"asked_for", "What is asked for"},
    {"consent", "Do the parents know? You do not need agreement to protect a child"},
    {"parents_informed", "Parents informed"},
    {"referrer", "Referrer"},
    {"author", "Written by"},
    {"decided_by", "Decided by"},
    {"agreed_by", "Agreed by"},
    {"taken_by", "Taken by"},
    {"next", "What happens next"},
    {"who", "Who"},
    {"what", "What"},
    {"when", "When"},
    {"by", "By when"},
    {"outcome", "Decision"},
    {"reasons", "Reasons"},
    {"grounds", "Grounds"},
    {"changed_since", "What has changed since"},
    {"outcome_asked", "What is asked for"},
    {"new_decision", "New decision"},
    {"event", "The event"},
    {"reference", "Reference"},
    {"occurred_at", "When it happened"},
    {"tried", "What has been tried"},
    {"telephoned", "Already said by telephone"},
    {"household", "Household"},
    {"parental_responsibility", "Parental responsibility"},
    {"siblings", "Siblings"},
    {"not_shared", "What is not shared"},
    {"with", "Not shared with"},
    {"with_whom", "Not shared with"},
    {"look_again_on", "Look again on"},
    {"asked_of_referrer", "Asked of the referrer"},
};

static const char *look_up(const struct word *table, size_t len, const char *code)
{
    for (size_t i = 0; i < len; i++) {
        if (strcmp(table[i].code, code) == 0) {
            return table[i].words;
        }
    }
    return NULL;
}

const char *words_of(const char *code)
{
    static char texts[4][128];
    static unsigned turn;
    const char *words = look_up(code_words, sizeof code_words / sizeof code_words[0], code);
    if (words) {
        return words;
    }
    char *out = texts[turn++ % 4];
    size_t i = 0;
    for (; code[i] && i + 1 < sizeof texts[0]; i++) {
        out[i] = code[i] == '_' ? ' ' : code[i];
    }
    out[i] = '\0';
    return out;
}

const char *label_of(const char *key)
{
    return look_up(key_words, sizeof key_words / sizeof key_words[0], key);
}
