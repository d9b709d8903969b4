/* See identifiers.h. The letters of a UPN are those of the Department for Education's guide to
 * unique pupil numbers: A to Z without I, O and S. */
#include "client/identifiers.h"

#define UPN_DIGITS      12u
#define NHS_DIGITS      10u
#define UPN_MODULUS     23u
#define NHS_MODULUS     11u
#define LATIN_1_LEAD    0xc3u
#define LATIN_A_FIRST   0xc4u
#define LATIN_A_LAST    0xc5u
#define UPN_LETTERS     "ABCDEFGHJKLMNPQRTUVWXYZ"
#define NAME_APOSTROPHE "\xe2\x80\x99" /* the typographer's */

const char *identifier_kind_word(enum identifier_kind kind)
{
    static const char *const words[] = {
        [IDENTIFIER_UPN] = "upn", [IDENTIFIER_NHS] = "nhs_number", [IDENTIFIER_LOCAL] = "local_id"};
    return words[kind];
}

const char *identifier_state_words(enum identifier_state state)
{
    static const char *const words[] = {[IDENTIFIER_HOLDS] = "holds",
                                        [IDENTIFIER_DOUBTFUL] = "fails its check",
                                        [IDENTIFIER_UNCHECKED] = "has no check"};
    return words[state];
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

sh_err identifier_normal(enum identifier_kind kind, const char *text, struct buf *out)
{
    size_t len = strlen(text);
    bool is_local = kind == IDENTIFIER_LOCAL;
    while (len > 0 && is_space(text[len - 1])) {
        len--;
    }
    bool begun = false;
    for (size_t i = 0; i < len; i++) {
        bool skipped = is_local ? is_space(text[i]) && !begun : is_space(text[i]) || text[i] == '-';
        if (skipped) {
            continue;
        }
        begun = true;
        char c = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
        SH_TRY(buf_append_u8(out, (uint8_t)c));
    }
    return SH_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *find_letter(char c)
{
    return c ? strchr(UPN_LETTERS, c) : NULL;
}

/* A letter, then twelve digits; the last of a temporary number is a letter, worth its place. */
static bool upn_holds(const char *upn)
{
    uint32_t sum = 0;
    if (strlen(upn) != UPN_DIGITS + 1) {
        return false;
    }
    for (uint32_t i = 1; i <= UPN_DIGITS; i++) {
        const char *letter = i == UPN_DIGITS ? find_letter(upn[i]) : NULL;
        if (!is_digit(upn[i]) && !letter) {
            return false;
        }
        uint32_t value = letter ? (uint32_t)(letter - UPN_LETTERS) : (uint32_t)(upn[i] - '0');
        sum += value * (i + 1);
    }
    return upn[0] == UPN_LETTERS[sum % UPN_MODULUS];
}

static bool nhs_holds(const char *number)
{
    uint32_t sum = 0;
    if (strlen(number) != NHS_DIGITS) {
        return false;
    }
    for (uint32_t i = 0; i < NHS_DIGITS; i++) {
        if (!is_digit(number[i])) {
            return false;
        }
        /* The last digit counts once: a sum that 11 divides is what modulus 11 asks for. */
        sum += (uint32_t)(number[i] - '0') * (NHS_DIGITS - i);
    }
    return sum > 0 && sum % NHS_MODULUS == 0;
}

enum identifier_state identifier_check(enum identifier_kind kind, const char *normal)
{
    switch (kind) {
    case IDENTIFIER_UPN:
        return upn_holds(normal) ? IDENTIFIER_HOLDS : IDENTIFIER_DOUBTFUL;
    case IDENTIFIER_NHS:
        return nhs_holds(normal) ? IDENTIFIER_HOLDS : IDENTIFIER_DOUBTFUL;
    case IDENTIFIER_LOCAL:
    default:
        return IDENTIFIER_UNCHECKED;
    }
}

/* Capitals of Latin-1 and of Latin Extended-A, which is what registers of births hold; every other
 * script is compared as it is written. *width: how many bytes were read. */
static void fold(const unsigned char *text, unsigned char *out, size_t *width)
{
    out[0] = text[0];
    out[1] = text[1];
    *width = 1;
    if (text[0] >= 'A' && text[0] <= 'Z') {
        out[0] = (unsigned char)(text[0] - 'A' + 'a');
    } else if (text[0] == LATIN_1_LEAD && text[1]) {
        *width = 2;
        bool capital = text[1] >= 0x80 && text[1] <= 0x9e && text[1] != 0x97;
        out[1] = (unsigned char)(text[1] + (capital ? 0x20 : 0));
    } else if (text[0] >= LATIN_A_FIRST && text[0] <= LATIN_A_LAST && text[1]) {
        *width = 2;
        /* Pairs, the capital first: even ones up to U+0137 and from U+014A to U+0177, odd ones
         * between and behind. */
        unsigned point = ((text[0] & 0x1fu) << 6) | (text[1] & 0x3fu);
        bool odd_pairs = (point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17e);
        bool capital = point != 0x130 && point != 0x138 && point != 0x149 && point < 0x17f &&
                       point != 0x178 && (point % 2 == 1) == odd_pairs;
        point += capital ? 1 : 0;
        out[0] = (unsigned char)(0xc0u | (point >> 6));
        out[1] = (unsigned char)(0x80u | (point & 0x3fu));
    }
}

/* 0: a character of the name; else how many bytes of space or of what is left out. */
static size_t width_of_space(const char *text)
{
    return is_space(*text) || *text == '-' ? 1 : 0;
}

static size_t width_of_mark(const char *text)
{
    if (*text == '\'' || *text == '.' || *text == '`') {
        return 1;
    }
    return strncmp(text, NAME_APOSTROPHE, strlen(NAME_APOSTROPHE)) == 0 ? strlen(NAME_APOSTROPHE)
                                                                        : 0;
}

sh_err identifier_normal_name(const char *text, struct buf *out)
{
    bool pending = false;
    size_t start = out->len;
    while (*text) {
        size_t space = width_of_space(text), mark = width_of_mark(text);
        if (space || mark) {
            pending = pending || space > 0;
            text += space + mark;
            continue;
        }
        unsigned char folded[2];
        size_t width = 0;
        fold((const unsigned char *)text, folded, &width);
        if (pending && out->len > start) {
            SH_TRY(buf_append_u8(out, ' '));
        }
        pending = false;
        SH_TRY(buf_append(out, bytes_of(folded, width)));
        text += width;
    }
    return SH_OK;
}
