//! What simulations know beside the customers: segments, tables, circumstances, evidence, variants.

use std::sync::Arc;

use awareness::increment::effect::{Effects, GroupEffect};
use gate::Role;
use gate::test_support::{Caller, call, gate, sign_in};
use memory::Memory;
use serde_json::{Value, json};
use store::Db;
use store::definition::Definition;

use super::result::RecordedSide;
use super::tests::{change, draft, on_everyone, people, recorded, run, why};
use super::verdict::VerdictWord;
use super::*;
use crate::Decider;
use crate::customer_table::tests::upload;
use crate::targeting::read::ProposalState;
use crate::test_support::{ask, decider, offer, placement, published};

/// Buyers are asked by the rule of a segment, friends by who was uploaded.
fn segments() -> Vec<Definition> {
    let gold = json!({"name": {"en": "Gold"}, "criteria": {"attribute": "plan", "equals": "gold"}});
    let friends = json!({"name": {"en": "Friends"}, "membership": "static"});
    let both = json!({"all": [{"segment": "gold"}, {"segment": "friends"}]});
    vec![
        offer("bags", json!({"eligibility": both})),
        placement("home", "web", json!({})),
        published("segment", "gold", gold),
        published("segment", "friends", friends),
    ]
}

store::test! {
    async fn a_population_is_chosen_by_segments_and_conditions_on_them_are_told(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &segments()).await;
        people(&memory, 10, |n| json!({"plan": if n < 6 { "gold" } else { "free" }})).await;
        let mut friends = roaring::RoaringTreemap::new();
        for n in 0..4 {
            let who = memory::identity::IdentifierKind::UserId;
            friends.insert(memory.find(who, &format!("user{n}")).await.unwrap().unwrap().0);
        }
        let mut all = (*memory.memberships()).clone();
        all.put("friends", Some(std::sync::Arc::new(friends)));
        memory.put_memberships(all);
        let simulator = Simulator::new(decider.clone());
        let asked = async |criteria: Value| {
            let mut request = on_everyone(vec![], &["home"]);
            if let Ground::Population(population) = &mut request.on {
                population.criteria = Some(criteria);
            }
            request
        };
        let request = asked(json!({"segment": "gold"})).await;
        let SimulationResult::Population(result) = run(&simulator, &request).await else {
            panic!("not a population");
        };
        let now = &result.placements[0].sides[0];
        assert_eq!((result.customers, now.shown, now.nothing), (6, 4, 2));
        // Who is gold already is not kept out by that condition.
        let kept_out: Vec<(&str, u64)> = now.rules[0].conditions.iter()
            .map(|c| (c.text["en"].as_str(), c.customers)).collect();
        assert!(matches!(kept_out[..], [(text, 2)] if text.contains("friends")), "{kept_out:?}");
        let request = asked(json!({"segment": "friends"})).await;
        let SimulationResult::Population(result) = run(&simulator, &request).await else {
            panic!("not a population");
        };
        assert_eq!(result.customers, 4);
        let request = asked(json!({"segment": "nobody"})).await;
        let wrong = simulator.start(&request, "ann").await.unwrap().unwrap_err();
        assert_eq!(wrong[0].path, "/on/population/criteria");
        // Why not: only the condition that was not met is dropped.
        let bags = why(&decider, "user5", "bags").await;
        assert_eq!(bags.changes[0].to, json!({"all": [{"segment": "gold"}]}));
    }
}

fn evidence() -> Arc<Effects> {
    let effect = |value_cents, nothing| GroupEffect {
        treated: 500,
        control: 100,
        measured_cents: None,
        effect_cents: 12.0,
        error_cents: 2.0,
        chance: 0.9,
        acceptance: 0.1,
        value_cents,
        nothing,
    };
    let of = |value, nothing| [("others".to_owned(), effect(value, nothing))].into();
    let effects = [
        ("coupon".to_owned(), of(3_000, false)),
        ("mug".to_owned(), of(0, true)),
    ];
    Arc::new(effects.into())
}

