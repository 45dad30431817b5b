//! Every cell of every view: its number, its customers and its rule agree.

use gate::test_support::call;
use serde_json::{Value, json};
use store::{Db, Random};

use super::world::{World, track, world};

const NAMES: [&str; 5] = [
    "Product Viewed",
    "Product Added",
    "Checkout Started",
    "Order Completed",
    "Support Asked",
];

/// Some months of a small shop: the same every time.
async fn shop(world: &World) {
    let random = Random::seeded(7);
    let pick = |many: u64| random.u64() % many;
    let mut events = Vec::new();
    for customer in 0..60 {
        let user = format!("user-{customer}");
        let country = ["FR", "DE", "PL"][pick(3) as usize];
        let traits = json!({ "country": country, "age": 20 + pick(50), "vip": pick(4) == 0 });
        let traits = if customer % 9 == 0 {
            json!({ "age": 30 })
        } else {
            traits
        };
        events.push(
            json!({ "type": "identify", "userId": user, "traits": traits,
            "timestamp": "2025-11-01T00:00:00Z" }),
        );
        let mut day = 1 + pick(20);
        for _ in 0..pick(12) {
            let (hour, minute) = (pick(24), pick(60));
            let month = 11 + day / 28;
            let (year, month) = if month > 12 {
                (2026, month - 12)
            } else {
                (2025, month)
            };
            let at = |plus: u64| {
                format!(
                    "{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{plus:02}Z",
                    1 + day % 28
                )
            };
            for step in 0..=pick(4) {
                let category = ["bags", "toys", "tools"][pick(3) as usize];
                let properties = json!({ "category": category, "total": 5 + pick(200), "products": [ { "sku": format!("p{}", pick(4)) } ] });
                events.push(track(NAMES[step as usize], &user, &at(step), properties));
            }
            if pick(6) == 0 {
                events.push(track(NAMES[4], &user, &at(2), json!({})));
            }
            day += 1 + pick(20);
        }
    }
    world.send(events).await;
    world.memory.flush().await.unwrap();
}

fn of(name: &str) -> Value {
    json!({ "event": name })
}

fn views() -> Vec<Value> {
    let country = json!({ "attribute": { "name": "country" } });
    let age = json!({ "attribute": { "name": "age" } });
    let category = json!({ "property": { "of": of("Product Viewed"), "name": "category" } });
    let skus = json!({ "property": { "of": of("Order Completed"), "name": "products.sku" } });
    let often = json!({ "count": { "of": of("Product Viewed") } });
    let orders = json!({ "event": "Order Completed",
        "where": [{ "property": "total", "at_least": 20 }] });
    let sum = json!({ "sum": { "of": orders, "property": "total" } });
    let steps = json!([
        of("Product Viewed"),
        of("Product Added"),
        of("Checkout Started"),
        of("Order Completed")
    ]);
    let funnel = |more: Value| {
        let mut funnel = json!({ "steps": steps });
        funnel
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "funnel": funnel })
    };
    vec![
        json!({ "distribution": { "by": country } }),
        json!({ "distribution": { "by": age } }),
        json!({ "distribution": { "by": { "attribute": { "name": "vip" } } } }),
        json!({ "distribution": { "by": often } }),
        json!({ "distribution": { "by": category, "measure": sum } }),
        json!({ "distribution": { "by": skus, "measure": { "events": { "of": of("Order Completed") } } } }),
        json!({ "distribution": { "by": country, "measure": { "average": { "of": orders, "property": "total" } } } }),
        json!({ "distribution": { "by": country, "measure": { "distinct": { "of": of("Product Viewed"), "property": "category" } } } }),
        json!({ "cross_tab": { "rows": country, "columns": category } }),
        json!({ "cross_tab": { "rows": often, "columns": country, "measure": sum } }),
        json!({ "rfm": { "of": of("Order Completed"), "amount": "total" } }),
        json!({ "cohort": { "first": of("Product Viewed"), "unit": "month" } }),
        json!({ "cohort": { "first": of("Product Viewed"), "again": orders, "unit": "week" } }),
        funnel(json!({})),
        funnel(json!({ "within_ms": 2_000 })),
        funnel(json!({ "without": of("Support Asked"), "by": country })),
        funnel(json!({ "by": category, "within_ms": 86_400_000 })),
        funnel(json!({ "count": "sessions" })),
        json!({ "paths": { "depth": 3 } }),
        json!({ "paths": { "start": of("Product Viewed"), "label": "category" } }),
        json!({ "series": { "measure": sum, "unit": "month", "split": country } }),
        json!({ "series": { "measure": { "doing": { "of": of("Product Viewed") } }, "unit": "week" } }),
    ]
}

