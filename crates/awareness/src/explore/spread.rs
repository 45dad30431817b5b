//! Distributions and cross-tabs: how customers spread over the values of one or two dimensions.

use memory::criteria::{Criteria, Window};
use store::definition::Problem;

use super::dimension::{Sight, TOTAL, did, property_tests};
use super::plan::Plan;
use super::question::Measure;
use super::tally::{Address, Axis, Lens, Mark, Part, Tally, millionths};
use super::timeline::{Cell, Names, Timeline};

/// A measure, ready to be taken.
#[derive(Debug, Clone)]
pub struct Gauge {
    measure: Measure,
    pattern: Option<usize>,
    column: Option<usize>,
    of: Option<memory::criteria::Pattern>,
}

impl Gauge {
    /// A measure with what it needs noted in the plan.
    pub fn of(measure: &Measure, plan: &mut Plan, path: &str) -> Result<Gauge, Vec<Problem>> {
        let pattern = match measure.of() {
            Some(of) => Some(plan.pattern(of, &format!("{path}/of"))?),
            None => None,
        };
        let column = measure.property().map(|path| plan.column(pattern, path));
        Ok(Gauge {
            measure: measure.clone(),
            of: pattern.map(|pattern| plan.patterns[pattern].clone()),
            pattern,
            column,
        })
    }

    /// What is measured.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// The pattern of the events it looks at.
    pub fn pattern(&self) -> Option<usize> {
        self.pattern
    }

    /// What one event adds.
    pub fn mark(&self, timeline: &Timeline<'_>, place: usize) -> Mark {
        let mut mark = Mark {
            count: 1,
            ..Mark::default()
        };
        let Some(column) = self.column else {
            return mark;
        };
        let cell = timeline.cell(place, column);
        cell.each(&mut |single| {
            if let Cell::Number(number) = single {
                mark.numbers += 1;
                mark.millionths += millionths(*number);
            }
        });
        mark
    }

    /// The different values of an event, hashed, when those are counted.
    pub fn distinct(&self, timeline: &Timeline<'_>, place: usize, names: &Names) -> Vec<u64> {
        let (Measure::Distinct { .. }, Some(column)) = (&self.measure, self.column) else {
            return Vec::new();
        };
        let mut hashes = Vec::new();
        timeline.cell(place, column).each(&mut |single| {
            let hash = match single {
                Cell::Number(number) => hash_of(&number.to_bits().to_le_bytes()),
                Cell::Text(text) => hash_of(names.text(*text).as_bytes()),
                Cell::Missing | Cell::Many(_) => return,
            };
            hashes.push(hash);
        });
        hashes
    }

    /// What a cell comes to.
    pub fn value(&self, tally: &Tally) -> Option<f64> {
        match self.measure {
            Measure::Customers | Measure::Doing { .. } => Some(tally.customers as f64),
            Measure::Events { .. } => Some(tally.count as f64),
            Measure::Sum { .. } => Some(tally.sum()),
            Measure::Average { .. } => tally.average(),
            Measure::Distinct { .. } => Some(tally.distinct.len() as f64),
        }
    }

    /// What must hold so that a customer adds anything.
    pub fn rule(&self, window: Window) -> Option<Criteria> {
        self.of.clone().map(|of| did(of, window))
    }
}

/// FNV-1a with a final mix, equal for equal values in every range of customers.
fn hash_of(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// One or two dimensions and a measure.
#[derive(Debug, Clone)]
pub struct Spread {
    /// The dimension of the rows.
    pub rows: Sight,
    /// The dimension of the columns.
    pub columns: Option<Sight>,
    /// What is measured.
    pub gauge: Gauge,
}

impl Spread {
    /// The rule for the customers of a cell; `None` where no rule says it.
    pub fn rule(&self, cell: &Address, window: Window) -> Option<Vec<Criteria>> {
        let mut rules = Vec::new();
        // Properties of the measured events must be those of one and the same event.
        let mut measured = self.gauge.of.clone();
        let sights = [Some(&self.rows), self.columns.as_ref()];
        for (part, sight) in cell.iter().zip(sights) {
            let (Part::Value(text), Some(sight)) = (part, sight) else {
                continue;
            };
            let own = self
                .gauge
                .pattern
                .and_then(|pattern| sight.of_first(pattern));
            match (own, &mut measured) {
                (Some(name), Some(measured)) => measured.tests.extend(property_tests(name, text)?),
                _ => rules.extend(sight.rule(text, window)?),
            }
        }
        rules.extend(measured.map(|of| did(of, window)));
        Some(rules)
    }
}

impl Lens for Spread {
    fn axes(&self) -> [Axis; 2] {
        [Axis::Value, Axis::Value]
    }

    fn see(&self, timeline: &Timeline<'_>, names: &mut Names, add: &mut dyn FnMut(Mark)) {
        let total = names.label(TOTAL);
        let mut rows = Vec::new();
        let mut columns = vec![total];
        self.rows.of_customer(timeline, names, &mut rows);
        if let Some(sight) = &self.columns {
            sight.of_customer(timeline, names, &mut columns);
        }
        let Some(measured) = self.gauge.pattern() else {
            each(&rows, &columns, total, Mark::default(), add);
            return;
        };
        for (place, event) in timeline.events.iter().enumerate() {
            if !event.is(measured) {
                continue;
            }
            self.rows
                .of_event(timeline, place, measured, names, &mut rows);
            if let Some(sight) = &self.columns {
                sight.of_event(timeline, place, measured, names, &mut columns);
            }
            let mark = self.gauge.mark(timeline, place);
            let hashes = self.gauge.distinct(timeline, place, names);
            each(
                &rows,
                &columns,
                total,
                Mark {
                    distinct: hashes.first().copied(),
                    ..mark
                },
                add,
            );
            for hash in hashes.iter().skip(1) {
                let more = Mark {
                    distinct: Some(*hash),
                    ..Mark::default()
                };
                each(&rows, &columns, total, more, add);
            }
        }
    }
}

/// Adds a mark to every cell of these rows and columns, and to their totals.
fn each(rows: &[u32], columns: &[u32], total: u32, mark: Mark, add: &mut dyn FnMut(Mark)) {
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    let two = columns != [total];
    let mut at = |row, column| {
        add(Mark {
            cell: [row, column],
            ..mark
        })
    };
    for row in rows {
        if two {
            for column in columns {
                at(*row, *column);
            }
        }
        at(*row, total);
    }
    if two {
        for column in columns {
            at(total, *column);
        }
    }
    at(total, total);
}
