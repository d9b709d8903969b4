/* The signed form, and the directory file on its way in: lists that can be searched. Certificates
 * are bytes here; who signed what, and what a certificate is worth, is directory/'s to say. */
#include "wire/directory.h"

#include "convert.h"
#include "directory.pb-c.h"
#include "directory_check.h"
#include "gate.h"

_Static_assert(SAFEHAND__KEY_USE__KEY_LOG == (int)KEY_LOG, "key use differs from the schema");
_Static_assert(SAFEHAND__KEY_USE__KEY_WITNESS == (int)KEY_WITNESS,
               "key use differs from the schema");

/* A copy of the file, and little more. */
static const struct gate_rules SIGNED_RULES = {
    .type = &safehand__signed_directory__descriptor,
    .bytes_max = SH_DIRECTORY_BYTES_MAX,
    .unpack_bytes_max = 2 * SH_DIRECTORY_BYTES_MAX,
};
/* Thousands of seats, from one whose signature was verified before this is called. */
static const struct gate_rules FILE_RULES = {
    .type = &safehand__directory_file__descriptor,
    .bytes_max = SH_DIRECTORY_BYTES_MAX,
    .unpack_bytes_max = 6 * SH_DIRECTORY_BYTES_MAX,
    .unpack_count_max = SH_DIRECTORY_ARENA_COUNT / 2,
};

/* ---- the signed form ---- */

static sh_err signed_check(const struct signed_directory *in)
{
    SH_TRY(length_check(in->directory, SH_DIRECTORY_BYTES_MAX));
    SH_TRY(length_check(in->certificate, SH_CERTIFICATE_BYTES_MAX));
    return signature_check(in->signature);
}

sh_err signed_directory_decode(struct bytes in, struct arena *arena, struct signed_directory *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&SIGNED_RULES, in, arena, &message));
    const Safehand__SignedDirectory *pb = (const Safehand__SignedDirectory *)message;
    const struct signed_directory found = {
        .directory = bytes_from_pb(pb->directory),
        .signature = bytes_from_pb(pb->signature),
        .certificate = bytes_from_pb(pb->certificate),
    };
    SH_TRY(signed_check(&found));
    *out = found;
    return SH_OK;
}

sh_err signed_directory_encode(const struct signed_directory *in, struct buf *out)
{
    SH_TRY(signed_check(in));
    Safehand__SignedDirectory pb = SAFEHAND__SIGNED_DIRECTORY__INIT;
    pb.directory = bytes_to_pb(in->directory);
    pb.signature = bytes_to_pb(in->signature);
    pb.certificate = bytes_to_pb(in->certificate);
    return gate_pack(&SIGNED_RULES, &pb.base, out);
}

/* ---- from the wire ---- */

static sh_err take_authorities(const Safehand__DirectoryFile *in, struct arena *arena,
                               struct directory_file *out)
{
    struct directory_authority *list = arena_array(arena, in->n_authorities, sizeof *list);
    struct bytes *crls = arena_array(arena, in->n_crls, sizeof *crls);
    SH_CHECK(list && crls, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_authorities; i++) {
        list[i].sector = in->authorities[i]->sector;
        list[i].certificate = bytes_from_pb(in->authorities[i]->certificate);
    }
    for (size_t i = 0; i < in->n_crls; i++) {
        crls[i] = bytes_from_pb(in->crls[i]);
    }
    out->authorities = list;
    out->authorities_len = in->n_authorities;
    out->crls = crls;
    out->crls_len = in->n_crls;
    return SH_OK;
}

static sh_err take_organisations(const Safehand__DirectoryFile *in, struct arena *arena,
                                 struct directory_file *out)
{
    struct directory_organisation *list = arena_array(arena, in->n_organisations, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_organisations; i++) {
        const Safehand__DirectoryOrganisation *from = in->organisations[i];
        list[i] = (struct directory_organisation){
            .code = from->code,
            .name = from->name,
            .telephone = from->telephone,
            .hours = from->hours,
            .closed_on = from->closed_on,
            .successors = (const char *const *)from->successors,
            .successors_len = from->n_successors,
        };
    }
    out->organisations = list;
    out->organisations_len = in->n_organisations;
    return SH_OK;
}

