-- Simulations: what was asked, and what came of it. The job says how far it is.
CREATE TABLE simulations (
  id BIGINT PRIMARY KEY,
  job_id BIGINT NOT NULL,
  request TEXT NOT NULL,
  result TEXT,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX simulations_by_job ON simulations (job_id);

-- Whom each part of a result is about: sets of customer numbers.
CREATE TABLE simulation_groups (
  simulation_id BIGINT NOT NULL,
  side BIGINT NOT NULL,
  placement TEXT NOT NULL,
  name TEXT NOT NULL,
  customers {blob} NOT NULL,
  PRIMARY KEY (simulation_id, side, placement, name)
);
