#!/usr/bin/env bash
# run.sh BUILD SECONDS [NAME...]: each libFuzzer target of BUILD (preset fuzz) for so long, as many side by side as there
# are processors. Starts from the seeds and from what earlier runs found (BUILD/fuzz/found). Fails if any target stopped
# early; the input that did it is then in BUILD/fuzz/crashes.
set -uo pipefail
build=$(readlink -f "${1:?usage: run.sh BUILD SECONDS [NAME...]}")
seconds=${2:?usage: run.sh BUILD SECONDS [NAME...]}
shift 2
export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

run_one() { # NAME
    local name=$1 found=$build/fuzz/found/$1 crashes=$build/fuzz/crashes log=$build/fuzz/$1.log seeds
    mkdir -p "$found" "$crashes" "$build/fuzz/seeds/$name"
    # libFuzzer takes folders only; files are linked into one.
    while read -r seeds; do
        [ -d "$seeds" ] || { ln -sf "$seeds" "$build/fuzz/seeds/$name/" && seeds=$build/fuzz/seeds/$name; }
        echo "$seeds"
    done <"$build/fuzz/$name.seeds" >"$build/fuzz/$name.folders"
    local folders
    mapfile -t folders <"$build/fuzz/$name.folders"
    "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$crashes/$name-" "$found" "${folders[@]}" >"$log" 2>&1
    local rc=$?
    local before after runs
    before=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log" | head -n 1)
    after=$(sed -n 's/.*DONE *cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ $rc -eq 0 ]; then
        printf '%-12s %9d executions   %5d places reached, %4d of them new\n' "$name" "${runs:-0}" "${after:-0}" \
            $((${after:-0} - ${before:-0}))
    else
        printf '%-12s FAILED (%d):\n' "$name" $rc
        tail -n 40 "$log"
    fi
    return $rc
}
export -f run_one
export build seconds

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for program in "$build"/fuzz/fuzz_*; do names+=("$(basename "${program#*/fuzz_}" | sed 's/^fuzz_//')"); done
fi
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}' || { echo 'fuzzing found something'; exit 1; }
echo "all ${#names[@]} targets ran for $seconds s without a finding"
