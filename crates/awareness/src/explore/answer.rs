//! Answers: what a view shows, cell by cell.

use serde::Serialize;
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;

use super::rfm::Summary;
use super::tally::Part;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreAnswer)]
pub struct Answer {
    /// What is known up to this moment is in it.
    pub as_of: Timestamp,
    /// How many customers the filter leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
    /// Numbers of fewer customers than this are not shown; 1 shows all.
    pub least_customers: u64,
    /// What the view shows.
    pub shown: Shown,
}

/// What a view shows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExploreShown)]
pub enum Shown {
    /// A distribution.
    Distribution {
        /// Everything together.
        total: Figure,
        /// The values, the greatest first; ranges in their order.
        rows: Vec<Labelled>,
    },
    /// A cross-tab.
    CrossTab {
        /// Everything together.
        total: Figure,
        /// The values of the columns with their totals.
        columns: Vec<Labelled>,
        /// The values of the rows.
        rows: Vec<CrossRow>,
    },
    /// A grid of recency and frequency.
    Rfm {
        /// How many customers bought.
        customers: Option<u64>,
        /// Days since the last purchase.
        recency_days: Option<Summary>,
        /// Purchases.
        frequency: Option<Summary>,
        /// Amounts.
        amount: Option<Summary>,
        /// The fifths of recency, the longest ago first.
        recency: Vec<Fifth>,
        /// The fifths of frequency, the fewest first.
        frequencies: Vec<Fifth>,
        /// Recency × frequency.
        cells: Vec<RfmCell>,
    },
    /// Cohorts.
    Cohort {
        /// Oldest first.
        cohorts: Vec<CohortRow>,
    },
    /// Funnels: everything first, then one per value.
    Funnel {
        /// What is wrong with the steps, in a word: `backwards` or `all`.
        #[serde(skip_serializing_if = "Option::is_none")]
        doubt: Option<String>,
        /// The funnels.
        groups: Vec<FunnelGroup>,
    },
    /// Paths.
    Paths {
        /// The steps of each level.
        nodes: Vec<PathNode>,
        /// Which step leads to which.
        links: Vec<PathLink>,
    },
    /// A time series.
    Series {
        /// One line per value; everything together first.
        lines: Vec<Line>,
    },
}

/// A number that may be hidden, with the address of its customers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreFigure)]
pub struct Figure {
    /// Asks for its customers.
    pub cell: Vec<Part>,
    /// How many customers; absent when there are too few to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customers: Option<u64>,
    /// What the measure comes to; absent when there is nothing to measure or it is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

impl Figure {
    /// The same with nothing to see.
    pub fn hidden(mut self) -> Figure {
        self.customers = None;
        self.value = None;
        self
    }
}

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreLabel)]
pub struct Label {
    /// The plain value; absent for ranges and for labels of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The start of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// The end of a range, which is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// `total`, `other`, `missing` or `range`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
}

/// A value with its number.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreLabelled)]
pub struct Labelled {
    /// The value.
    pub label: Label,
    /// Its number.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A row of a cross-tab.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreCrossRow)]
pub struct CrossRow {
    /// The value of the row.
    pub label: Label,
    /// All columns together.
    pub total: Figure,
    /// One per column.
    pub cells: Vec<CrossCell>,
}

/// A cell of a cross-tab.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreCrossCell)]
pub struct CrossCell {
    /// Its number.
    #[serde(flatten)]
    pub figure: Figure,
    /// The number against what its row and column let expect; 100 is as expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<f64>,
    /// How many standard errors the number of customers is from what is expected (adjusted
    /// residual); beyond ±1.96 chance alone does so in one of twenty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
}

/// A fifth of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreFifth)]
pub struct Fifth {
    /// From 1 to 5.
    pub score: u32,
    /// The least in it: a moment in milliseconds, or a number; absent when nobody is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// The most in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// A cell of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreRfmCell)]
pub struct RfmCell {
    /// The score of recency.
    pub recency: u32,
    /// The score of frequency.
    pub frequency: u32,
    /// The customers, with the average amount as value.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A cohort.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreCohortRow)]
pub struct CohortRow {
    /// When its unit begins.
    pub from: Timestamp,
    /// How many are in it.
    pub size: Figure,
    /// How many were active in each unit, that of the cohort first.
    pub cells: Vec<Figure>,
}

/// A funnel.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreFunnelGroup)]
pub struct FunnelGroup {
    /// The value.
    pub label: Label,
    /// The steps.
    pub steps: Vec<FunnelStep>,
}

/// A step of a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreFunnelStep)]
pub struct FunnelStep {
    /// Who got here; the value counts customers or sessions.
    pub reached: Figure,
    /// Who got here and no further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Figure>,
    /// The share of the first step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_first: Option<f64>,
    /// The share of the step before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_previous: Option<f64>,
    /// The middle of the times since the step before, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<u32>,
}

/// A step on paths.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExplorePathNode)]
pub struct PathNode {
    /// Which step of the way, from 0.
    pub level: u32,
    /// What it is called; `exit` is the end of the session.
    pub label: Label,
    /// How many sessions, as value.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A pair of steps on paths.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExplorePathLink)]
pub struct PathLink {
    /// The level of the first.
    pub level: u32,
    /// The first.
    pub from: Label,
    /// The second.
    pub to: Label,
    /// How many sessions, as value.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A line of a time series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExploreLine)]
pub struct Line {
    /// The value.
    pub label: Label,
    /// The points, oldest first.
    pub points: Vec<Point>,
}

/// A point of a time series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExplorePoint)]
pub struct Point {
    /// When its unit begins.
    pub from: Timestamp,
    /// When its unit ends.
    pub until: Timestamp,
    /// The number.
    #[serde(flatten)]
    pub figure: Figure,
    /// The number of the point it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
}
