//! Drawing: one proposal is taken by a keyed hash, and the probability of that is known.
//!
//! Every proposal's score is drawn from the upper half of N(mean, spread²); the highest priority
//! wins. A draw below what is expected would only hide what is known (May, Korda, Lee and Leslie
//! 2012, Optimistic Bayesian sampling). So that the probability of each choice has a floor, a
//! small share of choices is drawn evenly. The numbers come from a hash of a key, never from a
//! generator: the same key gives the same choice.

use std::sync::LazyLock;

use super::gaussian::{logit, sigmoid};

/// What is expected of one proposal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Expected log odds of an acceptance.
    pub mean: f64,
    /// Standard deviation by which the log odds are drawn upwards; 0 draws nothing.
    pub spread: f64,
    /// What a priority is per acceptance: context × value × lever.
    pub weight: f64,
    /// The number that tells this proposal's draw from the others'.
    pub salt: u64,
    /// True while it is new and has used up its quota of presentations.
    pub held_back: bool,
}

/// One proposal drawn from several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Its place.
    pub place: usize,
    /// The probability with which it was drawn.
    pub probability: f64,
    /// True when it was drawn evenly, for the sake of learning.
    pub explored: bool,
}

/// Draws beyond so many standard deviations count as this many: 3.7 is one in 5,000.
const FARTHEST: f64 = 3.7;
/// Steps of the integral over the winner's own draw, at least and at most.
const FEWEST_STEPS: f64 = 16.0;
const MOST_STEPS: f64 = 64.0;

