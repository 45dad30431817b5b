//! Experiments through the router: the list with verdicts, pages, permission and what could not be
//! counted, and winners.

use axum::Router;
use gate::definition::ManagedKind;
use gate::test_support::{Caller, call, gate, program, sign_in};
use gate::{GateState, Permission, Role, Scope};
use memory::Memory;
use serde_json::{Value, json};
use store::Db;
use store::definition::Kind;

use super::api::{ExperimentState, routes};
use super::{KIND_NAME, validate::validate};

static KINDS: &[ManagedKind] = &[
    ManagedKind {
        kind: Kind {
            name: KIND_NAME,
            validate,
        },
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: Kind {
            name: "placement",
            validate: |_| vec![],
        },
        edit: Permission::EditOffers,
    },
];

const LIST: &str = "GET /api/experiments";

struct House {
    db: Db,
    gate: GateState,
    router: Router,
    analyst: Caller,
}

async fn house(db: &Db) -> House {
    let gate = gate(db, KINDS).await;
    let state = ExperimentState::new(Memory::open(db.clone()).await.unwrap());
    let (router, _) = routes().split_for_parts();
    House {
        db: db.clone(),
        router: gate::enter(router.with_state(state), gate.clone()),
        gate,
        analyst: sign_in(db, Role::Analyst).await,
    }
}

impl House {
    /// Puts an experiment into use.
    async fn publish(&self, key: &str) {
        let body = json!({
            "name": {"en": key}, "subject": {"kind": "placement", "key": "home"},
            "variants": [{"key": "a", "share": 0.5},
                {"key": "b", "share": 0.5, "change": {"fallback": {"title": "Hello"}}}],
            "metric": {"kind": "conversion", "event": "Order Completed"},
        });
        self.put(KIND_NAME, key, &body).await;
    }

    /// Puts a definition into use.
    async fn put(&self, kind: &str, key: &str, body: &Value) {
        let version = self.draft(kind, key, body).await;
        store::definition::publish(&self.db, kind, key, version)
            .await
            .unwrap();
        self.gate.published.refresh(&self.db).await.unwrap();
    }

    async fn draft(&self, kind: &str, key: &str, body: &Value) -> i64 {
        let draft = store::definition::Draft {
            kind,
            key,
            title: key,
            body,
            author: "test",
            note: "",
        };
        let before = store::definition::one(&self.db, kind, key).await.unwrap();
        let hash = before.map(|before| before.hash);
        store::definition::save(&self.db, draft, hash.as_deref())
            .await
            .unwrap()
    }

