#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum sh_class sh_err_class(sh_err code)
{
    switch (code) {
    case SH_OK:
        return SH_CLASS_OK;
#define X(name, number, class, word, sentence)                                                     \
    case SH_E_##name:                                                                              \
        return SH_CLASS_##class;
        SH_ERRORS(X)
#undef X
    }
    return SH_CLASS_FATAL;
}

const char *sh_err_word(sh_err code)
{
    switch (code) {
    case SH_OK:
        return "ok";
#define X(name, number, class, word, sentence)                                                     \
    case SH_E_##name:                                                                              \
        return word;
        SH_ERRORS(X)
#undef X
    }
    return "unknown";
}

const char *sh_err_sentence(sh_err code)
{
    switch (code) {
    case SH_OK:
        return "done";
#define X(name, number, class, word, sentence)                                                     \
    case SH_E_##name:                                                                              \
        return sentence;
        SH_ERRORS(X)
#undef X
    }
    return "an error of a kind that this version does not know";
}

bool sh_err_known(uint32_t number)
{
    switch (number) {
#define X(name, number_, class, word, sentence) case number_:
        SH_ERRORS(X)
#undef X
        return true;
    default:
        return false;
    }
}

sh_err sh_fail(struct sh_why *why, sh_err code, const char *format, ...)
{
    if (why) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
    }
    return code;
}
