//! What is wrong with a segment: on its own, and among the others.

use memory::criteria::{self, Criteria, Tangle, expand};
use serde_json::Value;
use store::definition::{Definition, Problem, ProblemCode};

use super::{Best, KIND, Membership, Segment};
use crate::body::{Check, read};

/// The longest description.
const DESCRIPTION_LIMIT: usize = 1_000;

/// Everything that is wrong with the body of a segment.
pub(super) fn validate(body: &Value) -> Vec<Problem> {
    let segment: Segment = match read(body) {
        Ok(segment) => segment,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&segment.name);
    for (language, text) in &segment.description.0 {
        let path = format!("/description/{language}");
        let given = (text.chars().count(), DESCRIPTION_LIMIT);
        let hint = "use at most 1000 characters";
        let said = (ProblemCode::TooLong, "the description is too long");
        check.at_most(given, path, said, hint);
    }
    match &segment.criteria {
        Some(json) => {
            if let Err(problems) = criteria::read_checked(json, &criteria::Vocabulary::default()) {
                check.0.extend(problems.into_iter().map(|problem| Problem {
                    path: format!("/criteria{}", problem.path),
                    ..problem
                }));
            }
        }
        None => {
            let needed = segment.membership == Membership::Live;
            let hint = "write a rule, or make the segment static and upload its members";
            check.demand(
                !needed,
                "/criteria",
                (ProblemCode::Empty, "a live segment has a rule"),
                hint,
            );
        }
    }
    if let Some(household) = &segment.household {
        let hint = "name an attribute of customers, for example household_id";
        let named = !household.attribute.trim().is_empty();
        check.demand(
            named,
            "/household/attribute",
            (ProblemCode::Empty, "the attribute is missing"),
            hint,
        );
        if let Best::Attribute { attribute } = &household.best {
            let named = !attribute.trim().is_empty();
            let path = "/household/best/attribute";
            check.demand(
                named,
                path,
                (ProblemCode::Empty, "the attribute is missing"),
                hint,
            );
        }
        let live = segment.membership == Membership::Live;
        let hint = "make it live, or take the household away";
        check.demand(
            live,
            "/household",
            "a static segment has no households",
            hint,
        );
    }
    check.0
}

/// What is wrong with a definition among the others: rules that lead back to themselves through
/// segments. `others` are the newest versions of all segments.
pub fn across(kind: &str, key: &str, body: &Value, others: &[Definition]) -> Vec<Problem> {
    if kind != KIND.name {
        return vec![];
    }
    let rule_of = |body: &Value| -> Option<Criteria> {
        let segment: Segment = read(body).ok()?;
        criteria::read(segment.criteria.as_ref()?).ok()
    };
    let rules: Vec<(&str, Criteria)> = others
        .iter()
        .filter(|other| other.key != key)
        .filter_map(|other| Some((other.key.as_str(), rule_of(&other.body)?)))
        .collect();
    let Some(own) = rule_of(body) else {
        return vec![];
    };
    let find = |wanted: &str| {
        if wanted == key {
            return Some(&own);
        }
        let known = rules.iter().find(|(known, _)| *known == wanted);
        known.map(|(_, rule)| rule)
    };
    match expand(&Criteria::Segment(key.to_owned()), &find) {
        Ok(_) => vec![],
        Err(tangle) => vec![tangled("/criteria", &tangle)],
    }
}

/// What is wrong with a rule whose segments cannot be resolved.
pub fn tangled(place: impl Into<String>, tangle: &Tangle) -> Problem {
    match tangle {
        Tangle::Cycle(path) => {
            let path = path.join(" → ");
            let message = format!("the segment leads back to itself: {path}");
            let problem = Problem::new(place, (ProblemCode::LeadsBack, message));
            let hint = "take one of these references out";
            problem.with("path", path).hint(hint)
        }
        Tangle::TooLarge => {
            let most = criteria::MAX_EXPANDED;
            let message = format!("with the segments in it the rule has over {most} conditions");
            let problem = Problem::new(place, (ProblemCode::TooManyConditions, message));
            problem.with("most", most).hint("use fewer segments in it")
        }
    }
}
