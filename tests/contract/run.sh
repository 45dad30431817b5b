#!/usr/bin/env bash
# Calls every operation of the OpenAPI document with right and wrong data and checks the answers
# against it: no server error, only documented status codes, content types and shapes.
#
# RAPPORT_BIN        the program (default: the debug build)
# CONTRACT_EXAMPLES  random calls for each operation beside the systematic ones (10)
# CONTRACT_SECONDS   the longest time for all (1800)
# CONTRACT_ONLY      a regular expression: only operations with such a path
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

start_program sqlite
key=$(program key create --name contract --scopes ingest,decide,manage)
document="$PROGRAM_DATA/openapi.json"
curl -fsS "$ADDRESS/openapi.json" -o "$document"

options=()
excluded=0
while read -r method path reason; do
  case $method in '' | '#'*) continue ;; esac
  [ -n "$reason" ] || fail "excluded.txt gives no reason for $method $path"
  "$python" operation.py "$document" "$method" "$path" || fail "excluded.txt: no $method $path"
  options+=(--exclude-name "$method $path")
  echo "left out: $method $path ($reason)"
  excluded=$((excluded + 1))
done <excluded.txt
[ -z "${CONTRACT_ONLY:-}" ] || options+=(--include-path-regex "$CONTRACT_ONLY")

status=0
timeout "${CONTRACT_SECONDS:-1800}" .cache/python/bin/schemathesis --no-color run "$document" \
  --url "$ADDRESS" --header "Authorization: Bearer $key" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance \
  --checks response_schema_conformance \
  --phases examples,coverage,fuzzing --max-examples "${CONTRACT_EXAMPLES:-10}" \
  --generation-deterministic --request-timeout 20 \
  --suppress-health-check all --warnings off \
  --report junit --report-junit-path "$PROGRAM_DATA/report.xml" \
  "${options[@]}" || status=$?

kill -0 "$PROGRAM_PID" || fail "the program has ended"
curl -fsS -o /dev/null "$ADDRESS/readyz" || fail "the program is not ready any more"
"$python" summary.py "$PROGRAM_DATA/report.xml" "$excluded"
exit "$status"
