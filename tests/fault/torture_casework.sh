#!/usr/bin/env bash
# kill -9 of core, gate, supervisor and clients, N times each, at random moments of what comes after sending: a redirect and
# what is then sent again, a referral passed on, the next level raised by a person, warnings and levels that time brings, a
# cover that is called. After each kill all that was accepted or waits must be there once all have synchronised, and what was
# cut off is done again as a person would do it. Then every step is there exactly once, seen from both sides; each clock ran
# out once, at its true time; the published log holds no leaf of a clock and no message that the desks do not know of.
#
#   torture_casework.sh BIN [N]      N kills of each kind (20); SEED=... repeats a run's choices. BIN: a build with SH_TEST_CLOCK
. "$(dirname "$0")/../flow/lib.sh"
kills=${2:-20}
RANDOM=${SEED:-$$}
school=dsl@999001.school
police=safeguarding@exampleshire.police
college=dsl@999004.school
mash=mash@999.social-care
managers=managers@999.social-care
missing=missing@999.social-care
cover=edt@999.social-care
everyone=("$school" "$police" "$college" "$mash" "$managers" "$missing" "$cover")
witness=education@999.council # asks whether the relay serves, and does nothing else
operations=(resend pass_on reconsider silence call_cover)
declare -A span=([resend]=1500 [pass_on]=800 [reconsider]=600 [silence]=4500 [call_cover]=2000) # how long each takes, in ms
declare -A killed=([core]=0 [gate]=0 [supervisor]=0 [client]=0)
lost=0 doubled=0 half=0 late=0 slowest=0 again=0 wrong=0

now_ms() { date +%s%3N; }
ms_of() { date -u -d "$1" +%s%3N; }

# ---- time ----
mapfile -t holidays < <(jq -r '."england-and-wales".events[].date' "$tests/../relay/dist/bank-holidays.json")

# The first day after DAY on which people work, counted here and not by the program.
working_day_after() { # DAY
    local day=$1
    while :; do
        day=$(date -u -d "$day + 1 day" +%F)
        [ "$(date -u -d "$day" +%u)" -le 5 ] && [[ " ${holidays[*]} " != *" $day "* ]] && break
    done
    echo "$day"
}
at_london() { date -u -d "TZ=\"Europe/London\" $1 $2" +%FT%TZ; } # DAY HOUR
today() { "$tests/support/sandbox.sh" clock "$sandbox" | cut -c1-10; }
next_morning() {
    day=$(working_day_after "$(today)")
    clock_to "$(at_london "$day" 09:00)"
    # A directory lasts some weeks, and a partnership publishes it anew in time.
    [ $((($(ms_of "$day") - $(ms_of "$published")) / 86400000)) -lt 7 ] || {
        "$tests/support/sandbox.sh" publish "$sandbox" >>"$work/restart.log" 2>&1 || wrong=$((wrong + 1))
        published=$day
    }
}

# ---- the desks ----
author='"author":{"name":"DSL","role":"DSL"}'

# ahead DESK COMMAND...: what must work before the kill; the message's id in $id
ahead() {
    at "$1" --json "${@:2}"
    id=$(field '(if type == "array" then .[0] else . end).message_id // ""' 2>/dev/null)
    [ "$status" = 0 ] || { wrong=$((wrong + 1)); printf '   round %s: %s: exit %s: %s%s\n' "$round" "$*" "$status" "$err" "$out"; }
}

# step DESK COMMAND...: of what is being cut off: its exit status goes into the list of steps
step() {
    local desk=$1 pid code
    shift
    "$BIN/safehand" --home "$sandbox/desks/$desk" --json "$@" >"$work/step.out" 2>"$work/step.err" &
    pid=$!
    echo "$pid" >"$work/client.pid"
    wait "$pid" 2>/dev/null
    code=$?
    : >"$work/client.pid"
    printf '%s %s %s\n' "$code" "$1" "$(jq -r '(if type == "array" then . else [.] end) | map(.state // "") | join(",")' \
        "$work/step.out" 2>/dev/null)" >>"$work/steps"
    [ "$code" != 137 ] # who was killed does nothing more
}

