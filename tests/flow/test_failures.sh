#!/usr/bin/env bash
# What goes wrong around a relay that runs: files that are wrong at the start or at a reload, a stranger on the link, a
# published folder that cannot be written, a second relay. Each is told in words, and nothing of it stops acceptance.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
sandbox_up
export SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase

# run PROGRAM ARGUMENTS...: output of both kinds in $out, exit status in $status
run() {
    out=$("$BIN/$1" "${@:2}" 2>&1 </dev/null)
    status=$?
    err=$out
}

# Says something on a Unix socket of the relay and prints the answer. perl-base is on every Debian machine.
ask() { # SOCKET BYTES (as printf has them)
    printf '%b' "$2" | timeout 10 perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$ARGV[0]: $!\n";
        local $/;
        print $socket scalar <STDIN>;
        $socket->flush;
        print <$socket>;' "$sandbox/state/$1"
}

counter() { ask control.sock 'metrics\n' | sed -n "s/^safehand_$1 //p"; }

# Waits until WORD stands in the relay's log N times.
logged() { # WORD N
    local i
    for i in $(seq 100); do
        [ "$(grep -cw "$1" "$sandbox/relay.log")" -ge "$2" ] && return
        sleep 0.1
    done
    tail -n 5 "$sandbox/relay.log"
    return 1
}

# One referral, never the same, from school to social care.
send_one() { # NUMBER
    step_of "$cases/18-correction-withdrawal-close.json" 0 |
        jq --arg text "Number $1 of the failures." '.concern.what_happened = $text' >"$work/$1.json"
    send_case $school "$work/$1.json"
}

# ---- command lines and files, each program by itself ----
for program in core gate relay; do
    run safehand-$program --help
    check "safehand-$program --help explains" test "$status" = 0
    run safehand-$program --colour blue
    check "safehand-$program refuses an unknown option with 2" equal "$status" 2
    run safehand-$program
    check "safehand-$program without a configuration: 2" equal "$status" 2
    run safehand-$program --config "$work/none.yaml" --check-config
    check "safehand-$program names the configuration that is not there" grep -q none.yaml <<<"$out"
    check "and does not end well" test "$status" != 0
done
for program in core gate; do
    run safehand-$program --config "$sandbox/relay.yaml" --check-config
    check "safehand-$program --check-config finds nothing wrong, beside one that runs" equal "$status" 0
done
variant() { # SED-EXPRESSION: a configuration beside the good one
    sed "$1" "$sandbox/relay.yaml" >"$sandbox/variant.yaml"
}
variant 's/^log_origin:.*/log_origin: elsewhere.example\/test/'
run safehand-core --config "$sandbox/variant.yaml" --check-config
check "another origin is refused" test "$status" != 0
check "since nobody could verify the log" grep -q 'nobody could verify this log' <<<"$out"
echo 'not the passphrase' >"$sandbox/wrong"
chmod 600 "$sandbox/wrong"
variant 's/^passphrase_file:.*/passphrase_file: wrong/'
for program in core gate; do
    run safehand-$program --config "$sandbox/variant.yaml" --check-config
    check "safehand-$program says that the passphrase is wrong" grep -q passphrase <<<"$out"
done
variant 's/^endpoint:/endpont:/'
run safehand-core --config "$sandbox/variant.yaml"
check "an unknown key is named with its line" grep -q 'variant.yaml:1: .*endpont' <<<"$out"
run safehand-core --config "$sandbox/relay.yaml" --clock-checked
check "a second core over the same state does not serve" grep -q 'not_serving code=locked' <<<"$out"

# ---- a reload of what is damaged ----
send_one 1
cp "$sandbox/directory" "$work/directory"
head -c 1000 "$work/directory" >"$sandbox/directory"
kill -HUP "$(cat "$sandbox/supervisor.pid")"
check "a damaged directory is told" logged reload_failed 1
check "and counted" equal "$(counter reload_failures_total)" 1
send_one 2
cp "$work/directory" "$sandbox/directory"
kill -HUP "$(cat "$sandbox/supervisor.pid")"
check "the good one is read again" logged reloaded 1

# ---- the control socket, and a stranger on the link ----
check "the relay is well" grep -qx ok <<<"$(ask control.sock 'health\n')"
ask control.sock 'metrics\n' >"$work/metrics"
check "every counter has a type" test "$(grep -c '^# TYPE' "$work/metrics")" -gt 10
check "and the text has its end" equal "$(tail -n 1 "$work/metrics")" "# EOF"
gates=$(counter gate_restarts_total)
# The third is a record by the rules, of a connection that never was; the fourth a frame without its key.
for noise in 'GET / HTTP/1.1\r\n\r\n' '\x00\x00\x00\x0a\x63\x00\x00\x00\x00\x00\x00\x00\x01!' \
    '\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00\x00\x00\x07' '\x00\x00\x00\x0c\x01\x00\x00\x00\x00\x00\x00\x00\x01abc'; do
    ask link.sock "$noise" >"$work/noise" 2>&1
    check "the gate finds the core again" logged gate_connected $((gates + 2))
    gates=$(counter gate_restarts_total)
done
send_one 3

# ---- the published folder ----
mv "$sandbox/log/tile" "$sandbox/log/tile.away"
: >"$sandbox/log/tile"
send_one 4
check "a folder that cannot be written is told" logged publish_failed 1
rm "$sandbox/log/tile"
mv "$sandbox/log/tile.away" "$sandbox/log/tile"
send_one 5

# ---- all of it is there, and the end is orderly ----
sync_desks $mash
at $mash --json inbox
check "all five arrived" equal "$(jq length <<<"$out")" 5
size=$(counter leaves)
check "the relay ends in order" "$tests/support/sandbox.sh" down "$sandbox"
check "with everything published" test "$(sed -n 2p "$LOG_DIR/checkpoint")" -ge "$size"
check "as someone else's implementation reads it" "$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY"
result
