//! Offers that were made and stand although nobody else can get them any more: retired ones, and
//! those whose version in use is not for the placement. They are shown as they were made, and
//! nothing new is reserved for them; a recall ends them at once.

use std::sync::Arc;

use memory::CustomerState;
use memory::interaction::{ContactId, ContactMark, ResponseKind};
use serde::{Deserialize, Serialize};
use store::{Db, Timestamp, definition};

use super::pipeline::{MARKETING, Run, no_consent};
use super::{OfferAnswer, treatment_code};
use crate::catalog::PlacementEntry;
use crate::offer::{self, Creative, Offer, placeholder};
use crate::{Channel, Error};

/// An offer that was made and stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Honoured {
    /// The contact.
    pub contact_id: ContactId,
    /// The offer.
    pub offer: String,
    /// The version that was made.
    pub version: i64,
    /// Which of its variants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Until when it may be shown.
    pub expires: Timestamp,
}

impl Run<'_> {
    /// What a contact at a placement promises, although its offer is no candidate there; nothing
    /// when the customer has answered it or may not be addressed, or it is recalled. Messages are
    /// not made again.
    pub(super) fn honoured(&self, entry: &PlacementEntry, mark: &ContactMark) -> Option<Honoured> {
        let question = self.question;
        let channel = entry.body.channel;
        let (offer, version) = (mark.offer.as_deref()?, mark.offer_version?);
        let stopped = question.care.stopped;
        let recalled = stopped.is_some_and(|stopped| stopped.recalled.contains_key(offer));
        let ends = channel.outbound()
            || mark.control
            || recalled
            || answered(question.state, mark)
            || no_consent(question.state, channel, MARKETING, question.now).is_some()
            || (question.closed)(channel)
            || self.quiet(channel).is_some();
        (!ends).then_some(Honoured {
            contact_id: mark.contact_id,
            offer: offer.to_owned(),
            version,
            variant: mark.variant.clone(),
            expires: mark.expires_at?,
        })
    }
}

/// Whether the customer has accepted or rejected the offer since it was made.
fn answered(state: &CustomerState, mark: &ContactMark) -> bool {
    state.responses.iter().any(|response| {
        let same = response.contact_id == Some(mark.contact_id)
            || (response.offer == mark.offer && response.at >= mark.at);
        same && match response.kind {
            ResponseKind::Accept | ResponseKind::Reject => true,
            ResponseKind::View
            | ResponseKind::Click
            | ResponseKind::Ignored
            | ResponseKind::Custom => false,
        }
    })
}

impl Honoured {
    /// The answer before its words are read; see `Decider::as_made`.
    pub(super) fn answer(&self, channel: Channel) -> OfferAnswer {
        OfferAnswer {
            offer: self.offer.clone(),
            version: self.version,
            variant: self.variant.clone(),
            code: None,
            contact_id: Some(self.contact_id),
            treatment_code: Some(treatment_code(self.contact_id)),
            priority: 0.0,
            propensity: None,
            creative: Arc::new(Creative {
                channel,
                language: String::new(),
                title: String::new(),
                text: String::new(),
                image_url: None,
                link_url: None,
                template: None,
            }),
            attributes: Arc::default(),
            expires_at: Some(self.expires),
        }
    }

    /// The answer as it was given, from the version that was made.
    pub(super) async fn stored_answer(
        &self,
        db: &Db,
        channel: Channel,
        language: Option<&str>,
    ) -> Result<Option<OfferAnswer>, Error> {
        let kind = offer::KIND.name;
        let found = definition::version(db, kind, &self.offer, self.version).await?;
        let Some(body) = found.and_then(|d| crate::body::read::<Offer>(&d.body).ok()) else {
            return Ok(None);
        };
        let variant = body.variant_place(self.variant.as_deref());
        let attributes = body.attributes_of(variant);
        let creative = body.creative_of(variant, channel, language);
        let creative = creative.and_then(|place| body.creative_at(place));
        Ok(creative.map(|creative| OfferAnswer {
            creative: Arc::new(placeholder::with_attributes(creative, &attributes)),
            attributes: Arc::new(attributes),
            ..self.answer(channel)
        }))
    }
}

/// One of each offer, the newest first, and no more than there are places.
pub(super) fn fitting(honoured: Vec<Honoured>, count: usize) -> Vec<Honoured> {
    let mut fitting: Vec<Honoured> = vec![];
    for one in honoured {
        if fitting.len() < count && fitting.iter().all(|other| other.offer != one.offer) {
            fitting.push(one);
        }
    }
    fitting
}
