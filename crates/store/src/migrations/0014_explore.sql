-- Views of explore and of web analytics that somebody saved, with the address that shows them.
-- cross-customer: about a view, not a customer
CREATE TABLE saved_views (
  id TEXT PRIMARY KEY,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX saved_views_by_page ON saved_views (page, name);
