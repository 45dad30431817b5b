//! Questions: what somebody wants to know about the customers, as it stands in an address.

use memory::criteria::{Criteria, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Problem;
use utoipa::ToSchema;

/// A question about the customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExploreQuestion)]
pub struct Question {
    /// How it is looked at.
    pub view: View,
    /// Which customers; everyone unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Criteria>,
    /// When it happened; ever unless given.
    #[serde(default)]
    pub period: Period,
    /// The zone of days and months, `Europe/London` for example.
    #[serde(default = "utc")]
    pub zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A stretch of time: fixed, or the last days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExplorePeriod)]
pub struct Period {
    /// The first moment inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first moment after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The last so many days up to now, instead of fixed moments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// How a question is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ExploreView)]
pub enum View {
    /// How customers spread over the values of one dimension.
    Distribution {
        /// The dimension.
        by: Dimension,
        /// What is measured.
        #[serde(default)]
        measure: Measure,
    },
    /// Two dimensions against each other.
    CrossTab {
        /// The dimension of the rows.
        rows: Dimension,
        /// The dimension of the columns.
        columns: Dimension,
        /// What is measured.
        #[serde(default)]
        measure: Measure,
    },
    /// Recency, frequency and amount of purchases in fifths.
    Rfm {
        /// What counts as a purchase.
        of: Events,
        /// The property with the amount.
        amount: String,
    },
    /// Who comes back after the first time.
    Cohort {
        /// What makes somebody a member of a cohort.
        first: Events,
        /// What counts as coming back; the same unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Events>,
        /// The unit of cohorts and columns.
        unit: Unit,
    },
    /// How many get through steps in an order.
    Funnel(Funnel),
    /// Which way customers take.
    Paths {
        /// What events are called on the way: their name, or a property of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Only these events are steps; all unless given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<String>,
        /// Ways begin here; at the first step of a session unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Events>,
        /// How many steps are shown.
        #[serde(default = "four")]
        depth: u32,
        /// A session ends after so many minutes without an event.
        #[serde(default = "half_hour")]
        gap_minutes: u32,
    },
    /// How something develops.
    Series {
        /// What is measured; customers are those who did `of`.
        measure: Measure,
        /// One point per unit.
        unit: Unit,
        /// One line per value of this dimension.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        split: Option<Dimension>,
        /// What it is compared with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compare: Option<Compare>,
    },
}

fn four() -> u32 {
    4
}

fn half_hour() -> u32 {
    30
}

/// Steps in an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExploreFunnel)]
pub struct Funnel {
    /// The steps; other events may lie between them.
    pub steps: Vec<Events>,
    /// The longest time from the first to the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<i64>,
    /// An attempt with such an event in between does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Events>,
    /// One funnel per value of this dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Dimension>,
    /// What is counted.
    #[serde(default)]
    pub count: Counted,
    /// A session ends after so many minutes without an event.
    #[serde(default = "half_hour")]
    pub gap_minutes: u32,
}

/// What a funnel counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExploreCounted)]
pub enum Counted {
    /// Customers, each once with the best attempt.
    #[default]
    Customers,
    /// Sessions; all steps must lie in one.
    Sessions,
}

/// Events of one name whose properties satisfy all tests: the `event` and `where` of criteria.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExploreEvents)]
pub struct Events {
    /// The name of the event.
    pub event: String,
    /// Tests on its properties.
    #[serde(rename = "where", default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub tests: Vec<Value>,
}

impl Events {
    /// The pattern of criteria that these events satisfy.
    pub fn pattern(&self) -> Result<Pattern, Vec<Problem>> {
        let rule = json!({ "event": self.event, "where": self.tests });
        match memory::criteria::read(&rule)? {
            Criteria::Aggregate(memory::criteria::Aggregate {
                of: memory::criteria::Occurrence::Events(pattern),
                ..
            }) => Ok(pattern),
            _ => Err(vec![Problem::new("/event", "this is no event")]),
        }
    }
}

/// What customers or their events are told apart by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ExploreDimension)]
pub enum Dimension {
    /// An attribute of the customer.
    Attribute {
        /// Its key.
        name: String,
        /// Where numbers are cut; chosen from the data unless given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cuts: Vec<f64>,
    },
    /// A property of events.
    Property {
        /// Which events.
        of: Events,
        /// The path of the property.
        name: String,
        /// Where numbers are cut; chosen from the data unless given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cuts: Vec<f64>,
    },
    /// How often the customer did something in the period.
    Count {
        /// Which events.
        of: Events,
        /// Where the number is cut; chosen from the data unless given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cuts: Vec<f64>,
    },
}

/// What is measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ExploreMeasure)]
pub enum Measure {
    /// How many customers.
    #[default]
    Customers,
    /// How many customers did this.
    Doing {
        /// Which events.
        of: Events,
    },
    /// How many events.
    Events {
        /// Which events.
        of: Events,
    },
    /// The sum of a property.
    Sum {
        /// Of which events.
        of: Events,
        /// The path of the property.
        property: String,
    },
    /// The average of a property.
    Average {
        /// Of which events.
        of: Events,
        /// The path of the property.
        property: String,
    },
    /// How many different values a property has.
    Distinct {
        /// Of which events.
        of: Events,
        /// The path of the property.
        property: String,
    },
}

impl Measure {
    /// The events it looks at.
    pub fn of(&self) -> Option<&Events> {
        match self {
            Measure::Customers => None,
            Measure::Doing { of }
            | Measure::Events { of }
            | Measure::Sum { of, .. }
            | Measure::Average { of, .. }
            | Measure::Distinct { of, .. } => Some(of),
        }
    }

    /// The property it looks at.
    pub fn property(&self) -> Option<&str> {
        match self {
            Measure::Customers | Measure::Doing { .. } | Measure::Events { .. } => None,
            Measure::Sum { property, .. }
            | Measure::Average { property, .. }
            | Measure::Distinct { property, .. } => Some(property),
        }
    }
}

/// A unit of the calendar; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExploreUnit)]
pub enum Unit {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
}

/// What a time series is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExploreCompare)]
pub enum Compare {
    /// The same length of time right before.
    Previous,
    /// The same dates a year before.
    Year,
}
