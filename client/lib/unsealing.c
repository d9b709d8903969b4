/* See unsealing.h. */
#include "client/unsealing.h"

#include "client/proofs.h"

sh_err unsealing_find_cert(struct sh_client *client, const struct sh_hash *seat,
                           const struct certificate **out, struct sh_why *why)
{
    if (hash_equal(seat, keyring_seat(client->keyring))) {
        *out = keyring_sign_cert(client->keyring);
        return SH_OK;
    }
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, why));
    const struct certificate *cert = directory_certificate(directory, seat);
    if (!cert) {
        return sh_fail(why, SH_E_UNKNOWN_SEAT, "the sender's seat is not in the directory");
    }
    *out = cert;
    return SH_OK;
}

sh_err unsealing_open(struct sh_client *client, const struct envelope *envelope,
                      int64_t accepted_at_ms, struct opened *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    struct header header;
    struct directory *directory = NULL;
    SH_TRY(header_decode(envelope->header, arena, &header));
    SH_TRY(client_directory_any(client, &directory, why));
    struct envelope_reader reader = {
        .seal_cert = keyring_seal_cert(client->keyring),
        .seat = *keyring_seat(client->keyring),
        .trust = directory_trust(directory),
        .accepted_at_ms = accepted_at_ms,
        .grace_ms = KEYRING_GRACE_MS,
    };
    SH_TRY(unsealing_find_cert(client, &header.facts.seat, &reader.sender_cert, why));
    SH_TRY(keyring_seal_key(client->keyring, &reader.seal_key, why));
    return envelope_open(envelope, &reader, out, why);
}

sh_err unsealing_open_stored(struct sh_client *client, const struct vault_message *message,
                             struct arena *arena, struct envelope *out_envelope, struct opened *out,
                             struct sh_why *why)
{
    struct bytes raw;
    struct envelope envelope;
    SH_TRY(vault_envelope(client->vault, message->row, arena, &raw));
    SH_CHECK(envelope_decode(raw, arena, &envelope) == SH_OK, SH_E_CORRUPT);
    int64_t at_ms = message->accepted_at_ms ? message->accepted_at_ms : client_now_ms(client);
    SH_TRY(unsealing_open(client, &envelope, at_ms, out, why));
    *out_envelope = envelope;
    return SH_OK;
}

struct finding {
    struct sh_client *client;
    struct sh_why *why;
};

static sh_err find_for_enclosure(void *ctx, const struct sh_hash *seat,
                                 const struct certificate **out)
{
    struct finding *finding = ctx;
    return unsealing_find_cert(finding->client, seat, out, finding->why);
}

/* The enclosed statement is proven against the log's key here. Whether its checkpoint is consistent
 * with those that we have seen was asked when the message came (receive.c). */
sh_err unsealing_open_enclosure(struct sh_client *client, const struct enclosure *in,
                                struct opened *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    struct verified_statement statement;
    struct directory *directory = NULL;
    SH_TRY(proofs_verify(client, &in->accepted, arena, &statement, why));
    SH_TRY(client_directory_any(client, &directory, why));
    struct finding finding = {client, why};
    const struct certificate_finder finder = {find_for_enclosure, &finding};
    return enclosure_open(in, &finder, directory_trust(directory), KEYRING_GRACE_MS, out, why);
}
