//! Incremental value: counting, comparing, and effects by customer group.

use std::collections::BTreeSet;

use memory::CustomerId;
use store::Timestamp;

use super::compare::compare;
use super::effect::{OTHERS, effects};
use super::{Basis, Side, Subject, Unit, month_named, month_of, month_text};
use crate::statistics::bootstrap::Draws;

fn sale() -> Subject {
    Subject::Offer { key: "sale".into() }
}

fn unit(customer: u64, side: Side, group: &str, margin_cents: f64, accepted: bool) -> Unit {
    Unit {
        subject: sale(),
        month: 0,
        customer: CustomerId(customer),
        side,
        channel: "email".into(),
        group: Some(group.into()),
        first_at: Timestamp(0),
        complete_at: Timestamp(0),
        contacts: 1,
        presented: u32::from(side == Side::Treated),
        accepted: u32::from(accepted),
        orders: u32::from(margin_cents > 0.0),
        revenue_cents: 2.0 * margin_cents,
        margin_cents: Some(margin_cents),
        cost_cents: 0.0,
    }
}

/// Customers of a group: whether they buy without and with the coupon, of which 300 are taken off.
fn group(units: &mut Vec<Unit>, name: &str, count: u64, without: f64, with: f64, seed: u64) {
    let mut draws = Draws::new(seed);
    for place in 0..count {
        let side = if place % 4 == 0 {
            Side::Control
        } else {
            Side::Treated
        };
        let customer = seed * 1_000_000 + place;
        let (rate, margin) = match side {
            Side::Control => (without, 1_000.0),
            Side::Treated => (with, 700.0),
        };
        let buys = draws.unit() < rate;
        let margin = if buys {
            margin * (0.8 + 0.4 * draws.unit())
        } else {
            0.0
        };
        units.push(unit(customer, side, name, margin, buys));
    }
}

#[test]
fn the_difference_to_the_control_group_is_the_money_earned() {
    let mut units = vec![];
    group(&mut units, "all", 8_000, 0.05, 0.12, 3);
    let found = compare(&sale(), &units, Basis::Margin);
    assert_eq!(found.treated.customers, 6_000);
    assert_eq!(found.control.customers, 2_000);
    assert_eq!(found.control.presented, 0);
    // 700 × .12 − 1,000 × .05 = 34 cents per customer.
    let earned = found.earned_cents.unwrap();
    assert!(
        earned.low < 34.0 && 34.0 < earned.high && earned.tells(),
        "{earned:?}"
    );
    let total = found.earned_total_cents.unwrap();
    assert!((total.value - 6_000.0 * earned.value).abs() < 1e-6);
    let thousand = found.earned_per_thousand_cents.unwrap();
    assert!((thousand.value - 1_000.0 * earned.value).abs() < 1e-6);
    assert!(found.response.unwrap().tells());
}

#[test]
fn a_handful_of_customers_tells_nothing() {
    let mut units = vec![];
    group(&mut units, "all", 60, 0.1, 0.5, 4);
    let found = compare(&sale(), &units, Basis::Margin);
    assert_eq!(found.control.customers, 15);
    assert_eq!(
        (found.response, found.earned_cents, found.earned_total_cents),
        (None, None, None)
    );
}

#[test]
fn a_customer_of_several_months_counts_once_on_the_side_of_the_first() {
    let mut first = unit(1, Side::Control, "all", 100.0, false);
    let mut later = unit(1, Side::Treated, "all", 50.0, true);
    first.month = 1;
    later.month = 2;
    let found = compare(&sale(), &[first, later], Basis::Margin);
    assert_eq!((found.control.customers, found.treated.customers), (1, 0));
    assert_eq!(found.control.earned_cents, 150.0);
}

