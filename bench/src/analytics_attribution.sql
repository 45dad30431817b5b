WITH touches AS (
  SELECT customer_id, occurred_at, seq, name, channel,
    coalesce(sum(CASE WHEN name = 'Order Completed' THEN 1 ELSE 0 END) OVER (
      PARTITION BY customer_id ORDER BY occurred_at, seq
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS route
  FROM events WHERE name IN ('Page Viewed', 'Order Completed')),
steps AS (
  SELECT coalesce(lag(channel) OVER way, 'start') AS here, channel AS next
  FROM touches WHERE name = 'Page Viewed'
  WINDOW way AS (PARTITION BY customer_id, route ORDER BY occurred_at, seq)),
ends AS (
  SELECT arg_max(channel, (occurred_at, seq)) FILTER (WHERE name = 'Page Viewed') AS here,
    CASE WHEN bool_or(name = 'Order Completed') THEN 'conversion' ELSE 'nothing' END AS next
  FROM touches GROUP BY customer_id, route HAVING bool_or(name = 'Page Viewed')),
moves AS (
  SELECT here, next, count(*) AS n
  FROM (SELECT * FROM steps UNION ALL SELECT * FROM ends) GROUP BY 1, 2)
SELECT sum(n * n % 1000003) FROM moves
