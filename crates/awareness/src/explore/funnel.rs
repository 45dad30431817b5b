//! Funnels: how far customers or sessions get through steps in an order.

use memory::criteria::{Criteria, Pattern, Sequence, Window};

use super::dimension::{Sight, TOTAL, did, property_tests};
use super::question::Counted;
use super::tally::{Address, Axis, Lens, Mark, Part};
use super::timeline::{Event, Names, Timeline, label_of};
use crate::web::session::Rules;

/// Added to the position of a step: those who got to it and no further.
pub const DROPPED: u32 = 1_000;

/// Steps, ready to be followed.
#[derive(Debug, Clone)]
pub struct Steps {
    /// The numbers of the steps' patterns.
    pub steps: Vec<usize>,
    /// The number of the pattern that spoils an attempt.
    pub without: Option<usize>,
    /// The longest time from the first to the last step.
    pub within_ms: Option<i64>,
    /// Steps follow each other strictly later, as in criteria; otherwise in the order of arrival.
    pub strictly: bool,
}

/// How far one attempt got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// How many steps.
    pub steps: usize,
    /// The seconds from each step to the next, in the shortest of the attempts that got furthest.
    pub seconds: Vec<u32>,
}

/// An attempt on its way: when it began, and when each of its steps was.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    start_ms: i64,
    at_ms: [i64; STEPS_LIMIT],
}

/// The most steps of a funnel.
pub const STEPS_LIMIT: usize = 12;

impl Steps {
    /// How far the best attempt gets. One pass: for each step the attempt that began latest is
    /// kept, because it has the most time left and the least to be spoilt by.
    pub fn follow(&self, events: &[Event], mut begins: impl FnMut(usize) -> bool) -> Reach {
        let mut furthest: [Option<Attempt>; STEPS_LIMIT] = [None; STEPS_LIMIT];
        let mut best: Option<(usize, Attempt)> = None;
        let mut place = 0;
        while place < events.len() {
            let at_ms = events[place].at_ms;
            let together = events[place..]
                .iter()
                .take_while(|event| event.at_ms == at_ms);
            let end = if self.strictly {
                place + together.count()
            } else {
                place + 1
            };
            let before = furthest;
            let mut spoilt = false;
            for (place, event) in events.iter().enumerate().take(end).skip(place) {
                for step in (0..self.steps.len()).rev() {
                    if !event.is(self.steps[step]) {
                        continue;
                    }
                    let attempt = match step.checked_sub(1) {
                        None if begins(place) => Attempt {
                            start_ms: at_ms,
                            at_ms: [at_ms; STEPS_LIMIT],
                        },
                        None => continue,
                        Some(earlier) => {
                            let Some(mut attempt) = before[earlier] else {
                                continue;
                            };
                            let took = at_ms - attempt.start_ms;
                            if self.within_ms.is_some_and(|within| took > within) {
                                continue;
                            }
                            attempt.at_ms[step] = at_ms;
                            attempt
                        }
                    };
                    let later =
                        furthest[step].is_none_or(|known| known.start_ms < attempt.start_ms);
                    if later {
                        furthest[step] = Some(attempt);
                    }
                    let better = best.is_none_or(|(known, shortest)| {
                        let took = |one: &Attempt| one.at_ms[step] - one.start_ms;
                        step > known || (step == known && took(&attempt) < took(&shortest))
                    });
                    if better {
                        best = Some((step, attempt));
                    }
                }
                spoilt |= self.without.is_some_and(|without| event.is(without));
            }
            if spoilt {
                for attempt in &mut furthest {
                    *attempt = attempt.filter(|attempt| attempt.start_ms >= at_ms);
                }
            }
            place = end;
        }
        best.map_or_else(Reach::default, |(step, attempt)| {
            let pairs = attempt.at_ms[..=step].windows(2);
            Reach {
                steps: step + 1,
                seconds: pairs
                    .map(|pair| u32::try_from((pair[1] - pair[0]) / 1_000).unwrap_or(u32::MAX))
                    .collect(),
            }
        })
    }
}

/// A funnel over customers or sessions.
#[derive(Debug, Clone)]
pub struct Way {
    /// The steps.
    pub steps: Steps,
    /// One funnel per value.
    pub by: Option<Sight>,
    /// What is counted.
    pub count: Counted,
    /// How sessions end.
    pub sessions: Rules,
    /// The steps as criteria know them.
    pub patterns: Vec<Pattern>,
    /// What spoils an attempt, as criteria know it.
    pub without: Option<Pattern>,
}

impl Way {
    fn add_reach(&self, reach: &Reach, key: u32, add: &mut dyn FnMut(Mark)) {
        for step in 0..reach.steps {
            let seconds = step.checked_sub(1).map(|gap| reach.seconds[gap]);
            add(Mark {
                cell: [step as u32, key],
                count: 1,
                seconds,
                ..Mark::default()
            });
        }
        if reach.steps > 0 && reach.steps < self.steps.steps.len() {
            let step = reach.steps as u32 - 1;
            add(Mark {
                cell: [DROPPED + step, key],
                count: 1,
                ..Mark::default()
            });
        }
    }

