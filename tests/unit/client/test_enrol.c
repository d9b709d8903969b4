#include "base/files.h"
#include "client/enrol.h"
#include "crypto/csr.h"
#include "fixture.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

struct enrolling {
    struct fixture fixture;
    char home[PATH_MAX], dir[PATH_MAX], fingerprint[128];
    struct sh_client_enrol order;
};

static void enrolling_make(struct enrolling *e)
{
    fixture_make(&e->fixture);
    cr_assert_eq(path_join(e->home, sizeof e->home, e->fixture.dir.path, "new"), SH_OK);
    cr_assert_eq(path_join(e->dir, sizeof e->dir, e->fixture.dir.path, "request"), SH_OK);
    e->order = (struct sh_client_enrol){.size = sizeof e->order,
                                        .home = e->home,
                                        .address = "dsl@999002.school",
                                        .dir = e->dir,
                                        .root_fingerprint = e->fingerprint,
                                        .scrypt_p = 1,
                                        .passphrase = fixture_passphrase,
                                        .passphrase_ctx = &e->fixture};
    /* As a person reads it out: pairs, colons, capitals. */
    char digits[65];
    hex_encode(BYTES_FIXED(*certificate_sha256(e->fixture.pki.root)), digits);
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(e->fingerprint + 3 * i, 4, "%c%c%c",
                       digits[2 * i] - (digits[2 * i] >= 'a' ? 32 : 0), digits[2 * i + 1],
                       i % 2 ? ' ' : ':');
    }
}

static void enrolling_wipe(struct enrolling *e)
{
    fixture_wipe(&e->fixture);
}

static void put(const struct enrolling *e, const char *name, struct bytes content)
{
    char path[PATH_MAX];
    cr_assert_eq(path_join(path, sizeof path, e->dir, name), SH_OK);
    cr_assert_eq(file_write_atomic(path, content, 0644, NULL), SH_OK);
}

static void put_cert(const struct enrolling *e, const char *name, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    cr_assert_eq(certificate_to_pem(cert, &pem), SH_OK);
    put(e, name, bytes_buf(&pem));
}

static void request(struct enrolling *e)
{
    char *text = NULL;
    struct sh_client_error error;
    int code = sh_client_enrol_request(&e->order, &text, &error);
    cr_assert_eq(code, 0, "%s", error.sentence);
    sh_client_free_text(&text);
}

/* What the authority does with a request: certificates in the folder, and the seat in the
 * directory. */
static void issue(struct enrolling *e)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(CSR_BYTES_MAX);
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {.sign = NULL};
    struct pki *pki = &e->fixture.pki;
    char path[PATH_MAX];
    struct sh_why why = {{0}};
    cr_assert_eq(path_join(path, sizeof path, e->dir, "request.pem"), SH_OK);
    cr_assert_eq(file_read(path, &pem, &why), SH_OK);
    cr_assert_eq(csr_pair_parse(bytes_buf(&pem), &pair, &why), SH_OK, "%s", why.text);
    size_t at = pki_add_seat(pki, pair.address.text);
    struct pki_seat *seat = &pki->seats[at];
    const struct pki_authority *by = pki_authority(pki, "school");
    certificate_free(&seat->sign_cert);
    certificate_free(&seat->seal_cert);
    int64_t from = pki->now_ms - ISSUE_BACKDATE_MS, to = pki->now_ms + ISSUE_SEAT_MS;
    seat->sign_cert =
        pki_certificate(by, PROFILE_SIGN, pair.address.text, pair.sign, pair.curve_key, from, to);
    seat->seal_cert =
        pki_certificate(by, PROFILE_SEAL, pair.address.text, pair.seal, NULL, from, to);
    seat->hash = *certificate_sha256(seat->sign_cert);
    memcpy(seat->curve_public, pair.curve_key, 32);
    pki_publish(pki);
    put_cert(e, HOME_SIGN_PEM, seat->sign_cert);
    put_cert(e, HOME_SEAL_PEM, seat->seal_cert);
    put_cert(e, HOME_ROOT_PEM, pki->root);
    put(e, HOME_DIRECTORY, bytes_buf(&pki->directory));
}

static sh_err install(struct enrolling *e, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *json = NULL;
    struct clock clock = mock_relay_clock(&e->fixture.relay);
    return enrol_install(&e->order, &clock, &json, why);
}

