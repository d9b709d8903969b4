#!/usr/bin/env bash
# `./dev demo`: the cases through a fresh sandbox that lives from Friday 20 November 2026 on, told as a story; then one
# referral's timeline with proofs; then what an outsider on the relay's machine could see. Exits 0 only if every check held.
. "$(dirname "$0")/lib.sh"
SAY=
school=dsl@999001.school
head=head@999001.school
nursery=dsl@999003.school
college=dsl@999004.school
mash=mash@999.social-care
managers=managers@999.social-care
missing=missing@999.social-care
lado=lado@999.social-care
health=safeguarding@ex1.health
encompass=encompass@exampleshire.police
police=safeguarding@exampleshire.police

chapter() { printf '\n%s\n%s\n' "$1" "$(sed 's/./-/g' <<<"$1")"; }
now() { TZ=Europe/London date -d "$("$tests/support/sandbox.sh" clock "$sandbox")" '+%a %H:%M'; }
tell() { printf '%s  %s\n' "$(now)" "$*"; }
quote() { jq -r "$1 | strings" <<<"$out" | head -n 1 | fold -s -w 92 | sed 's/^/            | /'; }

# until_time TIME: the clock moves on, and the relay has looked at what ran out meanwhile
until_time() {
    check "the clock moves to $1" clock_to "$1"
    sleep 1.2 # one tick of the relay, which is what the story waits for
}

