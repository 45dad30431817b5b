//! The model of one offer in one channel: what it expects of a customer, and how it learns.

use std::sync::Arc;

use super::calibration::Calibration;
use super::gaussian::{Gaussian, Prior, logit, sigmoid};
use super::settings::{Algorithm, Learning};
use crate::Channel;

/// Presentations that a feature's own rate needs before it counts as much as the whole.
const SMOOTHING: f64 = 20.0;

/// The largest variance from which is drawn: with many features a new offer would be drawn from
/// anything, and the marketers' estimates would count for nothing.
const WIDEST: f64 = 4.0;

/// What is known of one offer in one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Key of the offer.
    pub offer: String,
    /// The channel.
    pub channel: Channel,
    /// The offer's category; with the channel, its family.
    pub category: String,
    /// The posterior of the Bayesian regression; shared, because most changes of a model are only
    /// that it was shown.
    pub gaussian: Arc<Gaussian>,
    /// Presentations and yeses by place of the feature, for naive Bayes and for people.
    pub counts: Arc<Vec<(f64, f64)>>,
    /// How good the predictions were: Bayesian, then naive Bayes.
    pub calibrations: [Calibration; 2],
    /// The marketer's estimate.
    pub estimated: f64,
    /// The rate it started with, and the presentations that is worth.
    pub start: (f64, f64),
    /// Presentations whose outcome is known, fading with time.
    pub presented: f64,
    /// Their outcomes, fading with time.
    pub rewarded: f64,
    /// Everything since it began, not fading.
    pub totals: Totals,
    /// The day (since 1970, UTC) that `today_count` counts.
    pub today: i64,
    /// Contacts made on that day, without those that were not seen in time.
    pub today_count: f64,
    /// True while it must not change.
    pub frozen: bool,
    /// When it began, in milliseconds.
    pub since_ms: i64,
    /// When it last learned, in milliseconds.
    pub learned_ms: i64,
}

/// Sums since a model began.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Contacts made, without those that were not seen in time.
    pub shown: f64,
    /// Contacts whose outcome is known.
    pub settled: f64,
    /// Sum of the outcomes.
    pub rewarded: f64,
    /// Contacts that were made although another offer was expected to be better.
    pub explored: f64,
    /// What was given up by that, in minor units.
    pub forgone_cents: f64,
}

/// What a model expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The probability of an acceptance.
    pub propensity: f64,
    /// Expected log odds.
    pub mean: f64,
    /// Standard deviation of the log odds.
    pub deviation: f64,
}

impl Estimate {
    /// What is expected when it is drawn from log odds of this mean and variance, which are
    /// another number when they are corrected.
    ///
    /// Predictions of what was chosen are too high on average, because they were chosen. The
    /// correction makes them true; draws that followed it would look for the opposite: offers of
    /// which little is known.
    pub fn drawn(mean: f64, variance: f64, corrected: f64) -> Estimate {
        Estimate {
            propensity: sigmoid(corrected),
            mean,
            deviation: variance.clamp(0.0, WIDEST).sqrt(),
        }
    }

    /// What is expected when the log odds are normal. The propensity is that of the mean: an offer
    /// of which nothing is known has the marketer's estimate, whatever is known of the customer.
    pub fn of(mean: f64, variance: f64, calibration: Option<&Calibration>) -> Estimate {
        let straight = Calibration::default();
        let calibration = calibration.unwrap_or(&straight);
        let mean = calibration.correct(mean);
        Estimate {
            propensity: sigmoid(mean),
            mean,
            deviation: calibration.slope * variance.min(WIDEST).sqrt(),
        }
    }
}

/// What a model begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    /// The rate, and the presentations that is worth.
    pub start: (f64, f64),
    /// Expected weights, from offers of the same family.
    pub weights: Vec<f64>,
    /// The share of the channel's customers who have each feature.
    pub usual: Vec<f64>,
}

impl Model {
    /// A model that has learned nothing yet.
    pub fn new(
        offer: String,
        channel: Channel,
        category: String,
        estimated: f64,
        beginning: Beginning,
        since_ms: i64,
    ) -> Model {
        let Beginning {
            start,
            weights,
            usual,
        } = beginning;
        let (rate, presentations) = start;
        Model {
            offer,
            channel,
            category,
            estimated,
            gaussian: Arc::new(Gaussian::new(Prior::of_rate(
                rate,
                presentations,
                weights,
                usual,
            ))),
            counts: Arc::default(),
            calibrations: [Calibration::default(), Calibration::default()],
            start,
            presented: 0.0,
            rewarded: 0.0,
            totals: Totals::default(),
            today: 0,
            today_count: 0.0,
            frozen: false,
            since_ms,
            learned_ms: 0,
        }
    }

    /// What it expects of a customer with these features.
    pub fn estimate(&self, algorithm: Algorithm, x: &[u16]) -> Estimate {
        match algorithm {
            Algorithm::Bayesian => {
                let (mean, variance) = self.gaussian.estimate(x);
                Estimate::drawn(mean, variance, self.calibrations[0].correct(mean))
            }
            Algorithm::NaiveBayes => {
                let (mean, variance) = self.naive(x);
                Estimate::of(mean, variance, Some(&self.calibrations[1]))
            }
            Algorithm::Fixed => Estimate::of(logit(self.start.0), 0.0, None),
        }
    }

