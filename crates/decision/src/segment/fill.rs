//! Filling: looking at every customer, when a rule is new or nobody looked for a while.

use std::collections::{BTreeSet, HashMap};

use memory::criteria::{AttributeValue, Compiled};
use memory::customer::CustomerFacts;
use memory::customer::db as customer_db;
use memory::{CustomerId, Memory};
use roaring::RoaringTreemap;
use store::Timestamp;

use super::Household;
use super::book::{Book, Entry};
use super::db::{self, Member};
use super::hold::Task;
use super::household::Households;
use super::settle::{Change, Judge, settle, tell};
use crate::Error;
use crate::catalog::Catalog;

/// Customers looked at together.
const CHUNK: i64 = 1_000;
/// Members written together.
const ROWS: usize = 2_000;

/// Looks at every customer once. True when it came to the end, false when the task does not go on.
pub(super) async fn everybody(
    memory: &Memory,
    judge: &Judge,
    silent: &BTreeSet<String>,
    task: &mut Task<'_>,
) -> Result<bool, Error> {
    let mut after = CustomerId(0);
    loop {
        let ids = customer_db::roots(memory.db(), after, CHUNK).await?;
        let Some(last) = ids.last() else {
            return Ok(true);
        };
        after = *last;
        settle(memory, judge, &ids, silent).await?;
        if !task.goes_on().await? {
            return Ok(false);
        }
    }
}

/// Finds the members of every segment of households anew. False when the task does not go on.
pub(super) async fn households(
    memory: &Memory,
    catalog: &Catalog,
    silent: &BTreeSet<String>,
    task: &mut Task<'_>,
) -> Result<bool, Error> {
    for entry in catalog.segments.iter() {
        let (Some(household), Some(rule)) = (&entry.household, &entry.rule) else {
            continue;
        };
        let now = memory.db().now();
        let compiled = Compiled::new(rule);
        let context: HashMap<String, AttributeValue> = HashMap::new();
        let memberships = memory.memberships();
        let mut households = Households::new(household);
        let mut after = CustomerId(0);
        loop {
            let ids = customer_db::roots(memory.db(), after, CHUNK).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            for customer in memory.customers(&ids).await? {
                let zone = &catalog.default_zone;
                let facts = CustomerFacts::new(&customer.state, &context, zone)
                    .in_segments(&memberships, customer.id);
                if compiled.matches(&facts, now.0) {
                    households.see(customer.id, &customer.state);
                }
            }
            if !task.goes_on().await? {
                return Ok(false);
            }
        }
        let silent = silent.contains(&entry.key);
        replace(memory, entry, &households.members(), now, silent).await?;
    }
    Ok(true)
}

/// Adds members to a segment, or takes them out, and tells who came or went; returns how many.
/// Nobody else changes: whoever somebody adds at the same time stays.
pub(super) async fn change_some(
    memory: &Memory,
    entry: &Entry,
    members: &RoaringTreemap,
    inside: bool,
    now: Timestamp,
) -> Result<u64, Error> {
    let known = db::members(memory.db(), &entry.key).await?;
    let moved = match inside {
        true => members - &known,
        false => members & &known,
    };
    let changes = moved.iter().map(|id| (id, inside)).collect();
    change(memory, entry, changes, now, false).await?;
    Ok(moved.len())
}

/// How many households customers are; whoever has no household is one by themselves.
pub(super) async fn counted(
    memory: &Memory,
    household: &Household,
    customers: &RoaringTreemap,
) -> Result<u64, Error> {
    let mut households = Households::new(household);
    let ids: Vec<CustomerId> = customers.iter().map(CustomerId).collect();
    for some in ids.chunks(ROWS) {
        for customer in memory.customers(some).await? {
            households.see(customer.id, &customer.state);
        }
    }
    Ok(households.members().len())
}

/// Makes these the members of a segment, and tells who came and went; how many they are.
pub(super) async fn replace(
    memory: &Memory,
    entry: &Entry,
    members: &RoaringTreemap,
    now: Timestamp,
    silent: bool,
) -> Result<(u64, u64), Error> {
    let known = db::members(memory.db(), &entry.key).await?;
    let (entered, left) = (members - &known, &known - members);
    let counts = (entered.len(), left.len());
    let entered = entered.into_iter().map(|id| (id, true));
    let left = left.into_iter().map(|id| (id, false));
    change(memory, entry, entered.chain(left).collect(), now, silent).await?;
    Ok(counts)
}

async fn change(
    memory: &Memory,
    entry: &Entry,
    changes: Vec<(u64, bool)>,
    now: Timestamp,
    silent: bool,
) -> Result<(), Error> {
    for some in changes.chunks(ROWS) {
        put(memory, entry, some, now, silent).await?;
    }
    let mut tx = memory.db().begin().await?;
    let changed = !changes.is_empty();
    db::stand(&mut tx, &entry.key, &entry.hash, now, changed).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts customers into a segment or takes them out of it.
pub(super) async fn put(
    memory: &Memory,
    entry: &Entry,
    changes: &[(u64, bool)],
    now: Timestamp,
    silent: bool,
) -> Result<(), Error> {
    let ids: Vec<CustomerId> = changes.iter().map(|(id, _)| CustomerId(*id)).collect();
    let known = db::of_customers(memory.db(), &ids).await?;
    let known = known.into_iter().filter(|m| m.segment == entry.key);
    let times: HashMap<CustomerId, i64> = known.map(|m| (m.customer_id, m.times)).collect();
    let rows: Vec<Member> = changes
        .iter()
        .map(|(id, inside)| Member {
            customer_id: CustomerId(*id),
            segment: entry.key.clone(),
            inside: *inside,
            since_at: now,
            times: times.get(&CustomerId(*id)).copied().unwrap_or(0) + i64::from(*inside),
        })
        .collect();
    if !silent {
        let changes = rows.iter().map(|row| Change {
            customer_id: row.customer_id,
            segment: row.segment.clone(),
            inside: row.inside,
            times: row.times,
        });
        tell(memory, changes.collect(), now).await?;
    }
    let mut tx = memory.db().begin().await?;
    db::save(&mut tx, rows).await?;
    tx.commit().await?;
    Ok(())
}

/// The segments whose members do not follow from their rules yet.
pub(super) fn outdated(book: &Book, standings: &HashMap<String, db::Standing>) -> BTreeSet<String> {
    let outdated = book.iter().filter(|entry| {
        let known = standings.get(&entry.key).map(|s| s.rule_hash.as_str());
        entry.rule.is_some()
            && entry.membership == super::Membership::Live
            && known != Some(&entry.hash)
    });
    outdated.map(|entry| entry.key.clone()).collect()
}
