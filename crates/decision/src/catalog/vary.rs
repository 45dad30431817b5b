//! Placements as the variants of experiments change them, built at publication beside those that
//! everybody else gets.

use awareness::experiment::Subject;
use serde_json::Value;

use super::{PlacementEntry, StrategyEntry};
use crate::experiment::{Experiments, changed_strategy};
use crate::placement::Placement;
use crate::targeting::strategy::Strategy;

/// How placements are built again.
pub(super) struct Builder<'a> {
    /// The strategies, by place.
    pub strategies: &'a [StrategyEntry],
    /// Builds a placement again with another body, and another strategy if one is given.
    pub build: &'a mut dyn FnMut(&PlacementEntry, Placement, Option<&Strategy>) -> PlacementEntry,
}

/// A variant by the places of its experiment and of itself; `None` is "as it is".
type Way = Option<(u16, u16)>;

/// Adds every combination of a strategy's and a placement's variants.
pub(super) fn vary(
    experiments: &mut Experiments,
    placements: &mut Vec<PlacementEntry>,
    builder: &mut Builder<'_>,
) {
    let mut added = vec![];
    for (place, placement) in placements.iter().enumerate() {
        let strategies = strategies(experiments, placement, builder.strategies);
        let bodies = bodies(experiments, placement);
        for (of_strategy, strategy) in &strategies {
            for (own, body) in &bodies {
                if of_strategy.is_none() && own.is_none() {
                    continue;
                }
                let mut entry = (builder.build)(placement, body.clone(), strategy.as_ref());
                entry.changed = true;
                added.push(((place as u16, *of_strategy, *own), entry));
            }
        }
    }
    for (key, entry) in added {
        // Decisions refer to placements by 16-bit numbers.
        if let Ok(place) = u16::try_from(placements.len()) {
            experiments.changed.insert(key, place);
            placements.push(entry);
        }
    }
}

fn strategies(
    experiments: &Experiments,
    placement: &PlacementEntry,
    strategies: &[StrategyEntry],
) -> Vec<(Way, Option<Strategy>)> {
    let mut ways = vec![(None, None)];
    let Some(strategy) = placement.strategy.map(|at| &strategies[usize::from(at)]) else {
        return ways;
    };
    for (at, entry) in experiments.entries.iter().enumerate() {
        if entry.body.subject
            != (Subject::Strategy {
                key: strategy.key.clone(),
            })
        {
            continue;
        }
        for (variant, body) in entry.body.variants.iter().enumerate() {
            if !body.change.is_empty()
                && let Some(changed) = changed_strategy(&strategy.body, &body.change)
            {
                ways.push((Some((at as u16, variant as u16)), Some(changed)));
            }
        }
    }
    ways
}

fn bodies(experiments: &Experiments, placement: &PlacementEntry) -> Vec<(Way, Placement)> {
    let mut ways = vec![(None, placement.body.clone())];
    for (at, entry) in experiments.entries.iter().enumerate() {
        if !matches!(&entry.body.subject, Subject::Placement { key } if *key == placement.key) {
            continue;
        }
        for (variant, body) in entry.body.variants.iter().enumerate() {
            let plain = serde_json::to_value(&placement.body).unwrap_or(Value::Null);
            let (changed, _) = awareness::experiment::patched(&plain, &body.change);
            if !body.change.is_empty()
                && let Ok(changed) = serde_json::from_value(changed)
            {
                ways.push((Some((at as u16, variant as u16)), changed));
            }
        }
    }
    ways
}