#[test]
fn a_sure_buyer_is_worth_nothing_and_a_price_sensitive_customer_something() {
    let groups: BTreeSet<String> = ["buyers", "price_sensitive"].map(str::to_owned).into();
    let mut units = vec![];
    group(&mut units, "buyers", 1_600, 0.60, 0.62, 5);
    group(&mut units, "price_sensitive", 1_600, 0.03, 0.35, 6);
    group(&mut units, "somebody", 20, 0.1, 0.1, 7);
    let found = effects(&units, &groups, (Basis::Margin, Timestamp(0)));
    let of = |group: &str| found["sale"][group];
    // 700 × .62 − 1,000 × .60 is a loss; 700 × .35 − 1,000 × .03 is 215.
    assert!(of("buyers").nothing && of("buyers").value_cents == 0);
    assert!(of("buyers").effect_cents < -100.0);
    let sensitive = of("price_sensitive");
    assert!(!sensitive.nothing && sensitive.chance > 0.999);
    assert!(
        (150.0..270.0).contains(&sensitive.effect_cents),
        "{sensitive:?}"
    );
    // Per acceptance: 215 / .35.
    assert!((450..800).contains(&sensitive.value_cents), "{sensitive:?}");
    // Nobody measures the others: they are judged by what the groups have in common, unsurely.
    assert_eq!(of(OTHERS).measured_cents, None);
    assert!(of(OTHERS).error_cents > sensitive.error_cents);
    assert!(!of(OTHERS).nothing);
}

#[test]
fn few_customers_are_no_evidence() {
    let groups: BTreeSet<String> = ["buyers".to_owned()].into();
    let mut units = vec![];
    group(&mut units, "buyers", 100, 0.1, 0.9, 8);
    assert!(effects(&units, &groups, (Basis::Margin, Timestamp(0))).is_empty());
}

#[test]
fn who_may_still_buy_is_no_evidence_and_neither_is_what_they_do_meanwhile() {
    let groups: BTreeSet<String> = ["all".to_owned()].into();
    let now = Timestamp(1_000);
    let mut units = vec![];
    group(&mut units, "all", 400, 0.1, 0.3, 11);
    let known = effects(&units, &groups, (Basis::Margin, now));
    // Somebody new accepts at once and has not bought yet; somebody known is contacted again.
    for (customer, side) in [
        (1, Side::Treated),
        (2, Side::Control),
        (units[0].customer.0, units[0].side),
    ] {
        units.push(Unit {
            month: 1,
            complete_at: Timestamp(now.0 + 1),
            cost_cents: 1_000_000.0,
            ..unit(customer, side, "all", 0.0, true)
        });
    }
    assert_eq!(effects(&units, &groups, (Basis::Margin, now)), known);
    let later = effects(&units, &groups, (Basis::Margin, Timestamp(now.0 + 1)));
    let counted = later["sale"]["all"];
    assert_eq!(counted.treated + counted.control, 402);
}

#[test]
fn a_small_group_borrows_from_the_others() {
    let groups: BTreeSet<String> = ["large", "small"].map(str::to_owned).into();
    let mut units = vec![];
    group(&mut units, "large", 4_000, 0.10, 0.30, 9);
    group(&mut units, "small", 100, 0.10, 0.30, 10);
    let found = effects(&units, &groups, (Basis::Margin, Timestamp(0)));
    let (large, small) = (found["sale"]["large"], found["sale"]["small"]);
    let apart = |cents: f64| (cents - large.effect_cents).abs();
    assert!(apart(small.effect_cents) <= apart(small.measured_cents.unwrap()));
}

#[test]
fn months_have_names() {
    for (text, at) in [
        ("1970-01", 0),
        ("2026-03", 1_772_357_400_000),
        ("2026-12", 1_798_761_599_000),
    ] {
        let month = month_of(Timestamp(at));
        assert_eq!(month_text(month), text);
        assert_eq!(month_named(text), Some(month));
    }
    assert_eq!(month_named("2026-13"), None);
    assert_eq!(month_named("March"), None);
}
