//! From a question to what is read, how it is looked at, and the rule of every cell.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use memory::criteria::{Criteria, Pattern, Range, Window};
use store::Timestamp;
use store::definition::{Problem, ProblemCode};

use super::attributes::Attributes;
use super::calendar::Calendar;
use super::cohort::Cohorts;
use super::dimension::Sight;
use super::funnel::{STEPS_LIMIT, Steps, Way};
use super::paths::Ways;
use super::plan::{PATTERNS_LIMIT, Plan};
use super::question::{Compare, Counted, Dimension, Events, Funnel, Measure, Question, Unit, View};
use super::rfm::Grid;
use super::series::{Series, number};
use super::spread::{Gauge, Spread};
use super::tally::{Address, Lens, Part};
use super::when::{between, since};
use crate::web::session::Rules;

/// The path that stands for the name of an event.
pub const NAME_PATH: &str = "event_name";
/// The most levels of paths.
const DEPTH_LIMIT: u32 = 8;

/// A question, ready to be answered.
#[derive(Debug)]
pub struct Ready {
    /// The window of the rules.
    pub window: Window,
    /// The moments it covers now.
    pub range: Range,
    /// What is read.
    pub plan: Plan,
    /// How it is looked at.
    pub look: Look,
}

/// How a question is looked at.
#[derive(Debug)]
pub enum Look {
    /// A distribution or a cross-tab.
    Spread(Arc<Spread>),
    /// A time series, and how far back it is compared.
    Series(Arc<Series>, Option<Compare>),
    /// Cohorts.
    Cohorts(Arc<Cohorts>),
    /// A funnel.
    Funnel(Arc<Way>),
    /// Paths.
    Paths(Arc<Ways>),
    /// Recency, frequency, amount: pattern and column of the amount.
    Rfm {
        /// The number of the pattern.
        pattern: usize,
        /// The number of the column.
        column: usize,
        /// The pattern.
        of: Box<Pattern>,
    },
}

/// The attributes that a question asks for.
pub fn attributes(question: &Question) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for dimension in dimensions(question) {
        if let Dimension::Attribute { name, .. } = dimension {
            names.insert(name.clone());
        }
    }
    names
}

/// The dimensions of a question.
pub fn dimensions(question: &Question) -> Vec<&Dimension> {
    match &question.view {
        View::Distribution { by, .. } => vec![by],
        View::CrossTab { rows, columns, .. } => vec![rows, columns],
        View::Funnel(funnel) => funnel.by.iter().collect(),
        View::Series { split, .. } => split.iter().collect(),
        View::Rfm { .. } | View::Cohort { .. } | View::Paths { .. } => vec![],
    }
}

/// Every choice of events in a question.
pub fn events(question: &Question) -> Vec<&Events> {
    let mut found: Vec<&Events> = match &question.view {
        View::Distribution { measure, .. }
        | View::CrossTab { measure, .. }
        | View::Series { measure, .. } => measure.of().into_iter().collect(),
        View::Rfm { of, .. } => vec![of],
        View::Cohort { first, again, .. } => [first].into_iter().chain(again).collect(),
        View::Funnel(funnel) => funnel.steps.iter().chain(&funnel.without).collect(),
        View::Paths { start, .. } => start.iter().collect(),
    };
    for dimension in dimensions(question) {
        match dimension {
            Dimension::Property { of, .. } | Dimension::Count { of, .. } => found.push(of),
            Dimension::Attribute { .. } => {}
        }
    }
    found
}

/// The property whose values are measured, or are the steps of paths.
pub fn measured(question: &Question) -> Option<&str> {
    match &question.view {
        View::Distribution { measure, .. }
        | View::CrossTab { measure, .. }
        | View::Series { measure, .. } => measure.property(),
        View::Rfm { amount, .. } => Some(amount),
        View::Paths { label, .. } => label.as_deref(),
        View::Cohort { .. } | View::Funnel(_) => None,
    }
}

/// Makes a question ready; what is wrong with it is named with its place.
pub fn prepare(
    question: &Question,
    attributes: &Arc<Attributes>,
    now: Timestamp,
) -> Result<Ready, Vec<Problem>> {
    let zone = TimeZone::get(&question.zone).map_err(|_| {
        let message = format!("{:?} is no time zone", question.zone);
        let said = (ProblemCode::NotAZone, message);
        vec![Problem::new("/zone", said).hint("use a name such as Europe/London or UTC")]
    })?;
    let window = question.period.window();
    let range = question.period.range(now);
    if range.from >= range.until {
        let message = "the period ends before it begins, or lies in the future";
        let problem = Problem::new("/period", (ProblemCode::EndsBeforeStart, message));
        return Err(vec![problem.hint("let until be later than from")]);
    }
    let mut plan = Plan {
        since_ms: since(range),
        until_ms: Some(range.until),
        ..Plan::default()
    };
    let look = look(question, &mut plan, attributes, zone, range)?;
    if plan.patterns.len() > PATTERNS_LIMIT {
        let message = format!("more than {PATTERNS_LIMIT} different events");
        return Err(vec![
            Problem::new("/view", (ProblemCode::TooMany, message))
                .with("most", PATTERNS_LIMIT)
                .hint("ask for fewer at once"),
        ]);
    }
    Ok(Ready {
        window,
        range,
        plan,
        look,
    })
}

