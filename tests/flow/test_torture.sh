#!/usr/bin/env bash
# The short form of `./dev torture`: two kills of each kind.
exec "$(dirname "$0")/../fault/torture.sh" "$1" 2
