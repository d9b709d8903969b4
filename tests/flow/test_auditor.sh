#!/usr/bin/env bash
# The auditor with real processes: a few cases, the mirror over the relay protocol, lists, the life of a case, reports in
# every form; and an operator who rewrites history, who is caught with both signed checkpoints kept.
. "$(dirname "$(readlink -f "$0")")/lib.sh" "$1"

auditor=reviews@999.audit
school=dsl@999001.school
mash=mash@999.social-care
mirror=$sandbox/desks/$auditor/audit.db

exits() { equal "$status" "$1"; }
entry_of() { at $auditor --json audit list --event "$1"; jq -r '.[-1].index' <<<"$out"; }

# Until the relay has written what the clock made due: it looks once a second.
sync_until_overdue() {
    local try
    for try in $(seq 100); do
        at $auditor --json audit sync
        [ "$status" = 0 ] || return 1
        at $auditor --json audit list --event overdue --thread "$1"
        [ "$(jq '[.[] | select(.clock == "decided")] | length' <<<"$out" 2>/dev/null)" = 1 ] && return
    done
    return 1
}

sandbox_up --clock 2026-11-20T09:00:00Z

at $auditor audit list
check "nothing to list before the first sync" exits 1
check "and the sentence says what to do" grep -q "audit sync" <<<"$err"

# ---- a case that is answered, one that is forgotten ----
step_of "$cases/06-no-further-action-and-reconsideration.json" 0 | jq '.from = "dsl@999001.school"' >"$work/referral.json"
step_of "$cases/06-no-further-action-and-reconsideration.json" 1 | jq 'del(.from, .to)' >"$work/nfa.json"
send_case $school "$work/referral.json"
answered=$id
sync_desks $mash
at $mash show "$answered"
clock_to +30m
at $mash --json decide "$answered" "$work/nfa.json"
check "it is decided" exits 0
jq '.concern.what_happened += " Another."' "$work/referral.json" >"$work/forgotten.json"
send_case $school "$work/forgotten.json"
forgotten=$id

# ---- the mirror ----
at $school audit sync
check "a school does not get the log" exits 1
check "and is told why" grep -q "sector 'audit'" <<<"$err"
at $auditor --json audit sync
check "the auditor does" exits 0
first=$(field .entries)
check "all of it" test "$first" -gt 8
check "it is the owner's alone" equal "$(stat -c %a "$mirror")" 600
at $auditor --json audit sync
check "a second time nothing is new" equal "$(field .fetched)" 0
at $auditor --json audit list --event audit_read
check "one entry says that the desk read today" equal "$(field 'length')" 1
check "which desk, and how much stood open to it" equal "$(field '.[0].from, (.[0].count | tostring != "null")' | tr '\n' ' ')" "$auditor true "

# ---- time passes, and nobody decides ----
clock_to 2026-11-24T08:00:00Z
sync_desks $school
check "what came meanwhile, what is overdue among it" sync_until_overdue "$forgotten"
check "the same day's leaf is not said twice" equal "$(at $auditor --json audit list --event audit_read; field length)" 2

at $auditor --json audit thread "${forgotten:0:12}"
check "the life of the forgotten case" exits 0
check "shows who owes the decision" equal \
    "$(field '.duties[] | select(.clock == "decided") | "\(.by) \(.state)"')" "$mash overdue"
check "and the relay's own entry that it is overdue" equal \
    "$(field '[.events[] | select(.event == "overdue" and .clock == "decided")] | length')" 1
at $auditor --json audit thread "$answered"
check "the decided one was in time" equal "$(field '.duties[] | select(.clock == "decided") | .state')" in_time
at $auditor audit thread "$answered"
check "in words, too" grep -q "in time.*decided.*by $mash" <<<"$out"
check "no word of any message" bash -c '! grep -qF -f <(tail -n +1 "$0") <<<"$1"' <(secrets) "$out"

# ---- one entry, with a proof that stock tools can follow ----
index=$(entry_of overdue)
at $auditor --json audit show "$index"
check "an entry" exits 0
check "its commitment is that of its opening" equal \
    "$( (field .salt; field .facts) | tr -d '\n' | xxd -r -p | sha256sum | cut -c1-64)" \
    "$(field .leaf | tail -c 65)"
check "its leaf hash is SHA-256 of a zero byte and the leaf" equal \
    "$( (printf 00; field .leaf) | tr -d '\n' | xxd -r -p | sha256sum | cut -c1-64)" "$(field .leaf_hash)"
