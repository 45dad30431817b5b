//! What tables say, uploads that are sent twice, and identifiers that nobody has.

use gate::Role;
use gate::test_support::{call, gate, sign_in};
use memory::Memory;
use serde_json::{Map, Value, json};
use store::Db;
use store::definition::ProblemCode;

use super::upload::{Sent, Upload, UploadId, UploadState, csv_rows, missing_columns, sort};
use super::{CustomerTable, Kind, db as tables};
use crate::Decider;
use crate::targeting::AnswerReason;
use crate::test_support::{ask, decider, known, offer, placement};

const DAY: i64 = 86_400_000;

fn table(db: &Db, key: &str, kind: Kind) -> CustomerTable {
    CustomerTable {
        key: key.into(),
        title: key.into(),
        kind,
        owner: "Ann".into(),
        expires_at: None,
        revision: 0,
        row_count: 0,
        author: "Ann".into(),
        created_at: db.now(),
        updated_at: db.now(),
    }
}

fn rows(json: Value) -> Vec<Sent> {
    serde_json::from_value(json).unwrap()
}

/// Uploads rows into a new table, as the calls of the API do it.
pub(crate) async fn upload(decider: &Decider, key: &str, kind: Kind, sent: Value) -> Upload {
    let upload = send(decider, key, kind, sent).await;
    finish(decider, upload).await
}

