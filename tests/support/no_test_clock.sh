#!/usr/bin/env bash
# Whoever sets the environment of an installed program must not be able to set its time.
#   no_test_clock.sh PROGRAM... TEST-BUILD    none of the first may know SAFEHAND_CLOCK; the last must, or nothing was looked for
set -euo pipefail
name=SAFEHAND_CLOCK
[ $# -ge 2 ] || { echo "usage: no_test_clock.sh PROGRAM... TEST-BUILD" >&2; exit 2; }
for program in "${@:1:$#-1}"; do
    [ -s "$program" ] || { echo "$program is not there"; exit 1; }
    if grep -q "$name" "$program"; then echo "$program knows $name"; exit 1; fi
done
grep -q "$name" "${!#}" || { echo "${!#} does not know $name: has it been renamed?"; exit 1; }
