/* A reader of DER (X.690 section 10) that knows tags and lengths and no types: definite lengths in
 * the fewest bytes, one-byte tags, everything used up. The gates of this folder stand on it, so
 * that bytes from a peer are held to their exact form before any other parser sees them. Pure;
 * borrows; any thread. Inside crypto/ only. */
#pragma once

#include "base/bytes.h"

enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0,           /* constructed */
    DER_CONTEXT_1 = 0xa1,           /* constructed */
    DER_CONTEXT_0_PRIMITIVE = 0x80, /* an IMPLICIT string */
};

/* A view of a constant array of bytes. */
#define DER_FIXED(array) bytes_of(array, sizeof(array))

/* Takes one element with this tag off the front of *in. *out_value: what is in it. SH_E_FORMAT. */
SH_MUST_USE sh_err der_take(struct bytes *in, uint8_t tag, struct bytes *out_value);
/* The same for whatever tag comes. *out_element: the whole element, tag and length included. */
SH_MUST_USE sh_err der_take_any(struct bytes *in, struct bytes *out_element,
                                struct bytes *out_value);
/* Takes exactly these bytes off the front of *in. SH_E_FORMAT. */
SH_MUST_USE sh_err der_take_exact(struct bytes *in, struct bytes expected);
/* SH_E_FORMAT if anything is left. */
SH_MUST_USE sh_err der_end(struct bytes in);

/* SH_OK if `in` is one element, and so is all that stands in its constructed parts, at most 24
 * deep. */
SH_MUST_USE sh_err der_check_deep(struct bytes in);
/* A DER INTEGER in the fewest bytes, above zero, of at most max_bytes without its leading zero.
 * SH_E_FORMAT. */
SH_MUST_USE sh_err der_take_positive(struct bytes *in, size_t max_bytes);
/* ECDSA-Sig-Value for P-256 (RFC 3279 section 2.2.3) in its one DER form. Whether it verifies is
 * another matter. */
SH_MUST_USE sh_err der_check_ecdsa_p256(struct bytes signature);
