//! Memory, import and explore behind the gate, for tests.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use gate::Role;
use gate::session;
use gate::test_support::{Answer, Caller, call, gate, send, sign_in};
use memory::event::prepare;
use memory::event::wire::{Form, Item, parse_item};
use memory::{Memory, MemoryState};
use serde_json::{Value, json};
use store::Db;
use tokio::sync::watch;

use crate::explore::api::ExploreState;

/// Everything that a test of explore needs.
pub struct World {
    pub memory: Memory,
    pub router: Router,
    pub marketer: Caller,
    pub viewer: Caller,
    token: String,
    folder: std::path::PathBuf,
    stop: watch::Sender<bool>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Opens memory and explore over a test's store; numbers of fewer than five customers are hidden
/// from viewers.
pub async fn world(db: &Db) -> World {
    let name = format!("rapport-explore-{:016x}", store::Random::system().u64());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let memory = Memory::open(db.clone()).await.unwrap();
    let gate = gate(db, &[]).await;
    let stop = watch::Sender::new(false);
    let state = MemoryState::new(
        memory.clone(),
        gate.clone(),
        folder.clone(),
        stop.subscribe(),
    );
    tokio::spawn(memory::keep(state.clone(), stop.subscribe()));
    let explore = ExploreState {
        memory: state.clone(),
        least_customers: 5,
    };
    let (memory_routes, _) = memory::routes().split_for_parts();
    let (explore_routes, _) = crate::explore::api::routes().split_for_parts();
    let (web_routes, _) = crate::web::api::routes().split_for_parts();
    let router = memory_routes
        .with_state(state)
        .merge(explore_routes.with_state(explore.clone()))
        .merge(web_routes.with_state(explore));
    let marketer = sign_in(db, Role::Marketer).await;
    let token = match &marketer {
        Caller::Browser(token) => token.clone(),
        Caller::Stranger | Caller::Program(_) => String::new(),
    };
    World {
        memory,
        router: gate::enter(router, gate),
        marketer,
        viewer: sign_in(db, Role::Viewer).await,
        token,
        folder,
        stop,
    }
}

impl World {
    /// Calls as a marketer.
    pub async fn ask(&self, line: &str, body: Value) -> Value {
        let answer = call(&self.router, &self.marketer, line, &[], Some(body)).await;
        assert!(answer.status < 300, "{} {}", answer.status, answer.body);
        answer.body
    }

    /// What a view shows.
    pub async fn shown(&self, view: Value) -> Value {
        let question = json!({ "view": view });
        self.ask("POST /api/explore/answers", question).await["shown"].clone()
    }

    /// The customers of a cell of a question.
    pub async fn customers(&self, question: &Value, cell: &Value) -> Value {
        let body = json!({ "question": question, "cell": cell });
        self.ask("POST /api/explore/customers", body).await
    }

    /// Takes events in.
    pub async fn send(&self, events: Vec<Value>) {
        let db = self.memory.db();
        let read = |json: Value| match parse_item(Form::Batch, &json.to_string()) {
            Item::Event(event) => prepare(event, 1, db.now(), db.random()).unwrap(),
            Item::Rejected(rejected) => panic!("{rejected:?}"),
        };
        let events = events.into_iter().map(read).collect();
        self.memory.ingest(events).await.unwrap();
    }

    /// Brings a file in as the program does, and waits for its end.
    pub async fn import(&self, name: &str, bytes: Vec<u8>, mapping: Option<Value>) -> Value {
        let request = Request::post(format!("/api/imports?name={name}"))
            .header("cookie", format!("{}={}", session::COOKIE, self.token))
            .header(session::CSRF_HEADER, session::csrf_token(&self.token))
            .header("content-type", "application/octet-stream")
            .body(Body::from(bytes))
            .unwrap();
        let uploaded: Answer = send(&self.router, request).await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.body);
        let id = uploaded.body["id"].as_str().unwrap().to_owned();
        let mapping = match mapping {
            Some(mapping) => mapping,
            None => {
                let line = format!("POST /api/imports/{id}/preview");
                self.ask(&line, json!({})).await["mapping"].clone()
            }
        };
        let line = format!("POST /api/imports/{id}/start");
        self.ask(&line, json!({ "mapping": mapping })).await;
        loop {
            let line = format!("GET /api/imports/{id}");
            let answer = call(&self.router, &self.marketer, &line, &[], None).await;
            match answer.body["state"].as_str() {
                Some("done") => return answer.body,
                Some("failed" | "cancelled") => panic!("{}", answer.body),
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    }
}

/// A track event of somebody at a moment.
pub fn track(name: &str, user: &str, at: &str, properties: Value) -> Value {
    json!({ "type": "track", "event": name, "userId": user, "timestamp": at,
        "properties": properties })
}
