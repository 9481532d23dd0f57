#!/usr/bin/env bash
# Counts the instructions of what is done over and over, with callgrind: the same number each time for the same build (to
# 0.01%, since hash tables are seeded anew), whatever else the machine does. Needs valgrind, which knows no AVX-512: matrix
# products take their AVX2 kernels here.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cargo bench --quiet -p lamas-core -p lamas-controller --benches --no-run --message-format=json >"$scratch/built"

# program BENCH: where a benchmark's program lies.
program() {
  python3 - "$1" "$scratch/built" <<'PYTHON'
import json, sys
for line in open(sys.argv[2]):
    built = json.loads(line)
    if built.get("executable") and built["target"]["name"] == sys.argv[1] and built["target"]["kind"] == ["bench"]:
        print(built["executable"])
PYTHON
}

# count WHAT BENCH CASE FUNCTION: what is inside of FUNCTION while a benchmark runs one of its cases once.
count() {
  if ! valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --toggle-collect="$4" \
    "$(program "$2")" --bench --test "$3" >"$scratch/said" 2>&1; then
    cat "$scratch/said" >&2
    exit 1
  fi
  printf '| %s | %s |\n' "$1" "$(sed -n 's/.*Collected : //p' "$scratch/said" | tail -1 | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta')"
}

echo '| what | instructions |'
echo '| --- | --- |'
count 'scores of 64 queries' controller update '*policy::Policy*::tables'
count 'an update of 4 queries' controller update '*reinforce::Learner*::update'
count 'the longest path of 4 layers of 4 operators' executor tokens/4 '*critical_path::by_tokens'
