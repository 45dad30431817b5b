//! Preparing experiments at publication, so that a decision only has to look things up.

use awareness::experiment::assign::Salts;
use awareness::experiment::{
    EXPOSURE, EXPOSURE_EXPERIMENT, EXPOSURE_PHASE, EXPOSURE_VARIANT, Experiment, Phase, Subject,
};
use serde_json::{Value, json};

use super::{ExperimentEntry, Experiments};

/// What experiments are prepared with.
pub(crate) struct Ground<'a> {
    /// Gives a rule its place among the criteria of the catalog.
    pub rule: &'a mut dyn FnMut(&Value) -> Option<usize>,
    /// Gives an offer's key its place.
    pub offer: &'a dyn Fn(&str) -> Option<u16>,
}

impl Experiments {
    /// Prepares published experiments, given by key with their versions.
    pub(crate) fn prepare(
        bodies: Vec<(String, i64, Experiment)>,
        ground: &mut Ground<'_>,
    ) -> Experiments {
        let entries = bodies.into_iter().map(|(key, version, body)| {
            let audience = body.audience.as_ref().and_then(|json| (ground.rule)(json));
            let met = met(&key, &body, ground.rule);
            let offers = offers(&body, ground.offer);
            let mut contested: Vec<u16> = offers.concat();
            contested.sort_unstable();
            contested.dedup();
            contested.retain(|offer| !offers.iter().all(|list| list.contains(offer)));
            ExperimentEntry {
                salts: Salts::of(&key, &body),
                audience,
                met,
                offers,
                contested,
                key,
                version,
                body,
            }
        });
        Experiments {
            entries: entries.collect(),
            changed: Default::default(),
        }
    }
}

/// The criteria that say a customer has met a variant before. What was met first holds, whatever
/// becomes of the shares or of the customer's id.
fn met(
    key: &str,
    body: &Experiment,
    rule: &mut dyn FnMut(&Value) -> Option<usize>,
) -> Vec<[Option<usize>; 2]> {
    let mut first = |variant: &str, phase: Phase| {
        rule(&json!({
            "event": EXPOSURE,
            "where": [
                { "property": EXPOSURE_EXPERIMENT, "equals": key },
                { "property": EXPOSURE_PHASE, "equals": phase.word() },
            ],
            "measure": "first",
            "of": EXPOSURE_VARIANT,
            "equals": variant,
        }))
    };
    let variants = body.variants.iter();
    variants
        .map(|variant| {
            let decided = body.winner.is_some();
            let test = (!decided)
                .then(|| first(&variant.key, Phase::Test))
                .flatten();
            let holdout = decided
                .then(|| first(&variant.key, Phase::Holdout))
                .flatten();
            [test, holdout]
        })
        .collect()
}

/// By variant: the offers it may show.
fn offers(body: &Experiment, place: &dyn Fn(&str) -> Option<u16>) -> Vec<Vec<u16>> {
    if body.subject != (Subject::Offers {}) {
        return vec![];
    }
    let listed = body.variants.iter().map(|variant| {
        let keys = variant.change.get("offers").and_then(Value::as_array);
        let keys = keys.into_iter().flatten().filter_map(Value::as_str);
        keys.filter_map(place).collect()
    });
    listed.collect()
}
