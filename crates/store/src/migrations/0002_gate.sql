-- People who sign in. `email` is stored in lower case.
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  signed_in_at BIGINT
);

-- Only the hash of a session's token is kept, so that a stolen copy of the store opens no door.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Keys of programs. The secret is shown once; `hint` is its end, to recognise it by.
CREATE TABLE api_keys (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  source_id BIGINT,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);

-- Who did what; append only, each row sealed with the hash of the row before.
CREATE TABLE audit_log (
  seq BIGINT PRIMARY KEY,
  occurred_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_key TEXT NOT NULL,
  before_body TEXT,
  after_body TEXT,
  hash TEXT NOT NULL
);
CREATE INDEX audit_log_by_object ON audit_log (object_kind, object_key, seq);

-- The end of the chain: a row missing at the end of the log is noticed too.
CREATE TABLE audit_heads (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_heads (name, seq, hash) VALUES ('audit_log', 0, '');

-- Answers that are given again to the same call within 24 hours. `status` 0: not answered yet.
CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  claimed_at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  answer {blob} NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
