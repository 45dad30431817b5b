//! Changes of states that are not appends of one customer's rows: merges and splits by hand, and
//! aggregates filled from history.

use std::sync::Arc;

use super::entry::{Entry, Merge, NewRow};
use super::ground;
use super::group::{Group, Numbers};
use super::writer::{Done, Writer};
use super::{Rewrite, db};
use crate::Error;
use crate::criteria::{Match, SlotId, Slots};
use crate::customer::apply::measure;
use crate::customer::{CustomerId, CustomerState};
use crate::erasure::db as erasure_db;
use crate::erasure::others::Others;
use crate::erasure::trace::Trace;
use crate::identity::resolve::Directory;
use crate::identity::{Digest, digest};
use crate::lookout::Lookout;

/// Rows that one rewrite adds, at most.
const ROWS_LIMIT: u64 = 100;

impl Writer {
    pub(super) async fn rewrite(&mut self, rewrite: Rewrite) -> Result<(), Error> {
        // Before the one connection that writes to the embedded store is taken.
        let mut numbers = self.numbers.clone().lock_owned().await;
        numbers.refill(&self.kept.db, ROWS_LIMIT).await?;
        match rewrite {
            Rewrite::GiveBack => self.give_back().await,
            Rewrite::Merge { into, merged } => self.merge(&mut numbers, into, merged).await,
            Rewrite::Unmerge {
                merge,
                into_state,
                merged_state,
                expect,
            } => {
                self.unmerge(&mut numbers, merge, *into_state, *merged_state, expect)
                    .await
            }
            Rewrite::Erase {
                erasure,
                customer,
                seqs,
                traces,
            } => self.erase(erasure, customer, seqs, &traces).await,
            Rewrite::Mentions { customer, others } => self.mentions(customer, &others).await,
            Rewrite::Matches {
                customer,
                slot,
                matches,
                upto_seq,
            } => self.fill(customer, slot, matches, upto_seq).await,
        }
    }

    async fn merge(
        &mut self,
        numbers: &mut Numbers,
        into: CustomerId,
        merged: CustomerId,
    ) -> Result<(), Error> {
        let (mut tx, ground) = self.open(&[into, merged]).await?;
        let lookout = Lookout::default();
        let now = self.kept.db.now();
        let mut group = Group::new(now, &lookout, numbers, ground, Default::default());
        let (into, merged) = (group.root(into), group.root(merged));
        for id in [into, merged] {
            if !group.states.contains_key(&id) {
                return Err(Error::NoCustomer(id));
            }
        }
        if into == merged {
            return Err(Error::Merge("these customers are one already"));
        }
        Directory::merge(&mut group, into, merged, "manual");
        let done = group.done();
        self.save(&mut tx, &done).await?;
        self.commit(tx).await?;
        self.publish(done);
        Ok(())
    }

    async fn unmerge(
        &mut self,
        numbers: &mut Numbers,
        merge: Merge,
        mut into_state: CustomerState,
        mut merged_state: CustomerState,
        expect: i64,
    ) -> Result<(), Error> {
        let leaves: Vec<CustomerId> = merge
            .members
            .iter()
            .copied()
            .chain([merge.merged])
            .collect();
        // The leaves are locked too: whoever appends to one of them must see where it belongs now.
        let wanted: Vec<CustomerId> = leaves.iter().copied().chain([merge.into]).collect();
        let (mut tx, mut ground) = self.open(&wanted).await?;
        let current = ground
            .states
            .get(&merge.into)
            .ok_or(Error::NoCustomer(merge.into))?;
        if current.version != expect {
            return Err(Error::Conflict(merge.into));
        }
        into_state.version = current.version + 1;
        merged_state.version = current.version + 1;
        into_state.contact_version = current.contact_version + 1;
        ground.roots.retain(|leaf, _| !leaves.contains(leaf));
        ground
            .roots
            .extend(merge.members.iter().map(|member| (*member, merge.merged)));
        ground.states.insert(merge.into, Arc::new(into_state));
        ground.states.insert(merge.merged, Arc::new(merged_state));
        let (lookout, now) = (Lookout::default(), self.kept.db.now());
        let mut group = Group::new(now, &lookout, numbers, ground, Default::default());
        for customer in [merge.into, merge.merged] {
            let entry = Entry::Unmerge(merge.clone());
            group.write(
                customer,
                NewRow {
                    occurred_at: now,
                    source_id: 0,
                    message: None,
                    entry,
                },
            );
        }
        group.merged.extend(&merge.members);
        let done = group.done();
        self.save(&mut tx, &done).await?;
        self.commit(tx).await?;
        self.publish(done);
        Ok(())
    }

