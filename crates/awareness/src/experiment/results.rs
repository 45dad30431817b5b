//! Results: from who met what and what they did, to differences with intervals, day by day.
//!
//! Intent to treat: whoever met a variant counts for it, whatever became of it later. A customer
//! counts once, for the variant met first; outcomes count from that moment on.

use std::collections::HashMap;

use memory::CustomerId;
use memory::criteria::DAY_MS;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::metric::{Amount, Form};
use crate::statistics::difference::{ALPHA, variance_of_mean};
use crate::statistics::{Estimate, Moments, best, cuped, ratio, sequential};

/// Customers that each variant must have before a difference is told.
pub const FEWEST: f64 = 50.0;
/// Customers with an outcome that a rate needs, over both variants.
const FEWEST_SUCCESSES: f64 = 10.0;
/// Points of a curve over time.
const POINTS: i64 = 60;
/// How far back before meeting the variant a customer's own past is looked at.
pub const PAST_DAYS: i64 = 28;
/// The size of effects looked for where the baseline is 0, in standard deviations.
const TAU_OF_SIGMA: f64 = 0.1;

/// A customer who met a variant, for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// Who (the root).
    pub customer: CustomerId,
    /// The place of the variant.
    pub variant: usize,
    /// When.
    pub at: Timestamp,
}

/// Something a customer did that a measure counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Who (the root).
    pub customer: CustomerId,
    /// When.
    pub at: Timestamp,
    /// How much.
    pub amount: Amount,
}

/// One measure for one variant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentVariantFigures)]
pub struct VariantFigures {
    /// Customers who met it.
    pub customers: u64,
    /// The sum over customers; of a rate, how many.
    pub total: f64,
    /// The rate, mean or ratio; absent while there is nothing to divide by.
    pub value: Option<f64>,
}

/// A variant compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentComparison)]
pub struct Comparison {
    /// The difference, with an interval that holds at every look.
    pub difference: Estimate,
    /// The same relative to the baseline; absent where the baseline is 0.
    pub relative: Option<Estimate>,
    /// The always-valid p-value: the smallest of all days so far.
    pub p_value: f64,
    /// How much of the variance the customers' own past explained, 0 to 1.
    pub explained: f64,
    /// How many customers more, over all variants, until a difference as large as this one (or as
    /// the one looked for, when this one is smaller) would be certain; 0 when it is, absent when
    /// no number within reach would do.
    pub more_customers: Option<u64>,
}

/// The comparisons at the end of one day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentPoint)]
pub struct Point {
    /// Up to when.
    pub until: Timestamp,
    /// Customers by variant.
    pub customers: Vec<u64>,
    /// By variant but the baseline: the difference; absent while there are too few customers.
    pub differences: Vec<Option<Estimate>>,
}

/// One measure over the whole experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// By variant.
    pub variants: Vec<VariantFigures>,
    /// By variant but the baseline; absent while there are too few customers to tell.
    pub comparisons: Vec<Option<Comparison>>,
    /// By variant: the probability that its true value is the greatest, as of now; absent while
    /// there are too few customers.
    pub best: Option<Vec<f64>>,
    /// Day by day.
    pub points: Vec<Point>,
}

/// What measures are compared over.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Who met what, by time.
    pub exposures: &'a [Exposure],
    /// Variants.
    pub variants: usize,
    /// For how long outcomes count after meeting the variant.
    pub window_ms: i64,
    /// The relative change that is looked for.
    pub expected_lift: f64,
    /// Until when everything is known.
    pub as_of: Timestamp,
}

/// What one customer has done.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    variant: usize,
    met_at: Timestamp,
    now: Amount,
    past: f64,
    met: bool,
}

