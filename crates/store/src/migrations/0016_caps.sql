-- How much of each cap is taken in each of its periods. The name is that of the cap and the first
-- day of the period: `sale_stock@2026-03-02`.
CREATE TABLE cap_counters (
  counter TEXT PRIMARY KEY,
  taken BIGINT NOT NULL
);

-- What contacts hold of caps until they are definite, are released or expire.
-- cross-customer: found by its contact, whomever that belongs to after merges
CREATE TABLE cap_holds (
  customer_id BIGINT NOT NULL,
  contact_seq BIGINT NOT NULL,
  counter TEXT NOT NULL,
  amount BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (contact_seq, counter)
);
CREATE INDEX cap_holds_by_expiry ON cap_holds (expires_at);

-- Views that have not been answered yet; after the placement's time they are ignored.
CREATE TABLE open_views (
  customer_id BIGINT NOT NULL,
  contact_seq BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, contact_seq)
);
CREATE INDEX open_views_by_due ON open_views (due_at);
