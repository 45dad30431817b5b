//! Questions in SQL, and what is refused.

use std::net::SocketAddr;

use gate::test_support::{Caller, call, sign_in};
use gate::{GateState, Role, Scope};
use memory::Memory;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection};
use store::Db;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::csv_line;

#[test]
fn a_cell_cannot_be_taken_for_a_formula() {
    let line = csv_line([json!("=1+1"), json!("a,\"b\""), json!(null), json!(2.5)].iter());
    assert_eq!(line, "\"'=1+1\",\"a,\"\"b\"\"\",,2.5\r\n");
}

/// Memory with some events, behind the gate, and where tools reach it.
async fn house(db: &Db) -> (Memory, GateState, SocketAddr, watch::Sender<bool>) {
    let memory = Memory::open(db.clone()).await.unwrap();
    let gate = gate::test_support::gate(db, &[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = watch::Sender::new(false);
    let serving = super::wire::serve(listener, memory.clone(), gate.clone(), stop.subscribe());
    tokio::spawn(serving);
    (memory, gate, address, stop)
}

async fn fill(memory: &Memory) {
    use memory::identity::resolve::Named;
    use memory::log::{Entry, EventBody, Incoming, NewRow};
    let db = memory.db();
    let event = |number: i64| {
        let properties = json!({"n": number});
        let kind = memory::event::wire::EventKind::Track;
        let body = EventBody::ours(db.random(), kind, "Seen", &properties).unwrap();
        Incoming {
            named: Named::new(Some(&format!("u{}", number % 3)), None, None),
            addresses: vec![],
            row: NewRow {
                occurred_at: db.now(),
                source_id: 1,
                message: None,
                entry: Entry::Event(body),
            },
        }
    };
    memory.ingest((0..9).map(event).collect()).await.unwrap();
}

store::test! {
    async fn a_question_is_answered_over_http(db: Db) {
        let (memory, gate, ..) = house(&db).await;
        fill(&memory).await;
        let (router, _) = super::api::routes().split_for_parts();
        let router = gate::enter(router.with_state(memory), gate);
        let marketer = sign_in(&db, Role::Marketer).await;
        let sql = "SELECT name, count(*) AS n, true AS yes FROM events GROUP BY name";
        let answer = call(&router, &marketer, "POST /api/sql", &[], Some(json!({"sql": sql}))).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["rows"], json!([["Seen", 9, true]]));
        assert_eq!(answer.body["columns"][1], json!({"name": "n", "kind": "number"}));
        for wrong in ["SELECT nothing FROM events", "CREATE TABLE t AS SELECT 1", "DELETE FROM events",
            "COPY events TO 'x.csv'", "SET datafusion.execution.batch_size = 1", " "] {
            let question = json!({"sql": wrong});
            let answer = call(&router, &marketer, "POST /api/sql", &[], Some(question)).await;
            assert_eq!(answer.status, 422, "{wrong}");
            assert_eq!(answer.body["errors"][0]["path"], "/sql", "{wrong}");
        }
        let analyst = sign_in(&db, Role::Analyst).await;
        let question = json!({"sql": "SELECT 1"});
        let answer = call(&router, &analyst, "POST /api/sql", &[], Some(question)).await;
        assert_eq!(answer.status, 403);
    }
}

store::test! {
    async fn a_tool_asks_over_the_wire(db: Db) {
        let (memory, _gate, address, _stop) = house(&db).await;
        fill(&memory).await;
        let key = gate::test_support::program(&db, &[Scope::Query]).await;
        let weak = gate::test_support::program(&db, &[Scope::Ingest]).await;
        let connect = |secret: String| async move {
            let options = PgConnectOptions::new_without_pgpass()
                .host("127.0.0.1").port(address.port()).username("anybody").password(&secret)
                .database("datafusion").ssl_mode(PgSslMode::Disable);
            PgConnection::connect_with(&options).await
        };
        assert!(connect("rpk_wrong".into()).await.is_err());
        assert!(connect(secret(&weak)).await.is_err());
        let mut tool = connect(secret(&key)).await.unwrap();
        let sql = "SELECT count(*) FROM events WHERE seq > $1";
        let count: (i64,) = sqlx::query_as(sql).bind(0_i64).fetch_one(&mut tool).await.unwrap();
        assert_eq!(count.0, 9);
        fill(&memory).await;
        let count: (i64,) = sqlx::query_as(sql).bind(0_i64).fetch_one(&mut tool).await.unwrap();
        assert_eq!(count.0, 18);
        let refused = sqlx::raw_sql("CREATE TABLE t AS SELECT 1").execute(&mut tool).await;
        assert!(refused.unwrap_err().to_string().contains("only reads"));
    }
}

fn secret(caller: &Caller) -> String {
    match caller {
        Caller::Program(secret) => secret.clone(),
        Caller::Stranger | Caller::Browser(_) => panic!("a program has a key"),
    }
}
