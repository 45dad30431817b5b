//! Gathering: reads from the log who met which variant and what they did.

use std::collections::{HashMap, HashSet};

use memory::criteria::{DAY_MS, EventView};
use memory::interaction::Response;
use memory::{CustomerId, Memory};
use serde_json::Value;
use store::Timestamp;

use super::metric::{Ready, ResponseView};
use super::results::{Exposure, Outcome, PAST_DAYS};
use super::{EXPOSURE, EXPOSURE_EXPERIMENT, EXPOSURE_PHASE, EXPOSURE_VARIANT};
use super::{Experiment, Phase};
use crate::Error;

/// Everything that results are made from.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Who met what, by time; a customer once per phase.
    pub test: Vec<Exposure>,
    /// The same after a winner was rolled out.
    pub holdout: Vec<Exposure>,
    /// Customers who met more than one variant, counted for the first.
    pub moved: u64,
    /// By measure, in order of time.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// Gathers for an experiment that exists since an instant.
pub async fn gather(
    memory: &Memory,
    key: &str,
    experiment: &Experiment,
    since: Timestamp,
    margin_share: Option<f64>,
) -> Result<Gathered, Error> {
    let mut metrics = vec![&experiment.metric];
    metrics.extend(experiment.guardrails.iter().map(|one| &one.metric));
    let mut names: Vec<String> = vec![EXPOSURE.to_owned()];
    let mut ready: Vec<Ready> = vec![];
    let mut responses = false;
    for metric in metrics {
        names.extend(metric.events().into_iter().map(str::to_owned));
        responses |= metric.events().is_empty();
        ready.push(metric.ready(margin_share).map_err(Error::Metric)?);
    }
    names.sort();
    names.dedup();
    let mut collector = Collector {
        key,
        experiment,
        ready: &ready,
        met: HashMap::new(),
        outcomes: vec![vec![]; ready.len()],
    };
    let since = Some(since.plus_ms(-PAST_DAYS * DAY_MS));
    let view = memory.lake().view().await?;
    let mut see = |customer, event: &EventView<'_>| collector.event(customer, event);
    view.each_event(names, since, &mut see).await?;
    if responses {
        let mut see = |customer, at, response| collector.response(customer, at, &response);
        view.each_response(since, &mut see).await?;
    }
    let Collector {
        met, mut outcomes, ..
    } = collector;
    for list in &mut outcomes {
        list.sort_by_key(|outcome| outcome.at);
    }
    let (test, moved) = first_met(&met, Phase::Test);
    let (holdout, _) = first_met(&met, Phase::Holdout);
    Ok(Gathered {
        test,
        holdout,
        moved,
        outcomes,
    })
}

type Met = HashMap<(CustomerId, Phase), Vec<(Timestamp, usize)>>;

/// The first variant of every customer in a phase, by time; and how many met several.
fn first_met(met: &Met, phase: Phase) -> (Vec<Exposure>, u64) {
    let mut moved = 0;
    let mut exposures = vec![];
    for ((customer, at_phase), variants) in met {
        if *at_phase != phase {
            continue;
        }
        let different: HashSet<usize> = variants.iter().map(|(_, variant)| *variant).collect();
        moved += u64::from(different.len() > 1);
        if let Some((at, variant)) = variants.iter().min() {
            exposures.push(Exposure {
                customer: *customer,
                variant: *variant,
                at: *at,
            });
        }
    }
    exposures.sort_by_key(|exposure| (exposure.at, exposure.customer));
    (exposures, moved)
}

struct Collector<'a> {
    key: &'a str,
    experiment: &'a Experiment,
    ready: &'a [Ready],
    met: Met,
    outcomes: Vec<Vec<Outcome>>,
}

impl Collector<'_> {
    fn response(&mut self, customer: CustomerId, at: Timestamp, response: &Response) {
        if response.in_control {
            return;
        }
        let view = ResponseView {
            kind: response.name.as_deref().unwrap_or(response.kind.word()),
            offer: response.offer.as_deref(),
        };
        for (ready, list) in self.ready.iter().zip(&mut self.outcomes) {
            list.extend(ready.of_response(view).map(|amount| Outcome {
                customer,
                at,
                amount,
            }));
        }
    }

    fn event(&mut self, customer: CustomerId, event: &EventView<'_>) {
        let at = Timestamp(event.occurred_ms);
        if event.name == EXPOSURE {
            self.exposure(customer, at, event);
        }
        for (ready, list) in self.ready.iter().zip(&mut self.outcomes) {
            list.extend(ready.of_event(event).map(|amount| Outcome {
                customer,
                at,
                amount,
            }));
        }
    }

    fn exposure(&mut self, customer: CustomerId, at: Timestamp, event: &EventView<'_>) {
        let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
        if text(EXPOSURE_EXPERIMENT) != Some(self.key) {
            return;
        }
        let Some(variant) = text(EXPOSURE_VARIANT).and_then(|key| self.experiment.variant(key))
        else {
            return;
        };
        let holdout = text(EXPOSURE_PHASE) == Some(Phase::Holdout.word());
        let phase = if holdout { Phase::Holdout } else { Phase::Test };
        let met = self.met.entry((customer, phase)).or_default();
        met.push((at, variant));
    }
}
