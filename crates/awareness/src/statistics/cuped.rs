//! CUPED: what customers did before the experiment explains part of what they do in it.
//!
//! Y' = Y − θ(X − mean X) with θ = cov(X, Y) / var(X) over all arms together (Deng, Xu, Kohavi and
//! Walker, "Improving the sensitivity of online controlled experiments by utilizing
//! pre-experiment data", 2013). The mean stays, the variance shrinks by 1 − ρ².

use super::Moments;

/// θ over all arms; 0 when the covariate does not vary.
pub fn theta(arms: &[Moments]) -> f64 {
    let (mut covariance, mut variance) = (0.0, 0.0);
    for arm in arms {
        let freedom = (arm.count - 1.0).max(0.0);
        covariance += arm.covariance() * freedom;
        variance += arm.variance_x() * freedom;
    }
    if variance > 0.0 {
        covariance / variance
    } else {
        0.0
    }
}

/// The mean and variance of one arm, adjusted. `mean_x` is that of all arms together.
pub fn adjusted(arm: &Moments, theta: f64, mean_x: f64) -> (f64, f64) {
    let mean = arm.mean() - theta * (arm.mean_x() - mean_x);
    let explained = theta * theta * arm.variance_x() - 2.0 * theta * arm.covariance();
    (mean, (arm.variance() + explained).max(0.0))
}

/// The mean of the covariate over all arms.
pub fn mean_x(arms: &[Moments]) -> f64 {
    let all = arms
        .iter()
        .fold(Moments::default(), |sum, arm| sum.with(*arm));
    all.mean_x()
}

/// Which share of the variance the covariate explains, ρ².
pub fn explained_share(arms: &[Moments]) -> f64 {
    let theta = theta(arms);
    let sum = |of: &dyn Fn(&Moments) -> f64| -> f64 {
        arms.iter()
            .map(|arm| of(arm) * (arm.count - 1.0).max(0.0))
            .sum()
    };
    let (variance_x, variance) = (sum(&Moments::variance_x), sum(&Moments::variance));
    if variance > 0.0 {
        (theta * theta * variance_x / variance).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
