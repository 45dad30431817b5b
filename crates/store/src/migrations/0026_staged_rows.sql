-- Rows of an upload into a customer table wait here until it is finished; then they take the place
-- of what the table said before, all at once.
CREATE TABLE customer_table_staged (
  customer_id BIGINT NOT NULL,
  upload_id BIGINT NOT NULL,
  offer TEXT NOT NULL,
  figure DOUBLE PRECISION NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (customer_id, upload_id, offer)
);
CREATE INDEX customer_table_staged_by_upload ON customer_table_staged (upload_id, customer_id);
