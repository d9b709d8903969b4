#!/usr/bin/env bash
# The clarity check with the real program: quiet on good writing, helpful on the rest, never in the way of sending.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
mash=mash@999.social-care
vague=$cases/10-vague-referral-for-the-clarity-check.json
no_home=$work/no-home # no seat is needed

# check_file FILE ARGUMENTS...: the check's JSON in $out
check_file() {
    out=$("$BIN/safehand" --home "$no_home" --json check "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}
count() { jq "[.findings[] | select($1)] | length" <<<"$out"; }

# Every message of every case, alone in a file. What only tests have, and numbers in place of ids, are put right.
mkdir "$work/messages"
for file in "$cases"/*.json; do
    name=$(basename "$file" .json)
    steps=$(jq '.thread // [.] | length' "$file")
    for ((i = 0; i < steps; i++)); do
        jq ".thread // [.] | .[$i] | del(.expected, .attachments)
            | if .promotes then .promotes = [\"00000000000000000000000000000001\"] else . end" \
            "$file" >"$work/messages/$name.$i.json"
    done
done
for file in "$work"/messages/*.json; do
    name=$(basename "$file")
    check_file "$file"
    check "$name is checked" test "$status" = 0
    check "$name: each finding has all that it needs" jq -e '.findings | all(
        (.code, .path, .why, .instead | length > 0) and (.about == "wording") == has("words"))' <<<"$out"
    case $name in
    0[1-5]-*|20-*) check "$name: nothing about wording" equal "$(count '.about == "wording"')" 0 ;;
    esac
    case $name in
    0[1-3]-*|07-*|12-*|13-*|14-*|15-*|17-*|19-*|21-*) check "$name: nothing at all" equal "$(count true)" 0 ;;
    esac
done

check_file "$work/messages/$(basename "$vague" .json).0.json"
check "the vague referral has at least eight findings" test "$(count true)" -ge 8
for phrase in "Ongoing concerns around" "poor home conditions" "struggles to engage" "inappropriate" "at times" \
    "can be challenging" "well known to services"; do
    check "it points at '$phrase'" equal "$(jq --arg p "$phrase" '[.findings[] | select(.words == $p)] | length' <<<"$out")" 1
done
for code in child_words when time_of_day where who_saw impact asked_for parents_know; do
    check "it asks for $code" equal "$(count ".code == \"$code\"")" 1
done
said=$("$BIN/safehand" --home "$no_home" check "$work/messages/$(basename "$vague" .json).0.json")
check "a person reads what to write instead" grep -q 'You do not need agreement to protect a child' <<<"$said"

check_file "$vague"
check "a test's wrapper is refused as by send" test "$status" = 2
check "with its place" grep -q '^expected: ' <(jq -r .sentence <<<"$out")
check_file "$work/messages"
check "a folder gives a list" equal "$(jq length <<<"$out")" "$(ls "$work/messages" | wc -l)"

# A partnership's own rules.
jq '.phrases = [{code: "ours", find: ["had seen"], why: "w", instead: "i"}] | .questions = []' \
    "$(dirname "$tests")/client/dist/clarity-england.json" >"$work/ours.json"
check_file --rules "$work/ours.json" "$work/messages/03-police-domestic-abuse-notification.0.json"
check "--rules takes another file" equal "$(count '.code == "ours"')" 1
jq '.phrases[3].instead = 7' "$(dirname "$tests")/client/dist/clarity-england.json" >"$work/broken.json"
check_file --rules "$work/broken.json" "$work/messages/03-police-domestic-abuse-notification.0.json"
check "a broken one is told" test "$status" = 2
check "with its place" grep -q 'phrases\[3\].instead' <(jq -r .sentence <<<"$out")

# ---- sending ----

sandbox_up
export SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase

# another NAME FILTER: the vague referral, changed so that it is not the same document
another() { message_of "$vague" | jq ".references = [\"$1\"] | ${2:-.}" >"$work/$1.json"; }

another plain
at "$school" --json send "$work/plain.json"
check "what is vague goes on its way" test "$status" = 0
check "the result has the shape that it always has" equal "$(field '[.state, has("findings"), has("clarity")] | join(" ")')" \
    "accepted false false"
check "the advice stands on standard error" grep -q '16 places could be clearer' <<<"$err"
check "without the words that were found: it may be a log" test -z "$(grep -i 'struggles to engage' <<<"$err")"

another own-rules
cp "$work/ours.json" "$sandbox/desks/$school/clarity.json"
at "$school" send "$work/own-rules.json"
check "the home's rules are used" test -z "$(grep 'impact' <<<"$err")"
cp "$work/broken.json" "$sandbox/desks/$school/clarity.json"
another broken-rules
at "$school" send "$work/broken-rules.json"
check "broken rules keep nothing back" test "$status" = 0
check "and are told" grep -q 'clarity check could not be made.*phrases\[3\]' <<<"$err"
rm "$sandbox/desks/$school/clarity.json"

# on_terminal INPUT ARGUMENTS...: as a person at the school would
on_terminal() {
    out=$(printf '%b' "$1" | script -qec "$(printf '%q ' "$BIN/safehand" --home "$sandbox/desks/$school" "${@:2}")" /dev/null)
    status=$?
    err=$out
}
another refused
on_terminal 'n\n' send "$work/refused.json"
check "on a terminal a person can say no" test "$status" = 1
check "and sees the words that were found" grep -q 'struggles to engage' <<<"$out"
check "and is told that nothing was sent" grep -q 'Nothing was sent' <<<"$out"
at "$school" --json status
check "nothing waits" equal "$(field .waiting)" 0
on_terminal '\n' send "$work/refused.json"
check "an empty line sends" test "$status" = 0
check "it is asked once" equal "$(grep -c 'Send as it is' <<<"$out")" 1
another immediate '.urgency = "immediate"'
on_terminal '' send "$work/immediate.json"
check "nothing is asked where a child is in immediate danger" test -z "$(grep 'Send as it is' <<<"$out")"
check "it is sent" test "$status" = 0
check "999 comes first, once" equal "$(grep -n 'CALL 999' <<<"$out" | cut -d: -f1)" 1
message_of "$cases/01-nursery-neglect-referral.json" | jq ".from = \"$school\"" >"$work/good.json"
on_terminal '' send "$work/good.json"
check "good writing is sent without a word" test -z "$(grep -E 'clearer|Send as' <<<"$out")"
mkdir "$work/several"
for i in 1 2; do another "several/$i"; done
at "$school" send "$work/several"
check "of several only a line" grep -q '^2 of 2 files could be clearer' <<<"$err"

# Nothing of it reaches the relay, or its log.
sync_desks "$mash"
check "no advice in what the relay holds" test -z "$(grep -rlE 'could be clearer|it is not said' "$sandbox/state" "$sandbox/relay.log" 2>/dev/null)"
result
