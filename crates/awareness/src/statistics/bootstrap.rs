//! The bootstrap: intervals for means of few and very skewed numbers, such as revenue.

use super::Estimate;

/// How often the customers are drawn again.
const DRAWS: usize = 1_000;

/// Small, fast and the same on every machine (splitmix64): a report that is read again shows the
/// same interval.
pub struct Draws(u64);

impl Draws {
    /// A sequence for a seed.
    pub fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }
}

/// The mean of the first minus that of the second, with a percentile interval.
pub fn difference(first: &[f64], second: &[f64], alpha: f64, seed: u64) -> Option<Estimate> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let mut draws = Draws::new(seed);
    let mut found: Vec<f64> = (0..DRAWS)
        .map(|_| drawn_mean(first, &mut draws) - drawn_mean(second, &mut draws))
        .collect();
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found[((DRAWS - 1) as f64 * share).round() as usize];
    Some(Estimate {
        value: mean(first) - mean(second),
        low: at(alpha / 2.0),
        high: at(1.0 - alpha / 2.0),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn drawn_mean(values: &[f64], draws: &mut Draws) -> f64 {
    let sum: f64 = (0..values.len())
        .map(|_| values[draws.below(values.len())])
        .sum();
    sum / values.len() as f64
}
