//! Calibration: makes predictions agree with what happened, and shows how well they do.
//!
//! Every outcome is first predicted and then learned. The predictions are counted in bins of equal
//! width in log odds; a straight line through log odds (Platt 1999) is fitted to the bins.

use super::gaussian::{logit, sigmoid};

/// Bins, from log odds -8 to 4.
pub const BINS: usize = 24;
const LOWEST: f64 = -8.0;
const WIDTH: f64 = 0.5;
/// Outcomes before anything is corrected.
const FEWEST: f64 = 200.0;
/// Precision of the belief that predictions need no correction.
const SHIFT_PRECISION: f64 = 4.0;
const SLOPE_PRECISION: f64 = 25.0;

/// One bin: predictions of about the same height.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// Predictions.
    pub count: f64,
    /// Sum of the predictions before correction.
    pub raw: f64,
    /// Sum of the predictions after it.
    pub predicted: f64,
    /// Sum of the outcomes.
    pub outcomes: f64,
}

/// What was predicted and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The bins.
    pub bins: [Bin; BINS],
    /// Added to the log odds.
    pub shift: f64,
    /// What the log odds are multiplied by.
    pub slope: f64,
    /// Outcomes counted when the line was last fitted.
    pub fitted_at: f64,
}

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration {
            bins: [Bin::default(); BINS],
            shift: 0.0,
            slope: 1.0,
            fitted_at: 0.0,
        }
    }
}

fn bin_of(probability: f64) -> usize {
    let place = (logit(probability) - LOWEST) / WIDTH;
    (place.max(0.0) as usize).min(BINS - 1)
}

impl Calibration {
    /// Log odds after correction.
    pub fn correct(&self, score: f64) -> f64 {
        self.shift + self.slope * score
    }

    /// Counts an outcome that was predicted with probability `raw` before correction.
    pub fn count(&mut self, raw: f64, outcome: f64, weight: f64) {
        let predicted = sigmoid(self.correct(logit(raw)));
        let bin = &mut self.bins[bin_of(raw)];
        bin.count += weight;
        bin.raw += weight * raw;
        bin.predicted += weight * predicted;
        bin.outcomes += weight * outcome;
        let count: f64 = self.bins.iter().map(|bin| bin.count).sum();
        if count >= FEWEST && count >= self.fitted_at * 1.1 {
            self.fit();
            self.fitted_at = count;
        }
    }

    /// An outcome that was counted before turned out to be better.
    ///
    /// The model has moved since, so `raw` may lie in another bin than the one it was counted in,
    /// which nobody remembers. It goes to the nearest bin that holds a no to be taken back: no bin
    /// has more outcomes than predictions, and nothing lies where nothing was counted, which
    /// [`Calibration::fit`] would not see. What has faded away is not taken back.
    pub fn change(&mut self, raw: f64, change: f64) {
        let near = bin_of(raw);
        let mut left = change;
        let mut by_distance: [usize; BINS] = std::array::from_fn(|at| at);
        by_distance.sort_by_key(|at| at.abs_diff(near));
        for at in by_distance {
            let bin = &mut self.bins[at];
            let part = left.min((bin.count - bin.outcomes).max(0.0));
            bin.outcomes += part;
            left -= part;
            if left <= 0.0 {
                return;
            }
        }
    }

    /// Forgets a share of what was counted.
    pub fn forget(&mut self, keep: f64) {
        for bin in &mut self.bins {
            bin.count *= keep;
            bin.raw *= keep;
            bin.predicted *= keep;
            bin.outcomes *= keep;
        }
        self.fitted_at *= keep;
    }

    /// Fits the line by Newton's method; the posterior mode given the belief that it is straight.
    fn fit(&mut self) {
        let (mut shift, mut slope) = (self.shift, self.slope);
        for _ in 0..12 {
            let mut gradient = [-SHIFT_PRECISION * shift, -SLOPE_PRECISION * (slope - 1.0)];
            let mut curve = [SHIFT_PRECISION, 0.0, SLOPE_PRECISION];
            for bin in self.bins.iter().filter(|bin| bin.count > 0.0) {
                let score = logit(bin.raw / bin.count);
                let p = sigmoid(shift + slope * score);
                let miss = bin.outcomes - bin.count * p;
                let w = bin.count * p * (1.0 - p);
                gradient[0] += miss;
                gradient[1] += miss * score;
                curve[0] += w;
                curve[1] += w * score;
                curve[2] += w * score * score;
            }
            let determinant = curve[0] * curve[2] - curve[1] * curve[1];
            if determinant <= 0.0 {
                return;
            }
            let by_shift = (curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant;
            let by_slope = (curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant;
            shift = (shift + by_shift.clamp(-1.0, 1.0)).clamp(-3.0, 3.0);
            slope = (slope + by_slope.clamp(-0.5, 0.5)).clamp(0.3, 3.0);
        }
        (self.shift, self.slope) = (shift, slope);
    }
}

#[test]
fn predictions_that_are_too_high_are_corrected() {
    let mut calibration = Calibration::default();
    for at in 0..20_000 {
        // Predicted 4, 8 or 16 %; half of that comes.
        let raw = [0.04, 0.08, 0.16][at % 3];
        let outcome = (at / 3) % 100 < (raw * 50.0) as usize;
        calibration.count(raw, f64::from(u8::from(outcome)), 1.0);
    }
    let corrected = |raw: f64| sigmoid(calibration.correct(logit(raw)));
    assert!(
        (corrected(0.04) - 0.02).abs() < 0.004,
        "{}",
        corrected(0.04)
    );
    assert!((corrected(0.16) - 0.08).abs() < 0.01, "{}", corrected(0.16));
}

#[test]
fn good_predictions_stay_as_they_are() {
    let mut calibration = Calibration::default();
    for at in 0..20_000 {
        let raw = [0.05, 0.2][at % 2];
        let outcome = (at / 2) % 100 < (raw * 100.0) as usize;
        calibration.count(raw, f64::from(u8::from(outcome)), 1.0);
    }
    assert!(calibration.shift.abs() < 0.05 && (calibration.slope - 1.0).abs() < 0.05);
}

#[test]
fn an_outcome_that_comes_late_stays_among_what_was_counted() {
    let mut calibration = Calibration::default();
    (0..10).for_each(|_| calibration.count(0.04, 0.0, 1.0));
    (0..2).for_each(|_| calibration.count(0.5, 0.0, 1.0));
    // The predictions have fallen meanwhile.
    (0..3).for_each(|_| calibration.change(0.2, 1.0));
    calibration.change(0.001, 1.0);
    let bins = calibration.bins.iter().filter(|bin| bin.count > 0.0);
    let found: Vec<(f64, f64)> = bins.map(|bin| (bin.count, bin.outcomes)).collect();
    assert_eq!(found, [(10.0, 2.0), (2.0, 2.0)]);
    assert!(calibration.bins.iter().all(|bin| bin.outcomes <= bin.count));
    calibration.forget(0.5);
    (0..9).for_each(|_| calibration.change(0.04, 1.0));
    let all: f64 = calibration.bins.iter().map(|bin| bin.outcomes).sum();
    assert_eq!(all, 6.0, "no more than is left of what was counted");
}
