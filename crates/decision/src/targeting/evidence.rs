//! What a decision rested on besides its catalog: variants of experiments, and what acceptances were
//! known to be worth.

use std::sync::Arc;

use awareness::experiment::Phase;
use awareness::increment::effect::{Effects, GroupEffect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::adjust::Adjusted;
use super::arbitrate::Factors;
use super::pipeline::Considered;
use super::stored::Stored;
use super::{Decider, OfferAnswer};
use crate::Error;
use crate::catalog::Catalog;
use crate::catalog::record::PlacementRecord;
use crate::experiment::party::Taken;
use crate::learning::Learned;
use crate::worth::{Worth, Worths, worth};

/// What is known at a moment besides the catalog.
pub(super) struct Knowledge {
    /// What was learned from responses.
    pub learned: Arc<Learned>,
    /// What acceptances are worth.
    pub worths: Arc<Worths>,
}

/// What came of considering, before it is written down.
pub(super) struct Thought {
    pub considered: Vec<Considered>,
    /// What the customer met of experiments.
    pub met: Vec<Taken>,
    /// The place of the customer's group.
    pub group: usize,
    /// What acceptances were worth.
    pub worths: Arc<Worths>,
}

/// A variant that a decision was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExperimentPart {
    /// Key of the experiment.
    pub experiment: String,
    /// Its version.
    pub version: i64,
    /// Key of the variant.
    pub variant: String,
    /// When in the experiment's life: `test` or `holdout`.
    pub phase: Phase,
    /// How the customer came to it: `dealt` by the hash, or `kept` since it was met first.
    pub by: String,
}

/// What a customer met, with names.
pub(super) fn parts_of(catalog: &Catalog, met: &[Taken]) -> Vec<ExperimentPart> {
    let named = met.iter().map(|taken| {
        let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
        ExperimentPart {
            experiment: entry.key.clone(),
            version: entry.version,
            variant: entry.body.variants[usize::from(taken.variant)].key.clone(),
            phase: taken.phase,
            by: if taken.before { "kept" } else { "dealt" }.to_owned(),
        }
    });
    named.collect()
}

/// What was known of acceptances' worth.
#[derive(Default)]
pub(crate) struct Evidence {
    pub group: Option<String>,
    pub effects: Arc<Effects>,
}

impl Evidence {
    /// Gives an answered offer the priority by which it won.
    pub fn correct(
        &self,
        offer: &mut OfferAnswer,
        placement: &PlacementRecord,
        candidate: u16,
        changed: Option<&Adjusted>,
    ) {
        if let Some((_, stated)) = placement.candidates.get(usize::from(candidate)) {
            let (factors, _) = self.factors(placement, &offer.offer, *stated);
            let factors = changed.map_or(factors, |changed| changed.factors(factors));
            let propensity = offer.propensity.unwrap_or(factors.propensity);
            offer.priority = propensity * factors.weight();
        }
    }

    /// The factors of a candidate with its value as it counted, and what that value rests on.
    pub fn factors(
        &self,
        placement: &PlacementRecord,
        offer: &str,
        factors: Factors,
    ) -> (Factors, Option<GroupEffect>) {
        let group = self.group.as_deref().filter(|_| placement.incremental);
        let known = group.and_then(|group| self.effects.get(offer)?.get(group).copied());
        let value_cents = match worth(known.as_ref()) {
            Worth::Stated => factors.value_cents,
            Worth::Cents(cents) => cents,
            Worth::Nothing => 0,
        };
        (
            Factors {
                value_cents,
                ..factors
            },
            known,
        )
    }
}

impl Decider {
    /// What was known of acceptances' worth when a decision was made.
    pub(crate) async fn evidence(&self, stored: &Stored) -> Result<Evidence, Error> {
        let hash = stored.worths.as_deref().filter(|hash| !hash.is_empty());
        let effects = match hash {
            Some(hash) => crate::worth::db::find(self.memory().db(), hash).await?,
            None => None,
        };
        Ok(Evidence {
            group: stored.group.clone(),
            effects: Arc::new(effects.unwrap_or_default()),
        })
    }
}
