#!/usr/bin/env bash
# Verifies a published log with an implementation that is not ours: golang.org/x/mod/sumdb/{note,tlog}, Debian's
# golang-golang-x-mod-dev. Entry bundles, every tile, the root, the checkpoint's signature.
#   log_root.sh LOG_DIR VKEY
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cache=$(readlink -f "$here/../..")/.cache/verify_log # git ignores it, and no HOME is needed
mkdir -p "$cache"
if [ ! -x "$cache/verify_log" ] || [ "$here/verify_log.go" -nt "$cache/verify_log" ]; then
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS=-mod=mod GOCACHE="$cache/go" go build -o "$cache/verify_log" "$here/verify_log.go"
fi
exec "$cache/verify_log" "$1" "$2"
