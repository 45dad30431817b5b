//! The profit statement: the money earned by contacts, and the rows it is counted from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use super::compare::{Comparison, compare};
use super::gather::Gathered;
use super::{Basis, Subject, Unit, month_text};

/// What the lines of a statement are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatementBy)]
pub enum By {
    /// Offers, each against its own control group.
    #[default]
    Offer,
    /// Journeys, each against its own control group.
    Journey,
    /// Channels, against the universal control group.
    Channel,
    /// Months, against the universal control group.
    Month,
}

/// The months a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    /// The first.
    pub from: i32,
    /// The last.
    pub to: i32,
}

/// The money earned by contacts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ProfitStatement)]
pub struct Statement {
    /// The first month, like `2026-01`.
    pub from: String,
    /// The last month.
    pub to: String,
    /// What the lines are about.
    pub by: By,
    /// Until when everything is counted.
    pub as_of: Timestamp,
    /// What earnings are counted in.
    pub basis: Basis,
    /// The currency; null when there are no orders.
    pub currency: Option<String>,
    /// Orders in other currencies, which are not counted.
    pub other_orders: u64,
    /// Everything against the universal control group. Lines by offer or journey do not add up to
    /// it: one purchase can follow several contacts, and offers stand in for each other.
    pub total: Comparison,
    /// The lines, largest first.
    pub lines: Vec<Line>,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StatementLine)]
pub struct Line {
    /// Key of the offer or journey, word of the channel, or month.
    pub name: String,
    /// What it earned.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// Makes the statement. Takes its time: call it where waiting blocks nobody.
pub fn statement(gathered: &Gathered, months: Months, by: By) -> Statement {
    let basis = gathered.basis();
    let mut lines: BTreeMap<String, (Subject, Vec<&Unit>)> = BTreeMap::new();
    let mut everything = vec![];
    for unit in within(gathered, months) {
        let whole = unit.subject == Subject::Everything {};
        if whole {
            everything.push(unit);
        }
        let name = match (by, &unit.subject) {
            (By::Offer, Subject::Offer { key }) | (By::Journey, Subject::Journey { key }) => {
                key.clone()
            }
            (By::Channel, Subject::Everything {}) => unit.channel.clone(),
            (By::Month, Subject::Everything {}) => month_text(unit.month),
            _ => continue,
        };
        let line = lines
            .entry(name)
            .or_insert_with(|| (unit.subject.clone(), vec![]));
        line.1.push(unit);
    }
    let mut lines: Vec<Line> = lines
        .into_iter()
        .map(|(name, (subject, units))| Line {
            name,
            comparison: compare(&subject, units, basis),
        })
        .collect();
    if by != By::Month {
        let earned = |line: &Line| line.comparison.earned_total_cents.map(|total| total.value);
        lines.sort_by(|a, b| {
            let missing_last = |line: &Line| earned(line).unwrap_or(f64::NEG_INFINITY);
            missing_last(b).total_cmp(&missing_last(a))
        });
    }
    Statement {
        from: month_text(months.from),
        to: month_text(months.to),
        by,
        as_of: gathered.as_of,
        basis,
        currency: gathered.currency.clone(),
        other_orders: gathered.other_orders,
        total: compare(&Subject::Everything {}, everything, basis),
        lines,
    }
}

/// The rows of some months.
pub fn within(gathered: &Gathered, months: Months) -> impl Iterator<Item = &Unit> {
    let inside = move |unit: &&Unit| (months.from..=months.to).contains(&unit.month);
    gathered.units.iter().filter(inside)
}

/// The heading of the raw data.
pub const COLUMNS: [&str; 16] = [
    "subject",
    "key",
    "month",
    "channel",
    "customer_group",
    "customer_id",
    "side",
    "first_contact_at",
    "contacts",
    "presented",
    "accepted",
    "orders",
    "revenue_cents",
    "margin_cents",
    "cost_cents",
    "earned_cents",
];

/// One row of the raw data.
pub fn cells(unit: &Unit, basis: Basis) -> [String; 16] {
    let cents = |cents: f64| format!("{cents:.0}");
    [
        unit.subject.word().to_owned(),
        unit.subject.key().to_owned(),
        month_text(unit.month),
        unit.channel.clone(),
        unit.group.clone().unwrap_or_default(),
        unit.customer.to_string(),
        match unit.side {
            super::Side::Treated => "treated".to_owned(),
            super::Side::Control => "control".to_owned(),
        },
        unit.first_at.to_string(),
        unit.contacts.to_string(),
        unit.presented.to_string(),
        unit.accepted.to_string(),
        unit.orders.to_string(),
        cents(unit.revenue_cents),
        unit.margin_cents.map(cents).unwrap_or_default(),
        cents(unit.cost_cents),
        cents(unit.earned_cents(basis)),
    ]
}
