-- Erasures of customers: which leaves, until files are free of them, and that it was done.
-- cross-customer: the customers are gone
CREATE TABLE erasures (
  id BIGINT PRIMARY KEY,
  leaves TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  done_at BIGINT
);
