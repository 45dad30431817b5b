//! Statistics of experiments and control groups: pure functions over moments, nothing else.
//!
//! Whoever reads these results looks at them every day, so the intervals of experiments are
//! *always valid*: they hold at every look (mixture sequential probability ratio test, Johari,
//! Pekelis and Walsh, "Always valid inference", 2015).

pub mod best;
pub mod bootstrap;
pub mod cuped;
pub mod difference;
pub mod distribution;
pub mod moments;
pub mod rate;
pub mod ratio;
pub mod sample_ratio;
pub mod sequential;
#[cfg(test)]
mod simulation_tests;
#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

pub use moments::Moments;

/// A difference or a rate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = StatisticEstimate)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// An interval of the same width on both sides.
    pub fn around(value: f64, half_width: f64) -> Estimate {
        Estimate {
            value,
            low: value - half_width,
            high: value + half_width,
        }
    }

    /// The same in another unit.
    pub fn times(self, factor: f64) -> Estimate {
        let ends = [self.low * factor, self.high * factor];
        Estimate {
            value: self.value * factor,
            low: ends[0].min(ends[1]),
            high: ends[0].max(ends[1]),
        }
    }

    /// Whether the interval lies on one side of zero.
    pub fn tells(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}
