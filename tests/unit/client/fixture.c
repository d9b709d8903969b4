#include "fixture.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "client/keyring.h"
#include "support/cases.h"

#include <stdlib.h>
#include <sys/stat.h>

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != SH_OK) {                                                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const char *const addresses[SEATS] = {
    "dsl@999001.school",        "dsl@999001.school",   "mash@999.social-care",
    "managers@999.social-care", "edt@999.social-care", "encompass@exampleshire.police",
    "dsl@999002.school",        "head@999001.school",
};

static void cover_mash(struct pki *pki)
{
    for (size_t i = 0; i < pki->desks_len; i++) {
        if (strcmp(pki->desks[i].address.text, "mash@999.social-care") == 0) {
            MUST(address_from("edt@999.social-care", &pki->desks[i].cover));
        }
    }
}

void fixture_make(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    temp_dir_make(&fixture->dir);
    pki_make(&fixture->pki, addresses, SEATS);
    cover_mash(&fixture->pki);
    pki_publish(&fixture->pki);
    mock_relay_init(&fixture->relay, &fixture->pki);
}

void fixture_wipe(struct fixture *fixture)
{
    mock_relay_wipe(&fixture->relay);
    pki_free(&fixture->pki);
    temp_dir_remove(&fixture->dir);
}

static void put(const char *home, const char *name, struct bytes content)
{
    char path[PATH_MAX];
    MUST(path_join(path, sizeof path, home, name));
    MUST(file_write_atomic(path, content, 0600, NULL));
}

static void put_key(const char *home, const char *name, const struct key *key)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {NULL, 0};
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(16 * SH_KIB);
    MUST(secret_copy(bytes_str(FIXTURE_PASSPHRASE), &passphrase));
    MUST(key_to_pem(key, &passphrase, 1, &pem));
    put(home, name, bytes_buf(&pem));
}

static void put_cert(const char *home, const char *name, const struct certificate *cert)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX);
    MUST(certificate_to_pem(cert, &pem));
    put(home, name, bytes_buf(&pem));
}

void fixture_home(struct fixture *fixture, size_t seat, char *out)
{
    struct stat found;
    const struct pki_seat *of = &fixture->pki.seats[seat];
    char name[32];
    (void)snprintf(name, sizeof name, "home-%zu", seat);
    MUST(path_join(out, PATH_MAX, fixture->dir.path, name));
    if (stat(out, &found) == 0) {
        return;
    }
    MUST(dir_make(out, 0700, NULL));
    put(out, HOME_ADDRESS, bytes_str(of->address.text));
    put_key(out, HOME_SIGN_KEY, of->sign);
    put_key(out, HOME_SEAL_KEY, of->seal);
    put_key(out, HOME_CURVE_KEY, of->curve);
    put_cert(out, HOME_SIGN_PEM, of->sign_cert);
    put_cert(out, HOME_SEAL_PEM, of->seal_cert);
    put_cert(out, HOME_ROOT_PEM, fixture->pki.root);
    put(out, HOME_DIRECTORY, bytes_buf(&fixture->pki.directory));
}

int fixture_passphrase(void *ctx, char *out, size_t out_len)
{
    struct fixture *fixture = ctx;
    fixture->asked++;
    return snprintf(out, out_len, "%s", FIXTURE_PASSPHRASE) < (int)out_len ? 0 : 1;
}

sh_err fixture_open(struct fixture *fixture, size_t seat, struct sh_client **out,
                    struct sh_why *why)
{
    char home[PATH_MAX];
    fixture_home(fixture, seat, home);
    struct transport transport = mock_relay_transport(&fixture->relay, seat);
    struct clock clock = mock_relay_clock(&fixture->relay);
    struct sh_client_options options = {.size = sizeof options,
                                        .home = home,
                                        .passphrase = fixture_passphrase,
                                        .passphrase_ctx = fixture};
    return client_open(&options, &transport, &clock, out, why);
}

struct sh_client *fixture_client(struct fixture *fixture, size_t seat)
{
    struct sh_client *client = NULL;
    struct sh_why why = {{0}};
    sh_err result = fixture_open(fixture, seat, &client, &why);
    if (result != SH_OK) {
        (void)fprintf(stderr, "fixture: %s: %s\n", sh_err_word(result), why.text);
        abort();
    }
    return client;
}

char *fixture_case(const char *name, size_t position)
{
    struct sh_why why;
    json_t *message = NULL;
    MUST(case_load_message(name, position, &message, &why));
    char *text = json_dumps(message, 0);
    json_decref(message);
    return text;
}

char *fixture_referral(const char *words, const char *urgency)
{
    json_t *document = json_pack(
        "{s:s, s:s, s:[s], s:s, s:[{s:s, s:s}], s:{s:[s], s:s}, s:{s:s, s:s}}", "kind", "referral",
        "from", "dsl@999001.school", "to", "mash@999.social-care", "urgency", urgency, "children",
        "given_names", "Zebedee", "family_name", "Quillfeather", "concern", "categories", "neglect",
        "what_happened", words, "referrer", "name", "Lead", "role", "DSL");
    char *text = json_dumps(document, 0);
    json_decref(document);
    return text;
}

/* ---- calls ---- */

static int finish(int code, char **text, const struct sh_client_error *error, json_t **out)
{
    *out = NULL;
    if (*text) {
        *out = json_loads(*text, 0, NULL);
    }
    if (code != 0) {
        (void)fprintf(stderr, "    (%s: %s)\n", sh_client_code_word(code), error->sentence);
    }
    sh_client_free_text(text);
    return code;
}

int fixture_send(struct sh_client *client, const char *document, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_send(client, document, strlen(document), NULL, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_answer(struct sh_client *client, const char *verb, const char *id, const char *document,
                   json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    size_t len = document ? strlen(document) : 0;
    int code = sh_client_answer(client, verb, id, document, len, NULL, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_sync(struct sh_client *client, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_sync(client, 0, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_show(struct sh_client *client, const char *id, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_show(client, id, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_track(struct sh_client *client, const char *id, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_track(client, id, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_inbox(struct sh_client *client, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_inbox(client, &text, &error);
    return finish(code, &text, &error, out);
}

int fixture_sent(struct sh_client *client, json_t **out)
{
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_sent(client, &text, &error);
    return finish(code, &text, &error, out);
}

const char *fixture_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const char *fixture_id(const json_t *result)
{
    return fixture_text(result, "message_id");
}

size_t fixture_facts(const json_t *tracked, const char *word, bool *out_verified)
{
    const json_t *facts = json_object_get(tracked, "facts");
    size_t found = 0;
    *out_verified = true;
    for (size_t i = 0; i < json_array_size(facts); i++) {
        const json_t *fact = json_array_get(facts, i);
        if (strcmp(fixture_text(fact, "fact"), word) == 0) {
            found++;
            *out_verified = *out_verified && strcmp(fixture_text(fact, "proof"), "verified") == 0;
        }
    }
    return found;
}

void fixture_deliver(struct fixture *fixture, const char *document, size_t from, size_t to,
                     char *out_id)
{
    struct sh_client *sender = fixture_client(fixture, from);
    json_t *sent = NULL, *synced = NULL;
    if (fixture_send(sender, document, &sent) != 0) {
        abort();
    }
    (void)snprintf(out_id, 2 * SH_ID_BYTES + 1, "%s", fixture_id(sent));
    json_decref(sent);
    sh_client_close(&sender);
    struct sh_client *reader = fixture_client(fixture, to);
    if (fixture_sync(reader, &synced) != 0) {
        abort();
    }
    json_decref(synced);
    sh_client_close(&reader);
}
