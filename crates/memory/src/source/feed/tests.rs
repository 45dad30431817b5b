//! Feeds from the definition to the customer, on both stores.

use std::sync::Arc;
use std::time::Duration;

use gate::definition::ManagedKind;
use gate::{Permission, Role};
use serde_json::{Value, json};
use store::definition::{self, Draft};
use store::foreign::Foreign;
use store::job;
use store::test_support::POSTGRES_VARIABLE;
use store::{Db, Timestamp};
use tokio::sync::watch;

use super::places::Places;
use super::stream::{Opened, open};
use super::{KIND, Move, Note, db as feed_db, validate};
use crate::Error;
use crate::log::{Delivery, Incoming, db as log_db};
use crate::quarantine::{self, Rejected};
use crate::tests::{House, house_with, user};

static KINDS: &[ManagedKind] = &[ManagedKind {
    kind: KIND,
    edit: Permission::EditData,
}];

pub(super) async fn with_places(db: &Db, places: Places) -> House {
    house_with(db, KINDS, places).await
}

/// A house whose feeds may read its own folder `in`.
async fn with_folder(db: &Db) -> House {
    let folder = std::env::temp_dir().join(format!("feed-{:016x}", store::Random::system().u64()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Some(folder);
    with_places(
        db,
        Places {
            folder,
            ..Places::default()
        },
    )
    .await
}

pub(super) async fn publish(house: &House, key: &str, body: Value) {
    assert_eq!(validate(&body), [], "{body}");
    let store = house.memory.db();
    let draft = Draft {
        kind: KIND.name,
        key,
        title: key,
        body: &body,
        author: "Ann",
        note: "",
    };
    let version = definition::save(store, draft, None).await.unwrap();
    definition::publish(store, KIND.name, key, version)
        .await
        .unwrap();
    house.state.gate.published.refresh(store).await.unwrap();
}

/// Starts the workers of imports and feeds; they end with the sender.
pub(super) fn work(house: &House) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(super::work(house.state.clone(), stopped.clone()));
    tokio::spawn(crate::source::import::job::work(
        house.state.clone(),
        stopped,
    ));
    stop
}

/// Asks until a feed is as it should be.
async fn until(house: &House, key: &str, good: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..400 {
        last = house.ask(&format!("GET /api/feeds/{key}"), None).await.body;
        if good(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{key} stays {last:#}");
}

pub(super) async fn run(house: &House, key: &str) -> Value {
    let before = house.ask(&format!("GET /api/feeds/{key}/runs"), None).await;
    let count = before.body["items"].as_array().unwrap().len();
    let answer = house.ask(&format!("POST /api/feeds/{key}/run"), None).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    for _ in 0..400 {
        let runs = house
            .ask(&format!("GET /api/feeds/{key}/runs"), None)
            .await
            .body;
        let runs = runs["items"].as_array().unwrap();
        if runs.len() > count && runs[0]["state"] != "running" {
            return runs[0].clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{key} does not run");
}

fn orders() -> Value {
    json!({
        "name": {"en": "Orders"},
        "from": {"kind": "folder", "path": "orders", "files": "*.csv"},
        "mapping": {"as": "events", "user_id": "customer", "event": {"name": "Order Completed"},
            "fields": [{"column": "total", "to": "property", "name": "total", "kind": "number"}]},
    })
}

store::test! {
    async fn a_file_of_a_folder_is_taken_once(db: Db) {
        let house = with_folder(&db).await;
        let folder = house.state.places.folder.clone().unwrap();
        std::fs::create_dir_all(folder.join("orders")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join("orders").join(name), text);
        write("a.csv", "customer,total\nann,1\nbob,2\n").unwrap();
        write("b.csv", "customer,total\nann,x\n").unwrap();
        write("broken.csv", "who,total\nann,1\n").unwrap();
        write("c.csv.part", "customer,total\nann,9\n").unwrap();
        publish(&house, "orders", orders()).await;
        let stop = work(&house);
        let first = run(&house, "orders").await;
        let expected = json!({"files": 2, "failed_files": 1, "rows": 3, "accepted": 2,
            "duplicates": 0, "rejected_rows": 1});
        assert_eq!((&first["state"], &first["numbers"]), (&json!("done"), &expected));
        assert_eq!(first["author"], "marketer");
        let standing = until(&house, "orders", |one| one["state"] == "failing").await;
        assert!(standing["error"].as_str().unwrap().starts_with("some files"), "{standing}");
        let files = house.ask("GET /api/feeds/orders/files", None).await.body;
        let broken = files["items"].as_array().unwrap().iter()
            .find(|file| file["path"] == "orders/broken.csv").unwrap();
        assert!(broken["error"].as_str().unwrap().contains("no column \"customer\""), "{broken}");
        // Nothing new; a new file; a file that was mended.
        write("d.csv", "customer,total\nann,4\n").unwrap();
        write("broken.csv", "customer,total\nann,5\n").unwrap();
        // The same content under another name counts once, too.
        write("e.csv", "customer,total\nann,1\nbob,2\n").unwrap();
        let second = run(&house, "orders").await;
        assert_eq!(second["numbers"]["accepted"], 2, "{second}");
        assert_eq!(second["numbers"]["failed_files"], 0, "{second}");
        let third = run(&house, "orders").await;
        assert_eq!(third["numbers"]["files"], 0, "{third}");
        let ann = user(&house.memory, "ann").await;
        assert!(ann.state.applied_seq > 0);
        assert_eq!(log_rows(&db).await, 4);
        assert!(house.ask("GET /api/imports", None).await.body["items"].as_array().unwrap().is_empty());
        stop.send_replace(true);
    }
}

pub(super) async fn log_rows(db: &Db) -> usize {
    log_db::after(db, 0, 10_000).await.unwrap().len()
}

store::test! {
    async fn a_pull_runs_when_it_is_due_and_not_while_it_is_paused(db: Db) {
        let house = with_folder(&db).await;
        let mut body = orders();
        body["schedule"] = json!({"every_minutes": 10});
        body["from"]["path"] = "".into();
        publish(&house, "orders", body).await;
        let stop = work(&house);
        let first = until(&house, "orders", |one| one["last_run"]["state"] == "done").await;
        assert_eq!(first["due_at"], json!(db.now().plus_ms(600_000)));
        assert_eq!(first["last_run"]["author"], "");
        let paused = house.ask("POST /api/feeds/orders/pause", None).await;
        assert_eq!(paused.body["state"], "paused");
        assert_eq!(house.ask("POST /api/feeds/orders/run", None).await.status, 409);
        db.clock().advance_ms(600_000);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let runs = house.ask("GET /api/feeds/orders/runs", None).await.body;
        assert_eq!(runs["items"].as_array().unwrap().len(), 1);
        house.ask("POST /api/feeds/orders/resume", None).await;
        let second = first["last_run"]["id"].clone();
        until(&house, "orders", |one| {
            one["last_run"]["id"] != second && one["last_run"]["state"] == "done"
        }).await;
        stop.send_replace(true);
    }
}

store::test! {
    async fn a_query_is_read_from_where_it_ended(db: Db) {
        let address = std::env::var(POSTGRES_VARIABLE).unwrap();
        let foreign = Foreign::new(&address).unwrap();
        let databases = [("shop".to_owned(), foreign)].into();
        let house = with_places(&db, Places { databases, ..Places::default() }).await;
        let feed = |rows: i64| json!({
            "name": {"en": "Visits"},
            "from": {"kind": "query", "database": "shop", "cursor": "day", "sql": format!(
                "SELECT 'u' || (n % 3) AS who, n, n / 4 AS day FROM generate_series(1, {rows}) n")},
            "mapping": {"as": "events", "user_id": "who", "event": {"name": "Visited"},
                "fields": [{"column": "n", "to": "property", "name": "n"}]},
        });
        publish(&house, "visits", feed(6)).await;
        let stop = work(&house);
        let first = run(&house, "visits").await;
        assert_eq!(first["numbers"]["accepted"], 6, "{first}");
        // Rows 7 and 8: the first has the value of the cursor that was read last.
        let body = feed(8);
        let hash = definition::one(&db, KIND.name, "visits").await.unwrap().unwrap().hash;
        let draft = Draft { kind: KIND.name, key: "visits", title: "", body: &body,
            author: "Ann", note: "" };
        let version = definition::save(&db, draft, Some(&hash)).await.unwrap();
        definition::publish(&db, KIND.name, "visits", version).await.unwrap();
        house.state.gate.published.refresh(&db).await.unwrap();
        let second = run(&house, "visits").await;
        assert_eq!((&second["numbers"]["accepted"], &second["numbers"]["duplicates"]),
            (&json!(2), &json!(0)), "{second}");
        let third = run(&house, "visits").await;
        assert_eq!(third["numbers"]["rows"], 0, "{third}");
        // Starting over reads everything, and counts nothing twice.
        assert_eq!(house.ask("POST /api/feeds/visits/start-over", None).await.status, 409);
        house.ask("POST /api/feeds/visits/pause", None).await;
        assert_eq!(house.ask("POST /api/feeds/visits/start-over", None).await.status, 200);
        house.ask("POST /api/feeds/visits/resume", None).await;
        let again = run(&house, "visits").await;
        assert_eq!((&again["numbers"]["accepted"], &again["numbers"]["duplicates"]),
            (&json!(0), &json!(8)), "{again}");
        assert_eq!(log_rows(&db).await, 8);
        stop.send_replace(true);
    }
}

store::test! {
    async fn a_run_that_was_broken_off_is_gone_on_with(db: Db) {
        let house = with_folder(&db).await;
        let folder = house.state.places.folder.clone().unwrap();
        std::fs::create_dir_all(folder.join("orders")).unwrap();
        let mut text = "customer,total\n".to_owned();
        for n in 0..6_000 {
            text.push_str(&format!("user-{},{n}\n", n % 40));
        }
        std::fs::write(folder.join("orders/big.csv"), &text).unwrap();
        publish(&house, "orders", orders()).await;
        feed_db::know(&db, "orders").await.unwrap();
        house.ask("POST /api/feeds/orders/run", None).await;
        let (_stop, stopped) = watch::channel(false);
        let feeds = tokio::spawn(super::work(house.state.clone(), stopped.clone()));
        let imports = tokio::spawn(crate::source::import::job::work(house.state.clone(), stopped));
        while log_db::newest(&db).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        imports.abort();
        feeds.abort();
        let _ = (imports.await, feeds.await);
        db.clock().advance_ms(60_000);
        // Another node, which does not have the file that was fetched.
        let folder = house.folder.join("another");
        let mut other = house.state.clone();
        other.data_folder = Arc::new(folder);
        other.node = "another".into();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(super::work(other.clone(), stopped.clone()));
        tokio::spawn(crate::source::import::job::work(other, stopped));
        let done = until(&house, "orders", |one| one["last_run"]["state"] == "done").await;
        assert_eq!(done["last_run"]["numbers"]["failed_files"], 0, "{done}");
        assert_eq!(log_rows(&db).await, 6_000, "{done}");
        stop.send_replace(true);
    }
}

fn event(n: i64) -> Vec<Incoming> {
    let text =
        json!({"type": "track", "event": "Seen", "userId": "ann", "messageId": format!("m{n}")});
    let Opened::Items(items) = open(text.to_string().as_bytes()) else {
        panic!("a single event opens")
    };
    let random = store::Random::seeded(7);
    let ready = items.into_iter().map(|item| match item {
        crate::event::wire::Item::Event(event) => {
            crate::event::prepare(event, 1, Timestamp(1), &random).unwrap()
        }
        crate::event::wire::Item::Rejected(bad) => panic!("{bad:?}"),
    });
    ready.collect()
}

fn delivery(n: i64, from: Option<i64>, lease: Option<job::Lease>) -> Delivery {
    let rejected = Rejected {
        source_id: 1,
        reason: "invalid_json".to_owned(),
        detail: String::new(),
        form: "batch".to_owned(),
        body: n.to_string(),
        received_at: Timestamp(1),
    };
    Delivery {
        events: event(n),
        rejected: vec![rejected],
        note: Note {
            feed: "stream".to_owned(),
            place: "here".to_owned(),
            moves: vec![
                Move {
                    part: 0,
                    from,
                    to: n + 1,
                },
                Move {
                    part: 1,
                    from,
                    to: n + 1,
                },
            ],
            lease,
        },
    }
}

store::test! {
    async fn events_and_offsets_are_committed_together_or_not_at_all(db: Db) {
        let house = with_places(&db, Places::default()).await;
        let memory = &house.memory;
        let lease = job::lease(&db, "feed:stream", "a", 10_000).await.unwrap();
        memory.deliver(delivery(1, None, lease.clone())).await.unwrap();
        memory.deliver(delivery(2, Some(2), lease.clone())).await.unwrap();
        // Whoever does not know where the stream stands is refused, and nobody else with them.
        let late = memory.deliver(delivery(3, Some(2), lease.clone()));
        let other = memory.ingest(event(100));
        let (late, other) = tokio::join!(late, other);
        assert!(matches!(late, Err(Error::Superseded)), "{late:?}");
        other.unwrap();
        // So is whoever has lost the lease.
        db.clock().advance_ms(20_000);
        job::lease(&db, "feed:stream", "b", 10_000).await.unwrap().unwrap();
        let stale = memory.deliver(delivery(3, Some(3), lease)).await;
        let held = db.exclusive() || matches!(stale, Err(Error::Superseded));
        assert!(held, "{stale:?}");
        let counts = quarantine::db::counts(&db).await.unwrap();
        let expected = if stale.is_ok() { 3 } else { 2 };
        assert_eq!(counts[0].2, expected);
        assert_eq!(log_rows(&db).await as i64, expected + 1);
        let offsets = feed_db::offsets(&db, "stream", "here").await.unwrap();
        assert_eq!(offsets, [(0, expected + 1), (1, expected + 1)]);
    }
}

#[test]
fn messages_are_single_events_or_batches() {
    let single = json!({"type": "identify", "userId": "ann", "traits": {"city": "Bern"}});
    let batch = json!({"batch": [single.clone(), {"type": "track"}]});
    for (payload, count) in [(single.to_string(), 1), (batch.to_string(), 2)] {
        match open(payload.as_bytes()) {
            Opened::Items(items) => assert_eq!(items.len(), count),
            Opened::Broken { detail, .. } => panic!("{detail}"),
        }
    }
    for payload in [&b"no json"[..], b"", b"{\"type\":"] {
        assert!(matches!(open(payload), Opened::Broken { .. }));
    }
}

#[test]
fn what_is_wrong_with_a_feed_is_named_with_its_place() {
    let paths = |body: Value| -> Vec<String> {
        validate(&body)
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    };
    assert_eq!(paths(orders()), [""; 0]);
    let mut wrong = orders();
    wrong["name"] = json!({});
    wrong["from"] = json!({"kind": "folder", "path": "../etc", "files": ""});
    wrong["schedule"] = json!({"every_minutes": 0});
    assert_eq!(
        paths(wrong),
        [
            "/name",
            "/from/files",
            "/from/path",
            "/schedule/every_minutes"
        ]
    );
    let mut query = orders();
    query["from"] = json!({"kind": "query", "database": "shop", "sql": "SELECT 1; DROP TABLE x"});
    query["mapping"]["group"] = json!({"column": "order"});
    assert_eq!(
        paths(query),
        ["/from/sql", "/mapping/group", "/from/cursor"]
    );
    let mut stream = orders();
    stream["from"] = json!({"kind": "kafka", "server": "main", "topic": "events"});
    assert_eq!(paths(stream), ["/mapping"]);
    let mut unknown = orders();
    unknown["from"]["url"] = "http://inside".into();
    assert_eq!(paths(unknown), [""]);
}

store::test! {
    async fn a_look_shows_what_rows_become_and_opens_nothing_else(db: Db) {
        let house = with_folder(&db).await;
        let folder = house.state.places.folder.clone().unwrap();
        std::fs::write(folder.join("a.csv"), "customer_id,total\nann,1\n").unwrap();
        let look = |from: Value| house.ask("POST /api/feed-preview", Some(json!({"from": from})));
        let looked = look(json!({"kind": "folder", "files": "*.csv"})).await;
        assert_eq!(looked.status, 200, "{:?}", looked.body);
        assert_eq!((&looked.body["file"], &looked.body["preview"]["accepted_rows"]),
            (&json!("a.csv"), &json!(1)), "{}", looked.body);
        for from in [
            json!({"kind": "folder", "path": "..", "files": "*"}),
            json!({"kind": "query", "database": "http://inside", "sql": "SELECT 1"}),
            json!({"kind": "kafka", "server": "inside:9092", "topic": "x"}),
            json!({"kind": "nats", "server": "inside:4222", "stream": "x"}),
        ] {
            let refused = look(from).await;
            assert_eq!(refused.status, 422, "{:?}", refused.body);
        }
        let path = "/api/feed-preview";
        let body = Some(json!({"from": {"kind": "folder", "files": "*.csv"}}));
        let analyst = gate::test_support::sign_in(&db, Role::Analyst).await;
        let line = format!("POST {path}");
        let refused = gate::test_support::call(&house.router, &analyst, &line, &[], body).await;
        assert_eq!(refused.status, 403);
    }
}