/// Follows a measure through the experiment. Outcomes are in order of time.
pub fn measure(frame: &Frame<'_>, form: Form, outcomes: &[Outcome]) -> Measured {
    let mut tracks = tracks(frame, form, outcomes);
    let mut arms = vec![Moments::default(); frame.variants];
    let mut smallest = vec![1.0_f64; frame.variants.saturating_sub(1)];
    let mut points = vec![];
    let mut exposures = frame.exposures.iter().peekable();
    let mut outcomes = outcomes.iter().peekable();
    for until in ends(frame) {
        loop {
            let met = exposures.next_if(|exposure| exposure.at < until);
            if let Some(exposure) = met {
                if let Some(track) = tracks.get_mut(&exposure.customer) {
                    track.met = true;
                    let (number, second) = track.pair(form);
                    arms[track.variant].add(number, second);
                }
                continue;
            }
            let Some(outcome) = outcomes.next_if(|outcome| outcome.at < until) else {
                break;
            };
            count(frame, form, &mut tracks, &mut arms, outcome);
        }
        let found = compare_all(frame, form, &arms, &mut smallest);
        let differences = found.iter().map(|one| one.map(|found| found.difference));
        points.push(Point {
            until,
            customers: arms.iter().map(|arm| arm.count as u64).collect(),
            differences: differences.collect(),
        });
    }
    Measured {
        variants: arms.iter().map(|arm| figures(form, arm)).collect(),
        comparisons: compare_all(frame, form, &arms, &mut smallest),
        best: best(form, &arms),
        points,
    }
}

impl Track {
    /// The two numbers of this customer that moments are made of.
    fn pair(&self, form: Form) -> (f64, f64) {
        match form {
            Form::Rate => (f64::from(u8::from(self.now.1 > 0.0)), self.past),
            Form::Mean => (self.now.0, self.past),
            Form::Ratio => self.now,
        }
    }
}

/// Everybody who met a variant, with what they did before.
fn tracks(frame: &Frame<'_>, form: Form, outcomes: &[Outcome]) -> HashMap<CustomerId, Track> {
    let mut tracks: HashMap<CustomerId, Track> = HashMap::with_capacity(frame.exposures.len());
    for exposure in frame.exposures {
        tracks.insert(
            exposure.customer,
            Track {
                variant: exposure.variant,
                met_at: exposure.at,
                ..Track::default()
            },
        );
    }
    for outcome in outcomes {
        if let Some(track) = tracks.get_mut(&outcome.customer)
            && outcome.at < track.met_at
            && track.met_at.since_ms(outcome.at) <= PAST_DAYS * DAY_MS
        {
            match form {
                Form::Rate => track.past = 1.0,
                Form::Mean => track.past += outcome.amount.0,
                Form::Ratio => {}
            }
        }
    }
    tracks
}

fn count(
    frame: &Frame<'_>,
    form: Form,
    tracks: &mut HashMap<CustomerId, Track>,
    arms: &mut [Moments],
    outcome: &Outcome,
) {
    let Some(track) = tracks.get_mut(&outcome.customer) else {
        return;
    };
    let since = outcome.at.since_ms(track.met_at);
    if !track.met || since < 0 || since > frame.window_ms {
        return;
    }
    let before = track.pair(form);
    track.now.0 += outcome.amount.0;
    track.now.1 += outcome.amount.1;
    arms[track.variant].change(before, track.pair(form));
}

/// The ends of the days that make points, the last one just after everything known.
fn ends(frame: &Frame<'_>) -> Vec<Timestamp> {
    let last = frame.as_of.plus_ms(1);
    let Some(first) = frame.exposures.first() else {
        return vec![last];
    };
    let days = last.since_ms(first.at).max(0) / DAY_MS + 1;
    let step = (days + POINTS - 1) / POINTS;
    let mut end = Timestamp(first.at.0 - first.at.0.rem_euclid(DAY_MS) + step * DAY_MS);
    let mut ends = vec![];
    while end < last {
        ends.push(end);
        end = end.plus_ms(step * DAY_MS);
    }
    ends.push(last);
    ends
}

fn figures(form: Form, arm: &Moments) -> VariantFigures {
    let value = match form {
        Form::Rate | Form::Mean => (arm.count > 0.0).then(|| arm.mean()),
        Form::Ratio => (arm.x != 0.0).then(|| arm.y / arm.x),
    };
    VariantFigures {
        customers: arm.count as u64,
        total: arm.y,
        value,
    }
}

