//! Visits from the lake, through the API.

use gate::test_support::call;
use serde_json::{Value, json};
use store::{Db, Timestamp};

use crate::explore::tests::world::{World, world};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
    Gecko) Chrome/126.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \
    AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

/// A page somebody looked at, so many minutes before the clock of the test.
fn page(world: &World, who: &str, minutes_ago: i64, path: &str, more: Value) -> Value {
    let at = Timestamp(world.memory.db().now().0 - minutes_ago * 60_000);
    let mut context = json!({ "page": { "path": path }, "userAgent": CHROME });
    let object = context.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    json!({ "type": "page", "anonymousId": who, "timestamp": at, "properties": {},
        "context": context })
}

fn event(world: &World, who: &str, minutes_ago: i64, name: &str, properties: Value) -> Value {
    let at = Timestamp(world.memory.db().now().0 - minutes_ago * 60_000);
    json!({ "type": "track", "event": name, "anonymousId": who, "timestamp": at,
        "properties": properties, "context": { "page": { "path": "/shop" }, "userAgent": CHROME } })
}

fn rows<'a>(answer: &'a Value, dimension: &str) -> Vec<(&'a str, u64, u64)> {
    let breakdowns = answer["breakdowns"].as_array().unwrap();
    let found = breakdowns
        .iter()
        .find(|one| one["dimension"] == dimension)
        .unwrap();
    let rows = found["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let count = |key: &str| row["numbers"][key].as_u64().unwrap();
        (
            row["value"].as_str().unwrap(),
            count("visitors"),
            count("visits"),
        )
    })
    .collect()
}

/// Three visitors and a bot.
async fn site(world: &World) {
    let referred = |from: &str| {
        json!({ "page": { "path": "/", "referrer": from,
        "url": "https://shop.example/" } })
    };
    let paid = json!({ "campaign": { "name": "spring", "source": "google", "medium": "cpc",
        "content": "Blue banner", "term": "bags" } });
    world
        .send(vec![
            page(world, "ann", 600, "/", referred("https://www.google.com/")),
            page(world, "ann", 599, "/bags", json!({})),
            event(
                world,
                "ann",
                598,
                "Product Added",
                json!({ "price": 20, "quantity": 2 }),
            ),
            event(
                world,
                "ann",
                597,
                "Order Completed",
                json!({ "total": 40.5 }),
            ),
            page(world, "ann", 500, "/", json!({})),
            page(world, "bea", 400, "/sale", paid),
            page(world, "bea", 390, "/bags", json!({ "userAgent": IPHONE })),
            event(
                world,
                "bea",
                389,
                "Products Searched",
                json!({ "query": "hats" }),
            ),
            event(
                world,
                "bea",
                388,
                "Form Stepped",
                json!({ "form_id": "news", "step": "email" }),
            ),
            page(
                world,
                "cid",
                10,
                "/",
                json!({ "userAgent": IPHONE,
            "location": { "country": "FR" } }),
            ),
            page(
                world,
                "bot",
                10,
                "/",
                json!({ "userAgent": "Googlebot/2.1" }),
            ),
            json!({ "type": "track", "event": "Order Completed", "userId": "till",
            "timestamp": world.memory.db().now(), "properties": { "total": 7 } }),
        ])
        .await;
    world.memory.flush().await.unwrap();
}

