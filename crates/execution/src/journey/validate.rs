//! What is wrong with a journey, where, and how to mend it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use store::definition::{Problem, ProblemCode, key_problem};

use super::{Action, Journey, Step};

/// Steps one journey may have.
const STEPS_LIMIT: usize = 200;
/// The longest waiting time: a year.
const LONGEST_MS: i64 = 366 * 86_400_000;

/// Everything that is wrong with the body of a journey.
pub fn validate(body: &Value) -> Vec<Problem> {
    let journey: Journey = match serde_path_to_error::deserialize(body) {
        Ok(journey) => journey,
        Err(error) => {
            let path = format!("/{}", error.path().to_string().replace(['.', '['], "/"));
            let path = path.replace(']', "");
            return vec![Problem::unreadable(path, &error.into_inner().to_string())];
        }
    };
    let mut problems = vec![];
    if journey.entry.on.is_empty() {
        let said = (ProblemCode::Empty, "nobody can enter: there is no event");
        problems.push(
            Problem::new("/entry/on", said)
                .hint("name at least one event, for example \"Product Added\""),
        );
    }
    if !(0..=LONGEST_MS).contains(&journey.entry.within_ms) {
        let said = (ProblemCode::NotADuration, "must be between 0 and a year");
        problems.push(Problem::new("/entry/within_ms", said));
    }
    if !(0.0..=1.0).contains(&journey.control_fraction) {
        let said = (ProblemCode::OutOfRange, "this is no share of customers");
        problems.push(
            Problem::new("/control_fraction", said)
                .with("value", journey.control_fraction)
                .with("low", 0)
                .with("high", 1)
                .hint("use a number from 0 to 1"),
        );
    }
    if journey.steps.is_empty() || journey.steps.len() > STEPS_LIMIT {
        let message = format!("a journey has 1 to {STEPS_LIMIT} steps");
        let said = (ProblemCode::EmptyOrTooMany, message);
        problems.push(Problem::new("/steps", said).with("most", STEPS_LIMIT));
    }
    let mut ids = HashSet::new();
    for (at, step) in journey.steps.iter().enumerate() {
        if !ids.insert(step.id.as_str()) {
            let message = format!("there are two steps {:?}", step.id);
            let said = (ProblemCode::Twice, message);
            problems.push(Problem::new(format!("/steps/{at}/id"), said));
        }
    }
    for (at, step) in journey.steps.iter().enumerate() {
        check_step(at, step, &journey, &ids, &mut problems);
    }
    check_circles(&journey, &mut problems);
    problems
}

fn check_step(
    at: usize,
    step: &Step,
    journey: &Journey,
    ids: &HashSet<&str>,
    problems: &mut Vec<Problem>,
) {
    for (path, next) in exits(&step.action) {
        if !ids.contains(next) {
            let known: Vec<&str> = journey.steps.iter().map(|s| s.id.as_str()).collect();
            let known = known.join(", ");
            let said = (
                ProblemCode::NoSuchStep,
                format!("there is no step {next:?}"),
            );
            problems.push(
                Problem::new(format!("/steps/{at}/{path}"), said)
                    .with("name", next)
                    .with("choices", known.as_str())
                    .hint(format!("steps are: {known}")),
            );
        }
    }
    match &step.action {
        Action::Wait { for_ms, until, .. } => {
            problems.extend(wait_problem(at, *for_ms, until.as_deref()));
        }
        Action::Message { channel, offer, .. } => {
            if channel != "email" {
                let said = (ProblemCode::CannotSend, format!("{channel:?} cannot send"));
                problems.push(
                    Problem::new(format!("/steps/{at}/channel"), said)
                        .with("channel", channel.as_str())
                        .hint("messages leave by \"email\""),
                );
            }
            let decides = |id: &String| {
                journey
                    .steps
                    .iter()
                    .any(|s| s.id == *id && matches!(s.action, Action::Decide { .. }))
            };
            if let Some(id) = offer.as_ref().filter(|id| !decides(id)) {
                let said = (
                    ProblemCode::NotADecision,
                    format!("{id:?} is not a decide step"),
                );
                let problem = Problem::new(format!("/steps/{at}/offer"), said);
                problems.push(problem.with("name", id.as_str()));
            }
        }
        Action::Experiment {
            experiment, ways, ..
        } => {
            if let Some(problem) = key_problem(experiment) {
                let path = format!("/steps/{at}/experiment");
                problems.push(Problem { path, ..problem });
            }
            if ways.is_empty() {
                let path = format!("/steps/{at}/ways");
                let said = (ProblemCode::LeadsNowhere, "no variant leads anywhere");
                problems.push(
                    Problem::new(path, said).hint("name a step for each variant of the experiment"),
                );
            }
        }
        Action::Split { .. } | Action::Decide { .. } | Action::End {} => {}
    }
}

