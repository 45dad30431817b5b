//! Cohorts: who comes back in the units after the first time.

use memory::criteria::{
    Aggregate, Criteria, Measure, Moment, Occurrence, Pattern, Range, Test, Window,
};

use super::calendar::Calendar;
use super::dimension::did;
use super::series::{number, position};
use super::tally::{Address, Axis, Lens, Mark, Part};
use super::timeline::{Names, Timeline};
use super::when::between;

/// Column 0 holds the size of the cohort, column k + 1 who was active in unit k.
pub const SIZE: u32 = 0;

/// Cohorts by the unit of the first event.
#[derive(Debug, Clone)]
pub struct Cohorts {
    /// What makes a member, by number and in full.
    pub first: (usize, Pattern),
    /// What counts as coming back.
    pub again: (usize, Pattern),
    /// The units.
    pub calendar: Calendar,
    /// When cohorts begin and activity counts.
    pub range: Range,
}

impl Cohorts {
    /// When the unit `after` units later than that of a cohort lies, within the period.
    pub fn unit(&self, cohort: i64, after: i64) -> (i64, i64) {
        let start = self.calendar.start_ms(cohort + after).max(self.range.from);
        let end = self.calendar.start_ms(cohort + after + 1);
        (start, end.min(self.range.until))
    }

    /// The rule for the customers of a cell.
    pub fn rule(&self, cell: &Address) -> Option<Vec<Criteria>> {
        let [Part::Position(cohort), Part::Position(column)] = cell else {
            return None;
        };
        let cohort = number(*cohort);
        let (from, until) = self.unit(cohort, 0);
        let first = |test| {
            Criteria::Aggregate(Aggregate {
                of: Occurrence::Events(self.first.1.clone()),
                measure: Measure::FirstTime,
                window: Window::Ever,
                test,
            })
        };
        let mut rules = vec![
            first(Test::After(Moment::At(from))),
            first(Test::Before(Moment::At(until))),
        ];
        if *column != SIZE {
            let (from, until) = self.unit(cohort, i64::from(*column) - 1);
            rules.push(did(self.again.1.clone(), between(Some(from), Some(until))));
        }
        Some(rules)
    }
}

impl Lens for Cohorts {
    fn axes(&self) -> [Axis; 2] {
        [Axis::Position, Axis::Position]
    }

    fn see(&self, timeline: &Timeline<'_>, _: &mut Names, add: &mut dyn FnMut(Mark)) {
        let first = timeline.events.iter().find(|event| event.is(self.first.0));
        let Some(first) = first.filter(|first| self.range.contains(first.at_ms)) else {
            return;
        };
        let cohort = self.calendar.number(first.at_ms);
        let row = position(cohort);
        add(Mark {
            cell: [row, SIZE],
            ..Mark::default()
        });
        let mut newest = None;
        for event in timeline.events {
            if !event.is(self.again.0) || !self.range.contains(event.at_ms) {
                continue;
            }
            let after = self.calendar.number(event.at_ms) - cohort;
            if after < 0 || newest == Some(after) {
                continue;
            }
            newest = Some(after);
            let column = u32::try_from(after).unwrap_or(u32::MAX - 1) + 1;
            add(Mark {
                cell: [row, column],
                ..Mark::default()
            });
        }
    }
}