Test(enrol, a_seat_is_made_in_two_steps_and_then_sends)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    enrolling_make(&e);
    struct sh_why why = {{0}};
    request(&e);
    issue(&e);
    cr_assert_eq(install(&e, &why), SH_OK, "%s", why.text);

    struct transport transport =
        mock_relay_transport(&e.fixture.relay, e.fixture.pki.seats_len - 1);
    struct clock clock = mock_relay_clock(&e.fixture.relay);
    struct sh_client_options options = {.size = sizeof options,
                                        .home = e.home,
                                        .passphrase = fixture_passphrase,
                                        .passphrase_ctx = &e.fixture};
    SH_DEFER(sh_client_close) struct sh_client *client = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(client_open(&options, &transport, &clock, &client, &why), SH_OK, "%s", why.text);
    static const char document[] = "{\"kind\": \"referral\", \"to\": [\"mash@999.social-care\"], "
                                   "\"children\": [{\"given_names\": \"X\"}], "
                                   "\"concern\": {\"what_happened\": \"y\"}, \"referrer\": "
                                   "{\"name\": \"A\", \"role\": \"B\"}}";
    cr_assert_eq(fixture_send(client, document, &sent), 0);
}

Test(enrol, private_keys_are_private_and_encrypted)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    enrolling_make(&e);
    static const char *const names[] = {HOME_SIGN_KEY, HOME_SEAL_KEY, HOME_CURVE_KEY};
    request(&e);
    struct stat found;
    cr_assert_eq(stat(e.home, &found), 0);
    cr_assert_eq(found.st_mode & 0777, 0700);
    for (size_t i = 0; i < 3; i++) {
        SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(16 * SH_KIB);
        char path[PATH_MAX];
        struct sh_why why;
        cr_assert_eq(path_join(path, sizeof path, e.home, names[i]), SH_OK);
        cr_assert_eq(stat(path, &found), 0);
        cr_assert_eq(found.st_mode & 0777, 0600);
        cr_assert_eq(file_read(path, &pem, &why), SH_OK);
        cr_assert(memmem(pem.data, pem.len, "BEGIN ENCRYPTED PRIVATE KEY", 27));
    }
}

Test(enrol, asking_again_keeps_the_keys)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    enrolling_make(&e);
    SH_DEFER(buf_wipe) struct buf before = BUF_INIT(16 * SH_KIB);
    SH_DEFER(buf_wipe) struct buf after = BUF_INIT(16 * SH_KIB);
    char path[PATH_MAX];
    struct sh_why why;
    cr_assert_eq(path_join(path, sizeof path, e.home, HOME_SIGN_KEY), SH_OK);
    request(&e);
    cr_assert_eq(file_read(path, &before, &why), SH_OK);
    request(&e);
    cr_assert_eq(file_read(path, &after, &why), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&before), bytes_buf(&after)));
}

/* A request that was answered: everything in the folder is right. */
static void issued_make(struct enrolling *e)
{
    enrolling_make(e);
    request(e);
    issue(e);
}

static bool is_installed(const struct enrolling *e)
{
    char path[PATH_MAX];
    struct stat found;
    cr_assert_eq(path_join(path, sizeof path, e->home, HOME_SIGN_PEM), SH_OK);
    return stat(path, &found) == 0;
}

Test(enrol, nothing_is_installed_before_a_request_was_made)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    enrolling_make(&e);
    struct sh_why why = {{0}};
    cr_assert_eq(dir_make(e.dir, 0755, &why), SH_OK);
    put_cert(&e, HOME_ROOT_PEM, e.fixture.pki.root);
    cr_assert_eq(install(&e, &why), SH_E_NOT_FOUND);
}

Test(enrol, only_the_root_with_the_fingerprint_is_installed)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    issued_make(&e);
    struct sh_why why = {{0}};
    e.fingerprint[0] = e.fingerprint[0] == '0' ? '1' : '0';
    cr_assert_eq(install(&e, &why), SH_E_BAD_CHAIN);
    e.fingerprint[10] = '\0';
    cr_assert_eq(install(&e, &why), SH_E_USAGE);
    e.order.root_fingerprint = NULL;
    cr_assert_eq(install(&e, &why), SH_E_USAGE);
    cr_assert_not(is_installed(&e));
}

Test(enrol, only_certificates_for_our_keys_and_address_are_installed)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    issued_make(&e);
    const struct pki *pki = &e.fixture.pki;
    const struct pki_seat *seat = &pki->seats[pki->seats_len - 1];
    const struct certificate *const wrong[] = {
        pki->seats[SECOND].sign_cert, /* the same desk, another key */
        pki->seats[LEAD].sign_cert,   /* another desk */
        seat->seal_cert,              /* the two exchanged */
    };
    struct sh_why why = {{0}};
    for (size_t i = 0; i < 3; i++) {
        put_cert(&e, HOME_SIGN_PEM, wrong[i]);
        cr_assert_eq(install(&e, &why), SH_E_BAD_CERTIFICATE, "%zu", i);
    }
    put_cert(&e, HOME_SIGN_PEM, seat->sign_cert);
    put_cert(&e, HOME_SEAL_PEM, pki->seats[SECOND].seal_cert);
    cr_assert_eq(install(&e, &why), SH_E_BAD_CERTIFICATE);
    cr_assert_not(is_installed(&e));
}

