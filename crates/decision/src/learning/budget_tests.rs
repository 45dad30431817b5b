//! The budget for trying out: respected within a second, told in money, and renewed.

use gate::Role;
use gate::test_support::{call, gate, sign_in};
use memory::Memory;
use serde_json::json;
use store::{Db, Timestamp};

use super::budget::BudgetPeriod;
use super::job::Learner;
use super::job_tests::round;
use super::learned::DAY_MS;
use crate::Decider;
use crate::test_support::{ask, decider, known, offer, placement, published};

/// What is given up when the lesser offer is chosen: a tenth of the difference in value.
const GIVEN_UP: f64 = 90.0;

/// Whether the lesser offer was chosen for a new customer, and whether the record says that
/// nothing was tried out.
async fn chosen(db: &Db, decider: &Decider, learner: &mut Learner, user: &str) -> (bool, bool) {
    known(decider.memory(), user, json!({})).await;
    let answer = decider.decide(&ask(user, &["home"])).await;
    let record = decider
        .decision(answer.decision_id.unwrap())
        .await
        .unwrap()
        .unwrap();
    round(db, learner).await;
    db.clock().advance_ms(1_001);
    (
        answer.placements[0].offers[0].offer == "less",
        record.thrifty,
    )
}

store::test! {
    async fn what_trying_out_may_cost_is_kept_to_and_told(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let learning = json!({"sampling": 0, "exploration": 0.5,
            "budget": {"cents": 250, "per": "day"}});
        let decider = decider(&memory, &[
            offer("more", json!({"value_cents": 1_000, "propensity": 0.1, "currency": "GBP"})),
            offer("less", json!({"value_cents": 100, "propensity": 0.1, "currency": "GBP"})),
            placement("home", "web", json!({})),
            published("strategy", "learn", json!({"name": {"en": "Learn"}, "learning": learning})),
        ]).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        round(&db, &mut learner).await;
        let mut tried = vec![];
        for number in 0..60 {
            tried.push(chosen(&db, &decider, &mut learner, &format!("u{number}")).await);
        }
        // A quarter would be tried out; the third one uses the budget up.
        let explored = tried.iter().filter(|(less, _)| *less).count();
        assert_eq!(explored, 3, "{tried:?}");
        let last = tried.iter().rposition(|(less, _)| *less).unwrap();
        assert!(last < 40 && tried[..=last].iter().all(|(_, thrifty)| !thrifty), "{tried:?}");
        assert!(tried[last + 1..].iter().all(|(_, thrifty)| *thrifty), "{tried:?}");

        let (router, _) = crate::routes().split_for_parts();
        let router = gate::enter(router.with_state(decider.clone()), gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Marketer).await;
        let told = call(&router, &ann, "GET /api/learning", &[], None).await.body;
        let cost = GIVEN_UP * 3.0;
        assert_eq!(told["week"], json!({"shown_count": 60.0, "explored_count": 3.0,
            "forgone": [{"currency": "GBP", "cents": cost}]}));
        let since: Timestamp = BudgetPeriod::Day.begins(db.now());
        assert_eq!(told["budget"], json!({"cents": 250.0, "per": "day", "currency": "GBP",
            "since": since, "spent_cents": cost, "used_up": true}));

        // Tomorrow it is tried out again.
        db.clock().advance_ms(DAY_MS);
        let mut again = false;
        for number in 0..30 {
            again |= chosen(&db, &decider, &mut learner, &format!("v{number}")).await.0;
        }
        assert!(again);
    }
}
