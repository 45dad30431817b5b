//! Experiments: bodies, assignment, measures, results and verdicts.

use memory::CustomerId;
use memory::criteria::{DAY_MS, EventView};
use serde_json::{Value, json};
use store::Timestamp;

use super::assign::Salts;
use super::metric::{Form, ResponseView};
use super::results::{Exposure, Frame, Measured, Outcome, measure};
use super::validate::validate;
use super::verdict::{Evidence, GuardrailState, Verdict, guardrail, verdict};
use super::{Experiment, Metric, Phase};
use crate::statistics::bootstrap::Draws;

fn body(more: Value) -> Value {
    let mut body = json!({
        "name": {"en": "Welcome"}, "subject": {"kind": "placement", "key": "home"},
        "variants": [{"key": "a", "share": 0.5},
            {"key": "b", "share": 0.5, "change": {"fallback": {"title": "Hello"}}}],
        "metric": {"kind": "conversion", "event": "Order Completed"},
    });
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    body
}

fn experiment(more: Value) -> Experiment {
    let body = body(more);
    assert_eq!(validate(&body), []);
    serde_json::from_value(body).unwrap()
}

fn places(more: Value) -> Vec<String> {
    validate(&body(more))
        .into_iter()
        .map(|problem| problem.path)
        .collect()
}

#[test]
fn what_is_wrong_with_an_experiment_is_named_with_its_place() {
    assert_eq!(places(json!({})), Vec::<String>::new());
    assert_eq!(
        places(json!({
            "name": {}, "share": 2, "holdout": 0.9, "expected_lift": 0, "window_days": 0,
            "subject": {"kind": "placement", "key": "Home page"},
            "exclusion": {"group": "checkout", "from": 0.5, "to": 0.5},
            "starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z",
            "audience": {"attribute": "country", "iss": "FR"},
            "metric": {"kind": "measure", "event": ""},
            "guardrails": [{"metric": {"kind": "revenue"}, "tolerance": 3}],
        })),
        [
            "/name",
            "/subject/key",
            "/share",
            "/holdout",
            "/expected_lift",
            "/window_days",
            "/ends_at",
            "/exclusion/to",
            "/audience/iss",
            "/audience",
            "/metric/event",
            "/guardrails/0/tolerance",
        ]
    );
    assert_eq!(
        places(json!({"variants": [{"key": "a", "share": 0.7, "change": {"title": "x"}}]})),
        ["/variants", "/variants/0/change/title", "/variants"]
    );
    let control = json!({"subject": {"kind": "strategy", "key": "shop"}, "variants": [
        {"key": "a", "share": 0.5},
        {"key": "a", "share": 0.5, "change": {"universal_control_fraction": 0, "learning": {}}}]});
    assert_eq!(
        places(control),
        [
            "/variants/1/key",
            "/variants/1/change/universal_control_fraction",
            "/variants/1/change/learning"
        ]
    );
    assert_eq!(places(json!({"metric": {"kind": "fun"}})), ["/metric/kind"]);
    let tests =
        json!({"metric": {"kind": "conversion", "event": "Signed Up", "where": [{"at": 3}]}});
    assert_eq!(places(tests), ["/metric/where"]);
}

