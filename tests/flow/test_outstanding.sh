#!/usr/bin/env bash
# What a person sees first each morning, in a sandbox of its own time: who must do what by when, at both ends, as each day
# passes and as each signed fact ends a duty.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
second=dsl@999002.school
nursery=dsl@999003.school
college=dsl@999004.school
mash=mash@999.social-care
edt=edt@999.social-care
health=safeguarding@ex1.health
police=encompass@exampleshire.police
officer=safeguarding@exampleshire.police
sandbox_up --clock 2026-11-20T08:00:00Z

# lines DESK SECTION ID FILTER: the list of a section, lines about one message alone, through a jq filter
lines() {
    at "$1" --json outstanding
    jq -c --arg id "$3" "[.$2[] | select(.message_id == \$id)] | $4" <<<"$out"
}

# owed DESK SECTION ID: "turn desk duty duty" of every line about a message
owed() { lines "$1" "$2" "$3" 'map("\(.turn) \(.owed_by) \([.duties[]?.duty] | join(" "))") | join("; ")' | jq -r .; }

# exits DESK STATUS
exits() { at "$1" outstanding; equal "$status" "$2"; }

# until_list DESK FILTER: what the relay has to say has come, and the list says so
until_list() {
    local i
    for i in $(seq 150); do
        at "$1" sync
        at "$1" --json outstanding
        jq -e "$2" <<<"$out" >/dev/null && return
        sleep 0.1
    done
    jq . <<<"$out"
    return 1
}

answer() { # DESK VERB ID JSON: gives the new id in $id
    printf '%s' "$4" >"$work/answer.json"
    at "$1" --json "$2" "$3" "$work/answer.json"
    id=$(field .message_id)
    check "$1 may $2" test "$status" = 0
}

author='"author": {"name": "A. Example", "role": "Lead"}'

# ---- nothing, and what was written but could not be sent ----
at $school outstanding
check "nothing is outstanding at first" equal "$out $status" "Nothing is outstanding. 0"
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null 2>&1
step_of "$cases/18-correction-withdrawal-close.json" 0 | jq '.urgency = "urgent"' >"$work/unsent.json"
at $school --json send "$work/unsent.json"
unsent=$(field .message_id)
check "without a relay a message is kept" equal "$status" 3
at $school --json outstanding
check "and stands first" equal "$(field '.unsent | map(.message_id, .state, .telephone[0].telephone) | join(" ")')" "$unsent waiting 01632 960100"
check "with why it was not sent" test -n "$(field '.unsent[0].sentence // empty')"
check "it is owed by nobody yet" equal "$(field '[.overdue, .due_today, .waiting] | map(length) | add')" 0
at $school outstanding
check "the text begins with it" equal "$(head -n 1 <<<"$out")" "WRITTEN BUT NOT SENT"
"$tests/support/sandbox.sh" start "$sandbox" >/dev/null 2>&1
sync_desks $school
at $school --json outstanding
check "sent, it is there no more" equal "$(field '.unsent | length')" 0
check "and its recipient owes" equal "$(owed $school waiting "$unsent")" "theirs $mash acknowledged decided"

# ---- a referral of two children, decided child by child ----
message_of "$cases/20-siblings-and-unborn.json" >"$work/20.json"
send_case $health "$work/20.json"
siblings=$id
at $health --json outstanding
check "who sent it sees that nobody has it" equal "$(lines $health waiting "$siblings" 'map(.reached) | unique' | jq -r '.[0]')" not_delivered
sync_desks $mash $health
check "and then that it was delivered" equal "$(lines $health waiting "$siblings" '.[0].reached' | jq -r .)" delivered
check "it was collected, and that is owed no more" equal "$(owed $health waiting "$siblings")" "theirs $mash acknowledged decided"
check "whom to telephone stands there" equal "$(lines $health waiting "$siblings" '.[0].telephone[0].telephone' | jq -r .)" "01632 960100"
check "by when, too" equal "$(lines $health waiting "$siblings" '.[0].duties[1].due_at' | jq -r .)" 2026-11-23T17:00:00.000Z
check "the other end sees it as its own" equal "$(owed $mash waiting "$siblings")" "ours $mash acknowledged decided"
at $mash --json ack "$siblings"
sync_desks $health
check "acknowledged: a decision is still owed" equal "$(owed $health waiting "$siblings")" "theirs $mash decided"
answer $mash decide "$siblings" '{"kind": "decision", "children": [{"child": 1, "outcome": "early_help", "reasons": "R"}], '"$author"'}'
sync_desks $health
check "of two children one is decided" equal "$(lines $health waiting "$siblings" '.[0].children | map(.outcome) | tostring' | jq -r .)" '["action",null]'
check "at both ends" equal "$(lines $mash waiting "$siblings" '.[0].children | map(.outcome) | tostring' | jq -r .)" '["action",null]'

