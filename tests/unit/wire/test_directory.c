#include "base/cleanup.h"
#include "directory.pb-c.h"
#include "spoil.h"
#include "wire/directory.h"

#include <criterion/criterion.h>

static sh_err round_trip(const struct directory_file *in, struct arena *arena,
                         struct directory_file *out)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    SH_TRY(directory_file_encode(in, &bytes));
    SH_TRY(directory_file_decode(bytes_buf(&bytes), arena, out));
    SH_TRY(directory_file_encode(out, &again));
    cr_assert(bytes_equal(bytes_buf(&bytes), bytes_buf(&again)));
    return SH_OK;
}

Test(wire, a_directory_comes_back_with_its_authorities_and_keys)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct directory_file out;
    cr_assert_eq(round_trip(sample_directory(), arena, &out), SH_OK);
    cr_assert_eq(out.serial, 7);
    cr_assert_str_eq(out.partnership, "Exampleshire");
    cr_assert_eq(out.created_at_ms, SAMPLE_TIME_MS);
    cr_assert_eq(out.expires_at_ms, SAMPLE_TIME_MS + 14 * SH_DAY_MS);
    cr_assert_eq(out.authorities_len, 2);
    cr_assert_str_eq(out.authorities[1].sector, "social-care");
    cr_assert(bytes_equal(out.authorities[1].certificate, bytes_str("care authority")));
    cr_assert_eq(out.crls_len, 2);
    cr_assert(bytes_equal(out.crls[1], bytes_str("school crl")));
    cr_assert_eq(out.relays_len, 1);
    cr_assert_str_eq(out.relays[0].endpoint, "tcp://127.0.0.1:7100");
    cr_assert_eq(out.relays[0].curve_key[31], 0xC3);
    cr_assert_eq(out.keys_len, 2);
    cr_assert_eq(out.keys[1].use, KEY_WITNESS);
    cr_assert_str_eq(out.keys[1].vkey, "witness+2+b");
    cr_assert_eq(out.keys[1].not_before_ms, SAMPLE_TIME_MS + 1);
}

Test(wire, a_directory_comes_back_with_its_organisations_desks_and_seats)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct directory_file out;
    cr_assert_eq(round_trip(sample_directory(), arena, &out), SH_OK);
    cr_assert_eq(out.organisations_len, 2);
    const struct directory_organisation *school = &out.organisations[1];
    cr_assert_str_eq(school->code, "999001.school");
    cr_assert_str_eq(school->name, "Fearn Primary");
    cr_assert_str_eq(school->telephone, "01632 960002");
    cr_assert_str_eq(school->hours, "term time");
    cr_assert_str_eq(school->closed_on, "2028-02-29");
    cr_assert_eq(school->successors_len, 2);
    cr_assert_str_eq(school->successors[1], "999003.school");
    cr_assert_null(out.organisations[0].telephone);
    cr_assert_null(out.organisations[0].closed_on);
    cr_assert_eq(out.desks_len, 2);
    cr_assert_null(out.desks[0].name);
    cr_assert_eq(out.desks[0].recovery.len, 0);
    cr_assert_str_eq(out.desks[1].name, "First response");
    cr_assert_str_eq(out.desks[1].telephone, "01632 960001");
    cr_assert_str_eq(out.desks[1].hours, "Mon-Fri 08:30-17:00");
    cr_assert_eq(out.desks[1].cover_len, 1);
    cr_assert_str_eq(out.desks[1].cover[0].text, "edt@999.social-care");
    cr_assert(bytes_equal(out.desks[1].recovery, bytes_str("recovery")));
    cr_assert_eq(out.seats_len, 3);
    cr_assert_str_eq(out.seats[1].address.text, "dsl@999001.school");
    cr_assert(bytes_equal(out.seats[1].sign_certificate, bytes_str("sign b")));
    cr_assert(bytes_equal(out.seats[1].seal_certificate, bytes_str("seal")));
}

Test(wire, an_empty_directory_comes_back_empty)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct directory_file in = {.partnership = ""};
    struct directory_file out;
    cr_assert_eq(round_trip(&in, arena, &out), SH_OK);
    cr_assert_eq(out.authorities_len + out.organisations_len + out.desks_len + out.seats_len, 0);
}

/* ---- each refusal ---- */

