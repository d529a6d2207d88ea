# Format, tidy and tests: what CI runs and what the hook runs. Sourced by ./dev.

readonly REPORTS=.cache/reports

# Tests with real processes mostly wait, for sessions of a broker or a health timeout.
test_job_count() { printf '%s' "$(($(job_count) + 1))"; }

source_files() { git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp'; }

format_all() {
  setup_apt test
  source_files | xargs -P "$(job_count)" -n 16 clang-format-19 -i
  say "-- formatted $(source_files | wc -l) files"
}

run_tests() {
  setup test
  if (($# > 0)); then
    run_some_tests "$@"
    return
  fi
  mkdir -p "$REPORTS"
  rm -f "$REPORTS"/*.xml
  trap close_with_counts EXIT
  step "format and tidy" python3 tests/tidy/check.py
  build dev
  collect_coverage
  ctest_report dev
  report_coverage
  # A sanitizer's build runs what only the sanitizer can find: every gtest program (for
  # ThreadSanitizer those with threads), and of the tests with real processes those with the label
  # asan or tsan. Such a test feeds code of K2 bytes, faults or orders of events that no other test
  # of that build has. A test has no such label when it checks numbers (memory, time), text, pages
  # or packages, or when other programs do its work: the dev build has checked that already.
  build asan asan_tests
  ctest_report asan -L '^(unit|threads|asan)$'
  build tsan tsan_tests
  ctest_report tsan -L '^(threads|tsan)$'
}

# An argument that is a label selects by label, any other by name. Tests that take hours (`soak-1h`
# and its like, `live`) have labels of their own, run for no other word, with the optimised program.
run_some_tests() {
  local preset=dev configuration=() labels label_pattern='' name_pattern='' word
  if [[ " $* " == *" soak-"* || " $* " == *" live "* || " $* " == *" deploy-full "* ]]; then
    preset=release
    build release k2
  else
    build dev
  fi
  labels=$(ctest --test-dir "build/$preset" -C long --print-labels | sed -n 's/^  //p')
  for word in "$@"; do
    if grep -qxF -- "$word" <<<"$labels"; then
      label_pattern+="${label_pattern:+|}^$word\$"
    else
      name_pattern+="${name_pattern:+|}$word"
    fi
  done
  [[ $preset == dev ]] || configuration=(-C long)
  ctest --test-dir "build/$preset" -j "$(test_job_count)" --output-on-failure --no-tests=error \
    "${configuration[@]}" ${label_pattern:+-L "$label_pattern"} ${name_pattern:+-R "$name_pattern"}
}

# ctest_report PRESET [CTEST-ARGUMENT...]
ctest_report() {
  local preset=$1
  shift
  say "-- tests of the $preset build"
  ctest --test-dir "build/$preset" -j "$(test_job_count)" --output-on-failure --no-tests=error \
    --progress --output-junit "$PWD/$REPORTS/$preset.xml" "$@"
}

# The closing lines: the slowest tests, one line a build, then all of them together. They are also
# printed when a step failed.
close_with_counts() {
  local code=$? report passed=0 failed=0 skipped=0
  local tests failures skips disabled
  say ""
  show_slowest
  for report in "$REPORTS"/*.xml; do
    [[ -f $report ]] || continue
    read -r tests failures skips disabled < <(junit_counts "$report")
    say "$(basename "$report" .xml): $((tests - failures - skips - disabled)) passed," \
      "$failures failed, $((skips + disabled)) skipped"
    passed=$((passed + tests - failures - skips - disabled))
    failed=$((failed + failures))
    skipped=$((skipped + skips + disabled))
  done
  ((code == 0)) || ((failed > 0)) || say "a step before or between the tests failed (exit $code)"
  say "$((SECONDS / 60)) min $((SECONDS % 60)) s"
  say "$passed passed, $failed failed, $skipped skipped"
}

show_slowest() {
  local reports=()
  mapfile -t reports < <(find "$REPORTS" -name '*.xml')
  ((${#reports[@]} == 0)) || python3 tools/dev/slowest.py "${reports[@]}" || true
}

junit_counts() {
  local name
  for name in tests failures skipped disabled; do
    sed -n "/<testsuite /,/>/s/.*[[:space:]]$name=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
  done | tr '\n' ' '
  printf '\n'
}

clang_tidy_files() {
  (($# == 0)) || printf '%s\n' "$@" |
    xargs -P "$(job_count)" -n 1 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*'
}

install_hook() {
  local hook
  hook="$(git rev-parse --git-path hooks)/pre-commit"
  if [[ -e $hook ]] && ! grep -q 'dev precommit' "$hook"; then
    fail "$hook is there already and not ours; call './dev precommit' from it"
  fi
  mkdir -p "$(dirname "$hook")"
  printf '#!/bin/sh\nexec ./dev precommit\n' >"$hook"
  chmod +x "$hook"
  say "-- $hook now runs format, tidy and unit tests; git commit --no-verify goes past it"
}

# Format and clang-tidy look at the staged files, tidy and the unit tests at the tree.
check_staged() {
  setup_apt test
  local staged=()
  mapfile -t staged < <(git diff --cached --name-only --diff-filter=ACMR -- '*.cpp' '*.hpp')
  step "format and tidy" python3 tests/tidy/check.py
  ((${#staged[@]} > 0)) || return 0
  build dev
  local units=()
  mapfile -t units < <(printf '%s\n' "${staged[@]}" | grep '\.cpp$' || true)
  step "clang-tidy on ${#units[@]} staged files" clang_tidy_files "${units[@]}"
  step "unit tests" \
    ctest --test-dir build/dev -j "$(job_count)" -L 'unit|threads' --output-on-failure
}
