//! Sample ratio: do the variants have the customers that their shares promise?

use super::distribution::chi_square_tail;

/// Below this p-value the counts do not fit the shares, and no verdict is given.
pub const ALARM: f64 = 0.001;

/// The p-value of the counts under the shares (chi-square).
pub fn p_value(counts: &[u64], shares: &[f64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let all: f64 = shares.iter().sum();
    if total == 0 || all <= 0.0 || counts.len() != shares.len() {
        return 1.0;
    }
    let (mut statistic, mut cells) = (0.0, 0);
    for (count, share) in counts.iter().zip(shares) {
        let expected = total as f64 * share / all;
        if expected > 0.0 {
            statistic += (*count as f64 - expected).powi(2) / expected;
            cells += 1;
        } else if *count > 0 {
            return 0.0;
        }
    }
    if cells < 2 {
        return 1.0;
    }
    chi_square_tail(statistic, f64::from(cells - 1))
}
