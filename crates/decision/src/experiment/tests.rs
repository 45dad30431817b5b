//! Experiments in decisions: what variants change, who meets them, and what is written down.

use memory::log::{Entry, RowKind};
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::Db;

use super::KIND;
use crate::Decider;
use crate::targeting::{AnswerReason, DecisionAnswer};
use crate::test_support::{ask, decider, known, offer, placement, published, save};

fn experiment(key: &str, more: Value) -> store::definition::Definition {
    let base = json!({"name": {"en": key}, "metric": {"kind": "conversion", "event": "Order Completed"},
        "subject": {"kind": "placement", "key": "home"},
        "variants": [{"key": "a", "share": 0.5},
            {"key": "b", "share": 0.5, "change": {"fallback": {"title": "Hello"}, "count": 2}}]});
    let body = crate::test_support::with(base, more);
    assert_eq!((KIND.validate)(&body), []);
    published("experiment", key, body)
}

/// Everybody gets this variant.
fn all(variant: &str) -> Value {
    let share = |key: &str| if key == variant { 1.0 } else { 0.0 };
    json!([{"key": "a", "share": share("a")}, {"key": "b", "share": share("b")}])
}

/// Everybody gets a variant in which the placement says something else.
fn all_read(title: &str) -> Value {
    json!({"variants": [{"key": "a", "share": 0.0},
        {"key": "b", "share": 1.0, "change": {"fallback": {"title": title}}}]})
}

fn title(answer: &DecisionAnswer) -> &str {
    answer.placements[0]
        .fallback
        .as_ref()
        .map_or("", |fallback| &fallback.title)
}

/// The exposures in the log: experiment and variant.
async fn exposures(db: &Db) -> Vec<(String, String)> {
    let rows = memory::log::db::of_kind(db, RowKind::Event, u64::MAX >> 1, 1_000)
        .await
        .unwrap();
    let mut met = vec![];
    for row in rows {
        if let Entry::Event(body) = &row.entry
            && body.name == "Experiment Viewed"
        {
            let said: Value = serde_json::from_str(body.properties.get()).unwrap();
            let text = |name: &str| said[name].as_str().unwrap().to_owned();
            met.push((text("experiment_id"), text("variation_id")));
        }
    }
    met
}

#[test]
fn what_is_wrong_with_a_change_is_named_with_its_place() {
    let places = |subject: Value, change: Value| -> Vec<String> {
        let body = json!({"name": {"en": "x"}, "subject": subject,
            "metric": {"kind": "revenue"},
            "variants": [{"key": "a", "share": 0.5}, {"key": "b", "share": 0.5, "change": change}]});
        (KIND.validate)(&body)
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    };
    let home = json!({"kind": "placement", "key": "home"});
    assert_eq!(
        places(home, json!({"count": 99, "fallback": {"titel": "x"}})).len(),
        2
    );
    let shop = json!({"kind": "strategy", "key": "shop"});
    assert_eq!(
        places(shop.clone(), json!({"levers": {"channel:wep": 1}})),
        ["/variants/1/change/levers/channel:wep"]
    );
    assert_eq!(
        places(shop, json!({"levers": {"offer:sale": 2}})),
        Vec::<String>::new()
    );
    let offers = json!({"kind": "offers"});
    // The first variant does not say what it shows.
    assert_eq!(
        places(offers, json!({"offers": ["sale"]})),
        ["/variants/0/change/offers"]
    );
}

