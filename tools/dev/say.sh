# The progress output of ./dev: one line per step, a sign of life on long ones, the log's tail on
# failure. Sourced by ./dev.

readonly LOGS=.cache/logs

say() { printf '%s\n' "$*"; }

# fail MESSAGE [EXIT-CODE]
fail() {
  printf './dev: %s\n' "$1" >&2
  exit "${2:-1}"
}

# step TITLE COMMAND...: runs the command with its output in a log file; every 15 s it shows the
# log's last line, at the end the time it took.
step() {
  local title=$1 log
  shift
  mkdir -p "$LOGS"
  log="$LOGS/${title//[^a-zA-Z0-9]/-}.log"
  local begin=$SECONDS
  say "-- $title"
  "$@" >"$log" 2>&1 </dev/null &
  local worker=$!
  trap 'kill "$worker" 2>/dev/null; exit 130' INT TERM
  watch_worker "$worker" "$log" "$begin"
  local code=0
  wait "$worker" || code=$?
  trap - INT TERM
  if ((code != 0)); then
    say "-- $title: failed after $((SECONDS - begin)) s; the end of $log:"
    tail -n "${DEV_LOG_TAIL:-60}" "$log"
    return "$code"
  fi
  say "   done in $((SECONDS - begin)) s"
}

watch_worker() {
  local worker=$1 log=$2 begin=$3 next=15
  while kill -0 "$worker" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - begin >= next)); then
      next=$((next + 15))
      say "   $((SECONDS - begin)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)"
    fi
  done
}
