#!/usr/bin/env bash
# Called by `./dev bench`: how fast the relay of this build is, and the casework of a census file (`census`: whole programs,
# in milliseconds), as one JSON object on standard output. The durable commits go to a folder under TMPDIR
# (or /tmp): point it at the kind of disk that the relay is to have.
#
#   bench.sh BUILD [--quick] [--messages N] [--repeat N]
set -euo pipefail

build=${1:?the folder of a release build}
shift
for program in bin/safehand bin/safehand-ca bin/safehand-relay bin/safehand-gate bin/safehand-core tests/bench_relay; do
    [ -x "$build/$program" ] || { echo "bench: $build/$program is not built" >&2; exit 1; }
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TMPDIR=$folder "$build/tests/bench_relay" --programs "$build/bin" "$@" >"$folder/relay.json" || {
    code=$?
    tail -q -n 20 "$folder"/*/relay.log >&2 2>/dev/null || true
    exit $code
}
census=$(TMPDIR=$folder "$(dirname "$0")/census.sh" "$(readlink -f "$build/bin")")
jq --argjson census "$census" '. + {census: $census}' "$folder/relay.json"
