#!/usr/bin/env bash
# A year of a council's casework as a workload: 402 referrals of a census file from seven desks, a decision for each, and a
# chronology of each of the 332 children. Whole programs, so the cost of starting them and of opening keys is in it.
# One JSON object; times in milliseconds.
#
#   census.sh BIN
set -uo pipefail
. "$(dirname "$0")/../flow/lib.sh" "$1"
mash=mash@999.social-care
sandbox_up
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
must() { [ "$status" = 0 ] || { printf 'census: %s\n%s\n' "$1" "$err" >&2; exit 1; }; }

"$tests/support/census.sh" referrals "$work/from"
start=$(now_ms)
for folder in "$work"/from/*; do
    at "$(basename "$folder")" --json send "$folder"
    must "sending"
done
sent=$(now_ms)
at $mash --json sync
must "fetching"
fetched=$(now_ms)
at $mash --json inbox
"$tests/support/census.sh" decisions "$work/decisions" <<<"$out"
before=$(now_ms)
at $mash --json send "$work/decisions"
must "deciding"
decided=$(now_ms)
mapfile -t keys < <(tail -n +2 "$tests/data/cin-episodes.csv" | cut -d, -f1 | sort -u)
at $mash --json chronology "${keys[@]/#/--child=local:}"
must "chronologies"
told=$(now_ms)
jq -n --argjson referrals "$(ls "$work/decisions" | wc -l)" --argjson children ${#keys[@]} \
    --argjson rows "$(jq '[.[].rows[]] | length' <<<"$out")" --argjson flags "$(jq '[.[].flags[]] | length' <<<"$out")" \
    --argjson send $((sent - start)) --argjson fetch $((fetched - sent)) --argjson decide $((decided - before)) \
    --argjson chronologies $((told - decided)) \
    '{referrals: $referrals, children: $children, rows: $rows, flags: $flags, send_ms: $send, fetch_ms: $fetch,
      decide_ms: $decide, chronologies_ms: $chronologies, chronology_ms: ($chronologies / $children * 100 | round / 100)}'
