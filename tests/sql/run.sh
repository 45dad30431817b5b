#!/usr/bin/env bash
# Asks a running Rapport in SQL with tools of other makers: psql, and a Python driver.
#
# RAPPORT_BIN            the program (default: the debug build)
# RAPPORT_TEST_POSTGRES  when set, everything is asked on PostgreSQL, too
set -euo pipefail
cd "$(dirname "$0")"
source ../program.sh
trap stop_program EXIT

python=.cache/python/bin/python
if ! cmp -s requirements.txt .cache/requirements.txt; then
  python3 -m venv .cache/python
  "$python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt .cache/
fi

psql=$(find_psql)
[ -n "$psql" ] || fail "psql is needed"

ask() {
  PGPASSWORD=$1 "$psql" -X -At -v ON_ERROR_STOP=1 \
    "host=127.0.0.1 port=$SQL_PORT user=anybody dbname=rapport sslmode=disable" -c "$2"
}

expect() {
  local got
  got=$(ask "$QUERY_KEY" "$2") || fail "$1: psql failed"
  [ "$got" = "$3" ] || fail "$1: expected $3, got $got"
}

refuse() {
  if ask "$2" "$3" >"$PROGRAM_DATA/refused" 2>&1; then
    fail "$1 was not refused: $(cat "$PROGRAM_DATA/refused")"
  fi
}

stores=(sqlite)
[ -z "${RAPPORT_TEST_POSTGRES:-}" ] || stores+=(postgres)
for store in "${stores[@]}"; do
  SQL_PORT=$(free_port)
  export SQL_PORT RAPPORT_SQL_LISTEN="127.0.0.1:$SQL_PORT"
  start_program "$store"
  QUERY_KEY=$(program key create --name tools --scopes query)
  export QUERY_KEY
  batch='{"batch":['
  for number in $(seq 1 20); do
    batch+='{"type":"track","event":"Seen","userId":"u'$((number % 4))'","properties":{"n":'$number'}},'
  done
  curl -fsS -o /dev/null -u "$INGEST_KEY:" -H 'Content-Type: application/json' \
    -d "${batch%,}]}" "$ADDRESS/v1/batch"

  expect "a count" "SELECT count(*) FROM events" 20
  expect "customers" "SELECT count(DISTINCT customer_id) FROM events" 4
  expect "a join" "SELECT count(*) FROM events JOIN customers USING (customer_id)" 20
  expect "a filter" "SELECT name FROM events WHERE name = 'Seen' LIMIT 1" Seen
  refuse "a write" "$QUERY_KEY" "CREATE TABLE t AS SELECT 1"
  refuse "another write" "$QUERY_KEY" "INSERT INTO events SELECT * FROM events"
  refuse "a file" "$QUERY_KEY" "COPY events TO '$PROGRAM_DATA/stolen.csv'"
  refuse "a file as a table" "$QUERY_KEY" "CREATE EXTERNAL TABLE f STORED AS CSV LOCATION '/etc/passwd'"
  refuse "a wrong key" rpk_wrong "SELECT 1"
  refuse "a key without the scope" "$INGEST_KEY" "SELECT 1"
  "$python" driver.py || fail "the driver of Python failed"
  echo "ok      $store"
  stop_program
done
