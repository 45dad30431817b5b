-- Sessions of touchpoints: a call, a visit to a kiosk. Any node continues them.
-- cross-customer: looked up by its own id before the customer is known
CREATE TABLE touchpoint_sessions (
  session_id BIGINT PRIMARY KEY,
  key_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  channel TEXT NOT NULL,
  customer TEXT NOT NULL,
  context TEXT NOT NULL,
  contacts TEXT NOT NULL,
  language TEXT,
  ttl_ms BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX touchpoint_sessions_by_expiry ON touchpoint_sessions (expires_at);

-- Tables that say something about single customers and offers: scores, assignments, denials.
CREATE TABLE customer_tables (
  key TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  expires_at BIGINT,
  revision BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE customer_table_rows (
  customer_id BIGINT NOT NULL,
  table_key TEXT NOT NULL,
  offer TEXT NOT NULL,
  figure DOUBLE PRECISION NOT NULL,
  expires_at BIGINT,
  upload_id BIGINT NOT NULL,
  PRIMARY KEY (customer_id, table_key, offer)
);
CREATE INDEX customer_table_rows_by_upload ON customer_table_rows (upload_id, customer_id);
CREATE INDEX customer_table_rows_by_table ON customer_table_rows (table_key, customer_id);

-- Uploads into those tables, one chunk after another; a chunk that comes twice counts once.
CREATE TABLE customer_table_uploads (
  id BIGINT PRIMARY KEY,
  table_key TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  replaces BIGINT NOT NULL,
  next_row BIGINT NOT NULL,
  accepted_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX customer_table_uploads_by_table ON customer_table_uploads (table_key, id);

-- Rows of uploads that could not be used, with the reason.
CREATE TABLE customer_table_rejects (
  upload_id BIGINT NOT NULL,
  row_number BIGINT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (upload_id, row_number)
);
