//! Simulations on both stores: who would get what, what would have been earned, and why not.

use memory::criteria::Language;
use memory::interaction::ResponseKind;
use memory::log::Entry;
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::Db;
use store::definition::{self, Draft};
use store::job::{self, State};
use tokio::sync::watch;

use super::rule::Step;
use super::verdict::VerdictWord;
use super::why::{Approximate, ChangedField};
use super::*;
use crate::Decider;
use crate::targeting::read::ProposalState;
use crate::test_support::{
    ask, decider, known, offer, offer_body, placement, policy, published, react,
};

const DAY: i64 = 86_400_000;

/// Saves a new version without publishing it.
pub(super) async fn draft(db: &Db, kind: &str, key: &str, body: &Value) -> i64 {
    let known = definition::one(db, kind, key).await.unwrap();
    let draft = Draft {
        kind,
        key,
        title: key,
        body,
        author: "ann",
        note: "",
    };
    let hash = known.map(|d| d.hash);
    definition::save(db, draft, hash.as_deref()).await.unwrap()
}

/// Runs a simulation to its end.
pub(super) async fn run(simulator: &Simulator, request: &NewSimulation) -> SimulationResult {
    let id = simulator.start(request, "ann").await.unwrap().unwrap();
    let db = simulator.decider.memory().db();
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(simulator.clone().work(stopped));
    let kept = loop {
        let kept = db::get(db, id).await.unwrap().unwrap();
        let job = job::get(db, kept.job).await.unwrap().unwrap();
        match job.state {
            State::Done => break db::get(db, id).await.unwrap().unwrap(),
            State::Failed | State::Cancelled => panic!("{job:?}"),
            State::Queued | State::Running | State::Cancelling => {}
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    stop.send_replace(true);
    worker.await.unwrap();
    kept.result.unwrap()
}

pub(super) fn tries(changes: Vec<rules::Change>) -> Vec<Rules> {
    vec![Rules {
        name: "A".into(),
        changes,
    }]
}

pub(super) fn change(kind: &str, key: &str) -> rules::Change {
    rules::Change {
        kind: kind.into(),
        key: key.into(),
        version: None,
        without: false,
    }
}

pub(super) fn on_everyone(changes: Vec<rules::Change>, placements: &[&str]) -> NewSimulation {
    NewSimulation {
        name: String::new(),
        tries: tries(changes),
        on: Ground::Population(Population {
            placements: placements.iter().map(|key| (*key).to_owned()).collect(),
            ..Population::default()
        }),
    }
}

pub(super) fn recorded(
    memory: &Memory,
    changes: Vec<rules::Change>,
    customers: Knowledge,
) -> NewSimulation {
    let now = memory.db().now();
    NewSimulation {
        name: "replay".into(),
        tries: tries(changes),
        on: Ground::Recorded(Period {
            from: now.plus_ms(-30 * DAY),
            until: now.plus_ms(DAY),
            placements: None,
            channel: None,
            measure: Measure::Accept,
            response_days: 7,
            customers,
            decisions: 100_000,
            clip: 100.0,
        }),
    }
}

pub(super) async fn people(memory: &Memory, count: u64, traits: impl Fn(u64) -> Value) {
    for n in 0..count {
        known(memory, &format!("user{n}"), traits(n)).await;
    }
}

store::test! {
    async fn a_population_tells_who_would_get_what_and_what_to_loosen(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let adults = json!({"all": [
            {"attribute": "age", "at_least": 18}, {"attribute": "country", "equals": "GB"}]});
        let decider = decider(&memory, &[
            offer("adults", json!({"eligibility": adults})),
            placement("home", "web", json!({})),
        ]).await;
        // 30 are eligible, 20 are too young, 10 live elsewhere, 5 are both.
        people(&memory, 65, |n| json!({
            "age": if (30..50).contains(&n) || n >= 60 { 12 } else { 40 },
            "country": if n >= 50 { "DE" } else { "GB" },
        })).await;
        draft(&db, "offer", "adults", &offer_body(json!({"eligibility":
            {"attribute": "country", "equals": "GB"}}))).await;
        let simulator = Simulator::new(decider);
        let request = on_everyone(vec![change("offer", "adults")], &["home"]);
        let SimulationResult::Population(result) = run(&simulator, &request).await else {
            panic!("not a population");
        };
        assert_eq!((result.customers, result.sides), (65, vec![String::new(), "A".into()]));
        let [now, tried] = &result.placements[0].sides[..] else { panic!() };
        assert_eq!((now.shown, now.nothing, now.changed), (30, 35, 0));
        assert_eq!((tried.shown, tried.nothing, tried.changed), (50, 15, 20));
        assert_eq!(now.offers[0].offer, "adults");
        assert!((now.accepts - 3.0).abs() < 1e-9);
        assert_eq!(now.value_cents["GBP"], 3_000.0);
        assert_eq!(tried.categories["bags"], 50);
        let rule = &now.rules[0];
        assert_eq!((&*rule.name, rule.step), ("not_eligible:adults", Step::DropCondition));
        assert_eq!((rule.first, rule.unique, rule.shared), (35, 35, 0));
        assert_eq!((rule.customers, rule.freed, rule.freed_by_step), (35, 35, 20));
        let kept_out: Vec<u64> = rule.conditions.iter().map(|c| c.customers).collect();
        assert_eq!(kept_out, [20, 10]);
        assert!(rule.conditions[0].text["en"].contains("age"), "{:?}", rule.conditions[0]);
        // Without its only condition everybody would get it.
        assert_eq!(tried.rules[0].step, Step::DropRule);
        // Everybody counted can be listed.
        let kept = db::page(&db, SimulationId(u64::MAX), 1).await.unwrap().remove(0);
        let group = db::group(&db, kept.id, 1, "home", "changed").await.unwrap().unwrap();
        assert_eq!(group.len(), 20);
        assert!(db::group(&db, kept.id, 0, "home", "changed").await.unwrap().is_none());
    }
}

store::test! {
    async fn to_offer_something_to_everybody_is_the_last_advice(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let adult = json!({"attribute": "age", "at_least": 18});
        let british = json!({"all": [adult, {"attribute": "country", "equals": "GB"}]});
        let decider = decider(&memory, &[
            offer("adults", json!({"eligibility": adult})),
            offer("british", json!({"eligibility": british, "category": "hats"})),
            placement("home", "web", json!({})),
        ]).await;
        people(&memory, 10, |n| json!({
            "age": 12, "country": if n < 6 { "GB" } else { "DE" },
        })).await;
        draft(&db, "offer", "adults", &offer_body(json!({}))).await;
        let simulator = Simulator::new(decider);
        let request = on_everyone(vec![change("offer", "adults")], &["home"]);
        let SimulationResult::Population(result) = run(&simulator, &request).await else {
            panic!("not a population");
        };
        let rules = result.placements[0].sides[0].rules.iter();
        let told: Vec<_> = rules.map(|r| (&*r.name, r.step, r.freed_by_step)).collect();
        assert_eq!(told, [
            ("not_eligible:british", Step::DropCondition, 6),
            ("not_eligible:adults", Step::DropRule, 10),
        ]);
    }
}

store::test! {
    async fn a_limit_frees_customers_when_it_is_raised_by_one(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let day = json!([{"key": "day", "at_most": 1, "window": {"calendar": "day"}}]);
        let decider = decider(&memory, &[
            offer("sale", json!({"placements": ["home"]})),
            offer("other", json!({"category": "hats", "placements": ["shelf"]})),
            placement("home", "web", json!({})),
            placement("shelf", "web", json!({})),
            policy(day.clone(), json!({})),
        ]).await;
        people(&memory, 4, |_| json!({})).await;
        // Two of them have had their contact of the day.
        for user in ["user0", "user1"] {
            decider.decide(&ask(user, &["shelf"])).await;
        }
        let raised = json!([{"key": "day", "at_most": 2, "window": {"calendar": "day"}}]);
        let body = json!({"name": {"en": "Rules"}, "limits": raised});
        draft(&db, "policy", "rules", &body).await;
        let simulator = Simulator::new(decider);
        let mut request = on_everyone(vec![change("policy", "rules")], &["home"]);
        request.tries.push(Rules {
            name: "B".into(),
            changes: vec![rules::Change { without: true, ..change("policy", "rules") }],
        });
        let SimulationResult::Population(result) = run(&simulator, &request).await else {
            panic!("not a population");
        };
        let sides = &result.placements[0].sides;
        let shown: Vec<(u64, u64)> = sides.iter().map(|side| (side.shown, side.changed)).collect();
        assert_eq!(shown, [(2, 0), (4, 2), (4, 2)]);
        let rule = &sides[0].rules[0];
        assert_eq!((&*rule.name, rule.step), ("contact_policy:rules.day", Step::OneMoreContact));
        assert_eq!((rule.freed, rule.freed_by_step), (2, 2));
        assert!(sides[1].rules.is_empty());
    }
}

/// 300 customers, of whom two thirds were shown `bags`; a third is from elsewhere and was shown
/// `hats`. Every tenth accepted.
async fn history(memory: &Memory, decider: &Decider) {
    people(
        memory,
        300,
        |n| json!({"country": if n % 3 == 0 { "DE" } else { "GB" }}),
    )
    .await;
    for n in 0..300 {
        let answer = decider.decide(&ask(&format!("user{n}"), &["home"])).await;
        let offer = &answer.placements[0].offers[0];
        if n % 10 == 0 {
            let id = answer.customer_id.unwrap();
            react(
                memory,
                id,
                ResponseKind::Accept,
                offer.contact_id,
                &offer.offer,
            )
            .await;
        }
    }
}

fn two_offers() -> Vec<store::definition::Definition> {
    vec![
        offer(
            "bags",
            json!({"eligibility": {"attribute": "country", "equals": "GB"}}),
        ),
        offer("hats", json!({"category": "hats", "value_cents": 900})),
        placement("home", "web", json!({})),
    ]
}

store::test! {
    async fn a_replay_tells_what_changes_and_refuses_where_nothing_is_known(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &two_offers()).await;
        history(&memory, &decider).await;
        let simulator = Simulator::new(decider);
        let same = recorded(&memory, vec![], Knowledge::AsRecorded);
        let SimulationResult::Recorded(result) = run(&simulator, &same).await else { panic!() };
        assert_eq!((result.looked_at, result.since, result.turns), (300, None, 300));
        let side = &result.sides[1];
        assert_eq!(side.evaluation.verdict.word, VerdictWord::Unchanged);
        assert!((side.evaluation.recorded.value - 0.1).abs() < 1e-9);
        assert!((side.evaluation.effective - 300.0).abs() < 1e-6);
        // A lever turns the choice of everybody who may choose.
        let body = offer_body(json!({"category": "hats", "value_cents": 900, "lever": 2.0}));
        draft(&db, "offer", "hats", &body).await;
        let lever = recorded(&memory, vec![change("offer", "hats")], Knowledge::AsRecorded);
        let SimulationResult::Recorded(result) = run(&simulator, &lever).await else { panic!() };
        let side = &result.sides[1];
        assert!((side.evaluation.changed - 200.0 / 300.0).abs() < 1e-9);
        assert_eq!((side.unsure, side.unknown_offers.len()), (0.0, 0));
        let hats = side.offers.iter().find(|one| one.offer == "hats").unwrap();
        assert_eq!((hats.recorded, hats.tried), (100, 300.0));
        // The rules of that time never showed hats to them, so nobody knows what that earns.
        let verdict = &side.evaluation.verdict;
        assert_eq!(verdict.word, VerdictWord::Refused);
        let codes: Vec<&str> = verdict.refused_because.iter().map(|r| &*r.code).collect();
        assert!(codes.contains(&"unsupported"), "{codes:?}");
        assert_eq!(result.sides[0].evaluation.verdict.word, VerdictWord::Unchanged);
    }
}

store::test! {
    async fn rules_that_ask_something_else_need_the_customers_of_that_time(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &two_offers()).await;
        history(&memory, &decider).await;
        // Meanwhile everybody has moved.
        people(&memory, 300, |_| json!({"country": "FR"})).await;
        draft(&db, "offer", "bags", &offer_body(json!({"eligibility":
            {"attribute": "country", "equals": "DE"}}))).await;
        let simulator = Simulator::new(decider);
        let changes = || vec![change("offer", "bags")];
        let by_record = recorded(&memory, changes(), Knowledge::AsRecorded);
        let SimulationResult::Recorded(result) = run(&simulator, &by_record).await else { panic!() };
        // By the record nothing is sure: who met the other rule is not in it.
        assert!(result.sides[1].unsure > 0.6, "{}", result.sides[1].unsure);
        let then = recorded(&memory, changes(), Knowledge::AsOfThen);
        let SimulationResult::Recorded(result) = run(&simulator, &then).await else { panic!() };
        let reproduced = result.reproduced.unwrap();
        assert_eq!((reproduced.asked, reproduced.same), (300, 300));
        let side = &result.sides[1];
        assert_eq!((side.unsure, side.evaluation.changed), (0.0, 1.0));
        let tried = |key: &str| side.offers.iter().find(|one| one.offer == key).unwrap().tried;
        assert_eq!((tried("bags"), tried("hats")), (100.0, 200.0));
    }
}