fn compare_all(
    frame: &Frame<'_>,
    form: Form,
    arms: &[Moments],
    smallest: &mut [f64],
) -> Vec<Option<Comparison>> {
    let alpha = ALPHA / arms.len().saturating_sub(1).max(1) as f64;
    let mut found = Vec::with_capacity(smallest.len());
    for (place, smallest) in smallest.iter_mut().enumerate() {
        found.push(compare(frame, form, arms, place + 1, alpha, smallest));
    }
    found
}

/// A mean (or ratio) and the variance of it as an estimate.
type Known = (f64, f64);

fn compare(
    frame: &Frame<'_>,
    form: Form,
    arms: &[Moments],
    other: usize,
    alpha: f64,
    smallest: &mut f64,
) -> Option<Comparison> {
    let (baseline, treated) = (&arms[0], &arms[other]);
    if baseline.count < FEWEST || treated.count < FEWEST {
        return None;
    }
    if form == Form::Rate && baseline.y + treated.y < FEWEST_SUCCESSES {
        return None;
    }
    let (one, two, explained) = known(form, arms, other)?;
    let variance = one.1 + two.1;
    if variance <= 0.0 {
        return None;
    }
    let difference = two.0 - one.0;
    let plain = figures(form, baseline).value?;
    let wanted = (frame.expected_lift * plain).abs();
    let deviation = (variance * baseline.count.min(treated.count) / 2.0).sqrt();
    let tau = if wanted > 0.0 {
        wanted
    } else {
        TAU_OF_SIGMA * deviation
    };
    let tau_squared = tau * tau;
    let likelihood = sequential::likelihood_ratio(difference, variance, tau_squared);
    *smallest = sequential::p_value(*smallest, likelihood);
    let interval = sequential::interval(difference, variance, tau_squared, alpha);
    let reach = difference.abs().max(wanted);
    let growth = sequential::growth_needed(variance, tau_squared, alpha, reach);
    let all: f64 = arms.iter().map(|arm| arm.count).sum();
    Some(Comparison {
        difference: interval,
        relative: (plain != 0.0).then(|| interval.times(1.0 / plain)),
        p_value: *smallest,
        explained,
        more_customers: growth.map(|times| ((times - 1.0) * all).ceil() as u64),
    })
}

/// The probability of each variant to be the best one.
fn best(form: Form, arms: &[Moments]) -> Option<Vec<f64>> {
    let successes: f64 = arms.iter().map(|arm| arm.y).sum();
    let few = arms.iter().any(|arm| arm.count < FEWEST);
    if arms.len() < 2 || few || (form == Form::Rate && successes < FEWEST_SUCCESSES) {
        return None;
    }
    let mut estimates = vec![];
    for place in 1..arms.len() {
        let (baseline, other, _) = known(form, arms, place)?;
        if place == 1 {
            estimates.push(baseline);
        }
        estimates.push(other);
    }
    let told = estimates.iter().all(|(_, variance)| *variance > 0.0);
    told.then(|| best::chances(&estimates))
}

/// Baseline and variant, adjusted by the customers' own past where there is one; and how much of
/// the variance that explained.
fn known(form: Form, arms: &[Moments], other: usize) -> Option<(Known, Known, f64)> {
    if form == Form::Ratio {
        return Some((ratio::ratio(&arms[0])?, ratio::ratio(&arms[other])?, 0.0));
    }
    let theta = cuped::theta(arms);
    if theta == 0.0 {
        let plain = |arm: &Moments| (arm.mean(), variance_of_mean(arm));
        return Some((plain(&arms[0]), plain(&arms[other]), 0.0));
    }
    let mean_x = cuped::mean_x(arms);
    let adjusted = |arm: &Moments| {
        let (mean, variance) = cuped::adjusted(arm, theta, mean_x);
        (mean, variance / arm.count)
    };
    let explained = cuped::explained_share(arms);
    Some((adjusted(&arms[0]), adjusted(&arms[other]), explained))
}
