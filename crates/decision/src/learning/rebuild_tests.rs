//! Learning anew from the log gives what learning in the stream has given, on every node.

use std::sync::Arc;

use gate::Role;
use gate::test_support::{Caller, call, gate, sign_in};
use memory::Memory;
use memory::interaction::ResponseKind;
use serde_json::{Value, json};
use store::Db;
use store::definition::Definition;

use super::job::Learner;
use super::job_tests::round;
use super::learned::Learned;
use crate::test_support::{ask, decider, known, offer, placement, published, react};
use crate::{Catalog, Decider};

/// Between two visits, in milliseconds: no multiple of it is how long a no takes.
const APART: i64 = 61_000;

fn definitions() -> Vec<Definition> {
    let strategy = json!({"name": {"en": "Learn"},
        "learning": {"sampling": 0.5, "exploration": 0.3, "half_life_days": 30}});
    vec![
        offer("bags", json!({"category": "things"})),
        offer("hats", json!({"category": "things"})),
        placement("home", "web", json!({"reserves_ms": 1_000})),
        published("strategy", "learn", strategy),
    ]
}

struct House {
    router: axum::Router,
    ann: Caller,
}

async fn house(db: &Db, decider: &Decider) -> House {
    let (router, _) = crate::routes().split_for_parts();
    House {
        router: gate::enter(router.with_state(decider.clone()), gate(db, &[]).await),
        ann: sign_in(db, Role::Marketer).await,
    }
}

impl House {
    async fn call(&self, line: &str) -> Value {
        let answer = call(&self.router, &self.ann, line, &[], None).await;
        assert!(answer.status < 300, "{line}: {}", answer.body);
        answer.body
    }
}

/// What was learned, without what only tells when a round came by.
fn bare(learned: &Learned) -> Learned {
    let mut bare = learned.clone();
    bare.position = 0;
    for model in bare.models.values_mut() {
        Arc::make_mut(model).learned_ms = 0;
    }
    bare
}

/// Customers come one after the other; some take what they are offered, some click.
async fn visits(db: &Db, decider: &Decider, learner: &mut Learner, names: &str, count: usize) {
    for number in 0..count {
        db.clock().advance_ms(APART);
        round(db, learner).await;
        let plan = if number % 3 == 0 { "gold" } else { "plain" };
        let user = format!("{names}{number}");
        let customer = known(decider.memory(), &user, json!({"plan": plan})).await;
        let answer = decider.decide(&ask(&user, &["home"])).await;
        let made = &answer.placements[0].offers[0];
        let kind = match number % 7 {
            0 => Some(ResponseKind::Accept),
            2 => Some(ResponseKind::Click),
            4 => Some(ResponseKind::Reject),
            _ => None,
        };
        round(db, learner).await;
        if let Some(kind) = kind {
            db.clock().advance_ms(APART);
            round(db, learner).await;
            react(
                decider.memory(),
                customer,
                kind,
                made.contact_id,
                &made.offer,
            )
            .await;
            round(db, learner).await;
        }
    }
}

/// Nothing happens for a while; what was not answered becomes a no.
async fn silence(db: &Db, learner: &mut Learner) {
    for _ in 0..20 {
        db.clock().advance_ms(10 * 60_000);
        round(db, learner).await;
    }
}

store::test! {
    async fn what_was_lost_comes_back_and_what_was_stopped_changes_nothing(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let house = house(&db, &decider).await;
        round(&db, &mut learner).await;
        visits(&db, &decider, &mut learner, "a", 9).await;
        silence(&db, &mut learner).await;
        let before = decider.learned();

        house.call("POST /api/learning/rebuild").await;
        house.call("POST /api/learning/rebuild/cancel").await;
        round(&db, &mut learner).await;
        let told = house.call("GET /api/learning/rebuild").await;
        assert_eq!(told["newest"]["state"], "cancelled");
        assert_eq!(decider.learned(), before);

        // Somebody has lost what was kept.
        let mut tx = db.begin().await.unwrap();
        super::db::forget_all(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let bereft = Decider::new(memory.clone());
        bereft.install(Catalog::compile(&definitions()).0).await.unwrap();
        db.clock().advance_ms(10_001);
        let mut learner = Learner::new(bereft.clone(), "two".into());
        round(&db, &mut learner).await;
        assert!(bereft.learned().models.values().all(|model| model.presented == 0.0));
        house.call("POST /api/learning/rebuild").await;
        round(&db, &mut learner).await;
        assert_eq!(bare(&bereft.learned()), bare(&before));
    }
}