track_count() { # DESK ID JQ-CONDITION
    at "$1" --json track "$2"
    jq "[.facts[] | select($3)] | length" <<<"$out" 2>/dev/null || echo -1
}
count_inbox() { # DESK JQ-CONDITION
    at "$1" --json inbox
    jq "[.[] | select($2)] | length" <<<"$out" 2>/dev/null || echo -1
}
until_fact() { # DESK ID JQ-CONDITION NUMBER: synchronises until it knows of so many; it gives up after a while
    local i
    for i in $(seq 60); do
        step "$1" sync || return 1
        [ "$(track_count "$1" "$2" "$3")" -lt "$4" ] || return 0
    done
    return 1
}

# ---- what is cut off ----
# ready_X: what it begins with. do_X: it, in steps. state_X: of its facts how many there are, "FACT NUMBER" a line, in the order
# in which they must come about.

ready_resend() {
    jq --arg n "round $round" '.event.reference = $n' "$work/04.json" >"$work/m.json"
    ahead $police send "$work/m.json"
    one=$id
    ahead $school sync
}
do_resend() {
    step $school redirect "$one" "$work/15.json" && step $police sync && step $police resend "$one" --to $college && step $college sync
}
state_resend() {
    printf 'redirect %s\n' "$(track_count $police "$one" '.fact == "redirected"')"
    printf 'resend %s\n' "$(track_count $police "$one" '.fact == "resent"')"
    at $police --json track "$one"
    local two
    two=$(field '[.facts[] | select(.fact == "resent")][0].message_id // "none"')
    printf 'received %s\n' "$(count_inbox $college ".message_id == \"$two\"")"
}

ready_pass_on() {
    jq --arg n " Round $round." '.to = ["missing@999.social-care"] | .concern.what_happened += $n' "$work/06.json" >"$work/m.json"
    ahead $school send "$work/m.json"
    one=$id
    ahead $missing sync
}
do_pass_on() { step $missing redirect "$one" "$work/onward.json" --pass-on && step $school sync && step $mash sync; }
state_pass_on() {
    printf 'redirect %s\n' "$(track_count $school "$one" '.fact == "redirected"')"
    printf 'redirect %s\n' "$(track_count $school "$one" '.fact == "passed_on"')"
    printf 'received %s\n' "$(count_inbox $mash ".kind == \"referral\" and .from == \"$missing\" and .thread_id == \"$one\"")"
}

contest() { # a referral, no further action, and level 1 of resolving professional differences in $one
    jq --arg n " Round $round." '.concern.what_happened += $n' "$work/06.json" >"$work/m.json"
    jq --arg n " Round $round." '.grounds += $n' "$work/reconsider.json" >"$work/r.json"
    ahead $school send "$work/m.json"
    local referral=$id
    ahead $mash sync
    ahead $mash decide "$referral" "$work/nfa.json"
    ahead $school sync
    ahead $school reconsider "$referral" "$work/r.json"
    one=$id
    ahead $mash sync
}
ready_reconsider() {
    contest
    ahead $mash respond "$one" "$work/upheld.json"
    ahead $school sync
}
# What a client does not know to be sent already, it is told: --again would be another message.
do_reconsider() {
    step $school reconsider "$one" "$work/r.json" --to $managers && step $managers sync && step $mash sync
}
state_reconsider() {
    printf 'reconsider %s\n' "$(track_count $school "$one" '.fact == "reconsidered"')"
    printf 'received %s\n' "$(count_inbox $managers ".kind == \"reconsideration\" and .level == 2 and .log_index > $first_index")"
}

ready_silence() {
    next_morning
    contest
    jq --arg n " Round $round, left." '.concern.what_happened += $n' "$work/06.json" >"$work/m.json"
    ahead $school send "$work/m.json"
    left=$id
    ahead $mash sync
    due_day=$(working_day_after "$day")
    due_at=$(at_london "$due_day" 17:00)
}
do_silence() {
    clock_to "$(at_london "$due_day" 16:00)" # on a second time: moved already
    until_fact $mash "$left" '.fact == "warned"' 2 || return
    clock_to "$(at_london "$due_day" 17:05)"
    until_fact $school "$one" '.fact == "reconsidered"' 1 && step $managers sync && step $mash sync
}
state_silence() {
    local of_clock='.due_at == "'${due_at%Z}.000Z'" and .owed_by == "'$mash'" and'
    printf 'warned %s\n' "$(track_count $mash "$left" "$of_clock .fact == \"warned\" and .duty == \"acknowledged\"")"
    printf 'warned %s\n' "$(track_count $mash "$left" "$of_clock .fact == \"warned\" and .duty == \"decided\"")"
    printf 'tick %s\n' "$(track_count $school "$left" "$of_clock .fact == \"overdue\" and .duty == \"acknowledged\"")"
    printf 'tick %s\n' "$(track_count $school "$left" "$of_clock .fact == \"overdue\" and .duty == \"decided\"")"
    printf 'tick %s\n' "$(track_count $school "$one" "$of_clock .fact == \"overdue\" and .duty == \"answered\"")"
    printf 'tick %s\n' "$(track_count $school "$one" "$of_clock .fact == \"level_opened\" and .level == 2")"
    printf 'raised %s\n' "$(track_count $school "$one" '.fact == "reconsidered"')"
    printf 'received %s\n' "$(count_inbox $managers ".kind == \"reconsideration\" and .level == 2 and .log_index > $first_index")"
}

