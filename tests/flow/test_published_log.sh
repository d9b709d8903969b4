#!/usr/bin/env bash
# An auditor who has the log's key, a copy of what the relay published, and nothing else: a log that holds, the same with
# one thing changed, one that was rolled back; a proof of one entry, off line.
. "$(dirname "$0")/lib.sh"
school=dsl@999003.school
sandbox_up
mkdir "$work/audit"

# audit COMMAND...: without a home of a seat; output in $out, exit status in $status
audit() {
    out=$(SAFEHAND_HOME=$work/audit "$BIN/safehand" --json audit "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}
verify() { audit verify --vkey "$LOG_VKEY" "$@"; }

# ---- a log that holds ----
cp "$LOG_DIR/checkpoint" "$work/older"
message_of "$cases/01-nursery-neglect-referral.json" >"$work/01.json"
send_case $school "$work/01.json"
index=$(field .log_index)
check "a relay that ends in order has published everything" "$tests/support/sandbox.sh" down "$sandbox"
cp -r "$LOG_DIR" "$work/log"
verify --log "$work/log" --previous "$work/older"
check "the published log verifies" equal "$status $(field .verdict) $(field .safehand)" "0 verified true"
check "as many entries as the checkpoint says" equal "$(field .entries)" "$(sed -n 2p "$work/log/checkpoint")"
check "the older checkpoint is a front of it" equal "$(field .consistent_with)" "$(sed -n 2p "$work/older")"
verify --log "file://$work/log"
check "the same by file://" equal "$status" 0
check "the Go project's packages say the same" "$tests/support/log_root.sh" "$work/log" "$LOG_VKEY"
verify --log "$work"
check "a folder without a log is no failed proof" equal "$status $(field .error)" "1 not_found"
audit verify --log "$work/log" --vkey "another.example/log+${LOG_VKEY#*+}"
check "a key that is none is refused" equal "$status" 2

# ---- proofs, off line ----
audit proof "$index" --log "$work/log" --vkey "$LOG_VKEY" --out "$work/entry.tlog-proof"
check "an entry can be proved" equal "$status" 0
audit verify-proof "$work/entry.tlog-proof" --vkey "$LOG_VKEY"
check "the proof verifies without the log" equal "$status $(field .index)" "0 $index"
sed "s/^index .*/index 0/" "$work/entry.tlog-proof" >"$work/other.tlog-proof"
audit verify-proof "$work/other.tlog-proof" --vkey "$LOG_VKEY"
check "and for no other place" equal "$status $(field .verdict)" "4 failed"
audit proof 999999 --log "$work/log" --vkey "$LOG_VKEY" --out "$work/none.tlog-proof"
check "what is not there is not proved" equal "$status $(test -e "$work/none.tlog-proof" && echo there)" "1 "

# ---- one byte of one entry ----
bundle=tile/entries/000.p/$(sed -n 2p "$work/log/checkpoint")
cp -r "$work/log" "$work/changed"
printf '\xff' | dd of="$work/changed/$bundle" bs=1 seek=60 conv=notrunc status=none
verify --log "$work/changed" --keep "$work/evidence"
check "a changed entry: exit 4, the entry named" equal "$status $(field .fault) $(field .index) $(field .path)" "4 entry 1 $bundle"
check "in words, too" grep -q "^NOT VERIFIED: entry 1 is not the one that was signed" "$work/stderr"
check "the signed checkpoint is kept" cmp -s "$(field .evidence)/checkpoint" "$work/changed/checkpoint"
audit proof 1 --log "$work/changed" --vkey "$LOG_VKEY" --out "$work/none.tlog-proof"
check "the changed entry cannot be proved" equal "$status $(test -e "$work/none.tlog-proof" && echo there)" "4 "

# ---- a file that is gone ----
cp -r "$work/log" "$work/short"
rm "$work/short/$bundle"
verify --log "$work/short"
check "a missing file is named" equal "$status $(field .fault) $(field .path)" "4 file $bundle"
check "evidence goes into the home" test -s "$work/audit/audit-evidence/"*/finding.txt

# ---- a roll-back: the relay's folder of yesterday ----
cp "$work/log/checkpoint" "$work/newer"
cp -r "$work/log" "$work/rolled"
cp "$work/older" "$work/rolled/checkpoint"
verify --log "$work/rolled" --previous "$work/newer"
check "fewer entries than were signed before" equal "$status $(field .fault)" "4 rollback"
check "both signed checkpoints are kept" cmp -s "$(field .evidence)/previous-checkpoint" "$work/newer"

result
