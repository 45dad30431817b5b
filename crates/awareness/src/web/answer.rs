//! Answers about visits.

use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::cart::Carts;
use super::question::Dimension;
use super::report::Sums;
use crate::explore::rfm::amount;

/// The answer to a question about visits.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebAnswer)]
pub struct Answer {
    /// What is known up to this moment is in it.
    pub as_of: Timestamp,
    /// The first moment it is about.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// Numbers of fewer visitors than this are not shown; 1 shows all.
    pub least_customers: u64,
    /// True when there are visitors, and too few of them to be shown.
    pub hidden: bool,
    /// In all.
    pub total: Numbers,
    /// In all, in the time it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Numbers>,
    /// By unit of the calendar, oldest first.
    pub series: Vec<Point>,
    /// By dimension.
    pub breakdowns: Vec<Breakdown>,
    /// Visits of bots, which are not in the rest.
    pub bots: u64,
    /// Carts; absent when too few customers have one kind of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carts: Option<CartNumbers>,
    /// Forms, the most used first.
    pub forms: Vec<FormNumbers>,
}

/// What visits come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = WebNumbers)]
pub struct Numbers {
    /// Different visitors.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Pages that were looked at.
    pub pages: u64,
    /// The share of visits of one page on which nothing was done.
    pub bounce_rate: f64,
    /// How long a visit takes, in seconds, on average.
    pub seconds: f64,
    /// Visits in which a goal was reached.
    pub converted: u64,
    /// Orders.
    pub orders: u64,
    /// What they are worth.
    pub revenue: f64,
}

impl From<&Sums> for Numbers {
    fn from(sums: &Sums) -> Numbers {
        let visits = sums.visits.max(1) as f64;
        Numbers {
            visitors: sums.visitors,
            visits: sums.visits,
            pages: sums.pages,
            bounce_rate: sums.bounces as f64 / visits,
            seconds: sums.seconds as f64 / visits,
            converted: sums.converted,
            orders: sums.orders,
            revenue: amount(sums.millionths),
        }
    }
}

/// One unit of the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebPoint)]
pub struct Point {
    /// When it begins.
    pub from: Timestamp,
    /// What the visits that began in it come to; absent when there are too few visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// The same in the time it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Numbers>,
}

/// Visits by the values of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebBreakdown)]
pub struct Breakdown {
    /// The dimension.
    pub dimension: Dimension,
    /// The values, the most visits first.
    pub rows: Vec<Row>,
    /// How many values there are in all.
    pub values: usize,
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebRow)]
pub struct Row {
    /// The value.
    pub value: String,
    /// What its visits come to.
    pub numbers: Numbers,
    /// Its visits in the time it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits_before: Option<u64>,
}

/// What carts come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = WebCarts)]
pub struct CartNumbers {
    /// Sessions in which something was put into a cart.
    pub created: u64,
    /// Of these, without an order within a day after the last addition.
    pub abandoned: u64,
    /// Of these, ordered in a later session.
    pub recovered: u64,
    /// What was in all of them.
    pub value: f64,
    /// What was in the abandoned ones.
    pub abandoned_value: f64,
}

impl From<Carts> for CartNumbers {
    fn from(carts: Carts) -> CartNumbers {
        CartNumbers {
            created: carts.created,
            abandoned: carts.abandoned,
            recovered: carts.recovered,
            value: amount(carts.millionths),
            abandoned_value: amount(carts.abandoned_millionths),
        }
    }
}

/// What a form comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebForm)]
pub struct FormNumbers {
    /// The form.
    pub form: String,
    /// Customers who started it.
    pub started: u64,
    /// Of these, who submitted it; absent when they, or the others, are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<u64>,
    /// Its steps, those reached by the most first.
    pub steps: Vec<FormStep>,
}

/// A step of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebFormStep)]
pub struct FormStep {
    /// The field or page.
    pub step: String,
    /// Customers who got here.
    pub reached: u64,
    /// Of these, who left the form here; absent when they are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}
