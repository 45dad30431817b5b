//! Attribution: how the credit for conversions is shared among the channels on the way to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How customers came: the channels in order, and whether they converted at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// The channels, by number.
    pub channels: Vec<u32>,
    /// Whether it ended in a conversion.
    pub converted: bool,
}

/// Routes with how often they were taken.
pub type Routes = BTreeMap<Route, u64>;

/// Conversions of each channel.
pub type Credit = BTreeMap<u32, f64>;

/// A rule that looks at one route at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The last channel has it all.
    Last,
    /// The first channel has it all.
    First,
    /// Every channel on the way has the same.
    Linear,
    /// Half as much for each step further from the conversion.
    Decay,
    /// First and last have 40 % each, those between share the rest.
    UShape,
}

/// Shares conversions by a rule.
pub fn by_rule(routes: &Routes, rule: Rule) -> Credit {
    let mut credit = Credit::new();
    for (route, count) in routes {
        if !route.converted {
            continue;
        }
        let weights = weights(route.channels.len(), rule);
        let sum: f64 = weights.iter().sum();
        for (channel, weight) in route.channels.iter().zip(weights) {
            *credit.entry(*channel).or_default() += *count as f64 * weight / sum;
        }
    }
    credit
}

fn weights(count: usize, rule: Rule) -> Vec<f64> {
    let last = count.saturating_sub(1);
    let weight = |place: usize| match rule {
        Rule::Last => f64::from(u8::from(place == last)),
        Rule::First => f64::from(u8::from(place == 0)),
        Rule::Linear => 1.0,
        Rule::Decay => 0.5_f64.powi(i32::try_from(last - place).unwrap_or(i32::MAX)),
        Rule::UShape if count <= 2 => 1.0,
        Rule::UShape if place == 0 || place == last => 0.4,
        Rule::UShape => 0.2 / (count - 2) as f64,
    };
    (0..count).map(weight).collect()
}

/// What the removal of channels from a chain of routes comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// The probability of a conversion with all channels.
    pub probability: f64,
    /// For each channel, the share of conversions that would be lost without it.
    pub effects: BTreeMap<u32, f64>,
}

impl Removal {
    /// Conversions shared by the effects.
    pub fn credit(&self, conversions: f64) -> Credit {
        let sum: f64 = self.effects.values().sum();
        let share = |effect: &f64| {
            if sum > 0.0 {
                conversions * effect / sum
            } else {
                0.0
            }
        };
        self.effects
            .iter()
            .map(|(channel, effect)| (*channel, share(effect)))
            .collect()
    }
}

/// Where routes begin.
const START: u32 = u32::MAX;
/// Where they end well.
const CONVERSION: u32 = u32::MAX - 1;
/// Where they end otherwise.
const NOTHING: u32 = u32::MAX - 2;

/// How often each step of routes was taken: the absorbing chain start → channels → conversion or
/// nothing (Anderl et al. 2016).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    moves: HashMap<(u32, u32), u64>,
}

impl Chain {
    /// Adds a route that was taken so often.
    pub fn add(&mut self, channels: &[u32], converted: bool, count: u64) {
        let mut at = START;
        for channel in channels {
            *self.moves.entry((at, *channel)).or_default() += count;
            at = *channel;
        }
        let end = if converted { CONVERSION } else { NOTHING };
        *self.moves.entry((at, end)).or_default() += count;
    }

    /// Adds the steps of another chain, whose channels have other numbers.
    pub fn join(&mut self, other: &Chain, channel: impl Fn(u32) -> u32) {
        let known = |place: u32| {
            if place >= NOTHING {
                place
            } else {
                channel(place)
            }
        };
        for ((from, to), count) in &other.moves {
            *self.moves.entry((known(*from), known(*to))).or_default() += count;
        }
    }

    /// How often each step was taken.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.moves.values().copied()
    }

    /// The removal effect of each channel.
    pub fn removal(&self) -> Removal {
        let ends = self.moves.keys().flat_map(|(from, to)| [*from, *to]);
        let known: BTreeSet<u32> = ends.filter(|place| *place < NOTHING).collect();
        let known: Vec<u32> = known.into_iter().collect();
        let (conversion, nothing) = (known.len() + 1, known.len() + 2);
        let place = |at: u32| match at {
            START => 0,
            CONVERSION => conversion,
            NOTHING => nothing,
            channel => known.binary_search(&channel).map_or(0, |place| place + 1),
        };
        let mut chain = vec![vec![0.0; nothing + 1]; conversion];
        for ((from, to), count) in &self.moves {
            chain[place(*from)][place(*to)] += *count as f64;
        }
        for row in &mut chain {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|count| *count /= sum.max(1.0));
        }
        let probability = absorbed(&chain, conversion, None);
        let effect = |channel: usize| {
            let without = absorbed(&chain, conversion, Some(channel));
            if probability > 0.0 {
                1.0 - without / probability
            } else {
                0.0
            }
        };
        let effects = known.iter().enumerate();
        Removal {
            probability,
            effects: effects
                .map(|(place, channel)| (*channel, effect(place + 1)))
                .collect(),
        }
    }
}

