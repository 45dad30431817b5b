-- What decision records refer to: keys, versions and figures of everything published at a time.
-- Written once per publication; records name it by its hash.
CREATE TABLE decision_catalogs (
  hash TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
