//! Sequences: events one after the other, and nothing in between.

use super::aggregate::{AggregateSpec, SlotId};
use super::facts::Facts;
use super::measure::within;
use super::tree::Sequence;
use super::window::{Range, Window};

/// A sequence with its slots resolved.
#[derive(Debug, Clone)]
pub(super) struct SequenceLeaf {
    pub(super) steps: Vec<SlotId>,
    pub(super) without: Option<SlotId>,
    pub(super) within_ms: Option<i64>,
    pub(super) window: Window,
}

impl SequenceLeaf {
    pub(super) fn new(sequence: &Sequence) -> Self {
        let slot = |pattern| AggregateSpec::new(pattern, None, sequence.window.keep()).id;
        Self {
            steps: sequence.steps.iter().map(slot).collect(),
            without: sequence.without.as_ref().map(slot),
            within_ms: sequence.within_ms,
            window: sequence.window,
        }
    }

    /// Tries every first step with the earliest possible following steps: if any choice of
    /// following steps will do, the earliest does.
    pub(super) fn holds<F: Facts + ?Sized>(&self, facts: &F, now_ms: i64) -> bool {
        let range = self.window.range(now_ms, facts.zone());
        let Some((first, rest)) = self.steps.split_first() else {
            return false;
        };
        within(facts.matches(*first), range).iter().any(|start| {
            let end = if rest.is_empty() {
                self.quiet_end(start.occurred_ms, now_ms)
            } else {
                self.chain_end(rest, start.occurred_ms, range, facts)
            };
            end.is_some_and(|end| self.undisturbed(start.occurred_ms, end, facts))
        })
    }

    /// The end of the time in which nothing may follow a single step, once it is over.
    fn quiet_end(&self, start_ms: i64, now_ms: i64) -> Option<i64> {
        match (self.within_ms, self.without) {
            (Some(within_ms), Some(_)) => {
                let end = start_ms.saturating_add(within_ms).saturating_add(1);
                (end <= now_ms).then_some(end)
            }
            (None, Some(_)) => Some(now_ms.saturating_add(1)),
            (_, None) => Some(start_ms),
        }
    }

    fn chain_end<F: Facts + ?Sized>(
        &self,
        rest: &[SlotId],
        start_ms: i64,
        range: Range,
        facts: &F,
    ) -> Option<i64> {
        let mut at_ms = start_ms;
        for slot in rest {
            let inside = within(facts.matches(*slot), range);
            let next = inside.partition_point(|found| found.occurred_ms <= at_ms);
            at_ms = inside.get(next)?.occurred_ms;
        }
        let in_time = self
            .within_ms
            .is_none_or(|within| at_ms.saturating_sub(start_ms) <= within);
        in_time.then_some(at_ms)
    }

    /// Whether nothing of `without` lies strictly between start and end.
    fn undisturbed<F: Facts + ?Sized>(&self, start_ms: i64, end_ms: i64, facts: &F) -> bool {
        self.without.is_none_or(|slot| {
            let between = Range {
                from: start_ms.saturating_add(1),
                until: end_ms,
            };
            within(facts.matches(slot), between).is_empty()
        })
    }
}