    /// The attempts of one stretch of events: all together, and one for each value.
    fn attempt(
        &self,
        timeline: &Timeline<'_>,
        events: std::ops::Range<usize>,
        names: &mut Names,
        add: &mut dyn FnMut(Mark),
    ) {
        let total = names.label(TOTAL);
        let here = &timeline.events[events.clone()];
        let reach = self.steps.follow(here, |_| true);
        self.add_reach(&reach, total, add);
        let Some(by) = &self.by else { return };
        if reach.steps == 0 {
            return;
        }
        let first = self.steps.steps[0];
        let mut starts: Vec<(u32, usize)> = Vec::new();
        let mut keys = Vec::new();
        let mut own = false;
        for place in events.clone() {
            if timeline.events[place].is(first)
                && by.of_event(timeline, place, first, names, &mut keys)
            {
                own = true;
                starts.extend(keys.iter().map(|key| (*key, place - events.start)));
            }
        }
        if !own {
            by.of_customer(timeline, names, &mut keys);
            for key in keys {
                self.add_reach(&reach, key, add);
            }
            return;
        }
        starts.sort_unstable();
        for group in starts.chunk_by(|one, other| one.0 == other.0) {
            let begins = |place| group.binary_search(&(group[0].0, place)).is_ok();
            self.add_reach(&self.steps.follow(here, begins), group[0].0, add);
        }
    }

    /// The rule for the customers of a cell; `None` where no rule says it: sessions are no matter
    /// of criteria.
    pub fn rule(&self, cell: &Address, window: Window) -> Option<Vec<Criteria>> {
        let [Part::Position(step), Part::Value(key)] = cell else {
            return None;
        };
        if self.count == Counted::Sessions {
            return None;
        }
        let (step, dropped) = match step.checked_sub(DROPPED) {
            Some(step) => (step as usize, true),
            None => (*step as usize, false),
        };
        let first = self.steps.steps[0];
        let mut patterns = self.patterns.clone();
        let mut rules = Vec::new();
        if let Some(by) = self.by.as_ref().filter(|_| label_of(key) != Some(TOTAL)) {
            match by.of_first(first) {
                Some(name) => patterns[0].tests.extend(property_tests(name, key)?),
                None => rules.extend(by.rule(key, window)?),
            }
        }
        rules.push(self.reached(&patterns, step, window)?);
        if dropped {
            let further = self.reached(&patterns, step + 1, window)?;
            rules.push(Criteria::Not(Box::new(further)));
        }
        Some(rules)
    }

    fn reached(&self, patterns: &[Pattern], step: usize, window: Window) -> Option<Criteria> {
        if step == 0 {
            return Some(did(patterns[0].clone(), window));
        }
        Some(Criteria::Sequence(Sequence {
            steps: patterns.get(..=step)?.to_vec(),
            within_ms: self.steps.within_ms,
            without: self.without.clone(),
            window,
        }))
    }
}

impl Lens for Way {
    fn axes(&self) -> [Axis; 2] {
        [Axis::Position, Axis::Value]
    }

    fn see(&self, timeline: &Timeline<'_>, names: &mut Names, add: &mut dyn FnMut(Mark)) {
        match self.count {
            Counted::Customers => self.attempt(timeline, 0..timeline.events.len(), names, add),
            Counted::Sessions => {
                let events = timeline.events.iter().map(|event| (event.at_ms, 0));
                for session in self.sessions.sessions(events) {
                    self.attempt(timeline, session, names, add);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(count: usize) -> Steps {
        Steps {
            steps: (0..count).collect(),
            without: None,
            within_ms: None,
            strictly: true,
        }
    }

    /// Events by letter: a, b, c are steps, x spoils; each a second later, `=` at the same time.
    fn events(text: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut at_ms = 0;
        for letter in text.chars() {
            let mask = match letter {
                'x' => 1 << 20,
                '=' => {
                    at_ms -= 1_000;
                    continue;
                }
                '.' => 0,
                letter => 1 << (letter as u32 - 'a' as u32),
            };
            at_ms += 1_000;
            events.push(Event { at_ms, mask });
        }
        events
    }

    #[test]
    fn the_best_attempt_counts() {
        let cases = [
            ("", 0),
            ("b.c", 0),
            ("a.b.c", 3),
            ("cba", 1),
            ("a.a.b", 2),
            ("a=b", 1),
            ("a=bb", 2),
            ("b.a.b.c", 3),
        ];
        for (text, reached) in cases {
            let reach = steps(3).follow(&events(text), |_| true);
            assert_eq!(reach.steps, reached, "{text}");
        }
    }

    #[test]
    fn the_window_runs_from_the_first_step_of_each_attempt() {
        let within = Steps {
            within_ms: Some(3_000),
            ..steps(3)
        };
        // The first attempt is too slow for c, the second is not.
        assert_eq!(within.follow(&events("ab..abc"), |_| true).steps, 3);
        assert_eq!(within.follow(&events("ab...c"), |_| true).steps, 2);
        assert_eq!(within.follow(&events("ab..abc"), |_| true).seconds, [1, 1]);
    }

    #[test]
    fn what_spoils_an_attempt_does_not_spoil_the_next() {
        let spoilt = Steps {
            without: Some(20),
            ..steps(3)
        };
        assert_eq!(spoilt.follow(&events("abxc"), |_| true).steps, 2);
        assert_eq!(spoilt.follow(&events("axbabc"), |_| true).steps, 3);
        assert_eq!(spoilt.follow(&events("ab=xc"), |_| true).steps, 2);
        assert_eq!(spoilt.follow(&events("a=xb"), |_| true).steps, 2);
    }

    #[test]
    fn sessions_follow_the_order_of_arrival() {
        let arrived = Steps {
            strictly: false,
            ..steps(3)
        };
        assert_eq!(arrived.follow(&events("a=b=c"), |_| true).steps, 3);
        assert_eq!(arrived.follow(&events("b=a"), |_| true).steps, 1);
    }
}
