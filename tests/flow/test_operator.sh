#!/usr/bin/env bash
# The operator's side of a relay that serves: a backup while messages come, what becomes of one that is cut off, the published
# folder made anew byte for byte, and a check that names the first row that was changed.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
sandbox_up
export SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase

# relay WORDS...: safehand-relay with the sandbox's configuration; output of both kinds in $out, exit status in $status
relay() {
    out=$("$BIN/safehand-relay" "$@" --config "$sandbox/relay.yaml" 2>&1 </dev/null)
    status=$?
    err=$out
}

send_one() { # NUMBER
    step_of "$cases/18-correction-withdrawal-close.json" 0 |
        jq --arg text "Number $1 for the operator." '.concern.what_happened = $text' >"$work/$1.json"
    at $school --json send "$work/$1.json"
}

no_file() { [ ! -e "$1" ] || { ls -l "$1"; return 1; }; }
log_size() { sed -n 2p "$LOG_DIR/checkpoint"; }
until_true() { # COMMAND...: within ten seconds
    local i
    for i in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    return 1
}

# ---- wrong use ----
relay log
check "half a command is wrong use" equal "$status" 2
relay backup
check "a backup without a file is wrong use" equal "$status" 2
relay log check --colour
check "an unknown option is wrong use" equal "$status" 2
relay backup "$work/none/copy.db"
check "a folder that is not there is named" grep -q "none" <<<"$out"
check "and is for a person to mend" equal "$status" 78

# ---- a backup while messages come ----
for number in 1 2 3; do send_one $number; done
sync_desks $mash $school
(for number in 4 5 6 7 8; do send_one $number && echo "$status" >>"$work/sent"; done) &
sender=$!
relay backup "$work/first.db"
check "a backup is made while messages come" equal "$status" 0
check "and says so" grep -q "first.db: written, synced and checked" <<<"$out"
wait $sender
check "every message was accepted meanwhile" equal "$(sort -u "$work/sent")" 0
check "it is private" equal "$(stat -c %a "$work/first.db")" 600
check "nothing else is left beside it" equal "$(echo "$work"/first.db*)" "$work/first.db"
relay backup "$work/first.db"
check "a backup is never written over" equal "$status" 78
relay log check --database "$work/first.db"
check "the backup's rows are what its log says" equal "$status" 0
check "as the check tells" grep -q "each says what its entry says" <<<"$out"

# ---- the relay that serves ----
relay log check --json
check "log check of a relay that serves finds no difference" equal "$status" 0
check "it met all the messages" equal "$(jq .messages <<<"$out")" 8
check "and receipts" test "$(jq .receipts <<<"$out")" -ge 3
check "and leaves no copy behind" no_file "$sandbox/state/check.db"

# ---- cut off ----
# A copy of some size, so that there is a moment in which it is half made: the core is killed as soon as bytes are there.
half_made() { [ -s "$work/cut.db.part" ] || [ -e "$work/cut.db" ]; }
kill -9 "$(cat "$sandbox/state/core.pid")"
until_true "$BIN/safehand-relay" backup "$work/again.db" --config "$sandbox/relay.yaml"
check "after a kill of the core the relay makes backups again" test -s "$work/again.db"
"$BIN/safehand-relay" backup "$work/cut.db" --config "$sandbox/relay.yaml" >"$work/cut.out" 2>&1 &
cutter=$!
until_true half_made
kill -9 "$(cat "$sandbox/state/core.pid")"
wait $cutter
cut=$?
if [ $cut = 0 ]; then
    check "a copy that was whole before the core was killed is good" "$BIN/safehand-relay" log check --database "$work/cut.db" \
        --config "$sandbox/relay.yaml"
else
    check "a core that is killed leaves no half file" no_file "$work/cut.db"
    check "nor the part of it" no_file "$work/cut.db.part"
fi
send_one 9
check "and the relay accepts on" equal "$status" 0
"$BIN/safehand-relay" backup "$work/gone.db" --config "$sandbox/relay.yaml" >"$work/gone.out" 2>&1 &
asker=$!
kill -9 $asker
wait $asker 2>/dev/null
check "who asked may be killed: there is no half file under that name" no_file "$work/gone.db"
send_one 10
check "and the relay accepts on" equal "$status" 0
until_true "$BIN/safehand-relay" backup "$work/gone.db" --config "$sandbox/relay.yaml"
check "the next one takes the place of what was left" test -s "$work/gone.db"
check "whole" no_file "$work/gone.db.part"

