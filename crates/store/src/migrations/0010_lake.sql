-- The files of the lake: which exist is decided here, so that a query sees exactly what was
-- committed. `state` is `writing` before a file is complete, `live`, or `dropped` until the file
-- itself is removed. Positions are those of `lake_heads`.
-- cross-customer: a file holds ranges of customers
CREATE TABLE lake_files (
  id BIGINT PRIMARY KEY,
  table_name TEXT NOT NULL,
  path TEXT NOT NULL,
  state TEXT NOT NULL,
  rows_count BIGINT NOT NULL,
  bytes_count BIGINT NOT NULL,
  min_customer BIGINT NOT NULL,
  max_customer BIGINT NOT NULL,
  min_seq BIGINT NOT NULL,
  max_seq BIGINT NOT NULL,
  min_occurred_at BIGINT NOT NULL,
  max_occurred_at BIGINT NOT NULL,
  max_received_at BIGINT NOT NULL,
  -- Merges before this position are in the file's customer ids.
  roots_mark BIGINT NOT NULL,
  -- Which events it holds, and which columns of properties are complete for each.
  facts TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX lake_files_by_state ON lake_files (state, table_name, id);

-- Where the lake stands. Rows of the log before `archived_mark` are in files; those before
-- `trimmed_mark` have left the log. A position is `seq` on the embedded store and the number of
-- the transaction where several processes write.
CREATE TABLE lake_heads (
  name TEXT PRIMARY KEY,
  generation BIGINT NOT NULL,
  archived_mark BIGINT NOT NULL,
  trimmed_mark BIGINT NOT NULL,
  customers_mark BIGINT NOT NULL,
  archived_seq BIGINT NOT NULL,
  -- Rises with every erasure of a customer: what is in memory is read again.
  erased_count BIGINT NOT NULL,
  archived_at BIGINT,
  compacted_at BIGINT
);
INSERT INTO lake_heads (name, generation, archived_mark, trimmed_mark, customers_mark, archived_seq,
  erased_count) VALUES ('log', 0, 0, 0, 0, 0, 0);

-- Columns of files that hold one property of events or one attribute of customers.
-- cross-customer: names of columns
CREATE TABLE lake_columns (
  scope TEXT NOT NULL,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (scope, path),
  UNIQUE (scope, name)
);

-- postgres only
ALTER TABLE log ADD COLUMN tx BIGINT NOT NULL DEFAULT (CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT));
CREATE INDEX log_by_tx ON log (tx, seq);
CREATE INDEX log_merges_in_order ON log (tx, seq) WHERE kind IN (7, 8);
-- sqlite only
CREATE INDEX log_merges_in_order ON log (seq) WHERE kind IN (7, 8);
-- both
