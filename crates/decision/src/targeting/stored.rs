//! What stored decisions answered, with creatives from the versions of that time.

use std::sync::Arc;

use memory::interaction::{ContactId, DecisionId};
use memory::log::LogRow;
use store::{Db, Timestamp, definition};

use super::evidence::Evidence;
use super::pipeline::Adjusted;
use super::record::{Stored, StoredChoice};
use super::{DecisionAnswer, OfferAnswer, PlacementAnswer, treatment_code};
use crate::Error;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::offer::{self, Offer, placeholder};
use crate::placement::{self, Placement};

/// What a stored decision answered; creatives come from the versions of that time.
pub(super) async fn stored_answer(
    db: &Db,
    row: &LogRow,
    stored: &Stored,
    record: &CatalogRecord,
    evidence: &Evidence,
) -> Result<DecisionAnswer, Error> {
    let mut placements = vec![];
    for place in &stored.placements {
        let known = place.of(record);
        let mut offers = vec![];
        for choice in &place.offers {
            let Some(known) = known else { continue };
            let adjusted = place.adjusted();
            let changed = adjusted.iter().find(|c| c.candidate == choice.candidate);
            let mut offer = stored_offer(db, row, known, record, choice, changed).await?;
            if let Some(offer) = &mut offer {
                evidence.correct(offer, known, choice.candidate, changed);
            }
            offers.extend(offer);
        }
        let fallback = match known {
            Some(known) if offers.is_empty() => {
                let kind = placement::KIND.name;
                let found = definition::version(db, kind, &known.key, known.version).await?;
                let body = found.and_then(|d| crate::body::read::<Placement>(&d.body).ok());
                body.and_then(|placement| placement.fallback).map(Arc::new)
            }
            Some(_) | None => None,
        };
        placements.push(PlacementAnswer {
            placement: place.placement.clone(),
            offers,
            fallback,
            reason: place.reason,
        });
    }
    Ok(DecisionAnswer {
        decision_id: Some(DecisionId(row.seq)),
        customer_id: Some(row.customer_id),
        degradation: stored.degradation,
        placements,
    })
}

async fn stored_offer(
    db: &Db,
    row: &LogRow,
    placement: &PlacementRecord,
    record: &CatalogRecord,
    choice: &StoredChoice,
    changed: Option<&Adjusted>,
) -> Result<Option<OfferAnswer>, Error> {
    let candidate = placement.candidates.get(usize::from(choice.candidate));
    let known = record.offers.iter().find(|offer| offer.key == choice.offer);
    let (Some((_, factors)), Some(known)) = (candidate, known) else {
        return Ok(None);
    };
    let factors = changed.map_or(*factors, |changed| changed.factors(*factors));
    let kind = offer::KIND.name;
    let found = definition::version(db, kind, &known.key, known.version).await?;
    let body = found.and_then(|d| crate::body::read::<Offer>(&d.body).ok());
    let Some(body) = body else { return Ok(None) };
    let variant = record.variant(placement, choice.candidate);
    let attributes = body.attributes_of(body.variant_place(variant));
    let Some(creative) = body.creative_at(choice.creative) else {
        return Ok(None);
    };
    let creative = placeholder::with_attributes(creative, &attributes);
    let distance = choice.contact.map(|distance| ContactId(row.seq + distance));
    let contact_id = choice.contact_id.or(distance);
    let propensity = choice.propensity.unwrap_or(factors.propensity);
    Ok(Some(OfferAnswer {
        offer: known.key.clone(),
        version: known.version,
        variant: variant.map(str::to_owned),
        code: None,
        contact_id,
        treatment_code: contact_id.map(treatment_code),
        priority: propensity * factors.weight(),
        propensity: Some(propensity),
        creative: Arc::new(creative),
        attributes: Arc::new(attributes),
        expires_at: choice.expires.map(Timestamp),
    }))
}