struct file_case {
    const char *name;
    void (*spoil)(Safehand__DirectoryFile *pb);
    sh_err expected;
};

static void nothing(Safehand__DirectoryFile *pb)
{
    (void)pb;
}
static void version_2(Safehand__DirectoryFile *pb)
{
    pb->version = 2;
}
static void unknown_field(Safehand__DirectoryFile *pb)
{
    add_unknown_field(&pb->seats[2]->base);
}
static void name_not_utf8(Safehand__DirectoryFile *pb)
{
    pb->organisations[1]->name[0] = (char)0xE9;
}
static void successor_not_utf8(Safehand__DirectoryFile *pb)
{
    pb->organisations[1]->successors[1][0] = (char)0xE9;
}
static void key_use_3(Safehand__DirectoryFile *pb)
{
    pb->keys[0]->use = (Safehand__KeyUse)3;
}
static void serial_above_int64(Safehand__DirectoryFile *pb)
{
    pb->serial = UINT64_MAX;
}
static void created_too_late(Safehand__DirectoryFile *pb)
{
    pb->created_at_ms = 253402300800000;
}
static void key_too_late(Safehand__DirectoryFile *pb)
{
    pb->keys[1]->not_before_ms = 253402300800000;
}
static void authorities_unsorted(Safehand__DirectoryFile *pb)
{
    Safehand__DirectoryAuthority *first = pb->authorities[0];
    pb->authorities[0] = pb->authorities[1];
    pb->authorities[1] = first;
}
static void authority_twice(Safehand__DirectoryFile *pb)
{
    pb->authorities[1] = pb->authorities[0];
}
static void sector_wrong(Safehand__DirectoryFile *pb)
{
    pb->authorities[0]->sector[0] = '9';
}
static void authority_certificate_empty(Safehand__DirectoryFile *pb)
{
    pb->authorities[0]->certificate.len = 0;
}
static void authority_certificate_too_long(Safehand__DirectoryFile *pb)
{
    pb->authorities[0]->certificate = zero_bytes(SH_CERTIFICATE_BYTES_MAX + 1);
}
static void crl_at_most(Safehand__DirectoryFile *pb)
{
    pb->crls[0] = zero_bytes(SH_CRL_BYTES_MAX);
}
static void crl_too_long(Safehand__DirectoryFile *pb)
{
    pb->crls[0] = zero_bytes(SH_CRL_BYTES_MAX + 1);
}
static void crl_empty(Safehand__DirectoryFile *pb)
{
    pb->crls[1].len = 0;
}
static void organisations_unsorted(Safehand__DirectoryFile *pb)
{
    Safehand__DirectoryOrganisation *first = pb->organisations[0];
    pb->organisations[0] = pb->organisations[1];
    pb->organisations[1] = first;
}
static void organisation_twice(Safehand__DirectoryFile *pb)
{
    pb->organisations[1] = pb->organisations[0];
}
static void code_wrong(Safehand__DirectoryFile *pb)
{
    pb->organisations[1]->code[6] = '@';
}
static void code_too_long(Safehand__DirectoryFile *pb)
{
    static char code[SH_ADDRESS_BYTES_MAX + 2];
    memset(code, 'x', sizeof code - 1);
    code[50] = '.';
    pb->organisations[1]->code = code;
}
static void successor_wrong(Safehand__DirectoryFile *pb)
{
    pb->organisations[1]->successors[0][0] = 'A';
}
static void closed_on_no_day(Safehand__DirectoryFile *pb)
{
    pb->organisations[1]->closed_on[3] = '7'; /* 2027-02-29 */
}
static void desks_unsorted(Safehand__DirectoryFile *pb)
{
    Safehand__DirectoryDesk *first = pb->desks[0];
    pb->desks[0] = pb->desks[1];
    pb->desks[1] = first;
}
static void desk_twice(Safehand__DirectoryFile *pb)
{
    pb->desks[1] = pb->desks[0];
}
static void desk_wrong(Safehand__DirectoryFile *pb)
{
    pb->desks[0]->address[0] = 'D';
}
static void cover_wrong(Safehand__DirectoryFile *pb)
{
    pb->desks[1]->cover[0][3] = '.';
}
static void recovery_empty(Safehand__DirectoryFile *pb)
{
    pb->desks[1]->recovery.len = 0;
}
static void recovery_too_long(Safehand__DirectoryFile *pb)
{
    pb->desks[1]->recovery = zero_bytes(SH_CERTIFICATE_BYTES_MAX + 1);
}
static void seats_unsorted_by_address(Safehand__DirectoryFile *pb)
{
    Safehand__DirectorySeat *first = pb->seats[1];
    pb->seats[1] = pb->seats[2];
    pb->seats[2] = first;
}
static void seats_unsorted_by_certificate(Safehand__DirectoryFile *pb)
{
    Safehand__DirectorySeat *first = pb->seats[0];
    pb->seats[0] = pb->seats[1];
    pb->seats[1] = first;
}
static void seat_twice(Safehand__DirectoryFile *pb)
{
    pb->seats[1] = pb->seats[0];
}
static void seat_wrong(Safehand__DirectoryFile *pb)
{
    pb->seats[2]->address[0] = '.';
}
static void seat_certificate_at_most(Safehand__DirectoryFile *pb)
{
    pb->seats[2]->seal_certificate = zero_bytes(SH_CERTIFICATE_BYTES_MAX);
}
static void seat_certificate_too_long(Safehand__DirectoryFile *pb)
{
    pb->seats[2]->sign_certificate = zero_bytes(SH_CERTIFICATE_BYTES_MAX + 1);
}
static void seal_certificate_empty(Safehand__DirectoryFile *pb)
{
    pb->seats[2]->seal_certificate.len = 0;
}
static void curve_key_31(Safehand__DirectoryFile *pb)
{
    pb->relays[0]->curve_key.len = 31;
}
static void curve_key_33(Safehand__DirectoryFile *pb)
{
    pb->relays[0]->curve_key = zero_bytes(33);
}

