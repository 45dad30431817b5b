//! Off-policy evaluation: what other rules would have earned, estimated from decisions that were
//! made by the rules of that time.
//!
//! Four estimators: inverse propensity weighting (IPS), the same normalised (SNIPS), the direct
//! method (DM), which trusts a model of the reward, and the doubly robust one (DR), which corrects
//! that model by what was observed. Intervals come from a bootstrap over customers, because the
//! decisions about one customer are not independent. Pure and seeded: the same observations give
//! the same figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::verdict::{Verdict, verdict};

/// The effective sample below which no verdict is given.
pub const LEAST_EFFECTIVE: f64 = 100.0;
/// Weights are cut off here unless somebody asks otherwise.
pub const CLIP: f64 = 100.0;
/// How often the bootstrap draws.
const RESAMPLES: usize = 1_000;
/// Customers are gathered into at most so many groups before the bootstrap draws.
const LARGEST_GROUPS: usize = 2_000;

/// One recorded choice, seen with the eyes of the rules that are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Observation {
    /// Whom it was about: observations of one customer stand and fall together.
    pub customer: u64,
    /// How much more often the tried rules would have made this choice: their probability of it
    /// divided by the probability with which it was made.
    pub weight: f64,
    /// What came of it.
    pub reward: f64,
    /// What the reward model expects of the choice that was made.
    pub expected: f64,
    /// What the reward model expects of the tried rules' choices.
    pub expected_tried: f64,
    /// The probability with which the tried rules choose what could not have been chosen then.
    pub unsupported: f64,
    /// Whether the tried rules prefer another choice than the one that was made.
    pub changed: bool,
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Weights above this are cut off; `None` leaves them.
    pub clip: Option<f64>,
    /// The seed of the bootstrap.
    pub seed: u64,
}

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// What other rules would have earned per decision, by every estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// How many recorded choices were looked at.
    pub observations: u64,
    /// Of how many customers.
    pub customers: u64,
    /// How many of the choices had a reward.
    pub rewarded: u64,
    /// What the choices of that time earned.
    pub recorded: Estimate,
    /// Inverse propensity weighting.
    pub ips: Estimate,
    /// Inverse propensity weighting, normalised by the weights.
    pub snips: Estimate,
    /// What the reward model alone expects.
    pub direct: Estimate,
    /// The reward model, corrected by what was observed.
    pub doubly_robust: Estimate,
    /// Doubly robust minus recorded, drawn together.
    pub difference: Estimate,
    /// How many observations of the tried rules themselves these are worth: (Σw)² / Σw².
    pub effective: f64,
    /// The same among the choices that change.
    pub effective_changed: f64,
    /// Share of the choices that change.
    pub changed: f64,
    /// Share of the tried rules' choices that could never have been made then.
    pub unsupported: f64,
    /// The mean weight; far from 1 the record does not fit the tried rules.
    pub mean_weight: f64,
    /// The largest weight before clipping.
    pub largest_weight: f64,
    /// Share of observations whose weight was cut off.
    pub clipped: f64,
    /// What can be said.
    pub verdict: Verdict,
}

/// Sums over some observations, from which every estimate follows.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    reward: f64,
    weight: f64,
    weighted: f64,
    direct: f64,
    robust: f64,
}

/// The five figures that are estimated.
type Figures = [f64; 6];

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.count += other.count;
        self.reward += other.reward;
        self.weight += other.weight;
        self.weighted += other.weighted;
        self.direct += other.direct;
        self.robust += other.robust;
    }

    /// Recorded, IPS, SNIPS, DM, DR, DR minus recorded.
    fn figures(&self) -> Figures {
        let per = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let (recorded, robust) = (per(self.reward, self.count), per(self.robust, self.count));
        [
            recorded,
            per(self.weighted, self.count),
            per(self.weighted, self.weight),
            per(self.direct, self.count),
            robust,
            robust - recorded,
        ]
    }

    /// How far these sums pull each figure away from its estimate, for the standard error.
    fn pull(&self, of: &Figures, whole: &Sums) -> Figures {
        let count = whole.count.max(1.0);
        let weight = if whole.weight > 0.0 {
            whole.weight
        } else {
            1.0
        };
        [
            (self.reward - of[0] * self.count) / count,
            (self.weighted - of[1] * self.count) / count,
            (self.weighted - of[2] * self.weight) / weight,
            (self.direct - of[3] * self.count) / count,
            (self.robust - of[4] * self.count) / count,
            (self.robust - self.reward - of[5] * self.count) / count,
        ]
    }
}

