//! What the tests of several features need.

use std::task::Poll;

use axum::Router;
use gate::definition::ManagedKind;
use gate::test_support::{Answer, Caller, call, gate, program, sign_in};
use gate::{Role, Scope};
use serde_json::{Value, json};
use store::Db;

use crate::event::prepare;
use crate::event::wire::{Form, Item, parse_item};
use crate::identity::IdentifierKind;
use crate::log::Verdict;
use crate::source::feed::Places;
use crate::{Customer, Error, Memory};

/// Takes events in the Segment form in, from source 1.
pub async fn send(memory: &Memory, events: Vec<Value>) -> Vec<Verdict> {
    try_send(memory, events).await.unwrap()
}

/// The same, where that may fail.
pub async fn try_send(memory: &Memory, events: Vec<Value>) -> Result<Vec<Verdict>, Error> {
    let db = memory.db();
    let read = |json: Value| match parse_item(Form::Batch, &json.to_string()) {
        Item::Event(event) => prepare(event, 1, db.now(), db.random()).unwrap(),
        Item::Rejected(rejected) => panic!("{rejected:?}"),
    };
    memory.ingest(events.into_iter().map(read).collect()).await
}

/// A track event of somebody.
pub fn track(name: &str, who: Value, properties: Value) -> Value {
    let mut event = json!({"type": "track", "event": name, "properties": properties});
    let fields = event.as_object_mut().unwrap();
    fields.extend(who.as_object().unwrap().clone());
    event
}

/// The customer with a user id.
pub async fn user(memory: &Memory, value: &str) -> Customer {
    let id = memory.find(IdentifierKind::UserId, value).await.unwrap();
    memory.customer(id.unwrap()).await.unwrap().unwrap()
}

/// Memory behind the gate, with callers.
pub struct House {
    pub memory: Memory,
    pub state: crate::MemoryState,
    pub router: Router,
    pub folder: std::path::PathBuf,
    pub marketer: Caller,
    pub analyst: Caller,
    pub agent: Caller,
    pub program: Caller,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Opens memory over a test's store, behind the gate.
pub async fn house(db: &Db) -> House {
    house_with(db, &[], Places::default()).await
}

/// The same with kinds of definitions, and places that feeds may reach.
pub async fn house_with(db: &Db, kinds: &'static [ManagedKind], places: Places) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let gate = gate(db, kinds).await;
    let name = format!("rapport-memory-{:016x}", store::Random::system().u64());
    let folder = std::env::temp_dir().join(name);
    let state = crate::MemoryState::new(
        memory.clone(),
        gate.clone(),
        folder.clone(),
        tokio::sync::watch::channel(false).1,
    )
    .reaching(places);
    let (router, _) = crate::routes().split_for_parts();
    House {
        memory,
        router: gate::enter(router.with_state(state.clone()), gate),
        state,
        folder,
        marketer: sign_in(db, Role::Marketer).await,
        analyst: sign_in(db, Role::Analyst).await,
        agent: sign_in(db, Role::Agent).await,
        program: program(db, &[Scope::Ingest]).await,
    }
}

impl House {
    /// Calls as a marketer.
    pub async fn ask(&self, line: &str, body: Option<Value>) -> Answer {
        call(&self.router, &self.marketer, line, &[], body).await
    }

    /// Calls as a program with a key.
    pub async fn told(&self, line: &str, body: Value) -> Answer {
        call(&self.router, &self.program, line, &[], Some(body)).await
    }
}

/// Waits for something, and goes away when it has had to wait more often than that.
pub(crate) async fn go_away_after(waits: usize, work: impl Future) {
    let (mut work, mut waited) = (std::pin::pin!(work), 0);
    let patient = std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Pending if waited < waits => {
            waited += 1;
            Poll::Pending
        }
        Poll::Pending | Poll::Ready(_) => Poll::Ready(()),
    });
    patient.await;
}