    /// Takes everything of a customer and everybody merged into them away.
    async fn erase(
        &mut self,
        erasure: i64,
        customer: CustomerId,
        seqs: Vec<u64>,
        traces: &[Trace],
    ) -> Result<(), Error> {
        let kept = self.kept.clone();
        // Nothing that waits to be written may come back.
        let _quiet = kept.quiet().await;
        let (mut tx, ground) = self.open(&[customer]).await?;
        let root = ground.roots.get(&customer).copied().unwrap_or(customer);
        let state = ground
            .states
            .get(&root)
            .ok_or(Error::NoCustomer(customer))?;
        let leaves: Vec<CustomerId> = state.members.iter().copied().chain([root]).collect();
        let seqs = seqs.into_iter().chain(state.recent.iter().copied());
        erasure_db::rows(&mut tx, &kept.db, &leaves, seqs.collect(), traces).await?;
        let known = crate::erasure::known(&leaves, state);
        erasure_db::keep_known(&mut tx, erasure, &known).await?;
        store::lake::db::erased(&mut tx).await?;
        fail::fail_point!("erase_before_commit", |_| Err(Error::Closed));
        self.commit(tx).await?;
        let known = state.identifiers.iter();
        let digests: Vec<Digest> = known.map(|i| digest(i.kind, &i.value)).collect();
        kept.forget(&leaves, &digests);
        kept.recent.clear();
        Ok(())
    }

    /// Sets what an aggregate holds: matches from history, and again what came after it.
    async fn fill(
        &mut self,
        customer: CustomerId,
        slot: SlotId,
        matches: Vec<Match>,
        upto_seq: u64,
    ) -> Result<(), Error> {
        let (tx, ground) = self.open(&[customer]).await?;
        let root = ground.roots.get(&customer).copied().unwrap_or(customer);
        let Some(state) = ground.states.get(&root) else {
            return Ok(());
        };
        let mut state = CustomerState::clone(state);
        let lookout = self.lookout.load_full();
        let Some(spec) = lookout.slots.get(slot) else {
            return Ok(());
        };
        let only = Slots::new([spec.clone()]);
        let since: Vec<u64> = state
            .recent
            .iter()
            .copied()
            .filter(|seq| *seq > upto_seq)
            .collect();
        let leaves: Vec<CustomerId> = state.members.iter().copied().chain([root]).collect();
        let mut later = CustomerState::default();
        for row in db::of_customers(&self.kept.db, &leaves, &since).await? {
            if let Entry::Event(body) = &row.entry {
                measure(&mut later, body, row.occurred_at, &only);
            }
        }
        let mut all = matches;
        all.extend(later.matches.remove(&slot).unwrap_or_default());
        all.sort_unstable();
        state.matches.insert(slot, all.into());
        state.version += 1;
        self.replace(tx, root, state).await
    }

    /// Puts a state that follows from no new row in the place of a customer's.
    async fn replace(
        &mut self,
        mut tx: store::Tx,
        root: CustomerId,
        state: CustomerState,
    ) -> Result<(), Error> {
        let (rows, signals, bindings) = (vec![], vec![], vec![]);
        let done = Done {
            rows,
            signals,
            rejected: vec![],
            bindings,
            marks: vec![],
            states: vec![(root, Arc::new(state))],
            merged: vec![],
            changes: Default::default(),
        };
        crate::customer::db::save(&mut tx, done.stored()).await?;
        self.commit(tx).await?;
        self.publish(done);
        Ok(())
    }

    /// Takes what a state tells of somebody else out of it.
    async fn mentions(&mut self, customer: CustomerId, others: &Others) -> Result<(), Error> {
        let kept = self.kept.clone();
        // Nothing that waits to be written may come back.
        let _quiet = kept.quiet().await;
        let (tx, ground) = self.open(&[customer]).await?;
        let root = ground.roots.get(&customer).copied().unwrap_or(customer);
        let Some(state) = ground.states.get(&root) else {
            return Ok(());
        };
        let text = serde_json::to_string(&**state)?;
        let Some(rest) = others.replaced(root, &text) else {
            return Ok(());
        };
        let mut state: CustomerState = serde_json::from_str(&rest)?;
        state.version += 1;
        self.replace(tx, root, state).await
    }

    async fn open(&self, customers: &[CustomerId]) -> Result<(store::Tx, ground::Ground), Error> {
        let db = &self.kept.db;
        if db.exclusive() {
            let ground = {
                let nothing = ground::Ahead::default();
                ground::exclusive(&self.kept, [&nothing; 2], &Default::default(), customers).await?
            };
            return Ok((db.begin().await?, ground));
        }
        let mut tx = db.begin().await?;
        let ground = ground::shared(&mut tx, &self.kept, &Default::default(), customers).await?;
        Ok((tx, ground))
    }

    /// Appends the rows. The embedded store's states are written behind, as after every append:
    /// a flush that is under way could otherwise put an older one over them.
    async fn save(&self, tx: &mut store::Tx, done: &Done) -> Result<(), Error> {
        db::append(tx, &done.rows).await?;
        if !self.kept.db.exclusive() {
            crate::customer::db::save(tx, done.stored()).await?;
        }
        Ok(())
    }
}
