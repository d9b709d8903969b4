/* The directory file on its way out, as the CA publishes it. */
#include "base/cleanup.h"
#include "convert.h"
#include "directory.pb-c.h"
#include "directory_check.h"
#include "gate.h"
#include "wire/directory.h"

static const struct gate_rules FILE_RULES = {
    .type = &safehand__directory_file__descriptor,
    .bytes_max = SH_DIRECTORY_BYTES_MAX,
};

/* n zeroed structs of the type of **list, and the pointers to them that protobuf-c wants. */
#define NEW_LIST(arena, n, list, items)                                                            \
    ((list) = arena_array((arena), (n), sizeof *(list)),                                           \
     (items) = arena_array((arena), (n), sizeof *(items)), (list) && (items))

static sh_err put_authorities(const struct directory_file *in, struct arena *arena,
                              Safehand__DirectoryFile *out)
{
    Safehand__DirectoryAuthority *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->authorities_len, out->authorities, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->authorities_len; i++) {
        safehand__directory_authority__init(&items[i]);
        items[i].sector = text_to_pb(in->authorities[i].sector);
        items[i].certificate = bytes_to_pb(in->authorities[i].certificate);
        out->authorities[i] = &items[i];
    }
    out->n_authorities = in->authorities_len;
    out->crls = arena_array(arena, in->crls_len, sizeof *out->crls);
    SH_CHECK(out->crls, SH_E_NOMEM);
    for (size_t i = 0; i < in->crls_len; i++) {
        out->crls[i] = bytes_to_pb(in->crls[i]);
    }
    out->n_crls = in->crls_len;
    return SH_OK;
}

static sh_err put_organisations(const struct directory_file *in, struct arena *arena,
                                Safehand__DirectoryFile *out)
{
    Safehand__DirectoryOrganisation *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->organisations_len, out->organisations, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->organisations_len; i++) {
        const struct directory_organisation *from = &in->organisations[i];
        safehand__directory_organisation__init(&items[i]);
        items[i].code = text_to_pb(from->code);
        items[i].name = text_to_pb(from->name);
        items[i].telephone = text_to_pb(from->telephone);
        items[i].hours = text_to_pb(from->hours);
        items[i].closed_on = text_to_pb(from->closed_on);
        items[i].n_successors = from->successors_len;
        items[i].successors = (char **)(uintptr_t)from->successors;
        out->organisations[i] = &items[i];
    }
    out->n_organisations = in->organisations_len;
    return SH_OK;
}

static sh_err put_desk(const struct directory_desk *in, struct arena *arena,
                       Safehand__DirectoryDesk *out)
{
    safehand__directory_desk__init(out);
    out->address = text_to_pb(in->address.text);
    out->name = text_to_pb(in->name);
    out->telephone = text_to_pb(in->telephone);
    out->hours = text_to_pb(in->hours);
    out->has_recovery = in->recovery.len > 0;
    out->recovery = bytes_to_pb(in->recovery);
    out->cover = arena_array(arena, in->cover_len, sizeof *out->cover);
    SH_CHECK(out->cover, SH_E_NOMEM);
    for (size_t i = 0; i < in->cover_len; i++) {
        out->cover[i] = text_to_pb(in->cover[i].text);
    }
    out->n_cover = in->cover_len;
    return SH_OK;
}

static sh_err put_desks(const struct directory_file *in, struct arena *arena,
                        Safehand__DirectoryFile *out)
{
    Safehand__DirectoryDesk *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->desks_len, out->desks, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->desks_len; i++) {
        SH_TRY(put_desk(&in->desks[i], arena, &items[i]));
        out->desks[i] = &items[i];
    }
    out->n_desks = in->desks_len;
    return SH_OK;
}

static sh_err put_seats(const struct directory_file *in, struct arena *arena,
                        Safehand__DirectoryFile *out)
{
    Safehand__DirectorySeat *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->seats_len, out->seats, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->seats_len; i++) {
        safehand__directory_seat__init(&items[i]);
        items[i].address = text_to_pb(in->seats[i].address.text);
        items[i].sign_certificate = bytes_to_pb(in->seats[i].sign_certificate);
        items[i].seal_certificate = bytes_to_pb(in->seats[i].seal_certificate);
        out->seats[i] = &items[i];
    }
    out->n_seats = in->seats_len;
    return SH_OK;
}

static sh_err put_relays(const struct directory_file *in, struct arena *arena,
                         Safehand__DirectoryFile *out)
{
    Safehand__DirectoryRelay *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->relays_len, out->relays, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->relays_len; i++) {
        const struct directory_relay *from = &in->relays[i];
        safehand__directory_relay__init(&items[i]);
        items[i].endpoint = text_to_pb(from->endpoint);
        items[i].curve_key = bytes_to_pb(bytes_of(from->curve_key, sizeof from->curve_key));
        out->relays[i] = &items[i];
    }
    out->n_relays = in->relays_len;
    return SH_OK;
}

static sh_err put_keys(const struct directory_file *in, struct arena *arena,
                       Safehand__DirectoryFile *out)
{
    Safehand__DirectoryKey *items = NULL;
    SH_CHECK(NEW_LIST(arena, in->keys_len, out->keys, items), SH_E_NOMEM);
    for (size_t i = 0; i < in->keys_len; i++) {
        safehand__directory_key__init(&items[i]);
        items[i].use = (Safehand__KeyUse)in->keys[i].use;
        items[i].vkey = text_to_pb(in->keys[i].vkey);
        items[i].not_before_ms = (uint64_t)in->keys[i].not_before_ms;
        out->keys[i] = &items[i];
    }
    out->n_keys = in->keys_len;
    return SH_OK;
}

sh_err directory_file_encode(const struct directory_file *in, struct buf *out)
{
    SH_TRY(directory_file_check(in));
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &arena));
    Safehand__DirectoryFile pb = SAFEHAND__DIRECTORY_FILE__INIT;
    pb.version = GATE_VERSION;
    pb.serial = in->serial;
    pb.partnership = text_to_pb(in->partnership);
    pb.created_at_ms = (uint64_t)in->created_at_ms;
    pb.expires_at_ms = (uint64_t)in->expires_at_ms;
    SH_TRY(put_authorities(in, arena, &pb));
    SH_TRY(put_organisations(in, arena, &pb));
    SH_TRY(put_desks(in, arena, &pb));
    SH_TRY(put_seats(in, arena, &pb));
    SH_TRY(put_relays(in, arena, &pb));
    SH_TRY(put_keys(in, arena, &pb));
    return gate_pack(&FILE_RULES, &pb.base, out);
}