/// What is wrong with how long a step waits.
fn wait_problem(at: usize, for_ms: Option<i64>, until: Option<&str>) -> Option<Problem> {
    let waits = for_ms.is_some_and(|ms| (1..=LONGEST_MS).contains(&ms));
    let time = until.map(|text| text.parse::<jiff::civil::Time>());
    let (path, said, hint) = match (for_ms, time) {
        (Some(_), _) if !waits => {
            let message = "must be between a millisecond and a year";
            ("/for_ms", (ProblemCode::NotADuration, message), None)
        }
        (_, Some(Err(_))) => {
            let said = (ProblemCode::NotATimeOfDay, "is not a time of day");
            ("/until", said, Some("write it as 09:00"))
        }
        (None, None) => {
            let message = "a wait needs for_ms or until";
            ("", (ProblemCode::WaitsForNothing, message), None)
        }
        (Some(_), _) | (None, Some(Ok(_))) => return None,
    };
    let problem = Problem::new(format!("/steps/{at}{path}"), said);
    Some(match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    })
}

/// The steps a step leads to, with their place in it.
pub(super) fn exits(action: &Action) -> Vec<(String, &str)> {
    let all: Vec<(String, &Option<String>)> = match action {
        Action::Wait { next, .. } | Action::Message { next, .. } => vec![("next".into(), next)],
        Action::Split {
            branches,
            otherwise,
        } => branches
            .iter()
            .enumerate()
            .map(|(at, branch)| (format!("branches/{at}/next"), &branch.next))
            .chain([("otherwise".into(), otherwise)])
            .collect(),
        Action::Experiment {
            ways, otherwise, ..
        } => ways
            .iter()
            .map(|(variant, next)| (format!("ways/{variant}"), next))
            .chain([("otherwise".into(), otherwise)])
            .collect(),
        Action::Decide {
            next_offer,
            next_nothing,
            ..
        } => {
            vec![
                ("next_offer".into(), next_offer),
                ("next_nothing".into(), next_nothing),
            ]
        }
        Action::End {} => vec![],
    };
    all.into_iter()
        .filter_map(|(place, next)| Some((place, next.as_deref()?)))
        .collect()
}

/// A circle without a wait would never end.
fn check_circles(journey: &Journey, problems: &mut Vec<Problem>) {
    let steps: HashMap<&str, &Step> = journey.steps.iter().map(|s| (s.id.as_str(), s)).collect();
    for (at, start) in journey.steps.iter().enumerate() {
        let mut seen = HashSet::new();
        let mut open = vec![start];
        while let Some(step) = open.pop() {
            if matches!(step.action, Action::Wait { .. }) {
                continue;
            }
            for (_, next) in exits(&step.action) {
                if next == start.id {
                    let message = format!("step {next:?} leads back to itself without a wait");
                    let said = (ProblemCode::CircleWithoutWait, message);
                    problems.push(
                        Problem::new(format!("/steps/{at}"), said)
                            .with("name", next)
                            .hint("put a wait into the circle"),
                    );
                    return;
                }
                if seen.insert(next) {
                    open.extend(steps.get(next));
                }
            }
        }
    }
}
