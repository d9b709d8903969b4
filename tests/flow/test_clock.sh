#!/usr/bin/env bash
# A sandbox in a time of its own: authority, relay and desks live on 20 November 2026, move on three days at once, and go on
# working; nobody takes that for a clock that jumped.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
sandbox_up --clock 2026-11-20T08:00:00Z

# leaves: each published leaf as "TYPE TIME", in order. {version 1, type, time_ms, commitment}: docs/PROTOCOL.md.
leaves() {
    cat "$(ls -td "$sandbox"/log/tile/entries/000.p/* | head -n 1)" | perl -MPOSIX -e '
        local $/;
        my $all = <STDIN>;
        while (length $all) {
            my $leaf = unpack("n/a", $all);
            substr($all, 0, 2 + length $leaf) = "";
            my ($time, $shift) = (0, 0);
            for my $byte (unpack("C*", substr($leaf, 5))) { # a varint
                $time |= ($byte & 127) << $shift;
                $shift += 7;
                last if $byte < 128;
            }
            print ord(substr($leaf, 3, 1)), POSIX::strftime(" %Y-%m-%dT%H\n", gmtime($time / 1000));
        }'
}

eventually() { # COMMAND...
    local i
    for i in $(seq 150); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    "$@"
}

has_leaf() { leaves | grep -q "$1"; }

starts_on() { openssl x509 -in "$1" -noout -startdate | sed 's/.*=\(... *[0-9]*\) .* \([0-9]*\) GMT/\1 \2/'; }

# ---- before ----
check "the authority's root begins by that clock" equal "$(starts_on "$CA_ROOT")" "Nov 20 2026"
message_of "$cases/02-school-missing-girl-referral.json" >"$work/02.json"
send_case $school "$work/02.json"
first=$id
check "the log began that morning" eventually has_leaf '^19 2026-11-20T08$'
check "and took the message then" eventually has_leaf '^1 2026-11-20T08$'

# ---- three days on ----
check "the clock moves" clock_to +3d
check "and says so" grep -q '^2026-11-23T08:' "$work/clock.out"
check "it does not move back" equal "$(clock_to 2026-11-23T07:00:00Z >/dev/null; echo $?)" 1
check "nor to what is no time" equal "$(clock_to tomorrow-ish >/dev/null; echo $?)" 1
check "the relay's heartbeat follows" eventually has_leaf '^12 2026-11-23T08$'
sync_desks $mash
at $mash --json show "$first"
check "what was sent before is delivered" content_equals "$work/02.json"
step_of "$cases/18-correction-withdrawal-close.json" 0 >"$work/new.json"
send_case $school "$work/new.json"
check "a new message is accepted three days later" eventually has_leaf '^1 2026-11-23T08$'

# ---- and further, over a crash ----
"$tests/support/sandbox.sh" down "$sandbox" --crash
check "the clock moves by a named time" clock_to 2026-11-24T09:30:00Z
at $mash sync
check "the core that came back lives in the same time" test "$status" = 0
step_of "$cases/18-correction-withdrawal-close.json" 0 | jq '.concern.what_happened += " Again."' >"$work/again.json"
send_case $school "$work/again.json"
check "and accepts" eventually has_leaf '^1 2026-11-24T09$'
check "no alarm stands in the log" test -z "$(leaves | grep '^16 ')"
check "nor did the relay complain of its clock" test -z "$(grep -i clock "$sandbox/relay.log")"

# ---- a value that is none ----
refused() { # PROGRAM ARGUMENTS...: ends with an error that names the variable
    SAFEHAND_CLOCK=yesterday timeout 20 "$BIN/$1" "${@:2}" >"$work/refused" 2>&1 </dev/null
    [ $? = 78 ] && grep -q '^SAFEHAND_CLOCK: "yesterday" is neither' "$work/refused"
}
sed "s/^state_dir:.*/state_dir: state-of-nobody/; s/^endpoint:.*/endpoint: tcp:\/\/127.0.0.1:1/" "$sandbox/relay.yaml" >"$sandbox/variant.yaml"
check "safehand ends" refused safehand --home "$sandbox/desks/$mash" sync
check "safehand-ca ends" refused safehand-ca show $mash --dir "$sandbox/ca"
for program in relay core gate; do
    check "safehand-$program ends" refused safehand-$program --config "$sandbox/variant.yaml"
done
result