#[test]
fn raising_the_share_keeps_everybody_where_they_are() {
    let small = experiment(json!({"share": 0.1}));
    let large = experiment(json!({"share": 0.6}));
    let (salts, all) = (Salts::of("welcome", &small), (0..20_000).map(CustomerId));
    let mut counts = [0, 0];
    for customer in all {
        if salts.takes_part(&small, customer) {
            assert!(salts.takes_part(&large, customer));
            let variant = salts.variant(&small, customer);
            assert_eq!(variant, salts.variant(&large, customer));
            counts[variant] += 1;
        }
    }
    assert!(
        counts.iter().all(|count| (880..1_120).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn experiments_of_one_group_exclude_each_other() {
    let part = |from: f64, to: f64| {
        experiment(json!({"exclusion": {"group": "checkout", "from": from, "to": to}}))
    };
    let (one, two) = (part(0.0, 0.3), part(0.3, 1.0));
    let (of_one, of_two) = (Salts::of("one", &one), Salts::of("two", &two));
    for customer in (0..5_000).map(CustomerId) {
        let both = of_one.takes_part(&one, customer) && of_two.takes_part(&two, customer);
        assert!(!both);
    }
    let count = (0..5_000)
        .filter(|id| of_one.takes_part(&one, CustomerId(*id)))
        .count();
    assert!((1_380..1_620).contains(&count), "{count}");
}

#[test]
fn after_the_roll_out_only_the_holdout_keeps_the_baseline() {
    let winner = json!({"variant": "b", "decided_at": "2026-03-01T00:00:00Z"});
    let decided = experiment(json!({"holdout": 0.1, "winner": winner}));
    let salts = Salts::of("welcome", &decided);
    assert_eq!(decided.phase(Timestamp(0)), Some(Phase::Holdout));
    let kept = (0..10_000)
        .filter(|id| salts.in_phase(&decided, CustomerId(*id), Phase::Holdout) == 0)
        .count();
    assert!((880..1_120).contains(&kept), "{kept}");
    assert_eq!(
        experiment(json!({"winner": winner})).phase(Timestamp(0)),
        None
    );
    let later = experiment(json!({"starts_at": "2026-03-02T00:00:00Z"}));
    assert_eq!(later.phase(Timestamp(0)), None);
}

#[test]
fn measures_read_orders_as_shops_write_them() {
    let amount = |metric: Value, name: &str, properties: Value| {
        let metric: Metric = serde_json::from_value(metric).unwrap();
        let ready = metric.ready(Some(0.4)).unwrap();
        let event = EventView {
            name,
            occurred_ms: 0,
            properties: &properties,
            context: &Value::Null,
        };
        ready.of_event(&event).map(|(number, _)| number)
    };
    let order = json!({"revenue": 80.0, "discount": 20.0, "total": 95.0,
        "products": [{"price": 50.0, "quantity": 2, "cost": 30.0}]});
    let revenue = json!({"kind": "revenue"});
    assert_eq!(
        amount(revenue.clone(), "Order Completed", order.clone()),
        Some(8_000.0)
    );
    assert_eq!(
        amount(revenue.clone(), "Order Refunded", json!({"total": 30})),
        Some(-3_000.0)
    );
    assert_eq!(amount(revenue, "Product Viewed", order.clone()), None);
    let margin = json!({"kind": "margin"});
    // The lines tell their cost: 2 × (50 − 30) less the discount.
    assert_eq!(
        amount(margin.clone(), "Order Completed", order.clone()),
        Some(2_000.0)
    );
    // They do not: two fifths of the price before the discount, less the discount.
    let plain = json!({"revenue": 80.0, "discount": 20.0});
    assert_eq!(amount(margin, "Order Completed", plain), Some(2_000.0));
    let large = json!({"kind": "measure", "event": "Order Completed", "property": "total",
        "where": [{"property": "total", "greater": 90}]});
    assert_eq!(amount(large.clone(), "Order Completed", order), Some(95.0));
    assert_eq!(amount(large, "Order Completed", json!({"total": 5})), None);
    let metric: Metric =
        serde_json::from_value(json!({"kind": "response", "offer": "sale"})).unwrap();
    let ready = metric.ready(None).unwrap();
    let said = |kind, offer| ready.of_response(ResponseView { kind, offer }).is_some();
    assert!(said("accept", Some("sale")));
    assert!(!said("click", Some("sale")) && !said("accept", Some("bag")));
}

const DAYS: i64 = 14;

/// An experiment in which customers arrive evenly over two weeks and convert at these rates.
fn simulated(count: usize, rates: &[f64], seed: u64) -> (Vec<Exposure>, Vec<Outcome>) {
    let mut draws = Draws::new(seed);
    let (mut exposures, mut outcomes) = (vec![], vec![]);
    for id in 0..count {
        let variant = id % rates.len();
        let at = Timestamp((DAYS * DAY_MS) * id as i64 / count as i64);
        let customer = CustomerId(id as u64 + 1);
        exposures.push(Exposure {
            customer,
            variant,
            at,
        });
        if draws.unit() < rates[variant] {
            let at = at.plus_ms(60_000);
            outcomes.push(Outcome {
                customer,
                at,
                amount: (1.0, 1.0),
            });
        }
    }
    outcomes.sort_by_key(|outcome| outcome.at);
    (exposures, outcomes)
}

fn measured(exposures: &[Exposure], variants: usize, form: Form, outcomes: &[Outcome]) -> Measured {
    let frame = Frame {
        exposures,
        variants,
        window_ms: 30 * DAY_MS,
        expected_lift: 0.1,
        as_of: Timestamp(DAYS * DAY_MS),
    };
    measure(&frame, form, outcomes)
}

#[test]
fn a_clear_winner_is_found_and_its_lift_lies_in_the_interval() {
    let (exposures, outcomes) = simulated(40_000, &[0.10, 0.13], 5);
    let found = measured(&exposures, 2, Form::Rate, &outcomes);
    let comparison = found.comparisons[0].unwrap();
    assert!(comparison.difference.low > 0.0 && comparison.difference.low < 0.03);
    assert!(comparison.difference.high > 0.03);
    assert!(comparison.p_value < 0.001);
    assert_eq!(comparison.more_customers, Some(0));
    assert_eq!(found.points.len(), 15);
    assert_eq!(found.points.last().unwrap().customers, [20_000, 20_000]);
    // The interval narrows with the customers.
    let width = |at: usize| {
        let one = found.points[at].differences[0].unwrap();
        one.high - one.low
    };
    assert!(width(1) > width(7) && width(7) > width(14));
}

#[test]
fn outcomes_before_the_exposure_explain_and_do_not_count() {
    let exposures: Vec<Exposure> = (0..400)
        .map(|id| Exposure {
            customer: CustomerId(id),
            variant: (id % 2) as usize,
            at: Timestamp(5 * DAY_MS),
        })
        .collect();
    // Everybody buys the same before and after; half of them twice as much.
    let mut outcomes = vec![];
    for id in 0..400_u64 {
        let spends = if id % 4 < 2 { 100.0 } else { 200.0 };
        for day in [4, 6] {
            outcomes.push(Outcome {
                customer: CustomerId(id),
                at: Timestamp(day * DAY_MS),
                amount: (spends, 1.0),
            });
        }
    }
    outcomes.sort_by_key(|outcome| outcome.at);
    let found = measured(&exposures, 2, Form::Mean, &outcomes);
    assert_eq!(found.variants[0].value, Some(150.0));
    assert_eq!(found.variants[0].total, 30_000.0);
    // What remains after the past explained everything is no variance at all.
    assert_eq!(found.comparisons[0], None);
    let late = measured(&exposures, 2, Form::Ratio, &outcomes);
    assert_eq!(late.variants[1].value, Some(150.0));
}

#[test]
fn a_customer_counts_once_however_often_they_convert() {
    let exposures = [Exposure {
        customer: CustomerId(1),
        variant: 0,
        at: Timestamp(0),
    }];
    let twice = [1, 2].map(|at| Outcome {
        customer: CustomerId(1),
        at: Timestamp(at),
        amount: (1.0, 1.0),
    });
    let rate = measured(&exposures, 2, Form::Rate, &twice);
    assert_eq!(
        (rate.variants[0].total, rate.variants[0].customers),
        (1.0, 1)
    );
    let mean = measured(&exposures, 2, Form::Mean, &twice);
    assert_eq!(mean.variants[0].total, 2.0);
}

fn judged(experiment: &Experiment, count: usize, rates: &[f64], days: u32) -> Verdict {
    let (exposures, outcomes) = simulated(count, rates, 9);
    let primary = measured(&exposures, rates.len(), Form::Rate, &outcomes);
    let customers: Vec<u64> = primary.variants.iter().map(|one| one.customers).collect();
    verdict(&Evidence {
        experiment,
        customers: &customers,
        days,
        primary: &primary,
        guardrails: &[],
    })
}

#[test]
fn verdicts_say_what_may_be_concluded() {
    let plain = experiment(json!({}));
    assert_eq!(judged(&plain, 0, &[0.1, 0.1], 20), Verdict::Nobody {});
    assert_eq!(
        judged(&plain, 40_000, &[0.10, 0.13], 3),
        Verdict::TooEarly { days_left: 4 }
    );
    let Verdict::Better {
        variant, relative, ..
    } = judged(&plain, 40_000, &[0.10, 0.13], 14)
    else {
        panic!("b is better")
    };
    assert_eq!(variant, "b");
    assert!((0.0..0.3).contains(&relative.unwrap().low));
    let worse = judged(&plain, 40_000, &[0.13, 0.10], 14);
    assert_eq!(
        worse,
        Verdict::Worse {
            variant: "a".into()
        }
    );
    assert_eq!(judged(&plain, 400_000, &[0.1, 0.1], 14), Verdict::Same {});
    let Verdict::Undecided { more_customers } = judged(&plain, 4_000, &[0.1, 0.1], 14) else {
        panic!("too few to decide")
    };
    assert!(more_customers.unwrap() > 4_000, "{more_customers:?}");
    // One variant has a third of what it should have.
    let uneven = experiment(json!({"variants": [
        {"key": "a", "share": 0.25}, {"key": "b", "share": 0.75}]}));
    assert!(matches!(
        judged(&uneven, 4_000, &[0.1, 0.2], 14),
        Verdict::SampleRatio { .. }
    ));
    let winner = json!({"variant": "b", "decided_at": "2026-03-01T00:00:00Z"});
    let decided = experiment(json!({"winner": winner}));
    let rolled_out = judged(&decided, 4_000, &[0.1, 0.2], 14);
    assert_eq!(
        rolled_out,
        Verdict::RolledOut {
            variant: "b".into()
        }
    );
}

#[test]
fn a_broken_guardrail_stands_in_the_way() {
    let guarded = experiment(json!({"guardrails": [
        {"metric": {"kind": "conversion", "event": "Unsubscribed"}, "less_is_better": true}]}));
    let (exposures, outcomes) = simulated(40_000, &[0.10, 0.13], 5);
    let primary = measured(&exposures, 2, Form::Rate, &outcomes);
    let rule = &guarded.guardrails[0];
    // The same rise is a loss where less is better.
    let state = guardrail(rule, primary.comparisons[0].as_ref());
    assert_eq!(state, GuardrailState::Broken);
    let evidence = Evidence {
        experiment: &guarded,
        customers: &[20_000, 20_000],
        days: 14,
        primary: &primary,
        guardrails: &[vec![state]],
    };
    let expected = Verdict::BrokenGuardrail {
        variant: "b".into(),
        guardrails: vec![0],
    };
    assert_eq!(verdict(&evidence), expected);
    let more = super::Guardrail {
        less_is_better: false,
        ..rule.clone()
    };
    assert_eq!(
        guardrail(&more, primary.comparisons[0].as_ref()),
        GuardrailState::Kept
    );
    assert_eq!(guardrail(&more, None), GuardrailState::Open);
}

#[test]
fn peeking_at_the_products_own_results_raises_few_false_alarms() {
    let experiment = experiment(json!({"minimum_days": 0}));
    let mut alarms = 0;
    for seed in 0..60 {
        let (exposures, outcomes) = simulated(4_000, &[0.1, 0.1], 1_000 + seed);
        let looks = (1..=40).any(|look| {
            let seen = 100 * look;
            let until = exposures[seen - 1].at.plus_ms(60_000);
            let known: Vec<Outcome> = outcomes.iter().filter(|o| o.at <= until).copied().collect();
            let primary = measured(&exposures[..seen], 2, Form::Rate, &known);
            let half = (seen / 2) as u64;
            let found = verdict(&Evidence {
                experiment: &experiment,
                customers: &[half, half],
                days: 1,
                primary: &primary,
                guardrails: &[],
            });
            matches!(found, Verdict::Better { .. } | Verdict::Worse { .. })
        });
        alarms += u32::from(looks);
    }
    // 5 % of 60, and two standard errors.
    assert!(alarms <= 6, "{alarms} of 60");
}
