//! What is wrong with the body of an experiment, where, and how to mend it.

use std::collections::HashSet;

use memory::criteria::{Vocabulary, read_checked};
use serde_json::Value;
use store::definition::{Problem, ProblemCode, Said, key_problem};

use super::{Experiment, LARGEST_HOLDOUT, Metric, Subject, Variant};

/// The most variants of one experiment.
const LARGEST_VARIANTS: usize = 10;
/// The most guardrails.
const LARGEST_GUARDRAILS: usize = 10;
/// The longest windows, in days.
const LARGEST_DAYS: u32 = 366;

/// Everything that is wrong with a body.
pub fn validate(body: &Value) -> Vec<Problem> {
    let experiment: Experiment = match serde_path_to_error::deserialize(body) {
        Ok(experiment) => experiment,
        Err(error) => {
            let path = error
                .path()
                .to_string()
                .replace(['.', '['], "/")
                .replace(']', "");
            let path = if path == "/" {
                String::new()
            } else {
                format!("/{path}")
            };
            return vec![Problem::unreadable(path, &error.into_inner().to_string())];
        }
    };
    let mut check = Check::default();
    check.name(&experiment);
    check.numbers(&experiment);
    check.variants(&experiment);
    if let Some(audience) = &experiment.audience
        && let Err(problems) = read_checked(audience, &Vocabulary::default())
    {
        check.0.extend(problems.into_iter().map(|problem| Problem {
            path: format!("/audience{}", problem.path),
            ..problem
        }));
    }
    check.metric(&experiment.metric, "/metric");
    if experiment.guardrails.len() > LARGEST_GUARDRAILS {
        let said = (ProblemCode::TooMany, "too many guardrails");
        let problem = Problem::new("/guardrails", said).with("most", LARGEST_GUARDRAILS);
        check.0.push(problem.hint("use at most 10"));
    }
    for (at, guardrail) in experiment.guardrails.iter().enumerate() {
        check.metric(&guardrail.metric, &format!("/guardrails/{at}/metric"));
        let path = format!("/guardrails/{at}/tolerance");
        check.within(guardrail.tolerance, 0.0, 1.0, path);
    }
    check.0
}

#[derive(Default)]
struct Check(Vec<Problem>);

/// What a variant of a strategy cannot change: where it applies, how customers are dealt and
/// grouped, and how models learn, because all decisions share them.
const SAME_FOR_ALL: [&str; 5] = [
    "universal_control_fraction",
    "placements",
    "channels",
    "groups",
    "learning",
];

impl Check {
    fn demand(&mut self, good: bool, path: impl Into<String>, said: impl Into<Said>, hint: &str) {
        if !good {
            self.0.push(Problem::new(path, said).hint(hint));
        }
    }

    fn within(&mut self, value: f64, low: f64, high: f64, path: impl Into<String>) {
        if value >= low && value <= high {
            return;
        }
        let message = format!("{value} is not between {low} and {high}");
        let problem = Problem::new(path, (ProblemCode::OutOfRange, message))
            .with("value", value)
            .with("low", low)
            .with("high", high);
        let hint = format!("use a number from {low} to {high}");
        self.0.push(problem.hint(hint));
    }

    fn name(&mut self, experiment: &Experiment) {
        let named = experiment.name.values().any(|text| !text.trim().is_empty());
        let hint = "give a name in at least one language, for example {\"en\": \"Two offers\"}";
        self.demand(
            named,
            "/name",
            (ProblemCode::Empty, "the name is empty"),
            hint,
        );
        let subject = match &experiment.subject {
            Subject::Placement { key }
            | Subject::Offer { key }
            | Subject::Strategy { key }
            | Subject::Journey { key } => key,
            Subject::Offers {} | Subject::Touchpoint {} => return,
        };
        self.key(subject, "/subject/key");
    }

    fn key(&mut self, key: &str, path: &str) {
        if let Some(problem) = key_problem(key) {
            let path = path.to_owned();
            self.0.push(Problem { path, ..problem });
        }
    }

