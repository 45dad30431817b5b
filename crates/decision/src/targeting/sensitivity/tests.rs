//! How a draft changes winners, told without deciding anything.

use memory::Memory;
use memory::customer::search::Place;
use serde_json::{Value, json};
use store::Db;

use super::{OfferShift, with_draft};
use crate::targeting::DecisionRequest;
use crate::test_support::{decider, known, offer, placement, published};

fn definitions() -> Vec<store::definition::Definition> {
    let gold = json!({"attribute": "tier", "equals": "gold"});
    vec![
        offer("bag", json!({"value_cents": 3_000})),
        offer(
            "hat",
            json!({"category": "hats", "value_cents": 2_000, "eligibility": gold}),
        ),
        placement("home", "web", json!({})),
        placement("mail", "email", json!({})),
        published("strategy", "default", json!({"name": {"en": "S"}})),
    ]
}

fn draft(more: Value) -> Value {
    crate::test_support::with(json!({"name": {"en": "S"}}), more)
}

store::test! {
    async fn moving_a_lever_shows_who_would_get_something_else(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        for number in 0..6 {
            let tier = if number < 2 { "gold" } else { "new" };
            known(&memory, &format!("user_{number}"), json!({"tier": tier})).await;
        }
        memory.flush().await.unwrap();
        let found = memory.search("", Place::START, 100).await.unwrap().then;
        let customers: Vec<_> = found.into_iter().map(|(customer, _)| customer).collect();
        let before = decider.catalog();
        let compare = |body: Value, context: Value| {
            let after = with_draft(&definitions(), "default", &body).unwrap();
            let asked = DecisionRequest {
                context: context.as_object().unwrap().clone(),
                ..DecisionRequest::default()
            };
            decider.compare(&before, &after, &customers, &asked, db.now())
        };
        let shift = compare(draft(json!({"levers": {"category:hats": 2.0}})), json!({}));
        assert_eq!((shift.customers, shift.placements.len()), (6, 2));
        let home = &shift.placements[0];
        assert_eq!((home.placement.as_str(), home.changed), ("home", 2));
        let offers = |offer: &str, before, after| OfferShift { offer: offer.into(), before, after };
        assert_eq!(home.offers, [offers("bag", 6, 4), offers("hat", 0, 2)]);
        assert_eq!(home.examples.len(), 2);
        let rain = draft(json!({"context_weights": [{"when": {"context": "weather",
            "equals": "rain"}, "concerns": "offer:bag", "weight": 0.1}]}));
        assert_eq!(compare(rain.clone(), json!({})).placements[0].changed, 0);
        let wet = compare(rain, json!({"weather": "rain"}));
        assert_eq!(wet.placements[0].changed, 2);
        let same = compare(draft(json!({})), json!({}));
        assert_eq!(same.placements, []);
        let web_only = draft(json!({"channels": ["web"], "levers": {"offer:bag": 0.0}}));
        let web_only = compare(web_only, json!({}));
        assert_eq!(web_only.placements[0].without_offer, (0, 4));
    }
}

#[test]
fn a_draft_that_is_wrong_says_where() {
    let wrong = draft(json!({"levers": {"offer:bag": -1.0}, "placements": [],
        "context_weights": [{"when": {"contxt": "a"}, "concerns": "all", "weight": 1.0}]}));
    let problems = with_draft(&definitions(), "default", &wrong).unwrap_err();
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert!(places.contains(&"/levers/offer:bag"), "{places:?}");
    assert!(places.contains(&"/placements"), "{places:?}");
    assert!(
        places.contains(&"/context_weights/0/concerns"),
        "{places:?}"
    );
    assert!(
        places
            .iter()
            .any(|place| place.starts_with("/context_weights/0/when")),
        "{places:?}"
    );
}
