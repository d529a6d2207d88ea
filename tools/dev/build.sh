# Configure and build by preset. Sourced by ./dev.

job_count() { printf '%s' "${DEV_JOBS:-$(nproc)}"; }

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  [[ -f build/$preset/build.ninja ]] || step "configure $preset" cmake --preset "$preset"
  step "build $preset${*:+ ($*)}" nice ninja -C "build/$preset" -j "$(job_count)" "$@"
}

# The optimised program as a Debian package, in a folder of its own: its --version shows a commit.
run_package() {
  setup package
  local folder=build/package commit
  commit=$(git rev-parse --short HEAD 2>/dev/null) || true
  step "configure package" cmake --preset release -B "$folder" "-DK2_COMMIT=$commit"
  build package k2
  rm -f "$folder"/k2_*.deb
  step "package" env -C "$folder" cpack
  say "-- $(echo "$folder"/k2_*.deb)"
}

run_bench() {
  setup run
  build release
  exec python3 bench/run.py "$@"
}
