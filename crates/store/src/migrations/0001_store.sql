-- Numbers handed out in blocks (log positions, customer ids).
CREATE TABLE sequences (
  name TEXT PRIMARY KEY,
  next_number BIGINT NOT NULL
);

-- Small facts about this installation (signing secret, outbound hold, revisions).
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE definitions (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  version BIGINT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (kind, key, version)
);

CREATE TABLE definition_heads (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  latest_version BIGINT NOT NULL,
  published_version BIGINT,
  retired BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, key)
);

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);

CREATE TABLE jobs (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  done_count BIGINT NOT NULL,
  total_count BIGINT,
  error TEXT,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX jobs_by_kind ON jobs (kind, id);
