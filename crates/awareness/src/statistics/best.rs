//! The probability that each of several estimates is the greatest.

use super::distribution::normal_cdf;

/// Standard errors on both sides of an estimate that are looked at.
const REACH: f64 = 8.0;
/// Steps of the integral.
const STEPS: usize = 800;

/// The probability that each is the greatest, for estimates with normal errors: a mean and its
/// variance each. Integrates over each estimate that all others lie below it.
pub fn chances(estimates: &[(f64, f64)]) -> Vec<f64> {
    let step = 2.0 * REACH / STEPS as f64;
    let chance = |place: usize| -> f64 {
        let (mean, variance) = estimates[place];
        let mut sum = 0.0;
        for at in 0..STEPS {
            let z = -REACH + (at as f64 + 0.5) * step;
            let x = mean + z * variance.sqrt();
            let others = estimates.iter().enumerate();
            let others = others.filter(|(other, _)| *other != place);
            let below = others.map(|(_, (m, v))| normal_cdf((x - m) / v.sqrt()));
            sum += (-z * z / 2.0).exp() * below.product::<f64>();
        }
        sum * step / std::f64::consts::TAU.sqrt()
    };
    (0..estimates.len()).map(chance).collect()
}

#[test]
fn the_chances_are_those_of_the_difference() {
    // N(1, 0.5) against N(0, 0.5): the difference is N(1, 1), above 0 with Φ(1).
    let found = chances(&[(0.0, 0.5), (1.0, 0.5)]);
    assert!((found[1] - 0.841_344_7).abs() < 1e-5, "{found:?}");
    assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let same = chances(&[(2.0, 3.0); 4]);
    assert!(
        same.iter().all(|chance| (chance - 0.25).abs() < 1e-9),
        "{same:?}"
    );
}
