-- The log: everything that happened with a customer; append only. On SQLite it is one B-tree in
-- order of arrival, because an index by customer would rewrite a page per customer in every commit;
-- the positions of a customer's recent rows are kept in the customer's state instead.
CREATE TABLE log (
  customer_id BIGINT NOT NULL,
  {log_key},
  kind BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  message_hash {blob},
  body_hash BIGINT,
  body TEXT NOT NULL
);
-- postgres only
ALTER TABLE log ADD PRIMARY KEY (customer_id, seq);
CREATE INDEX log_by_seq ON log (seq);
-- both
-- Rare rows that are asked for by customer; kinds are the numbers of `RowKind`.
CREATE INDEX log_merges ON log (customer_id, seq) WHERE kind IN (7, 8);
CREATE INDEX log_consents ON log (customer_id, seq) WHERE kind = 3;

-- One row per customer that can be rebuilt from the log. `root_id` is another customer's id after
-- a merge; the state of the merged ones lives at the root.
CREATE TABLE customers (
  customer_id BIGINT NOT NULL,
  root_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  applied_seq BIGINT NOT NULL,
  label TEXT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (customer_id)
);
CREATE INDEX customers_by_last_seen ON customers (last_seen_at, customer_id);

-- Which customer an identifier points to (the leaf, before merges). The digest is the first 16
-- bytes of blake3(kind, value).
-- cross-customer: looked up before the customer is known
CREATE TABLE identifiers (
  digest {blob} NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  customer_id BIGINT NOT NULL,
  since_at BIGINT NOT NULL,
  PRIMARY KEY (digest)
);
CREATE INDEX identifiers_by_value ON identifiers (value);
CREATE INDEX identifiers_by_customer ON identifiers (customer_id);

-- Message ids seen in the de-duplication window. On SQLite the log's tail in memory does this.
-- cross-customer: looked up before the customer is known
CREATE TABLE message_ids (
  digest {blob} NOT NULL,
  body_hash BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (digest)
);
CREATE INDEX message_ids_by_age ON message_ids (received_at);

-- What published definitions watch for and the append has seen: consumed by the journey engine.
CREATE TABLE signals (
  customer_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  watch TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (customer_id, seq, watch)
);
CREATE INDEX signals_in_order ON signals (seq);

-- Events that could not be taken in, with the reason, until somebody replays or discards them.
-- cross-customer: the customer is not known
CREATE TABLE quarantine (
  id BIGINT PRIMARY KEY,
  source_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  form TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  received_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX quarantine_by_source ON quarantine (source_id, id);

-- Where events come from; API keys with the scope ingest belong to one. Source 1 takes what keys
-- without a source send; 0 is Rapport itself and has no row.
CREATE TABLE sources (
  id BIGINT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  kind TEXT NOT NULL,
  events_count BIGINT NOT NULL,
  last_event_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
INSERT INTO sources (id, key, title, kind, events_count, created_at, updated_at)
  VALUES (1, 'default', 'Default', 'http', 0, 0, 0);
INSERT INTO sequences (name, next_number) VALUES ('sources', 2);

-- What is known of each attribute: the type learned from data, and what people said of it.
CREATE TABLE attribute_definitions (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  description TEXT NOT NULL,
  personal BIGINT NOT NULL,
  fixed BIGINT NOT NULL,
  seen_count BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
