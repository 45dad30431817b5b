//! Caps in the append: which counters a group may change, what new contacts take, and what becomes
//! of what earlier ones hold.

use std::collections::{BTreeMap, BTreeSet};

use store::Timestamp;

use super::entry::{Entry, LogRow, NewRow};
use super::ground::Ground;
use super::group::Group;
use super::writer::Writer;
use super::{Ask, Command, Incoming};
use crate::Error;
use crate::cap::{self, Claim, ClaimBy, Hold, How, Settle};
use crate::customer::{CustomerId, CustomerState};
use crate::interaction::infer::PURCHASE;
use crate::interaction::{Contact, ContactId, ContactMark, ContactStatus, Response, ResponseKind};

/// Expired holds given back in one transaction.
const GIVEN_BACK_AT_ONCE: i64 = 500;

/// The counters that some requests may change.
pub(super) fn wanted(asks: &[Ask], ground: &Ground) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    for ask in asks {
        match ask {
            Ask::Command(command) => of_command(command, ground, &mut wanted),
            Ask::Events(events) => of_events(events, ground, &mut wanted),
            Ask::Delivery(delivery) => of_events(&delivery.events, ground, &mut wanted),
            Ask::Rewrite(_) | Ask::Stop => {}
        }
    }
    wanted
}

fn of_events(events: &[Incoming], ground: &Ground, wanted: &mut BTreeSet<String>) {
    for event in events {
        if !matches!(&event.row.entry, Entry::Event(body) if body.name == PURCHASE) {
            continue;
        }
        let leaves = event.named.digests();
        for leaf in leaves.filter_map(|digest| ground.bindings.get(&digest)) {
            let marks = state(ground, *leaf).map(|state| &state.contacts);
            let claims = marks.into_iter().flatten().flat_map(|mark| &mark.claims);
            let on_accept = claims.filter(|claim| claim.by == ClaimBy::Accepted);
            wanted.extend(cap::counters(on_accept));
        }
    }
}

fn of_command(command: &Command, ground: &Ground, wanted: &mut BTreeSet<String>) {
    for row in &command.rows {
        let contact_id = match &row.entry {
            Entry::Contact(contact) => {
                wanted.extend(cap::counters(contact.claims.iter()));
                continue;
            }
            Entry::ContactMoved(moved) => Some(moved.contact_id),
            Entry::Response(response) => response.contact_id,
            Entry::Event(_)
            | Entry::Identify(_)
            | Entry::Consent(_)
            | Entry::Decision(_)
            | Entry::Merge(_)
            | Entry::Unmerge(_) => None,
        };
        let state = state(ground, command.customer);
        let mark = contact_id
            .zip(state)
            .and_then(|(id, state)| mark(state, id));
        wanted.extend(
            mark.map(|mark| cap::counters(mark.claims.iter()))
                .into_iter()
                .flatten(),
        );
    }
}

fn state(ground: &Ground, leaf: CustomerId) -> Option<&CustomerState> {
    let root = ground.roots.get(&leaf).copied().unwrap_or(leaf);
    ground.states.get(&root).map(AsRef::as_ref)
}

fn mark(state: &CustomerState, contact: ContactId) -> Option<&ContactMark> {
    state
        .contacts
        .iter()
        .find(|mark| mark.contact_id == contact)
}

