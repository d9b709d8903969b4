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
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P 2 -n 8 clang-tidy -p build --quiet 2>/dev/null | grep -E 'warning:|error:' | sort -u && bad=1
echo "cppcheck"
cppcheck --project=build/compile_commands.json -i build -i tests --suppressions-list=tests/lint/cppcheck.txt --inline-suppr \
    --enable=warning,performance,portability --error-exitcode=1 --quiet -j 2 2>&1 | grep -vE '^\s*$' && bad=1
[ $bad = 0 ] && echo "lint: clean"
exit $bad