fn look(
    question: &Question,
    plan: &mut Plan,
    attributes: &Arc<Attributes>,
    zone: TimeZone,
    range: Range,
) -> Result<Look, Vec<Problem>> {
    let sight = |dimension: &Dimension, plan: &mut Plan, path: &str| {
        Sight::of(dimension, plan, attributes, &format!("/view/{path}"))
    };
    match &question.view {
        View::Distribution { by, measure } => {
            let rows = sight(by, plan, "distribution/by")?;
            let gauge = Gauge::of(measure, plan, "/view/distribution/measure")?;
            plan.everyone = *measure == Measure::Customers && rows.of_everyone();
            let columns = None;
            Ok(Look::Spread(Arc::new(Spread {
                rows,
                columns,
                gauge,
            })))
        }
        View::CrossTab {
            rows,
            columns,
            measure,
        } => {
            let rows = sight(rows, plan, "cross_tab/rows")?;
            let columns = sight(columns, plan, "cross_tab/columns")?;
            let gauge = Gauge::of(measure, plan, "/view/cross_tab/measure")?;
            plan.everyone =
                *measure == Measure::Customers && rows.of_everyone() && columns.of_everyone();
            let columns = Some(columns);
            Ok(Look::Spread(Arc::new(Spread {
                rows,
                columns,
                gauge,
            })))
        }
        View::Rfm { of, amount } => {
            let pattern = plan.pattern(of, "/view/rfm/of")?;
            let column = plan.column(Some(pattern), amount);
            let of = Box::new(plan.patterns[pattern].clone());
            Ok(Look::Rfm {
                pattern,
                column,
                of,
            })
        }
        View::Cohort { first, again, unit } => {
            let first = plan.pattern(first, "/view/cohort/first")?;
            let again = match again {
                Some(again) => plan.pattern(again, "/view/cohort/again")?,
                None => first,
            };
            // The first time may lie before the period: then it is no cohort of it.
            plan.since_ms = None;
            let of = |number: usize| (number, plan.patterns[number].clone());
            Ok(Look::Cohorts(Arc::new(Cohorts {
                first: of(first),
                again: of(again),
                calendar: Calendar::new(*unit, zone),
                range,
            })))
        }
        View::Funnel(funnel) => Ok(Look::Funnel(Arc::new(way(funnel, plan, attributes)?))),
        View::Paths {
            label,
            events,
            start,
            depth,
            gap_minutes,
        } => {
            if !(1..=DEPTH_LIMIT).contains(depth) {
                let message = format!("{depth} is no number of steps");
                let said = (ProblemCode::OutOfRange, message);
                let problem = Problem::new("/view/paths/depth", said)
                    .with("value", *depth)
                    .with("low", 1)
                    .with("high", DEPTH_LIMIT);
                return Err(vec![problem.hint(format!("use 1 to {DEPTH_LIMIT}"))]);
            }
            let start = match start {
                Some(start) => Some(plan.pattern(start, "/view/paths/start")?),
                None => None,
            };
            plan.others = Some(events.clone());
            let path = label.as_deref().unwrap_or(NAME_PATH);
            Ok(Look::Paths(Arc::new(Ways {
                column: plan.column(None, path),
                start,
                depth: *depth as usize,
                sessions: Rules::gap(i64::from(*gap_minutes) * 60_000),
            })))
        }
        View::Series {
            measure,
            unit,
            split,
            compare,
        } => series(
            measure,
            *unit,
            split.as_ref(),
            *compare,
            plan,
            attributes,
            (zone, question),
        ),
    }
}

fn series(
    measure: &Measure,
    unit: Unit,
    split: Option<&Dimension>,
    compare: Option<Compare>,
    plan: &mut Plan,
    attributes: &Arc<Attributes>,
    (zone, question): (TimeZone, &Question),
) -> Result<Look, Vec<Problem>> {
    if measure.of().is_none() {
        let problem = Problem::new(
            "/view/series/measure",
            "a time series needs events to measure",
        );
        let hint = "use doing, events, sum, average or distinct";
        return Err(vec![problem.hint(hint)]);
    }
    let open = question.period.days.is_none() && question.period.from.is_none();
    if compare.is_some() && open {
        let message = "only a period with a beginning can be compared";
        let said = (ProblemCode::NoBeginning, message);
        let problem = Problem::new("/view/series/compare", said);
        return Err(vec![problem.hint("choose a period")]);
    }
    let gauge = Gauge::of(measure, plan, "/view/series/measure")?;
    let split = match split {
        Some(split) => Some(Sight::of(split, plan, attributes, "/view/series/split")?),
        None => None,
    };
    let series = Series {
        gauge,
        calendar: Calendar::new(unit, zone),
        split,
    };
    Ok(Look::Series(Arc::new(series), compare))
}

