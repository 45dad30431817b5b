//! How much trying out may cost, and what it has cost so far.
//!
//! A choice costs what the best offer was expected to bring in beyond the chosen one. When the
//! budget of a day or a month is used up, the best offer is chosen until the next one begins.

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use super::db;
use super::learned::DAY_MS;
use crate::{Decider, Error};

/// The largest budget, in minor units: as far as doubles count exactly.
const LARGEST_CENTS: f64 = 9e15;

/// How much trying out may cost: what the chosen offers were expected to bring in less than the
/// best, levers and context counted in. When it is used up, the best is chosen until the next
/// period begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// How much, in minor units of the offers' currency.
    pub cents: f64,
    /// For how long.
    pub per: BudgetPeriod,
}

/// How long a budget lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BudgetPeriod {
    /// A day (UTC).
    Day,
    /// A calendar month (UTC).
    Month,
}

impl BudgetPeriod {
    /// When the period that an instant is in began.
    pub fn begins(self, now: Timestamp) -> Timestamp {
        match self {
            BudgetPeriod::Day => Timestamp(now.0.div_euclid(DAY_MS) * DAY_MS),
            BudgetPeriod::Month => {
                let date = now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
                let first = date.first_of_month().to_zoned(jiff::tz::TimeZone::UTC);
                first.map_or(now, |first| Timestamp(first.timestamp().as_millisecond()))
            }
        }
    }
}

impl Budget {
    /// Whether a number can be a budget.
    pub(super) fn holds(&self) -> bool {
        (0.0..=LARGEST_CENTS).contains(&self.cents)
    }
}

/// What trying out has cost in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// When the period began.
    pub since: Timestamp,
    /// How much, in minor units.
    pub cents: f64,
}

impl Spent {
    /// Whether a budget is used up at a moment.
    pub fn uses_up(&self, budget: &Budget, now: Timestamp) -> bool {
        budget.cents <= 0.0 || self.since == budget.per.begins(now) && self.cents >= budget.cents
    }
}

impl Decider {
    /// Whether nothing may be tried out at a moment, because the budget for it is used up.
    pub(crate) fn thrifty(&self, now: Timestamp) -> bool {
        let budget = self.catalog().strategy.learning.budget;
        budget.is_some_and(|budget| self.tried_out().uses_up(&budget, now))
    }

    /// Counts what trying out has cost in the period of the budget in use; nothing without one.
    pub(super) async fn count_spent(&self, now: Timestamp) -> Result<(), Error> {
        let Some(budget) = self.catalog().strategy.learning.budget else {
            return Ok(());
        };
        let since = budget.per.begins(now);
        let cents = db::forgone_since(self.memory().db(), since).await?;
        self.take_tried_out(Spent { since, cents });
        Ok(())
    }
}

#[test]
fn a_budget_is_used_up_until_its_next_period_begins() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let (noon, tomorrow) = (at("2026-02-28T12:00:00Z"), at("2026-03-01T00:00:00Z"));
    assert_eq!(BudgetPeriod::Day.begins(noon), at("2026-02-28T00:00:00Z"));
    assert_eq!(BudgetPeriod::Month.begins(noon), at("2026-02-01T00:00:00Z"));
    for per in [BudgetPeriod::Day, BudgetPeriod::Month] {
        let budget = Budget { cents: 100.0, per };
        let spent = |cents| Spent {
            since: per.begins(noon),
            cents,
        };
        assert!(!spent(99.0).uses_up(&budget, noon));
        assert!(spent(100.0).uses_up(&budget, noon));
        assert!(!spent(100.0).uses_up(&budget, tomorrow));
    }
    let none = Budget {
        cents: 0.0,
        per: BudgetPeriod::Day,
    };
    assert!(Spent::default().uses_up(&none, noon));
}
