# The long checks, part by part. Sourced by ./dev.

readonly TORTURES=(fuzz worlds campaigns hole kafka verify tidy)

# run_torture [PART...]: all of them unless some are named.
run_torture() {
  local part
  for part in "$@"; do
    [[ " ${TORTURES[*]} " == *" $part "* ]] ||
      fail "torture has no part '$part'; it has: ${TORTURES[*]}" 2
  done
  (($# > 0)) || set -- "${TORTURES[@]}"
  setup test
  for part in "$@"; do "torture_$part"; done
  say "-- torture ($*): nothing found"
}

torture_fuzz() {
  local target
  build fuzz tests/fuzz/all
  while IFS= read -r target; do
    fuzz_for_a_minute "$target"
  done < <(find build/fuzz -type f -executable -name '*_fuzz' | sort)
}

torture_worlds() {
  build dev k2-simulate
  step "10,000 simulated worlds" simulate_worlds 10000
}

torture_campaigns() {
  build release k2
  step "fault campaign, three seeds of five minutes" fault_campaigns 1 2 3
}

torture_hole() {
  build release k2
  step "a gap of a million trades" env TEST_K2_BINARY="$PWD/build/release/k2" \
    python3 -B tests/campaign/hole.py --trades "${DEV_HOLE_TRADES:-1000000}" --bounded
}

torture_kafka() {
  build release k2
  step "fault campaign of delivery into Kafka, five minutes" \
    env TEST_K2_BINARY="$PWD/build/release/k2" \
    python3 -B tests/kafka/campaign.py --seconds "${DEV_CAMPAIGN_SECONDS:-300}" --rate 5000
  local seed
  for seed in 1 2; do
    step "fault campaign against three brokers, ten minutes, seed $seed" \
      env TEST_K2_BINARY="$PWD/build/release/k2" python3 -B tests/kafka/cluster_campaign.py \
      --seed "$seed" --seconds "${DEV_CLUSTER_SECONDS:-600}" --rate 5000
  done
  step "ten minutes without a broker" env TEST_K2_BINARY="$PWD/build/release/k2" \
    python3 -B tests/kafka/outage.py --seconds "${DEV_OUTAGE_SECONDS:-600}" --rate 10000
  step "commits that arrive late, each case ten times" \
    env TEST_K2_BINARY="$PWD/build/release/k2" \
    python3 -B tests/kafka/late_end_test.py --repeat "${DEV_LATE_END_REPEAT:-10}"
  step "100,000 trades over a slow link" env TEST_K2_BINARY="$PWD/build/release/k2" \
    python3 -B tests/kafka/slow_link_test.py --trades 100000 --rate-kbps 100 --bound
}

torture_verify() {
  build dev verify_test k2
  local seeds=${K2_DAMAGE_SEEDS:-1000}
  step "$seeds damaged journals" env K2_DAMAGE_SEEDS="$seeds" \
    build/dev/tools/verify/verify_test --gtest_filter='DamageTest.*'
  step "$seeds damaged official files" env K2_DAMAGE_SEEDS="$seeds" \
    TEST_K2_BINARY="$PWD/build/dev/k2" python3 -B tests/e2e/official_damage_test.py
  step "$seeds damaged topics" env K2_DAMAGE_SEEDS="$seeds" \
    TEST_K2_BINARY="$PWD/build/dev/k2" python3 -B tests/kafka/topic_damage_test.py
}

# All of dev is built first: some headers are made by the build.
torture_tidy() {
  build dev
  step "clang-tidy on every file" clang_tidy_files $(git ls-files 'src/*.cpp' 'tools/*.cpp')
}

# Two processes share the seeds; a failing seed prints its own replay.
simulate_worlds() {
  local half=$(($1 / 2)) first
  build/dev/tests/simulation/k2-simulate --seeds "1..$half" &
  first=$!
  build/dev/tests/simulation/k2-simulate --seeds "$((half + 1))..$1" && wait "$first"
}

# Each in processes of its own, side by side; their output follows one after the other.
fault_campaigns() {
  local seed failed=0 running=()
  mkdir -p "$REPORTS"
  for seed in "$@"; do
    TEST_K2_BINARY=$PWD/build/release/k2 python3 -B tests/campaign/campaign.py --seed "$seed" \
      --seconds "${DEV_CAMPAIGN_SECONDS:-300}" --rate 2000 >"$REPORTS/campaign-$seed.txt" 2>&1 &
    running+=($!)
  done
  for seed in "${running[@]}"; do wait "$seed" || failed=1; done
  for seed in "$@"; do tail -n 28 "$REPORTS/campaign-$seed.txt"; done
  return "$failed"
}

# Finds go to .cache/fuzz/NAME-*; those worth keeping go to tests/fuzz/corpus/NAME.
fuzz_for_a_minute() {
  local name
  name=$(basename "$1")
  local grown=.cache/fuzz/$name/corpus seeds=tests/fuzz/corpus/$name
  mkdir -p "$grown"
  [[ -d $seeds ]] || seeds=
  step "fuzz $name for ${DEV_FUZZ_SECONDS:-60} s" "$1" -max_total_time="${DEV_FUZZ_SECONDS:-60}" \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=".cache/fuzz/$name-" \
    "$grown" ${seeds:+"$seeds"}
}
