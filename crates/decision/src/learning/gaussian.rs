//! Bayesian logistic regression with a Gaussian posterior, learned one outcome at a time.
//!
//! Assumed-density filtering: for features x, an outcome moves the mean along S x to where the
//! posterior is highest, m += S x (outcome - p) with p = sigmoid(m·x) of the new mean, and the
//! covariance by S -= w/(1 + w x'Sx) (Sx)(Sx)' with w = p(1-p) there (Laplace's approximation: one
//! step from the old mean would go much too far after a yes that nobody expected). Features are
//! sets: every x is 0 or 1, so products are sums over the places that are set. The first [`CORE`]
//! places have their full covariance; places above it only their variance.

/// Places with full covariance.
pub const CORE: usize = 64;
/// Variance of a weight before anything is known of it: effects of e^±1.2 are usual.
pub const WEIGHT_VARIANCE: f64 = 0.5;
/// The covariance grows by this many places at a time.
const STEP: usize = 8;
/// Steps of Newton's method to the highest place; after them nothing moves any more.
const NEWTON_STEPS: usize = 6;

/// What is believed before any outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// Expected log odds of usual customers.
    pub intercept: f64,
    /// How uncertain that is.
    pub intercept_variance: f64,
    /// Expected weights, from offers of the same family; 0 beyond its end. Place 0 is unused.
    pub weights: Vec<f64>,
    /// How much each feature is part of the customers whose rate was estimated: the share of them
    /// who have it, 0 beyond its end, which is at most [`CORE`]. Place 0 is 0. The weights say what having
    /// more or less than that changes (centred predictors), so that the estimate is trusted about
    /// usual customers as it says, however many features they share.
    pub usual: Vec<f64>,
}

/// The posterior of the weights. Place 0 is the intercept, which is part of every x.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    /// Where it started.
    pub prior: Prior,
    /// Means by place.
    pub mean: Vec<f64>,
    /// How many places `covariance` has in each direction.
    pub core: usize,
    /// Covariance of the first places, row by row.
    pub covariance: Vec<f64>,
    /// Variances of the places from [`CORE`] on.
    pub variance: Vec<f64>,
}

/// The logistic function.
pub fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// Its inverse, for probabilities kept off 0 and 1.
pub fn logit(probability: f64) -> f64 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// The probability at the score that satisfies score = before + variance (told - weight · p).
fn p_at_mode(before: f64, variance: f64, told: f64, weight: f64) -> f64 {
    let mut score = before;
    for _ in 0..NEWTON_STEPS {
        let p = sigmoid(score);
        let miss = score - before - variance * (told - weight * p);
        score -= miss / (1.0 + variance * weight * p * (1.0 - p));
    }
    sigmoid(score)
}

impl Prior {
    /// The prior of a rate that is trusted as much as so many presentations to usual customers.
    pub fn of_rate(rate: f64, presentations: f64, weights: Vec<f64>, usual: Vec<f64>) -> Prior {
        let (intercept, intercept_variance) = trusted(rate, presentations);
        Prior {
            intercept,
            intercept_variance,
            weights,
            usual,
        }
    }

    /// How much a feature is part of usual customers.
    fn usual(&self, place: usize) -> f64 {
        self.usual.get(place).copied().unwrap_or(0.0)
    }

    fn mean(&self, place: usize) -> f64 {
        if place == 0 {
            let usual = self.usual.iter().zip(&self.weights);
            self.intercept - usual.map(|(share, weight)| share * weight).sum::<f64>()
        } else {
            self.weights.get(place).copied().unwrap_or(0.0)
        }
    }

    /// The covariance of two weights.
    fn covariance(&self, row: usize, column: usize) -> f64 {
        match (row.min(column), row.max(column)) {
            (0, 0) => self.intercept_variance + WEIGHT_VARIANCE * squares(&self.usual),
            (0, other) => -WEIGHT_VARIANCE * self.usual(other),
            (row, column) if row == column => WEIGHT_VARIANCE,
            _ => 0.0,
        }
    }

    fn variance(&self, place: usize) -> f64 {
        self.covariance(place, place)
    }

    /// How much each weight counts in the log odds of a usual customer.
    fn of_usual(&self, place: usize) -> f64 {
        if place == 0 { 1.0 } else { self.usual(place) }
    }

    /// The precision of two weights: the inverse of the covariance.
    fn precision(&self, row: usize, column: usize) -> f64 {
        let own = row == column && row > 0;
        let both = self.of_usual(row) * self.of_usual(column);
        both / self.intercept_variance + f64::from(u8::from(own)) / WEIGHT_VARIANCE
    }
}

/// The log odds of a rate that is trusted as much as so many presentations, and their variance.
fn trusted(rate: f64, presentations: f64) -> (f64, f64) {
    let p = rate.clamp(1e-4, 1.0 - 1e-4);
    // The information of n outcomes of probability p about their log odds.
    (logit(p), 1.0 / (presentations * p * (1.0 - p)).max(0.05))
}

fn squares(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number * number).sum()
}

