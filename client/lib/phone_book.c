/* See phone_book.h. */
#include "client/phone_book.h"

sh_err phone_book_add(struct sh_client *client, const struct address *address, json_t *list)
{
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, NULL));
    const struct desk *desk = directory_desk(directory, address->text);
    if (!desk) {
        return SH_OK;
    }
    json_t *line = json_object();
    SH_TRY(entry_append(list, line));
    SH_TRY(entry_put(line, "address", json_string(desk->address.text)));
    const char *name = desk->name ? desk->name : desk->organisation_name;
    SH_TRY(name ? entry_put(line, "name", json_string(name)) : SH_OK);
    SH_TRY(desk->telephone ? entry_put(line, "telephone", json_string(desk->telephone)) : SH_OK);
    return desk->hours ? entry_put(line, "hours", json_string(desk->hours)) : SH_OK;
}

sh_err phone_book_put_act(struct sh_client *client, const struct facts *facts, json_t *object)
{
    json_t *list = json_array();
    SH_TRY(entry_put(object, "telephone", list));
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (facts->recipients[i].role == ROLE_ACT) {
            SH_TRY(phone_book_add(client, &facts->recipients[i].address, list));
        }
    }
    return SH_OK;
}
