//! Simulation: other rules are tried before they are trusted, on decisions that were recorded or on
//! customers as they are now.

mod again;
pub mod api;
mod asked;
mod choice;
pub mod db;
pub mod estimate;
#[cfg(test)]
mod estimate_tests;
pub mod job;
mod known;
#[cfg(test)]
mod known_tests;
mod past;
pub mod population;
mod reading;
mod result;
pub mod rule;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod turn;
pub mod verdict;
pub mod why;

use memory::criteria::{self, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::{Problem, ProblemCode};
use utoipa::ToSchema;

use self::rules::Rules;
use self::turn::Measure;
use crate::{Catalog, Channel};

pub use self::job::Simulator;
pub use self::result::{PopulationResult, RecordedResult, SimulationResult};

store::id!(
    /// A simulation.
    SimulationId,
    "sim"
);

/// The most sets of rules that are tried side by side, besides those that are published.
const LARGEST_TRIES: usize = 2;
/// The most placements of one simulation.
const LARGEST_PLACEMENTS: usize = 50;
/// The longest period that is replayed.
const LONGEST_PERIOD_MS: i64 = 366 * 86_400_000;
/// Decisions replayed unless somebody asks for fewer or more.
const DECISIONS: u32 = 100_000;
/// The most decisions replayed.
const LARGEST_DECISIONS: u32 = 500_000;
/// Days in which responses count unless somebody says otherwise.
const RESPONSE_DAYS: u32 = 7;

/// What to try, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSimulation {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// One or two sets of rules, compared with what is published and with each other.
    pub tries: Vec<Rules>,
    /// On what they are tried.
    pub on: Ground,
}

/// On what rules are tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SimulationGround)]
pub enum Ground {
    /// On recorded decisions and what came of them.
    Recorded(Period),
    /// On customers as they are now.
    Population(Population),
}

/// Recorded decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayPeriod)]
pub struct Period {
    /// From when.
    pub from: Timestamp,
    /// Until when (exclusive).
    pub until: Timestamp,
    /// Only these placements; all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placements: Option<Vec<String>>,
    /// Only placements of this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What is earned.
    #[serde(default)]
    pub measure: Measure,
    /// For how many days after the decision responses count; 7 unless given.
    #[serde(default = "response_days")]
    pub response_days: u32,
    /// What is known of the customers.
    #[serde(default)]
    pub customers: Knowledge,
    /// The most decisions looked at, the newest first; 100,000 unless given.
    #[serde(default = "decisions")]
    pub decisions: u32,
    /// Weights above this are cut off; 100 unless given.
    #[serde(default = "clip")]
    pub clip: f64,
}

/// What a replay knows of the customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayKnowledge)]
pub enum Knowledge {
    /// What the records say: fast, and blind for rules that ask something else.
    #[default]
    AsRecorded,
    /// Their state at that time, made again from the log: every rule is asked anew.
    AsOfThen,
}

/// Customers as they are now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SimulationPopulation)]
pub struct Population {
    /// Who, as criteria; everybody unless given. `{"segment": "key"}` means a segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub criteria: Option<Value>,
    /// The placements that ask.
    pub placements: Vec<String>,
    /// What criteria may ask about the moment.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
}

fn response_days() -> u32 {
    RESPONSE_DAYS
}

fn decisions() -> u32 {
    DECISIONS
}

fn clip() -> f64 {
    estimate::CLIP
}

impl NewSimulation {
    /// Everything that is wrong with it, as far as that can be said without the store.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        if self.name.chars().count() > 200 {
            let problem = Problem::new("/name", (ProblemCode::TooLong, "the name is too long"));
            let problem = problem.with("most", 200);
            problems.push(problem.hint("use at most 200 characters"));
        }
        if self.tries.is_empty() || self.tries.len() > LARGEST_TRIES {
            let problem = Problem::new("/tries", format!("{} sets of rules", self.tries.len()));
            problems.push(problem.hint("give one or two sets of rules to try"));
        }
        for (place, rules) in self.tries.iter().enumerate() {
            problems.extend(rules.problems(&format!("/tries/{place}")));
        }
        match &self.on {
            Ground::Recorded(period) => problems.extend(period.problems()),
            Ground::Population(population) => problems.extend(population.problems()),
        }
        problems
    }

    /// What the chosen ground is called in addresses and lists.
    pub fn ground(&self) -> &'static str {
        match self.on {
            Ground::Recorded(_) => "recorded",
            Ground::Population(_) => "population",
        }
    }
}

