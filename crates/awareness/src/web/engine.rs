//! Answers questions about visits from the lake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use memory::criteria::{Criteria, Pattern, Range};
use store::Timestamp;
use store::definition::Problem;

use super::answer::{Answer, Breakdown, CartNumbers, FormNumbers, FormStep, Numbers, Point, Row};
use super::cart::{Carts, Finder as CartFinder};
use super::form::{self, Finder as FormFinder, Form};
use super::goal::Goal;
use super::question::{Dimension, Only, Question};
use super::report::{Counter, Counting, Report, Sums};
use super::visit::{Columns, Marks, Visits};
use crate::explore::Error;
use crate::explore::attributes::Attributes;
use crate::explore::calendar::Calendar;
use crate::explore::dimension::did;
use crate::explore::engine::{Engine, Found};
use crate::explore::pass::{Crowd, Fold};
use crate::explore::plan::Plan;
use crate::explore::protect::{shown, shown_steps};
use crate::explore::question::Compare;
use crate::explore::timeline::{Names, Timeline};
use crate::explore::when::{between, since};

/// Values shown of a dimension.
const ROWS_LIMIT: usize = 100;
/// Points of the chart.
const POINTS_LIMIT: i64 = 1_000;

/// Everything that is counted in one pass.
struct Tally {
    visits: Counter,
    carts: (CartFinder, Carts, i64),
    forms: (FormFinder, BTreeMap<String, Form>),
    /// Carts and forms outside visits count in this stretch of time; none where visits are chosen.
    outside: Option<Range>,
}

impl Fold for Tally {
    fn see(&mut self, timeline: &Timeline<'_>, names: &mut Names) {
        let sorted = self.visits.sort(timeline, names);
        let outside = self.outside;
        let counts = |place: usize| {
            let at_ms = timeline.events[place].at_ms;
            let here = || outside.is_some_and(|range| range.contains(at_ms));
            sorted.counted(place).unwrap_or_else(here)
        };
        let (finder, carts, now_ms) = &mut self.carts;
        let found = finder.carts(timeline, *now_ms).into_iter();
        carts.add(found.filter(|cart| counts(cart.last)));
        let (finder, forms) = &mut self.forms;
        finder.add(timeline, names, counts, forms);
    }
}

/// What was counted.
#[derive(Default)]
struct Counted {
    report: Report,
    carts: Carts,
    forms: BTreeMap<String, Form>,
}

/// A question with everything that is looked up before events are read.
pub(super) struct Asked {
    zone: TimeZone,
    pub(super) crowd: Crowd,
    pub(super) attributes: Arc<Attributes>,
    goals: Vec<(String, Pattern)>,
}

fn invalid(path: &str, message: String, hint: &str) -> Error {
    Error::Question(vec![Problem::new(path, message).hint(hint)])
}

/// A time zone by its name.
fn zone(name: &str) -> Result<TimeZone, Error> {
    TimeZone::get(name).map_err(|_| {
        let message = format!("{name:?} is no time zone");
        invalid("/zone", message, "use a name such as Europe/London or UTC")
    })
}

pub(super) async fn ask(
    engine: &Engine,
    question: &Question,
    goals: &[(String, Goal)],
) -> Result<Asked, Error> {
    let zone = zone(&question.zone)?;
    let range = question.period.range(engine.now);
    if range.from >= range.until {
        let message = "the period ends before it begins, or lies in the future".to_owned();
        return Err(invalid("/period", message, "let until be later than from"));
    }
    let audience = engine.audience(question.filter.as_ref()).await?;
    let country = BTreeSet::from(["country".to_owned()]);
    let patterns = goals
        .iter()
        .filter_map(|(key, goal)| goal.of.pattern().ok().map(|pattern| (key.clone(), pattern)));
    Ok(Asked {
        zone,
        crowd: Crowd {
            audience,
            everyone: None,
        },
        attributes: Arc::new(engine.attributes(country).await?),
        goals: patterns.collect(),
    })
}