store::test! {
    async fn a_running_simulation_can_be_stopped_and_is_removed_as_a_whole(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &two_offers()).await;
        let simulator = Simulator::new(decider);
        let id = simulator.start(&on_everyone(vec![], &["home"]), "ann").await.unwrap().unwrap();
        let kept = db::get(&db, id).await.unwrap().unwrap();
        assert!(job::request_cancel(&db, kept.job).await.unwrap());
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(simulator.work(stopped));
        while job::get(&db, kept.job).await.unwrap().unwrap().state != State::Cancelled {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        stop.send_replace(true);
        worker.await.unwrap();
        assert!(db::get(&db, id).await.unwrap().unwrap().result.is_none());
        db::delete(&db, id).await.unwrap();
        assert!(db::get(&db, id).await.unwrap().is_none());
    }
}

store::test! {
    async fn what_is_wrong_with_a_simulation_is_named_with_its_place(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &two_offers()).await;
        let simulator = Simulator::new(decider);
        let places = async |request: &NewSimulation| -> Vec<String> {
            let wrong = simulator.start(request, "ann").await.unwrap().unwrap_err();
            wrong.into_iter().map(|problem| problem.path).collect()
        };
        let request = on_everyone(vec![change("journey", "x"), change("offer", "no")], &[]);
        assert_eq!(places(&request).await, ["/tries/0/changes/0/kind", "/on/population/placements"]);
        let request = on_everyone(vec![change("offer", "no")], &["home", "nowhere"]);
        assert_eq!(places(&request).await, ["/tries/0/changes/0/key", "/on/population/placements/1"]);
        let mut request = recorded(&memory, vec![], Knowledge::AsRecorded);
        if let Ground::Recorded(period) = &mut request.on {
            period.until = period.from;
            period.response_days = 0;
        }
        assert_eq!(places(&request).await, ["/on/recorded/until", "/on/recorded/response_days"]);
    }
}

