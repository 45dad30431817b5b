//! From a decision's placements to proposals with their factors and reasons.

use std::collections::HashMap;

use serde_json::Value;

use super::evidence::Evidence;
use super::read::{Funnel, Part, ProposalRecord, ProposalState};
use super::reason::{Reason, ReasonText, Stage};
use crate::catalog::record::CatalogRecord;
use crate::worth::ValueFrom;

/// What became of every candidate at one placement, and how many each step left.
pub(super) fn proposals(
    record: &CatalogRecord,
    part: &Part<'_>,
    evidence: &Evidence,
    proposals: &mut Vec<ProposalRecord>,
    funnel: &mut Funnel,
) {
    let mut against: HashMap<u16, Vec<Reason>> = HashMap::new();
    for (candidate, reason) in &part.against {
        against.entry(*candidate).or_default().push(*reason);
    }
    for (place, (offer, stated)) in part.placement.candidates.iter().enumerate() {
        let place = place as u16;
        let Some(offer) = record.offers.get(usize::from(*offer)) else {
            continue;
        };
        let (mut factors, effect) = evidence.factors(part.placement, &offer.key, *stated);
        let reasons = against.remove(&place).unwrap_or_default();
        let chosen = part.chosen.iter().find(|chosen| chosen.candidate == place);
        let withheld = chosen.is_some_and(|chosen| chosen.withheld);
        let known = part.propensities.iter().find(|(c, _)| *c == place);
        if let Some((_, propensity)) = known {
            factors.propensity = *propensity;
        }
        let rank = part.ranked.iter().position(|candidate| *candidate == place);
        let changed = part
            .adjusted
            .iter()
            .find(|changed| changed.candidate == place);
        let factors = changed.map_or(factors, |changed| changed.factors(factors));
        let (state, texts) = match (chosen, reasons.is_empty()) {
            (Some(_), _) if withheld => (
                ProposalState::Chosen,
                vec![Reason::ControlGroup.text(record)],
            ),
            (Some(_), _) => (ProposalState::Chosen, vec![]),
            (None, true) => (ProposalState::Eligible, vec![lower_priority()]),
            (None, false) => {
                let texts = reasons.iter().map(|reason| reason.text(record));
                (ProposalState::Rejected, texts.collect())
            }
        };
        count(funnel, &reasons, chosen.is_some() && !withheld);
        proposals.push(ProposalRecord {
            placement: part.placement.key.clone(),
            offer: offer.key.clone(),
            version: offer.version,
            variant: record.variant(part.placement, place).map(str::to_owned),
            state,
            rank: rank.map(|rank| rank as u32 + 1),
            propensity: factors.propensity,
            context_weight: factors.context_weight,
            value_cents: factors.value_cents,
            value_from: match effect {
                Some(_) => ValueFrom::Incremental,
                None => ValueFrom::Stated,
            },
            stated_value_cents: stated.value_cents,
            effect,
            lever: factors.lever,
            priority: factors.priority(),
            drawn: chosen.and_then(|chosen| chosen.drawn),
            probability: chosen.and_then(|chosen| chosen.probability),
            explored: chosen.is_some_and(|chosen| chosen.explored),
            assigned_rank: changed.map(|changed| changed.rank).filter(|rank| *rank > 0),
            reasons: texts,
            control_group: withheld,
        });
    }
}

fn lower_priority() -> ReasonText {
    ReasonText {
        code: "lower_priority",
        message: "another offer had a higher priority".to_owned(),
        detail: Value::Null,
    }
}

fn count(funnel: &mut Funnel, reasons: &[Reason], chosen: bool) {
    let failed = reasons.iter().map(|reason| reason.stage()).min();
    let passed = |stage: Stage| u32::from(failed.is_none_or(|failed| failed > stage));
    funnel.considered += 1;
    funnel.fits += passed(Stage::Fits);
    funnel.eligible += passed(Stage::Eligible);
    funnel.allowed += passed(Stage::Allowed);
    funnel.policy += passed(Stage::Policy);
    funnel.chosen += u32::from(chosen);
}
