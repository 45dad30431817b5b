-- Feeds: data that Rapport fetches by itself. The definition says what; these tables say how far.
-- One row per feed: `asked_at` when somebody wants a run now, `cursor_body` how far a query was
-- read in the place that `place` is the hash of.
-- cross-customer: about feeds
CREATE TABLE feed_states (
  feed TEXT PRIMARY KEY,
  paused BIGINT NOT NULL,
  since_at BIGINT NOT NULL,
  asked_at BIGINT,
  asked_by TEXT,
  started_at BIGINT,
  read_at BIGINT,
  place TEXT,
  cursor_body TEXT,
  lag_count BIGINT,
  lag_at BIGINT,
  accepted_count BIGINT NOT NULL,
  duplicates_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  error TEXT,
  error_at BIGINT
);

-- Runs of pulls, with what came of them; the file in hand is part of the body.
-- cross-customer: about feeds
CREATE TABLE feed_runs (
  id BIGINT PRIMARY KEY,
  feed TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  error TEXT,
  author TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX feed_runs_by_feed ON feed_runs (feed, id);

-- Files that were taken, each once: `mark` tells one content from another.
-- cross-customer: about files
CREATE TABLE feed_files (
  feed TEXT NOT NULL,
  path TEXT NOT NULL,
  mark TEXT NOT NULL,
  number BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  import_id BIGINT,
  state TEXT NOT NULL,
  accepted_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  error TEXT,
  taken_at BIGINT NOT NULL,
  PRIMARY KEY (feed, path, mark)
);
CREATE INDEX feed_files_in_order ON feed_files (feed, number);

-- How far each part of a stream was read; moved in the transaction that keeps the events.
-- cross-customer: about streams
CREATE TABLE feed_offsets (
  feed TEXT NOT NULL,
  place TEXT NOT NULL,
  part BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (feed, place, part)
);

-- The feed that an import belongs to, and how its events are told apart.
ALTER TABLE imports ADD COLUMN feed TEXT;
