//! One recorded question, asked again on the customer as they were.

use std::collections::BTreeSet;

use memory::{CustomerId, CustomerState};
use store::Timestamp;

use crate::Catalog;
use crate::cap::CapRoom;
use crate::customer_table::Tables;
use crate::experiment::party::{Guest, Party};
use crate::learning::learned::Learned;
use crate::targeting::around::Around;
use crate::targeting::asked::values;
use crate::targeting::pipeline::{Care, Considered, Question, consider};
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::worth::WorthBook;

/// One recorded question, to be asked again.
pub(super) struct Asked<'a> {
    /// What was learned, for what the record does not tell.
    pub learned: &'a Learned,
    /// Members of segments and suppression lists, as they are now.
    pub around: &'a Around,
    /// What tables say of customers, as they say it now; caps are left out.
    pub tables: &'a Tables,
    /// What acceptances are worth, as it is known now.
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
    pub fn same(&self, came_out: &[Option<Considered>]) -> bool {
        let same = |(place, considered): (&StoredPlacement, &Option<Considered>)| {
            let then: BTreeSet<u16> = place.ranked.iter().copied().collect();
            let now = considered.iter().flat_map(|c| c.ranked.iter().copied());
            then == now.collect()
        };
        self.stored.placements.iter().zip(came_out).all(same)
    }

    /// What some rules answer, per placement of the record; `None` where they have none.
    pub fn consider(&self, rules: &Catalog) -> Vec<Option<Considered>> {
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
                Some((place, stored.wanted(wanted)))
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
            rows: &self.tables.of(rules, self.id, &self.state.members, self.at),
            care: Care::default(),
            party: &party,
            group: party.group,
            worths: &self.worths.of(rules),
            memberships: &self.around.memberships,
            closed: &|channel| self.around.closed(Some(self.id), self.state, channel),
        });
        let mut considered = considered.into_iter();
        places
            .iter()
            .map(|place| place.and_then(|_| considered.next()))
            .collect()
    }
}
