# Which lines of src/ and tools/ the tests of the dev build have run. Sourced by ./dev.

readonly COVERAGE=.cache/coverage
# Of all lines; below it the run fails.
readonly COVERAGE_LEAST=90

# Processes that end by kill -9 leave nothing; of the others each program's runs are added up.
collect_coverage() {
  rm -rf "$COVERAGE"
  mkdir -p "$COVERAGE"
  export LLVM_PROFILE_FILE=$PWD/$COVERAGE/%2m.profraw
}

report_coverage() {
  unset LLVM_PROFILE_FILE
  local programs=()
  mapfile -t programs < <(find build/dev -type f -executable \( -name '*_test' \
    -o -name k2 -o -name k2-simulate -o -name record_frames -o -name ws_verdict \))
  llvm-profdata-19 merge --sparse "$COVERAGE"/*.profraw -o "$COVERAGE/all.profdata"
  # Source files are named as seen from where they were compiled.
  (cd build/dev && llvm-cov-19 export --summary-only \
    --instr-profile="../../$COVERAGE/all.profdata" "${programs[@]/#build\/dev\//-object=}") \
    >"$COVERAGE/summary.json"
  python3 tools/dev/coverage.py "$COVERAGE/summary.json" "$COVERAGE_LEAST"
}
