/* A message's row against the entry that says it was accepted. */
#include "check/check_private.h"
#include "crypto/digest.h"
#include "envelope/build.h"
#include "wire/envelope.h"

#include <inttypes.h>

static sh_err is_another(struct check *check, const struct copy_message *message,
                         const char *column, const struct entry *entry)
{
    struct place where = place_of("message", column, message->row.seq);
    return differ(check, &where, "it is not what entry %" PRIu64 " of the log says", entry->index);
}

static sh_err check_columns(struct check *check, const struct entry *entry,
                            const struct copy_message *message)
{
    const struct message_row *row = &message->row;
    const struct leaf_facts *facts = &entry->facts;
    struct sh_hash header;
    SH_TRY(header_hash(row->header, &header));
    const struct {
        const char *column;
        bool same;
    } columns[] = {
        {"message_id", id_equal(&row->message_id, &facts->message_id)},
        {"thread_id", id_equal(&row->thread_id, &facts->thread_id)},
        {"header_sha256", hash_equal(&row->header_sha256, &facts->header_sha256)},
        {"accepted_ms", row->accepted_ms == entry->leaf.time_ms},
        {"from_id, or text of that address",
         message->has_from && address_equal(&row->from, &facts->from)},
        {"header", hash_equal(&header, &facts->header_sha256)},
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        SH_TRY(columns[i].same ? SH_OK : is_another(check, message, columns[i].column, entry));
    }
    return SH_OK;
}

static sh_err check_thread(struct check *check, const struct copy_message *message)
{
    bool begins = id_equal(&message->row.thread_id, &message->row.message_id);
    bool right = begins ? message->thread_seq == message->row.seq
                        : message->has_first && message->thread_seq < message->row.seq &&
                              message->first_thread_seq == message->thread_seq &&
                              id_equal(&message->first_id, &message->row.thread_id);
    struct place where = place_of("message", "thread_seq", message->row.seq);
    return right ? SH_OK : differ(check, &where, "it is not the first message of its thread");
}

/* The sender's signature, if the directory still knows the seat. */
static sh_err check_signature(struct check *check, const struct envelope *envelope,
                              const struct header *header, const struct place *where)
{
    const struct certificate *signer =
        check->order->directory
            ? directory_certificate(check->order->directory, &header->facts.seat)
            : NULL;
    if (!signer) {
        check->result->unknown_seats++;
        return SH_OK;
    }
    sh_err err = envelope_verify(envelope, signer, NULL);
    SH_CHECK(err != SH_E_NOMEM, err);
    return err == SH_OK ? SH_OK : differ(check, where, "the sender's signature does not verify");
}

static sh_err check_body(struct check *check, const struct copy_message *message,
                         struct arena *arena)
{
    struct envelope envelope;
    struct header header;
    struct sh_hash sealed, whole;
    struct place where = place_of("body", "before, after", message->row.seq);
    if (header_decode(message->row.header, arena, &header) != SH_OK ||
        envelope_decode(message->row.envelope, arena, &envelope) != SH_OK ||
        !bytes_equal(envelope.header, message->row.header)) {
        return differ(check, &where, "the ciphertext is no longer in the envelope as it came");
    }
    SH_TRY(digest_sha256(envelope.sealed, &sealed));
    if (!hash_equal(&sealed, &header.sealed_sha256)) {
        return differ(check, &where, "the ciphertext is not the one that its header names");
    }
    SH_TRY(check_signature(check, &envelope, &header, &where));
    SH_TRY(digest_sha256(message->row.envelope, &whole));
    where = place_of("message", "envelope_sha256", message->row.seq);
    return hash_equal(&whole, &message->envelope_sha256)
               ? SH_OK
               : differ(check, &where, "it is not the checksum of the envelope");
}

sh_err check_message(struct check *check, const struct entry *entry,
                     const struct copy_message *message, struct arena *arena)
{
    SH_TRY(check_columns(check, entry, message));
    SH_TRY(check_thread(check, message));
    SH_TRY(message->has_body ? check_body(check, message, arena) : SH_OK);
    struct place where = place_of("message", "check_sha256", message->row.seq);
    return message->fits ? SH_OK : differ(check, &where, "it is not the checksum of this row");
}