/// What is read, and the counters it is shown to.
fn tally(
    question: &Question,
    asked: &Asked,
    range: Range,
    now_ms: i64,
    list: bool,
) -> (Plan, Tally) {
    let rules = question.sessions.rules(&asked.zone);
    let mut plan = Plan {
        // A visit that goes on at the beginning of the period is known as one that began before.
        since_ms: since(range).map(|since| since.saturating_sub(rules.gap_ms)),
        until_ms: Some(range.until),
        others: Some(Vec::new()),
        ..Plan::default()
    };
    let plain = |event: &str| Pattern {
        event: event.to_owned(),
        tests: Vec::new(),
    };
    let order = plan.known(plain(&question.order_event));
    let added = plan.known(plain(&question.cart_event));
    let columns = Columns::of(&mut plan, Some((order, &question.order_value)));
    let goals: Vec<usize> = asked
        .goals
        .iter()
        .map(|(_, pattern)| plan.known(pattern.clone()))
        .collect();
    let visits = Visits {
        columns,
        marks: Marks {
            goals,
            order: Some(order),
        },
        rules: rules.clone(),
        everything: question.sessions.without_pages,
    };
    let carts = CartFinder {
        added,
        ordered: order,
        columns: ["value", "price", "quantity"].map(|path| plan.column(Some(added), path)),
        rules,
    };
    let patterns =
        [form::STARTED, form::STEPPED, form::SUBMITTED].map(|name| plan.known(plain(name)));
    let forms = FormFinder {
        patterns,
        forms: patterns.map(|pattern| plan.column(Some(pattern), "form_id")),
        step: plan.column(Some(patterns[1]), "step"),
    };
    let counting = Counting {
        visits: Arc::new(visits),
        range,
        calendar: Calendar::new(question.unit, asked.zone.clone()),
        only: question.only.clone(),
        with_bots: question.sessions.with_bots,
        goals: asked.goals.iter().map(|(key, _)| key.clone()).collect(),
        attributes: asked.attributes.clone(),
        list,
    };
    // An order may follow a cart after the period, a cart may begin before it.
    plan.until_ms = plan
        .until_ms
        .map(|until| (until + super::cart::BOUGHT_WITHIN_MS).min(now_ms + 1));
    let tally = Tally {
        visits: Counter::new(counting),
        carts: (carts, Carts::default(), now_ms),
        forms: (forms, BTreeMap::new()),
        outside: question.only.is_empty().then_some(range),
    };
    (plan, tally)
}

async fn count(
    engine: &Engine,
    question: &Question,
    asked: &Asked,
    range: Range,
    list: bool,
) -> Result<Counted, Error> {
    let now_ms = engine.now.0;
    let (plan, _) = tally(question, asked, range, now_ms, list);
    let make = |_: &mut Names| tally(question, asked, range, now_ms, list).1;
    let names = &asked.attributes.names;
    let folds = engine.pass(plan, &asked.crowd, names, make).await?;
    let mut counted = Counted::default();
    for (fold, names) in folds {
        counted.report.join(fold.visits.finish(&names));
        counted.carts.join(fold.carts.1);
        for (key, form) in fold.forms.1 {
            let known = counted.forms.entry(key).or_default();
            known.started += form.started;
            known.submitted += form.submitted;
            for (step, (reached, left)) in form.steps {
                let step = known.steps.entry(step).or_default();
                step.0 += reached;
                step.1 += left;
            }
        }
    }
    Ok(counted)
}

/// The stretch of time that a stretch is compared with.
fn earlier(range: Range, compare: Compare) -> Range {
    let shift = |ms: i64| match compare {
        Compare::Previous => ms - (range.until - range.from),
        Compare::Year => {
            let at = Timestamp(ms).to_jiff().to_zoned(TimeZone::UTC);
            let there = at.checked_sub(jiff::Span::new().years(1));
            there.map_or(ms, |there| there.timestamp().as_millisecond())
        }
    };
    Range {
        from: shift(range.from),
        until: shift(range.until),
    }
}

