/* See clarity_text.h. */
#include "client/clarity_text.h"

/* ---- characters ---- */

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}
#define IS_IN(c, ranges) is_in(c, ranges, sizeof(ranges) / sizeof(ranges)[0])

/* Marks of direction, joiners and soft hyphens: they change nothing about a word. */
static const struct range ignored[] = {{0xad, 0xad},     {0x200b, 0x200f}, {0x202a, 0x202e},
                                       {0x2060, 0x2069}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
/* Above ASCII, all but these are taken for letters: no table of the world's scripts is needed to
 * find English phrases, only to keep other letters from looking like the edge of a word. */
static const struct range no_letters[] = {{0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},
                                          {0xbb, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},
                                          {0x2000, 0x206f}, {0x2190, 0x2bff}, {0x2e00, 0x2e7f},
                                          {0x3000, 0x303f}, {0xff00, 0xff0f}, {0x1f000, 0x1faff}};
/* They part words and do not end a sentence. */
static const struct range spaces[] = {{'\t', '\r'},     {' ', ' '},       {'-', '-'},
                                      {'/', '/'},       {0xa0, 0xa0},     {0x2000, 0x200a},
                                      {0x2010, 0x2011}, {0x202f, 0x202f}, {0x3000, 0x3000}};

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
    return !IS_IN(c, no_letters);
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == 0x2018 || c == 0x2019 || c == 0x2bc;
}

/* One character; 0 at the end. JSON has checked the text: a byte that begins none is only kept from
 * doing harm, as a mark that is no letter. */
static uint32_t char_at(struct bytes text, size_t at, size_t *out_len)
{
    *out_len = 1;
    if (at >= text.len) {
        return 0;
    }
    uint32_t c = text.data[at];
    size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    if (more == 0 || text.len - at <= more) {
        return c < 0x80 ? c : '?';
    }
    c &= 0x3fu >> more;
    for (size_t i = 1; i <= more; i++) {
        c = (c << 6) | (text.data[at + i] & 0x3fu);
    }
    *out_len = 1 + more;
    return c;
}

static uint32_t char_after(struct bytes text, size_t at)
{
    size_t len = 0, next = 0;
    (void)char_at(text, at, &len);
    return char_at(text, at + len, &next);
}

/* Lower case; every apostrophe is one. Never longer than what it was. */
static uint32_t fold(uint32_t c)
{
    if (is_apostrophe(c)) {
        return '\'';
    }
    bool latin = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
    if (latin) {
        return c + 0x20;
    }
    /* Latin Extended-A comes in pairs, in two parts of it the odd letters are the capitals. */
    bool odd_capitals = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
    bool even_capitals = c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x138 && !odd_capitals;
    return (odd_capitals && (c & 1)) || (even_capitals && !(c & 1)) ? c + 1 : c;
}

static size_t put_char(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c >= 0x10000 ? 3 : c >= 0x800 ? 2 : 1;
    static const unsigned first[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80u | (c & 0x3fu));
        c >>= 6;
    }
    out[0] = (char)(first[more] | c);
    return 1 + more;
}

/* ---- a walk over the words ---- */

struct walk {
    struct bytes text;
    size_t at;
    uint32_t before;  /* the character before `at` */
    bool broken;      /* something has ended the sentence since the last word */
    bool no_close[3]; /* of double, curly double, single quotation marks: no more of them ahead */
};

enum quote { QUOTE_STRAIGHT, QUOTE_CURLY, QUOTE_SINGLE, QUOTE_NONE };

static enum quote quote_opened(const struct walk *walk, uint32_t c)
{
    if (c == '"') {
        return QUOTE_STRAIGHT;
    }
    if (c == 0x201c || c == 0x201e || c == 0xab) {
        return QUOTE_CURLY;
    }
    uint32_t next = char_after(walk->text, walk->at);
    bool opens = (c == '\'' || c == 0x2018) && !is_letter(walk->before) && next > ' ';
    return opens ? QUOTE_SINGLE : QUOTE_NONE;
}

static bool closes(struct bytes text, size_t at, uint32_t c, enum quote quote)
{
    switch (quote) {
    case QUOTE_STRAIGHT:
        return c == '"';
    case QUOTE_CURLY:
        return c == 0x201d || c == 0xbb;
    default: /* an apostrophe inside "don't" is no end */
        return (c == '\'' || c == 0x2019) && !is_letter(char_after(text, at));
    }
}