/// Evaluates the tried rules on what was recorded.
pub fn evaluate(observations: &[Observation], terms: Terms) -> Evaluation {
    let mut customers: BTreeMap<u64, Sums> = BTreeMap::new();
    let (mut whole, mut spread) = (Sums::default(), Spread::default());
    for seen in observations {
        let weight = terms.clip.map_or(seen.weight, |clip| seen.weight.min(clip));
        spread.note(seen, weight);
        let sums = Sums {
            count: 1.0,
            reward: seen.reward,
            weight,
            weighted: weight * seen.reward,
            direct: seen.expected_tried,
            robust: seen.expected_tried + weight * (seen.reward - seen.expected),
        };
        whole.add(&sums);
        customers.entry(seen.customer).or_default().add(&sums);
    }
    let figures = whole.figures();
    let errors = errors(&customers, &figures, &whole);
    let (lows, highs) = bootstrap(&customers, terms.seed);
    let estimate = |place: usize| Estimate {
        value: figures[place],
        error: errors[place],
        low: lows[place],
        high: highs[place],
    };
    let count = whole.count.max(1.0);
    let mut evaluation = Evaluation {
        observations: observations.len() as u64,
        customers: customers.len() as u64,
        rewarded: spread.rewarded,
        recorded: estimate(0),
        ips: estimate(1),
        snips: estimate(2),
        direct: estimate(3),
        doubly_robust: estimate(4),
        difference: estimate(5),
        effective: effective(spread.all),
        effective_changed: effective(spread.among_changed),
        changed: spread.changed as f64 / count,
        unsupported: spread.unsupported / count,
        mean_weight: whole.weight / count,
        largest_weight: spread.largest,
        clipped: spread.clipped as f64 / count,
        verdict: Verdict::default(),
    };
    evaluation.verdict = verdict(&evaluation);
    evaluation
}

/// What the weights tell of how far the record carries.
#[derive(Debug, Default)]
struct Spread {
    /// Σw and Σw².
    all: (f64, f64),
    among_changed: (f64, f64),
    changed: u64,
    rewarded: u64,
    clipped: u64,
    unsupported: f64,
    largest: f64,
}

impl Spread {
    fn note(&mut self, seen: &Observation, weight: f64) {
        let add = |sums: &mut (f64, f64)| *sums = (sums.0 + weight, sums.1 + weight * weight);
        add(&mut self.all);
        if seen.changed {
            // A changed choice that was made all the same carries weight, the others none.
            add(&mut self.among_changed);
            self.changed += 1;
        }
        self.rewarded += u64::from(seen.reward != 0.0);
        self.clipped += u64::from(weight < seen.weight);
        self.unsupported += seen.unsupported;
        self.largest = self.largest.max(seen.weight);
    }
}

/// The size of a sample of equal weights that would tell as much.
fn effective((sum, squares): (f64, f64)) -> f64 {
    if squares > 0.0 {
        sum * sum / squares
    } else {
        0.0
    }
}

/// Standard errors by linearisation over customers.
fn errors(customers: &BTreeMap<u64, Sums>, of: &Figures, whole: &Sums) -> Figures {
    let mut squares = Figures::default();
    for sums in customers.values() {
        let pull = sums.pull(of, whole);
        for (square, pull) in squares.iter_mut().zip(pull) {
            *square += pull * pull;
        }
    }
    let known = customers.len() as f64;
    let unbiased = if known > 1.0 {
        known / (known - 1.0)
    } else {
        0.0
    };
    squares.map(|square| (square * unbiased).sqrt())
}

/// The ends of the 95 % intervals: percentiles of figures drawn again and again from the customers.
fn bootstrap(customers: &BTreeMap<u64, Sums>, seed: u64) -> (Figures, Figures) {
    let mut groups = vec![Sums::default(); customers.len().clamp(1, LARGEST_GROUPS)];
    let count = groups.len();
    for (place, sums) in customers.values().enumerate() {
        groups[place % count].add(sums);
    }
    let mut dice = Dice(seed);
    let mut drawn: [Vec<f64>; 6] = Default::default();
    for _ in 0..RESAMPLES {
        let mut sums = Sums::default();
        for _ in 0..count {
            sums.add(&groups[dice.below(count)]);
        }
        for (figures, figure) in drawn.iter_mut().zip(sums.figures()) {
            figures.push(figure);
        }
    }
    let (mut lows, mut highs) = (Figures::default(), Figures::default());
    for (place, figures) in drawn.iter_mut().enumerate() {
        figures.sort_by(f64::total_cmp);
        lows[place] = figures[RESAMPLES / 40];
        highs[place] = figures[RESAMPLES - 1 - RESAMPLES / 40];
    }
    (lows, highs)
}

/// A small, fast source of numbers (splitmix64) that gives the same ones for the same seed.
pub(super) struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}