static const struct file_case CASES[] = {
    {"nothing", nothing, SH_OK},
    {"version 2", version_2, SH_E_BAD_VERSION},
    {"unknown field in a seat", unknown_field, SH_E_NOT_CANONICAL},
    {"name not UTF-8", name_not_utf8, SH_E_BAD_TEXT},
    {"successor not UTF-8", successor_not_utf8, SH_E_BAD_TEXT},
    {"key use 3", key_use_3, SH_E_BAD_CODE},
    {"serial above INT64_MAX", serial_above_int64, SH_E_FORMAT},
    {"created too late", created_too_late, SH_E_BAD_TIME},
    {"key too late", key_too_late, SH_E_BAD_TIME},
    {"authorities unsorted", authorities_unsorted, SH_E_FORMAT},
    {"authority twice", authority_twice, SH_E_FORMAT},
    {"sector wrong", sector_wrong, SH_E_BAD_ADDRESS},
    {"authority without certificate", authority_certificate_empty, SH_E_FORMAT},
    {"authority certificate too long", authority_certificate_too_long, SH_E_TOO_BIG},
    {"CRL at most", crl_at_most, SH_OK},
    {"CRL too long", crl_too_long, SH_E_TOO_BIG},
    {"CRL empty", crl_empty, SH_E_FORMAT},
    {"organisations unsorted", organisations_unsorted, SH_E_FORMAT},
    {"organisation twice", organisation_twice, SH_E_FORMAT},
    {"code wrong", code_wrong, SH_E_BAD_ADDRESS},
    {"code too long", code_too_long, SH_E_BAD_ADDRESS},
    {"successor wrong", successor_wrong, SH_E_BAD_ADDRESS},
    {"closed on no day", closed_on_no_day, SH_E_FORMAT},
    {"desks unsorted", desks_unsorted, SH_E_FORMAT},
    {"desk twice", desk_twice, SH_E_FORMAT},
    {"desk wrong", desk_wrong, SH_E_BAD_ADDRESS},
    {"cover wrong", cover_wrong, SH_E_BAD_ADDRESS},
    {"recovery empty", recovery_empty, SH_E_NOT_CANONICAL},
    {"recovery too long", recovery_too_long, SH_E_TOO_BIG},
    {"seats unsorted by address", seats_unsorted_by_address, SH_E_FORMAT},
    {"seats unsorted by certificate", seats_unsorted_by_certificate, SH_E_FORMAT},
    {"seat twice", seat_twice, SH_E_FORMAT},
    {"seat wrong", seat_wrong, SH_E_BAD_ADDRESS},
    {"seat certificate at most", seat_certificate_at_most, SH_OK},
    {"seat certificate too long", seat_certificate_too_long, SH_E_TOO_BIG},
    {"seal certificate empty", seal_certificate_empty, SH_E_FORMAT},
    {"CURVE key of 31 bytes", curve_key_31, SH_E_FORMAT},
    {"CURVE key of 33 bytes", curve_key_33, SH_E_FORMAT},
};