ready_call_cover() {
    next_morning
    jq --arg n " Round $round." '.urgency = "urgent" | .concern.what_happened += $n' "$work/06.json" >"$work/m.json"
    ahead $school send "$work/m.json"
    one=$id
    due_at=$(field .accepted_at)
    due_at=$(date -u -d "@$(($(ms_of "$due_at") / 1000 + 3600)).$(sed 's/.*\.//; s/Z//' <<<"$due_at")" +%FT%T.%3NZ)
    ahead $cover sync
    [ "$(count_inbox $cover ".message_id == \"$one\"")" = 0 ] || { wrong=$((wrong + 1)); echo "   round $round: $cover had it before its time"; }
}
do_call_cover() {
    clock_to +61m
    until_fact $school "$one" '.fact == "cover_called"' 1 && step $cover sync
}
state_call_cover() {
    printf 'cover %s\n' "$(track_count $school "$one" ".fact == \"cover_called\" and .owed_by == \"$mash\" and .due_at == \"$due_at\"")"
    printf 'cover %s\n' "$(count_inbox $cover ".message_id == \"$one\"")"
}

# ---- kills ----
ask() { timeout 20 "$BIN/safehand" --home "$sandbox/desks/$witness" --json directory refresh >/dev/null 2>&1; }
# What one question costs when nothing was killed is the client's own work on this machine: the limit is on top of it.
asking_ms() {
    local since
    for _ in 1 2 3; do since=$(now_ms); ask; echo $(($(now_ms) - since)); done | sort -n | sed -n 2p
}
measure() { # WHAT SINCE: until the relay answers a client again
    local took
    until ask; do
        if [ $(($(now_ms) - $2)) -gt 20000 ]; then break; fi
    done
    took=$(($(now_ms) - $2))
    [ "$took" -gt "$slowest" ] && slowest=$took
    [ "$took" -le "$limit_ms" ] || { late=$((late + 1)); printf '   round %s: serving again after a kill of the %s only after %s ms\n' "$round" "$1" "$took"; }
}
kill_one() { # KIND
    local pid since i
    since=$(now_ms)
    case $1 in
    client)
        for i in $(seq 200); do # between two commands there is none
            pid=$(cat "$work/client.pid" 2>/dev/null)
            [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null && { killed[client]=$((killed[client] + 1)); return; }
            kill -0 "$operation_pid" 2>/dev/null || return
            pause 5
        done
        ;;
    supervisor)
        kill -9 "$(cat "$sandbox/supervisor.pid")" && killed[supervisor]=$((killed[supervisor] + 1))
        # What a service manager does: start it again at once.
        "$tests/support/sandbox.sh" start "$sandbox" >>"$work/restart.log" 2>&1
        measure supervisor "$since"
        ;;
    *)
        kill -9 "$(cat "$sandbox/state/$1.pid")" 2>/dev/null || return
        killed[$1]=$((killed[$1] + 1))
        measure "$1" "$since"
        ;;
    esac
}
pause() { read -r -t "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" <>"$work/never"; } # MILLISECONDS

# ---- a round ----
everyone_syncs() {
    local desk
    for _ in 1 2; do
        for desk in "${everyone[@]}"; do at "$desk" sync; done
    done
    [ "$status" = 0 ] || { wrong=$((wrong + 1)); printf '   round %s: sync: exit %s: %s\n' "$round" "$status" "$err"; }
}