    async fn list(&self, query: &str) -> Value {
        let line = format!("{LIST}{query}");
        let answer = call(&self.router, &self.analyst, &line, &[], None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Asks until the first row is as wanted: it is counted behind the caller's back.
    async fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let started = std::time::Instant::now();
        loop {
            let row = self.list("").await["items"][0].clone();
            if wanted(&row) {
                return row;
            }
            assert!(started.elapsed().as_secs() < 60, "it never came: {row}");
            tokio::task::yield_now().await;
        }
    }

    /// The store loses the log, or finds it again.
    async fn rename(&self, from: &str, to: &str) {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        self.db.execute(&sql, store::params![]).await.unwrap();
    }
}

store::test! {
    async fn verdicts_are_listed_page_by_page_once_they_are_counted(db: Db) {
        let house = house(&db).await;
        assert_eq!(house.list("").await, json!({"items": []}));
        for key in ["buttons", "colours", "words"] {
            house.publish(key).await;
        }
        let page = house.list("?limit=2").await;
        let keys = |page: &Value| -> Vec<String> {
            let rows = page["items"].as_array().unwrap().iter();
            rows.map(|row| row["experiment"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(keys(&page), ["buttons", "colours"]);
        // The first call finds nothing counted, and does not wait for it.
        assert_eq!(page["items"][0], json!({"experiment": "buttons", "version": 1, "holdout": false}));
        let rest = format!("?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
        let rest = house.list(&rest).await;
        assert_eq!((keys(&rest), rest.get("next_cursor")), (vec!["words".to_owned()], None));
        let row = house.until(|row| row["verdict"].is_object()).await;
        assert_eq!(row["verdict"], json!({"kind": "nobody"}));
        let counted_at = row["as_of"].clone();
        assert_eq!(counted_at, json!(db.now()));
        db.clock().advance_ms(299_000);
        assert_eq!(house.list("").await["items"][0]["as_of"], counted_at);
        db.clock().advance_ms(2_000);
        // What is too old is shown until it is counted anew.
        assert_eq!(house.list("").await["items"][0]["as_of"], counted_at);
        house.until(|row| row["as_of"] == json!(db.now())).await;
        store::definition::retire(&db, KIND_NAME, "buttons").await.unwrap();
        house.gate.published.refresh(&db).await.unwrap();
        assert_eq!(keys(&house.list("").await), ["colours", "words"]);
    }
}

store::test! {
    async fn only_who_may_view_reports_sees_the_list(db: Db) {
        let house = house(&db).await;
        // Every role may; keys only with the scope of the management.
        for (caller, status) in [(Caller::Stranger, 401), (sign_in(&db, Role::Viewer).await, 200),
            (program(&db, &[Scope::Ingest, Scope::Page]).await, 403),
            (program(&db, &[Scope::Manage]).await, 200)] {
            let answer = call(&house.router, &caller, LIST, &[], None).await;
            assert_eq!(answer.status, status, "{}", answer.body);
        }
    }
}

store::test! {
    async fn what_could_not_be_counted_says_so_and_is_tried_again_after_five_minutes(db: Db) {
        let house = house(&db).await;
        house.publish("buttons").await;
        house.rename("log", "log_away").await;
        let row = house.until(|row| row["problem"].is_string()).await;
        assert_eq!(row.get("verdict"), None);
        house.rename("log_away", "log").await;
        db.clock().advance_ms(299_000);
        for _ in 0..20 {
            assert_eq!(house.list("").await["items"][0], row);
        }
        db.clock().advance_ms(2_000);
        let row = house.until(|row| row["verdict"].is_object()).await;
        assert_eq!((row.get("problem"), &row["verdict"]["kind"]), (None, &json!("nobody")));
    }
}

store::test! {
    async fn a_winner_is_not_written_over_a_draft(db: Db) {
        let house = house(&db).await;
        house.put("placement", "home", &json!({"count": 1})).await;
        house.publish("buttons").await;
        house.draft("placement", "home", &json!({"count": 2})).await;
        let manager = sign_in(&db, Role::Administrator).await;
        let line = "POST /api/experiments/buttons/winner";
        let winner = async || {
            let wish = json!({"variant": "b"});
            call(&house.router, &manager, line, &[], Some(wish)).await
        };
        let refused = winner().await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        let told = ["reason", "kind", "key"].map(|name| &refused.body[name]);
        assert_eq!(told, ["has_draft", "placement", "home"]);
        let newest = async |kind: &str, key: &str| {
            store::definition::one(&db, kind, key).await.unwrap().unwrap()
        };
        assert_eq!(newest("placement", "home").await.body, json!({"count": 2}));
        assert_eq!(newest(KIND_NAME, "buttons").await.version, 1);
        // Who saves what is in use over it has let go of it.
        house.draft("placement", "home", &json!({"count": 1})).await;
        let done = winner().await;
        assert_eq!(done.status, 200, "{}", done.body);
        let shown = json!({"count": 1, "fallback": {"title": "Hello"}});
        let written = newest("placement", "home").await;
        assert_eq!(written.body, shown);
        // The UI tells these notes in the language of the screen (noteText.ts).
        assert_eq!(written.note, "winner b of experiment buttons");
        assert_eq!(newest(KIND_NAME, "buttons").await.note, "winner b rolled out");
    }
}