store::test! {
    async fn a_placement_shows_what_the_variant_says_and_the_customer_meets_it_once(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let decider = decider(&memory, &[placement("home", "web", json!({})),
            placement("side", "web", json!({})), experiment("welcome", all_read("Hello"))]).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(title(&answer), "Hello");
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        decider.decide(&ask("ann", &["home"])).await;
        // Elsewhere there is nothing to meet.
        assert_eq!(title(&decider.decide(&ask("ann", &["side"])).await), "Welcome");
        assert_eq!(exposures(&db).await, [("welcome".to_owned(), "b".to_owned())]);
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let part = &record.experiments[0];
        assert_eq!((part.experiment.as_str(), part.variant.as_str()), ("welcome", "b"));
        assert_eq!(part.by, "dealt");
        // The receipt says what was answered, also when the experiment says something else by now.
        assert_eq!(title(&record.answer), "Hello");
        let known = store::definition::one(&db, "experiment", "welcome").await.unwrap();
        let over = known.map(|known| known.hash);
        save(&db, &experiment("welcome", all_read("Good day")), over.as_deref()).await;
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.answer, answer);
        // A stranger is not dealt in: they could not be counted.
        assert_eq!(title(&decider.decide(&ask("nobody", &["home"])).await), "Welcome");
    }
}

store::test! {
    async fn what_was_met_first_stays_when_the_shares_are_turned_round(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let with = |variant: &str| {
            let mut variants = all(variant);
            variants[1]["change"] = json!({"fallback": {"title": "Hello"}});
            [placement("home", "web", json!({})), experiment("welcome", json!({"variants": variants}))]
        };
        let decider = decider(&memory, &with("b")).await;
        assert_eq!(title(&decider.decide(&ask("ann", &["home"])).await), "Hello");
        decider.install(crate::test_support::catalog(&with("a"))).await.unwrap();
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(title(&answer), "Hello");
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.experiments[0].by, "kept");
        known(&memory, "ben", json!({})).await;
        assert_eq!(title(&decider.decide(&ask("ben", &["home"])).await), "Welcome");
    }
}

store::test! {
    async fn an_experiment_on_offers_shows_each_side_its_own(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let variants = json!([
            {"key": "a", "share": 1.0, "change": {"offers": ["sale"]}},
            {"key": "b", "share": 0.0, "change": {"offers": ["coupon"]}}]);
        let test = experiment("which", json!({"subject": {"kind": "offers"}, "variants": variants}));
        let decider = decider(&memory, &[placement("home", "web", json!({"count": 3})), test,
            offer("coupon", json!({"category": "hats", "value_cents": 9_000})),
            offer("sale", json!({})), offer("other", json!({"category": "shoes"}))]).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        let mut shown: Vec<&str> = answer.placements[0].offers.iter().map(|o| o.offer.as_str()).collect();
        shown.sort_unstable();
        assert_eq!(shown, ["other", "sale"]);
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let coupon = record.proposals.iter().find(|one| one.offer == "coupon").unwrap();
        assert_eq!(coupon.reasons[0].code, "experiment");
        assert_eq!(coupon.reasons[0].detail["experiment"], "which");
        assert_eq!(exposures(&db).await.len(), 1);
    }
}

store::test! {
    async fn a_strategy_variant_orders_offers_anew_and_the_record_explains_it(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let shop = published("strategy", "shop", json!({"name": {"en": "Shop"}}));
        let variants = json!([{"key": "a", "share": 0.0},
            {"key": "b", "share": 1.0, "change": {"levers": {"offer:sale": 10.0}}}]);
        let test = experiment("order", json!({"subject": {"kind": "strategy", "key": "shop"},
            "variants": variants}));
        let decider = decider(&memory, &[placement("home", "web", json!({})), shop, test,
            offer("coupon", json!({"category": "hats", "value_cents": 2_000})),
            offer("sale", json!({}))]).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.placements[0].offers[0].offer, "sale");
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let sale = record.proposals.iter().find(|one| one.offer == "sale").unwrap();
        assert_eq!((sale.lever, sale.rank), (10.0, Some(1)));
        let preview = decider.preview(&ask("ann", &["home"])).await.unwrap();
        assert_eq!(preview.answer.placements[0].offers[0].offer, "sale");
    }
}