/// Every cell with its number of customers.
fn cells(shown: &Value, found: &mut Vec<(Value, u64)>) {
    match shown {
        Value::Object(entries) => {
            if let (Some(cell), Some(count)) = (entries.get("cell"), entries.get("customers")) {
                found.push((cell.clone(), count.as_u64().unwrap()));
            }
            entries.values().for_each(|value| cells(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| cells(value, found)),
        _ => {}
    }
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|row| row["customer_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn agree(world: &World, view: &Value, filter: Option<&Value>) -> (usize, usize) {
    let mut question = json!({ "view": view });
    if let Some(filter) = filter {
        question["filter"] = filter.clone();
    }
    let answer = world.ask("POST /api/explore/answers", question).await;
    let question = &answer["question"];
    let mut found = Vec::new();
    cells(&answer["shown"], &mut found);
    assert!(!found.is_empty(), "{view}");
    let mut ruled = 0;
    // A handful of each view: every one would take long without telling more.
    let step = (found.len() / 12).max(1);
    for (cell, count) in found.iter().step_by(step) {
        let page = world.customers(question, cell).await;
        assert_eq!(page["total"], *count, "{view} {cell}");
        if let Some(rule) = page.get("rule") {
            ruled += 1;
            let everyone = json!({ "view": { "distribution": { "by":
                { "attribute": { "name": "country" } } } }, "filter": rule });
            let total = world
                .customers(&everyone, &json!(["ltotal", "ltotal"]))
                .await;
            assert_eq!(ids(&total), ids(&page), "{view} {cell} {}", page["text"]);
        }
    }
    (found.len(), ruled)
}

store::test! {
    async fn every_cell_holds_exactly_the_customers_of_its_rule(db: Db) {
        let world = world(&db).await;
        shop(&world).await;
        for view in views() {
            let (_, ruled) = agree(&world, &view, None).await;
            let sessions = view.get("paths").is_some() || view["funnel"]["count"] == "sessions";
            assert_eq!(ruled == 0, sessions, "{view}");
        }
        let filter = json!({ "all": [
            { "attribute": "country", "one_of": ["FR", "DE"] },
            { "event": "Product Viewed", "at_least": 2 } ] });
        for view in [&views()[0], &views()[8], &views()[13], &views()[15]] {
            agree(&world, view, Some(&filter)).await;
        }
    }
}

store::test! {
    async fn whoever_may_not_see_customers_sees_no_handful(db: Db) {
        let world = world(&db).await;
        let people = |country: &str, many: usize| -> Vec<Value> {
            (0..many).map(|number| json!({ "type": "identify", "userId": format!("{country}{number}"),
                "traits": { "country": country } })).collect()
        };
        world.send([people("FR", 20), people("DE", 7), people("PL", 2)].concat()).await;
        world.memory.flush().await.unwrap();
        let question = json!({ "view": { "distribution": { "by": { "attribute": { "name": "country" } } } } });
        let line = "POST /api/explore/answers";
        let seen = call(&world.router, &world.viewer, line, &[], Some(question.clone())).await;
        let rows = seen.body["shown"]["distribution"]["rows"].clone();
        let counts: Vec<Option<u64>> =
            rows.as_array().unwrap().iter().map(|row| row["customers"].as_u64()).collect();
        // The two of PL would follow from the total: DE is hidden with them.
        assert_eq!(counts, [Some(20), None, None]);
        let full = world.ask(line, question.clone()).await;
        assert_eq!(full["shown"]["distribution"]["rows"][2]["customers"], 2);
        let wish = json!({ "question": question, "cell": ["tPL", "ltotal"] });
        let refused = call(&world.router, &world.viewer, "POST /api/explore/customers", &[], Some(wish)).await;
        assert_eq!(refused.status, 403);
    }
}

store::test! {
    async fn whoever_is_not_shown_who_somebody_is_cannot_ask_either(db: Db) {
        let world = world(&db).await;
        shop(&world).await;
        let by = json!({ "attribute": { "name": "country" } });
        let email = json!({ "attribute": "email", "equals": "ada@example.org" });
        let called = json!({ "event": "Order Completed",
            "where": [{ "property": "shipping.phone", "equals": "1" }] });
        let questions = [
            json!({ "view": { "distribution": { "by": by } }, "filter": { "not": email } }),
            json!({ "view": { "distribution": { "by": by, "measure": { "doing": { "of": called } } } } }),
            json!({ "view": { "funnel": { "steps": [of("Product Viewed"), called] } } }),
            json!({ "view": { "paths": { "label": "email" } } }),
            json!({ "view": { "distribution": { "by": { "attribute": { "name": "firstName" } } } } }),
        ];
        let line = "POST /api/explore/answers";
        for question in questions {
            for (who, status) in [(&world.viewer, 403), (&world.marketer, 200)] {
                let answer = call(&world.router, who, line, &[], Some(question.clone())).await;
                assert_eq!(answer.status, status, "{question} {}", answer.body);
            }
        }
        let question = json!({ "filter": email });
        let line = "POST /api/web/answers";
        let refused = call(&world.router, &world.viewer, line, &[], Some(question.clone())).await;
        assert_eq!(refused.status, 403);
        world.ask(line, question).await;
    }
}

store::test! {
    async fn what_is_wrong_with_a_question_is_named_with_its_place(db: Db) {
        let world = world(&db).await;
        let cases = [
            (json!({ "view": { "funnel": { "steps": [of("A")] } } }), "/view/funnel/steps"),
            (json!({ "view": { "cohort": { "first": of("A"), "unit": "month" } }, "zone": "Mars" }), "/zone"),
            (json!({ "view": { "paths": { "depth": 99 } } }), "/view/paths/depth"),
            (json!({ "view": { "series": { "measure": "customers", "unit": "day" } } }), "/view/series/measure"),
            (json!({ "view": { "distribution": { "by": { "property": { "name": "x",
                "of": { "event": "A", "where": [{ "property": "y" }] } } } } } }),
                "/view/distribution/by/property/of/where/0"),
            (json!({ "view": { "paths": {} }, "period": { "from": "2026-01-02T00:00:00Z",
                "until": "2026-01-01T00:00:00Z" } }), "/period"),
        ];
        for (question, path) in cases {
            let line = "POST /api/explore/answers";
            let answer = call(&world.router, &world.marketer, line, &[], Some(question)).await;
            assert_eq!((answer.status, answer.error_paths()), (422, vec![path]), "{}", answer.body);
        }
    }
}

store::test! {
    async fn progress_is_told_and_views_are_saved(db: Db) {
        let world = world(&db).await;
        shop(&world).await;
        let line = "POST /api/explore/answers";
        let accept = [("accept", "application/x-ndjson")];
        let question = json!({ "view": views()[13] });
        let told = call(&world.router, &world.marketer, line, &accept, Some(question)).await;
        let text = told.body.as_str().map_or_else(|| told.body.to_string(), str::to_owned);
        let last: Value = serde_json::from_str(text.trim().lines().last().unwrap()).unwrap();
        assert!(last["shown"]["funnel"]["groups"][0]["steps"][0]["customers"].is_null());
        assert!(last["shown"]["funnel"]["groups"][0]["steps"][0]["reached"]["customers"].is_u64());
        let view = json!({ "page": "explore", "name": "Way to the order", "search": "view=x" });
        let saved = world.ask("POST /api/saved-views", view.clone()).await;
        let line = "GET /api/saved-views?page=explore";
        let list = call(&world.router, &world.viewer, line, &[], None).await;
        assert_eq!(list.body[0]["id"], saved["id"]);
        let line = format!("DELETE /api/saved-views/{}", saved["id"].as_str().unwrap());
        let gone = call(&world.router, &world.marketer, &line, &[], None).await;
        assert_eq!(gone.status, 204);
    }
}
