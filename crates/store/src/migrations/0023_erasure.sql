-- What the chain of the audit log seals is a digest of the bodies with a salt of the row. When a
-- customer they mention is erased, bodies and salt go, and the chain still holds.
ALTER TABLE audit_log ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_log ADD COLUMN bodies TEXT NOT NULL DEFAULT '';

-- The identifiers that are still searched for; gone when the erasure is done.
ALTER TABLE erasures ADD COLUMN known TEXT;