static sh_err take_desk(const Safehand__DirectoryDesk *in, struct arena *arena,
                        struct directory_desk *out)
{
    struct address *cover = arena_array(arena, in->n_cover, sizeof *cover);
    SH_CHECK(cover, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_cover; i++) {
        SH_TRY(address_from(in->cover[i], &cover[i]));
    }
    SH_CHECK(!in->has_recovery || in->recovery.len > 0, SH_E_NOT_CANONICAL);
    SH_TRY(address_from(in->address, &out->address));
    out->name = in->name;
    out->telephone = in->telephone;
    out->hours = in->hours;
    out->cover = cover;
    out->cover_len = in->n_cover;
    out->recovery = in->has_recovery ? bytes_from_pb(in->recovery) : (struct bytes){0};
    return SH_OK;
}

static sh_err take_desks(const Safehand__DirectoryFile *in, struct arena *arena,
                         struct directory_file *out)
{
    struct directory_desk *list = arena_array(arena, in->n_desks, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_desks; i++) {
        SH_TRY(take_desk(in->desks[i], arena, &list[i]));
    }
    out->desks = list;
    out->desks_len = in->n_desks;
    return SH_OK;
}

static sh_err take_seats(const Safehand__DirectoryFile *in, struct arena *arena,
                         struct directory_file *out)
{
    struct directory_seat *list = arena_array(arena, in->n_seats, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_seats; i++) {
        SH_TRY(address_from(in->seats[i]->address, &list[i].address));
        list[i].sign_certificate = bytes_from_pb(in->seats[i]->sign_certificate);
        list[i].seal_certificate = bytes_from_pb(in->seats[i]->seal_certificate);
    }
    out->seats = list;
    out->seats_len = in->n_seats;
    return SH_OK;
}

static sh_err take_relays(const Safehand__DirectoryFile *in, struct arena *arena,
                          struct directory_file *out)
{
    struct directory_relay *list = arena_array(arena, in->n_relays, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_relays; i++) {
        const ProtobufCBinaryData *key = &in->relays[i]->curve_key;
        SH_CHECK(key->len == sizeof list[i].curve_key, SH_E_FORMAT);
        memcpy(list[i].curve_key, key->data, key->len);
        list[i].endpoint = in->relays[i]->endpoint;
    }
    out->relays = list;
    out->relays_len = in->n_relays;
    return SH_OK;
}

static sh_err take_keys(const Safehand__DirectoryFile *in, struct arena *arena,
                        struct directory_file *out)
{
    struct directory_key *list = arena_array(arena, in->n_keys, sizeof *list);
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_keys; i++) {
        list[i].use = (enum key_use)in->keys[i]->use;
        list[i].vkey = in->keys[i]->vkey;
        SH_TRY(time_from_pb(in->keys[i]->not_before_ms, &list[i].not_before_ms));
    }
    out->keys = list;
    out->keys_len = in->n_keys;
    return SH_OK;
}

sh_err directory_file_decode(struct bytes in, struct arena *arena, struct directory_file *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&FILE_RULES, in, arena, &message));
    const Safehand__DirectoryFile *pb = (const Safehand__DirectoryFile *)message;
    struct directory_file file = {.serial = pb->serial, .partnership = pb->partnership};
    SH_TRY(time_from_pb(pb->created_at_ms, &file.created_at_ms));
    SH_TRY(time_from_pb(pb->expires_at_ms, &file.expires_at_ms));
    SH_TRY(take_authorities(pb, arena, &file));
    SH_TRY(take_organisations(pb, arena, &file));
    SH_TRY(take_desks(pb, arena, &file));
    SH_TRY(take_seats(pb, arena, &file));
    SH_TRY(take_relays(pb, arena, &file));
    SH_TRY(take_keys(pb, arena, &file));
    SH_TRY(directory_file_check(&file));
    *out = file;
    return SH_OK;
}
