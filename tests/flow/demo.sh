#!/usr/bin/env bash
# `./dev demo`: the cases through a fresh sandbox, told as a story; then one referral's timeline with proofs; then what an
# outsider on the relay's machine could see. Exits 0 only if every check held.
. "$(dirname "$0")/lib.sh"
SAY=
school=dsl@999001.school
nursery=dsl@999003.school
mash=mash@999.social-care
managers=managers@999.social-care
health=safeguarding@ex1.health
police=encompass@exampleshire.police

chapter() { printf '\n%s\n%s\n' "$1" "$(sed 's/./-/g' <<<"$1")"; }
tell() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
quote() { jq -r "$1 | strings" <<<"$out" | head -n 1 | fold -s -w 92 | sed 's/^/            | /'; }

# send DESK FILE TEXT
send() {
    at "$1" --json send "$2"
    id=$(field .message_id)
    check "$1 sends" test "$status" = 0
    tell "$3 (log index $(field .log_index))"
}

# answer DESK VERB ID FILE TEXT
answer() {
    at "$1" --json "$2" "$3" "$4"
    id=$(field .message_id)
    check "$1: $2" test "$status" = 0
    tell "$5 (log index $(field .log_index))"
}

# reads DESK ID FILE TEXT
reads() {
    sync_desks "$1"
    at "$1" --json show "$2"
    check "$1 reads every value as it was sent" content_equals "$3"
    tell "$4"
}

# learns DESK ID FACT TEXT
learns() {
    sync_desks "$1"
    at "$1" --json track "$2"
    check "$1 learns '$3', proof verified" jq -e --arg fact "$3" \
        '[.facts[] | select(.fact == $fact and .proof == "verified")] | length >= 1' <<<"$out"
    tell "$4"
}

echo "Safehand: a demonstration. Nobody in it exists."
start=$SECONDS
sandbox_up
echo "A fresh relay on loopback, its own certificate authority, 15 desks, 16 seats: ready after $((SECONDS - start)) s."
for n in 01 02 03 05 11 13 14; do message_of "$cases"/$n-*.json >"$work/$n.json"; done
for i in 0 1 2 3 4 5; do step_of "$cases/06-no-further-action-and-reconsideration.json" $i >"$work/06-$i.json"; done

chapter "1. A nursery is worried about a two-year-old"
send $nursery "$work/01.json" "The nursery's lead refers to children's social care. The relay has it safely"
nursery_referral=$id
reads $mash "$id" "$work/01.json" "The front door opens it. The child's words stand first:"
quote '.content.concern.child_words[0].words'
learns $nursery "$id" opened "The nursery sees that it was opened, and by which desk"
answer $mash ack "$id" "$work/13.json" "A named social worker takes it"
learns $nursery "$nursery_referral" acknowledged "The nursery knows who has it"

chapter "2. A ten-year-old was found eleven miles away"
send $school "$work/02.json" "The school refers: this is a referral, not information"
reads $mash "$id" "$work/02.json" "The front door opens it"
learns $school "$id" delivered "The school holds a signed receipt"

chapter "3. Police tell a school about last night"
send $police "$work/03.json" "Police notify the school before the day begins"
reads $school+deputy "$id" "$work/03.json" "The lead is away: the deputy's own seat opens it"
learns $police "$id" opened "Police see that the school knows"
sync_desks $school
at $school --json show "$id"
check "the lead reads it too" content_equals "$work/03.json"

chapter "4. Two children in one home, and a decision for each"
send $health "$work/05.json" "The named nurse refers a baby and her brother"
five=$id
reads $mash "$id" "$work/05.json" "The front door opens it"
answer $mash decide "$five" "$work/14.json" "Strategy discussion for the baby; about her brother there is a question"
reads $health "$id" "$work/14.json" "The nurse reads the decision, child by child"

chapter "5. No further action, and a school that does not let go"
send $school "$work/06-0.json" "The school refers a hungry child"
six=$id
sync_desks $mash
answer $mash decide "$six" "$work/06-1.json" "Social care: no further action"
decision=$id
learns $school "$six" decided "The school reads the reasons"
answer $school reconsider "$decision" "$work/06-2.json" "It asks for reconsideration (resolving professional differences), level 1"
sync_desks $mash
answer $mash respond "$id" "$work/06-3.json" "Upheld: no new information"
upheld=$id
sync_desks $school
answer $school reconsider "$upheld" "$work/06-4.json" "Level 2: the managers are brought in"
level2=$id
sync_desks $managers
at $managers --json show "$level2"
check "the managers can read the referral, which is enclosed" jq -e --slurpfile sent "$work/06-0.json" \
    '[.enclosures[].content.concern.what_happened] | index($sent[0].concern.what_happened) != null' <<<"$out"
tell "They never saw the referral. It is enclosed, word for word, under the school's own signature:"
quote '[.enclosures[].content.concern.what_happened | strings][0]'
answer $managers respond "$level2" "$work/06-5.json" "Changed: a strategy discussion"
reads $school "$id" "$work/06-5.json" "The school reads it"
learns $school "$six" responded "and has a proof of each step"

chapter "6. Names are kept as people write them"
send $school "$work/11.json" "A referral with four scripts, quotes, tabs and tags in it"
reads $mash "$id" "$work/11.json" "arrives byte for byte"

chapter "The hungry child's referral: every fact, who, when, where in the log, and whether the proof holds"
sync_desks $school
at $school track "$six"
printf '%s\n' "$out"
at $school --json track "$six"
check "every proof verified" jq -e '[.facts[].proof] | all(. == "verified")' <<<"$out"

chapter "What an outsider on the relay's machine could see of it"
printf 'The database knows who wrote to whom, when and which kind (this is what its operator can see):\n'
grep -ahoE '(dsl|mash|managers)@[0-9]+\.[a-z-]+' "$sandbox/state/relay.db" "$sandbox/state/relay.db-wal" 2>/dev/null | sort | uniq -c | sort -rn | head -n 4
printf 'The published log, which strangers may read (one leaf: version, type, time, a salted hash):\n'
bundle=$(find "$sandbox/log/tile/entries" -type f | sort | tail -n 1)
od -An -tx1 -N 48 "$bundle"
head -n 3 "$sandbox/log/checkpoint" | sed 's/^/            | /'
secrets >"$work/secrets"
found=$(grep -raFof "$work/secrets" "$sandbox/state" "$sandbox/log" "$sandbox/relay.log" | wc -l)
printf '%s names, dates of birth and sentences of the cases were looked for in all files and output of the relay; found: %s\n' \
    "$(wc -l <"$work/secrets")" "$found"
check "nothing of a child is on the relay" test "$found" = 0
check "nothing of a child stands in clear in a vault" sh -c "! grep -raqFf '$work/secrets' '$sandbox/desks'"
check "the published log names no desk" sh -c "! grep -raqE '[a-z]+@[a-z0-9]+[.]' '$sandbox/log/tile'"
echo
result
