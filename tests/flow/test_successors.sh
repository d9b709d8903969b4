#!/usr/bin/env bash
# Schools close. The official file of links goes into the register, from there into the signed directory; who writes to a
# closed school is told its successor before anything is sealed, is asked where there are several, and nothing is guessed.
. "$(dirname "$0")/lib.sh"
police=encompass@exampleshire.police
sandbox_up

ca() { SAFEHAND_PASSPHRASE_FILE=$sandbox/passphrase "$BIN/safehand-ca" "$@" --dir "$sandbox/ca"; }
import() { # ARGUMENTS...: output in $out, its exit status in $status
    out=$(ca directory import links "$@" 2>"$work/stderr")
    status=$?
    err=$(cat "$work/stderr")
}
to_school() { # CODE: case 03, written to the lead of another school
    jq --arg to "dsl@$1" 'del(.expected) | .to = [$to]' "$cases/03-police-domestic-abuse-notification.json" >"$work/$1.json"
}
says() { grep -q -- "$1" <<<"$err"; }
accepted_by() { equal "$(jq -r '.to | join(",")' <<<"$out")" "$1"; }
# Nothing was written to the outbox, and so nothing was sealed.
outbox_holds() {
    at $police --json sent
    equal "$(jq length <<<"$out")" "$1"
}

# ---- the real file, then one that says what became of the sandbox's schools ----

start=$(date +%s%N)
import "$tests/data/school-links.csv" --json
elapsed_ms=$((($(date +%s%N) - start) / 1000000))
check "the real file is imported" test "$status" = 0
check "all its rows are read" equal "$(field '.rows, .rows_bad')" "$(printf '33801\n0')"
check "splits, chains and circles are counted" equal "$(field '[.splits_by_successor_rows, .splits, .chained, .cycles] | join(" ")')" "80 86 3042 10"
check "it takes under 2 s (took $elapsed_ms ms)" test "$elapsed_ms" -lt 2000

header='"URN","LinkURN","LinkName","LinkType","LinkEstablishedDate"'
printf '%s\r\n' "$header" \
    '"999101","999102","Example Junior School","Successor","31-08-2023"' \
    '"999102","999101","Example Infant School","Predecessor","01-09-2023"' \
    '"999102","999002","Example Secondary School","Successor","31-08-2025"' \
    '"999103","999001","Example All-through School","Successor - Split School","31-08-2024"' \
    '"999103","999002","Example Secondary School","Successor - Split School","31-08-2024"' \
    '"999002","999103","Caf'$'\xe9'' Lane ""Old"" School, The","Predecessor - Split School",""' \
    '"999104","999105","Round School","Successor","31-08-2022"' \
    '"999105","999104","About School","Successor","31-08-2022"' \
    '"999003","999001","Example All-through School","Successor - merged","31-08-2026"' \
    '"999004","999104","About School","Other",""' >"$work/links.csv"
ca organisation set 999105.school --name "Round School" >/dev/null 2>&1 # else nobody here needs to know of it
import "$work/links.csv"
check "a small file is imported" test "$status" = 0
check "what is no succession is named" grep -q "1 rows of type 'Other'" <<<"$out"
import "$work/links.csv" --json
check "importing it again is fine" equal "$(field '.imported, .links')" "$(printf 'true\n7')"

# ---- a bad file changes nothing; its rows are named ----

before=$(sha256sum <"$sandbox/ca/register.db")
{ cat "$work/links.csv"; printf '"9991x1","999102","A","Successor",""\r\n"999101","999102","A,"Successor",""\r\n'; } >"$work/bad.csv"
import "$work/bad.csv"
check "a file with bad rows is refused" test "$status" = 1
check "the first is named by line and reason" says "line 12: URN is not the number of a school"
check "the second too" says "line 13: text follows a closing quotation mark"
check "and the register is what it was" equal "$(sha256sum <"$sandbox/ca/register.db")" "$before"
import "$work/bad.csv" --skip-bad-rows --json
check "with --skip-bad-rows the others are taken" equal "$(field '.imported, .rows, .rows_bad')" "$(printf 'true\n10\n2')"
printf 'URN,Name\n1,2\n' >"$work/other.csv"
import "$work/other.csv"
check "a file of another kind is refused" test "$status" = 1
"$tests/support/sandbox.sh" publish "$sandbox" >/dev/null
at $police sync
at $police directory refresh

# ---- looking up ----

at $police --json directory show dsl@999101.school
check "a closed school's address is shown" test "$status" = 0
check "with its closing day" equal "$(field '.closed_on')" 2023-08-31
check "and the end of its chain, with the way there" equal "$(field '.successors[0] | .address, (.path | join(" "))')" \
    "$(printf 'dsl@999002.school\n999101.school 999102.school 999002.school')"
at $police directory search 'Lane "Old"'
check "a name in Windows-1252 arrives as it was meant" grep -q "$(printf 'Caf\xc3\xa9') Lane \"Old\" School, The" <<<"$out"

# ---- sending: a chain, a split, a circle ----

to_school 999101.school
at $police send "$work/999101.school.json"
check "a closed school is not written to" test "$status" = 1
check "the sentence names the successor" says "closed on Thu 31 Aug 2023; its successor is Example Secondary School (dsl@999002.school, by way of 999102.school)"
check "and says what to do" says "--to dsl@999002.school"
check "nothing was sealed" outbox_holds 0
at $police --json send "$work/999101.school.json"
check "a program gets the successors" equal "$status $(field '.code, .successors[0].address' | paste -sd ' ')" "1 closed dsl@999002.school"
at $police --json send "$work/999101.school.json" --to dsl@999002.school
check "with --to it goes to the successor alone" accepted_by dsl@999002.school
id=$(field .message_id)
sync_desks dsl@999002.school
at dsl@999002.school --json show "$id"
check "who can read it" equal "$(field '.content.to | join(",")')" dsl@999002.school

to_school 999103.school
at $police --json send "$work/999103.school.json"
check "a split asks: both are named" equal "$status $(field '[.successors[].address] | sort | join(" ")')" "1 dsl@999001.school dsl@999002.school"
at $police --json send "$work/999103.school.json" --to dsl@999001.school
check "and goes where a person says" accepted_by dsl@999001.school

to_school 999104.school
at $police --json send "$work/999104.school.json" --to dsl@999001.school
check "a circle has no successor, and --to cannot make one" equal "$status $(field '.code, (.successors | length)' | paste -sd ' ')" "1 closed 0"
check "which the sentence says" grep -q "lead round in a circle" <<<"$out"
check "outbox: two went, no more" outbox_holds 2

# ---- on a terminal ----

answer() { # TEXT: what a person types at the question
    printf '%s\n' "$1" | script -qec "'$BIN/safehand' --home '$sandbox/desks/$police' send '$work/999103.school.json' --again" /dev/null >"$work/terminal" 2>&1
}
check "there is a program that plays the terminal" command -v script
answer 2
check "on a terminal it asks" grep -q "Send to which of them" "$work/terminal"
check "and sends to the one chosen" grep -q "to dsl@999002.school: accepted" "$work/terminal"
answer ""
check "no answer sends nothing" outbox_holds 3

# ---- closed, but somebody still sits there ----

to_school 999003.school
at $police send "$work/999003.school.json"
check "a desk that is still live is written to" test "$status" = 0
check "with a note that the school has closed" grep -q "Note: Example Nursery School (999003.school) closed on Mon 31 Aug 2026; its successor is Example All-through School" <<<"$out"
result