impl Ground {
    /// What it names and no rules know: the published ones stand first.
    fn unknown(&self, known: &[Catalog]) -> Vec<Problem> {
        let (named, root) = match self {
            Ground::Recorded(period) => (period.placements.as_deref(), "recorded"),
            Ground::Population(population) => (Some(&population.placements[..]), "population"),
        };
        let mut problems = vec![];
        for (place, key) in named.unwrap_or_default().iter().enumerate() {
            let mut all = known.iter();
            if !all.any(|catalog| catalog.placement_place(key).is_some()) {
                let path = format!("/on/{root}/placements/{place}");
                let message = format!("there is no placement {key:?}");
                let problem = Problem::new(path, (ProblemCode::NoSuchDefinition, message))
                    .with("kind", "placement")
                    .with("key", key.as_str());
                let hint = "name a published placement, or one of the rules to try";
                problems.push(problem.hint(hint));
            }
        }
        if let Ground::Population(population) = self {
            problems.extend(population.unknown_segments(&known[0]));
        }
        problems
    }
}

fn demand(problems: &mut Vec<Problem>, good: bool, path: &str, message: &str, hint: &str) {
    if !good {
        problems.push(Problem::new(path, message).hint(hint));
    }
}

impl Period {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        let length = self.until.since_ms(self.from);
        let until = "/on/recorded/until";
        demand(
            &mut problems,
            length > 0,
            until,
            "the period ends before it begins",
            "give an instant after from",
        );
        demand(
            &mut problems,
            length <= LONGEST_PERIOD_MS,
            until,
            "the period is too long",
            "use at most 366 days",
        );
        demand(
            &mut problems,
            (1..=365).contains(&self.response_days),
            "/on/recorded/response_days",
            "this is no number of days",
            "use 1 to 365",
        );
        demand(
            &mut problems,
            (1..=LARGEST_DECISIONS).contains(&self.decisions),
            "/on/recorded/decisions",
            "this is no number of decisions",
            "use 1 to 500000",
        );
        demand(
            &mut problems,
            self.clip >= 1.0 && self.clip.is_finite(),
            "/on/recorded/clip",
            "weights cannot be cut off there",
            "use a number of at least 1",
        );
        let some = self
            .placements
            .as_ref()
            .is_none_or(|named| !named.is_empty());
        demand(
            &mut problems,
            some,
            "/on/recorded/placements",
            "no placement is named",
            "name some, or leave the list out for all",
        );
        problems
    }
}

impl Population {
    /// Segments that the rule names and that are not published.
    fn unknown_segments(&self, published: &Catalog) -> Vec<Problem> {
        let rule = self.criteria.as_ref();
        let Some(rule) = rule.and_then(|json| criteria::read(json).ok()) else {
            return vec![];
        };
        let named = criteria::segments(&rule).into_iter();
        let unknown = named.filter(|key| published.segments.get(key).is_none());
        let problem = |key: &str| {
            let message = format!("there is no segment {key:?}");
            let said = (ProblemCode::NoSuchDefinition, message);
            let problem = Problem::new("/on/population/criteria", said);
            let problem = problem.with("kind", "segment").with("key", key);
            problem.hint("name a published segment, or publish it first")
        };
        unknown.map(problem).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        demand(
            &mut problems,
            (1..=LARGEST_PLACEMENTS).contains(&self.placements.len()),
            "/on/population/placements",
            "the number of placements does not fit",
            "name 1 to 50 placements",
        );
        for (place, key) in self.placements.iter().enumerate() {
            let path = format!("/on/population/placements/{place}");
            let first = !self.placements[..place].contains(key);
            let message = "the placement is there twice";
            demand(
                &mut problems,
                first,
                &path,
                message,
                "name each placement once",
            );
        }
        if let Some(json) = &self.criteria
            && let Err(wrong) = criteria::read_checked(json, &Vocabulary::default())
        {
            problems.extend(wrong.into_iter().map(|problem| Problem {
                path: format!("/on/population/criteria{}", problem.path),
                ..problem
            }));
        }
        problems
    }
}