# send DESK FILE TEXT
send() {
    at "$1" --json send "$2"
    id=$(field .message_id)
    check "$1 sends $(basename "$2")" test "$status" = 0
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

# opens DESK ID: without a word of the story
opens() {
    sync_desks "$1"
    at "$1" --json show "$2"
    check "$1 opens it" test "$status" = 0
}

# learns DESK ID FACT TEXT
learns() {
    sync_desks "$1"
    at "$1" --json track "$2"
    check "$1 learns '$3', proof verified" jq -e --arg fact "$3" \
        '[.facts[] | select(.fact == $fact and .proof == "verified")] | length >= 1' <<<"$out"
    tell "$4"
}

# is_outstanding DESK STATUS: what the desk sees in the morning, and whether anything is overdue
is_outstanding() {
    sync_desks "$1"
    at "$1" outstanding
    check "$1: outstanding exits $2" equal "$status" "$2"
    printf '%s\n' "$out" | head -n "${3:-12}" | sed 's/^/            | /'
}

echo "Safehand: a demonstration. Nobody in it exists. Its clock begins on Friday 20 November 2026, 06:30."
start=$SECONDS
sandbox_up --clock 2026-11-20T06:30:00Z
"$BIN/safehand-ca" --dir "$sandbox/ca" desk set $school --hours "Mon-Fri 08:00-16:30" --cover $head >/dev/null 2>"$work/ca.err" ||
    { cat "$work/ca.err"; exit 1; }
"$tests/support/sandbox.sh" publish "$sandbox" >"$work/publish.out" 2>&1 || { cat "$work/publish.out"; exit 1; }
echo "A fresh relay on loopback, its own certificate authority, 15 desks, 16 seats: ready after $((SECONDS - start)) s."
for file in "$cases"/[0-9]*.json; do
    name=$(basename "$file")
    steps=$(jq '(.thread // []) | length' "$file")
    if [ "$steps" = 0 ]; then message_of "$file" >"$work/${name%%-*}.json"; fi
    for ((i = 0; i < steps; i++)); do step_of "$file" $i >"$work/${name%%-*}-$i.json"; done
done

chapter "1. Police tell a school about last night, and nobody is there yet"
sync_desks $encompass
send $encompass "$work/03.json" "Police notify the school: a boy saw his father hurt his mother"
three=$id
sleep 1.2
learns $encompass "$three" cover_called "The school is closed: its cover, the head, is called at once, and police see that"
until_time 2026-11-20T08:31:00Z
learns $encompass "$three" overdue "08:30 has passed, school begins, and nobody has opened it: overdue. The log says so"
reads $head "$three" "$work/03.json" "The head reads it on the way in. The child's words stand first:"
quote '.content.concern.child_words[0].words'
learns $encompass "$three" opened "Police see that the school knows, who knows, and that it was late"

chapter "2. A nursery is worried about a two-year-old"
send $nursery "$work/01.json" "The nursery's lead refers to children's social care. The relay has it safely"
nursery_referral=$id
reads $mash "$id" "$work/01.json" "The front door opens it:"
quote '.content.concern.child_words[0].words'
learns $nursery "$id" opened "The nursery sees that it was opened, and by which desk"
answer $mash ack "$id" "$work/13.json" "A named social worker takes it"
learns $nursery "$nursery_referral" acknowledged "The nursery knows who has it"

chapter "3. A stabbing, fifteen months late and to the wrong school"
until_time 2026-11-20T09:00:00Z
send $police "$work/04.json" "Police notify a school of a stabbing in August of last year"
four=$id
opens $school "$four"
at $school show "$four"
grep -m 1 -i 'before it was sent' <<<"$out" | sed 's/^ */            | /'
check "the school sees how late it is" grep -qi '457 days before it was sent' <<<"$out"
answer $school redirect "$four" "$work/15.json" "The school says: not on roll here, at the college now"
redirect=$id
sync_desks $police
at $police --json resend "$four" --to $college
check "police send it again" test "$status" = 0
again=$(field .message_id)
tell "Police send the same words, enclosed as they were signed, to the college (log index $(field .log_index))"
opens $college "$again"
at $college --json ack "$again"
check "the college takes it" test "$status" = 0
learns $police "$four" redirected "Police see both hops: redirected by the school, and ..."
learns $police "$again" acknowledged "... taken by the college"

chapter "4. Two children in one home, a decision for each, and what others know"
send $health "$work/05.json" "The named nurse refers a baby and her brother"
five=$id
reads $mash "$id" "$work/05.json" "The front door opens it"
answer $mash decide "$five" "$work/14.json" "Strategy discussion for the baby; about her brother there is a question"
reads $health "$id" "$work/14.json" "The nurse reads the decision, child by child: her turn to answer about the brother"
send $mash "$work/19-0.json" "Social care asks health and police what they hold"
request=$id
opens $police "$request"
answer $police reply "$request" "$work/19-1.json" "Police answer: four calls since January"
learns $mash "$request" replied "Social care has the answer of one, and still waits for the other"

chapter "5. No further action, and a school that does not let go"
send $school "$work/06-0.json" "The school refers a hungry child"
six=$id
sync_desks $mash
answer $mash decide "$six" "$work/06-1.json" "Social care: no further action"
decision=$id
learns $school "$six" decided "The school reads the reasons"
answer $school reconsider "$decision" "$work/06-2.json" "Resolving professional differences, level 1: the school asks for reconsideration"
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

chapter "6. Missing, found, and the 72 hours"
send $police "$work/16.json" "Police tell social care and the school that a girl was found, three days ago"
sixteen=$id
sleep 1.2
learns $police "$sixteen" overdue "The 72 hours from when she was found have run out: overdue from the start"
at $police --json outstanding
check "police see that the interview is owed" jq -e '[.. | objects | select(.duty? == "return_interview")] != []' <<<"$out"
opens $mash "$sixteen"
opens $school "$sixteen"
jq '{children} + {subtype: "report", purpose: "The return interview", lawful_basis: "public_task", asked: ["Was it offered, held, declined?"],
    author: {name: "Duty social worker", role: "Social worker"}}' "$work/16.json" >"$work/interview.json"
at $mash --json request "$sixteen" "$work/interview.json" --to $missing
check "social care asks its missing-children service" test "$status" = 0
interview=$(field .message_id)
opens $missing "$interview"
jq --arg parent "$interview" --arg mash $mash ".parent = \$parent | .to += [\$mash]" "$work/07.json" >"$work/07-answer.json"
at $missing --json send "$work/07-answer.json"
check "the return interview is sent" test "$status" = 0
tell "The independent interviewer had spoken to her in time; now everybody has it (log index $(field .log_index))"
opens $school "$(field .message_id)"
quote '.content.concern.child_words[0].words'
sync_desks $police
at $police --json outstanding
check "police, who are not among its readers, see that it was held" jq -e '[.. | objects | select(.duty? == "return_interview")] == []' <<<"$out"
send $school "$work/02.json" "The school puts its own worry beside it: a referral, not information"
reads $mash "$id" "$work/02.json" "The front door opens it"

