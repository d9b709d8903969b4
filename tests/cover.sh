#!/usr/bin/env bash
# `./dev cover`: line coverage of proto/ and relay/ by all unit tests and one flow through real processes.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=$1
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --output-on-failure -j 2 >/dev/null || echo "cover: some tests failed; the figures stand all the same"
for script in tests/flow/test_*.sh; do
    "$script" "$PWD/$build/bin" >/dev/null 2>&1 || echo "cover: $script failed"
done
for folder in proto relay; do
    printf '%s: ' "$folder"
    gcovr -r . --object-directory "$build" --filter "$folder/" --exclude '.*pb-c.*' --gcov-ignore-parse-errors 2>/dev/null |
        awk '/^TOTAL/ {print $4 " of " $2 " lines"}'
done
gcovr -r . --object-directory "$build" --filter proto/ --filter relay/ --exclude '.*pb-c.*' --gcov-ignore-parse-errors 2>/dev/null
