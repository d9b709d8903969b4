/* The policy: who may send what to whom, and what may follow what in a thread, as data that a
 * partnership can edit (YAML; a complete default for England ships in relay/dist/). Pure: it sees
 * facts and never the store. Immutable after loading; any thread may read one. DOMAIN.md, 'Who owes
 * what', is its source, RFC-like rules in docs/PROTOCOL.md. */
#pragma once

#include "thread/thread.h"

struct policy; /* opaque */

/* Parses and checks. SH_E_CONFIG with file, line and key in *why. Gives *out: policy_free(). */
SH_MUST_USE sh_err policy_load(const char *path, struct policy **out, struct sh_why *why);
void policy_free(struct policy **policy);
const char *policy_name(const struct policy *policy);
const struct sh_hash *
policy_sha256(const struct policy *policy); /* of the file: goes into the POLICY leaf */

/* Whether these facts may be accepted now. In this order: each recipient's sector and role may get
 * this kind (and subtype) from this sender (SH_E_FORBIDDEN_KIND); a first message is of a kind that
 * may begin a thread and has thread id == message id (SH_E_WRONG_ORDER, SH_E_UNKNOWN_THREAD); an
 * answer's parent is in the thread (SH_E_UNKNOWN_PARENT), its kind may follow the parent's kind
 * from one of the sender's standing (the parent's sender, its `act` desk, any party)
 * (SH_E_WRONG_ORDER, SH_E_NOT_A_PARTY), its recipients include whom the rule says
 * (SH_E_BAD_RECIPIENTS); outcomes fit the kind (SH_E_BAD_OUTCOME); children's positions fit the
 * referral (SH_E_BAD_CHILDREN); a second first decision of the same desk for a child
 * (SH_E_ALREADY_DECIDED; after more_information it may decide again); reconsiderations cite
 * (SH_E_CITES_NOTHING) and climb one level at a time (SH_E_LEVEL_TOO_EARLY); CLOSE only by who
 * referred and after a decision for every child (SH_E_CHILDREN_UNDECIDED); nothing but NOTE,
 * DECISION and receipts behind a WITHDRAWAL (SH_E_WITHDRAWN). why: one sentence for engineers; no
 * text of a message is in it. */
SH_MUST_USE sh_err policy_decide(const struct policy *policy, const struct facts *facts,
                                 const struct thread_view *thread, struct sh_why *why);

/* How many messages of one seat are taken in an hour before SH_E_QUOTA, and the grace after a
 * directory ran out. */
uint32_t policy_quota_per_hour(const struct policy *policy);
uint32_t policy_audit_leaves_per_second(const struct policy *policy);
int64_t policy_grace_ms(const struct policy *policy);
/* How long ciphertext is kept after the first delivery, at least. */
int64_t policy_retention_ms(const struct policy *policy);