/// What is expected of customers with features x, and its variance, of an offer of which nothing
/// is known but a rate; see [`Prior`].
pub fn of_nothing((rate, presentations): (f64, f64), usual: &[f64], x: &[u16]) -> (f64, f64) {
    let (mean, variance) = trusted(rate, presentations);
    let features = x.iter().filter(|place| **place != 0);
    // (1 - share)² of those that are there, share² of the others.
    let more = features.map(|place| 1.0 - 2.0 * usual.get(usize::from(*place)).unwrap_or(&0.0));
    let away = squares(usual) + more.sum::<f64>();
    (mean, variance + WEIGHT_VARIANCE * away)
}

impl Gaussian {
    /// A posterior that knows nothing beyond its prior.
    pub fn new(prior: Prior) -> Gaussian {
        let mut posterior = Gaussian {
            prior,
            mean: vec![],
            core: 0,
            covariance: vec![],
            variance: vec![],
        };
        posterior.grow(posterior.prior.usual.len().max(1));
        posterior
    }

    /// Makes room for so many places.
    fn grow(&mut self, places: usize) {
        let core = places.next_multiple_of(STEP).min(CORE);
        if core > self.core {
            let mut covariance = vec![0.0; core * core];
            for row in 0..core {
                if row < self.core {
                    let known = &self.covariance[row * self.core..(row + 1) * self.core];
                    covariance[row * core..row * core + self.core].copy_from_slice(known);
                } else {
                    for column in (0..core).filter(|column| *column == row || self.core == 0) {
                        covariance[row * core + column] = self.prior.covariance(row, column);
                    }
                }
            }
            (self.core, self.covariance) = (core, covariance);
        }
        for place in self.mean.len()..places.max(core) {
            self.mean.push(self.prior.mean(place));
            if place >= CORE {
                self.variance.push(self.prior.variance(place));
            }
        }
    }

    /// What outcomes alone say of a weight: with which precision, and precision times weight.
    pub fn told(&self, place: usize) -> (f64, f64) {
        let (before, now) = (self.prior.variance(place), self.own_variance(place));
        let known = (1.0 / now.max(1e-6) - 1.0 / before).max(0.0);
        let told = self.weight(place) * (known + 1.0 / before) - self.prior.mean(place) / before;
        (known, told)
    }

    /// The expected score of x and its variance.
    pub fn estimate(&self, x: &[u16]) -> (f64, f64) {
        let (mut mean, mut variance) = (0.0, 0.0);
        for (at, place) in x.iter().enumerate() {
            let place = usize::from(*place);
            mean += self.weight(place);
            if place < self.core {
                let row = &self.covariance[place * self.core..(place + 1) * self.core];
                // Covariance is symmetric: each pair is read once.
                let others = x[at + 1..].iter();
                let others = others.filter_map(|other| row.get(usize::from(*other)));
                variance += row[place] + 2.0 * others.sum::<f64>();
            } else {
                variance += self.own_variance(place);
            }
        }
        (mean, variance.max(0.0))
    }

    /// The expected weight of a place.
    pub fn weight(&self, place: usize) -> f64 {
        let known = self.mean.get(place).copied();
        known.unwrap_or_else(|| self.prior.mean(place))
    }

    /// The variance of one weight.
    pub fn own_variance(&self, place: usize) -> f64 {
        if place < self.core {
            self.covariance[place * self.core + place]
        } else if place < CORE || place >= self.mean.len() {
            self.prior.variance(place)
        } else {
            self.variance[place - CORE]
        }
    }

    /// The covariance of two places below [`CORE`], the first at most the second.
    pub fn cell(&self, row: usize, column: usize) -> f64 {
        if row == column {
            self.own_variance(row)
        } else if column < self.core {
            self.covariance[row * self.core + column]
        } else {
            0.0
        }
    }

    /// Which share of the variance that a weight began with is left.
    pub fn unknown_share(&self, place: usize) -> f64 {
        (self.own_variance(place) / self.prior.variance(place)).clamp(0.0, 1.0)
    }

    /// S x: by place of the core, and for the other places of x.
    fn spread(&self, x: &[u16]) -> Vec<f64> {
        let mut spread = vec![0.0; self.core];
        for place in x {
            let place = usize::from(*place);
            if place < self.core {
                let row = &self.covariance[place * self.core..(place + 1) * self.core];
                spread.iter_mut().zip(row).for_each(|(s, v)| *s += v);
            }
        }
        spread
    }

    fn make_room(&mut self, x: &[u16]) {
        let places = x.iter().max().map_or(1, |place| usize::from(*place) + 1);
        self.grow(places);
    }

    /// Learns one outcome between 0 and 1, `weight` times.
    pub fn learn(&mut self, x: &[u16], outcome: f64, weight: f64) {
        self.make_room(x);
        let (score, variance) = self.estimate(x);
        let p = p_at_mode(score, variance, weight * outcome, weight);
        let w = weight * p * (1.0 - p);
        let spread = self.spread(x);
        let gain = w / (1.0 + w * variance);
        let step = weight * (outcome - p);
        for (row, own) in spread.iter().enumerate().filter(|(_, own)| **own != 0.0) {
            self.mean[row] += own * step;
            let factor = gain * own;
            let cells = &mut self.covariance[row * self.core..(row + 1) * self.core];
            cells
                .iter_mut()
                .zip(&spread)
                .for_each(|(cell, other)| *cell -= factor * other);
        }
        for place in x.iter().map(|place| usize::from(*place)) {
            if place >= CORE {
                let own = self.variance[place - CORE];
                self.mean[place] += own * step;
                self.variance[place - CORE] = own - gain * own * own;
            }
        }
    }