store::test! {
    async fn visits_are_counted_by_where_they_come_from_and_what_they_do(db: Db) {
        let world = world(&db).await;
        site(&world).await;
        let answer = world.ask("POST /api/web/answers", json!({ "unit": "hour" })).await;
        let total = &answer["total"];
        let of = |key: &str| total[key].as_f64().unwrap();
        assert_eq!(["visitors", "visits", "pages", "orders"].map(of), [3.0, 4.0, 6.0, 1.0]);
        assert_eq!((of("revenue"), of("bounce_rate")), (40.5, 0.5));
        assert_eq!(answer["bots"], 1);
        assert_eq!(rows(&answer, "channel"),
            [("direct", 2, 2), ("paid_search", 1, 1), ("search", 1, 1)]);
        assert_eq!(rows(&answer, "campaign"), [("spring", 1, 1)]);
        assert_eq!(rows(&answer, "content"), [("Blue banner", 1, 1)]);
        assert_eq!(rows(&answer, "term"), [("bags", 1, 1)]);
        assert_eq!(rows(&answer, "landing"), [("/", 2, 3), ("/sale", 1, 1)]);
        assert_eq!(rows(&answer, "exit"), [("/", 2, 2), ("/bags", 2, 2)]);
        assert_eq!(rows(&answer, "page"), [("/", 2, 3), ("/bags", 2, 2), ("/sale", 1, 1)]);
        assert_eq!(rows(&answer, "search"), [("hats", 1, 1)]);
        assert_eq!(rows(&answer, "country"), [("FR", 1, 1)]);
        assert_eq!(rows(&answer, "device"), [("desktop", 2, 3), ("mobile", 1, 1)]);
        assert_eq!(answer["forms"][0], json!({ "form": "news", "started": 1, "submitted": 0,
            "steps": [{ "step": "email", "reached": 1, "left": 1 }] }));
        let carts = &answer["carts"];
        assert_eq!((&carts["created"], &carts["value"]), (&json!(1), &json!(40.0)));
        let hours: u64 = answer["series"].as_array().unwrap().iter()
            .filter_map(|point| point["numbers"]["visits"].as_u64()).sum();
        assert_eq!(hours, 4);
    }
}

store::test! {
    async fn every_row_filters_and_leads_to_its_visitors(db: Db) {
        let world = world(&db).await;
        site(&world).await;
        let only = json!({ "only": [{ "dimension": "page", "value": "/bags" }] });
        let answer = world.ask("POST /api/web/answers", only.clone()).await;
        assert_eq!(answer["total"]["visitors"], 2);
        let found = world.ask("POST /api/web/customers", json!({ "question": only })).await;
        assert_eq!(found["total"], 2);
        let ids = found["items"].as_array().unwrap().len();
        assert_eq!(ids, 2);
        let two = json!({ "only": [{ "dimension": "page", "value": "/bags" },
            { "dimension": "channel", "value": "search" }] });
        let found = world.ask("POST /api/web/customers", json!({ "question": two })).await;
        assert_eq!(found["total"], 1);
        let filter = json!({ "filter": { "event": "Order Completed", "at_least": 1 } });
        let answer = world.ask("POST /api/web/answers", filter).await;
        assert_eq!((&answer["total"]["visitors"], &answer["total"]["visits"]), (&json!(1), &json!(2)));
        let viewer = call(&world.router, &world.viewer, "POST /api/web/answers", &[], Some(json!({}))).await;
        // Three visitors are a handful: a viewer sees nothing of them.
        assert_eq!((&viewer.body["hidden"], &viewer.body["total"]["visits"]), (&json!(true), &json!(0)));
        assert_eq!(rows(&viewer.body, "page"), []);
    }
}

store::test! {
    async fn the_last_half_hour_and_the_interests_of_a_customer_are_told(db: Db) {
        let world = world(&db).await;
        site(&world).await;
        let live = call(&world.router, &world.marketer, "GET /api/web/live", &[], None).await;
        assert_eq!(live.status, 200, "{}", live.body);
        assert_eq!(live.body["total"]["visits"], 1);
        assert_eq!(live.body["pages"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), 1);
        world.send(vec![
            event(&world, "ann", 5, "Product Viewed", json!({ "category": "bags" })),
            event(&world, "ann", 4, "Product Added", json!({ "category": "bags" })),
        ]).await;
        world.memory.flush().await.unwrap();
        let question = json!({ "only": [{ "dimension": "event", "value": "Product Viewed" }] });
        let found = world.ask("POST /api/web/customers", json!({ "question": question })).await;
        let id = found["items"][0]["customer_id"].as_str().unwrap();
        let line = format!("GET /api/customers/{id}/interests");
        let told = call(&world.router, &world.marketer, &line, &[], None).await;
        let first = &told.body["items"][0];
        assert_eq!((&first["category"], &first["level"]), (&json!("bags"), &json!("high")));
    }
}

