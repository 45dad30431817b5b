//! Rates: Wilson's interval for one, Newcombe's for a difference of two.

use super::Estimate;

/// Wilson's score interval for `successes` among `count`; `z` standard errors wide.
pub fn wilson(successes: f64, count: f64, z: f64) -> Estimate {
    if count <= 0.0 {
        return Estimate {
            value: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let rate = successes / count;
    let z2 = z * z;
    let centre = rate + z2 / (2.0 * count);
    let spread = z * (rate * (1.0 - rate) / count + z2 / (4.0 * count * count)).sqrt();
    let scale = 1.0 + z2 / count;
    Estimate {
        value: rate,
        low: ((centre - spread) / scale).max(0.0),
        high: ((centre + spread) / scale).min(1.0),
    }
}

/// Newcombe's hybrid score interval for the first rate minus the second (method 10 of "Interval
/// estimation for the difference between independent proportions", 1998).
pub fn newcombe(first: (f64, f64), second: (f64, f64), z: f64) -> Estimate {
    let (a, b) = (wilson(first.0, first.1, z), wilson(second.0, second.1, z));
    let difference = a.value - b.value;
    let below = ((a.value - a.low).powi(2) + (b.high - b.value).powi(2)).sqrt();
    let above = ((a.high - a.value).powi(2) + (b.value - b.low).powi(2)).sqrt();
    Estimate {
        value: difference,
        low: difference - below,
        high: difference + above,
    }
}
