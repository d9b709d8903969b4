# What the flow tests and the demonstration share: a fresh sandbox, commands at its desks, checks that count.
# Sourced with $1 = the folder of the programs.

set -uo pipefail
tests=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
cases=$tests/cases
export BIN=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/safehand-flow-XXXXXX")
sandbox=$work/sandbox
checks=0 failures=0
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-} ASAN_OPTIONS=${ASAN_OPTIONS:-}

sandbox_up() { # [--clock TIME]
    "$tests/support/sandbox.sh" up "$sandbox" "$@" >"$work/up.out" 2>&1 || { cat "$work/up.out"; exit 1; }
    . "$sandbox/env"
}

# clock_to TIME|+90m|+3d: the sandbox's clock moves on, for every process at once (sandbox_up --clock TIME)
clock_to() { "$tests/support/sandbox.sh" clock "$sandbox" "$1" >"$work/clock.out" 2>&1 || { cat "$work/clock.out"; return 1; }; }

finish() {
    [ -s "$sandbox/supervisor.pid" ] && "$tests/support/sandbox.sh" down "$sandbox" >/dev/null 2>&1
    if [ "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT

# at DESK COMMAND...: a command of the client at that desk, output in $out, its exit status in $status
at() {
    local desk=$1
    shift
    out=$("$BIN/safehand" --home "$sandbox/desks/$desk" "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
    return 0
}

# sync_desks DESK...: fetch what is due at each
sync_desks() {
    local desk
    for desk in "$@"; do
        at "$desk" sync
        [ "$status" = 0 ] || { printf 'sync at %s: exit %s: %s\n' "$desk" "$status" "$err"; failures=$((failures + 1)); }
    done
}

field() { jq -r "$1" <<<"$out"; }

# send_case DESK FILE: sends, gives the id in $id
send_case() {
    at "$1" --json send "$2"
    id=$(field .message_id)
    check "$1 sends $(basename "$2")" test "$status" = 0
}

# newest DESK KIND: the id of the newest message of a kind in the desk's inbox
newest() {
    at "$1" --json inbox
    id=$(jq -r --arg kind "$2" '[.[] | select(.kind == $kind)][0].message_id' <<<"$out")
}

# check TEXT COMMAND...: counts, and says so only if it fails (or if SAY is set)
check() {
    local text=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$work/check" 2>&1; then
        [ -z "${SAY:-}" ] || printf '   ok  %s\n' "$text"
    else
        failures=$((failures + 1))
        printf '   FAILED  %s\n' "$text"
        head -n 5 "$work/check"
        [ -z "${err:-}" ] || printf '%s\n' "$err" | head -n 3
    fi
}

equal() { [ "$1" = "$2" ] || { printf 'have: %s\nwant: %s\n' "$1" "$2"; return 1; }; }

# The message of a case file without what is only for tests.
message_of() { jq 'del(.expected)' "$1"; }
step_of() { jq ".thread[$2] | del(.expected)" "$1"; } # FILE POSITION

# Does `content` of the last show equal the JSON that was sent? Empty lists count as absent.
content_equals() { # FILE
    local tidy='walk(if type == "object" then with_entries(select(.value != [])) else . end) | del(.expected)'
    diff <(jq -S "$tidy" "$1") <(jq -S ".content | $tidy" <<<"$out")
}

# Every name, date of birth and sentence of the cases, one a line: what must never be found on the relay.
secrets() {
    jq -r '.. | objects | (.given_names?, .family_name?, .date_of_birth?, .what_happened?, .words?, .impact?, .worry?,
        .grounds?, .reasons?, .address? // empty) | strings | select(length > 5 and (test("@") | not))' "$cases"/*.json | sort -u
}

result() {
    printf '%d passed, %d failed\n' $((checks - failures)) "$failures"
    [ "$failures" = 0 ]
}
