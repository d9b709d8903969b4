#!/usr/bin/env bash
# The casework, after a message was sent: what was not for them is sent again or passed on, differences are resolved level by
# level, silence is pressed, the telephone is put in writing, a request is answered, an allegation stays with the head alone.
. "$(dirname "$0")/lib.sh"
school=dsl@999001.school
deputy=dsl@999001.school+deputy
head=head@999001.school
colleague=head@999001.school+colleague
college=dsl@999004.school
secondary=dsl@999002.school
police=safeguarding@exampleshire.police
health=safeguarding@ex1.health
mash=mash@999.social-care
managers=managers@999.social-care
missing=missing@999.social-care
lado=lado@999.social-care
sandbox_up --clock 2026-11-20T09:00:00Z

answer() { # DESK VERB ID FILE [OPTIONS]: the new message's id in $id
    at "$1" sync
    at "$1" --json "$2" "$3" "${@:4}"
    id=$(field '(if type == "array" then .[0] else . end).message_id')
}
says() { grep -q -- "$1" <<<"$err"; }
exits() { equal "$status" "$1"; }
# track DESK ID JQ: of what that desk sees of it
track() {
    at "$1" --json track "$2"
    field "$3"
}
count_sent() { # DESK JQ: entries of `sent` that fit
    at "$1" --json sent
    jq "[.[] | select($2)] | length" <<<"$out"
}
count_inbox() { # DESK JQ
    at "$1" --json inbox
    jq "[.[] | select($2)] | length" <<<"$out"
}
author='"author":{"name":"DSL","role":"DSL"}'
write() { printf '%s\n' "$2" >"$work/$1.json"; }
# The moment after which a desk hears of what ran out: the relay looks once a second.
notice() { # DESK ID WORD: waits until the desk knows of it
    local i
    for i in $(seq 100); do
        at "$1" sync
        [ "$(track "$1" "$2" "[.facts[] | select(.fact == \"$3\")] | length")" = 0 ] || return 0
        sleep 0.1
    done
    return 1
}

# ---- redirected, and sent again ----
message_of "$cases/04-police-stabbing-notification-left-school.json" >"$work/04.json"
message_of "$cases/15-redirect.json" >"$work/15.json"
send_case $police "$work/04.json"
stabbing=$id
at $police resend "$stabbing" --to $college
check "what nobody redirected is not sent again" exits 1
check "and it is said what is possible" says "nobody has said that it is not theirs"
answer $school redirect "$stabbing" "$work/15.json" --pass-on
check "a notification may not be passed on" exits 1
check "and it is said who may" says "only a referral may be passed on"
check "nothing of it was sent" equal "$(count_sent $school true)" 0
answer $school redirect "$stabbing" "$work/15.json"
check "the school redirects" exits 0
redirect=$id
at $college sync
check "the college knows of nothing" equal "$(count_inbox $college true)" 0
sync_desks $police
at $police resend "$stabbing"
check "nothing goes where only the redirect says" exits 2
check "but it is named" says "names $college"
at $police resend "$stabbing" --to $school
check "nor back to who redirected" exits 2
at $school resend "$redirect" --to $college
check "only its sender sends it again" exits 1
answer $police resend "$stabbing" --to $college
check "the police send it again" exits 0
again=$id
at $police resend "$redirect" --to $college
check "a second time it is the same" exits 1
check "and it is said" says "sent and accepted"
check "one message went to the college" equal "$(count_sent $police ".to == [\"$college\"]")" 1
sync_desks $college $police $school
at $college --json show "$again"
check "the college reads the words" equal "$(field '.content | del(.to) | tojson')" "$(jq -S 'del(.to, .from)' "$work/04.json" | jq -c . | jq -S -c .)"