/// Finishes an upload.
async fn finish(decider: &Decider, upload: Upload) -> Upload {
    let db = decider.memory().db();
    let upload = Upload {
        state: UploadState::Done,
        ..upload
    };
    let mut tx = db.begin().await.unwrap();
    tables::take_over(&mut tx, &upload).await.unwrap();
    tables::save(&mut tx, &upload).await.unwrap();
    tables::changed(&mut tx, &upload.table, db.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    decider.tables().refresh(db).await.unwrap();
    upload
}

/// Sends the rows of an upload that is not finished yet.
async fn send(decider: &Decider, key: &str, kind: Kind, sent: Value) -> Upload {
    let (memory, catalog) = (decider.memory(), decider.catalog());
    let db = memory.db();
    let table = table(db, key, kind);
    let upload = Upload {
        id: UploadId(db.take_numbers("customer_table_uploads", 1).await.unwrap() as u64),
        table: key.into(),
        name: "test".into(),
        state: UploadState::Open,
        replaces: false,
        next_row: 0,
        accepted_count: 0,
        rejected_count: 0,
        author: "Ann".into(),
        created_at: db.now(),
        updated_at: db.now(),
    };
    let sent = rows(sent);
    let (given, rejects) = sort(memory, &catalog, &table, 0, &sent).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tables::insert(&mut tx, &table).await.unwrap();
    tables::begin(&mut tx, &upload).await.unwrap();
    let upload = Upload {
        next_row: sent.len() as i64,
        rejected_count: rejects.len() as i64,
        ..upload
    };
    tables::write(&mut tx, &upload, given, &rejects)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    upload
}

async fn shown(decider: &Decider, user: &str) -> Vec<String> {
    let answer = decider.decide(&ask(user, &["home"])).await;
    let offers = answer.placements[0].offers.iter();
    offers.map(|offer| offer.offer.clone()).collect()
}

store::test! {
    async fn scores_assignments_and_denials_change_what_a_customer_gets(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let definitions = [
            offer("bag", json!({"value_cents": 3_000})),
            offer("hat", json!({"value_cents": 2_000, "category": "hats"})),
            offer("tie", json!({"value_cents": 1_000, "category": "ties"})),
            // A minute later nothing stands any more.
            placement("home", "web", json!({"reserves_ms": 1_000})),
        ];
        let decider = decider(&memory, &definitions).await;
        for user in ["ann", "bob", "cy", "dee"] {
            known(&memory, user, json!({"email": format!("{user}@example.com")})).await;
        }
        assert_eq!(shown(&decider, "ann").await, ["bag"]);
        upload(&decider, "sales", Kind::Assignments, json!([
            {"user_id": "ann", "offer": "tie", "rank": 2},
            {"email": "ann@example.com", "offer": "hat", "rank": 1},
        ])).await;
        let expires = db.now().plus_ms(DAY).to_string();
        upload(&decider, "scores", Kind::Scores, json!([
            {"user_id": "bob", "offer": "tie", "score": "4"},
            {"user_id": "cy", "offer": "bag", "score": 0},
        ])).await;
        upload(&decider, "no", Kind::Denials, json!([
            {"user_id": "dee", "offer": "*", "expires_at": expires},
        ])).await;
        db.clock().advance_ms(60_000);
        assert_eq!(shown(&decider, "ann").await, ["hat"], "assigned with the first rank");
        assert_eq!(shown(&decider, "bob").await, ["tie"], "4 × 1,000 is more than 3,000");
        assert_eq!(shown(&decider, "cy").await, ["hat"], "a score of 0 switches an offer off");
        let answer = decider.decide(&ask("dee", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert!(record.proposals.iter().all(|p| p.reasons[0].code == "denied_by_table"));
        let answer = decider.decide(&ask("ann", &["home"])).await;
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let ranks: Vec<_> = record.proposals.iter().map(|p| (&*p.offer, p.assigned_rank)).collect();
        assert_eq!(ranks, [("bag", None), ("hat", Some(1)), ("tie", Some(2))]);
        db.clock().advance_ms(DAY);
        assert_eq!(shown(&decider, "dee").await, ["bag"], "the denial has run out");
    }
}

store::test! {
    async fn an_upload_says_nothing_until_it_is_finished(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let definitions = [
            offer("bag", json!({"value_cents": 3_000})),
            offer("hat", json!({"value_cents": 2_000, "category": "hats"})),
            placement("home", "web", json!({"reserves_ms": 1_000})),
        ];
        let decider = decider(&memory, &definitions).await;
        known(&memory, "ann", json!({})).await;
        known(&memory, "bob", json!({})).await;
        upload(&decider, "t", Kind::Scores, json!([
            {"user_id": "ann", "offer": "bag", "score": 2}, {"user_id": "bob", "offer": "bag", "score": 0},
        ])).await;
        let scores = async || {
            // As another process reads them that starts now.
            let other = Decider::new(memory.clone());
            other.install(crate::test_support::catalog(&definitions)).await.unwrap();
            let customer = memory.find(memory::identity::IdentifierKind::UserId, "ann").await.unwrap();
            let rows = other.tables().of(&other.catalog(), customer.unwrap(), &[], db.now());
            rows.scores.iter().map(|(_, score)| *score).collect::<Vec<f64>>()
        };
        let sent = json!([{"user_id": "ann", "offer": "bag", "score": 0}]);
        let half = send(&decider, "t", Kind::Scores, sent.clone()).await;
        // Something else changes the table meanwhile.
        let mut tx = db.begin().await.unwrap();
        tables::changed(&mut tx, "t", db.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scores().await, [2.0]);
        let mut tx = db.begin().await.unwrap();
        tables::discard(&mut tx, half.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((scores().await, tables::upload(&db, half.id).await.unwrap()), (vec![2.0], None));
        // Finished, it counts as a whole; what it does not bring is gone when it replaces.
        let whole = send(&decider, "t", Kind::Scores, sent).await;
        finish(&decider, Upload { replaces: true, ..whole }).await;
        assert_eq!(scores().await, [0.0]);
        assert_eq!(shown(&decider, "bob").await, ["bag"]);
        assert_eq!(tables::get(&db, "t").await.unwrap().unwrap().row_count, 1);
    }
}

store::test! {
    async fn what_cannot_be_used_is_reported_with_its_row(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let definitions = [offer("bag", json!({})), placement("home", "web", json!({}))];
        let decider = decider(&memory, &definitions).await;
        known(&memory, "ann", json!({})).await;
        let upload = upload(&decider, "t", Kind::Scores, json!([
            {"user_id": "ann", "offer": "bag", "score": 1},
            {"user_id": "nobody", "offer": "bag", "score": 1},
            {"user_id": "ann", "offer": "bga", "score": 1},
            {"user_id": "ann", "offer": "bag", "score": "much"},
            {"user_id": "ann", "offer": "bag", "score": 1, "expires_at": "soon"},
            {"offer": "bag", "score": 1},
            {"customer_id": "cus_zzz", "offer": "bag", "score": 1},
        ])).await;
        let rejects = tables::rejects(&db, upload.id, -1, 10).await.unwrap();
        let rejects: Vec<_> = rejects.iter().map(|r| (r.row_number, &*r.reason, &*r.detail)).collect();
        assert_eq!(rejects, [
            (1, "unknown_identifier", "nobody"), (2, "unknown_offer", "bga"),
            (3, "wrong_figure", "much"), (4, "wrong_date", "soon"), (5, "nobody_named", ""),
            (6, "unknown_identifier", "cus_zzz"),
        ]);
        assert_eq!(tables::get(&db, "t").await.unwrap().unwrap().row_count, 1);
    }
}

store::test! {
    async fn a_file_that_fits_nothing_leaves_the_table_as_it_is(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let definitions = [offer("bag", json!({})), placement("home", "web", json!({}))];
        let decider = decider(&memory, &definitions).await;
        known(&memory, "ann", json!({})).await;
        upload(&decider, "no", Kind::Denials, json!([{"user_id": "ann", "offer": "*"}])).await;
        let (router, _) = crate::routes().split_for_parts();
        let router = gate::enter(router.with_state(decider.clone()), gate(&db, &[]).await);
        let marketer = sign_in(&db, Role::Marketer).await;
        let post = async |line: &str, body: Value| {
            let line = format!("POST /api/customer_tables/no/uploads{line}");
            call(&router, &marketer, &line, &[], Some(body)).await
        };
        let begun = post("", json!({"name": "hello.csv", "replaces": true})).await;
        let id = begun.body["id"].as_str().unwrap().to_owned();
        let refused = post(&format!("/{id}/rows"), json!([{"hello": "1", "world": "2"}])).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let messages: Vec<_> = refused.body["errors"].as_array().unwrap().iter()
            .map(|error| error["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["no column names the customer", "the column \"offer\" is missing"]);
        let codes = [0, 1].map(|at| &refused.body["errors"][at]["code"]);
        assert_eq!(codes, ["no_customer_column", "missing_column"]);
        let unfinished = post(&format!("/{id}/finish"), json!(null)).await;
        assert_eq!(unfinished.status, 409, "{}", unfinished.body);
        // The columns are there, and nobody is.
        let rows = json!([{"user_id": "nobody", "offer": "*"}, {"user_id": "ann", "offer": "bga"}]);
        assert_eq!(post(&format!("/{id}/rows"), rows).await.body["rejected_count"], 2);
        let unfinished = post(&format!("/{id}/finish"), json!(null)).await;
        assert_eq!(unfinished.body["detail"], "none of 2 rows can be used, so nothing was replaced");
        assert_eq!((&unfinished.body["reason"], &unfinished.body["rows"]), (&json!("no_row_usable"), &json!(2)));
        assert_eq!(tables::get(&db, "no").await.unwrap().unwrap().row_count, 1);
        assert_eq!(shown(&decider, "ann").await, [""; 0], "the denial holds");
        // What only adds has nothing to lose.
        let begun = post("", json!({"name": "more.csv"})).await;
        let id = begun.body["id"].as_str().unwrap().to_owned();
        assert_eq!(post(&format!("/{id}/finish"), json!(null)).await.status, 200);
    }
}

#[test]
fn a_file_needs_the_columns_of_its_kind() {
    let sent = |json: Value| rows(json!([json]));
    let missing = |kind, json| missing_columns(kind, &sent(json));
    assert_eq!(
        missing(Kind::Scores, json!({"hello": 1})),
        ["user_id", "offer", "score"]
    );
    assert_eq!(
        missing(Kind::Scores, json!({"email": "a@b.c", "offer": "bag"})),
        ["score"]
    );
    assert_eq!(
        missing(
            Kind::Assignments,
            json!({"customer_id": "cus_1", "offer": "bag", "score": 2})
        ),
        ["rank"]
    );
    assert_eq!(
        missing(Kind::Denials, json!({"loyalty_card": "1"})),
        ["offer"]
    );
}

#[test]
fn csv_has_a_line_of_headings() {
    let text = "\u{feff}user_id,offer,rank\nann, bag ,1\n\"b,ob\",hat,\n";
    let rows = csv_rows(text.as_bytes()).unwrap();
    let expected: Vec<Map<String, Value>> = self::rows(json!([
        {"user_id": "ann", "offer": "bag", "rank": "1"}, {"user_id": "b,ob", "offer": "hat"},
    ]));
    assert_eq!(rows, expected);
    let uneven = csv_rows(b"a,b\n1,2\n1,2,3\n").unwrap_err();
    assert_eq!(uneven.code, Some(ProblemCode::UnevenRow));
    assert_eq!(uneven.message, "line 3 has 3 cells, the headings are 2");
    assert!(
        uneven
            .hint
            .unwrap()
            .contains("quote cells that hold a comma")
    );
    let torn = csv_rows(b"a,b\n\xff,2\n").unwrap_err();
    assert_eq!(torn.code, Some(ProblemCode::NotATable));
}
