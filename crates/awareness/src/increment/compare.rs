//! Comparing: treated customers against their control group.

use std::collections::BTreeMap;

use memory::CustomerId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Basis, Side, Subject, Unit};
use crate::statistics::Estimate;
use crate::statistics::difference::{of_means, of_rates};

/// One side in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = IncrementSideFigures)]
pub struct SideFigures {
    /// Customers.
    pub customers: u64,
    /// Contacts made, or withheld.
    pub contacts: u64,
    /// Contacts presented; none in a control group.
    pub presented: u64,
    /// Customers who accepted.
    pub accepted: u64,
    /// Orders.
    pub orders: u64,
    /// Revenue.
    pub revenue_cents: f64,
    /// Earnings: margin (or revenue, see the basis) less the cost of acceptances.
    pub earned_cents: f64,
}

/// Treated customers against their control group.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = IncrementComparison)]
pub struct Comparison {
    /// What was withheld.
    pub subject: Subject,
    /// Who was meant to be contacted.
    pub treated: SideFigures,
    /// Who was not, for comparison.
    pub control: SideFigures,
    /// The difference of the shares of customers who accepted; null: too few to tell.
    pub response: Option<Estimate>,
    /// The difference of revenue per customer, in cents.
    pub revenue_cents: Option<Estimate>,
    /// The difference of earnings per customer, in cents.
    pub earned_cents: Option<Estimate>,
    /// What a thousand presented contacts earn, in cents.
    pub earned_per_thousand_cents: Option<Estimate>,
    /// What all contacts have earned together, in cents.
    pub earned_total_cents: Option<Estimate>,
}

/// One customer over all months.
#[derive(Debug, Clone, Copy)]
struct Whole {
    side: Side,
    accepted: bool,
    revenue_cents: f64,
    earned_cents: f64,
}

/// Compares the units of one subject. A customer counts once, on the side of the first contact.
pub fn compare<'a>(
    subject: &Subject,
    units: impl IntoIterator<Item = &'a Unit>,
    basis: Basis,
) -> Comparison {
    let mut customers: BTreeMap<CustomerId, Whole> = BTreeMap::new();
    let (mut treated, mut control) = (SideFigures::default(), SideFigures::default());
    for unit in units {
        let earned = unit.earned_cents(basis);
        let whole = customers.entry(unit.customer).or_insert(Whole {
            side: unit.side,
            accepted: false,
            revenue_cents: 0.0,
            earned_cents: 0.0,
        });
        whole.accepted |= unit.accepted > 0;
        whole.revenue_cents += unit.revenue_cents;
        whole.earned_cents += earned;
        let figures = match whole.side {
            Side::Treated => &mut treated,
            Side::Control => &mut control,
        };
        figures.contacts += u64::from(unit.contacts);
        figures.presented += u64::from(unit.presented);
        figures.orders += u64::from(unit.orders);
        figures.revenue_cents += unit.revenue_cents;
        figures.earned_cents += earned;
    }
    for whole in customers.values() {
        let figures = match whole.side {
            Side::Treated => &mut treated,
            Side::Control => &mut control,
        };
        figures.customers += 1;
        figures.accepted += u64::from(whole.accepted);
    }
    differences(subject, &customers, treated, control)
}

fn differences(
    subject: &Subject,
    customers: &BTreeMap<CustomerId, Whole>,
    treated: SideFigures,
    control: SideFigures,
) -> Comparison {
    let of = |side: Side, number: &dyn Fn(&Whole) -> f64| -> Vec<f64> {
        let wanted = customers.values().filter(|whole| whole.side == side);
        wanted.map(number).collect()
    };
    let means = |number: &dyn Fn(&Whole) -> f64| {
        let (one, two) = (of(Side::Treated, number), of(Side::Control, number));
        of_means(&one, &two, seed(subject))
    };
    let rate = |side: &SideFigures| (side.accepted as usize, side.customers as usize);
    let earned = means(&|whole| whole.earned_cents);
    let total = earned.map(|earned| earned.times(treated.customers as f64));
    let thousand = total.filter(|_| treated.presented > 0);
    let thousand = thousand.map(|total| total.times(1_000.0 / treated.presented as f64));
    Comparison {
        subject: subject.clone(),
        response: of_rates(rate(&treated), rate(&control)),
        revenue_cents: means(&|whole| whole.revenue_cents),
        earned_cents: earned,
        earned_per_thousand_cents: thousand,
        earned_total_cents: total,
        treated,
        control,
    }
}

/// The same subject draws the same bootstrap samples at every look.
fn seed(subject: &Subject) -> u64 {
    let name = format!("{}:{}", subject.word(), subject.key());
    let hash = blake3::hash(name.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
