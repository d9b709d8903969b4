/* Sends one referral and says what became of it, with nothing but the public header:
 *     SAFEHAND_PASSPHRASE_FILE=pass send_and_track HOME referral.json
 * A message that cannot go now is kept in the outbox; running `safehand sync` later sends it. */
#include <safehand/client.h>
#include <stdio.h>
#include <stdlib.h>

static int give_passphrase(void *ctx, char *out, size_t out_len)
{
    (void)ctx;
    return sh_client_passphrase_file(getenv("SAFEHAND_PASSPHRASE_FILE"), out, out_len, NULL);
}

/* Says what went wrong; what is printed with it may still hold a result. */
static int finish(const char *what, int code, const struct sh_client_error *error, char **json)
{
    if (code != SH_CLIENT_OK) {
        (void)fprintf(stderr, "%s: %s (%s)\n", what, error->sentence, sh_client_code_word(code));
    }
    if (*json) {
        (void)printf("%s\n", *json);
    }
    sh_client_free_text(json);
    return sh_client_exit_status(code);
}

static size_t read_file(const char *path, char *out, size_t out_len)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(out, 1, out_len, file) : 0;
    if (file) {
        (void)fclose(file);
    }
    return len;
}

int main(int argc, char **argv)
{
    static char document[256 * 1024];
    struct sh_client_options options = {.size = sizeof options, .passphrase = give_passphrase};
    struct sh_client_error error;
    struct sh_client *client = NULL;
    char *json = NULL;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: send_and_track HOME FILE.json\n");
        return 2;
    }
    options.home = argv[1];
    size_t len = read_file(argv[2], document, sizeof document);
    int code = sh_client_open(&options, &client, &error);
    if (code != SH_CLIENT_OK) {
        return finish("open", code, &error, &json);
    }
    code = sh_client_send(client, document, len, NULL, &json, &error);
    int status = finish("send", code, &error, &json);
    code = sh_client_sync(client, 5, &json,
                          &error); /* receipts and answers, if any come within 5 seconds */
    (void)finish("sync", code, &error, &json);
    code = sh_client_track(client, NULL, &json, &error);
    (void)finish("track", code, &error, &json);
    sh_client_close(&client);
    return status;
}
