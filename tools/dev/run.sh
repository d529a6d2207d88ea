# The main job, shown and proven: two symbols recorded into ./k2-data. Sourced by ./dev.
#
# Replayed and live trades never share a journal: k2-data/recording is made again by each run,
# k2-data/live is kept and carried on. DEV_K2=FILE takes a program that is built already.

readonly SYMBOLS=BTCUSDT,ETHUSDT
# A taken port must not spoil the first run.
export K2_METRICS_LISTEN=${K2_METRICS_LISTEN:-127.0.0.1:0}
readonly LIVE_HOST=stream.binance.com
readonly LIVE_PORT=9443
readonly PATIENCE=120 # seconds, for each of the waits below
CHILDREN=()

run_main_job() {
  local exchange=auto duration=60s data=k2-data
  while (($# > 0)); do
    case $1 in
      --exchange) exchange=${2:-} && shift ;;
      --duration) duration=${2:-} && shift ;;
      --data-dir) data=${2:-} && shift ;;
      *) fail "run knows --exchange live|sim, --data-dir and --duration of a live run, not $1" 2 ;;
    esac
    shift || fail "the last flag requires a value" 2
  done
  [[ $exchange == @(auto|live|sim) ]] || fail "--exchange takes live or sim, not '$exchange'" 2
  K2=${DEV_K2:-build/release/k2}
  if [[ ! ${DEV_K2:-} ]]; then
    setup run
    build release k2
  fi
  [[ $exchange != auto ]] || exchange=$(choose_exchange)
  trap end_children EXIT
  if [[ $exchange == live ]]; then
    record_live "$data/live" "$duration"
  else
    record_recording "$data/recording"
  fi
}

choose_exchange() {
  local answer
  answer=$(upgrade_answer "$LIVE_HOST" "$LIVE_PORT")
  if [[ $answer == "HTTP/1.1 101"* ]]; then
    printf live
  else
    printf sim
    say "-- $LIVE_HOST: ${answer:-no answer}" >&2
  fi
}

# Prints an exchange's answer to a WebSocket upgrade over verified TLS; empty without an answer. Any
# further arguments go to openssl.
upgrade_answer() {
  local host=$1 port=$2
  shift 2
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%s\r\n\r\n' \
    '/stream?streams=btcusdt@trade' "$host:$port" \
    $'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13' |
    timeout 5 openssl s_client -quiet -connect "$host:$port" -servername "$host" \
      -verify_return_error "$@" 2>/dev/null | head -n 1 | tr -d '\r' || true
}

record_live() {
  local folder=$1 duration=$2
  say "== THE LIVE EXCHANGE: $SYMBOLS from $LIVE_HOST for $duration, into $folder =="
  mkdir -p "$folder"
  "$K2" stream --symbols "$SYMBOLS" --data-dir "$folder" --duration "$duration" ||
    fail "the stream ended with exit code $?"
  "$K2" verify --data-dir "$folder"
}

record_recording() {
  local folder=$1 frames ready
  say "== THE RECORDING, NOT THE LIVE EXCHANGE: 34,419 real trades of $SYMBOLS, into $folder =="
  say "   faults: two dropped connections, and 400 frames in a row that never arrive"
  rm -rf "$folder"
  mkdir -p "$folder"
  frames=$(echo data/spot_*_trade_*.jsonl.gz)
  start_child "$folder/sim.log" "$K2" sim --replay "$frames" --speed max --start-when-subscribed 2 \
    --port 0 --rest-port 0 --tls-dir "$folder/tls" --ledger "$folder/ledger.csv" \
    --fault 'drop at-trade=9000 how=rst' --fault 'lose at-trade=17000 frames=400' \
    --fault 'drop at-trade=26000 how=fin'
  wait_until "the exchange simulator is ready" grep -q '^k2-sim ready' "$folder/sim.log"
  ready=$(grep '^k2-sim ready' "$folder/sim.log")
  say "   $ready"
  start_child "$folder/stream.log" "$K2" stream --symbols "$SYMBOLS" --data-dir "$folder" \
    --stream-url "$(word_of "$ready" ws)" --rest-url "$(word_of "$ready" rest)" \
    --custom-ca-bundle "$(word_of "$ready" ca)"
  local stream=${CHILDREN[-1]}
  wait_until "everything is published" grep -q '^k2-sim finished' "$folder/sim.log"
  say "   $(grep '^k2-sim finished' "$folder/sim.log")"
  wait_until "everything published is stored" verified "$folder"
  stop_child "$stream" || fail "the stream did not stop cleanly; see $folder/stream.log"
  "$K2" verify --data-dir "$folder" --ledger "$folder/ledger.csv"
}

verified() { "$K2" verify --data-dir "$1" --ledger "$1/ledger.csv" >/dev/null 2>&1; }

# word_of "a=1 b=2" b prints 2.
word_of() { sed -n "s/.* $2=\([^ ]*\).*/\1/p" <<<"$1 "; }

# start_child LOG COMMAND...: in the background; it ends with this script.
start_child() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  CHILDREN+=($!)
}

# SIGTERM; the exit code is the child's own.
stop_child() {
  kill -TERM "$1" 2>/dev/null
  timeout 20 tail --pid="$1" -f /dev/null || return 1
  wait "$1"
}

end_children() {
  local child
  for child in "${CHILDREN[@]}"; do
    kill -TERM "$child" 2>/dev/null || continue
    timeout 10 tail --pid="$child" -f /dev/null || kill -KILL "$child" 2>/dev/null || true
  done
}

# wait_until WHAT CONDITION...: fails when a child ends or patience does.
wait_until() {
  local what=$1 child limit=$((SECONDS + PATIENCE))
  shift
  until "$@"; do
    for child in "${CHILDREN[@]}"; do
      kill -0 "$child" 2>/dev/null || fail "a process ended before $what; see the logs in k2-data"
    done
    ((SECONDS < limit)) || fail "$what: not in $PATIENCE s; see the logs in k2-data"
    sleep 0.1
  done
}
