//! Paths: which step follows which in the sessions of customers.

use super::tally::{Axis, Lens, Mark};
use super::timeline::{Cell, Names, Timeline};
use crate::web::session::Rules;

/// Parts the two ends of a link in the text of a cell.
pub const LINK: char = '\u{1f}';
/// The label of the end of a session.
pub const EXIT: &str = "exit";
/// Added to the level of a link: the node of that level.
pub const NODE: u32 = 1_000;

/// Ways through sessions.
#[derive(Debug, Clone)]
pub struct Ways {
    /// The column with what an event is called.
    pub column: usize,
    /// The number of the pattern at which ways begin; at the first event unless given.
    pub start: Option<usize>,
    /// How many steps are followed.
    pub depth: usize,
    /// How sessions end.
    pub sessions: Rules,
}

impl Ways {
    /// The names of the steps of one session, without repeats; `None` when it does not begin.
    fn steps(
        &self,
        timeline: &Timeline<'_>,
        session: std::ops::Range<usize>,
        names: &mut Names,
    ) -> Option<Vec<u32>> {
        let begins = |place: &usize| match self.start {
            Some(start) => timeline.events[*place].is(start),
            None => true,
        };
        let from = session.clone().find(begins)?;
        let mut steps: Vec<u32> = Vec::new();
        for place in from..session.end {
            let cell = timeline.cell(place, self.column);
            let single = match cell {
                Cell::Many(cells) => &cells[0],
                cell => cell,
            };
            let Some(step) = names.of_cell(single) else {
                continue;
            };
            if steps.last() != Some(&step) {
                steps.push(step);
            }
            if steps.len() > self.depth {
                break;
            }
        }
        if steps.len() < self.depth + 1 {
            steps.push(names.label(EXIT));
        }
        steps.truncate(self.depth + 1);
        (steps.len() > 1).then_some(steps)
    }
}

impl Lens for Ways {
    fn axes(&self) -> [Axis; 2] {
        [Axis::Position, Axis::Value]
    }

    fn see(&self, timeline: &Timeline<'_>, names: &mut Names, add: &mut dyn FnMut(Mark)) {
        let events = timeline.events.iter().map(|event| (event.at_ms, 0));
        for session in self.sessions.sessions(events) {
            let Some(steps) = self.steps(timeline, session, names) else {
                continue;
            };
            for (level, step) in steps.iter().enumerate() {
                add(Mark {
                    cell: [NODE + level as u32, *step],
                    count: 1,
                    ..Mark::default()
                });
            }
            for (level, pair) in steps.windows(2).enumerate() {
                let text = format!("{}{LINK}{}", names.text(pair[0]), names.text(pair[1]));
                add(Mark {
                    cell: [level as u32, names.number(&text)],
                    count: 1,
                    ..Mark::default()
                });
            }
        }
    }
}
