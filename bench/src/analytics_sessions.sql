SELECT count(*) FROM (
  SELECT occurred_at - lag(occurred_at) OVER (PARTITION BY customer_id ORDER BY occurred_at, seq) AS gap
  FROM events
) WHERE gap IS NULL OR gap > 1800000