store::test! {
    async fn an_access_log_becomes_visits_once(db: Db) {
        let world = world(&db).await;
        let line = |address: &str, time: &str, target: &str, agent: &str| format!(
            "{address} - - [01/Mar/2026:{time} +0000] \"GET {target} HTTP/1.1\" 200 512 \
             \"https://www.bing.com/\" \"{agent}\"\n");
        let log = [
            line("203.0.113.1", "10:00:00", "/", CHROME),
            line("203.0.113.1", "10:00:01", "/site.css", CHROME),
            line("203.0.113.1", "10:05:00", "/bags?utm_campaign=x", CHROME),
            line("203.0.113.2", "10:05:00", "/", IPHONE),
            line("203.0.113.3", "10:05:00", "/", "Googlebot/2.1"),
        ].concat();
        let done = world.import("access.log", log.clone().into_bytes(), None).await;
        assert_eq!(done["facts"]["format"], "access_log");
        assert!(done["facts"].get("visitor_salt").is_none());
        assert_eq!(done["progress"]["accepted"], 3, "{done}");
        assert_eq!(done["progress"]["skipped_rows"], 2);
        world.memory.flush().await.unwrap();
        let question = json!({ "period": { "from": "2026-03-01T00:00:00Z" } });
        let answer = world.ask("POST /api/web/answers", question.clone()).await;
        assert_eq!((&answer["total"]["visitors"], &answer["total"]["pages"]), (&json!(2), &json!(3)));
        assert_eq!(rows(&answer, "channel"), [("search", 2, 2)]);
        assert_eq!(rows(&answer, "page"), [("/", 2, 2), ("/bags", 1, 1)]);
        assert_eq!(rows(&answer, "device"), [("desktop", 1, 1), ("mobile", 1, 1)]);
        world.import("again.log", log.into_bytes(), None).await;
        let again = world.ask("POST /api/web/answers", question).await;
        assert_eq!(again["total"], answer["total"]);
    }
}

/// A note of ours about a visitor.
async fn note(world: &World, who: &str, minutes_ago: i64) {
    use memory::event::{SEGMENT_ENTERED, wire::EventKind};
    use memory::log::{Command, Entry, EventBody, NewRow};
    let kind = memory::identity::IdentifierKind::AnonymousId;
    let customer = world.memory.find(kind, who).await.unwrap().unwrap();
    let random = world.memory.db().random();
    let properties = json!({ "segment": "vip" });
    let body = EventBody::ours(random, EventKind::Track, SEGMENT_ENTERED, &properties).unwrap();
    let row = NewRow {
        occurred_at: Timestamp(world.memory.db().now().0 - minutes_ago * 60_000),
        source_id: 0,
        message: None,
        entry: Entry::Event(body),
    };
    let command = Command {
        customer,
        rows: vec![row],
        expect: None,
    };
    world.memory.append(command).await.unwrap();
}

store::test! {
    async fn our_notes_about_a_visitor_are_nothing_they_did(db: Db) {
        let world = world(&db).await;
        site(&world).await;
        let sessions = json!({ "funnel": { "count": "sessions",
            "steps": [{ "event": "Page Viewed" }, { "event": "Order Completed" }] } });
        let ask = async || (
            world.ask("POST /api/web/answers", json!({})).await,
            world.shown(json!({ "paths": {} })).await,
            world.shown(sessions.clone()).await,
        );
        let before = ask().await;
        // Half a minute after the only page of a visit, and long after the last.
        note(&world, "cid", 9).await;
        note(&world, "ann", 300).await;
        world.memory.flush().await.unwrap();
        let after = ask().await;
        for key in ["total", "breakdowns", "series"] {
            assert_eq!(before.0[key], after.0[key], "{key}");
        }
        assert_eq!((before.1, before.2), (after.1, after.2));
        let named = json!({ "funnel": { "count": "sessions",
            "steps": [{ "event": "Page Viewed" }, { "event": "Segment Entered" }] } });
        let steps = world.shown(named).await["funnel"]["groups"][0]["steps"].clone();
        assert_eq!(steps[1]["reached"]["customers"], 1, "{steps}");
    }
}

