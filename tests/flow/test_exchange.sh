#!/usr/bin/env bash
# A referral goes from a school to children's social care and a signed decision comes back, with a proof for every step;
# the deputy sees what the lead sees; nothing of it can be found on the relay or, in clear, in a vault.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
nursery=dsl@999003.school
mash=mash@999.social-care
health=safeguarding@ex1.health
sandbox_up

# ---- case 01 and 13: sent, delivered, opened, acknowledged ----
message_of "$cases/01-nursery-neglect-referral.json" >"$work/01.json"
send_case $nursery "$work/01.json"
referral=$id
check "send gives ids, log index, size and time" jq -e \
    '(.message_id | length == 32) and (.thread_id | length == 32) and (.log_index | type == "number") and
     (.log_size > .log_index) and (.accepted_at | length > 0)' <<<"$out"
sync_desks $mash
at $mash --json inbox
check "the inbox lists it as delivered, without content" jq -e --arg id "$referral" \
    '.[0] | .message_id == $id and .kind == "referral" and .urgency == "urgent" and .state == "delivered" and (has("content") | not)' <<<"$out"
at $mash --json show "$referral"
check "what is shown equals what was sent, value for value" content_equals "$work/01.json"
check "the proof of acceptance verified" equal "$(field .proof)" verified
jq 'del(.expected)' "$cases/13-acknowledgement.json" >"$work/13.json"
at $mash --json ack "$referral" "$work/13.json"
check "social care acknowledges" test "$status" = 0
sync_desks $mash $nursery
at $nursery --json track "$referral"
for fact in accepted delivered opened acknowledged; do
    check "the nursery sees '$fact' with a verified proof" jq -e --arg fact $fact \
        '[.facts[] | select(.fact == $fact and .proof == "verified" and (.log_index | type == "number"))] | length >= 1' <<<"$out"
done

# ---- case 05 and 14: two children, a decision for each ----
message_of "$cases/05-health-home-conditions-referral.json" >"$work/05.json"
message_of "$cases/14-decision-for-two-children.json" >"$work/14.json"
send_case $health "$work/05.json"
two=$id
sync_desks $mash
at $mash --json decide "$two" "$work/14.json"
check "a decision for each child is accepted" test "$status" = 0
decision=$(field .message_id)
at $mash --json decide "$two" "$work/14.json" --again
check "a second first decision for the same child is refused" equal "$status" 1
check "with the word already_decided" grep -q already_decided <<<"$out"
sync_desks $health
at $health --json show "$decision"
check "the decision arrives word for word" content_equals "$work/14.json"

# ---- case 06: the whole thread, up to the second level ----
thread=$cases/06-no-further-action-and-reconsideration.json
for i in 0 1 2 3 4 5; do step_of "$thread" $i >"$work/06-$i.json"; done
send_case $school "$work/06-0.json"
first=$id
sync_desks $mash
at $mash --json decide "$first" "$work/06-1.json"
check "no further action" test "$status" = 0
nfa=$(field .message_id)
sync_desks $school
at $school --json reconsider "$nfa" "$work/06-2.json"
check "reconsideration at level 1" test "$status" = 0
level1=$(field .message_id)
sync_desks $mash
at $mash --json respond "$level1" "$work/06-3.json"
check "upheld" test "$status" = 0
upheld=$(field .message_id)
sync_desks $school
at $school --json reconsider "$upheld" "$work/06-4.json"
check "reconsideration at level 2, to the managers too" test "$status" = 0
level2=$(field .message_id)
sync_desks managers@999.social-care
at managers@999.social-care --json show "$level2"
check "the managers read the referral, enclosed, word for word" jq -e --slurpfile sent "$work/06-0.json" \
    '[.enclosures[].content.concern.what_happened] | index($sent[0].concern.what_happened) != null' <<<"$out"
at managers@999.social-care --json respond "$level2" "$work/06-5.json"
check "changed" test "$status" = 0
sync_desks $school $mash
at $school --json track "$first"
check "the school sees that it was decided" jq -e '[.facts[].fact] | index("decided") != null' <<<"$out"

# ---- case 11: text byte for byte ----
message_of "$cases/11-names-and-scripts.json" >"$work/11.json"
send_case $school "$work/11.json"
eleven=$id
sync_desks $mash
at $mash --json show "$eleven"
check "names and scripts survive byte for byte" content_equals "$work/11.json"

# ---- case 03, to a school with two seats ----
message_of "$cases/03-police-domestic-abuse-notification.json" >"$work/03.json"
send_case encompass@exampleshire.police "$work/03.json"
notification=$id
sync_desks $school $school+deputy
at $school+deputy --json show "$notification"
check "the deputy reads what came to the desk" content_equals "$work/03.json"
at $school+deputy --json show "$first"
check "the deputy reads what the lead sent" content_equals "$work/06-0.json"

