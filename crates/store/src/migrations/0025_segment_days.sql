-- 0 when the size was found out afterwards: who came and who went on that day is not known.
ALTER TABLE segment_days ADD COLUMN followed BIGINT NOT NULL DEFAULT 1;
