//! Imports from upload to report, on both stores.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use flate2::Compression;
use flate2::write::GzEncoder;
use gate::session;
use gate::test_support::{Answer, Caller, send};
use parquet::basic::{ConvertedType, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::{Value, json};
use store::{Db, Timestamp};
use tokio::sync::{mpsc, watch};

use super::build::Builder;
use super::file::{Encoding, Facts, Format, inspect};
use super::guess::guess;
use super::mapping::Target;
use super::work::{Handle, produce, survey};
use super::{Import, ImportId};
use crate::log::{Entry, LogRow, db as log_db};
use crate::tests::{House, house, user};

const RETAIL: &str = "\
InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
489434,85048,12,2009-12-01T07:45,6.95,13085,United Kingdom
489434,79323P,12,2009-12-01T07:45,6.75,13085,United Kingdom
489435,22350,3,2010-07-01T07:46,2.55,13085,United Kingdom
C489449,22087,-2,2009-12-01T10:33,2.95,16321,Australia
489434,22041,48,2009-12-01T07:45,2.1,13085,United Kingdom
A506401,B,1,2010-04-29T13:36,-53594.36,,United Kingdom
489464,21733,-96,2009-12-01T10:52,0,,United Kingdom
";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(vec![], Compression::default());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn facts_of(bytes: &[u8]) -> Result<Facts, super::file::Unreadable> {
    let name = format!("rapport-import-{:016x}", store::Random::system().u64());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, bytes).unwrap();
    let facts = inspect(&path, "salt");
    std::fs::remove_file(&path).unwrap();
    facts
}

