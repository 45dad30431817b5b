//! Always-valid inference: the mixture sequential probability ratio test with a normal mixture.
//!
//! `variance` is that of the difference of the means, V = σ₁²/n₁ + σ₂²/n₂ (2σ²/n for equal arms).
//! The expected size of an effect, τ, is chosen before looking; the test holds for every τ and is
//! quickest for effects of about that size.

use super::Estimate;

/// The likelihood ratio of "some effect of about τ" against "none", for a difference of means.
pub fn likelihood_ratio(difference: f64, variance: f64, tau_squared: f64) -> f64 {
    if variance <= 0.0 || tau_squared <= 0.0 {
        return 1.0;
    }
    let total = variance + tau_squared;
    let exponent = tau_squared * difference * difference / (2.0 * variance * total);
    (variance / total).sqrt() * exponent.exp()
}

/// The always-valid p-value after this look: it never rises again.
pub fn p_value(before: f64, likelihood_ratio: f64) -> f64 {
    before.min(1.0 / likelihood_ratio)
}

/// How far the confidence sequence reaches to each side.
pub fn half_width(variance: f64, tau_squared: f64, alpha: f64) -> f64 {
    if variance <= 0.0 || tau_squared <= 0.0 {
        return f64::INFINITY;
    }
    let total = variance + tau_squared;
    let inside = (total / variance).ln() + 2.0 * (1.0 / alpha).ln();
    (variance * total / tau_squared * inside).sqrt()
}

/// The difference with an interval that holds at every look.
pub fn interval(difference: f64, variance: f64, tau_squared: f64, alpha: f64) -> Estimate {
    Estimate::around(difference, half_width(variance, tau_squared, alpha))
}

/// How many times the customers of now are needed until the interval is at most `reach` wide to
/// each side; at least 1, `None` when not even a thousand times would do.
pub fn growth_needed(variance: f64, tau_squared: f64, alpha: f64, reach: f64) -> Option<f64> {
    const MOST: f64 = 1_000.0;
    let narrow = |times: f64| half_width(variance / times, tau_squared, alpha) <= reach;
    if narrow(1.0) {
        return Some(1.0);
    }
    if !narrow(MOST) {
        return None;
    }
    let (mut low, mut high) = (1.0, MOST);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if narrow(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
