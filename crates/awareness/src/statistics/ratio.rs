//! Ratio metrics, such as revenue per order where customers are drawn: the delta method.

use super::Moments;

/// The ratio of the sums, Σy / Σx, and its variance as an estimate; `None` while Σx is 0.
pub fn ratio(arm: &Moments) -> Option<(f64, f64)> {
    if arm.count < 2.0 || arm.x == 0.0 {
        return None;
    }
    let ratio = arm.y / arm.x;
    let spread = arm.variance() + ratio * ratio * arm.variance_x() - 2.0 * ratio * arm.covariance();
    Some((ratio, spread.max(0.0) / (arm.count * arm.mean_x().powi(2))))
}