/// What would have made an offer win in the newest decision about a user.
pub(super) async fn why(decider: &Decider, user: &str, offer: &str) -> why::WhyNot {
    let answer = decider.decide(&ask(user, &["home"])).await;
    let id = answer.decision_id.unwrap();
    let found = decider
        .why_not(id, "home", offer, Language::English)
        .await
        .unwrap();
    found.unwrap()
}

store::test! {
    async fn what_would_have_made_another_offer_win_is_exact(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let adults = json!({"all": [
            {"attribute": "age", "at_least": 18}, {"attribute": "country", "equals": "GB"}]});
        let decider = decider(&memory, &[
            offer("bags", json!({})),
            offer("hats", json!({"category": "hats", "value_cents": 800})),
            offer("adults", json!({"category": "wine", "value_cents": 2_000, "eligibility": adults})),
            offer("off", json!({"category": "off", "lever": 0.0, "value_cents": 5_000})),
            placement("home", "web", json!({})),
        ]).await;
        known(&memory, "ann", json!({"age": 17, "country": "GB"})).await;
        let hats = why(&decider, "ann", "hats").await;
        assert_eq!((hats.state, hats.possible, hats.exact), (ProposalState::Eligible, true, true));
        assert_eq!((hats.winners, hats.changes.len()), (vec!["bags".to_owned()], 0));
        let one_of: Vec<_> = hats.one_of.iter().map(|c| (c.what, c.to.clone())).collect();
        assert_eq!(one_of, [(ChangedField::Lever, json!(1.26)), (ChangedField::Value, json!(1_001))]);
        let adults = why(&decider, "ann", "adults").await;
        assert_eq!((adults.changes.len(), adults.one_of.len(), adults.exact), (1, 0, true));
        assert_eq!(adults.changes[0].what, ChangedField::Eligibility);
        assert_eq!(adults.changes[0].to, json!({"all": [{"attribute": "country", "equals": "GB"}]}));
        assert!(adults.changes[0].condition.as_ref().unwrap().contains("age"));
        assert!(!adults.eligibility.unwrap().holds);
        let off = why(&decider, "ann", "off").await;
        assert_eq!((off.changes[0].what, off.changes[0].to.clone(), off.exact),
            (ChangedField::Lever, json!(1.0), true));
        let bags = why(&decider, "ann", "bags").await;
        assert_eq!((bags.state, bags.exact), (ProposalState::Chosen, true));
    }
}

