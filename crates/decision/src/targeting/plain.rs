//! The short way through the pipeline: what nothing special concerns is considered without looking
//! at the whole offer. It leads where the long one does.

use store::Timestamp;

use super::adjust::Adjusted;
use super::pipeline::{MARKETING, Question, Run, limits_against, no_consent};
use super::reason::Reason;
use super::variant::Stands;
use crate::Channel;
use crate::catalog::{Candidate, PlacementEntry};

/// What speaks against all offers of a placement alike.
pub(super) struct Alike {
    /// Why there is no consent.
    pub consent: Option<Reason>,
    /// Whether a suppression list closes the channel.
    pub closed: bool,
    /// When quiet hours end.
    pub quiet: Option<Timestamp>,
}

impl Run<'_> {
    /// Whether nothing about this customer and request concerns single offers but their history.
    pub(super) fn plain(&self, standing: &[Stands], adjusted: &[Adjusted]) -> bool {
        let Question {
            care, rows, party, ..
        } = *self.question;
        let apart = standing.is_empty() && adjusted.is_empty() && party.taken.is_empty();
        apart && rows.is_empty() && care.stopped.is_none()
    }

    /// What speaks against all offers in a channel alike.
    pub(super) fn alike(&self, channel: Channel) -> Alike {
        let Question { state, now, .. } = *self.question;
        Alike {
            consent: no_consent(state, channel, MARKETING, now),
            closed: (self.question.closed)(channel),
            quiet: self.quiet(channel),
        }
    }

    /// Tells everything that speaks against a plain candidate.
    pub(super) fn against_plain(
        &mut self,
        entry: &PlacementEntry,
        candidate: &Candidate,
        alike: &Alike,
        mut speak: impl FnMut(Reason),
    ) {
        if !self.eligible(candidate) {
            speak(Reason::NotEligible);
        }
        alike.consent.into_iter().for_each(&mut speak);
        if alike.closed {
            speak(Reason::Suppressed);
        }
        let limits = &entry.limits[usize::from(candidate.category)];
        limits_against(&self.room, limits, self.question.care.contended, &mut speak);
        let quiet = alike.quiet.map(Reason::Quiet);
        quiet.into_iter().for_each(speak);
    }

    /// Whether the customer fits the rule of a candidate's offer.
    pub(super) fn eligible(&mut self, candidate: &Candidate) -> bool {
        let Question { catalog, now, .. } = *self.question;
        candidate.eligibility.is_none_or(|rule| {
            let criteria = &catalog.criteria;
            criteria.matches(rule, &self.facts, now.0, &mut self.memo)
        })
    }
}