/// Everything that can make the order other than the offers' own figures say.
fn involved() -> Vec<Definition> {
    let strategy = json!({"name": {"en": "Shop"}, "value": "incremental",
        "learning": {"algorithm": "fixed"},
        "context_weights": [{"when": {"attribute": "plan", "equals": "gold"},
            "concerns": "offer:hats", "weight": 9.0}]});
    vec![
        offer(
            "bags",
            json!({"value_cents": 2_000, "variants": [
            {"key": "big", "when": {"attribute": "tall", "equals": true}}, {"key": "small"}]}),
        ),
        offer("hats", json!({"category": "hats", "value_cents": 400})),
        offer("coupon", json!({"category": "coupons", "value_cents": 100})),
        offer("mug", json!({"category": "mugs", "value_cents": 900})),
        offer("tie", json!({"category": "ties", "value_cents": 10})),
        placement("home", "web", json!({})),
        published("strategy", "shop", strategy),
    ]
}

async fn decided(memory: &Memory, decider: &Decider) {
    people(
        memory,
        60,
        |n| json!({"plan": if n % 3 == 0 { "gold" } else { "free" }, "tall": n % 2 == 0}),
    )
    .await;
    upload(
        decider,
        "ranks",
        crate::customer_table::Kind::Assignments,
        json!([
        {"user_id": "user1", "offer": "tie", "rank": 1}]),
    )
    .await;
    upload(
        decider,
        "scores",
        crate::customer_table::Kind::Scores,
        json!([
        {"user_id": "user55", "offer": "coupon", "score": 0.1}]),
    )
    .await;
    let mut shown = std::collections::BTreeSet::new();
    for n in 0..60 {
        if n == 50 {
            // What was known in the end was not known all the time.
            decider.install_worths(evidence()).await.unwrap();
        }
        let answer = decider.decide(&ask(&format!("user{n}"), &["home"])).await;
        let offer = &answer.placements[0].offers[0];
        shown.insert((offer.offer.clone(), offer.variant.clone()));
    }
    assert!(shown.len() >= 5, "{shown:?}");
}

store::test! {
    async fn the_published_rules_against_themselves_reproduce_everything(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &involved()).await;
        decided(&memory, &decider).await;
        let simulator = Simulator::new(decider);
        for customers in [Knowledge::AsRecorded, Knowledge::AsOfThen] {
            let same = recorded(&memory, vec![], customers);
            let SimulationResult::Recorded(result) = run(&simulator, &same).await else { panic!() };
            assert_eq!(result.turns, 60, "{customers:?}");
            if let Some(reproduced) = result.reproduced {
                assert_eq!((reproduced.asked, reproduced.same), (60, 60));
            }
            for side in &result.sides {
                let evaluation = &side.evaluation;
                assert_eq!((evaluation.changed, side.unsure), (0.0, 0.0), "{customers:?}");
                assert_eq!(evaluation.verdict.word, VerdictWord::Unchanged);
                assert!((evaluation.effective - 60.0).abs() < 1e-6, "{customers:?} {evaluation:?}");
                for one in &side.offers {
                    let (recorded, tried) = (one.recorded as f64, one.tried);
                    assert!((recorded - tried).abs() < 1e-9, "{customers:?} {one:?}");
                }
            }
            // Variants are told apart.
            let offers = result.sides[0].offers.iter();
            let variants = offers.filter(|one| one.offer == "bags").map(|one| one.variant.clone());
            let variants: std::collections::BTreeSet<_> = variants.collect();
            assert_eq!(variants, [Some("big".to_owned()), Some("small".to_owned())].into());
        }
    }
}

