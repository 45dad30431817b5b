//! What somebody wants to know about the visits.

use memory::criteria::Criteria;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::Rules;
use crate::explore::question::{Compare, Period, Unit};

/// A question about visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebQuestion)]
pub struct Question {
    /// When visits began; the last 30 days unless given.
    #[serde(default = "month")]
    pub period: Period,
    /// The zone of days, `Europe/London` for example.
    #[serde(default = "utc")]
    pub zone: String,
    /// The unit of the chart.
    #[serde(default = "day")]
    pub unit: Unit,
    /// What it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Only visits of these customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Criteria>,
    /// Only visits with these values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Only>,
    /// How sessions end.
    #[serde(default)]
    pub sessions: Sessions,
    /// What is counted as an order.
    #[serde(default = "order")]
    pub order_event: String,
    /// The property with the value of an order.
    #[serde(default = "total")]
    pub order_value: String,
    /// What puts something into a cart.
    #[serde(default = "added")]
    pub cart_event: String,
}

fn month() -> Period {
    Period {
        days: Some(30),
        ..Period::default()
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

fn day() -> Unit {
    Unit::Day
}

fn order() -> String {
    "Order Completed".to_owned()
}

fn total() -> String {
    "total".to_owned()
}

fn added() -> String {
    "Product Added".to_owned()
}

impl Default for Question {
    fn default() -> Question {
        Question {
            period: month(),
            zone: utc(),
            unit: day(),
            compare: None,
            filter: None,
            only: Vec::new(),
            sessions: Sessions::default(),
            order_event: order(),
            order_value: total(),
            cart_event: added(),
        }
    }
}

/// How sessions end and what makes a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WebSessions)]
pub struct Sessions {
    /// After so many minutes without an event.
    pub gap_minutes: u32,
    /// When another campaign brings the visitor.
    pub on_campaign: bool,
    /// At midnight.
    pub at_midnight: bool,
    /// Sessions without any page are visits, too.
    pub without_pages: bool,
    /// Bots are counted, too.
    pub with_bots: bool,
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            gap_minutes: 30,
            on_campaign: false,
            at_midnight: false,
            without_pages: false,
            with_bots: false,
        }
    }
}

impl Sessions {
    /// The rules in a zone.
    pub fn rules(self, zone: &jiff::tz::TimeZone) -> Rules {
        Rules {
            gap_ms: i64::from(self.gap_minutes) * 60_000,
            on_campaign: self.on_campaign,
            at_midnight: self.at_midnight.then(|| zone.clone()),
        }
    }
}

/// A value that visits must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebOnly)]
pub struct Only {
    /// The dimension.
    pub dimension: Dimension,
    /// The value, as the answer gives it.
    pub value: String,
}

/// What visits are told apart by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebDimension)]
pub enum Dimension {
    /// The kind of way by which they come.
    Channel,
    /// Who they come from.
    Source,
    /// The campaign.
    Campaign,
    /// The form of its advertisement, `utm_content`.
    Content,
    /// The words that were searched for when it was shown, `utm_term`.
    Term,
    /// The site with the link.
    Referrer,
    /// The first page.
    Landing,
    /// The last page.
    Exit,
    /// Any page.
    Page,
    /// The device.
    Device,
    /// The browser.
    Browser,
    /// The system.
    Os,
    /// The country.
    Country,
    /// The language.
    Language,
    /// What the site was searched for.
    Search,
    /// What happened besides pages.
    Event,
    /// A goal that was reached.
    Goal,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Dimension; 17] = [
        Dimension::Channel,
        Dimension::Source,
        Dimension::Campaign,
        Dimension::Content,
        Dimension::Term,
        Dimension::Referrer,
        Dimension::Landing,
        Dimension::Exit,
        Dimension::Page,
        Dimension::Device,
        Dimension::Browser,
        Dimension::Os,
        Dimension::Country,
        Dimension::Language,
        Dimension::Search,
        Dimension::Event,
        Dimension::Goal,
    ];
}
