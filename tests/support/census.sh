#!/usr/bin/env bash
# The 402 episodes of tests/data/cin-episodes.csv as casework, for the flow test and the benchmark.
#
#   census.sh referrals DIR         DIR/DESK/0001.json ...: a referral for each episode, by the desk that its source stands for
#   census.sh decisions DIR         reads an inbox as JSON, and writes a decision, no further action, for each referral in it
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
episodes=$here/../data/cin-episodes.csv
command=${1:?referrals or decisions}
dir=${2:?a folder}

# One line for each episode: the desk, a tab, the document. A source without a desk stands as 'null'.
documents() {
    jq -Rrn --rawfile table "$here/cin-desks.tsv" '
        ($table | split("\n") | map(select(length > 0 and (startswith("#") | not)) | split("\t") | {(.[0]): .[1]}) | add) as $desks |
        {"0": "not_known", "1": "male", "2": "female", "9": "other"} as $genders |
        [inputs | rtrimstr("\r") | split(",")] | .[0] as $names | .[1:][] |
        ([$names, .] | transpose | map({(.[0]): .[1]}) | add) |
        ($desks[.referral_source] // "null") + "\t" + ({
            kind: "referral", to: ["mash@999.social-care"], references: ["source " + .referral_source],
            children: [{given_names: .la_child_id, date_of_birth: .birth_date, gender: $genders[.gender], upn: .upn,
                local_ids: [.la_child_id]}],
            concern: {occurred_from: .referral_date, what_happened: ("Primary need " + .primary_need)},
            referrer: {name: ("Source " + .referral_source), role: "Referrer"}} | tojson)' "$episodes"
}

referrals() {
    local n=0 desk document
    while IFS=$'\t' read -r desk document; do
        n=$((n + 1))
        mkdir -p "$dir/$desk"
        printf '%s' "$document" >"$dir/$desk/$(printf '%04d' $n).json"
    done < <(documents)
}

decisions() {
    local id
    mkdir -p "$dir"
    for id in $(jq -r '.[] | select(.kind == "referral") | .message_id'); do
        printf '{"kind": "decision", "parent": "%s", "outcome": "no_further_action", "reasons": "Threshold not met.",
            "author": {"name": "Duty worker", "role": "Social worker"}, "decided_by": {"name": "Team manager", "role": "Manager"}}' \
            "$id" >"$dir/$id.json"
    done
}

case $command in
referrals | decisions) "$command" ;;
*) echo "census: unknown command $command" >&2; exit 1 ;;
esac