    /// Corrects an outcome that was learned before: by `change`, for example 1 when a no became
    /// a yes. The mean goes where it had gone with the right outcome; the covariance stays.
    pub fn correct(&mut self, x: &[u16], change: f64) {
        self.make_room(x);
        let (score, variance) = self.estimate(x);
        let p = sigmoid(score);
        // What is left of the variance that there was without the outcome.
        let left = (1.0 - p * (1.0 - p) * variance).max(0.1);
        let step = (change + p - p_at_mode(score, variance / left, change + p, 1.0)) / left;
        let spread = self.spread(x);
        self.mean
            .iter_mut()
            .zip(&spread)
            .for_each(|(m, s)| *m += s * step);
        for place in x.iter().map(|place| usize::from(*place)) {
            if place >= CORE {
                self.mean[place] += self.variance[place - CORE] * step;
            }
        }
    }

    /// Moves the prior's intercept; the posterior follows as far as the prior still counts.
    pub fn reprior(&mut self, intercept: f64) {
        let change = (intercept - self.prior.intercept) / self.prior.intercept_variance;
        for (place, row) in self.covariance.chunks_exact(self.core).enumerate() {
            let usual = row.iter().enumerate();
            let usual = usual.map(|(other, cell)| cell * self.prior.of_usual(other));
            self.mean[place] += change * usual.sum::<f64>();
        }
        self.prior.intercept = intercept;
    }

    /// Takes other customers for usual; what was learned stays.
    pub fn recentre(&mut self, usual: Vec<f64>) {
        self.grow(usual.len());
        let prior = self.prior.clone();
        self.renew(1.0, Prior { usual, ..prior });
    }

    /// Forgets: keeps the share `keep` of what was learned; the prior stays.
    pub fn forget(&mut self, keep: f64) {
        self.renew(keep, self.prior.clone());
        for (place, variance) in self.variance.iter_mut().enumerate() {
            let (kept, added) = (keep / *variance, (1.0 - keep) / WEIGHT_VARIANCE);
            let place = place + CORE;
            let center = self.prior.mean(place);
            self.mean[place] = center + (self.mean[place] - center) * kept / (kept + added);
            *variance = 1.0 / (kept + added);
        }
    }

    /// Keeps the share `keep` of what outcomes say of the places with full covariance (precision, and
    /// precision times weight, beyond those of the prior), beside another prior.
    fn renew(&mut self, keep: f64, prior: Prior) {
        let core = self.core;
        let Some(mut precision) = inverse(&self.covariance, core) else {
            return;
        };
        let means = |prior: &Prior| (0..core).map(|place| prior.mean(place)).collect::<Vec<_>>();
        let (before, after) = (means(&self.prior), means(&prior));
        let mut pull = vec![0.0; core];
        for row in 0..core {
            for column in 0..core {
                let cell = &mut precision[row * core + column];
                let (old, new) = (
                    self.prior.precision(row, column),
                    prior.precision(row, column),
                );
                let told = *cell * self.mean[column] - old * before[column];
                pull[row] += keep * told + new * after[column];
                *cell = keep * (*cell - old) + new;
            }
        }
        let Some(covariance) = inverse(&precision, core) else {
            return;
        };
        for (place, row) in covariance.chunks_exact(core).enumerate() {
            self.mean[place] = row.iter().zip(&pull).map(|(c, p)| c * p).sum();
        }
        (self.covariance, self.prior) = (covariance, prior);
    }
}

/// The inverse of a symmetric, positive definite matrix by its Cholesky factor.
fn inverse(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (0..column)
                .map(|k| lower[row * n + k] * lower[column * n + k])
                .sum();
            let rest = matrix[row * n + column] - dot;
            if row == column {
                if rest <= 0.0 {
                    return None;
                }
                lower[row * n + row] = rest.sqrt();
            } else {
                lower[row * n + column] = rest / lower[column * n + column];
            }
        }
    }
    // The inverse of the factor, then its product with itself.
    let mut inverted = vec![0.0; n * n];
    for column in 0..n {
        inverted[column * n + column] = 1.0 / lower[column * n + column];
        for row in column + 1..n {
            let dot: f64 = (column..row)
                .map(|k| lower[row * n + k] * inverted[k * n + column])
                .sum();
            inverted[row * n + column] = -dot / lower[row * n + row];
        }
    }
    let mut result = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (row..n)
                .map(|k| inverted[k * n + row] * inverted[k * n + column])
                .sum();
            result[row * n + column] = dot;
            result[column * n + row] = dot;
        }
    }
    Some(result)
}
