"""Asks with a stock driver: parameters, types, and what is refused."""

import os

import pg8000.dbapi

connection = pg8000.dbapi.connect(
    host="127.0.0.1",
    port=int(os.environ["SQL_PORT"]),
    user="anybody",
    password=os.environ["QUERY_KEY"],
    database="rapport",
)
connection.autocommit = True
cursor = connection.cursor()
cursor.execute("SELECT name, count(*) AS n FROM events GROUP BY name")
found = [list(row) for row in cursor.fetchall()]
assert found == [["Seen", 20]], found
cursor.execute("SELECT customer_id, seq, occurred_at FROM events WHERE seq > %s ORDER BY seq", (0,))
rows = cursor.fetchall()
assert len(rows) == 20, rows
assert all(isinstance(value, int) for row in rows for value in row), rows[0]
try:
    cursor.execute("DELETE FROM events")
except pg8000.dbapi.DatabaseError as error:
    assert "only reads" in str(error), error
else:
    raise AssertionError("a write was not refused")
cursor.execute("SELECT count(*) FROM customers")
assert cursor.fetchone()[0] == 4
