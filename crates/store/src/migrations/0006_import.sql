-- Files that were brought in, or wait to be: what they look like, how they are read, and the job
-- that does it. The file itself lies in the data folder until it is done.
CREATE TABLE imports (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  source_id BIGINT,
  facts TEXT NOT NULL,
  mapping TEXT,
  job_id BIGINT,
  content_hash TEXT,
  mapping_hash TEXT,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX imports_by_content ON imports (content_hash);

-- Mappings that somebody saved, offered again for files with the same columns.
CREATE TABLE import_mappings (
  name TEXT PRIMARY KEY,
  columns_hash TEXT NOT NULL,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