/// A hash that spreads every bit (the finaliser of splitmix64).
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A key made of another and a number.
pub fn key(of: u64, number: u64) -> u64 {
    mix(of ^ mix(number.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

/// A fraction from a hash, above 0 and below 1.
pub fn fraction(hash: u64) -> f64 {
    ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Draws one of the proposals. `floor` is the share of choices that are drawn evenly.
///
/// `drawn` receives the drawn probability of acceptance of each, in the same order.
pub fn draw(proposals: &[Expected], seed: u64, floor: f64, drawn: &mut Vec<f64>) -> Option<Drawn> {
    let competing = competing(proposals);
    drawn.clear();
    drawn.extend(proposals.iter().map(|one| {
        let noise = standard(fraction(key(seed, one.salt)));
        sigmoid(one.mean + one.spread * noise.abs())
    }));
    let mut best: Option<usize> = None;
    for (place, one) in proposals.iter().enumerate() {
        let better = |best: usize| one.weight * drawn[place] > proposals[best].weight * drawn[best];
        if competing(one) && best.is_none_or(better) {
            best = Some(place);
        }
    }
    let best = best?;
    let even = fraction(key(seed, u64::MAX)) < floor;
    let place = if even {
        let one = fraction(key(seed, u64::MAX - 1)) * proposals.len() as f64;
        (one as usize).min(proposals.len() - 1)
    } else {
        best
    };
    let by_score = if competing(&proposals[place]) {
        wins(proposals, place)
    } else {
        0.0
    };
    Some(Drawn {
        place,
        probability: (1.0 - floor) * by_score + floor / proposals.len() as f64,
        explored: place != best,
    })
}

/// Who competes: those that are held back only when all are.
fn competing(proposals: &[Expected]) -> impl Fn(&Expected) -> bool + use<> {
    let all_held_back = proposals.iter().all(|one| one.held_back);
    move |one| all_held_back || !one.held_back
}

/// The probability that one proposal's drawn priority is the highest: the integral over its own
/// draw of the product of the others' chances to stay below. Of equal ones the first wins.
pub fn wins(proposals: &[Expected], place: usize) -> f64 {
    let own = proposals[place];
    let priority = |noise: f64| own.weight * sigmoid(own.mean + own.spread * noise);
    let (low, high) = (priority(0.0), priority(FARTHEST));
    let (low, high) = (low.min(high), low.max(high));
    let competing = competing(proposals);
    // Only who can reach the range of the winner's priority matters.
    let mut rivals: Vec<Rival> = Vec::with_capacity(proposals.len());
    for (at, rival) in proposals.iter().enumerate() {
        if at == place || !competing(rival) {
            continue;
        }
        let rival = Rival::of(rival, at < place);
        if !rival.always_below(low) {
            if rival.never_below(high) {
                return 0.0;
            }
            rivals.push(rival);
        }
    }
    if rivals.is_empty() {
        return 1.0;
    }
    // Nobody wins below what somebody has for certain, and the weak need not be asked above what
    // they can reach.
    let certain = rivals.iter().map(|rival| rival.low);
    let certain = certain.fold(f64::NEG_INFINITY, f64::max);
    rivals.sort_unstable_by(|a, b| b.high.total_cmp(&a.high));
    let below = |priority: f64| -> f64 {
        let mut all = 1.0;
        if priority < certain {
            return 0.0;
        }
        let logarithm = priority.ln();
        for rival in &rivals {
            if rival.high < priority {
                break;
            }
            all *= rival.stays_below(priority, logarithm);
            if all < 1e-9 {
                return 0.0;
            }
        }
        all
    };
    if own.spread == 0.0 {
        return below(low);
    }
    // The midpoint rule over the own draw, with steps no wider than the narrowest rival's spread.
    let narrowest = rivals.iter().map(|rival| rival.spread);
    let narrowest = narrowest.fold(own.spread, f64::min) / own.spread;
    let steps = (FARTHEST / narrowest.max(0.01)).clamp(FEWEST_STEPS, MOST_STEPS) as usize;
    let width = FARTHEST / steps as f64;
    let (mut won, mut all) = (0.0, 0.0);
    for step in 0..steps {
        let noise = (step as f64 + 0.5) * width;
        let density = (-0.5 * noise * noise).exp();
        all += density;
        won += density * below(priority(noise));
    }
    won / all
}

/// Somebody else's proposal, ready to be asked for many priorities.
struct Rival {
    mean: f64,
    spread: f64,
    weight: f64,
    /// 1 / spread; infinite when nothing is drawn.
    narrowness: f64,
    /// Its lowest and its highest priority: when nothing is drawn, and with the farthest draw.
    low: f64,
    high: f64,
    /// Whether it comes first and wins when both are equal.
    first: bool,
}

impl Rival {
    fn of(rival: &Expected, first: bool) -> Rival {
        let Expected {
            mean,
            spread,
            weight,
            ..
        } = *rival;
        let undrawn = weight * sigmoid(mean);
        let farthest = weight * sigmoid(mean + spread * FARTHEST);
        Rival {
            mean,
            spread,
            weight,
            narrowness: spread.recip(),
            low: undrawn.min(farthest),
            high: undrawn.max(farthest),
            first,
        }
    }

    /// Whether nothing is drawn, or nothing that would change its priority.
    fn fixed(&self) -> bool {
        self.low == self.high
    }

    fn always_below(&self, priority: f64) -> bool {
        self.high < priority || (self.high == priority && !(self.fixed() && self.first))
    }

    fn never_below(&self, priority: f64) -> bool {
        self.low > priority || (self.low == priority && (!self.fixed() || self.first))
    }

    /// The probability that its drawn priority stays below one, whose logarithm is known too; of
    /// equal ones the first wins.
    fn stays_below(&self, priority: f64, logarithm: f64) -> f64 {
        if self.always_below(priority) {
            return 1.0;
        }
        if self.never_below(priority) {
            return 0.0;
        }
        if self.weight <= 0.0 {
            let distance = (logit(priority / self.weight) - self.mean) * self.narrowness;
            return 1.0 - within(distance);
        }
        // The log odds of priority / weight.
        let odds = logarithm - (self.weight - priority).ln();
        within((odds - self.mean) * self.narrowness)
    }
}

/// The probability that a standard normal number is nearer to 0 than `distance`, between the
/// values of a table: error below 1e-6. It is asked thousands of times a decision.
fn within(distance: f64) -> f64 {
    const STEPS: usize = 1_024;
    static TABLE: LazyLock<[f64; STEPS + 1]> = LazyLock::new(|| {
        std::array::from_fn(|step| 2.0 * normal(step as f64 * FARTHEST / STEPS as f64) - 1.0)
    });
    let place = (distance * (STEPS as f64 / FARTHEST)).clamp(0.0, STEPS as f64 - 1e-9);
    let (at, rest) = (place as usize, place.fract());
    TABLE[at] + (TABLE[at + 1] - TABLE[at]) * rest
}

/// The standard normal distribution (Zelen and Severo 1964, 26.2.17; error below 7.5e-8).
pub fn normal(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-0.5 * z * z).exp() * 0.398_942_280_401 * series;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

/// The standard normal quantile (Acklam 2003; relative error below 1.2e-9), within ±[`FARTHEST`].
pub fn standard(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_8,
        220.946_098_424_521,
        -275.928_510_446_969,
        138.357_751_867_269,
        -30.664_798_066_147_2,
        2.506_628_277_459_24,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_1,
        161.585_836_858_041,
        -155.698_979_859_887,
        66.801_311_887_719_7,
        -13.280_681_552_885_7,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_29,
        -0.322_396_458_041_136,
        -2.400_758_277_161_84,
        -2.549_732_539_343_73,
        4.374_664_141_464_97,
        2.938_163_982_698_78,
    ];
    const D: [f64; 4] = [
        0.007_784_695_709_041_46,
        0.322_467_129_070_04,
        2.445_134_137_143,
        3.754_408_661_907_42,
    ];
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    let z = if p < 0.024_25 {
        tail(p)
    } else if p > 0.975_75 {
        -tail(1.0 - p)
    } else {
        let (q, r) = (p - 0.5, (p - 0.5) * (p - 0.5));
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    };
    z.clamp(-FARTHEST, FARTHEST)
}
