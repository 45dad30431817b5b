WITH orders AS (
  SELECT customer_id, date_trunc('month', make_timestamp(occurred_at * 1000)) AS month
  FROM events WHERE name = 'Order Completed'),
cohorts AS (SELECT customer_id, min(month) AS first FROM orders GROUP BY 1),
cells AS (
  SELECT first, datediff('month', first, month) AS unit, count(DISTINCT customer_id) AS customers
  FROM orders JOIN cohorts USING (customer_id) GROUP BY 1, 2)
SELECT sum(customers * (unit + 1)) FROM cells