    /// The rate over all customers, drawn towards the starting rate.
    pub fn rate(&self) -> f64 {
        let (start, worth) = self.start;
        (self.rewarded + worth * start) / (self.presented + worth)
    }

    /// Naive Bayes: the log odds of everybody, plus what each feature alone changes.
    fn naive(&self, x: &[u16]) -> (f64, f64) {
        let base = self.rate();
        let everybody = logit(base);
        let mut score = everybody;
        for place in x.iter().filter(|place| **place != 0) {
            score += self.feature_score(*place, base) - everybody;
        }
        let information = (self.presented + self.start.1) * base * (1.0 - base);
        (score, 1.0 / information.max(0.05))
    }

    /// The log odds of customers with one feature.
    fn feature_score(&self, place: u16, base: f64) -> f64 {
        let known = self.counts.get(usize::from(place)).copied();
        let (presented, rewarded) = known.unwrap_or_default();
        logit((rewarded + SMOOTHING * base) / (presented + SMOOTHING))
    }

    /// What a feature alone changes of the log odds, and how uncertain that is.
    pub fn feature_effect(&self, place: u16) -> (f64, f64) {
        let base = self.rate();
        let effect = self.feature_score(place, base) - logit(base);
        let (presented, _) = self
            .counts
            .get(usize::from(place))
            .copied()
            .unwrap_or_default();
        let information = (presented + SMOOTHING) * base * (1.0 - base);
        (effect, 1.0 / information.max(0.05).sqrt())
    }

    /// How much of what a feature changes is still unknown: 1 at the beginning, towards 0 with
    /// outcomes of customers who have it.
    pub fn unknown_share(&self, algorithm: Algorithm, place: u16) -> f64 {
        match algorithm {
            Algorithm::Bayesian => self.gaussian.unknown_share(usize::from(place)),
            Algorithm::NaiveBayes => {
                let known = self.counts.get(usize::from(place)).copied();
                let (presented, _) = known.unwrap_or_default();
                SMOOTHING / (presented + SMOOTHING)
            }
            Algorithm::Fixed => 1.0,
        }
    }

    /// True while too few outcomes are known for its propensities to be relied on.
    pub fn unproven(&self, learning: &Learning) -> bool {
        !learning.proven(self.totals.settled)
    }

    /// True when it is unproven and was shown as often today as such an offer may be.
    pub fn held_back(&self, learning: &Learning, today: i64) -> bool {
        let per_day = f64::from(learning.new_offers.per_day);
        let used = today == self.today && self.today_count >= per_day;
        per_day > 0.0 && used && self.unproven(learning)
    }

    /// Learns an outcome: 0 no, 1 yes; `weight` below 1 for a soft no.
    pub fn learn(&mut self, x: &[u16], outcome: f64, weight: f64, now_ms: i64) {
        let raw = self.raw(x);
        for (calibration, raw) in self.calibrations.iter_mut().zip(raw) {
            calibration.count(raw, outcome, weight);
        }
        Arc::make_mut(&mut self.gaussian).learn(x, outcome, weight);
        self.count(x, weight, weight * outcome);
        self.presented += weight;
        self.rewarded += weight * outcome;
        self.totals.settled += weight;
        self.totals.rewarded += weight * outcome;
        self.learned_ms = now_ms;
    }

    /// Corrects an outcome that was learned before.
    pub fn correct(&mut self, x: &[u16], change: f64, now_ms: i64) {
        let raw = self.raw(x);
        for (calibration, raw) in self.calibrations.iter_mut().zip(raw) {
            calibration.change(raw, change);
        }
        Arc::make_mut(&mut self.gaussian).correct(x, change);
        self.count(x, 0.0, change);
        self.rewarded += change;
        self.totals.rewarded += change;
        self.learned_ms = now_ms;
    }

    /// The predictions before correction, of both algorithms.
    fn raw(&self, x: &[u16]) -> [f64; 2] {
        [self.gaussian.estimate(x), self.naive(x)]
            .map(|(mean, variance)| Estimate::of(mean, variance, None).propensity)
    }

    fn count(&mut self, x: &[u16], presented: f64, rewarded: f64) {
        let places = x.iter().max().map_or(0, |place| usize::from(*place) + 1);
        let counts = Arc::make_mut(&mut self.counts);
        if counts.len() < places {
            counts.resize(places, (0.0, 0.0));
        }
        for place in x {
            let known = &mut counts[usize::from(*place)];
            known.0 += presented;
            known.1 += rewarded;
        }
    }

    /// Forgets: keeps the share `keep` of what was learned.
    pub fn forget(&mut self, keep: f64) {
        Arc::make_mut(&mut self.gaussian).forget(keep);
        for (presented, rewarded) in Arc::make_mut(&mut self.counts) {
            *presented *= keep;
            *rewarded *= keep;
        }
        for calibration in &mut self.calibrations {
            calibration.forget(keep);
        }
        self.presented *= keep;
        self.rewarded *= keep;
    }

    /// Takes another starting rate; what was learned stays.
    pub fn restart_from(&mut self, rate: f64) {
        self.start.0 = rate;
        Arc::make_mut(&mut self.gaussian).reprior(logit(rate));
    }
}
