#!/bin/sh
# Fuzzes our own parsers with libFuzzer and AddressSanitizer, one after the other:
#
#   Scripts/fuzz.sh SECONDS [PARSER...]
#
# Corpora are those of Fuzz/corpus and Fuzz/found; what is new in coverage is kept in .build/fuzz/corpus. Prints a line
# for each parser: executions, edges and features covered, inputs kept. An input that breaks a parser is left in
# Fuzz/found/PARSER, and the status is 1 then; likewise where nothing was measured.
set -eu
seconds=$1
shift
fuzz=.build/fuzz/release/fuzz
[ $# -gt 0 ] || set -- $(ls Fuzz/corpus)
files=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/palindrome-fuzz-XXXXXX")
trap 'rm -rf "$files"' EXIT
# Swift's own report of a crash would run before libFuzzer keeps the input.
export SWIFT_BACKTRACE=enable=no TMPDIR="$files"
bad=0
for parser in "$@"; do
  mkdir -p ".build/fuzz/corpus/$parser" "Fuzz/corpus/$parser" "Fuzz/found/$parser"
  log=".build/fuzz/$parser.log"
  PALINDROME_FUZZ=$parser "$fuzz" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 \
    -malloc_limit_mb=128 -print_final_stats=1 -artifact_prefix="Fuzz/found/$parser/" \
    ".build/fuzz/corpus/$parser" "Fuzz/corpus/$parser" "Fuzz/found/$parser" >"$log" 2>&1 || bad=1
  awk -v parser="$parser" '
    /cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") edges = $(i + 1); if ($i == "ft:") features = $(i + 1)
                                         if ($i == "corp:") kept = $(i + 1) } }
    /stat::number_of_executed_units/ { runs = $2 }
    /Test unit written to/ { found = found " " $NF }
    END { printf "%-12s %10d executions, %6d edges, %6d features, %s inputs%s\n", parser, runs, edges, features, kept,
          found == "" ? "" : ", FOUND" found }' "$log"
  # What is built over an older build can lack the counters of what was not compiled again.
  if ! grep -q -e 'cov: ' -e 'Test unit written' "$log"; then
    echo "$parser: nothing was measured; remove .build/fuzz and build the fuzzer anew" >&2
    bad=1
  fi
  rmdir "Fuzz/found/$parser" 2>/dev/null || true
done
exit $bad
