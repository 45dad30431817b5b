-- A signal that could not be taken in is tried again later, and no more after some tries.
ALTER TABLE signals ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signals ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