Test(wire, each_way_to_spoil_a_directory_has_its_refusal)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
        SH_DEFER(arena_free) struct arena *arena = arena_for_test();
        struct directory_file out;
        cr_assert_eq(directory_file_encode(sample_directory(), &good), SH_OK);
        Safehand__DirectoryFile *pb =
            unpack_raw(&safehand__directory_file__descriptor, bytes_buf(&good), arena);
        CASES[i].spoil(pb);
        pack_raw(&pb->base, &bad);
        sh_err err = directory_file_decode(bytes_buf(&bad), arena, &out);
        cr_assert_eq(err, CASES[i].expected, "%s: %s, not %s", CASES[i].name, sh_err_word(err),
                     sh_err_word(CASES[i].expected));
    }
}

static sh_err encode(const struct directory_file *file)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    return directory_file_encode(file, &out);
}

Test(wire, a_directory_that_would_be_refused_is_not_published)
{
    struct directory_file file = *sample_directory();
    struct directory_seat seats[2] = {file.seats[1], file.seats[0]};
    file.seats = seats;
    file.seats_len = 2;
    cr_assert_eq(encode(&file), SH_E_FORMAT);
    file = *sample_directory();
    file.partnership = NULL;
    cr_assert_eq(encode(&file), SH_E_FORMAT);
    file = *sample_directory();
    file.expires_at_ms = -1;
    cr_assert_eq(encode(&file), SH_E_BAD_TIME);
    file = *sample_directory();
    file.created_at_ms = -1;
    cr_assert_eq(encode(&file), SH_E_BAD_TIME);
    struct directory_key key = {.use = (enum key_use)0, .vkey = "k"};
    file = *sample_directory();
    file.keys = &key;
    file.keys_len = 1;
    cr_assert_eq(encode(&file), SH_E_BAD_CODE);
    key = (struct directory_key){KEY_LOG, "k", -1};
    cr_assert_eq(encode(&file), SH_E_BAD_TIME);
}

Test(wire, a_directory_with_what_is_no_address_is_not_published)
{
    struct address nobody = {"nobody"};
    struct directory_desk desk = {.address = sample_address("a@b.c")};
    struct directory_seat seat = {nobody, bytes_str("sign"), bytes_str("seal")};
    struct directory_file file = *sample_directory();
    file.desks = &desk;
    file.desks_len = 1;
    cr_assert_eq(encode(&file), SH_OK);
    desk.cover = &nobody;
    desk.cover_len = 1;
    cr_assert_eq(encode(&file), SH_E_BAD_ADDRESS);
    desk = (struct directory_desk){.address = nobody};
    cr_assert_eq(encode(&file), SH_E_BAD_ADDRESS);
    file = *sample_directory();
    file.seats = &seat;
    file.seats_len = 1;
    cr_assert_eq(encode(&file), SH_E_BAD_ADDRESS);
    seat.address = desk.address = sample_address("a@b.c");
    cr_assert_eq(encode(&file), SH_OK);
}

/* ---- size ---- */

enum { SEATS = 12000 };

static void fill_seats(struct directory_seat *seats)
{
    static uint8_t certificate[900];
    for (unsigned i = 0; i < SEATS; i++) {
        seats[i].address = sample_address("desk00000@999001.school");
        (void)snprintf(seats[i].address.text, sizeof seats[i].address.text,
                       "desk%05u@999001.school", i);
        seats[i].sign_certificate = bytes_of(certificate, sizeof certificate);
        seats[i].seal_certificate = bytes_of(certificate, sizeof certificate);
    }
}

Test(wire, a_directory_of_twelve_thousand_seats_passes)
{
    static struct directory_seat seats[SEATS];
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct directory_file in = *sample_directory(), out;
    fill_seats(seats);
    in.seats = seats;
    in.seats_len = SEATS;
    cr_assert_eq(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &arena), SH_OK);
    cr_assert_eq(round_trip(&in, arena, &out), SH_OK);
    cr_assert_eq(out.seats_len, SEATS);
    cr_assert_str_eq(out.seats[SEATS - 1].address.text, "desk11999@999001.school");
}

