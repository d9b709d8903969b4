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
    send_case "$school" "$cases/01-nursery-neglect-referral.json"
    check "the log is published" published $((before + 1))
}

# ---- a key and its memory ----
witness key --out "$work/council.key" --name witness.example/council
council=$out
check "a witness's key is made" test "$status" = 0
check "its verifier key has algorithm 4" test "$(cut -d+ -f3 <<<"$council" | base64 -d | head -c1 | od -An -tu1 | tr -d ' ')" = 4
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
{ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; cut -d+ -f3 <<<"$council" | base64 -d | tail -c32; } >"$work/public.der"
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

result
