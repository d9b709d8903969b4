#!/usr/bin/env bash
# The casework, after a message was sent: what was not for them is sent again or passed on, differences are resolved level by
# level, silence is pressed, the telephone is put in writing, a request is answered, an allegation stays with the head alone.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
deputy=dsl@999001.school+deputy
head=head@999001.school
colleague=head@999001.school+colleague
college=dsl@999004.school
secondary=dsl@999002.school
police=safeguarding@exampleshire.police
health=safeguarding@ex1.health
mash=mash@999.social-care
managers=managers@999.social-care
missing=missing@999.social-care
lado=lado@999.social-care
sandbox_up --clock 2026-11-20T09:00:00Z

answer() { # DESK VERB ID FILE [OPTIONS]: the new message's id in $id
    at "$1" sync
    at "$1" --json "$2" "$3" "${@:4}"
    id=$(field '(if type == "array" then .[0] else . end).message_id')
}
says() { grep -q -- "$1" <<<"$err"; }
exits() { equal "$status" "$1"; }
# track DESK ID JQ: of what that desk sees of it
track() {
    at "$1" --json track "$2"
    field "$3"
}
count_sent() { # DESK JQ: entries of `sent` that fit
    at "$1" --json sent
    jq "[.[] | select($2)] | length" <<<"$out"
}
count_inbox() { # DESK JQ
    at "$1" --json inbox
    jq "[.[] | select($2)] | length" <<<"$out"
}
author='"author":{"name":"DSL","role":"DSL"}'
write() { printf '%s\n' "$2" >"$work/$1.json"; }
# The moment after which a desk hears of what ran out: the relay looks once a second.
notice() { # DESK ID WORD: waits until the desk knows of it
    local i
    for i in $(seq 100); do
        at "$1" sync
        [ "$(track "$1" "$2" "[.facts[] | select(.fact == \"$3\")] | length")" = 0 ] || return 0
        sleep 0.1
    done
    return 1
}

# The desk has been told something that it did not know.
eventually_told() { # DESK
    local i
    for i in $(seq 100); do
        at "$1" --json sync
        [ "$(field .notices)" = 0 ] || return 0
        sleep 0.1
    done
    return 1
}

# ---- redirected, and sent again ----
message_of "$cases/04-police-stabbing-notification-left-school.json" >"$work/04.json"
message_of "$cases/15-redirect.json" >"$work/15.json"
send_case $police "$work/04.json"
stabbing=$id
at $police resend "$stabbing" --to $college
check "what nobody redirected is not sent again" exits 1
check "and it is said what is possible" says "nobody has said that it is not theirs"
answer $school redirect "$stabbing" "$work/15.json" --pass-on
check "a notification may not be passed on" exits 1
check "and it is said who may" says "only a referral may be passed on"
check "nothing of it was sent" equal "$(count_sent $school true)" 0
answer $school redirect "$stabbing" "$work/15.json"
check "the school redirects" exits 0
redirect=$id
at $college sync
check "the college knows of nothing" equal "$(count_inbox $college true)" 0
sync_desks $police
at $police resend "$stabbing"
check "nothing goes where only the redirect says" exits 2
check "but it is named" says "names $college"
at $police resend "$stabbing" --to $school
check "nor back to who redirected" exits 2
at $school resend "$redirect" --to $college
check "only its sender sends it again" exits 1
answer $police resend "$stabbing" --to $college
check "the police send it again" exits 0
again=$id
at $police resend "$redirect" --to $college
check "a second time it is the same" exits 1
check "and it is said" says "sent and accepted"
check "one message went to the college" equal "$(count_sent $police ".to == [\"$college\"]")" 1
sync_desks $college $police $school
at $college --json show "$again"
words() { jq -S "del(.to, .from, .inform)" <<<"$1"; }
check "the college reads the words" equal "$(words "$(field .content)")" "$(words "$(cat "$work/04.json")")"
check "and sees whom they were sent to before" equal "$(field '.enclosures[0] | .to[0] + " " + .proof')" "$school verified"
sync_desks $police
check "the police see both ways" equal "$(track $police "$stabbing" '[.facts[] | select(.fact == "redirected" or .fact == "resent")
    | .by + (if .to then " to " + .to[0] + " as " + .message_id else "" end)] | join(", ")')" "$school, $police to $college as $again"
check "in one word: sent again" equal "$(track $police "$stabbing" .state)" resent
check "and of the new one" equal "$(track $police "$again" .state)" opened
at $police track "$stabbing"
check "as people read it" grep -q "sent again to $college as ${again:0:8}" <<<"$out"
check "the wrong school has no copy" equal "$(count_inbox $school '.kind == "notification"')" 1
message_of "$cases/13-acknowledgement.json" | jq 'del(.from, .to)' >"$work/13.json"
answer $college ack "$again" "$work/13.json"
check "the college takes it" exits 0

# ---- every reason ----
jq --arg to "$secondary" '.to = [$to] | .event.reference = "reasons"' "$work/04.json" >"$work/reasons.json"
for reason in not_on_roll wrong_desk wrong_area organisation_closed moved; do
    jq --arg r $reason '.event.reference = $r' "$work/reasons.json" >"$work/r-$reason.json"
    send_case $police "$work/r-$reason.json"
    one=$id
    write redirect "{\"reason\":\"$reason\",\"moved_to\":\"the coast\",$author}"
    answer $secondary redirect "$one" "$work/redirect.json"
    check "redirected: $reason" exits 0
    sync_desks $police
    at $police resend "$one"
    check "$reason: no desk is named, so none is guessed" exits 2
    at $police resend "$one" --to $college
    check "$reason: sent again" exits 0
    check "$reason: both ways are seen" equal "$(track $police "$one" '[.facts[].fact] | map(select(. == "redirected" or . == "resent")) | join(" ")')" "redirected resent"
done

# ---- a referral is passed on by the desk that it is not for ----
step_of "$cases/06-no-further-action-and-reconsideration.json" 0 >"$work/06.json"
jq '.to = ["missing@999.social-care"] | .concern.what_happened += " For another desk."' "$work/06.json" >"$work/passed.json"
send_case $school "$work/passed.json"
passed=$id
write nowhere "{\"reason\":\"wrong_desk\",$author}"
answer $missing redirect "$passed" "$work/nowhere.json" --pass-on
check "passing on names a desk" exits 2
write closed "{\"reason\":\"wrong_desk\",\"to_address\":\"nobody@999.social-care\",$author}"
answer $missing redirect "$passed" "$work/closed.json" --pass-on
check "one that there is" exits 1
check "else neither message is written" equal "$(count_sent $missing true)" 0
write onward "{\"reason\":\"wrong_desk\",\"to_address\":\"$mash\",$author}"
answer $missing redirect "$passed" "$work/onward.json" --pass-on
check "it is passed on" exits 0
check "as a referral and a redirect" equal "$(field '[.[].kind] | join(" ")')" "referral redirect"
onward=$id
sync_desks $school $mash
at $mash --json show "$onward"
check "the right desk reads the words" equal "$(words "$(field .content)")" "$(words "$(cat "$work/passed.json")")"
check "and who wrote them" equal "$(field '.enclosures[0].from')" $school
check "the school sees both" equal "$(track $school "$passed" '[.facts[].fact] | map(select(. == "redirected" or . == "passed_on")) | join(" ")')" "passed_on redirected"
step_of "$cases/06-no-further-action-and-reconsideration.json" 1 | jq 'del(.from, .to)' >"$work/nfa.json"
answer $mash decide "$onward" "$work/nfa.json"
check "the decision" exits 0
onward_nfa=$id
sync_desks $school
check "reaches whoever referred first" equal "$(track $school "$passed" .state)" decided
step_of "$cases/06-no-further-action-and-reconsideration.json" 2 | jq 'del(.from, .to, .level)' >"$work/reconsider.json"
answer $school reconsider "$onward_nfa" "$work/reconsider.json"
check "who may ask for reconsideration" exits 0

# ---- two levels, decided ----
send_case $school "$work/06.json"
case06=$id
answer $mash decide "$case06" "$work/nfa.json"
nfa=$id
jq '.level = 2' "$work/reconsider.json" >"$work/skips.json"
answer $school reconsider "$nfa" "$work/skips.json"
check "no level is skipped" exits 1
check "and the refusal says so" grep -q level_too_early <<<"$out"
answer $lado reconsider "$nfa" "$work/reconsider.json"
check "a desk that is no party holds nothing to contest" exits 1
answer $school reconsider "$case06" "$work/reconsider.json"
check "level 1" exits 0
level1=$id
write upheld "{\"result\":\"upheld\",\"reasons\":\"No new information.\",$author}"
answer $mash respond "$level1" "$work/upheld.json"
answer $school reconsider "$level1" "$work/reconsider.json" --to $managers --again
check "level 2" exits 0
level2=$id
check "follows from the answer" equal "$(track $school "$level2" '.level')" 2
sync_desks $managers
at $managers --json show "$level2"
check "the managers read all that is contested" equal "$(field '[.enclosures[].kind] | join(" ")')" \
    "referral decision reconsideration reconsideration_response"
step_of "$cases/06-no-further-action-and-reconsideration.json" 5 | jq 'del(.from, .to)' >"$work/changed.json"
answer $managers respond "$level2" "$work/changed.json"
check "the managers change it" exits 0
sync_desks $school $mash
check "the school sees it" equal "$(track $school "$case06" '[.facts[].fact] | map(select(. == "responded")) | length')" 2
write steps_down "{\"outcome\":\"stepped_down\",\"reasons\":\"To early help\",$author}"
answer $mash decide "$nfa" "$work/steps_down.json"
check "a later decision" exits 0
stepped=$id
jq '.grounds = "It is not safe yet." | del(.changed_since)' "$work/reconsider.json" >"$work/drift.json"
answer $school reconsider "$stepped" "$work/drift.json"
check "stepping down is contested" exits 0
write closes "{\"reason\":\"answered\",\"text\":\"Enough\",$author}"
answer $school close "$stepped" "$work/closes.json"
check "closed" exits 0
jq '.grounds = "It has got worse."' "$work/drift.json" >"$work/worse.json"
answer $school reconsider "$stepped" "$work/worse.json"
check "and contested after it was closed" exits 0

# ---- silence ----
jq '.concern.what_happened += " Silence."' "$work/06.json" >"$work/silent.json"
send_case $school "$work/silent.json"
silent=$id
at $school reconsider "$silent" "$work/drift.json"
check "silence is not pressed before its time" exits 1
check "and it is said why" says "none is overdue"
clock_to 2026-11-23T18:00:00Z
check "the school hears that the time is over" notice $school "$silent" overdue
answer $school reconsider "$silent" "$work/drift.json"
check "silence is pressed" exits 0
pressed=$id
sync_desks $mash
at $mash --json show "$pressed"
check "with what nobody decided" equal "$(field '[.enclosures[].kind] | join(" ")')" referral
clock_to 2026-11-24T18:00:00Z
check "nobody answers that, either" notice $school "$pressed" overdue
answer $school reconsider "$silent" "$work/drift.json" --to $managers --again
check "the next level" exits 0
check "is level 2" equal "$(track $school "$id" .level)" 2
sync_desks $managers
at $managers --json show "$id"
check "which the managers can read" equal "$(field '[.enclosures[].kind] | join(" ")')" "referral reconsideration"

# ---- the telephone ----
message_of "$cases/17-telephone-note.json" >"$work/17.json"
jq '.concern.what_happened += " Telephoned." | .telephoned = {"when": "2026-11-24T16:40:00Z", "spoke_to": "Duty social worker"}' "$work/06.json" >"$work/telephoned.json"
send_case $school "$work/telephoned.json"
telephoned=$id
at $school show "$telephoned"
check "what was telephoned and written in time says so" grep -q "Telephoned first; confirmed in writing in time" <<<"$out"
jq '.telephoned.when = "2026-11-20T16:40:00Z"' "$work/telephoned.json" >"$work/late.json"
send_case $school "$work/late.json"
check "what was written late says until when" equal "$(field .in_writing_by)" 2026-11-21T16:40:00.000Z
answer $school note "$telephoned" "$work/17.json"
check "a call is noted" exits 0
note=$id
at $school track "$telephoned"
check "as answered by telephone, not yet in writing" grep -q "answered by telephone, not yet in writing" <<<"$out"
at $school show "$note"
check "to be confirmed in writing" grep -q "confirm in writing by Wed 25 Nov 2026, 17:00" <<<"$out"
answer $mash decide "$telephoned" "$work/nfa.json"
sync_desks $school
at $school show "$note"
check "until it is" test -z "$(grep 'not yet in writing' <<<"$out")"

# ---- requests ----
step_of "$cases/19-request-and-reply.json" 0 | jq '.by = "2026-11-25T15:00:00Z"' >"$work/19.json"
send_case $mash "$work/19.json"
request=$id
step_of "$cases/19-request-and-reply.json" 1 | jq 'del(.from, .to)' >"$work/reply.json"
answer $police reply "$request" "$work/reply.json"
check "the police reply" exits 0
write refused "{\"result\":\"refused\",\"reasons\":\"Needs the consultant\",$author}"
answer $health reply "$request" "$work/refused.json"
check "the hospital refuses with a reason" exits 0
sync_desks $mash
check "both replies are seen, each by whom" equal "$(track $mash "$request" '[.facts[] | select(.fact == "replied").by] | sort | join(" ")')" "$health $police"
jq --arg to "$secondary" '.subtype = "records" | .urgency = "routine" | .to = [$to] | .asked = ["The child protection file"]' "$work/19.json" >"$work/file.json"
jq --arg from $school '.from = $from' "$work/file.json" >"$work/file2.json"
send_case $school "$work/file2.json"
file=$id
write nothing "{\"result\":\"nothing_held\",$author}"
answer $secondary reply "$file" "$work/nothing.json"
check "a file that never came is asked for, and the answer is a fact" exits 0
sync_desks $school
check "it is replied to" equal "$(track $school "$file" .state)" replied
jq --arg to "$health" 'del(.from) | .to = [$to] | .asked = ["In the thread"]' "$work/19.json" >"$work/within.json"
answer $mash request "$telephoned" "$work/within.json"
check "within a thread anybody may be asked" exits 0

# ---- an allegation against an adult ----
"$tests/support/sandbox.sh" seat "$sandbox" $colleague $head >"$work/seat.out" 2>&1 || cat "$work/seat.out"
message_of "$cases/21-allegation-against-an-adult.json" >"$work/21.json"
at $head sync
send_case $head "$work/21.json"
allegation=$id
sync_desks $lado
at $lado --json show "$allegation"
check "the designated officer reads it" content_equals "$work/21.json"
answer $lado ack "$allegation" "$work/13.json"
check "and takes it" exits 0
sync_desks $head
check "the head sees that" equal "$(track $head "$allegation" .state)" acknowledged
at $colleague --json sync
check "the colleague at the head's desk is up to date" exits 0
check "was sent nothing, and told nothing" equal "$(field '[(.received | length), .notices, .unreadable] | join(" ")')" "0 0 0"
check "has no copy" equal "$(count_sent $colleague true) $(count_inbox $colleague true)" "0 0"
check "nothing of it in the vault" equal "$(sqlite3 "$sandbox/desks/$colleague/vault.db" \
    'SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM fact)')" "0|0"

# ---- corrected, closed, withdrawn ----
step_of "$cases/18-correction-withdrawal-close.json" 0 >"$work/18.json"
send_case $school "$work/18.json"
eighteen=$id
step_of "$cases/18-correction-withdrawal-close.json" 1 >"$work/correction.json"
answer $school correct "$eighteen" "$work/correction.json"
check "corrected" exits 0
step_of "$cases/18-correction-withdrawal-close.json" 3 >"$work/close.json"
answer $school close "$eighteen" "$work/close.json"
check "not closed before it is decided" exits 1
check "which is said" grep -q children_undecided <<<"$out"
step_of "$cases/18-correction-withdrawal-close.json" 2 | jq 'del(.from, .to)' >"$work/decision.json"
answer $mash decide "$eighteen" "$work/decision.json"
check "decided, though a correction came between" exits 0
sync_desks $school
at $school --json close "$id" "$work/close.json"
check "closed" exits 0
check "every step is a fact" equal "$(track $school "$eighteen" '[.facts[].fact | select(. == "corrected" or . == "decided" or . == "closed")] | join(" ")')" "corrected decided closed"
jq '.concern.what_happened += " Withdrawn."' "$work/18.json" >"$work/withdrawn.json"
send_case $school "$work/withdrawn.json"
withdrawn=$id
sync_desks $mash
at $mash show "$withdrawn"
write none "{$author}"
answer $school withdraw "$withdrawn" "$work/none.json"
check "a withdrawal gives a reason" exits 2
write withdrawal "{\"reason\":\"superseded\",$author}"
answer $school withdraw "$withdrawn" "$work/withdrawal.json"
check "withdrawn" exits 0
answer $mash decide "$withdrawn" "$work/decision.json"
check "and still decided, if the desk will" exits 0

# ---- a level opened by silence ----
use_ladder() { # FILE: in place of the policy's own
    sed '/^ladders:/,$d' "$tests/../relay/dist/policy-england.yaml" | cat - "$1" >"$sandbox/policy.new"
    mv "$sandbox/policy.new" "$sandbox/policy.yaml"
    kill -HUP "$(cat "$sandbox/supervisor.pid")"
}
leaves_of() { # DESK ID WORD: how many the desk knows of
    track "$1" "$2" "[.facts[] | select(.fact == \"$3\")] | length"
}
use_ladder "$tests/../relay/dist/ladder-three-levels.yaml"
clock_to 2026-11-26T10:00:00Z
begin_contest() { # WORDS: a referral, its decision, and level 1 of it in $first
    jq --arg more "$1" '.concern.what_happened += $more' "$work/06.json" >"$work/contest.json"
    send_case $school "$work/contest.json"
    answer $mash decide "$id" "$work/nfa.json"
    answer $school reconsider "$id" "$work/reconsider.json"
    check "level 1, $1" exits 0
    first=$id
}
begin_contest "answered late"
late=$first
begin_contest "raised by a person"
raised=$first
begin_contest "left in silence"
silence=$first
clock_to 2026-11-27T17:05:00Z
check "the managers hear that a level is open" eventually_told $managers
at $mash sync
at $mash respond "$late" "$work/upheld.json"
check "one is answered late" exits 0
# The deputy hears of it first, and leaves it to the seat that raised it.
before=$(count_sent $school '.kind == "reconsideration"')
at $deputy sync
check "the deputy's seat sends nothing" equal "$(count_sent $deputy '.kind == "reconsideration" and .state == "waiting"')" 0
for _ in $(seq 100); do
    at $school --json sync
    said=$(field '.warnings | join(" ")')
    [ "$(field '[.sent[] | select(.kind == "reconsideration")] | length')" = 0 ] || break
    sleep 0.1
done
check "a person is told" grep -q "level 2 of resolving professional differences was opened: your words are on their way to $mash, $managers" <<<"$said"
check "silence goes up by itself, and what was answered does not" equal \
    "$(count_sent $school '.kind == "reconsideration"')" $((before + 2))
at $school --json sync
at $school --json sync
check "once" equal "$(count_sent $school '.kind == "reconsideration"')" $((before + 2))
up=$(track $school "$silence" '[.facts[] | select(.fact == "reconsidered")][0].message_id')
check "to the next level" equal "$(track $school "$up" '[.level, .to[]] | join(" ")')" "2 $managers $mash"
check "and what was answered late stays" equal "$(leaves_of $school "$late" reconsidered)" 0
sync_desks $managers
at $managers --json show "$up"
check "the managers read the same grounds" equal "$(field .content.grounds)" "$(jq -r .grounds "$work/reconsider.json")"
check "and all that is contested" equal "$(field '[.enclosures[].kind] | join(" ")')" "referral decision reconsideration"
clock_to 2026-12-01T17:05:00Z
check "level 3 is open" notice $school "$up" level_opened
at $school --json sync
check "nobody sits there: a person is told to telephone, and whom" grep -q "nobody has a seat at partners@999.social-care, and your words could not go there. Telephone them: 01632 960100" <<<"$(field '.warnings | join(" ")')"
check "and nothing is sent" equal "$(leaves_of $school "$up" reconsidered)" 0

# ---- kill -9 at any moment ----
# kill_once DESK COMMAND...: ends it within 250 ms. killed: then it is done again, as a person would, and the outbox goes
kill_once() {
    local desk=$1 pid
    shift
    "$BIN/safehand" --home "$sandbox/desks/$desk" "$@" >/dev/null 2>&1 &
    pid=$!
    read -r -t "0.$(printf %03d $((RANDOM % 250)))" <>"$work/never"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
}
killed() {
    kill_once "$@"
    at "$1" sync
    at "$@"
    at "$1" sync
}
mkfifo "$work/never"
bad=0
for round in $(seq 10); do
    jq --arg n "kill $round" '.event.reference = $n' "$work/04.json" >"$work/k.json"
    at $police --json send "$work/k.json"
    one=$(field .message_id)
    answer $school redirect "$one" "$work/15.json"
    at $police sync
    killed $police resend "$one" --to $college
    at $police --json track "$one"
    [ "$(field '[.state, (.facts[].fact | select(. == "resent"))] | join(" ")')" = "resent resent" ] || { bad=$((bad + 1)); echo "resend $round: $out"; }
    two=$(field '[.facts[] | select(.fact == "resent")][0].message_id')
    at $college sync
    [ "$(count_inbox $college ".message_id == \"$two\"")" = 1 ] || { bad=$((bad + 1)); echo "college $round: $two"; }
done
check "sending again: nothing lost, nothing doubled" equal $bad 0
at $college --json inbox
check "as the other side counts it" equal "$(field '[.[] | select(.kind == "notification")] | length')" 16
bad=0
for round in $(seq 10); do
    jq --arg n " kill $round" '.to = ["missing@999.social-care"] | .concern.what_happened += $n' "$work/06.json" >"$work/k.json"
    at $school --json send "$work/k.json"
    one=$(field .message_id)
    at $missing sync
    killed $missing redirect "$one" "$work/onward.json" --pass-on
    at $school sync
    [ "$(track $school "$one" '[.facts[].fact | select(. == "redirected" or . == "passed_on")] | sort | join(" ")')" = "passed_on redirected" ] ||
        { bad=$((bad + 1)); echo "passed on $round"; }
done
check "passing on: nothing lost, doubled or half done" equal $bad 0
at $mash sync
check "as the other side counts it" equal "$(count_inbox $mash ".from == \"$missing\"")" 11
for round in 1 2 3 4; do begin_contest "kill level $round"; done
before=$(count_sent $school '.kind == "reconsideration"')
at $managers sync
clock_to 2026-12-02T17:05:00Z
check "and the last of them" eventually_told $managers
for round in $(seq 8); do kill_once $school sync; done
raised_all() { # every level that is open was raised
    local i
    for i in $(seq 100); do
        at $school sync
        [ "$(count_sent $school '.kind == "reconsideration"')" -lt $((before + 4)) ] || return 0
        sleep 0.1
    done
    return 1
}
check "all four levels are raised" raised_all
at $school sync
check "each once" equal "$(count_sent $school '.kind == "reconsideration"')" $((before + 4))
at $managers sync
check "as the managers count them" equal "$(count_inbox $managers ".kind == \"reconsideration\" and .level == 2 and .log_index > $(track $school "$first" .log_index)")" 4
result
