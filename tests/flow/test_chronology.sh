#!/usr/bin/env bash
# The 402 episodes of a census file go to children's social care as referrals from the desks that their source codes stand
# for, each is decided no further action, and the chronology gives the file back: same children, dates, order. What it
# flags equals what SQLite counts over the file without the program. Nothing is read without OPENED.
. "$(dirname "$0")/lib.sh"
mash=mash@999.social-care
episodes=$tests/data/cin-episodes.csv
desk_table=$tests/support/cin-desks.tsv
sandbox_up

# ---- the file as documents, a folder for each desk ----
"$tests/support/census.sh" referrals "$work/from"
check "every source code of the file has a desk" test ! -e "$work/from/null"
check "the file has 402 episodes" equal "$(find "$work/from" -name '*.json' | wc -l)" 402
for folder in "$work"/from/*; do
    at "$(basename "$folder")" --json send "$folder"
    check "$(basename "$folder") refers $(ls "$folder" | wc -l) times" test "$status" = 0
done
sync_desks $mash
at $mash --json inbox
check "social care has 402 referrals" equal "$(jq '[.[] | select(.kind == "referral")] | length' <<<"$out")" 402

# ---- every one is decided no further action, as the file says ----
"$tests/support/census.sh" decisions "$work/decisions" <<<"$out"
at $mash --json send "$work/decisions"
check "402 decisions go as one batch" equal "$(jq '[.[] | select(.state == "accepted")] | length' <<<"$out")" 402

# ---- the chronology gives the file back ----
mapfile -t children < <(tail -n +2 "$episodes" | cut -d, -f1 | sort -u)
keys=()
for child in "${children[@]}"; do keys+=(--child "local:$child"); done
start=$EPOCHREALTIME
at $mash --json chronology "${keys[@]}"
printf '   %d chronologies in %d ms\n' ${#children[@]} $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
check "a chronology for each of the 332 children" equal "$status ${#children[@]} $(jq length <<<"$out")" "0 332 332"
printf '%s' "$out" >"$work/all.json"
jq -r '.[] | (.key | ltrimstr("local:")) as $id | .rows[] | select(.kind == "referral" and .part == "message") |
    [$id, .happened_at] | join(",")' "$work/all.json" >"$work/have"
tail -n +2 "$episodes" | awk -F, '{print $1 "," $6}' | sort >"$work/want"
check "the same children, dates and order as the file" diff "$work/want" "$work/have"
jq -r '.[] | (.key | ltrimstr("local:")) as $id | [$id, (.children | length | tostring), .children[0].names[0],
    .children[0].dates_of_birth[0], (.children[0].identifiers[] | select(.kind == "upn") | .value)] | join(",")' "$work/all.json" >"$work/have"
tail -n +2 "$episodes" | awk -F, '{print $1 ",1," $1 "," $3 "," $2}' | sort -u >"$work/want"
check "one child each, with its date of birth and its UPN, whether the letter holds or not" diff "$work/want" "$work/have"
check "every referral has its decision: no further action" equal \
    "$(jq '[.[].rows[] | select(.kind == "decision" and .outcome == "no_further_action")] | length' "$work/all.json")" 402
check "every row is proven, and every role is shown, if only as not said" jq -e \
    '[.[].rows[] | .proof == "verified" and (.children | length == 1) and .children[0].role == "not_said"] | all' "$work/all.json"

# ---- what SQLite says of letters and flags, without the program ----
{
    echo ".mode csv"
    echo ".import '$episodes' e"
    # The sum of digits times their weights 2 to 13, and the letter that stands for its remainder by 23.
    echo "WITH RECURSIVE d(u, i, s) AS (SELECT DISTINCT upn, 2, 0 FROM e UNION ALL
            SELECT u, i + 1, s + i * CAST(substr(u, i, 1) AS INTEGER) FROM d WHERE i < 14)
          SELECT 'letter', count(*) FROM d WHERE i = 14 AND substr('ABCDEFGHJKLMNPQRTUVWXYZ', s % 23 + 1, 1) <> substr(u, 1, 1);"
    echo "SELECT 'referred_again', la_child_id, referral_date FROM e WHERE EXISTS (SELECT 1 FROM e AS o WHERE
            o.la_child_id = e.la_child_id AND o.referral_date < e.referral_date AND e.referral_date <=
            (CAST(substr(o.referral_date, 1, 4) + 1 AS TEXT) || substr(o.referral_date, 5))) ORDER BY 2, 3;"
    echo "SELECT 'no_further_action', la_child_id, count(*) - 1 FROM e GROUP BY 2 HAVING count(*) > 1 ORDER BY 2;"
} >"$work/flags.sql"
sqlite3 :memory: <"$work/flags.sql" | tr -d '\r"' >"$work/counted"
check "doubtful UPNs are those whose letter SQLite computes otherwise" equal \
    "$(grep -c . <(jq -r '.[].children[].identifiers[] | select(.kind == "upn" and .doubtful) | .value' "$work/all.json"))" \
    "$(sed -n 's/^letter,//p' "$work/counted")"
jq -r '.[] | (.key | ltrimstr("local:")) as $id | .flags[] | select(.rule == "referred_again") |
    [.rule, $id, .on] | join(",")' "$work/all.json" >"$work/have"
check "SQLite counts children referred again" test "$(grep -c '^referred_again' "$work/counted")" -gt 5
check "referred again within 12 months: the same flags" diff <(grep '^referred_again' "$work/counted") "$work/have"
jq -r '.[] | (.key | ltrimstr("local:")) as $id | [.flags[] | select(.rule == "second_no_further_action")] |
    select(length > 0) | ["no_further_action", $id, (length | tostring)] | join(",")' "$work/all.json" >"$work/have"
check "no further action again: the same flags" diff <(grep '^no_further_action' "$work/counted") "$work/have"
check "no other flag" equal "$(jq -r '.[].flags[].rule' "$work/all.json" | sort -u | paste -sd' ')" \
    "referred_again second_no_further_action"

# ---- rules are the partnership's: wider ones in the home count otherwise ----
jq '.gap_days = 40 | (.rules[] | select(.id == "three_concerns")) |= (.within_days = 6000) |
    (.rules[] | select(.id == "two_agencies")) |= (.within_days = 120)' "$tests/../client/dist/patterns.json" \
    >"$sandbox/desks/$mash/patterns.json"
{ echo code,desk; sed -n '/^#/d; s/\t/,/p' "$desk_table"; } >"$work/desks.csv"
{
    echo ".mode csv"
    echo ".import '$episodes' e"
    echo ".import '$work/desks.csv' t"
    echo "CREATE TABLE k AS SELECT la_child_id AS c, referral_date AS d, substr(desk, instr(desk, '@') + 1) AS o FROM e JOIN t
            ON code = referral_source;"
    echo "SELECT 'three_concerns', c, d FROM k WHERE (SELECT count(*) FROM k AS o WHERE o.c = k.c AND o.d <= k.d
            AND julianday(k.d) - julianday(o.d) <= 6000) >= 3 ORDER BY 2, 3;"
    echo "SELECT 'two_agencies', c, d FROM k WHERE (SELECT count(DISTINCT o.o) FROM k AS o WHERE o.c = k.c AND o.d <= k.d
            AND julianday(k.d) - julianday(o.d) <= 120) >= 2 ORDER BY 2, 3;"
} >"$work/wider.sql"
sqlite3 :memory: <"$work/wider.sql" | tr -d '\r"' >"$work/counted"
mapfile -t again < <(cut -d, -f1 "$episodes" | sort | uniq -d | sed 's/^/local:/')
at $mash --json chronology "${again[@]/#/--child=}"
printf '%s' "$out" >"$work/all.json"
for rule in three_concerns two_agencies; do
    jq -r --arg rule $rule '.[] | (.key | ltrimstr("local:")) as $id | .flags[] | select(.rule == $rule) |
        [.rule, $id, .on] | join(",")' "$work/all.json" >"$work/have"
    check "SQLite counts $rule" grep -q "^$rule" "$work/counted"
    check "$rule: the same flags" diff <(grep "^$rule" "$work/counted") "$work/have"
done
echo '{"gap_days": 40, "rules": [{"id": "a", "says": "b", "kinds": ["referal"], "count": 2}]}' >"$sandbox/desks/$mash/patterns.json"
at $mash --json chronology --child "local:${children[0]}"
check "a rule that cannot be right is an error with its place" grep -q 'rules\[0\].kinds' <<<"$out"
rm "$sandbox/desks/$mash/patterns.json"

# ---- looking is reading, and nothing of a child stands on the disk ----
sync_desks $mash dsl@999001.school
at dsl@999001.school --json track
check "each referral that the chronology showed is opened, signed and logged" jq -e \
    '[.[] | select(.kind == "referral") | [.facts[] | select(.fact == "opened" and .proof == "verified")] | length == 1] | length == 25 and all' <<<"$out"
check "no name, UPN or identifier stands in the vault" bash -c \
    "! grep -aF -f <(tail -n +2 '$episodes' | cut -d, -f1,2 | tr ',' '\n') '$sandbox/desks/$mash'/vault.db*"

# ---- case 09: concerns of the own desk become a referral that quotes them ----
school=dsl@999001.school
health=safeguarding@ex1.health
police=encompass@exampleshire.police
k="name:Child K Example-Nine/2017-09-30"
for i in 0 1; do step_of "$cases/09-concerns-promoted.json" $i >"$work/09-$i.json"; done
send_case $school "$work/09-0.json"
first=$id
send_case $school "$work/09-1.json"
step_of "$cases/09-concerns-promoted.json" 2 | jq --arg a "$first" --arg b "$id" '.promotes = [$a, $b]' >"$work/09-2.json"
send_case $school "$work/09-2.json"
at $school --json show "$first"
check "the date to look again is kept with the concern" equal "$(field .content.look_again_on)" 2026-11-27
sync_desks $mash
at $mash --json chronology --child "$k"
check "social care reads the concerns that the referral quotes, as the school signed them" jq -e \
    '[.rows[] | select(.kind == "concern") | .proof == "verified" and (.enclosed_in | length) == 32 and .from == "dsl@999001.school"] | length == 2 and all' <<<"$out"
check "the child's words stand in their row" jq -e '[.rows[].child_words[]?.words] | index("I have to let him in or he kicks the door.") != null' <<<"$out"
check "what is not said is marked" jq -e '.rows[0].missing | index("when it happened") != null' <<<"$out"

# ---- a notification that nobody opened: the chronology opens it, and its sender sees that ----
message_of "$cases/03-police-domestic-abuse-notification.json" | jq '.children[0] += {upn: "A123456789013"} |
    .concern.what_happened += " =2+5 <script>alert(1)</script> & \"quoted\""' >"$work/03.json"
send_case $police "$work/03.json"
notification=$id
sync_desks $school
year5="name:YEAR 5  pupil example three/2017-01-12"
at $school --json chronology --child "$year5"
check "hyphens, capitals and spaces do not part a name" equal "$(field '.rows[0].message_id')" "$notification"
check "a witness is shown as a witness" equal "$(field '.rows[0].children[0].role')" witness
check "a UPN whose letter is wrong is kept, and doubtful" jq -e '.children[0].identifiers[0] | .value == "A123456789013" and .doubtful' <<<"$out"
sync_desks $police
at $police --json track "$notification"
check "the police see that it was opened" jq -e '[.facts[] | select(.fact == "opened" and .proof == "verified")] | length == 1' <<<"$out"

# ---- views ----
at $school chronology --child "$year5" --format html --out "$work/page.html"
check "the page is a file that nobody else can read" equal "$status $(stat -c %a "$work/page.html")" "0 600"
check "the marks stand above the words" test "$(grep -n 'NOT TO BE TOLD: Father' "$work/page.html" | head -n 1 | cut -d: -f1)" \
    -lt "$(grep -n 'Officers were called' "$work/page.html" | head -n 1 | cut -d: -f1)"
check "what people wrote is escaped" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;' "$work/page.html"
check "and is no markup" bash -c "! grep -qi '<script\|<img\|<link\|http:\|https:\|url(' '$work/page.html'"
at $school chronology --child "$year5" --format html --out "$work/page.html"
check "a file that is there is not written over" equal "$status" 1
jq '.concern.what_happened = "=HYPERLINK(\"x\")" | .author.name = "+44 1632"' "$work/03.json" >"$work/formula.json"
send_case $police "$work/formula.json"
sync_desks $school
at $school chronology --child "$year5" --format csv --out "$work/rows.csv"
sqlite3 :memory: ".mode csv" ".import '$work/rows.csv' r" "SELECT what, who, handling FROM r WHERE what LIKE '%HYPERLINK%'" >"$work/cells"
check "no cell is a formula" grep -q "^\"'=HYPERLINK" "$work/cells"
check "nor begins with a plus" grep -q "'+44 1632" "$work/cells"
check "marks are in every line of the CSV" grep -q "NOT TO BE TOLD: Father" "$work/cells"
at $school chronology --child "$year5"
check "the table has marks, rows and roles" bash -c "grep -q 'NOT TO BE TOLD' <<<'$(tr -d \' <<<"$out")' && grep -q 'role: witness' <<<'$(tr -d \' <<<"$out")'"

# ---- likeness is no proof: doubtful numbers, links, and parting again ----
jq '.children[0] |= (.given_names = "Somebody" | .family_name = "Else" | .date_of_birth = "2016-02-02") |
    .concern.what_happened = "Another event"' "$work/03.json" >"$work/else.json"
send_case $police "$work/else.json"
other=$id
sync_desks $school
at $school --json chronology --child "$year5"
check "a UPN that fails its letter merges nothing" jq -e --arg id "$other" '[.rows[].message_id] | index($id) == null' <<<"$out"
check "it is listed as possible, with what is alike and none of its words" jq -e --arg id "$other" \
    '[.possible[] | select(.message_id == $id)] | length == 1 and (.[0].like | index("UPN that fails its check letter") != null) and (.[0] | has("what") | not)' <<<"$out"
at $school --json track "$other" && sync_desks $police && at $police --json track "$other"
check "what is only possible is not opened" jq -e '[.facts[].fact] | index("opened") == null' <<<"$out"
at $school --json chronology --child upn:A123456789013
check "a doubtful number that fits two children is ambiguous" equal "$status $(field .error)" "1 ambiguous"
at $school --json chronology --child upn:A123456789013/2016-02-02
check "with the date of birth it is one" equal "$(field '[.rows[].message_id] | unique | length')" 1
at $school --json chronology link "$year5" "name:Somebody Else/2016-02-02" --reason "Moved, renamed by deed poll"
check "a person links them" equal "$status" 0
at $school --json chronology --child "$year5"
check "then they are one, and the row says who said so" jq -e --arg id "$other" \
    '[.rows[] | select(.message_id == $id) | .children[0].matched | index("linked by hand") != null] | length > 0 and all' <<<"$out"
check "the link is shown with its reason" jq -e '.links[0] | .linked and .reason == "Moved, renamed by deed poll"' <<<"$out"
check "and that the messages disagree" jq -e '.children[0].differs | index("date of birth") != null' <<<"$out"
check "the reason is sealed in the vault" bash -c "! grep -aqF 'deed poll' '$sandbox/desks/$school'/vault.db*"
at $school --json chronology unlink "$year5" "name:Somebody Else/2016-02-02" --reason "It was another child"
at $school --json chronology --child "$year5"
check "parted again" jq -e --arg id "$other" '([.rows[].message_id] | index($id) == null) and (.links[-1].linked | not)' <<<"$out"
at $school chronology link "$year5" "$year5" --reason x
check "a key is not linked with itself" equal "$status" 2

# ---- no flag confuses a child harmed with one alleged to have harmed ----
for role in harmed alleged_to_have_harmed harmed; do
    n=$((${n:-0} + 1))
    jq -n --arg role $role --arg n $n '{kind: "concern", to: ["dsl@999001.school"], author: {name: "T", role: "Teacher"},
        children: [{given_names: "Child Z", family_name: "Example", date_of_birth: "2015-05-05", role: $role}],
        concern: {occurred_from: "2026-11-10", what_happened: $n}}' >"$work/role.json"
    send_case $school "$work/role.json"
done
z="name:Child Z Example/2015-05-05"
at $school --json chronology --child "$z"
check "two as harmed and one as alleged are not three" equal "$(field '.flags | length')" 0
check "each row shows its role" equal "$(field '[.rows[].children[0].role] | sort | join(" ")')" "alleged_to_have_harmed harmed harmed"
jq '.children[0].role = "both" | .concern.what_happened = "both"' "$work/role.json" >"$work/both.json"
send_case $school "$work/both.json"
at $school --json chronology --child "$z"
check "a third as harmed raises the flag, in that role" equal "$(field '[.flags[] | .rule + " " + .role] | join(",")')" "three_concerns harmed_or_not_said"

# ---- rows go on, and what a third agency signed verifies at the reader ----
jq -n '{kind: "notification", subtype: "hospital_attendance", to: ["dsl@999001.school"], author: {name: "Nurse", role: "Nurse"},
    children: [{given_names: "Child Z", family_name: "Example", date_of_birth: "2015-05-05", role: "harmed", nhs_number: "943 476 5919"}],
    handling: {not_to_be_told: ["Uncle"]},
    concern: {occurred_from: "2026-11-12", what_happened: "Burn on the left hand.", observations: [{seen_by: "Nurse", how: "seen",
        source: "professional", when: "2026-11-12T09:00:00Z", words: "Round, 1 cm"}]}}' >"$work/burn.json"
send_case $health "$work/burn.json"
burn=$id
sync_desks $school
at $school --json chronology --child nhs:9434765919
check "an NHS number that holds joins what name and date of birth join" equal "$(field '[.rows[] | select(.part == "message")] | length')" 5
row=$(jq --arg id "$burn" '[.rows[] | select(.message_id == $id and .part == "message")][0].row' <<<"$out")
at $school --json chronology --child "$z" --rows "1,$row" --send-to $mash --author "Designated lead" --role DSL
check "two rows go on" equal "$status $(field .kind)" "0 chronology"
sent=$(field .message_id)
sync_desks $mash
at $mash --json show "$sent"
check "the reader has both messages, as school and hospital signed them" jq -e '[.enclosures[] | .proof + " " + .from] | sort ==
    ["verified dsl@999001.school", "verified safeguarding@ex1.health"]' <<<"$out"
check "the handling marks went along" equal "$(field '.content.handling.not_to_be_told[0]')" Uncle
at $mash --json chronology --child "$z"
check "they are rows of the reader's chronology, each once" equal \
    "$(field '[.rows[] | select(.part == "message" and .kind != "chronology") | .proof + " " + .kind] | sort | join(",")')" "verified concern,verified notification"
row=$(jq --arg id "$burn" '[.rows[] | select(.message_id == $id and .part == "message")][0].row' <<<"$out")
at $mash --json chronology --child "$z" --rows "$row" --send-to $police --author "Duty worker" --role "Social worker"
check "what is held only inside another message goes on, too" equal "$status" 0
sent=$(field .message_id)
sync_desks $police
at $police --json show "$sent"
check "and verifies at the third reader, as the hospital signed it" jq -e \
    '.enclosures | length == 1 and .[0].proof == "verified" and .[0].from == "safeguarding@ex1.health" and .[0].content.concern.what_happened == "Burn on the left hand."' <<<"$out"
at $school chronology --child "$z" --rows 99 --send-to $mash --author A --role B
check "a row that is not there is an error" equal "$status" 2

# ---- a decision not to share: sealed to the own desk, and the log has that there is one ----
jq -n '{kind: "concern", subtype: "decision_not_to_share", to: ["dsl@999001.school"], author: {name: "T", role: "Teacher"},
    children: [{given_names: "Child Z", family_name: "Example", date_of_birth: "2015-05-05", role: "harmed"}],
    concern: {what_happened: "The club asked why she is absent."},
    not_shared: {with_whom: "Swimming club", reasons: "Nothing that the club needs to keep her safe.", decided_by: {name: "DSL", role: "DSL"}}}' >"$work/kept.json"
jq 'del(.not_shared)' "$work/kept.json" >"$work/no-reason.json"
at $school --json send "$work/no-reason.json"
check "without a reason it is refused" equal "$status" 2
send_case $school "$work/kept.json"
kept=$id
at $school --json sent
check "it stands at the own desk, by its name" equal "$(jq -r --arg id "$kept" '.[] | select(.message_id == $id) | .subtype + " " + (.to | join(","))' <<<"$out")" \
    "decision_not_to_share dsl@999001.school"
at $school --json track "$kept"
check "that there is one is in the log" jq -e '[.facts[] | select(.fact == "accepted" and .proof == "verified")] | length == 1' <<<"$out"
at $school --json chronology --child "$z"
check "it is a row with its reasons, and is not missing its event" jq -e --arg id "$kept" \
    '[.rows[] | select(.message_id == $id)][0] | (.what | contains("needs to keep her safe")) and .missing == []' <<<"$out"
check "and no further concern" equal "$(field '[.flags[] | select(.rule == "three_concerns")] | length')" 2

# ---- a correction stands beside what it corrects ----
jq -n '{corrects: "children[0].date_of_birth", was: "2015-05-05", is: "2015-05-06", reason: "Read from the passport.",
    author: {name: "Nurse", role: "Nurse"}}' >"$work/correction.json"
at $health --json correct "$burn" "$work/correction.json"
check "the hospital corrects" equal "$status" 0
sync_desks $school
at $school --json chronology --child "$z"
check "both are in the chronology, under the child's earlier date of birth" jq -e --arg id "$burn" \
    '([.rows[].message_id] | index($id) != null) and ([.rows[] | select(.kind == "correction") | .what] == ["children[0].date_of_birth: was 2015-05-05, is 2015-05-06\nRead from the passport."])' <<<"$out"

# ---- siblings ----
message_of "$cases/20-siblings-and-unborn.json" >"$work/20.json"
send_case $health "$work/20.json"
sync_desks $mash
at $mash --json chronology --household --child "name:Kiki Example-Twenty/2024-05-02"
check "the household: the child, the unborn and the sibling who lives elsewhere" equal \
    "$(field '[.children[].names[0]] | sort | join(",")')" "Child Q Example-Twenty,Child R,Unborn Example-Twenty"
at $mash --json chronology --child "name:Kiki Example-Twenty/2024-05-02"
check "without --household one child" equal "$(field '.children | length')" 1
at $mash --json chronology --child "name:Nobody/2011-01-01"
check "nothing held is exit 1" equal "$status $(field .error)" "1 not_found"
at $mash --json chronology --child "Nobody"
check "a key of no form is exit 2" equal "$status" 2
result