Test(wire, a_directory_above_its_limit_is_too_big)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    static uint8_t zeros[SH_DIRECTORY_BYTES_MAX + 1];
    struct directory_file out;
    cr_assert_eq(directory_file_decode(bytes_of(zeros, sizeof zeros), arena, &out), SH_E_TOO_BIG);
}

Test(wire, a_directory_made_of_empty_pieces_is_too_big)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    SH_DEFER(buf_wipe) struct buf bomb = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct directory_file out;
    uint8_t *room = NULL;
    cr_assert_eq(buf_reserve(&bomb, SH_DIRECTORY_BYTES_MAX, &room), SH_OK);
    for (size_t i = 0; i < SH_DIRECTORY_BYTES_MAX; i += 2) {
        room[i] = 0x3a; /* crls = 7, empty */
        room[i + 1] = 0;
    }
    bomb.len = SH_DIRECTORY_BYTES_MAX;
    cr_assert_eq(directory_file_decode(bytes_buf(&bomb), arena, &out), SH_E_TOO_BIG);
}

/* ---- the signed form ---- */

Test(wire, a_signed_directory_comes_back_as_it_went)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    const struct signed_directory in = {bytes_str("file"), bytes_str("signature"),
                                        bytes_str("certificate")};
    struct signed_directory out;
    cr_assert_eq(signed_directory_encode(&in, &bytes), SH_OK);
    cr_assert_eq(signed_directory_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    cr_assert(bytes_equal(in.directory, out.directory));
    cr_assert(bytes_equal(in.signature, out.signature));
    cr_assert(bytes_equal(in.certificate, out.certificate));
}

/* Packed by protobuf-c, so that only the decoder can refuse. */
static sh_err try_signed(size_t directory_len, size_t signature_len, size_t certificate_len)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(2 * SH_DIRECTORY_BYTES_MAX);
    SH_DEFER(sh_freep) uint8_t *zeros = calloc(1, SH_DIRECTORY_BYTES_MAX);
    Safehand__SignedDirectory pb = SAFEHAND__SIGNED_DIRECTORY__INIT;
    pb.directory = (ProtobufCBinaryData){directory_len, zeros};
    pb.signature = (ProtobufCBinaryData){signature_len, zeros};
    pb.certificate = (ProtobufCBinaryData){certificate_len, zeros};
    pack_raw(&pb.base, &bytes);
    struct signed_directory out;
    return signed_directory_decode(bytes_buf(&bytes), arena, &out);
}

Test(wire, a_signed_directory_has_its_limits)
{
    const size_t most = SH_DIRECTORY_BYTES_MAX - 8192;
    cr_assert_eq(try_signed(most, SH_SIGNATURE_BYTES_MAX, SH_CERTIFICATE_BYTES_MAX), SH_OK);
    cr_assert_eq(try_signed(SH_DIRECTORY_BYTES_MAX, 8, 8), SH_E_TOO_BIG);
    cr_assert_eq(try_signed(8, SH_SIGNATURE_BYTES_MAX + 1, 8), SH_E_FORMAT);
    cr_assert_eq(try_signed(8, 8, SH_CERTIFICATE_BYTES_MAX + 1), SH_E_TOO_BIG);
    cr_assert_eq(try_signed(0, 8, 8), SH_E_FORMAT);
    cr_assert_eq(try_signed(8, 0, 8), SH_E_FORMAT);
    cr_assert_eq(try_signed(8, 8, 0), SH_E_FORMAT);
}

Test(wire, a_signed_directory_that_would_be_refused_is_not_published)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_KIB);
    struct signed_directory in = {bytes_str("file"), bytes_str("signature"),
                                  bytes_str("certificate")};
    in.signature.len = 0;
    cr_assert_eq(signed_directory_encode(&in, &out), SH_E_FORMAT);
    in.signature = bytes_str("signature");
    in.certificate.len = 0;
    cr_assert_eq(signed_directory_encode(&in, &out), SH_E_FORMAT);
    in.certificate = bytes_str("certificate");
    in.directory.len = 0;
    cr_assert_eq(signed_directory_encode(&in, &out), SH_E_FORMAT);
    cr_assert_eq(out.len, 0);
}
