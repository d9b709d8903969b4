#!/usr/bin/env bash
# `./dev lint`: house rules, clang-tidy, cppcheck. Clean, or it fails.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
bad=0
tests/lint/house.sh || bad=1
[ -f build/build.ninja ] || cmake --preset dev -B build -DSH_TESTING=OFF >/dev/null
ninja -C build >/dev/null || exit 1
files=$(git ls-files 'proto/*.c' 'relay/*.c' 'certs/*.c' 'client/*.c')
echo "clang-tidy: $(wc -w <<<"$files") files"
# What they print decides, not the end of a pipe.
# shellcheck disable=SC2086
found=$(printf '%s\n' $files | xargs -P 2 -n 8 clang-tidy -p build --quiet 2>/dev/null | grep -E 'warning:|error:' | sort -u)
[ -z "$found" ] || { printf '%s\n' "$found"; bad=1; }
echo "cppcheck"
found=$(cppcheck --project=build/compile_commands.json -i build -i tests --suppressions-list=tests/lint/cppcheck.txt \
    --inline-suppr --enable=warning,performance,portability --quiet -j 2 2>&1)
[ -z "$found" ] || { printf '%s\n' "$found"; bad=1; }
[ $bad = 0 ] && echo "lint: clean"
exit $bad
