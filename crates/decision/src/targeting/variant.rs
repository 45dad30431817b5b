//! Which variant of an offer is for this customer, here.

use super::pipeline::{Question, Run};
use super::reason::Reason;
use super::suppress::Standing;
use crate::Channel;
use crate::catalog::Candidate;
use crate::offer::VariantChoice;

/// A contact that stands at a placement.
pub(super) struct Stands {
    pub offer: u16,
    pub variant: Option<u16>,
    pub withheld: bool,
    pub standing: Standing,
}

impl Run<'_> {
    /// Why another variant of the offer goes before this one.
    pub(super) fn variant_against(
        &mut self,
        candidate: &Candidate,
        standing: &[Stands],
        channel: Channel,
    ) -> Option<Reason> {
        let variant = candidate.variant?;
        let made = standing
            .iter()
            .find(|s| s.offer == candidate.offer && !s.withheld);
        if let Some(made) = made.filter(|made| made.variant.is_some()) {
            // What was made is kept as long as it stands.
            return (made.variant != Some(variant)).then_some(Reason::OtherVariant);
        }
        let party = self.question.party;
        if let Some((experiment, wanted)) =
            party.variant_of_offer(self.question.catalog, candidate.offer)
        {
            return (wanted != variant).then_some(Reason::Experiment(experiment));
        }
        if !self.variant_fits(candidate.offer, variant, channel) {
            return Some(Reason::NotEligible);
        }
        let offer = &self.question.catalog.offers[usize::from(candidate.offer)];
        match offer.body.variant_choice {
            VariantChoice::Arbitration => None,
            VariantChoice::FirstFit => (0..variant)
                .any(|earlier| self.variant_fits(candidate.offer, earlier, channel))
                .then_some(Reason::OtherVariant),
        }
    }

    /// Whether a variant is for this customer, here.
    fn variant_fits(&mut self, offer: u16, variant: u16, channel: Channel) -> bool {
        let Question {
            catalog,
            state,
            now,
            ..
        } = *self.question;
        let entry = &catalog.offers[usize::from(offer)];
        let place = usize::from(variant);
        let body = &entry.body.variants[place];
        let language = self.question.language.or(state.language.as_deref());
        let rule = entry.variants[place].when;
        body.is_for_channel(channel)
            && body.is_for_language(language)
            && rule.is_none_or(|rule| {
                let criteria = &catalog.criteria;
                criteria.matches(rule, &self.facts, now.0, &mut self.memo)
            })
    }
}
