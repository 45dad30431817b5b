//! Conflicts of experiments that vary one thing at the same time.

use awareness::experiment::{Experiment, Subject};
use memory::criteria::{Criteria, read};
use serde_json::json;
use store::Timestamp;

use super::never::{Verdict, verdict};
use super::{Conflict, ConflictCode};
use crate::catalog::Catalog;
use crate::experiment::{self, ExperimentEntry};

/// Experiments that another one stands in the way of, because both vary the same thing at the same
/// time and no exclusion group keeps them apart.
pub(super) fn together(catalog: &Catalog, now: Timestamp, found: &mut Vec<Conflict>) {
    let entries = &catalog.experiments.entries;
    for (place, entry) in entries.iter().enumerate() {
        for other in &entries[..place] {
            let meet = varies_the_same(entry, other)
                && at_the_same_time(&entry.body, &other.body, now)
                && !grouped(&entry.body, &other.body)
                && share_customers(&entry.body, &other.body);
            if meet {
                found.push(conflict(entry, other));
            }
        }
    }
}

fn conflict(entry: &ExperimentEntry, other: &ExperimentEntry) -> Conflict {
    let subject = entry.body.subject.word();
    let on = subject_key(&entry.body.subject);
    let message = match on {
        // Whoever is in the first one is not dealt into the second.
        Some(on) => format!(
            "it runs on the {subject} {on} at the same time as {}, which comes first: it gets only \
             customers who are not in that one",
            other.key
        ),
        None => format!(
            "it says which offers may be shown at the same time as {}, on the same offers: what \
             one shows the other may hide",
            other.key
        ),
    };
    let place = (experiment::KIND.name, entry.key.as_str(), "/exclusion");
    let detail = json!({ "other": other.key, "subject": subject, "on": on });
    Conflict::new(ConflictCode::ExperimentsTogether, place, message)
        .remedy("put both in one exclusion group, each with a part of its own, or let one wait")
        .detail(detail)
}

fn subject_key(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Placement { key }
        | Subject::Offer { key }
        | Subject::Strategy { key }
        | Subject::Journey { key } => Some(key),
        Subject::Offers {} | Subject::Touchpoint {} => None,
    }
}

/// Whether two experiments vary one thing. What touchpoints vary by themselves nobody knows here.
fn varies_the_same(one: &ExperimentEntry, other: &ExperimentEntry) -> bool {
    match &one.body.subject {
        Subject::Touchpoint {} => false,
        Subject::Offers {} => {
            let mut contested = one.contested.iter();
            contested.any(|offer| other.contested.contains(offer))
        }
        Subject::Placement { .. }
        | Subject::Offer { .. }
        | Subject::Strategy { .. }
        | Subject::Journey { .. } => one.body.subject == other.body.subject,
    }
}

/// Whether there is a moment from now on at which both compare their variants.
fn at_the_same_time(one: &Experiment, other: &Experiment, now: Timestamp) -> bool {
    let from = [one.starts_at, other.starts_at].into_iter().flatten().max();
    let until = [one.ends_at, other.ends_at].into_iter().flatten().min();
    let from = from.map_or(now, |from| from.max(now));
    let undecided = one.winner.is_none() && other.winner.is_none();
    undecided && until.is_none_or(|until| from < until)
}

/// Parts of one group that overlap are a conflict of their own.
fn grouped(one: &Experiment, other: &Experiment) -> bool {
    let groups = one.exclusion.as_ref().zip(other.exclusion.as_ref());
    groups.is_some_and(|(one, other)| one.group == other.group)
}

/// Whether a customer may be in the audience of both.
fn share_customers(one: &Experiment, other: &Experiment) -> bool {
    let audiences = [&one.audience, &other.audience].into_iter().flatten();
    let rules = audiences.filter_map(|json| read(json).ok()).collect();
    let some = one.share > 0.0 && other.share > 0.0;
    some && verdict(&Criteria::All(rules)) != Verdict::Never
}
