//! Gathering: reads from the log who met which variant and what they did.

use std::collections::{HashMap, HashSet};

use memory::criteria::{DAY_MS, EventView};
use memory::log::{self, Entry, LogRow, RowKind};
use memory::{CustomerId, Memory};
use serde_json::Value;
use store::{Db, Timestamp};

use super::metric::{Ready, ResponseView};
use super::results::{Exposure, Outcome, PAST_DAYS};
use super::{EXPOSURE, EXPOSURE_EXPERIMENT, EXPOSURE_PHASE, EXPOSURE_VARIANT, db};
use super::{Experiment, Phase};
use crate::Error;

/// Rows read at once.
const CHUNK: i64 = 5_000;
/// The most rows that are looked at for one result.
pub const LARGEST_SCAN: usize = 2_000_000;

/// Who is whom after merges.
#[derive(Debug, Default)]
pub struct Roots(HashMap<CustomerId, CustomerId>);

impl Roots {
    /// Reads every merge that stands.
    pub async fn load(db: &Db) -> Result<Roots, Error> {
        let mut roots = Roots::default();
        let mut after = CustomerId(0);
        loop {
            let page = db::merged(db, after, CHUNK).await?;
            let Some((last, _)) = page.last() else {
                return Ok(roots);
            };
            after = *last;
            roots.0.extend(page);
        }
    }

    /// The customer that rows of this one belong to.
    pub fn of(&self, leaf: CustomerId) -> CustomerId {
        self.0.get(&leaf).copied().unwrap_or(leaf)
    }
}

/// Calls `see` with every row that is wanted and was received since an instant; true when there
/// were too many and the newest are missing.
pub async fn scan(
    db: &Db,
    names: &[String],
    kinds: &[RowKind],
    since: Timestamp,
    mut see: impl FnMut(&LogRow),
) -> Result<bool, Error> {
    let mut after = log::db::before(db, since).await?;
    let mut seen = 0;
    while seen < LARGEST_SCAN {
        let rows = db::rows(db, names, kinds, after, CHUNK).await?;
        let Some(last) = rows.last() else {
            return Ok(false);
        };
        after = last.seq;
        seen += rows.len();
        rows.iter().for_each(&mut see);
    }
    Ok(true)
}

/// Calls `see` with an event as measures look at it.
pub fn with_event<T>(row: &LogRow, see: impl FnOnce(&EventView<'_>) -> T) -> Option<T> {
    let Entry::Event(body) = &row.entry else {
        return None;
    };
    let properties: Value = serde_json::from_str(body.properties.get()).unwrap_or_default();
    let context = body.context.as_ref();
    let context = context.and_then(|raw| serde_json::from_str(raw.get()).ok());
    Some(see(&EventView {
        name: &body.name,
        occurred_ms: row.occurred_at.0,
        properties: &properties,
        context: &context.unwrap_or(Value::Null),
    }))
}

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
    /// True when there was more than is looked at.
    pub cut_off: bool,
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
    let kinds: &[RowKind] = if responses { &[RowKind::Response] } else { &[] };
    let roots = Roots::load(memory.db()).await?;
    let mut collector = Collector {
        key,
        experiment,
        ready: &ready,
        roots: &roots,
        met: HashMap::new(),
        outcomes: vec![vec![]; ready.len()],
    };
    let since = since.plus_ms(-PAST_DAYS * DAY_MS);
    let cut_off = scan(memory.db(), &names, kinds, since, |row| collector.see(row)).await?;
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
        cut_off,
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
    roots: &'a Roots,
    met: Met,
    outcomes: Vec<Vec<Outcome>>,
}

impl Collector<'_> {
    fn see(&mut self, row: &LogRow) {
        let customer = self.roots.of(row.customer_id);
        if let Entry::Response(response) = &row.entry {
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
                    at: row.occurred_at,
                    amount,
                }));
            }
            return;
        }
        with_event(row, |event| {
            if event.name == EXPOSURE {
                self.exposure(customer, row.occurred_at, event);
            }
            for (ready, list) in self.ready.iter().zip(&mut self.outcomes) {
                list.extend(ready.of_event(event).map(|amount| Outcome {
                    customer,
                    at: row.occurred_at,
                    amount,
                }));
            }
        });
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
