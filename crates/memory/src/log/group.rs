//! One group of requests, worked through in memory: who each event belongs to, what it changes,
//! which rows it writes. Nothing here waits or touches the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store::{Db, Timestamp};

use super::db::Signal;
use super::entry::{Entry, LogRow, Merge, MessageMark, NewRow};
use super::ground::Ground;
use super::writer::Done;
use super::{Answer, Appended, Ask, Command, Delivery, Incoming, Verdict};
use crate::Error;
use crate::cap::Changes;
use crate::customer::apply::{apply, contact_identifier};
use crate::customer::{CustomerId, CustomerState, Standing, merge};
use crate::event::written_row;
use crate::identity::db::Binding;
use crate::identity::resolve::{Directory, resolve};
use crate::identity::{Digest, IDENTIFIERS_LIMIT, IdentifierKind, MERGE_WINDOW_MS, digest};
use crate::interaction::infer::inferred;
use crate::lookout::Lookout;
use crate::map::{HashMap, HashSet};
use crate::quarantine::Rejected;

/// Numbers of one kind that this process has taken and not yet used.
#[derive(Debug, Default)]
struct Block {
    next: u64,
    end: u64,
}

/// The numbers of rows and of customers.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    seqs: Block,
    customer_ids: Block,
}

/// Numbers taken at once; a restart skips what is left of a block.
const BLOCK: u64 = 100_000;

impl Numbers {
    /// Takes more where there are not enough for so many requests.
    pub(super) async fn refill(&mut self, db: &Db, rows: u64) -> Result<(), Error> {
        let blocks = [
            (&mut self.seqs, "log", rows * 8 + 1_000),
            (&mut self.customer_ids, "customers", rows + 1),
        ];
        for (block, name, need) in blocks {
            if block.end - block.next < need {
                let count = BLOCK.max(need);
                let next = db.take_numbers(name, count as i64).await? as u64;
                let end = next + count;
                *block = Block { next, end };
            }
        }
        Ok(())
    }
}

impl Block {
    fn take(&mut self) -> u64 {
        assert!(
            self.next < self.end,
            "a block of numbers is refilled before every group"
        );
        self.next += 1;
        self.next - 1
    }
}