/// Answers a question; numbers of fewer than `least` visitors are hidden.
pub async fn answer(
    engine: &Engine,
    question: &Question,
    goals: &[(String, Goal)],
    least: u64,
) -> Result<Answer, Error> {
    let asked = ask(engine, question, goals).await?;
    let range = question.period.range(engine.now);
    let mut counted = count(engine, question, &asked, range, false).await?;
    let few = |count: u64| count > 0 && count < least;
    let crowd = asked
        .crowd
        .audience
        .as_ref()
        .map_or(least, |audience| audience.len());
    let hidden = few(counted.report.total.visitors) || few(crowd);
    if hidden {
        counted = Counted::default();
    }
    let open = range.from == i64::MIN;
    let before = match question.compare.filter(|_| !open && !hidden) {
        Some(compare) => {
            let range = earlier(range, compare);
            let then = count(engine, question, &asked, range, false).await?.report;
            let safe = !few(then.total.visitors);
            safe.then_some((then, range))
        }
        None => None,
    };
    let calendar = Calendar::new(question.unit, asked.zone.clone());
    let first = counted.report.series.keys().next().copied();
    let from = if open {
        first.map_or(range.until, |unit| calendar.start_ms(unit))
    } else {
        range.from
    };
    Ok(Answer {
        as_of: engine.now,
        from: Timestamp(from),
        until: Timestamp(range.until),
        least_customers: least,
        hidden,
        total: Numbers::from(&counted.report.total),
        before: before
            .as_ref()
            .map(|(report, _)| Numbers::from(&report.total)),
        series: points(
            &counted.report,
            before.as_ref(),
            &calendar,
            (from, range.until),
            least,
        ),
        breakdowns: breakdowns(
            &counted.report,
            before.as_ref().map(|(report, _)| report),
            least,
        ),
        bots: counted.report.bots,
        carts: carts(counted.carts, least),
        forms: forms(counted.forms, least),
    })
}

fn points(
    report: &Report,
    before: Option<&(Report, Range)>,
    calendar: &Calendar,
    (from, until): (i64, i64),
    least: u64,
) -> Vec<Point> {
    let last = calendar.number(until - 1);
    let first = calendar.number(from).max(last - POINTS_LIMIT + 1);
    // The visits of all units are those in all.
    let open = |report: &Report| -> BTreeSet<i64> {
        let visitors: Vec<u64> = report.series.values().map(|sums| sums.visitors).collect();
        let units = report.series.keys().zip(shown(&visitors, least));
        units
            .filter_map(|(unit, shown)| shown.then_some(*unit))
            .collect()
    };
    let told = |report: &Report, open: &BTreeSet<i64>, unit: i64| match report.series.get(&unit) {
        Some(sums) => open.contains(&unit).then(|| Numbers::from(sums)),
        None => Some(Numbers::from(&Sums::default())),
    };
    let now_open = open(report);
    let before = before.map(|(report, range)| {
        let shift = calendar.number(from) - calendar.number(range.from);
        (report, open(report), shift)
    });
    let point = |unit: i64| Point {
        from: Timestamp(calendar.start_ms(unit)),
        numbers: told(report, &now_open, unit),
        before: before
            .as_ref()
            .and_then(|(report, open, shift)| told(report, open, unit - shift)),
    };
    (first..=last).map(point).collect()
}

fn breakdowns(report: &Report, before: Option<&Report>, least: u64) -> Vec<Breakdown> {
    let of = |dimension| breakdown(report, before, dimension, (least, ROWS_LIMIT));
    Dimension::ALL.into_iter().map(of).collect()
}

/// The values of a dimension whose numbers are shown, at most so many, the most visited first.
pub(super) fn breakdown(
    report: &Report,
    before: Option<&Report>,
    dimension: Dimension,
    (least, limit): (u64, usize),
) -> Breakdown {
    let then = before.map(|before| open(before, dimension, least));
    let earlier = |value: &str| match (before?.of(dimension, value), then.as_ref()?.get(value)) {
        (None, _) => Some(0),
        (Some(_), sums) => sums.map(|sums| sums.visits),
    };
    let found = open(report, dimension, least).into_iter();
    let mut rows: Vec<Row> = found
        .map(|(value, sums)| Row {
            numbers: Numbers::from(sums),
            visits_before: earlier(value),
            value: value.to_owned(),
        })
        .collect();
    rows.sort_by(|one, other| {
        let by_visits = other.numbers.visits.cmp(&one.numbers.visits);
        by_visits.then_with(|| one.value.cmp(&other.value))
    });
    let values = rows.len();
    rows.truncate(limit);
    Breakdown {
        dimension,
        rows,
        values,
    }
}

