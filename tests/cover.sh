#!/usr/bin/env bash
# `./dev cover`: line coverage of proto/ and relay/ by the unit tests and by flows through real processes; prints both
# figures and the ten files with the most lines that nothing ran. Fails under 85 % of either, and if a test fails.
#
#   cover.sh BUILD           a build of preset cover
#
# A process that SIGKILL ends writes no counts, so the torture test adds nothing here and is left out.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=$(readlink -f "$1")
least=85
status=0
log=$build/cover.log

find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --output-on-failure -j 2 >"$log" 2>&1 ||
    { status=1; sed -n '/tests passed/,$p' "$log"; echo "cover: tests failed; all of it is in $log"; }
for script in tests/flow/test_*.sh; do
    [ "$script" != tests/flow/test_torture.sh ] || continue
    "$script" "$build/bin" >"$log.flow" 2>&1 || { status=1; echo "cover: $script failed:"; tail -n 5 "$log.flow"; }
done

# summary FOLDER: JSON of gcovr. Headers are met under the build's include links; gcovr follows these when it filters.
summary() {
    gcovr -r . --object-directory "$build" --filter "$1/" --exclude '.*\.pb-c\.[ch]' --json-summary 2>>"$log"
}

for folder in proto relay; do
    summary $folder >"$build/cover-$folder.json" || { echo "cover: gcovr failed: $(tail -n 3 "$log")"; exit 1; }
    jq -r --arg folder $folder '"\($folder): \(.line_percent) % of \(.line_total) lines"' "$build/cover-$folder.json"
    jq -e --argjson least $least '.line_percent >= $least' "$build/cover-$folder.json" >/dev/null ||
        { status=1; echo "cover: under $least %"; }
done
echo "most lines that nothing ran:"
jq -rs '[.[].files[]] | sort_by(.line_covered - .line_total)[:10][] |
    "  \(.line_total - .line_covered) of \(.line_total)  \(.filename | sub("^.*/include/sh_[a-z]+/"; ""))"' \
    "$build/cover-proto.json" "$build/cover-relay.json"
exit $status
