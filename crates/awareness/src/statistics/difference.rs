//! The difference between customers who were treated and customers who were deliberately not.

use super::bootstrap;
use super::distribution::two_sided;
use super::rate::newcombe;
use super::{Estimate, Moments};

/// Customers that each side must have before anything is said.
pub const FEWEST: usize = 30;
/// Up to this many customers a side the bootstrap is used, above it the normal approximation.
const SKEWED_BELOW: usize = 2_000;
/// Error probability of intervals.
pub const ALPHA: f64 = 0.05;

/// Treated minus control for a rate; `None` when there are too few customers to tell.
pub fn of_rates(treated: (usize, usize), control: (usize, usize)) -> Option<Estimate> {
    if treated.1 < FEWEST || control.1 < FEWEST {
        return None;
    }
    let pair = |(successes, count): (usize, usize)| (successes as f64, count as f64);
    Some(newcombe(pair(treated), pair(control), two_sided(ALPHA)))
}

/// Treated minus control for a mean; `None` when there are too few customers to tell.
pub fn of_means(treated: &[f64], control: &[f64], seed: u64) -> Option<Estimate> {
    if treated.len() < FEWEST || control.len() < FEWEST {
        return None;
    }
    if treated.len().min(control.len()) < SKEWED_BELOW && treated.len() + control.len() < 10_000 {
        return bootstrap::difference(treated, control, ALPHA, seed);
    }
    let moments = |values: &[f64]| Moments::of_values(values.iter().copied());
    Some(welch(&moments(treated), &moments(control), ALPHA))
}

/// Welch's interval for a difference of two means.
pub fn welch(first: &Moments, second: &Moments, alpha: f64) -> Estimate {
    let variance = variance_of_mean(first) + variance_of_mean(second);
    Estimate::around(
        first.mean() - second.mean(),
        two_sided(alpha) * variance.sqrt(),
    )
}

/// The variance of a mean.
pub fn variance_of_mean(arm: &Moments) -> f64 {
    if arm.count > 0.0 {
        arm.variance() / arm.count
    } else {
        0.0
    }
}
