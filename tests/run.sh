#!/usr/bin/env bash
# `./dev test`: format, lint, a build with warnings as errors under AddressSanitizer and UndefinedBehaviorSanitizer, unit
# tests, the corpus, then real processes. The gate for sanitizers is "no report file", not an exit code: Criterion lets a
# leak report pass (docs/decisions/0003-sanitizer-gate.md).
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

passed=0 failed=0
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export ASAN_OPTIONS="abort_on_error=1:detect_leaks=1:log_path=$reports/asan"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:log_path=$reports/ubsan"
export LSAN_OPTIONS="suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0" # a list of these is no report

step() { # NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$reports/out" 2>&1; then
        passed=$((passed + 1))
        printf '  passed  %-48s %4ds\n' "$name" $((SECONDS - start))
    else
        failed=$((failed + 1))
        printf '  FAILED  %-48s %4ds\n' "$name" $((SECONDS - start))
        tail -n 60 "$reports/out"
        return 1
    fi
}

# Many steps, as many at once as there are cores: most of them wait for a clock or a disk most of the time.
side_by_side() { # FUNCTION NAME...: FUNCTION NAME is the step NAME
    local run=$1 name lanes
    lanes=$(nproc)
    shift
    for name in "$@"; do
        while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do wait -n; done
        one_of_many "$run" "$name" &
    done
    wait
    for name in "$@"; do
        if [ -e "$reports/step.$name.passed" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
}

one_of_many() { # FUNCTION NAME
    local start=$SECONDS out=$reports/step.$2 word=FAILED
    if "$1" "$2" >"$out" 2>&1; then
        word=passed
        : >"$out.passed"
    fi
    {
        flock 9
        printf '  %s  %-48s %4ds\n' "$word" "$2" $((SECONDS - start))
        [ "$word" = passed ] || tail -n 60 "$out"
    } 9>"$reports/lock"
}

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
    exit
}

sanitizer_reports() {
    local found
    found=$(find "$reports" -name 'asan*' -o -name 'ubsan*' | head -n 3)
    [ -z "$found" ] || { head -n 40 $found; return 1; }
}

# A gate that cannot fail is none: this program leaks on purpose, and must be caught.
planted_leak_is_caught() {
    local own
    own=$(mktemp -d)
    ASAN_OPTIONS="detect_leaks=1:log_path=$own/asan" build-asan/tests/planted_leak >/dev/null 2>&1
    find "$own" -name 'asan*' | grep -q .
    local caught=$?
    rm -r "$own"
    return $caught
}

# Of the programs as people build them; one who builds them with tests in the same folder has others there.
no_clock_can_be_turned() {
    ! grep -qE '^SH_TEST(ING|_CLOCK):BOOL=ON' build/CMakeCache.txt || return 0
    tests/support/no_test_clock.sh build/bin/* build-asan/bin/safehand-core
}

configure_asan() {
    local launcher=()
    if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache); fi
    [ -f build-asan/build.ninja ] || cmake --preset asan -B build-asan "${launcher[@]}"
    ninja -C build-asan
}

configure_dev() {
    local launcher=()
    if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache); fi
    [ -f build/build.ninja ] || cmake --preset dev -B build -DSH_TESTING=OFF "${launcher[@]}"
    ninja -C build
}

step "format and house rules" tests/lint/house.sh
step "build with sanitizers, warnings are errors" configure_asan || finish
step "build for everyday work" configure_dev || finish
step "no installed program's clock can be turned" no_clock_can_be_turned
step "a planted leak is caught" planted_leak_is_caught
mapfile -t names < <(ctest --test-dir build-asan -N | sed -n 's/^ *Test *#[0-9]*: //p')
step "there are tests to run" test ${#names[@]} -gt 0
run_unit() { ctest --test-dir build-asan --output-on-failure -R "^$1\$"; }
run_flow() { "tests/flow/$1.sh" "$PWD/build-asan/bin"; }
side_by_side run_unit "${names[@]}"
mapfile -t flows < <(basename -s .sh tests/flow/test_*.sh | grep -v '^test_torture$')
side_by_side run_flow "${flows[@]}"
# Torture has a limit in time, which is that of the programs as people run them, with nothing beside them.
step test_torture tests/flow/test_torture.sh "$PWD/build/bin"
step "no sanitizer report" sanitizer_reports
finish
