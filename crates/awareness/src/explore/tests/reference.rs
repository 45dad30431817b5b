//! Reference answers on public data sets, through import, questions and API. Compact forms of the
//! data sets lie in `data`; where `RAPPORT_DATA`, or `shared/data` beside the project, has the data
//! sets themselves, the same answers are demanded of every line of them.

use std::path::PathBuf;

use serde_json::{Value, json};
use store::test_support::sqlite;

use super::world::{World, world};

fn data(name: &str) -> Option<Vec<u8>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("RAPPORT_DATA").map_or(beside, PathBuf::from);
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        eprintln!("{name} is not there: only the compact form is checked");
    }
    bytes
}

fn of(name: &str) -> Value {
    json!({ "event": name })
}

/// What the steps of the first funnel come to.
fn reached(shown: &Value) -> Vec<f64> {
    let steps = shown["funnel"]["groups"][0]["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| step["reached"]["value"].as_f64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clickstream_gives_the_known_sessions_funnels_and_carts() {
    clicks(include_bytes!("data/clicks.csv.gz").to_vec()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_clickstream_gives_the_same() {
    if let Some(bytes) = data("ecom_clickstream_synthetic.csv.gz") {
        clicks(bytes).await;
    }
}

async fn clicks(bytes: Vec<u8>) {
    let store = sqlite().await;
    let world = world(&store.db).await;
    world.import("clicks.csv.gz", bytes, None).await;
    world.memory.flush().await.unwrap();
    let names = [
        "product_view",
        "add_to_cart",
        "cart",
        "shipping_details",
        "payment_details",
        "purchase",
    ];
    let steps: Vec<Value> = names.map(of).into();
    let by_customer = world.shown(json!({ "funnel": { "steps": steps } })).await;
    assert_eq!(
        reached(&by_customer),
        [598.0, 517.0, 429.0, 329.0, 222.0, 114.0]
    );
    let sessions = json!({ "funnel": { "steps": steps, "count": "sessions" } });
    let by_session = world.shown(sessions).await;
    assert_eq!(
        reached(&by_session),
        [2_868.0, 944.0, 477.0, 194.0, 72.0, 15.0]
    );
    let web = json!({
        "period": { "from": "2023-01-01T00:00:00Z" },
        "unit": "month",
        "sessions": { "without_pages": true },
        "cart_event": "add_to_cart",
        "order_event": "purchase",
    });
    let answer = world.ask("POST /api/web/answers", web).await;
    assert_eq!(answer["total"]["visits"], 3_605);
    assert_eq!(
        (&answer["carts"]["created"], &answer["carts"]["abandoned"]),
        (&json!(1_213), &json!(855))
    );
    assert_eq!(answer["total"]["orders"], 470);
}

/// Every row of the retail data as it is: no rule leaves anything out or changes a sign.
fn retail() -> Value {
    json!({
        "as": "events", "user_id": "CustomerID", "unidentified": "anonymous",
        "event": { "name": "Order Completed" },
        "time": { "column": "InvoiceDate", "format": "iso", "zone": "UTC" },
        "group": { "column": "InvoiceNo", "lines": "products",
            "total": { "name": "total", "multiply": ["quantity", "price"] } },
        "fields": [
            { "column": "InvoiceNo", "to": "property", "name": "order_id", "kind": "text" },
            { "column": "Country", "to": "property", "name": "country", "kind": "text" },
            { "column": "CustomerID", "to": "attribute", "name": "number", "kind": "text" },
            { "column": "StockCode", "to": "line", "name": "product_id", "kind": "text" },
            { "column": "Quantity", "to": "line", "name": "quantity", "kind": "number" },
            { "column": "UnitPrice", "to": "line", "name": "price", "kind": "number" } ],
    })
}

/// One row an invoice.
fn invoices() -> Value {
    json!({
        "as": "events", "user_id": "CustomerID", "unidentified": "anonymous",
        "event": { "name": "Order Completed" },
        "time": { "column": "InvoiceDate", "format": "iso", "zone": "UTC" },
        "fields": [
            { "column": "InvoiceNo", "to": "property", "name": "order_id", "kind": "text" },
            { "column": "Country", "to": "property", "name": "country", "kind": "text" },
            { "column": "CustomerID", "to": "attribute", "name": "number", "kind": "text" },
            { "column": "Total", "to": "property", "name": "total", "kind": "number" } ],
    })
}

async fn asked(world: &World, view: Value, until: &str) -> Value {
    let question = json!({
        "view": view,
        "filter": { "attribute": "number", "exists": true },
        "period": { "until": until },
    });
    world.ask("POST /api/explore/answers", question).await["shown"].clone()
}

fn near(value: &Value, expected: f64, digits: i32) {
    let value = value.as_f64().unwrap();
    assert!(
        (value - expected).abs() < 0.5 * 10_f64.powi(-digits),
        "{value} {expected}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_invoices_give_the_known_revenue_grid_and_cohort() {
    let bytes = include_bytes!("data/retail_invoices.csv.gz").to_vec();
    revenue_grid_and_cohort(bytes, invoices(), 28_816).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_invoices_gives_the_same() {
    if let Some(bytes) = data("online_retail_ii_2009_2010.csv.gz") {
        revenue_grid_and_cohort(bytes, retail(), 525_461).await;
    }
}

async fn revenue_grid_and_cohort(bytes: Vec<u8>, mapping: Value, rows: u64) {
    let store = sqlite().await;
    let world = world(&store.db).await;
    let done = world.import("retail.csv.gz", bytes, Some(mapping)).await;
    assert_eq!(done["progress"]["accepted_rows"], rows);
    world.memory.flush().await.unwrap();
    let country = json!({ "property": { "of": of("Order Completed"), "name": "country" } });
    let sum = json!({ "sum": { "of": of("Order Completed"), "property": "total" } });
    let raw = world
        .shown(json!({ "distribution": { "by": country, "measure": sum } }))
        .await;
    near(&raw["distribution"]["total"]["value"], 9_539_484.634, 3);
    assert_eq!(raw["distribution"]["rows"].as_array().unwrap().len(), 40);
    let events = json!({ "events": { "of": of("Order Completed") } });
    let raw = world
        .shown(json!({ "distribution": { "by": country, "measure": events } }))
        .await;
    near(&raw["distribution"]["total"]["value"], 28_816.0, 0);
    let clean =
        json!({ "event": "Order Completed", "where": [{ "property": "total", "greater": 0 }] });
    let until = "2010-12-10T00:00:00Z";
    let rfm = asked(
        &world,
        json!({ "rfm": { "of": clean, "amount": "total" } }),
        until,
    )
    .await;
    let rfm = &rfm["rfm"];
    assert_eq!(rfm["customers"], 4_312);
    near(&rfm["recency_days"]["mean"], 91.173, 3);
    near(&rfm["recency_days"]["median"], 53.0, 3);
    near(&rfm["frequency"]["mean"], 4.4557, 4);
    near(&rfm["frequency"]["median"], 2.0, 3);
    near(&rfm["frequency"]["max"], 205.0, 3);
    near(&rfm["amount"]["mean"], 2_048.238, 3);
    near(&rfm["amount"]["median"], 706.02, 3);
    near(&rfm["amount"]["max"], 349_164.35, 3);
    let sum = json!({ "sum": { "of": clean, "property": "total" } });
    let by = json!({ "property": { "of": clean, "name": "country" } });
    let countries = json!({ "distribution": { "by": by, "measure": sum } });
    let shown = asked(&world, countries, until).await;
    near(&shown["distribution"]["total"]["value"], 8_832_003.274, 3);
    let rows = &shown["distribution"]["rows"];
    let expected = [
        ("United Kingdom", 7_414_755.963),
        ("EIRE", 356_085.21),
        ("Netherlands", 268_786.0),
    ];
    for (place, (name, value)) in expected.into_iter().enumerate() {
        assert_eq!(rows[place]["label"]["value"], name);
        near(&rows[place]["value"], value, 3);
    }
    let orders = json!({ "distribution": { "by": by, "measure": { "events": { "of": clean } } } });
    near(
        &asked(&world, orders, until).await["distribution"]["total"]["value"],
        19_213.0,
        0,
    );
    let months = json!({ "series": { "measure": sum, "unit": "month" } });
    let months = asked(&world, months, until).await;
    near(
        &months["series"]["lines"][0]["points"][11]["value"],
        1_172_336.04,
        2,
    );
    let cohorts = asked(
        &world,
        json!({ "cohort": { "first": clean, "unit": "month" } }),
        until,
    )
    .await;
    let first = &cohorts["cohort"]["cohorts"][0];
    let active: Vec<u64> = first["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["customers"].as_u64().unwrap())
        .collect();
    assert_eq!(
        active,
        [
            955, 337, 319, 406, 363, 343, 360, 327, 321, 346, 403, 473, 237
        ]
    );
}
