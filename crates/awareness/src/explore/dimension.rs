//! Dimensions: which values a customer or an event has, and the rule for those who have one.

use std::sync::Arc;

use memory::criteria::{
    Aggregate, Criteria, Measure as CriteriaMeasure, Named, Occurrence, Pattern, Test, Window,
};
use store::definition::Problem;

use super::attributes::Attributes;
use super::plan::Plan;
use super::question::Dimension;
use super::timeline::{Cell, Names, Timeline, label_of, value_of};

/// The label of customers who lack the attribute.
pub const MISSING: &str = "missing";
/// The label of values beyond those shown.
pub const OTHER: &str = "other";
/// The label of everything together.
pub const TOTAL: &str = "total";

/// A dimension, ready to be looked at.
#[derive(Debug, Clone)]
pub struct Sight {
    what: What,
    cuts: Vec<f64>,
    only: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
enum What {
    Attribute {
        name: String,
        values: Arc<Attributes>,
    },
    Property {
        pattern: usize,
        column: usize,
        of: Pattern,
        name: String,
    },
    Count {
        pattern: usize,
        of: Pattern,
    },
}

impl Sight {
    /// A dimension with what it needs noted in the plan; `path` is where it stands.
    pub fn of(
        dimension: &Dimension,
        plan: &mut Plan,
        attributes: &Arc<Attributes>,
        path: &str,
    ) -> Result<Sight, Vec<Problem>> {
        let (what, cuts) = match dimension {
            Dimension::Attribute { name, cuts } => {
                let values = attributes.clone();
                let name = name.clone();
                (What::Attribute { name, values }, cuts)
            }
            Dimension::Property { of, name, cuts } => {
                let pattern = plan.pattern(of, &format!("{path}/property/of"))?;
                let what = What::Property {
                    pattern,
                    column: plan.column(Some(pattern), name),
                    of: plan.patterns[pattern].clone(),
                    name: name.clone(),
                };
                (what, cuts)
            }
            Dimension::Count { of, cuts } => {
                let pattern = plan.pattern(of, &format!("{path}/count/of"))?;
                let of = plan.patterns[pattern].clone();
                (What::Count { pattern, of }, cuts)
            }
        };
        Ok(Sight {
            what,
            cuts: cuts.clone(),
            only: None,
        })
    }

    /// The same with numbers cut here.
    pub fn cut(mut self, cuts: Vec<f64>) -> Sight {
        self.cuts = cuts;
        self
    }

    /// The same with all but these values put together.
    pub fn only(mut self, values: Vec<String>) -> Sight {
        self.only = Some(values);
        self
    }

    /// Where numbers are cut.
    pub fn cuts(&self) -> &[f64] {
        &self.cuts
    }

    /// Whether customers have it, whatever they did: then everyone is looked at.
    pub fn of_everyone(&self) -> bool {
        match self.what {
            What::Attribute { .. } | What::Count { .. } => true,
            What::Property { .. } => false,
        }
    }

    /// Whether it needs the events.
    pub fn of_events(&self) -> bool {
        match self.what {
            What::Attribute { .. } => false,
            What::Count { .. } | What::Property { .. } => true,
        }
    }

    /// The values of a customer, by number.
    pub fn of_customer(&self, timeline: &Timeline<'_>, names: &mut Names, found: &mut Vec<u32>) {
        found.clear();
        match &self.what {
            What::Attribute { name, values } => match values.cell(timeline.customer_id, name) {
                Some(cell) => self.add(cell, names, found),
                None => found.push(names.label(MISSING)),
            },
            What::Property {
                pattern, column, ..
            } => {
                for (place, event) in timeline.events.iter().enumerate() {
                    if event.is(*pattern) {
                        self.add(timeline.cell(place, *column), names, found);
                    }
                }
            }
            What::Count { pattern, .. } => {
                let count = timeline.events.iter().filter(|event| event.is(*pattern));
                self.add(&Cell::Number(count.count() as f64), names, found);
            }
        }
        found.sort_unstable();
        found.dedup();
    }

    /// The values of one event of `pattern`, when they are that event's own.
    pub fn of_event(
        &self,
        timeline: &Timeline<'_>,
        place: usize,
        measured: usize,
        names: &mut Names,
        found: &mut Vec<u32>,
    ) -> bool {
        let What::Property {
            pattern, column, ..
        } = &self.what
        else {
            return false;
        };
        if *pattern != measured {
            return false;
        }
        found.clear();
        self.add(timeline.cell(place, *column), names, found);
        found.sort_unstable();
        found.dedup();
        true
    }

    /// The property, when it belongs to the events of this pattern.
    pub fn of_first(&self, first: usize) -> Option<&str> {
        match &self.what {
            What::Property { pattern, name, .. } if *pattern == first => Some(name),
            What::Property { .. } | What::Attribute { .. } | What::Count { .. } => None,
        }
    }

    fn add(&self, cell: &Cell, names: &mut Names, found: &mut Vec<u32>) {
        cell.each(&mut |single| found.extend(self.number(single, names)));
    }

    fn number(&self, cell: &Cell, names: &mut Names) -> Option<u32> {
        if let (Cell::Number(number), false) = (cell, self.cuts.is_empty()) {
            let place = self.cuts.partition_point(|cut| cut <= number);
            return Some(names.number(&range_text(&self.cuts, place)));
        }
        let number = names.of_cell(cell)?;
        let Some(only) = &self.only else {
            return Some(number);
        };
        let shown = only.iter().any(|text| **text == *names.text(number));
        Some(if shown { number } else { names.label(OTHER) })
    }