/// The removal effects of the channels of routes.
pub fn markov(routes: &Routes) -> Removal {
    let mut chain = Chain::default();
    for (route, count) in routes {
        chain.add(&route.channels, route.converted, *count);
    }
    chain.removal()
}

/// The probability to be absorbed in the conversion from the start: (I − Q) x = r, solved by
/// elimination with pivots. Whoever comes to the removed channel is lost.
fn absorbed(chain: &[Vec<f64>], conversion: usize, removed: Option<usize>) -> f64 {
    let size = chain.len();
    let mut matrix: Vec<Vec<f64>> = Vec::with_capacity(size);
    for (from, steps) in chain.iter().enumerate() {
        let gone = Some(from) == removed;
        let mut row: Vec<f64> = (0..size)
            .map(|to| {
                let identity = f64::from(u8::from(from == to));
                let step = if gone || Some(to) == removed {
                    0.0
                } else {
                    steps[to]
                };
                identity - step
            })
            .collect();
        row.push(if gone { 0.0 } else { chain[from][conversion] });
        matrix.push(row);
    }
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|one, other| {
                matrix[*one][column]
                    .abs()
                    .total_cmp(&matrix[*other][column].abs())
            })
            .unwrap_or(column);
        matrix.swap(column, pivot);
        if matrix[column][column].abs() < 1e-15 {
            continue;
        }
        let lead = matrix[column].clone();
        for (place, row) in matrix.iter_mut().enumerate() {
            let factor = row[column] / lead[column];
            if place != column && factor != 0.0 {
                for (cell, above) in row.iter_mut().zip(&lead).skip(column) {
                    *cell -= factor * above;
                }
            }
        }
    }
    let start = &matrix[0];
    if start[0] == 0.0 {
        0.0
    } else {
        start[size] / start[0]
    }
}

/// Shapley values over the sets of channels that routes cover. The worth of a set is the
/// conversions of routes that need nothing else, so each conversion is shared evenly among the
/// different channels on its way.
pub fn shapley(routes: &Routes) -> Credit {
    let mut credit = Credit::new();
    for (route, count) in routes {
        if !route.converted {
            continue;
        }
        let different: BTreeSet<u32> = route.channels.iter().copied().collect();
        for channel in &different {
            *credit.entry(*channel).or_default() += *count as f64 / different.len() as f64;
        }
    }
    credit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |channels: &[u32], converted| Route {
            channels: channels.to_vec(),
            converted,
        };
        Routes::from([
            (route(&[1, 2, 3], true), 1),
            (route(&[1], false), 1),
            (route(&[2, 3], false), 1),
        ])
    }

    #[test]
    fn removing_a_channel_shows_what_it_brings() {
        let removal = markov(&routes());
        assert!((removal.probability - 1.0 / 3.0).abs() < 1e-12);
        let effects: Vec<f64> = removal.effects.values().copied().collect();
        for (effect, expected) in effects.iter().zip([0.5, 1.0, 1.0]) {
            assert!((effect - expected).abs() < 1e-12, "{effects:?}");
        }
        let shares: Vec<f64> = removal.credit(1.0).values().copied().collect();
        for (share, expected) in shares.iter().zip([0.2, 0.4, 0.4]) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }

    #[test]
    fn every_rule_shares_all_conversions() {
        let cases = [
            (Rule::Last, [0.0, 0.0, 1.0]),
            (Rule::First, [1.0, 0.0, 0.0]),
            (Rule::Linear, [1.0 / 3.0; 3]),
            (Rule::Decay, [1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]),
            (Rule::UShape, [0.4, 0.2, 0.4]),
        ];
        for (rule, expected) in cases {
            let credit = by_rule(&routes(), rule);
            for (channel, share) in [1, 2, 3].into_iter().zip(expected) {
                assert!(
                    (credit[&channel] - share).abs() < 1e-12,
                    "{rule:?} {credit:?}"
                );
            }
        }
        let even: f64 = shapley(&routes()).values().sum();
        assert!((even - 1.0).abs() < 1e-12);
    }
}
