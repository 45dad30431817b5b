-- What events there are: learned from the log, so that rules can be written with known names.
CREATE TABLE event_names (
  name TEXT PRIMARY KEY,
  seen_count BIGINT NOT NULL,
  looked_count BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL
);

-- The properties of each event, by path, with their kind and frequent values (JSON).
CREATE TABLE event_properties (
  event TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  looked_count BIGINT NOT NULL,
  frequent TEXT NOT NULL,
  PRIMARY KEY (event, path)
);