    /// What must hold so that a customer has a value in the window; `None` where no rule says it.
    pub fn rule(&self, text: &str, window: Window) -> Option<Vec<Criteria>> {
        match &self.what {
            What::Attribute { name, values } => {
                let tests = if label_of(text) == Some(TOTAL) {
                    vec![]
                } else if label_of(text) == Some(MISSING) {
                    vec![Test::Missing]
                } else if label_of(text) == Some(OTHER) && values.single(name) {
                    vec![Test::NoneOf(self.shown())]
                } else {
                    tests(text)?
                };
                let test = |test| {
                    Criteria::Attribute(Named {
                        name: name.clone(),
                        test,
                    })
                };
                Some(tests.into_iter().map(test).collect())
            }
            What::Property { of, name, .. } => {
                let mut of = of.clone();
                of.tests.extend(property_tests(name, text)?);
                Some(vec![did(of, window)])
            }
            What::Count { .. } if label_of(text) == Some(TOTAL) => Some(vec![]),
            What::Count { of, .. } => {
                let counted = |test| {
                    Criteria::Aggregate(Aggregate {
                        of: Occurrence::Events(of.clone()),
                        measure: CriteriaMeasure::Count,
                        window,
                        test,
                    })
                };
                Some(tests(text)?.into_iter().map(counted).collect())
            }
        }
    }

    fn shown(&self) -> Vec<memory::criteria::AttributeValue> {
        let only = self.only.iter().flatten();
        only.filter_map(|text| value_of(text)).collect()
    }
}

/// The rule that a customer did something in the window.
pub fn did(of: Pattern, window: Window) -> Criteria {
    Criteria::Aggregate(Aggregate {
        of: Occurrence::Events(of),
        measure: CriteriaMeasure::Count,
        window,
        test: Test::AtLeast(1.0),
    })
}

fn tests(text: &str) -> Option<Vec<Test>> {
    if let Some((from, until)) = range_of(text) {
        let mut tests = Vec::new();
        tests.extend(from.map(Test::AtLeast));
        tests.extend(until.map(Test::Less));
        return Some(tests);
    }
    // Two values of one property cannot be told apart by a range alone, a single value can.
    value_of(text).map(|value| vec![Test::Equals(value)])
}

/// Tests on a property of an event that has a value; `total` means any value.
pub fn property_tests(name: &str, text: &str) -> Option<Vec<Named>> {
    let tests = match label_of(text) {
        Some(TOTAL) => vec![Test::Exists],
        Some(_) | None => tests(text)?,
    };
    let named = |test| Named {
        name: name.to_owned(),
        test,
    };
    Some(tests.into_iter().map(named).collect())
}

/// The text of the range before the cut of a place: `r10|20`, open at the ends.
fn range_text(cuts: &[f64], place: usize) -> String {
    let from = place.checked_sub(1).map(|before| cuts[before].to_string());
    let until = cuts.get(place).map(f64::to_string);
    format!(
        "r{}|{}",
        from.unwrap_or_default(),
        until.unwrap_or_default()
    )
}

/// The ends of a range in a text.
pub fn range_of(text: &str) -> Option<(Option<f64>, Option<f64>)> {
    let (from, until) = text.strip_prefix('r')?.split_once('|')?;
    Some((from.parse().ok(), until.parse().ok()))
}

/// Cuts that part numbers into about equal groups at round numbers; none for a few numbers.
/// `counted` are numbers with how often they occur, in order.
pub fn round_cuts(counted: &[(f64, u64)]) -> Vec<f64> {
    const FEW: usize = 12;
    const GROUPS: u64 = 8;
    if counted.len() <= FEW {
        return Vec::new();
    }
    let total: u64 = counted.iter().map(|(_, count)| count).sum();
    let mut cuts: Vec<f64> = Vec::new();
    let mut before = 0;
    for (number, count) in counted {
        let group = cuts.len() as u64 + 1;
        if before * GROUPS >= total * group && group < GROUPS {
            let cut = rounded(*number);
            if cuts.last().is_none_or(|last| *last < cut) {
                cuts.push(cut);
            }
        }
        before += count;
    }
    cuts
}

/// Two significant digits.
fn rounded(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let size = 10_f64.powi(number.abs().log10().floor() as i32 - 1);
    let rounded = (number / size).round() * size;
    // Powers of ten below one are not exact: write and read again, as people see it.
    format!("{rounded:.6}").parse().unwrap_or(rounded)
}

#[test]
fn cuts_are_round_and_rise() {
    let counted: Vec<(f64, u64)> = (1..=1_000).map(|number| (f64::from(number), 1)).collect();
    let cuts = round_cuts(&counted);
    assert_eq!(cuts, [130.0, 250.0, 380.0, 500.0, 630.0, 750.0, 880.0]);
    assert_eq!(range_text(&cuts, 0), "r|130");
    assert_eq!(range_of("r130|250"), Some((Some(130.0), Some(250.0))));
    assert_eq!(range_of(&range_text(&cuts, 7)), Some((Some(880.0), None)));
    assert!(round_cuts(&counted[..12]).is_empty());
}