# ---- more information turns the clock round ----
answer $mash decide "$siblings" '{"kind": "decision", "children": [{"child": 2, "outcome": "more_information_needed", "reasons": "R", "needed": ["N"]}], '"$author"'}'
asked=$id
sync_desks $health
check "first of all it is to be opened" equal "$(owed $health waiting "$asked")" "ours $health opened information"
at $health show "$asked"
sync_desks $mash
check "the desk that asked back owes nothing now" equal "$(owed $mash waiting "$siblings")" ""
check "the referrer owes information" equal "$(owed $health waiting "$asked")" "ours $health information"
check "and whoever asked sees whose turn it is" equal "$(owed $mash waiting "$asked")" "theirs $health information"
answer $health note "$asked" '{"kind": "note", "text": "Here it is.", '"$author"'}'
given=$id
sync_desks $mash
at $mash show "$given"
check "the answer gives the turn back" equal "$(owed $mash waiting "$given")" "ours $mash decided"
check "and asks nothing of the referrer" equal "$(owed $health waiting "$asked")" ""

# ---- answered by telephone, not yet in writing ----
message_of "$cases/17-telephone-note.json" >"$work/17.json"
at $school --json note "$unsent" "$work/17.json"
check "a call is noted" equal "$status" 0
sync_desks $mash
check "it ends nothing" equal "$(owed $school waiting "$unsent")" "theirs $mash acknowledged decided"
check "and shows" equal "$(lines $school waiting "$unsent" '.[0].telephoned.by' | jq -r .)" $school
at $school outstanding
check "in words" grep -q 'answered by telephone (.*), not yet in writing' <<<"$out"

# ---- redirect ----
message_of "$cases/04-police-stabbing-notification-left-school.json" >"$work/04.json"
at $officer --json send "$work/04.json"
stabbing=$(field .message_id)
wrong=$(field '.to[0]')
check "the police notify" equal "$status" 0
check "the age of the event is said" grep -q 'happened [0-9]* days before it was sent' <<<"$(field .event_age)"
age=$(field .event_age)
sync_desks "$wrong"
at "$wrong" --json inbox
check "and the same at the other end" equal "$(jq -r --arg id "$stabbing" '.[] | select(.message_id == $id).event_age' <<<"$out")" "$age"
at "$wrong" outstanding
check "also in the text of the list" grep -q "$age" <<<"$out"
message_of "$cases/15-redirect.json" >"$work/15.json"
at "$wrong" --json redirect "$stabbing" "$work/15.json"
redirect=$(field .message_id)
check "it is not theirs" equal "$status" 0
sync_desks $officer "$wrong"
check "the wrong desk owes nothing more" equal "$(owed $officer waiting "$stabbing")$(owed $officer due_today "$stabbing")" ""
check "and hears nothing of where it goes" equal "$(owed "$wrong" waiting "$redirect")$(owed "$wrong" due_today "$redirect")" ""
check "the sender has it back" grep -q "^ours $officer sent_again$" <<<"$(owed $officer waiting "$redirect")$(owed $officer due_today "$redirect")"

# ---- overdue: an ordinary Monday evening ----
sync_desks $mash $school $health
clock_to 2026-11-23T18:00:00Z
check "the school hears from the log" until_list $school '[.overdue[].duties[] | select(.overdue_log_index)] | length == 2'
check "what is overdue is named" equal "$(owed $school overdue "$unsent")" "theirs $mash acknowledged decided"
check "and how late" equal "$(lines $school overdue "$unsent" '.[0].duties[0].late_ms / 60000 | floor' | jq -r .)" 60
check "exit status 5" exits $school 5
check "at the other end too" until_list $mash '[.overdue[] | select(.turn == "ours")] | length > 0'
check "as its own" equal "$(owed $mash overdue "$unsent")" "ours $mash acknowledged decided"
check "exit status 5 there" exits $mash 5
check "no other desk has anything overdue" exits $second 0
check "police: to be sent again, and late" until_list $officer "[.overdue[] | select(.message_id == \"$redirect\")] | length == 1"
answer $mash decide "$unsent" '{"kind": "decision", "outcome": "no_further_action", "reasons": "R", '"$author"'}'
nfa=$id
sync_desks $school
check "decided: nothing is overdue" equal "$(owed $school overdue "$unsent")" ""
check "and the school's day is clean" exits $school 0
at $officer --json close "$redirect" <(printf '{"kind": "close", "reason": "moved_away", %s}' "$author")
check "closed with a reason" equal "$status" 0
check "the redirect is off the list" equal "$(owed $officer overdue "$redirect")" ""

