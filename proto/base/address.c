#include "base/address.h"

static bool is_label(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_sector(char c)
{
    return (c >= 'a' && c <= 'z') || c == '-';
}

sh_err address_parse(struct bytes in, struct address *out)
{
    SH_CHECK(in.len >= 5 && in.len <= SH_ADDRESS_BYTES_MAX, SH_E_BAD_ADDRESS);
    const char *text = (const char *)in.data;
    size_t i = 0, start = 0;
    while (i < in.len && is_label(text[i])) {
        i++;
    }
    SH_CHECK(i > 0 && i < in.len && text[i] == '@', SH_E_BAD_ADDRESS);
    for (start = ++i; i < in.len && is_label(text[i]); i++) {
    }
    SH_CHECK(i > start && i < in.len && text[i] == '.', SH_E_BAD_ADDRESS);
    for (start = ++i; i < in.len && is_sector(text[i]); i++) {
    }
    SH_CHECK(i > start && i == in.len, SH_E_BAD_ADDRESS);
    memset(out->text, 0, sizeof out->text);
    memcpy(out->text, text, in.len);
    return SH_OK;
}

sh_err address_from(const char *text, struct address *out)
{
    return address_parse(bytes_str(text), out);
}

bool address_equal(const struct address *a, const struct address *b)
{
    return strcmp(a->text, b->text) == 0;
}

const char *address_organisation(const struct address *a)
{
    return strchr(a->text, '@') + 1;
}

const char *address_sector(const struct address *a)
{
    return strrchr(a->text, '.') + 1;
}
