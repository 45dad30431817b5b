//! Consent: what a customer allows, per channel and purpose, with its source and its time.

pub mod api;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

/// Granted or denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// The customer said yes.
    Granted,
    /// The customer said no, or took a yes back.
    Denied,
}

/// One standing statement of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// Channel, for example `email`.
    pub channel: String,
    /// Purpose: `marketing` or `service`, or the company's own word.
    pub purpose: String,
    /// Yes or no.
    pub state: ConsentState,
    /// Where it was said, for example `checkout` or `one_click_unsubscribe`.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// When a yes runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What proves it: the text shown, a document number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl Consent {
    /// Whether this allows a contact at `now`.
    pub fn allows(&self, now: Timestamp) -> bool {
        self.state == ConsentState::Granted && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The standing answer for a channel and purpose at `now`; `None` when nothing was ever said.
pub fn standing(
    consents: &[Consent],
    channel: &str,
    purpose: &str,
    now: Timestamp,
) -> Option<bool> {
    consents
        .iter()
        .find(|c| c.channel == channel && c.purpose == purpose)
        .map(|c| c.allows(now))
}

/// When the standing yes for a channel and purpose runs out, if it does.
pub fn runs_out(
    consents: &[Consent],
    channel: &str,
    purpose: &str,
    now: Timestamp,
) -> Option<Timestamp> {
    consents
        .iter()
        .find(|c| c.channel == channel && c.purpose == purpose && c.allows(now))
        .and_then(|c| c.expires_at)
}

/// Takes a statement in: the newest one stands, a denial wins a tie, in whatever order they come.
pub fn state_consent(consents: &mut Vec<Consent>, new: Consent) {
    let same = |c: &&mut Consent| c.channel == new.channel && c.purpose == new.purpose;
    match consents.iter_mut().find(same) {
        Some(old) if (new.at, rank(new.state)) >= (old.at, rank(old.state)) => *old = new,
        Some(_) => {}
        None => consents.push(new),
    }
}

/// Joins the statements of two customers who turn out to be one: the stricter stands.
pub fn merge(into: &mut Vec<Consent>, other: &[Consent]) {
    for theirs in other {
        let same = |c: &&mut Consent| c.channel == theirs.channel && c.purpose == theirs.purpose;
        match into.iter_mut().find(same) {
            Some(ours) if rank(theirs.state) > rank(ours.state) => *ours = theirs.clone(),
            Some(ours) if ours.state == theirs.state && theirs.at > ours.at => {
                *ours = theirs.clone()
            }
            Some(_) => {}
            None => into.push(theirs.clone()),
        }
    }
}

fn rank(state: ConsentState) -> u8 {
    match state {
        ConsentState::Granted => 0,
        ConsentState::Denied => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: ConsentState, at: i64) -> Consent {
        Consent {
            channel: "email".into(),
            purpose: "marketing".into(),
            state,
            source: "test".into(),
            at: Timestamp(at),
            expires_at: None,
            proof: None,
        }
    }

    #[test]
    fn the_newest_statement_stands_in_whatever_order_they_come() {
        let statements = [
            said(ConsentState::Granted, 10),
            said(ConsentState::Denied, 20),
            said(ConsentState::Granted, 15),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut consents = vec![];
            order
                .iter()
                .for_each(|i| state_consent(&mut consents, statements[*i].clone()));
            assert_eq!(consents, [statements[1].clone()]);
        }
    }

    #[test]
    fn a_merge_keeps_the_stricter_statement() {
        let mut ours = vec![said(ConsentState::Granted, 20)];
        merge(&mut ours, &[said(ConsentState::Denied, 10)]);
        assert_eq!(ours[0].state, ConsentState::Denied);
        merge(&mut ours, &[said(ConsentState::Granted, 30)]);
        assert_eq!(
            standing(&ours, "email", "marketing", Timestamp(40)),
            Some(false)
        );
    }

    #[test]
    fn a_yes_runs_out() {
        let yes = Consent {
            expires_at: Some(Timestamp(100)),
            ..said(ConsentState::Granted, 10)
        };
        assert!(yes.allows(Timestamp(99)));
        assert!(!yes.allows(Timestamp(100)));
    }
}
