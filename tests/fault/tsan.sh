#!/usr/bin/env bash
# `./dev tsan`: the threads under ThreadSanitizer. First the core's, in one process with a link that the test plays; then the
# real programs, which is where the gate's ZAP thread meets its loop, through one short exchange with a reload, a gate
# that dies and an orderly end. Fails if an answer is wrong, and on any report that tests/support/tsan.supp does not cover.
#
#   tsan.sh BUILD            a build of preset tsan

# Where the kernel spreads addresses widely, gcc 12's ThreadSanitizer finds no room for itself: ask for fixed ones.
if [ -z "${SAFEHAND_FIXED_ADDRESSES:-}" ] && setarch -R true 2>/dev/null; then
    SAFEHAND_FIXED_ADDRESSES=1 exec setarch -R "$0" "$@"
fi
build=$(readlink -f "$1")
. "$(dirname "$0")/../flow/lib.sh" "$build/bin"
school=dsl@999001.school
mash=mash@999.social-care
mkdir "$work/reports" "$work/planted"
options="suppressions=$tests/support/tsan.supp:exitcode=66"
export TSAN_OPTIONS="$options:log_path=$work/reports/tsan"

# Waits for a line in the relay's log: WORD, and how often it must be there.
wait_for() {
    local i
    for i in $(seq 200); do
        [ "$(grep -cw "$1" "$sandbox/relay.log")" -ge "$2" ] && return
        sleep 0.1
    done
    tail -n 5 "$sandbox/relay.log"
    return 1
}

# Each program and place once, with the head of one report of it.
no_reports() {
    local found
    found=$(find "$work/reports" -type f | head -n 3)
    [ -z "$found" ] || { grep -h '^SUMMARY' "$work"/reports/* | sort | uniq -c; head -n 60 $found; return 1; }
}

check "a planted race is caught" sh -c "TSAN_OPTIONS='$options:log_path=$work/planted/tsan' '$build/tests/planted_race'; \
    grep -q 'data race' '$work'/planted/tsan.*"
check "the core's threads answer everything, under reloads and a stop" env TMPDIR="$work" "$build/tests/tsan_core"
check "and no report is made of them" no_reports

sandbox_up
message_of "$cases/01-nursery-neglect-referral.json" | jq --arg from $school '.from = $from' >"$work/01.json"
message_of "$cases/13-acknowledgement.json" >"$work/13.json"
send_case $school "$work/01.json"
referral=$id
sync_desks $mash
at $mash --json show "$referral"
check "it arrives word for word" content_equals "$work/01.json"
"$tests/support/sandbox.sh" publish "$sandbox" >/dev/null
check "directory and policy are read again while it serves" wait_for reloaded 1
at $mash --json ack "$referral" "$work/13.json"
check "the answer is accepted" test "$status" = 0
kill -9 "$(cat "$sandbox/state/gate.pid")"
check "a new gate takes the place of one that died" wait_for gate_connected 2
sync_desks $school
at $school --json track "$referral"
check "the sender sees the answer, with its proof" jq -e \
    '[.facts[] | select(.fact == "acknowledged" and .proof == "verified")] | length == 1' <<<"$out"
check "the relay ends in order" "$tests/support/sandbox.sh" down "$sandbox"
check "no report is made of relay or client" no_reports
result
