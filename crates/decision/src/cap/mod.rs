//! Caps: at most so many contacts, acceptances or so much money, per period, in all channels.
//!
//! The counting is `memory::cap`'s, in the transaction of the append. Here stands what a cap
//! concerns, which period a moment belongs to, and how far the counter may have come by then.

pub mod api;
pub mod room;
#[cfg(test)]
mod tests;
mod validate;

use jiff::ToSpan;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::Kind;
use utoipa::ToSchema;

use crate::offer::Offer;
use crate::{Channel, Name};

pub use room::{CapRoom, Periods};

/// Caps as definitions. All published ones hold together.
pub const KIND: Kind = Kind {
    name: "cap",
    validate: validate::validate,
};

/// At most so much of something in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// What it is called, by language.
    pub name: Name,
    /// What is counted.
    pub measure: Measure,
    /// How many contacts or acceptances, or how many cents.
    pub at_most: i64,
    /// In which period.
    #[serde(default)]
    pub per: Period,
    /// Zone (IANA) of days, weeks and months; UTC unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Offers it concerns, together; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Vec<String>>,
    /// Categories it concerns; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// Placements it concerns; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placements: Option<Vec<String>>,
    /// Channels it concerns; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// From when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Until when it counts (exclusive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// How it is spread over the period.
    #[serde(default)]
    pub pacing: Pacing,
    /// Weights of the 24 hours of a day, from midnight in `zone`, by which pacing follows the
    /// day's traffic; all alike when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<f64>>,
    /// Acceptances and money: whether an offer made holds its part until it expires, so that
    /// nobody is offered what is gone.
    #[serde(default = "yes")]
    pub holds: bool,
}

fn yes() -> bool {
    true
}

/// What a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Contacts: shown, sent, spoken, or promised.
    Contacts,
    /// Acceptances: stock.
    Acceptances,
    /// What acceptances cost (`cost_cents` of the offer or its variant): a budget.
    Spend,
}

/// The period of a cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CapPeriod)]
pub enum Period {
    /// All the time from `starts_at` to `ends_at`.
    #[default]
    Total,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}

/// How a cap is spread over its period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// First come, first served.
    #[default]
    None,
    /// Evenly: at any moment no more than the elapsed share of the period.
    Even,
}

/// One period of a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its name: the first day, or `total`.
    pub label: String,
    /// Its beginning.
    pub from: Option<Timestamp>,
    /// Its end (exclusive).
    pub until: Option<Timestamp>,
}

impl Cap {
    /// Whether it counts contacts of an offer at a placement.
    pub fn concerns(&self, key: &str, offer: &Offer, placement: &str, channel: Channel) -> bool {
        let among = |list: &Option<Vec<String>>, one: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|known| known == one))
        };
        among(&self.offers, key)
            && among(&self.categories, &offer.category)
            && among(&self.placements, placement)
            && self
                .channels
                .as_ref()
                .is_none_or(|list| list.contains(&channel))
    }

    /// What one contact or acceptance of an offer takes, in the variant that is made.
    pub fn amount(&self, offer: &Offer, variant: Option<usize>) -> i64 {
        match self.measure {
            Measure::Contacts | Measure::Acceptances => 1,
            Measure::Spend => offer.cost_of(variant),
        }
    }

    /// Whether contacts take from it, and not only acceptances.
    pub fn takes_at_once(&self) -> bool {
        self.measure == Measure::Contacts || self.holds
    }

    /// Its zone.
    pub fn time_zone(&self) -> TimeZone {
        let named = self
            .zone
            .as_deref()
            .and_then(|name| TimeZone::get(name).ok());
        named.unwrap_or(TimeZone::UTC)
    }

    /// Whether it counts at a moment.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|from| from <= now) && self.ends_at.is_none_or(|end| now < end)
    }

    /// The period that a moment belongs to.
    pub fn span(&self, now: Timestamp) -> Span {
        let zone = self.time_zone();
        let today = zone.to_datetime(now.to_jiff()).date();
        let (first, next) = match self.per {
            Period::Total => {
                return Span {
                    label: "total".to_owned(),
                    from: self.starts_at,
                    until: self.ends_at,
                };
            }
            Period::Day => (today, today.saturating_add(1.day())),
            Period::Week => {
                let back = i64::from(today.weekday().since(Weekday::Monday));
                let monday = today.saturating_sub(back.days());
                (monday, monday.saturating_add(7.days()))
            }
            Period::Month => {
                let first = today.first_of_month();
                (first, first.saturating_add(1.month()))
            }
        };
        let at = |date: jiff::civil::Date| {
            let midnight = date.to_zoned(zone.clone()).ok()?;
            Some(Timestamp(midnight.timestamp().as_millisecond()))
        };
        Span {
            label: first.to_string(),
            from: at(first).max(self.starts_at),
            until: match (at(next), self.ends_at) {
                (Some(next), Some(end)) => Some(next.min(end)),
                (next, end) => next.or(end),
            },
        }
    }

    /// Up to where the counter may have come by now.
    pub fn allowed(&self, span: &Span, now: Timestamp) -> i64 {
        let (Pacing::Even, Some(from), Some(until)) = (self.pacing, span.from, span.until) else {
            return self.at_most;
        };
        let share = match &self.hours {
            Some(hours) => self.hourly_share(hours, from, until, now),
            None => now.since_ms(from) as f64 / until.since_ms(from).max(1) as f64,
        };
        let allowed = (self.at_most as f64 * share.clamp(0.0, 1.0)).ceil() as i64;
        allowed.clamp(1.min(self.at_most), self.at_most)
    }

    /// The share of a period that has passed, each hour weighing as much as it is said to.
    fn hourly_share(
        &self,
        hours: &[f64],
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> f64 {
        let zone = self.time_zone();
        let whole: f64 = hours.iter().sum();
        // Weight from the first midnight of the zone up to a moment, in days.
        let passed = |at: Timestamp| {
            let local = zone.to_datetime(at.to_jiff());
            let days = local.date().since(jiff::civil::date(1970, 1, 1));
            let days = days.map_or(0, |span| i64::from(span.get_days()));
            let hour = usize::try_from(local.hour()).unwrap_or(0);
            let minutes = f64::from(local.minute()) + f64::from(local.second()) / 60.0;
            let within: f64 = hours.iter().take(hour).sum();
            let partly = hours.get(hour).copied().unwrap_or(0.0) * minutes / 60.0;
            days as f64 + (within + partly) / whole
        };
        let length = passed(until) - passed(from);
        if length <= 0.0 {
            return 1.0;
        }
        (passed(now) - passed(from)) / length
    }
}
