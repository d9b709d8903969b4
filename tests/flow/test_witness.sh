#!/usr/bin/env bash
# Witnesses with real processes: what a relay publishes is cosigned, a second history of it is not, and a person is told.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
sandbox_up
export SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase
seat=$work/no-seat # none is needed
mkdir "$work/cosigned"

# witness ARGUMENTS...: output in $out, exit status in $status
witness() {
    out=$("$BIN/safehand" --home "$seat" ${JSON:+--json} audit witness "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}
size_of() { sed -n 2p "$1"; }
# published N: waits until the published log has at least so many entries
published() {
    local i
    for i in $(seq 200); do
        [ "$(size_of "$LOG_DIR/checkpoint" 2>/dev/null || echo 0)" -ge "$1" ] && return 0
        read -rt 0.05 <>"$work/pipe"
    done
    return 1
}
mkfifo "$work/pipe"
grow() { # sends a referral and waits until it is published
    local before
    before=$(size_of "$LOG_DIR/checkpoint")
    at "$school" --json send "$cases/02-school-missing-girl-referral.json" --again
    check "a referral goes" test "$status" = 0
    check "the log is published" published $((before + 1))
}

# ---- a key and its memory ----
witness key --out "$work/council.key" --name witness.example/council
council=$out
check "a witness's key is made" test "$status" = 0
check "its verifier key has algorithm 4" test "$(cut -d+ -f3- <<<"$council" | base64 -d | head -c1 | od -An -tu1 | tr -d ' ')" = 4
check "the key file is encrypted and private" grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$work/council.key"
check "nobody else can read it" test "$(stat -c %a "$work/council.key")$(stat -c %a "$work/council.key.memory")" = 600700
witness key --out "$work/council.key" --name witness.example/council
check "a key is not made over another" test "$status" = 1
witness key --out "$work/other.key" --name "two words"
check "a name with a space is none" test "$status" = 2

# ---- once ----
published 1
cp -r "$LOG_DIR" "$work/before"
once=(--vkey "$LOG_VKEY" --key "$work/council.key")
witness --log "$LOG_DIR" "${once[@]}" --out "$work/cosigned"
check "the relay's checkpoint is cosigned" test "$status" = 0
cosigned=$(echo "$work"/cosigned/*.cosigned)
check "under the id of the witness's key" test "$(basename "$cosigned")" = "$(cut -d+ -f2 <<<"$council").cosigned"
check "with the relay's signature first" test "$(sed -n '5s/ [^ ]*$//p' "$cosigned")" = "— $(head -n1 "$LOG_DIR/checkpoint")"

# The stock tool says that the signature is over the bytes of the specification.
tail -n1 "$cosigned" | cut -d' ' -f3 | base64 -d >"$work/line"
time_s=$((16#$(head -c12 "$work/line" | tail -c8 | od -An -tx1 | tr -d ' \n')))
tail -c64 "$work/line" >"$work/signature"
{ printf 'cosignature/v1\ntime %s\n' "$time_s"; head -n3 "$cosigned"; } >"$work/message"
{ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; cut -d+ -f3- <<<"$council" | base64 -d | tail -c32; } >"$work/public.der"
check "openssl verifies the cosignature" openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/public.der" -rawin \
    -in "$work/message" -sigfile "$work/signature"
check "its time is now" test $(($(date +%s) - time_s)) -lt 60

grow
witness --log "$LOG_DIR" "${once[@]}" --out "$work/cosigned"
check "the log that grew is cosigned" test "$status" = 0
check "and said to hold what was cosigned before" grep -q 'cosigned before are the first of them' <<<"$out"
witness --log "$LOG_DIR" "${once[@]}"
check "the same is cosigned again" test "$status" = 0

# ---- refused ----
witness --log "$work/before" "${once[@]}" --keep "$work/evidence"
check "an old copy of the log is not cosigned" test "$status" = 4
check "a person is told that it was rolled back" grep -q 'rolled back, or this is an old copy' <<<"$err"
check "both checkpoints are kept" test "$(find "$work/evidence" -name '*checkpoint' | wc -l)" = 2
witness --log "$LOG_DIR" --vkey "$council" --key "$work/council.key"
check "a witness's key is no log's key" test "$status" = 2
mv "$work/council.key.memory" "$work/away"
witness --log "$LOG_DIR" "${once[@]}"
check "a witness without its memory cosigns nothing" test "$status" = 1
check "and says what to do" grep -q 'Bring it back, or make a new key' <<<"$err"
mv "$work/away" "$work/council.key.memory"

# ---- over HTTP ----
"$BIN/safehand" --home "$seat" audit witness key --out "$work/police.key" --name witness.example/police >"$work/police.vkey"
police=$(cat "$work/police.vkey")
# listen: a witness of the police on a port of loopback; its process in $listener
listen() {
    rm -f "$work/listen.out" # or the port of the one before would be read
    "$BIN/safehand" --home "$seat" audit witness --listen 127.0.0.1:0 --vkey "$LOG_VKEY" --key "$work/police.key" \
        >"$work/listen.out" 2>>"$work/listen.err" &
    listener=$!
    local i
    for i in $(seq 200); do
        port=$(sed -n 's/^Listening on port \([0-9]*\) .*/\1/p' "$work/listen.out" 2>/dev/null)
        [ -n "$port" ] && return 0
        kill -0 "$listener" 2>/dev/null || return 1
        read -rt 0.05 <>"$work/pipe"
    done
    return 1
}
# stop_listening: ends it, its exit status in $status
stop_listening() {
    kill "$listener"
    wait "$listener"
    status=$?
}
feed=(--feed --vkey "$LOG_VKEY" --witness "$police" --out "$work/cosigned" --keep "$work/evidence")
check "a witness listens" listen
witness "${feed[@]}" --from "$LOG_DIR" --to "http://127.0.0.1:$port"
check "a relay's checkpoint is carried to it" test "$status" = 0
grow
stop_listening
check "it ends in peace" test "$status" = 0
check "a witness listens again" listen
witness "${feed[@]}" --from "$LOG_DIR" --to "http://127.0.0.1:$port"
check "the log that grew is carried, with a proof" test "$status" = 0
check "both witnesses' checkpoints are in the folder" test "$(ls "$work/cosigned" | wc -l)" = 2
witness "${feed[@]}" --from "$work/before" --to "http://127.0.0.1:$port"
check "an old copy is not cosigned" test "$status" = 4
witness --feed --vkey "$LOG_VKEY" --witness "$council" --out "$work/x" --from "$LOG_DIR" --to "http://127.0.0.1:$port"
check "the signature of another witness than the one asked for is not taken" test "$status" = 1

# ---- a split view: two relays grown from one copied state ----
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null 2>&1
twin=$work/twin
cp -r "$sandbox" "$twin"
other_port=$((${RELAY##*:} + 1000))
sed -i "s#^endpoint: .*#endpoint: tcp://127.0.0.1:$other_port#" "$twin/relay.yaml"
rm -f "$twin/supervisor.pid"
# start DIR: its relay, as the sandbox starts one; the process in $relay
start() {
    setsid "$BIN/safehand-relay" --config "$1/relay.yaml" --clock-checked >>"$1/relay.log" 2>&1 </dev/null &
    echo $! >"$1/supervisor.pid"
}
# The one has a policy that asks for two witnesses, and a folder for what they say.
mkdir "$sandbox/witnesses"
echo 'witness_dir: witnesses' >>"$sandbox/relay.yaml"
cat >>"$sandbox/policy.yaml" <<END
witnesses:
  quorum: 2
  of: [witness.example/council, witness.example/police, witness.example/health]
END
for key in "$council" "$police"; do
    "$BIN/safehand-ca" key add --witness "$key" --dir "$sandbox/ca" >/dev/null
done
"$tests/support/sandbox.sh" publish "$sandbox" >"$work/publish.out" 2>&1
start "$sandbox"
start "$twin"
for desk in "$twin"/desks/*; do echo "tcp://127.0.0.1:$other_port" >"$desk/endpoint"; done
grow
witness --log "$LOG_DIR" "${once[@]}" --out "$work/cosigned"
check "the one relay's log is cosigned" test "$status" = 0
witness "${feed[@]}" --from "$LOG_DIR" --to "http://127.0.0.1:$port"
check "by both witnesses" test "$status" = 0
(sandbox=$twin LOG_DIR=$twin/log; grow; grow; [ "$failures" = 0 ]) >"$work/twin.out" 2>&1
check "the other relay's log has grown too" test "$(size_of "$twin/log/checkpoint")" -gt "$(size_of "$LOG_DIR/checkpoint")"
before=$(cat "$work"/cosigned/*)
witness --log "$twin/log" "${once[@]}" --out "$work/cosigned" --keep "$work/split"
check "the witness that sees both does not cosign the second" test "$status" = 4
check "a person is told of a split view" grep -q '^NOT VERIFIED: a split view' <<<"$err"
check "both signed checkpoints are kept" test "$(find "$work/split" -name checkpoint -o -name previous-checkpoint | wc -l)" = 2
check "the one that was cosigned is among them" grep -rqF "$(tail -n1 "$work/cosigned/$(cut -d+ -f2 <<<"$council").cosigned")" "$work/split"
witness "${feed[@]}" --from "$twin/log" --to "http://127.0.0.1:$port"
check "nor does the one behind HTTP" test "$status" = 4
check "and who carried it is told" grep -q 'a split view' <<<"$err"
check "no cosigned checkpoint was replaced" equal "$before" "$(cat "$work"/cosigned/*)"

# ---- what the relay publishes, and what it says while witnesses are missing ----
# until_true COMMAND...: waits for it
until_true() {
    local i
    for i in $(seq 200); do
        "$@" && return 0
        read -rt 0.05 <>"$work/pipe"
    done
    return 1
}
ask() { # SOCKET BYTES (as printf has them)
    printf '%b' "$2" | timeout 10 perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$ARGV[0]: $!\n";
        local $/;
        print $socket scalar <STDIN>;
        $socket->flush;
        print <$socket>;' "$sandbox/state/$1"
}
metric_is() { [ "$(ask control.sock 'metrics\n' | sed -n "s/^safehand_$1 //p")" = "$2" ]; }
lines() { [ "$(grep -c '^— ' "$LOG_DIR/checkpoint")" = "$1" ]; }
check "the relay says that witnesses are missing" until_true grep -q 'witnesses_missing current=0 quorum=2' "$sandbox/relay.log"
check "and serves on" lines 1
check "an alarm is among the metrics" until_true metric_is witness_alarm 1
check "three witnesses are wanted" metric_is witnesses_wanted 3
grow
witness --log "$LOG_DIR" "${once[@]}" --out "$sandbox/witnesses"
check "one witness cosigns" test "$status" = 0
check "its line is published with the checkpoint" until_true lines 2
check "a person who verifies the log finds it as before" "$BIN/safehand" --home "$seat" audit verify --log "$LOG_DIR" --vkey "$LOG_VKEY"
sed 's/^—/-/' "$cosigned" >"$sandbox/witnesses/broken.cosigned"
head -c 3000 /dev/urandom >"$sandbox/witnesses/noise.cosigned"
witness "${feed[@]}" --from "$LOG_DIR" --to "http://127.0.0.1:$port" --out "$sandbox/witnesses"
check "the other one too" test "$status" = 0
check "both lines are published" until_true lines 3
check "they are those of the two witnesses" equal "$(sed -n '6,$p' "$LOG_DIR/checkpoint" | cut -d' ' -f2 | sort | tr '\n' ' ')" \
    "witness.example/council witness.example/police "
check "the relay says that they are back" until_true grep -q 'witnesses_back current=2 quorum=2' "$sandbox/relay.log"
check "the alarm is over" until_true metric_is witness_alarm 0
check "two are current" metric_is witnesses_current 2
grow
check "a checkpoint that nobody cosigned has no lines" until_true lines 1
stop_listening
check "the witness itself says so" grep -q 'no_proof\|split_view' "$work/listen.err"
kill "$(cat "$twin/supervisor.pid")"

result