store::test! {
    async fn what_was_made_anew_although_it_earns_nothing_is_reproduced(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let mut rules = involved();
        rules[6].body["learning"] = json!({"exploration": 0.3});
        let decider = decider(&memory, &rules).await;
        people(&memory, 60, |_| json!({"plan": "free"})).await;
        decider.install_worths(evidence()).await.unwrap();
        let (mut anew, mut not) = (0, 0);
        for n in 0..60 {
            let answer = decider.decide(&ask(&format!("user{n}"), &["home"])).await;
            let id = answer.decision_id.unwrap();
            let record = decider.decision(id).await.unwrap().unwrap();
            let mug = record.proposals.iter().find(|one| one.offer == "mug").unwrap();
            let out = mug.reasons.iter().any(|reason| reason.code == "earns_nothing");
            *if out { &mut not } else { &mut anew } += 1;
        }
        assert!(anew > 5 && not > 20, "{anew} {not}");
        let simulator = Simulator::new(decider);
        for customers in [Knowledge::AsRecorded, Knowledge::AsOfThen] {
            let same = recorded(&memory, vec![], customers);
            let SimulationResult::Recorded(result) = run(&simulator, &same).await else { panic!() };
            if let Some(reproduced) = result.reproduced {
                assert_eq!((reproduced.asked, reproduced.same), (60, 60));
            }
            for side in &result.sides {
                let evaluation = &side.evaluation;
                assert_eq!((evaluation.changed, side.unsure), (0.0, 0.0), "{customers:?}");
                assert_eq!(evaluation.verdict.word, VerdictWord::Unchanged);
            }
        }
    }
}

store::test! {
    async fn a_strategy_that_only_weighs_otherwise_changes_what_is_shown(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &involved()).await;
        decided(&memory, &decider).await;
        let mut body = involved()[6].body.clone();
        body["context_weights"] = json!([]);
        draft(&db, "strategy", "shop", &body).await;
        let simulator = Simulator::new(decider);
        let changes = || vec![change("strategy", "shop")];
        let asked = recorded(&memory, changes(), Knowledge::AsOfThen);
        let SimulationResult::Recorded(result) = run(&simulator, &asked).await else { panic!() };
        let hats = |side: &RecordedSide| {
            side.offers.iter().find(|one| one.offer == "hats").map_or(0.0, |one| one.tried)
        };
        assert!(result.sides[1].evaluation.changed > 0.2, "{}", result.sides[1].evaluation.changed);
        assert!(hats(&result.sides[0]) > 10.0);
        assert_eq!(hats(&result.sides[1]), 0.0);
        // The record does not say whom the weights of another strategy would concern.
        let asked = recorded(&memory, changes(), Knowledge::AsRecorded);
        let SimulationResult::Recorded(result) = run(&simulator, &asked).await else { panic!() };
        assert!(result.sides[1].unsure > 0.2, "{}", result.sides[1].unsure);
    }
}

store::test! {
    async fn why_not_knows_variants_and_the_strategy_of_the_placement(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let body = json!({"name": {"en": "Home"}, "placements": ["home"],
            "levers": {"list:off": 0.0, "category:a/b": 0.0}});
        let general = json!({"name": {"en": "All"}, "learning": {"algorithm": "fixed"}});
        let list = json!({"name": {"en": "Off"}, "offers": ["scarf"]});
        let decider = decider(&memory, &[
            offer("bags", json!({"value_cents": 2_000, "variants": [
                {"key": "big", "when": {"attribute": "tall", "equals": true}}, {"key": "small"}]})),
            offer("hats", json!({"category": "a/b", "value_cents": 5_000})),
            offer("scarf", json!({"category": "scarves", "value_cents": 5_000})),
            placement("home", "web", json!({})),
            published("strategy", "all", general),
            published("strategy", "home", body),
            published("offer_list", "off", list),
        ]).await;
        people(&memory, 1, |_| json!({"tall": false})).await;
        let bags = why(&decider, "user0", "bags").await;
        assert_eq!((bags.state, bags.exact), (ProposalState::Chosen, true), "its second variant won");
        for (offer, field) in [("hats", "/levers/category:a~1b"), ("scarf", "/levers/list:off")] {
            let found = why(&decider, "user0", offer).await;
            let change = found.changes.first().unwrap_or_else(|| panic!("{found:?}"));
            assert_eq!((change.key.as_str(), change.field.as_str()), ("home", field));
            assert!(found.exact, "{found:?}");
        }
    }
}