/// What a group knows and what it has done so far.
pub(super) struct Group<'a> {
    pub now: Timestamp,
    pub lookout: &'a Lookout,
    numbers: &'a mut Numbers,
    /// Identifier → leaf, for every identifier of the group that exists.
    pub bindings: HashMap<Digest, CustomerId>,
    /// Leaf → root, for leaves that are merged.
    pub roots: HashMap<CustomerId, CustomerId>,
    /// Roots in their newest form.
    pub states: HashMap<CustomerId, Arc<CustomerState>>,
    /// Statements known before and in this group.
    pub marks: HashMap<Digest, i64>,
    pub changed: HashSet<CustomerId>,
    pub merged: Vec<CustomerId>,
    pub new_bindings: Vec<Binding>,
    pub new_marks: Vec<MessageMark>,
    pub rows: Vec<(LogRow, Option<MessageMark>)>,
    pub signals: Vec<Signal>,
    /// What of streams could not be taken in.
    pub rejected: Vec<Rejected>,
    /// What is taken of the counters that this group may change.
    pub counters: BTreeMap<String, i64>,
    pub changes: Changes,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        now: Timestamp,
        lookout: &'a Lookout,
        numbers: &'a mut Numbers,
        ground: Ground,
        marks: HashMap<Digest, i64>,
    ) -> Group<'a> {
        let Ground {
            bindings,
            roots,
            states,
            counters,
        } = ground;
        Group {
            now,
            lookout,
            numbers,
            bindings,
            roots,
            states,
            marks,
            changed: HashSet::default(),
            merged: vec![],
            new_bindings: vec![],
            new_marks: vec![],
            rows: vec![],
            signals: vec![],
            rejected: vec![],
            counters,
            changes: Changes::default(),
        }
    }

    /// Does what one request asks.
    pub(super) fn ask(&mut self, ask: Ask) -> Result<Answer, Error> {
        match ask {
            Ask::Events(events) => Ok(Answer::Events(
                events.into_iter().map(|event| self.event(event)).collect(),
            )),
            Ask::Delivery(delivery) => Ok(Answer::Events(self.delivery(*delivery))),
            Ask::Command(command) => self.command(command).map(Answer::Command),
            Ask::Rewrite(_) | Ask::Stop => Ok(Answer::Rewritten),
        }
    }

    /// Ends the group.
    pub(super) fn done(self) -> Done {
        let state = |id: CustomerId| Some((id, self.states.get(&id)?.clone()));
        let states = self.changed.iter().copied().filter_map(state).collect();
        let root = |leaf: &CustomerId| (*leaf, self.root(*leaf));
        // A customer that took others in and is then merged itself hands them on once more.
        let merged: BTreeSet<CustomerId> = self.merged.iter().copied().collect();
        let merged = merged.iter().map(root).collect();
        Done {
            states,
            merged,
            rows: self.rows,
            signals: self.signals,
            rejected: self.rejected,
            bindings: self.new_bindings,
            marks: self.new_marks,
            changes: self.changes,
        }
    }

    /// Takes in what came of a stream; what is no event of its own goes to quarantine with it.
    fn delivery(&mut self, delivery: Delivery) -> Vec<Verdict> {
        self.rejected.extend(delivery.rejected);
        let mut verdicts = Vec::with_capacity(delivery.events.len());
        for event in delivery.events {
            let source_id = event.row.source_id;
            let verdict = self.event(event);
            if let Verdict::Conflicting { body } = &verdict {
                let rejected = Rejected::conflicting(source_id, body.clone(), self.now);
                self.rejected.push(rejected);
            }
            verdicts.push(verdict);
        }
        verdicts
    }

    /// Takes one event in.
    fn event(&mut self, incoming: Incoming) -> Verdict {
        if let Some(mark) = incoming.row.message {
            match self.marks.get(&mark.digest) {
                Some(known) if *known == mark.body_hash => return Verdict::Duplicate,
                Some(_) => {
                    let body = written_row(&incoming.row);
                    return Verdict::Conflicting { body };
                }
                None => {}
            }
        }
        let leaf = resolve(&incoming.named, self.now, self);
        for (kind, value) in &incoming.addresses {
            self.bind_address(*kind, value, leaf);
        }
        let root = self.root(leaf);
        let responses = match &incoming.row.entry {
            Entry::Event(body) => {
                let rules = &self.lookout.response_rules;
                inferred(&self.state(root), body, incoming.row.occurred_at, rules)
            }
            _ => vec![],
        };
        let (occurred_at, source_id) = (incoming.row.occurred_at, incoming.row.source_id);
        let seq = self.write(leaf, incoming.row);
        for response in responses {
            let entry = Entry::Response(response);
            self.write(
                root,
                NewRow {
                    occurred_at,
                    source_id,
                    message: None,
                    entry,
                },
            );
        }
        Verdict::Accepted {
            customer_id: self.root(leaf),
            seq,
        }
    }

    /// Appends rows that we write ourselves (decisions, contacts, consents, responses).
    fn command(&mut self, command: Command) -> Result<Appended, Error> {
        let root = self.root(command.customer);
        let Some(state) = self.states.get(&root) else {
            return Err(Error::NoCustomer(command.customer));
        };
        if command
            .expect
            .is_some_and(|expected| expected != state.contact_version)
        {
            return Err(Error::Conflict(root));
        }
        self.take(&command.rows)?;
        let mut seqs = Vec::with_capacity(command.rows.len());
        for row in command.rows {
            if let Some(mark) = row.message
                && self.marks.contains_key(&mark.digest)
            {
                continue;
            }
            seqs.push(self.write(command.customer, row));
        }
        Ok(Appended {
            customer_id: root,
            seqs,
        })
    }

    /// Adds a row to the log and applies it to the state of its customer.
    pub(super) fn write(&mut self, leaf: CustomerId, new: NewRow) -> u64 {
        if let Some(mark) = new.message {
            self.marks.insert(mark.digest, mark.body_hash);
            self.new_marks.push(mark);
        }
        let row = LogRow {
            seq: self.numbers.seqs.take(),
            customer_id: leaf,
            occurred_at: new.occurred_at,
            received_at: self.now,
            source_id: new.source_id,
            entry: new.entry,
        };
        self.watch(&row);
        let root = self.root(leaf);
        self.settle(root, &row);
        let slots = &self.lookout.slots;
        let state = self.states.entry(root).or_default();
        apply(Arc::make_mut(state), &row, slots);
        self.changed.insert(root);
        let seq = row.seq;
        self.rows.push((row, new.message));
        seq
    }

    /// Writes a signal for every published definition that watches for this event.
    fn watch(&mut self, row: &LogRow) {
        let name = match &row.entry {
            Entry::Event(body) => body.name.as_str(),
            Entry::Response(_) => "response",
            Entry::Consent(_) => "consent",
            Entry::Identify(_) | Entry::Contact(_) | Entry::ContactMoved(_) => return,
            Entry::Decision(_) | Entry::Merge(_) | Entry::Unmerge(_) => return,
        };
        let Some(watches) = self.lookout.watches.get(name) else {
            return;
        };
        let Ok(body) = row.entry.to_json() else {
            return;
        };
        for watch in watches {
            self.signals.push(Signal {
                customer_id: row.customer_id,
                seq: row.seq,
                watch: watch.clone(),
                occurred_at: row.occurred_at,
                received_at: row.received_at,
                body: body.clone(),
                attempts: 0,
            });
        }
    }

    /// An address is found by search and never merges; the first customer to say it keeps it.
    fn bind_address(&mut self, kind: IdentifierKind, value: &str, leaf: CustomerId) {
        let digest = digest(kind, value);
        if !self.bindings.contains_key(&digest) && !self.full(self.root(leaf)) {
            let (value, since_at) = (value.to_owned(), self.now);
            self.bind(Binding {
                digest,
                kind,
                value,
                customer_id: leaf,
                since_at,
            });
        }
    }

    pub(super) fn state(&self, root: CustomerId) -> Arc<CustomerState> {
        self.states.get(&root).cloned().unwrap_or_default()
    }
}

