//! Settling: what a customer's state says of memberships, compared with what is kept, becomes
//! rows and events.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::join_all;
use jiff::tz::TimeZone;
use memory::criteria::{AttributeValue, CriteriaSet, Memo, Passing};
use memory::customer::{CustomerFacts, Memberships};
use memory::event::wire::EventKind;
use memory::log::{Command, Entry, EventBody, LogRow, MessageMark, NewRow};
use memory::{Customer, CustomerId, Memory};
use serde_json::json;
use store::Timestamp;

use super::book::Book;
use super::db::{self, Member};
use super::{SEGMENT_ENTERED, SEGMENT_LEFT};
use crate::Error;

/// Events appended at once.
const EVENTS_AT_ONCE: usize = 200;

/// The live segments of a book, compiled together.
pub(super) struct Judge {
    keys: Vec<String>,
    set: CriteriaSet,
    passing: Passing,
    zone: TimeZone,
}

impl Judge {
    pub(super) fn of(book: &Book, zone: &TimeZone) -> Judge {
        let live = book.iter().filter(|entry| entry.follows());
        let (keys, rules): (Vec<String>, Vec<_>) = live
            .filter_map(|entry| Some((entry.key.clone(), entry.rule.clone()?)))
            .unzip();
        Judge {
            keys,
            set: CriteriaSet::compile(&rules),
            passing: Passing::of(&rules),
            zone: zone.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    /// Whether a row may change a membership.
    pub(super) fn concerns(&self, row: &LogRow) -> bool {
        match &row.entry {
            // Attributes may be told with any event.
            Entry::Event(body) => {
                self.set.slots().watches(&body.name)
                    || body.traits.is_some()
                    || body.traits_once.is_some()
            }
            Entry::Identify(_)
            | Entry::Consent(_)
            | Entry::Contact(_)
            | Entry::Response(_)
            | Entry::Merge(_)
            | Entry::Unmerge(_)
            | Entry::ContactMoved(_) => true,
            Entry::Decision(_) => false,
        }
    }

    /// The segments a customer is in, and when time may change that.
    pub(super) fn verdicts(
        &self,
        customer: &Customer,
        memberships: &Memberships,
        now: Timestamp,
        memo: &mut Memo,
    ) -> (BTreeMap<&str, bool>, Option<Timestamp>) {
        let context: HashMap<String, AttributeValue> = HashMap::new();
        let facts = CustomerFacts::new(&customer.state, &context, &self.zone)
            .in_segments(memberships, customer.id);
        memo.clear();
        let mut verdicts = BTreeMap::new();
        for (place, key) in self.keys.iter().enumerate() {
            let inside = self.set.matches(place, &facts, now.0, memo);
            verdicts.insert(key.as_str(), inside);
        }
        let due = self.passing.next_change(&facts, now.0);
        (verdicts, due.map(Timestamp))
    }
}

/// A customer who came into a segment or went out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub customer_id: CustomerId,
    pub segment: String,
    pub inside: bool,
    /// Which time it is that they came in.
    pub times: i64,
}

/// What has to be written for one customer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub rows: Vec<Member>,
    pub changes: Vec<Change>,
    /// Customers merged into this one, whose rows are theirs now.
    pub absorbed: Vec<CustomerId>,
}

/// Compares verdicts with what is kept of a customer and of everybody merged into them.
pub(super) fn compare(
    root: CustomerId,
    kept: &[Member],
    verdicts: &BTreeMap<&str, bool>,
    now: Timestamp,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut standing: BTreeMap<&str, Member> = BTreeMap::new();
    let mut moved: BTreeSet<&str> = BTreeSet::new();
    for member in kept {
        if member.customer_id != root {
            outcome.absorbed.push(member.customer_id);
            moved.insert(&member.segment);
        }
        let own = Member {
            customer_id: root,
            ..member.clone()
        };
        standing
            .entry(&member.segment)
            .and_modify(|known| {
                let times = known.times.max(own.times);
                let longer = own.inside == known.inside && own.since_at < known.since_at;
                if (own.inside && !known.inside) || longer {
                    *known = own.clone();
                }
                known.times = times;
            })
            .or_insert_with(|| own.clone());
    }
    outcome.absorbed.sort_unstable();
    outcome.absorbed.dedup();
    for (segment, inside) in verdicts {
        let known = standing.remove(segment);
        let was = known.as_ref().is_some_and(|member| member.inside);
        if was == *inside {
            outcome
                .rows
                .extend(known.filter(|_| moved.contains(segment)));
            continue;
        }
        let times = known.map_or(0, |member| member.times) + i64::from(*inside);
        outcome.rows.push(Member {
            customer_id: root,
            segment: (*segment).to_owned(),
            inside: *inside,
            since_at: now,
            times,
        });
        outcome.changes.push(Change {
            customer_id: root,
            segment: (*segment).to_owned(),
            inside: *inside,
            times,
        });
    }
    // What no rule speaks of (uploads, households) only moves to the root.
    let others = standing.into_iter().filter(|(key, _)| moved.contains(key));
    outcome.rows.extend(others.map(|(_, member)| member));
    outcome
}