/* Steps over a quotation. False if it is never closed: then the mark was something else. A failed
 * search is remembered, or a page of opening marks would cost its square. */
static bool skip_quotation(struct walk *walk, enum quote quote, size_t open_len)
{
    size_t len = 1;
    for (size_t at = walk->at + open_len; !walk->no_close[quote] && at < walk->text.len;
         at += len) {
        uint32_t c = char_at(walk->text, at, &len);
        if (closes(walk->text, at, c, quote)) {
            walk->at = at + len;
            walk->before = c;
            walk->broken = true;
            return true;
        }
    }
    walk->no_close[quote] = true;
    return false;
}

static bool ends_sentence(const struct walk *walk, uint32_t c)
{
    if (c == '\n') {
        return walk->before == '\n';
    }
    /* "s.47" is no end; "home.Then" is so rare that it may pass. */
    return !IS_IN(c, spaces) && !IS_IN(c, ignored) &&
           !(c == '.' && is_letter(char_after(walk->text, walk->at)));
}

/* Whether this mark belongs to the word around it. */
static bool joins(uint32_t before, uint32_t c, uint32_t after)
{
    if (is_apostrophe(c) || c == '&') {
        return is_letter(before) && is_letter(after);
    }
    bool between_digits = c == ':' || c == '/' || c == '.' || c == '-';
    return between_digits && is_digit(before) && is_digit(after);
}

static void step(struct walk *walk, uint32_t c, size_t len)
{
    walk->before = c;
    walk->at += len;
}

/* Moves to the first letter of the next word. False at the end. */
static bool find_word(struct walk *walk)
{
    while (walk->at < walk->text.len) {
        size_t len = 1;
        uint32_t c = char_at(walk->text, walk->at, &len);
        if (is_letter(c)) {
            return true;
        }
        enum quote quote = quote_opened(walk, c);
        if (quote == QUOTE_NONE || !skip_quotation(walk, quote, len)) {
            walk->broken = walk->broken || ends_sentence(walk, c);
            step(walk, c, len);
        }
    }
    return false;
}

/* Steps over one word; folds it into out (NUL-terminated) unless that is NULL. Gives the length. */
static size_t take_word(struct walk *walk, char *out)
{
    size_t out_len = 0, len = 1;
    while (walk->at < walk->text.len) {
        uint32_t c = char_at(walk->text, walk->at, &len);
        bool skipped = IS_IN(c, ignored);
        if (!skipped && !is_letter(c) &&
            !joins(walk->before, c, char_after(walk->text, walk->at))) {
            break;
        }
        char folded[4];
        size_t folded_len = skipped ? 0 : put_char(fold(c), folded);
        if (out) {
            memcpy(out + out_len, folded, folded_len);
        }
        out_len += folded_len;
        step(walk, skipped ? walk->before : c, len);
    }
    if (out) {
        out[out_len] = '\0';
    }
    return out_len;
}

/* ---- short forms ---- */

static bool is_short_form(struct bytes word)
{
    size_t len = word.len;
    if (len > 2 && word.data[len - 1] == 's') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if ((word.data[i] < 'A' || word.data[i] > 'Z') && word.data[i] != '&') {
            return false;
        }
    }
    return len >= 2 && len <= 6;
}

static bool is_explained(struct bytes text, const struct clarity_word *word)
{
    size_t after = word->end;
    bool in_brackets = word->begin > 0 && text.data[word->begin - 1] == '(' && after < text.len &&
                       text.data[after] == ')';
    while (after < text.len && text.data[after] == ' ') {
        after++;
    }
    return in_brackets || (after < text.len && text.data[after] == '(');
}

/* ---- reading ---- */

static size_t count_words(struct bytes text)
{
    struct walk walk = {.text = text};
    size_t words = 0;
    while (find_word(&walk)) {
        (void)take_word(&walk, NULL);
        words++;
    }
    return words;
}

