//! One recorded question, asked again on the customer as they were.

use std::collections::BTreeSet;
use std::sync::Arc;

use memory::{CustomerId, CustomerState};
use store::Timestamp;

use super::known;
use crate::Catalog;
use crate::cap::CapRoom;
use crate::catalog::record::CatalogRecord;
use crate::experiment::party::{Guest, Party};
use crate::learning::learned::Learned;
use crate::targeting::arbitrate::Factors;
use crate::targeting::around::Around;
use crate::targeting::asked::values;
use crate::targeting::pipeline::{Care, Considered, Question, consider};
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::worth::{Worth, WorthBook, Worths};

/// One recorded question, to be asked again.
pub(super) struct Asked<'a> {
    /// What was learned, for what the record does not tell.
    pub learned: &'a Learned,
    /// Members of segments and suppression lists, as they are now.
    pub around: &'a Around,
    /// What the record refers to; what tables said stands in it. Caps are left out.
    pub record: &'a CatalogRecord,
    /// What acceptances were worth.
    pub worths: &'a WorthBook,
    /// The customer (the root).
    pub id: CustomerId,
    /// What was known of them.
    pub state: &'a CustomerState,
    /// When.
    pub at: Timestamp,
    /// The record.
    pub stored: &'a Stored,
}

impl Asked<'_> {
    /// Whether it came out as it was recorded: the same offers were open. Which of them is drawn
    /// by rules that learn depends on what they knew.
    pub fn same(&self, came_out: &CameOut) -> bool {
        let same = |(place, considered): (&StoredPlacement, &Option<Considered>)| {
            let then: BTreeSet<u16> = place.ranked.iter().copied().collect();
            let now = considered.iter().flat_map(|c| c.ranked.iter().copied());
            then == now.collect()
        };
        let mut each = self.stored.placements.iter().zip(&came_out.placements);
        each.all(same)
    }

    /// What some rules answer, per placement of the record; `None` where they have none.
    pub fn consider(&self, rules: &Catalog) -> CameOut {
        let places: Vec<Option<u16>> = self
            .stored
            .placements
            .iter()
            .map(|place| rules.placement_place(&place.placement))
            .collect();
        let slots: Vec<(u16, usize)> = places
            .iter()
            .zip(&self.stored.placements)
            .filter_map(|(place, stored)| {
                let place = (*place)?;
                let wanted = rules.placements[usize::from(place)].body.count as usize;
                // What was honoured then is honoured again.
                Some((place, stored.wanted(wanted) + stored.honoured.len()))
            })
            .collect();
        let context = values(&self.stored.context);
        let party = Party::of(
            rules,
            &Guest {
                customer: Some(self.id),
                state: self.state,
                context: &context,
                memberships: &self.around.memberships,
                now: self.at,
            },
        );
        let worths = self.worths.of(rules);
        let considered = consider(&Question {
            catalog: rules,
            learned: self.learned,
            customer: Some(self.id),
            state: self.state,
            now: self.at,
            slots: &party.slots(rules, &slots, true),
            context: &context,
            language: self.stored.language.as_deref(),
            caps: &CapRoom::default(),
            rows: &known::rows(self.stored, self.record, rules),
            care: Care::default(),
            party: &party,
            group: party.group,
            worths: &worths,
            memberships: &self.around.memberships,
            closed: &|channel| self.around.closed(Some(self.id), self.state, channel),
        });
        let mut considered = considered.into_iter();
        let placements = places
            .iter()
            .map(|place| place.and_then(|_| considered.next()));
        CameOut {
            placements: placements.collect(),
            group: party.group,
            worths,
        }
    }
}

/// What some rules answer to a recorded question.
pub(super) struct CameOut {
    /// Per placement of the record; `None` where the rules have none.
    pub placements: Vec<Option<Considered>>,
    group: usize,
    worths: Arc<Worths>,
}

impl CameOut {
    /// The factors of a candidate's priority as these rules see them, and its rank among what
    /// tables assign.
    pub fn factors(
        &self,
        rules: &Catalog,
        considered: &Considered,
        candidate: u16,
    ) -> (Factors, u32) {
        let entry = &rules.placements[usize::from(considered.placement)];
        let proposal = &entry.candidates[usize::from(candidate)];
        let worth = match entry.incremental {
            true => self.worths.of_offer(rules, proposal.offer, self.group),
            false => Worth::Stated,
        };
        let factors = worth.of(proposal).factors;
        let mut adjusted = considered.adjusted.iter();
        match adjusted.find(|changed| changed.candidate == candidate) {
            Some(changed) => (changed.factors(factors), changed.rank),
            None => (factors, 0),
        }
    }
}