/// Settles some customers; changes of `silent` segments are kept but not told.
pub(super) async fn settle(
    memory: &Memory,
    judge: &Judge,
    customers: &[CustomerId],
    silent: &BTreeSet<String>,
) -> Result<(), Error> {
    let now = memory.db().now();
    let customers = memory.customers(customers).await?;
    let mut everyone: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    let members = customers.iter();
    everyone.extend(members.flat_map(|customer| customer.state.members.iter().copied()));
    let mut kept: HashMap<CustomerId, Vec<Member>> = HashMap::new();
    for member in db::of_customers(memory.db(), &everyone).await? {
        kept.entry(member.customer_id).or_default().push(member);
    }
    let memberships = memory.memberships();
    let mut memo = judge.set.memo();
    let (mut rows, mut changes, mut absorbed, mut due) = (vec![], vec![], vec![], vec![]);
    for customer in &customers {
        let (verdicts, next) = judge.verdicts(customer, &memberships, now, &mut memo);
        let ids = std::iter::once(&customer.id).chain(&customer.state.members);
        let known: Vec<Member> = ids.filter_map(|id| kept.remove(id)).flatten().collect();
        let outcome = compare(customer.id, &known, &verdicts, now);
        rows.extend(outcome.rows);
        changes.extend(outcome.changes);
        absorbed.extend(outcome.absorbed);
        due.push((customer.id, next));
    }
    changes.retain(|change| !silent.contains(&change.segment));
    // Told first: an event that was written is not written again, a row that was not is.
    tell(memory, changes, now).await?;
    write(memory, rows, absorbed, due).await
}

async fn write(
    memory: &Memory,
    rows: Vec<Member>,
    absorbed: Vec<CustomerId>,
    due: Vec<(CustomerId, Option<Timestamp>)>,
) -> Result<(), Error> {
    let mut tx = memory.db().begin().await?;
    db::forget(&mut tx, &absorbed).await?;
    db::save(&mut tx, rows).await?;
    db::set_due(&mut tx, due).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes changes into the log.
pub(super) async fn tell(
    memory: &Memory,
    changes: Vec<Change>,
    now: Timestamp,
) -> Result<(), Error> {
    for some in changes.chunks(EVENTS_AT_ONCE) {
        let appends = some.iter().map(|change| append(memory, change, now));
        for done in join_all(appends).await {
            done?;
        }
    }
    Ok(())
}

async fn append(memory: &Memory, change: &Change, now: Timestamp) -> Result<(), Error> {
    let name = match change.inside {
        true => SEGMENT_ENTERED,
        false => SEGMENT_LEFT,
    };
    let properties = json!({ "segment": change.segment });
    let body = EventBody::ours(memory.db().random(), EventKind::Track, name, &properties)?;
    let content = format!(
        "{name} {} {} {}",
        change.segment, change.customer_id, change.times
    );
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(content.as_bytes()).as_bytes()[..16]);
    let row = NewRow {
        occurred_at: now,
        source_id: 0,
        message: Some(MessageMark {
            digest,
            body_hash: 0,
        }),
        entry: Entry::Event(body),
    };
    let command = Command {
        customer: change.customer_id,
        rows: vec![row],
        expect: None,
    };
    memory.append(command).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u64, inside: bool, since: i64, times: i64) -> Member {
        Member {
            customer_id: CustomerId(id),
            segment: "vip".to_owned(),
            inside,
            since_at: Timestamp(since),
            times,
        }
    }

    fn compared(kept: &[Member], inside: bool) -> Outcome {
        let verdicts = BTreeMap::from([("vip", inside)]);
        compare(CustomerId(1), kept, &verdicts, Timestamp(100))
    }

    #[test]
    fn only_what_changed_is_written() {
        assert_eq!(compared(&[], false), Outcome::default());
        assert_eq!(compared(&[member(1, true, 5, 1)], true), Outcome::default());
        let entered = compared(&[member(1, false, 5, 1)], true);
        assert_eq!(entered.rows, [member(1, true, 100, 2)]);
        assert_eq!(entered.changes[0].times, 2);
        let left = compared(&[member(1, true, 5, 1)], false);
        assert_eq!(left.rows, [member(1, false, 100, 1)]);
    }

    #[test]
    fn a_merge_takes_the_longer_membership_over_and_tells_nobody() {
        let kept = [member(1, true, 50, 1), member(2, true, 20, 3)];
        let outcome = compared(&kept, true);
        assert_eq!(outcome.rows, [member(1, true, 20, 3)]);
        assert_eq!(outcome.changes, []);
        assert_eq!(outcome.absorbed, [CustomerId(2)]);
    }

    #[test]
    fn uploads_move_to_whoever_remains() {
        let upload = Member {
            segment: "uploaded".to_owned(),
            ..member(2, true, 7, 1)
        };
        let outcome = compared(std::slice::from_ref(&upload), false);
        let moved = Member {
            customer_id: CustomerId(1),
            ..upload
        };
        assert_eq!(outcome.rows, [moved]);
    }
}