impl Directory for Group<'_> {
    fn leaf(&self, digest: &Digest) -> Option<CustomerId> {
        self.bindings.get(digest).copied()
    }

    fn root(&self, leaf: CustomerId) -> CustomerId {
        self.roots.get(&leaf).copied().unwrap_or(leaf)
    }

    fn standing(&self, root: CustomerId) -> Standing {
        self.state(root).standing()
    }

    fn full(&self, root: CustomerId) -> bool {
        let state = self.states.get(&root);
        state.is_some_and(|state| state.identifiers.len() >= IDENTIFIERS_LIMIT)
    }

    fn recent_merges(&self, root: CustomerId, now: Timestamp) -> usize {
        let recent = |at: &&Timestamp| now.since_ms(**at) < MERGE_WINDOW_MS;
        self.states
            .get(&root)
            .map_or(0, |state| state.merged_at.iter().filter(recent).count())
    }

    fn create(&mut self) -> CustomerId {
        let id = CustomerId(self.numbers.customer_ids.take());
        self.states.insert(id, Arc::default());
        id
    }

    fn bind(&mut self, binding: Binding) {
        self.bindings.insert(binding.digest, binding.customer_id);
        self.new_bindings.push(binding);
    }

    fn merge(&mut self, into: CustomerId, merged: CustomerId, reason: &str) {
        let theirs = self.states.remove(&merged).unwrap_or_default();
        let members = theirs.members.clone();
        let state = self.states.entry(into).or_default();
        merge::join(Arc::make_mut(state), merged, &theirs, self.now);
        for leaf in members.iter().chain([&merged]) {
            self.roots.insert(*leaf, into);
            self.merged.push(*leaf);
        }
        self.changed.remove(&merged);
        let entry = Entry::Merge(Merge {
            into,
            merged,
            members,
            reason: reason.to_owned(),
        });
        let occurred_at = self.now;
        self.write(
            into,
            NewRow {
                occurred_at,
                source_id: 0,
                message: None,
                entry,
            },
        );
    }
}

/// The addresses (e-mail, telephone, loyalty card) that an event's attributes hold.
pub(crate) fn addresses(traits: &serde_json::value::RawValue) -> Vec<(IdentifierKind, String)> {
    let text = traits.get();
    let keys = ["email", "phone", "loyalty_card", "loyaltyCard"];
    if !keys.iter().any(|key| text.contains(key)) {
        return vec![];
    }
    let Ok(serde_json::Value::Object(given)) = serde_json::from_str(text) else {
        return vec![];
    };
    keys.iter()
        .filter_map(|key| {
            let value = given.get(*key)?.as_str()?.trim();
            (!value.is_empty() && value.len() <= 320)
                .then(|| Some((contact_identifier(key)?, value.to_owned())))?
        })
        .collect()
}