store::test! {
    async fn rules_with_caps_and_segments_are_put_together_again(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let adults = json!({"name": {"en": "Adults"},
            "criteria": {"attribute": "age", "at_least": 18}});
        let cap = json!({"name": {"en": "Cap"}, "measure": "contacts", "at_most": 10});
        let decider = decider(&memory, &[
            offer("bags", json!({})),
            offer("wine", json!({"category": "wine", "value_cents": 2_000,
                "eligibility": {"segment": "adults"}})),
            placement("home", "web", json!({})),
            published("segment", "adults", adults),
            published("cap", "a_day", cap),
        ]).await;
        known(&memory, "ann", json!({"age": 17})).await;
        let wine = why(&decider, "ann", "wine").await;
        assert_eq!((wine.approximate_because, wine.exact), (None, true));
        assert_eq!((wine.changes.len(), wine.one_of.len()), (1, 0));
    }
}

store::test! {
    async fn a_refusal_is_the_customers_and_a_rest_is_ours(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("bags", json!({"suppress": {"after_reject_days": 30}, "value_cents": 2_000})),
            offer("hats", json!({"category": "hats"})),
            placement("home", "web", json!({})),
        ]).await;
        let ann = known(&memory, "ann", json!({})).await;
        react(&memory, ann, ResponseKind::Reject, None, "bags").await;
        db.clock().advance_ms(5 * DAY + 1);
        let bags = why(&decider, "ann", "bags").await;
        assert_eq!(bags.changes[0].what, ChangedField::RestAfterReject);
        assert_eq!((bags.changes[0].from.clone(), bags.changes[0].to.clone()), (json!(30), json!(5)));
        assert!(bags.exact);
        // The customer refused the channel: no rule of ours changes that.
        let consent = memory::consent::ConsentState::Denied;
        crate::test_support::say(&memory, ann, "web", consent).await;
        let hats = why(&decider, "ann", "hats").await;
        assert_eq!((hats.possible, hats.unchangeable[0].code), (false, "consent_denied"));
        assert_eq!(hats.approximate_because, None::<Approximate>);
    }
}

