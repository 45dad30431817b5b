//! Forms: started, stepped through, submitted, and where they were left.

use std::collections::{BTreeMap, BTreeSet};

use crate::explore::timeline::{Cell, Names, Timeline};

/// The events of forms; `form_id` says which form, `step` which field or page of it.
pub const STARTED: &str = "Form Started";
/// A step of a form was done.
pub const STEPPED: &str = "Form Stepped";
/// A form was submitted.
pub const SUBMITTED: &str = "Form Submitted";

/// What one form comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Customers who started it.
    pub started: u64,
    /// Of these, who submitted it.
    pub submitted: u64,
    /// By step: customers who got there, and those for whom it was the last.
    pub steps: BTreeMap<String, (u64, u64)>,
}

/// Where forms are found: the numbers of the three patterns and, for each, of the columns with
/// the form and the step.
#[derive(Debug, Clone)]
pub struct Finder {
    /// The patterns.
    pub patterns: [usize; 3],
    /// The columns with the form.
    pub forms: [usize; 3],
    /// The column with the step of `STEPPED`.
    pub step: usize,
}

#[derive(Default)]
struct Filled {
    submitted: bool,
    steps: BTreeSet<u32>,
    last: Option<u32>,
}

impl Finder {
    /// Adds what one customer did with forms, by the events that count.
    pub fn add(
        &self,
        timeline: &Timeline<'_>,
        names: &mut Names,
        counts: impl Fn(usize) -> bool,
        forms: &mut BTreeMap<String, Form>,
    ) {
        let mut filled: BTreeMap<u32, Filled> = BTreeMap::new();
        let events = timeline.events.iter().enumerate();
        for (place, event) in events.filter(|(place, _)| counts(*place)) {
            for kind in 0..3 {
                if !event.is(self.patterns[kind]) {
                    continue;
                }
                let form = match timeline.cell(place, self.forms[kind]) {
                    Cell::Text(form) => *form,
                    Cell::Number(number) => names.number(&format!("t{number}")),
                    Cell::Missing | Cell::Many(_) => continue,
                };
                let filled = filled.entry(form).or_default();
                filled.submitted |= kind == 2;
                let step = timeline.cell(place, self.step).clone();
                if kind == 1
                    && let Some(step) = names.of_cell(&step)
                {
                    filled.steps.insert(step);
                    filled.last = Some(step);
                }
            }
        }
        let text = |number: u32| names.text(number).get(1..).unwrap_or_default().to_owned();
        for (form, filled) in filled {
            let form = forms.entry(text(form)).or_default();
            form.started += 1;
            form.submitted += u64::from(filled.submitted);
            for step in &filled.steps {
                form.steps.entry(text(*step)).or_default().0 += 1;
            }
            if let Some(last) = filled.last.filter(|_| !filled.submitted) {
                form.steps.entry(text(last)).or_default().1 += 1;
            }
        }
    }
}
