//! Time series: how a measure develops from unit to unit.

use memory::criteria::Criteria;

use super::calendar::Calendar;
use super::dimension::{Sight, TOTAL};
use super::spread::Gauge;
use super::tally::{Axis, Lens, Mark};
use super::timeline::{Names, Timeline};
use super::when::between;

/// A measure per unit of the calendar, and per value of a dimension.
#[derive(Debug, Clone)]
pub struct Series {
    /// What is measured.
    pub gauge: Gauge,
    /// The units.
    pub calendar: Calendar,
    /// One line per value.
    pub split: Option<Sight>,
}

impl Series {
    /// The rule for the customers of a point, from a moment until a moment.
    pub fn rule(&self, line: &str, from_ms: i64, until_ms: i64) -> Option<Vec<Criteria>> {
        let window = between(Some(from_ms), Some(until_ms));
        let mut rules = match &self.split {
            Some(split) => split.rule(line, window)?,
            None => Vec::new(),
        };
        rules.extend(self.gauge.rule(window));
        Some(rules)
    }
}

impl Lens for Series {
    fn axes(&self) -> [Axis; 2] {
        [Axis::Position, Axis::Value]
    }

    fn see(&self, timeline: &Timeline<'_>, names: &mut Names, add: &mut dyn FnMut(Mark)) {
        let Some(measured) = self.gauge.pattern() else {
            return;
        };
        let total = names.label(TOTAL);
        let mut lines = Vec::new();
        if let Some(split) = &self.split {
            split.of_customer(timeline, names, &mut lines);
        }
        for (place, event) in timeline.events.iter().enumerate() {
            if !event.is(measured) {
                continue;
            }
            if let Some(split) = &self.split {
                split.of_event(timeline, place, measured, names, &mut lines);
            }
            let unit = position(self.calendar.number(event.at_ms));
            let mark = self.gauge.mark(timeline, place);
            let mut hashes = self.gauge.distinct(timeline, place, names).into_iter();
            let mut mark = Mark {
                distinct: hashes.next(),
                ..mark
            };
            loop {
                for line in lines.iter().copied().chain([total]) {
                    add(Mark {
                        cell: [unit, line],
                        ..mark
                    });
                }
                let Some(hash) = hashes.next() else { break };
                mark = Mark {
                    distinct: Some(hash),
                    ..Mark::default()
                };
            }
        }
    }
}

/// Units before the epoch have positions, too.
const EPOCH: i64 = 1 << 30;

/// The position of a unit.
pub fn position(number: i64) -> u32 {
    u32::try_from(number + EPOCH).unwrap_or(0)
}

/// The unit of a position.
pub fn number(position: u32) -> i64 {
    i64::from(position) - EPOCH
}
