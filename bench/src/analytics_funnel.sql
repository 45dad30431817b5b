WITH a AS (SELECT customer_id, min(occurred_at) AS at FROM events
           WHERE name = 'Page Viewed' GROUP BY 1),
b AS (SELECT customer_id, min(occurred_at) AS at FROM events JOIN a USING (customer_id)
      WHERE name = 'Product Viewed' AND occurred_at > a.at GROUP BY 1),
c AS (SELECT customer_id, min(occurred_at) AS at FROM events JOIN b USING (customer_id)
      WHERE name = 'Product Added' AND occurred_at > b.at GROUP BY 1),
d AS (SELECT customer_id, min(occurred_at) AS at FROM events JOIN c USING (customer_id)
      WHERE name = 'Cart Viewed' AND occurred_at > c.at GROUP BY 1),
e AS (SELECT customer_id, min(occurred_at) AS at FROM events JOIN d USING (customer_id)
      WHERE name = 'Checkout Started' AND occurred_at > d.at GROUP BY 1),
f AS (SELECT customer_id, min(occurred_at) AS at FROM events JOIN e USING (customer_id)
      WHERE name = 'Order Completed' AND occurred_at > e.at GROUP BY 1)
SELECT (SELECT count(*) FROM a) + 2 * (SELECT count(*) FROM b) + 3 * (SELECT count(*) FROM c)
  + 4 * (SELECT count(*) FROM d) + 5 * (SELECT count(*) FROM e) + 6 * (SELECT count(*) FROM f)