Test(enrol, only_a_verified_directory_that_lists_the_seat_is_installed)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    issued_make(&e);
    struct pki *pki = &e.fixture.pki;
    struct sh_why why = {{0}};
    char *text = NULL;
    pki->directory.data[pki->directory.len / 2] ^= 1;
    put(&e, HOME_DIRECTORY, bytes_buf(&pki->directory));
    cr_assert_neq(install(&e, &why), SH_OK);
    pki->seats[pki->seats_len - 1].revoked = true;
    pki_publish(pki);
    put(&e, HOME_DIRECTORY, bytes_buf(&pki->directory));
    cr_assert_eq(install(&e, &why), SH_E_UNKNOWN_SEAT);
    cr_assert_not(is_installed(&e));

    pki->seats[pki->seats_len - 1].revoked = false;
    pki_publish(pki);
    put(&e, HOME_DIRECTORY, bytes_buf(&pki->directory));
    cr_assert_eq(install(&e, &why), SH_OK, "%s", why.text);
    cr_assert_eq(sh_client_enrol_request(&e.order, &text, NULL), SH_CLIENT_EXISTS);
}

Test(enrol, bad_orders_are_told)
{
    SH_DEFER(enrolling_wipe) struct enrolling e;
    enrolling_make(&e);
    char *text = NULL;
    e.order.address = "DSL@999002.school";
    cr_assert_eq(sh_client_enrol_request(&e.order, &text, NULL), SH_E_BAD_ADDRESS);
    e.order.address = "dsl@999002.school";
    e.order.scrypt_p = 9;
    cr_assert_eq(sh_client_enrol_request(&e.order, &text, NULL), SH_CLIENT_USAGE);
    e.order.scrypt_p = 1;
    e.order.home = NULL;
    cr_assert_eq(sh_client_enrol_request(&e.order, &text, NULL), SH_CLIENT_USAGE);
    cr_assert_null(text);
}

static int wrong_passphrase(void *ctx, char *out, size_t out_len)
{
    (void)ctx;
    (void)snprintf(out, out_len, "wrong");
    return 0;
}

static int no_passphrase(void *ctx, char *out, size_t out_len)
{
    (void)ctx;
    (void)out;
    (void)out_len;
    return 1;
}

Test(enrol, a_wrong_passphrase_is_told_and_loses_nothing)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char home[PATH_MAX];
    fixture_home(&fixture, LEAD, home);
    static int (*const askers[])(void *, char *, size_t) = {wrong_passphrase, no_passphrase};
    for (size_t i = 0; i < 2; i++) {
        struct transport transport = mock_relay_transport(&fixture.relay, LEAD);
        struct clock clock = mock_relay_clock(&fixture.relay);
        struct sh_client_options options = {
            .size = sizeof options, .home = home, .passphrase = askers[i]};
        SH_DEFER(sh_client_close) struct sh_client *client = NULL;
        SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
        SH_DEFER(json_freep) json_t *sent = NULL;
        struct sh_why why = {{0}};
        cr_assert_eq(client_open(&options, &transport, &clock, &client, &why), SH_OK);
        int code = fixture_send(client, document, &sent);
        cr_assert_eq(code, SH_CLIENT_PASSPHRASE);
        cr_assert_eq(sh_client_exit_status(code), 2);
        cr_assert_null(sent);
    }
}

Test(enrol, a_folder_without_a_seat_is_not_found)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    struct sh_client_options options = {.size = sizeof options, .home = fixture.dir.path};
    struct sh_client *client = NULL;
    struct sh_client_error error;
    cr_assert_eq(sh_client_open(&options, &client, &error), SH_CLIENT_NOT_FOUND);
    cr_assert(strstr(error.sentence, "enrol"));
    cr_assert_null(client);
}

Test(enrol, a_passphrase_file_must_be_private)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char path[PATH_MAX], text[64];
    cr_assert_eq(path_join(path, sizeof path, fixture.dir.path, "pass"), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_str("secret words\nsecond line\n"), 0600, NULL),
                 SH_OK);
    cr_assert_eq(sh_client_passphrase_file(path, text, sizeof text, NULL), 0);
    cr_assert_str_eq(text, "secret words");
    cr_assert_eq(sh_client_passphrase_file(path, text, 12, NULL), SH_E_TOO_BIG);
    cr_assert_eq(sh_client_passphrase_file(path, text, 13, NULL), 0);
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_eq(sh_client_passphrase_file(path, text, sizeof text, NULL), SH_E_CONFIG);
    cr_assert_eq(sh_client_passphrase_file("/nonexistent", text, sizeof text, NULL),
                 SH_CLIENT_NOT_FOUND);
    cr_assert_eq(sh_client_passphrase_file(NULL, text, sizeof text, NULL), SH_CLIENT_NOT_FOUND);
}
