-- What was learned, step by step, in the order in which every process applies it. Old batches go
-- when the models as of a later position are kept.
CREATE TABLE learning_batches (
  position BIGINT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  steps TEXT NOT NULL
);

-- How far the log was read for learning (one row).
CREATE TABLE learning_progress (
  id BIGINT PRIMARY KEY,
  cursor TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What was learned as of a position: the book of features, families and channels (one row) …
CREATE TABLE learning_states (
  id BIGINT PRIMARY KEY,
  position BIGINT NOT NULL,
  body TEXT NOT NULL,
  numbers {blob} NOT NULL,
  created_at BIGINT NOT NULL
);

-- … and the models; the numbers are doubles, least significant byte first.
CREATE TABLE learning_models (
  model BIGINT PRIMARY KEY,
  body TEXT NOT NULL,
  numbers {blob} NOT NULL
);

-- What became of each model's contacts, by hour.
CREATE TABLE learning_hours (
  model BIGINT NOT NULL,
  hour_at BIGINT NOT NULL,
  shown DOUBLE PRECISION NOT NULL,
  settled DOUBLE PRECISION NOT NULL,
  rewarded DOUBLE PRECISION NOT NULL,
  explored DOUBLE PRECISION NOT NULL,
  forgone_cents DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (model, hour_at)
);

-- What people want done to models; the learner takes it up within a second.
CREATE TABLE learning_wishes (
  id BIGINT PRIMARY KEY,
  wish TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO sequences (name, next_number) VALUES ('learning_wishes', 1);