# ---- no room: for the core alone, and only for the file that it writes ----
prlimit --pid "$(cat "$sandbox/state/core.pid")" --fsize=65536:
relay backup "$work/full.db"
check "without room there is no backup" equal "$status" 1
check "as it says in words" grep -q "no room on the disk" <<<"$out"
check "and no half file" equal "$(echo "$work"/full.db*)" "$work/full.db*"
prlimit --pid "$(cat "$sandbox/state/core.pid")" --fsize=unlimited:
core_before=$(cat "$sandbox/state/core.pid")
sync_desks $mash
check "the relay serves on" equal "$(cat "$sandbox/state/core.pid")" "$core_before"
relay backup "$work/full.db" --json
check "with room there is one" equal "$status" 0
check "told as JSON when asked for" equal "$(jq .differs <<<"$out")" false

# ---- the published folder ----
publication_is_whole() { [ "$(log_size)" = "$(ask_metric leaves)" ]; }
ask_metric() {
    printf 'metrics\n' | perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; local $/;
        print $socket scalar <STDIN>; $socket->flush; print <$socket>;' "$sandbox/state/control.sock" |
        sed -n "s/^safehand_$1 //p"
}
sync_desks $mash $school
until_true publication_is_whole
relay log rebuild
check "the folder is written again" equal "$status" 0
cp -r "$LOG_DIR" "$work/published"
rm -r "${LOG_DIR:?}/tile"
relay log rebuild
check "without its tiles too" equal "$status" 0
check "byte for byte what was published" diff -r "$work/published" "$LOG_DIR"
bundle=$(find "$LOG_DIR/tile/entries" -type f | head -n 1)
printf 'x' | dd of="$bundle" bs=1 seek=7 conv=notrunc 2>/dev/null
mkdir -p "$LOG_DIR/tile/7" "$LOG_DIR/tile/0/x009"
touch "$LOG_DIR/tile/7/000" "$LOG_DIR/tile/0/x009/001" "$LOG_DIR/tile/0/000.p.new"
ln -s /etc/passwd "$LOG_DIR/tile/link"
rm "$LOG_DIR/checkpoint"
relay log rebuild
check "damaged and littered too" equal "$status" 0
check "byte for byte again" diff -r "$work/published" "$LOG_DIR"
check "as someone else's implementation reads it" "$tests/support/log_root.sh" "$LOG_DIR" "$LOG_VKEY"

# ---- an operator who changes rows ----
relay backup "$work/last.db"
check "a last backup" equal "$status" 0
"$tests/support/sandbox.sh" down "$sandbox" >/dev/null
relay log check
check "the database of a relay that stands still is read where it is" equal "$status" 0
out=$(flock "$sandbox/state/relay.lock" "$BIN/safehand-relay" log check --config "$sandbox/relay.yaml" 2>&1)
check "but not while a relay takes it up" equal "$?" 1
check "as it says" grep -q "runs here, or is starting or ending" <<<"$out"
relay log rebuild
check "a rebuild needs the relay" equal "$status" 1
check "as it says" grep -q "no relay answers" <<<"$out"
relay backup "$work/late.db"
check "a backup too" equal "$status" 1
check "and leaves nothing" equal "$(echo "$work"/late.db*)" "$work/late.db*"
if command -v sqlite3 >/dev/null; then
    cp "$work/last.db" "$work/changed.db"
    sqlite3 "$work/changed.db" 'UPDATE message SET accepted_ms = accepted_ms - 60000 WHERE seq = 3'
    relay log check --database "$work/changed.db"
    check "a time that was changed is a difference" equal "$status" 4
    check "that is named" grep -q "table message, row 3, column accepted_ms" <<<"$out"
fi

# ---- the backup in a fresh folder ----
mv "$sandbox/state" "$work/old-state"
mkdir -m 700 "$sandbox/state"
cp "$work/last.db" "$sandbox/state/relay.db"
chmod 600 "$sandbox/state/relay.db"
relay log check
check "the last backup in a fresh folder passes the check" equal "$status" 0
"$tests/support/sandbox.sh" start "$sandbox" >/dev/null
send_one 11
check "a relay starts with it and accepts" equal "$status" 0
sync_desks $mash
at $mash --json inbox
check "and everything that was accepted arrives" equal "$(jq length <<<"$out")" 11
result