trouble() { printf '   round %s, %s, kill of %s: %s\n' "$round" "$operation" "$kind" "$1"; sed 's/^/      /' "$work/steps" "$work/state"; }

# What was accepted, or said to wait, is there by now without anybody's doing; what belongs together is all there or not at all.
judge_cut() {
    local code verb states name number
    while read -r code verb states; do
        case $code in 0 | 3) ;; *) continue ;; esac
        if grep -qx "$verb 0" "$work/state"; then lost=$((lost + 1)); trouble "$verb was ${states:-done} and is lost"; fi
    done <"$work/steps"
    while read -r name number; do
        [ "$number" -le 1 ] || { doubled=$((doubled + 1)); trouble "$name is there $number times"; }
    done <"$work/state"
    # Both of what a desk passes on; all leaves of one tick; a cover and its mail.
    for name in $(cut -d' ' -f1 "$work/state" | sort -u); do
        [ "$name" = tick ] || [ "$name" = warned ] || [ "$name" = cover ] || [ "$name" = redirect ] || continue
        [ "$(grep "^$name " "$work/state" | sort -u | wc -l)" = 1 ] || { half=$((half + 1)); trouble "$name is half done"; }
    done
    # A later step stands on the earlier one.
    [ "$(cut -d' ' -f2 "$work/state" | tr -d '\n' | grep -c '01')" = 0 ] || { half=$((half + 1)); trouble "a step without the one before it"; }
}

judge_whole() {
    local name number
    while read -r name number; do
        if [ "$number" -lt 1 ]; then lost=$((lost + 1)); trouble "$name is not there after it was done again"; fi
        if [ "$number" -gt 1 ]; then doubled=$((doubled + 1)); trouble "$name is there $number times after it was done again"; fi
    done <"$work/state"
}

play() { # KIND OPERATION
    local kind=$1 operation=$2 since took
    at $managers --json inbox
    first_index=$(jq '[.[].log_index] | max // 0' <<<"$out")
    "ready_$operation"
    : >"$work/steps"
    : >"$work/client.pid"
    since=$(now_ms)
    "do_$operation" >"$work/operation.out" 2>&1 &
    operation_pid=$!
    # From before it to a little after it; after it there is no client.
    pause $(((RANDOM * 32768 + RANDOM) % (span[$operation] * $([ "$kind" = client ] && echo 9 || echo 11) / 10)))
    kill_one "$kind"
    wait "$operation_pid" 2>/dev/null
    took=$(($(now_ms) - since))
    [ "$kind" = client ] || span[$operation]=$(((3 * span[$operation] + (took < 8000 ? took : 8000)) / 4))
    everyone_syncs
    "state_$operation" >"$work/state"
    judge_cut
    if grep -qvE ' 1$' "$work/state"; then
        again=$((again + 1))
        echo "again" >>"$work/steps"
        "do_$operation" >>"$work/operation.out" 2>&1
        everyone_syncs
        "state_$operation" >"$work/state"
    fi
    judge_whole
}

# ---- all rounds ----
published=2026-11-23
sandbox_up --clock ${published}T09:00:00Z
mkfifo "$work/never"
message_of "$cases/04-police-stabbing-notification-left-school.json" >"$work/04.json"
message_of "$cases/15-redirect.json" >"$work/15.json"
step_of "$cases/06-no-further-action-and-reconsideration.json" 0 >"$work/06.json"
step_of "$cases/06-no-further-action-and-reconsideration.json" 1 | jq 'del(.from, .to)' >"$work/nfa.json"
step_of "$cases/06-no-further-action-and-reconsideration.json" 2 | jq 'del(.from, .to, .level)' >"$work/reconsider.json"
echo "{\"reason\":\"wrong_desk\",\"to_address\":\"$mash\",$author}" >"$work/onward.json"
echo "{\"result\":\"upheld\",\"reasons\":\"No new information.\",$author}" >"$work/upheld.json"
sed '/^ladders:/,$d' "$sandbox/policy.yaml" | cat - "$tests/../relay/dist/ladder-three-levels.yaml" >"$sandbox/policy.new"
mv "$sandbox/policy.new" "$sandbox/policy.yaml"
kill -HUP "$(cat "$sandbox/supervisor.pid")"
round=0
everyone_syncs
limit_ms=$((2000 + $(asking_ms)))
begun=$SECONDS
while read -r kind operation; do
    before=${killed[$kind]}
    for _ in 1 2 3 4 5; do # it may be over before it is killed
        round=$((round + 1))
        play "$kind" "$operation"
        [ "${killed[$kind]}" = "$before" ] || break
    done
    [ -t 2 ] && printf '\r%d of %d kills, lost %d, doubled %d, half done %d ' \
        $((killed[core] + killed[gate] + killed[supervisor] + killed[client])) $((4 * kills)) $lost $doubled $half >&2
