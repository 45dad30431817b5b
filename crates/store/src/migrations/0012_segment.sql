-- Who is or was in a segment, since when, and how often they came in.
CREATE TABLE segment_members (
  customer_id BIGINT NOT NULL,
  segment_key TEXT NOT NULL,
  inside BIGINT NOT NULL,
  since_at BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (customer_id, segment_key)
);
CREATE INDEX segment_members_by_segment ON segment_members (segment_key, inside, customer_id);
CREATE INDEX segment_members_by_change ON segment_members (segment_key, inside, since_at);

-- When the passing of time may change a customer's memberships.
CREATE TABLE segment_checks (
  customer_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id)
);
CREATE INDEX segment_checks_by_due ON segment_checks (due_at);

-- What the members of a segment follow from, and how fresh they are. `revision` rises with every
-- change of members that other nodes must read again.
-- cross-customer: about a segment, not a customer
CREATE TABLE segment_states (
  segment_key TEXT NOT NULL,
  rule_hash TEXT NOT NULL,
  revision BIGINT NOT NULL,
  as_of_at BIGINT NOT NULL,
  PRIMARY KEY (segment_key)
);

-- The size of segments per day (of UTC, as days since 1970).
-- cross-customer: about a segment, not a customer
CREATE TABLE segment_days (
  segment_key TEXT NOT NULL,
  day BIGINT NOT NULL,
  size BIGINT NOT NULL,
  entered BIGINT NOT NULL,
  departed BIGINT NOT NULL,
  PRIMARY KEY (segment_key, day)
);
