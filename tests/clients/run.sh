#!/usr/bin/env bash
# Plays stock clients of other makers, unchanged, against a running Rapport.
#
# RAPPORT_BIN            the program (default: the debug build)
# RAPPORT_TEST_POSTGRES  when set, everything is played on PostgreSQL, too
# CLIENTS, EVENTS        which clients (default: all) and how many events of each (250)
set -euo pipefail
cd "$(dirname "$0")"
source ../program.sh
trap stop_program EXIT

python=.cache/python/bin/python
all="segment_node segment_python rudder_node rudder_python posthog_node posthog_python jitsu ofrep_node ofrep_python"
export EVENTS=${EVENTS:-250}
passed=0
failed=0

# Installs the clients once; the stamps hold the lists they were made from.
install() {
  if ! cmp -s package-lock.json .cache/package-lock.json; then
    # Not `npm ci`: the lock cannot name every platform package of an optional dependency.
    npm install --no-save --no-audit --no-fund --ignore-scripts --silent
    mkdir -p .cache && cp package-lock.json .cache/
  fi
  if ! cmp -s requirements.txt .cache/requirements.txt; then
    python3 -m venv .cache/python
    "$python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
    cp requirements.txt .cache/
  fi
}

send() {
  case $1 in
    *_node) node "$1.mjs" ;;
    *_python) "$python" "$1.py" ;;
    *) bash "$1.sh" ;;
  esac
}

play() {
  local client=$1 store=$2 sent="$PROGRAM_DATA/$1.sent" problem=""
  export PREFIX="$client" TARGET_ADDRESS="$ADDRESS" TARGET_KEY="$INGEST_KEY"
  export TARGET_MANAGE_KEY="$MANAGE_KEY"
  # As in a page or an app: these have brothers that run there.
  case $client in
    segment_node | posthog_node | jitsu | ofrep_node) TARGET_KEY="$PAGE_KEY" ;;
  esac
  if [[ $client = ofrep_* ]] && ! "$python" flags.py >"$sent" 2>"$sent.errors"; then
    problem="the flags could not be published: $(tail -3 "$sent.errors")"
  elif ! send "$client" >"$sent" 2>"$sent.errors"; then
    problem="the client failed: $(tail -12 "$sent.errors")"
  elif [[ $client = ofrep_* ]]; then
    # These clients ask; they check the answers themselves.
    cp "$sent" "$sent.checked"
  elif ! "$python" check.py <"$sent" >"$sent.checked" 2>&1; then
    problem="$(cat "$sent.checked")"
  fi
  if [ -z "$problem" ]; then
    echo "ok      $store $client: $(cat "$sent.checked")"
    passed=$((passed + 1))
  else
    echo "FAILED  $store $client: $problem"
    failed=$((failed + 1))
  fi
}

install
stores=(sqlite)
[ -z "${RAPPORT_TEST_POSTGRES:-}" ] || stores+=(postgres)
for store in "${stores[@]}"; do
  start_program "$store"
  for client in ${CLIENTS:-$all}; do
    play "$client" "$store"
  done
  stop_program
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
