# Configure and build by preset. Sourced by ./dev.

job_count() { printf '%s' "${DEV_JOBS:-$(nproc)}"; }

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  [[ -f build/$preset/build.ninja ]] || step "configure $preset" cmake --preset "$preset"
  step "build $preset${*:+ ($*)}" nice ninja -C "build/$preset" -j "$(job_count)" "$@"
}

run_bench() {
  setup run
  build release
  exec python3 bench/run.py "$@"
}
