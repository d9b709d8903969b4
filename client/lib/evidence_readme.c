/* The README of an evidence folder. Its commands are run by the tests as they stand here: those
 * lines begin with three spaces. It names nobody but the desk that signed. */
#include "client/evidence.h"

static const char HEAD[] =
    "Evidence of one message sent with Safehand\n"
    "==========================================\n\n"
    "message    %s\n"
    "from       %s\n"
    "accepted   %s (entry %llu of the log)\n\n"
    "Confidential: content.json and message.p7s hold what was written about a child.\n\n"
    "1. Who signed which words. Run in this folder:\n\n"
    "   openssl cms -verify -binary -inform DER -in message.p7s -CAfile chain.pem \\\n"
    "       -crl_check_all -attime %lld -out content.bin\n\n"
    "It must say 'CMS Verification successful'. content.bin is the signed text in the\n"
    "form in which it travelled; content.json says the same for people. The time behind\n"
    "-attime is %s; without it the certificates count as\n"
    "expired, years later. Who signed:\n\n"
    "   openssl x509 -in signer.pem -noout -subject -dates -ext subjectAltName\n\n"
    "chain.pem holds the authority of the sender's sector, the partnership's root, and\n"
    "both lists of revoked certificates of that day. Compare the root's fingerprint with\n"
    "one that the partnership itself has told you:\n\n"
    "   awk '/BEGIN CERT/{n++} n==2' chain.pem | openssl x509 -noout -fingerprint -sha256\n\n";

static const char SIGNED_ALONE[] =
    "2. Header and words belong together. header.bin names the words by their SHA-256\n"
    "(the 32 bytes stand in it), and is signed too:\n\n"
    "   openssl dgst -sha256 message.p7s\n"
    "   openssl x509 -in signer.pem -pubkey -noout > signer.pub\n"
    "   { printf 'safehand/envelope/1\\0'; openssl dgst -sha256 -binary header.bin; } > "
    "header.tbs\n"
    "   openssl dgst -sha256 -verify signer.pub -signature header.sig header.tbs\n\n";

static const char SIGNED_IN_BATCH[] =
    "2. Header and words belong together. header.bin names the words by their SHA-256\n"
    "(the 32 bytes stand in it), and is signed together with other headers: header.batch\n"
    "has the size of the batch, the position in it, and the RFC 6962 path to its root.\n"
    "header.sig is over 'safehand/batch/1', a zero byte, the size in 8 bytes, that root.\n\n"
    "   openssl dgst -sha256 message.p7s\n\n";

static const char TAIL[] =
    "3. What the log says. Each folder fact-N-WORD is one entry: leaf.bin is in the RFC\n"
    "6962 tree at the index and by the path in 'proof'; 'checkpoint' is the root that the\n"
    "log signed (a C2SP signed note; its key is in log.vkey, to be compared with one from\n"
    "elsewhere). The leaf ends with the SHA-256 of salt.bin and facts.bin, one behind the\n"
    "other:\n\n"
    "   for f in fact-*; do cat $f/salt.bin $f/facts.bin | openssl dgst -sha256; done\n\n"
    "receipt.bin, where there is one, is the recipient's own word, signed by the seat in\n"
    "signer.pem beside it; facts.bin names it by its SHA-256:\n\n"
    "   for f in fact-*/receipt.bin; do [ -f $f ] || continue; d=${f%/*}; \\\n"
    "       openssl x509 -in $d/signer.pem -pubkey -noout > $d/signer.pub; \\\n"
    "       { printf 'safehand/receipt/1\\0'; cat $f; } > $d/receipt.tbs; \\\n"
    "       openssl dgst -sha256 -verify $d/signer.pub -signature $d/receipt.sig $d/receipt.tbs; "
    "done\n\n"
    "4. All of it at once, without a network:\n\n"
    "    safehand evidence verify . --root ROOT.pem --vkey KEY\n";

sh_err evidence_readme_append(const struct evidence_readme *in, struct buf *out)
{
    char id[2 * SH_ID_BYTES + 1], accepted[SH_TIME_TEXT_BYTES], chain_at[SH_TIME_TEXT_BYTES];
    hex_encode(BYTES_FIXED(in->message_id), id);
    time_to_rfc3339(in->accepted_at_ms, accepted);
    time_to_rfc3339(in->chain_at_ms, chain_at);
    /* A whole second, and not one before the certificates and lists are in force. */
    long long at_s = (long long)((in->chain_at_ms + SH_SECOND_MS - 1) / SH_SECOND_MS);
    SH_TRY(buf_printf(out, HEAD, id, in->from, accepted, (unsigned long long)in->log_index, at_s,
                      chain_at));
    SH_TRY(buf_append_str(out, in->in_batch ? SIGNED_IN_BATCH : SIGNED_ALONE));
    return buf_append_str(out, TAIL);
}
