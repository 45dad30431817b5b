# Starts a fresh Rapport for a test; sourced by the run.sh of each folder.
#
# start_program sqlite|postgres   sets ADDRESS, INGEST_KEY, PAGE_KEY, MANAGE_KEY and PROGRAM_PID
# stop_program                    stops it and removes its data

: "${RAPPORT_BIN:=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/debug/rapport}"

fail() {
  echo "$*" >&2
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

find_psql() {
  command -v psql || ls /usr/lib/postgresql/*/bin/psql 2>/dev/null | tail -1
}

# Prints the address of an empty database on the server for tests.
new_database() {
  local psql name="rapport_test_$$_$RANDOM"
  psql=$(find_psql)
  [ -n "$psql" ] || fail "psql is needed to make an empty database"
  "$psql" -q "$RAPPORT_TEST_POSTGRES" -c "CREATE DATABASE $name" >&2
  echo "${RAPPORT_TEST_POSTGRES%/*}/$name"
}

start_program() {
  [ -x "$RAPPORT_BIN" ] || fail "$RAPPORT_BIN is missing: build the program or set RAPPORT_BIN"
  PROGRAM_DATA=$(mktemp -d)
  STORE_OPTION=()
  DATABASE=
  if [ "$1" = postgres ]; then
    DATABASE=$(new_database)
    STORE_OPTION=(--store "$DATABASE")
  fi
  local port
  port=$(free_port)
  ADDRESS="http://127.0.0.1:$port"
  local log="$PROGRAM_DATA/log"
  echo 'correct horse battery' | program setup --name Ana --email ana@example.com \
    >>"$log" 2>&1 || fail "setup failed: $(tail -5 "$log")"
  INGEST_KEY=$(program key create --name clients --scopes ingest,decide)
  PAGE_KEY=$(program key create --name page --scopes page)
  MANAGE_KEY=$(program key create --name tests --scopes manage)
  "$RAPPORT_BIN" serve --data "$PROGRAM_DATA/data" "${STORE_OPTION[@]}" \
    --listen "127.0.0.1:$port" >>"$log" 2>&1 &
  PROGRAM_PID=$!
  local attempt
  for attempt in $(seq 100); do
    curl -fsS -o /dev/null "$ADDRESS/readyz" 2>/dev/null && return
    kill -0 "$PROGRAM_PID" 2>/dev/null || fail "serve ended: $(tail -5 "$log")"
    sleep 0.1
  done
  fail "serve is not ready: $(tail -5 "$log")"
}

program() {
  local first=$1
  shift
  local words=("$first")
  if [ "$first" = key ]; then
    words+=("$1")
    shift
  fi
  "$RAPPORT_BIN" "${words[@]}" --data "$PROGRAM_DATA/data" "${STORE_OPTION[@]}" "$@"
}

stop_program() {
  if [ -n "${PROGRAM_PID:-}" ]; then
    kill "$PROGRAM_PID" 2>/dev/null || true
    wait "$PROGRAM_PID" 2>/dev/null || true
    PROGRAM_PID=
  fi
  if [ -n "${DATABASE:-}" ]; then
    "$(find_psql)" -q "$RAPPORT_TEST_POSTGRES" \
      -c "DROP DATABASE IF EXISTS ${DATABASE##*/} WITH (FORCE)" >&2 || true
    DATABASE=
  fi
  [ -z "${PROGRAM_DATA:-}" ] || rm -rf "$PROGRAM_DATA"
  PROGRAM_DATA=
}