store::test! {
    async fn who_still_sees_another_variant_has_not_met_the_dealt_one(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let sale = || offer("sale", json!({"variants": [{"key": "ten"}, {"key": "twenty"}]}));
        let home = || placement("home", "web", json!({}));
        let decider = decider(&memory, &[sale(), home()]).await;
        let variant = async || {
            let answer = decider.decide(&ask("ann", &["home"])).await;
            answer.placements[0].offers[0].variant.clone().unwrap()
        };
        assert_eq!(variant().await, "ten");
        let variants = json!([{"key": "a", "share": 0.0, "change": {"variant": "ten"}},
            {"key": "b", "share": 1.0, "change": {"variant": "twenty"}}]);
        let test = experiment("much", json!({"subject": {"kind": "offer", "key": "sale"},
            "variants": variants}));
        decider.install(crate::test_support::catalog(&[sale(), home(), test])).await.unwrap();
        // What was made stands, so the experiment has not begun for her.
        assert_eq!((variant().await.as_str(), exposures(&db).await.len()), ("ten", 0));
        db.clock().advance_ms(3_600_000);
        assert_eq!(variant().await, "twenty");
        assert_eq!(exposures(&db).await, [("much".to_owned(), "b".to_owned())]);
    }
}

async fn deal(decider: &Decider, id: CustomerId, key: &str) -> Option<String> {
    decider.meet(id, key).await.unwrap().map(|met| met.variant)
}

store::test! {
    async fn touchpoints_and_journeys_meet_variants_by_name(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let ann = known(&memory, "ann", json!({"country": "FR"})).await;
        let ben = known(&memory, "ben", json!({"country": "GB"})).await;
        let variants = json!([{"key": "a", "share": 0.0},
            {"key": "b", "share": 1.0, "change": {"value": {"colour": "blue"}}}]);
        let test = experiment("button", json!({"subject": {"kind": "touchpoint"},
            "variants": variants, "audience": {"attribute": "country", "equals": "FR"}}));
        let decider = decider(&memory, &[test]).await;
        let met = decider.meet(ann, "button").await.unwrap().unwrap();
        assert_eq!((met.variant.as_str(), &met.value["colour"]), ("b", &json!("blue")));
        assert_eq!(deal(&decider, ann, "button").await.as_deref(), Some("b"));
        assert_eq!(deal(&decider, ben, "button").await, None);
        assert_eq!(deal(&decider, ann, "unknown").await, None);
        assert_eq!(exposures(&db).await.len(), 1);
    }
}

store::test! {
    async fn after_the_roll_out_the_holdout_keeps_the_baseline(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        // The winner stands in the placement; the baseline says what it was before.
        let decided = |holdout: f64| experiment("welcome", json!({"holdout": holdout,
            "winner": {"variant": "b", "decided_at": "2026-03-01T00:00:00Z"},
            "variants": [
                {"key": "a", "share": 0.5, "change": {"fallback": {"title": "Before"}}},
                {"key": "b", "share": 0.5, "change": {"fallback": {"title": "Hello"}}}]}));
        let decider = decider(&memory, &[placement("home", "web", json!({})), decided(0.5)]).await;
        let mut titles = std::collections::BTreeMap::new();
        for place in 0..60 {
            let user = format!("user_{place}");
            known(&memory, &user, json!({})).await;
            let answer = decider.decide(&ask(&user, &["home"])).await;
            *titles.entry(title(&answer).to_owned()).or_insert(0) += 1;
        }
        assert_eq!(titles.len(), 2, "{titles:?}");
        assert!(titles["Before"] > 15 && titles["Welcome"] > 15, "{titles:?}");
        assert_eq!(exposures(&db).await.len(), 60);
        let without = [placement("home", "web", json!({})), decided(0.0)];
        decider.install(crate::test_support::catalog(&without)).await.unwrap();
        assert_eq!(title(&decider.decide(&ask("ann", &["home"])).await), "Welcome");
        assert_eq!(exposures(&db).await.len(), 60);
    }
}

store::test! {
    async fn where_no_code_is_left_the_variants_content_is_shown(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let sale = json!({"code": {"kind": "pool"}});
        let decider = decider(&memory, &[placement("home", "web", json!({})),
            offer("sale", sale), experiment("welcome", all_read("Hello"))]).await;
        // That there is no code turns out when one is reserved.
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        assert_eq!(title(&answer), "Hello");
    }
}