/// The values of a dimension whose numbers may be shown: neither a handful, nor what a handful
/// follows from, by the number of all visits.
fn open(report: &Report, dimension: Dimension, least: u64) -> BTreeMap<&str, &Sums> {
    let found: Vec<(&str, &Sums)> = report.values(dimension).collect();
    let mut visitors: Vec<u64> = found.iter().map(|(_, sums)| sums.visitors).collect();
    // Visits without any value are a value, too.
    let visits: u64 = found.iter().map(|(_, sums)| sums.visits).sum();
    visitors.push(report.total.visits.saturating_sub(visits));
    let shown = shown(&visitors, least);
    let open = found.into_iter().zip(shown);
    open.filter_map(|(row, shown)| shown.then_some(row))
        .collect()
}

/// Carts, unless there are so few customers with one kind of them that they are told by it.
fn carts(carts: Carts, least: u64) -> Option<CartNumbers> {
    let few = |count: &u64| *count > 0 && *count < least;
    (!carts.customers.iter().any(few)).then(|| carts.into())
}

fn forms(found: BTreeMap<String, Form>, least: u64) -> Vec<FormNumbers> {
    let numbers = |(form, counted): (String, Form)| {
        let Form {
            started,
            submitted,
            steps,
        } = counted;
        let safe = |part: &u64| shown_steps(&[started, *part], least)[1];
        // Whoever did not submit it left it at a step, or before any.
        let mut left: Vec<u64> = steps.values().map(|(_, left)| *left).collect();
        left.push((started - submitted).saturating_sub(left.iter().sum()));
        let open = shown(&left, least);
        let steps = steps.into_iter().zip(open);
        let mut steps: Vec<FormStep> = steps
            .filter(|((_, (reached, _)), _)| safe(reached))
            .map(|((step, (reached, left)), open)| FormStep {
                step,
                reached,
                left: (open && safe(&submitted)).then_some(left),
            })
            .collect();
        steps.sort_by(|one, other| {
            let by_reached = other.reached.cmp(&one.reached);
            by_reached.then_with(|| one.step.cmp(&other.step))
        });
        FormNumbers {
            form,
            started,
            submitted: Some(submitted).filter(safe),
            steps,
        }
    };
    let found = found.into_iter().filter(|(_, form)| form.started >= least);
    let mut forms: Vec<FormNumbers> = found.map(numbers).collect();
    forms.sort_by(|one, other| {
        let by_started = other.started.cmp(&one.started);
        by_started.then_with(|| one.form.cmp(&other.form))
    });
    forms
}

/// The visitors of a question, and the rule that exactly they satisfy where criteria can say it:
/// for what somebody did or looked at, not for what only a visit as a whole tells.
pub async fn customers(
    engine: &Engine,
    question: &Question,
    goals: &[(String, Goal)],
) -> Result<Found, Error> {
    let asked = ask(engine, question, goals).await?;
    let range = question.period.range(engine.now);
    let counted = count(engine, question, &asked, range, true).await?;
    let mut customers = counted.report.customers;
    customers.sort_unstable();
    customers.dedup();
    Ok(Found {
        customers,
        rule: rule(question, &asked),
    })
}

/// A rule for a question about one thing that visitors did.
fn rule(question: &Question, asked: &Asked) -> Option<Criteria> {
    let [Only { dimension, value }] = &question.only[..] else {
        return None;
    };
    let window = match question.period.days {
        Some(_) => question.period.window(),
        None => between(
            question.period.from.map(|at| at.0),
            question.period.until.map(|at| at.0),
        ),
    };
    let pattern = match dimension {
        Dimension::Goal => {
            let found = asked.goals.iter().find(|(key, _)| key == value);
            found.map(|(_, pattern)| pattern.clone())?
        }
        Dimension::Event => Pattern {
            event: value.clone(),
            tests: Vec::new(),
        },
        _ => return None,
    };
    // Whoever did it outside a visit, in a store for example, satisfies the rule as well.
    if !question.sessions.without_pages || !question.sessions.with_bots {
        return None;
    }
    let mut parts: Vec<Criteria> = question.filter.clone().into_iter().collect();
    parts.push(did(pattern, window));
    Some(Criteria::All(parts).simplified())
}
