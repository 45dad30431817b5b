-- The outbox: one row per message to one customer.
CREATE TABLE messages (
  customer_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  -- What may be planned only once: journey instance and step, for example.
  once_key TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Why it is rejected or suppressed; the provider's words for it.
  reason TEXT,
  detail TEXT,
  guarantee TEXT NOT NULL,
  fence BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  doubtful BIGINT NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  category TEXT,
  template TEXT NOT NULL,
  template_version BIGINT,
  offer TEXT,
  offer_version BIGINT,
  contact_id BIGINT,
  decision_id BIGINT,
  journey TEXT,
  instance_id BIGINT,
  step TEXT,
  language TEXT,
  address TEXT,
  subject TEXT,
  provider_id TEXT,
  -- Data for the template that is not the customer's or the offer's (the cart, the event).
  body TEXT NOT NULL,
  -- The targets of its links, in order, once rendered.
  links TEXT NOT NULL,
  -- What happened to it, oldest first.
  history TEXT NOT NULL,
  -- 1 when the log of the customer knows how it ended: presented or released.
  told BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, id),
  UNIQUE (customer_id, once_key)
);
CREATE INDEX messages_by_state ON messages (state, due_at);
CREATE INDEX messages_by_id ON messages (id);
CREATE INDEX messages_by_instance ON messages (instance_id);
CREATE INDEX messages_untold ON messages (told, state);

-- The development mailbox: what would have left, as it would have left.
CREATE TABLE mailbox (
  customer_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  text TEXT NOT NULL,
  raw TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  read_at BIGINT,
  PRIMARY KEY (customer_id, id)
);
CREATE INDEX mailbox_by_id ON mailbox (id);

-- Addresses that bounced or complained: nothing is sent to them. The digest is of the address in
-- lower case, so that it survives the erasure of the customer.
-- cross-customer: an address, not a customer
CREATE TABLE suppressed_addresses (
  digest {blob} NOT NULL,
  channel TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  since_at BIGINT NOT NULL,
  PRIMARY KEY (digest, channel)
);

-- Customers on their way through a journey. `live_key` is the key while the instance lives and
-- NULL when it has ended, so that one key lives once.
CREATE TABLE journey_instances (
  customer_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  journey TEXT NOT NULL,
  version BIGINT NOT NULL,
  live_key TEXT,
  instance_key TEXT NOT NULL,
  state TEXT NOT NULL,
  step TEXT,
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  reason TEXT,
  body TEXT NOT NULL,
  entered_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, id),
  UNIQUE (customer_id, journey, live_key)
);
CREATE INDEX journey_instances_due ON journey_instances (state, due_at);
CREATE INDEX journey_instances_by_journey ON journey_instances (journey, state, step);

-- How many have entered each step, by version.
CREATE TABLE journey_steps (
  journey TEXT NOT NULL,
  version BIGINT NOT NULL,
  step TEXT NOT NULL,
  entered_count BIGINT NOT NULL,
  PRIMARY KEY (journey, version, step)
);
