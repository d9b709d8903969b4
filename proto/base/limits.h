/* Every limit that a peer, a file or a disk can push against, with its reason. docs/PROTOCOL.md
 * publishes the ones that a second implementation must know. Sizes are bytes. */
#pragma once

#define SH_KIB 1024u
#define SH_MIB (1024u * 1024u)

/* One ZeroMQ frame. It is what a stranger can make the gate hold before CURVE has let him in, so
 * small. */
#define SH_FRAME_BYTES_MAX (256u * SH_KIB)
/* A sealed message carried inside its envelope; leaves room in a frame for header, path and proof.
 */
#define SH_SEALED_INLINE_BYTES_MAX (192u * SH_KIB)
/* One encrypted part of larger content or of an attachment; two fit a frame with room to spare. */
#define SH_PART_BYTES_MAX (128u * SH_KIB)
/* All parts of a message: a scanned child protection file of some hundred pages. */
#define SH_MESSAGE_BYTES_MAX (100u * SH_MIB)
#define SH_PARTS_MAX         (SH_MESSAGE_BYTES_MAX / SH_PART_BYTES_MAX)

/* desk@organisation.sector */
#define SH_ADDRESS_BYTES_MAX 100u
/* Desks in one header: the largest strategy meeting there is, twice over. */
#define SH_DESKS_MAX 64u
/* Seats sealed to in one message: 512 key-agreement entries are about 100 KiB of CMS. */
#define SH_SEATS_MAX 512u
/* A header with SH_DESKS_MAX addresses, SH_SEATS_MAX hashes and everything else is about 27 KiB. */
#define SH_HEADER_BYTES_MAX   (32u * SH_KIB)
#define SH_ENVELOPE_BYTES_MAX (SH_HEADER_BYTES_MAX + SH_SEALED_INLINE_BYTES_MAX + 4u * SH_KIB)
#define SH_CHILDREN_MAX       64u
#define SH_CITES_MAX          16u
#define SH_LEVEL_MAX          9u
/* A DER ECDSA P-256 signature is at most 72 bytes. */
#define SH_SIGNATURE_BYTES_MAX 72u
/* Messages under one batch signature, and so the length of a path. */
#define SH_BATCH_MAX      4096u
#define SH_BATCH_PATH_MAX 12u

/* Casework content as protobuf before signing, enclosures included. */
#define SH_CONTENT_BYTES_MAX (4u * SH_MIB)
/* One text field. The longest narrative in the forms in use is about 20 pages. */
#define SH_TEXT_BYTES_MAX (64u * SH_KIB)
/* Entries of one list in content. */
#define SH_LIST_MAX       256u
#define SH_JSON_DEPTH_MAX 8u
#define SH_JSON_BYTES_MAX (4u * SH_MIB)
#define SH_ENCLOSURES_MAX 256u

#define SH_RECEIPT_BYTES_MAX 512u
/* version, type, time and a hash */
#define SH_LEAF_BYTES_MAX 64u
/* The facts behind a leaf: at most SH_DESKS_MAX addresses and a handful of hashes. */
#define SH_FACTS_BYTES_MAX (8u * SH_KIB)
/* Entries of the log in one frame for an auditor: a tile's width. What their facts take is cut at
 * SH_PART_BYTES_MAX before that. */
#define SH_LEAVES_MAX 256u
/* An Ed25519 signature (RFC 8032). */
#define SH_ED25519_BYTES 64u
/* Statements that a client shows a relay that is restoring, in one frame: 32 of 4 KiB are half of
 * it. */
#define SH_KNOWN_MAX 32u
/* Clocks that one message starts: each duty at most once for those asked and once for somebody
 * named. */
#define SH_LEAF_CLOCKS_MAX 32u
/* A checkpoint: three lines, our signature, and the cosignatures of up to 16 witnesses. */
#define SH_CHECKPOINT_BYTES_MAX (4u * SH_KIB)
#define SH_ORIGIN_BYTES_MAX     200u
/* RFC 6962 paths in a tree of at most 2^40 leaves. */
#define SH_PROOF_HASHES_MAX 64u

/* A signed directory: 4,000 organisations with seats. Carried in pieces of SH_PART_BYTES_MAX. */
#define SH_DIRECTORY_BYTES_MAX   (32u * SH_MIB)
#define SH_CERTIFICATE_BYTES_MAX (4u * SH_KIB)
#define SH_CRL_BYTES_MAX         (4u * SH_MIB)

/* A budget for unpacking protobuf: 8 times the input, and never more than this (PROTOCOL.md,
 * Limits). */
#define SH_UNPACK_FACTOR    8u
#define SH_UNPACK_BYTES_MAX (4u * SH_MIB)
#define SH_UNPACK_COUNT_MAX 2000u

/* Messages that one transaction, one checkpoint covers. */
#define SH_GROUP_MAX 256u
/* Messages that may wait between intake and commit; past it intake stops reading the link, and the
 * gate its clients. */
#define SH_PENDING_MAX 4096u
/* Items that one connection may hold unanswered. */
#define SH_CREDIT_MAX 256u

#define SH_SECOND_MS (1000)
#define SH_MINUTE_MS (60 * SH_SECOND_MS)
#define SH_HOUR_MS   (60 * SH_MINUTE_MS)
#define SH_DAY_MS    (24 * (int64_t)SH_HOUR_MS)
/* created_at may lie this far ahead of, or behind, the relay's clock. */
#define SH_CREATED_AHEAD_MS  (5 * SH_MINUTE_MS)
#define SH_CREATED_BEHIND_MS (30 * SH_DAY_MS)
/* A message id is remembered, and a repeat answered, for 13 months. */
#define SH_DUPLICATE_KEPT_MS (400 * SH_DAY_MS)