at $auditor audit show 999999
check "one that there is not" exits 1

# ---- lists ----
at $auditor --json audit list --kind referral --event accepted
check "referrals" equal "$(field length)" 2
at $auditor --json audit list --organisation 999001.school --event accepted
check "by organisation" test "$(field length)" -ge 2
at $auditor --json audit list --from 2026-11-21 --event accepted
check "by time" equal "$(field length)" 0
at $auditor --json audit list --message "$forgotten"
check "by message" equal "$(field '.[0].event')" accepted
at $auditor audit list --event nonsense
check "an event that there is not" exits 2

# ---- reports ----
at $auditor --json audit report --by organisation
check "a report" exits 0
check "decided" equal "$(field '.groups[] | select(.group == "999.social-care") | .figures.decided.count')" 1
check "after the half hour that it took" equal \
    "$(field '.groups[] | select(.group == "999.social-care") | .figures.decided.median / 60 | floor')" 30
check "and not decided" equal "$(field '.groups[] | select(.group == "999.social-care") | .figures.not_decided.count')" 1
check "overdue" equal "$(field '.groups[] | select(.group == "999.social-care") | .figures["overdue.decided"].count')" 1
check "no further action" equal "$(field '.all.figures.no_further_action.count')" 1
check "the hours without a sign of life" test "$(field '.outages | length')" -ge 1
at $auditor audit report --by week
check "as a table" grep -q "no_further_action" <<<"$out"
at $auditor audit report --by sector --format csv
check "for a spreadsheet" grep -q '^"social-care","decided","time",1,' <<<"$out"
at $auditor audit report --by kind --format html
printf '%s\n' "$out" >"$work/report.html"
check "as a page" grep -q "<h2>Time to a decision for every child</h2>" "$work/report.html"
check "that asks nothing of another machine" bash -c '! grep -qiE "https?://|src=|url\(|@import|<script" "$0"' "$work/report.html"
at $auditor --json audit report --suppress
check "small counts can be hidden" equal "$(field '.all.figures.decided.suppressed')" true
at $auditor --json audit report --why 999.social-care:decided
check "why" equal "$(field '.why.entries | length')" 1
check "with the proof" test "$(field '.why.entries[0].proof | length')" -gt 2
at $auditor audit report --why 999.social-care:nonsense
check "a figure that there is not" exits 1
at $auditor audit report --by colour
check "nor is there such a group" exits 2

# ---- the mirror's own file ----
at $auditor --json audit sync --whole
check "all of it holds" exits 0
if command -v sqlite3 >/dev/null; then
    cp "$mirror" "$work/mirror.db"
    sqlite3 "$mirror" "update fact set outcome = 1 where outcome = 2"
    at $auditor audit sync --whole
    check "a changed mirror is found" exits 4
    check "and the entry named" grep -q "columns of entry" <<<"$err"
    rm -f "$mirror"-*
    cp "$work/mirror.db" "$mirror"
fi

# ---- an operator who goes back to an old state and writes another history ----
stop() { "$tests/support/sandbox.sh" down "$sandbox" >/dev/null 2>&1; }
start() { "$tests/support/sandbox.sh" start "$sandbox" >/dev/null 2>&1; }
at $auditor --json audit sync
common=$(field .entries)
stop
cp -a "$sandbox/state" "$work/old-state"
start
jq '.concern.what_happened += " A third."' "$work/referral.json" >"$work/third.json"
send_case $school "$work/third.json"
at $auditor --json audit sync
check "the true history" exits 0
known=$(field .entries)
stop
rm -rf "$sandbox/state"
cp -a "$work/old-state" "$sandbox/state"
start
at $auditor --json audit sync
check "another history is caught" exits 4
check "as a contradiction" equal "$(field .fault)" contradiction
named=$(field .index)
check "the first entry that differs is named" equal "$named" "$common"
check "one that was known" test "$named" -lt "$known"
evidence=$(field .evidence)
check "both signed checkpoints are kept" test -s "$evidence/checkpoint" -a -s "$evidence/previous-checkpoint"
check "they are two" bash -c '! cmp -s "$0/checkpoint" "$0/previous-checkpoint"' "$evidence"
check "and the finding in words" grep -q "entry $named" "$evidence/finding.txt"
at $auditor audit list --event accepted
check "the mirror keeps the true history" exits 0
at $auditor --json audit sync
check "and says so again" exits 4

result
