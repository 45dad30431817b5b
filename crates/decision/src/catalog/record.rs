//! What a decision record refers to: keys, versions and figures of everything that took part.
//!
//! Written once per publication, so that each of many records can be short and still says by
//! which versions and figures it was made.

use serde::{Deserialize, Serialize};

use super::Catalog;
use crate::Channel;
use crate::learning::Learning;
use crate::targeting::arbitrate::Factors;
use crate::targeting::reason::Names;

/// The catalog as records refer to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CatalogRecord {
    /// Offers, by place.
    pub offers: Vec<OfferRecord>,
    /// Placements, by place.
    pub placements: Vec<PlacementRecord>,
    /// Limits, by place.
    pub limits: Vec<LimitRecord>,
    /// Policies with their versions.
    pub policies: Vec<(String, i64)>,
    /// Caps, by place.
    #[serde(default)]
    pub caps: Vec<CapRecord>,
    /// The strategy in use where no other one is, with its version.
    pub strategy: Option<(String, i64)>,
    /// The formula of priorities.
    pub formula: String,
    /// How propensities are learned.
    #[serde(default)]
    pub learning: Learning,
    /// Experiments with their versions, by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<(String, i64)>,
    /// What else was compiled in: kind, key and version of lists, strategies and segments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(String, String, i64)>,
}

/// An offer, as records refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferRecord {
    /// Key.
    pub key: String,
    /// Version.
    pub version: i64,
    /// Currency of its value.
    pub currency: String,
    /// Keys of its variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

/// A placement, as records refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacementRecord {
    /// Key.
    pub key: String,
    /// Version.
    pub version: i64,
    /// Channel.
    pub channel: Channel,
    /// Its candidates: places of offers, with their factors.
    pub candidates: Vec<(u16, Factors)>,
    /// Which variant of its offer each candidate is; empty when no offer has variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Option<u16>>,
    /// Its strategy with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<(String, i64)>,
    /// True when its strategy goes by incremental values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incremental: bool,
}

/// A cap, as records refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapRecord {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: i64,
    /// How much it allows.
    pub at_most: i64,
}

/// A limit, as records refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitRecord {
    /// Key of its policy.
    pub policy: String,
    /// Its key.
    pub key: String,
    /// How many contacts it allows.
    pub at_most: u32,
}

impl CatalogRecord {
    /// What records refer to, of a catalog.
    pub(super) fn of(
        catalog: &Catalog,
        policies: Vec<(String, i64)>,
        strategy: Option<(String, i64)>,
    ) -> CatalogRecord {
        let offers = catalog.offers.iter().map(|offer| OfferRecord {
            key: offer.key.clone(),
            version: offer.version,
            currency: offer.body.currency.clone(),
            variants: offer.body.variants.iter().map(|v| v.key.clone()).collect(),
        });
        let placements = catalog.placements.iter().map(|placement| PlacementRecord {
            key: placement.key.clone(),
            version: placement.version,
            channel: placement.body.channel,
            candidates: placement
                .candidates
                .iter()
                .map(|c| (c.offer, c.factors))
                .collect(),
            variants: match placement.candidates.iter().any(|c| c.variant.is_some()) {
                true => placement.candidates.iter().map(|c| c.variant).collect(),
                false => vec![],
            },
            strategy: placement.strategy.map(|at| {
                let strategy = &catalog.strategies[usize::from(at)];
                (strategy.key.clone(), strategy.version)
            }),
            incremental: placement.incremental,
        });
        let caps = catalog.caps.iter().map(|cap| CapRecord {
            key: cap.key.clone(),
            version: cap.version,
            at_most: cap.body.at_most,
        });
        let limits = catalog.limits.iter().map(|limit| LimitRecord {
            policy: limit.policy.clone(),
            key: limit.key.clone(),
            at_most: limit.at_most,
        });
        CatalogRecord {
            offers: offers.collect(),
            placements: placements.collect(),
            limits: limits.collect(),
            caps: caps.collect(),
            policies,
            strategy,
            formula: catalog.strategy.formula.clone(),
            learning: catalog.strategy.learning.clone(),
            experiments: catalog
                .experiments
                .entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.version))
                .collect(),
            also: vec![],
        }
    }

    /// Its name in records: the first 64 bits of blake3 over its JSON, in hexadecimal.
    pub(super) fn hash(&self) -> String {
        let json = serde_json::to_vec(self).expect("a record of texts and numbers is JSON");
        blake3::hash(&json).to_hex()[..16].to_owned()
    }
}

impl CatalogRecord {
    /// The variant that a candidate of a placement is.
    pub fn variant(&self, placement: &PlacementRecord, candidate: u16) -> Option<&str> {
        let candidate = usize::from(candidate);
        let variant = placement.variants.get(candidate).copied().flatten()?;
        let (offer, _) = placement.candidates.get(candidate)?;
        let offer = self.offers.get(usize::from(*offer))?;
        offer.variants.get(usize::from(variant)).map(String::as_str)
    }
}

impl Names for CatalogRecord {
    fn limit(&self, place: u16) -> Option<(&str, &str, u32)> {
        let limit = self.limits.get(usize::from(place))?;
        Some((&limit.policy, &limit.key, limit.at_most))
    }

    fn cap(&self, place: u16) -> Option<(&str, i64)> {
        let cap = self.caps.get(usize::from(place))?;
        Some((&cap.key, cap.at_most))
    }

    fn offer(&self, place: u16) -> Option<&str> {
        Some(&self.offers.get(usize::from(place))?.key)
    }

    fn experiment(&self, place: u16) -> Option<&str> {
        Some(&self.experiments.get(usize::from(place))?.0)
    }
}
