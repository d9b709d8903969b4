#!/usr/bin/env bash
# Rules of the house that no compiler knows: what review caught twice is caught here the third time.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
git ls-files --error-unmatch dev >/dev/null || { echo "git does not list the sources here: nothing can be checked"; exit 1; }
bad=0
complain() { printf '%s\n' "$1"; [ -z "${2:-}" ] || printf '%s\n' "$2" | head -n 10; bad=1; }
rule() { # TEXT PATTERN PATHS...: no line of these files may match
    local text=$1 pattern=$2 found
    shift 2
    found=$(git grep -nE "$pattern" -- "$@" 2>/dev/null) && complain "$text" "$found"
}

unformatted=$(git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run 2>&1 | grep -c 'warning:')
[ "$unformatted" = 0 ] || complain "not in house format ($unformatted places): run ./dev format"
rule "unsafe string functions" '\b(strcpy|sprintf|gets|strtok)\(' '*.c' '*.h'
rule "goto" '^\s*goto ' '*.c'
rule "unfinished marks" '\b(TO''DO|FIX''ME|XX''X|HA''CK)\b' '*.c' '*.h' '*.proto' '*.sh' dev
rule "only wire/ includes generated headers" '#include .*pb-c\.h' relay client certs proto/base proto/crypto proto/tlog proto/envelope proto/directory
rule "only crypto/ and certs/ use OpenSSL" '#include <openssl/' relay client proto/base proto/wire proto/tlog proto/envelope proto/directory
rule "proto/ includes neither relay/ nor client/" '#include "(store|policy|gate|core|link|client)/' proto
rule "policy never sees the store" '#include "(store|core|gate)/' relay/policy
rule "the store never sees keys" '#include "(crypto/(key|sign|cms)|core|gate)/?' relay/store
rule "the gate never sees store, core or policy" '#include "(store|core|policy|directory)/' relay/gate
rule "SQL stands in the store, the vault and the register" '\b(SELECT .* FROM|INSERT INTO|CREATE TABLE)\b' relay/core relay/gate relay/policy client/cli proto
rule "say 'resolving professional differences'" '[Ee]scalat(e|ed|es|ion|ing)' client relay proto certs docs/man docs/OPERATING.md README.md
rule "paths of a machine" '/(work|farm)/' .
exit $bad
