"""Answers counting queries over the same Parquet with DuckDB, one line of JSON each."""

import json
import sys
import time

import duckdb

folder, threads = sys.argv[1], int(sys.argv[2])
base = duckdb.connect()
base.execute(f"SET threads = {threads}")
base.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{folder}/events*.parquet')")
base.execute(f"CREATE VIEW customers AS SELECT * FROM read_parquet('{folder}/customers*.parquet')")
for line in sys.stdin:
    sql = json.loads(line)["sql"]
    started = time.perf_counter()
    (count,) = base.execute(sql).fetchone()
    ms = (time.perf_counter() - started) * 1e3
    print(json.dumps({"count": count, "ms": ms}), flush=True)