# ---- resolving professional differences: upheld, and the line stays ----
answer $school reconsider "$nfa" '{"kind": "reconsideration", "level": 1, "grounds": "G", '"$author"'}'
pressed=$id
sync_desks $mash $school
check "the level has its clock" equal "$(owed $school waiting "$pressed")" "theirs $mash answered"
answer $mash respond "$pressed" '{"kind": "reconsideration_response", "level": 1, "result": "upheld", "reasons": "R", '"$author"'}'
upheld=$id
sync_desks $school
check "upheld: press further or close" equal "$(lines $school waiting "$upheld" '.[0].turn + " " + .[0].owed_by' | jq -r .)" "ours $school"
at $school --json close "$upheld" <(printf '{"kind": "close", "reason": "answered", %s}' "$author")
check "the referrer closes" equal "$status" 0
at $school --json outstanding
check "after that nothing of it is outstanding" equal "$(jq -r --arg id "$unsent" '[.overdue, .due_today, .waiting] | add | map(select(.thread_id == $id)) | length' <<<"$out")" 0

# ---- look again ----
step_of "$cases/09-concerns-promoted.json" 0 >"$work/09.json"
send_case $school "$work/09.json"
concern=$id
at $school --json outstanding
check "a concern to look at within a week" equal "$(field '.look_again | map(.message_id, .look_again_on, (.reached | tostring)) | join(" ")')" "$concern 2026-11-27 false"
check "it is not overdue" equal "$status" 0
mv "$sandbox/desks/$school/passphrase" "$work/passphrase"
SAFEHAND_PASSPHRASE_FILE='' at $school --json outstanding </dev/null
check "without the passphrase the list says that it was not looked at" equal "$(field '"\(.look_again | length) \(.concerns_not_looked_at)"')" "0 1"
check "and gives the rest" equal "$status" 0
mv "$work/passphrase" "$sandbox/desks/$school/passphrase"
clock_to 2026-11-27T09:00:00Z
at $school --json outstanding
check "the day has come" equal "$(field '.look_again[0].reached')" true
answer $school note "$concern" '{"kind": "note", "text": "Looked again.", '"$author"'}'
at $school --json outstanding
check "looked at again" equal "$(field '.look_again | length')" 0

# ---- corrections: readers see both ----
message_of "$cases/02-school-missing-girl-referral.json" >"$work/02.json"
at $school send "$work/02.json"
check "send says when the desk last collected its mail" grep -q "$mash" <<<"$(grep -i 'collected its mail' <<<"$out")"
at $school --json sent
referral=$(field '.[0].message_id')
step_of "$cases/18-correction-withdrawal-close.json" 1 >"$work/correction.json"
at $school --json correct "$referral" "$work/correction.json"
correction=$(field .message_id)
sync_desks $mash
at $mash --json show "$referral"
check "who reads it sees that it was corrected, and how" equal "$(field '.corrections | map(.message_id, .content.reason) | join(" ")')" "$correction Copied wrongly"
at $mash --json show "$correction"
check "and from the correction what it corrects" equal "$(field .corrected.message_id)" "$referral"

# ---- who has never collected, and who not for days ----
message_of "$cases/16-missing-episode.json" | jq --arg to $college '.to = [$to]' >"$work/16.json"
at $officer --json send "$work/16.json"
check "a desk that never collected its mail" equal "$(field '.collected[0] | "\(.address) \(.last_collected_at) \(.warning | test("never collected"))"')" "$college null true"
at $officer directory show $college
check "the directory says so as well" grep -q 'never: telephone' <<<"$out"
sync_desks $nursery
clock_to 2026-12-04T09:00:00Z
message_of "$cases/16-missing-episode.json" | jq --arg to $mash '.to = [$to]' >"$work/16b.json"
at $officer send "$work/16b.json"
check "nor for a week" grep -q "WARNING: $mash has not collected its mail since Fri 27 Nov 2026.*telephone 01632 960100" <<<"$out"
at $officer --json outstanding
check "the return interview is owed within 72 hours of finding the child" equal \
    "$(field '[.overdue[].duties[] | select(.duty == "return_interview").due_at] | unique | join(" ")')" 2026-11-20T01:40:00.000Z

# ---- cover that holds a message is not told for ever to collect it ----
clock_to 2026-12-04T17:30:00Z
message_of "$cases/01-nursery-neglect-referral.json" >"$work/01.json"
at $nursery --json send "$work/01.json"
covered=$(field .message_id)
check "cover has it, and owes what the desk owes" until_list $edt \
    "[.waiting[] | select(.message_id == \"$covered\") | .as_cover, .duties[].duty] == [true, \"acknowledged\", \"decided\"]"
check "and has nothing left to collect" equal "$(field '[.overdue, .due_today, .waiting | .[].duties[].duty | select(. == "delivered")] | length')" 0
sync_desks $mash
answer $mash decide "$covered" '{"kind": "decision", "outcome": "early_help", "reasons": "R", '"$author"'}'
check "what the desk itself has decided, cover no longer owes" until_list $edt \
    "[.overdue, .due_today, .waiting | .[] | select(.message_id == \"$covered\")] == []"
result