sh_err clarity_text_read(struct bytes text, struct arena *arena, struct clarity_text *out)
{
    struct walk walk = {.text = text, .broken = true};
    struct clarity_text read = {.text = text};
    size_t words_max = count_words(text), room = 0;
    SH_CHECK(text.len <= UINT32_MAX, SH_E_TOO_BIG);
    SH_TRY(size_add(text.len, words_max, &room));
    char *folded = arena_array(arena, room + 1, 1);
    read.words = arena_array(arena, words_max, sizeof *read.words);
    SH_CHECK(folded && read.words, SH_E_NOMEM);
    while (read.words_len < words_max && find_word(&walk)) {
        struct clarity_word *word = &read.words[read.words_len++];
        word->after_break = walk.broken;
        word->begin = (uint32_t)walk.at;
        word->folded = folded;
        folded += take_word(&walk, folded) + 1;
        word->end = (uint32_t)walk.at;
        word->short_form =
            is_short_form(bytes_of(text.data + word->begin, word->end - word->begin));
        word->explained = word->short_form && is_explained(text, word);
        walk.broken = false;
    }
    *out = read;
    return SH_OK;
}

/* ---- patterns ---- */

/* The pattern as a text that it fits: the reader then says which words it has. */
static sh_err read_as_text(const char *pattern, struct arena *arena, struct clarity_text *out)
{
    struct bytes copy = {0};
    SH_TRY(arena_copy(arena, bytes_str(pattern), &copy));
    char *sample = arena_array(arena, copy.len + 1, 1);
    SH_CHECK(sample, SH_E_NOMEM);
    for (size_t i = 0; i < copy.len; i++) {
        char c = (char)copy.data[i];
        sample[i] = (char)(c == '*' ? 'x' : c == '#' ? '0' : c);
    }
    return clarity_text_read(bytes_of(sample, copy.len), arena, out);
}

/* The folded word, with the pattern's own marks put back where the sample stood for them. */
static sh_err pattern_word(const char *pattern, const struct clarity_word *word,
                           struct arena *arena, const char **out)
{
    struct bytes raw = {(const uint8_t *)pattern + word->begin, word->end - word->begin};
    char *folded = arena_array(arena, raw.len + 1, 1);
    SH_CHECK(folded, SH_E_NOMEM);
    size_t len = 1, out_len = 0;
    for (size_t at = 0; at < raw.len; at += len) {
        out_len += put_char(fold(char_at(raw, at, &len)), folded + out_len);
    }
    *out = folded;
    return SH_OK;
}

sh_err clarity_pattern_read(const char *text, struct arena *arena, struct clarity_pattern *out)
{
    struct clarity_text sample;
    SH_TRY(read_as_text(text, arena, &sample));
    SH_CHECK(sample.words_len > 0 && sample.words_len <= CLARITY_PATTERN_WORDS_MAX, SH_E_FORMAT);
    const char **words = arena_array(arena, sample.words_len, sizeof *words);
    SH_CHECK(words, SH_E_NOMEM);
    size_t end = 0;
    for (size_t i = 0; i < sample.words_len; i++) {
        const struct clarity_word *word = &sample.words[i];
        /* Exactly one space or hyphen between words: other marks would never be met. */
        SH_CHECK(word->begin == end + (i > 0), SH_E_FORMAT);
        SH_CHECK(i == 0 || !word->after_break, SH_E_FORMAT);
        SH_TRY(pattern_word(text, word, arena, &words[i]));
        end = word->end;
    }
    SH_CHECK(end == sample.text.len, SH_E_FORMAT);
    *out = (struct clarity_pattern){words, sample.words_len};
    return SH_OK;
}

/* '*' and '#' against one word, stepping back to the last '*' only: linear for the rules there are,
 * and never worse than the product of two words' lengths. */
static bool fits(const char *pattern, const char *word)
{
    const char *star = NULL, *resume = NULL;
    while (*word) {
        if (*pattern == '*') {
            star = pattern++;
            resume = word;
        } else if (*pattern == *word || (*pattern == '#' && is_digit((unsigned char)*word))) {
            pattern++;
            word++;
        } else if (star) {
            pattern = star + 1;
            word = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool clarity_pattern_fits(const struct clarity_pattern *pattern, const struct clarity_text *text,
                          size_t at)
{
    if (pattern->len > text->words_len - at) {
        return false;
    }
    for (size_t i = 0; i < pattern->len; i++) {
        const struct clarity_word *word = &text->words[at + i];
        if ((i > 0 && word->after_break) || !fits(pattern->words[i], word->folded)) {
            return false;
        }
    }
    return true;
}

bool clarity_patterns_find(const struct clarity_patterns *patterns, const struct clarity_text *text)
{
    for (size_t at = 0; at < text->words_len; at++) {
        for (size_t i = 0; i < patterns->len; i++) {
            if (clarity_pattern_fits(&patterns->items[i], text, at)) {
                return true;
            }
        }
    }
    return false;
}
