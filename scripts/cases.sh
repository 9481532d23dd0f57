#!/usr/bin/env bash
# Runs every test of a fault that users, attacks or public bug reports showed (named `case_..`), and prints how many there are.
set -euo pipefail
cd "$(dirname "$0")/.."
said=$(mktemp)
trap 'rm -f "$said"' EXIT
status=0
cargo test --workspace --no-fail-fast -- case_ >"$said" 2>&1 || status=$?
passed=$(grep -cE '^test .*\bcase_.* \.\.\. ok$' "$said" || true)
failed=$(grep -cE '^test .*\bcase_.* \.\.\. FAILED$' "$said" || true)
if [ "$status" -ne 0 ]; then
  cat "$said" >&2
fi
grep '^SKIPPED' "$said" || true
echo "$passed passed, $failed failed"
exit "$status"
