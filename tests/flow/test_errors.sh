#!/usr/bin/env bash
# The seven errors that a person can meet, each provoked for real. Every one gives one sentence that says what happened,
# what was not lost, and what to do; with --json a program gets the same. The sentences are printed: read them.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
clock=$(dirname "$BIN")/tests/clock_shift.so
day=86400

# With the clock of one program moved; ASan wants to be the first library, and this one may stand before it.
shifted() { # SECONDS COMMAND...
    local seconds=$1
    shift
    (
        export LD_PRELOAD=$clock CLOCK_SHIFT_SECONDS=$seconds ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
        "$@"
    )
}

# A partnership that is not of today: the root and its sectors were made 600 days ago, the seats 100 days ago, and those
# that are made while $work/long-ago is there, two years and a day ago: a seat is certified for two years.
mkdir "$work/bin"
ln -s "$BIN"/* "$work/bin"
rm "$work/bin/safehand-ca"
cat >"$work/bin/safehand-ca" <<EOF
#!/bin/sh
case \$1 in
init | sector) days=600 ;;
issue | recovery) days=100; [ ! -e "$work/long-ago" ] || days=731 ;;
*) exec "$BIN/safehand-ca" "\$@" ;;
esac
LD_PRELOAD=$clock CLOCK_SHIFT_SECONDS=-\$((days * $day)) ASAN_OPTIONS=\$ASAN_OPTIONS:verify_asan_link_order=0
export LD_PRELOAD CLOCK_SHIFT_SECONDS ASAN_OPTIONS
exec "$BIN/safehand-ca" "\$@"
EOF
chmod +x "$work/bin/safehand-ca"
BIN=$work/bin
sandbox_up

# A referral to social care, never the same, and so well written that nothing is advised.
write_referral() { # NUMBER
    jq --arg number "$1" '.from = "dsl@999001.school" | .children[0].family_name = "Example-Errors" |
        .concern.what_happened += " Number \($number) of the errors." | del(.expected)' "$cases"/01-*.json >"$work/$1.json"
}

at_time() { # SECONDS DESK COMMAND...: as `at`
    local seconds=$1 desk=$2
    shift 2
    out=$(shifted "$seconds" "$BIN/safehand" --home "$sandbox/desks/$desk" "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}

# told NAME STATUS HAPPENED NOT-LOST TO-DO: the last command said it in one line, and the three parts are in it
told() {
    printf '%s (exit %s): %s\n' "$1" "$status" "$err"
    check "$1: the exit status" equal "$status" "$2"
    check "$1: one sentence, on one line" equal "$(grep -c . <<<"$err")" 1
    check "$1: what happened" grep -q -- "$3" <<<"$err"
    check "$1: what was not lost" grep -q -- "$4" <<<"$err"
    check "$1: what to do" grep -q -- "$5" <<<"$err"
    check "$1: nothing of the child" sh -c '! grep -qi "Cara\|Example-Errors\|of the errors"' <<<"$err"
}
# json_told NAME STATUS WORD: the last command, with --json, says the same to a program
json_told() {
    check "$1: the exit status with --json" equal "$status" "$2"
    check "$1: the code with --json" equal "$(field .error)" "$3"
    check "$1: the sentence with --json" equal "$(field .sentence)" "$err"
}
waiting() { # DESK N: so many messages wait in its outbox
    at "$1" --json status
    check "$2 of the messages of $1 wait" equal "$(field .waiting)" "$2"
}
inbox_length() { # DESK N
    at "$1" sync
    at "$1" --json inbox
    check "$1 has $2 messages" equal "$(jq length <<<"$out")" "$2"
}

# ---- no relay ----
kept="kept in the outbox"
write_referral 1
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
at $school send "$work/1.json"
told "no relay" 3 "no relay could be reached" "$kept" "next 'safehand sync'"
at $school --json send "$work/1.json"
json_told "no relay" 3 net
at $school sync
told "no relay, at a sync" 3 "no relay could be reached" "$kept" "next 'safehand sync'"
waiting $school 1
"$tests/support/sandbox.sh" start "$sandbox"
at $school sync
check "it goes when there is a relay" equal "$status" 0
inbox_length $mash 1

# ---- wrong passphrase ----
write_referral 2
printf 'not the passphrase\n' >"$work/wrong"
chmod 600 "$work/wrong"
export SAFEHAND_PASSPHRASE_FILE=$work/wrong
at $school send "$work/2.json"
told "wrong passphrase" 2 "the passphrase does not open" "Nothing was lost" "try again with the passphrase of this seat"
at $school --json send "$work/2.json"
json_told "wrong passphrase" 2 passphrase
unset SAFEHAND_PASSPHRASE_FILE

# ---- unknown address ----
jq '.to = ["msah@999.social-care"]' "$work/2.json" >"$work/unknown.json"
at $school send "$work/unknown.json"
told "unknown address" 1 "msah@999.social-care" "Nothing was sent" "'safehand directory search'"
at $school --json send "$work/unknown.json"
json_told "unknown address" 1 unknown_desk
jq '.to = ["mash.999.social-care"]' "$work/2.json" >"$work/unknown.json"
at $school send "$work/unknown.json"
told "an address that is none" 2 "to\[0\]" "Nothing was sent" "correct"

# ---- file not JSON ----
head -c 60 "$work/2.json" >"$work/cut.json"
at $school send "$work/cut.json"
told "file not JSON" 2 "line" "Nothing was sent" "correct the file and send it again"
at $school --json send "$work/cut.json"
json_told "file not JSON" 2 json
printf 'PK\003\004 a document of another program' >"$work/word.json"
at $school send "$work/word.json"
told "a file of another kind" 2 "line 1" "Nothing was sent" "correct the file and send it again"
at $school send "$work/nowhere.json"
told "no such file" 2 "nowhere.json" "Nothing was sent" "check the name"
at $school --json send "$work/nowhere.json"
json_told "no such file" 2 not_found
at $school check "$work/nowhere.json"
check "check says it, too" grep -q "nowhere.json" <<<"$err"
check "with the status of send" equal "$status" 2
at $school decide 123456
check "an answer without its file is asked for the file" grep -q "and a file" <<<"$err"
waiting $school 0

# ---- disk full, here: a file may not grow, which the program meets as it meets a full disk ----
small() { # COMMAND...: in a shell that may write files of 4 KiB
    out=$(ulimit -f 4 && "$BIN/safehand" --home "$sandbox/desks/$school" "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}
small send "$work/2.json"
told "disk full" 1 "there is no room on the disk" "Nothing that was stored is lost" "make room on the disk"
small --json send "$work/2.json"
json_told "disk full" 1 disk_full
waiting $school 0
send_case $school "$work/2.json"
inbox_length $mash 2

# ---- disk full, at the relay: kept here, and goes when there is room ----
write_referral 3
core=$(cat "$sandbox/state/core.pid")
prlimit --pid "$core" --fsize=4096:
at $school send "$work/3.json"
told "the relay's disk full" 3 "the relay's disk is full" "$kept" "next 'safehand sync'"
at $school --json send "$work/3.json"
json_told "the relay's disk full" 3 busy
waiting $school 1
prlimit --pid "$core" --fsize=unlimited:
goes_in_the_end() {
    for _ in $(seq 100); do
        at $school sync
        [ "$status" != 0 ] || return 0
    done
    return 1
}
check "it goes when the relay has room" goes_in_the_end
check "without a restart" equal "$(cat "$sandbox/state/core.pid")" "$core"
inbox_length $mash 3

# ---- clock wrong, here ----
write_referral 4
at_time $day $school send "$work/4.json"
told "clock ahead" 3 "clock is 24 hours ahead of the relay's" "$kept" "set this computer's clock right"
at_time $day $school --json send "$work/4.json"
json_told "clock ahead" 3 clock
waiting $school 1
at $school sync
check "it goes when the clock is right" equal "$status" 0
inbox_length $mash 4
at_time -$((300 * day)) $school send "$work/4.json"
told "clock before the certificate" 1 "clock is wrong: it says" "Nothing that was stored is lost" "set this computer's clock right"
at_time -$((300 * day)) $school --json send "$work/4.json"
json_told "clock before the certificate" 1 bad_time
at_time $((366 * day)) $school send "$work/4.json"
told "clock a year ahead" 1 "the date by this computer's clock" "Nothing was lost" "if that is wrong, set it right and try again"
at_time $((40 * day)) $school send "$work/4.json"
told "clock forty days ahead" 1 "clock is 40 days ahead of the relay's" "Nothing that was stored is lost" "set this computer's clock right"
write_referral 5
at_time -240 $school send "$work/5.json"
check "four minutes do no harm" equal "$status" 0
check "and are not worth a word" equal "$err" ""
inbox_length $mash 5

# ---- a message that waited and is refused is no success ----
write_referral 6
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
at $school send "$work/6.json"
waiting $school 1
sed 's/^  - kind: referral$/  - kind: record_transfer/' "$sandbox/policy.yaml" >"$work/policy.yaml"
cp "$work/policy.yaml" "$sandbox/policy.yaml"
"$tests/support/sandbox.sh" start "$sandbox"
at $school sync
told "refused after it waited" 1 "the relay refused a message that waited: this desk may not send this kind" "Nothing was lost" "correct it"
at $school sync
check "a sync after that has nothing to tell" equal "$status" 0
write_referral 7
at $school --json send "$work/7.json"
json_told "refused at once" 1 forbidden_kind
cp "$tests/../relay/dist/policy-england.yaml" "$sandbox/policy.yaml"
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null

# ---- clocks apart, and none is known to be wrong ----
write_referral 8
shifted 12600 "$tests/support/sandbox.sh" start "$sandbox"
at $school send "$work/8.json"
check "three hours behind it goes" equal "$status" 0
told "clock behind" 0 "clock is 3 hours behind the relay's" "WARNING" "set it right"
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
out=$("$BIN/safehand-core" --config "$sandbox/relay.yaml" --clock-checked 2>&1 </dev/null)
status=$? err=$(grep -o 'why="[^"]*"' <<<"$out")
told "the relay's clock behind its log" 1 "the last entry of the log was made at" "nothing was lost" "set the clock right"
out=$(shifted $((-2000 * day)) "$BIN/safehand-core" --config "$sandbox/relay.yaml" --check-config 2>&1 </dev/null)
check "a relay before its certificates says what its clock says" grep -q 'not yet valid.*by the clock it is 20' <<<"$out"

# ---- expired certificate ----
shifted 12600 "$tests/support/sandbox.sh" start "$sandbox"
touch "$work/long-ago"
"$tests/support/sandbox.sh" seat "$sandbox" leaver $school >"$work/seat.out" 2>&1
write_referral 9
at leaver send "$work/9.json"
told "expired certificate" 1 "the certificate of this seat ran out on" "Nothing was lost" "ask the partnership to renew it"
at leaver --json send "$work/9.json"
json_told "expired certificate" 1 expired
waiting leaver 0
at leaver sync
check "mail still comes for two weeks" equal "$status" 0
at $school send "$work/9.json"
check "a colleague's seat can send it" equal "$status" 0
# Beyond the grace the relay does not let the seat in any more, and the reason is the same.
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
at leaver send "$work/9.json"
told "expired certificate, no relay" 1 "the certificate of this seat ran out on" "Nothing was lost" "ask the partnership to renew it"
result