chapter "7. Small things, kept together"
send $school "$work/09-0.json" "A playground supervisor notes: no coat, second time this week. It stays at the school's desk"
concern=$id
jq --arg parent "$concern" '.parent = $parent' "$work/09-1.json" >"$work/09-1-answer.json"
send $school "$work/09-1-answer.json" "A teacher notes: asleep on the table"
concern2=$id
jq --arg a "$concern" --arg b "$concern2" '.promotes = [$a, $b] | .parent = $b' "$work/09-2.json" >"$work/09-2-answer.json"
send $school "$work/09-2-answer.json" "Together they are a referral, which quotes both"
opens $mash "$id"
check "social care reads both concerns, enclosed" jq -e '.enclosures | length == 2' <<<"$out"
send $health "$work/08.json" "The hospital tells social care and the school about a broken hand"
opens $mash "$id"

chapter "8. An allegation against a member of staff"
send $head "$work/21.json" "The head tells the designated officer, and nobody else at the school"
allegation=$id
reads $lado "$allegation" "$work/21.json" "The officer reads it"
sync_desks $school
at $school --json inbox
check "the school's other desk knows nothing of it" sh -c "! grep -q '$allegation' <<'EOT'
$out
EOT"
learns $head "$allegation" opened "The head sees that it was read"

chapter "9. Cuts on a forearm: a correction, a decision with a date, an end"
send $school "$work/18-0.json" "The school refers a boy who hurts himself"
eighteen=$id
opens $mash "$eighteen"
answer $school correct "$eighteen" "$work/18-1.json" "A date of birth was wrong: the correction stands beside it, nothing is overwritten"
sync_desks $mash
answer $mash decide "$eighteen" "$work/18-2.json" "An assessment; a home visit is promised for Monday"
sync_desks $school
answer $school close "$id" "$work/18-3.json" "The school closes what it began"

chapter "10. Clear words"
at $school --json check "$work/10.json"
findings=$(jq '(.findings // .) | length' <<<"$out")
check "the clarity check finds at least eight things in a vague referral" test "$findings" -ge 8
tell "Before it is sent, a vague referral gets advice: $findings findings. It would be sent all the same"
at $school --json check "$work/01.json"
check "it finds nothing to say about wording in a clear one" jq -e '[(.findings // .)[] | select(.words? != null)] | length == 0' <<<"$out"
send $school "$work/10.json" "It is sent; nothing blocks it"
send $school "$work/11.json" "A referral with four scripts, quotes, tabs and tags in it"
reads $mash "$id" "$work/11.json" "arrives byte for byte"

chapter "11. Silence, and how it is pressed"
until_time 2026-11-20T16:00:00Z
send $health "$work/20.json" "Friday, 16:00: the named nurse refers three siblings and an unborn child"
twenty=$id
opens $mash "$twenty"
answer $health note "$twenty" "$work/17.json" "16:40, by telephone: it will be looked at on Monday. A note says so, and stops no clock"
until_time 2026-11-23T08:00:00Z
tell "Monday morning. The first thing that the nurse sees:"
is_outstanding $health 5 14
until_time 2026-11-23T17:01:00Z
learns $health "$twenty" overdue "17:00 has passed: no acknowledgement, no decision. The relay's log says so"
jq -n '{level: 1, grounds: "Three children and an unborn child, and no answer since Friday.", outcome_asked: "strategy_discussion",
    author: {name: "Named nurse", role: "Named nurse"}}' >"$work/silence.json"
answer $health reconsider "$twenty" "$work/silence.json" "The nurse presses silence; it cites the log's own entry"
sync_desks $mash
at $mash --json show "$id"
check "social care reads what it was silent about, enclosed" jq -e --slurpfile sent "$work/20.json" \
    '[.enclosures[].content.concern.what_happened] | index($sent[0].concern.what_happened) != null' <<<"$out"
tell "Social care cannot say that it never came: the referral is enclosed, and the log has its time"

chapter "The hungry child: what the school knows of her, in the order in which it happened"
at $school chronology --child "name:Child J Example-Six/2015-11-02"
check "the chronology has the referral and what became of it" test "$status" = 0
printf '%s\n' "$out" | head -n 14

chapter "Her referral: every fact, who, when, where in the log, and whether the proof holds"
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