store::test! {
    async fn carts_and_forms_follow_the_filters_of_the_page(db: Db) {
        let world = world(&db).await;
        site(&world).await;
        let filled = |who: &str, minutes: i64, form: Value, agent: &str| {
            let mut event = event(&world, who, minutes, "Form Submitted", json!({ "form_id": form }));
            event["context"]["userAgent"] = json!(agent);
            event
        };
        world.send(vec![
            page(&world, "dan", 60, "/form", json!({})),
            filled("dan", 59, json!(7), CHROME),
            filled("bot", 9, json!("news"), "Googlebot/2.1"),
        ]).await;
        world.memory.flush().await.unwrap();
        let ask = async |question: Value| {
            let answer = world.ask("POST /api/web/answers", question).await;
            let forms = answer["forms"].as_array().unwrap().iter();
            let forms: Vec<String> = forms
                .map(|form| format!("{} {}", form["form"].as_str().unwrap(), form["started"])).collect();
            (answer["carts"]["created"].as_u64().unwrap(), forms)
        };
        let only = |dimension: &str, value: &str| json!({ "only": [
            { "dimension": dimension, "value": value }] });
        assert_eq!(ask(json!({})).await, (1, vec!["7 1".to_owned(), "news 1".to_owned()]));
        assert_eq!(ask(only("device", "mobile")).await, (0, vec![]));
        assert_eq!(ask(only("channel", "search")).await, (1, vec![]));
        assert_eq!(ask(only("campaign", "spring")).await, (0, vec!["news 1".to_owned()]));
        let bots = json!({ "sessions": { "with_bots": true } });
        assert_eq!(ask(bots).await.1, ["news 2", "7 1"]);
        // What happened after the period is not in it, although orders of carts are read on.
        let at = |minutes: i64| Timestamp(db.now().0 - minutes * 60_000);
        let early = json!({ "period": { "from": at(700), "until": at(300) } });
        assert_eq!(ask(early).await, (1, vec!["news 1".to_owned()]));
    }
}

store::test! {
    async fn a_visit_that_goes_on_began_before_the_period(db: Db) {
        let world = world(&db).await;
        let paid = json!({ "campaign": { "name": "spring", "source": "google", "medium": "cpc" } });
        world.send(vec![
            page(&world, "ann", 50, "/sale", paid),
            page(&world, "ann", 31, "/bags", json!({})),
            page(&world, "ann", 12, "/hats", json!({})),
            page(&world, "bea", 45, "/", json!({})),
        ]).await;
        world.memory.flush().await.unwrap();
        let at = |minutes: i64| Timestamp(db.now().0 - minutes * 60_000);
        let late = json!({ "period": { "from": at(20), "until": at(0) } });
        let answer = world.ask("POST /api/web/answers", late).await;
        assert_eq!(answer["total"]["visits"], 0);
        let live = call(&world.router, &world.marketer, "GET /api/web/live", &[], None).await.body;
        assert_eq!((&live["total"]["visits"], &live["visitors"]), (&json!(1), &json!(0)));
        assert_eq!(rows(&live, "channel"), [("paid_search", 1, 1)]);
        let pages = live["pages"].as_array().unwrap().iter().filter_map(Value::as_u64);
        assert_eq!(pages.sum::<u64>(), 1);
    }
}

store::test! {
    async fn no_handful_follows_from_the_numbers_of_the_page(db: Db) {
        let world = world(&db).await;
        let mut events = Vec::new();
        for number in 0..28 {
            let who = format!("v{number}");
            let agent = match number {
                0..20 => CHROME,
                20..26 => "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                _ => IPHONE,
            };
            events.push(page(&world, &who, 20, "/", json!({ "userAgent": agent })));
            if number < 10 {
                let form = json!({ "form_id": "news", "step": "email" });
                events.push(event(&world, &who, 19, "Form Stepped", form.clone()));
                if number > 0 {
                    events.push(event(&world, &who, 18, "Form Submitted", form));
                }
            }
            if number == 0 {
                events.push(event(&world, &who, 18, "Product Added", json!({ "price": 3 })));
            }
        }
        world.send(events).await;
        world.memory.flush().await.unwrap();
        let line = "POST /api/web/answers";
        let full = world.ask(line, json!({})).await;
        assert_eq!(rows(&full, "os").len(), 3);
        assert_eq!((&full["forms"][0]["submitted"], &full["carts"]["created"]), (&json!(9), &json!(1)));
        let seen = call(&world.router, &world.viewer, line, &[], Some(json!({}))).await.body;
        assert_eq!(seen["total"]["visits"], 28);
        // Two came with a telephone: they would follow from the total if one row alone was hidden.
        assert_eq!(rows(&seen, "os"), [("Windows", 20, 20)]);
        let form = &seen["forms"][0];
        assert_eq!((&form["started"], &form["submitted"]), (&json!(10), &Value::Null));
        assert_eq!(form["steps"][0]["left"], Value::Null);
        assert_eq!(seen["carts"], Value::Null);
    }
}