# ---- duplicates, bad input, errors for people ----
at $school --json send "$work/11.json"
check "the same file within 24 hours is not sent again" equal "$status" 1
at $school --json send "$work/11.json" --again
check "unless one says so" equal "$status" 0
echo '{"kind": "referral", "colour": "blue"}' >"$work/bad.json"
at $school --json send "$work/bad.json"
check "bad input is exit 2" equal "$status" 2
check "and names the place" grep -q 'colour: unknown key' <<<"$out"
cp "$cases/10-vague-referral-for-the-clarity-check.json" "$work/wrapped.json"
at $school --json send "$work/wrapped.json"
check "the test wrapper 'expected' is refused" equal "$status" 2
at $school --json send "$work/none.json"
check "a file that is not there is exit 2" equal "$status" 2
at $nursery --json send "$work/06-0.json"
check "a file from another desk is exit 2" equal "$status" 2
check "and the right desk is named" grep -q "$nursery" <<<"$out"
at $school --json show ffffffffffff
check "an unknown id is exit 1" equal "$status" 1

# ---- several files: good ones go, bad ones are listed ----
mkdir "$work/many"
step_of "$cases/18-correction-withdrawal-close.json" 0 >"$work/many/1.json"
jq '.to = ["nobody@999.social-care"]' "$work/many/1.json" >"$work/many/2.json"
echo '{' >"$work/many/3.json"
at $school --json send "$work/many"
check "two of three are bad: exit 1" equal "$status" 1
check "one accepted, two listed with a reason" jq -e \
    '([.[] | select(.state == "accepted")] | length == 1) and ([.[] | select(.state != "accepted" and (.sentence | length > 0))] | length == 2)' <<<"$out"
rm "$work/many/2.json" "$work/many/3.json"
at $school --json send "$work/many"
check "a second run sends nothing twice" equal "$status" 0

# ---- several settings: one message each, with that setting's children only ----
jq '.children[0].setting = {name: "Example Secondary School", address: "dsl@999002.school"} |
    .children[1].setting = {name: "Example Nursery School", address: "dsl@999003.school"} |
    .kind = "notification" | .subtype = "other" | .author = .referrer | del(.referrer, .consent, .factors) |
    .to = ["dsl@999002.school", "dsl@999003.school"]' "$work/05.json" >"$work/split.json"
at $health --json send "$work/split.json" --split
check "--split sends one message for each setting" jq -e 'length == 2 and all(.[]; .state == "accepted" and (.to | length == 1))' <<<"$out"
split=$(jq -r '.[] | select(.to == ["dsl@999003.school"]) | .message_id' <<<"$out")
sync_desks $nursery
at $nursery --json show "$split"
check "the nursery reads of its own child only" jq -e '.content.children | length == 1 and .[0].setting.address == "dsl@999003.school"' <<<"$out"

# ---- no relay: kept, told whom to telephone, sent by itself later with the same id ----
"$tests/support/sandbox.sh" down "$sandbox"
jq '.urgency = "urgent" | .concern.what_happened = "Written while the line was down."' "$work/06-0.json" >"$work/kept.json"
at $school --json send "$work/kept.json"
check "without a relay it is kept: exit 3" equal "$status" 3
kept=$(field .message_id)
check "an urgent one says whom to telephone" jq -e '.telephone[0].telephone | length > 5' <<<"$out"
"$tests/support/sandbox.sh" start "$sandbox"
at $school --json sync
check "the next sync sends it" test "$status" = 0
sync_desks $mash
at $mash --json inbox
check "with the id that it had" jq -e --arg id "$kept" 'any(.[]; .message_id == $id)' <<<"$out"

# ---- evidence ----
at $mash --json evidence export "$referral" "$work/evidence"
check "evidence is written" test "$status" = 0
check "readable by its owner only" equal "$(stat -c %a "$work/evidence")" 700
attime=$(sed -n 's/.*-attime \([0-9]*\).*/\1/p' "$work/evidence/README")
check "stock openssl shows the sender's words, with chain and CRL" sh -c "openssl cms -verify -binary -inform DER \
    -in '$work/evidence/message.p7s' -CAfile '$work/evidence/chain.pem' -crl_check_all -attime $attime -out '$work/signed' &&
    grep -aq 'Mummy sleeping. No tea.' '$work/signed'"
check "and not after one byte of it was changed" sh -c "sed 's/Mummy/Nanny/' '$work/evidence/message.p7s' >'$work/changed' &&
    ! openssl cms -verify -binary -inform DER -in '$work/changed' -CAfile '$work/evidence/chain.pem' -crl_check_all -attime $attime -out /dev/null"
at $mash --json evidence verify "$work/evidence" --root "$CA_ROOT" --vkey "$LOG_VKEY"
check "and verifies off line" test "$status" = 0
at $mash --json evidence verify "$work/evidence"
check "without root and vkey: consistent with itself only, exit 4" equal "$status" 4
check "in those words" grep -q 'consistent with itself only' <<<"$out"

# ---- the log, as strangers see it, by someone else's implementation ----
sleep 1.2 # published at most once a second
check "the published log verifies with golang.org/x/mod/sumdb" "$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY"
check "it names no desk" sh -c "! grep -raqE '[a-z]+@[a-z0-9]+[.]' '$LOG_DIR'"

# ---- nothing of it on the relay, nothing in clear in a vault ----
secrets >"$work/secrets"
check "there are secrets to look for" test "$(wc -l <"$work/secrets")" -gt 50
check "none is in the relay's files or output" sh -c "! grep -raqFf '$work/secrets' '$sandbox/state' '$sandbox/log' '$sandbox/relay.log'"
check "none is in a vault" sh -c "! grep -raqFf '$work/secrets' '$sandbox/desks'"
result
