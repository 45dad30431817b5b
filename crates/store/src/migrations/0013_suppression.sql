-- Who must be left in peace: identifiers as hashes, so that an entry outlives the customer.
-- cross-customer: an identifier may be listed before or after its customer is known
CREATE TABLE suppression_entries (
  list_key TEXT NOT NULL,
  digest {blob} NOT NULL,
  kind TEXT NOT NULL,
  hint TEXT NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (list_key, digest)
);
CREATE INDEX suppression_entries_by_digest ON suppression_entries (digest);
CREATE INDEX suppression_entries_by_age ON suppression_entries (list_key, added_at, digest);

-- Rises with every change of entries, so that every node reads them again.
-- cross-customer: about a list, not a customer
CREATE TABLE suppression_states (
  list_key TEXT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (list_key)
);