store::test! {
    async fn states_come_out_as_they_were_also_across_a_merge(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let ann = known(&memory, "ann", json!({"city": "Bath"})).await;
        let bob = known(&memory, "bob", json!({"city": "York", "age": 4})).await;
        let before = memory::log::db::newest(&db).await.unwrap() + 1;
        db.clock().advance_ms(10);
        memory.merge(ann, bob).await.unwrap();
        known(&memory, "ann", json!({"city": "Hull"})).await;
        let now = memory::log::db::newest(&db).await.unwrap() + 1;
        let at = async |who: CustomerId, seq: u64| {
            let slots = memory::criteria::Slots::default();
            memory::log::as_of::customer_before(&memory, who, seq, slots).await.unwrap()
        };
        let (id, state) = at(bob, before).await.unwrap();
        assert_eq!((id, state.text("city")), (bob, Some("York")));
        let (id, state) = at(bob, now).await.unwrap();
        assert_eq!((id, state.text("city")), (ann, Some("Hull")));
        assert!(state.attributes.contains_key("age"));
        memory.unmerge(ann, bob).await.unwrap();
        let after = memory::log::db::newest(&db).await.unwrap() + 1;
        // After a separation the sides cannot be told apart from the rows of both.
        assert!(at(bob, after).await.is_none());
        let rows = memory::log::db::after(&db, 0, 100).await.unwrap();
        assert!(rows.iter().any(|row| matches!(row.entry, Entry::Unmerge(_))));
    }
}
