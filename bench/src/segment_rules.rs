//! The ten rules of B4, each with the SQL that means the same.

use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

/// A rule and its equivalent.
pub struct Rule {
    pub name: &'static str,
    pub criteria: Value,
    pub sql: String,
}

/// Events of a name in the last days, for SQL.
fn last(now_ms: i64, name: &str, days: i64) -> String {
    let from = now_ms + 1 - days * DAY_MS;
    format!("name = '{name}' AND occurred_at >= {from} AND occurred_at <= {now_ms}")
}

fn counted(inner: &str) -> String {
    format!("SELECT count(*) FROM ({inner})")
}

/// The rules, simple ones first.
pub fn rules(now_ms: i64) -> Vec<Rule> {
    let days = |days: i64| json!({ "rolling_days": days });
    let last = |name: &str, days: i64| last(now_ms, name, days);
    let (order, add, view) = ("Order Completed", "Product Added", "Product Viewed");
    let mut rules = vec![];
    let mut rule = |name, criteria: Value, sql: String| {
        rules.push(Rule {
            name,
            criteria,
            sql,
        })
    };
    rule(
        "ordered three times within a year",
        json!({ "event": order, "at_least": 3, "within": days(365) }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE {} GROUP BY 1 HAVING count(*) >= 3",
            last(order, 365)
        )),
    );
    rule(
        "spent 200 within half a year",
        json!({ "event": order, "measure": "sum", "of": "total", "at_least": 200,
            "within": days(180) }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE {} GROUP BY 1
             HAVING round(sum(total), 6) >= 200",
            last(order, 180)
        )),
    );
    rule(
        "from France and five views within a month",
        json!({ "all": [{ "attribute": "country", "equals": "France" },
            { "event": view, "at_least": 5, "within": days(30) }] }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE {} GROUP BY 1 HAVING count(*) >= 5
             INTERSECT SELECT customer_id FROM customers WHERE country = 'France'",
            last(view, 30)
        )),
    );
    rule(
        "ordered or put three things into the cart within a week",
        json!({ "any": [{ "event": order, "at_least": 1, "within": days(7) },
            { "event": add, "at_least": 3, "within": days(7) }] }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE {} UNION
             SELECT customer_id FROM events WHERE {} GROUP BY 1 HAVING count(*) >= 3",
            last(order, 7),
            last(add, 7)
        )),
    );
    rule(
        "ordered ever and not within 90 days",
        json!({ "all": [{ "event": order, "at_least": 1 },
            { "not": { "event": order, "at_least": 1, "within": days(90) } }] }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE name = '{order}' AND occurred_at <= {now_ms}
             GROUP BY 1 HAVING max(occurred_at) < {}",
            now_ms + 1 - 90 * DAY_MS
        )),
    );
    rule(
        "cart without an order for an hour, within a month",
        json!({ "sequence": [{ "event": add }], "without": { "event": order },
            "within_ms": 3_600_000, "within": days(30) }),
        counted(&format!(
            "WITH adds AS (SELECT customer_id, occurred_at AS t FROM events WHERE {}),
                  orders AS (SELECT customer_id, occurred_at AS t FROM events
                             WHERE name = '{order}')
             SELECT DISTINCT a.customer_id FROM adds a
             ASOF LEFT JOIN orders o ON a.customer_id = o.customer_id AND a.t < o.t
             WHERE a.t + 3600001 <= {now_ms} AND (o.t IS NULL OR o.t > a.t + 3600000)",
            last(add, 30)
        )),
    );
    rule(
        "four categories viewed within 60 days",
        json!({ "event": view, "measure": "distinct", "of": "category", "at_least": 4,
            "within": days(60) }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE {} GROUP BY 1
             HAVING count(DISTINCT category) >= 4",
            last(view, 60)
        )),
    );
    rule(
        "between 25 and 40 with a good average order",
        json!({ "all": [{ "attribute": "age", "between": [25, 40] },
            { "event": order, "measure": "average", "of": "total", "at_least": 100 }] }),
        counted(
            "SELECT customer_id FROM events WHERE name = 'Order Completed' GROUP BY 1
             HAVING round(sum(total), 6) / count(total) >= 100
             INTERSECT SELECT customer_id FROM customers WHERE age BETWEEN 25 AND 40",
        ),
    );
    rule(
        "important and gone for a month",
        json!({ "all": [{ "attribute": "vip", "equals": true },
            { "event": order, "measure": "last", "before": { "days_ago": 30 } }] }),
        counted(&format!(
            "SELECT customer_id FROM events WHERE name = '{order}' GROUP BY 1
             HAVING max(occurred_at) < {}
             INTERSECT SELECT customer_id FROM customers WHERE vip",
            now_ms - 30 * DAY_MS
        )),
    );
    rule(
        "nested: near or important, not after toys, ordered",
        json!({ "all": [
            { "any": [{ "attribute": "country", "one_of": ["Germany", "Spain"] },
                { "attribute": "vip", "equals": true }] },
            { "not": { "event": view, "at_least": 1, "within": days(90),
                "where": [{ "property": "category", "equals": "toys" }] } },
            { "event": order, "at_least": 1 }] }),
        counted(&format!(
            "SELECT customer_id FROM customers WHERE country IN ('Germany', 'Spain') OR vip
             INTERSECT SELECT customer_id FROM events WHERE name = '{order}'
             EXCEPT SELECT customer_id FROM events WHERE {} AND category = 'toys'",
            last(view, 90)
        )),
    );
    rules
}
