//! The report of an experiment: everything its page shows.

use memory::criteria::DAY_MS;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::gather::Gathered;
use super::results::{Comparison, Exposure, Frame, Measured, Point, VariantFigures, measure};
use super::verdict::{Evidence, GuardrailState, Verdict, guardrail, verdict};
use super::{Experiment, Metric};
use crate::statistics::sample_ratio;

/// Everything that is known about an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentReport)]
pub struct Report {
    /// Its key.
    pub experiment: String,
    /// The version that is told about.
    pub version: i64,
    /// Until when everything is counted.
    pub as_of: Timestamp,
    /// When the first customer met a variant.
    pub first_at: Option<Timestamp>,
    /// Whole days since then.
    pub days: u32,
    /// What may be concluded.
    pub verdict: Verdict,
    /// Whether the variants have the customers that their shares promise.
    pub sample_ratio: SampleRatio,
    /// The variants, in the order of the definition; the first is the baseline.
    pub variants: Vec<VariantReport>,
    /// The measure that decides.
    pub primary: MetricReport,
    /// The measures that must not get worse.
    pub guardrails: Vec<MetricReport>,
    /// Customers who met more than one variant (for example because two turned out to be one);
    /// each counts for the first.
    pub moved: u64,
    /// The winner against those who kept the baseline, since it was rolled out.
    pub holdout: Option<HoldoutReport>,
}

/// Whether the variants have the customers that their shares promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentSampleRatio)]
pub struct SampleRatio {
    /// How likely such counts would be by chance.
    pub p_value: f64,
    /// True below 0.001: no verdict is given.
    pub alarm: bool,
}

/// A variant in a report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentVariantReport)]
pub struct VariantReport {
    /// Its key.
    pub key: String,
    /// Its share.
    pub share: f64,
    /// Customers who met it.
    pub customers: u64,
}

/// One measure in a report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentMetricReport)]
pub struct MetricReport {
    /// What is measured.
    pub metric: Metric,
    /// By variant.
    pub variants: Vec<VariantFigures>,
    /// By variant but the baseline; null while there are too few customers.
    pub comparisons: Vec<Option<Comparison>>,
    /// By variant: the probability that its true value is the greatest, as of now; null while there
    /// are too few customers. It is no verdict: unlike those, it moves with every look.
    pub best: Option<Vec<f64>>,
    /// Day by day.
    pub points: Vec<Point>,
    /// Of a guardrail, by variant but the baseline: where it stands.
    pub states: Vec<GuardrailState>,
}

/// The winner against those who kept the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExperimentHoldoutReport)]
pub struct HoldoutReport {
    /// Those who kept the baseline.
    pub baseline: VariantFigures,
    /// Those who got the winner.
    pub winner: VariantFigures,
    /// The difference; null while there are too few customers.
    pub comparison: Option<Comparison>,
    /// Day by day.
    pub points: Vec<Point>,
}

/// What a report is made from.
pub struct Source {
    /// The experiment's key.
    pub key: String,
    /// The version.
    pub version: i64,
    /// What it is.
    pub experiment: Experiment,
    /// What was read from the log.
    pub gathered: Gathered,
    /// Until when.
    pub as_of: Timestamp,
}

/// Makes the report. Takes its time: call it where waiting blocks nobody.
pub fn report(source: &Source) -> Report {
    let Source {
        experiment,
        gathered,
        as_of,
        ..
    } = source;
    let frame = frame(source, &gathered.test, experiment.variants.len());
    let forms: Vec<_> = metrics(experiment).map(Metric::form).collect();
    let measured = |place: usize| measure(&frame, forms[place], &gathered.outcomes[place]);
    let primary = measured(0);
    let guards: Vec<Measured> = (0..experiment.guardrails.len())
        .map(|place| measured(place + 1))
        .collect();
    let states: Vec<Vec<GuardrailState>> = experiment
        .guardrails
        .iter()
        .zip(&guards)
        .map(|(rule, measured)| {
            let comparisons = measured.comparisons.iter();
            comparisons
                .map(|one| guardrail(rule, one.as_ref()))
                .collect()
        })
        .collect();
    let customers: Vec<u64> = primary.variants.iter().map(|one| one.customers).collect();
    let shares: Vec<f64> = experiment.variants.iter().map(|one| one.share).collect();
    let p_value = sample_ratio::p_value(&customers, &shares);
    let first_at = gathered.test.first().map(|exposure| exposure.at);
    let days = first_at.map_or(0, |first| as_of.since_ms(first).max(0) / DAY_MS);
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    let evidence = Evidence {
        experiment,
        customers: &customers,
        days,
        primary: &primary,
        guardrails: &states,
    };
    let verdict = verdict(&evidence);
    let variants = experiment.variants.iter().zip(&customers);
    let guardrails = experiment.guardrails.iter().zip(guards).zip(states);
    Report {
        experiment: source.key.clone(),
        version: source.version,
        as_of: *as_of,
        first_at,
        days,
        verdict,
        sample_ratio: SampleRatio {
            p_value,
            alarm: p_value < sample_ratio::ALARM,
        },
        variants: variants
            .map(|(variant, customers)| VariantReport {
                key: variant.key.clone(),
                share: variant.share,
                customers: *customers,
            })
            .collect(),
        primary: told(&experiment.metric, primary, vec![]),
        guardrails: guardrails
            .map(|((rule, measured), states)| told(&rule.metric, measured, states))
            .collect(),
        moved: gathered.moved,
        holdout: holdout(source),
    }
}

/// The measure that decides, then those of the guardrails: the order of what was gathered.
fn metrics(experiment: &Experiment) -> impl Iterator<Item = &Metric> {
    let guardrails = experiment.guardrails.iter().map(|one| &one.metric);
    std::iter::once(&experiment.metric).chain(guardrails)
}

fn frame<'a>(source: &'a Source, exposures: &'a [Exposure], variants: usize) -> Frame<'a> {
    Frame {
        exposures,
        variants,
        window_ms: i64::from(source.experiment.window_days) * DAY_MS,
        expected_lift: source.experiment.expected_lift,
        as_of: source.as_of,
    }
}

fn told(metric: &Metric, measured: Measured, states: Vec<GuardrailState>) -> MetricReport {
    MetricReport {
        metric: metric.clone(),
        variants: measured.variants,
        comparisons: measured.comparisons,
        best: measured.best,
        points: measured.points,
        states,
    }
}

/// Who kept the baseline stands first, whatever the winner's place is.
fn holdout(source: &Source) -> Option<HoldoutReport> {
    let winner = source.experiment.winner_place()?;
    if source.experiment.holdout <= 0.0 {
        return None;
    }
    let two = |exposure: &Exposure| Exposure {
        variant: usize::from(exposure.variant == winner && winner != 0),
        ..*exposure
    };
    let exposures: Vec<Exposure> = source.gathered.holdout.iter().map(two).collect();
    let form = source.experiment.metric.form();
    let frame = frame(source, &exposures, 2);
    let measured = measure(&frame, form, &source.gathered.outcomes[0]);
    Some(HoldoutReport {
        baseline: measured.variants[0],
        winner: measured.variants[1],
        comparison: measured.comparisons[0],
        points: measured.points,
    })
}
