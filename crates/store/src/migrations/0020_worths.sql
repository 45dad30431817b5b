-- What acceptances were worth, by offer and customer group, as decision records refer to it;
-- written once whenever the evidence has moved. Of no single customer.
-- cross-customer: about all customers of a group
CREATE TABLE decision_worths (
  hash TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