/// A Parquet file with two columns and two rows.
fn parquet() -> Vec<u8> {
    let text = Type::primitive_type_builder("user_id", PhysicalType::BYTE_ARRAY)
        .with_converted_type(ConvertedType::UTF8)
        .with_repetition(Repetition::REQUIRED);
    let number = Type::primitive_type_builder("age", PhysicalType::INT64)
        .with_repetition(Repetition::OPTIONAL);
    let fields = vec![
        Arc::new(text.build().unwrap()),
        Arc::new(number.build().unwrap()),
    ];
    let schema = Type::group_type_builder("schema")
        .with_fields(fields)
        .build()
        .unwrap();
    let mut bytes = vec![];
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    while let Some(mut column) = group.next_column().unwrap() {
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(typed) => {
                let names = [ByteArray::from("ann"), ByteArray::from("bea")];
                typed.write_batch(&names, None, None).unwrap();
            }
            ColumnWriter::Int64ColumnWriter(typed) => {
                typed.write_batch(&[41], Some(&[1, 0]), None).unwrap();
            }
            _ => panic!("there are only two columns"),
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn formats_are_found_out() {
    let csv = facts_of(RETAIL.as_bytes()).unwrap();
    assert_eq!(
        (csv.format, csv.gzip, csv.delimiter),
        (Format::Csv, false, Some(','))
    );
    let packed = facts_of(&gzip(RETAIL.as_bytes())).unwrap();
    assert_eq!(
        (packed.format, packed.gzip, packed.columns),
        (Format::Csv, true, csv.columns)
    );
    let latin = facts_of(b"name;price\nCaf\xe9 \x80;3,50\n").unwrap();
    assert_eq!(
        (latin.encoding, latin.delimiter),
        (Encoding::Latin1, Some(';'))
    );
    assert_eq!(latin.columns[0].examples, ["Café €"]);
    assert_eq!(json!(latin.decimal), "comma");
    let lines = facts_of(b"{\"id\": 1}\n\n{\"id\": 2, \"tags\": [\"a\"]}\n").unwrap();
    assert_eq!(
        (lines.format, lines.names()),
        (Format::Jsonl, vec!["id".into(), "tags".into()])
    );
    let columnar = facts_of(&parquet()).unwrap();
    assert_eq!(
        (columnar.format, columnar.columns[1].filled),
        (Format::Parquet, 0.5)
    );
    let broken: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b"PK\x03\x04", "spreadsheet"),
        (b"[{}]", "list"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"PAR1 not really", "Parquet"),
    ];
    for (bytes, word) in broken {
        let message = facts_of(bytes).unwrap_err().message;
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn the_columns_of_other_files_are_guessed() {
    let facts = facts_of(
        b"Email,First Name,Phone No,Age,Newsletter\n\
        ann@example.com,Ann,0049123,41,true\nbea@example.com,Bea,,27,false\n",
    )
    .unwrap();
    let guessed = json!(guess(&facts, None));
    assert_eq!(
        (&guessed["as"], &guessed["user_id"]),
        (&json!("customers"), &json!("Email"))
    );
    assert_eq!(
        guessed["fields"][0],
        json!({"column": "Email", "to": "attribute",
        "name": "email", "kind": "text"})
    );
    assert_eq!(guessed["fields"][1]["name"], "first_name");
    let kinds: Vec<&Value> = (2..5).map(|at| &guessed["fields"][at]["kind"]).collect();
    assert_eq!(kinds, ["text", "number", "boolean"]);
    let facts = facts_of(b"event;user id;at;amount\nPaid;7;13/02/2026 10:00;3,5\n").unwrap();
    let guessed = json!(guess(&facts, None));
    assert_eq!(
        (&guessed["event"]["column"], &guessed["time"]["format"]),
        (&json!("event"), &json!("day_first"))
    );
    assert_eq!(guess(&facts, None).problems(&facts.names()), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_it_was_cut_an_import_goes_on_with_whole_groups() {
    // Groups a to e, lying across each other; the last rows are 3, 5, 8, 9 and 10.
    let text = "order,sku,quantity,price,user,at\n".to_owned()
        + &["a", "b", "a", "c", "b", "d", "e", "c", "d", "e"]
            .map(|key| format!("{key},x,1,1,ann,2026-01-02\n"))
            .concat();
    let folder = std::env::temp_dir();
    let path = folder.join(format!(
        "rapport-cut-{:016x}",
        store::Random::system().u64()
    ));
    std::fs::write(&path, text).unwrap();
    let facts = inspect(&path, "salt").unwrap();
    let mapping = guess(&facts, Some(Target::Events));
    let builder = Builder::new(mapping, facts.names());
    let handle = Handle::default();
    let survey = survey(&path, &facts, &builder, &handle).unwrap().unwrap();
    for (after_row, expected) in [(0, 5), (2, 5), (3, 4), (7, 3), (8, 2), (9, 1), (10, 0)] {
        let (sender, mut batches) = mpsc::channel(10);
        tokio::task::block_in_place(|| {
            produce(
                (&path, &facts),
                &builder,
                &survey,
                after_row,
                &sender,
                &handle,
            )
        })
        .unwrap();
        drop(sender);
        let mut rows = vec![];
        while let Some(batch) = batches.recv().await {
            assert!(batch.upto_row >= after_row);
            rows.extend(batch.events.iter().map(|made| made.rows));
        }
        assert_eq!(rows, vec![2; expected], "after row {after_row}");
    }
    std::fs::remove_file(&path).unwrap();
}

async fn upload(house: &House, name: &str, bytes: Vec<u8>) -> Answer {
    let Caller::Browser(token) = &house.marketer else {
        panic!()
    };
    let request = Request::builder()
        .method("POST")
        .uri(format!("/api/imports?name={name}"))
        .header("cookie", format!("{}={token}", session::COOKIE))
        .header(session::CSRF_HEADER, session::csrf_token(token))
        .header("content-type", "application/octet-stream");
    send(&house.router, request.body(Body::from(bytes)).unwrap()).await
}

/// Starts the worker of imports.
fn work(house: &House) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(super::job::work(house.state.clone(), stopped));
    stop
}

/// Uploads, starts with the guessed mapping and waits for the end.
async fn bring_in(house: &House, bytes: Vec<u8>, mapping: Option<Value>) -> Value {
    let uploaded = upload(house, "file", bytes).await;
    assert_eq!(uploaded.status, 201, "{:?}", uploaded.body);
    let id = uploaded.body["id"].as_str().unwrap().to_owned();
    let mapping = match mapping {
        Some(mapping) => mapping,
        None => {
            let line = format!("POST /api/imports/{id}/preview");
            house.ask(&line, Some(json!({}))).await.body["mapping"].clone()
        }
    };
    let line = format!("POST /api/imports/{id}/start");
    let started = house.ask(&line, Some(json!({"mapping": mapping}))).await;
    assert_eq!(started.status, 200, "{:?}", started.body);
    ended(house, &id).await
}

async fn ended(house: &House, id: &str) -> Value {
    for _ in 0..400 {
        let import = house
            .ask(&format!("GET /api/imports/{id}"), None)
            .await
            .body;
        let state = import["state"].as_str().unwrap().to_owned();
        if ["done", "failed", "cancelled"].contains(&state.as_str()) {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{id} does not end");
}

async fn events(db: &Db) -> Vec<(String, Value, LogRow)> {
    let rows = log_db::after(db, 0, 100_000).await.unwrap();
    let event = |row: LogRow| match &row.entry {
        Entry::Event(body) | Entry::Identify(body) => {
            let properties = serde_json::from_str(body.properties.get()).unwrap();
            Some((body.name.clone(), properties, row))
        }
        _ => None,
    };
    rows.into_iter().filter_map(event).collect()
}

store::test! {
    async fn invoices_become_orders_with_exact_totals_once(db: Db) {
        let house = house(&db).await;
        let _stop = work(&house);
        let done = bring_in(&house, RETAIL.into(), None).await;
        assert_eq!(done["state"], "done", "{done}");
        let counts = ["accepted", "accepted_rows", "skipped_rows", "rejected_rows", "duplicates"];
        let of = |done: &Value| counts.map(|key| done["progress"][key].as_u64().unwrap());
        assert_eq!(of(&done), [4, 6, 1, 0, 0]);
        let all = events(&db).await;
        let totals: Vec<(&str, f64)> = all.iter()
            .map(|(name, body, _)| (name.as_str(), body["total"].as_f64().unwrap())).collect();
        assert_eq!(totals, [("Order Completed", 7.65), ("Order Refunded", 5.9),
            ("Order Completed", 265.2), ("Order Completed", 0.0)]);
        let (_, order, row) = &all[2];
        assert_eq!(order["products"][2], json!({"product_id": "22041", "quantity": 48,
            "price": 2.1}));
        assert_eq!((&order["order_id"], &order["currency"]), (&json!("489434"), &json!("GBP")));
        assert_eq!(row.occurred_at, Timestamp::parse("2009-12-01T07:45:00Z").unwrap());
        assert_eq!(all[0].2.occurred_at, Timestamp::parse("2010-07-01T06:46:00Z").unwrap());
        let buyer = user(&house.memory, "13085").await;
        assert_eq!((buyer.state.text("country"), buyer.state.rows_count),
            (Some("United Kingdom"), 2));
        // The same content again, packed this time, doubles nothing, and neither does a log that
        // has forgotten the ids.
        let again = bring_in(&house, gzip(RETAIL.as_bytes()), None).await;
        assert_eq!((&again["state"], &again["progress"]["same_as"]), (&json!("done"), &done["id"]));
        assert_eq!(events(&db).await.len(), 4);
        let folder = house.folder.join("imports");
        let left: Vec<PathBuf> = std::fs::read_dir(folder).unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "data")).collect();
        assert_eq!(left, Vec::<PathBuf>::new());
    }
}

store::test! {
    async fn rejected_rows_are_told_with_place_value_and_remedy(db: Db) {
        let house = house(&db).await;
        let _stop = work(&house);
        let text = "order_id,sku,quantity,price,customer_id,date\n\
            1,a,2,3.50,ann,2026-01-02\n1,b,two,1.00,ann,2026-01-02\n\
            2,a,1,1.25,bea,soon\n3,=cmd(),1,1,cleo,2026-01-03\n4,a,1,1,,2026-01-03\n5,a\n";
        let uploaded = upload(&house, "orders.csv", text.into()).await.body;
        let id = uploaded["id"].as_str().unwrap();
        let line = format!("POST /api/imports/{id}/preview");
        let looked = house.ask(&line, Some(json!({}))).await.body;
        let mapping = looked["mapping"].clone();
        assert_eq!(looked["errors"], json!([]));
        assert_eq!(looked["preview"]["problems"][0]["row"], 1);
        assert_eq!(looked["preview"]["items"][0]["rows_count"], 2);
        let done = bring_in(&house, text.into(), Some(mapping)).await;
        let progress = &done["progress"];
        assert_eq!((&progress["accepted"], &progress["rejected_rows"]), (&json!(1), &json!(5)));
        let line = format!("GET /api/imports/{}/rejected.csv", done["id"].as_str().unwrap());
        let report = house.ask(&line, None).await;
        let report = report.body.as_str().unwrap();
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(lines.len(), 6, "{report}");
        assert!(lines[0].ends_with("row,problem,column,value,remedy,order_id,sku,quantity,price,customer_id,date"));
        assert!(lines[1].contains("belongs to one event with row 2"), "{report}");
        assert!(lines[2].starts_with("2,this is no number,quantity,two,"), "{report}");
        assert!(lines[3].contains("date,soon,write it like 2026-03-01 10:00"), "{report}");
        assert!(lines[4].contains("the row names nobody"), "{report}");
        assert!(lines[5].contains("the row has 2 cells, the header 6"), "{report}");
    }
}

store::test! {
    async fn an_import_goes_on_after_a_crash_and_after_a_cancel(db: Db) {
        let house = house(&db).await;
        let mut text = "user_id,event,n\n".to_owned();
        for n in 0..12_000 {
            text.push_str(&format!("user-{},Visited,{n}\n", n % 50));
        }
        let id = upload(&house, "visits.csv", text.into_bytes()).await.body["id"].clone();
        let id = id.as_str().unwrap();
        let looked = house.ask(&format!("POST /api/imports/{id}/preview"), Some(json!({}))).await;
        let start = Some(json!({"mapping": looked.body["mapping"], "save_mapping_as": "visits"}));
        let line = format!("POST /api/imports/{id}/start");
        assert_eq!(house.ask(&line, start.clone()).await.status, 200);
        assert_eq!(house.ask(&line, start.clone()).await.status, 409);
        // The worker is killed in the middle.
        let (_stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(super::job::work(house.state.clone(), stopped));
        while log_db::newest(&db).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        worker.abort();
        let _ = worker.await;
        db.clock().advance_ms(60_000);
        let stop = work(&house);
        house.ask(&format!("POST /api/imports/{id}/cancel"), None).await;
        let ended_once = ended(&house, id).await;
        if ended_once["state"] == "cancelled" {
            assert_eq!(house.ask(&line, start).await.status, 200);
        }
        let done = ended(&house, id).await;
        assert_eq!(done["state"], "done", "{done}");
        let all = events(&db).await;
        let mut numbers: Vec<i64> = all.iter().map(|(_, p, _)| p["n"].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..12_000), "{}", numbers.len());
        assert_eq!(done["progress"]["rows_done"], 12_000);
        let saved = house.ask("GET /api/import-mappings", None).await.body;
        assert_eq!(saved[0]["name"], "visits");
        stop.send_replace(true);
    }
}

store::test! {
    async fn customers_come_from_json_lines_and_parquet(db: Db) {
        let house = house(&db).await;
        let _stop = work(&house);
        let done = bring_in(&house, parquet(), None).await;
        assert_eq!((&done["state"], &done["progress"]["accepted"]), (&json!("done"), &json!(2)));
        let ann = user(&house.memory, "ann").await;
        assert_eq!(ann.state.attributes["age"].value.to_json(), 41);
        let lines = b"{\"user_id\": \"ann\", \"email\": \"ann@example.com\", \"tags\": [\"a\"]}\n\
            not json\n";
        let done = bring_in(&house, lines.to_vec(), None).await;
        let progress = &done["progress"];
        assert_eq!((&progress["accepted"], &progress["rejected_rows"]), (&json!(1), &json!(1)));
        let ann = user(&house.memory, "ann").await;
        assert_eq!((ann.state.email(), ann.state.attributes.len()), (Some("ann@example.com"), 3));
    }
}

store::test! {
    async fn wrong_mappings_and_files_are_refused_with_their_place(db: Db) {
        let house = house(&db).await;
        let answer = upload(&house, "x", b"PK\x03\x04....".to_vec()).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["path"]), (422, &json!("/file")));
        let id = upload(&house, "x", b"a,b\n1,2\n".to_vec()).await.body["id"].clone();
        let id = id.as_str().unwrap();
        let mapping = json!({"as": "events", "user_id": "c", "time": {"column": "a",
            "zone": "Mars/Base"}, "fields": [{"column": "b", "to": "line", "name": ""}]});
        let line = format!("POST /api/imports/{id}/start");
        let answer = house.ask(&line, Some(json!({"mapping": mapping}))).await;
        let paths: Vec<&str> = answer.body["errors"].as_array().unwrap().iter()
            .map(|error| error["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["/mapping/user_id", "/mapping/time/zone", "/mapping/event",
            "/mapping/fields/0/name", "/mapping/fields/0/to"]);
        assert_eq!(house.ask(&format!("DELETE /api/imports/{id}"), None).await.status, 204);
        assert_eq!(house.ask(&format!("GET /api/imports/{id}"), None).await.status, 404);
    }
}

#[test]
fn a_packed_file_goes_when_it_mentions_somebody_who_is_erased() {
    use crate::erasure::mention::{Known, Mentions};
    let folder = std::env::temp_dir().join(format!(
        "rapport-erase-{:016x}",
        store::Random::system().u64()
    ));
    let import = Import {
        id: ImportId(7),
        name: "people.parquet".to_owned(),
        feed: None,
        source_id: None,
        facts: facts_of(&parquet()).unwrap(),
        mapping: None,
        job_id: None,
        author: String::new(),
        created_at: store::Timestamp(0),
        updated_at: store::Timestamp(0),
    };
    let path = import.path(&folder);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, parquet()).unwrap();
    for (name, stays) in [("zoe", true), ("bea", false)] {
        let known = Known {
            names: vec![name.to_owned()],
            ..Known::default()
        };
        let imports = std::slice::from_ref(&import);
        super::erase::files(&folder, imports, &Mentions::of(&known)).unwrap();
        assert_eq!(path.exists(), stays, "{name}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