impl Group<'_> {
    /// Takes what the contacts among some rows claim, all or nothing.
    pub(super) fn take(&mut self, rows: &[NewRow]) -> Result<(), Error> {
        let mut asked: BTreeMap<&str, i64> = BTreeMap::new();
        let mut full = vec![];
        for row in rows {
            let Entry::Contact(contact) = &row.entry else {
                continue;
            };
            for claim in &contact.claims {
                let more = asked.entry(&claim.counter).or_default();
                if !claim.fits(self.taken(&claim.counter) + *more) {
                    full.push(claim.counter.clone());
                } else if claim.held {
                    *more += claim.amount;
                }
            }
        }
        if !full.is_empty() {
            full.sort();
            full.dedup();
            return Err(Error::Full(full));
        }
        for (counter, more) in asked.into_iter().filter(|(_, more)| *more != 0) {
            *self.changes.taken.entry(counter.to_owned()).or_default() += more;
        }
        Ok(())
    }

    fn taken(&self, counter: &str) -> i64 {
        let before = self.counters.get(counter).copied().unwrap_or(0);
        before + self.changes.taken.get(counter).copied().unwrap_or(0)
    }

    /// Notes what a row means for claims; called before the row is applied to the state.
    pub(super) fn settle(&mut self, root: CustomerId, row: &LogRow) {
        match &row.entry {
            Entry::Contact(contact) => self.hold(row, contact),
            Entry::ContactMoved(moved) => {
                let Some(mark) = self.claiming(root, moved.contact_id) else {
                    return;
                };
                let open = mark.status == ContactStatus::Reserved;
                match moved.status {
                    ContactStatus::Presented => self.presented(&mark),
                    ContactStatus::Released if open => self.each(&mark, How::GiveBack, |_| true),
                    ContactStatus::Released | ContactStatus::Reserved => {}
                }
            }
            Entry::Response(response) if !response.in_control => self.answered(root, response),
            Entry::Response(_)
            | Entry::Event(_)
            | Entry::Identify(_)
            | Entry::Consent(_)
            | Entry::Decision(_)
            | Entry::Merge(_)
            | Entry::Unmerge(_) => {}
        }
    }

    fn hold(&mut self, row: &LogRow, contact: &Contact) {
        for claim in contact.claims.iter().filter(|claim| claim.held) {
            self.changes.holds.push(Hold {
                customer_id: row.customer_id,
                contact: ContactId(row.seq),
                counter: claim.counter.clone(),
                amount: claim.amount,
                expires_at: contact.expires_at.unwrap_or(Timestamp(i64::MAX)),
            });
        }
    }

    /// The contact, if it claims anything.
    fn claiming(&self, root: CustomerId, contact: ContactId) -> Option<ContactMark> {
        let state = self.states.get(&root)?;
        mark(state, contact)
            .filter(|mark| !mark.claims.is_empty())
            .cloned()
    }

    fn presented(&mut self, mark: &ContactMark) {
        if mark.status != ContactStatus::Presented {
            self.each(mark, How::Keep, |claim| claim.by == ClaimBy::Presented);
        }
    }

    fn answered(&mut self, root: CustomerId, response: &Response) {
        let mark = response.contact_id.and_then(|id| self.claiming(root, id));
        let Some(mark) = mark else { return };
        if !response.inferred {
            self.presented(&mark);
        }
        let state = self.state(root);
        let accepted_before = state.responses.iter().any(|known| {
            known.contact_id == response.contact_id && known.kind == ResponseKind::Accept
        });
        let on_accept = |claim: &Claim| claim.by == ClaimBy::Accepted;
        match response.kind {
            ResponseKind::Accept if !accepted_before => self.each(&mark, How::Keep, on_accept),
            ResponseKind::Reject if !accepted_before => self.each(&mark, How::GiveBack, on_accept),
            ResponseKind::Accept
            | ResponseKind::Reject
            | ResponseKind::View
            | ResponseKind::Click
            | ResponseKind::Ignored
            | ResponseKind::Custom => {}
        }
    }

    fn each(&mut self, mark: &ContactMark, how: How, concerns: impl Fn(&Claim) -> bool) {
        for claim in mark.claims.iter().filter(|claim| concerns(claim)) {
            let how = match how {
                How::Keep if !claim.held => How::Take,
                How::GiveBack if !claim.held => continue,
                How::Keep | How::GiveBack | How::Take => how,
            };
            self.changes.settles.push(Settle {
                contact: mark.contact_id,
                counter: claim.counter.clone(),
                amount: claim.amount,
                how,
            });
        }
    }
}

impl Writer {
    /// Gives back what contacts hold and have not used in time. Several processes may do it at
    /// once: each hold is given back by the one that removes it.
    pub(super) async fn give_back(&mut self) -> Result<(), Error> {
        let db = &self.kept.db.clone();
        loop {
            let expired = cap::db::expired(db, db.now(), GIVEN_BACK_AT_ONCE).await?;
            if expired.is_empty() {
                return Ok(());
            }
            let counters: BTreeSet<String> =
                expired.iter().map(|hold| hold.counter.clone()).collect();
            let mut tx = db.begin().await?;
            if !db.exclusive() {
                cap::db::lock(&mut tx, &counters).await?;
            }
            let moved = cap::db::give_back(&mut tx, &expired).await?;
            self.commit(tx).await?;
            self.kept.move_counters(&moved);
            if (expired.len() as i64) < GIVEN_BACK_AT_ONCE {
                return Ok(());
            }
        }
    }
}
