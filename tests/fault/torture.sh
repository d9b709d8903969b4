#!/usr/bin/env bash
# kill -9 of core, gate, supervisor and clients at random moments, N times each, under traffic of several desks. Then: no
# accepted message lost, none there twice, every proof verifies, the tree has the same root when computed anew from the
# published log, and after each kill the relay served again within 2 s.
#
#   torture.sh BIN [N]        N kills of each kind (50); SEED=... repeats a run's choices
. "$(dirname "$0")/../flow/lib.sh"
kills=${2:-50}
RANDOM=${SEED:-$$}
senders=(dsl@999001.school dsl@999003.school safeguarding@ex1.health dsl@999002.school)
mash=mash@999.social-care
witness=education@999.council # asks whether the relay serves, and does nothing else
limit_ms=2000

now_ms() { date +%s%3N; }

sandbox_up
mkdir "$work/sent" "$work/todo"
pids=()

# traffic DESK: writes one referral after another and sends each until it is accepted, whatever happens meanwhile
traffic() {
    local desk=$1 n=0 file
    while [ ! -e "$work/stop" ]; do
        n=$((n + 1))
        file=$work/todo/$desk.$n.json
        jq -n --arg from "$desk" --arg serial "$desk serial $n" '{kind: "referral", from: $from, to: ["mash@999.social-care"],
            children: [{given_names: "Child T", family_name: "Example-Torture"}], concern: {what_happened: $serial},
            referrer: {name: "DSL", role: "DSL"}}' >"$file"
        until "$BIN/safehand" --home "$sandbox/desks/$desk" --json send "$file" >"$work/answer.$desk" 2>/dev/null; do
            # `exists`: an earlier try was accepted, and only its answer died with the client
            jq -e '.state == "accepted"' "$work/answer.$desk" >/dev/null 2>&1 && break
            sleep 0.1
        done
        jq -r .message_id "$work/answer.$desk" >>"$work/sent/$desk"
    done
}

receive() {
    while [ ! -e "$work/stop" ]; do
        "$BIN/safehand" --home "$sandbox/desks/$mash" sync --wait 1 >/dev/null 2>&1 || sleep 0.1
    done
}

for desk in "${senders[@]}"; do traffic "$desk" & pids+=($!); done
receive & pids+=($!)
sleep 1

slowest=0 late=0 restarts=0

ask() { timeout 20 "$BIN/safehand" --home "$sandbox/desks/$witness" --json directory refresh >/dev/null 2>&1; }

# What one question costs when nothing was killed is the client's own work on this machine: the limit is on top of it.
asking_ms() {
    local since
    for _ in 1 2 3; do since=$(now_ms); ask; echo $(($(now_ms) - since)); done | sort -n | sed -n 2p
}
limit_ms=$((limit_ms + $(asking_ms)))

# Milliseconds from the kill until the relay answers a client again.
measure() { # WHAT SINCE
    local took
    until ask; do
        if [ $(($(now_ms) - $2)) -gt 20000 ]; then break; fi
    done
    took=$(($(now_ms) - $2))
    restarts=$((restarts + 1))
    [ "$took" -gt "$slowest" ] && slowest=$took
    [ "$took" -le $limit_ms ] || { late=$((late + 1)); printf 'serving again after a kill of the %s only after %s ms\n' "$1" "$took"; }
}

kill_part() { # core | gate
    local pid since
    pid=$(cat "$sandbox/state/$1.pid" 2>/dev/null) || return
    since=$(now_ms)
    kill -9 "$pid" 2>/dev/null || return
    measure "$1" "$since"
}

kill_supervisor() {
    local since
    since=$(now_ms)
    kill -9 "$(cat "$sandbox/supervisor.pid")"
    # What a service manager does: start it again at once.
    "$tests/support/sandbox.sh" start "$sandbox" >>"$work/restart.log" 2>&1
    measure supervisor "$since"
}

kill_client() { # one of those at work, not the witness
    local victims
    mapfile -t victims < <(pgrep -f "$BIN/safehand --home $sandbox/desks/" | shuf -n 1 --random-source=<(yes $RANDOM))
    [ ${#victims[@]} -gt 0 ] && kill -9 "${victims[0]}" 2>/dev/null
    return 0
}

order=$(for kind in core gate supervisor client; do yes $kind | head -n "$kills"; done | shuf --random-source=<(yes $RANDOM))
done_kills=0
for kind in $order; do
    sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
    case $kind in
    supervisor) kill_supervisor ;;
    client) kill_client ;;
    *) kill_part "$kind" ;;
    esac
    done_kills=$((done_kills + 1))
    [ -t 2 ] && printf '\r%d of %d kills, slowest return %d ms ' $done_kills $((4 * kills)) $slowest >&2
done
touch "$work/stop"
wait "${pids[@]}" 2>/dev/null
[ -t 2 ] && echo >&2

# ---- what is left must be whole ----
for desk in "${senders[@]}" $mash "${senders[@]}" $mash; do at "$desk" sync; done
accepted=$(cat "$work"/sent/* | sort -u | wc -l)
at $mash --json inbox
jq -r '.[].message_id' <<<"$out" | sort >"$work/inbox"
check "traffic flowed" test "$accepted" -gt $((kills / 2))
check "no accepted message was lost" sh -c "cat '$work'/sent/* | sort -u | comm -23 - '$work/inbox' | tee /dev/stderr | wc -l | grep -qx 0"
check "none is there twice by its id" equal "$(sort -u "$work/inbox" | wc -l)" "$(wc -l <"$work/inbox")"
: >"$work/serials"
while read -r id; do
    at $mash --json show "$id"
    field .content.concern.what_happened >>"$work/serials"
done <"$work/inbox"
check "none is there twice by what it says" equal "$(sort -u "$work/serials" | wc -l)" "$(wc -l <"$work/inbox")"
for desk in "${senders[@]}"; do
    at "$desk" sync
    at "$desk" --json track
    check "every proof at $desk verifies" jq -e '[.[].facts[].proof] | length > 0 and all(. == "verified")' <<<"$out"
done
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
check "the published log has the root that is signed" "$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY"
check "after each of $restarts kills the relay served again within $limit_ms ms (slowest: $slowest ms)" test $late = 0
printf '%d kills, %d messages accepted, slowest return %d ms, %d returns over %d ms\n' $done_kills "$accepted" $slowest $late $limit_ms
result