fn way(
    funnel: &Funnel,
    plan: &mut Plan,
    attributes: &Arc<Attributes>,
) -> Result<Way, Vec<Problem>> {
    if !(2..=STEPS_LIMIT).contains(&funnel.steps.len()) {
        let message = format!("{} steps make no funnel", funnel.steps.len());
        let problem = Problem::new("/view/funnel/steps", (ProblemCode::OutOfRange, message))
            .with("value", funnel.steps.len())
            .with("low", 2)
            .with("high", STEPS_LIMIT);
        return Err(vec![problem.hint(format!("use 2 to {STEPS_LIMIT} steps"))]);
    }
    if funnel.within_ms.is_some_and(|within| within <= 0) {
        let said = (ProblemCode::NotADuration, "this is no time");
        let problem = Problem::new("/view/funnel/within_ms", said);
        return Err(vec![
            problem.hint("use milliseconds, for example 3600000 for an hour"),
        ]);
    }
    let mut steps = Vec::new();
    for (place, step) in funnel.steps.iter().enumerate() {
        steps.push(plan.pattern(step, &format!("/view/funnel/steps/{place}"))?);
    }
    let without = match &funnel.without {
        Some(without) => Some(plan.pattern(without, "/view/funnel/without")?),
        None => None,
    };
    let by = match &funnel.by {
        Some(by) => Some(Sight::of(by, plan, attributes, "/view/funnel/by")?),
        None => None,
    };
    if funnel.count == Counted::Sessions {
        // Sessions are made of everything that happens.
        plan.others = Some(Vec::new());
    }
    Ok(Way {
        patterns: steps
            .iter()
            .map(|step| plan.patterns[*step].clone())
            .collect(),
        without: without.map(|without| plan.patterns[without].clone()),
        steps: Steps {
            steps,
            without,
            within_ms: funnel.within_ms,
            strictly: funnel.count == Counted::Customers,
        },
        by,
        count: funnel.count,
        sessions: Rules::gap(i64::from(funnel.gap_minutes) * 60_000),
    })
}

impl Ready {
    /// How cells are filled; grids are made of buyers instead.
    pub fn lens(&self) -> Option<Arc<dyn Lens>> {
        match &self.look {
            Look::Spread(spread) => Some(spread.clone()),
            Look::Series(series, _) => Some(series.clone()),
            Look::Cohorts(cohorts) => Some(cohorts.clone()),
            Look::Funnel(way) => Some(way.clone()),
            Look::Paths(ways) => Some(ways.clone()),
            Look::Rfm { .. } => None,
        }
    }

    /// The rule that exactly the customers of a cell satisfy, within the filter; `None` where
    /// criteria cannot say it. `grid` belongs to views of recency and frequency.
    pub fn rule(
        &self,
        cell: &Address,
        filter: Option<&Criteria>,
        grid: Option<&Grid>,
    ) -> Option<Criteria> {
        let own = match &self.look {
            Look::Spread(spread) => spread.rule(cell, self.window)?,
            Look::Series(series, _) => {
                let [Part::Position(unit), Part::Value(line)] = cell else {
                    return None;
                };
                let (from, until) = self.unit(series, number(*unit));
                series.rule(line, from, until)?
            }
            Look::Cohorts(cohorts) => cohorts.rule(cell)?,
            Look::Funnel(way) => way.rule(cell, self.window)?,
            Look::Paths(_) => return None,
            Look::Rfm { of, .. } => {
                let [Part::Position(recency), Part::Position(frequency)] = cell else {
                    return None;
                };
                let place = |score: &u32| (*score as usize).checked_sub(1);
                grid?.rule([place(recency)?, place(frequency)?], of, self.window)?
            }
        };
        let mut parts: Vec<Criteria> = filter.cloned().into_iter().collect();
        parts.extend(own);
        Some(Criteria::All(flat(parts)).simplified())
    }

    /// When a unit lies within the period.
    pub fn unit(&self, series: &Series, number: i64) -> (i64, i64) {
        let start = series.calendar.start_ms(number).max(self.range.from);
        let end = series.calendar.start_ms(number + 1).min(self.range.until);
        (start, end)
    }

    /// The same question for the time it is compared with.
    pub fn before(&self, compare: Compare) -> (Range, Window) {
        let length = self.range.until - self.range.from;
        let shift = |ms: i64| match compare {
            Compare::Previous => ms - length,
            Compare::Year => {
                let zoned = Timestamp(ms).to_jiff().to_zoned(TimeZone::UTC);
                zoned
                    .checked_sub(jiff::Span::new().years(1))
                    .map_or(ms, |there| there.timestamp().as_millisecond())
            }
        };
        let range = Range {
            from: shift(self.range.from),
            until: shift(self.range.until),
        };
        (range, between(Some(range.from), Some(range.until)))
    }
}

/// Groups of which all must hold, as one group.
fn flat(parts: Vec<Criteria>) -> Vec<Criteria> {
    let mut flat: Vec<Criteria> = Vec::new();
    for part in parts {
        let inner = match part {
            Criteria::All(inner) => inner,
            other => vec![other],
        };
        for part in inner {
            if !flat.contains(&part) {
                flat.push(part);
            }
        }
    }
    flat
}
