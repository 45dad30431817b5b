//! Success over time: what became of an offer by channel and day, with revenue, cost and margin,
//! against the period before, and against those from whom it was withheld.
//!
//! Counted exactly from the whole history; nothing is kept beside it.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use store::{Timestamp, definition};
use utoipa::ToSchema;

use self::db::{Act, Fact};
use super::Offer;
use crate::{Decider, Error};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
/// The longest period: a year and a day.
pub const LONGEST_DAYS: i64 = 366;

/// What became of an offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfferFigures)]
pub struct Figures {
    /// Contacts that were presented.
    pub presented: u64,
    /// Presented contacts that were viewed.
    pub viewed: u64,
    /// Presented contacts that were clicked.
    pub clicked: u64,
    /// Acceptances, stated, redeemed or inferred.
    pub accepted: u64,
    /// Rejections.
    pub rejected: u64,
    /// What the acceptances were worth.
    pub revenue_cents: i64,
    /// What they cost, by the version that was made.
    pub cost_cents: i64,
    /// Revenue less cost.
    pub margin_cents: i64,
    /// Contacts that were withheld for comparison.
    pub withheld: u64,
    /// Acceptances of withheld contacts.
    pub accepted_in_control: u64,
    /// What those were worth.
    pub revenue_in_control_cents: i64,
}

/// What became of an offer in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// First day (UTC), like `2026-03-01`.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Over the whole period.
    pub total: Figures,
    /// Each day, also those on which nothing happened.
    pub days: Vec<DayFigures>,
    /// By channel.
    pub channels: BTreeMap<String, Figures>,
}

/// What became of an offer on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayFigures {
    /// The day (UTC).
    pub day: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How those who were shown the offer differ from those from whom it was withheld.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ControlDifference {
    /// Share of shown contacts that were accepted.
    pub shown_rate: f64,
    /// Share of withheld contacts that were accepted.
    pub control_rate: f64,
    /// The first less the second.
    pub difference: f64,
    /// Lower end of the 95 % interval of the difference (Newcombe's method).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The success of an offer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Success {
    /// Key of the offer.
    pub offer: String,
    /// Currency of the amounts: that of the newest version.
    pub currency: String,
    /// When it was counted.
    pub as_of: Timestamp,
    /// The period asked for.
    pub period: Period,
    /// The same number of days before it.
    pub before: Period,
    /// The difference to the control group in the period; null when there is none.
    pub control: Option<ControlDifference>,
}

impl Figures {
    fn add(&mut self, fact: &Fact, cost_cents: i64) {
        let count = fact.count;
        match fact.act {
            Act::Presented => self.presented += count,
            Act::Withheld => self.withheld += count,
            Act::Viewed => self.viewed += count,
            Act::Clicked => self.clicked += count,
            Act::Rejected => self.rejected += count,
            Act::AcceptedInControl => {
                self.accepted_in_control += count;
                self.revenue_in_control_cents += fact.value_cents;
            }
            Act::Accepted => {
                self.accepted += count;
                self.revenue_cents += fact.value_cents;
                self.cost_cents += cost_cents * i64::try_from(count).unwrap_or(i64::MAX);
            }
        }
        self.margin_cents = self.revenue_cents - self.cost_cents;
    }
}

impl Period {
    /// Sums facts of the days from `first` on.
    pub fn of(first: i64, days: i64, facts: &[Fact], costs: &BTreeMap<i64, i64>) -> Period {
        let mut by_day = vec![Figures::default(); usize::try_from(days).unwrap_or_default()];
        let mut period = Period {
            from: day_text(first),
            until: day_text(first + days - 1),
            ..Period::default()
        };
        for fact in facts {
            let place = usize::try_from(fact.day - first).ok();
            let Some(day) = place.and_then(|place| by_day.get_mut(place)) else {
                continue;
            };
            let cost = fact
                .version
                .and_then(|version| costs.get(&version).copied());
            let cost = cost.unwrap_or_default();
            day.add(fact, cost);
            period.total.add(fact, cost);
            let channel = period.channels.entry(fact.channel.clone()).or_default();
            channel.add(fact, cost);
        }
        let named = (first..).zip(by_day);
        period.days = named
            .map(|(day, figures)| DayFigures {
                day: day_text(day),
                figures,
            })
            .collect();
        period
    }
}

fn day_text(day: i64) -> String {
    let text = Timestamp(day * DAY_MS).to_string();
    text.chars().take(10).collect()
}

/// The Wilson score interval of a share at 95 %.
fn wilson(successes: f64, of: f64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let share = successes / of;
    let middle = share + Z * Z / (2.0 * of);
    let spread = Z * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
    let whole = 1.0 + Z * Z / of;
    ((middle - spread) / whole, (middle + spread) / whole)
}

/// The difference of two shares with Newcombe's interval (R. G. Newcombe, Statistics in Medicine
/// 17, 1998, method 10).
pub fn difference(total: &Figures) -> Option<ControlDifference> {
    if total.presented == 0 || total.withheld == 0 {
        return None;
    }
    let (shown, control) = (total.presented as f64, total.withheld as f64);
    // One contact may be accepted more than once; a share is not.
    let accepted = (total.accepted as f64).min(shown);
    let without = (total.accepted_in_control as f64).min(control);
    let (shown_rate, control_rate) = (accepted / shown, without / control);
    let difference = shown_rate - control_rate;
    let (low_1, high_1) = wilson(accepted, shown);
    let (low_2, high_2) = wilson(without, control);
    let down = (shown_rate - low_1).hypot(high_2 - control_rate);
    let up = (high_1 - shown_rate).hypot(control_rate - low_2);
    Some(ControlDifference {
        shown_rate,
        control_rate,
        difference,
        low: difference - down,
        high: difference + up,
    })
}

impl Decider {
    /// What became of an offer in the days from `first` on (days since 1970), and before.
    pub async fn success(
        &self,
        offer: &str,
        first: i64,
        days: i64,
    ) -> Result<Option<Success>, Error> {
        let db = self.memory().db();
        let kind = super::KIND.name;
        let Some(newest) = definition::one(db, kind, offer).await? else {
            return Ok(None);
        };
        let currency = newest.body["currency"].as_str().unwrap_or_default();
        let view = self.memory().lake().view().await?;
        let facts = db::facts(&view, offer, first - days, first + days).await?;
        let mut costs = BTreeMap::new();
        let versions: BTreeSet<i64> = facts.iter().filter_map(|fact| fact.version).collect();
        for version in versions {
            let found = definition::version(db, kind, offer, version).await?;
            let body = found.and_then(|d| crate::body::read::<Offer>(&d.body).ok());
            costs.insert(version, body.map_or(0, |body| body.cost_cents));
        }
        let period = Period::of(first, days, &facts, &costs);
        Ok(Some(Success {
            offer: offer.to_owned(),
            currency: currency.to_owned(),
            as_of: view.as_of,
            before: Period::of(first - days, days, &facts, &costs),
            control: difference(&period.total),
            period,
        }))
    }
}
