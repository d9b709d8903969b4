#!/usr/bin/env bash
# A lead sends; her seat is revoked; the deputy's seat reads what she sent and what comes back; the revoked seat gets
# nothing new, within one message, on its live connection.
. "$(dirname "$0")/lib.sh"
lead=dsl@999001.school
deputy=dsl@999001.school+deputy
mash=mash@999.social-care
sandbox_up

message_of "$cases/02-school-missing-girl-referral.json" >"$work/02.json"
send_case $lead "$work/02.json"
referral=$id
sync_desks $mash $deputy $lead
at $lead --json status
seat=$(field .seat)

# The lead's computer stays connected: it was stolen, say.
"$BIN/safehand" --home "$sandbox/desks/$lead" --json sync --wait 20 >"$work/live.json" 2>"$work/live.err" &
live=$!
sleep 1
SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase "$BIN/safehand-ca" revoke $lead "$seat" --reason key-compromise \
    --dir "$sandbox/ca" >"$work/revoke.out" 2>&1
check "the seat is revoked" test $? = 0
"$tests/support/sandbox.sh" publish "$sandbox" >/dev/null
for _ in $(seq 50); do grep -q reloaded "$sandbox/relay.log" && break; sleep 0.1; done
check "the relay has the new directory" grep -q reloaded "$sandbox/relay.log"

jq -n '{kind: "decision", outcome: "strategy_discussion", reasons: "Tomorrow at nine.",
    author: {name: "Duty social worker", role: "Social worker"}}' >"$work/decision.json"
at $mash --json decide "$referral" "$work/decision.json"
check "social care decides; its client seals anew by itself" test "$status" = 0
decision=$(field .message_id)

sync_desks $deputy
at $deputy --json show "$decision"
check "the deputy reads what comes back" content_equals <(jq '.' "$work/decision.json")
at $deputy --json show "$referral"
check "the deputy reads what the lead sent" content_equals "$work/02.json"

wait $live
check "the revoked seat's live connection was given nothing" jq -e '(.received // []) | length == 0' "$work/live.json"
at $lead --json sync
check "it cannot connect again" test "$status" != 0
at $lead --json inbox
check "its vault has nothing new" jq -e --arg id "$decision" 'all(.[]; .message_id != $id)' <<<"$out"
step_of "$cases/18-correction-withdrawal-close.json" 0 >"$work/new.json"
at $lead --json send "$work/new.json"
check "what it sends is not accepted" test "$status" != 0
result
