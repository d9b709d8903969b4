#!/usr/bin/env bash
# The relay's disk is gone, and what is left is an older copy: it is put back closed, desks show what they know, a person accepts
# the loss, another log takes up the copy's entries, and the desks offer again what it lacks.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
sandbox_up
export SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase

relay() {
    out=$("$BIN/safehand-relay" "$@" --config "$sandbox/relay.yaml" 2>&1 </dev/null)
    status=$?
    err=$out
}
start() { "$tests/support/sandbox.sh" start "$sandbox" >/dev/null 2>&1; }
stop() { "$tests/support/sandbox.sh" down "$sandbox" >/dev/null 2>&1; }
ask_control() { # WORD
    printf '%s\n' "$1" | perl -MIO::Socket::UNIX -e '
        my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; local $/;
        print $socket scalar <STDIN>; $socket->flush; print <$socket>;' "$sandbox/state/control.sock"
}
until_true() { # COMMAND...: within ten seconds
    local i
    for i in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    return 1
}
send_one() { # NUMBER: its id in $id
    step_of "$cases/18-correction-withdrawal-close.json" 0 |
        jq --arg text "Number $1 before the disk was lost." '.concern.what_happened = $text' >"$work/$1.json"
    at $school --json send "$work/$1.json"
    id=$(field .message_id)
    check "number $1 is accepted" equal "$status" 0
}

# ---- wrong use ----
relay restore
check "restore of nothing is wrong use" equal "$status" 2
relay restore --accept-loss
check "a loss without its code is wrong use" equal "$status" 2
relay backup --accept-loss 1 "$work/x"
check "a code belongs to restore" equal "$status" 2
relay restore status
check "a relay that lost nothing says so" grep -q "nothing is missing" <<<"$out"
relay restore --accept-loss 0000-0000
check "and accepts no loss" grep -q "it serves" <<<"$out"

# ---- a copy, and what comes after it ----
send_one 1
kept=$id
sync_desks $mash $school
relay backup "$work/copy.db"
check "a copy is made" equal "$status" 0
send_one 2
lost=$id
sync_desks $mash
at $mash --json show "$lost"
check "it was read before it was lost" equal "$status" 0
sync_desks $mash $school
send_one 3
unread=$id

# ---- the disk is gone ----
relay restore "$work/copy.db"
check "no copy is put under a relay that runs" equal "$status" 1
stop
before=$(sed -n 2p "$LOG_DIR/checkpoint")
relay restore "$work/copy.db"
check "nor over a database that is there" grep -q "move the whole state folder aside" <<<"$out"
mv "$sandbox/state" "$sandbox/state.gone"
cp "$work/copy.db" "$work/bent.db"
sqlite3 "$work/bent.db" "UPDATE tile SET hashes = zeroblob(length(hashes))"
relay restore "$work/bent.db"
check "a copy whose log does not verify is not put in place" grep -q "was not put in place" <<<"$out"
check "which is for a person to mend" test "$status" != 0
check "nothing of it is left" test ! -e "$sandbox/state/relay.db"
relay restore "$work/copy.db"
check "the copy is put in place" equal "$status" 0
check "it is private" equal "$(stat -c %a "$sandbox/state/relay.db")" 600
check "and alone" equal "$(cd "$sandbox/state" && echo relay.db*)" relay.db
start
until_true ask_control health
check "the relay says that it does not serve" grep -qx "not serving" <<<"$(ask_control health)"
check "and why" grep -q "restoring" <<<"$(ask_control health)"
check "what was published of the lost log stays" equal "$(sed -n 2p "$LOG_DIR/checkpoint")" "$before"

# ---- what is known ----
until_true grep -q larger_log_known "$sandbox/relay.log"
relay restore status --json
check "the published checkpoint says how far the lost log went" equal "$(field .known_entries)" "$before"
check "the relay is restoring" equal "$(field .restoring)" true
code=$(field .code)
kill -9 "$(cat "$sandbox/state/core.pid")"
until_true ask_control health
relay restore status --json
check "after a kill it is still closed, and knows the same" equal "$(field .code)" "$code"

# ---- beginning again ----
relay restore --accept-loss "$code"
check "not under the lost log's name" grep -q "log_origin" <<<"$out"
stop
sed -i 's#^log_origin: .*#log_origin: safehand.example/sandbox/2/test#' "$sandbox/relay.yaml"
"$BIN/safehand-relay" --config "$sandbox/relay.yaml" --make-keys >"$sandbox/keys.2" 2>&1
vkey=$(sed -n 's/^log-vkey //p' "$sandbox/keys.2")
check "the key has a line for the new name" grep -q "^safehand.example/sandbox/2/test+" <<<"$vkey"
start
until_true ask_control health
relay restore --accept-loss "$code"
check "nor one that the directory does not have" grep -q "not the one in the directory" <<<"$out"
ca() { "$BIN/safehand-ca" "$@" --dir "$sandbox/ca" --scrypt-p 1 >"$work/ca.out" 2>&1; }
ca key add --log "$vkey"
check "a key of another name is not taken by accident" grep -q "the partnership's log is" "$work/ca.out"
ca key add --log "$vkey" --in-place-of safehand.example/another
check "nor in place of a log that was never theirs" grep -q "not 'safehand.example/another'" "$work/ca.out"
ca key add --log "$vkey" --in-place-of safehand.example/sandbox/test
check "the officer adds the key" equal "$?" 0
"$tests/support/sandbox.sh" publish "$sandbox" >/dev/null 2>&1
until_true grep -q 'reloaded directory=2' "$sandbox/relay.log"
relay restore --accept-loss 0000-0000
check "another code is refused" grep -q "not the code" <<<"$out"
relay restore --accept-loss "$code"
check "with the code the new log begins" equal "$status" 0
check "as it says" grep -q "safehand.example/sandbox/2/test has begun" <<<"$out"
is_well() { [ "$(ask_control health | head -n 1)" = ok ]; }
until_true is_well
check "the relay serves" is_well
check "the lost log's folder is kept" test -s "$LOG_DIR".lost-*/checkpoint
until_true test -s "$LOG_DIR/checkpoint"
published_whole() { "$tests/support/log_root.sh" "$LOG_DIR" "$vkey"; }
check "the new log is one that someone else's implementation reads" until_true published_whole
relay log check --json
check "every row says what its entry says" equal "$(field .differs)" false
relay restore --accept-loss "$code"
check "a loss is accepted once" grep -q "it serves" <<<"$out"

result