    fn numbers(&mut self, experiment: &Experiment) {
        self.within(experiment.share, 0.0, 1.0, "/share");
        self.within(experiment.holdout, 0.0, LARGEST_HOLDOUT, "/holdout");
        self.within(experiment.expected_lift, 0.001, 10.0, "/expected_lift");
        let most = f64::from(LARGEST_DAYS);
        self.within(
            f64::from(experiment.minimum_days),
            0.0,
            most,
            "/minimum_days",
        );
        self.within(f64::from(experiment.window_days), 1.0, most, "/window_days");
        if let (Some(from), Some(until)) = (experiment.starts_at, experiment.ends_at) {
            let hint = "let it end after its start";
            self.demand(
                from < until,
                "/ends_at",
                (ProblemCode::EndsBeforeStart, "it ends before it starts"),
                hint,
            );
        }
        if let Some(slice) = &experiment.exclusion {
            self.key(&slice.group, "/exclusion/group");
            self.within(slice.from, 0.0, 1.0, "/exclusion/from");
            self.within(slice.to, 0.0, 1.0, "/exclusion/to");
            let hint = "let its part of the group end after its beginning";
            let message = (
                ProblemCode::EndsBeforeStart,
                "nobody is in this part of the group",
            );
            self.demand(slice.from < slice.to, "/exclusion/to", message, hint);
        }
    }

    fn variants(&mut self, experiment: &Experiment) {
        if !(2..=LARGEST_VARIANTS).contains(&experiment.variants.len()) {
            let hint = "use 2 to 10 variants; the first is the baseline";
            let said = (ProblemCode::NoComparison, "this is no comparison");
            let problem = Problem::new("/variants", said).with("most", LARGEST_VARIANTS);
            self.0.push(problem.hint(hint));
        }
        let mut keys = HashSet::new();
        for (at, variant) in experiment.variants.iter().enumerate() {
            let path = format!("/variants/{at}");
            self.key(&variant.key, &format!("{path}/key"));
            let fresh = keys.insert(variant.key.as_str());
            let hint = "give every variant a key of its own";
            self.demand(
                fresh,
                format!("{path}/key"),
                (ProblemCode::Twice, "the key is there twice"),
                hint,
            );
            self.within(variant.share, 0.0, 1.0, format!("{path}/share"));
            self.change(&experiment.subject, variant, &path);
        }
        let sum: f64 = experiment
            .variants
            .iter()
            .map(|variant| variant.share)
            .sum();
        if (sum - 1.0).abs() >= 1e-6 {
            let message = format!("the shares add up to {sum}");
            let hint = "let the shares of all variants add up to 1";
            let problem = Problem::new("/variants", (ProblemCode::SharesNotWhole, message));
            self.0.push(problem.with("sum", sum).hint(hint));
        }
        if let Some(winner) = &experiment.winner {
            let known = keys.contains(winner.variant.as_str());
            let hint = "name one of the variants";
            self.demand(
                known,
                "/winner/variant",
                (ProblemCode::NoSuchVariant, "there is no such variant"),
                hint,
            );
        }
    }

    /// A variant changes only what its subject allows.
    fn change(&mut self, subject: &Subject, variant: &Variant, path: &str) {
        let allowed: &[&str] = match subject {
            Subject::Placement { .. } => &["fallback", "count"],
            Subject::Offer { .. } => &["variant"],
            Subject::Offers {} => &["offers"],
            Subject::Touchpoint {} => &["value"],
            Subject::Journey { .. } => &[],
            Subject::Strategy { .. } => {
                for field in SAME_FOR_ALL {
                    let there = variant.change.contains_key(field);
                    let path = format!("{path}/change/{field}");
                    let hint = "leave it out; it is the same for everybody";
                    if there {
                        let message = "this part of a strategy cannot be varied";
                        let problem = Problem::new(path, (ProblemCode::CannotVary, message));
                        self.0.push(problem.with("field", field).hint(hint));
                    }
                }
                return;
            }
        };
        for field in variant.change.keys() {
            let hint = if allowed.is_empty() {
                "remove it; the journey's split says where the variant leads".to_owned()
            } else {
                format!("use {}", allowed.join(" or "))
            };
            let message = format!(
                "an experiment on {} does not vary {field:?}",
                subject.word()
            );
            if !allowed.contains(&field.as_str()) {
                let said = (ProblemCode::CannotVary, message);
                let problem = Problem::new(format!("{path}/change/{field}"), said);
                self.0.push(problem.with("field", &**field).hint(hint));
            }
        }
    }

    fn metric(&mut self, metric: &Metric, path: &str) {
        for event in metric.events() {
            let hint = "name an event, for example \"Order Completed\"";
            let named = !event.trim().is_empty();
            self.demand(
                named,
                format!("{path}/event"),
                (ProblemCode::Empty, "there is no event"),
                hint,
            );
        }
        let named = metric.events().iter().all(|event| !event.trim().is_empty());
        if named && let Err(message) = metric.ready(None) {
            let hint = "write it as in criteria: [{\"property\": \"total\", \"greater\": 50}]";
            self.demand(false, format!("{path}/where"), &message, hint);
        }
    }
}
