//! Joins the states of two customers who turn out to be one.

use store::Timestamp;

use super::{CustomerId, CustomerState, MARKS_LIMIT, RECENT_LIMIT};
use crate::consent;
use crate::criteria;
use crate::identity::{IDENTIFIERS_LIMIT, MERGE_WINDOW_MS};

/// Takes everything of `merged` (whose root was `merged_id`) into `into`.
///
/// The newest statement of each attribute wins, consents become the stricter of both, marks and
/// matches are joined in order of time.
pub fn join(
    into: &mut CustomerState,
    merged_id: CustomerId,
    merged: &CustomerState,
    at: Timestamp,
) {
    into.merged_at
        .retain(|earlier| at.since_ms(*earlier) < MERGE_WINDOW_MS);
    into.merged_at.push(at);
    // Whoever is split off again goes on from here: no version ever means two states.
    into.version = into.version.max(merged.version) + 1;
    into.contact_version += merged.contact_version + 1;
    into.applied_seq = into.applied_seq.max(merged.applied_seq);
    into.rows_count += merged.rows_count;
    for (key, theirs) in &merged.attributes {
        match into.attributes.get_mut(key) {
            Some(ours) if theirs.at > ours.at => *ours = theirs.clone(),
            Some(_) => {}
            None => {
                into.attributes.insert(key.clone(), theirs.clone());
            }
        }
    }
    for theirs in &merged.identifiers {
        let room = into.identifiers.len() < IDENTIFIERS_LIMIT;
        let known = into
            .identifiers
            .iter_mut()
            .find(|i| i.kind == theirs.kind && i.value == theirs.value);
        match known {
            Some(ours) => ours.since = ours.since.min(theirs.since),
            None if room => {
                into.identifiers.push(theirs.clone());
            }
            None => {}
        }
    }
    into.members.push(merged_id);
    into.members.extend(&merged.members);
    into.members.sort_unstable();
    into.members.dedup();
    consent::merge(&mut into.consents, &merged.consents);
    join_marks(into, merged);
    for (slot, theirs) in &merged.matches {
        let ours = into.matches.entry(*slot).or_default();
        for found in theirs {
            criteria::insert(ours, *found);
        }
    }
    into.recent.extend(&merged.recent);
    into.recent.sort_unstable();
    if into.recent.len() > RECENT_LIMIT {
        into.recent.drain(..into.recent.len() - RECENT_LIMIT);
    }
    if merged.last_seen_at > into.last_seen_at {
        into.zone = merged.zone.clone().or(into.zone.take());
        into.language = merged.language.clone().or(into.language.take());
    }
    into.zone = into.zone.take().or_else(|| merged.zone.clone());
    into.language = into.language.take().or_else(|| merged.language.clone());
    into.first_seen_at = into.first_seen_at.min(merged.first_seen_at);
    into.last_seen_at = into.last_seen_at.max(merged.last_seen_at);
}

fn join_marks(into: &mut CustomerState, merged: &CustomerState) {
    into.contacts.extend(merged.contacts.iter().cloned());
    into.contacts.sort_by_key(|mark| (mark.at, mark.contact_id));
    into.responses.extend(merged.responses.iter().cloned());
    into.responses.sort_by_key(|mark| mark.at);
    let surplus = into.contacts.len().saturating_sub(MARKS_LIMIT);
    into.contacts.drain(..surplus);
    let surplus = into.responses.len().saturating_sub(MARKS_LIMIT);
    into.responses.drain(..surplus);
}