done < <(n=0
    for _ in $(seq "$kills"); do
        for kind in core gate supervisor client; do
            echo "$kind ${operations[n % ${#operations[@]}]}"
            n=$((n + 1))
        done
    done | shuf --random-source=<(yes "$RANDOM"))
[ -t 2 ] && echo >&2
took=$((SECONDS - begun))

# ---- what is left must be whole ----
everyone_syncs
: >"$work/facts"
: >"$work/messages"
: >"$work/words"
for desk in "${everyone[@]}"; do
    at "$desk" --json track
    jq -c '.[] | .message_id as $id | .facts[] | {id: $id} + .' <<<"$out" >>"$work/facts"
    jq -r '.[] | select(.log_index) | .message_id' <<<"$out" >>"$work/messages"
    at "$desk" --json inbox
    for id in $(field '.[].message_id'); do
        at "$desk" --json track "$id"
        jq -c '.message_id as $id | .facts[] | {id: $id} + .' <<<"$out" >>"$work/facts"
        at "$desk" --json show "$id"
        jq -c --arg desk "$desk" 'select(.content.event.reference or .content.concern or .content.grounds) | [$desk, .kind, .level, .from,
            .content.event.reference, .content.concern.what_happened, .content.grounds]' <<<"$out" >>"$work/words"
    done
done
check "every proof verifies at every desk" jq -es 'length > 0 and all(.proof == "verified")' "$work/facts"
check "no message is there twice by what it says" equal "$(sort "$work/words" | uniq -d | head -n 3)" ""
check "nor twice by its id" equal "$(sort "$work/messages" | uniq -d | head -n 3)" ""
jq -sc '[.[] | select(.duty)] | unique_by(.log_index) | .[]' "$work/facts" >"$work/clocks"
check "each clock ran out once, and was warned of once" jq -es 'group_by([.id, .fact, .duty, .owed_by]) | map(select(length > 1)) == []' "$work/clocks"
check "none before its time" jq -es 'all(.fact == "warned" or .fact == "clock_stopped" or .at >= .due_at)' "$work/clocks"
check "each clock has one due time" jq -es 'group_by([.id, .duty, .owed_by]) | all([.[].due_at] | unique | length == 1)' "$work/clocks"
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
check "the published log has the root that is signed" "$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY"
"$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY" >"$work/log"
leaves() { sed -n "s/^type $1: //p" "$work/log" | grep . || echo 0; }
known() { jq -s --arg fact "$1" '[.[] | select(.fact == $fact)] | length' "$work/clocks"; }
check "the log holds the messages that were sent, and no other" equal "$(leaves 1)" "$(sort -u "$work/messages" | wc -l)"
for type in 7:not_yet_delivered 8:warned 9:overdue 10:cover_called 11:level_opened; do
    check "the log holds those entries of '${type#*:}' that the desks know of, and no other" equal "$(leaves "${type%:*}")" "$(known "${type#*:}")"
done
check "nothing was lost" equal $lost 0
check "nothing was doubled" equal $doubled 0
check "nothing was half done" equal $half 0
check "what was done before each kill, and to get ready, worked" equal $wrong 0
check "each kind was killed $kills times" equal "${killed[core]} ${killed[gate]} ${killed[supervisor]} ${killed[client]}" \
    "$kills $kills $kills $kills"
check "after each kill the relay served again within $limit_ms ms (slowest: $slowest ms)" equal $late 0
printf '%d rounds in %d s; kills: %d core, %d gate, %d supervisor, %d client; %d done again; %d messages, %d entries of clocks\n' \
    $round $took "${killed[core]}" "${killed[gate]}" "${killed[supervisor]}" "${killed[client]}" $again "$(leaves 1)" "$(wc -l <"$work/clocks")"
printf 'lost %d, doubled %d, half done %d; slowest return %d ms, %d returns over %d ms\n' $lost $doubled $half $slowest $late "$limit_ms"
result