store::test! {
    async fn a_simulation_is_stopped_and_removed_by_its_author_or_an_editor(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[placement("home", "web", json!({}))]).await;
        let (router, _) = super::api::routes().split_for_parts();
        let gate = gate(&db, &[]).await;
        let router = gate::enter(router.with_state(Simulator::new(decider)), gate);
        let analyst = sign_in(&db, Role::Analyst).await;
        let agent = sign_in(&db, Role::Agent).await;
        let marketer = sign_in(&db, Role::Marketer).await;
        let body = json!({"tries": [{"name": "A"}], "on": {"population": {"placements": ["home"]}}});
        let start = async || {
            let line = "POST /api/simulations";
            let made = call(&router, &analyst, line, &[], Some(body.clone())).await;
            assert_eq!(made.status, 201, "{}", made.body);
            made.body["id"].as_str().unwrap().to_owned()
        };
        let (first, second) = (start().await, start().await);
        let status = async |caller: &Caller, line: String| {
            call(&router, caller, &line, &[], None).await.status
        };
        let cancel = format!("POST /api/simulations/{first}/cancel");
        assert_eq!(status(&agent, cancel.clone()).await, 403);
        assert_eq!(status(&analyst, cancel).await, 200);
        let remove = format!("DELETE /api/simulations/{second}");
        assert_eq!(status(&agent, remove.clone()).await, 403);
        assert_eq!(status(&marketer, remove).await, 204);
        let rows = gate::audit::db::after(&db, 0, 100).await.unwrap();
        let of_simulations = rows.iter().filter(|row| row.object_kind == "simulation");
        let noted: Vec<&str> = of_simulations.map(|row| row.action.as_str()).collect();
        assert_eq!(noted, ["start", "start", "cancel", "remove"]);
    }
}

store::test! {
    async fn what_is_wrong_with_a_question_is_told_at_its_place(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let definitions = [offer("bags", json!({})), placement("home", "web", json!({}))];
        let decider = decider(&memory, &definitions).await;
        people(&memory, 1, |_| json!({})).await;
        let id = decider.decide(&ask("user0", &["home"])).await.decision_id.unwrap();
        let (router, _) = super::api::routes().split_for_parts();
        let gate = gate(&db, &[]).await;
        let router = gate::enter(router.with_state(Simulator::new(decider)), gate);
        let analyst = sign_in(&db, Role::Analyst).await;
        let told = async |line: String, body: Option<Value>| {
            call(&router, &analyst, &line, &[], body).await
        };
        let bare = told(format!("GET /api/decisions/{id}/why-not"), None).await;
        assert_eq!((bare.status, bare.error_paths()), (422, vec!["/placement", "/offer"]));
        let half = told(format!("GET /api/decisions/{id}/why-not?placement=home"), None).await;
        assert_eq!((half.status, half.error_paths()), (422, vec!["/offer"]));
        let query = "why-not?placement=home&offer=hats";
        let other = told(format!("GET /api/decisions/{id}/{query}"), None).await;
        assert_eq!(other.body["detail"],
            format!("hats was no candidate at home in decision {id}"));
        let none = told(format!("GET /api/decisions/dec_zzz/{query}"), None).await;
        assert_eq!((none.status, &none.body["detail"]),
            (404, &json!("there is no decision dec_zzz")));
        let recorded = json!({"from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z",
            "measure": "luck"});
        let body = json!({"tries": [{"name": "A"}], "on": {"recorded": recorded}});
        let wrong = told("POST /api/simulations".to_owned(), Some(body)).await;
        assert_eq!((wrong.status, wrong.error_paths()), (422, vec!["/on/recorded/measure"]));
        let old = json!({"kind": "offer", "key": "bags", "version": 9});
        let body = json!({"tries": [{"name": "A", "changes": [old]}],
            "on": {"population": {"placements": ["home"]}}});
        let wrong = told("POST /api/simulations".to_owned(), Some(body)).await;
        assert_eq!(wrong.error_paths(), ["/tries/0/changes/0/version"], "{}", wrong.body);
        let error = &wrong.body["errors"][0];
        assert_eq!(error["message"], "there is no version 9 of offer bags");
        assert_eq!(error["hint"], "the newest is version 1; \
            /api/definitions/offer/bags/versions lists them");
    }
}
